"""A director between a router and its real servers, with real daemons: what announces its VIPs is
Penstock, or keepalived with scripts."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

HERE = os.path.dirname(os.path.abspath(__file__))
# The other half's machines: namespaces with an FRR of their own.
sys.path.append(os.path.join(HERE, "native"))
# Among the evidence of this machine.
os.environ.setdefault("BENCH_LOGS", "/run/lab/logs/announcing")

from bed import FOLDER, Servers, Bed, bed  # noqa: E402
from machines import LOGS, Machine  # noqa: E402
from rules import SERVER_NETWORK, Checks, Table  # noqa: E402
from shell import TRAFFIC, Failed, ip_batch, wait_until  # noqa: E402
from worker import Program  # noqa: E402

VIP, SERVER = "203.0.113.10", "192.0.2.1"
PEERS = {"director": "10.0.0.11", "router": "10.0.0.1"}
FARM = "farm"
# A route that has not gone by then never will.
LIMIT_SECONDS = 60.0

ROUTER = """\
router bgp 65000
 bgp router-id 10.0.0.1
 no bgp ebgp-requires-policy
 neighbor 10.0.0.11 remote-as 65001
 neighbor 10.0.0.11 advertisement-interval 0
"""
DIRECTOR = """\
router bgp 65001
 bgp router-id 10.0.0.11
 no bgp ebgp-requires-policy
 no bgp network import-check
 neighbor 10.0.0.1 remote-as 65000
 neighbor 10.0.0.1 advertisement-interval 0
"""


class Announcing:
    """The three of them, and what happens to the VIP's route."""

    def __init__(self, director: Machine, router: Machine, servers: Servers) -> None:
        self.director, self.router, self.servers = director, router, servers
        self.truth = router.truth()

    def settled(self) -> None:
        """Waits until the router has the route, and bgpd's holds are over."""
        wait_until(f"a route to {VIP}", lambda: (bool(self.truth.nexthops(VIP)), "none"),
                   LIMIT_SECONDS)
        time.sleep(0.5)

    def kill(self) -> float:
        """Kills the real server; seconds until the router's kernel has no route."""
        killed = time.monotonic()
        self.servers.kill(SERVER)

        def look() -> tuple[bool, float]:
            gone = [event.at for event in self.truth.since(killed, VIP) if event.gone]
            return bool(gone), gone[0] if gone else 0.0

        return wait_until(f"{VIP} to leave the router's kernel", look, LIMIT_SECONDS,
                          every=0.01) - killed

    def revive(self) -> None:
        self.servers.start(SERVER)


class Withdrawing:
    """A table whose VIPs are all announced, and what becomes of their routes."""

    def __init__(self, table: Table, director: Machine, router: Machine, servers: Program) -> None:
        self.where, self.servers = Bed(director.name), servers
        self.truth, self.addresses = router.truth(), table.addresses()

    def announced(self, limit: float) -> None:
        """Waits until the router has a route to every VIP."""
        def look() -> tuple[bool, str]:
            missing = [each for each in self.addresses if not self.truth.nexthops(each)]
            return not missing, f"{len(missing)} are missing"

        wait_until(f"routes to {len(self.addresses)} VIPs", look, limit, every=0.5)

    def withdrawn(self, killed: float, limit: float) -> float:
        """Waits until no route is left; seconds since then. Demands that each changed once."""
        def look() -> tuple[bool, str]:
            left = [each for each in self.addresses if self.truth.nexthops(each)]
            return not left, f"{len(left)} are left"

        wait_until("the routes to go", look, limit, every=0.05)
        events = {each: self.truth.since(killed, each) for each in self.addresses}
        for address, seen in events.items():
            if len(seen) != 1 or not seen[0].gone:
                raise Failed(f"the route to {address} changed otherwise than once: {seen}")
        return max(seen[0].at for seen in events.values()) - killed


@contextmanager
def announcing(penstock: str, name: str, checks: Checks) -> Iterator[Announcing]:
    """A fresh fabric in which one of the two announces the VIP; gone afterwards."""
    with fabric() as (director, router, servers):
        director.ip(f"addr add {VIP}/32 dev vip0")
        servers.start(SERVER)
        director.start(*command(penstock, name, director, checks), log=f"{name}.log",
                       env={**os.environ, "STATE_DIRECTORY": FOLDER})
        yield Announcing(director, router, servers)


