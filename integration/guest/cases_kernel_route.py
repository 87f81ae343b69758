"""The other method: director-a announces by kernel routes that its own FRR redistributes, beside
director-b with statements. What holds for both methods is the same code for both."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable

from cases_bgp import FRR_RELOAD, contended, expect_said, hung, restarted, withdraw_all
from cases_drain import (
    drain, drain_file, drain_now, drain_vip, expect_levels, killed_drains, levels, reversed_drain,
    soft_drain, stop_drains, ten_drains, traffic, undrain, undrain_under_load,
)
from director import FRR_KERNEL_ROUTE, FRR_NETWORK, ROUTE_PROTOCOL, Director
from fabric import VIP4, VIP6, VIPS
from harness import BOTH, Lab, case, demand
from shell import wait_until

# What FRR makes of a change is seen at the router within two.
WATCH_SECONDS = 4.0
METHOD = "bgp:\n  method: kernel-route\n"
WANTED = {vip: {100} for vip in VIPS}
# An operator's own kernel routes: another number outside the owned ranges, and inside them with a
# metric that the route-map does not know.
OTHERS_PROTOCOL = 99
OTHERS = {"198.51.100.77": {100}, "203.0.113.77": {5}}


def set_method(director: Director, is_kernel_route: bool) -> None:
    """Writes the method into its configuration, where a start finds it."""
    with open(director.config, encoding="utf-8") as file:
        text = file.read().replace(METHOD, "bgp:\n")
    if is_kernel_route:
        text = text.replace("bgp:\n", METHOD, 1)
    with open(director.config, "w", encoding="utf-8") as file:
        file.write(text)


def on_kernel_routes(lab: Lab) -> None:
    """As `steady`, with director-a on kernel routes."""
    lab.steady()
    if lab.a.frr_example == FRR_KERNEL_ROUTE:
        return
    lab.a.use_frr(FRR_KERNEL_ROUTE)
    set_method(lab.a, True)
    restarted(lab, lab.a)
    lab.steady()


def off_kernel_routes(lab: Lab) -> None:
    """Back to statements, with the example for those, whatever was before."""
    if lab.a.frr_example == FRR_NETWORK:
        return
    set_method(lab.a, False)
    for address in lab.a.kernel_routes(OTHERS_PROTOCOL):
        lab.a.inside("ip", "route", "del", "blackhole", address, "proto", str(OTHERS_PROTOCOL))
    lab.a.use_frr(FRR_NETWORK)
    if lab.a.penstock_pid() != 0:
        restarted(lab, lab.a)


def ours(director: Director) -> set[str]:
    """The statements that bgpd has inside the owned ranges."""
    return {n for n in director.networks() if n.startswith(("203.0.113.", "2001:db8:113:"))}


def demand_no_gap(lab: Lab, began: float) -> None:
    """Demands that the router's kernel has sent to director-a all the time."""
    gaps = [e for e in lab.fabric.routes.since(began)
            if e.prefix in VIPS and (e.gone or "director-a" not in lab.fabric.named(e.nexthops))]
    demand(not gaps, f"the router lost the way: {gaps}")


@case("kernel route: a restart moves VIPs from statements to kernel routes without a gap, and a"
      " router shares flows between both methods")
def moved_there(lab: Lab) -> str:
    lab.steady()
    lab.a.use_frr(FRR_KERNEL_ROUTE)
    for address, metrics in OTHERS.items():
        lab.a.inside("ip", "route", "add", "blackhole", f"{address}/32", "proto",
                     str(OTHERS_PROTOCOL), "metric", str(*metrics))
    lab.steady()
    began = time.monotonic()
    with lab.load() as load:
        set_method(lab.a, True)
        restarted(lab, lab.a)
        wait_until("kernel routes in place of statements", lambda: (
            lab.a.kernel_routes() == WANTED and not ours(lab.a),
            f"{lab.a.kernel_routes()}, {ours(lab.a)}"))
        expect_levels(lab, lab.a, "normal")
        time.sleep(2)
    demand_no_gap(lab, began)
    demand(not load.ledger.failed(), f"requests failed: {load.ledger.summary()}")
    lab.fabric.expect_announcers(BOTH)
    shares = lab.shares(load.ledger)
    demand(all(shares.values()), f"one of them got no flows: {shares}")
    said = expect_said(lab, lab.a, "kernel route", "10.0.0.1 is sent it")
    demand("✗" not in said, f"explain finds something: {said}")
    return f"{shares}; {load.ledger.summary()}"


@case("kernel route: quorum lost withdraws, quorum back announces")
def quorum(lab: Lab) -> None:
    on_kernel_routes(lab)
    for name in ("rs1", "rs2"):
        lab.fabric.servers[name].kill()
    lab.fabric.expect_announcers(set())
    demand(not lab.a.kernel_routes(), f"the kernel has {lab.a.kernel_routes()}")
    for name in ("rs1", "rs2"):
        lab.fabric.servers[name].revive()
    lab.fabric.expect_announcers(BOTH)


