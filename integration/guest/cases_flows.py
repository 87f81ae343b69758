"""Flows that arrive at another director than before: the wrong director must be as good."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Sequence

import ipvs
from director import Director
from fabric import PORT, VIP4, VIP6
from flows import ETH_P_IP, ETH_P_IPV6, Tap
from harness import Lab, case, demand
from holder import Connection, Holder, endings
from shell import ip_batch, write_sysctls

# Of each family. Every connection asks all the time, so all of them are under load.
HELD = 150
ASK_SECONDS = 3.0
# TCP tries again after a doubling while; an emulated machine may sleep through one attempt.
SETTLE_DEADLINE = 60.0
# Own client addresses, each known to every server as a path of its own.
PATHS = 40
# More than one packet of the old size.
LARGE = "/keep/4000"
# The least that IPv6 lets a link have (RFC 8200, section 5).
SMALL_MTU = 1280
# Several attempts of a server that was not told: what only came late has come by then.
STUCK_SECONDS = 3.0
# A routing table of the router for its own ICMP errors.
ERRORS_TABLE = 100
# Addresses by which connection entries of one case are told from all others.
SOURCES = {"held": 20, "control": 21, "paths": 100}


def sources(use: str, count: int = 1) -> dict[str, list[str]]:
    """Addresses of the client for one use, by VIP; they are added to its link."""
    first = SOURCES[use]
    found = {
        VIP4: [f"192.0.2.{first + index}" for index in range(count)],
        VIP6: [f"2001:db8:c::{first + index:x}" for index in range(count)],
    }
    ip_batch(
        [f"addr replace {address}/24 dev eth0" for address in found[VIP4]]
        + [f"addr replace {address}/64 dev eth0 nodad" for address in found[VIP6]],
        "client",
    )
    return found


def carriers(lab: Lab, connections: Sequence[Connection]) -> dict[str, list[Connection]]:
    """The connections that go through each director, by its connection entries; every
    connection must be found at exactly one."""
    clients = {c.source for c in connections}
    found: dict[str, list[Connection]] = {}
    for director in lab.fabric.directors:
        known = ipvs.flows(director.connection_file, clients)
        found[director.name] = [c for c in connections if c.flow in known]
    total = sum(len(part) for part in found.values())
    demand(
        total == len(connections) and min(map(len, found.values())) > 0,
        f"{len(connections)} connections, but the directors' entries name"
        f" { {name: len(part) for name, part in found.items()} }",
    )
    return found


def set_sysctl(director: Director, name: str, value: str) -> None:
    write_sysctls(director.namespace, {f"net/ipv4/vs/{name}": value})


# -- a director loses power ------------------------------------------------------------------------


class PowerCut:
    """Connections held by the client while director-a loses power, and what became of them."""

    def __init__(self, lab: Lab, use: str) -> None:
        self.lab = lab
        self.holder = Holder("/run/netns/client")
        wanted = [
            (vip, PORT, own[0]) for vip, own in sources(use).items() for _ in range(HELD)
        ]
        opened = self.holder.open(wanted, every=ASK_SECONDS)
        demand(not any(c.ended for c in opened), f"not all opened: {endings(opened)}")
        parts = carriers(lab, opened)
        self.through_a = {c.flow for c in parts[lab.a.name]}
        self.through_b = {c.flow for c in parts[lab.b.name]}

    def cut(self) -> float:
        """Takes director-a's power while all connections ask, and waits until each has had an
        answer to a later question or has ended; returns how long the route stayed."""
        moment = time.monotonic()
        self.lab.a.lose_power()
        self.lab.fabric.expect_announcers({self.lab.b.name})
        gone = time.monotonic()
        self.settle()
        return gone - moment

    def settle(self) -> None:
        """Asks every connection once more."""
        self.now = self.holder.settle(time.monotonic(), SETTLE_DEADLINE)

    def of(self, flows: set[tuple[str, int]]) -> list[Connection]:
        return [c for c in self.now if c.flow in flows]

    def alive(self, flows: set[tuple[str, int]], family: int) -> str:
        """`n of m` for a person."""
        part = [c for c in self.of(flows) if c.family == family]
        return f"{sum(not c.ended for c in part)} of {len(part)}"

    def restore(self) -> None:
        """Gives director-a its power back and waits until both attract the VIPs."""
        self.lab.a.regain_power()
        self.lab.steady()

    def end(self) -> None:
        self.holder.worker.end()


@case("a director loses power under load: the connections through it go on through the other")
def power_cut(lab: Lab) -> str:
    lab.steady()
    cut = PowerCut(lab, "held")
    try:
        spent = cut.cut()
        everything = cut.through_a | cut.through_b
        lost = [c for c in cut.of(everything) if c.ended]
        remark = ", ".join(f"IPv{f} {cut.alive(cut.through_a, f)}" for f in (4, 6))
        demand(not lost, f"{len(lost)} connections were lost: {endings(lost)}, {lost[:3]}")
        cut.restore()
        # The flows that ECMP gives back to a director whose memory is empty.
        cut.settle()
        lost = [c for c in cut.of(everything) if c.ended]
        demand(not lost, f"{len(lost)} lost when it returned: {endings(lost)}, {lost[:3]}")
        back = carriers_now(lab.a, cut.now)
        demand(back > 0, "no flow went back to the director that returned")
    finally:
        cut.end()
    lab.figures.append(f"director's power cut to its next hop gone: {spent:.1f} s")
    return f"{remark} through it survived; {back} of them served by it again after its return"


def carriers_now(director: Director, connections: Sequence[Connection]) -> int:
    """How many of the connections have an entry at a director now."""
    known = ipvs.flows(director.connection_file, {c.source for c in connections})
    return sum(c.flow in known for c in connections)


@case("control: without sloppy_tcp on the other director they are lost")
def power_cut_control(lab: Lab) -> str:
    lab.steady()
    cut = PowerCut(lab, "control")
    set_sysctl(lab.b, "sloppy_tcp", "0")
    try:
        cut.cut()
    finally:
        set_sysctl(lab.b, "sloppy_tcp", "1")
        cut.end()
        cut.restore()
    kept = [c for c in cut.of(cut.through_a) if not c.ended]
    demand(not kept, f"{len(kept)} of {len(cut.through_a)} survived all the same: {kept[:3]}")
    others = [c for c in cut.of(cut.through_b) if c.ended]
    demand(not others, f"connections through the other were lost too: {endings(others)}")
    return f"{len(cut.through_a)} lost ({endings(cut.of(cut.through_a))}), the others whole"


# -- path MTU --------------------------------------------------------------------------------------


class PathErrors:
    """Watches at which director the routers' "packet too big" arrives, for which client."""

    def __init__(self, directors: Sequence[Director]) -> None:
        self.taps = [
            (d.name, Tap(d.namespace, "eth0", kind)) for d in directors
            for kind in (ETH_P_IP, ETH_P_IPV6)
        ]

    def take(self) -> dict[str, set[str]]:
        """The clients whose flows the errors that arrived at each director are about."""
        seen: dict[str, set[str]] = {name: set() for name, _ in self.taps}
        for name, tap in self.taps:
            for data in tap.packets():
                if (client := self._client(data)) is not None:
                    seen[name].add(client)
        return seen

    @staticmethod
    def _client(data: bytes) -> str | None:
        """The destination of the packet quoted by an ICMP error about size."""
        # Type 3 code 4 (RFC 792) after an IPv4 header without options; type 2 (RFC 4443).
        if data[0] == 0x45 and data[9] == 1 and data[20:22] == b"\x03\x04":
            return str(ipaddress.ip_address(data[28 + 16:28 + 20]))
        if data[0] >> 4 == 6 and data[6] == 58 and data[40] == 2:
            return str(ipaddress.ip_address(data[48 + 24:48 + 40]))
        return None

    def close(self) -> None:
        for _, tap in self.taps:
            tap.close()


