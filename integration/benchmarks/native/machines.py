"""Machines of the native bench: network namespaces with real FRR, and the wires between them.

Everything is inside the mount, process and network namespaces that `lib/alone.sh` makes for one
run, so names need to be unique in here only, and whatever way a run ends, nothing stays behind.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence

from routes import RouteTruth
from shell import Failed, ip_batch, network_namespace, read, run, wait_until, write_sysctls
from vty import VTY

FRR_BIN = "/usr/lib/frr"
LOGS = os.environ.get("BENCH_LOGS", "/run/bench/logs")
# Nobody's ports of the host: every daemon of a machine has a namespace of its own.
DAEMON_OPTIONS = {"zebra": ["-s", "90000000"], "bgpd": [], "bfdd": []}
FABRIC = "10.0.0"


class Machine:
    """One network namespace with its own FRR, which `-N` gives a folder of sockets."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.path = f"/run/netns/{name}"
        self.daemons: dict[str, subprocess.Popen[bytes]] = {}
        ip_batch([f"netns add {name}"])
        write_sysctls(self.path, {
            "net/ipv4/ip_forward": "1", "net/ipv4/fib_multipath_hash_policy": "1",
            "net/ipv4/conf/all/rp_filter": "0", "net/ipv4/conf/default/rp_filter": "0",
            "net/ipv4/icmp_ratelimit": "0", "net/ipv4/ip_nonlocal_bind": "1", "net/ipv6/conf/all/accept_dad": "0",
            "net/ipv6/conf/default/accept_dad": "0",
        })
        ip_batch(["link set lo up"], name)

    def ip(self, *lines: str) -> None:
        ip_batch(lines, self.name)

    def add_vip_link(self, name: str = "vip0") -> None:
        """A link for VIPs: a dummy, or where the kernel has none an ifb, which is as good."""
        try:
            self.ip(f"link add {name} type dummy")
        except Failed:
            self.ip(f"link add {name} type ifb")
        self.ip(f"link set {name} up")

    def start(self, *command: str, log: str, **options: object) -> subprocess.Popen[bytes]:
        """Starts a program inside, with its words in a log of this run."""
        with open(f"{LOGS}/{log}", "ab") as out, network_namespace(self.path):
            return subprocess.Popen(  # type: ignore[call-overload, no-any-return]
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, **options
            )

    def run(self, *command: str) -> str:
        with network_namespace(self.path):
            return run(*command)

    # -- FRR -----------------------------------------------------------------------------------

    def frr(self, configuration: str, *daemons: str) -> None:
        """As frrinit does it: all daemons first, then the integrated configuration for all."""
        folder = f"/etc/frr/{self.name}"
        for path in (folder, f"/run/frr/{self.name}"):
            os.makedirs(path, exist_ok=True)
            shutil.chown(path, "frr", "frr")
        self._write("frr.conf", configuration)
        self._write("vtysh.conf", "service integrated-vtysh-config\n")
        for daemon in daemons:
            self.start_daemon(daemon)
        run("vtysh", "-N", self.name, "-b")

    def _write(self, name: str, text: str) -> None:
        path = f"/etc/frr/{self.name}/{name}"
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        shutil.chown(path, "frr", "frr")

    def start_daemon(self, daemon: str) -> None:
        """Starts a daemon without its configuration, and waits for its socket."""
        path = self.socket(daemon)
        self.daemons[daemon] = self.start(
            f"{FRR_BIN}/{daemon}", "-N", self.name, "-A", "127.0.0.1",
            "--log", f"file:{LOGS}/{self.name}-{daemon}.log",
            *DAEMON_OPTIONS[daemon], log=f"{self.name}-{daemon}.out",
        )
        wait_until(f"{path} to answer", lambda: self._answers(daemon), every=0.01)

    def _answers(self, daemon: str) -> tuple[bool, str]:
        process = self.daemons[daemon]
        if process.poll() is not None:
            raise Failed(
                f"{daemon} of {self.name} ended with {process.returncode}: "
                + read(f"{LOGS}/{self.name}-{daemon}.out")[-1000:]
            )
        return self.vty(daemon).text("echo PING") == "PING\n", "another answer"

    def load(self, daemon: str) -> None:
        """Gives a daemon that was started again its part of the configuration, as Debian does
        (`vtysh_b` in frrcommon.sh)."""
        run("vtysh", "-N", self.name, "-b", "-d", daemon)

    def kill(self, daemon: str) -> None:
        """Ends a daemon as a crash would: nothing is said to anybody but by the kernel."""
        process = self.daemons.pop(daemon)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def stop(self, daemon: str) -> None:
        """Ends a daemon as `systemctl stop` does."""
        process = self.daemons.pop(daemon)
        process.terminate()
        process.wait(30)

    def socket(self, daemon: str) -> str:
        return f"/run/frr/{self.name}/{daemon}.vty"

    def vty(self, daemon: str = "bgpd") -> VTY:
        return VTY(self.socket(daemon))

    def vtysh(self, *arguments: str) -> str:
        return run("vtysh", "-N", self.name, *arguments)

    def pid(self, daemon: str) -> int:
        return self.daemons[daemon].pid

    def truth(self) -> RouteTruth:
        return RouteTruth(self.path)

    def remove(self) -> None:
        """Ends everything inside, and the namespace with it."""
        for pid in run("ip", "netns", "pids", self.name).split():
            try:
                os.kill(int(pid), signal.SIGKILL)
            except ProcessLookupError:
                pass  # It went by itself.
        for process in self.daemons.values():
            process.wait()
        self.daemons.clear()
        ip_batch([f"netns del {self.name}"])


class Switch:
    """A learning switch: a machine that loses power behind it leaves others' carriers up."""

    def __init__(self, name: str = "switch") -> None:
        self.name = name
        ip_batch([f"netns add {name}"])
        ip_batch(["link add br0 type bridge", "link set br0 up"], name)

    def plug(self, machine: Machine, address: str, device: str = "eth0") -> None:
        port = self._port(machine, device)
        ip_batch([
            f"link add {port} type veth peer name {device} netns {machine.name}",
            f"link set {port} master br0 up",
        ], self.name)
        machine.ip(f"link set {device} up", f"addr add {address} dev {device}")

    def silence(self, machine: Machine, device: str = "eth0") -> None:
        """From now on nothing passes, and no carrier is lost."""
        ip_batch([f"link set {self._port(machine, device)} nomaster"], self.name)

    def listen(self, machine: Machine, device: str = "eth0") -> None:
        """Everything passes again."""
        ip_batch([f"link set {self._port(machine, device)} master br0"], self.name)

    @staticmethod
    def _port(machine: Machine, device: str) -> str:
        return f"{machine.name[-8:]}-{device}"

    def remove(self) -> None:
        ip_batch([f"netns del {self.name}"])


def established(machine: Machine, count: int) -> tuple[bool, str]:
    """Whether so many sessions of a machine are up, and the states of all."""
    summary = machine.vty().json("show bgp summary json")
    states = {
        f"{family} {name}": peer["state"]
        for family, content in summary.items()
        for name, peer in content.get("peers", {}).items()
    }
    up = sum(state == "Established" for state in states.values())
    return up >= count, ", ".join(f"{name} {state}" for name, state in states.items())


def remove_all(machines: Sequence[Machine | Switch]) -> None:
    for machine in machines:
        machine.remove()