def same(title: str, body: Callable[[Lab], str | None]) -> None:
    """A case of the other method, once more."""
    @case(f"kernel route: {title}")
    def again(lab: Lab) -> str | None:
        # A case begins with the state that it wants, which may be a director that is drained.
        if lab.a.frr_example != FRR_KERNEL_ROUTE:
            on_kernel_routes(lab)
        return body(lab)


same("drain under 200 requests/s and 200 long connections, nothing lost", soft_drain)
same("undrain under the same load: back at normal, nothing lost", undrain_under_load)


same("ten drains in a row under load: nothing lost", ten_drains)
same("drain --now: withdrawn without a soft phase", drain_now)
same("drain of one VIP: the other one stays, and a restart keeps it drained", drain_vip)
same("undrain in the middle of a drain, at every step: nothing lost", reversed_drain)
same("kill -9 at every step of a drain: the next Penstock goes on with it", killed_drains)
same("a drain file drains, and its end undoes it", drain_file)
same("on-stop drain: SIGTERM drains in order before Penstock ends", stop_drains)
same("bgpd hangs: said in seconds, and all is well when it goes on", hung)


@case("kernel route: bgpd restarts while Penstock does not run, and announces again by itself")
def bgpd_alone(lab: Lab) -> str:
    on_kernel_routes(lab)
    lab.a.stop_penstock(signal.SIGKILL)
    lab.a.kill_bgpd()
    lab.fabric.expect_announcers({"director-b"})
    began = time.monotonic()
    lab.a.start_bgpd()
    lab.fabric.expect_announcers(BOTH)
    took = time.monotonic() - began
    lab.a.start_penstock(lab.binary)
    lab.wait_ready(lab.a)
    expect_levels(lab, lab.a, "normal")
    return f"both VIPs {took:.1f} s after the start of bgpd"


@case("kernel route: somebody deletes ours, and it is put back; others' are left alone")
def deleted(lab: Lab) -> str:
    on_kernel_routes(lab)
    began = time.monotonic()
    for vip in VIPS:
        delete(lab.a, vip)
    wait_until("the routes to be back", lambda: (
        lab.a.kernel_routes() == WANTED, str(lab.a.kernel_routes())))
    took = time.monotonic() - began
    expect_levels(lab, lab.a, "normal")
    lab.fabric.expect_announcers(BOTH)
    demand(lab.a.kernel_routes(OTHERS_PROTOCOL) in (OTHERS, {}), "others' routes were touched")
    return f"after {took:.1f} s"


def delete(director: Director, vip: str) -> None:
    """Takes away the kernel route that announces a VIP, as anybody with the privilege can."""
    family = "-6" if ":" in vip else "-4"
    director.inside("ip", family, "route", "del", "blackhole", vip, "proto", str(ROUTE_PROTOCOL))


@case("kernel route: one of ours that must not be there is taken back, drained and out of turn")
def stale(lab: Lab) -> str:
    on_kernel_routes(lab)
    drain(lab, lab.a, "--now")
    for address in (VIP4, "203.0.113.99"):
        lab.a.inside("ip", "route", "add", "blackhole", address, "proto", str(ROUTE_PROTOCOL),
                     "metric", "100")
    began = time.monotonic()
    wait_until("both to be taken back", lambda: (
        not lab.a.kernel_routes(), str(lab.a.kernel_routes())))
    took = time.monotonic() - began
    lab.fabric.expect_announcers({"director-b"}, (VIP4,))
    lab.fabric.expect_announcers(set(), ("203.0.113.99",))
    undrain(lab, lab.a)
    return f"after {took:.1f} s"


FAMILY = "address-family ipv4 unicast"


@case("kernel route: explain says why it is sent to nobody: each cause made, named and mended")
def obstacles(lab: Lab) -> str:
    on_kernel_routes(lab)
    told = []
    redistribute = "redistribute kernel route-map VIPS"
    for name, broken, mended, words in (
        ("not redistributed", ("router bgp 65001", FAMILY, "no redistribute kernel"),
         ("router bgp 65001", FAMILY, redistribute), ("does not redistribute kernel routes",)),
        ("denied by the route-map", ("route-map VIPS deny 5",), ("no route-map VIPS deny 5",),
         ("route-map VIPS", "denies it")),
        ("no such route-map", ("router bgp 65001", FAMILY, "redistribute kernel route-map GONE"),
         ("router bgp 65001", FAMILY, redistribute), ("route-map GONE", "does not exist")),
    ):
        lab.a.vty.configure(*broken)
        try:
            lab.fabric.expect_announcers({"director-b"}, (VIP4,))
            seen = expect_said(lab, lab.a, *words)
        finally:
            lab.a.vty.configure(*mended)
        told.append(f"{name}: {seen.strip().splitlines()[-1][:100]}")
        lab.fabric.expect_announcers(BOTH)
    demand(levels(lab, lab.a) == ("normal", "normal"), f"in the end {levels(lab, lab.a)}")
    return "; ".join(told)


