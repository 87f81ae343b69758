"""A director: an LXC container with an FRR, an IPVS table and a Penstock of its own."""

from __future__ import annotations

import grp
import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import time
from typing import Any

import ipvs
from nlmon import WriteCounter
from shell import Failed, ip_batch, read, run, wait_until
from vty import VTY

LAB = "/run/lab"
FRR_BIN = "/usr/lib/frr"
# A user of its own without a name: what counts are the numbers, the capabilities and the group.
PENSTOCK_ID = 64119
# `ipvsadm` commands an operator of something else would have typed; none of it is Penstock's.
FOREIGN_IPVS = """\
-A -t 198.51.100.7:8080 -s rr
-a -t 198.51.100.7:8080 -r 10.20.0.11:8080 -g -w 3
-a -t 198.51.100.7:8080 -r 10.20.0.12:8080 -g -w 5
-A -u [2001:db8:feed::7]:53 -s wlc
-a -u [2001:db8:feed::7]:53 -r [2001:db8:20::11]:53 -g -w 1
-A -f 77 -s wrr
-a -f 77 -r 10.20.0.13:0 -g -w 9
"""
# FRR's configurations for the two methods, and the number that Penstock's kernel routes have.
FRR_NETWORK, FRR_KERNEL_ROUTE = "frr-director.conf", "frr-director-kernel-route.conf"
ROUTE_PROTOCOL = 201
# What makes a restart of bgpd graceful.
GRACEFUL = " bgp graceful-restart"
# How long the kernel keeps the entry of a connection that is silent.
ESTABLISHED_SECONDS = 120
# Between the start of nsenter and its fork lie milliseconds, or seconds on a machine in need.
FORK_TIMEOUT = 20.0
# Networks outside the owned ranges, as an operator's own statements in frr.conf.
FOREIGN_NETWORKS = {"ipv4 unicast": "198.51.100.0/24", "ipv6 unicast": "2001:db8:feed::/48"}


