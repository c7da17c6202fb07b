"""Memory over many exchanges: what is kept of each must not add up."""

from . import load
from .procs import Failed

# Up to the first mark allocators, pools and caches fill.
FIRST, LAST = 50_000, 200_000
OF = "new64"


def describe():
    return f"memory after {FIRST:,} and after {LAST:,} exchanges, {load.describe(OF)}"


def measure(running, threads=1):
    passed, marks, errors = 0, [], {}
    before = load.settled(running)
    for mark in (FIRST, LAST):
        while passed < mark:
            result = load.wrk(running, OF, 1, threads)
            if not result["requests"]:
                raise Failed("no request was answered")
            passed += result["requests"]
            for kind in ("connect", "read", "write", "status", "timeout"):
                errors[kind] = errors.get(kind, 0) + result[kind]
        missing = load.unrecorded(running, before, passed)
        running.check()
        marks.append(running.memory("VmRSS"))
    first, last = marks
    growth = {role: (last[role] - first[role]) / 1024 for role in last}
    return {
        "growth_mib": max(growth.values()),
        "growth_mib_by_role": growth,
        "peak_mib": sum(running.memory("VmHWM").values()) / 1024,
        "requests": passed,
        "errors": {kind: count for kind, count in {**errors, "unrecorded": missing}.items() if count},
    }
