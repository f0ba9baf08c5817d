"""Chains of 10^5 steps with a kink, through commands: seconds each, and the exit status.

python bench/deep.py [STEPS]
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.cg import CG
from tests.test_deep_chains import KINKS, chain

COMMANDS = [("grad", "x=0.75"), ("hessian", "x=0.75"), ("trace", "x=0.75"), ("diff",), ("plan",)]


def main() -> None:
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 10**5
    for kink in KINKS:
        for command, *bound in COMMANDS:
            start = time.perf_counter()
            done = subprocess.run(
                [CG, command, "-", *bound], input=chain(kink, steps).encode(), stdout=subprocess.DEVNULL
            )
            print(f"{kink:8} {command:8} {time.perf_counter() - start:8.1f} s  {done.returncode}", flush=True)


if __name__ == "__main__":
    main()
