"""Drains of a director under load: softened, seen soft, withdrawn, and never a request lost."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from director import Director
from fabric import CLIENT4, CLIENT6, PORT, SERVICE, VIP4, VIP6, VIPS
from harness import BOTH, Lab, case, demand
from holder import Connection, Holder, endings
from ledger import Ledger
from shell import wait_until

# Requests a second over both families, and connections of each family that stay and ask.
RATE = 200
HELD = 100
ASK_SECONDS = 2.0
SETTLE_DEADLINE = 60.0
DRAINS_IN_A_ROW = 10
# How often the router is asked while a route changes under its feet.
LOOK_SECONDS = 0.1
# How often a step that lasts a moment is to be caught.
FREEZES = 5
DRAIN_FILE = "/etc/penstock/drain"


@dataclass
class Traffic:
    """A load with long connections beside it, and what became of both."""

    connections: list[Connection] = field(default_factory=list)
    ledger: Ledger = field(default_factory=lambda: Ledger([]))

    def demand_whole(self) -> str:
        """Demands that nothing was lost, and says how much there was."""
        failed = self.ledger.failed()
        demand(not failed, f"requests failed: {self.ledger.summary()}, such as {failed[:3]}")
        lost = [c for c in self.connections if c.ended]
        demand(not lost, f"{len(lost)} connections were lost: {endings(lost)}, {lost[:3]}")
        return f"{self.ledger.summary()}; {len(self.connections)} connections whole"


@contextmanager
def traffic(lab: Lab) -> Iterator[Traffic]:
    """Requests and connections of both families while the body runs, and until all are answered."""
    seen = Traffic()
    holder = Holder("/run/netns/client")
    try:
        opened = holder.open(
            [(vip, PORT, own) for vip, own in ((VIP4, CLIENT4), (VIP6, CLIENT6))
             for _ in range(HELD)],
            every=ASK_SECONDS,
        )
        demand(not any(c.ended for c in opened), f"not all opened: {endings(opened)}")
        with lab.load(RATE) as load:
            yield seen
        seen.connections = holder.settle(time.monotonic(), SETTLE_DEADLINE)
        seen.ledger = load.ledger
    finally:
        holder.worker.end()


# -- what the router sees --------------------------------------------------------------------------


def paths(lab: Lab, director: Director, vip: str) -> list[dict[str, Any]]:
    """The router's paths to a VIP through a director, in bgpd's words."""
    family, length = ("ipv6", 128) if ":" in vip else ("ipv4", 32)
    table = lab.fabric.router.json(f"show bgp {family} unicast {vip}/{length} json")
    return [
        path for path in table.get("paths", [])
        if path.get("peer", {}).get("peerId") in director.nexthops
    ]


def level(lab: Lab, director: Director, vip: str) -> str:
    """How the router has a VIP from a director: `normal`, `soft` (RFC 8326), or `none`."""
    found = paths(lab, director, vip)
    if not found:
        return "none"
    communities = found[0].get("community", {}).get("string", "")
    return "soft" if "graceful-shutdown" in communities or "65535:0" in communities else "normal"


def levels(lab: Lab, director: Director) -> tuple[str, ...]:
    return tuple(level(lab, director, vip) for vip in VIPS)


def expect_levels(lab: Lab, director: Director, wanted: str, vips: tuple[str, ...] = VIPS) -> None:
    """Waits until the router has these VIPs from a director in one form."""
    wait_until(f"{', '.join(vips)} from {director.name} to be {wanted}", lambda: (
        all(level(lab, director, vip) == wanted for vip in vips),
        ", ".join(f"{vip} {level(lab, director, vip)}" for vip in vips),
    ), every=LOOK_SECONDS)


def node(director: Director) -> dict[str, Any]:
    """The director in Penstock's own words."""
    found: dict[str, Any] = director.status()["node"]
    return found


def step(director: Director) -> str:
    """The step of its drain; `active` while there is none."""
    state = node(director)
    return str((state.get("drain") or {}).get("step", state["state"]))


