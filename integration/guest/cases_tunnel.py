"""Tunnels as traffic: every encapsulation, within one family and from one to the other.

A client, a director and a real server of their own, so that everything can be told apart on the one
wire between director and server. Each way of wrapping has a service on a port of its own, and a real
server address of its own with the device that unwraps it; answers go straight to the client.
"""

from __future__ import annotations

import hashlib
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flows import ETH_P_IP, ETH_P_IPV6, Tap
from harness import Lab, case, demand
from shell import ip_batch, network_namespace, run, write_sysctls

CLIENT, DIRECTOR, SERVER = "tunnel-client", "tunnel-director", "tunnel-server"
VIP = {4: "203.0.113.10", 6: "2001:db8:113::10"}
# The director's address on the wire to the server, where packets are wrapped.
OUTER = {4: "10.20.0.1", 6: "2001:db8:20::1"}
FIRST_PORT = 8000
GUE_PORT = 5555
# Several segments, none of which fits through a tunnel before the client has learnt its width.
REQUEST = bytes(range(256)) * 40
PATIENCE_SECONDS = 20.0
CONTROL_SECONDS = 3.0
IPPROTO_GRE = 47
# linux net/gue.h: a flag that says that private flags follow, and one of those.
GUE_PRIVATE, GUE_REMCSUM = 0x0001, 0x80000000
GRE_CSUM = 0x8000


@dataclass(frozen=True)
class Way:
    """One way of wrapping packets of one family in those of the same or the other."""

    number: int
    inner: int
    outer: int
    kind: str
    checksum: str = "nocsum"

    @property
    def port(self) -> int:
        """The service's."""
        return FIRST_PORT + self.number

    @property
    def server(self) -> str:
        """The address of the real server at the end of this tunnel."""
        host = 32 + self.number
        return f"10.20.0.{host}" if self.outer == 4 else f"2001:db8:20::{host}"

    @property
    def name(self) -> str:
        more = "" if self.kind == "ipip" else f" {self.checksum}"
        return f"IPv{self.inner} in IPv{self.outer} by {self.kind}{more}"

    @property
    def rules(self) -> str:
        """The service and its real server, as ipvsadm writes them."""
        service = f"-t {bracketed(VIP[self.inner])}:{self.port}"
        options = f"--tun-type {self.kind}"
        if self.kind == "gue":
            options += f" --tun-port {GUE_PORT}"
        if self.kind != "ipip":
            options += f" --tun-{self.checksum}"
        server = f"{bracketed(self.server)}:{self.port}"
        return f"-A {service} -s rr\n-a {service} -r {server} -i -w 1 {options}\n"

    @property
    def device(self) -> str:
        """What unwraps it: GUE is taken off before, and leaves what IPIP would have brought."""
        ends = f"local {self.server} remote {OUTER[self.outer]}"
        if self.kind == "gre":
            what = "gre" if self.outer == 4 else "ip6gre"
            return f"type {what} {ends}{' icsum' if self.checksum == 'csum' else ''}"
        if self.outer == 4:
            return f"type {'ipip' if self.inner == 4 else 'sit'} {ends}"
        return f"type ip6tnl mode {'ipip6' if self.inner == 4 else 'ip6ip6'} {ends}"

    def complaint(self, packet: bytes) -> str:
        """What is wrong with a packet as it came over the wire; nothing if it is wrapped so."""
        if self.outer == 4:
            protocol, rest = packet[9], packet[(packet[0] & 15) * 4:]
        else:
            protocol, rest = packet[6], packet[40:]
        inside = socket.IPPROTO_IPIP if self.inner == 4 else socket.IPPROTO_IPV6
        if self.kind == "ipip":
            return "" if protocol == inside else f"protocol {protocol}"
        if self.kind == "gre":
            flags, kind = struct.unpack_from("!HH", rest)
            wanted = (GRE_CSUM if self.checksum == "csum" else 0,
                      ETH_P_IP if self.inner == 4 else ETH_P_IPV6)
            good = protocol == IPPROTO_GRE and (flags, kind) == wanted
            return "" if good else f"protocol {protocol}, GRE {flags:x} {kind:x}"
        _, port, _, checksum = struct.unpack_from("!HHHH", rest)
        carried, flags = rest[9], struct.unpack_from("!H", rest, 10)[0]
        private = struct.unpack_from("!I", rest, 12)[0] if flags & GUE_PRIVATE else 0
        remote = bool(private & GUE_REMCSUM)
        good = (protocol, port, carried) == (socket.IPPROTO_UDP, GUE_PORT, inside)
        # What the other end is to make up for is vouched for by the outer checksum.
        good = good and (checksum == 0) == (self.checksum == "nocsum")
        good = good and remote == (self.checksum == "remcsum")
        return "" if good else f"protocol {protocol}, GUE {rest[:20].hex()}"


def bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def ways() -> list[Way]:
    """All of them."""
    kinds = (("ipip", "nocsum"), ("gue", "nocsum"), ("gue", "csum"), ("gue", "remcsum"),
             ("gre", "nocsum"), ("gre", "csum"))
    pairs = ((4, 4), (6, 6), (6, 4), (4, 6))
    return [
        Way(number, inner, outer, *kind)
        for number, ((inner, outer), kind) in enumerate(
            (pair, kind) for pair in pairs for kind in kinds)
    ]


@contextmanager
def wires() -> Iterator[None]:
    """The three hosts: client to director, director to server, and server to client."""
    names = (CLIENT, DIRECTOR, SERVER)
    ip_batch([f"netns add {name}" for name in names])
    try:
        for name in names:
            write_sysctls(f"/run/netns/{name}", {
                "net/ipv6/conf/all/accept_dad": "0", "net/ipv6/conf/default/accept_dad": "0",
                "net/ipv4/conf/all/rp_filter": "0", "net/ipv4/conf/default/rp_filter": "0",
            })
        ip_batch([
            f"link add in netns {CLIENT} type veth peer name in netns {DIRECTOR}",
            f"link add out netns {DIRECTOR} type veth peer name out netns {SERVER}",
            f"link add back netns {SERVER} type veth peer name back netns {CLIENT}",
        ])
        ip_batch([
            "link set lo up", "link set in up", "link set back up",
            "addr add 192.0.2.10/24 dev in", "addr add 2001:db8:c::10/64 dev in nodad",
            "addr add 192.0.3.10/24 dev back", "addr add 2001:db8:d::10/64 dev back nodad",
            "route add default via 192.0.2.1", "route add default via 2001:db8:c::1",
        ], CLIENT)
        ip_batch([
            "link set lo up", "link set in up", "link set out up",
            "addr add 192.0.2.1/24 dev in", "addr add 2001:db8:c::1/64 dev in nodad",
            f"addr add {OUTER[4]}/24 dev out", f"addr add {OUTER[6]}/64 dev out nodad",
            *(f"addr add {vip} dev lo" for vip in VIP.values()),
        ], DIRECTOR)
        ip_batch([
            "link set lo up", "link set out up", "link set back up",
            "addr add 192.0.3.1/24 dev back", "addr add 2001:db8:d::1/64 dev back nodad",
            "route add default via 192.0.3.10", "route add default via 2001:db8:d::10",
            *(f"addr add {vip} dev lo" for vip in VIP.values()),
        ], SERVER)
        yield
    finally:
        ip_batch([f"netns del {name}" for name in names])


