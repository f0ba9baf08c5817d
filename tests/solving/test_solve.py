"""`cg solve` as it is typed: roots against mpmath and SciPy, ranges, and what has no root."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest

from tests.cg import cg, executable


def record(*arguments: str, status: int = 0) -> dict[str, Any]:
    done = cg("solve", *arguments, "--format", "json")
    assert done.status == status, done
    found: dict[str, Any] = json.loads(done.out)
    return found


# Programs, starts, and roots to 16 digits.
ROOTS = [
    (["x^2 == 2", "x=1"], {"x": 2**0.5}),
    (["x^2 - 2", "x=-100"], {"x": -(2**0.5)}),
    (["cos(x) == x", "x=0"], {"x": 0.7390851332151607}),
    (["x*exp(x) == 1", "x=5"], {"x": 0.5671432904097838}),
    (["atan(x)", "x=10"], {"x": 0.0}),
    (["log(x) == 3", "x=1e-3"], {"x": np.e**3}),
    (["x^2 == a; x + y == 3", "x=1", "y=1", "a=2", "--wrt", "x,y"], {"x": 2**0.5, "y": 3 - 2**0.5}),
    (["input a = 2; x^2 == a", "x=1"], {"x": 2**0.5}),
    (["x^3 - 2*x + 2", "x=0"], {"x": -1.7692923542386314}),
    (["x^2 == 0", "x=1"], {"x": 0.0}),
    (["1e-9*x == 1e-9", "x=5"], {"x": 1.0}),
    (["x == 4", "x=0"], {"x": 4.0}),
]


@pytest.mark.parametrize("arguments, expected", ROOTS, ids=[case[0][0] for case in ROOTS])
def test_roots(arguments: list[str], expected: dict[str, float]) -> None:
    found = record(*arguments)
    for name, value in expected.items():
        assert found["at"][name] == pytest.approx(value, rel=1e-15, abs=1e-300)
    assert found["converged"]
    assert found["residual_norm"] < 1e-14


def test_a_badly_scaled_system() -> None:
    """Powell's, of More, Garbow and Hillstrom."""
    found = record("10000*x*y == 1; exp(-x) + exp(-y) == 1.0001", "x=0", "y=1")
    assert found["at"] == pytest.approx({"x": 1.09815933e-5, "y": 9.106146740}, rel=1e-8)


def test_arrays() -> None:
    given = ("A=[[2, 1], [1, 3]]", "b=[1, 2]", "x=[0, 0]")
    found = record("A @ x == b", *given, "--wrt", "x", "--sensitivity", "A,b")
    A, b = np.array([[2.0, 1], [1, 3]]), np.array([1.0, 2])
    assert found["at"]["x"] == pytest.approx(np.linalg.solve(A, b))
    inverse = np.linalg.inv(A)
    assert np.array(found["sensitivity"]["x"]["b"]) == pytest.approx(inverse)
    expected = -np.einsum("ij,k->ijk", inverse, np.linalg.solve(A, b))
    assert np.array(found["sensitivity"]["x"]["A"]) == pytest.approx(expected)


def test_sensitivities_are_those_of_mpmath() -> None:
    found = record("E - ecc*sin(E) == M", "E=1", "ecc=0.3", "M=0.7", "--wrt", "E", "--sensitivity", "ecc,M")

    def root(ecc: Any, M: Any) -> Any:
        return mpmath.findroot(lambda E: E - ecc * mpmath.sin(E) - M, 1)

    with mpmath.workdps(30):
        for place, name in enumerate(("ecc", "M")):
            slope = mpmath.diff(root, (mpmath.mpf(0.3), mpmath.mpf(0.7)), (1 - place, place))
            assert found["sensitivity"]["E"][name] == pytest.approx(float(slope), rel=1e-13)


def test_without_wrt_what_is_held_is_no_unknown() -> None:
    found = record("x^2 == a", "x=1", "a=2", "--sensitivity", "a")
    assert list(found["at"]) == ["x"]
    assert found["sensitivity"]["x"]["a"] == pytest.approx(0.5 / 2**0.5)


SINGULAR = [
    ["x + y == 3; 2*x + 2*y == 6", "x=1", "y=5"],
    ["x^2 - 2*x + 1", "x=3"],
    ["x^2 + y^2 == 2; x + y == 2", "x=1", "y=5"],
]


@pytest.mark.parametrize("arguments", SINGULAR, ids=[case[0] for case in SINGULAR])
def test_a_singular_jacobian_is_told_of(arguments: list[str]) -> None:
    found = record(*arguments)
    assert found["converged"]
    assert "singular" in found["reason"]


