"""Jobs over rows that are ended at random moments: the output is the old file, or the whole new one.

python bench/kills.py [--count 200] [--seed S]

Each job reads a table and writes another one over a file that is there; after a random part of the time that
it takes it gets a signal, or finds the disk full. A failure is a file that is neither, and after a signal
that a program can hear, anything else that stands beside it. The exit status is 1 where there was one.
"""

from __future__ import annotations

import argparse
import hashlib
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random

CG = [sys.executable, "-m", "cgcli"]
PROGRAM = "y = sin(a*x)*exp(-c*x^2)"
ROWS = 400_000
ENDINGS = (".csv", ".parquet", ".arrow", ".npz", ".jsonl", ".csv.gz")
ENDS = (signal.SIGKILL, signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE, "disk")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 10**9)
    given = parser.parse_args()
    print(f"seed {given.seed}")
    random, ended, failed = Random(given.seed), Counter[str](), 0
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder, "in.csv")
        _write(table)
        jobs = {ending: _whole(table, ending, Path(folder, "whole")) for ending in ENDINGS}
        for place in range(given.count):
            ending, end = random.choice(ENDINGS), random.choice(ENDS)
            fraction, size = 1.2 * random.random(), random.random()
            out = Path(folder, str(place), f"out{ending}")
            out.parent.mkdir()
            said = _one(table, out, end, fraction, size, *jobs[ending])
            ended[f"{_name(end)}: {said}"] += 1
            if said.startswith("FAILED"):
                failed += 1
                print(f"job {place}, {ending}, {_name(end)} at {fraction:.3f}: {said}")
    for what in sorted(ended):
        print(f"{ended[what]:5}  {what}")
    print(f"{failed} failures of seed {given.seed}")
    return 1 if failed else 0


def _write(path: Path) -> None:
    with path.open("w") as file:
        file.write("a,x,c\n")
        file.writelines(f"{1 + i % 7 / 8},{i % 1000 / 250},{0.25 + i % 3}\n" for i in range(ROWS))


def _command(table: Path, out: Path) -> list[str]:
    return [*CG, "eval", PROGRAM, "--data", str(table), "--keep", "x", "--out", str(out)]


def _whole(table: Path, ending: str, folder: Path) -> tuple[float, int, str]:
    """How long a job takes when nobody disturbs it, and the size and the digest of what it writes."""
    folder.mkdir(exist_ok=True)
    out = folder / f"out{ending}"
    began = time.monotonic()
    subprocess.run(_command(table, out), check=True)
    return time.monotonic() - began, out.stat().st_size, _digest(out)


def _digest(path: Path) -> str:
    """What tells a file by its contents: of `.npz` those of its arrays, as a zip has the time."""
    if path.suffix == ".npz":
        import numpy as np

        with np.load(path) as arrays:
            return hashlib.sha256(b"".join(arrays[name].tobytes() for name in arrays)).hexdigest()
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _one(
    table: Path,
    out: Path,
    end: int | str,
    fraction: float,
    part: float,
    seconds: float,
    size: int,
    whole: str,
) -> str:
    """What became of one job."""
    out.write_bytes(b"old")

    def begin() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # which shells ignore in what runs behind them
        if end == "disk":
            # a file that may not grow beyond this is what a full disk is to who writes
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (int(size * part), int(size * part)))

    job = subprocess.Popen(
        _command(table, out), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        preexec_fn=begin,
    )  # fmt: skip
    if end != "disk":
        time.sleep(seconds * fraction)
        job.send_signal(int(end))
    _, told = job.communicate(timeout=60)
    beside = sorted(path.name for path in out.parent.iterdir() if path != out)
    if not out.exists():
        return "FAILED: the old file is gone"
    if out.read_bytes() == b"old":
        state = "the old file"
    elif job.returncode == 0 or end != "disk":
        state = "the new file"
        if _digest(out) != whole:
            return "FAILED: a file that is neither"
    else:
        return "FAILED: an error, and another file"
    if beside and end != signal.SIGKILL and end != signal.SIGPIPE:
        return f"FAILED: {beside} is left"
    if "Traceback" in told or "fault" in told:
        return f"FAILED: {told[-300:]}"
    if job.returncode == 0 and state == "the old file":
        return "FAILED: status 0, and the old file"
    return state


def _name(end: int | str) -> str:
    return end if isinstance(end, str) else signal.Signals(end).name


if __name__ == "__main__":
    sys.exit(main())
