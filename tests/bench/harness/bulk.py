"""Large bodies: 100 MiB up and down, one at a time, with curl."""

import subprocess

from .procs import Failed

MIB = 1024 * 1024
SIZE = 100 * MIB
# CPU clocks tick each 10 ms; one transfer takes a tenth of a second.
REPEATS = 3
BULK = ["up", "down"]


def describe(direction):
    return f"{SIZE // MIB} MiB {'up (POST)' if direction == 'up' else 'down (GET)'}, one at a time"


def body_file(world):
    """Random bytes, so that nobody's compression helps; made once, in memory where possible."""
    import os
    from pathlib import Path

    path = world.tmp / "body"
    if not path.exists():
        chunk = os.urandom(4 * MIB)
        shared = Path("/dev/shm")
        target = shared / f"hookreel-bench-{os.getpid()}" if os.access(shared, os.W_OK) else path
        with open(target, "wb") as out:
            for _ in range(SIZE // len(chunk)):
                out.write(chunk)
        if target != path:
            path.symlink_to(target)
            world.at_exit.append(lambda: target.unlink(missing_ok=True))
    return path


def transfer(running, direction, body):
    command = ["curl", "-sS", "-o", "/dev/null", "--max-time", "60", "-H", f"Host: {running.host}"]
    command += ["-w", "%{http_code} %{time_total} %{size_upload} %{size_download}"]
    if direction == "up":
        # Without `Expect:` curl waits up to a second for a 100 Continue that not all send.
        command += ["-X", "POST", "-T", str(body), "-H", "Expect:", running.url("/upload")]
    else:
        command.append(running.url(f"/bytes/{SIZE}"))
    done = subprocess.run(command, capture_output=True, text=True, timeout=90)
    fields = done.stdout.split()
    if done.returncode != 0 or len(fields) != 4:
        raise Failed(f"100 MiB {direction}: {done.stderr.strip()[:200] or done.stdout[:200]}")
    status, seconds, sent, received = fields[0], float(fields[1]), int(fields[2]), int(fields[3])
    if status != "200" or (sent if direction == "up" else received) != SIZE:
        raise Failed(f"100 MiB {direction}: status {status}, {sent} B up, {received} B down")
    return seconds


def measure(running, direction, world):
    """One round on a fresh system: its memory before is what it needs to be ready."""
    body = body_file(world)
    running.reset_peak()
    before_memory, before_cpu = running.memory("VmRSS"), running.cpu()
    seconds = sorted(transfer(running, direction, body) for _ in range(REPEATS))
    cpu = running.cpu() - before_cpu
    peak = running.memory("VmHWM")
    running.check()
    growth = {role: (peak[role] - before_memory[role]) / 1024 for role in peak}
    return {
        "mb_per_s": SIZE / 1e6 / seconds[len(seconds) // 2],
        "cpu_s_per_gb": cpu / (SIZE * REPEATS / 1e9) if running.procs else None,
        "peak_mib": sum(peak.values()) / 1024 if running.procs else None,
        "growth_mib": max(growth.values()) if growth else None,
        "growth_mib_by_role": growth,
        "errors": {},
    }
