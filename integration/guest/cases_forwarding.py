"""Forwarding other than plain direct routing, and real servers prepared by `penstock realserver`.

Director-a alone gets VIPs of its own for this, so every packet for them takes one way, and
director-b shows what a director without such services looks like.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from director import Director
from fabric import SERVERS, server_address
from harness import Lab, case, demand
from shell import network_namespace, read, run, wait_until, write_sysctls

NAT4, NAT6 = "203.0.113.20", "2001:db8:113::20"
TUN4, TUN6 = "203.0.113.30", "2001:db8:113::30"
DR4, DR6 = "203.0.113.40", "2001:db8:113::40"
# With NAT the port may differ from the servers'.
NAT_PORT = 8080
REQUESTS = 30
# A request that gets no answer is a dead one long before this, on the slowest machine.
PATIENCE_SECONDS = 3.0
CONTROL_REQUESTS = 3
# Somebody else's table, with a chain at the same hook and priority as ours.
FOREIGN_TABLE = """\
table inet operator {
\tchain postrouting {
\t\ttype nat hook postrouting priority srcnat; policy accept;
\t\tip daddr 198.51.100.99 masquerade
\t}
}
"""


# -- what the cases share ----------------------------------------------------------------------


def vip_text(name: str, address: str, port: int, options: str) -> str:
    """One VIP of the configuration, served by all servers in its family."""
    backends = ", ".join(f'"{server_address(each, address)}"' for each in SERVERS)
    if port != 80:
        backends = ", ".join(
            f'{{ address: "{server_address(each, address)}", port: 80 }}' for each in SERVERS)
    return f"""
  - name: {name}
    address: "{address}"
    advertise: {{ hold-up: 0s }}
    services:
      - name: http
        listen: {port}/tcp
        scheduler: rr
        flags: []
        {options}
        quorum: {{ up: 3, down: 1 }}
        checks: [{{ type: tcp, port: 80 }}]
        backends: [{backends}]
"""


@contextmanager
def configured(lab: Lab, extra: str) -> Iterator[Director]:
    """Director-a with more VIPs and its kernel settings applied; as before afterwards."""
    before = read(lab.a.config)
    changed = before.replace("sysctl: verify", "sysctl: apply", 1) + extra
    demand("sysctl: apply" in changed, "the lab's configuration has no `sysctl: verify`")
    try:
        reload(lab, changed)
        yield lab.a
    finally:
        reload(lab, before)


def reload(lab: Lab, text: str) -> None:
    """Puts a configuration in force on director-a."""
    with open(lab.a.config, "w", encoding="utf-8") as file:
        file.write(text)
    lab.a.penstock(lab.binary, "reload", "--wait")


def expect_route(lab: Lab, *vips: str) -> None:
    """Waits until director-a, and nobody else, attracts these VIPs."""
    lab.fabric.expect_announcers({lab.a.name}, vips)


def ask(vip: str, port: int, count: int) -> tuple[set[str], list[str]]:
    """Requests from the client, one after the other: who answered, and what went wrong."""
    answered: set[str] = set()
    failed: list[str] = []
    with network_namespace("/run/netns/client"):
        for _ in range(count):
            try:
                with socket.create_connection((vip, port), PATIENCE_SECONDS) as connection:
                    connection.settimeout(PATIENCE_SECONDS)
                    connection.sendall(b"GET / HTTP/1.1\r\nHost: lab\r\n\r\n")
                    text = b"".join(iter(lambda: connection.recv(4096), b""))
                answered.add(text.rpartition(b"\n\r\n")[2].decode().strip())
            except OSError as error:
                failed.append(f"{type(error).__name__}: {error}")
    return answered, failed


def expect_served(vip: str, port: int) -> None:
    """Demands that every request is answered, and by all servers."""
    answered, failed = ask(vip, port, REQUESTS)
    demand(not failed, f"{vip}: {len(failed)} of {REQUESTS} requests failed: {failed[:3]}")
    demand(answered == set(SERVERS), f"{vip}: only {sorted(answered)} answered")


def expect_unserved(vip: str, port: int) -> None:
    """The control: demands that no request is answered."""
    answered, failed = ask(vip, port, CONTROL_REQUESTS)
    demand(not answered, f"control: {vip} was answered by {sorted(answered)}")
    demand(len(failed) == CONTROL_REQUESTS, f"control: {vip} lost only {failed}")


def tables(director: Director) -> set[str]:
    """The tables of nf_tables in a director."""
    return set(director.inside("nft", "list", "tables").splitlines())


def sysctl(director: Director, name: str) -> str:
    """A kernel setting of a director."""
    return director.inside("cat", f"/proc/sys/{name}").strip()


def masquerades(director: Director) -> list[str]:
    """The rules of Penstock's own table, as nft words them."""
    text = director.inside("nft", "list", "table", "inet", "penstock", check=False)
    return [line.strip() for line in text.splitlines() if "masquerade" in line]


