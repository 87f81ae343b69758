"""Restarts, and hands that meddle: adopted, repaired, or none of Penstock's business."""

from __future__ import annotations

import shutil
import signal
import time

from director import FOREIGN_IPVS
from fabric import SERVICE, VIPS
from harness import BOTH, Lab, case, demand
from shell import wait_until

# Long enough for several rounds of checks and an audit of every plane.
WATCH_SECONDS = 12.0


@case("control: an IPVS write and a withdrawn network by hand are counted, and repaired")
def counters_count(lab: Lab) -> str:
    lab.steady()
    assert lab.a.writes is not None
    updates, began = lab.fabric.updates(), time.monotonic()
    with lab.frozen(lab.a):
        lab.a.inside("ipvsadm", "-e", "-t", f"{VIPS[0]}:80", "-r", "10.20.0.12:80", "-w", "7")
        wait_until("the write to be counted", lambda: (
            [w.command for w in lab.a.writes.since(began)] == ["SET_DEST"],  # type: ignore[union-attr]
            str(lab.a.writes.since(began)),  # type: ignore[union-attr]
        ))
        lab.a.vty.configure(
            "router bgp 65001", "address-family ipv4 unicast", f"no network {VIPS[0]}/32")
        lab.fabric.expect_announcers({"director-b"}, (VIPS[0],))
        heard = lab.fabric.updates() - updates
        demand(heard >= 1, "the UPDATE counter did not see a withdrawal")
        demand(bool(lab.fabric.routes.since(began)), "the route watch did not see a withdrawal")
    wait_until("the weight to be repaired", lambda: (
        lab.a.weight(SERVICE[VIPS[0]], "10.20.0.12:80") == 1,
        f"weight {lab.a.weight(SERVICE[VIPS[0]], '10.20.0.12:80')}",
    ))
    lab.fabric.expect_announcers(BOTH)
    return f"1 write, {heard} UPDATE seen"


@case("kill -9 and restart under load: zero failed requests, no BGP UPDATE, no IPVS write")
def killed(lab: Lab) -> str:
    lab.steady()
    updates, began = lab.fabric.updates(), time.monotonic()
    assert lab.a.writes is not None
    reads = lab.a.writes.reads
    with lab.load() as load:
        lab.a.stop_penstock(signal.SIGKILL)
        time.sleep(3)
        lab.a.start_penstock(lab.binary)
        lab.wait_ready(lab.a)
        time.sleep(WATCH_SECONDS)
    lab.untouched_since(began, updates, lab.a)
    demand(lab.a.writes.reads > reads, "the new Penstock never looked at IPVS at all")
    demand(not load.ledger.failed(), f"requests failed: {load.ledger.summary()}")
    return load.ledger.summary()


@case("SIGTERM and restart: the same, fail static")
def stopped(lab: Lab) -> str | None:
    lab.steady()
    updates, began = lab.fabric.updates(), time.monotonic()
    status = lab.a.stop_penstock(signal.SIGTERM)
    time.sleep(2)
    lab.a.start_penstock(lab.binary)
    lab.wait_ready(lab.a)
    time.sleep(3)
    lab.untouched_since(began, updates, lab.a)
    demand(status == 0, f"penstock ended with {status} on SIGTERM")
    return None


@case("a second Penstock on the same director refuses to start")
def second_instance(lab: Lab) -> str:
    lab.steady()
    answer = lab.a.penstock_run_again(lab.binary)
    demand(answer[0] not in (0, None), f"it ended with {answer[0]}: {answer[1][-300:]}")
    demand(lab.a.penstock_pid() != 0, "the first one is gone")
    return (answer[1].strip().splitlines() or ["no message"])[0][:120]


@case("bgpd killed and restarted: networks come back, nothing else is configured")
def bgpd_restarted(lab: Lab) -> str:
    lab.steady()
    before = lab.a.operator_configuration()
    with lab.load() as load:
        lab.a.kill_bgpd()
        lab.fabric.expect_announcers({"director-b"})
        lab.a.start_bgpd()
        lab.fabric.expect_announcers(BOTH)
    after = lab.a.operator_configuration()
    demand(before == after, f"bgpd's own configuration differs:\n{before}\n--- now\n{after}")
    return load.ledger.summary()