class Director:
    """One container; `number` is 11, 12, … and the last part of its addresses."""

    def __init__(self, name: str, number: int, examples: str) -> None:
        self.name = name
        self.number = number
        self.examples = examples
        self.home = f"{LAB}/{name}"
        self.log = f"{LAB}/logs/{name}-penstock.log"
        self.config = f"{self.home}/etc-penstock/penstock.yaml"
        self.vty = VTY(f"{self.home}/run/frr/bgpd.vty")
        self.pid = 0
        # Which of the examples its FRR runs with.
        self.frr_example = FRR_NETWORK
        # Where in its log the current case begins.
        self.marked = 0
        self.writes: WriteCounter | None = None
        self._penstock: subprocess.Popen[bytes] | None = None

    # -- addresses -----------------------------------------------------------------------------

    @property
    def wires(self) -> tuple[str, str]:
        """This machine's ends of its two wires: to the fabric and to the real servers."""
        return f"{self.name}-eth0", f"{self.name}-eth1"

    @property
    def namespace(self) -> str:
        """Its network namespace, for sockets and sysctls."""
        return f"/proc/{self.pid}/ns/net"

    @property
    def nexthops(self) -> frozenset[str]:
        """The addresses under which routers know this director."""
        return frozenset({f"10.0.0.{self.number}", f"2001:db8:a::{self.number}"})

    def _localised(self, name: str) -> str:
        """An example file with this director's name and addresses instead of the first one's."""
        with open(os.path.join(self.examples, name), encoding="utf-8") as file:
            text = file.read()
        for old, new in (
            ("10.0.0.11", f"10.0.0.{self.number}"),
            ("2001:db8:a::11", f"2001:db8:a::{self.number}"),
            ("10.20.0.2/", f"10.20.0.{self.number - 9}/"),
            ("2001:db8:20::2/", f"2001:db8:20::{self.number - 9}/"),
            ("director-a", self.name),
            ("hostname director\n", f"hostname {self.name}\n"),
        ):
            text = text.replace(old, new)
        return text

    # -- the container -------------------------------------------------------------------------

    def start(self, config: str) -> None:
        """Starts the container and its FRR; Penstock has its own start."""
        for folder in ("run/frr", "run/penstock", "state", "etc-frr", "etc-penstock"):
            os.makedirs(f"{self.home}/{folder}", exist_ok=True)
        for folder in ("run/frr", "etc-frr"):
            shutil.chown(f"{self.home}/{folder}", "frr", "frr")
        for folder in ("run/penstock", "state"):
            os.chown(f"{self.home}/{folder}", PENSTOCK_ID, PENSTOCK_ID)
        os.makedirs(f"{LAB}/lxc", exist_ok=True)
        self._write("etc-frr/frr.conf", self._frr_configuration())
        self._write("etc-frr/vtysh.conf", "service integrated-vtysh-config\n")
        shutil.copy(config, self.config)
        self._write("example.conf", self._localised("lxc-director.conf"))
        self._write("lxc.conf", self._lxc_configuration())
        run("lxc-start", "-n", self.name, "-f", f"{self.home}/lxc.conf", "-P", f"{LAB}/lxc",
            "-o", f"{LAB}/logs/{self.name}-lxc.log", "-p", f"{self.home}/pid")
        self.pid = int(wait_until(f"{self.name}'s container", self._container_pid))
        # Duplicate address detection would hold the IPv6 session back for seconds.
        self.writes = WriteCounter(self.namespace)
        self.inside("ipvsadm", "-R", text=FOREIGN_IPVS)
        # A flow that routers have moved away leaves an entry behind for a quarter of an hour, and
        # the drain of a real server waits for it.
        self.inside("ipvsadm", "--set", str(ESTABLISHED_SECONDS), "0", "0")
        self.start_frr()

    def _container_pid(self) -> tuple[bool, str]:
        """The pid file names LXC's monitor; the container's init is its child."""
        monitor = read(f"{self.home}/pid").strip()
        children = read(f"/proc/{monitor}/task/{monitor}/children").split() if monitor else []
        booted = os.path.exists(f"{self.home}/run/booted")
        return booted and len(children) == 1, children[0] if children else "no init yet"

    def _write(self, name: str, text: str) -> None:
        with open(f"{self.home}/{name}", "w", encoding="utf-8") as file:
            file.write(text)

    def _frr_configuration(self) -> str:
        text = self._localised(self.frr_example)
        # Graceful restart needs BFD beside it, or a director without power is kept for half a
        # minute; and under emulation a second of silence is nothing unusual. What it does is
        # measured natively, by `integration/bench --only restart`.
        text = "".join(
            line for line in text.splitlines(keepends=True) if not line.startswith(GRACEFUL)
        )
        for family, network in FOREIGN_NETWORKS.items():
            line = f" address-family {family}\n"
            text = text.replace(line, f"{line}  network {network}\n", 1)
        return text

    def _lxc_configuration(self) -> str:
        """The shipped example plus what only this lab needs: the machine's own root as root file
        system, an init that does nothing, and folders that the judges outside can read."""
        return f"""\
lxc.include = {self.home}/example.conf
lxc.rootfs.path = dir:/
lxc.init.cmd = /bin/bash {os.path.dirname(__file__)}/director-init
lxc.apparmor.profile = unconfined
lxc.net.0.veth.pair = {self.wires[0]}
lxc.net.1.veth.pair = {self.wires[1]}
lxc.mount.entry = {self.home}/run run none bind 0 0
lxc.mount.entry = {self.home}/etc-frr etc/frr none bind,create=dir 0 0
lxc.mount.entry = {self.home}/etc-penstock etc/penstock none bind,create=dir 0 0
lxc.mount.entry = {self.home}/state var/lib/penstock none bind,create=dir 0 0
"""

    def lose_power(self) -> None:
        """Penstock and bgpd die and both wires go dead at once: nothing is said to anybody but
        what bgpd's kernel sends when its sockets close, which routers with BFD would know as
        soon from the silence. What memory held is gone too."""
        self.stop_penstock(signal.SIGKILL)
        self.kill_bgpd()
        ip_batch([f"link set {wire} down" for wire in self.wires])
        self.inside("ipvsadm", "-C")

    def regain_power(self) -> None:
        """Wires, bgpd and somebody else's services are back; Penstock has its own start."""
        ip_batch([f"link set {wire} up" for wire in self.wires])
        self.inside("ipvsadm", "-R", text=FOREIGN_IPVS)
        self.start_bgpd()

    def inside(self, *command: str, text: str | None = None, check: bool = True) -> str:
        """Runs a command in the container, as root."""
        return run(*self._enter(), *command, text=text, check=check)

    def _enter(self) -> list[str]:
        return ["nsenter", "-t", str(self.pid), "-m", "-u", "-i", "-n", "-p", "--"]

    # -- FRR -----------------------------------------------------------------------------------

    def start_frr(self) -> None:
        """As frrinit does: daemons first, then the integrated configuration."""
        self.inside(f"{FRR_BIN}/zebra", "-d", "-A", "127.0.0.1", "-s", "90000000")
        self.start_bgpd()

    def start_bgpd(self) -> None:
        self.inside(f"{FRR_BIN}/bgpd", "-d", "-A", "127.0.0.1")
        self.inside("vtysh", "-b")

    def kill_bgpd(self) -> None:
        """SIGKILL: the socket file stays behind, as after a crash."""
        self._kill("bgpd")

    def _kill(self, daemon: str) -> None:
        pid = int(read(f"{self.home}/run/frr/{daemon}.pid"))
        # The number is the container's; in here processes of that namespace are children of ours.
        self.inside("kill", "-KILL", str(pid))

    def use_frr(self, example: str) -> None:
        """Starts FRR as a whole with another of the examples."""
        self.frr_example = example
        self._write("etc-frr/frr.conf", self._frr_configuration())
        # bgpd misses what happens while zebra alone is away.
        self._kill("bgpd")
        self._kill("zebra")
        self.start_frr()

    def freeze_bgpd(self) -> None:
        """bgpd hangs: its sockets are open and nobody answers."""
        os.kill(self.bgpd_pid(), signal.SIGSTOP)

    def thaw_bgpd(self) -> None:
        os.kill(self.bgpd_pid(), signal.SIGCONT)

    def bgpd_pid(self) -> int:
        """bgpd's process number as this machine sees it; its own file has the container's."""
        own = read(f"{self.home}/run/frr/bgpd.pid").strip()
        space = os.readlink(f"/proc/{self.pid}/ns/pid")
        for entry in filter(str.isdigit, os.listdir("/proc")):
            try:
                status = read(f"/proc/{entry}/status")
                is_here = os.readlink(f"/proc/{entry}/ns/pid") == space
            except OSError:  # it ended meanwhile
                continue
            numbers = next(line for line in status.splitlines() if line.startswith("NSpid:"))
            if is_here and numbers.split()[-1] == own:
                return int(entry)
        raise Failed(f"no process {own} in {self.name}")

    def networks(self) -> set[str]:
        """The prefixes of the `network` statements bgpd holds now."""
        return {
            line.split()[1]
            for line in self.vty.text("show running-config").splitlines()
            if line.startswith("  network ")
        }

    def kernel_routes(self, protocol: int = ROUTE_PROTOCOL) -> dict[str, set[int]]:
        """The metrics of the kernel routes with a protocol number, by where they lead."""
        routes: dict[str, set[int]] = {}
        for family in ("-4", "-6"):
            text = self.inside("ip", "-j", family, "route", "show", "proto", str(protocol))
            for route in json.loads(text or "[]"):
                routes.setdefault(route["dst"], set()).add(route.get("metric", 0))
        return routes

    def operator_configuration(self) -> str:
        """bgpd's running configuration without the statements that are Penstock's."""
        owned = ("  network 203.0.113.", "  network 2001:db8:113:")
        return "\n".join(
            line
            for line in self.vty.text("show running-config").splitlines()
            if not line.startswith(owned)
        )

    # -- IPVS ----------------------------------------------------------------------------------

    def table(self) -> dict[str, ipvs.Service]:
        """This director's IPVS table."""
        return ipvs.table(self.pid)

    def listing(self) -> dict[str, ipvs.Listed]:
        """The same in the kernel's order and of any size, for the price of a process."""
        return ipvs.listing(self.inside("ipvsadm", "-Ln", "--nosort"))

    @property
    def connection_file(self) -> str:
        """Where its kernel lists connection entries."""
        return ipvs.connection_file(self.pid)

    def foreign_services(self) -> dict[str, ipvs.Service]:
        """The part of the table that is none of Penstock's business."""
        mine = ("TCP 203.0.113.", "TCP [2001:db8:113:")
        return {key: value for key, value in self.table().items() if not key.startswith(mine)}

    def weight(self, service: str, destination: str) -> int | None:
        """The weight of one real server; None when it is not in the table."""
        entry = self.table().get(service)
        return None if entry is None else entry.destinations.get(destination)

    # -- Penstock ------------------------------------------------------------------------------

    def start_penstock(self, binary: str) -> None:
        """Starts it with its log in JSON; what it says is in `log`."""
        with open(self.log, "ab") as log:
            self._penstock = subprocess.Popen(
                [*self._as_penstock(), binary, "run", "--config", "/etc/penstock/penstock.yaml",
                 "--log-format", "json"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )

    def _as_penstock(self) -> list[str]:
        """As the service unit does: its own user, two capabilities, FRR's group, no root."""
        kept = "+net_admin,+net_raw"
        return [
            *self._enter(), "setpriv", f"--reuid={PENSTOCK_ID}", f"--regid={PENSTOCK_ID}",
            f"--groups={self._frrvty()}", f"--inh-caps={kept}",
            f"--ambient-caps={kept}", f"--bounding-set=-all,{kept}",
        ]

    @staticmethod
    def _frrvty() -> int:
        return grp.getgrnam("frrvty").gr_gid

    def penstock_pid(self) -> int:
        """Penstock's process number as this machine sees it; 0 when it does not run.

        nsenter forks a moment after it starts, and the kernel says of `children` that it may miss
        one while others come and go: an empty answer of a living nsenter is asked again."""
        enter = self._penstock
        deadline = time.monotonic() + FORK_TIMEOUT
        while enter is not None and enter.poll() is None:
            if children := read(f"/proc/{enter.pid}/task/{enter.pid}/children").split():
                return int(children[0])
            if time.monotonic() > deadline:
                raise Failed(f"{self.name}: nsenter runs, and has no penstock in it")
            time.sleep(0.01)
        return 0

    def stop_penstock(self, number: signal.Signals = signal.SIGTERM) -> int | None:
        """Sends a signal and waits for the end; returns the exit status."""
        if self._penstock is None:
            return None
        if (pid := self.penstock_pid()) != 0:
            os.kill(pid, number)
        try:
            return self._penstock.wait(30)
        except subprocess.TimeoutExpired:
            raise Failed(f"{self.name}: penstock still runs 30 s after {number.name}") from None

    def freeze(self) -> None:
        """Stops Penstock in its tracks."""
        pid = self.penstock_pid()
        if pid == 0:
            raise Failed(f"{self.name}: penstock does not run")
        os.kill(pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Lets a frozen Penstock go on. nsenter stops with its child, and would not see its end
        if it were left so."""
        pid = self.penstock_pid()
        if pid != 0 and self._penstock is not None:
            os.kill(pid, signal.SIGCONT)
            os.kill(self._penstock.pid, signal.SIGCONT)

    def penstock(self, binary: str, *words: str, check: bool = True) -> str:
        """One command of Penstock's command line, as the operator (root) types it."""
        return self.inside(binary, *words, check=check)

    def configure(self, binary: str, text: str) -> None:
        """Puts a configuration in force."""
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(text)
        self.penstock(binary, "reload")

    def attempt(self, binary: str, *words: str) -> tuple[int, str]:
        """The same, with its exit status."""
        done = subprocess.run(
            [*self._enter(), binary, *words],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        return done.returncode, done.stdout

    def unit_command(self, binary: str, unit: str, key: str) -> tuple[int, str]:
        """Carries out a command of one of the example units, as that unit does: by the service's
        own user and without a capability."""
        path = os.path.join(self.examples, unit)
        with open(path, encoding="utf-8") as file:
            lines = [line.strip() for line in file if line.startswith(f"{key}=")]
        if len(lines) != 1:
            raise Failed(f"{path} has {len(lines)} lines {key}=")
        words = shlex.split(lines[0].partition("=")[2].removeprefix("-"))
        if words[0] != "/usr/bin/penstock":
            raise Failed(f"{path}: {key} starts {words[0]}")
        done = subprocess.run(
            [*self._enter(), "setpriv", f"--reuid={PENSTOCK_ID}", f"--regid={PENSTOCK_ID}",
             "--clear-groups", "--bounding-set=-all", "--no-new-privs", binary, *words[1:]],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        return done.returncode, done.stdout

    def penstock_run_again(self, binary: str) -> tuple[int | None, str]:
        """Tries to start a second Penstock beside the first."""
        try:
            done = subprocess.run(
                [*self._as_penstock(), binary, "run", "--config", "/etc/penstock/penstock.yaml"],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                text=True, timeout=30,
            )
        except subprocess.TimeoutExpired as late:
            return None, f"still running after 30 s: {late.output!r}"
        return done.returncode, done.stdout

    def get(self, path: str) -> tuple[bool, str]:
        """Asks Penstock's control socket; whether the answer was 200, and its body."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(10)
            connection.connect(f"{self.home}/run/penstock/control.sock")
            request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            connection.sendall(request.encode())
            received = b"".join(iter(lambda: connection.recv(65536), b""))
        head, _, body = received.partition(b"\r\n\r\n")
        return b" 200 " in head[:16], body.decode(errors="replace")

    def status(self) -> dict[str, Any]:
        """Penstock's own word: shown to people, but no judge believes it."""
        parsed: dict[str, Any] = json.loads(self.get("/v1/status")[1])
        return parsed

    def log_since(self, offset: int) -> str:
        """What Penstock has logged after a byte offset."""
        try:
            with open(self.log, "rb") as file:
                file.seek(offset)
                return file.read().decode(errors="replace")
        except FileNotFoundError:
            return ""

    def log_size(self) -> int:
        return os.path.getsize(self.log) if os.path.exists(self.log) else 0

    def mark(self, text: str) -> None:
        """A line of the lab's own in Penstock's log, so that a reader finds the case in it."""
        self.marked = self.log_size()
        with open(self.log, "a", encoding="utf-8") as file:
            file.write(f"# {time.monotonic():.3f} {text}\n")
