"""Penstock as it runs on a director, on a kernel without IPVS: its table is in memory, and
everything else is real."""

from __future__ import annotations

import json
import os
import signal
import socket
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

    def ask(self, method: str, path: str, body: Mapping[str, object]) -> None:
        """One order over the control socket."""
        text = json.dumps(body).encode()
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(10)
            connection.connect(f"{self.home}/control.sock")
            head = (f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                    f"Content-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n")
            connection.sendall(head.encode() + text)
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        if not answer.startswith((b"HTTP/1.1 200", b"HTTP/1.1 202")):
            raise Failed(f"{method} {path}: {answer.decode(errors='replace')}")

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def configuration(
    vips: Mapping[str, str], server: str, checks: str, asn: int = 65001, method: str = "network",
) -> str:
    """A configuration with one service for each VIP, all of them on one real server."""
    lines = [
        "version: 1",
        "control: { socket: $HOME/control.sock, http: off }",
        f"bgp: {{ asn: {asn}, method: {method}, owned-prefixes: [203.0.112.0/20, 10.64.0.0/14],"
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
