"""Programs whose loops and branches depend on unknowns and on rows, as `cg fit`, `minimize`, `solve` and
`train` take them: against the same without, and against SciPy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import curve_fit

from cgcli.data.dataset import Table
from tests.cg import cg


def record(*arguments: str, status: int = 0) -> dict[str, Any]:
    done = cg(*arguments, "--format", "json")
    assert done.status == status, done
    found: dict[str, Any] = json.loads(done.out.splitlines()[-1])
    return found


def table(path: Path, **columns: Any) -> str:
    rows = zip(*columns.values(), strict=True)
    lines = [",".join(columns), *(",".join(repr(float(x)) for x in row) for row in rows)]
    path.write_text("\n".join(lines) + "\n")
    return str(path)


def test_a_fit_of_two_lines_that_meet(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    t = np.sort(random.uniform(0, 10, 200))
    y = np.where(t > 4.2, 3.1 - 0.3 * (t - 4.2), 1 + 0.5 * t) + 0.01 * random.normal(size=200)
    data = table(tmp_path / "lines.csv", t=t, y=y)
    program = "if t > k { m = a + b*k + c*(t - k) } else { m = a + b*t }; y ~ m"
    start = ("a=1", "b=1", "c=0", "k=5")
    found = record("fit", program, "--data", data, *start)
    same = record("fit", "y ~ if t > k then a + b*k + c*(t - k) else a + b*t", "--data", data, *start)
    for name, one in found["parameters"].items():
        assert one["value"] == pytest.approx(same["parameters"][name]["value"], rel=1e-12)
        assert one["error"] == pytest.approx(same["parameters"][name]["error"], rel=1e-9)
    assert found["rows"] == 200


def test_a_fit_with_a_loop_in_each_row(tmp_path: Path) -> None:
    """Kepler's equation, solved in the program."""
    random = np.random.default_rng(2)

    def model(mean: Any, ecc: float, r: float) -> Any:
        E = np.array(mean, float)
        for _ in range(60):
            E = E - (E - ecc * np.sin(E) - mean) / (1 - ecc * np.cos(E))
        return r * np.cos(E)

    mean = random.uniform(0, 6, 60)
    y = model(mean, 0.4, 2.5) + 0.001 * random.normal(size=60)
    data = table(tmp_path / "orbit.csv", M=mean, y=y)
    program = tmp_path / "orbit.cg"
    program.write_text(
        "E = M\n"
        "while abs(E - ecc*sin(E) - M) > 1e-13 {\n"
        "    E = E - (E - ecc*sin(E) - M)/(1 - ecc*cos(E))\n"
        "}\n"
        "y ~ r*cos(E)\n"
    )
    found = record("fit", "-f", str(program), "--data", data, "ecc=0.1", "r=1")
    values, covariance = curve_fit(model, mean, y, [0.3, 2.0], xtol=1e-14, ftol=1e-14)
    for place, name in enumerate(("ecc", "r")):
        one = found["parameters"][name]
        assert one["value"] == pytest.approx(values[place], rel=1e-7)
        assert one["error"] == pytest.approx(np.sqrt(covariance[place, place]), rel=1e-4)
    over = tmp_path / "curve.csv"
    done = cg(
        *("fit", "-f", str(program), "--data", data, "ecc=0.1", "r=1", "--predict", str(over)),
        *("--over", "M=0:6:1"),
    )
    assert done.status == 0
    curve = np.genfromtxt(over, delimiter=",", names=True)
    assert curve["fit"] == pytest.approx(model(curve["M"], *values), rel=1e-6)


MINIMA = [
    ("y = x^2; if x > 1 { y = y + (x - 1)^2 } else { y = y - x }; y", ["x=3"], {"x": 0.5}, -0.25),
    ("if x > 0 { y = x^2 - 2*x } else { y = -x }; y", ["x=0.3"], {"x": 1.0}, -1.0),
    (
        "s = 0; for i in 1..4 { if w[i-1] > 0 { s += w[i-1]^2 } else { s -= w[i-1] } }; s - w @ [1, 2, 3, 4]",
        ["w=[0, 0, 1, 1]"], {"w": [0.5, 1.0, 1.5, 2.0]}, -7.5,
    ),
    (
        "t = x; n = 0; while t > 1 { t = t/2; n += 1 }; (t - 0.7)^2 + (n - 2)^2",
        ["x=3"], {"x": 2.8}, 0.0,
    ),
]  # fmt: skip


@pytest.mark.parametrize("program, start, at, least", MINIMA, ids=[case[0][:30] for case in MINIMA])
def test_minima(program: str, start: list[str], at: dict[str, Any], least: float) -> None:
    found = record("minimize", program, *start)
    assert found["minimum"] == pytest.approx(least, abs=1e-12)
    for name, value in at.items():
        assert found["at"][name] == pytest.approx(value, rel=1e-7)


def test_a_constraint_and_what_is_held() -> None:
    program = "if x > y { z = x } else { z = y }; (z - c)^2 + (x + y - 3)^2"
    arguments = ("x=1", "y=0", "c=3", "--wrt", "x,y", "--st", "x*y >= 1", "--sensitivity", "c")
    found = record("minimize", program, *arguments)
    same = record("minimize", "(x - c)^2 + (x + y - 3)^2", *arguments)
    assert found["at"] == pytest.approx(same["at"], rel=1e-7)
    assert found["sensitivity"]["x"]["c"] == pytest.approx(same["sensitivity"]["x"]["c"], rel=1e-6)
    assert found["constraints"][0]["multiplier"] == pytest.approx(same["constraints"][0]["multiplier"])


