"""requests, httpx and websockets."""
import asyncio
import hashlib
import io
import json
import os
import ssl
import warnings

import httpx
import requests
import urllib3
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from harness import MIB, pattern_sha256, same, token, values

warnings.simplefilter("ignore", urllib3.exceptions.InsecureRequestWarning)


def checks(tally, door, origin, work, tunnel):
    if not door.h2:
        with_requests(tally, door, origin)
        if origin.can("websocket"):
            with_websockets(tally, door, origin)
    with_httpx(tally, door, origin)


def pieces(body, size=60000):
    for start in range(0, len(body), size):
        yield body[start:start + size]


def with_requests(tally, door, origin):
    add = lambda name, run: tally.check(f"requests {door.label}: {name}", run)

    def session():
        made = requests.Session()
        made.verify, made.trust_env = False, False
        return made
    wait = (5, 20)

    def post_json():
        with session() as s:
            answer = s.post(door.url + "/echo/json?a=%20x&b=1+2", json={"grüße": ["✓", 1.5, None]}, timeout=wait)
        seen, sent = answer.json(), answer.request.body
        same(seen["sha256"], hashlib.sha256(sent).hexdigest(), "sha256 at the origin")
        same(values(seen["headers"], "content-type"), ["application/json"], "Content-Type")
        same(seen["target"], "/echo/json?a=%20x&b=1+2", "target")
    add("POST JSON", post_json)

    def multipart():
        with session() as s:
            answer = s.post(door.url + "/echo", files={"file": ("ü.bin", io.BytesIO(os.urandom(300000)))}, data={"a": "b"}, timeout=wait)
        same(answer.json()["sha256"], hashlib.sha256(answer.request.body).hexdigest(), "sha256 at the origin")
    add("multipart upload", multipart)

    def streamed():
        body = os.urandom(5 * MIB)
        with session() as s:
            seen = s.post(door.url + "/echo", data=pieces(body), timeout=wait).json()
        same((seen["length"], seen["sha256"]), (len(body), hashlib.sha256(body).hexdigest()), "body at the origin")
    if origin.can("chunked"):
        add("chunked upload of 5 MiB", streamed)

    def download():
        digest = hashlib.sha256()
        with session() as s, s.get(door.url + f"/big/{5 * MIB}", stream=True, timeout=wait) as answer:
            for part in answer.iter_content(65536):
                digest.update(part)
        same(digest.hexdigest(), pattern_sha256(5 * MIB), "sha256")
    add("streamed download of 5 MiB", download)

    def cookies():
        with session() as s:
            s.get(door.url + "/cookies", timeout=wait)
            same(s.cookies.get_dict(), {"first": "1", "second": "2"}, "cookie jar")
            same(values(s.get(door.url + "/echo", timeout=wait).json()["headers"], "cookie"), ["first=1; second=2"], "Cookie at the origin")
    add("cookies there and back", cookies)

    def redirect():
        with session() as s:
            answer = s.get(door.url + "/redirect", timeout=wait)
        same(([r.status_code for r in answer.history], answer.json()["target"]), ([302], "/echo/landed?from=redirect"), "redirect")
    add("redirect", redirect)

    def compressed():
        with session() as s:
            same(hashlib.sha256(s.get(door.url + "/gzip", timeout=wait).content).hexdigest(), pattern_sha256(65536), "sha256")
    add("gzip", compressed)

    def again():
        with session() as s:
            for n in range(50):
                same(s.post(door.url + f"/echo/{n}", data=b"z" * n, timeout=wait).json()["length"], n, "length at the origin")
    add("50 requests in one session", again)

    def events():
        gate, seen = token(), []
        with session() as s, s.get(door.url + f"/sse?gate={gate}", stream=True, timeout=wait) as answer:
            for line in answer.iter_lines(chunk_size=1, decode_unicode=True):
                if line.startswith('data: {"n"'):
                    if not seen:
                        origin.ask(f"/gate/{gate}")
                    seen.append(json.loads(line[6:]))
        same([(e["n"], e["opened"]) for e in seen], [(n, True) for n in range(4)], "events")
    if origin.can("streaming"):
        add("server-sent events", events)


