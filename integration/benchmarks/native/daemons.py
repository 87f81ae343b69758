"""Penstock as it runs on a director, on a kernel without IPVS: its table is in memory, and
everything else is real."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping

from machines import LOGS, Machine
from shell import Failed, read, wait_until
from vty import VTY


class Penstock:
    """One Penstock on one machine; also a thing that announces, like those it is compared with."""

    def __init__(self, binary: str, machine: Machine, configuration: str) -> None:
        self.binary, self.machine = binary, machine
        self.home = f"/run/bench/{machine.name}-penstock"
        self.log = f"{machine.name}-penstock.log"
        os.makedirs(self.home, exist_ok=True)
        self.configuration = f"{self.home}/penstock.yaml"
        with open(self.configuration, "w", encoding="utf-8") as file:
            file.write(
                configuration.replace("$HOME", self.home)
                .replace("$VTY", machine.socket("bgpd"))
            )
        self.process = machine.start(
            binary, "run", "--config", self.configuration, "--ipvs", "memory",
            "--log-format", "json", log=self.log, env={**os.environ, "STATE_DIRECTORY": self.home},
        )

    def announces(self, vty: VTY, addresses: int) -> tuple[bool, str]:
        """Whether bgpd has so many `network` statements for host routes."""
        if self.process.poll() is not None:
            raise Failed(f"penstock ended: {read(f'{LOGS}/{self.log}')[-2000:]}")
        lines = vty.text("show running-config").splitlines()
        count = sum(line.startswith("  network ") for line in lines)
        return count == addresses, f"{count} network statements"

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def configuration(vips: Mapping[str, str], server: str, checks: str, asn: int = 65001) -> str:
    """A configuration with one service for each VIP, all of them on one real server."""
    lines = [
        "version: 1",
        "control: { socket: $HOME/control.sock, http: off }",
        f"bgp: {{ asn: {asn}, owned-prefixes: [203.0.112.0/20, 10.64.0.0/14],"
        " vty-socket: $VTY, verify-every: 1s }",
        "ipvs: { sysctl: ignore }",
        f"checks: {{ alive: {checks} }}",
        "vips:",
    ]
    for name, address in vips.items():
        lines += [
            f"  - name: {name}",
            f"    address: {address}",
            # Each fails again and again, which production holds back longer each time.
            "    advertise: { hold-up: 0s, damping: off }",
            f"    services: [{{ name: a, listen: 80/tcp, checks: [alive], backends: [{server}] }}]",
        ]
    return "\n".join(lines) + "\n"


def wait_for(daemon: Penstock, vty: VTY, count: int) -> None:
    wait_until(
        f"{count} announcements", lambda: daemon.announces(vty, count), deadline=120, every=0.05
    )