def drain(lab: Lab, director: Director, *words: str) -> str:
    return director.penstock(lab.binary, "drain", "--wait", "--reason", "lab", *words)


def undrain(lab: Lab, director: Director) -> None:
    director.penstock(lab.binary, "undrain", "--wait")
    lab.fabric.expect_announcers(BOTH)
    expect_levels(lab, director, "normal")


# -- draining --------------------------------------------------------------------------------------


@case("drain of one director under load: zero failed requests")
def plain_drain(lab: Lab) -> str:
    lab.steady()
    with lab.load() as load:
        began = time.monotonic()
        lab.a.penstock(lab.binary, "drain", "--wait", "--reason", "lab")
        spent = time.monotonic() - began
        lab.fabric.expect_announcers({"director-b"})
    table = lab.a.table()
    for vip in VIPS:
        service = table.get(SERVICE[vip])
        weights = [] if service is None else sorted(service.destinations.values())
        demand(weights == [1, 1, 1], f"the drained director no longer forwards: {service}")
    demand(not load.ledger.failed(), f"requests failed: {load.ledger.summary()}")
    return f"`drain --wait` took {spent:.1f} s; {load.ledger.summary()}"


@case("a drain survives a restart of Penstock")
def kept_drain(lab: Lab) -> str | None:
    lab.steady_except_drained(lab.a)
    lab.a.stop_penstock()
    offset = lab.a.log_size()
    lab.a.start_penstock(lab.binary)
    lab.wait_ready(lab.a)
    time.sleep(3)
    demand(
        lab.fabric.announcers(VIPS[0]) == {"director-b"},
        f"{VIPS[0]} goes to {sorted(lab.fabric.announcers(VIPS[0]))};"
        f" the log says: {lab.a.log_since(offset)[-400:]}",
    )
    return None


@case("undrain under load: back in the ECMP set, zero failed requests")
def plain_undrain(lab: Lab) -> str:
    lab.steady_except_drained(lab.a)
    with lab.load() as load:
        lab.a.penstock(lab.binary, "undrain", "--wait")
        lab.fabric.expect_announcers(BOTH)
    demand(not load.ledger.failed(), f"requests failed: {load.ledger.summary()}")
    return load.ledger.summary()


@case("control: a drain that takes the services away at once does lose requests")
def bad_drain(lab: Lab) -> str:
    lab.steady()
    with lab.frozen(lab.a):
        with lab.load() as load:
            lab.a.inside("ipvsadm", "-D", "-t", f"{VIPS[0]}:80")
            lab.a.inside("ipvsadm", "-D", "-t", f"[{VIPS[1]}]:80")
            lab.a.vty.configure(
                "router bgp 65001",
                "address-family ipv4 unicast", f"no network {VIPS[0]}/32", "exit-address-family",
                "address-family ipv6 unicast", f"no network {VIPS[1]}/128",
            )
            lab.fabric.expect_announcers({"director-b"})
    demand(len(load.ledger.failed()) > 0, f"nothing was lost: {load.ledger.summary()}")
    wait_until("Penstock to repair services and routes", lambda: (
        all(SERVICE[vip] in lab.a.table() for vip in VIPS), str(sorted(lab.a.table()))))
    lab.steady()
    return load.ledger.summary()


@case("drain under 200 requests/s and 200 long connections: soft, withdrawn, quiet, nothing lost")
def soft_drain(lab: Lab) -> str:
    lab.steady()
    updates = lab.fabric.updates()
    offset = lab.a.log_size()
    with traffic(lab) as load, ThreadPoolExecutor(1) as pool:
        began = time.monotonic()
        done = pool.submit(drain, lab, lab.a)
        expect_levels(lab, lab.a, "soft")
        soft = time.monotonic()
        # A path that says it will go is the last choice, so flows have moved before it goes.
        lab.fabric.expect_announcers({"director-b"})
        moved = time.monotonic()
        expect_levels(lab, lab.a, "none")
        gone = time.monotonic()
        told = done.result()
        spent = time.monotonic() - began
    remark = load.demand_whole()
    demand(soft <= gone - 1.5, f"withdrawn {gone - soft:.1f} s after soft, before it could settle")
    words = told.lower()
    # Softening may be over between two looks of the command; the log has it in any case.
    demand("paths are made worse" in lab.a.log_since(offset), "the log does not tell of softening")
    for word in ("settling", "ebbing", "quiet"):
        demand(word in words, f"`drain --wait` does not speak of {word!r}: {told}")
    heard = lab.fabric.updates() - updates
    # Two VIPs: softened once and withdrawn once each.
    demand(heard <= 4, f"the router received {heard} BGP UPDATEs, not 4")
    lab.figures.append(
        f"drain: soft at the router after {soft - began:.1f} s, flows moved after"
        f" {moved - began:.1f} s, withdrawn after {gone - began:.1f} s, quiet after {spent:.1f} s")
    return remark


