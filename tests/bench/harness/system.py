"""What a measured system is to the harness, and how a running one is asked for its state."""

import http.client
import re
import time

from .procs import Failed, running
from .world import HERE


class Running:
    """A started system: where it takes requests, and its processes (public-facing one first)."""

    def __init__(self, procs, port, host=None, prefix="", address=HERE):
        self.procs = procs
        self.address, self.port, self.prefix = address, port, prefix
        self.host = host or f"{address}:{port}"
        self.facts = {}
        # Exchanges in a history so far; None where there is none.
        self.recorded = lambda: None

    def url(self, path):
        return f"http://{self.address}:{self.port}{self.prefix}{path}"

    def cpu(self):
        return sum(proc.cpu() for proc in self.procs)

    def memory(self, field):
        """KiB by role."""
        return {proc.role: proc.memory(field) for proc in self.procs}

    def reset_peak(self):
        for proc in self.procs:
            proc.reset_peak()

    def stop(self):
        for proc in reversed(self.procs):
            proc.stop()

    def get(self, path, timeout=5):
        """The status of one GET, or None."""
        connection = http.client.HTTPConnection(self.address, self.port, timeout=timeout)
        try:
            connection.request("GET", self.prefix + path, headers={"Host": self.host})
            answer = connection.getresponse()
            answer.read()
            return answer.status
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def wait_until_answering(self, timeout=20):
        deadline = time.perf_counter() + timeout
        while self.get("/bytes/17") != 200:
            self.check()
            if time.perf_counter() > deadline:
                raise Failed(f"no answer within {timeout} s; {self.procs[-1].tail()}")
            time.sleep(0.001)

    def check(self):
        for proc in self.procs:
            if not proc.alive():
                raise Failed(f"{proc.role} ended: {proc.tail()}")


class System:
    """A way for a request to reach the origin. Subclasses start one."""

    name = ""
    what = ""
    # Whether the tunnel part is encrypted, and on which layer requests are carried.
    encrypted, layer = False, "L7"
    # Which of its two legs exist: a single hop does about half of a tunnel's work.
    hops = 2
    # In a wide-area run: the side and the address of the origin.
    origin_side, origin_listen = "b", HERE

    def missing(self, world):
        """Why it cannot run here, or None."""
        return None

    def version(self, world):
        return ""

    def start(self, world, origin):
        raise NotImplementedError

    def ready(self, world, origin):
        """Starts it and waits until a request gets through; cleans up after a failure."""
        before = running()
        try:
            started = self.start(world, origin)
            started.wait_until_answering()
            return started
        except Failed:
            for proc in running() - before:
                proc.stop()
            raise


def wait_for_port(proc, port, timeout=15):
    """Until the process listens there, in whichever network namespace it is.

    Read from /proc: a connection made to find out would be the system's first request.
    """
    deadline = time.perf_counter() + timeout
    while not _listens(proc, port):
        if not proc.alive() or time.perf_counter() > deadline:
            raise Failed(f"{proc.role} does not listen: {proc.tail()}")
        time.sleep(0.001)


def _listens(proc, port):
    local, listening = f":{port:04X}", "0A"
    try:
        with open(f"/proc/{proc.pid}/net/tcp") as sockets:
            next(sockets)
            for row in sockets:
                fields = row.split()
                # Listening ones come first; after a load, tens of thousands of others follow.
                if fields[3] != listening:
                    return False
                if fields[1].endswith(local):
                    return True
    except OSError:
        pass
    return False


def wait_for_output(proc, pattern, timeout=15):
    """The first match of `pattern` in what the process wrote."""
    deadline = time.perf_counter() + timeout
    while True:
        with open(proc.log, errors="replace") as log:
            found = re.search(pattern, log.read())
        if found:
            return found
        if not proc.alive() or time.perf_counter() > deadline:
            raise Failed(f"{proc.role} did not get ready: {proc.tail()}")
        time.sleep(0.001)
