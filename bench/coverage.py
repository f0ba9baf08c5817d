"""How often the intervals of `cg fit` hold the truth: python bench/coverage.py [RUNS]

Data are drawn from a model with known parameters, again and again, and fitted; a row for each problem and
parameter says which part of the intervals holds it, which should be the level but for the error of counting.
Bands are asked at some points, too: those of confidence for the curve, those of prediction for a new value.
"""

from __future__ import annotations

import csv
import io
import json
import sys
import tempfile
from contextlib import redirect_stdout
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cgcli.cli.app import run


class Case(NamedTuple):
    """A model, the truth, where data stand, what they scatter by, and options."""

    model: str
    truth: dict[str, float]
    points: np.ndarray
    scatter: float
    options: tuple[str, ...] = ()


CASES = {
    "a line, 8 points": Case("a*t + b", {"a": 2, "b": 1}, np.linspace(0, 1, 8), 0.3),
    "decay, 20 points": Case("a*exp(-b*t)", {"a": 5, "b": 0.7}, np.linspace(0, 4, 20), 0.1),
    "dose response": Case(
        "low + (high - low)/(1 + (e/t)^h)", {"low": 1, "high": 9, "e": 2, "h": 1.5},
        np.geomspace(0.05, 80, 30), 0.2,
    ),
    "decay, sigma given": Case(
        "a*exp(-b*t)", {"a": 5, "b": 0.7}, np.linspace(0, 4, 20), 0.1, ("--sigma", "0.1")
    ),
    "a line, 68 %": Case("a*t + b", {"a": 2, "b": 1}, np.linspace(0, 1, 12), 0.3, ("--interval", "0.68")),
}  # fmt: skip


def covered(case: Case, runs: int, seed: int = 0) -> dict[str, float]:
    """The part of the intervals that hold each parameter, the curve in the middle, and a new value there."""
    random = np.random.default_rng(seed)
    space = {name: getattr(np, name) for name in ("exp",)}
    program = case.model.replace("^", "**")

    def curve(t: np.ndarray) -> np.ndarray:
        found: np.ndarray = eval(program, space | case.truth | {"t": t})
        return found

    middle = float(np.median(case.points))
    counts = dict.fromkeys([*case.truth, "curve", "new value"], 0)
    with tempfile.TemporaryDirectory() as folder:
        data, over = Path(folder) / "d.csv", Path(folder) / "o.csv"
        for _ in range(runs):
            y = curve(case.points) + case.scatter * random.normal(size=len(case.points))
            rows = zip(case.points.tolist(), y.tolist(), strict=True)
            data.write_text("t,y\n" + "".join(f"{t!r},{value!r}\n" for t, value in rows))
            text = io.TextIOWrapper(io.BytesIO(), "utf-8")
            with redirect_stdout(text):
                run([
                    "fit", f"y ~ {case.model}", "--data", str(data), "--format", "json", *case.options,
                    "--predict", str(over), "--over", f"t=[{middle!r}]",
                    *(f"{name}={value!r}" for name, value in case.truth.items()),
                ])  # fmt: skip
            text.seek(0)
            found = json.loads(text.read())["parameters"]
            for name, value in case.truth.items():
                low, high = found[name]["interval"]
                counts[name] += low <= value <= high
            with over.open() as stream:
                (band,) = csv.DictReader(stream)
            true = float(curve(np.array([middle]))[0])
            new = true + case.scatter * random.normal()
            counts["curve"] += float(band["confidence_low"]) <= true <= float(band["confidence_high"])
            counts["new value"] += float(band["prediction_low"]) <= new <= float(band["prediction_high"])
    return {name: count / runs for name, count in counts.items()}


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    for title, case in CASES.items():
        found = covered(case, runs)
        print(f"{title}: " + ", ".join(f"{name} {part:.1%}" for name, part in found.items()), flush=True)


if __name__ == "__main__":
    main()
