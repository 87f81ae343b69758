"""Hands in the table: what Penstock's audit finds, and how soon it is put right."""

from __future__ import annotations

import re
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import ipvs
from director import FOREIGN_IPVS, Director
from fabric import SERVICE, VIPS, destination
from harness import Lab, case, demand
from shell import wait_until

# An audit a second and a look to be sure. Half of all edits have to be put right within this, since
# an emulated machine that others share stands still for longer every now and then.
REPAIR_SECONDS = 6.0
# So long that whatever is put right before a deadline of the lab was found by the audit.
LOOK_EVERY = "5m"
# Longer than a repair takes.
UNREPAIRED_SECONDS = 3.0


@dataclass(frozen=True)
class Edit:
    """What a hand does to one service, as ipvsadm is told; `{}` stands for a server option."""

    what: str
    rules: tuple[str, ...]
    #: What Penstock has to say about it, as a regular expression.
    told: str
    #: What it takes to put it right, and no more.
    mended: tuple[str, ...]


WEIGHT = Edit(
    "a weight", ("-e {service} -r {rs2} -g -w 7",), r"12\]?:80 weight 1 -> 7", ("SET_DEST",))
EDITS = (
    WEIGHT,
    Edit("a server taken out", ("-d {service} -r {rs1}",), r"11\]?:80 is gone", ("NEW_DEST",)),
    Edit(
        "a server put in", ("-a {service} -r {other} -g -w 1",), r"99\]?:80 was added",
        ("SET_DEST", "DEL_DEST"),
    ),
    Edit(
        "the order", ("-d {service} -r {rs2}", "-a {service} -r {rs2} -g -w 1"),
        "the order was changed", ("DEL_DEST", "NEW_DEST"),
    ),
    Edit(
        "a forwarding", ("-e {service} -r {rs3} -i -w 1",), r"13\]?:80 forwarding dr -> tun",
        ("SET_DEST",),
    ),
    Edit("the scheduler", ("-E {service} -s rr",), r"scheduling mh\S* -> rr", ("SET_SERVICE",)),
)
# The flags of schedulers are in no cheap listing, so only the look every ten seconds shows them.
FLAGS = Edit(
    "the flags", ("-E {service} -s mh -b mh-port",), r"scheduling mh\S* -> mh\(mh-port\)",
    ("SET_SERVICE",),
)
# What the kernel is asked for by an option of ipvsadm.
COMMANDS = {"-e": "SET_DEST", "-d": "DEL_DEST", "-a": "NEW_DEST", "-E": "SET_SERVICE"}


def perform(director: Director, edit: Edit) -> None:
    """Edits the services of both families by hand."""
    lines = []
    for vip in VIPS:
        names = {name: destination(name, vip) for name in ("rs1", "rs2", "rs3")}
        names["other"] = destination("rs89", vip)
        service = f"-t {SERVICE[vip].removeprefix('TCP ')}"
        lines += [rule.format(service=service, **names) for rule in edit.rules]
    director.inside("ipvsadm", "-R", text="\n".join(lines) + "\n")


def own(director: Director) -> dict[str, ipvs.Listed]:
    """The services that are Penstock's, with everything that is to be kept."""
    listing = director.listing()
    return {key: listing[key] for key in SERVICE.values() if key in listing}


def expect_repaired(director: Director, wanted: dict[str, ipvs.Listed], what: str) -> float:
    """Waits for the table to be as it was and returns how long that took."""
    began = time.monotonic()

    def look() -> tuple[bool, dict[str, ipvs.Listed]]:
        return (seen := own(director)) == wanted, seen

    wait_until(f"{what} to be put right on {director.name}", look)
    return time.monotonic() - began


