"""curl over HTTP/1.1 and HTTP/2."""
import hashlib
import json
import os
import subprocess
import threading

from harness import MIB, pattern_sha256, same, short, token, values

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"]
STATUSES = [200, 201, 202, 400, 401, 404, 410, 418, 429, 500, 503]
TARGETS = ["?a=%20x&b=1+2", "/a%2Fb/%7Eu/%e2%82%ac", "/a/../b/./c//d", "/;p=1,2:@!$'()*", "?", "?q=a?b/c&&=&x"]


class Answer:
    def __init__(self, heads, body, info):
        self.body, self.info = body, info
        blocks = [b for b in heads.decode("latin-1").replace("\r\n", "\n").split("\n\n") if b]
        self.interim, self.trailers, self.status, self.headers = [], [], 0, []
        for block in blocks:
            lines = block.split("\n")
            if not lines[0].startswith("HTTP/"):
                self.trailers += [self.field(line) for line in lines]
                continue
            status = int(lines[0].split(" ")[1])
            fields = [self.field(line) for line in lines[1:] if line]
            if status < 200:
                self.interim.append((status, fields))
            else:
                self.status, self.headers = status, fields

    @staticmethod
    def field(line):
        name, _, value = line.partition(":")
        return name, value.strip()

    def json(self):
        try:
            return json.loads(self.body)
        except ValueError:
            raise AssertionError(f"answered {self.status}, not JSON: {short(self.body[:200])}") from None


class Curl:
    def __init__(self, door, work):
        self.door, self.work = door, work

    def argv(self, seconds=30):
        version = ["--http2"] if self.door.h2 else ["--http1.1"]
        return ["curl", "-q", "-sS", "-k", "--path-as-is", "--noproxy", "*", *version,
                "--max-time", str(seconds), "--resolve", f"{self.door.name}:{self.door.port}:127.0.0.1"]

    def __call__(self, path, *args, stdin=None, seconds=30):
        mark = token()
        head, body = self.work / f"{mark}.head", self.work / f"{mark}.body"
        run = subprocess.run(
            [*self.argv(seconds), "-D", head, "-o", body, "-w", "%{json}", *args, self.door.url + path],
            input=stdin if stdin is not None else b"", stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=seconds + 5)
        try:
            if run.returncode:
                seen = head.read_bytes() if head.exists() else b""
                raise AssertionError(f"curl ended with {run.returncode}: {run.stderr.decode().strip()}; heads seen: {short(seen)}")
            return Answer(head.read_bytes(), body.read_bytes() if body.exists() else b"", json.loads(run.stdout))
        finally:
            head.unlink(missing_ok=True)
            body.unlink(missing_ok=True)


