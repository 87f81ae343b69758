"""What the kernel's `mh` scheduler really answers, flow by flow, for many kinds of tables.

All tables stand in one network namespace with a wire that flows come in by and a device that
swallows what IPVS sends on; the connection entries say which server each flow was given. Written
to a file, for a model to predict every line of.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field

import ipvs
from flows import Flow, Wire, await_entries, hardware_address, spread, unhurried
from shell import ip_batch, network_namespace, read, run, write_sysctls

SPACE = "/run/netns/maglev"
VIPS = {4: "203.0.113.99", 6: "2001:db8:113::99"}
FLOWS = 200
FIRST_PORT = 1000
# So that a failure can be repeated.
SEED = 4093
DEFAULT_TABLE_INDEX = 12
# linux: net/netfilter/ipvs/ip_vs_mh.c, `primes`, by CONFIG_IP_VS_MH_TAB_INDEX from 8.
TABLE_SIZES = (251, 509, 1021, 2039, 4093, 8191, 16381, 32749, 65521, 131071)


@dataclass
class Member:
    """A destination: its weight, and the last one that was not 0, by which it has slots."""

    number: int
    weight: int
    last: int


@dataclass
class Table:
    """One service: how it came about, as ipvsadm would be told, and what it then holds."""

    name: str
    family: int
    protocol: str
    port: int
    flags: tuple[str, ...]
    rules: list[str] = field(default_factory=list)
    members: dict[int, Member] = field(default_factory=dict)

    @property
    def key(self) -> str:
        host = f"[{VIPS[6]}]" if self.family == 6 else VIPS[4]
        return f"{host}:{self.port}"

    @property
    def _service(self) -> str:
        option = {"TCP": "-t", "UDP": "-u", "SCTP": "--sctp-service"}[self.protocol]
        return f"{option} {self.key}"

    def address(self, number: int) -> str:
        return f"2001:db8:77::{number:x}" if self.family == 6 else f"10.77.0.{number}"

    def _server(self, number: int) -> str:
        host = f"[{self.address(number)}]" if self.family == 6 else self.address(number)
        return f"-r {host}:{self.port}"

    def schedule(self, verb: str, scheduler: str = "mh") -> None:
        """Creates (-A) the service or changes (-E) how it schedules."""
        flags = f" -b {','.join(self.flags)}" if self.flags and scheduler == "mh" else ""
        self.rules.append(f"{verb} {self._service} -s {scheduler}{flags}")

    def add(self, number: int, weight: int) -> None:
        self.rules.append(f"-a {self._service} {self._server(number)} -g -w {weight}")
        self.members[number] = Member(number, weight, weight)

    def set(self, number: int, weight: int) -> None:
        self.rules.append(f"-e {self._service} {self._server(number)} -g -w {weight}")
        member = self.members[number]
        member.weight = weight
        member.last = weight or member.last

    def remove(self, number: int) -> None:
        self.rules.append(f"-d {self._service} {self._server(number)}")
        del self.members[number]


PORT, FALLBACK = "mh-port", "mh-fallback"


def equal(table: Table, chance: random.Random) -> None:
    for number in range(1, 11):
        table.add(number, 1)


def weighted(table: Table, chance: random.Random) -> None:
    for number in range(1, 14):
        table.add(number, 1 + number % 7)


def many_in_any_order(table: Table, chance: random.Random) -> None:
    for number in chance.sample(range(1, 51), 50):
        table.add(number, chance.choice((1, 1, 2, 5)))


def far_apart(table: Table, chance: random.Random) -> None:
    """Weights whose ratio is more than the table keeps."""
    for number, weight in enumerate((1000, 1, 65535, 63, 64, 17, 2, 900), 1):
        table.add(number, weight)


def no_common_divisor(table: Table, chance: random.Random) -> None:
    for number in range(1, 11):
        table.add(number, 100)
    table.set(4, 99)


def some_down(table: Table, chance: random.Random) -> None:
    """Weight 0 after another weight: the slots stay."""
    for number in range(1, 13):
        table.add(number, 2 + number % 3)
    for number in (2, 7, 8):
        table.set(number, 0)


def all_but_one_down(table: Table, chance: random.Random) -> None:
    for number in range(1, 11):
        table.add(number, 1)
    for number in range(1, 10):
        table.set(number, 0)


def added_down(table: Table, chance: random.Random) -> None:
    """Weight 0 from the start: no slots at all."""
    for number in range(1, 13):
        table.add(number, 0 if number % 5 == 0 else 1)


def down_and_back(table: Table, chance: random.Random) -> None:
    """Slots by the weight before the one that was not 0."""
    for number in range(1, 11):
        table.add(number, 3)
    table.set(5, 0)
    table.set(5, 7)
    table.set(6, 5)
    table.set(6, 0)


def added_again(table: Table, chance: random.Random) -> None:
    """Whoever left and came back stands first in the kernel's list."""
    for number in range(1, 17):
        table.add(number, 1)
    for number in chance.sample(range(1, 17), 5):
        table.remove(number)
        table.add(number, 1)


def left(table: Table, chance: random.Random) -> None:
    for number in range(1, 17):
        table.add(number, 1 + number % 2)
    for number in (3, 9, 16):
        table.remove(number)


def nobody(table: Table, chance: random.Random) -> None:
    """Everybody down: whatever the flags, no flow is taken."""
    for number in range(1, 5):
        table.add(number, 1)
        table.set(number, 0)


