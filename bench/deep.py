"""Chains of 10^5 steps with a kink, and expressions as deep, through commands: seconds of the processor each,
and the exit status.

python bench/deep.py [STEPS] [all]
"""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.cg import CG
from tests.test_deep_chains import AT_A_POINT, KINKS, NESTS, SYMBOLIC, chain, nest

COMMANDS = ("grad", "hessian", "trace", "check", "diff", "plan", "export --to numpy --grad")


def main() -> None:
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 10**5
    commands = [*AT_A_POINT, *SYMBOLIC] if "all" in sys.argv else COMMANDS
    programs = [(kink, chain(kink, steps)) for kink in KINKS] + [(f"{n} deep", nest(n, steps)) for n in NESTS]
    for name, program in programs:
        for command in commands:
            bound = ["x=0.75"] if command in AT_A_POINT else []
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            done = subprocess.run(
                [CG, *command.split(), "-", *bound], input=program.encode(), stdout=subprocess.DEVNULL
            )
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            print(f"{name:14} {command:26} {seconds:8.1f} s  {done.returncode}", flush=True)


if __name__ == "__main__":
    main()