def with_httpx(tally, door, origin):
    add = lambda name, run: tally.check(f"httpx {door.label}: {name}", run)
    options = {"http1": not door.h2, "http2": door.h2, "verify": False, "trust_env": False, "timeout": 20}
    version = "HTTP/2" if door.h2 else "HTTP/1.1"

    def post():
        body = os.urandom(3 * MIB)
        with httpx.Client(**options) as client:
            answer = client.post(door.url + "/echo/x?a=%20x&b=1+2", content=body)
        # Straight from an HTTP/1.0 origin the answer is HTTP/1.0.
        assert answer.http_version in (version, "HTTP/1.0" if origin.kind == "http10" else version), answer.http_version
        same(answer.json()["sha256"], hashlib.sha256(body).hexdigest(), "sha256 at the origin")
        same(answer.json()["target"], "/echo/x?a=%20x&b=1+2", "target")
    add(f"POST 3 MiB over {version}", post)

    def streamed():
        body = os.urandom(2 * MIB)
        with httpx.Client(**options) as client:
            seen = client.post(door.url + "/echo", content=pieces(body)).json()
        same((seen["length"], seen["sha256"]), (len(body), hashlib.sha256(body).hexdigest()), "body at the origin")
    if origin.can("chunked"):
        add("upload of unknown length, 2 MiB", streamed)

    def headers():
        with httpx.Client(**options) as client:
            seen = client.get(door.url + "/echo", headers=[("X-Dup", "one"), ("X-Dup", "two")]).json()["headers"]
        same(values(seen, "x-dup"), ["one", "two"], "X-Dup")
    add("duplicate headers", headers)

    def crumbs():
        with httpx.Client(**options) as client:
            seen = client.get(door.url + "/echo", headers=[("Cookie", "a=1"), ("Cookie", "b=2")]).json()["headers"]
        # RFC 9113 section 8.2.3: joined before they leave HTTP/2.
        same(values(seen, "cookie"), ["a=1; b=2"], "Cookie at the origin")
    if door.h2:
        add("cookie crumbs are joined", crumbs)

    def together():
        async def run():
            async with httpx.AsyncClient(**options) as client:
                async def one(n):
                    body = os.urandom(1000 * n)
                    seen = (await client.post(door.url + f"/echo/{n}", content=body)).json()
                    same((seen["target"], seen["sha256"]), (f"/echo/{n}", hashlib.sha256(body).hexdigest()), "echo")
                # Under the relay's default of 64 connections an address.
                await asyncio.gather(*(one(n) for n in range(40)))
        asyncio.run(run())
    add("40 POSTs at once", together)

    def abandoned():
        with httpx.Client(**options) as client:
            # httpcore resets no stream that it leaves: all of it comes, and uses up the connection's window of
            # 16 MiB, which is not made wider again for it. More than that would be in the way of any answer.
            with client.stream("GET", door.url + "/big/4000000") as answer:
                next(answer.iter_raw())
            # Over HTTP/2 this is the same connection.
            same(client.get(door.url + "/status/200").json(), {"status": 200}, "the next answer")
    add("an answer left unread harms no other", abandoned)

    def events():
        gate, seen = token(), []
        with httpx.Client(**options) as client, client.stream("GET", door.url + f"/sse?gate={gate}") as answer:
            for line in answer.iter_lines():
                if line.startswith('data: {"n"'):
                    if not seen:
                        origin.ask(f"/gate/{gate}")
                    seen.append(json.loads(line[6:]))
        same([(e["n"], e["opened"]) for e in seen], [(n, True) for n in range(4)], "events")
    if origin.can("streaming"):
        add("server-sent events", events)


def with_websockets(tally, door, origin):
    add = lambda name, run: tally.check(f"websockets {door.label}: {name}", run)
    context = None
    if door.tls:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE

    def open_socket(mark, **more):
        return connect(f"{door.url.replace('http', 'ws', 1)}/ws/{mark}", ssl=context, open_timeout=10, close_timeout=5,
                       max_size=16 * MIB, proxy=None, **more)

    def echo():
        with open_socket(token(), subprotocols=["other", "chat.v2"]) as ws:
            same(ws.subprotocol, "chat.v2", "subprotocol")
            for message in ("", "grüße ✓", b"", bytes(range(256)), "x" * 70000, os.urandom(MIB)):
                ws.send(message)
                assert ws.recv(timeout=10) == message, f"echo of {type(message).__name__} of {len(message)} differs"
    add("echo of text and binary up to 1 MiB", echo)

    def plain():
        with open_socket(token(), compression=None) as ws:
            for n in range(200):
                ws.send(str(n))
            same([ws.recv(timeout=10) for _ in range(200)], [str(n) for n in range(200)], "messages")
    add("200 messages without compression", plain)

    def ping():
        with open_socket(token()) as ws:
            assert ws.ping(b"probe").wait(10), "no pong"
    add("ping and pong", ping)

    def closed_by_origin():
        with open_socket(token()) as ws:
            ws.send("close:4001:done here")
            try:
                ws.recv(timeout=10)
                raise AssertionError("a message instead of a close")
            except ConnectionClosed as closed:
                same((closed.rcvd.code, closed.rcvd.reason), (4001, "done here"), "close from the origin")
    add("close code and reason of the origin", closed_by_origin)

    def closed_by_client():
        mark = token()
        with open_socket(mark) as ws:
            ws.close(3007, "bye")
        same(origin.ask(f"/closed/{mark}"), {"code": 3007}, "code that the origin saw")
    add("close code of the client", closed_by_client)

    def cut():
        mark = token()
        ws = open_socket(mark)
        ws.send("hello")
        ws.recv(timeout=10)
        # A laptop that loses its network sends no close frame.
        ws.socket.shutdown(2)
        same(origin.ask(f"/closed/{mark}"), {"code": 1006}, "code that the origin saw")
    add("a cut connection reaches the origin", cut)

    def refused():
        try:
            with connect(f"{door.url.replace('http', 'ws', 1)}/status/404", ssl=context, open_timeout=10, proxy=None):
                raise AssertionError("opened")
        except InvalidStatus as error:
            same(error.response.status_code, 404, "status")
    add("an upgrade that the origin refuses", refused)
