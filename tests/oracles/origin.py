"""The same as origin.mjs, for what has its library in Python: Mandrill and PayPal."""
import base64
import hashlib
import hmac
import json
import sys
import time
import uuid
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_hex
from urllib.parse import parse_qsl, urlencode

import django
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from django.conf import settings

settings.configure(ALLOWED_HOSTS=["*"], ANYMAIL={}, DEFAULT_CHARSET="utf-8", SECRET_KEY=token_hex())
django.setup()

from anymail.webhooks.mandrill import MandrillCombinedWebhookView  # noqa: E402  (after the settings)
from django.test import RequestFactory  # noqa: E402

NOTE = '"note":  "caf\\u00e9 \u00fc <&> 1.0 oracle-mark"'


class Mandrill:
    about = {"provider": "mandrill", "event": "send"}

    def __init__(self):
        self.secret = self.key = token_hex(11)

    def sign(self, base, target, at, wrong, note):
        body = urlencode({"mandrill_events": f'[{{"event":"send","_id":"1","msg":{{"email":"ada@example.com"}},{note}}}]'})
        # The formula of the documentation: the library only checks.
        signed = base + target + "".join(name + value for name, value in sorted(parse_qsl(body)))
        secret = token_hex(11) if wrong else self.secret
        made = base64.b64encode(hmac.new(secret.encode(), signed.encode(), hashlib.sha1).digest()).decode()
        return [["Content-Type", "application/x-www-form-urlencoded"], ["X-Mandrill-Signature", made]], body.encode()

    def check(self, url, headers, body):
        request = RequestFactory().generic("POST", "/", body, headers["content-type"],
                                           HTTP_X_MANDRILL_SIGNATURE=headers.get("x-mandrill-signature"))
        view = MandrillCombinedWebhookView.as_view(webhook_key=self.key, webhook_url=url)
        # Raises what Django would answer with 400.
        assert view(request).status_code == 200


class PayPal:
    # The certificate is never fetched, so nobody but the origin can check what has not been told the key.
    about = {"provider": "paypal", "event": "PAYMENT.CAPTURE.COMPLETED", "asymmetric": True, "unchecked": "no-certificate"}

    def __init__(self):
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = self.private.public_key()
        self.key = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
        # What is given to hookreel: the id of the webhook.
        self.secret = token_hex(8).upper()

    def signed(self, webhook, headers, body):
        return f"{headers['paypal-transmission-id']}|{headers['paypal-transmission-time']}|{webhook}|{zlib.crc32(body)}".encode()

    def sign(self, base, target, at, wrong, note):
        body = f'{{"id":"WH-1","event_type":"PAYMENT.CAPTURE.COMPLETED","resource_type":"capture",\r\n {note}}}\n'.encode()
        headers = {
            "paypal-transmission-id": str(uuid.uuid4()),
            "paypal-transmission-time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at)),
            "paypal-cert-url": "https://api.paypal.com/v1/notifications/certs/CERT-oracle",
            "paypal-auth-algo": "SHA256withRSA",
        }
        message = self.signed(token_hex(8) if wrong else self.secret, headers, body)
        made = self.private.sign(message, padding.PKCS1v15(), hashes.SHA256())
        fields = [[name.upper(), value] for name, value in headers.items()]
        return [["Content-Type", "application/json"], *fields, ["PAYPAL-TRANSMISSION-SIG", base64.b64encode(made).decode()]], body

    def check(self, url, headers, body):
        public = serialization.load_pem_public_key(self.key.encode())
        made = base64.b64decode(headers["paypal-transmission-sig"])
        public.verify(made, self.signed(self.secret, headers, body), padding.PKCS1v15(), hashes.SHA256())


PROVIDERS = {"mandrill": Mandrill(), "paypal": PayPal()}
PUBLIC = {"url": ""}


def ask_list():
    return [{"path": path, "secret": own.secret, "other": token_hex(8), **own.about} for path, own in PROVIDERS.items()]


def ask_public(url):
    PUBLIC["url"] = url


def ask_key(path, key):
    PROVIDERS[path].key = key


def ask_sign(path, name, at, wrong=False, more=""):
    target = f"/{path}/{name}"
    headers, body = PROVIDERS[path].sign(PUBLIC["url"], target, at, wrong, NOTE.replace("oracle-mark", f"oracle-mark{more}"))
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
            PROVIDERS[self.path.split("/")[1]].check(PUBLIC["url"] + self.path, headers, body)
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
try:
    server.serve_forever()
except KeyboardInterrupt:
    sys.exit(0)
