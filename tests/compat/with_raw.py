"""What no HTTP library lets a client do: trailers of a request, pipelining."""
import json
import socket

from harness import same, short, values


def checks(tally, door, origin, work, tunnel):
    # Over TLS these would test the same code behind it.
    if door.tls:
        return
    add = lambda name, run: tally.check(f"raw {door.label}: {name}", run, seconds=20)

    def talk(data):
        """Sends, and reads until the other side closes."""
        with socket.create_connection(("127.0.0.1", door.port), timeout=10) as sock:
            sock.sendall(data)
            got = b""
            while part := sock.recv(65536):
                got += part
        return got

    def bodies(answers):
        """The JSON objects in a run of answers, however they are framed."""
        found, rest = [], answers.decode("latin-1")
        decoder = json.JSONDecoder()
        while (at := rest.find('{"')) >= 0:
            value, end = decoder.raw_decode(rest[at:])
            found.append(value)
            rest = rest[at + end:]
        return found

    def only(answers):
        found = bodies(answers)
        assert len(found) == 1, f"not one JSON answer: {short(answers)}"
        return found[0]

    host = f"Host: {door.host}\r\n".encode()

    if origin.can("request-trailers"):
        def trailers():
            seen = only(talk(b"POST /echo HTTP/1.1\r\n" + host + b"Connection: close\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n"
                             b"5;ext=1\r\nhello\r\n6\r\n world\r\n0\r\nX-Sum: 42\r\n\r\n"))
            same(seen["length"], 11, "length at the origin")
            same(values(seen["trailers"], "x-sum"), ["42"], "trailer at the origin")
        add("trailers of a request", trailers)

    if origin.can("keep-alive"):
        def pipelined():
            data = b"".join(b"POST /echo/%d HTTP/1.1\r\n" % n + host + b"Content-Length: 3\r\n\r\nabc" for n in range(5))
            found = bodies(talk(data + b"GET /echo/last HTTP/1.1\r\n" + host + b"Connection: close\r\n\r\n"))
            same([f["target"] for f in found], [f"/echo/{n}" for n in range(5)] + ["/echo/last"], "targets of the answers, in order")
        add("six pipelined requests", pipelined)

    def old():
        got = talk(b"GET /big/3000 HTTP/1.0\r\n" + host + b"\r\n")
        head, _, body = got.partition(b"\r\n\r\n")
        assert b" 200 " in head.split(b"\r\n")[0], short(head)
        same(b"chunked" in head.lower(), False, "chunked in an answer to HTTP/1.0")
        same(len(body), 3000, "length")
    add("a sender of HTTP/1.0", old)
