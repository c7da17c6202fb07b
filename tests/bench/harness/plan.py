"""What is measured: each load with its rounds and the columns of its table."""

from . import bulk, flat, idle, load, startup

# (key of a round's figures, heading, digits)
REQUESTS = [
    ("rps", "req/s", 0),
    ("p50_ms", "p50 ms", 2),
    ("p99_ms", "p99 ms", 2),
    ("cpu_s_per_10k", "CPU s/10k", 3),
    ("peak_mib", "peak MiB", 0),
]
BULK = [
    ("mb_per_s", "MB/s", 0),
    ("cpu_s_per_gb", "CPU s/GB", 2),
    ("peak_mib", "peak MiB", 0),
    ("growth_mib", "growth MiB", 1),
]
IDLE = [
    ("kib_each", "KiB each", 1),
    ("kib_each_public", "public side", 1),
    ("opened_in_s", "opened in s", 2),
]
BURST = [
    ("wall_ms", "last answer ms", 1),
    ("p50_ms", "p50 ms", 1),
]
READY = [
    ("first_answer_ms", "first answer ms", 1),
    ("relay_ready_ms", "relay ready ms", 1),
    ("url_ready_ms", "URL ready ms", 1),
]
FLAT = [
    ("growth_mib", "growth MiB", 1),
    ("peak_mib", "peak MiB", 0),
]
# The figures that ratios are taken of.
RATIOS = ["rps", "cpu_s_per_10k", "mb_per_s", "kib_each", "first_answer_ms", "wall_ms"]


class Load:
    """One load. `measure(system, started, world, origin)` gives the figures of one round."""

    def __init__(self, name, what, rounds, columns, measure, starts_itself=False, needs_system=False):
        self.name, self.what, self.rounds, self.columns = name, what, rounds, columns
        self.measure = measure
        # Start-up is its own start; memory figures mean nothing without a system in between.
        self.starts_itself, self.needs_system = starts_itself, needs_system


def names():
    return [*load.LOADS, *bulk.BULK, *(f"idle{count}" for count in idle.IDLE), "flat", "ready"]


def requests(name, rounds, seconds, threads):
    if load.parse(name)[0] == "paced":
        # A hundredth of them must be more than a few.
        seconds = max(seconds, 10)

    def measure(system, started, world, origin):
        return load.measure(started, name, seconds, threads)

    return Load(name, load.describe(name), rounds, REQUESTS, measure)


def body(name, rounds):
    def measure(system, started, world, origin):
        return bulk.measure(started, name, world)

    return Load(name, bulk.describe(name), rounds, BULK, measure)


def idling(name, rounds):
    count = int(name.removeprefix("idle"))

    def measure(system, started, world, origin):
        return idle.measure(started, count)

    what = f"{count:,} idle public connections, memory of each"
    return Load(name, what, rounds, IDLE, measure, needs_system=True)


def flatness(rounds, threads):
    def measure(system, started, world, origin):
        return flat.measure(started, threads)

    return Load("flat", flat.describe(), rounds, FLAT, measure, needs_system=True)


def ready(starts):
    def measure(system, started, world, origin):
        return startup.measure(system, world, origin)

    what = "start-up: all processes spawned until a request gets through"
    return Load("ready", what, starts, READY, measure, starts_itself=True, needs_system=True)


def make(chosen, rounds, seconds, starts, threads):
    loads = []
    for name in chosen:
        if load.parse(name):
            loads.append(requests(name, rounds, seconds, threads))
        elif name in bulk.BULK:
            loads.append(body(name, rounds))
        elif name == "flat":
            loads.append(flatness(min(rounds, 2), threads))
        elif name == "ready":
            loads.append(ready(starts))
        else:
            # Memory hardly varies, and opening 5,000 takes a slow system long.
            loads.append(idling(name, min(rounds, 2)))
    return loads
