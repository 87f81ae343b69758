"""Checks by the way that traffic takes: to the VIP, through this director's IPVS, to one server.

Director-a alone gets VIPs of its own for this, as in `cases_forwarding`.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

from cases_forwarding import configured, expect_route, on_server, prepare, reload
from director import Director
from fabric import SERVERS, server_address
from harness import Lab, case, demand
from shell import ip_batch, read, run, wait_until, write_sysctls

DR4, DR6, PLAIN4 = "203.0.113.60", "2001:db8:113::60", "203.0.113.61"
TUN4, TUN6 = "203.0.113.62", "2001:db8:113::62"
NAT4 = "203.0.113.63"
SELF4 = "203.0.113.64"
NAT_PORT = 8080
# The server that is not as it should be.
BROKEN = "rs2"
# ipvs.check-marks when nothing is said of it, and how many there are.
FIRST_MARK, MARKS = 0x50000000, 1 << 14
# Several intervals of a check, and of everything that is looked at again and again.
CALM_SECONDS = 4.0
# What a real server of direct routing needs, and what a fresh machine has.
QUIET = {"net/ipv4/conf/all/arp_ignore": "1", "net/ipv4/conf/all/arp_announce": "2"}
LOUD = {"net/ipv4/conf/all/arp_ignore": "0", "net/ipv4/conf/all/arp_announce": "0"}


def vip_text(
    name: str, address: str, check: str, *, port: int = 80, forward: str = "dr", advertise: str = ""
) -> str:
    """One VIP of the configuration, served by all servers in its family."""
    backends = ", ".join(
        f'{{ address: "{server_address(each, address)}"{"" if port == 80 else ", port: 80"} }}'
        for each in SERVERS)
    return f"""
  - name: {name}
    address: "{address}"
    advertise: {{ hold-up: 0s, damping: off{advertise} }}
    services:
      - name: http
        listen: {port}/tcp
        scheduler: rr
        flags: []
        forward: {forward}
        quorum: {{ up: 1, down: 1 }}
        checks: [{check}]
        backends: [{backends}]