def set_client_mtu(size: int) -> None:
    """The size of packets that the router can send on to the client."""
    ip_batch([f"link set client mtu {size}"], "router")


def errors_to(director: Director, action: str) -> None:
    """Whatever ICMP the router sends to the VIPs goes to one director, or no longer does. Left
    alone, ECMP sends every error somewhere else, and the one that comes right by luck makes the
    flow go on."""
    hop4, hop6 = sorted(director.nexthops)
    for vip, hop, kind, option in (
        (VIP4, hop4, "icmp", "-4"), (VIP6, hop6, "ipv6-icmp", "-6"),
    ):
        ip_batch([
            f"rule {action} to {vip} ipproto {kind} lookup {ERRORS_TABLE}",
            f"route {action} {vip} via {hop} table {ERRORS_TABLE}",
        ], "router", option)


@case("path MTU: errors that reach the wrong director find the right server")
def path_mtu(lab: Lab) -> str:
    lab.steady()
    own = sources("paths", PATHS)
    holder = Holder("/run/netns/client")
    opened = holder.open([(vip, PORT, s) for vip in own for s in own[vip]], every=600.0)
    demand(not any(c.ended for c in opened), f"not all opened: {endings(opened)}")
    astray = {c.flow for c in carriers(lab, opened)[lab.a.name]}
    errors = PathErrors(lab.fabric.directors)
    errors_to(lab.b, "add")
    set_client_mtu(SMALL_MTU)
    try:
        for director in lab.fabric.directors:
            set_sysctl(director, "schedule_icmp", "0")
        began = time.monotonic()
        holder.ask_for(LARGE, 600.0)
        holder.settle(began, SETTLE_DEADLINE, stuck=len(astray))
        time.sleep(STUCK_SECONDS)
        stuck = {c.flow for c in holder.report() if c.answered_ask < began}
        # The control: the very flows whose errors go astray stand still, and no others do.
        demand(
            stuck == astray,
            f"without schedule_icmp {len(stuck)} of {len(opened)} stand still, while the errors"
            f" of {len(astray)} go to the other director than the flow",
        )
        for director in lab.fabric.directors:
            set_sysctl(director, "schedule_icmp", "1")
        after = holder.settle(began, SETTLE_DEADLINE)
        seen = errors.take()
    finally:
        set_client_mtu(1500)
        errors_to(lab.b, "del")
        for director in lab.fabric.directors:
            set_sysctl(director, "schedule_icmp", "1")
        errors.close()
        holder.worker.end()
    demand(not any(c.ended for c in after), f"not all went on: {endings(after)}")
    demand(
        seen == {lab.a.name: set(), lab.b.name: {c.source for c in opened}},
        f"the errors of {len(seen[lab.b.name])} of {len(opened)} flows reached {lab.b.name}, and"
        f" those of {len(seen[lab.a.name])} {lab.a.name}",
    )
    counts = {f: sum((":" in source) == (f == 6) for source, _ in astray) for f in (4, 6)}
    return (
        f"{len(opened)} flows over a smaller link, all errors to {lab.b.name}; of those through"
        f" {lab.a.name}, {counts[4]} over IPv4 and {counts[6]} over IPv6, all stood still without"
        " schedule_icmp and none with it"
    )
