"""What is measured of announcing: one function for each part of the table, each line against its
peer in the same run, with real FRR on both ends and the router's kernel as the judge."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import peers
from daemons import Penstock, configuration, wait_for
from machines import Machine, Switch, established, remove_all
from report import Row, Samples, faster, within
from restart import EXAMPLES, KERNEL_ROUTE, NETWORK, WORKER
from routes import RouteTruth
from sampler import cpu_share, sample
from shell import Failed, network_namespace, read, run, wait_until

ASN = "65001"
SERVER = "10.0.0.21"
VIP = "203.0.113.10"
# A route that has not gone by then never will.
LIMIT_SECONDS = 30.0
FASTEST = "{ type: tcp, port: %d, every: 100ms, timeout: 100ms, rise: 1, fall: 1 }"
# Relaxed, with the usual number of failures in a row, and a word of the server's kernel.
WATCHED = "{ type: tcp, port: %d, every: 1s, timeout: 1s, rise: 1, fall: 3, sentinel: true }"
SELDOM = "{ type: tcp, port: 80, every: 5s, timeout: 1s, rise: 1, fall: 3 }"


@dataclass(frozen=True)
class Size:
    """How many prefixes, and how often each thing is done."""

    prefixes: int
    rounds: int
    withdrawals: int
    failures: int
    idle_seconds: float


FULL = Size(prefixes=10_000, rounds=5, withdrawals=15, failures=9, idle_seconds=60.0)
# Says only that everything still runs.
QUICK = Size(prefixes=200, rounds=1, withdrawals=2, failures=3, idle_seconds=6.0)


class Fabric:
    """A router and its neighbours, as the examples configure them."""

    def __init__(self) -> None:
        self.switch = Switch()
        self.router = self._machine("router", 1)
        self.machines = [self.router]
        self.truth: RouteTruth

    def _machine(self, name: str, number: int) -> Machine:
        machine = Machine(name)
        self.switch.plug(machine, f"10.0.0.{number}/24")
        machine.ip(f"addr add 2001:db8:a::{number}/64 dev eth0 nodad")
        return machine

    def add(self, name: str, number: int) -> Machine:
        machine = self._machine(name, number)
        self.machines.append(machine)
        return machine

    def start_router(self, *numbers: int) -> None:
        """The router of the examples, with IPv4 sessions to the neighbours of these numbers."""
        self.router.frr(_for_bench(router_configuration(numbers)), "zebra", "bgpd")
        self.truth = self.router.truth()

    def director(self, name: str, number: int, example: str = NETWORK) -> Machine:
        machine = self.add(name, number)
        text = read(os.path.join(EXAMPLES, example))
        machine.frr(_for_bench(text.replace("10.0.0.11", f"10.0.0.{number}")), "zebra", "bgpd")
        return machine

    def warm_up(self, director: Machine) -> None:
        """Announces a VIP and takes it back: the first announcement on a new session waits for
        others to join it (`coalesce-time`), which is no part of anything measured."""
        wait_until("a session", lambda: established(self.router, 1))
        bare = BareClient(director.socket("bgpd"))
        bare.network(f"network {VIP}/32")
        self.settled(VIP)
        began = time.monotonic()
        bare.network(f"no network {VIP}/32")
        self.withdrawn(VIP, began)

    def withdrawn(self, vip: str, since: float) -> float:
        """When the router's kernel lost a route, which it had at `since`."""
        def look() -> tuple[bool, float]:
            for event in self.truth.since(since, vip):
                if event.gone:
                    return True, event.at
            return False, 0.0

        return wait_until(f"{vip} to leave the router's kernel", look, LIMIT_SECONDS, every=0.005)

    def announced(self, vip: str, since: float) -> float:
        """When the router's kernel got a route, which it did not have at `since`."""
        def look() -> tuple[bool, float]:
            for event in self.truth.since(since, vip):
                if not event.gone:
                    return True, event.at
            return False, 0.0

        return wait_until(f"{vip} to reach the router's kernel", look, LIMIT_SECONDS, every=0.005)

    def settled(self, vip: str) -> None:
        """Waits until the router has a route, and bgpd's holds on both sides are over."""
        wait_until(f"a route to {vip}", lambda: (bool(self.truth.nexthops(vip)), "none"))
        time.sleep(0.3)

    def remove(self) -> None:
        remove_all([*self.machines, self.switch])


