"""The main job: announced while enough real servers answer, withdrawn when they do not."""

from __future__ import annotations

import time

from fabric import SERVERS, SERVICE, VIPS
from harness import Lab, case, demand


@case("control: without Penstock there is no route, and the ledger shows every request failing")
def nothing_before(lab: Lab) -> str:
    if any(d.penstock_pid() for d in lab.fabric.directors):
        return "skipped in effect: Penstock was started by an earlier case"
    lab.fabric.expect_announcers(set())
    with lab.load() as load:
        pass
    good = [r for r in load.ledger.records if r.ok]
    demand(len(load.ledger.records) > 20, f"too few requests: {load.ledger.summary()}")
    demand(not good, f"requests were answered without a route: {load.ledger.summary()}")
    return load.ledger.summary()


@case("start: both directors enter the ECMP set, IPv4 and IPv6")
def start(lab: Lab) -> str:
    began = time.monotonic()
    lab.steady()
    return f"{time.monotonic() - began:.1f} s from start to both next hops"


@case("requests are answered, through both directors, by every real server")
def through_both(lab: Lab) -> str:
    lab.steady()
    with lab.load() as load:
        time.sleep(6)
    ledger = load.ledger
    shares = lab.shares(ledger)
    demand(not ledger.failed(), f"requests failed: {ledger.summary()}")
    for family in (4, 6):
        seen = ledger.servers(family)
        demand(set(seen) == set(SERVERS), f"IPv{family} was answered only by {dict(seen)}")
    demand(min(shares.values()) > 0, f"one director forwarded nothing: {shares}")
    # The control of the attribution: every request went through exactly one of the two.
    demand(
        sum(shares.values()) == len(ledger.records),
        f"{len(ledger.records)} requests, but the directors' tables hold {shares}",
    )
    return f"{ledger.summary()}; {shares}"


@case("control: a server that dies while Penstock is frozen shows in the ledger")
def dead_server_shows(lab: Lab) -> str:
    lab.steady()
    with lab.frozen(lab.a, lab.b):
        with lab.load() as load:
            lab.fabric.servers["rs3"].kill()
            time.sleep(2)
        lab.fabric.servers["rs3"].revive()
    demand(len(load.ledger.failed()) > 0, f"nothing failed: {load.ledger.summary()}")
    lab.steady()
    return load.ledger.summary()


@case("one real server killed: weight 0, no route change, requests keep succeeding")
def one_killed(lab: Lab) -> str:
    lab.steady()
    updates, began = lab.fabric.updates(), time.monotonic()
    with lab.load() as load:
        killed = time.monotonic()
        lab.fabric.servers["rs3"].kill()
        for director in lab.fabric.directors:
            lab.expect_weights(director, set(SERVERS) - {"rs3"})
        settled = time.monotonic()
        time.sleep(4)
    events = lab.fabric.routes.since(began)
    demand(not events, f"the router's routes changed: {events}")
    heard = lab.fabric.updates() - updates
    demand(heard == 0, f"the router received {heard} BGP UPDATEs")
    late = load.ledger.failed(begin=settled)
    demand(not late, f"requests failed after weight 0: {late[:5]}")
    early = [r for r in load.ledger.failed() if r.result not in ("refused", "reset")]
    demand(not early, f"requests failed other than at the dead server: {early[:5]}")
    return (
        f"weight 0 on both after {settled - killed:.1f} s; {len(load.ledger.failed())} requests"
        " refused before that, none after"
    )


def lose_quorum(lab: Lab) -> float:
    """Leaves one real server of three, where two are needed; returns when that was."""
    moment = time.monotonic()
    for name in ("rs2", "rs3"):
        lab.fabric.servers[name].kill()
    lab.fabric.expect_announcers(set())
    return moment


@case("quorum lost: route gone")
def quorum_lost(lab: Lab) -> str:
    lab.steady()
    began = lose_quorum(lab)
    gone = {
        vip: [e.at - began for e in lab.fabric.routes.since(began, vip) if e.gone] for vip in VIPS
    }
    demand(all(gone.values()), f"the kernel told of no removal: {gone}")
    for director in lab.fabric.directors:
        for vip in VIPS:
            # Never dismantled with the route: flows under way still end.
            demand(SERVICE[vip] in director.table(), f"{director.name} removed {SERVICE[vip]}")
    with lab.load() as load:
        pass
    good = [r for r in load.ledger.records if r.ok]
    demand(not good, f"requests were answered although no route is there: {load.ledger.summary()}")
    times = ", ".join(f"{vip} {values[-1]:.1f} s" for vip, values in gone.items())
    lab.figures.append(f"from killing two of three servers to the route gone: {times}")
    return times


@case("recovered: route back, requests answered")
def recovered(lab: Lab) -> str:
    if lab.fabric.announcers(VIPS[0]):
        lab.steady()
        lose_quorum(lab)
    began = time.monotonic()
    lab.steady()
    spent = time.monotonic() - began
    with lab.load() as load:
        pass
    demand(not load.ledger.failed(), f"requests failed: {load.ledger.summary()}")
    return f"{spent:.1f} s; {load.ledger.summary()}"
