"""Entry point inside the lab's virtual machine: `cases`, `demo`, or `fabric` alone."""

from __future__ import annotations

import os
import sys
import time

from fabric import Fabric
from shell import Failed

HERE = os.path.dirname(os.path.abspath(__file__))
EXAMPLES = os.path.join(HERE, "..", "..", "examples")
BEGAN = time.monotonic()


def say(text: str) -> None:
    """Progress, with the seconds since the driver started."""
    print(f"# {time.monotonic() - BEGAN:6.1f}  {text}", flush=True)


def main(arguments: list[str]) -> int:
    """Runs what the host asked for."""
    fabric = Fabric(os.path.realpath(EXAMPLES), say)
    try:
        fabric.build(os.path.join(HERE, "penstock.yaml"))
    except (Failed, OSError) as error:
        say(f"the fabric could not be built: {error}")
        return 1
    if arguments[0] == "fabric":
        return 0
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["fabric"]))