def router_configuration(numbers: tuple[int, ...]) -> str:
    """The example with as many neighbours as there are: its lines about the first one stand for
    every other, and those about IPv6 sessions stay away."""
    lines: list[str] = []
    for line in read(os.path.join(EXAMPLES, "frr-router.conf")).splitlines():
        if line.lstrip().startswith(("neighbor 2001:", "neighbor 10.0.0.12 ")):
            continue
        if line.lstrip().startswith("neighbor 10.0.0.11 "):
            lines += [line.replace("10.0.0.11", f"10.0.0.{number}") for number in numbers]
        else:
            lines.append(line)
    return "\n".join(lines) + "\n"


def _for_bench(text: str) -> str:
    """With room for ten thousand prefixes beside the owned range."""
    line = "ip prefix-list VIPS seq 10 permit 203.0.113.0/24 ge 32\n"
    if line not in text:
        raise Failed("the example has another prefix list than the bench adds to")
    return text.replace(line, line + "ip prefix-list VIPS seq 20 permit 10.64.0.0/14 ge 32\n")


@contextmanager
def fabric() -> Iterator[Fabric]:
    made = Fabric()
    try:
        yield made
    finally:
        made.remove()


class BareClient:
    """A VTY client that does nothing else: one command, one answer, on a socket that is kept."""

    def __init__(self, path: str) -> None:
        self.connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.connection.settimeout(LIMIT_SECONDS)
        self.connection.connect(path)
        self.type("enable")

    def type(self, *commands: str) -> None:
        for command in commands:
            self.connection.sendall(command.encode() + b"\0")
            answer = b""
            while len(answer) < 4 or answer[-4:-1] != b"\0\0\0":
                answer += self.connection.recv(4096)
            if answer[-1] != 0:
                raise Failed(f"bgpd refused `{command}`: {answer!r}")

    def network(self, statement: str) -> None:
        self.type("configure terminal", "router bgp", "address-family ipv4 unicast", statement,
                  "end")


