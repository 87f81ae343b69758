"""The programs one would announce a VIP with instead, each as its documentation sets it up, with
one failed look at the real server enough."""

from __future__ import annotations

import os

from machines import Machine

PYTHON = "/usr/bin/python3"


def look(server: str, port: int) -> str:
    """A shell command that opens a connection, for programs that have no check of their own."""
    return f"/bin/bash -c 'exec 3<>/dev/tcp/{server}/{port}'"


def exabgp(
    machine: Machine, address: str, vip: str, server: str, port: int, interval: float
) -> None:
    """ExaBGP with its own healthcheck process, which withdraws rather than prefers less."""
    home = f"/run/bench/{machine.name}"
    os.makedirs(home, exist_ok=True)
    with open(f"{home}/exabgp.conf", "w", encoding="utf-8") as file:
        file.write(f"""\
process watch {{
  run {PYTHON} -m exabgp healthcheck --config {home}/healthcheck.conf;
  encoder text;
}}
neighbor 10.0.0.1 {{
  router-id {address};
  local-address {address};
  local-as 65001;
  peer-as 65000;
  family {{ ipv4 unicast; }}
  api {{ processes [ watch ]; }}
}}
""")
    _write(f"{home}/healthcheck.conf", f"""\
no-syslog
no-ip-setup
ip = {vip}/32
next-hop = {address}
withdraw-on-down
interval = {interval:g}
fast-interval = {interval:g}
rise = 1
fall = 1
timeout = 1
command = {look(server, port)}
""")
    machine.start(
        "/usr/sbin/exabgp", f"{home}/exabgp.conf", log=f"{machine.name}.log",
        env={**os.environ, "exabgp.daemon.user": "root", "exabgp.log.destination": "stdout",
             "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "exabgp.api.cli": "false"},
    )


def bird(
    machine: Machine, address: str, vip: str, server: str, port: int, interval: float, checker: str
) -> None:
    """BIRD with anycast-healthchecker, which rewrites a list of prefixes and has it read again."""
    home = f"/run/bench/{machine.name}"
    os.makedirs(f"{home}/services", exist_ok=True)
    prefixes, control = f"{home}/prefixes.conf", f"{home}/bird.ctl"
    _write(prefixes, "define ACAST_PS_ADVERTISE = [ 10.189.200.255/32 ];\n")
    _write(f"{home}/bird.conf", f"""\
include "{prefixes}";
router id {address};
protocol device {{ }}
protocol direct {{ ipv4 {{ import where net ~ ACAST_PS_ADVERTISE; }}; interface "vip0"; }}
protocol bgp fabric {{
  local {address} as 65001;
  neighbor 10.0.0.1 as 65000;
  connect delay time 1;
  ipv4 {{ import none; export where net ~ ACAST_PS_ADVERTISE; next hop self; }};
}}
""")
    _write(f"{home}/checker.conf", f"""\
[DEFAULT]
interface = vip0
[daemon]
pidfile = {home}/checker.pid
ipv4 = true
ipv6 = false
bird_conf = {prefixes}
bird_variable = ACAST_PS_ADVERTISE
bird_reconfigure_cmd = /usr/sbin/birdc -s {control} configure
dummy_ip_prefix = 10.189.200.255/32
bird_keep_changes = false
bird_changes_counter = 128
purge_ip_prefixes = false
loglevel = info
log_maxbytes = 104857600
log_backups = 1
json_stdout = false
log_server_port = 514
json_log_server = false
prometheus_exporter = false
splay_startup = 0
""")
    _write(f"{home}/services/vip.conf", f"""\
[vip]
check_cmd = {look(server, port)}
check_interval = {interval:g}
check_timeout = 1
check_rise = 1
check_fail = 1
check_disabled = false
on_disabled = withdraw
ip_prefix = {vip}/32
""")
    machine.add_vip_link()
    machine.ip(f"addr add {vip}/32 dev vip0")
    machine.start("/usr/sbin/bird", "-f", "-c", f"{home}/bird.conf", "-s", control,
                  log=f"{machine.name}.log")
    machine.start(checker, "-f", f"{home}/checker.conf", "-d", f"{home}/services",
                  log=f"{machine.name}-checker.log")


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
