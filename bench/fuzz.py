"""Random programs and files through every command, and routes to one result compared.

python bench/fuzz.py [--seconds N] [--seed S] [--only KIND] [--without KIND ...] [--round R]

Every failure is printed with a command line that can be pasted. It is one where `cg` ends by a signal, by
exit status 70 or with a traceback, has no answer after 10 s, or where two ways to one result differ by
more than rounding explains. The exit status is 1 where there was one. A round of a seed is always the same.
"""

from __future__ import annotations

import argparse
import mmap
import pkgutil
import sys
import time
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import cgcli
from bench.fuzzing import (
    fits,
    flows,
    hostile,
    letters,
    restated,
    routes,
    rowwise,
    searches,
    sessions,
    sought,
    structures,
    tables,
)  # fmt: skip
from bench.fuzzing.running import Runner, isolated

# What a round does, and with how many programs.
KINDS = {
    "numbers": (routes.numbers, 30), "arrays": (routes.arrays, 15), "commands": (hostile.commands, 20),
    "soups": (hostile.soups, 100), "files": (hostile.files, 30), "rows": (hostile.rows, 30),
    "flows": (flows.flows, 30), "tables": (tables.tables, 40), "restated": (restated.restated, 12),
    "sessions": (sessions.sessions, 20), "sought": (sought.sought, 20),
    "structures": (structures.structures, 20), "rowwise": (rowwise.rowwise, 20),
    "fits": (fits.fits, 20), "searches": (searches.searches, 40),
    "letters": (letters.letters, 20),
}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 10**9)
    parser.add_argument("--without", choices=KINDS, nargs="*", default=[], help="all kinds but these")
    parser.add_argument("--only", choices=KINDS, help="this kind of round alone")
    parser.add_argument("--round", type=int, help="this round alone")
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    end, place, failed = time.monotonic() + given.seconds, given.round or 0, 0
    for module in pkgutil.walk_packages(cgcli.__path__, "cgcli."):
        if not module.name.endswith("__main__"):
            __import__(module.name)  # once, and not in every round
    first = given.seed % len(KINDS)  # with a short time, each seed tries some kinds
    kinds = [given.only] if given.only else [*KINDS][first:] + [*KINDS][:first]
    kinds = [kind for kind in kinds if kind not in given.without]
    note = mmap.mmap(-1, 1 << 20)
    counts: dict[str, int] = {}
    try:
        while time.monotonic() < end:
            for kind in kinds:
                if time.monotonic() >= end:
                    break
                done, failures = one_round(kind, f"{given.seed}/{place}/{kind}", note)
                for what, number in done.items():
                    counts[what] = counts.get(what, 0) + number
                for failure in failures:
                    failed += 1
                    told = f"--seed {given.seed} --round {place} --only {kind}"
                    print(f"\nfailure {failed}, {told}:\n{failure}", flush=True)
            place += 1
            if given.round is not None:
                break
    except KeyboardInterrupt:
        pass
    print()
    for what in sorted(counts):
        print(f"{counts[what]:9,}  {what}")
    print(f"{failed} failures of seed {given.seed}")
    return 1 if failed else 0


def one_round(kind: str, seed: str, note: mmap.mmap) -> tuple[dict[str, int], list[str]]:
    work, count = KINDS[kind]

    def call(runner: Runner) -> None:
        work(runner, Random(seed), count)

    return isolated(call, note)


if __name__ == "__main__":
    sys.exit(main())