@dataclass
class Bench:
    """The programs under test and how large to make everything."""

    penstock: str
    rig: str
    checker: str
    size: Size
    say: Callable[[str], None]

    def _rig(self, director: Machine, what: str, rounds: int) -> list[list[str]]:
        output = director.run(self.rig, what, director.socket("bgpd"), ASN,
                              str(self.size.prefixes), "1", str(rounds))
        return [line.split() for line in output.splitlines() if line.split()[0] in
                ("announce", "withdraw", "read")]

    # -- many prefixes -------------------------------------------------------------------------

    def write(self) -> list[Row]:
        """Ten thousand prefixes announced and withdrawn, against vtysh reading the same lines."""
        ours: dict[str, Samples] = {name: Samples() for name in ("announce", "withdraw")}
        seen: dict[str, Samples] = {name: Samples() for name in ours}
        theirs: dict[str, Samples] = {name: Samples() for name in ours}
        with fabric() as on:
            on.start_router(11)
            director = on.director("director-a", 11)
            on.warm_up(director)
            files = {"announce": self._lines(""), "withdraw": self._lines("no ")}
            for _ in range(self.size.rounds):
                for name, written, whole in self._rig(director, "write", 1):
                    ours[name].add(float(written) / 1e6)
                    seen[name].add(float(whole) / 1e6)
                for name, path in files.items():
                    began = time.monotonic()
                    director.vtysh("-f", path)
                    theirs[name].add(time.monotonic() - began)
                    wanted = self.size.prefixes if name == "announce" else 0
                    wait_until("the router's table", lambda wanted=wanted: (  # type: ignore[misc]
                        self._received(on) == wanted, "another count"), every=0.02)
                self.say(f"write: {ours['announce']} and read back {seen['announce']},"
                         f" vtysh {theirs['announce']}")
        rows = []
        for name in ours:
            what = f"{name} {self.size.prefixes:,} prefixes"
            rows += [
                faster(f"{what}: writes", ours[name], "vtysh -f", theirs[name], 3),
                faster(f"{what}: writes and what the peer is sent", seen[name],
                       "vtysh -f (writes)", theirs[name], 1.5),
            ]
        return rows

    def _lines(self, word: str) -> str:
        path = f"/run/bench/{word.strip() or 'yes'}.conf"
        first = int.from_bytes(socket.inet_aton("10.64.0.0"), "big")
        with open(path, "w", encoding="ascii") as file:
            file.write(f"router bgp {ASN}\n address-family ipv4 unicast\n")
            for number in range(self.size.prefixes):
                address = socket.inet_ntoa((first + number).to_bytes(4, "big"))
                file.write(f"  {word}network {address}/32\n")
            file.write(" exit-address-family\n")
        return path

    @staticmethod
    def _received(on: Fabric) -> int:
        summary = on.router.vty().json("show bgp ipv4 unicast summary json")
        return int(summary["peers"]["10.0.0.11"]["pfxRcd"])

    def read(self) -> list[Row]:
        """What the peer is sent, read and compared, against vtysh fetching the same JSON."""
        ours, theirs = Samples(), Samples()
        with fabric() as on:
            on.start_router(11)
            director = on.director("director-a", 11)
            on.warm_up(director)
            show = "show bgp ipv4 unicast neighbors 10.0.0.1 advertised-routes json"
            for _ in range(self.size.rounds):
                for _, took in self._rig(director, "read", 3):
                    ours.add(float(took) / 1e6)
                for _ in range(3):
                    began = time.monotonic()
                    director.vtysh("-c", show)
                    theirs.add(time.monotonic() - began)
                self.say(f"read: {ours}, vtysh {theirs}")
        what = f"read back {self.size.prefixes:,} prefixes and compare"
        return [within(what, ours, "vtysh -c 'show … json'", theirs, 1.5)]

    # -- one VIP -------------------------------------------------------------------------------

    def withdraw(self) -> list[Row]:
        """From the word to withdraw until the router's kernel has no route any more: an order to the
        daemon over its control socket, and the same line typed by a bare client on a director that
        has no Penstock."""
        ours, theirs = Samples(), Samples()
        (number, vip), (other, bare_vip) = (11, VIP), (12, "203.0.113.12")
        with fabric() as on:
            on.start_router(number, other)
            server = on.add("server", 21)
            self._serve(server, "penstock", 80)
            director = on.director("director-a", number)
            director.add_vip_link()
            bare = BareClient(on.director("director-b", other).socket("bgpd"))
            daemon = Penstock(self.penstock, director,
                              configuration({"web": vip}, SERVER, SELDOM))
            bare.network(f"network {bare_vip}/32")
            try:
                for count in range(self.size.withdrawals + 1):
                    on.settled(vip)
                    on.settled(bare_vip)
                    # Confirming looks come in between; every moment is as likely.
                    time.sleep(random.uniform(0.5, 1.5))
                    began = time.monotonic()
                    self._order(daemon, "drained")
                    took = on.withdrawn(vip, began) - began
                    self._order(daemon, "active")
                    began = time.monotonic()
                    bare.network(f"no network {bare_vip}/32")
                    bare_took = on.withdrawn(bare_vip, began) - began
                    bare.network(f"network {bare_vip}/32")
                    # The first announcement on a session waits for others to join it.
                    if count > 0:
                        ours.add(took)
                        theirs.add(bare_took)
            finally:
                daemon.stop()
        self.say(f"withdraw: {ours}, bare client {theirs}")
        return [within("one VIP: order to the daemon to route gone", ours, "a bare VTY client",
                       theirs, 1.05)]

    def methods(self) -> list[Row]:
        """From an order to drain a VIP at once until the router's kernel has no route, for a Penstock
        with `network` statements and one with kernel routes; and the way back."""
        methods = {"network": (11, NETWORK), "kernel-route": (12, KERNEL_ROUTE)}
        gone = {name: Samples() for name in methods}
        back = {name: Samples() for name in methods}
        daemons: dict[str, Penstock] = {}
        with fabric() as on:
            on.start_router(11, 12)
            server = on.add("server", 21)
            self._serve(server, "penstock", 80)
            try:
                for name, (number, example) in methods.items():
                    director = on.director(f"director-{number}", number, example)
                    director.add_vip_link()
                    vips = {"web": f"203.0.113.{number}"}
                    daemons[name] = Penstock(self.penstock, director,
                                             configuration(vips, SERVER, SELDOM, method=name))
                for count in range(self.size.withdrawals + 1):
                    for name, (number, _) in methods.items():
                        vip = f"203.0.113.{number}"
                        on.settled(vip)
                        # Confirming looks come in between; every moment is as likely.
                        time.sleep(random.uniform(0.5, 1.5))
                        began = time.monotonic()
                        self._order(daemons[name], "drained")
                        took = on.withdrawn(vip, began) - began
                        time.sleep(random.uniform(0.5, 1.5))
                        began = time.monotonic()
                        self._order(daemons[name], "active")
                        there = on.announced(vip, began) - began
                        # The first announcement on a session waits for others to join it.
                        if count > 0:
                            gone[name].add(took)
                            back[name].add(there)
            finally:
                for daemon in daemons.values():
                    daemon.stop()
        self.say(f"methods: gone {gone['network']}, {gone['kernel-route']};"
                 f" back {back['network']}, {back['kernel-route']}")
        rows = []
        for what, samples in (("drain --now of a VIP to route gone", gone),
                              ("undrain of a VIP to route there", back)):
            ratio = samples["kernel-route"].median / samples["network"].median
            rows.append(Row(f"{what}: kernel-route", str(samples["kernel-route"]),
                            f"network: {samples['network']}", f"{ratio:.2f} x"))
        return rows

    @staticmethod
    def _order(daemon: Penstock, state: str) -> None:
        body: dict[str, object] = {"state": state, "reason": "bench"}
        if state == "drained":
            body |= {"mode": "now", "yes": True}
        daemon.ask("PUT", "/v1/vips/web/state", body)

    # -- a real server that fails --------------------------------------------------------------

    def failure(self) -> list[Row]:
        """The death of the only real server: Penstock at its fastest, the others at the fastest that
        their manuals show, a whole second, and then all three alike. There both others are ahead by
        what FRR holds a withdrawal back, since they speak BGP themselves."""
        rows = self._failure(1.0, "the others every second", 1)
        return rows if self.size == QUICK else rows + self._failure(0.1, "all every 100 ms", None)

    def _failure(self, interval: float, how: str, at_least: float | None) -> list[Row]:
        """From the death of the only real server until the router's kernel has no route: Penstock by
        polling and with a sentinel, ExaBGP and BIRD side by side, on the same router."""
        numbers = {"penstock": 11, "exabgp": 12, "bird": 13, "sentinel": 14}
        vips = {name: f"203.0.113.{number}" for name, number in numbers.items()}
        ports = {name: 80 + number for name, number in numbers.items()}
        samples = {name: Samples() for name in numbers}
        with fabric() as on:
            on.start_router(*numbers.values())
            server = on.add("server", 21)
            servers = {name: self._serve(server, name, port) for name, port in ports.items()}
            daemons = []
            for name, check in (("penstock", FASTEST), ("sentinel", WATCHED)):
                director = on.director(f"director-{name}", numbers[name])
                director.add_vip_link()
                daemons.append(Penstock(
                    self.penstock, director,
                    configuration({"web": vips[name]}, SERVER, check % ports[name]),
                ))
            peers.exabgp(on.add("exabgp", 12), "10.0.0.12", vips["exabgp"], SERVER,
                         ports["exabgp"], interval)
            peers.bird(on.add("bird", 13), "10.0.0.13", vips["bird"], SERVER, ports["bird"],
                       interval, self.checker)
            try:
                for number in range(self.size.failures + 1):
                    for name, vip in vips.items():
                        on.settled(vip)
                        # Checks go by a clock of their own; every moment of it is as likely.
                        time.sleep(random.uniform(0, interval))
                        began = time.monotonic()
                        servers[name].kill()
                        servers[name].wait()
                        took = on.withdrawn(vip, began) - began
                        # The first time each of them opens files it has never opened.
                        if number > 0:
                            samples[name].add(took)
                        servers[name] = self._serve(server, name, ports[name])
                self.say(", ".join(f"{name} {took}" for name, took in samples.items()))
            finally:
                for daemon in daemons:
                    daemon.stop()
        what = "real server killed to route gone, Penstock every"
        others = how.replace("all every", "the others every")
        return [
            *self._failure_rows(f"{what} 100 ms, {how}", samples["penstock"], samples, at_least),
            *self._failure_rows(
                f"{what} 1 s with a sentinel, {others}", samples["sentinel"], samples, at_least),
        ]

    @staticmethod
    def _failure_rows(
        what: str, ours: Samples, samples: dict[str, Samples], at_least: float | None
    ) -> list[Row]:
        names = {"exabgp": "ExaBGP 4.2 with its healthcheck",
                 "bird": "BIRD 2 with anycast-healthchecker"}
        if at_least is not None:
            return [faster(what, ours, names[name], samples[name], at_least) for name in names]
        return [
            Row(what, str(ours), f"{names[name]} {samples[name]}",
                f"{samples[name].median / ours.median:.1f} × faster")
            for name in names
        ]

    @staticmethod
    def _serve(server: Machine, name: str, port: int) -> subprocess.Popen[bytes]:
        # A sentinel needs a server that lets a connection wait.
        how = "hold" if name == "sentinel" else "serve"
        process = server.start(sys.executable, WORKER, how, SERVER, str(port),
                               log=f"server-{port}.log")
        def answers() -> tuple[bool, str]:
            with network_namespace(server.path):
                socket.create_connection((SERVER, port), timeout=1).close()
            return True, "it answers"

        wait_until(f"the server at {port}", answers, every=0.02)
        return process

    # -- nothing to do -------------------------------------------------------------------------

    def idle(self) -> list[Row]:
        """What a daemon with many announced VIPs costs while nothing happens."""
        first = int.from_bytes(socket.inet_aton("10.64.0.1"), "big")
        vips = {
            f"v{number}": socket.inet_ntoa((first + number).to_bytes(4, "big"))
            for number in range(self.size.prefixes)
        }
        with fabric() as on:
            on.start_router(11)
            server = on.add("server", 21)
            self._serve(server, "penstock", 80)
            director = on.director("director-a", 11)
            director.add_vip_link()
            text = configuration(vips, SERVER, SELDOM).replace("verify-every: 1s",
                                                               "verify-every: 5s")
            daemon = Penstock(self.penstock, director, text)
            try:
                began = time.monotonic()
                wait_for(daemon, director.vty(), len(vips))
                wait_until("the router's table", lambda: (
                    self._received(on) == len(vips), "another count"), every=0.1)
                self.say(f"idle: {len(vips):,} VIPs announced"
                         f" after {time.monotonic() - began:.1f} s")
                # Past the audits that follow what was just written.
                time.sleep(min(15.0, self.size.idle_seconds))
                pids = {"penstock": daemon.process.pid, "bgpd": director.pid("bgpd")}
                before = {name: sample(pid) for name, pid in pids.items()}
                time.sleep(self.size.idle_seconds)
                shares = {name: cpu_share(before[name], sample(pid))
                          for name, pid in pids.items()}
            finally:
                daemon.stop()
        audits = self.size.idle_seconds / 5
        self.say(f"idle: {shares}")
        what = f"idle with {self.size.prefixes:,} announced VIPs, an audit every 5 s"
        each = {name: share * self.size.idle_seconds / audits for name, share in shares.items()}
        return [
            Row(f"{what}: bgpd", f"{shares['bgpd']:.2%} of a core", "-",
                f"{each['bgpd'] * 1000:.1f} ms an audit", "< 1 % of a core",
                shares["bgpd"] < 0.01),
            Row(f"{what}: penstock", f"{shares['penstock']:.2%} of a core", "-",
                f"{each['penstock'] * 1000:.1f} ms an audit"),
        ]


def machine() -> str:
    """What the figures were had on, and with what."""
    processor = next(
        (line.partition(":")[2].strip() for line in read("/proc/cpuinfo").splitlines()
         if line.startswith("model name")), "an unknown processor")
    versions = [
        f"FRR {_package('frr')}",
        f"ExaBGP {_package('exabgp')}", f"BIRD {_package('bird2')}", "anycast-healthchecker 0.9.10",
    ]
    return (
        f"Linux {os.uname().release}, {os.cpu_count()} CPUs ({processor}), native;"
        f" {', '.join(versions)}; {time.strftime('%Y-%m-%d', time.gmtime())}."
        " Median (least-greatest). Ratios carry over to other machines; times do not."
    )


def _package(name: str) -> str:
    return run("dpkg-query", "-W", "-f", "${Version}", name, check=False).strip() or "?"
