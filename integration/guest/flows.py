"""Flows by the thousand: first packets written straight onto a director's wire.

A packet says everything a scheduler looks at, so a flow costs one frame instead of a handshake,
and goes to the director it is meant for whatever the router's hash says.
"""

from __future__ import annotations

import ipaddress
import itertools
import os
import socket
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import ipvs
from shell import network_namespace, read, wait_until

ETH_P_IP, ETH_P_IPV6 = 0x0800, 0x86DD
IPPROTO_SCTP = 132
PROTOCOLS = {"TCP": socket.IPPROTO_TCP, "UDP": socket.IPPROTO_UDP, "SCTP": IPPROTO_SCTP}
TTL = 64
TCP_ACK = 0x10
SCTP_DATA = 0
# 198.18.0.0/15 is for benchmarks (RFC 2544), 2001:db8::/32 for documentation: no flow of a client
# of the fabric begins there.
BENCHMARK4 = int(ipaddress.IPv4Address("198.18.0.0"))
BENCHMARK6 = int(ipaddress.IPv6Address("2001:db8:bee0::")) >> 64
BACKLOG = "/proc/sys/net/core/netdev_max_backlog"
ENDLESS = "100000"
# Two reads agree nearly always; a table that changes all the time ends as it is.
MOST_READS = 6
# Two ports of every client, so that it shows whether a scheduler looks at ports.
PORTS = 2
FIRST_PORT = 1025
# A step that reaches all 64,511 ports above 1024 before it comes back to one.
PORT_STEP = 7919


@dataclass(frozen=True)
class Flow:
    """A client address and port."""

    client: str
    port: int


_hosts = itertools.count()


def spread(family: int, count: int) -> list[Flow]:
    """Flows of many clients that nobody was given before, so that entries of an earlier flow are
    never mistaken for theirs."""
    flows = []
    for index in range(count):
        if index % PORTS == 0:
            host = next(_hosts)
            if family == 4:
                packed = struct.pack("!I", BENCHMARK4 + host)
            else:
                # The low half varies in every bit, as that of real clients does.
                scattered = host * 0x9E3779B97F4A7C15 & (1 << 64) - 1
                packed = struct.pack("!QQ", BENCHMARK6 + host, scattered)
            client = ipvs.text(packed)
        flows.append(Flow(client, FIRST_PORT + index * PORT_STEP % (65536 - FIRST_PORT)))
    return flows


@contextmanager
def unhurried() -> Iterator[None]:
    """Keeps what is sent meanwhile in order and complete: one processor's backlog is a queue, and
    here one that is never full. So once the last flow has its entry, all others were handled."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    with open(BACKLOG, "r+", encoding="ascii") as file:
        length = file.read()
        file.seek(0)
        file.write(ENDLESS)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
        with open(BACKLOG, "w", encoding="ascii") as file:
            file.write(length)


def await_entries(path: str, last: Flow) -> list[ipvs.Entry]:
    """All connection entries of benchmark clients, once that of the flow sent last is there."""
    line = f" {ipvs.kernel_text(last.client)} {last.port:04X} "
    # Printing a long list takes the kernel a while, and parsing it takes longer.
    wait_until(f"an entry of {last} in {path}", lambda: (line in read(path), "none"), every=1.0)
    # The file is no snapshot: the kernel finds its place again by counting, so an entry that comes
    # or goes meanwhile, a check's for one, hides another. What several reads show is whole.
    found: dict[ipvs.Entry, None] = {}
    for _ in range(MOST_READS):
        before = len(found)
        found.update(dict.fromkeys(ipvs.entries(path, is_benchmark)))
        if before == len(found):
            break
    return list(found)


def is_benchmark(client: str) -> bool:
    """Whether the kernel's text for a client is that of one made up here."""
    return client.startswith(("C612", "C613", "2001:0db8:bee"))


def checksum(header: bytes) -> int:
    """The Internet checksum (RFC 1071)."""
    total = sum(struct.unpack(f"!{len(header) // 2}H", header))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def first_segment(protocol: str, source: int, destination: int) -> bytes:
    """The first thing a director sees of a flow; nobody on the way checks its checksum."""
    # Entries of a SYN or an INIT soon end. Those that begin in the middle of a flow, with
    # sloppy_tcp and sloppy_sctp, last as long as flows do.
    if protocol == "TCP":
        return struct.pack("!HHIIBBHHH", source, destination, 1, 1, 5 << 4, TCP_ACK, 1024, 0, 0)
    if protocol == "UDP":
        return struct.pack("!HHHH", source, destination, 12, 0) + b"flow"
    chunk = struct.pack("!BBHIHHI", SCTP_DATA, 3, 20, 1, 0, 0, 0) + b"flow"
    return struct.pack("!HHII", source, destination, 0, 0) + chunk


def packet(flow: Flow, protocol: str, target: bytes, port: int) -> bytes:
    """An IP packet that begins a flow to the VIP with these bytes."""
    number, segment = PROTOCOLS[protocol], first_segment(protocol, flow.port, port)
    source = ipvs.packed(flow.client)
    if len(target) == 16:
        return struct.pack("!IHBB", 6 << 28, len(segment), number, TTL) + source + target + segment
    header = struct.pack(
        "!BBHHHBBH4s4s", 0x45, 0, 20 + len(segment), 0, 0, TTL, number, 0, source, target)
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + segment


class Wire:
    """One end of a wire, for writing frames to one neighbour."""

    def __init__(self, namespace: str, device: str, neighbour: bytes) -> None:
        with network_namespace(namespace):
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        self._socket.bind((device, 0))
        own: bytes = self._socket.getsockname()[4]
        self._head = {
            4: neighbour + own + struct.pack("!H", ETH_P_IP),
            6: neighbour + own + struct.pack("!H", ETH_P_IPV6),
        }

    def send(self, packets: Iterable[bytes]) -> None:
        """Writes IP packets, each in a frame of its own."""
        for each in packets:
            self._socket.send(self._head[each[0] >> 4] + each)

    def begin(self, flows: Iterable[Flow], protocol: str, vip: str, port: int) -> None:
        """Begins flows to a VIP."""
        target = ipvs.packed(vip)
        self.send(packet(flow, protocol, target, port) for flow in flows)

    def close(self) -> None:
        self._socket.close()


def hardware_address(namespace: str, device: str) -> bytes:
    """The address of a device on its wire."""
    with network_namespace(namespace):
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as probe:
            probe.bind((device, 0))
            address: bytes = probe.getsockname()[4]
            return address


class Tap:
    """Everything that arrives on a device from the moment it is made."""

    def __init__(self, namespace: str, device: str, protocol: int) -> None:
        with network_namespace(namespace):
            self._socket = socket.socket(
                socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(protocol))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self._socket.bind((device, protocol))
        self._socket.setblocking(False)

    def packets(self) -> Iterator[bytes]:
        """The packets not yet taken, without their frames."""
        while True:
            try:
                data, (_, _, kind, _, _) = self._socket.recvfrom(65536)
            except BlockingIOError:
                return
            if kind != socket.PACKET_OUTGOING:
                yield data

    def close(self) -> None:
        self._socket.close()
