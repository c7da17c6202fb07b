"""A program with a screen, in a pseudo-terminal: its frames, what they show, its threads' CPU."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import threading
import time
from pathlib import Path

from .procs import TICK, Failed, Proc, _running

# Each frame is one synchronized update, whether or not anything has changed.
FRAME = b"\x1b[?2026l"
# Escape sequences: CSI, OSC, and others of two bytes.
ESCAPES = re.compile(rb"\x1b(?:\[[0-9;?<>=]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[^\[\]])")
# Blanks are not written where the screen is empty: the cursor goes past them.
MOVES = re.compile(rb"\x1b\[[0-9;]*[HC]")


def text(written):
    """What was written, as one line of text."""
    return ESCAPES.sub(b"", MOVES.sub(b" ", written))


class Tty(Proc):
    """A process whose terminal is ours. What it writes is read all the time, as by a terminal
    that is never the slowest."""

    def __init__(self, role, command, log, env, size=(120, 40)):
        self.role, self.command, self.log = role, [str(part) for part in command], Path(log)
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self.frames, self.bytes, self._seen = [], 0, b""
        self._news = threading.Condition()
        self.spawned = time.perf_counter()
        self.popen = subprocess.Popen(
            self.command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**os.environ, "TERM": "xterm-256color", **env},
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)
        self.pid = self.popen.pid
        _running.append(self)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        while True:
            try:
                data = os.read(self._master, 1 << 20)
            except OSError:
                data = b""
            now = time.perf_counter()
            with self._news:
                self.bytes += len(data)
                # One more byte could end what the last bytes have begun.
                ends = (self._seen[-len(FRAME) + 1 :] + data).count(FRAME)
                self.frames += [now] * ends
                self._seen = (self._seen + data)[-(1 << 20) :]
                self._news.notify_all()
            if not data:
                return

    def press(self, keys):
        """Presses keys; when."""
        now = time.perf_counter()
        os.write(self._master, keys.encode())
        return now

    def forget(self):
        """What was written so far is not waited for any more."""
        with self._news:
            self._seen = b""

    def wait_for(self, wanted, timeout=30):
        """When the frame with this text, of what was written since `forget`, was whole."""
        deadline = time.perf_counter() + timeout
        with self._news:
            while True:
                at = self._seen.find(FRAME)
                whole = self._seen[: self._seen.rfind(FRAME)] if at >= 0 else b""
                if wanted in text(whole):
                    return self.frames[-1]
                left = deadline - time.perf_counter()
                if left <= 0 or not self._news.wait(left):
                    raise Failed(f"{self.role} did not show {wanted!r}: {text(self._seen)[-300:]!r}")

    def screen(self):
        """All that stands on the screen, as bytes without escape sequences."""
        self.forget()
        self.press("\x0c")
        self.wait_for(b" exchange")
        with self._news:
            return text(self._seen)

    def tail(self):
        state = "still running" if self.alive() else f"exit code {self.popen.returncode}"
        return f"{state}; {text(self._seen)[-300:]!r}"

    def threads(self):
        """CPU seconds and voluntary switches of each thread, by its name."""
        found = {}
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            try:
                name = (task / "comm").read_text().strip()
                fields = (task / "stat").read_text().rpartition(")")[2].split()
                switches = re.search(r"^voluntary_ctxt_switches:\s+(\d+)", (task / "status").read_text(), re.M)
            except OSError:
                continue
            cpu, times = found.get(name, (0.0, 0))
            found[name] = cpu + (int(fields[11]) + int(fields[12])) / TICK, times + int(switches[1])
        return found
