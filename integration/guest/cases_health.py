"""Health: a crash is noticed when it happens, and confirmed by probes before it counts."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from director import Director
from farm import NAME, Farm, address
from harness import Lab, case, demand
from shell import ip_batch, wait_until
from worker import Worker

VIP, NAME_OF_VIP = "203.0.113.30", "watched"
KEY = f"TCP {VIP}:80"
PORT = 8081
# So relaxed that whoever acts within a second did not wait for it.
EVERY_SECONDS = 5
SERVERS = (1, 2, 3)
CALL = "connections of sentinels ended; their servers are probed now"
EVIDENCE = "probed at once because the sentinel's connection ended"
LOST = "the kernel tells of something lost; the servers behind it are probed now"
CLOSING = "servers close connections that say nothing; such an end asks for no probe"
# Several intervals: long enough for a storm to show.
WATCH_SECONDS = 30.0


def endpoint(number: int) -> str:
    """As it stands in the table."""
    return f"{address(number, 4)}:80"


def checked(number: int) -> str:
    """As it is probed."""
    return f"{address(number, 4)}:{PORT}"


def configuration(sentinel: bool) -> str:
    """One more VIP; everything but the interval is what a check has by itself."""
    check = (
        f"{{ type: tcp, port: {PORT}, every: {EVERY_SECONDS}s, fast-every: 500ms, timeout: 2s,"
        f" rise: 1, fall: 3, sentinel: {str(sentinel).lower()} }}"
    )
    backends = ", ".join(address(number, 4) for number in SERVERS)
    return f"""\
  - name: {NAME_OF_VIP}
    address: {VIP}
    advertise: {{ hold-up: 0s, damping: off }}
    services:
      - {{ name: http, listen: 80/tcp, checks: [{check}], backends: [{backends}] }}
"""


@contextmanager
def served(lab: Lab, sentinel: bool, idle: float = 0) -> Iterator[dict[int, Worker]]:
    """The VIP on the first director, with a process for each of its real servers."""
    Farm.shared()
    director = lab.a
    servers: dict[int, Worker] = {}
    with open(director.config, encoding="utf-8") as file:
        usual = file.read()
    try:
        for number in SERVERS:
            servers[number] = Worker(f"/run/netns/{NAME}", "patient_worker.py")
            servers[number].say(
                {"op": "listen", "address": address(number, 4), "port": PORT, "idle": idle})
        director.configure(lab.binary, usual + configuration(sentinel))
        wait_until("every server to have a weight", lambda: all_weigh(director))
        lab.fabric.expect_announcers({director.name}, (VIP,))
        yield servers
    finally:
        director.configure(lab.binary, usual)
        for server in servers.values():
            server.kill()
        lab.fabric.expect_announcers(set(), (VIP,))
        # What comes next may count writes, and this is the last one for this VIP.
        wait_until("the VIP's service to be let go", lambda: (
            KEY not in director.table(), f"{KEY} is in the table"))


def all_weigh(director: Director) -> tuple[bool, str]:
    weights = {number: director.weight(KEY, endpoint(number)) for number in SERVERS}
    return all((weight or 0) > 0 for weight in weights.values()), str(weights)


def sentinels(director: Director) -> dict[str, dict[str, Any]]:
    """What Penstock says of its sentinels, by the real server's address and port."""
    for vip in director.status()["vips"]:
        if vip["name"] == NAME_OF_VIP:
            return {
                backend["endpoint"]: backend.get("sentinel", {})
                for service in vip["services"] for backend in service["backends"]
            }
    return {}


def watching(director: Director) -> tuple[bool, str]:
    states = {name: each.get("state") for name, each in sentinels(director).items()}
    return set(states.values()) == {"watching"}, str(states)


def lines(director: Director, offset: int) -> list[dict[str, Any]]:
    """What Penstock has logged since."""
    return [
        json.loads(line) for line in director.log_since(offset).splitlines()
        if line.startswith("{")
    ]


def verdict(director: Director, offset: int, number: int) -> str:
    """What was logged when a server was judged to be down."""
    def look() -> tuple[bool, str]:
        said = [
            each["msg"] for each in lines(director, offset)
            if each["msg"].startswith(f"{checked(number)} is down")
        ]
        return len(said) == 1, said[0] if said else "nothing"

    return wait_until(f"{checked(number)} to be judged down", look)


def kill(lab: Lab, server: Worker, number: int) -> tuple[float, str]:
    """Kills a server's process; the seconds until its weight was written, and what was said."""
    director = lab.a
    assert director.writes is not None
    offset, killed = director.log_size(), time.monotonic()
    server.kill()
    wait_until(f"{endpoint(number)} to have weight 0", lambda: (
        director.weight(KEY, endpoint(number)) == 0,
        str(director.weight(KEY, endpoint(number))),
    ), every=0.02)
    written = [
        write.at for write in director.writes.since(killed) if write.command == "SET_DEST"
    ]
    demand(len(written) == 1, f"{len(written)} writes for one server")
    return written[0] - killed, verdict(director, offset, number)


