"""Chromium, headless, on a page that the origin serves through the tunnel."""
import json
import os
import shutil
import subprocess
import tempfile

from harness import same, token


def checks(tally, door, origin, work, tunnel):
    if door.label == "https/1.1" or not origin.can("page"):
        # A browser picks the version itself: with TLS one run covers it.
        return
    scheme = "https" if door.tls else "http"
    name = f"chromium {scheme}: "
    if not tally.wants(name):
        return
    binary = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if not binary:
        tally.report(name + "is installed", False, "no chromium; run tests/compat/install")
        return
    mark = token()
    profile = tempfile.mkdtemp(dir=work)
    argv = [binary, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-default-apps",
            "--disable-extensions", "--disable-dev-shm-usage", "--no-proxy-server", "--ignore-certificate-errors",
            "--host-resolver-rules=MAP *.localhost 127.0.0.1", f"--user-data-dir={profile}", "--remote-debugging-port=0",
            f"{door.url}/page?token={mark}"]
    log, why = work / f"chromium-{mark}.log", "the page reported nothing within 30 s"
    with open(log, "wb") as out:
        browser = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env={**os.environ, "HOME": profile})
    try:
        # The page states its result at the origin; asking there needs no guess of how long it takes.
        report = origin.ask(f"/report/{mark}", seconds=40)["report"]
    except OSError as error:
        report, why = None, f"no report: {error}"
    finally:
        browser.terminate()
        try:
            browser.wait(10)
        except subprocess.TimeoutExpired:
            browser.kill()
            browser.wait(5)
    if report is None:
        tally.report(name + "the page runs", False, f"{why}; {log.read_text('utf-8', 'replace')[-400:]!r}")
        return
    report = json.loads(report)
    for result in report["results"]:
        tally.report(name + result["name"], result["ok"], result["detail"])
    tally.check(name + "HTTP version", lambda: same(report["protocol"], "h2" if door.h2 else "http/1.1", "of the page"))