"""


VIA_VIP = "{ type: http, path: /, via: vip }"
DIRECT = "{ type: http, path: / }"


def host(vip: str) -> str:
    """A VIP with the length of its prefix."""
    return f"{vip}/{128 if ':' in vip else 32}"


def bind(name: str, *vips: str) -> None:
    """Gives a real server VIPs on its loopback."""
    ip_batch([f"addr add {host(vip)} dev lo{' nodad' if ':' in vip else ''}" for vip in vips], name)


def unbind(name: str, *vips: str) -> None:
    """Takes them away, as far as they are there."""
    for vip in vips:
        run("ip", "-n", name, "addr", "del", host(vip), "dev", "lo", check=False)


@contextmanager
def bound(*vips: str) -> Iterator[None]:
    """Every server but the broken one has these VIPs on its loopback; nobody afterwards."""
    good = [name for name in SERVERS if name != BROKEN]
    try:
        for name in good:
            bind(name, *vips)
        yield
    finally:
        for name in SERVERS:
            unbind(name, *vips)


@contextmanager
def strict_again(lab: Lab) -> Iterator[None]:
    """What `sysctl: apply` changed for checks by way of IPVS, changed back."""
    try:
        yield
    finally:
        for link in ("eth0", "eth1"):
            lab.a.inside("sh", "-c", f"echo 0 > /proc/sys/net/ipv4/conf/{link}/accept_local")


@contextmanager
def ordered(lab: Lab, extra: str) -> Iterator[None]:
    """As `configured`, without waiting: what is held back does not settle."""
    before = read(lab.a.config)
    changed = before.replace("sysctl: verify", "sysctl: apply", 1) + extra
    try:
        lab.a.configure(lab.binary, changed)
        yield
    finally:
        reload(lab, before)


def key(vip: str, port: int = 80) -> str:
    """A service as the table names it."""
    return f"TCP [{vip}]:{port}" if ":" in vip else f"TCP {vip}:{port}"


def weights(director: Director, vip: str, port: int = 80) -> dict[str, int]:
    """The weight of each server by its name."""
    service = director.table().get(key(vip, port))
    found = service.destinations if service else {}
    names = {server_address(name, vip): name for name in SERVERS}
    return {names[each.rpartition(":")[0].strip("[]")]: weight for each, weight in found.items()}


def expect_weights(director: Director, vip: str, broken: int, port: int = 80) -> None:
    """Waits until every good server has its weight, and the broken one has this."""
    wanted = {name: broken if name == BROKEN else 1 for name in SERVERS}
    wait_until(f"the weights of {vip} to be {wanted}", lambda: (
        (seen := weights(director, vip, port)) == wanted, str(seen)))


def marked(director: Director) -> dict[str, str]:
    """The services with a mark of checks: by mark, where each leads to and how."""
    found: dict[str, str] = {}
    for service, listed in director.listing().items():
        kind, _, mark = service.partition(" ")
        if kind == "FWM" and FIRST_MARK <= int(mark) < FIRST_MARK + MARKS:
            found[mark] = " ".join(listed.destinations)
    return found


def expect_marked(director: Director, count: int) -> dict[str, str]:
    """Waits until there are so many of them."""
    return wait_until(f"{count} paths of checks", lambda: (
        len(seen := marked(director)) == count, seen))


def expect_untouched(lab: Lab) -> None:
    """A Penstock that is killed and started again finds everything as it wants it."""
    director = lab.a
    assert director.writes is not None
    before = marked(director)
    director.stop_penstock(signal.SIGKILL)
    demand(marked(director) == before, "the paths went with the process")
    began = time.time()
    director.start_penstock(lab.binary)
    lab.wait_ready(director)
    time.sleep(CALM_SECONDS)
    written = [write.command for write in director.writes.since(began)]
    demand(not written, f"the new process wrote {written}")
    demand(marked(director) == before, f"paths before {before}, now {marked(director)}")


@case("via vip: a server without the VIP on its loopback is caught, and not by a plain check")
def direct_routing(lab: Lab) -> str:
    lab.steady()
    extra = (
        vip_text("via", DR4, VIA_VIP) + vip_text("via-v6", DR6, VIA_VIP)
        + vip_text("plain", PLAIN4, DIRECT)
    )
    with strict_again(lab), bound(DR4, DR6, PLAIN4), configured(lab, extra):
        expect_route(lab, DR4, DR6, PLAIN4)
        for vip in (DR4, DR6):
            expect_weights(lab.a, vip, 0)
        # It answers at its own address, which is all that this one asks.
        expect_weights(lab.a, PLAIN4, 1)
        # One for each server and family, whatever VIPs there are.
        paths = expect_marked(lab.a, 2 * len(SERVERS))
        said = lab.a.penstock(lab.binary, "explain", "via")
        demand("3 of 3 servers are checked through the VIP" in said, said)
        status = lab.a.status()["ipvs"]
        demand(status["checkPaths"]["inTable"] == len(paths), str(status))
        demand(not any("mark 1342" in each["name"] for each in status["foreign"]), str(status))
        listed = lab.a.penstock(lab.binary, "ipvs", "list").partition("\nWays of checks ")
        demand("FWM  1342" not in listed[0], listed[0])
        demand(listed[2].count("FWM  1342") == len(paths), f"not listed apart: {listed[2]}")
        # As an operator puts it right, and breaks it again.
        bind(BROKEN, DR4, DR6)
        for vip in (DR4, DR6):
            expect_weights(lab.a, vip, 1)
        unbind(BROKEN, DR4, DR6)
        for vip in (DR4, DR6):
            expect_weights(lab.a, vip, 0)
        expect_untouched(lab)
        expect_weights(lab.a, DR4, 0)
        # Somebody removes one: packets with its mark would go to any server.
        gone = sorted(paths)[0]
        lab.a.inside("ipvsadm", "-D", "-f", gone)
        wait_until("the path to be put back", lambda: (
            (seen := marked(lab.a)).keys() == paths.keys(), str(seen)))
        expect_weights(lab.a, DR4, 0)
    expect_marked(lab.a, 0)
    return f"IPv4 and IPv6, {len(paths)} paths, restart without a write, all gone afterwards"


@contextmanager
def loud(name: str) -> Iterator[None]:
    """A real server that answers ARP for whatever address it has, on whatever link."""
    place = f"/run/netns/{name}"
    try:
        write_sysctls(place, LOUD)
        yield
    finally:
        write_sysctls(place, QUIET)


def said_of(director: Director, name: str) -> list[str]:
    """The last results of the servers of a VIP."""
    return [
        backend["check"] for vip in director.status()["vips"] if vip["name"] == name
        for service in vip["services"] for backend in service["backends"]
    ]


@case("via vip: a server that answers ARP for the VIP is caught, and not by a plain check")
def address_resolution(lab: Lab) -> str:
    lab.steady()
    extra = (
        vip_text("via", DR4, VIA_VIP) + vip_text("via-v6", DR6, VIA_VIP)
        + vip_text("plain", PLAIN4, DIRECT)
    )
    vips = (DR4, DR6, PLAIN4)
    with strict_again(lab), bound(*vips), configured(lab, extra):
        bind(BROKEN, *vips)
        expect_route(lab, *vips)
        expect_weights(lab.a, DR4, 1)
        # Everybody was asked, and heard.
        time.sleep(CALM_SECONDS)
        for said in said_of(lab.a, "via"):
            demand("ARP of the VIP unknown" not in said, said)
        with loud(BROKEN):
            expect_weights(lab.a, DR4, 0)
            why = f"{server_address(BROKEN, DR4)} answers ARP for the VIP {DR4}"
            found = [said for said in said_of(lab.a, "via") if why in said]
            demand(len(found) == 1, f"nobody says so: {said_of(lab.a, 'via')}")
            # It serves all the same, and over IPv6 nothing is wrong with it.
            for vip in (DR6, PLAIN4):
                expect_weights(lab.a, vip, 1)
            time.sleep(CALM_SECONDS)
            expect_weights(lab.a, DR4, 0)
        expect_weights(lab.a, DR4, 1)
    expect_marked(lab.a, 0)
    return found[0]


@case("via vip: tunnels and NAT; a server without a tunnel's end is caught")
def other_methods(lab: Lab) -> str:
    lab.steady()
    extra = (
        vip_text("via-tun", TUN4, VIA_VIP, forward="tun")
        + vip_text("via-tun-v6", TUN6, VIA_VIP, forward="tun")
        + vip_text("via-nat", NAT4, VIA_VIP, forward="nat", port=NAT_PORT)
    )
    with strict_again(lab), configured(lab, extra):
        for name in SERVERS:
            if name != BROKEN:
                prepare(lab, name, TUN4, TUN6, "--forward", "tun")
        try:
            for vip in (TUN4, TUN6):
                expect_weights(lab.a, vip, 0)
            # Nothing on the server is needed for this, and the port is another one there.
            expect_weights(lab.a, NAT4, 1, NAT_PORT)
            expect_marked(lab.a, 3 * len(SERVERS))
            prepare(lab, BROKEN, TUN4, TUN6, "--forward", "tun")
            for vip in (TUN4, TUN6):
                expect_weights(lab.a, vip, 1)
            lab.fabric.servers[BROKEN].kill()
            expect_weights(lab.a, NAT4, 0, NAT_PORT)
            lab.fabric.servers[BROKEN].revive()
            expect_weights(lab.a, NAT4, 1, NAT_PORT)
        finally:
            lab.fabric.servers[BROKEN].revive()
            for name in SERVERS:
                on_server(lab, name, "down")
    expect_marked(lab.a, 0)
    return "ipip and ip6tnl, NAT with another port"


@case("via vip: explain names the setting without which answers are dropped, and why")
def setting(lab: Lab) -> str:
    lab.steady()
    before = read(lab.a.config)
    with bound(DR4):
        try:
            reload(lab, before + vip_text("via", DR4, VIA_VIP))
            seen = wait_until("the verdict", lambda: (
                "accept_local is 0" in (said := lab.a.penstock(lab.binary, "explain", "via")),
                said))
            demand("accept_local is 0, should be 1: what a real server answers" in seen, seen)
            lab.fabric.expect_announcers(set(), (DR4,))
        finally:
            reload(lab, before)
    return next(line for line in seen.splitlines() if "accept_local" in line).strip()[:100]


@case("self-check: holds the first announcement until the VIP is seen to serve, and only that")
def self_check(lab: Lab) -> str:
    lab.steady()
    extra = vip_text("proven", SELF4, DIRECT, advertise=", self-check: true")
    with strict_again(lab), ordered(lab, extra):
        # Every server is up, as their own addresses show, and none of them serves.
        expect_weights(lab.a, SELF4, 1)
        said = wait_until("the verdict", lambda: (
            "not seen to serve (self-check): http failed" in (
                seen := lab.a.penstock(lab.binary, "explain", "proven")), seen))
        time.sleep(CALM_SECONDS)
        lab.fabric.expect_announcers(set(), (SELF4,))
        try:
            for name in SERVERS:
                bind(name, SELF4)
            expect_route(lab, SELF4)
        finally:
            for name in SERVERS:
                unbind(name, SELF4)
        # What stands is not taken back for it.
        wait_until("the self-check to fail again", lambda: (
            "down: L" in (seen := "\n".join(
                line for line in lab.a.penstock(lab.binary, "explain", "proven").splitlines()
                if "self-check" in line)), seen))
        time.sleep(CALM_SECONDS)
        lab.fabric.expect_announcers({lab.a.name}, (SELF4,))
    return next(line for line in said.splitlines() if "self-check" in line).strip()[:100]