@case("kernel route: frr-reload.py finds nothing of ours, and takes nothing away")
def reloaded(lab: Lab) -> str:
    on_kernel_routes(lab)
    began = time.monotonic()
    with traffic(lab) as load:
        lab.a.inside(FRR_RELOAD, "--reload", "/etc/frr/frr.conf")
        time.sleep(WATCH_SECONDS)
    demand(lab.a.kernel_routes() == WANTED, f"the kernel has {lab.a.kernel_routes()}")
    demand_no_gap(lab, began)
    return load.demand_whole()


@case("kernel route: quorum lost while bgpd does not run: its start announces nothing")
def quorum_without_bgpd(lab: Lab) -> str:
    on_kernel_routes(lab)
    lab.a.kill_bgpd()
    lab.fabric.expect_announcers({"director-b"})
    for name in ("rs1", "rs2"):
        lab.fabric.servers[name].kill()
    lab.expect_weights(lab.a, {"rs3"})
    lab.fabric.expect_announcers(set())
    there = lab.a.kernel_routes()
    began = time.monotonic()
    lab.a.start_bgpd()
    wait_until("the sessions", lab.fabric.sessions)
    time.sleep(WATCH_SECONDS)
    heard = [e for e in lab.fabric.routes.since(began) if e.prefix in VIPS]
    demand(not heard, f"bgpd announced: {heard}")
    demand(not lab.a.kernel_routes(), f"the kernel still has {lab.a.kernel_routes()}")
    for name in ("rs1", "rs2"):
        lab.fabric.servers[name].revive()
    lab.fabric.expect_announcers(BOTH)
    return f"before its start the kernel had routes to {len(there)} VIPs, after it none"


@case("kernel route: withdraw --all while bgpd does not run: its start announces nothing")
def withdraw_without_bgpd(lab: Lab) -> str:
    on_kernel_routes(lab)
    lab.a.stop_penstock(signal.SIGKILL)
    lab.a.kill_bgpd()
    lab.fabric.expect_announcers({"director-b"})
    demand(lab.a.kernel_routes() == WANTED, "control: there was nothing to take out of the kernel")
    status, told = lab.a.attempt(lab.binary, "withdraw", "--all", "--yes")
    demand(status == 69 and "removed" in told, f"it ended with {status}: {told}")
    demand(not lab.a.kernel_routes(), f"the kernel now has {lab.a.kernel_routes()}")
    began = time.monotonic()
    lab.a.start_bgpd()
    wait_until("the sessions", lab.fabric.sessions)
    time.sleep(WATCH_SECONDS)
    heard = [e for e in lab.fabric.routes.since(began)
             if "director-a" in lab.fabric.named(e.nexthops)]
    demand(not heard, f"bgpd announced: {heard}")
    lab.a.start_penstock(lab.binary)
    lab.steady()
    return told.strip().splitlines()[-1][:160]


same("penstock withdraw --all without a daemon: ours are gone", withdraw_all)


# Here, because that one starts Penstock anew: what was repaired before is not counted then.
@case("kernel route: somebody keeps deleting ours: repaired, then held and said, then repaired"
      " again")
def contention(lab: Lab) -> str:
    on_kernel_routes(lab)
    return contended(
        lab, lambda: delete(lab.a, VIP4),
        lambda: (VIP4 in lab.a.kernel_routes(), str(lab.a.kernel_routes())))


@case("kernel route: a restart moves VIPs back to statements without a gap, and leaves no route")
def moved_back(lab: Lab) -> str:
    on_kernel_routes(lab)
    began = time.monotonic()
    try:
        with lab.load() as load:
            set_method(lab.a, False)
            restarted(lab, lab.a)
            wait_until("statements in place of kernel routes", lambda: (
                ours(lab.a) == {f"{VIP4}/32", f"{VIP6}/128"} and not lab.a.kernel_routes(),
                f"{lab.a.kernel_routes()}, {ours(lab.a)}"))
            expect_levels(lab, lab.a, "normal")
            time.sleep(2)
        demand_no_gap(lab, began)
        demand(not load.ledger.failed(), f"requests failed: {load.ledger.summary()}")
        addresses = lab.a.inside("ip", "-br", "addr", "show", "dev", "vip0")
        demand(VIP4 in addresses and VIP6 in addresses, f"vip0 has {addresses}")
        left = lab.a.kernel_routes(OTHERS_PROTOCOL)
        demand(left in (OTHERS, {}), f"of others' routes there are {left}")
    finally:
        off_kernel_routes(lab)
    lab.steady()
    return load.ledger.summary()
