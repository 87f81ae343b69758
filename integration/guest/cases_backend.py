"""Real servers at run time: drained without a lost request, kept over restarts, handed over."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from director import Director
from fabric import PORT, SERVERS, SERVICE, VIP4, VIP6, VIPS, destination, server_address
from harness import BOTH, Lab, case, demand
from shell import network_namespace, wait_until

NAMES = {VIP4: "web", VIP6: "web-v6"}
# Long enough to be under way while a drain begins, and for its end to be seen.
SLOW_SECONDS = 6
# Longer than any request of the load takes.
REQUEST_SECONDS = 2.0


def targets(server: str) -> list[str]:
    """A real server in both services, as an operator names it."""
    return [f"{NAMES[vip]}/{server_address(server, vip)}" for vip in VIPS]


@contextmanager
def orders(lab: Lab, *directors: Director) -> Iterator[None]:
    """Whatever is ordered inside is forgotten at the end, however it ends."""
    try:
        yield
    finally:
        for director in directors:
            for server in SERVERS:
                director.penstock(lab.binary, "backend", "auto", *targets(server), check=False)


class HeldRequests:
    """Requests whose answers take long, each on a connection of its own.

    Each is read, and closed, as soon as its answer is there: a director sees the end of a
    connection only when the client says so.
    """

    def __init__(self, count: int, seconds: float) -> None:
        self.path = f"/slow/{int(seconds * 1000)}"
        sockets = []
        with network_namespace("/run/netns/client"):
            for _ in range(count):
                sockets.append(socket.create_connection((VIP4, PORT), 10))
        self.pool = ThreadPoolExecutor(max_workers=count)
        self.reads = [self.pool.submit(self._ask, each) for each in sockets]

    def _ask(self, connection: socket.socket) -> str:
        connection.settimeout(30)
        received = b""
        try:
            connection.sendall(f"GET {self.path} HTTP/1.1\r\nHost: {VIP4}\r\n\r\n".encode())
            while chunk := connection.recv(4096):
                received += chunk
        except OSError:
            received = b""
        connection.close()
        return received.partition(b"\r\n\r\n")[2].decode().strip()

    def answers(self) -> list[str]:
        """Who answered each; an empty text for one that was cut off."""
        names = [each.result() for each in self.reads]
        self.pool.shutdown()
        return names


def active(director: Director, server: str) -> int:
    """Active connections to a real server through a director, by the kernel's word."""
    # Columns of /proc/net/ip_vs: address, method, weight, active, inactive. With the port: another
    # service has the same servers on other ports, and which one is listed first is chance.
    own = f"{socket.inet_aton(server_address(server, VIP4)).hex().upper()}:{PORT:04X}"
    for line in director.inside("cat", "/proc/net/ip_vs").splitlines():
        words = line.split()
        if len(words) >= 6 and words[:2] == ["->", own]:
            return int(words[4])
    return 0


@case("backend drain of one real server under load: waits for its connections, loses no request")
def backend_drain(lab: Lab) -> str:
    lab.steady()
    updates, began = lab.fabric.updates(), time.monotonic()
    with orders(lab, lab.a, lab.b), lab.load() as load:
        held = HeldRequests(12, SLOW_SECONDS)
        time.sleep(1)
        before = active(lab.a, "rs3") + active(lab.b, "rs3")
        spent = []
        for director in lab.fabric.directors:
            start = time.monotonic()
            director.penstock(
                lab.binary, "backend", "drain", *targets("rs3"), "--wait", "--reason", "lab")
            spent.append(time.monotonic() - start)
            left = active(director, "rs3")
            demand(left == 0, f"{director.name}: {left} connections when the wait ended")
        for director in lab.fabric.directors:
            lab.expect_weights(director, set(SERVERS) - {"rs3"})
        drained = time.monotonic()
        time.sleep(3)
        answered = held.answers()
    demand(before > 0, "control: no connection of a held request went to rs3")
    demand("" not in answered, f"held requests were cut off: {answered}")
    demand("rs3" in answered, f"rs3 answered none of the held requests: {answered}")
    demand(not load.ledger.failed(), f"requests failed: {load.ledger.summary()}")
    late = [r for r in load.ledger.records if r.at > drained and r.server == "rs3"]
    demand(not late, f"rs3 still got {len(late)} new requests")
    demand(not lab.fabric.routes.since(began), "the router's routes changed")
    heard = lab.fabric.updates() - updates
    demand(heard == 0, f"the router received {heard} BGP UPDATEs")
    times = " and ".join(f"{each:.1f} s" for each in spent)
    return f"{before} connections ended within {times}; {load.ledger.summary()}"


