"""`cg solve` where numbers are very large or very small: roots against mpmath, and bounds that hold."""

from __future__ import annotations

import json
from typing import Any

import mpmath
import pytest

from tests.cg import cg


def record(*arguments: str) -> dict[str, Any]:
    done = cg("solve", *arguments, "--format", "json")
    assert done.status == 0, done
    found: dict[str, Any] = json.loads(done.out)
    return found


def off(x: float, root: Any) -> float:
    return float(abs(mpmath.mpf(x) - root))


# Programs, ranges, and the root there of what is written.
RANGES = [
    ("1e-200*x - 1e-201", "-1:1", lambda m: m("0.1")),
    ("1e-162*(x - 0.3)", "0:1", lambda m: m("0.3")),
    ("1e-200*(x - 0.1)", "0:1", lambda m: m("0.1")),
    ("1e-200*sin(x)", "3:4", lambda m: +mpmath.pi),
    ("1e-300*(exp(x) - 2)", "0:1", lambda m: mpmath.log(2)),
    ("x*1e-300 - 1e-301", "-1:1", lambda m: m("0.1")),
    ("x*1e-300 - 1e-310", "-1:1", lambda m: m("1e-10")),
    ("x^2 - 1e-150", "0:1", lambda m: m("1e-75")),
    ("x^2 - 1e-200", "0:1", lambda m: m("1e-100")),
    ("x^2 - 1e-200", "-1:0", lambda m: -m("1e-100")),
    ("x^3 == 1e-300", "0:1", lambda m: m("1e-100")),
    ("x^3 == 1e-300", "-1:1", lambda m: m("1e-100")),
    ("log(x) + 230", "1e-300:1", lambda m: mpmath.exp(-230)),
    ("log10(x) + 150", "1e-200:1", lambda m: m("1e-150")),
    ("1/x - 1e100", "1e-300:1", lambda m: m("1e-100")),
    ("1/x + 1e-100", "-1e300:-1", lambda m: -m("1e100")),
    ("x^2 - 2", "0:1e150", lambda m: mpmath.sqrt(2)),
    ("x^2 - 2e10", "0:1e154", lambda m: mpmath.sqrt(m("2e10"))),
    ("x^2 - 2", "-1e308:1", lambda m: -mpmath.sqrt(2)),
    ("log10(x) - 20", "1:1e150", lambda m: m("1e20")),
    ("log10(x) - 3", "1:1e200", lambda m: m(1000)),
    ("sqrt(x) - 1e100", "0:1e300", lambda m: m("1e200")),
    ("x - 1e200", "-1e308:1e308", lambda m: m("1e200")),
    ("exp(x) - 1e-300", "-1e6:1e6", lambda m: mpmath.log(m("1e-300"))),
    ("x^3", "-1:2", lambda m: m(0)),
    ("cbrt(x) - 1e-100", "-1:2", lambda m: m("1e-300")),
]


@pytest.mark.parametrize("more", [[], ["--all"]], ids=["one", "all"])
@pytest.mark.parametrize("program, ends, root", RANGES, ids=[f"{case[0]} {case[1]}" for case in RANGES])
def test_roots_in_ranges(program: str, ends: str, root: Any, more: list[str]) -> None:
    with mpmath.workdps(60):
        true = root(mpmath.mpf)
        found = record(program, "--between", f"x={ends}", *more)
        (one,) = found["roots"] if more else [found]
        x, error = one["at"]["x"], one["error"]["x"]
        assert off(x, true) <= 1e-13 * abs(true)
        assert error is None or off(x, true) <= error


# The same from a start.
STARTS = [
    ("x^2 - 1e-200", "1", lambda m: m("1e-100")),
    ("x^2 - 1e-200", "-1", lambda m: -m("1e-100")),
    ("x^2 - 1e200", "1", lambda m: m("1e100")),
    ("x^3 == 1e-300", "1", lambda m: m("1e-100")),
    ("x*1e-300 - 1e-310", "1", lambda m: m("1e-10")),
    ("1e-200*(x - 0.3)", "1", lambda m: m("0.3")),
    ("1/x - 1e100", "1", lambda m: m("1e-100")),
    ("log(x) + 300", "1", lambda m: mpmath.exp(-300)),
    ("exp(x) - 1e-300", "1", lambda m: mpmath.log(m("1e-300"))),
    ("atan(x - 1e9)", "1", lambda m: m("1e9")),
]


