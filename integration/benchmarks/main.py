"""Entry point inside the lab's virtual machine: measures everything, prints progress, and leaves
the table among the evidence."""

from __future__ import annotations

import argparse
import os
import platform
import resource
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
# The lab's own parts: namespaces, netlink, waiting.
sys.path.insert(0, os.path.join(HERE, "..", "guest"))

import health_rows  # noqa: E402
from bed import FOLDER  # noqa: E402
from report import Row, table  # noqa: E402
from rows import FULL, QUICK, Bench  # noqa: E402
from shell import Failed, read, run  # noqa: E402

RESULT = "/run/lab/logs/bench.txt"
BEGAN = time.monotonic()
# What penstock.service gives; a quarter of it are idle connections of sentinels.
DESCRIPTORS = 65536


def say(text: str) -> None:
    """Progress, with the seconds since the driver started."""
    print(f"# {time.monotonic() - BEGAN:6.1f}  {text}", flush=True)


def machine(accelerator: str) -> str:
    """What the figures were had on."""
    processor = "an unknown processor"
    for line in read("/proc/cpuinfo").splitlines():
        if line.startswith("model name"):
            processor = line.partition(":")[2].strip()
            break
    versions = [
        run("ipvsadm", "--version").split(" (")[0].strip(),
        run("keepalived", "--version").split(" (")[0].strip(),
    ]
    return (
        f"Linux {platform.release()}, {os.cpu_count()} CPUs ({processor}) under {accelerator};"
        f" {', '.join(versions)}; {time.strftime('%Y-%m-%d', time.gmtime())}."
        " Median (least-greatest). Ratios carry over to other machines; times do not."
    )


def main() -> int:
    """Runs the chosen rows; a measurement that fails is an error, a target missed is not."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--penstock", required=True)
    parser.add_argument("--rig", required=True)
    parser.add_argument("--batch", required=True)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))
    os.makedirs(FOLDER, exist_ok=True)
    programs = {}
    for name in ("penstock", "rig", "batch"):
        # Memory is as near as a disk that was read before, and the same for all.
        programs[name] = f"{FOLDER}/{name}"
        run("cp", getattr(options, name), programs[name])
    bench = Bench(size=QUICK if options.quick else FULL, say=say, **programs)
    health = health_rows.HealthBench(
        bench, health_rows.QUICK if options.quick else health_rows.FULL)
    parts = {
        "load": bench.load,
        "load-mh": bench.load_maglev,
        "start": bench.start,
        "reconcile": bench.reconcile,
        "flip": bench.flip,
        "memory": bench.memory,
        "health-cost": health.cost,
        "health-crash": health.crash,
        "health-route": health.route,
        "health-lost": health.lost,
    }
    rows: list[Row] = []
    failed = 0
    for name, part in parts.items():
        if options.only and name not in options.only.split(","):
            continue
        say(f"{name} ...")
        try:
            rows += part()
        except (Failed, OSError, ValueError) as error:
            failed += 1
            say(f"{name} failed: {error}")
            rows.append(Row(name, "FAILED, see the progress above", "-"))
    with open(RESULT, "w", encoding="utf-8") as file:
        file.write(f"{table(rows)}\n\n{machine(os.environ.get('LAB_ACCELERATOR', 'unknown'))}\n")
    return 1 if failed or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
