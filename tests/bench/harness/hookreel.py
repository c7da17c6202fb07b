"""hookreel itself: the relay and the client as two processes, as released."""

import shutil
import json
import sqlite3
import time
from contextlib import closing

from .procs import Failed
from .system import Running, System
from .world import HERE, version_of

NAME, DOMAIN = "bench", "hooks.localhost"


class Hookreel(System):
    name, what = "hookreel", "hookreel relay and client, QUIC, nothing recorded"
    encrypted = True
    # More arguments for the client.
    more = ["--no-record"]

    def __init__(self):
        # Kept over starts: a developer's machine makes its keys once.
        self._homes = None

    def missing(self, world):
        for program in ("hookreel-relay", "hookreel"):
            if not (world.bin_dir / program).exists():
                return f"{program} is not in {world.bin_dir}: cargo build --release --workspace"
        return None

    def version(self, world):
        return version_of(world.bin_dir / "hookreel", "--version")

    def start(self, world, origin, tunnel=HERE):
        self._homes = self._homes or (world.dir("relay-home"), world.dir("client-home"))
        relay_home, client_home = self._homes
        # Each start has a history of its own: what one round left over must not cost the next.
        shutil.rmtree(client_home / "bodies", ignore_errors=True)
        for left in client_home.glob("history.db*"):
            left.unlink()
        command = [world.bin_dir / "hookreel-relay", "serve", "--domain", DOMAIN, "--tls", "off"]
        command += ["--http", f"{HERE}:0", "--tunnel", f"{tunnel}:0", "--admin", f"{HERE}:0"]
        command += ["--anonymous", "--json", *world.relay_args]
        relay = world.spawn("hookreel-relay", command, env={"HOOKREEL_HOME": str(relay_home)}, capture=True)
        line = relay.first_line()
        relay_ready = time.perf_counter() - relay.spawned
        try:
            ready = json.loads(line)
            port = int(ready["http"].rpartition(":")[2].rstrip("/"))
            tunnel_at, pin = ready["tunnel"], ready["pin"]
        except (ValueError, KeyError):
            raise Failed(f"hookreel-relay's first line is not its ready event: {line[:200]}") from None

        url_file = world.dir("url") / "url"
        command = [world.bin_dir / "hookreel", "http", origin.port, "--relay", tunnel_at, "--pin", pin]
        command += ["--name", NAME, "-o", "quiet", "--url-file", url_file, *self.more, *world.client_args]
        env = {"HOOKREEL_HOME": str(client_home)}
        client = world.spawn("hookreel-client", command, side="b", env=env)
        deadline = client.spawned + 15
        while not url_file.exists():
            if not client.alive() or time.perf_counter() > deadline:
                raise Failed(f"the client has no URL: {client.tail()}")
            time.sleep(0.0005)
        running = Running([relay, client], port, host=f"{NAME}.{DOMAIN}:{port}")
        running.facts = {
            "relay_ready_ms": relay_ready * 1000,
            "url_ready_ms": (time.perf_counter() - client.spawned) * 1000,
        }
        running.recorded = lambda: self.recorded(client_home)
        return running

    def recorded(self, home):
        """Exchanges written to the history so far, also those that were pruned since."""
        return None


class Recording(Hookreel):
    name, what = "hookreel-rec", "the same, every exchange recorded"
    more = []

    def recorded(self, home):
        # Rows are numbered as they are written, and no number is used twice.
        with closing(sqlite3.connect(home / "history.db", timeout=10)) as database:
            return database.execute("SELECT coalesce(max(seq), 0) FROM exchange").fetchone()[0]