# -- NAT with source translation ---------------------------------------------------------------


@case("snat: nat services serve although no server has a route back through the director")
def source_nat(lab: Lab) -> str:
    lab.steady()
    lab.a.inside("nft", "-f", "-", text=FOREIGN_TABLE)
    foreign = lab.a.inside("nft", "-a", "list", "table", "inet", "operator")
    others = {d.name: tables(d) for d in lab.fabric.directors}
    plain = vip_text("nat", NAT4, NAT_PORT, "forward: nat") + vip_text(
        "nat-v6", NAT6, NAT_PORT, "forward: nat")
    with configured(lab, plain):
        expect_route(lab, NAT4, NAT6)
        demand(sysctl(lab.a, "net/ipv4/ip_forward") == "1", "ip_forward was not set")
        demand(sysctl(lab.a, "net/ipv4/vs/conntrack") == "0", "conntrack without snat")
        # The servers answer by their own way out, with their own address.
        expect_unserved(NAT4, NAT_PORT)
        expect_unserved(NAT6, NAT_PORT)
    snat = plain.replace("forward: nat", "forward: nat\n        snat: true")
    with configured(lab, snat):
        expect_route(lab, NAT4, NAT6)
        demand(sysctl(lab.a, "net/ipv4/vs/conntrack") == "1", "conntrack is off with snat")
        demand(sysctl(lab.a, "net/ipv6/conf/all/forwarding") == "1", "IPv6 is not forwarded")
        expect_served(NAT4, NAT_PORT)
        expect_served(NAT6, NAT_PORT)
        rules = masquerades(lab.a)
        demand(len(rules) == 2, f"the table holds {rules}")
        # What nft prints it must take back in, or a saved rule set would be spoilt.
        text = lab.a.inside("nft", "list", "table", "inet", "penstock")
        lab.a.inside("nft", "-c", "-f", "-", text=text)
        expect_adopted(lab)
        expect_repaired(lab, rules)
    wait_until("the table of masquerades to be gone", lambda: (
        tables(lab.a) == others[lab.a.name], str(sorted(tables(lab.a)))))
    demand(tables(lab.b) == others[lab.b.name], f"director-b: {sorted(tables(lab.b))}")
    demand(sysctl(lab.b, "net/ipv4/ip_forward") == "0", "director-b forwards")
    left = lab.a.inside("nft", "-a", "list", "table", "inet", "operator")
    demand(left == foreign, f"the operator's table changed:\n{foreign}\n--- now\n{left}")
    lab.a.inside("nft", "delete", "table", "inet", "operator")
    return f"{2 * REQUESTS} requests served with, {2 * CONTROL_REQUESTS} lost without"


def expect_adopted(lab: Lab) -> None:
    """A restarted Penstock finds the table right and does not write it."""
    before = lab.a.inside("nft", "-a", "list", "table", "inet", "penstock")
    lab.a.stop_penstock(signal.SIGKILL)
    expect_served(NAT4, NAT_PORT)
    lab.a.start_penstock(lab.binary)
    lab.wait_ready(lab.a)
    time.sleep(3)
    after = lab.a.inside("nft", "-a", "list", "table", "inet", "penstock")
    # Every rule that is written gets a handle of its own, so a table written anew differs.
    demand(before == after, f"the table was written anew:\n{before}\n--- now\n{after}")


