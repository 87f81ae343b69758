"""Figures, not judgements: how fast Penstock acted by its own log, and what it costs idle."""

from __future__ import annotations

import json
import re
import statistics
import time
from typing import Any

from director import Director
from farm import Farm
from harness import Lab, demand
from sampler import cpu_share, sample
from shell import wait_until

IDLE_VIPS, SERVERS_PER_VIP = 100, 10
CHECK_EVERY_SECONDS = 10
SETTLE_SECONDS, SAMPLE_SECONDS = 10.0, 20.0
# Emulated machines take a while for a thousand first checks.
IDLE_DEADLINE = 120.0


def log_events(director: Director) -> list[dict[str, Any]]:
    """Penstock's structured log lines that carry an event and its monotonic time."""
    events = []
    for line in director.log_since(0).splitlines():
        if line.startswith("{"):
            parsed = json.loads(line)
            if "event" in parsed and "monotonic_ns" in parsed:
                parsed["at"] = int(parsed["monotonic_ns"]) / 1e6
                events.append(parsed)
    return events


def reactions(events: list[dict[str, Any]]) -> tuple[list[float], list[float]]:
    """Milliseconds from a real server judged down to its weight 0 acknowledged, and from the one
    that lost the quorum to `no network` acknowledged."""
    weights: list[float] = []
    withdrawals: list[float] = []
    waiting: dict[str, float] = {}
    last_down: float | None = None
    before = 0.0
    for event in events:
        text = event["msg"]
        if event["at"] < before:
            # A new process, whose clock starts again.
            waiting, last_down = {}, None
        before = event["at"]
        if event["event"] == "backend":
            endpoint, _, rest = text.partition(" is ")
            if rest.startswith("down"):
                waiting[endpoint] = last_down = event["at"]
            else:
                waiting.pop(endpoint, None)
                last_down = None
        elif event["event"] == "change" and "failed" not in text:
            match = re.match(r"update (\S+) of .*weight 0\)", text)
            if match and match[1] in waiting:
                weights.append(event["at"] - waiting.pop(match[1]))
            elif text.startswith("withdraw ") and last_down is not None:
                withdrawals.append(event["at"] - last_down)
        elif event["event"] == "node":
            # A withdrawal that a drain asked for is not a reaction to a probe.
            last_down = None
    return weights, withdrawals


def report_reactions(lab: Lab) -> None:
    """Adds the reaction times of all directors to the lab's figures."""
    weights: list[float] = []
    withdrawals: list[float] = []
    for director in lab.fabric.directors:
        more, also = reactions(log_events(director))
        weights += more
        withdrawals += also
    for what, values in (
        ("real server judged down to weight 0 acknowledged", weights),
        ("quorum lost to `no network` acknowledged", withdrawals),
    ):
        if values:
            lab.figures.append(
                f"{what}: median {statistics.median(values):.1f} ms, worst {max(values):.1f} ms"
                f" ({len(values)} times, by Penstock's monotonic log)"
            )
        else:
            lab.figures.append(f"{what}: not found in the log")


def report_idle(lab: Lab) -> None:
    """Memory and CPU of a director with 100 VIPs and 1,000 real servers that do nothing."""
    Farm.shared()
    director = lab.b
    director.stop_penstock()
    with open(director.config, "w", encoding="utf-8") as file:
        file.write(idle_configuration())
    director.start_penstock(lab.binary)

    def look() -> tuple[bool, str]:
        lines = director.inside("ipvsadm", "-Sn").splitlines()
        live = [l for l in lines if l.startswith("-a -t 203.0.113.") and not l.endswith("-w 0")]
        return len(live) == IDLE_VIPS * SERVERS_PER_VIP, f"{len(live)} live real servers"

    wait_until("1,000 real servers in IPVS with weight", look, IDLE_DEADLINE, every=2)
    time.sleep(SETTLE_SECONDS)
    begin = sample(director.penstock_pid())
    time.sleep(SAMPLE_SECONDS)
    end = sample(director.penstock_pid())
    demand(end.cpu >= begin.cpu, "CPU time ran backwards")
    lab.figures.append(
        f"idle director, {IDLE_VIPS} VIPs and {IDLE_VIPS * SERVERS_PER_VIP} real servers, TCP"
        f" checks every {CHECK_EVERY_SECONDS} s: {end.resident / 1024:.1f} MiB resident (peak"
        f" {end.peak / 1024:.1f}), {cpu_share(begin, end) * 100:.1f} % of one CPU of this machine"
    )


def idle_configuration() -> str:
    """A configuration of 100 VIPs with ten real servers each."""
    lines = [
        "version: 1",
        "bgp: { asn: 65001, owned-prefixes: [203.0.113.0/24] }",
        "checks:",
        f"  defaults: {{ every: {CHECK_EVERY_SECONDS}s, timeout: 2s }}",
        "  alive: { type: tcp }",
        "vips:",
    ]
    for vip in range(IDLE_VIPS):
        backends = ", ".join(
            f"10.20.{4 + number // 250}.{1 + number % 250}"
            for number in range(vip * SERVERS_PER_VIP, (vip + 1) * SERVERS_PER_VIP)
        )
        lines += [
            f"  - name: v{vip}",
            f"    address: 203.0.113.{100 + vip}",
            "    services:",
            f"      - {{ name: http, listen: 80/tcp, checks: [alive], backends: [{backends}] }}",
        ]
    return "\n".join(lines) + "\n"
