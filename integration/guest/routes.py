"""Route truth: what the router's kernel does with a VIP, asked from the kernel itself.

Not bgpd's opinion: a route counts when the kernel would forward by it, and is gone when it would
not.
"""

from __future__ import annotations

import ipaddress
import socket
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

from shell import network_namespace

# linux/rtnetlink.h, linux/netlink.h
RTM_NEWROUTE, RTM_DELROUTE, RTM_GETROUTE = 24, 25, 26
NLMSG_DONE, NLMSG_ERROR = 3, 2
NLM_F_REQUEST, NLM_F_DUMP = 1, 0x300
RTA_DST, RTA_GATEWAY, RTA_MULTIPATH, RTA_TABLE = 1, 5, 9, 15
RTMGRP_IPV4_ROUTE, RTMGRP_IPV6_ROUTE = 0x40, 0x400
MAIN_TABLE = 254
# Far above one burst of events of this lab, so that the kernel never drops one.
RECEIVE_BUFFER = 1 << 20

NextHops = frozenset[str]


@dataclass(frozen=True)
class RouteEvent:
    """One change of the kernel's table: when, what prefix, and the next hops it has now."""

    at: float
    prefix: str
    nexthops: NextHops
    gone: bool


def attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The type and value of each netlink attribute."""
    offset = 0
    while offset + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, offset)
        if length < 4:
            return
        yield kind & 0x3FFF, data[offset + 4 : offset + length]
        offset += (length + 3) & ~3


def messages(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """The type, flags and payload of each netlink message."""
    offset = 0
    while offset + 16 <= len(data):
        length, kind, flags = struct.unpack_from("=IHH", data, offset)
        if length < 16:
            return
        yield kind, flags, data[offset + 16 : offset + length]
        offset += (length + 3) & ~3


def _route(payload: bytes) -> tuple[str, NextHops] | None:
    """A host route of the main table and its gateways; None for everything else."""
    family, length, _, _, table = struct.unpack_from("=BBBBB", payload)
    hops: set[str] = set()
    destination = None
    for kind, value in attributes(payload[12:]):
        if kind == RTA_DST:
            destination = ipaddress.ip_address(value)
        elif kind == RTA_GATEWAY:
            hops.add(str(ipaddress.ip_address(value)))
        elif kind == RTA_TABLE:
            table = struct.unpack("=I", value)[0]
        elif kind == RTA_MULTIPATH:
            hops |= _multipath(value)
    full = 32 if family == socket.AF_INET else 128
    if destination is None or table != MAIN_TABLE or length != full:
        return None
    return str(destination), frozenset(hops)


def _multipath(value: bytes) -> set[str]:
    hops: set[str] = set()
    offset = 0
    while offset + 8 <= len(value):
        length = struct.unpack_from("=H", value, offset)[0]
        if length < 8:
            break
        for kind, inner in attributes(value[offset + 8 : offset + length]):
            if kind == RTA_GATEWAY:
                hops.add(str(ipaddress.ip_address(inner)))
        offset += (length + 3) & ~3
    return hops


class RouteTruth:
    """Reads a namespace's table and, from the moment it is made, records every change to it."""

    def __init__(self, namespace: str) -> None:
        self.events: list[RouteEvent] = []
        with network_namespace(namespace):
            self._query = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
            self._querying = threading.Lock()
            self._query.bind((0, 0))
            watch = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
            watch.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
            watch.bind((0, RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE))
        threading.Thread(target=self._record, args=(watch,), daemon=True).start()

    def _record(self, watch: socket.socket) -> None:
        for data in iter(lambda: watch.recv(65536), b""):
            now = time.monotonic()
            for kind, _, payload in messages(data):
                if kind not in (RTM_NEWROUTE, RTM_DELROUTE):
                    continue
                if (route := _route(payload)) is not None:
                    self.events.append(RouteEvent(now, *route, kind == RTM_DELROUTE))

    def nexthops(self, address: str) -> NextHops:
        """The gateways the kernel would spread a VIP's flows over now; empty when no route."""
        family = ipaddress.ip_address(address).version
        request = struct.pack(
            "=IHHIIBBBBBBBBI",
            28,
            RTM_GETROUTE,
            NLM_F_REQUEST | NLM_F_DUMP,
            1,
            0,
            socket.AF_INET if family == 4 else socket.AF_INET6,
            *(0,) * 7,
            0,
        )
        wanted = str(ipaddress.ip_address(address))
        hops: set[str] = set()
        # A socket has one dump at a time, and the demo's picture is drawn beside its story.
        with self._querying:
            self._query.send(request)
            while True:
                for kind, _, payload in messages(self._query.recv(1 << 17)):
                    if kind == NLMSG_DONE:
                        return frozenset(hops)
                    if kind == NLMSG_ERROR:
                        number = -struct.unpack_from("=i", payload)[0]
                        raise OSError(number, "the kernel refused to list its routes")
                    if (route := _route(payload)) is not None and route[0] == wanted:
                        hops |= route[1]

    def since(self, start: float, address: str | None = None) -> list[RouteEvent]:
        """The changes after a moment of the monotonic clock, of one VIP or of all."""
        wanted = None if address is None else str(ipaddress.ip_address(address))
        return [
            event
            for event in self.events
            if event.at >= start and (wanted is None or event.prefix == wanted)
        ]