@case("undrain under the same load: back at normal, nothing lost")
def undrain_under_load(lab: Lab) -> str:
    lab.steady_except_drained(lab.a)
    with traffic(lab) as load:
        undrain(lab, lab.a)
    return load.demand_whole()


@case("ten drains in a row under load: nothing lost")
def ten_drains(lab: Lab) -> str:
    lab.steady()
    with traffic(lab) as load:
        for number in range(DRAINS_IN_A_ROW):
            # One after the other, or the other director's way back is never tried.
            director = lab.fabric.directors[number % 2]
            drain(lab, director)
            undrain(lab, director)
    return load.demand_whole()


@case("drain --now: withdrawn without a soft phase")
def drain_now(lab: Lab) -> str:
    lab.steady()
    seen = set()
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(drain, lab, lab.a, "--now")
        while not done.done():
            seen.add(levels(lab, lab.a))
            time.sleep(LOOK_SECONDS)
        done.result()
    demand(not any("soft" in each for each in seen), f"it was softened all the same: {seen}")
    demand(levels(lab, lab.a) == ("none", "none"), f"the router still has {levels(lab, lab.a)}")
    undrain(lab, lab.a)
    return ", ".join(sorted({word for each in seen for word in each}))


@case("drain of one VIP: the other one stays, and a restart keeps it drained")
def drain_vip(lab: Lab) -> str:
    lab.steady()
    with traffic(lab) as load:
        lab.a.penstock(lab.binary, "drain", "web", "--wait", "--reason", "lab")
        expect_levels(lab, lab.a, "none", (VIP4,))
        demand(level(lab, lab.a, VIP6) == "normal", f"web-v6 is {level(lab, lab.a, VIP6)}")
        lab.a.stop_penstock(signal.SIGKILL)
        lab.a.start_penstock(lab.binary)
        lab.wait_ready(lab.a)
        time.sleep(3)
        demand(levels(lab, lab.a) == ("none", "normal"), f"after a restart: {levels(lab, lab.a)}")
        lab.a.penstock(lab.binary, "undrain", "web", "--wait")
        expect_levels(lab, lab.a, "normal")
    return load.demand_whole()


@case("undrain in the middle of a drain, at every step: back at normal, nothing lost")
def reversed_drain(lab: Lab) -> str:
    lab.steady()
    reached = []
    with traffic(lab) as load:
        for wanted in ("settling", "ebbing"):
            lab.a.penstock(lab.binary, "drain", "--reason", "lab")
            wait_until(f"the drain to be {wanted}", lambda wanted=wanted: (  # type: ignore[misc]
                step(lab.a) == wanted, step(lab.a)), every=LOOK_SECONDS)
            reached.append(step(lab.a))
            undrain(lab, lab.a)
    return f"undone while {', '.join(reached)}; {load.demand_whole()}"


# -- interrupted -----------------------------------------------------------------------------------


@contextmanager
def bgpd_frozen(director: Director) -> Iterator[None]:
    """bgpd stopped in its tracks: a drain cannot go on to its next step."""
    director.freeze_bgpd()
    try:
        yield
    finally:
        director.thaw_bgpd()


