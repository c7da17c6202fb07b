"""Request load: wrk sends the same POST to every system, a fixed number at a time."""

import json
import os
import re
import subprocess
import time
from pathlib import Path

from .procs import Failed

SCRIPT = Path(__file__).with_name("post.lua")
# A warm-up of the same shape: allocators, connection pools and JITs are filled.
WARM_UP = 0.5
LOADS = [f"{kind}{count}" for kind in ("new", "keep") for count in (1, 16, 64, 256)] + ["paced1000"]
# Connections of a paced load: few requests meet, as with senders that know nothing of each other.
PACED_CONNECTIONS = 64
# What a history may be behind; after that it is asked what it has.
WRITTEN_WITHIN = 5


def parse(load):
    """("new", "keep" or "paced", how many at once or a second) of a name like new64."""
    found = re.fullmatch(r"(new|keep|paced)(\d+)", load)
    return (found.group(1), int(found.group(2))) if found else None


def describe(load):
    kind, count = parse(load)
    if kind == "paced":
        return f"2,048-byte POST, {count:,} a second, connections kept alive"
    each = "a new connection for each" if kind == "new" else "connections kept alive"
    return f"2,048-byte POST, {count} at a time, {each}"


def wrk(running, load, seconds, threads):
    kind, count = parse(load)
    # wrk's durations are whole seconds; a warm-up ends earlier by timeout's SIGINT,
    # which wrk takes as "stop now and report".
    connections = PACED_CONNECTIONS if kind == "paced" else count
    command = ["wrk", "-t", str(min(threads, connections)), "-c", str(connections)]
    command += ["-d", f"{max(1, round(seconds))}s", "--timeout", "5s", "-s", str(SCRIPT)]
    command.append(f"http://{running.address}:{running.port}")
    if seconds < 1:
        command = ["timeout", "--foreground", "-s", "INT", str(seconds), *command]
    env = {
        **os.environ,
        "BENCH_HOST": running.host,
        "BENCH_PATH": f"{running.prefix}/hooks/paid",
        "BENCH_CLOSE": "1" if kind == "new" else "0",
        # Milliseconds that a connection rests between two requests, on average.
        "BENCH_REST": str(connections * 1000 / count) if kind == "paced" else "0",
    }
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=seconds + 30)
    found = re.search(r"^bench (\{.*\})$", done.stdout, re.M)
    if not found:
        raise Failed(f"wrk gave no result: {(done.stderr or done.stdout).strip()[:200]}")
    return json.loads(found.group(1))


def settled(running):
    """How many exchanges the history holds once it is not written any more; None without one."""
    recorded = running.recorded()
    while recorded is not None:
        time.sleep(0.2)
        now = running.recorded()
        if now == recorded:
            break
        recorded = now
    return recorded


def unrecorded(running, before, requests):
    """How many of the requests are not in the history; 0 where there is none."""
    if before is None:
        return 0
    deadline = time.perf_counter() + WRITTEN_WITHIN
    # wrk does not count what was under way at its end, so there may be some more.
    while running.recorded() < before + requests and time.perf_counter() < deadline:
        time.sleep(0.05)
    return max(0, before + requests - running.recorded())


def measure(running, load, seconds, threads=1):
    """One round of one load on one system that has nothing else to do."""
    wrk(running, load, WARM_UP, threads)
    time.sleep(0.1)
    running.reset_peak()
    before, recorded = running.cpu(), settled(running)
    result = wrk(running, load, seconds, threads)
    # Closing what the load opened belongs to its cost, and so does writing down what passed.
    time.sleep(0.1)
    missing = unrecorded(running, recorded, result["requests"])
    cpu = running.cpu() - before
    peak = running.memory("VmHWM")
    running.check()
    requests = result["requests"]
    errors = {kind: result[kind] for kind in ("connect", "read", "write", "status", "timeout") if result[kind]}
    if missing:
        errors["unrecorded"] = missing
    if not requests:
        raise Failed(f"no request was answered ({errors or 'no error reported'})")
    return {
        "rps": requests / result["seconds"],
        "p50_ms": result["p50_us"] / 1000,
        "p99_ms": result["p99_us"] / 1000,
        "cpu_s_per_10k": cpu / requests * 10_000 if running.procs else None,
        "peak_mib": sum(peak.values()) / 1024 if running.procs else None,
        "peak_mib_by_role": {role: kib / 1024 for role, kib in peak.items()},
        "requests": requests,
        "errors": errors,
    }
