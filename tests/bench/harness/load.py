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
LOADS = [f"{kind}{count}" for kind in ("new", "keep") for count in (1, 16, 64, 256)]


def parse(load):
    """("new" or "keep", how many at once) of a name like new64."""
    found = re.fullmatch(r"(new|keep)(\d+)", load)
    return (found.group(1), int(found.group(2))) if found else None


def describe(load):
    kind, count = parse(load)
    each = "a new connection for each" if kind == "new" else "connections kept alive"
    return f"2,048-byte POST, {count} at a time, {each}"


def wrk(running, load, seconds, threads):
    kind, count = parse(load)
    # wrk's durations are whole seconds; a warm-up ends earlier by timeout's SIGINT,
    # which wrk takes as "stop now and report".
    command = ["wrk", "-t", str(min(threads, count)), "-c", str(count)]
    command += ["-d", f"{max(1, round(seconds))}s", "--timeout", "5s", "-s", str(SCRIPT)]
    command.append(f"http://{running.address}:{running.port}")
    if seconds < 1:
        command = ["timeout", "--foreground", "-s", "INT", str(seconds), *command]
    env = {
        **os.environ,
        "BENCH_HOST": running.host,
        "BENCH_PATH": f"{running.prefix}/hooks/paid",
        "BENCH_CLOSE": "1" if kind == "new" else "0",
    }
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=seconds + 30)
    found = re.search(r"^bench (\{.*\})$", done.stdout, re.M)
    if not found:
        raise Failed(f"wrk gave no result: {(done.stderr or done.stdout).strip()[:200]}")
    return json.loads(found.group(1))


def measure(running, load, seconds, threads=1):
    """One round of one load on one system that has nothing else to do."""
    wrk(running, load, WARM_UP, threads)
    time.sleep(0.1)
    running.reset_peak()
    before = running.cpu()
    result = wrk(running, load, seconds, threads)
    # Closing what the load opened belongs to its cost.
    time.sleep(0.1)
    cpu = running.cpu() - before
    peak = running.memory("VmHWM")
    running.check()
    requests = result["requests"]
    errors = {kind: result[kind] for kind in ("connect", "read", "write", "status", "timeout") if result[kind]}
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
