"""What is measured: one function for each line of the table, each against its peer."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bed import FOLDER, Bed, Spent, Watch, bed, farm
from nlmon import WriteCounter
from report import Row, Samples, faster, within
from rules import SELDOM, Checks, Table
from sampler import family, family_cpu, sample
from shell import Failed, run, wait_until

# A size is left out of a flip's cost when the largest table takes no longer than this many times
# the smallest: longer chains in the kernel's own hash are all that is left then.
INDEPENDENT = 1.5
# After a table is full, for buffers of the load to be given back.
SETTLE_SECONDS = 5.0
KIB = 1024
WHOLE, NET = "whole process", "less a load of one rule"


@dataclass(frozen=True)
class Size:
    """How large everything is, and how often each thing is done."""

    load: Table
    maglev: Table
    grown: Table
    flips: tuple[Table, ...]
    rounds: int
    slow_rounds: int
    flip_count: int
    look_count: int


FULL = Size(
    load=Table(1000, 10), maglev=Table(200, 50, "mh"), grown=Table(1000, 100),
    flips=(Table(1, 10), Table(100, 10), Table(1000, 10)),
    rounds=5, slow_rounds=3, flip_count=100, look_count=5,
)
# Says only that everything still runs.
QUICK = Size(
    load=Table(20, 5), maglev=Table(4, 10, "mh"), grown=Table(20, 20),
    flips=(Table(1, 5), Table(4, 5), Table(20, 5)),
    rounds=2, slow_rounds=2, flip_count=5, look_count=2,
)


@dataclass
class Loads:
    """Loads by one program: whole, and of as good as nothing."""

    whole: Samples = field(default_factory=Samples)
    start: Samples = field(default_factory=Samples)

    @property
    def net(self) -> Samples:
        """What a load costs beyond the start of the process; never less than nothing."""
        start = self.start.median
        return Samples([max(whole - start, 1e-6) for whole in self.whole.values])


@dataclass
class Bench:
    """The programs under test and how large to make everything."""

    penstock: str
    rig: str
    batch: str
    size: Size
    say: Callable[[str], None]
    notes: list[str] = field(default_factory=list)

    # -- loading rules -------------------------------------------------------------------------

    def _load(self, table: Table, rules: str, *command: str) -> Spent:
        """One load into an empty table of a fresh namespace, seen to be whole."""
        with bed() as where:
            spent = where.timed(*command, stdin=rules)
            where.expect(table)
        self.say(f"{os.path.basename(command[0])} {table}: {spent.wall:.3f} s")
        return spent

    def _loads(self, table: Table, *loaders: tuple[str, ...]) -> list[Loads]:
        """Loads of every loader in turn, each beside one that is as good as nothing: a process has
        to be started and linked, which says little about what it then does."""
        rules = file("large.rules", table.rules())
        nothing = Table(1, 1, table.scheduler)
        little = file("little.rules", nothing.rules())
        loads = [Loads() for _ in loaders]
        for number in range(self.size.rounds):
            for command, samples in zip(loaders, loads):
                if number < self.size.slow_rounds or command[0] != "ipvsadm":
                    whole = self._load(table, rules, *command).wall
                    samples.start.add(self._load(nothing, little, *command).wall)
                    samples.whole.add(whole)
        return loads

    def load(self) -> list[Row]:
        """Many services at once, against ipvsadm and against C that does nothing else."""
        table = self.size.load
        ours, theirs, least = self._loads(
            table, (self.penstock, "ipvs", "restore"), ("ipvsadm", "-R"), (self.batch,)
        )
        c = "C, one batched socket"
        return [
            faster(f"load {table} rr, {WHOLE}", ours.whole, "ipvsadm -R", theirs.whole, 25),
            within(f"load {table} rr, {WHOLE}", ours.whole, c, least.whole, 1.5),
            faster(f"load {table} rr, {NET}", ours.net, "ipvsadm -R", theirs.net, 25),
            within(f"load {table} rr, {NET}", ours.net, c, least.net, 1.5),
        ]

    def load_maglev(self) -> list[Row]:
        """`mh` services, whose table the kernel builds anew for every single change."""
        table = self.size.maglev
        ours, theirs = self._loads(
            table, (self.penstock, "ipvs", "restore"), ("ipvsadm", "-R")
        )
        self._demand_same(table, file("mh.rules", table.rules()))
        # The same services without any table of `mh`: less than the least of what is loaded here.
        plain = Table(table.services, table.servers)
        least = self._loads(plain, (self.batch,))[0]
        return [
            faster(f"load {table} mh, {WHOLE}", ours.whole, "ipvsadm -R", theirs.whole, 25),
            faster(f"load {table} mh, {NET}", ours.net, "ipvsadm -R", theirs.net, 25),
            Row(
                f"load {table} as rr in C, to compare: less than the least for mh",
                "-", f"C, one batched socket {least.whole}",
                f"{theirs.whole.median / least.whole.median:.1f} × faster than ipvsadm with mh",
                "reported",
            ),
        ]

    def _demand_same(self, table: Table, rules: str) -> None:
        """Demands that both leave the kernel with the same services, flags, weights and order."""
        seen = []
        for command in ((self.penstock, "ipvs", "restore"), ("ipvsadm", "-R")):
            with bed() as where:
                where.timed(*command, stdin=rules)
                where.expect(table)
                seen.append((blocks(where.table()), where.timed("ipvsadm", "-Sn").output))
        if seen[0][0] != seen[1][0]:
            raise Failed("`penstock ipvs restore` and `ipvsadm -R` leave different kernel orders")
        # Services come in the order of a hash that differs per namespace.
        if sorted(seen[0][1].splitlines()) != sorted(seen[1][1].splitlines()):
            raise Failed("`penstock ipvs restore` and `ipvsadm -R` leave different rules")

    # -- from a configuration ------------------------------------------------------------------

    def start(self) -> list[Row]:
        """From the start of a daemon to the last real server in the kernel, checks and all; and
        the least that any program takes for the table alone."""
        table = self.size.load
        ours, theirs, least = Samples(), Samples(), Samples()
        rules = file("large.rules", table.rules())
        for _ in range(self.size.slow_rounds):
            with Running(self, table, "penstock") as daemon:
                ours.add(daemon.full())
            self.say(f"penstock run {table}: {ours.values[-1]:.2f} s to the last real server")
            with Running(self, table, "keepalived") as daemon:
                theirs.add(daemon.full())
            self.say(f"keepalived {table}: {theirs.values[-1]:.2f} s to the last real server")
            least.add(self._load(table, rules, self.batch).wall)
        what = f"start with {table} rr, TCP checks, to the last real server"
        return [
            faster(what, ours, "keepalived", theirs, 5),
            Row(
                f"{what}, beside the table alone", str(ours), f"C, one batched socket {least}",
                f"{ours.median / least.median:.1f} × its time", "reported",
            ),
        ]

    # -- nothing to do -------------------------------------------------------------------------

    def reconcile(self) -> list[Row]:
        """A look at a table that is as it should be, and the proof that nothing is written."""
        table = self.size.load
        count = self.size.look_count
        ours = {
            what: (self.rig, what, str(table.services), str(table.servers), str(count))
            for what in ("look", "audit")
        }
        inside = {what: Samples() for what in ours}
        whole, theirs = Samples(), Samples()
        for _ in range(self.size.slow_rounds):
            # Each in a namespace of its own: both begin with an empty table.
            for what, command in ours.items():
                with bed() as where:
                    for line in where.timed(*command).output.splitlines():
                        inside[what].add(float(line) / 1e6)
                    if what == "audit":
                        continue
                    saved = file("saved.rules", where.timed("ipvsadm", "-Sn").output)
                    for _ in range(count):
                        theirs.add(where.timed("ipvsadm", "-Sn").wall)
                        whole.add(self._replace(where, saved).wall)
            self.say(
                f"audit {inside['audit']}, look {inside['look']}, restore --replace {whole},"
                f" ipvsadm -Sn {theirs}"
            )
        self._demand_no_writes(table, ours["look"], saved)
        what = f"reconcile {table.entries:,} entries, nothing to change, zero writes"
        return [
            faster(f"{what}: the daemon's audit (all but flags and thresholds)", inside["audit"],
                   "ipvsadm -Sn", theirs, 3),
            faster(f"{what}: the daemon's whole look", inside["look"], "ipvsadm -Sn", theirs, 3),
            faster(f"{what}: `ipvs restore --replace`", whole, "ipvsadm -Sn", theirs, 3),
        ]

    def _replace(self, where: Bed, rules: str) -> Spent:
        return where.timed(self.penstock, "ipvs", "restore", "--replace", stdin=rules)

    def _demand_no_writes(self, table: Table, look: tuple[str, ...], rules: str) -> None:
        """Demands that a netlink monitor sees the load, and no write after it."""
        with bed() as where:
            counter = WriteCounter(where.path)
            where.timed(*look)
            wait_until("the monitor to see the load", lambda: (
                len(counter.writes) >= table.entries, f"{len(counter.writes)} writes"))
            began = time.monotonic()
            self._replace(where, rules)
            # A reading is seen too, so the monitor is not asleep; its writes would come first.
            reads = counter.reads
            run_in(where, "ipvsadm", "-Ln")
            wait_until("the monitor to see a reading", lambda: (
                counter.reads > reads, f"{counter.reads} reads"))
            if len(counter.writes) != table.entries or counter.since(began):
                raise Failed(
                    f"{len(counter.writes)} writes were seen, not the {table.entries} of the load:"
                    f" {counter.writes[table.entries:][:5]}"
                )

    # -- one weight ----------------------------------------------------------------------------

    def flip(self) -> list[Row]:
        """From the result of a probe to the kernel's word that the weight is changed."""
        alone: list[Samples] = []
        shared: list[Samples] = []
        for table in self.size.flips:
            alone.append(Samples())
            shared.append(Samples())
        for _ in range(self.size.slow_rounds):
            for index, table in enumerate(self.size.flips):
                with bed() as where:
                    output = where.timed(
                        self.rig, "flip", str(table.services), str(table.servers),
                        str(self.size.flip_count),
                    ).output
                for line in output.splitlines():
                    first, second = line.split()
                    alone[index].add(float(first) / 1e6)
                    shared[index].add(float(second) / 1e6)
                self.say(f"flip among {table.entries}: {alone[index]}, shared {shared[index]}")
        rows = []
        for name, samples in (("", alone), (", picture held elsewhere", shared)):
            for table, each in zip(self.size.flips, samples):
                ratio = each.median / samples[0].median
                rows.append(Row(
                    f"one weight flip among {table.entries:,}, decision to ack{name}",
                    str(each), "-", f"{ratio:.2f} × the smallest",
                    f"≤ {INDEPENDENT:g} ×", ratio <= INDEPENDENT,
                ))
        return rows

    # -- memory --------------------------------------------------------------------------------

    def memory(self) -> list[Row]:
        """Resident memory with two sizes of table, and what one real server more costs."""
        sizes = (self.size.load, self.size.grown)
        resident: dict[str, list[int]] = {"penstock": [], "keepalived": []}
        for name, seen in resident.items():
            for table in sizes:
                with Running(self, table, name) as daemon:
                    took = daemon.full()
                    time.sleep(SETTLE_SECONDS)
                    seen.append(daemon.resident())
                self.say(f"{name} {table}: {seen[-1] / KIB:.1f} MiB after {took:.1f} s")
        more = sizes[1].destinations - sizes[0].destinations
        growth = {
            name: (seen[1] - seen[0]) * KIB / more for name, seen in resident.items()
        }
        rows = [
            Row(
                f"resident, {table} rr, TCP checks",
                f"{resident['penstock'][index] / KIB:.1f} MiB",
                f"keepalived {resident['keepalived'][index] / KIB:.1f} MiB",
                f"{resident['penstock'][index] / resident['keepalived'][index]:.2f} × its memory",
                "reported",
            )
            for index, table in enumerate(sizes)
        ]
        rows.append(Row(
            f"growth per real server: difference / {more:,}",
            f"{growth['penstock']:.0f} bytes", f"keepalived {growth['keepalived']:.0f} bytes",
            f"{growth['penstock'] / growth['keepalived']:.2f} × its growth", "< 1,024 bytes",
            growth["penstock"] < KIB,
        ))
        each = resident["penstock"][0] * KIB / sizes[0].destinations
        rows.append(Row(
            f"resident per checked server, {sizes[0]}", f"{each / KIB:.1f} KiB",
            f"keepalived {resident['keepalived'][0] / sizes[0].destinations:.1f} KiB",
            "-", "< 8 KiB", each < 8 * KIB,
        ))
        return rows


