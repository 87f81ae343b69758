"""Starts without what Penstock needs: a clear message, and it works once that appears; and, last
of all, that nothing foreign was touched on the way."""

from __future__ import annotations

import os
import re

from director import Director
from fabric import SERVICE, VIPS
from harness import BOTH, Lab, case, demand
from shell import wait_until


def expect_message(director: Director, offset: int, pattern: str) -> str:
    """Waits for a log line that names the socket and says what is wrong with it."""
    def look() -> tuple[bool, str]:
        lines = [
            line for line in director.log_since(offset).splitlines()
            if "bgpd.vty" in line and re.search(pattern, line, re.IGNORECASE)
        ]
        return bool(lines), lines[0] if lines else director.log_since(offset)[-600:]

    return wait_until(f"a message about bgpd.vty that matches /{pattern}/", look)


def expect_ipvs_without_bgp(lab: Lab) -> None:
    """What does not need bgpd is done meanwhile."""
    wait_until("the services in IPVS all the same", lambda: (
        all(SERVICE[vip] in lab.a.table() for vip in VIPS), str(sorted(lab.a.table()))))


@case("start with bgpd absent: says so, and announces once bgpd appears")
def bgpd_absent(lab: Lab) -> str:
    lab.steady()
    lab.a.stop_penstock()
    lab.a.kill_bgpd()
    lab.fabric.expect_announcers({"director-b"})
    os.unlink(lab.a.vty.path)
    offset = lab.a.log_size()
    lab.a.start_penstock(lab.binary)
    line = expect_message(lab.a, offset, r"not there|no such|missing|does not exist")
    expect_ipvs_without_bgp(lab)
    lab.a.start_bgpd()
    lab.fabric.expect_announcers(BOTH)
    return line[:160]


@case("start with bgpd's socket left over: says so, and announces once bgpd is back")
def bgpd_crashed(lab: Lab) -> str:
    lab.steady()
    lab.a.stop_penstock()
    lab.a.kill_bgpd()
    lab.fabric.expect_announcers({"director-b"})
    offset = lab.a.log_size()
    lab.a.start_penstock(lab.binary)
    line = expect_message(lab.a, offset, r"left over|not running|refused")
    lab.a.start_bgpd()
    lab.fabric.expect_announcers(BOTH)
    return line[:160]


@case("start with a socket without permission: says so, and announces once it is allowed")
def bgpd_forbidden(lab: Lab) -> str:
    lab.steady()
    # bgpd restarts first: a warm bgpd would still announce what it was told before.
    lab.a.stop_penstock()
    lab.a.kill_bgpd()
    lab.fabric.expect_announcers({"director-b"})
    lab.a.start_bgpd()
    # Its group is what lets Penstock in; without it, connect(2) is refused with EACCES.
    os.chmod(lab.a.vty.path, 0o700)
    offset = lab.a.log_size()
    lab.a.start_penstock(lab.binary)
    line = expect_message(lab.a, offset, r"not allowed|permission|not permitted|denied")
    expect_ipvs_without_bgp(lab)
    demand(
        lab.fabric.announcers(VIPS[0]) == {"director-b"},
        "control: the VIP is announced although the socket is closed to Penstock",
    )
    os.chmod(lab.a.vty.path, 0o770)
    lab.fabric.expect_announcers(BOTH)
    return line[:160]


@case("foreign IPVS services and foreign networks untouched throughout")
def foreign_untouched(lab: Lab) -> str:
    for director in lab.fabric.directors:
        services, configuration = lab.foreign[director.name]
        now = director.foreign_services()
        demand(now == services, f"{director.name}: foreign services were {services}, are {now}")
        text = director.operator_configuration()
        demand(
            text == configuration,
            f"{director.name}: bgpd had\n{configuration}\n--- has\n{text}",
        )
    # The control: the comparison does notice a foreign weight changed by hand.
    edit = ("ipvsadm", "-e", "-t", "198.51.100.7:8080", "-r", "10.20.0.11:8080", "-w")
    lab.b.inside(*edit, "4")
    changed = lab.b.foreign_services() != lab.foreign[lab.b.name][0]
    lab.b.inside(*edit, "3")
    demand(changed, "control: a changed foreign weight went unnoticed")
    count = sum(len(services) for services, _ in lab.foreign.values())
    return f"{count} foreign services, 4 foreign networks"
