"""The test bed: a network namespace of its own for every measurement, and what is seen in it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from nlmon import NETLINK_GENERIC, ipvs_family
from routes import attributes, messages
from rules import SERVER_NETWORK, Table
from shell import TRAFFIC, Failed, ip_batch, network_namespace, read, run, wait_until
from worker import Program

# The folder for files of one run; memory, so that no disk is measured.
FOLDER = "/run/bench"
DIRECTOR, FARM = "director", "farm"
FARM_ADDRESS, DIRECTOR_ADDRESS = "192.0.2.1", "192.0.2.2"
# A program that is slower than this has hung.
LIMIT_SECONDS = 300.0
# The time between two looks at a table that fills; each costs some 100 µs of the kernel's lock.
LOOK_SECONDS = 0.005

NLMSG_ERROR, NLMSG_DONE = 2, 3
NLM_F_REQUEST, NLM_F_DUMP = 1, 0x300
# linux/ip_vs.h
CMD_GET_DEST, VERSION = 8, 1
ATTR_SERVICE = 1
SVC_AF, SVC_PROTOCOL, SVC_ADDRESS, SVC_PORT = 1, 2, 3, 4


@dataclass(frozen=True)
class Spent:
    """What one run of a program cost: wall clock, and seconds of CPU it used itself."""

    wall: float
    cpu: float
    output: str = ""


class Bed:
    """One network namespace with an empty IPVS table."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.path = f"/run/netns/{name}"

    def start(self, *command: str, stdin: str = os.devnull, log: str) -> subprocess.Popen[bytes]:
        """Starts a program inside; a session of its own, so that all of it can be killed."""
        with open(stdin, "rb") as source, open(log, "wb") as output:
            with network_namespace(self.path):
                return subprocess.Popen(
                    command, stdin=source, stdout=output, stderr=output, start_new_session=True,
                    env={**os.environ, "STATE_DIRECTORY": FOLDER},
                )

    def timed(self, *command: str, stdin: str = os.devnull) -> Spent:
        """Runs a program inside to its end, which must be a good one.

        Started without Python's own module for that, which takes longer under emulation than
        some of the programs do."""
        log = f"{FOLDER}/timed.log"
        path = shutil.which(command[0])
        if path is None:
            raise Failed(f"there is no program {command[0]}")
        with open(stdin, "rb") as source, open(log, "wb") as output:
            actions = [
                (os.POSIX_SPAWN_DUP2, source.fileno(), 0),
                (os.POSIX_SPAWN_DUP2, output.fileno(), 1),
                (os.POSIX_SPAWN_DUP2, output.fileno(), 2),
            ]
            with network_namespace(self.path):
                began = time.monotonic()
                pid = os.posix_spawn(path, command, os.environ, file_actions=actions)
                _, status, usage = os.wait4(pid, 0)
                wall = time.monotonic() - began
        code = os.waitstatus_to_exitcode(status)
        text = read(log)
        if code != 0:
            raise Failed(f"`{' '.join(command)}` ended with {code}: {text[-2000:].strip()}")
        return Spent(wall, usage.ru_utime + usage.ru_stime, text)

    def table(self) -> str:
        """/proc/net/ip_vs of this namespace, where alone the kernel shows its own order.

        Right for a large table only while no other namespace has services: the kernel resumes a
        reading by a count over all of them."""
        with network_namespace(self.path):
            return read("/proc/thread-self/net/ip_vs")

    def expect(self, table: Table) -> None:
        """Demands that the table holds every entry, and nothing else."""
        seen = len(re.findall(r"^ *(?:TCP|->) [^R]", self.table(), re.MULTILINE))
        if seen != table.entries:
            raise Failed(f"{seen} entries are in the table, not the {table.entries} of {table}")

    def clear(self) -> None:
        """Empties the table, so that no namespace but the next one has services."""
        with network_namespace(self.path):
            run("ipvsadm", "-C")


@contextmanager
def bed(name: str = DIRECTOR) -> Iterator[Bed]:
    """A fresh namespace, gone afterwards with all that ran in it."""
    ip_batch([f"netns add {name}"])
    ip_batch(["link set lo up"], name)
    made = Bed(name)
    try:
        yield made
    finally:
        for pid in run("ip", "netns", "pids", name).split():
            try:
                os.kill(int(pid), signal.SIGKILL)
            except ProcessLookupError:
                pass  # It went by itself.
        made.clear()
        ip_batch([f"netns del {name}"])


