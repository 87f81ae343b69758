"""The same services and real servers in the words of every program under test.

A service is `vip:port` with `servers` real servers of its own; every address occurs once, so that
nothing can be shared that a director would have to keep for each.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass

FIRST_VIP = int(ipaddress.ip_address("203.0.112.1"))
FIRST_SERVER = int(ipaddress.ip_address("10.64.1.0"))
FIRST_PORT = 8000
# What all real servers lie in, for the one route that leads to them.
SERVER_NETWORK = "10.64.0.0/14"
OWNED_PREFIX = "203.0.112.0/20"
# A VIP has a handful of ports; ten make a thousand services a hundred addresses.
SERVICES_PER_VIP = 10
# Real servers are asked at one port of their own, wherever they serve.
CHECK_PORT = 80
# Far apart, so that a load and a table are measured and not the checks; the same for all.
CHECK_EVERY_SECONDS, CHECK_TIMEOUT_SECONDS = 600, 5


@dataclass(frozen=True)
class Checks:
    """How real servers are checked, the same for every program."""

    kind: str = "tcp"
    every: int = CHECK_EVERY_SECONDS
    timeout: int = CHECK_TIMEOUT_SECONDS
    # What only Penstock has: an idle connection whose end asks for a check at once.
    sentinel: bool = False

    def keepalived(self) -> list[str]:
        """The lines of a real server. One failure is enough, as it is said of Penstock's rows
        where the time to notice is measured; keepalived is then at its fastest."""
        lines = [f"connect_port {CHECK_PORT}", f"connect_timeout {self.timeout}", "retry 0",
                 "delay_before_retry 0"]
        if self.kind == "http":
            lines = ["url {", "  path /", "  status_code 200", "}", *lines]
        name = {"tcp": "TCP_CHECK", "http": "HTTP_GET"}[self.kind]
        return [f"    {line}" for line in (f"{name} {{", *(f"  {each}" for each in lines), "}")]

    def penstock(self) -> str:
        """The check in a configuration of Penstock."""
        path = ", path: /" if self.kind == "http" else ""
        words = ", fast-every: 500ms, rise: 1, fall: 3, sentinel: true" if self.sentinel else ""
        return (f"{{ type: {self.kind}, port: {CHECK_PORT}, every: {self.every}s,"
                f" timeout: {self.timeout}s{path}{words} }}")


# A load is measured, and not its checks.
SELDOM = Checks()


@dataclass(frozen=True)
class Table:
    """So many services of so many real servers, scheduled alike."""

    services: int
    servers: int
    scheduler: str = "rr"

    @property
    def destinations(self) -> int:
        return self.services * self.servers

    @property
    def entries(self) -> int:
        """Lines of `ipvsadm -Ln`, as the size of a table is told."""
        return self.services + self.destinations

    def __str__(self) -> str:
        return f"{self.services:,} × {self.servers}"

    def service(self, number: int) -> tuple[str, int]:
        """The address and port of a service, from 0; in their order."""
        vip, port = divmod(number, SERVICES_PER_VIP)
        return str(ipaddress.ip_address(FIRST_VIP + vip)), FIRST_PORT + port

    def server(self, service: int, number: int) -> str:
        """The address of a real server of a service, both from 0."""
        return str(ipaddress.ip_address(FIRST_SERVER + service * self.servers + number))

    def _each(self) -> Iterator[tuple[str, int, list[str]]]:
        for number in range(self.services):
            servers = [self.server(number, each) for each in range(self.servers)]
            yield *self.service(number), servers

    def rules(self) -> str:
        """What `ipvsadm -R` reads: numbers only, or it would ask name servers."""
        flags = " -b mh-fallback,mh-port" if self.scheduler == "mh" else ""
        lines = []
        for address, port, servers in self._each():
            lines.append(f"-A -t {address}:{port} -s {self.scheduler}{flags}")
            lines += [f"-a -t {address}:{port} -r {each}:{port} -g -w 1" for each in servers]
        return "\n".join(lines) + "\n"

    def keepalived(self, checks: Checks = SELDOM) -> str:
        """A configuration of keepalived's checkers."""
        lines = ["global_defs {", "  router_id bench", "}"]
        for address, port, servers in self._each():
            lines += [
                f"virtual_server {address} {port} {{",
                f"  delay_loop {checks.every}",
                f"  lb_algo {self.scheduler}",
                "  lb_kind DR",
                "  protocol TCP",
                # A real server that is down keeps its place with weight 0, as with Penstock.
                "  inhibit_on_failure",
            ]
            for each in servers:
                lines += [
                    f"  real_server {each} {port} {{",
                    "    weight 1",
                    *checks.keepalived(),
                    "  }",
                ]
            lines.append("}")
        return "\n".join(lines) + "\n"

    def addresses(self) -> list[str]:
        """Its VIPs."""
        return sorted({self.service(number)[0] for number in range(self.services)})

    def penstock(self, folder: str, checks: Checks = SELDOM, bgpd: str = "") -> str:
        """A configuration of Penstock, with its control socket in a folder."""
        socket = f", vty-socket: {bgpd}" if bgpd else ""
        # Nothing is announced with kernel settings that are not a director's, but if told so.
        settings = "sysctl: ignore, " if bgpd else ""
        lines = [
            "version: 1",
            f"control: {{ socket: {folder}/control.sock }}",
            f"bgp: {{ asn: 65001, owned-prefixes: [{OWNED_PREFIX}]{socket} }}",
            f"ipvs: {{ {settings}defaults: {{ scheduler: {self.scheduler}, flags: [] }} }}",
            "checks:",
            f"  alive: {checks.penstock()}",
            "vips:",
        ]
        for number, (address, port, servers) in enumerate(self._each()):
            if number % SERVICES_PER_VIP == 0:
                lines += [f"  - name: v{number}", f"    address: {address}", "    services:"]
            lines.append(
                f"      - {{ name: p{port}, listen: {port}/tcp, checks: [alive],"
                f" backends: [{', '.join(servers)}] }}"
            )
        return "\n".join(lines) + "\n"
