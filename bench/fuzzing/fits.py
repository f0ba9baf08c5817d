"""Fits and training at random: what `cg fit` tells is held against the formulas of statistics at the
parameters that it found, where the gradient is to vanish; what `cg train` does, against the steps as NumPy
takes them."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from scipy.stats import t as student

from bench.fuzzing.running import Runner

# Models in parameters and a column `x`, and parameters for which they are tame.
MODELS = (
    ("a + b*x", {"a": 0.5, "b": 2}),
    ("a + b*x + c*x^2", {"a": 0.5, "b": 2, "c": -1}),
    ("a*sin(x) + b*cos(x) + c", {"a": 1, "b": -1, "c": 0.3}),
    ("a*exp(-b*x) + c", {"a": 2, "b": 0.8, "c": 0.5}),
    ("a/(1 + exp(-b*(x - c)))", {"a": 2, "b": 1.5, "c": 1}),
    ("a*exp(-((x - b)/c)^2)", {"a": 2, "b": 1.5, "c": 1}),
    ("a*x/(b + x)", {"a": 2, "b": 1.5}),
    ("a*x^b", {"a": 1.5, "b": 1.3}),
    ("a", {"a": 1.5}),
)
SCOPE = {"sin": np.sin, "cos": np.cos, "exp": np.exp, "tanh": np.tanh, "log": np.log}


def python(text: str) -> Any:
    return compile(text.replace("^", "**"), "model", "eval")


class Data:
    """A model, its parameters, and rows drawn from it.

    own     the parameters that they were drawn with
    """

    def __init__(self, rng: Random) -> None:
        self.text, tame = rng.choice(MODELS)
        self.own = {name: x * rng.uniform(0.8, 1.2) for name, x in tame.items()}
        sampled = np.random.default_rng(rng.randrange(2**32))
        count = rng.choice((3, 5, 8, 30, 200))
        self.x = sampled.uniform(0.2, 3, count).round(3)
        noise = rng.choice((0.0, 1e-3, 0.05, 0.3))
        self.y = (self(self.own) + noise * sampled.normal(size=count)).round(6)
        self.starts = {name: round(x * rng.uniform(0.7, 1.3), 3) for name, x in self.own.items()}

    def __call__(self, parameters: dict[str, float], x: Any = None) -> Any:
        x = self.x if x is None else x
        return eval(python(self.text), {**SCOPE, **parameters, "x": x}) + 0 * x

    def slopes(self, parameters: dict[str, float]) -> Any:
        """The Jacobian of the model by the parameters, by differences of complex numbers."""
        columns = [
            np.imag(self({**parameters, name: value + 1e-30j})) / 1e-30 for name, value in parameters.items()
        ]
        return np.stack(columns, axis=1)

    def write(self, path: Path) -> None:
        path.write_text("x,y\n" + "".join(f"{x!r},{y!r}\n" for x, y in zip(self.x.tolist(), self.y.tolist())))

    def bindings(self) -> list[str]:
        return [f"{name}={value}" for name, value in self.starts.items()]


def _near(found: Any, right: float, tolerance: float = 1e-5, size: float = 0.0) -> bool:
    return found is not None and abs(float(found) - right) <= tolerance * max(abs(right), size) + 1e-12


def fit(runner: Runner, rng: Random, folder: Path) -> None:
    """Parameters, errors, intervals, sums, and bands."""
    data = Data(rng)
    data.write(folder / "t.csv")
    options = []
    sigma = rng.choice((None, None, "0.1", "0.1 + 0.05*x^2"))
    if sigma:
        options.append(f"--sigma={sigma}")
    level = rng.choice((None, 0.5, 0.99))
    if level:
        options.append(f"--interval={level}")
    predicted = folder / "p.csv" if rng.random() < 0.4 else None
    if predicted:
        options.append(f"--predict={predicted}")
    if rng.random() < 0.5 or "x" not in python(data.text).co_names:
        given = ["--data", str(folder / "t.csv")]
    else:
        given = [f"x={data.x.tolist()}", f"y={data.y.tolist()}", f"--wrt={','.join(data.own)}"]
        predicted = None
        options = [one for one in options if not one.startswith("--predict")]
    arguments = ["fit", "--format=json", *options, f"y ~ {data.text}", *given, *data.bindings()]
    result = runner.run(*arguments)
    if result is None:
        return
    count, size = len(data.x), len(data.own)
    if result.status in (1, 2, 3):
        runner.count("fits without an answer")
        if count > size + 2 and result.status != 1:
            runner.fail(arguments, f"exit status {result.status}\n  {result.err[:300]}")
        return
    record = json.loads(result.out)
    found = {name: one["value"] for name, one in record["parameters"].items()}
    weights = 1 / (eval(python(sigma), {"x": data.x}) + 0 * data.x) if sigma else np.ones(count)
    residuals = weights * (data.y - data(found))
    jacobian = weights[:, None] * data.slopes(found)
    steep, total = jacobian.T @ residuals, float(residuals @ residuals)
    runner.count("fits with a truth")
    room = (
        1e-6 * np.linalg.norm(jacobian, axis=0) * (math.sqrt(total) + 1e-8 * np.linalg.norm(weights * data.y))
    )
    if np.any(np.abs(steep) > room + 1e-12):
        return runner.fail(arguments, f"the gradient is {(-2 * steep).tolist()} at {found}")
    if np.linalg.cond(jacobian / np.linalg.norm(jacobian, axis=0)) > 1e5 or not record["dof"]:
        return
    wrong = _statistics(record, jacobian, total, count, size, sigma, level or 0.95, data)
    if wrong is None and predicted is not None:
        wrong = _bands(predicted, record, data, found, sigma, level or 0.95)
    if wrong is not None:
        runner.fail(arguments, wrong)


def _statistics(
    record: Any,
    jacobian: Any,
    total: float,
    count: int,
    size: int,
    sigma: str | None,
    level: float,
    data: Data,
) -> str | None:
    """What is wrong of what is told beside the parameters."""
    dof = count - size
    scatter = total / dof
    size_of_y = float(np.sum(data.y**2))
    exact = total < 1e-18 * max(size_of_y, 1e-300) * (
        1 if sigma is None else 1e4
    )  # nothing but rounding is left
    if (record["rows"], record["dof"]) != (count, dof):
        return f"rows and dof are {count}, {dof}"
    if exact:
        return None
    if not _near(record["residual_sum"], total) or not _near(record["sigma"], math.sqrt(scatter)):
        return f"the residual sum is {total!r}, sigma {math.sqrt(scatter)!r}"
    covariance = np.linalg.inv(jacobian.T @ jacobian) * (1.0 if sigma else scatter)
    quantile = float((_normal if sigma else lambda p: student.ppf(p, dof))(0.5 + level / 2))
    for place, (name, one) in enumerate(record["parameters"].items()):
        error = math.sqrt(covariance[place, place])
        if not _near(one["error"], error):
            return f"the error of {name} is {error!r}, not {one['error']}"
        sides = [one["value"] + side * quantile * error for side in (-1, 1)]
        if not all(_near(x, side, 1e-5, quantile * error) for x, side in zip(one["interval"], sides)):
            return f"the interval of {name} is {sides}, not {one['interval']}"
        for other, by in enumerate(record["parameters"]):
            share = covariance[place, other] / math.sqrt(covariance[place, place] * covariance[other, other])
            if not _near(record["correlation"][name][by], share, 1e-4, 1.0):
                return f"the correlation of {name} and {by} is {share!r}"
    if sigma is None:
        spread = float(np.sum((data.y - np.mean(data.y)) ** 2))
        if spread and not _near(record["r_squared"], 1 - total / spread, 1e-6, 1.0):
            return f"r_squared is {1 - total / spread!r}"
        likelihood = count * (math.log(2 * math.pi * total / count) + 1)
        for name, weight in (("aic", 2.0), ("bic", math.log(count))):
            if not _near(record[name], likelihood + weight * (size + 1), 1e-6, 1.0):
                return f"{name} is {likelihood + weight * (size + 1)!r}, not {record[name]}"
    return None


def _normal(p: float) -> float:
    from scipy.stats import norm

    return float(norm.ppf(p))


def _bands(
    path: Path, record: Any, data: Data, found: dict[str, float], sigma: str | None, level: float
) -> str | None:
    """The same of a file of predictions."""
    names = list(record["parameters"])
    covariance = np.array([[record["covariance"][one][other] for other in names] for one in names])
    quantile = _normal(0.5 + level / 2) if sigma else float(student.ppf(0.5 + level / 2, record["dof"]))
    with path.open() as file:
        rows = list(csv.DictReader(file))
    if len(rows) != len(data.x):
        return f"{len(rows)} rows of predictions, of {len(data.x)}"
    jacobian = data.slopes(found)
    values = data(found)
    for place, row in enumerate(rows):
        error = math.sqrt(max(jacobian[place] @ covariance @ jacobian[place], 0.0))
        spread = eval(python(sigma), {"x": data.x[place]}) if sigma else record["sigma"]
        wide = quantile * math.hypot(error, spread)
        right = {
            "fit": values[place], "residual": data.y[place] - values[place], "fit_error": error,
            "confidence_low": values[place] - quantile * error, "prediction_high": values[place] + wide,
        }  # fmt: skip
        for name, x in right.items():
            if name in row and not _near(row[name], float(x), 1e-5, abs(values[place]) + error):
                return f"{name} of row {place} is {float(x)!r}, not {row[name]}"
    return None


def train(runner: Runner, rng: Random, folder: Path) -> None:
    """Steps over all rows at once, as NumPy takes them; and training that is broken off and goes on."""
    data = Data(rng)
    data.write(folder / "t.csv")
    method = rng.choice(("adam", "sgd"))
    epochs, rate = rng.randint(1, 6), rng.choice(("0.01", "0.05*0.9^epoch", "0.02/(1 + step)"))
    momentum = rng.choice((0.0, 0.5)) if method == "sgd" else 0.0
    given = [f"(y - ({data.text}))^2", "--data", str(folder / "t.csv"), *data.bindings()]
    options = [f"--method={method}", f"--rate={rate}"]
    if momentum:
        options.append(f"--momentum={momentum}")
    arguments = ["train", "--format=json", *options, f"--epochs={epochs}", "--batch=1000", *given]
    result = runner.run(*arguments)
    if result is None:
        return
    if result.status:
        return runner.fail(arguments, f"exit status {result.status}\n  {result.err[:300]}")
    runner.count("training with a truth")
    record = json.loads(result.out.splitlines()[-1])
    point = np.array(list(data.starts.values()))
    mean, square = np.zeros(len(point)), np.zeros(len(point))
    for step in range(1, epochs + 1):
        named = dict(zip(data.own, point))
        gradient = -2 * data.slopes(named).T @ (data.y - data(named)) / len(data.x)
        size = eval(python(rate), {"step": step - 1, "epoch": step - 1, "epochs": epochs})
        if method == "sgd":
            mean = momentum * mean + gradient
            point = point - size * mean
        else:
            mean = 0.9 * mean + 0.1 * gradient
            square = 0.999 * square + 0.001 * gradient**2
            point = point - size * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
    for name, x in zip(data.own, point):
        if not _near(record["parameters"][name], float(x), 1e-7, 1e-3):
            return runner.fail(arguments, f"{name} is {record['parameters'][name]}, by NumPy {float(x)!r}")
    named = dict(zip(data.own, point))
    loss = float(np.mean((data.y - data(named)) ** 2))
    if not _near(record["loss"], loss, 1e-6, 1e-3):
        return runner.fail(arguments, f"the loss is {loss!r}, not {record['loss']}")
    return _resumed(runner, rng, folder, [*options, f"--batch={rng.choice((1, 2, 7))}", *given])


def _resumed(runner: Runner, rng: Random, folder: Path, given: list[str]) -> None:
    """Training in two parts ends where it does in one."""
    first, whole, kept = rng.randint(1, 3), rng.randint(4, 6), str(folder / "kept")
    if "epochs" in " ".join(given) or len(given) > 100:
        return
    line = ["train", "--format=json", f"--seed={rng.randrange(100)}", *given]
    at_once = runner.run(*line, f"--epochs={whole}")
    runner.run(*line, f"--epochs={first}", f"--checkpoint={kept}")
    again = [*line, f"--epochs={whole}", f"--resume={kept}"]
    result = runner.run(*again)
    if at_once is None or result is None or not Path(kept).exists():  # it has gone nowhere in its first epoch
        return
    runner.count("training that goes on")
    ends = [one.out.splitlines()[-1:] for one in (at_once, result)]
    found = [json.loads(end[0]) if end else {} for end in ends]
    if found[0].get("parameters") != found[1].get("parameters"):
        runner.fail(again, f"{found[1] or result.err[:300]}, at once {found[0]}")


def fits(runner: Runner, rng: Random, count: int) -> None:
    """Fits, and training."""
    with TemporaryDirectory(prefix="cg-fuzz-") as name, np.errstate(all="ignore"):
        for number in range(count):
            folder = Path(name, str(number))
            folder.mkdir()
            rng.choice((fit, fit, train))(runner, rng, folder)
