"""Two network namespaces with a long-distance link between them."""

import os
import subprocess
import sys
from pathlib import Path

from .link import A, B
from .procs import Failed

LINK = Path(__file__).with_name("link.py")


class Far:
    """Side "a": sender and relay at 10.77.0.1. Side "b": client and origin at 10.77.0.2."""

    address = {"a": A, "b": B}

    def __init__(self, world, delay_ms, loss):
        self._world, self._delay, self._loss = world, delay_ms, loss
        self._names = {side: f"hookreel-bench-{os.getpid()}-{side}" for side in "ab"}
        self._link = None

    def __enter__(self):
        try:
            for name in self._names.values():
                subprocess.run(["ip", "netns", "add", name], check=True)
            command = [sys.executable, LINK, "--a", self._names["a"], "--b", self._names["b"]]
            command += ["--delay-ms", self._delay, "--loss", self._loss]
            self._link = self._world.spawn("link", command, side=None, capture=True)
            self._link.first_line()
        except BaseException:
            self._remove()
            raise
        self._world.prefixes = {side: self.enter(side) for side in "ab"}
        return self

    def enter(self, side):
        return ["ip", "netns", "exec", self._names[side]]

    def check(self):
        if not self._link.alive():
            raise Failed(f"the link ended: {self._link.tail()}")

    def __exit__(self, *_):
        self._world.prefixes = {}
        self._remove()

    def _remove(self):
        if self._link:
            self._link.stop()
        for name in self._names.values():
            subprocess.run(["ip", "netns", "del", name], capture_output=True)
