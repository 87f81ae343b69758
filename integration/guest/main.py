"""Entry point inside the lab's virtual machine: `cases`, `demo`, or the `fabric` alone."""

from __future__ import annotations

import argparse
import os
import sys
import time

import cases_backend
import cases_bgp
import cases_drain
import cases_faults
import cases_flows
import cases_forwarding
import cases_health
import cases_ipvs
import cases_judgement
import cases_kernel_route
import cases_library
import cases_maglev
import cases_main
import cases_paths
import cases_protocols
import cases_repair
import cases_speakers
import cases_start
import cases_table
import cases_tunnel
import cases_worker
from demo import demo
from fabric import Fabric
from figures import report_idle, report_reactions
from harness import CASES, Lab
from shell import Failed

HERE = os.path.dirname(os.path.abspath(__file__))
EXAMPLES = os.path.realpath(os.path.join(HERE, "..", "..", "examples"))
BEGAN = time.monotonic()
# Cases run in this order, each module's in its own.
CASE_MODULES = (
    cases_library, cases_ipvs, cases_main, cases_health, cases_backend, cases_repair, cases_table,
    cases_maglev, cases_flows, cases_forwarding, cases_paths, cases_tunnel,
    cases_protocols,
    # Connections that a drain moves away leave entries behind, for which the drain of a real server
    # would wait.
    cases_drain, cases_faults, cases_worker, cases_judgement, cases_kernel_route, cases_bgp,
    cases_speakers, cases_start,
)


def say(text: str) -> None:
    """Progress, with the seconds since the driver started."""
    print(f"# {time.monotonic() - BEGAN:6.1f}  {text}", flush=True)


def run_cases(lab: Lab, pattern: str) -> int:
    """The cases, then the figures, then one line with the count."""
    places = [module.__name__ for module in CASE_MODULES]
    CASES.sort(key=lambda each: places.index(each.body.__module__))
    lab.run(pattern)
    if pattern == "":
        for report in (report_reactions, report_idle):
            try:
                report(lab)
            except (Failed, OSError, ValueError) as error:
                # A figure that cannot be had is a failure of the lab, not a detail.
                lab.failed += 1
                print(f"not ok - figures: {error}", flush=True)
                lab.evidence()
    for figure in lab.figures:
        print(f"# figure: {figure}", flush=True)
    print(f"lab: {lab.passed} passed, {lab.failed} failed", flush=True)
    return 1 if lab.failed or not lab.passed else 0


def main() -> int:
    """Builds the fabric and does what the host asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("cases", "demo", "fabric"))
    parser.add_argument("--binary", default="")
    parser.add_argument("--tests", default="")
    parser.add_argument("--example", default="")
    parser.add_argument("--case", default="")
    parser.add_argument("--redraw", action="store_true")
    options = parser.parse_args()
    if options.what == "cases":
        cases_library.prepare(options.tests, options.example, options.binary, options.case)
    fabric = Fabric(EXAMPLES, say)
    try:
        fabric.build(os.path.join(HERE, "penstock.yaml"))
    except (Failed, OSError) as error:
        say(f"the fabric could not be built: {error}")
        return 1
    if options.what == "fabric":
        return 0
    lab = Lab(fabric, options.binary, options.tests, say)
    if options.what == "cases":
        return run_cases(lab, options.case)
    try:
        demo(lab, options.redraw)
    except (Failed, OSError) as error:
        say(f"the demo stopped: {error}")
        lab.evidence()
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