@contextmanager
def withdrawing(penstock: str, table: Table, checks: Checks) -> Iterator[Withdrawing]:
    """The same with all VIPs of a table and one listener for its real servers, by Penstock."""
    with fabric() as (director, router, servers):
        ip_batch([f"route add local {SERVER_NETWORK} dev lo"], FARM)
        director.ip(f"route add {SERVER_NETWORK} via {SERVER}",
                    *(f"addr add {each}/32 dev vip0" for each in table.addresses()))
        servers.all = Program(servers.bed.path, TRAFFIC, "server", FARM)
        servers.all.say("up")
        path = _write("withdraw.yaml", table.penstock(FOLDER, checks, director.socket("bgpd")))
        director.start(penstock, "run", "--config", path, "--log-level", "warning",
                       log="withdraw.log", env={**os.environ, "STATE_DIRECTORY": FOLDER})
        yield Withdrawing(table, director, router, servers.all)


@contextmanager
def fabric() -> Iterator[tuple[Machine, Machine, Servers]]:
    """Director and router with an FRR each, and a farm without a server yet."""
    os.makedirs(LOGS, mode=0o777, exist_ok=True)
    os.chmod(LOGS, 0o777)
    with bed(FARM) as farm:
        director, router = Machine("director"), Machine("router")
        servers = Servers(farm)
        try:
            wire(director, router, farm)
            router.frr(ROUTER, "zebra", "bgpd")
            director.frr(DIRECTOR, "zebra", "bgpd")
            yield director, router, servers
        finally:
            servers.end()
            # Its table goes with it.
            director.remove()
            router.remove()


def wire(director: Machine, router: Machine, farm: Bed) -> None:
    """The director's two legs, and the link of its VIP."""
    ip_batch([
        "link add eth0 netns director type veth peer name eth0 netns router",
        f"link add eth1 netns director type veth peer name eth0 netns {FARM}",
    ])
    for machine in (director, router):
        machine.ip("link set eth0 up", f"addr add {PEERS[machine.name]}/24 dev eth0")
    director.ip("link set eth1 up", "addr add 192.0.2.2/24 dev eth1")
    director.add_vip_link()
    ip_batch(["link set eth0 up", f"addr add {SERVER}/24 dev eth0"], farm.name)


def command(penstock: str, name: str, director: Machine, checks: Checks) -> list[str]:
    """What to run, with its configuration written."""
    if name == "penstock":
        path = _write("announce.yaml", f"""\
version: 1
control: {{ socket: {FOLDER}/control.sock }}
bgp: {{ asn: 65001, owned-prefixes: [203.0.113.0/24], vty-socket: {director.socket("bgpd")} }}
ipvs: {{ sysctl: ignore, defaults: {{ scheduler: rr, flags: [] }} }}
checks: {{ alive: {checks.penstock()} }}
vips:
  - name: web
    address: {VIP}
    # It fails again and again, which production holds back longer each time.
    advertise: {{ hold-up: 0s, damping: off }}
    services: [{{ name: a, listen: 80/tcp, checks: [alive], backends: [{SERVER}] }}]
""")
        return [penstock, "run", "--config", path, "--log-level", "warning"]
    up, down = (_script(director, word) for word in ("", "no "))
    path = _write("announce.conf", "\n".join([
        "global_defs {", "  router_id bench", "  script_user root", "}",
        f"virtual_server {VIP} 80 {{", f"  delay_loop {checks.every}", "  lb_algo rr",
        "  lb_kind DR", "  protocol TCP", "  inhibit_on_failure",
        f'  quorum_up "{up}"', f'  quorum_down "{down}"',
        f"  real_server {SERVER} 80 {{", "    weight 1", *checks.keepalived(), "  }", "}",
    ]) + "\n")
    return ["keepalived", "--dont-fork", "--check", "--no-syslog", "--use-file", path,
            "--pid", f"{FOLDER}/k.pid", "--checkers_pid", f"{FOLDER}/kc.pid"]


def _script(director: Machine, word: str) -> str:
    """A script that types one statement; what an operator of keepalived writes."""
    name = f"{'withdraw' if word else 'announce'}.sh"
    path = _write(name, "#!/bin/sh\nexec vtysh -N {} {}\n".format(director.name, " ".join(
        f"-c '{line}'" for line in (
            "configure terminal", "router bgp 65001", "address-family ipv4 unicast",
            f"{word}network {VIP}/32",
        ))))
    os.chmod(path, 0o755)
    return path


def _write(name: str, text: str) -> str:
    path = f"{FOLDER}/{name}"
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path