@case("sentinel: killed servers get weight 0 long before the next poll, the last one's VIP is gone")
def crash(lab: Lab) -> str:
    lab.steady()
    with served(lab, sentinel=True) as servers:
        wait_until("every sentinel to watch", lambda: watching(lab.a))
        began = time.monotonic()
        spent = []
        for number in SERVERS:
            last = time.monotonic()
            seconds, said = kill(lab, servers[number], number)
            spent.append(seconds)
            # The judgement names who asked for the probes that led to it.
            demand(EVIDENCE in said, f"not by its sentinel: {said}")
            demand("L4CON" in said, f"judged by something else than a probe: {said}")
        lab.fabric.expect_announcers(set(), (VIP,))
        gone = [event.at for event in lab.fabric.routes.since(began, VIP) if event.gone]
        demand(len(gone) == 1, f"the router saw {len(gone)} removals")
        off = {name: each.get("state") for name, each in sentinels(lab.a).items()}
        demand(set(off.values()) == {"off"}, f"sentinels of servers that are down: {off}")
    text = ", ".join(f"{each * 1000:.0f} ms" for each in spent)
    withdrawn = f"{(gone[0] - last) * 1000:.0f} ms"
    lab.figures.append(
        f"sentinel, checks every {EVERY_SECONDS} s: from kill -9 of a real server to weight 0"
        f" {text}; of the last one to its VIP's route gone at the router {withdrawn}"
    )
    return f"weight 0 after {text}; route gone after {withdrawn}"


@case("control: without a sentinel a killed server is found by polling")
def crash_unwatched(lab: Lab) -> str:
    lab.steady()
    with served(lab, sentinel=False) as servers:
        demand(not any(sentinels(lab.a).values()), "there are sentinels nobody asked for")
        offset = lab.a.log_size()
        seconds, said = kill(lab, servers[1], 1)
        demand("L4CON" in said and EVIDENCE not in said, f"judged otherwise: {said}")
        calls = [each for each in lines(lab.a, offset) if each["msg"] == CALL]
        demand(not calls, f"sentinels called: {calls}")
    lab.figures.append(
        f"the same without a sentinel, checks every {EVERY_SECONDS} s: {seconds * 1000:.0f} ms"
    )
    return f"weight 0 after {seconds * 1000:.0f} ms"


@case("sentinel: servers that close idle connections each second stay up, and are not stormed")
def impatient(lab: Lab) -> str:
    lab.steady()
    offset, began = lab.a.log_size(), time.monotonic()
    with served(lab, sentinel=True, idle=1.0) as servers:
        assert lab.a.writes is not None
        up = time.monotonic()
        time.sleep(WATCH_SECONDS)
        writes = lab.a.writes.since(up)
        demand(not writes, f"{len(writes)} writes although nobody failed")
        accepted = {number: int(each.say({"op": "count"})) for number, each in servers.items()}
        span = time.monotonic() - began
        states = sentinels(lab.a)
    said = lines(lab.a, offset)
    for number in SERVERS:
        limit = states[endpoint(number)].get("idleLimitSeconds")
        demand(limit is not None and 0.7 < limit < 2, f"{endpoint(number)}: idle limit {limit}")
    demand(any(each["msg"] == CLOSING for each in said), "the log does not tell of it")
    # Two ends teach it; on an emulated machine a few come at an age of their own.
    calls = [each for each in said if each["msg"] == CALL]
    most = len(SERVERS) * (2 + span / EVERY_SECONDS / 2)
    demand(0 < len(calls) <= most, f"probes were asked for {len(calls)} times, at most {most:.0f}")
    # One probe and one connection for each interval, and the burst of the first connections.
    most = 2 * (span / EVERY_SECONDS + 1) * 1.3 + 10
    demand(max(accepted.values()) <= most, f"{accepted} connections, at most {most:.0f}")
    return f"{span:.0f} s, connections accepted: {accepted}, calls for a probe: {len(calls)}"


@case("a lost carrier: every server behind it is probed at once, and judged by that")
def carrier(lab: Lab) -> str:
    lab.steady()
    wire = lab.a.wires[1]
    with served(lab, sentinel=False):
        # Long enough for the ways to these servers to be learnt.
        time.sleep(5)
        offset, lost = lab.a.log_size(), time.monotonic()
        ip_batch([f"link set {wire} down"])
        try:
            def look() -> tuple[bool, str]:
                said = [each for each in lines(lab.a, offset) if each["msg"] == LOST]
                return bool(said), str(said)

            wait_until("word of the lost link in the log", look, every=0.02)
            spent = time.monotonic() - lost
            said = verdict(lab.a, offset, 1)
            demand("L4" in said, f"judged by something else than a probe: {said}")
            lab.fabric.expect_announcers(set(), (VIP,))
        finally:
            ip_batch([f"link set {wire} up"])
        wait_until("every server to have a weight", lambda: all_weigh(lab.a))
        lab.fabric.expect_announcers({lab.a.name}, (VIP,))
    return f"probed {spent * 1000:.0f} ms after the carrier was lost; {said}"
