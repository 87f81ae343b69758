"""Entry point of the native bench: measures announcing and restarts of FRR, prints progress, and
leaves the tables in a file. Runs inside `lib/alone.sh`."""

from __future__ import annotations

import argparse
import os
import resource
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
# The lab's own parts and the bench's: namespaces, netlink, waiting, samples.
sys.path[1:1] = [os.path.join(HERE, "..", "..", "guest"), os.path.join(HERE, "..")]

import health_rows  # noqa: E402
import restart  # noqa: E402
from report import Row, table  # noqa: E402
from routes_rows import FULL, QUICK, Bench, machine  # noqa: E402
from shell import Failed  # noqa: E402

BEGAN = time.monotonic()


def say(text: str) -> None:
    """Progress, with the seconds since the driver started."""
    print(f"# {time.monotonic() - BEGAN:6.1f}  {text}", file=sys.stderr, flush=True)


def main() -> int:
    """Runs the chosen parts; a measurement that fails is an error, a target missed is not."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--penstock", required=True)
    parser.add_argument("--rig", required=True)
    parser.add_argument("--checker", required=True)
    parser.add_argument("--result", required=True)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    # Thousands of connections stand, at either end.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    bench = Bench(options.penstock, options.rig, options.checker,
                  QUICK if options.quick else FULL, say)
    health = health_rows.HealthBench(
        options.penstock, health_rows.QUICK if options.quick else health_rows.FULL, say)
    parts = {
        "bgp-write": bench.write, "bgp-read": bench.read, "bgp-withdraw": bench.withdraw,
        "bgp-methods": bench.methods,
        "bgp-failure": bench.failure, "bgp-idle": bench.idle,
        "native-cost": health.cost, "native-crash": health.crash,
        "native-lost": health.lost,
    }
    chosen = [name for name in options.only.split(",") if name]
    rows: list[Row] = []
    texts: list[str] = []
    failed = 0
    for name, part in parts.items():
        if chosen and name not in chosen:
            continue
        say(f"{name} ...")
        try:
            rows += part()
        except (Failed, OSError, ValueError) as error:
            failed += 1
            say(f"{name} failed: {error}")
            rows.append(Row(name, "FAILED, see the progress above", "-"))
    if rows:
        texts.append(table(rows))
    if not chosen or "restart" in chosen:
        say("restart ...")
        try:
            text, good = restart.measure(options.penstock, options.quick, say)
            texts.append(text)
            failed += not good
        except (Failed, OSError, ValueError) as error:
            failed += 1
            say(f"restart failed: {error}")
    texts.append(machine())
    with open(options.result, "w", encoding="utf-8") as file:
        file.write("\n\n".join(texts) + "\n")
    return 1 if failed or len(texts) < 2 else 0


if __name__ == "__main__":
    sys.exit(main())
