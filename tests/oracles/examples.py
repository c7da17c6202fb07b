"""Every payload that GitHub's own collection has, each of them accepted, good, and its event known."""
import hashlib
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

from live import recorded
from world import post


def checks(world, tally):
    [origin] = [own.origin for own in world.providers if own.path == "github"]
    examples = [SimpleNamespace(**one) for one in origin.ask("examples")]

    def send(one):
        body = one.body.encode()
        one.status, answer = post(origin.url, one.target, one.headers, body)
        one.took = one.status == 200 and answer["sha256"] == hashlib.sha256(body).hexdigest()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(send, examples))
    recorded(world, examples)
    for name in dict.fromkeys(one.name for one in examples):
        of = [one for one in examples if one.name == name]
        wrong = [f"{one.target}: {one.status}, {one.listed['verdict']}, {one.listed['event']}" for one in of
                 if not one.took or (one.listed["provider"], one.listed["verdict"], one.listed["event"]) != ("github", "good", one.event)]
        tally.report(f"github             {name}, {len(of)} of GitHub's examples: the library accepts them, the verdict is good", not wrong,
                     f"not {len(wrong)} of them: {wrong[:3]}")
