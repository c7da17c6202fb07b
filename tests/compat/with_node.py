"""Node's fetch and the ws package, in a process of their own."""
import json
import os
import subprocess

from harness import HERE, cache_dir


def checks(tally, door, origin, work, tunnel):
    if door.h2 or not tally.wants(f"node {door.label}: "):
        return
    try:
        run = subprocess.run(
            ["node", HERE / "client.mjs", door.url, str(origin.port), ",".join(sorted(origin.CAN[origin.kind]))],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120,
            # The relay's certificate is self-signed.
            env={**os.environ, "NODE_TLS_REJECT_UNAUTHORIZED": "0", "NODE_NO_WARNINGS": "1",
                 "HOOKREEL_COMPAT_NODE": str(cache_dir() / "node")})
        out, errors, code = run.stdout, run.stderr, run.returncode
    except subprocess.TimeoutExpired as late:
        out, errors, code = late.stdout or b"", late.stderr or b"", "a time-out"
    for line in out.decode().splitlines():
        result = json.loads(line)
        tally.report(f"node {door.label}: {result['name']}", result["ok"], result["detail"])
    if code != 0:
        tally.report(f"node {door.label}: runs to the end", False, f"ended with {code}: {errors.decode()[-500:]}")