def killed_at(lab: Lab, wanted: str, reach: Callable[[], None]) -> None:
    """Begins a drain, kills Penstock in one of its steps, and demands that the next one ends it."""
    lab.a.penstock(lab.binary, "drain", "--reason", "lab")
    reach()
    was = lab.a.log_size()
    lab.a.stop_penstock(signal.SIGKILL)
    before = levels(lab, lab.a)
    updates = time.monotonic()
    lab.a.start_penstock(lab.binary)
    lab.wait_ready(lab.a)
    told = drain(lab, lab.a)
    demand("done" in told or "Drained already" in told, f"killed while {wanted}: it says {told}")
    demand(levels(lab, lab.a) == ("none", "none"), f"the router has {levels(lab, lab.a)}")
    # What was soft or gone never came back in its normal form.
    back = [e for e in lab.fabric.routes.since(updates)
            if "director-a" in lab.fabric.named(e.nexthops)]
    demand(not back or before == ("normal", "normal"),
           f"killed while {wanted}: routes came back: {back}; {lab.a.log_since(was)[-600:]}")
    undrain(lab, lab.a)


def reach(lab: Lab, wanted: str) -> Callable[[], None]:
    """Waits for a step of the drain of director-a."""
    def wait() -> None:
        wait_until(f"the drain to be {wanted}", lambda: (step(lab.a) == wanted, step(lab.a)),
                   every=LOOK_SECONDS)

    return wait


@case("kill -9 at every step of a drain: the next Penstock goes on with it, nothing lost")
def killed_drains(lab: Lab) -> str:
    lab.steady()
    with traffic(lab) as load:
        # At once: the wish is kept before anything is done about it.
        killed_at(lab, "accepted", lambda: None)
        killed_while_frozen(lab, "softening", "paths are made worse")
        for wanted in ("settling", "ebbing", "done"):
            killed_at(lab, wanted, reach(lab, wanted))
        killed_while_frozen(lab, "withdrawing", "letting it settle")
    return load.demand_whole()


def killed_while_frozen(lab: Lab, wanted: str, after: str) -> None:
    """Penstock killed in a step that bgpd, which stands still, does not let end; it stands still
    from when the log has the words of the step's beginning, or of the one before."""
    # Looked for beforehand: a step may last for a tenth of a second.
    bgpd = lab.a.bgpd_pid()
    # Before it withdraws, a drain reads bgpd once more for other paths, unless that is not asked.
    words = ["--yes"] if wanted == "withdrawing" else []
    for _ in range(FREEZES):
        offset = lab.a.log_size()
        with ThreadPoolExecutor(1) as pool:
            ordered = pool.submit(
                lab.a.penstock, lab.binary, "drain", "--reason", "lab", *words)
            wait_until(f"the log to say {after!r}", lambda: (
                after in lab.a.log_since(offset), lab.a.log_since(offset)), every=0.005)
            os.kill(bgpd, signal.SIGSTOP)
            with bgpd_frozen(lab.a):
                ordered.result()
                if wanted == "withdrawing":
                    reach(lab, wanted)()
                found = step(lab.a)
                if found == wanted:
                    lab.a.stop_penstock(signal.SIGKILL)
                    break
        # It was over before bgpd stood still.
        undrain(lab, lab.a)
    demand(found == wanted, f"{FREEZES} times it was {found} as soon as it could be caught")
    lab.a.start_penstock(lab.binary)
    lab.wait_ready(lab.a)
    drain(lab, lab.a)
    demand(levels(lab, lab.a) == ("none", "none"), f"the router has {levels(lab, lab.a)}")
    undrain(lab, lab.a)


# -- what it waits for, and what it does not -------------------------------------------------------


@case("undrain --wait ends with 1 and the reason, where a VIP cannot be announced")
def vain_undrain(lab: Lab) -> str:
    lab.steady()
    drain(lab, lab.a)
    for name in ("rs1", "rs2"):
        lab.fabric.servers[name].kill()
    lab.expect_weights(lab.a, {"rs3"})
    status, told = lab.a.attempt(lab.binary, "undrain", "--wait")
    demand(status == 1, f"undrain --wait ended with {status}: {told}")
    demand("quorum" in told, f"it does not say why: {told}")
    for name in ("rs1", "rs2"):
        lab.fabric.servers[name].revive()
    lab.steady()
    expect_levels(lab, lab.a, "normal")
    return told.strip().splitlines()[-1][:160]


