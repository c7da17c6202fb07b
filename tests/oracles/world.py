"""Relay, origins and a client before each, and hookreel's other verbs beside them."""
import base64
import http.client
import json
import os
import ssl
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

HERE = Path(__file__).resolve().parent
CACHE = Path(os.environ.get("HOOKREEL_ORACLE_CACHE") or HERE.parents[1] / ".cache" / "oracles").absolute()
# Processes with bounded lives, as the run beside this one has them.
sys.path.append(str(HERE.parent / "compat"))
from harness import Child, Tally, map_localhost, scratch, watchdog  # noqa: E402, F401  (found by the line above)


# The relay's certificate is self-signed.
TRUSTING = ssl.create_default_context()
TRUSTING.check_hostname = False
TRUSTING.verify_mode = ssl.CERT_NONE


def post(url, target, headers, body):
    """Status and decoded JSON of the answer; the fields go as they are given."""
    place = urlsplit(url)
    if place.scheme == "https":
        connection = http.client.HTTPSConnection(place.hostname, place.port, timeout=40, context=TRUSTING)
    else:
        connection = http.client.HTTPConnection(place.hostname, place.port, timeout=40)
    try:
        connection.putrequest("POST", target, skip_host=True, skip_accept_encoding=True)
        for name, value in [["Host", place.netloc], ["Content-Length", str(len(body))], *headers]:
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        text = answer.read()
    finally:
        connection.close()
    try:
        return answer.status, json.loads(text)
    except ValueError:
        raise RuntimeError(f"{target} was answered with {answer.status}: {text[:200]!r}") from None


class Origin:
    """A server with the libraries in it, and the tunnel to it."""

    def __init__(self, kind, argv, world, secrets):
        self.kind = kind
        self.child = Child(f"origin-{kind}", argv, world.work, {"HOOKREEL_ORACLE_NODE": str(CACHE / "node")})
        self.port = self.child.ready(60)["port"]
        self.local = f"http://127.0.0.1:{self.port}"
        self.client = Child(f"client-{kind}", [world.binary("hookreel"), "http", self.port, "--relay", world.ready["tunnel"], "--pin",
                                               world.ready["pin"], "--name", f"oracle-{kind}", "-o", "json"],
                            world.work, world.env, cwd=world.work)
        self.url = self.client.ready(30)["url"].rstrip("/")
        self.believes(self.url)
        self.cases = [Provider(self, about) for about in self.ask("list", secrets=secrets)]
        self.secrets = {own.id: own.secret for own in self.cases}

    def ask(self, verb, **what):
        status, answer = post(self.local, f"/-/{verb}", [["Content-Type", "application/json"]], json.dumps(what).encode())
        if status != 200:
            raise RuntimeError(f"{self.kind} origin, {verb}: {answer}")
        return answer

    def believes(self, url):
        """The address that providers have been given, as the app is configured."""
        self.ask("public", url=url)


class Provider:
    """One provider's way to send: what is to be expected, and requests signed by its library."""

    def __init__(self, origin, about):
        self.origin, self.path, self.id, self.event, self.secret = origin, about["path"], about["provider"], about["event"], about["secret"]
        # Another secret of its, that is not the right one.
        self.other = about["other"]
        # Seconds that the library lets pass; None where it does not look at the time.
        self.clock = about.get("clock")
        # It refuses what is from the future too.
        self.early = about.get("early", False)
        # Only hookreel refuses what is from the future.
        self.stricter = about.get("stricter", False)
        # What its secret is called in hookreel.
        self.label = about.get("label") or "default"
        # Only the provider can sign.
        self.asymmetric = about.get("asymmetric", False)
        # What hookreel says of another body.
        self.tampered = about.get("tampered") or "mismatch"
        # What it signs with stands in a certificate: its address, and what is there.
        self.certificate = about.get("certificate")

    def sign(self, name, at, wrong=False, more=""):
        made = self.origin.ask("sign", path=self.path, name=name, at=at, wrong=wrong, more=more)
        return made["target"], made["headers"], base64.b64decode(made["body"])


class World:
    def __init__(self, work, bins, settings):
        self.work, self.bins = work, Path(bins)
        # What verbs have printed, of the run and of nobody else.
        self.said = work / "said.log"
        # Whatever they keep, they keep in here.
        self.env = {"HOOKREEL_HOME": str(work / "home"), "HOME": str(work), "XDG_CONFIG_HOME": str(work), "NO_COLOR": "1"}
        if settings:
            self.env["HOOKREEL_CONFIG"] = str(Path(settings).absolute())
        zero = "127.0.0.1:0"
        relay = Child("relay", [self.binary("hookreel-relay"), "serve", "--domain", "hooks.localhost", "--tls", "self-signed", "--http", zero,
                                "--https", zero, "--tunnel", zero, "--admin", zero, "--anonymous", "--json"], work, self.env, cwd=work)
        self.ready = relay.ready(30)
        node = Origin("node", ["node", HERE / "origin.mjs"], self, {})
        # What both check has one secret.
        self.origins = [node, Origin("python", [sys.executable, HERE / "origin.py"], self, node.secrets)]
        self.providers = [case for origin in self.origins for case in origin.cases]

    def binary(self, name):
        return (self.bins / name).absolute()

    def run(self, *arguments, given=None, env=None, codes=(0,)):
        """Standard output of a verb; its exit code has to be one of these."""
        ended = subprocess.run([self.binary("hookreel"), *arguments], input=given or b"", capture_output=True, timeout=120,
                               env={**os.environ, **self.env, **(env or {})}, cwd=self.work, check=False)
        with open(self.said, "ab") as said:
            said.write(ended.stdout + ended.stderr)
        if ended.returncode not in codes:
            raise RuntimeError(f"hookreel {' '.join(arguments)[:200]} ended with {ended.returncode}: {ended.stderr.decode()[-600:]}")
        return ended.stdout.decode()

    def lines(self, *arguments, **how):
        return [json.loads(line) for line in self.run(*arguments, **how).splitlines()]
