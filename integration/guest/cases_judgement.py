"""Judgement: an uplink that is cut, too few servers left, and a check that is only observed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from cases_bgp import configured
from cases_drain import level
from director import Director
from fabric import SERVICE, VIP4, VIPS
from harness import BOTH, Lab, case, demand
from shell import ip_batch, wait_until

# The router's own address among the real servers, which no real server has.
CANARY = "10.20.0.1"
AT_MOST_SECONDS = 60
# Long enough for every check to fail more often than it may, and far below the bound.
CUT_SECONDS = 10.0
SERVERS = ("10.20.0.11:80", "10.20.0.12:80", "10.20.0.13:80")
CHECKS = "checks: [{ type: http, path: / }]"


def suspicion(policy: str) -> tuple[str, str]:
    """What the lab's configuration becomes with a brake and a canary."""
    return "\nvips:\n", (
        f"\nbrake: {{ policy: {policy}, targets: 3, at-most: {AT_MOST_SECONDS}s }}\n"
        f"canaries: [{{ name: gateway, address: {CANARY}, check: {{ type: icmp }} }}]\n"
        "\nvips:\n"
    )


def brake(director: Director) -> str:
    """How its brake stands, in Penstock's word."""
    return str(director.status()["node"].get("brake", {}).get("state"))


def wait_for_brake(director: Director, state: str) -> None:
    wait_until(f"the brake to be {state}", lambda: (brake(director) == state, brake(director)))


def canary_answers(director: Director) -> tuple[bool, str]:
    canaries = director.status()["node"].get("brake", {}).get("canaries", [])
    return any(each["health"] == "up" for each in canaries), str(canaries)


def weights(director: Director) -> tuple[int | None, ...]:
    return tuple(director.weight(SERVICE[VIP4], server) for server in SERVERS)


@contextmanager
def cut(lab: Lab) -> Iterator[None]:
    """The first director without its uplink to the servers; its sessions are on another."""
    wire = lab.a.wires[1]
    ip_batch([f"link set {wire} down"])
    try:
        yield
    finally:
        ip_batch([f"link set {wire} up"])


def levels(lab: Lab) -> dict[str, str]:
    return {vip: level(lab, lab.a, vip) for vip in VIPS}


@case("uplink cut: with `keep` no route changes, and no request is lost once it is back")
def keep(lab: Lab) -> str:
    lab.steady()
    with configured(lab, lab.a, suspicion("keep")):
        wait_until("the canary to answer", lambda: canary_answers(lab.a))
        updates, before = lab.fabric.updates(), weights(lab.a)
        with cut(lab):
            wait_for_brake(lab.a, "on")
            end = time.monotonic() + CUT_SECONDS
            while time.monotonic() < end:
                demand(lab.fabric.updates() == updates, "a route changed while the uplink was cut")
                demand(weights(lab.a) == before, f"weights became {weights(lab.a)}")
                time.sleep(0.5)
        wait_for_brake(lab.a, "off")
        with lab.load() as load:
            time.sleep(5)
        failed = load.ledger.failed()
        demand(not failed, f"requests failed: {load.ledger.summary()}, such as {failed[:3]}")
        demand(lab.fabric.updates() == updates, "a route changed after the uplink was back")
        demand(weights(lab.a) == before, f"weights became {weights(lab.a)}")
    lab.fabric.expect_announcers(BOTH)
    return f"cut for {CUT_SECONDS:.0f} s; afterwards {load.ledger.summary()}"


@case("uplink cut: with `soften` routes are softened, not taken back, and normal once it is back")
def soften(lab: Lab) -> str:
    lab.steady()
    with configured(lab, lab.a, suspicion("soften")):
        wait_until("the canary to answer", lambda: canary_answers(lab.a))
        began = time.monotonic()
        with cut(lab):
            wait_until("both VIPs to be soft", lambda: (
                set(levels(lab).values()) == {"soft"}, str(levels(lab))))
            spent = time.monotonic() - began
            time.sleep(CUT_SECONDS / 2)
            demand(set(levels(lab).values()) == {"soft"}, f"{levels(lab)} later")
        wait_until("both VIPs to be normal", lambda: (
            set(levels(lab).values()) == {"normal"}, str(levels(lab))))
        with lab.load() as load:
            time.sleep(5)
        failed = load.ledger.failed()
        demand(not failed, f"requests failed: {load.ledger.summary()}, such as {failed[:3]}")
    lab.fabric.expect_announcers(BOTH)
    return f"soft {spent:.1f} s after the cut; afterwards {load.ledger.summary()}"


