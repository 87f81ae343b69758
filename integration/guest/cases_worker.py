"""The process that makes the probes: killed, stopped, and with programs to run that mean harm."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

from cases_drain import traffic
from cases_health import lines
from director import Director
from harness import Lab, case, demand
from sampler import family
from shell import read, wait_until

NAME_OF_WORKER = "penstock-probe"
KILLS = 10
KILL_SECONDS = 0.5
GONE = "the probe worker is gone; servers are held to be as they were last seen"
# Several rounds of checks after the last one.
AFTER_SECONDS = 6.0

VIP, NAME_OF_VIP = "203.0.113.61", "programs"
SWITCH = "/tmp/lab-program-is-down"
STRAY = "/tmp/lab-program-stray"
# Service, script, and the results that it may have.
PROGRAMS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("well", "echo fine", ("L7OK",)),
    ("switched", f"test ! -e {SWITCH}", ("L7OK",)),
    ("silent", "sleep 600", ("L7TOUT",)),
    ("stubborn", "trap : TERM INT HUP; while :; do sleep 1; done", ("L7TOUT",)),
    ("endless", "yes", ("L7TOUT",)),
    ("closed", "exec >&- 2>&-; exec sleep 600", ("L7TOUT",)),
    ("many", "for i in 1 2 3 4 5 6 7 8 9; do sleep 600 & done; wait", ("L7TOUT",)),
    # One buffer of four times what it may have.
    ("greedy", "dd if=/dev/zero of=/dev/null bs=256M count=1", ("L7STS",)),
    ("astray", f"setsid sh -c 'echo $$ > {STRAY}; exec sleep 600' & sleep 0.2; exit 3",
     ("L7STS",)),
)


def workers(director: Director) -> list[int]:
    """The processes of that name below Penstock; those that have ended are not there."""
    return [
        pid for pid in family(director.penstock_pid())
        if read(f"/proc/{pid}/comm").strip() == NAME_OF_WORKER
        and read(f"/proc/{pid}/stat").rpartition(") ")[2][0] != "Z"
    ]


def the_worker(director: Director) -> int:
    """The one that there is, once there is one."""
    found: list[int] = []

    def look() -> tuple[bool, str]:
        found[:] = workers(director)
        return len(found) == 1, f"workers: {found}"

    wait_until("one probe worker", look, every=0.02)
    return found[0]


def told(director: Director) -> dict[str, Any]:
    """What Penstock says of it."""
    status: dict[str, Any] = director.status().get("probeWorker", {})
    return status


def restarts(director: Director) -> int:
    return int(told(director).get("restarts", 0))


def another(director: Director, former: int) -> None:
    wait_until("another probe worker that answers", lambda: (
        told(director).get("running") is True and workers(director) not in ([], [former]),
        str(told(director))))


@case("the probe worker killed in a loop, under load: no route, no weight, no request")
def killed(lab: Lab) -> str:
    lab.steady()
    offset, before = lab.a.log_size(), restarts(lab.a)
    with traffic(lab) as seen:
        began, updates = time.monotonic(), lab.fabric.updates()
        for _ in range(KILLS):
            os.kill(the_worker(lab.a), signal.SIGKILL)
            time.sleep(KILL_SECONDS)
        wait_until("a probe worker that answers", lambda: (
            told(lab.a).get("running") is True, str(told(lab.a))))
        time.sleep(AFTER_SECONDS)
        lab.untouched_since(began, updates, lab.a)
    count = restarts(lab.a) - before
    demand(count == KILLS, f"{KILLS} killed, {count} restarts told: {told(lab.a)}")
    demand("signal 9" in told(lab.a).get("lastEnd", ""), f"it says {told(lab.a)}")
    gone = [line for line in lines(lab.a, offset) if line["msg"] == GONE]
    demand(len(gone) == KILLS, f"{len(gone)} ends in the log")
    screen = lab.a.penstock(lab.binary, "status", check=False)
    demand("probe worker: " in screen, f"`status` is silent about it:\n{screen}")
    ok, metrics = lab.a.get("/metrics")
    demand(ok and "penstock_probe_worker_up 1" in metrics, "its metric is not 1")
    downs = [line["msg"] for line in lines(lab.a, offset) if " is down" in line["msg"]]
    demand(not downs, f"servers were judged by it: {downs}")
    return f"{KILLS} killed, {count} restarts; {seen.demand_whole()}"


@case("the probe worker stopped by SIGSTOP: it is replaced, no route changes")
def stopped(lab: Lab) -> str:
    lab.steady()
    before = restarts(lab.a)
    former = the_worker(lab.a)
    with traffic(lab) as seen:
        began, updates = time.monotonic(), lab.fabric.updates()
        os.kill(former, signal.SIGSTOP)
        another(lab.a, former)
        spent = time.monotonic() - began
        time.sleep(AFTER_SECONDS)
        lab.untouched_since(began, updates, lab.a)
    demand(restarts(lab.a) == before + 1, f"it says {told(lab.a)}")
    demand("did not answer" in told(lab.a).get("lastEnd", ""), f"it says {told(lab.a)}")
    return f"replaced after {spent:.1f} s; {seen.demand_whole()}"


def configuration() -> str:
    services = "\n".join(
        f"      - {{ name: {name}, listen: {8101 + number}/tcp, backends: [10.20.9.2], gate: false,"
        f" checks: [{{ type: exec, command: [/bin/sh, -c, \"{script}\"], memory-mib: 64, every: 3s,"
        " timeout: 2s, rise: 1, fall: 1 }] }"
        for number, (name, script, _) in enumerate(PROGRAMS)
    )
    return f"""\
  - name: {NAME_OF_VIP}
    address: {VIP}
    advertise: {{ hold-up: 0s, damping: off }}
    services:
      - {{ name: anything, listen: 80/tcp, backends: [10.20.9.2], checks: [{{ type: exec,
          command: [/bin/true] }}] }}
{services}
"""


def results(director: Director, name: str = NAME_OF_VIP) -> dict[str, tuple[str, str]]:
    """The health and the last result of the one server of each service of a VIP, by the service."""
    for vip in director.status()["vips"]:
        if vip["name"] == name:
            return {
                service["name"]: (backend["health"], backend["check"])
                for service in vip["services"] for backend in service["backends"]
            }
    return {}


def expect(
    director: Director, wanted: dict[str, tuple[str, tuple[str, ...]]], vip: str = NAME_OF_VIP,
) -> None:
    """Waits until each service's server has a health, and a result of one of these codes."""
    def look() -> tuple[bool, str]:
        found = results(director, vip)
        wrong = {
            name: found.get(name) for name, (health, codes) in wanted.items()
            if name not in found or not found[name][0].startswith(health)
            or not found[name][1].startswith(codes)
        }
        return not wrong, f"not as wanted: {wrong}"

    wait_until(f"the results of {vip}", look)