def unwrap(tunnels: list[Way]) -> None:
    """The server's ends of the tunnels."""
    lines = []
    for way in tunnels:
        length = 24 if way.outer == 4 else 64
        flags = "" if way.outer == 4 else " nodad"
        lines += [
            f"addr add {way.server}/{length} dev out{flags}",
            f"link add t{way.number} {way.device}", f"link set t{way.number} up",
        ]
    ip_batch(lines, SERVER)
    run("modprobe", "-a", "fou", "fou6")
    for family in ((), ("-6",)):
        run("ip", "-n", SERVER, "fou", "add", "port", str(GUE_PORT), "gue", *family)


class Echo:
    """Answers each request with its digest, at every service of the server."""

    def __init__(self, tunnels: list[Way]) -> None:
        self._listening = []
        with network_namespace(f"/run/netns/{SERVER}"):
            for way in tunnels:
                family = socket.AF_INET if way.inner == 4 else socket.AF_INET6
                self._listening.append(
                    socket.create_server((VIP[way.inner], way.port), family=family))
        for each in self._listening:
            threading.Thread(target=self._serve, args=(each,), daemon=True).start()

    @staticmethod
    def _serve(listening: socket.socket) -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                data = b"".join(iter(lambda: connection.recv(65536), b""))
                connection.sendall(hashlib.sha256(data).digest())

    def close(self) -> None:
        for each in self._listening:
            each.shutdown(socket.SHUT_RDWR)
            each.close()


def ask(way: Way, patience: float) -> bytes:
    """A request through the director, and its answer."""
    with network_namespace(f"/run/netns/{CLIENT}"):
        with socket.create_connection((VIP[way.inner], way.port), patience) as connection:
            connection.sendall(REQUEST)
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(4096), b""))


def carry(way: Way, tap: Tap) -> int:
    """Sends a request this way and looks at what wrapped it; returns how many packets."""
    for _ in tap.packets():
        pass
    try:
        answer = ask(way, PATIENCE_SECONDS)
    except OSError as error:
        answer = str(error).encode()
    wrapped = list(tap.packets())
    seen = [packet for packet in wrapped if is_wrapped(packet, way)]
    demand(answer == hashlib.sha256(REQUEST).digest(),
           f"{way.name}: {answer!r} after {len(seen)} packets")
    bad = [text for packet in seen if (text := way.complaint(packet))]
    demand(bool(seen) and not bad, f"{way.name}: of {len(seen)} packets {len(bad)} are {bad[:3]}")
    return len(seen)


def is_wrapped(packet: bytes, way: Way) -> bool:
    """Whether an IP packet goes to the end of this tunnel, and is not about the way there."""
    if packet[0] >> 4 == 4:
        destination, protocol = socket.inet_ntop(socket.AF_INET, packet[16:20]), packet[9]
    else:
        destination, protocol = socket.inet_ntop(socket.AF_INET6, packet[24:40]), packet[6]
    return destination == way.server and protocol not in (
        socket.IPPROTO_ICMP, socket.IPPROTO_ICMPV6)


@case("tunnels: IPIP, GUE and GRE carry requests, within a family and from one to the other")
def tunnels(lab: Lab) -> str:
    every = ways()
    with wires():
        run("ip", "netns", "exec", DIRECTOR, lab.binary, "ipvs", "restore", "-q",
            text="".join(way.rules for way in every))
        unwrap(every)
        echo = Echo(every)
        taps = {
            family: Tap(f"/run/netns/{SERVER}", "out", kind)
            for family, kind in ((4, ETH_P_IP), (6, ETH_P_IPV6))
        }
        try:
            packets = sum(carry(way, taps[way.outer]) for way in every)
            # The control: nothing arrives where nobody unwraps it.
            for way in every[0], every[4], every[-1]:
                ip_batch([f"link set t{way.number} down"], SERVER)
                try:
                    answer = ask(way, CONTROL_SECONDS)
                except OSError:
                    continue
                demand(False, f"control: {way.name} was answered without a tunnel: {answer!r}")
        finally:
            echo.close()
            for tap in taps.values():
                tap.close()
    return f"{len(every)} ways, {packets} packets as wrapped as asked for; 3 controls"
