"""Runs tests of the Swift package inside the lab, where there is a kernel with IPVS."""

from __future__ import annotations

import os
import re
import subprocess

from shell import Failed

# A debug build under emulation; a test that hangs must not hang the lab.
DEADLINE = 300.0


def run_tests(binary: str, pattern: str, environment: dict[str, str]) -> tuple[list[str], str]:
    """Runs the tests whose names match; returns those that passed, and everything that was said.
    A test that was skipped or failed is not among them."""
    if not os.path.exists(binary):
        raise Failed(f"there is no {binary}: `swift build --build-tests` makes it")
    done = subprocess.run(
        [binary, "--testing-library", "swift-testing", "--filter", pattern],
        env={**os.environ, **environment}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, timeout=DEADLINE,
    )
    return re.findall(r"^\S+ Test (\w+\(.*?\)) passed after", done.stdout, re.M), done.stdout
