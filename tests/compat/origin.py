"""The Python origin of the compatibility run (aiohttp): `python origin.py PORT`.

First line on stdout: {"type":"ready","port":N}.
"""
import asyncio
import gzip
import hashlib
import json
import pathlib
import sys

from aiohttp import WSMsgType, web

GATE_S = 5
EVENTS = 4
BLOCK = bytes((i ^ (i >> 8)) & 255 for i in range(65536))
FACTS = {}


def fact(name):
    """A named fact that one request states and another waits for."""
    if name not in FACTS:
        FACTS[name] = asyncio.get_running_loop().create_future()
    return FACTS[name]


def state(name, value=True):
    if not fact(name).done():
        fact(name).set_result(value)


async def wait_for(name, seconds):
    done, _ = await asyncio.wait([fact(name)], timeout=seconds)
    return fact(name).result() if done else None


class Raw(web.StreamResponse):
    """Answers with given bytes: aiohttp has no call for trailers or 1xx."""

    def __init__(self, data):
        super().__init__()
        self.data = data

    async def prepare(self, request):
        self.force_close()
        request.transport.write(self.data)
        request.transport.close()

    async def write_eof(self, data=b""):
        pass


def pairs(headers):
    return [[name.decode("latin-1"), value.decode("latin-1")] for name, value in headers]


async def echo(request):
    digest, length = hashlib.sha256(), 0
    async for chunk in request.content.iter_any():
        digest.update(chunk)
        length += len(chunk)
    return web.json_response({
        "server": "python", "method": request.method, "target": request.raw_path,
        "headers": pairs(request.raw_headers), "length": length, "sha256": digest.hexdigest(), "trailers": []})


async def sse(request):
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"})
    await response.prepare(request)
    gate = request.query.get("gate")
    for n in range(EVENTS):
        # Behind a gate the rest comes only once the reader says that it has the
        # first event: a tunnel that buffers cannot pass, however fast it is.
        opened = await wait_for(f"gate/{gate}", GATE_S) if n == 1 and gate else True
        if n:
            await asyncio.sleep(0.05)
        await response.write(f"id: {n}\ndata: {json.dumps({'n': n, 'opened': opened is not None})}\n\n".encode())
    await response.write(b"event: end\ndata: {}\n\n")
    return response


async def gate(request):
    state(f"gate/{request.match_info['token']}")
    return web.json_response({"opened": request.match_info["token"]})


async def slow(request):
    await asyncio.sleep(int(request.query["ms"]) / 1000)
    return web.json_response({"slow": True})


async def big(request):
    total = int(request.match_info["n"])
    response = web.StreamResponse(headers={"Content-Type": "application/octet-stream"})
    if "length" in request.query:
        response.content_length = total
    await response.prepare(request)
    if request.method != "HEAD":
        for start in range(0, total, len(BLOCK)):
            await response.write(BLOCK[:total - start])
    return response


async def status(request):
    code = int(request.match_info["n"])
    if code in (204, 304):
        return web.Response(status=code, headers={"ETag": '"e"'})
    return web.json_response({"status": code}, status=code)


async def redirect(_):
    return web.Response(status=302, headers={"Location": "/echo/landed?from=redirect"})


async def cookies(_):
    response = web.Response()
    response.headers.add("Set-Cookie", "first=1; Path=/")
    response.headers.add("Set-Cookie", "second=2; Path=/; HttpOnly")
    return response


async def zipped(_):
    return web.Response(body=gzip.compress(BLOCK), headers={
        "Content-Encoding": "gzip", "Content-Type": "application/octet-stream"})


async def trailers(_):
    return Raw(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTrailer: X-Checksum\r\nTransfer-Encoding: chunked\r\n"
               b"Connection: close\r\n\r\na\r\nbody with \r\n9\r\na trailer\r\n0\r\nX-Checksum: abc123\r\n\r\n")


async def early_hints(request):
    request.transport.write(b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload; as=style\r\n\r\n")
    return web.json_response({"hinted": True})


async def early_answer(request):
    response = web.json_response({"refused": True}, status=413)
    await response.prepare(request)
    await response.write_eof()
    async for _ in request.content.iter_any():
        pass
    return response


async def hang(request):
    response = web.StreamResponse(headers={"Content-Type": "text/plain"})
    await response.prepare(request)
    await response.write(b"begun\n")
    try:
        while request.transport is not None and not request.transport.is_closing():
            await asyncio.sleep(0.05)
    finally:
        state(f"hung/{request.match_info['token']}")
    return response


async def hung(request):
    return web.json_response({"closed": await wait_for(f"hung/{request.match_info['token']}", 10) or False})


async def closed(request):
    return web.json_response({"code": await wait_for(f"closed/{request.match_info['token']}", 5)})


async def page(_):
    return web.Response(text=pathlib.Path(__file__).with_name("page.html").read_text(), content_type="text/html")


async def put_report(request):
    state(f"report/{request.match_info['token']}", await request.text())
    return web.json_response({})


async def get_report(request):
    return web.json_response({"report": await wait_for(f"report/{request.match_info['token']}", 30)})


async def websocket(request):
    ws = web.WebSocketResponse(protocols=("chat.v2",), max_msg_size=16 << 20)
    await ws.prepare(request)
    async for message in ws:
        if message.type == WSMsgType.BINARY:
            await ws.send_bytes(message.data)
        elif message.type == WSMsgType.TEXT and message.data.startswith("close:"):
            _, code, reason = message.data.split(":", 2)
            await ws.close(code=int(code), message=reason.encode())
        elif message.type == WSMsgType.TEXT:
            await ws.send_str(message.data)
    state(f"closed/{request.match_info['token']}", ws.close_code)
    return ws


async def expect_continue(request):
    if request.path.startswith("/continue/refuse"):
        return web.json_response({"refused": True}, status=403)
    request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    return None


def application():
    app = web.Application(client_max_size=1 << 30)
    routes = [
        ("/echo{rest:(?s:.*)}", echo), ("/sse", sse), ("/gate/{token}", gate), ("/slow", slow), ("/big/{n}", big),
        ("/status/{n}", status), ("/redirect", redirect), ("/cookies", cookies), ("/gzip", zipped),
        ("/trailers", trailers), ("/early-hints", early_hints), ("/early-answer", early_answer),
        ("/hang/{token}", hang), ("/hung/{token}", hung), ("/closed/{token}", closed), ("/page", page),
        ("/ws/{token}", websocket)]
    for path, handler in routes:
        app.router.add_route("*", path, handler, expect_handler=expect_continue)
    app.router.add_get("/report/{token}", get_report)
    app.router.add_post("/report/{token}", put_report)
    app.router.add_route("*", "/continue{rest:(?s:.*)}", echo, expect_handler=expect_continue)
    return app


async def main():
    runner = web.AppRunner(application(), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", int(sys.argv[1]))
    await site.start()
    print(json.dumps({"type": "ready", "port": runner.addresses[0][1]}), flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
