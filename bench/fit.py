"""The measurements of fits: whole processes beside scripts with SciPy's `curve_fit` and with lmfit, and how
many certified digits each finds.

    python bench/fit.py
    python bench/fit.py points digits
    python bench/fit.py large --rows 1000000

Seconds belong to the machine; ratios are medians over rounds in which all take turns.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from math import log10
from pathlib import Path

import numpy as np
from measure import CG, processes, ratio, table, whole_process

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NIST = Path(__file__).resolve().parent.parent / "tests" / "solving" / "nist"

CURVE_FIT = """
import numpy as np
from scipy.optimize import curve_fit
{read}
def model({names}):
    from numpy import exp, cos, sin, log, arctan as atan, pi
    return {model}
best, covariance = curve_fit(lambda {point}, *p: model({call}), {columns}, y, {start}, maxfev=100000)
errors = np.sqrt(np.diag(covariance))
print(*map(repr, map(float, best)))
"""

LMFIT = """
import numpy as np
from lmfit import Model
{read}
def model({names}):
    from numpy import exp, cos, sin, log, arctan as atan, pi
    return {model}
found = Model(model, independent_vars={point!r}.split(", ")).fit(y, {keywords}, {given}, max_nfev=100000)
print(*(repr(float(value)) for value in found.best_values.values()))
"""

READ = "import numpy as np; d = np.loadtxt({path!r}, delimiter=',', skiprows=1, unpack=True); {columns} = d"
PARQUET = """import pyarrow.parquet as pq
d = pq.read_table({path!r})
{columns} = (d[name].to_numpy() for name in {names!r})"""


class Problem:
    """A fit: its data, model and start."""

    def __init__(self, path: str, model: str, start: dict[str, float], response: str = "y") -> None:
        self.path, self.model, self.start, self.response = path, model, start, response
        if path.endswith(".parquet"):
            self.columns = ["t", "y"]
        else:
            self.columns = Path(path).read_text().partition("\n")[0].split(",")

    def commands(self) -> dict[str, list[str]]:
        given = [f"{name}={value!r}" for name, value in self.start.items()]
        cg = [CG, "fit", f"{self.response} ~ {self.model}", "--data", self.path, *given]
        read = PARQUET if self.path.endswith(".parquet") else READ
        points = [name for name in self.columns if name != "y"]
        fields: dict[str, Any] = {
            "read": read.format(path=self.path, columns=", ".join(self.columns), names=self.columns),
            "names": ", ".join([*points, *self.start]),
            "model": self.model.replace("^", "**"),
            "point": ", ".join(points) if len(points) == 1 else "x",
            "call": ", ".join([*(points if len(points) == 1 else ["*x"]), "*p"]),
            "columns": points[0] if len(points) == 1 else f"({', '.join(points)})",
            "start": list(self.start.values()),
        }
        if self.response != "y":
            fields["read"] += "\ny = np.log(y)"
        curve = CURVE_FIT.format(**fields)
        fields["point"] = ", ".join(points)
        fields["keywords"] = ", ".join(f"{name}={name}" for name in points)
        fields["given"] = ", ".join(f"{name}={value!r}" for name, value in self.start.items())
        return {
            "cg": cg,
            "curve_fit": [sys.executable, "-c", curve],
            "lmfit": [sys.executable, "-c", LMFIT.format(**fields)],
        }


def decay(path: Path, rows: int) -> Problem:
    """An exponential decay with noise."""
    random = np.random.default_rng(rows)
    t = random.uniform(0, 10, rows)
    y = 5 * np.exp(-0.3 * t) + 1 + 0.1 * random.normal(size=rows)
    if path.suffix == ".parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        pq.write_table(pa.table({"t": t, "y": y}), path)
    else:
        np.savetxt(path, np.c_[t, y], delimiter=",", header="t,y", comments="")
    return Problem(str(path), "a*exp(-b*t) + c", {"a": 1.0, "b": 1.0, "c": 0.0})


def points(folder: Path, runs: int) -> None:
    rows = []
    for count in (10, 100, 1000):
        times = processes(decay(folder / f"{count}.csv", count).commands(), runs)
        own = times["cg"]
        others = (f"{ratio(times[name], own):.1f}" for name in ("curve_fit", "lmfit"))
        rows.append((f"{count:,}", f"{1000 * statistics.median(own):.0f} ms", *others))
    table("A decay of three parameters, whole process", ("points", "cg", "curve_fit", "lmfit"), rows)


def large(folder: Path, count: int) -> None:
    rows = []
    base = None
    for name, command in decay(folder / "large.parquet", count).commands().items():
        seconds, memory = min(whole_process(command) for _ in range(3))
        base = base or seconds
        rows.append((name, f"{seconds:.1f} s", f"{seconds / base:.1f}", f"{memory:.0f} MB"))
    table(f"The same, {count:,} rows of Parquet", ("", "time", "ratio", "memory"), rows)


def digits() -> None:
    """The fewest digits of a parameter, for each of NIST's problems from the start that is far away."""
    problems = json.loads((NIST / "problems.json").read_text())
    found: dict[str, list[float]] = {"cg": [], "curve_fit": [], "lmfit": []}
    for name, one in problems.items():
        certified = one["certified"]["parameters"]
        start = dict(zip(certified, one["start1"], strict=True))
        problem = Problem(str(NIST / f"{name}.csv"), one["model"], start, one["response"])
        for system, command in problem.commands().items():
            more = ["--format", "json"] if system == "cg" else []
            done = subprocess.run([*command, *more], capture_output=True, text=True)
            try:
                if system == "cg":
                    values = [p["value"] for p in json.loads(done.stdout)["parameters"].values()]
                else:
                    values = [float(word) for word in done.stdout.split()]
                off = max(abs(v / c - 1) for v, c in zip(values, certified.values(), strict=True))
                found[system].append(-log10(max(off, 1e-12)) if off == off else 0.0)
            except (ValueError, KeyError):
                found[system].append(0.0)
    rows = [
        (system, *(str(sum(d >= least for d in got)) for least in (6, 9, 10)), f"{min(got):.1f}")
        for system, got in found.items()
    ]
    head = ("of 27 problems", "6 digits", "9", "10", "fewest")
    table("NIST's problems from the far start: how many have all parameters to so many digits", head, rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("what", nargs="*", default=["points", "large", "digits"])
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--runs", type=int, default=9)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if "points" in given.what:
            points(folder, given.runs)
        if "large" in given.what:
            large(folder, given.rows)
        if "digits" in given.what:
            digits()


if __name__ == "__main__":
    main()
