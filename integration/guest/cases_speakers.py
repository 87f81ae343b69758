"""Several speakers on one director: a second bgpd, and an instance in a VRF, each with a session of
its own to the router and VIPs of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

from cases_bgp import restarted
from cases_drain import expect_levels
from cases_kernel_route import off_kernel_routes
from director import FRR_BIN, Director
from fabric import VIP4
from harness import BOTH, Lab, case, demand
from shell import ip_batch, read, run, wait_until
from vty import VTY

# A VIP for each of the further speakers, beside those of the main one.
SECOND_VIP, INNER_VIP = "203.0.113.30", "203.0.113.40"
SECOND, SECOND_ASN = "10.0.0.31", 65002
INNER, INNER_ROUTER, INNER_ASN, VRF = "10.9.0.11", "10.9.0.1", 65003, "red"
WIRE, WIRE_ROUTER = "red-a", "red-r"
TABLE = 100
SPEAKERS = {
    "main": "{ name: main }",
    "second": f"{{ name: second, asn: {SECOND_ASN}, vty-socket: /run/frr/second/bgpd.vty }}",
    "inner": f"{{ name: inner, asn: {INNER_ASN}, vrf: {VRF} }}",
}


def vip(name: str, address: str, speaker: str) -> str:
    return f"""
  - name: {name}
    address: {address}
    advertise: {{ hold-up: 0s, damping: off, speaker: {speaker} }}
    services:
      - name: http
        listen: 80/tcp
        checks: [{{ type: tcp }}]
        backends: [10.20.0.11, 10.20.0.12]
"""


def configuration(good: str, speakers: list[str], **vips: str) -> str:
    """The lab's configuration with these speakers, and these further VIPs at each."""
    listed = "".join(f"    - {SPEAKERS[name]}\n" for name in speakers)
    text = good.replace("bgp:\n", f"bgp:\n  speakers:\n{listed}", 1)
    addresses = {"extra": SECOND_VIP, "inside": INNER_VIP}
    return text + "".join(vip(name, addresses[name], at) for name, at in vips.items())


def instance(asn: int, own: str, peer: str, *lines: str, vrf: str = "") -> list[str]:
    """An instance with one neighbour, in bgpd's lines."""
    remote = 65000
    return [
        f"router bgp {asn}{vrf}", f"bgp router-id {own}", "no bgp default ipv4-unicast",
        "no bgp network import-check", "no bgp ebgp-requires-policy",
        f"neighbor {peer} remote-as {remote}", f"neighbor {peer} timers connect 1",
        f"neighbor {peer} update-source {own}", *lines,
        "address-family ipv4 unicast", f"neighbor {peer} activate", "exit-address-family",
    ]


def second(director: Director) -> VTY:
    return VTY(f"{director.home}/run/frr/second/bgpd.vty")


def signal_second(director: Director, name: str) -> None:
    director.inside("kill", f"-{name}", read(f"{director.home}/run/frr/second/bgpd.pid").strip())


def set_up(lab: Lab) -> None:
    """The second bgpd and the VRF on director-a, and their ends on the router."""
    for folder in (f"{lab.a.home}/run/frr/second", f"{lab.a.home}/etc-frr/second"):
        os.makedirs(folder, exist_ok=True)
        shutil.chown(folder, "frr", "frr")
    ip_batch([f"link add {WIRE} type veth peer name {WIRE_ROUTER}",
              f"link set {WIRE} netns {lab.a.pid}", f"link set {WIRE_ROUTER} netns router"])
    lines = [f"link add {VRF} type vrf table {TABLE}", f"link set {VRF} up"]
    ip_batch([*lines, f"link set {WIRE_ROUTER} master {VRF}", f"link set {WIRE_ROUTER} up",
              f"addr add {INNER_ROUTER}/24 dev {WIRE_ROUTER}"], "router")
    for line in (*lines, f"link set {WIRE} master {VRF}", f"link set {WIRE} up",
                 f"addr add {INNER}/24 dev {WIRE}", f"addr add {SECOND}/24 dev eth0"):
        lab.a.inside("ip", *line.split())
    # The first bgpd has the port; this one only calls.
    lab.a.inside(f"{FRR_BIN}/bgpd", "-d", "-N", "second", "-A", "127.0.0.1", "-p", "0",
                 "-z", "/run/frr/zserv.api")
    second(lab.a).configure(*instance(SECOND_ASN, SECOND, "10.0.0.1"))
    lab.a.vty.configure(*instance(INNER_ASN, INNER, INNER_ROUTER, vrf=f" vrf {VRF}"))
    lab.fabric.router.configure(
        "router bgp 65000", f"neighbor {SECOND} remote-as {SECOND_ASN}",
        f"neighbor {SECOND} passive", "address-family ipv4 unicast",
        f"neighbor {SECOND} activate", f"neighbor {SECOND} prefix-list VIPS in",
        "exit-address-family", "exit",
        f"router bgp 65000 vrf {VRF}", f"bgp router-id {INNER_ROUTER}",
        "no bgp default ipv4-unicast", "no bgp ebgp-requires-policy",
        f"neighbor {INNER} remote-as {INNER_ASN}", f"neighbor {INNER} passive",
        "address-family ipv4 unicast", f"neighbor {INNER} activate", "exit-address-family",
    )