# How a table comes about, and its flags; each for both families.
HISTORIES: list[tuple[Callable[[Table, random.Random], None], tuple[str, ...]]] = [
    (equal, ()),
    (equal, (PORT,)),
    (weighted, (FALLBACK, PORT)),
    (weighted, ()),
    (many_in_any_order, (PORT,)),
    (many_in_any_order, (FALLBACK, PORT)),
    (far_apart, (PORT,)),
    (no_common_divisor, (PORT,)),
    (some_down, (FALLBACK, PORT)),
    (some_down, (FALLBACK,)),
    (some_down, (PORT,)),
    (all_but_one_down, (FALLBACK, PORT)),
    (added_down, (FALLBACK, PORT)),
    (down_and_back, (FALLBACK, PORT)),
    (added_again, (PORT,)),
    (left, (FALLBACK, PORT)),
    (nobody, (FALLBACK, PORT)),
]


def tables() -> list[Table]:
    """Every history in both families, over one protocol after the other."""
    chance = random.Random(SEED)
    made: list[Table] = []
    for history, flags in HISTORIES:
        for family in (4, 6):
            number = len(made)
            # 17 histories of two families: every protocol meets both, and so does either way of
            # loading.
            protocol = ("TCP", "UDP", "TCP", "UDP", "SCTP")[number % 5]
            words = "-".join((history.__name__.replace("_", "-"), *flags))
            table = Table(
                f"{words}-{protocol.lower()}{family}", family, protocol, FIRST_PORT + number, flags)
            builds_once = number % 4 < 2
            table.schedule("-A", "none" if builds_once else "mh")
            history(table, chance)
            if builds_once:
                table.schedule("-E")
            made.append(table)
    return made


def build() -> Wire:
    """The namespace; returns the wire that leads into it."""
    ip_batch([
        "netns add maglev",
        "link add maglev-in type veth peer name in netns maglev", "link set maglev-in up",
    ])
    write_sysctls(SPACE, {
        "net/ipv6/conf/all/accept_dad": "0", "net/ipv6/conf/default/accept_dad": "0",
        "net/ipv4/conf/all/rp_filter": "0", "net/ipv4/conf/default/rp_filter": "0",
        "net/ipv4/vs/sloppy_tcp": "1", "net/ipv4/vs/sloppy_sctp": "1",
    })
    ip_batch([
        "link set lo up", "link set in up", "link add out type dummy", "link set out up",
        "addr add 10.77.255.1/16 dev out", "addr add 2001:db8:77::ffff/64 dev out nodad",
        *(f"addr add {vip} dev lo" for vip in VIPS.values()),
        # What nobody takes is answered; the answers go where everything goes.
        "route add default dev out",
    ], "maglev")
    ip_batch(["route add default dev out"], "maglev", "-6")
    return Wire("/proc/self/ns/net", "maglev-in", hardware_address(SPACE, "in"))


def table_size() -> int:
    """How many slots this kernel's tables have, by the configuration it was built with."""
    release = read("/proc/sys/kernel/osrelease").strip()
    match = re.search(r"^CONFIG_IP_VS_MH_TAB_INDEX=(\d+)$", read(f"/boot/config-{release}"), re.M)
    return TABLE_SIZES[(int(match[1]) if match else DEFAULT_TABLE_INDEX) - 8]


def capture(path: str) -> tuple[int, int, int]:
    """Builds every table, sends every flow, writes what became of each; returns how many tables,
    flows, and flows that nobody took there were."""
    wire = build()
    made = tables()
    rules = [rule for table in made for rule in table.rules]
    run("ip", "netns", "exec", "maglev", "ipvsadm", "-R", text="\n".join(rules) + "\n")
    sent = {table.key: spread(table.family, FLOWS) for table in made}
    with unhurried():
        for table in made:
            wire.begin(sent[table.key], table.protocol, VIPS[table.family], table.port)
        # Everybody is up in the first table, so this one is certain to get an entry.
        last = spread(made[0].family, 1)
        wire.begin(last, made[0].protocol, VIPS[made[0].family], made[0].port)
    wire.close()
    with network_namespace(SPACE):
        found = await_entries("/proc/thread-self/net/ip_vs_conn", last[0])
    listed = ipvs.listing(run("ip", "netns", "exec", "maglev", "ipvsadm", "-Ln", "--nosort"))
    # All namespaces share one table of connections, which is slow to list when it is long.
    ip_batch(["netns del maglev"])
    taken = {(e.protocol, Flow(e.client, e.port)): e.destination for e in found}
    refused = 0
    lines = [f"slots {table_size()}"]
    for table in made:
        lines.append(f"table {table.name} IPv{table.family} {' '.join(table.flags)}".rstrip())
        for address, weight in listed[f"{table.protocol} {table.key}"].weights:
            member = next(m for m in table.members.values() if table.address(m.number) == address)
            assert weight == member.weight, f"{table.name}: {address} has weight {weight}"
            lines.append(f"member {address} {table.port} {weight} {member.last}")
        for flow in sent[table.key]:
            server = taken.get((table.protocol, flow), "-")
            refused += server == "-"
            lines.append(f"flow {flow.client} {flow.port} {server}")
    with open(path, "w", encoding="ascii") as file:
        file.write("\n".join(lines) + "\n")
    return len(made), sum(map(len, sent.values())), refused