@dataclass
class Servers:
    """The real servers of a farm: where they live, and the process of those that live alike."""

    bed: Bed
    # One listener on a whole network; nothing where each is a process of its own.
    all: Program | None = None
    each: dict[str, Program] = field(default_factory=dict)

    def start(self, address: str) -> None:
        """A process for the real server at one address."""
        self.each[address] = Program(self.bed.path, TRAFFIC, "server", address, "--at", address)
        self.each[address].say("up")

    def kill(self, address: str) -> None:
        """Its process dies; its kernel says so to whoever is connected."""
        self.each.pop(address).kill()

    def end(self) -> None:
        for program in [*self.each.values(), *([self.all] if self.all else [])]:
            program.kill()


@contextmanager
def farm(*options: str, alike: bool = True) -> Iterator[tuple[Bed, Servers]]:
    """A director's namespace and its real servers, all of them answered by one listener on a whole
    network, or as they are started.

    They lie behind one next hop, so that the director needs one neighbour and not thousands."""
    with bed() as director, bed(FARM) as servers:
        ip_batch([
            f"link add eth0 netns {DIRECTOR} type veth peer name eth0 netns {FARM}",
        ])
        ip_batch([
            "link set eth0 up", f"addr add {DIRECTOR_ADDRESS}/24 dev eth0",
            f"route add {SERVER_NETWORK} via {FARM_ADDRESS}",
        ], DIRECTOR)
        ip_batch([
            "link set eth0 up", f"addr add {FARM_ADDRESS}/24 dev eth0",
            f"route add local {SERVER_NETWORK} dev lo",
        ], FARM)
        made = Servers(servers)
        try:
            if alike:
                made.all = Program(servers.path, TRAFFIC, "server", FARM, *options)
                # It answers once it listens.
                made.all.say("up")
            yield director, made
        finally:
            made.end()


class Watch:
    """Sees when a table is full, over one netlink socket and by its last service only.

    Every loader here goes by the order of the services, so that is enough to ask often; the whole
    table is counted once at the end."""

    def __init__(self, where: Bed, table: Table) -> None:
        self.bed, self.wanted = where, table
        self.family = ipvs_family()
        address, port = table.service(table.services - 1)
        identity = b"".join(
            _attribute(kind, value)
            for kind, value in (
                (SVC_AF, struct.pack("=H", socket.AF_INET)),
                (SVC_PROTOCOL, struct.pack("=H", socket.IPPROTO_TCP)),
                (SVC_ADDRESS, socket.inet_aton(address)),
                (SVC_PORT, struct.pack("!H", port)),
            )
        )
        payload = struct.pack("=BBH", CMD_GET_DEST, VERSION, 0) + _attribute(ATTR_SERVICE, identity)
        self.request = struct.pack(
            "=IHHII", 16 + len(payload), self.family, NLM_F_REQUEST | NLM_F_DUMP, 1, 0
        ) + payload
        with network_namespace(where.path):
            self.netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC)
        self.netlink.bind((0, 0))

    def last(self) -> int:
        """How many real servers the last service has now; 0 while there is no such service."""
        self.netlink.send(self.request)
        count = 0
        while True:  # Ends with the dump.
            for kind, _, payload in messages(self.netlink.recv(1 << 16)):
                if kind == NLMSG_DONE:
                    return count
                if kind == NLMSG_ERROR:
                    number = -struct.unpack_from("=i", payload)[0]
                    raise OSError(number, "the kernel refused to list real servers")
                count += any(True for _ in attributes(payload[4:]))

    def full(self, process: subprocess.Popen[bytes], log: str) -> float:
        """Waits until the table is full, and returns when that was."""
        def look() -> tuple[bool, str]:
            if process.poll() is not None:
                raise Failed(f"it ended with {process.returncode}: {read(log)[-2000:]}")
            count = self.last()
            return count == self.wanted.servers, f"{count} real servers in the last service"

        wait_until(f"a table of {self.wanted}", look, LIMIT_SECONDS, every=LOOK_SECONDS)
        when = time.monotonic()
        try:
            self.bed.expect(self.wanted)
        except Failed:
            # Some loader has another order: then only the whole table tells.
            wait_until(f"a whole table of {self.wanted}", self._whole, LIMIT_SECONDS, every=0.05)
            when = time.monotonic()
        return when

    def _whole(self) -> tuple[bool, str]:
        try:
            self.bed.expect(self.wanted)
        except Failed as failed:
            return False, str(failed)
        return True, "all"


def _attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(value), kind) + value + b"\0" * (-len(value) % 4)
