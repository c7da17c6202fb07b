"""An hour later: sent again as it was, signed anew, and changed."""
import hashlib
import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from live import FINE, TAMPERED, reports

HOUR = 3600
# One word of the body, as a developer would change it.
EDITOR = {"VISUAL": "", "EDITOR": "sed -i s/oracle-mark/oracle-edit/"}


def earlier(text):
    """A time of the JSON form, an hour before."""
    return text and (datetime.fromisoformat(text.replace("Z", "+00:00")) - timedelta(seconds=HOUR)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def an_hour_ago(came, document):
    """The exchange as it would have been recorded an hour ago, signed by the library for that time."""
    target, headers, body = came.provider.sign("hour", time.time() - HOUR)
    for key in ("received_at", "sent_at", "answered_at", "closed_at"):
        document[key] = earlier(document[key])
    request = document["request"]
    fields = request["headers"]
    host = [field for field in fields if field[0].lower() == "host"]
    added = fields[len(fields) - request["added"]:]
    request.update(target=target, framing={"length": len(body)}, headers=[*host[:1], ["Content-Length", str(len(body))], *headers, *added])
    request["body"].update(size=len(body), kept=body.decode(), sha256=hashlib.sha256(body).hexdigest())
    return document


def capture(world, live):
    """Brings exchanges of an hour ago into the history; ids by provider's path."""
    fine = [one for (_, name), one in live.items() if name == FINE]
    exported = world.lines("export", *[one.id for one in fine], "--as", "json", "--no-redact")
    documents = {document["id"]: document for document in exported}
    file = world.work / "an-hour-ago.ndjson"
    file.write_text("".join(json.dumps(an_hour_ago(one, documents[one.id])) + "\n" for one in fine))
    ids = world.run("import", str(file)).split()
    return {one.provider.path: id for one, id in zip(fine, ids, strict=True)}


def replay(world, ids, *flags, **how):
    """What came of each attempt, by the id of the original."""
    lines = world.lines("replay", *ids, *flags, "--json", **how)
    unsent = [line["reason"] for line in lines if line["type"] == "unsent"]
    if unsent:
        raise RuntimeError(f"replay {' '.join(flags)}: not sent: {unsent}")
    return {line["replay_of"]: line for line in lines if line["type"] == "replay"}


def tell(tally, name, attempt, status, signed):
    """Whether the origin took it as it should, and hookreel says whether it has signed it."""
    resigned = attempt["resigned"] or {"done": False, "text": "nothing is said of its signature"}
    took = "the library accepts it" if status == 200 else "the library refuses it"
    how = "signed anew" if signed else "not signed anew"
    tally.report(f"{name}: {how}, {took}", (attempt["status"], resigned["done"]) == (status, signed),
                 f"{attempt['status']}, {resigned['text']}")


def checks(world, tally, live):
    ids = capture(world, live)
    by_path = {own.path: own for own in world.providers}
    for path, id in ids.items():
        report = reports(world, [id])[id]
        tally.report(f"{path:24} an hour ago: was good when it came", report["report"]["verdict"] == "good", report["why"])
    for own in world.providers:
        if own.asymmetric:
            # As a developer does who wants to replay: the app is told their own key.
            own.origin.ask("key", path=own.path, key=world.run("secret", "show-dev-key", own.id).strip())

    again = replay(world, ids.values(), "--no-resign")
    both = {document["id"]: document for document in
            world.lines("export", *ids.values(), *[one["id"] for one in again.values()], "--as", "json", "--no-redact")}
    for path, attempt in by_id(ids, again):
        own = by_path[path]
        refused = own.clock or own.asymmetric
        name = f"{path:24} an hour later, --no-resign"
        tell(tally, name, attempt, 401 if refused else 200, False)
        came = json.loads(both[attempt["id"]]["response_body"]["kept"])["sha256"]
        tally.report(f"{name}: byte for byte", came == both[ids[path]]["request"]["body"]["sha256"], "the body that came is another one")
    for path, attempt in by_id(ids, replay(world, ids.values())):
        alone = by_path[path].asymmetric
        tell(tally, f"{path:24} an hour later", attempt, 401 if alone else 200, not alone)
    alone = {path: id for path, id in ids.items() if by_path[path].asymmetric}
    own_key = replay(world, alone.values(), "--resign")
    found = reports(world, [attempt["id"] for attempt in own_key.values()])
    for path, attempt in by_id(alone, own_key):
        tell(tally, f"{path:24} an hour later, --resign", attempt, 200, True)
        report = found[attempt["id"]]
        tally.report(f"{path:24} an hour later, --resign: good by that key", report["report"]["verdict"] == "good", report["why"])

    shared = [id for path, id in ids.items() if not by_path[path].asymmetric]
    [summary] = [line for line in world.lines("replay", *shared, "--times", "4", "--concurrency", "4", "--json") if line["type"] == "summary"]
    tally.report("all                      four times, --concurrency 4: each signed anew, the libraries accept them",
                 summary["statuses"] == {"200": 4 * len(shared)}, f"{summary['statuses']}, {summary['failures']}")

    for origin in world.origins:
        local = [id for path, id in ids.items() if by_path[path].origin is origin and not by_path[path].asymmetric]
        # The app may be set to the public address, or to the one it is sent to.
        for how, url, flags in (("--to", origin.local, []), ("--to, --sign-url", origin.url, ["--sign-url", origin.url])):
            origin.believes(url)
            for id, attempt in replay(world, local, "--to", origin.local, *flags).items():
                [path] = [path for path, own in ids.items() if own == id]
                tell(tally, f"{path:24} an hour later, {how}", attempt, 200, True)

    def edited(case):
        (path, id), flags = case
        return path, flags, replay(world, [id], "--edit", *flags, env=EDITOR)[id]
    with ThreadPoolExecutor(3) as pool:
        for path, flags, attempt in pool.map(edited, [(item, flags) for item in ids.items() for flags in ([], ["--resign"])]):
            signed = bool(flags)
            tell(tally, f"{path:24} edited{', --resign' if signed else ''}", attempt, 200 if signed else 401, signed)

    bad = {path: one.id for (path, name), one in live.items() if name == TAMPERED}
    for flags in ([], ["--resign"]):
        for path, attempt in by_id(bad, replay(world, bad.values(), *flags)):
            signed = bool(flags)
            tell(tally, f"{path:24} was bad when it came{', --resign' if signed else ''}", attempt, 200 if signed else 401, signed)


def by_id(ids, attempts):
    return [(path, attempts[id]) for path, id in ids.items()]
