"""Samples that hookreel makes and signs, sent past the tunnel to the origin itself."""
import time
from concurrent.futures import ThreadPoolExecutor

# Beside the samples as they are, one of each provider is sent so.
VARIANTS = ["--bad-signature", "--old-timestamp"]


def trigger(world, own, event, *flags):
    """The attempt, as a program sees it."""
    lines = world.lines("trigger", own.id, event, "--to", f"{own.origin.local}/{own.path}/sample", *flags, "--json")
    [attempt] = [line for line in lines if line["type"] == "trigger"]
    return attempt


def checks(world, tally):
    for origin in world.origins:
        # Who sends there signs this address, where the address is signed.
        origin.believes(origin.local)
    # Of several ways to send, samples go the one that is named like the provider, or the newest.
    ways = {own.id: own for own in world.providers}
    ways.update({own.id: own for own in world.providers if own.path == own.id})
    samples = [line for line in world.lines("trigger", "--list", "--json") if line["provider"] in ways and line["signed"]]
    jobs = [(ways[line["provider"]], line["name"], []) for line in samples]
    first = {line["provider"]: line["name"] for line in reversed(samples)}
    jobs += [(ways[id], name, [flag]) for id, name in first.items() for flag in VARIANTS if flag != "--old-timestamp" or ways[id].clock]
    for id in ways.keys() - first.keys():
        tally.report(f"{id:24} sample: there is one", False, "trigger --list has no signed sample of it")

    for own in [ways[id] for id in first]:
        body = world.work / f"{own.path}.body"
        body.write_bytes(own.sign("body", time.time())[2])
        jobs.append((own, first[own.id], ["--body", str(body)]))

    def send(job):
        own, name, flags = job
        return own, name, flags, trigger(world, own, name, *flags)
    with ThreadPoolExecutor(4) as pool:
        for own, name, flags, attempt in pool.map(send, jobs):
            accepted = not flags or "--body" in flags
            tally.report(f"{own.path:24} sample {' '.join([name, *flags[:1]])}: the library {'accepts' if accepted else 'refuses'} it",
                         attempt["status_code"] == (200 if accepted else 401), f"{attempt['status_code']}: {attempt['response'][:300]}")
