"""Start-up: how long until a webhook gets through, and until hookreel shows its URL."""

import time


def measure(system, world, origin):
    """One start. The files a system needs are in the page cache after the first."""
    began = time.perf_counter()
    running = system.ready(world, origin)
    result = {"first_answer_ms": (time.perf_counter() - began) * 1000, **running.facts}
    running.stop()
    return result