class Running:
    """A daemon with a configuration of a table, in a namespace whose real servers answer."""

    def __init__(
        self, bench: Bench, table: Table, name: str, checks: Checks = SELDOM,
        servers: tuple[str, ...] = ("--hang-up",), alike: bool = True,
    ) -> None:
        self.name, self.table = name, table
        self.options, self.alike = servers, alike
        self.log = f"/run/lab/logs/{name}-{table.destinations}-{checks.kind}.log"
        if name == "penstock":
            path = file("penstock.yaml", table.penstock(FOLDER, checks))
            self.command = [bench.penstock, "run", "--config", path, "--log-level", "warning"]
        else:
            path = file("keepalived.conf", table.keepalived(checks))
            # Checks only, and quiet: what it says of every real server would cost it time.
            self.command = [
                "keepalived", "--dont-fork", "--check", "--no-syslog", "--use-file", path,
                "--pid", f"{FOLDER}/k.pid", "--checkers_pid", f"{FOLDER}/kc.pid",
            ]

    def __enter__(self) -> Running:
        self.farm = farm(*self.options, alike=self.alike)
        self.where, self.servers = self.farm.__enter__()
        self.watch = Watch(self.where, self.table)
        self.began = time.monotonic()
        self.process = self.where.start(*self.command, log=self.log)
        return self

    def __exit__(self, *error: object) -> None:
        try:
            # Neither is measured on its way out, and keepalived would empty the table first.
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        finally:
            self.farm.__exit__(None, None, None)

    def full(self) -> float:
        """Seconds from the start of the process to its last real server in the kernel."""
        return self.watch.full(self.process, self.log) - self.began

    def cpu(self) -> float:
        """Seconds of CPU that all of it has used."""
        return family_cpu(self.process.pid)

    def resident(self) -> int:
        """Kilobytes of all its processes together."""
        return sum(sample(pid).resident for pid in family(self.process.pid))


def file(name: str, text: str) -> str:
    """Writes a file of this run and returns its path."""
    path = f"{FOLDER}/{name}"
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)
    return path


def blocks(table: str) -> list[str]:
    """The services of /proc/net/ip_vs, each with its real servers in the kernel's order; sorted,
    because the order of services means nothing."""
    services: list[str] = []
    for line in table.splitlines()[3:]:
        if line.startswith("  ->"):
            services[-1] += "\n" + line
        else:
            services.append(line)
    return sorted(services)


def run_in(where: Bed, *command: str) -> str:
    """Runs a command in a namespace."""
    return run("ip", "netns", "exec", where.name, *command)