def tear_down(lab: Lab) -> None:
    """Leaves what the next case knows."""
    signal_second(lab.a, "KILL")
    lab.fabric.router.configure("router bgp 65000", f"no neighbor {SECOND}", "exit",
                                f"no router bgp 65000 vrf {VRF}")
    lab.a.vty.configure(f"no router bgp {INNER_ASN} vrf {VRF}")
    run("ip", "-n", "router", "link", "del", WIRE_ROUTER)
    run("ip", "-n", "router", "link", "del", VRF)
    lab.a.inside("ip", "link", "del", VRF)
    lab.a.inside("ip", "addr", "del", f"{SECOND}/24", "dev", "eth0")


@contextmanager
def speakers(lab: Lab) -> Iterator[str]:
    """Both further speakers while the body runs; it gets the configuration that is good without."""
    off_kernel_routes(lab)
    with open(lab.a.config, encoding="utf-8") as file:
        good = file.read()
    lab.steady()
    set_up(lab)
    try:
        yield good
    finally:
        write(lab.a, good)
        restarted(lab, lab.a)
        tear_down(lab)
    lab.steady()


def write(director: Director, text: str) -> None:
    with open(director.config, "w", encoding="utf-8") as file:
        file.write(text)


def hops(lab: Lab, address: str, table: str = "") -> set[str]:
    """The next hops that the router's bgpd has for a VIP, in a VRF or outside of all."""
    shown = lab.fabric.router.text(f"show bgp {table} ipv4 unicast {address}/32 json")
    paths = json.loads(shown or "{}").get("paths", [])
    return {hop["ip"] for path in paths for hop in path.get("nexthops", [])}


def expect_hops(lab: Lab, address: str, wanted: set[str], table: str = "") -> None:
    wait_until(f"{address} at the router {table} by {wanted or 'nobody'}", lambda: (
        hops(lab, address, table) == wanted, str(hops(lab, address, table))))


# A hung bgpd is asked for a sign of life for two seconds, again and again: who had to wait for it
# would take longer than this now and then.
SOON_SECONDS = 1.5


def drained_within(lab: Lab) -> float:
    """Drains a VIP at once, and says how long after the order its path by director-a was gone."""
    lab.a.penstock(lab.binary, "drain", "web", "--now", "--reason", "lab", "--yes")
    ordered = time.monotonic()
    wait_until("the path to be gone", lambda: (
        "10.0.0.11" not in hops(lab, VIP4), str(hops(lab, VIP4))), every=0.02)
    took = time.monotonic() - ordered
    demand(took < SOON_SECONDS, f"a bgpd that hangs holds the others up: {took:.2f} s")
    return took


@case("speakers: a second bgpd and a VRF, each VIP by its own alone; one that hangs, and one that"
      " leaves the configuration")
def several(lab: Lab) -> str:
    told = []
    red = f"vrf {VRF}"
    with speakers(lab) as good:
        write(lab.a, configuration(good, ["main", "second", "inner"], extra="second",
                                   inside="inner"))
        restarted(lab, lab.a)
        expect_hops(lab, SECOND_VIP, {SECOND})
        expect_hops(lab, INNER_VIP, {INNER}, red)
        lab.fabric.expect_announcers(BOTH)
        demand(not hops(lab, INNER_VIP), f"outside the VRF: {hops(lab, INNER_VIP)}")
        for address in (VIP4, SECOND_VIP):
            demand(not hops(lab, address, red), f"{address} in the VRF: {hops(lab, address, red)}")
        demand(SECOND not in hops(lab, VIP4), f"{VIP4} by {hops(lab, VIP4)}")

        signal_second(lab.a, "STOP")
        try:
            wait_until("the VIP of the hung bgpd to be blind", lambda: (
                "bgpd cannot be seen" in (seen := lab.a.penstock(
                    lab.binary, "explain", "extra", check=False)), seen), every=0.5)
            # The others go on as if nothing was, and as soon.
            worst = 0.0
            for _ in range(3):
                worst = max(worst, drained_within(lab))
                lab.a.penstock(lab.binary, "undrain", "web", "--wait")
                expect_levels(lab, lab.a, "normal")
        finally:
            signal_second(lab.a, "CONT")
        expect_hops(lab, SECOND_VIP, {SECOND})
        told.append(f"one hung, a drain at another took {worst:.2f} s at most")

        began = time.monotonic()
        write(lab.a, configuration(good, ["main", "inner"], extra="main", inside="inner"))
        restarted(lab, lab.a)
        expect_hops(lab, SECOND_VIP, {"10.0.0.11"})
        gone = [e for e in lab.fabric.routes.since(began, SECOND_VIP) if e.gone]
        demand(not gone, f"the route went away as its VIP moved: {gone}")
        left = second(lab.a).text("show running-config")
        demand(f"network {SECOND_VIP}/32" not in left, f"the bgpd that left still has:\n{left}")
        told.append("one left, its VIP moved without a gap")

        lab.a.stop_penstock(signal.SIGKILL)
        write(lab.a, configuration(good, ["main"]))
        said = lab.a.penstock(lab.binary, "withdraw", "--all", "--yes")
        expect_hops(lab, INNER_VIP, set(), red)
        demand("former-inner" in said, f"`withdraw --all` says nothing of it: {said}")
        lab.a.start_penstock(lab.binary)
        lab.steady()
        kept = [s["name"] for s in json.loads(read(f"{lab.a.home}/state/state.json"))["speakers"]]
        demand(kept == ["main"], f"the state file still has {kept}")
        told.append("what another announced taken back without a daemon")
    return "; ".join(told)
