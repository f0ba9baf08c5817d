"""Equations and minima at random, of few unknowns. Roots are sharpened in numbers of 50 digits, and the
answer is to be as near as it says; at a minimum no point beside it that is allowed has less."""

from __future__ import annotations

import json
import re
from random import Random
from typing import Any

from mpmath import matrix, mp, mpf

from bench.fuzzing.flows import SCOPE
from bench.fuzzing.running import Runner

UNKNOWNS, HELD = ("x", "y", "z"), ("a", "b")
EPSILON = 2.0**-52

# How much less than a minimum something nearby may be, and how far beside it is looked.
LOWER, BESIDE = 1e-9, (1e-1, 1e-2, 1e-3)


def formula(rng: Random, names: list[str], own: int) -> str:
    """An expression that depends on one of the names most, in the words that Python has too."""
    leaf = lambda: rng.choice((*names, *names, *HELD))
    text = f"{rng.choice(('1.5', '2', '3', '-2'))}*{names[own]}"
    for _ in range(rng.randint(1, 3)):
        text += rng.choice((" + ", " - ")) + rng.choice(
            (
                f"0.3*sin({leaf()}*{leaf()})", f"0.5*tanh({leaf()} - {leaf()})", f"0.2*{leaf()}*{leaf()}",
                f"exp(-square({leaf()}))", f"0.4*atan({leaf()}/(1 + {leaf()}^2))", f"0.1*{leaf()}^3",
                f"0.6*sqrt(1 + square({leaf()}))", leaf(),
            )
        )  # fmt: skip
    return text


def python(text: str) -> Any:
    return compile(text.replace("^", "**"), "formula", "eval")


class System:
    """Expressions in unknowns and in what is held, over numbers of many digits."""

    def __init__(self, texts: list[str], names: list[str], held: dict[str, float]) -> None:
        self.codes, self.names = [python(text) for text in texts], names
        self.held = {name: mpf(x) for name, x in held.items()}

    def __call__(self, point: list[Any], **moved: Any) -> list[Any]:
        given = {**SCOPE, **self.held, **dict(zip(self.names, point)), **moved}
        return [eval(code, given) for code in self.codes]

    def slopes(self, point: list[Any]) -> Any:
        """The Jacobian by the unknowns."""
        step, columns = mpf(10) ** -20, []
        for place in range(len(point)):
            sides = [[x + (k == place) * move for k, x in enumerate(point)] for move in (step, -step)]
            right, left = map(self, sides)
            columns.append([(p - q) / (2 * step) for p, q in zip(right, left)])
        return matrix(columns).T

    def root(self, near: list[float]) -> list[Any] | None:
        """By Newton's method; None where it goes elsewhere, or the matrix says nothing."""
        point = [mpf(x) for x in near]
        for _ in range(8):
            try:
                step = mp.lu_solve(self.slopes(point), matrix(self(point)))
            except ZeroDivisionError:
                return None
            point = [x - step[k] for k, x in enumerate(point)]
        return point if max(abs(x) for x in step) < mpf(10) ** -30 else None

    def by(self, point: list[Any], name: str) -> list[Any]:
        """How a root moves with what is held."""
        step = mpf(10) ** -20
        right, left = (self(point, **{name: self.held[name] + move}) for move in (step, -step))
        moved = mp.lu_solve(self.slopes(point), matrix([(q - p) / (2 * step) for p, q in zip(right, left)]))
        return [moved[k] for k in range(len(point))]


def _held(rng: Random) -> dict[str, float]:
    return {name: round(rng.uniform(0.3, 1.5), 2) for name in HELD}


def _near(found: Any, right: Any, tolerance: float) -> bool:
    return abs(mpf(found) - right) <= tolerance * max(1, abs(right))