def expect_repaired(lab: Lab, rules: list[str]) -> None:
    """A table that somebody emptied is written again, as is one that somebody added to."""
    lab.a.inside("nft", "flush", "table", "inet", "penstock")
    wait_until("the masquerades to be repaired", lambda: (
        masquerades(lab.a) == rules, str(masquerades(lab.a))))
    lab.a.inside(
        "nft", "add", "rule", "inet", "penstock", "postrouting", "ip", "daddr", "192.0.2.99",
        "masquerade")
    wait_until("a stranger's rule to be gone", lambda: (
        masquerades(lab.a) == rules, str(masquerades(lab.a))))
    expect_route(lab, NAT4, NAT6)
    expect_served(NAT4, NAT_PORT)


@case("snat: explain names the setting that is wrong, with its reason, and nothing is announced")
def settings_explained(lab: Lab) -> str:
    lab.steady()
    before = read(lab.a.config)
    lab.a.inside("sh", "-c", "echo 0 > /proc/sys/net/ipv4/ip_forward")
    try:
        reload(lab, before + vip_text("nat", NAT4, NAT_PORT, "forward: nat\n        snat: true"))
        wait_until("the verdict", lambda: (
            "net.ipv4.ip_forward is 0" in (seen := lab.a.penstock(lab.binary, "explain", "nat")),
            seen))
        seen = lab.a.penstock(lab.binary, "explain", "nat")
        demand("should be 1: replies of the real servers" in seen, seen)
        lab.fabric.expect_announcers(set(), (NAT4,))
    finally:
        reload(lab, before)
    line = next(line for line in seen.splitlines() if "ip_forward" in line)
    return line.strip()[:100]


# -- real servers ------------------------------------------------------------------------------


