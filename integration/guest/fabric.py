"""The fabric: client, ECMP router, directors, real servers, and the wires between them.

    client ── router ══ br-fabric ══ director-a, director-b
                 │                        │
                 └────── br-servers ──────┴── rs1, rs2, rs3
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable

from director import FRR_BIN, LAB, Director
from ledger import Client
from routes import RouteTruth
from shell import TRAFFIC, ip_batch, network_namespace, run, wait_until, write_sysctls
from vty import VTY
from worker import Program

VIP4, VIP6 = "203.0.113.10", "2001:db8:113::10"
VIPS = (VIP4, VIP6)
CLIENT4, CLIENT6 = "192.0.2.10", "2001:db8:c::10"
PORT = 80
SERVICE = {VIP4: f"TCP {VIP4}:{PORT}", VIP6: f"TCP [{VIP6}]:{PORT}"}
# Addresses, protocol and ports (FIB_MULTIPATH_HASH_FIELD_*, include/net/ip_fib.h).
FLOW_FIELDS = str(0x01 | 0x02 | 0x04 | 0x10 | 0x20)
SERVERS = ("rs1", "rs2", "rs3")
NAMESPACES = ("client", "router", *SERVERS)


def server_address(name: str, vip: str) -> str:
    """A real server's own address in the family of a VIP."""
    number = 10 + int(name[2:])
    return f"2001:db8:20::{number}" if ":" in vip else f"10.20.0.{number}"


def destination(name: str, vip: str) -> str:
    """A real server as IPVS names it."""
    address = server_address(name, vip)
    return f"[{address}]:{PORT}" if ":" in vip else f"{address}:{PORT}"


class RealServer:
    """A real server's process and its switch."""

    def __init__(self, name: str, *options: str) -> None:
        self.name = name
        self.program = Program(f"/run/netns/{name}", TRAFFIC, "server", name, *options)

    def kill(self) -> None:
        """From now on connections to it are refused."""
        self.program.say("down")

    def revive(self) -> None:
        """It answers again."""
        self.program.say("up")

    def answer_after(self, milliseconds: int) -> None:
        """From now on its answers wait so long; checks by connection see nothing of it."""
        self.program.say(f"late {milliseconds}")


