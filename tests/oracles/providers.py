"""As providers.mjs, for what has its library in Python, or a second one there that reads the rules otherwise."""
import base64
import hashlib
import hmac
import time
import uuid
import zlib
from datetime import datetime, timedelta, timezone
from secrets import token_hex
from urllib.parse import parse_qsl, urlencode
from urllib.request import urlopen

import django
import standardwebhooks
import stripe
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from django.conf import settings
from slack_sdk.signature import SignatureVerifier
from twilio.request_validator import HMAC_SHA256, RequestValidator, get_signature_algorithm

settings.configure(ALLOWED_HOSTS=["*"], ANYMAIL={}, DEFAULT_CHARSET="utf-8", SECRET_KEY=token_hex())
django.setup()

from anymail.webhooks.mandrill import MandrillCombinedWebhookView  # noqa: E402  (after the settings)
from django.http import QueryDict  # noqa: E402
from django.test import RequestFactory  # noqa: E402

NOTE = '"note":  "caf\\u00e9 \u00fc <&> 1.0 oracle-mark"'
JSON = ["Content-Type", "application/json"]
FORM = ["Content-Type", "application/x-www-form-urlencoded"]


def a_json(text, note):
    return f"{{{text},\r\n {note}}}\n".encode()


class Stripe:
    about = {"provider": "stripe", "event": "charge.succeeded", "clock": 300}

    def sign(self, url, at, secret, note):
        body = a_json('"id":"evt_1","object":"event","type":"charge.succeeded"', note)
        made = stripe.WebhookSignature.generate_signature_header(body.decode(), secret, int(at))
        return [JSON, ["Stripe-Signature", made]], body

    def check(self, url, headers, body, secret):
        stripe.WebhookSignature.verify_header(body, headers["stripe-signature"], secret, stripe.Webhook.DEFAULT_TOLERANCE)


class Slack:
    about = {"provider": "slack", "event": "app_mention", "clock": 300, "early": True}

    def sign(self, url, at, secret, note):
        body = a_json('"type":"event_callback","event_id":"Ev1","event":{"type":"app_mention","user":"U1"}', note)
        stamp = str(int(at))
        made = SignatureVerifier(secret).generate_signature(timestamp=stamp, body=body)
        return [JSON, ["X-Slack-Request-Timestamp", stamp], ["X-Slack-Signature", made]], body

    def check(self, url, headers, body, secret):
        assert SignatureVerifier(secret).is_valid_request(body, headers), "the library says false"


class StandardWebhooks:
    about = {"provider": "standard-webhooks", "event": "invoice.paid", "clock": 300, "early": True}

    def sign(self, url, at, secret, note):
        body = a_json('"type":"invoice.paid","data":{"id":"in_1"}', note)
        id, when = f"msg_{token_hex(8)}", datetime.fromtimestamp(int(at), timezone.utc)
        made = standardwebhooks.Webhook(secret).sign(id, when, body.decode())
        return [JSON, ["webhook-id", id], ["webhook-timestamp", str(int(at))], ["webhook-signature", made]], body

    def check(self, url, headers, body, secret):
        standardwebhooks.Webhook(secret).verify(body, headers)


class StandardWebhooksV1a:
    """Key pairs (Ed25519), as the specification has them beside v1; its libraries check v1 alone.

    https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
    """
    LABEL = "pair"

    def __init__(self):
        self.private = ed25519.Ed25519PrivateKey.generate()
        self.secret = self.key = self.written(self.private)
        self.about = {"provider": "standard-webhooks", "event": "invoice.paid", "clock": 300, "early": True, "asymmetric": True,
                      "label": self.LABEL}

    def written(self, private):
        raw = private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return f"whpk_{base64.b64encode(raw).decode()}"

    def signed(self, headers, body):
        return f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body

    def sign(self, url, at, secret, note):
        body = a_json('"type":"invoice.paid","data":{"id":"in_1"}', note)
        headers = {"webhook-id": f"msg_{token_hex(8)}", "webhook-timestamp": str(int(at))}
        private = self.private if secret == self.secret else ed25519.Ed25519PrivateKey.generate()
        made = base64.b64encode(private.sign(self.signed(headers, body))).decode()
        # Beside one of another version, as the specification allows.
        return [JSON, *map(list, headers.items()), ["webhook-signature", f"v9,AAAA v1a,{made}"]], body

    def check(self, url, headers, body, secret):
        far = abs(time.time() - int(headers["webhook-timestamp"]))
        assert far <= self.about["clock"], f"{far:.0f} s from now"
        public = ed25519.Ed25519PublicKey.from_public_bytes(base64.b64decode(self.key.removeprefix("whpk_")))
        made = [one.removeprefix("v1a,") for one in headers["webhook-signature"].split() if one.startswith("v1a,")]
        assert made, "there is no signature of this version"
        for one in made:
            public.verify(base64.b64decode(one), self.signed(headers, body))