def on_server(lab: Lab, name: str, *words: str) -> tuple[int, str]:
    """`penstock realserver` on a real server: its exit status and what it said."""
    with network_namespace(f"/run/netns/{name}"):
        done = subprocess.run(
            [lab.binary, "realserver", *words, "--state", f"/run/lab/{name}.json"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
    return done.returncode, done.stdout


def server_state(name: str) -> str:
    """Everything `realserver` may change: links, addresses, settings."""
    with network_namespace(f"/run/netns/{name}"):
        links = run("ip", "-br", "addr")
        settings = [
            f"{leaf} {read(f'/proc/sys/net/ipv4/conf/{link}/{leaf}').strip()}"
            for link in ("all", "lo", "eth0")
            for leaf in ("arp_ignore", "arp_announce", "rp_filter")
        ]
    # Link-local addresses come by themselves when a tunnel is set up.
    lines = [line for line in links.splitlines() if not re.match(r"(tunl|ip6tnl|sit|gre|ip6)", line)]
    return "\n".join(lines + settings)


def prepare(lab: Lab, name: str, *words: str) -> None:
    """From "not ready" to "ready", and once more without a change."""
    status, said = on_server(lab, name, "check", *words)
    demand(status == 1 and "absent" in said, f"{name}: check ended with {status}: {said}")
    status, said = on_server(lab, name, "up", *words)
    demand(status == 0, f"{name}: up ended with {status}: {said}")
    status, said = on_server(lab, name, "up", *words)
    demand(status == 0 and "nothing to do" in said, f"{name}: up again did something: {said}")
    status, said = on_server(lab, name, "check", *words, "--json")
    demand(status == 0, f"{name}: check ended with {status}: {said}")
    demand(json.loads(said)["ready"] is True, f"{name}: {said}")


def put_back(lab: Lab, before: dict[str, str]) -> None:
    """`down` leaves what was there before `up`, and nothing to remember."""
    for name in SERVERS:
        status, said = on_server(lab, name, "down")
        demand(status == 0 and "not done" not in said, f"{name}: down: {said}")
        after = server_state(name)
        demand(after == before[name], f"{name}:\n{before[name]}\n--- now\n{after}\n{said}")
        demand(not os.path.exists(f"/run/lab/{name}.json"), f"{name}: the memory is still there")


@contextmanager
def server_settings(values: dict[str, str], usual: dict[str, str]) -> Iterator[None]:
    """Kernel settings of all servers as a fresh machine has them, and the lab's afterwards."""
    try:
        for name in SERVERS:
            write_sysctls(f"/run/netns/{name}", values)
        yield
    finally:
        for name in SERVERS:
            write_sysctls(f"/run/netns/{name}", usual)


@case("realserver: up prepares servers for direct routing, down puts them back exactly")
def direct_routing(lab: Lab) -> str:
    lab.steady()
    fresh = {"net/ipv4/conf/all/arp_ignore": "0", "net/ipv4/conf/all/arp_announce": "0"}
    usual = {"net/ipv4/conf/all/arp_ignore": "1", "net/ipv4/conf/all/arp_announce": "2"}
    extra = vip_text("dr", DR4, 80, "forward: dr") + vip_text("dr-v6", DR6, 80, "forward: dr")
    with configured(lab, extra), server_settings(fresh, usual):
        before = {name: server_state(name) for name in SERVERS}
        expect_route(lab, DR4, DR6)
        # The servers do not know these VIPs.
        expect_unserved(DR4, 80)
        expect_unserved(DR6, 80)
        for name in SERVERS:
            prepare(lab, name, DR4, DR6)
        expect_served(DR4, 80)
        expect_served(DR6, 80)
        put_back(lab, before)
        expect_unserved(DR4, 80)
    return "IPv4 and IPv6, check, up, up again, down"


@case("realserver: up --forward tun ends the directors' tunnels, IPv4 and IPv6")
def tunnels(lab: Lab) -> str:
    lab.steady()
    fresh = {
        "net/ipv4/conf/all/arp_ignore": "0", "net/ipv4/conf/all/arp_announce": "0",
        # Strict, as distributions have it: a packet out of the tunnel would be dropped.
        "net/ipv4/conf/default/rp_filter": "1",
    }
    usual = {
        "net/ipv4/conf/all/arp_ignore": "1", "net/ipv4/conf/all/arp_announce": "2",
        "net/ipv4/conf/default/rp_filter": "0",
    }
    extra = vip_text("tun", TUN4, 80, "forward: tun") + vip_text("tun-v6", TUN6, 80, "forward: tun")
    with configured(lab, extra), server_settings(fresh, usual):
        before = {name: server_state(name) for name in SERVERS}
        expect_route(lab, TUN4, TUN6)
        methods = {words[2] for line in read(f"/proc/{lab.a.pid}/net/ip_vs").splitlines()
                   if len(words := line.split()) > 3 and words[0] == "->"}
        demand("Tunnel" in methods, f"IPVS forwards by {sorted(methods)}")
        expect_unserved(TUN4, 80)
        expect_unserved(TUN6, 80)
        for name in SERVERS:
            prepare(lab, name, TUN4, TUN6, "--forward", "tun")
        expect_served(TUN4, 80)
        expect_served(TUN6, 80)
        # The one thing about tunnels that is easily forgotten.
        write_sysctls("/run/netns/rs1", {"net/ipv4/conf/tunl0/rp_filter": "1"})
        status, said = on_server(lab, "rs1", "check", TUN4, "--forward", "tun")
        demand(status == 1 and "net.ipv4.conf.tunl0.rp_filter" in said, f"rs1: {said}")
        status, said = on_server(lab, "rs1", "up", TUN4, "--forward", "tun")
        demand(status == 0 and "rp_filter" in said, f"rs1: {said}")
        expect_served(TUN4, 80)
        put_back(lab, before)
        expect_unserved(TUN4, 80)
    return "ipip and ip6tnl, IPv4 and IPv6"