def test_sensitivity_is_null_where_the_jacobian_is_singular() -> None:
    found = record("x + y == a; 2*x + 2*y == 2*a", "x=1", "y=1", "a=3", "--sensitivity", "a")
    assert found["sensitivity"] == {"x": {"a": None}, "y": {"a": None}}


NONE = [
    *(["tanh(x) + 3", f"x={start}"] for start in ("2.5", "0", "100", "-30")),
    ["x^2 + 1", "x=0.5"],
    ["exp(x)", "x=1"],
    ["x + y == 3; 2*x + 2*y == 7", "x=1", "y=5"],
    ["x^2 == 2", "x=1", "--max-steps", "1"],
    ["x^2 == 9", "x=1", "--bounds", "0 < x < 2"],
]


@pytest.mark.parametrize("arguments", NONE, ids=[" ".join(case) for case in NONE])
def test_where_there_is_no_root(arguments: list[str]) -> None:
    found = record(*arguments, status=1)
    assert not found["converged"]
    assert found["residual_norm"] > 0
    assert None not in found["at"].values()


# Ranges, and all roots in them.
POLES = [4.493409457909064, 7.725251836937707, 10.904121659428899, 14.066193912831473]
RANGES = [
    ("tan(x) == x", "x=0:15", [0, *POLES]),
    ("sin(x)", "x=1:10", [np.pi, 2 * np.pi, 3 * np.pi]),
    ("(x - 1)*(x - 1.0001)*(x - 1.0002)", "x=0:10", [1, 1.0001, 1.0002]),
    ("(x - 1)*(x - 1.0000001)", "x=0:10", [1, 1.0000001]),
    ("x*(x - 1e-8)", "x=-1:1", [0, 1e-8]),
    ("x*(x - 1e-15)", "x=-1:1.1", [0, 1e-15]),
    ("x*(x - 2)", "x=0:2", [0, 2]),
    ("x^2", "x=-1:1", []),
    ("x^3", "x=-1:1", [0]),
    ("1/x", "x=-1:1", []),
    ("floor(x) - 0.5", "x=0:2", []),
    ("abs(x) - 0.25", "x=-1:1", [-0.25, 0.25]),
    ("sin(1/x)", "x=0.01:1", [1 / (k * np.pi) for k in range(31, 0, -1)]),
    ("cbrt(x - 0.3)", "x=0:1", [0.3]),
    ("exp(-x^2) - 0.5", "x=-100:100", [-(np.log(2) ** 0.5), np.log(2) ** 0.5]),
    ("log(x)", "x=-1:3", [1]),
    ("x == 5", "x=0:1", []),
    ("sqrt(x) == 1", "x=-1:3", [1]),
    ("x^x == 1", "x=-2:3", [1]),
    ("exp(-x^2)", "x=-100:100", []),
    ("x - x", "x=0:1", []),
    ("max(x - 1, 0)*(2 - x)", "x=0:3", [2]),
    ("x^4 - 4x^3 + 6x^2 - 4x + 1", "x=0:3", []),
    ("sin(x)", "x=0.1:20001", [k * np.pi for k in range(1, 6367)]),
]


@pytest.mark.parametrize("program, ends, expected", RANGES, ids=[f"{case[0]} {case[1]}" for case in RANGES])
def test_all_roots_in_a_range(program: str, ends: str, expected: list[float]) -> None:
    found = record(program, "--between", ends, "--all", status=0 if expected else 1)
    roots = [root["at"]["x"] for root in found["roots"]]
    assert roots == pytest.approx(expected, rel=1e-14, abs=1e-15)
    assert found["converged"] == bool(expected)


@pytest.mark.parametrize("seed", range(20))
def test_all_roots_of_polynomials(seed: int) -> None:
    random = np.random.default_rng(seed)
    roots = np.sort(np.round(random.uniform(-3, 3, random.integers(1, 8)), 3))
    roots = roots[np.concatenate([[True], np.diff(roots) > 1e-3])]
    program = "*".join(f"(x - ({root!r}))" for root in roots.tolist())
    found = record(f"{program}*(x^2 + 1)", "--between", "x=-4:4", "--all")
    assert [root["at"]["x"] for root in found["roots"]] == pytest.approx(roots, rel=1e-14, abs=1e-15)


