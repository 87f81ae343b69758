"""Memory and CPU of one process, from /proc."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

from shell import network_namespace, read

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Sample:
    """A moment of a process: wall clock, CPU seconds spent so far, resident kilobytes."""

    at: float
    cpu: float
    resident: int
    peak: int


def sample(pid: int) -> Sample:
    """Reads one process now; a process that is gone is an error."""
    fields = read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    if not fields:
        raise OSError(f"process {pid} is gone")
    status = dict(
        line.split(":", 1) for line in read(f"/proc/{pid}/status").splitlines() if ":" in line
    )
    return Sample(
        time.monotonic(),
        (int(fields[11]) + int(fields[12])) / TICKS,
        int(status["VmRSS"].split()[0]),
        int(status["VmHWM"].split()[0]),
    )


def cpu_share(begin: Sample, end: Sample) -> float:
    """The part of one CPU used between two samples, 0 to the number of CPUs."""
    return (end.cpu - begin.cpu) / (end.at - begin.at)


def family(pid: int) -> list[int]:
    """A process and those that it has started: checks may be the work of one of them."""
    pids = [pid]
    for task in os.listdir(f"/proc/{pid}/task"):
        for child in read(f"/proc/{pid}/task/{task}/children").split():
            pids += family(int(child))
    return pids


def family_cpu(pid: int) -> float:
    """Seconds of CPU that a process and those it has started have used."""
    return sum(sample(each).cpu for each in family(pid))


def tcp_count(path: str, name: str, group: str = "Tcp") -> int:
    """A counter of TCP of the network namespace at `path` since it was made: those of RFC 1213, or
    in the group `TcpExt` those of Linux."""
    file = "snmp" if group == "Tcp" else "netstat"
    with network_namespace(path):
        rows = [line.split() for line in read(f"/proc/thread-self/net/{file}").splitlines()
                if line.startswith(f"{group}:")]
    return int(dict(zip(*rows))[name])
