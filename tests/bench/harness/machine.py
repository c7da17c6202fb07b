"""Facts about the machine, and whether something else was busy on it."""

import datetime
import os
import platform
import resource
import time

from .procs import TICK

# In cores. More than this taken by other programs makes a figure doubtful.
DOUBTFUL = 0.15


def facts():
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "cpu": _field("/proc/cpuinfo", "model name"),
        "cores": os.cpu_count(),
        "memory": _field("/proc/meminfo", "MemTotal"),
        "kernel": platform.release(),
        "tcp": _first_line("/proc/sys/net/ipv4/tcp_congestion_control"),
        "python": platform.python_version(),
    }


def _field(path, name):
    with open(path) as lines:
        for line in lines:
            key, _, value = line.partition(":")
            if key.strip() == name:
                return value.strip()
    return "unknown"


def _first_line(path):
    try:
        with open(path) as lines:
            return lines.readline().strip()
    except OSError:
        return "unknown"


class Meter:
    """CPU taken by programs that are no part of a measurement, in cores."""

    def __init__(self, procs):
        self._procs = procs
        self._start = time.perf_counter(), self._others()

    def _others(self):
        with open("/proc/stat") as stat:
            user, nice, system, _, _, irq, softirq, steal = map(int, stat.readline().split()[1:9])
        ours = sum(proc.cpu() for proc in self._procs)
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
            usage = resource.getrusage(who)
            ours += usage.ru_utime + usage.ru_stime
        return (user + nice + system + irq + softirq + steal) / TICK - ours

    def read(self):
        began, others = self._start
        wall = time.perf_counter() - began
        return max(0.0, (self._others() - others) / wall)