@pytest.mark.parametrize(
    "program, ends, told",
    [
        ("exp(-x^2)", "x=-100:100", "both sides are equal from -100 to -27.3, from 27.3 to 100"),
        ("max(x - 1, 0)*(2 - x)", "x=0:3", "1 root with a change of sign; both sides are equal from 0 to 1"),
        ("1/x", "x=-1:1", "there is no root with a change of sign between x = -1 and 1"),
        ("x^5 - 5x^4 + 10x^3 - 10x^2 + 5x - 1", "x=0:3", "1 root with a change of sign"),
    ],
)
def test_what_is_told_of_a_range(program: str, ends: str, told: str) -> None:
    found = cg("solve", program, "--between", ends, "--all", "--format", "json")
    assert told in json.loads(found.out.splitlines()[0])["reason"]


# Where roots fall together values around are rounding: programs, the root, and how many there are.
TOGETHER = [
    ("x^5 - 5x^4 + 10x^3 - 10x^2 + 5x - 1", 1.0, 5),
    ("x^6 - 6x^5 + 15x^4 - 20x^3 + 15x^2 - 6x + 1", 1.0, 6),
    ("x^7 - 7x^6 + 21x^5 - 35x^4 + 35x^3 - 21x^2 + 7x - 1", 1.0, 7),
    ("x^3 - 0.9x^2 + 0.27x - 0.027", 0.3, 3),
    ("exp(x) - 1 - x - x^2/2", 0.0, 3),
    ("x - sin(x)", 0.0, 3),
    ("x^8", 0.0, 8),
]


@pytest.mark.long
@pytest.mark.parametrize("how", [["--between", "x=-1:3"], ["--between", "x=-1:3", "--all"], ["x=2"]])
@pytest.mark.parametrize("program, root, count", TOGETHER, ids=[case[0] for case in TOGETHER])
def test_roots_that_rounding_hides(program: str, root: float, count: int, how: list[str]) -> None:
    if count % 2 == 0 and "--between" in how:
        assert record(program, *how, status=1)["converged"] is False
        return
    found = record(program, *how)
    (one,) = found["roots"] if "--all" in how else [found]
    assert one["at"]["x"] == pytest.approx(root, abs=1e-12)
    assert abs(one["at"]["x"] - root) <= one["error"]["x"] < 0.02
    assert one["multiplicity"] == count


@pytest.mark.parametrize("size", [1e-4, 0.02, 1, 1000])
@pytest.mark.parametrize("program, right", [
    ("(x/s - 1.65)*(x/s + 1)^3*(x/s - 1.1)^2*(x/s + 1.1)*(x/s + 0.35)^2", {-1.1: 1, -1: 3, 1.65: 1}),
    ("-3*(x/s - 1.9)*(x/s + 0.8)*(x/s - 1.35)^3*(x/s + 2)^3", {-2: 3, -0.8: 1, 1.35: 3, 1.9: 1}),
    ("(x/s + 1.05)^2*(x/s - 1.25)*(x/s + 1.45)*(x/s - 0.05)^3*(2 + sin(x/s))", {-1.45: 1, 0.05: 3, 1.25: 1}),
    ("(x/s - 0.8)^3*(2 + sin(x))*(x/s - 1.15)*(x/s + 1.6)", {-1.6: 1, 0.8: 3, 1.15: 1}),
])  # fmt: skip
def test_roots_that_fall_together_beside_others_are_told_of_once(
    program: str, right: dict[float, int], size: float
) -> None:
    found = record(program, f"s={size}", f"--between=x={-2.02 * size}:{2.02 * size}", "--all")["roots"]
    assert [root["at"]["x"] for root in found] == [pytest.approx(size * x, rel=1e-9) for x in right]
    assert [root["multiplicity"] for root in found] == list(right.values())


@pytest.mark.parametrize(
    "program, how",
    [
        ("cbrt(x - 1)", ["--between", "x=0:3"]),
        ("cbrt(x - 1)", ["--between", "x=0:3", "--all"]),
        ("abs(x - 1)", ["x=2"]),
    ],
)
def test_roots_of_which_no_bound_is_known(program: str, how: list[str]) -> None:
    found = cg("solve", program, *how)
    assert "# error not known: the equation is flat at a root" in found.out
    assert "error at most" not in found.out


# Sides that are far apart, or beyond what squares are doubles of: programs, starts, and roots.
FAR = [
    (["exp(x) == 1e300", "x=1"], {"x": 690.7755278982137}),
    (["exp(x) - 1e300", "x=1"], {"x": 690.7755278982137}),
    (["exp(x) == 1e-300", "x=1"], {"x": -690.7755278982137}),
    (["-exp(x) == -1e250", "x=1"], {"x": 575.6462732485114}),
    (["x^7 == 1e200", "x=1"], {"x": 10 ** (200 / 7)}),
    (["log(x) == 500", "x=1"], {"x": 1.4035922178528375e217}),
    (["exp(x)*y == 1e200; y == 3", "x=1", "y=1"], {"x": 459.41840631014105, "y": 3.0}),
    (["gamma(x) == 1e300", "x=2"], {"x": 167.92034888397708}),
    (["1e200*x^2 == 2e200", "x=1"], {"x": 2**0.5}),
    (["1e-200*x^2 == 2e-200", "x=1"], {"x": 2**0.5}),
]