@case("the last other path goes while a drain settles: it stays soft, and goes on once there is one")
def held_drain(lab: Lab) -> str:
    lab.steady()
    lab.a.penstock(lab.binary, "drain", "--reason", "lab")
    reach(lab, "settling")()
    lab.b.penstock(lab.binary, "drain", "--now", "--yes", "--wait", "--reason", "lab")
    reach(lab, "held")()
    demand(levels(lab, lab.a) == ("soft", "soft"), f"the router has {levels(lab, lab.a)}")
    lab.fabric.expect_announcers({"director-a"})
    said = lab.a.penstock(lab.binary, "status", check=False)
    lab.b.penstock(lab.binary, "undrain")
    reach(lab, "done")()
    demand(levels(lab, lab.a) == ("none", "none"), f"the router has {levels(lab, lab.a)}")
    undrain(lab, lab.a)
    return next((line for line in said.splitlines() if "path" in line), said).strip()[:160]


# -- other ways in and out -------------------------------------------------------------------------


@case("a drain file drains, and its end undoes it")
def drain_file(lab: Lab) -> str:
    lab.steady()
    path = f"{lab.a.home}/etc-penstock/drain"
    with traffic(lab) as load:
        with open(path, "w", encoding="utf-8") as file:
            file.write("puppet: kernel upgrade\n")
        try:
            expect_levels(lab, lab.a, "none")
            status, told = lab.a.attempt(lab.binary, "undrain")
            demand(status != 0 and DRAIN_FILE in told, f"undrain over the file: {status} {told}")
            reason = str((node(lab.a).get("drain") or {}).get("reason"))
        finally:
            os.remove(path)
        lab.fabric.expect_announcers(BOTH)
        expect_levels(lab, lab.a, "normal")
    return f"{reason!r}; {load.demand_whole()}"


@case("on-stop drain: SIGTERM drains in order before Penstock ends, nothing lost")
def stop_drains(lab: Lab) -> str:
    lab.steady()
    with open(lab.a.config, encoding="utf-8") as file:
        good = file.read()
    lab.a.configure(lab.binary, good.replace("drain:\n", "drain:\n  on-stop: drain\n", 1))
    try:
        with traffic(lab) as load, ThreadPoolExecutor(1) as pool:
            done = pool.submit(lab.a.stop_penstock, signal.SIGTERM)
            expect_levels(lab, lab.a, "soft")
            expect_levels(lab, lab.a, "none")
            status = done.result()
        demand(status == 0, f"penstock ended with {status}")
        remark = load.demand_whole()
    finally:
        with open(lab.a.config, "w", encoding="utf-8") as file:
            file.write(good)
        lab.a.start_penstock(lab.binary)
        lab.wait_ready(lab.a)
        lab.steady()
    return remark


UNIT = "penstock-drain.service"


@case("penstock-drain.service: its stop drains, the next start forgets that, and nothing is lost")
def unit_drains(lab: Lab) -> str:
    lab.steady()
    with traffic(lab) as load:
        status, told = lab.a.unit_command(lab.binary, UNIT, "ExecStop")
        demand(status == 0, f"ExecStop ended with {status}: {told}")
        demand(levels(lab, lab.a) == ("none", "none"), f"the router has {levels(lab, lab.a)}")
        lab.fabric.expect_announcers({"director-b"})
        # The machine goes down and comes up; the order was of that stop alone.
        lab.a.stop_penstock(signal.SIGTERM)
        lab.a.start_penstock(lab.binary)
        lab.fabric.expect_announcers(BOTH)
        expect_levels(lab, lab.a, "normal")
        # Stopped by hand and started again, the unit ends what it began, and an operator's not.
        demand(lab.a.unit_command(lab.binary, UNIT, "ExecStop")[0] == 0, "the second stop")
        status, told = lab.a.unit_command(lab.binary, UNIT, "ExecStart")
        demand(status == 0, f"ExecStart ended with {status}: {told}")
        lab.fabric.expect_announcers(BOTH)
        drain(lab, lab.a)
        lab.a.unit_command(lab.binary, UNIT, "ExecStart")
        demand(node(lab.a)["state"] != "active", "ExecStart ended the drain of an operator")
        undrain(lab, lab.a)
    return load.demand_whole()


