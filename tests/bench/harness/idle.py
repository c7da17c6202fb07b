"""Idle public connections: each makes one request, then stays open and silent."""

import selectors
import socket
import time

from .procs import Failed

IDLE = [1000, 5000]
# Opened in groups: the accept queue of no system is the thing measured here.
GROUP = 100
SETTLE = 1.0
OPENING = 60


def open_group(running, count, timeout=60):
    """Opens `count` keep-alive connections with one answered request each."""
    request = f"GET {running.prefix}/bytes/17 HTTP/1.1\r\nHost: {running.host}\r\n\r\n".encode()
    selector, opened = selectors.DefaultSelector(), []
    try:
        for _ in range(count):
            connection = socket.create_connection((running.address, running.port), timeout=timeout)
            opened.append(connection)
            connection.sendall(request)
            connection.setblocking(False)
            selector.register(connection, selectors.EVENT_READ, bytearray())
        waiting, deadline = count, time.perf_counter() + timeout
        while waiting:
            left = deadline - time.perf_counter()
            if left <= 0:
                raise Failed(f"{waiting} of {count} connections had no answer in {timeout} s")
            for key, _ in selector.select(left):
                data = key.fileobj.recv(65536)
                if not data:
                    raise Failed("a connection was closed before its answer was whole")
                key.data.extend(data)
                head, split, rest = bytes(key.data).partition(b"\r\n\r\n")
                if not split or len(rest) < 17:
                    continue
                if b" 200" not in head.split(b"\r\n")[0]:
                    raise Failed(f"answer: {head.splitlines()[0].decode(errors='replace')}")
                selector.unregister(key.fileobj)
                waiting -= 1
    except OSError as error:
        close(opened)
        raise Failed(f"opening connections: {error}") from None
    except Failed:
        close(opened)
        raise
    finally:
        selector.close()
    return opened


def close(connections):
    for connection in connections:
        connection.close()


def still_open(connections):
    count = 0
    for connection in connections:
        try:
            count += connection.recv(1, socket.MSG_PEEK) != b""
        except BlockingIOError:
            count += 1
        except OSError:
            pass
    return count


def measure(running, count):
    """Memory with `count` idle connections, less that before."""
    public = running.procs[0].role
    # Not counted: what the very first requests make a system allocate.
    close(open_group(running, 20))
    time.sleep(SETTLE / 2)
    before = running.memory("VmRSS")
    connections, started = [], time.perf_counter()
    try:
        while len(connections) < count:
            connections += open_group(running, min(GROUP, count - len(connections)))
            if time.perf_counter() - started > OPENING:
                raise Failed(f"only {len(connections)} connections were open after {OPENING} s")
        took = time.perf_counter() - started
        time.sleep(SETTLE)
        running.check()
        alive, after = still_open(connections), running.memory("VmRSS")
    finally:
        close(connections)
    return {
        "kib_each": (sum(after.values()) - sum(before.values())) / count,
        "kib_each_public": (after[public] - before[public]) / count,
        "opened_in_s": took,
        "errors": {} if alive == count else {"closed by the system": count - alive},
    }