def edit_and_watch(director: Director, edit: Edit, before: dict[str, ipvs.Listed]) -> float:
    """Edits by hand, and has the edit put right and told; returns how long that took."""
    assert director.writes is not None
    offset, began = director.log_size(), time.monotonic()
    # Penstock must not meet half of it, or it would take another way to the same table.
    director.freeze()
    try:
        perform(director, edit)
    finally:
        director.thaw()
    spent = expect_repaired(director, before, edit.what)
    seen = Counter(write.command for write in director.writes.since(began))
    typed = [COMMANDS[rule.split()[0]] for rule in edit.rules]
    expected = Counter(len(VIPS) * [*typed, *edit.mended])
    demand(seen == expected, f"{edit.what}: {dict(seen)} was written, not {dict(expected)}")

    # Nobody but Penstock puts it back; its log may be a moment behind.
    def look() -> tuple[bool, str]:
        said = re.findall(f"someone changed .*{edit.told}", director.log_since(offset))
        return len(said) >= len(VIPS), f"the log says {said} about {len(VIPS)} VIPs"

    wait_until(f"word of {edit.what} in the log", look)
    return spent


@contextmanager
def rare_looks(lab: Lab, director: Director) -> Iterator[None]:
    """The whole table is read so rarely that only the audit can find anything."""
    with open(director.config, encoding="utf-8") as file:
        usual = file.read()
    rare = usual.replace("\nipvs:\n", f"\nipvs:\n  reconcile-every: {LOOK_EVERY}\n", 1)
    try:
        director.configure(lab.binary, rare)
        yield
    finally:
        director.configure(lab.binary, usual)


@case("hand edits: found by the audit within seconds, put right, order and all, and told")
def hand_edits(lab: Lab) -> str:
    lab.steady()
    before, foreign = own(lab.a), lab.a.foreign_services()
    for vip in VIPS:
        servers = [address for address, _ in before[SERVICE[vip]].weights]
        demand(servers == sorted(servers), f"the order is not canonical to begin with: {servers}")
    with rare_looks(lab, lab.a):
        spent = {edit.what: edit_and_watch(lab.a, edit, before) for edit in EDITS}
    usual = statistics.median(spent.values())
    demand(usual <= REPAIR_SECONDS, f"put right only after {usual:.1f} s as a rule: {spent}")
    spent[FLAGS.what] = edit_and_watch(lab.a, FLAGS, before)
    demand(lab.a.foreign_services() == foreign, "a foreign service was touched")
    told = ", ".join(f"{what} {seconds:.1f} s" for what, seconds in spent.items())
    lab.figures.append(f"hand edit to put right: {told}")
    return told


@case("control: while Penstock is frozen an edit stays; a foreign one stays anyway")
def edit_stays(lab: Lab) -> str | None:
    lab.steady()
    before = own(lab.a)
    with lab.frozen(lab.a):
        perform(lab.a, WEIGHT)
        time.sleep(UNREPAIRED_SECONDS)
        demand(own(lab.a) != before, "an edit that nobody repaired cannot be seen")
    expect_repaired(lab.a, before, WEIGHT.what)
    edit = ("ipvsadm", "-e", "-t", "198.51.100.7:8080", "-r", "10.20.0.11:8080", "-g", "-w")
    lab.a.inside(*edit, "4")
    try:
        time.sleep(UNREPAIRED_SECONDS)
        foreign = lab.a.table()["TCP 198.51.100.7:8080"].destinations
        demand(foreign["10.20.0.11:8080"] == 4, f"Penstock changed a foreign weight: {foreign}")
    finally:
        lab.a.inside(*edit, "3")
    return None


@case("ipvsadm -C by hand: all services back in one order within seconds")
def cleared(lab: Lab) -> str:
    lab.steady()
    before = own(lab.a)
    with rare_looks(lab, lab.a):
        lab.a.inside("ipvsadm", "-C")
        spent = expect_repaired(lab.a, before, "the whole table")
    lab.a.inside("ipvsadm", "-R", text=FOREIGN_IPVS)
    lab.figures.append(f"`ipvsadm -C` to put right: {spent:.1f} s")
    return f"{spent:.1f} s"
