"""One burst: so many POSTs at the same moment, each on a new connection.

Run inside the sender's namespace; prints what it saw as one line of JSON.
Plain non-blocking sockets: threads or a framework would add milliseconds of their own.
"""

import argparse
import errno
import json
import select
import socket
import time


def request(host, prefix):
    body = b'{"type":"invoice.paid","note":"' + b"x" * (2048 - 33) + b'"}'
    head = f"POST {prefix}/hooks/paid HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body


def burst(address, message, count, timeout):
    """Milliseconds until each whole answer, and how many were no 200."""
    poll, pending, times, errors = select.epoll(), {}, [], 0
    began = time.perf_counter()
    for _ in range(count):
        connection = socket.socket()
        connection.setblocking(False)
        if connection.connect_ex(address) not in (0, errno.EINPROGRESS):
            errors += 1
            continue
        pending[connection.fileno()] = connection, bytearray()
        # On loopback the connection is there at once, over a link it is not.
        poll.register(connection, select.EPOLLIN if sent(connection, message) else select.EPOLLOUT)
    while pending and time.perf_counter() - began < timeout:
        for number, event in poll.poll(timeout):
            connection, data = pending[number]
            if event == select.EPOLLOUT and sent(connection, message):
                poll.modify(connection, select.EPOLLIN)
                continue
            try:
                part = connection.recv(65536)
            except OSError:
                part = b""
            data.extend(part)
            head, _, rest = bytes(data).partition(b"\r\n\r\n")
            if part and len(rest) < 17:
                continue
            if head.startswith(b"HTTP/1.1 200") and len(rest) >= 17:
                times.append((time.perf_counter() - began) * 1000)
            else:
                errors += 1
            poll.unregister(number)
            del pending[number]
            connection.close()
    return times, errors + len(pending)


def sent(connection, message):
    # An empty socket buffer takes 2 KiB whole or, while connecting, nothing.
    try:
        return connection.send(message) == len(message)
    except OSError:
        return False


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", required=True)
    parser.add_argument("--prefix", default="")
    parser.add_argument("--count", type=int, default=64)
    parser.add_argument("--bursts", type=int, default=1)
    parser.add_argument("--pause", type=float, default=0.5)
    parser.add_argument("--timeout", type=float, default=20)
    args = parser.parse_args()
    message, results = request(args.host, args.prefix), []
    for number in range(args.bursts):
        if number:
            time.sleep(args.pause)
        times, errors = burst((args.address, args.port), message, args.count, args.timeout)
        times.sort()
        wall = times[-1] if times and not errors else None
        p50 = times[len(times) // 2] if times else None
        results.append({"wall_ms": wall, "p50_ms": p50, "errors": {"no answer": errors} if errors else {}})
    print(json.dumps(results))


if __name__ == "__main__":
    main()
