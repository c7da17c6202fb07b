"""An origin that speaks HTTP/1.0: `python origin10.py PORT`.

Python's own http.server as it comes: no keep-alive, no chunked bodies, and
answers that end where the connection ends.
First line on stdout: {"type":"ready","port":N}.
"""
import gzip
import hashlib
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

BLOCK = bytes((i ^ (i >> 8)) & 255 for i in range(65536))


class Handler(BaseHTTPRequestHandler):
    timeout = 30

    def answer(self, status, body=b"", headers=(), length=False):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if length:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and status not in (204, 304):
            self.wfile.write(body)

    def json(self, status, value):
        self.answer(status, json.dumps(value).encode(), [("Content-Type", "application/json")])

    def echo(self):
        digest, length, left = hashlib.sha256(), 0, int(self.headers.get("Content-Length") or 0)
        while left and (part := self.rfile.read(min(left, 65536))):
            digest.update(part)
            length, left = length + len(part), left - len(part)
        self.json(200, {"server": "http10", "method": self.command, "target": self.path,
                        "headers": [list(pair) for pair in self.headers.raw_items()],
                        "length": length, "sha256": digest.hexdigest(), "trailers": []})

    def route(self):
        url = urlsplit(self.path)
        _, head, *rest = url.path.split("/")
        arg = "/".join(rest)
        if head == "echo":
            self.echo()
        elif head == "slow":
            time.sleep(int(parse_qs(url.query)["ms"][0]) / 1000)
            self.json(200, {"slow": True})
        elif head == "big":
            total, fixed = int(arg), "length" in url.query
            self.send_response(200)
            if fixed:
                self.send_header("Content-Length", str(total))
            self.end_headers()
            if self.command != "HEAD":
                for start in range(0, total, len(BLOCK)):
                    self.wfile.write(BLOCK[:total - start])
        elif head == "status":
            self.answer(int(arg), json.dumps({"status": int(arg)}).encode(), [("ETag", '"e"')])
        elif head == "redirect":
            self.answer(302, headers=[("Location", "/echo/landed?from=redirect")])
        elif head == "cookies":
            self.answer(200, headers=[("Set-Cookie", "first=1; Path=/"), ("Set-Cookie", "second=2; Path=/; HttpOnly")])
        elif head == "gzip":
            self.answer(200, gzip.compress(BLOCK), [("Content-Encoding", "gzip"), ("Content-Type", "application/octet-stream")])
        else:
            self.json(404, {"unknown": url.path})

    def log_message(self, *_):
        pass


for method in "GET HEAD POST PUT PATCH DELETE OPTIONS PROPFIND".split():
    setattr(Handler, f"do_{method}", Handler.route)


class Server(ThreadingHTTPServer):
    request_queue_size = 128


server = Server(("127.0.0.1", int(sys.argv[1])), Handler)
print(json.dumps({"type": "ready", "port": server.server_address[1]}), flush=True)
server.serve_forever()
