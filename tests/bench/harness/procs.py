"""Processes of a measured system: start, stop, CPU time, memory.

Figures come from /proc and cover a process with all its descendants. Only
processes started here are ever signalled, by process id.
"""

import atexit
import itertools
import os
import signal
import subprocess
import time
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
_running = []
_serial = itertools.count(1)


class Failed(Exception):
    """A system that did not start or answer; the run goes on without it."""


class Proc:
    def __init__(self, role, command, log, env=None, cwd=None, capture=False):
        """`capture`: stdout goes to a file of its own, for programs that print what they
        listen on. Not to a pipe: nobody would empty it later."""
        self.role = role
        self.command = [str(part) for part in command]
        self.log = Path(log)
        self.out = self.log.with_suffix(f".{next(_serial)}.out") if capture else self.log
        self.spawned = time.perf_counter()
        with open(self.log, "ab") as sink, open(self.out, "ab") as out:
            self.popen = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=sink,
                env={**os.environ, **(env or {})},
                cwd=cwd,
                start_new_session=True,
            )
        self.pid = self.popen.pid
        _running.append(self)

    def first_line(self, timeout=15):
        """The first line of a captured stdout."""
        deadline = time.perf_counter() + timeout
        while True:
            line = self.out.read_bytes().partition(b"\n")
            if line[1]:
                return line[0].decode()
            if not self.alive() or time.perf_counter() > deadline:
                raise Failed(f"{self.role} printed nothing: {self.tail()}")
            time.sleep(0.0005)

    def alive(self):
        return self.popen.poll() is None

    def tail(self):
        """What the process said last, for the message about its failure."""
        with open(self.log, errors="replace") as log:
            lines = [line.strip() for line in log if line.strip()]
        state = "still running" if self.alive() else f"exit code {self.popen.returncode}"
        return f"{state}; {lines[-1][:300] if lines else 'no output'}"

    def pids(self):
        """The process and its descendants."""
        found, queue = [], [self.pid]
        while queue:
            pid = queue.pop()
            found.append(pid)
            try:
                tasks = os.listdir(f"/proc/{pid}/task")
            except OSError:
                continue
            for task in tasks:
                try:
                    with open(f"/proc/{pid}/task/{task}/children") as children:
                        queue.extend(int(child) for child in children.read().split())
                except OSError:
                    pass
        return found

    def cpu(self):
        """CPU seconds so far, of children that have ended too."""
        return sum(_cpu_of(pid) for pid in self.pids())

    def memory(self, field):
        """VmRSS or VmHWM in KiB."""
        return sum(_memory_of(pid, field) for pid in self.pids())

    def reset_peak(self):
        for pid in self.pids():
            try:
                with open(f"/proc/{pid}/clear_refs", "w") as refs:
                    refs.write("5")
            except OSError:
                pass

    def stop(self):
        if self in _running:
            _running.remove(self)
        # Descendants first noted: an npm or Python launcher may not pass the signal on.
        pids = self.pids() if self.alive() else []
        for signum, patience in ((signal.SIGTERM, 2.0), (signal.SIGKILL, 2.0)):
            for pid in pids:
                try:
                    os.kill(pid, signum)
                except ProcessLookupError:
                    pass
            try:
                self.popen.wait(patience)
                break
            except subprocess.TimeoutExpired:
                continue
        # The launcher is gone; children that ignored SIGTERM are not ours to leave behind.
        for pid in pids[1:]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass


def _cpu_of(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
    except OSError:
        return 0.0
    # utime, stime, cutime, cstime: fields 14 to 17 of proc(5), counted after "(comm)".
    return sum(int(field) for field in fields[11:15]) / TICK


def _memory_of(pid, field):
    try:
        with open(f"/proc/{pid}/status") as status:
            for line in status:
                if line.startswith(field + ":"):
                    return int(line.split()[1])
    except OSError:
        pass
    return 0


def running():
    return set(_running)


def stop_all():
    for proc in reversed(list(_running)):
        proc.stop()


def clean_up_on_exit():
    """Ctrl-C, SIGTERM and errors all end in the same clean-up."""

    def leave(signum, _):
        raise SystemExit(128 + signum)

    for signum in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, leave)
    atexit.register(stop_all)