@case("backend drain --wait with connections that do not end: exit code 4 and a word of why")
def backend_deadline(lab: Lab) -> str:
    lab.steady()
    with orders(lab, lab.a, lab.b):
        held = HeldRequests(16, 2 * SLOW_SECONDS)
        time.sleep(1)
        busy = next((s for s in SERVERS if active(lab.a, s) > 0), "")
        demand(busy != "", "control: no held connection goes through director-a")
        status, text = lab.a.attempt(
            lab.binary, "backend", "drain", targets(busy)[0], "--wait", "--timeout", "3s")
        demand(status == 4, f"it ended with {status}: {text}")
        demand("active connection" in text, f"it does not say what is left: {text}")
        answered = held.answers()
    demand("" not in answered, f"held requests were cut off: {answered}")
    lab.steady()
    return text.strip().splitlines()[-1]


@case("a drained real server, and a weight, survive a restart of Penstock: nothing is written")
def backend_kept(lab: Lab) -> str | None:
    lab.steady()
    with orders(lab, lab.a):
        lab.a.penstock(lab.binary, "backend", "drain", *targets("rs3"), "--reason", "disk swap")
        lab.a.penstock(lab.binary, "backend", "weight", f"web/http/{server_address('rs2', VIP4)}",
                       "3", "--for", "2h")
        lab.expect_weights(lab.a, set(SERVERS) - {"rs3"})
        expect_weight(lab, "rs2", 3)
        updates = lab.fabric.updates()
        lab.a.stop_penstock()
        began = time.monotonic()
        lab.a.start_penstock(lab.binary)
        lab.wait_ready(lab.a)
        time.sleep(3)
        lab.untouched_since(began, updates, lab.a)
        lab.expect_weights(lab.a, set(SERVERS) - {"rs3"})
        expect_weight(lab, "rs2", 3)
        shown = lab.a.penstock(lab.binary, "status")
        demand("disk swap" in shown, f"the reason is not shown: {shown}")
    lab.steady()
    expect_weight(lab, "rs2", 1)
    return None


def expect_weight(lab: Lab, server: str, weight: int) -> None:
    """Waits until a real server of the IPv4 service has this weight on director-a."""
    wait_until(f"{server} to have weight {weight}", lambda: (
        lab.a.weight(SERVICE[VIP4], destination(server, VIP4)) == weight,
        f"weight {lab.a.weight(SERVICE[VIP4], destination(server, VIP4))}",
    ))


@case("backend drain below the quorum: withdrawn first, then weight 0, no request lost")
def backend_quorum(lab: Lab) -> str:
    lab.steady()
    # On both: where two directors differ about a server, a request that is under way while its flow
    # moves from one to the other meets another server, whatever either of them does.
    with orders(lab, *lab.fabric.directors), lab.load() as load:
        for director in lab.fabric.directors:
            director.penstock(lab.binary, "backend", "drain", *targets("rs3"), "--wait")
        began = time.monotonic()
        _, said = lab.a.attempt(lab.binary, "backend", "drain", *targets("rs2"))
        lab.fabric.expect_announcers({"director-b"})
        lab.expect_weights(lab.a, {"rs1"})
        spent = time.monotonic() - began
        lab.b.penstock(lab.binary, "backend", "auto", *targets("rs3"))
        lab.expect_weights(lab.b, set(SERVERS))
        # Requests that began before that end where they began; later ones may move.
        time.sleep(REQUEST_SECONDS)
        lab.a.penstock(lab.binary, "backend", "auto", *targets("rs2"), *targets("rs3"))
        lab.fabric.expect_announcers(BOTH)
    demand(not load.ledger.failed(), f"requests failed: {load.ledger.summary()}")
    demand("will be withdrawn here" in said, f"the operator was not told: {said}")
    return f"weight 0 after {spent:.1f} s; {load.ledger.summary()}"