@pytest.mark.parametrize("arguments, expected", FAR, ids=[case[0][0] for case in FAR])
def test_sides_that_are_far_apart(arguments: list[str], expected: dict[str, float]) -> None:
    assert record(*arguments)["at"] == pytest.approx(expected, rel=1e-13)


@pytest.mark.long
def test_a_search_ends_in_time() -> None:
    program = "sin(x) + 1e-30*sum(sin(x*linspace(0, 1, 200)))"  # 31,830 roots, which are not too many
    for seconds in ("3", "9", "27"):  # where others compute too, the first may end before there is a root
        found = cg("solve", program, "--between", "x=1:1e5", "--all", "--timeout", seconds)
        assert found.status == 1
        assert f"it has taken longer than {seconds} s" in found.err
        if found.out.count(",") > 10:
            break
    roots = json.loads(found.out.partition("\n")[0].partition("=")[2])
    assert len(roots) > 10
    assert max(abs(np.sin(roots))) < 1e-6
    assert "and there may be more roots" in found.out


def test_there_may_be_too_many_roots() -> None:
    found = cg("solve", "x*sin(1/x)", "--between", "x=-1:1", "--all")
    assert (found.status, found.out) == (1, "")
    assert "the sign changes more than 50,000 times: look in a smaller range" in found.err


def test_one_root_in_a_range() -> None:
    found = record("cos(x) == a*x", "--between", "x=0:1", "a=1", "--sensitivity", "a")
    assert found["at"]["x"] == pytest.approx(0.7390851332151607, rel=1e-15)
    assert found["residual_norm"] < 1e-15
    x = found["at"]["x"]
    assert found["sensitivity"]["x"]["a"] == pytest.approx(-x / (1 + np.sin(x)))
    assert record("tan(x)", "--between", "x=1:2", status=1)["at"] == {"x": None}
    assert record("x^2 - 1", "--between", "x=-2:2", status=1)["converged"] is False


def test_text_is_a_program_that_can_be_read_back(tmp_path: Path) -> None:
    told = tmp_path / "roots.toml"
    told.write_text(cg("solve", "sin(x)", "--between", "x=1:7", "--all").out)
    assert cg("eval", "x", "--vars", str(told)).out == "[3.141592653589793, 6.283185307179586]\n"
    target = tmp_path / "root.json"
    done = executable("solve", "x^2 == 2", "x=1", "--out", str(target))
    assert done.status == 0
    assert done.out.startswith("x = 1.4142135623730951\n# ")
    assert json.loads(target.read_text()) == {"x": 1.4142135623730951}


WRONG = [
    (["x + y == 3", "x=1", "y=1"], 2, "there is 1 equation for 2 unknowns (x, y)"),
    (["x^2 == a", "x=1"], 3, "the input `a` has no value"),
    (["x^2 == 2"], 3, "the input `x` has no value"),
    (["x >= 2", "x=0"], 3, "a condition is no equation"),
    (["x > 1; y == 2", "x=0", "y=0"], 3, "a condition is no equation"),
    (["x == 2 and y != 3", "x=0", "y=0"], 3, "a condition is no equation"),
    (["1 < x < 2", "x=0"], 3, "a condition is no equation"),
    (["not x", "--between", "x=-1:1"], 3, "a condition is no equation"),
    (["x^2 == 2", "x=1", "--bounds", "x < 0"], 2, "outside of its bound x < 0"),
    (["x^2 == 2", "x=1", "--all"], 2, "--all is for a range"),
    (["x^2 == 2", "--between", "x=3:1"], 2, "3 is not below 1"),
    (["x^2 == 2", "--between", "x=3"], 2, "<between>:1:1"),
    (["x^2 == 2", "--between", "y=0:1"], 2, "no input `y`"),
    (["x^2 == 2", "--between", "x=0:1", "--wrt", "x"], 2, "--wrt does not go with --between"),
    (["1/x == 2", "x=0"], 1, "1/x is inf at x = 0"),
    (["sum(x)", "x=[]"], 2, "`x` has no elements"),
    (["exp(-x) == 0", "x=inf"], 1, "`x` is not finite at the start"),
    (["x ~ 2", "x=0"], 3, "`~` states data"),
]