# -- the last known path ---------------------------------------------------------------------------


def refused(lab: Lab, director: Director, *words: str) -> str:
    """Demands that a drain is refused with D442 and changes nothing, and says what was told."""
    before = levels(lab, director)
    status, told = director.attempt(lab.binary, "drain", "--reason", "lab", *words)
    demand(status == 5, f"drain {' '.join(words)} ended with {status}: {told}")
    for word in ("D442", "no other path", "--yes"):
        demand(word in told, f"the refusal does not say {word!r}: {told}")
    demand(node(director)["state"] == "active", f"refused, and yet {node(director)['state']}")
    demand(levels(lab, director) == before, f"refused, and yet the router has "
           f"{levels(lab, director)} instead of {before}")
    return told


@case("the last known path: a drain is refused without --yes, and carried out with it")
def last_path(lab: Lab) -> str:
    lab.steady()
    # While the other one leaves, its path is still there, and nothing to rely on.
    lab.b.penstock(lab.binary, "drain", "--reason", "lab")
    expect_levels(lab, lab.b, "soft")
    refused(lab, lab.a)
    drain(lab, lab.b)
    lab.fabric.expect_announcers({"director-a"})
    told = refused(lab, lab.a)
    demand("web" in told and "allowas-in" in told and "last-path" in told,
           f"the refusal does not say how to know better: {told}")
    refused(lab, lab.a, "--now")
    refused(lab, lab.a, "web")
    drain(lab, lab.a, "--yes")
    lab.fabric.expect_announcers(set())
    # Both were drained once; asking for it again is no news.
    drain(lab, lab.a)
    for director in lab.fabric.directors:
        director.penstock(lab.binary, "undrain")
    lab.steady()
    return told.strip().splitlines()[-1][:160]


@case("control: with another director announcing, the same drain is not asked about")
def other_path(lab: Lab) -> str:
    lab.steady()
    seen = lab.a.penstock(lab.binary, "show", "bgp")
    drain(lab, lab.a)
    lab.fabric.expect_announcers({"director-b"})
    undrain(lab, lab.a)
    return next((line for line in seen.splitlines() if line.startswith("web ")), seen)[:120]


@case("the last known path, drain.last-path: ignore: the drain is carried out and not asked about")
def ignored_path(lab: Lab) -> None:
    lab.steady_except_drained(lab.b)
    with open(lab.a.config, encoding="utf-8") as file:
        good = file.read()
    lab.a.configure(lab.binary, good.replace("drain:\n", "drain:\n  last-path: ignore\n", 1))
    try:
        drain(lab, lab.a)
        lab.fabric.expect_announcers(set())
    finally:
        lab.a.configure(lab.binary, good)
        for director in lab.fabric.directors:
            director.penstock(lab.binary, "undrain")
    lab.steady()


@case("the last known path goes by a drain file: not asked about, and said in the log")
def file_takes_last_path(lab: Lab) -> str:
    lab.steady_except_drained(lab.b)
    # What a count does not show is looked at once a minute; a refusal looks at once.
    refused(lab, lab.a)
    offset = lab.a.log_size()
    path = f"{lab.a.home}/etc-penstock/drain"
    with open(path, "w", encoding="utf-8") as file:
        file.write("puppet: kernel upgrade\n")
    try:
        expect_levels(lab, lab.a, "none")
        lab.fabric.expect_announcers(set())
    finally:
        os.remove(path)
    said = [line for line in lab.a.log_since(offset).splitlines() if "no other path" in line]
    demand(any("this drain takes the last one away" in line for line in said),
           f"the log says only {said}")
    lab.b.penstock(lab.binary, "undrain")
    lab.steady()
    return said[0][:200]
