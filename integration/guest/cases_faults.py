"""Faults of those who check and of those who are checked: a Penstock that stands still, and servers
that do their worst beside ten thousand others."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from cases_drain import traffic
from cases_health import lines
from director import Director
from farm import NAME, Farm
from harness import Lab, case, demand
from hostile_worker import DATAGRAM_MISDEEDS, FIRST_PORT, MISDEEDS
from sampler import family, tcp_count
from shell import ip_batch, wait_until
from worker import Program

STOPPED_SECONDS = 60.0
# Several rounds of checks after it goes on.
AFTER_SECONDS = 10.0
STOOD_STILL = "the process did not run for a while; failures of probes under way are discarded"

HOSTILE = "10.20.9.1"
# Nobody has it: what is sent there is not answered, not even by its neighbour.
NOBODY = "10.20.9.99"
TIMEOUT_SECONDS = 2
# A check may be told late by this much on an emulated machine that does a hundred a second.
GRACE_SECONDS = 1.5
ORDINARY = 10_000
ADDRESSES, DEFINITIONS = 1000, 10
EVERY_SECONDS = 120
LATE = "probes start later than their interval; allow more at once, or check less often"
LOAD_DEADLINE = 240.0


@case("SIGSTOP of Penstock for a minute and SIGCONT, under load: no route, no weight, no request")
def stopped(lab: Lab) -> str:
    lab.steady()
    offset = lab.a.log_size()
    pids = family(lab.a.penstock_pid())
    with traffic(lab) as seen:
        began, updates = time.monotonic(), lab.fabric.updates()
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            time.sleep(STOPPED_SECONDS)
        finally:
            for pid in pids[1:]:
                os.kill(pid, signal.SIGCONT)
            lab.a.thaw()
        wait_until("the log to tell of it", lambda: (
            any(line["msg"] == STOOD_STILL for line in lines(lab.a, offset)), "it does not"))
        time.sleep(AFTER_SECONDS)
        lab.untouched_since(began, updates, lab.a)
    demand(lab.a.get("/readyz")[0], "it is not ready afterwards")
    downs = [line["msg"] for line in lines(lab.a, offset) if " is down" in line["msg"]]
    demand(not downs, f"servers were judged by it: {downs}")
    return seen.demand_whole()


VILLAIN_VIP, VILLAIN_NAME = "203.0.113.60", "villains"
FIRST_ORDINARY_VIP = 100
# What checks each misdeed, in the order of the ports, and by which results it may fail.
KINDS: tuple[tuple[str, str], ...] = (
    ("type: http, path: /", "L7TOUT|L7RSP"),
    ("type: http, path: /, expect: { body: here }", "L7TOUT|L7RSP"),
    ("type: http, path: /", "L7RSP"),
    ("type: http, path: /", "L7RSP"),
    ("type: http, path: /", "L4CON|L7RSP"),
    ("type: http, path: /", "L7RSP"),
    ("type: http, path: /", "L7TOUT"),
    ("type: tls", "L6TOUT"),
    ("type: http, version: 2, path: /", "L7RSP"),
    ("type: http, version: 2, path: /", "L7RSP"),
    ("type: http, version: 2, path: /, expect: { body: here }", "L7TOUT|L7RSP"),
    ("type: grpc", "L7TOUT|L7RSP"),
    ("type: grpc", "L7RSP"),
    ("type: dns, query: example.org A, transport: tcp", "L7TOUT|L7RSP"),
    ("type: tls", "L6RSP"),
    ("type: dns, query: example.org A", "L7TOUT|L7RSP"),
    ("type: udp, send: ping, expect: pong", "L7TOUT|L7RSP"),
    ("type: dns, query: example.org A", "L7TOUT|L7RSP"),
)


def services() -> Iterator[tuple[str, str, str]]:
    """The hostile services: name, how it may fail, and its lines in a configuration."""
    misdeeds = [*MISDEEDS, *DATAGRAM_MISDEEDS]
    for number, (misdeed, (check, codes)) in enumerate(zip(misdeeds, KINDS, strict=True)):
        name = f"{misdeed.__name__.replace('_', '-')}-{number}"
        yield name, codes, hostile_service(name, number, check, HOSTILE, FIRST_PORT + number)
    yield "nobody", "L4TOUT|L4CON", hostile_service(
        "nobody", len(KINDS), "type: tcp", NOBODY, FIRST_PORT)


def hostile_service(name: str, number: int, check: str, address: str, port: int) -> str:
    return (f"      - {{ name: {name}, listen: {8001 + number}/tcp, backends: [{address}],"
            f" checks: [{{ {check}, port: {port}, every: 3s, timeout: {TIMEOUT_SECONDS}s,"
            f" rise: 1, fall: 1 }}] }}")


def crowd() -> str:
    """Ten thousand targets: a thousand addresses, each with ten checks that differ in their limit."""
    backends = ", ".join(f"10.20.{4 + number // 250}.{1 + number % 250}"
                         for number in range(ADDRESSES))
    lines = []
    for number in range(DEFINITIONS):
        lines += [
            f"  - name: crowd-{number}",
            f"    address: 203.0.113.{FIRST_ORDINARY_VIP + number}",
            "    services:",
            f"      - {{ name: http, listen: 80/tcp, backends: [{backends}], checks: [{{ type: tcp,"
            f" every: {EVERY_SECONDS}s, timeout: {5000 + number}ms, rise: 1, fall: 1 }}] }}",
        ]
    return "\n".join(lines) + "\n"


@contextmanager
def villains() -> Iterator[None]:
    """The hostile servers, in the farm."""
    Farm.shared()
    ip_batch([f"addr add {HOSTILE}/32 dev eth0"], NAME)
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "hostile_worker.py")
    program = Program(f"/run/netns/{NAME}", sys.executable, script)
    try:
        program.say(f"listen {HOSTILE}")
        yield
    finally:
        program.kill()
        ip_batch([f"addr del {HOSTILE}/32 dev eth0"], NAME)


@contextmanager
def ten_thousand(lab: Lab) -> Iterator[Director]:
    """The first director with ten thousand targets more, all of them up, and the hostile ones."""
    director = lab.a
    with open(director.config, encoding="utf-8") as file:
        usual = file.read()
    try:
        director.configure(lab.binary, usual + crowd())
        wait_until("ten thousand real servers with a weight", lambda: (
            alive(director) == ORDINARY, f"{alive(director)} have one"), LOAD_DEADLINE, every=5)
        hostile_vip = f"  - name: {VILLAIN_NAME}\n    address: {VILLAIN_VIP}\n    services:\n"
        director.configure(lab.binary, usual + crowd() + hostile_vip
                           + "\n".join(lines for _, _, lines in services()) + "\n")
        yield director
    finally:
        director.configure(lab.binary, usual)
        wait_until("the table to be as it was", lambda: (
            alive(director) == 0, f"{alive(director)} are left"), LOAD_DEADLINE, every=5)


def alive(director: Director) -> int:
    """How many of the ten thousand have a weight, in the kernel's table.

    A service of a thousand is more than one reading of /proc/net/ip_vs is sure to hold."""
    return sum(
        weight > 0
        for key, service in director.listing().items()
        if re.match(r"TCP 203\.0\.113\.1\d\d:80$", key)
        for _, weight in service.weights
    )


def judged(director: Director) -> tuple[bool, dict[str, tuple[str, float]]]:
    """Whether every hostile server is down by a result it may have: the result, and its seconds."""
    found: dict[str, tuple[str, float]] = {}
    document = json.loads(director.get(f"/v1/vips/{VILLAIN_NAME}")[1])
    codes = {name: pattern for name, pattern, _ in services()}
    good = True
    for service in document.get("services", []):
        for backend in service["backends"]:
            code = backend["check"].split()[0] if backend["check"] else "none"
            found[service["name"]] = (code, backend.get("checkMilliseconds", 0) / 1000)
            good = good and backend["health"] == "down" and bool(
                re.fullmatch(codes[service["name"]], code))
    return good and len(found) == len(codes), found


def answered() -> int:
    """Connections to the farm since it was made: accepted (RFC 1213), or reset once the kernel had
    answered, as a plain check does."""
    where = f"/run/netns/{NAME}"
    return tcp_count(where, "PassiveOpens") + tcp_count(where, "EmbryonicRsts", "TcpExt")


@case("hostile servers fail their own check on time, and ten thousand others stay on schedule")
def hostile(lab: Lab) -> str:
    lab.steady()
    with villains(), ten_thousand(lab) as director:
        offset, before, began = director.log_size(), answered(), time.monotonic()
        codes = wait_until("every hostile server to be judged", lambda: judged(director))
        for name, (code, seconds) in codes.items():
            demand(seconds <= TIMEOUT_SECONDS + GRACE_SECONDS, f"{name}: {code} after {seconds} s")
        # Long enough for each of the ten thousand to have its turn beside them.
        time.sleep(max(0, began + EVERY_SECONDS * 1.2 - time.monotonic()))
        late = [line for line in lines(director, offset) if line["msg"] == LATE]
        demand(not late, f"probes were late: {late}")
        demand(alive(director) == ORDINARY, f"{alive(director)} of {ORDINARY} others are up")
        turns = answered() - before
        demand(turns >= ORDINARY, f"only {turns} turns of {ORDINARY} servers")
    return f"{turns} turns; " + ", ".join(f"{name} {code}" for name, (code, _) in codes.items())
