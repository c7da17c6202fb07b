"""What the checks share: processes with bounded lives, doors to the origin, the tally."""
import contextlib
import hashlib
import json
import os
import queue
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

HERE = Path(__file__).resolve().parent
BLOCK = bytes((i ^ (i >> 8)) & 255 for i in range(65536))
MIB = 1 << 20


def cache_dir():
    return Path(os.environ.get("HOOKREEL_TEST_CACHE") or HERE.parents[1] / ".cache" / "compat").absolute()


def pattern_sha256(size):
    """Of the bytes that every origin streams under /big/SIZE."""
    digest = hashlib.sha256()
    for start in range(0, size, len(BLOCK)):
        digest.update(BLOCK[:size - start])
    return digest.hexdigest()


def token():
    return secrets.token_hex(6)


def map_localhost():
    """Makes *.localhost resolve here, as it does in browsers but not in every libc."""
    real = socket.getaddrinfo

    def mapped(host, *args, **kwargs):
        name = host.decode() if isinstance(host, bytes) else host
        return real("127.0.0.1" if name and name.endswith(".localhost") else host, *args, **kwargs)
    socket.getaddrinfo = mapped


class Child:
    """A process of ours: first stdout line is JSON, ended by its own pid."""

    alive = []

    def __init__(self, name, argv, log_dir, env=None, cwd=None):
        self.name, self.log = name, Path(log_dir) / f"{name}.log"
        with open(self.log, "ab") as errors:
            self.process = subprocess.Popen(
                [str(a) for a in argv], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors,
                env={**os.environ, **(env or {})}, cwd=cwd, start_new_session=True)
        Child.alive.append(self)
        self.lines = queue.Queue()
        threading.Thread(target=self._drain, daemon=True).start()

    def _drain(self):
        # Keeps reading for the whole life, or a full pipe would stop the child.
        first = True
        with open(self.log, "ab") as log:
            for line in self.process.stdout:
                log.write(line)
                log.flush()
                if first:
                    self.lines.put(line)
                    first = False
        self.lines.put(None)

    def ready(self, seconds):
        try:
            line = self.lines.get(timeout=seconds)
        except queue.Empty:
            raise RuntimeError(f"{self.name}: no ready line within {seconds} s\n{self.tail()}") from None
        if line is None:
            raise RuntimeError(f"{self.name}: ended with {self.process.wait(5)} before it was ready\n{self.tail()}")
        try:
            return json.loads(line)
        except ValueError:
            raise RuntimeError(f"{self.name}: first line is not JSON: {line!r}") from None

    def tail(self, count=15):
        lines = self.log.read_text("utf-8", "replace").splitlines()[-count:]
        return "\n".join(f"    {self.name}| {line}" for line in lines)

    def end(self, seconds=10):
        """SIGTERM, then SIGKILL; returns the exit code, or None if it had to be killed."""
        if self in Child.alive:
            Child.alive.remove(self)
        if self.process.poll() is not None:
            return self.process.returncode
        self.process.terminate()
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)
            return None

    @classmethod
    def end_all(cls):
        for child in reversed(list(cls.alive)):
            child.end(3)


@dataclass(frozen=True)
class Door:
    """One public way to the origin: a URL and the HTTP version that clients should speak."""

    label: str
    url: str
    h2: bool = False

    @property
    def tls(self):
        return self.url.startswith("https:")

    @property
    def host(self):
        return urlsplit(self.url).netloc

    @property
    def name(self):
        return urlsplit(self.url).hostname

    @property
    def port(self):
        return urlsplit(self.url).port or (443 if self.tls else 80)


class Origin:
    CAN = {
        "node": {"chunked", "streaming", "websocket", "trailers", "request-trailers", "1xx", "page", "keep-alive"},
        "python": {"chunked", "streaming", "websocket", "trailers", "1xx", "page", "keep-alive"},
        "http10": set(),
    }

    def __init__(self, kind, port, log_dir):
        self.kind = kind
        argv = {"node": ["node", HERE / "origin.mjs"],
                "python": [sys.executable, HERE / "origin.py"],
                "http10": [sys.executable, HERE / "origin10.py"]}[kind]
        self.child = Child(f"origin-{kind}", [*argv, port], log_dir,
                           {"HOOKREEL_COMPAT_NODE": str(cache_dir() / "node")})
        self.port = self.child.ready(20)["port"]

    def can(self, what):
        return what in self.CAN[self.kind]

    def ask(self, path, seconds=35):
        """Asks the origin itself, past the tunnel: for facts about what it saw."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=seconds) as answer:
            return json.load(answer)


class Late(Exception):
    pass


class Tally:
    def __init__(self, only=None, skip=()):
        self.only, self.skip = only, skip
        self.passed, self.failed, self.skipped, self.scope = 0, [], 0, ""

    def wants(self, name):
        full = f"{self.scope}{name}"
        return (not self.only or self.only in full) and not any(s in full for s in self.skip)

    def report(self, name, ok, detail=""):
        full = f"{self.scope}{name}"
        if not self.wants(name):
            self.skipped += 1
            return
        if ok:
            self.passed += 1
            print(f"ok      {full}", flush=True)
        else:
            self.failed.append(full)
            print(f"FAILED  {full}: {detail}", flush=True)

    def check(self, name, run, seconds=60):
        if not self.wants(name):
            self.skipped += 1
            return

        def late(*_):
            raise Late(f"not done within {seconds} s")
        before = signal.signal(signal.SIGALRM, late)
        # Each client has a time-out of its own; this catches one that ignores it.
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            run()
            signal.setitimer(signal.ITIMER_REAL, 0)
            self.report(name, True)
        except Exception as error:  # any way to fail is a failed check, not a failed run
            signal.setitimer(signal.ITIMER_REAL, 0)
            text = str(error) or type(error).__name__
            if not isinstance(error, (AssertionError, Late)):
                text = f"{type(error).__name__}: {text}"
            self.report(name, False, text)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)


def same(got, want, what):
    assert got == want, f"{what}: {short(got)}, not {short(want)}"


def short(value):
    text = repr(value)
    return text if len(text) < 300 else text[:297] + "..."


def values(headers, name):
    """Values of one header in a list of [name, value] as the origin reports it."""
    return [v for n, v in headers if n.lower() == name.lower()]


@contextlib.contextmanager
def scratch(keep_if):
    path = tempfile.mkdtemp(prefix="hookreel-compat-")
    try:
        yield Path(path)
    finally:
        if keep_if():
            print(f"logs kept in {path}", flush=True)
        else:
            shutil.rmtree(path, ignore_errors=True)


def watchdog(seconds):
    """Ends the whole run at the bound, whatever hangs."""
    def bite():
        print(f"the run took longer than {seconds:g} s and is ended", flush=True)
        # The main thread cleans up on SIGTERM; this is for when it cannot.
        os.kill(os.getpid(), signal.SIGTERM)
        threading.Event().wait(30)
        Child.end_all()
        os._exit(1)
    timer = threading.Timer(seconds, bite)
    timer.daemon = True
    timer.start()
    return timer
