"""Samples that hookreel makes and signs, sent past the tunnel to the origin itself."""
from concurrent.futures import ThreadPoolExecutor

# Beside the samples as they are, one of each provider is sent so.
VARIANTS = ["--bad-signature", "--old-timestamp"]

# What the app is set to, and a sample cannot know.
SET = {"pusher": ["--set", "header:X-Pusher-Key=oracle"]}


def trigger(world, own, event, *flags):
    """The attempt, as a program sees it."""
    lines = world.lines("trigger", own.id, event, "--to", f"{own.origin.local}/{own.path}/sample", *flags, *SET.get(own.id, []), "--json")
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
        tally.report(f"{id:18} sample: there is one", False, "trigger --list has no signed sample of it")

    def send(job):
        own, name, flags = job
        return own, name, flags, trigger(world, own, name, *flags)
    with ThreadPoolExecutor(4) as pool:
        for own, name, flags, attempt in pool.map(send, jobs):
            accepted = not flags
            tally.report(f"{own.path:18} sample {' '.join([name, *flags])}: the library {'accepts' if accepted else 'refuses'} it",
                         attempt["status_code"] == (200 if accepted else 401), f"{attempt['status_code']}: {attempt['response'][:300]}")