class Twilio:
    about = {"provider": "twilio", "event": "message.received"}
    # A field that comes several times counts once for each value, in their order.
    fields = [("AccountSid", "AC1"), ("MessageSid", "SM1"), ("SmsStatus", "received"), ("Media", "b"), ("Media", "a b"), ("Media", "b")]
    settings = []
    query = "?shop=a%20b&x=1"

    def sign(self, url, at, secret, note):
        body = urlencode([*self.fields, ("Note", note)])
        algorithm = get_signature_algorithm(dict(self.settings).get("X-Twilio-Webhooks-Signature-Settings"))
        made = RequestValidator(secret).compute_signature(url, QueryDict(body), algorithm)
        return [FORM, *self.settings, ["X-Twilio-Signature", made]], body.encode()

    def check(self, url, headers, body, secret):
        algorithm = get_signature_algorithm(headers.get("x-twilio-webhooks-signature-settings"))
        valid = RequestValidator(secret).validate(url, QueryDict(body), headers["x-twilio-signature"], algorithm)
        assert valid, "the library says false"


class TwilioSharedKey(Twilio):
    settings = [["X-Twilio-Webhooks-Signature-Settings", f"key=webhooks_sharedkey_oracle,algorithm={HMAC_SHA256}"]]


class Mandrill:
    about = {"provider": "mandrill", "event": "send"}

    def sign(self, url, at, secret, note):
        body = urlencode({"mandrill_events": f'[{{"event":"send","_id":"1","msg":{{"email":"ada@example.com"}},{note}}}]'})
        # The formula of the documentation: the library only checks.
        signed = url + "".join(name + value for name, value in sorted(parse_qsl(body)))
        made = base64.b64encode(hmac.new(secret.encode(), signed.encode(), hashlib.sha1).digest()).decode()
        return [FORM, ["X-Mandrill-Signature", made]], body.encode()

    def check(self, url, headers, body, secret):
        request = RequestFactory().generic("POST", "/", body, headers["content-type"],
                                           HTTP_X_MANDRILL_SIGNATURE=headers.get("x-mandrill-signature"))
        view = MandrillCombinedWebhookView.as_view(webhook_key=secret, webhook_url=url)
        # Raises what Django would answer with 400.
        assert view(request).status_code == 200


class PayPal:
    url = "https://api.paypal.com/v1/notifications/certs/CERT-oracle"

    def __init__(self):
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "messageverificationcerts.paypal.com")])
        now = datetime.now(timezone.utc)
        made = x509.CertificateBuilder(name, name, self.private.public_key(), x509.random_serial_number(),
                                       now - timedelta(days=1), now + timedelta(days=1)).sign(self.private, hashes.SHA256())
        self.pem = made.public_bytes(serialization.Encoding.PEM).decode().strip()
        # The one certificate that the app trusts.
        self.key = self.pem
        self.about = {"provider": "paypal", "event": "PAYMENT.CAPTURE.COMPLETED", "asymmetric": True,
                      "certificate": {"url": self.url, "pem": self.pem}}

    def at(self, url):
        """What is at an address: PayPal's own here, or on this machine."""
        if url == self.url:
            return self.pem
        assert url.startswith("http://127.0.0.1:"), f"no certificate is fetched from {url}"
        with urlopen(url, timeout=10) as answer:
            return answer.read().decode().strip()

    def signed(self, webhook, headers, body):
        return f"{headers['paypal-transmission-id']}|{headers['paypal-transmission-time']}|{webhook}|{zlib.crc32(body)}".encode()

    def sign(self, url, at, secret, note):
        body = a_json('"id":"WH-1","event_type":"PAYMENT.CAPTURE.COMPLETED","resource_type":"capture"', note)
        headers = {
            "paypal-transmission-id": str(uuid.uuid4()),
            "paypal-transmission-time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at)),
            "paypal-cert-url": self.url,
            "paypal-auth-algo": "SHA256withRSA",
        }
        made = self.private.sign(self.signed(secret, headers, body), padding.PKCS1v15(), hashes.SHA256())
        fields = [[name.upper(), value] for name, value in headers.items()]
        return [JSON, *fields, ["PAYPAL-TRANSMISSION-SIG", base64.b64encode(made).decode()]], body

    def check(self, url, headers, body, secret):
        pem = self.at(headers["paypal-cert-url"])
        assert pem == self.key, "the certificate is not the one that is trusted"
        public = x509.load_pem_x509_certificate(pem.encode()).public_key()
        made = base64.b64decode(headers["paypal-transmission-sig"])
        public.verify(made, self.signed(secret, headers, body), padding.PKCS1v15(), hashes.SHA256())


PROVIDERS = {
    "stripe-python": Stripe(),
    "slack-python": Slack(),
    "standard-webhooks-python": StandardWebhooks(),
    "standard-webhooks-v1a": StandardWebhooksV1a(),
    "twilio-python": Twilio(),
    "twilio-shared-key": TwilioSharedKey(),
    "mandrill": Mandrill(),
    "paypal": PayPal(),
}