@pytest.mark.parametrize("program, start, root", STARTS)
def test_roots_from_a_start(program: str, start: str, root: Any) -> None:
    with mpmath.workdps(60):
        true = root(mpmath.mpf)
        found = record(program, f"x={start}")
        x, error = found["at"]["x"], found["error"]["x"]
        assert off(x, true) <= 1e-12 * abs(true)
        assert error is None or off(x, true) <= error


@pytest.mark.parametrize("program", ["x^2 + 1", "exp(-x)", "1/x", "sign(x) + 0.5"])
def test_what_has_no_root(program: str) -> None:
    done = cg("solve", program, "x=1")
    assert done.status == 1
    assert "no root was found" in done.err


def test_roots_of_all_sizes() -> None:
    found = record("sin(log(x))", "--between", "x=1e-300:1", "--all")
    with mpmath.workdps(30):
        roots = [mpmath.exp(-k * mpmath.pi) for k in range(219, -1, -1)]
        assert len(found["roots"]) == len(roots)
        for one, root in zip(found["roots"], roots, strict=True):
            assert off(one["at"]["x"], root) <= 1e-13 * root


def test_the_sign_of_what_is_no_double_counts() -> None:
    found = record("1e-200*(x - 0.5)*1e-200", "--between", "x=0:2")
    assert found["at"]["x"] == 0.5


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("size", ["1e300", "-1e300", "1e-300", "1e160"])
@pytest.mark.parametrize("starts", ["1", "3"])
@pytest.mark.parametrize(
    "command",
    [
        ("minimize", "hypot(x, y) + abs(x - z)", "y={}", "z=0"),
        ("minimize", "x^2 + y^4 - z", "y={}", "z={}"),
        ("minimize", "max(x, y)^2 + z^2", "y={}", "z=1", "--st", "x + y >= z"),
        ("solve", "x^2 == {}; y == x + z; z*x == 1", "y=1", "z={}"),
        ("fit", "[1, {}, 3] ~ x*[1, 2, 3] + y*[3, 1, {}]", "y={}"),
    ],
)  # fmt: skip
def test_nothing_but_cg_tells_of_what_is_out_of_range(
    command: tuple[str, ...], starts: str, size: str
) -> None:
    given = [one.replace("{}", size) for one in command]
    many = [] if given[0] == "train" else [f"--starts={starts}"]
    found = cg(*given, f"x={size}", *many, "--max-steps=30")
    assert found.status in (0, 1), found


# Systems at whose root curves touch: a start, and where they do.
TOUCHING = [
    ("x^2 + y^2 == 1; (x - 2)^2 + y^2 == 1", {"x": 1, "y": 0}),
    ("x^2 + y^2 == 1; (x - 0.6)^2 + (y - 0.8)^2 == 4", {"x": -0.6, "y": -0.8}),
    ("y == x^2; y == 0", {"x": 0, "y": 0}),
]


@pytest.mark.parametrize("equations, root", TOUCHING)
def test_curves_that_touch_are_told_of(equations: str, root: dict[str, float]) -> None:
    found = json.loads(cg("solve", equations, "x=0.5", "y=0.5", "--format", "json").out)
    assert found["converged"]
    assert found["at"] == pytest.approx(root, abs=1e-7)
    assert "Jacobian is singular here, or nearly" in found["reason"]


def test_a_small_unknown_is_known_beside_a_large_one() -> None:
    found = json.loads(cg("solve", "x == 1; y^2 == 1e-20", "x=0.5", "y=0.5", "--format", "json").out)
    assert found["at"]["y"] == pytest.approx(1e-10, rel=1e-15)
    assert "singular" not in found["reason"]