def checks(tally, door, origin, work, tunnel):
    curl = Curl(door, work)
    add = lambda name, run: tally.check(f"curl {door.label}: {name}", run)

    def version():
        same(curl("/echo").info["http_version"], "2" if door.h2 else ("1" if origin.kind == "http10" and not tunnel else "1.1"), "HTTP version")
    add("HTTP version", version)

    def methods():
        for method in METHODS:
            seen = curl("/echo", "-X", method).json()
            same(seen["method"], method, "method at the origin")
    add("methods", methods)

    def targets():
        for target in TARGETS:
            same(curl("/echo" + target, "--globoff").json()["target"], "/echo" + target, "target at the origin")
    add("targets byte for byte", targets)

    def controls():
        same(curl("/echo/%00%0d%0a").json()["target"], "/echo/%00%0d%0a", "target at the origin")
    add("a target with encoded control bytes", controls)

    def headers():
        odd = 'caf\u00c3\u00a9 "q"; a=b,,c'
        seen = curl("/echo", "-H", "X-Dup: one", "-H", "X-Between: x", "-H", "X-Dup: two",
                    "-H", b"X-Odd: caf\xc3\xa9 \"q\"; a=b,,c", "-H", "X-Empty;", "-b", "k=v; l=w").json()["headers"]
        same(values(seen, "x-dup"), ["one", "two"], "X-Dup")
        same(values(seen, "x-odd"), [odd], "X-Odd")
        same(values(seen, "x-empty"), [""], "X-Empty")
        same(values(seen, "cookie"), ["k=v; l=w"], "Cookie")
    add("request headers: duplicates, bytes above 127, an empty one", headers)

    def nothing_added():
        seen = curl("/echo").json()["headers"]
        for name in ("content-length", "transfer-encoding"):
            same(values(seen, name), [], f"{name} of a GET without a body")
    add("a GET stays without a body", nothing_added)

    if tunnel:
        def forwarded():
            seen = curl("/echo", "-H", "X-Forwarded-For: 198.51.100.6", "-H", "X-Forwarded-Proto: gopher",
                        "-H", "X-Forwarded-Host: spoofed.example").json()["headers"]
            same(values(seen, "x-forwarded-for"), ["127.0.0.1"], "X-Forwarded-For")
            same(values(seen, "x-forwarded-proto"), ["https" if door.tls else "http"], "X-Forwarded-Proto")
            same(values(seen, "x-forwarded-host"), [door.host], "X-Forwarded-Host")
        add("X-Forwarded-* are the relay's, not the sender's", forwarded)

    def upload(size, *how):
        def run():
            body = os.urandom(size)
            seen = curl("/echo", "-X", "POST", "-H", "Content-Type: application/octet-stream", *(how or ("--data-binary", "@-")), stdin=body).json()
            same((seen["length"], seen["sha256"]), (size, hashlib.sha256(body).hexdigest()), "body at the origin")
        return run
    add("POST 0 B", upload(0))
    add("POST 1 B", upload(1))
    add("POST 64 KiB", upload(65536))
    add("POST 20 MiB", upload(20 * MIB))
    if origin.can("chunked"):
        add("upload of unknown length, 5 MiB", upload(5 * MIB, "-T", "-"))

    def download(path, size):
        def run():
            answer = curl(path)
            same((answer.status, len(answer.body)), (200, size), "status and length")
            same(hashlib.sha256(answer.body).hexdigest(), pattern_sha256(size), "sha256")
        return run
    add("download 20 MiB with Content-Length", download(f"/big/{20 * MIB}?length", 20 * MIB))
    add("download 5 MiB of unknown length", download(f"/big/{5 * MIB}", 5 * MIB))
    add("download 0 B", download("/big/0", 0))

    def head():
        answer = curl("/big/100000?length", "-I")
        same(values(answer.headers, "content-length"), ["100000"], "Content-Length of a HEAD")
    add("HEAD keeps Content-Length", head)

    def statuses():
        for status in STATUSES:
            answer = curl(f"/status/{status}")
            same((answer.status, answer.json()), (status, {"status": status}), "answer")
            same(values(answer.headers, "hookreel-error"), [], "Hookreel-Error on the origin's own answer")
    add("statuses and their bodies", statuses)

    def empty():
        for status in (204, 304):
            answer = curl(f"/status/{status}")
            same((answer.status, answer.body), (status, b""), "answer")
            same(values(answer.headers, "etag"), ['"e"'], "ETag")
    add("204 and 304 have no body", empty)

    def redirect():
        answer = curl("/redirect")
        same((answer.status, values(answer.headers, "location")), (302, ["/echo/landed?from=redirect"]), "redirect")
        same(curl("/redirect", "-L").json()["target"], "/echo/landed?from=redirect", "target after the redirect")
    add("redirect", redirect)

    def cookies():
        same(values(curl("/cookies").headers, "set-cookie"), ["first=1; Path=/", "second=2; Path=/; HttpOnly"], "Set-Cookie")
    add("two Set-Cookie", cookies)

    def compressed():
        plain = curl("/gzip")
        same(values(plain.headers, "content-encoding"), ["gzip"], "Content-Encoding")
        same(hashlib.sha256(curl("/gzip", "--compressed").body).hexdigest(), pattern_sha256(65536), "sha256 after gunzip")
    add("gzip passes untouched", compressed)

    def slow():
        same(curl("/slow?ms=1500").json(), {"slow": True}, "answer")
    add("an answer that takes 1.5 s", slow)

    def many():
        run = subprocess.run(
            [*curl.argv(40), "--parallel", "--parallel-max", "20", "-w", "%{http_code} %{size_download}\n", "-o", "/dev/null",
             f"{door.url}/big/[100000-100039]"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=45)
        got = sorted(run.stdout.decode().split("\n")[:-1])
        # Fewer -o than URLs: the bodies of the rest come on stdout, so only the count of good lines says anything.
        same(run.returncode, 0, f"curl's exit code ({run.stderr.decode().strip()[:300]})")
        same(got, sorted(f"200 {n}" for n in range(100000, 100040)), "statuses and lengths")
    add("40 downloads, 20 at once", many)

    if origin.can("keep-alive"):
        def reuse():
            run = subprocess.run(
                [*curl.argv(), "-w", "%{num_connects} %{http_code}\n", "-o", os.devnull, f"{door.url}/status/204",
                 "-o", os.devnull, f"{door.url}/status/200", "-o", os.devnull, f"{door.url}/big/100000",
                 "-o", os.devnull, f"{door.url}/big/70000?length"],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=40)
            same(run.stdout.decode().split("\n")[:-1], ["1 204", "0 200", "0 200", "0 200"], "new connections and statuses")
        add("one connection for four requests", reuse)

    if origin.can("1xx"):
        def expect(path, status):
            def run():
                # Over HTTP/1.1 curl would wait 20 s for the 100 but gives up after 15: passing means
                # that it came. Over HTTP/2 few servers send it, and clients must not wait for it.
                patience = "1" if door.h2 else "20"
                answer = curl(path, "-X", "POST", "-H", "Expect: 100-continue", "--expect100-timeout", patience,
                              "--data-binary", "@-", stdin=b"x" * 2000, seconds=15)
                same(answer.status, status, "status")
                if status == 200:
                    same(answer.json()["length"], 2000, "body at the origin")
                    if not door.h2:
                        same([s for s, _ in answer.interim], [100], "interim answers")
            return run
        add("Expect: 100-continue", expect("/continue", 200))
        add("Expect: 100-continue refused by the origin", expect("/continue/refuse", 403))

        def hints():
            answer = curl("/early-hints")
            same((answer.status, answer.json()), (200, {"hinted": True}), "final answer")
            # The HTTP library of the relay cannot send interim answers over HTTP/2.
            if not (tunnel and door.h2):
                same([(s, values(f, "link")) for s, f in answer.interim], [(103, ["</style.css>; rel=preload; as=style"])], "interim answers")
        add("103 Early Hints", hints)

    if origin.can("trailers"):
        def trailers():
            answer = curl("/trailers", "-H", "TE: trailers", *(["-H", "Connection: TE"] if not door.h2 else []))
            same(answer.body, b"body with a trailer", "body")
            same(values(answer.trailers, "x-checksum"), ["abc123"], "trailer")
        add("trailers of the answer", trailers)

    if origin.can("streaming"):
        def streams():
            gate = token()
            process = subprocess.Popen([*curl.argv(20), "-N", f"{door.url}/sse?gate={gate}"],
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            guard = threading.Timer(25, process.kill)
            guard.start()
            try:
                first = b""
                while b"\n\n" not in first:
                    line = process.stdout.readline()
                    assert line, f"ended before the first event: {process.stderr.read().decode().strip()}"
                    first += line
                origin.ask(f"/gate/{gate}")
                rest = process.stdout.read()
                same(process.wait(5), 0, "curl's exit code")
            finally:
                guard.cancel()
                if process.poll() is None:
                    process.kill()
                process.wait(5)
                process.stdout.close()
                process.stderr.close()
            events = [json.loads(line[6:]) for line in (first + rest).decode().split("\n") if line.startswith("data: {\"n\"")]
            same([e["n"] for e in events], [0, 1, 2, 3], "events")
            assert all(e["opened"] for e in events), "the first event was held back until the origin gave up waiting"
        add("server-sent events come one by one", streams)

        def early():
            answer = curl("/early-answer", "-X", "POST", "-H", "Expect:", "--data-binary", "@-", stdin=b"y" * (8 * MIB))
            same((answer.status, answer.json()), (413, {"refused": True}), "answer")
        add("an answer before the upload is done", early)

        def hangup():
            mark = token()
            process = subprocess.Popen([*curl.argv(20), "-N", f"{door.url}/hang/{mark}"],
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            guard = threading.Timer(20, process.kill)
            guard.start()
            try:
                same(process.stdout.readline(), b"begun\n", "first line")
            finally:
                process.kill()
                process.wait(5)
                guard.cancel()
                process.stdout.close()
            same(origin.ask(f"/hung/{mark}"), {"closed": True}, "within 10 s the origin saw the sender hang up")
        add("the sender hangs up: the origin sees it", hangup)
