"""As they come: what the library lets pass is good, what it refuses is bad, and for the same reason."""
import hashlib
import time
from concurrent.futures import ThreadPoolExecutor

from world import post

# What is sent for each provider: its name, what is special or wrong with it.
FINE, LARGE, TAMPERED, WRONG, OLD, EARLY = "fine", "large", "tampered", "wrong-secret", "old", "early"

# More than is read of a body at once, anywhere.
MORE = "-and-more" * 116_509


class Sent:
    """A request, what the origin said of it, and later what hookreel says."""

    def __init__(self, provider, name):
        self.provider, self.name = provider, name
        self.id = self.listed = self.report = None

    def send(self):
        own = self.provider
        far = 2 * (own.clock or 0) + 60
        at = time.time() + {OLD: -far, EARLY: far}.get(self.name, 0)
        self.target, headers, body = own.sign(self.name, at, wrong=self.name == WRONG, more=MORE if self.name == LARGE else "")
        if self.name == TAMPERED:
            # One byte, and what it stands in is still JSON or a form.
            body = body.replace(b"oracle-mark", b"oracle-mask")
        self.digest = hashlib.sha256(body).hexdigest()
        self.status, self.answer = post(own.origin.url, self.target, headers, body)
        return self

    def kind(self):
        """Why it is bad, or not checked, in hookreel's words."""
        return (self.report.get("reason") or {}).get("kind") or self.report.get("because")

    def fits(self):
        """Whether the library lets it pass."""
        return self.name in (FINE, LARGE) or (self.name == EARLY and not self.provider.early)

    def wanted(self):
        """Verdict and reason that are right."""
        own = self.provider
        if self.fits() and not (self.name == EARLY and own.stricter):
            return "good", None
        return "bad", {TAMPERED: own.tampered, WRONG: "mismatch", OLD: "too-old", EARLY: "too-early"}[self.name]

    def tell(self, tally):
        own, name = self.provider, f"{self.provider.path:24} {self.name}: "
        accepted = self.fits()
        tally.report(name + ("the library accepts it" if accepted else "the library refuses it"),
                     self.answer["accepted"] == accepted, f"{self.status}: {self.answer['reason']}")
        tally.report(name + "byte for byte", self.answer["sha256"] == self.digest, "the body that came is another one")
        verdict, kind = self.wanted()
        found = self.listed["verdict"], self.kind()
        tally.report(name + f"the verdict is {verdict}" + (f", {kind}" if kind else ""), found == (verdict, kind),
                     f"{found[0]}, {found[1]}: {self.why}")
        if self.name == FINE:
            tally.report(name + f"from {own.id}, {own.event}", (self.listed["provider"], self.listed["event"]) == (own.id, own.event),
                         f"from {self.listed['provider']}, {self.listed['event']}")
            tally.report(name + "with the secret that fits", self.report["secret"] == own.label, f"with {self.report['secret']}")


def recorded(world, sent, seconds=20):
    """Waits until the history has all of them."""
    ends = time.monotonic() + seconds
    while True:
        lines = {line["target"]: line for line in world.lines("ls", "--limit", "0", "--json")}
        missing = [one.target for one in sent if lines.get(one.target, {}).get("verdict") is None]
        if not missing:
            break
        if time.monotonic() > ends:
            raise RuntimeError(f"after {seconds} s the history has no verdict of {missing}")
        time.sleep(0.2)
    for one in sent:
        one.listed = lines[one.target]
        one.id = one.listed["id"]


def reports(world, ids):
    """What hookreel verify says of each, by id."""
    return {line["id"]: line for line in world.lines("verify", *ids, "--json", codes=(0, 6))}


def checks(world, tally):
    """Returns all that was sent, by provider's path and what is wrong with it."""
    sent = []
    for own in world.providers:
        names = [FINE, LARGE, TAMPERED, WRONG, *([OLD, EARLY] if own.clock else [])]
        sent += [Sent(own, name) for name in names]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(Sent.send, sent))
    recorded(world, sent)
    found = reports(world, [one.id for one in sent])
    for one in sent:
        one.report, one.why = found[one.id]["report"], found[one.id]["why"]
        one.tell(tally)
    return {(one.provider.path, one.name): one for one in sent}
