"""As origin.mjs, in Python."""
import base64
import hashlib
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_hex

sys.dont_write_bytecode = True
from providers import NOTE, PROVIDERS  # noqa: E402  (nothing is left beside the sources)

PUBLIC = {"url": ""}
# By provider: those the other origin has, and our own.
SECRETS = {own.about["provider"]: token_hex(8) for own in PROVIDERS.values() if not hasattr(own, "secret")}


def secret_of(own):
    # A public key is of one way to send.
    return getattr(own, "secret", None) or SECRETS[own.about["provider"]]


def ask_list(secrets):
    SECRETS.update(secrets)
    return [{"path": path, "secret": secret_of(own), "other": token_hex(8), **own.about} for path, own in PROVIDERS.items()]


def ask_public(url):
    PUBLIC["url"] = url


def ask_key(path, key):
    PROVIDERS[path].key = key


def ask_sign(path, name, at, wrong=False, more=""):
    own = PROVIDERS[path]
    target = f"/{path}/{name}{getattr(own, 'query', '')}"
    secret = secret_of(own)
    # Still written as the provider writes them.
    secret = secret[:-8] + secret[-5:] + secret[-8:-5] if wrong else secret
    headers, body = own.sign(PUBLIC["url"] + target, at, secret, NOTE.replace("oracle-mark", f"oracle-mark{more}"))
    return {"target": target, "headers": headers, "body": base64.b64encode(body).decode()}


ASK = {"list": ask_list, "public": ask_public, "key": ask_key, "sign": ask_sign}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        verb = self.path.removeprefix("/-/")
        if verb in ASK:
            return self.answer(200, ASK[verb](**json.loads(body or b"{}")))
        reason = None
        try:
            headers = {name.lower(): value for name, value in self.headers.items()}
            own = PROVIDERS[self.path.split("/")[1]]
            own.check(PUBLIC["url"] + self.path, headers, body, secret_of(own))
        except Exception as error:  # any way to refuse it is a refusal, and is named
            reason = f"{type(error).__name__}: {error}"
        self.answer(401 if reason else 200, {"accepted": reason is None, "reason": reason, "sha256": hashlib.sha256(body).hexdigest()})

    def answer(self, status, value):
        text = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(json.dumps({"port": server.server_port}), flush=True)
server.serve_forever()