@case("ipvsadm -C by hand: shows in the ledger while nobody repairs it, then repaired")
def table_wiped(lab: Lab) -> str:
    lab.steady()
    before = {vip: lab.a.table()[SERVICE[vip]] for vip in VIPS}
    with lab.frozen(lab.a):
        with lab.load() as load:
            lab.a.inside("ipvsadm", "-C")
            time.sleep(1)
    lost = load.ledger.failed()
    lab.a.inside("ipvsadm", "-R", text=FOREIGN_IPVS)
    demand(len(lost) > 0, f"control: a wiped table lost nothing: {load.ledger.summary()}")
    expect_table(lab, before)
    # Once more with Penstock awake.
    began = time.monotonic()
    lab.a.inside("ipvsadm", "-C")
    expect_table(lab, before)
    spent = time.monotonic() - began
    lab.a.inside("ipvsadm", "-R", text=FOREIGN_IPVS)
    lab.steady()
    with lab.load() as load:
        pass
    demand(not load.ledger.failed(), f"requests failed: {load.ledger.summary()}")
    return f"control lost {len(lost)} requests; repaired after {spent:.1f} s"


def expect_table(lab: Lab, before: dict[str, object]) -> None:
    """Waits until director-a's own services are as they were."""
    wait_until("the services to be as before", lambda: (
        all(lab.a.table().get(SERVICE[vip]) == before[vip] for vip in VIPS),
        str({key: lab.a.table().get(key) for key in SERVICE.values()}),
    ))


@case("VIP address deleted by hand: repaired, announced again")
def address_deleted(lab: Lab) -> str:
    lab.steady()
    began = time.monotonic()
    for vip, length in zip(VIPS, (32, 128)):
        lab.a.inside("ip", "addr", "del", f"{vip}/{length}", "dev", "vip0")
    for vip in VIPS:
        wait_until(f"{vip} on vip0", lambda vip=vip: (  # type: ignore[misc]
            vip in (seen := lab.a.inside("ip", "-o", "addr", "show", "dev", "vip0", check=False)),
            seen,
        ), every=0.3)
    spent = time.monotonic() - began
    lab.steady()
    with lab.load() as load:
        pass
    demand(not load.ledger.failed(), f"requests failed: {load.ledger.summary()}")
    changes = len(lab.fabric.routes.since(began))
    return f"back after {spent:.1f} s; {changes} route changes meanwhile"


@case("a bad configuration reloaded: an error with its place, and nothing changes")
def bad_reload(lab: Lab) -> str:
    lab.steady()
    shutil.copy(lab.a.config, lab.a.config + ".good")
    with open(lab.a.config, encoding="utf-8") as file:
        good = file.read()
    updates, began = lab.fabric.updates(), time.monotonic()
    try:
        with open(lab.a.config, "w", encoding="utf-8") as file:
            file.write(good.replace("quorum: { up: 2, down: 2 }", "quorun: { up: 9 }", 1))
        with lab.load() as load:
            answer = lab.a.attempt(lab.binary, "reload")
            time.sleep(WATCH_SECONDS)
    finally:
        shutil.copy(lab.a.config + ".good", lab.a.config)
    lab.untouched_since(began, updates, lab.a)
    demand(answer[0] != 0, f"reload accepted a bad file: {answer[1]}")
    demand("quorun" in answer[1], f"the error does not name the misspelt key: {answer[1]}")
    demand(not load.ledger.failed(), f"requests failed: {load.ledger.summary()}")
    answer = lab.a.attempt(lab.binary, "reload")
    demand(answer[0] == 0, f"the good file was refused afterwards: {answer[1]}")
    return f"exit {answer[0]} for the good file again"


@case("control: a good configuration reloaded does change the table")
def good_reload(lab: Lab) -> str | None:
    lab.steady()
    with open(lab.a.config, encoding="utf-8") as file:
        good = file.read()
    changed = good.replace("10.20.0.13]", "{ address: 10.20.0.13, weight: 4 }]")
    try:
        with open(lab.a.config, "w", encoding="utf-8") as file:
            file.write(changed)
        lab.a.penstock(lab.binary, "reload")
        wait_until("weight 4 for 10.20.0.13", lambda: (
            lab.a.weight(SERVICE[VIPS[0]], "10.20.0.13:80") == 4,
            f"weight {lab.a.weight(SERVICE[VIPS[0]], '10.20.0.13:80')}",
        ))
    finally:
        with open(lab.a.config, "w", encoding="utf-8") as file:
            file.write(good)
    lab.a.penstock(lab.binary, "reload")
    wait_until("weight 1 for 10.20.0.13", lambda: (
        lab.a.weight(SERVICE[VIPS[0]], "10.20.0.13:80") == 1,
        f"weight {lab.a.weight(SERVICE[VIPS[0]], '10.20.0.13:80')}",
    ))
    return None
