"""A long-distance link between two network namespaces: delay and loss for every packet.

Done here, because kernels built without netem cannot. A TUN device in each namespace;
this program holds both and carries the packets. It treats TCP and UDP alike.

    link.py --a NAMESPACE --b NAMESPACE --delay-ms 25 --loss 0.01 --seed 1
"""

import argparse
import collections
import fcntl
import gc
import os
import random
import select
import struct
import subprocess
import time

A, B = "10.77.0.1", "10.77.0.2"
TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
PACKET = 65536


def attach(device, namespace, address, peer):
    """A TUN device made here, then moved: the open file goes on carrying its packets."""
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", device.encode(), IFF_TUN | IFF_NO_PI))
    inside = ["ip", "-n", namespace]
    for command in (
        ["ip", "link", "set", device, "netns", namespace],
        [*inside, "addr", "add", address, "peer", peer, "dev", device],
        # A burst waits in the link, it is not dropped before it.
        [*inside, "link", "set", device, "mtu", "1500", "txqueuelen", "20000", "up"],
        [*inside, "link", "set", "lo", "up"],
    ):
        subprocess.run(command, check=True)
    return tun


def carry(tuns, delay, loss, rng):
    """First in, first out: with one delay for all, packets never overtake."""
    waiting = collections.deque()
    other = {tuns[0]: tuns[1], tuns[1]: tuns[0]}
    clock, drop = time.monotonic, rng.random
    while True:
        timeout = max(0.0, waiting[0][0] - clock()) if waiting else None
        for tun in select.select(tuns, (), (), timeout)[0]:
            # A bounded share for each direction, so that due packets are not kept waiting.
            for _ in range(64):
                try:
                    packet = os.read(tun, PACKET)
                except BlockingIOError:
                    break
                if not loss or drop() >= loss:
                    waiting.append((clock() + delay, other[tun], packet))
        now = clock()
        while waiting and waiting[0][0] <= now:
            _, tun, packet = waiting.popleft()
            try:
                os.write(tun, packet)
            except BlockingIOError:
                pass  # a full queue drops packets, as any router does


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--a", required=True)
    parser.add_argument("--b", required=True)
    parser.add_argument("--delay-ms", type=float, default=25)
    parser.add_argument("--loss", type=float, default=0)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    devices = [f"hr{os.getpid()}{end}" for end in "ab"]
    tuns = [attach(devices[0], args.a, A, B), attach(devices[1], args.b, B, A)]
    gc.disable()
    print("ready", flush=True)
    carry(tuns, args.delay_ms / 1000, args.loss, random.Random(args.seed))


if __name__ == "__main__":
    main()