@case("programs as checks: up, down, and every misdeed fails its own check and nothing else")
def programs(lab: Lab) -> str:
    lab.steady()
    with open(lab.a.config, encoding="utf-8") as file:
        usual = file.read()
    wanted = {
        name: ("up" if codes == ("L7OK",) else "down", codes) for name, _, codes in PROGRAMS
    }
    before = restarts(lab.a)
    try:
        lab.a.configure(lab.binary, usual + configuration())
        expect(lab.a, wanted)
        lab.fabric.expect_announcers({lab.a.name}, (VIP,))
        updates = lab.fabric.updates()
        with open(SWITCH, "w", encoding="utf-8"):
            pass
        expect(lab.a, wanted | {"switched": ("down", ("L7STS",))})
        os.unlink(SWITCH)
        expect(lab.a, wanted)
        stray = int(read(STRAY))
        wait_until("the program that left its group to be ended", lambda: (
            not os.path.exists(f"/proc/{stray}"), f"{stray} is there"))
        demand(lab.fabric.updates() == updates, "a route changed")
        demand(restarts(lab.a) == before, f"the worker was replaced: {told(lab.a)}")
        found = results(lab.a)
    finally:
        lab.a.configure(lab.binary, usual)
        for path in (SWITCH, STRAY):
            if os.path.exists(path):
                os.unlink(path)
    lab.fabric.expect_announcers(set(), (VIP,))
    wait_until("no program to be left", lambda: (
        len(family(the_worker(lab.a))) == 1, str(family(the_worker(lab.a)))))
    return "; ".join(f"{name} {said}" for name, (_, said) in found.items() if name in wanted)