@case("min-healthy: servers that fail have their weight back, and the VIP is gone all the same")
def panic(lab: Lab) -> str:
    lab.steady()
    with configured(lab, lab.a, (CHECKS, f"min-healthy: 3 servers\n        {CHECKS}")):
        try:
            for name in ("rs2", "rs3"):
                lab.fabric.servers[name].kill()
            lab.fabric.expect_announcers(set(), (VIP4,))
            wait_until("every server to have its weight", lambda: (
                weights(lab.a) == (1, 1, 1), str(weights(lab.a))))
            said = lab.a.penstock(lab.binary, "explain", "web", check=False)
            demand("below min-healthy" in said, f"explain does not say so: {said}")
        finally:
            for name in ("rs2", "rs3"):
                lab.fabric.servers[name].revive()
        lab.fabric.expect_announcers(BOTH)
    return "three of three have weight with two dead; withdrawn meanwhile"


@case("observe: a check that every server fails is shown, and changes nothing")
def observe(lab: Lab) -> str:
    lab.steady()
    updates = lab.fabric.updates()
    listed = "checks: [{ type: http, path: / }, { type: tcp, port: 9, mode: observe }]"
    with configured(lab, lab.a, (CHECKS, listed)):
        def seen() -> tuple[bool, str]:
            said = lab.a.penstock(lab.binary, "explain", "web", check=False)
            return "would have 3 of 3 servers down" in said, said

        wait_until("explain to say what it would do", seen)
        demand(weights(lab.a) == (1, 1, 1), f"weights became {weights(lab.a)}")
    demand(lab.fabric.updates() == updates, "a route changed")
    lab.fabric.expect_announcers(BOTH)
    return "3 of 3 fail what is only observed"


@case("damping: a server that comes and goes is left out, and back when the others fail")
def restless(lab: Lab) -> str:
    lab.steady()
    policy = "damping: { half-life: 60s, suppress: 1500, reuse: 1000, longest: 120s }"
    updates = lab.fabric.updates()
    with configured(lab, lab.a, (CHECKS, f"{policy}\n        {CHECKS}")):
        for flap in (1, 2):
            lab.fabric.servers["rs3"].kill()
            wait_until("rs3 to have no weight", lambda: (
                weights(lab.a)[2] == 0, str(weights(lab.a))))
            lab.fabric.servers["rs3"].revive()
            wait_until("rs3 to pass its checks", lambda: health(lab.a, SERVERS[2]))
            if flap == 1:
                wait_until("rs3 to have its weight", lambda: (
                    weights(lab.a)[2] == 1, str(weights(lab.a))))
        time.sleep(3)
        demand(weights(lab.a) == (1, 1, 0), f"weights became {weights(lab.a)}")
        said = lab.a.penstock(lab.binary, "explain", "web", check=False)
        demand("1 of 3 servers are set aside" in said, f"explain does not say so: {said}")
        demand(lab.fabric.updates() == updates, "a route changed")
        try:
            for name in ("rs1", "rs2"):
                lab.fabric.servers[name].kill()
            wait_until("rs3 to be needed", lambda: (
                weights(lab.a)[2] == 1, str(weights(lab.a))))
        finally:
            for name in ("rs1", "rs2"):
                lab.fabric.servers[name].revive()
        wait_until("every server to have its weight", lambda: (
            weights(lab.a) == (1, 1, 1), str(weights(lab.a))))
    lab.fabric.expect_announcers(BOTH)
    return "left out after two flaps; back at once when it was the last"


@case("outliers: a server that is far slower than its peers is left out, and back once it is not")
def outlier(lab: Lab) -> str:
    lab.steady()
    policy = "outliers: { times: 3, margin: 300ms, at-most: 34%, rest: 5s }"
    updates = lab.fabric.updates()
    slow = lab.fabric.servers["rs3"]
    with configured(lab, lab.a, (CHECKS, f"{policy}\n        {CHECKS}")):
        try:
            slow.answer_after(900)
            wait_until("rs3 to have no weight", lambda: (
                weights(lab.a) == (1, 1, 0), str(weights(lab.a))))
            up, words = health(lab.a, SERVERS[2])
            demand(up, f"it passes its checks, and is {words}")
            said = lab.a.penstock(lab.binary, "explain", "web", check=False)
            demand("1 of 3 servers are set aside" in said, f"explain does not say so: {said}")
            # What is everybody's is nobody's fault.
            lab.fabric.servers["rs2"].answer_after(900)
            lab.fabric.servers["rs1"].answer_after(900)
            wait_until("rs3 to be like its peers", lambda: (
                weights(lab.a) == (1, 1, 1), str(weights(lab.a))))
        finally:
            for server in lab.fabric.servers.values():
                server.answer_after(0)
    demand(lab.fabric.updates() == updates, "a route changed")
    lab.fabric.expect_announcers(BOTH)
    return "left out at three times its peers' time; back when they took as long"


def health(director: Director, server: str) -> tuple[bool, str]:
    """Whether its checks pass, whatever weight it has."""
    for vip in director.status()["vips"]:
        for service in vip["services"]:
            for backend in service["backends"]:
                if backend["endpoint"] == server:
                    return backend["health"] == "up", backend["health"]
    return False, "it is not there"