def roots(runner: Runner, rng: Random) -> None:
    """`cg solve`, with the errors and the sensitivities that it tells."""
    names, held = list(UNKNOWNS[: rng.randint(1, 3)]), _held(rng)
    scales = {name: rng.choice(("1", "1", "1", "1e5", "1e-5")) for name in names}
    texts = [formula(rng, names, own) for own in range(len(names))]
    texts = [_scaled(text, scales) for text in texts]
    if rng.random() < 0.3:
        texts = [f"{rng.choice(('1e-9', '1e9', '1'))}*({text})" for text in texts]
    at = [round(rng.uniform(-1.5, 1.5), 3) / float(scales[name]) for name in names]
    right = [float(x) for x in System(texts, names, held)([mpf(x) for x in at])]
    system = System([f"({text}) - ({x!r})" for text, x in zip(texts, right)], names, held)
    equations = "; ".join(f"{text} == {x!r}" for text, x in zip(texts, right))
    used = [name for name in HELD if any(name in code.co_names for code in system.codes)]
    arguments = [
        "solve", "--format=json", f"--wrt={','.join(names)}", 
        *(["--sensitivity=" + ",".join(used)] if used else []),
        *rng.choice(([], [], ["--method=newton"], ["--method=hybr"])), equations,
        *(f"{name}={x + rng.uniform(-0.5, 0.5) / float(scales[name]):.4g}" for name, x in zip(names, at)),
        *(f"{name}={held[name]}" for name in used),
    ]  # fmt: skip
    result = runner.run(*arguments)
    if result is None:
        return
    if result.status == 1:
        return runner.count("equations without an answer")
    if result.status:
        return runner.fail(arguments, f"exit status {result.status}\n  {result.err[:300]}")
    runner.count("equations with a truth")
    record = json.loads(result.out)
    found = [record["at"][name] for name in names]
    root = system.root(found)
    if root is None:
        return runner.fail(arguments, f"no root is near {found}")
    for name, x, exact in zip(names, found, root):
        told = record["error"][name]
        if not isinstance(told, (int, float)) or abs(mpf(x) - exact) > 1.01 * told + EPSILON * abs(x):
            return runner.fail(arguments, f"{name} is {x}, off by {float(x - exact):.1e}, and {told} is told")
        if abs(mpf(x) - exact) > 1e-9 * max(1 / float(scales[name]), abs(exact)):
            return runner.fail(arguments, f"{name} is {x}, and the root is at {float(exact)!r}")
    for name in used:
        for unknown, moved in zip(names, system.by(root, name)):
            slope = record["sensitivity"][unknown][name]
            if abs(mpf(slope) - moved) > 1e-7 * max(1 / float(scales[unknown]), abs(moved)):
                return runner.fail(arguments, f"d{unknown}/d{name} is {slope}, not {float(moved)!r}")


def _scaled(text: str, scales: dict[str, str]) -> str:
    for name, scale in scales.items():
        text = text if scale == "1" else re.sub(rf"\b{name}\b", f"({scale}*{name})", text)
    return text


def ranges(runner: Runner, rng: Random) -> None:
    """`cg solve --between`: every root of a product at which the sign changes, and no other."""
    places = sorted(rng.sample(range(-40, 41), rng.randint(0, 5)))
    size = rng.choice((0.05, 0.05, 0.001, 100.0))
    orders = {place: rng.choice((1, 1, 1, 2, 3)) for place in places}
    factors = [f"(x - {place * size!r})^{order}" for place, order in orders.items()]
    factors.append(rng.choice(("1", "exp(x)", "(2 + sin(x))", "1e-6", "1/(1 + x^2)", "-3")))
    rng.shuffle(factors)
    low, high = -40.4 * size, 40.3 * size
    arguments = ["solve", "--format=json", "--all", f"--between=x={low!r}:{high!r}", "*".join(factors)]
    if size > 1 and "exp(x)" in factors:
        return None
    result = runner.run(*arguments)
    if result is None:
        return None
    right = [place * size for place, order in orders.items() if order % 2]
    runner.count("ranges with a truth")
    if result.status in (1, 2) and not right:
        return None
    if result.status:
        return runner.fail(arguments, f"exit status {result.status}, roots {right}\n  {result.err[:300]}")
    found = json.loads(result.out)["roots"]
    at = [root["at"]["x"] for root in found]
    if [round(x / size, 3) for x in at] != [round(x / size, 3) for x in right]:
        return runner.fail(arguments, f"{at}, and it is {right}")
    for root, exact in zip(found, right):
        told = root["error"]["x"]
        if told is not None and not abs(root["at"]["x"] - exact) <= 1.01 * told + 2 * EPSILON * abs(exact):
            return runner.fail(arguments, f"{root}, and it is {exact!r}")
    return None