ROOTS = [
    ("s = 1; t = 1; k = 0; while abs(t) > 1e-18 { k += 1; t = t*x/k; s += t }; s == 5", ["x=1"], np.log(5)),
    ("if x > 1 { y = x^2 } else { y = 2*x - 1 }; y == 4", ["x=0"], 2.0),
    ("if x > 1 { y = x^2 } else { y = 2*x - 1 }; y == 4", ["--between", "x=0:5"], 2.0),
    ("f(n) = if n < 2 then 1 else n*f(n - 1); x*f(x) == 100", ["x=4.5"], 4.030787892694762),
]


@pytest.mark.parametrize("program, start, root", ROOTS)
def test_roots(program: str, start: list[str], root: float) -> None:
    found = record("solve", program, *start)
    assert found["at"]["x"] == pytest.approx(root, rel=1e-14)
    assert found["error"]["x"] < 1e-13


def test_all_roots_over_paths() -> None:
    program = "z = x; while abs(z) < 10 { z = z^2 + x }; z == 30"
    found = record("solve", program, "--between", "x=0.4:2", "--all")
    for root in found["roots"]:
        z = x = root["at"]["x"]
        while abs(z) < 10:
            z = z * z + x
        assert z == pytest.approx(30, rel=1e-11)
    assert len(found["roots"]) == 6


def test_training_of_rows_with_paths(tmp_path: Path) -> None:
    """Quantile regression, whose loss bends at each row."""
    y = np.random.default_rng(3).exponential(size=400)
    data = table(tmp_path / "y.csv", y=y)
    program = "if y > q { l = 0.9*(y - q) } else { l = 0.1*(q - y) }; l"
    given = ("--data", data, "q=1", "--epochs", "30", "--batch", "50", "--method", "sgd", "--rate", "0.1")
    found = record("train", program, *given)
    same = record("train", "if y > q then 0.9*(y - q) else 0.1*(q - y)", *given)
    assert found["parameters"]["q"] == pytest.approx(same["parameters"]["q"], rel=1e-12)
    assert found["loss"] == pytest.approx(same["loss"], rel=1e-12)
    assert found["parameters"]["q"] == pytest.approx(np.quantile(y, 0.9), abs=0.3)


ENDLESS = [
    (["minimize", "while x > 0 { y = x }; x^2", "x=1", "--max-ops", "9e3"], "more than 9,000 operations"),
    (["solve", "while x > 0 { y = x }; x^2 == 2", "x=1", "--max-ops", "1000"], "more than 1,000 operations"),
    (["minimize", "if x > 0 { y = 1 }; x^2 + y", "x=-1"], "`y` has no value on the path taken"),
    (["minimize", "if x > 0 { y = sqrt(-x) } else { y = 1 }; y", "x=1"], "sqrt(-x) is nan"),
]


@pytest.mark.parametrize("arguments, told", ENDLESS, ids=[case[0][1] for case in ENDLESS])
def test_what_leads_nowhere_is_told(arguments: list[str], told: str) -> None:
    done = cg(*arguments)
    assert done.status in (1, 3)
    assert told in done.err


def test_a_region_without_a_value_is_left(tmp_path: Path) -> None:
    found = record("minimize", "if x < 0.1 { y = sqrt(x - 5) } else { y = x }; (y - 1)^2", "x=3")
    assert found["at"]["x"] == pytest.approx(1)


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_tables_are_read_again_from_their_beginning(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"long.{ending}"
    count = 30_000 if ending == "csv" else 70_000
    row = "{},1." + 250 * "0" + "\n" if ending == "csv" else '{{"x": {}, "y": 1.0}}\n'
    head = "x,y\n" if ending == "csv" else ""
    path.write_text(head + "".join(map(row.format, range(count))))
    found = Table([str(path)])
    first = found.first(["x"], None)
    assert first is not None
    assert first.count
    for _ in range(3):
        batches = [batch.numbers["x"] for batch in found.batches(["x"], [], None)]
        assert np.array_equal(np.concatenate(batches), np.arange(count))


@pytest.mark.parametrize(
    ("running", "straight"),
    [
        ("if a > 0 { y = abs(a - 1) + abs(b - 3*a) + a } else { y = 7 - a }; y", "abs(a-1) + abs(b-3*a) + a"),
        (
            "if a > 0 { y = sum(abs([a - 1, b - 3*a])) + a } else { y = 7 - a }; y",
            "abs(a-1) + abs(b-3*a) + a",
        ),
        ("if a > 0 { y = max([a - 1, 1 - a, b, -b]) } else { y = 7 - a }; y", "max(a - 1, 1 - a, b, -b)"),
    ],
)
def test_minima_at_corners_of_one_path(running: str, straight: str) -> None:
    start = ("a=2", "b=3")
    found, same = (record("minimize", text, *start) for text in (running, straight))
    assert found["minimum"] == pytest.approx(same["minimum"], abs=1e-9)
    for name in "ab":
        one, other = (of["at"][name] for of in (found, same))
        assert one == pytest.approx(other, abs=1e-6)


def test_a_minimum_that_no_path_reaches() -> None:
    done = cg("minimize", "if a > 0 { y = max(a) } else { y = 1 }; y", "a=2")
    assert done.status == 1
    assert "not converged" in done.out