class Fabric:
    """Everything but Penstock."""

    def __init__(self, examples: str, say: Callable[[str], None]) -> None:
        self.examples = examples
        self.say = say
        self.directors = [
            Director("director-a", 11, examples),
            Director("director-b", 12, examples),
        ]
        self.router = VTY("/run/frr/router/bgpd.vty")
        self.servers: dict[str, RealServer] = {}
        self.routes: RouteTruth
        self.client: Client

    def build(self, config: str) -> None:
        """Wires first, then the router, the directors and the servers."""
        self.say("wires: client, router, three real servers, two bridges")
        self._wires()
        self.routes = RouteTruth("/run/netns/router")
        self.say("router: FRR with ECMP")
        self._start_router()
        for name in SERVERS:
            self.servers[name] = RealServer(name)
        for director in self.directors:
            self.say(f"{director.name}: LXC container, FRR, foreign IPVS services")
            director.start(config)
        targets = [(vip, PORT) for vip in VIPS]
        self.client = Client("/run/netns/client", targets, list(SERVERS))
        wait_until("four Established BGP sessions on the router", self.sessions)
        self.say("fabric: four BGP sessions Established")

    def _wires(self) -> None:
        ip_batch([f"netns add {name}" for name in NAMESPACES])
        lines = []
        for bridge in ("br-fabric", "br-servers"):
            lines += [f"link add {bridge} type bridge", f"link set {bridge} up"]
        lines += ["link add eth0 netns client type veth peer name client netns router"]
        for end, space, name, bridge in (
            ("router-fabric", "router", "fabric", "br-fabric"),
            ("router-servers", "router", "servers", "br-servers"),
            *((f"{server}-servers", server, "eth0", "br-servers") for server in SERVERS),
        ):
            lines += [
                f"link add {end} type veth peer name {name} netns {space}",
                f"link set {end} master {bridge} up",
            ]
        for space in NAMESPACES:
            # Duplicate address detection makes an address useless for a second or two.
            write_sysctls(f"/run/netns/{space}", {
                "net/ipv6/conf/all/accept_dad": "0", "net/ipv6/conf/default/accept_dad": "0",
                "net/ipv6/conf/default/accept_ra": "0",
            })
        ip_batch(lines)
        ip_batch([
            "link set lo up", "link set eth0 up",
            f"addr add {CLIENT4}/24 dev eth0", f"addr add {CLIENT6}/64 dev eth0 nodad",
            "route add default via 192.0.2.1", "route add default via 2001:db8:c::1",
        ], "client")
        ip_batch([
            "link set lo up", "link set client up", "link set fabric up", "link set servers up",
            "addr add 192.0.2.1/24 dev client", "addr add 2001:db8:c::1/64 dev client nodad",
            "addr add 10.0.0.1/24 dev fabric", "addr add 2001:db8:a::1/64 dev fabric nodad",
            "addr add 10.20.0.1/16 dev servers", "addr add 2001:db8:20::1/64 dev servers nodad",
        ], "router")
        write_sysctls("/run/netns/router", {
            "net/ipv4/ip_forward": "1", "net/ipv6/conf/all/forwarding": "1",
            # By what the packet says. Policy 1 takes the hash that came with the packet, and over a
            # veth that is the sender's own: of a socket, not of a flow, and another one whenever
            # something is sent again.
            "net/ipv4/fib_multipath_hash_policy": "3", "net/ipv6/fib_multipath_hash_policy": "3",
            "net/ipv4/fib_multipath_hash_fields": FLOW_FIELDS,
            "net/ipv6/fib_multipath_hash_fields": FLOW_FIELDS,
            # Clients come in on one link and answers leave the servers by another.
            "net/ipv4/conf/all/rp_filter": "0", "net/ipv4/conf/default/rp_filter": "0",
            # The router would tell servers of "better" ways and clients of unreachable VIPs
            # only so often; the ledger wants every answer.
            "net/ipv4/conf/all/send_redirects": "0", "net/ipv4/icmp_ratelimit": "0",
            "net/ipv6/icmp/ratelimit": "0",
        })
        for name in SERVERS:
            self._real_server_addresses(name)

    @staticmethod
    def _real_server_addresses(name: str) -> None:
        """The VIP on loopback, and silence about it on the wire."""
        write_sysctls(f"/run/netns/{name}", {
            "net/ipv4/conf/all/arp_ignore": "1", "net/ipv4/conf/all/arp_announce": "2",
            "net/ipv4/conf/all/rp_filter": "0", "net/ipv4/conf/default/rp_filter": "0",
        })
        ip_batch([
            "link set lo up", "link set eth0 up",
            f"addr add {server_address(name, VIP4)}/16 dev eth0",
            f"addr add {server_address(name, VIP6)}/64 dev eth0 nodad",
            f"addr add {VIP4}/32 dev lo", f"addr add {VIP6}/128 dev lo nodad",
            "route add default via 10.20.0.1", "route add default via 2001:db8:20::1",
        ], name)

    def _start_router(self) -> None:
        os.makedirs("/run/frr/router", exist_ok=True)
        os.makedirs("/etc/frr/router", exist_ok=True)
        for folder in ("/run/frr", "/run/frr/router"):
            shutil.chown(folder, "frr", "frr")
        shutil.copy(os.path.join(self.examples, "frr-router.conf"), "/etc/frr/router/frr.conf")
        with open("/etc/frr/router/vtysh.conf", "w", encoding="ascii") as file:
            file.write("service integrated-vtysh-config\n")
        with network_namespace("/run/netns/router"):
            # Without it zebra replaces an IPv6 route by taking it away first: for that moment
            # the kernel tells a client that there is no route.
            run(f"{FRR_BIN}/zebra", "-d", "-N", "router", "-A", "127.0.0.1", "-s", "90000000",
                "--v6-rr-semantics")
            run(f"{FRR_BIN}/bgpd", "-d", "-N", "router", "-A", "127.0.0.1")
            run("vtysh", "-N", "router", "-b")

    # -- what the router sees ------------------------------------------------------------------

    def sessions(self) -> tuple[bool, str]:
        """Whether every director's two sessions are Established, and the states."""
        summary = self.router.json("show bgp summary json")
        states = {
            address: peer["state"]
            for family in summary.values()
            for address, peer in family.get("peers", {}).items()
        }
        good = len(states) == 2 * len(self.directors)
        good = good and all(state == "Established" for state in states.values())
        return good, ", ".join(f"{a} {s}" for a, s in sorted(states.items())) or "no peers"

    def updates(self) -> int:
        """BGP UPDATE messages the router has received from all directors."""
        neighbors = self.router.json("show bgp neighbors json")
        return sum(
            peer.get("messageStats", {}).get("updatesRecv", 0)
            for peer in neighbors.values()
            if isinstance(peer, dict)
        )

    def announcers(self, vip: str) -> frozenset[str]:
        """The directors over which the router's kernel spreads a VIP's flows now."""
        hops = self.routes.nexthops(vip)
        return self.named(hops)

    def named(self, hops: frozenset[str]) -> frozenset[str]:
        """Next hops by the directors' names; one that is no director's stays an address."""
        names = {hop: d.name for d in self.directors for hop in d.nexthops}
        return frozenset(names.get(hop, hop) for hop in hops)

    def expect_announcers(self, names: set[str], vips: tuple[str, ...] = VIPS) -> None:
        """Waits until exactly these directors attract each VIP's flows."""
        for vip in vips:
            wait_until(
                f"{vip} to be routed to {', '.join(sorted(names)) or 'nobody'}",
                lambda vip=vip: self._announced_by(vip, names),  # type: ignore[misc]
            )

    def _announced_by(self, vip: str, names: set[str]) -> tuple[bool, str]:
        seen = self.announcers(vip)
        return seen == names, ", ".join(sorted(seen)) or "no route"