@case("backend maint is not probed; ready brings it back once its checks pass")
def backend_maint(lab: Lab) -> str:
    lab.steady()
    with orders(lab, lab.a):
        lab.a.penstock(lab.binary, "backend", "maint", *targets("rs3"), "--wait")
        ok, body = lab.a.get("/v1/backends?state=maint")
        found = json.loads(body)
        demand(ok and len(found) == 2, f"not shown as in maintenance: {body[:300]}")
        demand(all(each["backend"]["health"] == "unknown" for each in found), body[:300])
        lab.fabric.servers["rs3"].kill()
        lab.a.penstock(lab.binary, "backend", "ready", *targets("rs3"))
        time.sleep(3)
        lab.expect_weights(lab.a, set(SERVERS) - {"rs3"})
        lab.fabric.servers["rs3"].revive()
        lab.expect_weights(lab.a, set(SERVERS))
    lab.steady()
    return "one that is down stays at weight 0"


@contextmanager
def weighted(lab: Lab) -> Iterator[None]:
    """director-a with `wrr` for the IPv4 service, and a slow start."""
    with open(lab.a.config, encoding="utf-8") as file:
        before = file.read()
    changed = before.replace(
        "checks: [{ type: http, path: / }]",
        "checks: [{ type: http, path: / }]\n        scheduler: wrr\n        slow-start: 5s", 1)
    demand(changed != before, "the lab's configuration has no place for a scheduler")
    rewrite(lab, changed)
    try:
        yield
    finally:
        rewrite(lab, before)


def rewrite(lab: Lab, text: str) -> None:
    """Puts a configuration in force on director-a."""
    with open(lab.a.config, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    lab.a.penstock(lab.binary, "reload")


@case("backend handover under load: one rises while the other falls, no request lost")
def backend_handover(lab: Lab) -> str:
    lab.steady()
    pair = [f"web/http/{server_address(name, VIP4)}" for name in ("rs1", "rs2")]
    status, text = lab.a.attempt(lab.binary, "backend", "handover", *pair, "--over", "10s")
    demand(status == 5 and "mh" in text, f"mh was handed over ({status}): {text}")
    with weighted(lab), orders(lab, lab.a):
        expect_weight(lab, "rs1", 10)
        # Not waited for: a withdrawal under load has left entries here that only time takes away.
        lab.a.penstock(lab.binary, "backend", "drain", pair[1])
        expect_weight(lab, "rs2", 0)
        seen: set[tuple[int | None, int | None]] = set()
        assert lab.a.writes is not None
        with lab.load() as load:
            began = time.monotonic()
            lab.a.penstock(lab.binary, "backend", "handover", *pair, "--over", "10s")
            while time.monotonic() - began < 12:
                seen.add((
                    lab.a.weight(SERVICE[VIP4], destination("rs1", VIP4)),
                    lab.a.weight(SERVICE[VIP4], destination("rs2", VIP4)),
                ))
                time.sleep(0.2)
            expect_weight(lab, "rs1", 0)
            expect_weight(lab, "rs2", 10)
        writes = len(lab.a.writes.since(began))
        demand(not load.ledger.failed(), f"requests failed: {load.ledger.summary()}")
        demand(len(seen) >= 6, f"too few steps were seen: {sorted(seen, key=str)}")
        demand(writes <= 24, f"{writes} writes for ten steps of two servers")
        # Back with a slow start: some weight between none and all is seen.
        lab.a.penstock(lab.binary, "backend", "ready", pair[0])
        steps = set()
        wait_until("rs1 to have its whole weight", lambda: (
            steps.add(lab.a.weight(SERVICE[VIP4], destination("rs1", VIP4))) is None
            and 10 in steps,
            str(steps),
        ))
        between = sorted(step for step in steps if step and 0 < step < 10)
        demand(len(between) >= 2, f"it did not start slowly: {sorted(steps, key=str)}")
    lab.steady()
    return f"{len(seen)} steps, {writes} writes; slow start by {between}; {load.ledger.summary()}"