def zeros(runner: Runner, rng: Random) -> None:
    """`zero` and `minimizer` in a program, with derivatives by what is held."""
    held, text = _held(rng), formula(rng, ["x"], 0)
    at = round(rng.uniform(-1.5, 1.5), 3)
    right = float(System([text], ["x"], held)([mpf(at)])[0])
    if rng.random() < 0.6:
        equation, sought = f"({text}) - ({right!r})", "zero"
    else:  # the square has its least where the root is
        equation, sought = f"(({text}) - ({right!r}))^2 + 0.3*(x - a)^2", "minimizer"
    program = f"{sought}({equation}, x, {at + rng.uniform(-0.3, 0.3):.2f})"
    used = [name for name in HELD if name in python(equation).co_names]
    mode = rng.choice(("reverse", "forward"))
    arguments = [
        "grad",
        f"--mode={mode}",
        "--format=json",
        f"{program} + 0*a + 0*b",
        *(f"{n}={x}" for n, x in held.items()),
    ]
    result = runner.run(*arguments)
    if result is None:
        return
    if result.status:
        return runner.count(f"{sought} without an answer")
    runner.count(f"{sought} with a truth")
    if sought == "zero":
        system = System([equation], ["x"], held)
    else:
        outer = System([equation], ["x"], held)
        system = _Slope(outer)
    record = json.loads(result.out)
    root = system.root([record["value"]])
    if root is None or not _near(record["value"], root[0], 1e-9):
        return runner.fail(arguments, f"{record['value']} is no {sought}, which is {root}")
    for name in used:
        moved = system.by(root, name)[0]
        if not _near(record["gradient"][name], moved, 1e-6):
            return runner.fail(arguments, f"by {name} it is {float(moved)!r}, not {record['gradient'][name]}")


class _Slope(System):
    """The derivative of one expression in one unknown, as an equation."""

    def __init__(self, outer: System) -> None:
        self.outer, self.names, self.held = outer, outer.names, outer.held

    def __call__(self, point: list[Any], **moved: Any) -> list[Any]:
        step = mpf(10) ** -12
        right, left = (self.outer([point[0] + move], **moved)[0] for move in (step, -step))
        return [(right - left) / (2 * step)]


def minima(runner: Runner, rng: Random) -> None:
    """`cg minimize`, with bounds and constraints."""
    names, held = list(UNKNOWNS[: rng.randint(1, 3)]), _held(rng)
    parts = [f"({formula(rng, names, own)} - {rng.uniform(-2, 2):.2f})^2" for own in range(len(names))]
    objective = " + ".join(parts) + (" + abs(x - 0.3)" if rng.random() < 0.15 else "")
    options, holds, starts = [], [], {name: rng.uniform(-1, 1) for name in names}
    for name in names:
        if rng.random() < 0.3:
            low = round(rng.uniform(-1, 1), 2)
            options.append(f"--bounds={name} >= {low}")
            holds.append(f"{name} - ({low})")
            starts[name] = max(starts[name], low + rng.choice((0, 0.5)))
    if rng.random() < 0.4:
        inside = rng.choice(
            (f"1.5 - ({' + '.join(f'{n}^2' for n in names)})", f"{names[-1]} - 0.5*{names[0]} + 0.2")
        )
        options.append(f"--st={inside} >= 0")
        holds.append(inside)
    used = [name for name in HELD if name in python(objective).co_names]
    arguments = [
        "minimize", "--format=json", f"--wrt={','.join(names)}", *options, objective,
        *(f"{name}={start!r}" for name, start in starts.items()), *(f"{name}={held[name]}" for name in used),
    ]  # fmt: skip
    result = runner.run(*arguments)
    if result is None:
        return
    if result.status == 1:
        return runner.count("minima without an answer")
    if result.status:
        return runner.fail(arguments, f"exit status {result.status}\n  {result.err[:300]}")
    runner.count("minima with a truth")
    record = json.loads(result.out)
    point = [mpf(record["at"][name]) for name in names]
    value, allowed = System([objective], names, held), System(holds, names, held)
    (least,) = value(point)
    if not _near(record["minimum"], least, 1e-9):
        return runner.fail(arguments, f"there it is {float(least)!r}, not {record['minimum']}")
    if any(x < -(mpf(10) ** -9) for x in allowed(point)):
        return runner.fail(arguments, f"the constraints are {[float(x) for x in allowed(point)]} there")
    for beside in BESIDE:
        for _ in range(12):
            moved = [x + beside * mpf(rng.gauss(0, 1)) for x in point]
            if all(x >= 0 for x in allowed(moved)):
                (other,) = value(moved)
                if other < least - LOWER * max(1, abs(least)) and beside < 0.05:
                    where = {name: float(x) for name, x in zip(names, moved)}
                    return runner.fail(
                        arguments, f"{float(least)!r} is told, and {float(other)!r} is at {where}"
                    )


def sought(runner: Runner, rng: Random, count: int) -> None:
    """Equations, minima, and both inside programs."""
    mp.dps = 50
    for _ in range(count):
        rng.choice((roots, roots, ranges, zeros, minima))(runner, rng)