@pytest.mark.parametrize("arguments, status, told", WRONG, ids=[" ".join(case[0]) for case in WRONG])
def test_errors(arguments: list[str], status: int, told: str) -> None:
    done = cg("solve", *arguments)
    assert (done.status, told in done.err) == (status, True), done


# Programs, starts, and roots as mpmath has them.
BOUNDED = [
    (["x^2 == 2", "x=1"], lambda: mpmath.sqrt(2)),
    (["x^2 == 0.1", "x=1"], lambda: mpmath.sqrt(mpmath.mpf(1) / 10)),
    (["cos(x) == x", "x=0"], lambda: mpmath.findroot(lambda x: mpmath.cos(x) - x, 0.7)),
    (["x*exp(x) == 1", "x=5"], lambda: mpmath.lambertw(1).real),
    (["log(x) == 3", "x=1e-3"], lambda: mpmath.exp(3)),
    (["x^3 - 2*x + 2", "x=0"], lambda: min(mpmath.polyroots([1, 0, -2, 2]), key=lambda x: x.real).real),
    (["1e-9*x^5 == 7", "x=5"], lambda: mpmath.root(mpmath.mpf(7) * 10**9, 5)),
    (["erf(x) == 0.3", "x=1"], lambda: mpmath.erfinv(mpmath.mpf(3) / 10)),
    (["x^2 - 2000001*x + 2000000", "x=0"], lambda: mpmath.mpf(1)),
    (["tan(x) == x", "--between", "x=4:4.6"], lambda: mpmath.findroot(lambda x: mpmath.tan(x) - x, 4.49)),
    (["x^2 - 2*x + 1", "x=3"], lambda: mpmath.mpf(1)),
    (["(3*x - 1)^3*exp(x)", "x=3"], lambda: mpmath.mpf(1) / 3),
    (["cos(x) == -1", "x=2.5"], lambda: mpmath.pi),
]


@pytest.mark.parametrize("arguments, truth", BOUNDED, ids=[case[0][0] for case in BOUNDED])
def test_error_bounds(arguments: list[str], truth: Any) -> None:
    found = record(*arguments)
    with mpmath.workdps(50):
        error = abs(mpmath.mpf(found["at"]["x"]) - truth())
        bound = found["error"]["x"]
        assert error <= bound
        assert bound <= (1e-14 if found["multiplicity"] == 1 else 1e-7) * max(1, abs(truth()))


def test_error_bounds_of_systems() -> None:
    with mpmath.workdps(50):
        roots = mpmath.sqrt(2), 3 - mpmath.sqrt(2)
        found = record("x^2 == a; x + y == 3", "x=1", "y=1", "a=2", "--wrt", "x,y")
        for name, root in zip("xy", roots, strict=True):
            assert abs(found["at"][name] - root) <= found["error"][name] <= 1e-14
        # of Hilbert's matrix bounds are as large as its inverse makes them
        rows = [[1.0 / (i + j + 1) for j in range(6)] for i in range(6)]
        found = record("A @ x == b", f"A={rows}", "b=[1, 2, 3, 4, 5, 6]", "x=[0,0,0,0,0,0]", "--wrt", "x")
        solution = mpmath.lu_solve(mpmath.matrix(rows), mpmath.matrix([1, 2, 3, 4, 5, 6]))
        for value, bound, root in zip(found["at"]["x"], found["error"]["x"], solution, strict=True):
            assert abs(value - root) <= bound <= 1e-8 * abs(root)


@pytest.mark.parametrize(
    "program, count",
    [("x^2 - 2*x + 1", 2), ("(x - 1/3)^3", 3), ("x^4", 4), ("1 - cos(x)", 2), ("x - 1", 1), ("abs(x^3)", 3)],
)
def test_roots_that_fall_together(program: str, count: int) -> None:
    found = record(program, "x=0.7")
    assert found["multiplicity"] == count
    assert ("fall together" in found["reason"]) == (count > 1)


@pytest.mark.parametrize("program", ["abs(x)", "x + y == 3; 2*x + 2*y == 6", "abs(x^3)", "0*x"])
def test_bounds_that_are_not_known(program: str) -> None:
    found = record(program, "x=2", *(["y=2"] if "y" in program else []))
    assert set(found["error"].values()) == {None}


@pytest.mark.parametrize("size", ["1e155", "1e300", "1.7e308"])
def test_squares_beyond_the_range_end(size: str) -> None:
    line = ["a*exp(-a*x) + b == norm([0, b]) + x", "a=1", "b=-2", f"x=[{size}, 1]", "--wrt", "a,b"]
    assert record(*line, "--starts", "3", status=1)["converged"] is False
