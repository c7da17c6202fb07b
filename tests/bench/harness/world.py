"""Where a run lives: its directories, its ports, its private network namespace."""

import atexit
import json
import os
import re
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from .procs import Proc, stop_all

REPO = Path(__file__).resolve().parents[3]
INSIDE = "HOOKREEL_BENCH_INSIDE"
HERE = "127.0.0.1"


def enter_namespace():
    """Runs the program again in a network namespace that has only loopback.

    Some peers can listen on all addresses only, and bore's control port is fixed:
    here neither can be reached from outside nor meet a port in use.
    Returns False where namespaces are not allowed.
    """
    if os.environ.get(INSIDE):
        return True
    unshare = ["unshare", "--net"] + ([] if os.getuid() == 0 else ["--map-root-user"])
    ip = shutil.which("ip", path=os.environ.get("PATH", "") + ":/sbin:/usr/sbin")
    if not ip or subprocess.run(unshare + ["true"], capture_output=True).returncode != 0:
        return False
    # New connections at tens of thousands a second need more than the usual 28,000 ports.
    prepare = f'{ip} link set lo up && sysctl -qw net.ipv4.ip_local_port_range="10240 65000"; exec "$@"'
    os.environ[INSIDE] = "1"
    os.execvp("unshare", unshare + ["sh", "-c", prepare, "sh", sys.executable, *sys.argv])


class World:
    def __init__(self, bin_dir, relay_args=(), client_args=(), private=True):
        self.peers = Path(os.environ.get("HOOKREEL_BENCH_PEERS", REPO / ".cache/peers")).resolve()
        self.bin_dir = Path(bin_dir).resolve()
        self.relay_args, self.client_args = list(relay_args), list(client_args)
        self.private = private
        self.prefixes = {}
        self._tmp = tempfile.TemporaryDirectory(prefix="hookreel-bench-")
        self.tmp = Path(self._tmp.name)
        self._serial = 0
        self.at_exit = []
        atexit.register(self.close)
        # Idle-connection runs hold up to 20,000 descriptors in one peer.
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

    def close(self):
        for action in self.at_exit:
            action()
        stop_all()
        self._tmp.cleanup()

    def peer(self, path):
        """A program that `install-peers` put in the cache, or None."""
        found = self.peers / path
        return found if found.exists() else None

    def system_program(self, name):
        return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")

    def dir(self, name):
        """A fresh directory."""
        self._serial += 1
        path = self.tmp / f"{self._serial:04}-{name}"
        path.mkdir()
        return path

    def spawn(self, role, command, side="a", **options):
        """Starts a process; `side` is its end of the link in a wide-area run."""
        options.setdefault("log", self.tmp / f"{role}.log")
        # Some leave caches in the directory they are started in.
        options.setdefault("cwd", self.tmp)
        prefix = self.prefixes.get(side, [])
        return Proc(role, [*prefix, *command], **options)

    def origin(self, listen=HERE, side="a"):
        program = self.bin_dir / "bench-origin"
        if not program.exists():
            sys.exit(f"{program} is missing: cargo build --release --workspace (or --bin-dir)")
        proc = self.spawn("origin", [program, "--listen", f"{listen}:0"], side=side, capture=True)
        proc.port = int(json.loads(proc.first_line())["addr"].rpartition(":")[2])
        return proc


def free_port(host=HERE):
    with socket.socket() as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]


def crate_version(world, crate):
    """Of a crate that `install-peers` installed, for programs that do not tell."""
    try:
        installed = json.loads((world.peers / ".crates2.json").read_text())["installs"]
    except (OSError, ValueError, KeyError):
        return "unknown"
    return next((key.split()[1] for key in installed if key.split()[0] == crate), "unknown")


def output_of(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return (done.stdout + done.stderr).strip()


def version_of(*command):
    found = re.search(r"\d+\.\d+(\.\d+)?", output_of(*command))
    return found.group(0) if found else "unknown"

