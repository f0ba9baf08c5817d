"""What rounding has left no digit of is told beside it, by every command that prints values and derivatives;
and nothing is said of what is right, or is 0 but for its last digits."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cg import cg

CHAOS = "y = x\n" + "y = 3.75*y*(1 - y)\n" * 150 + "y"
EXPANDED = "x^7 - 7*x^6 + 21*x^5 - 35*x^4 + 35*x^3 - 21*x^2 + 7*x - 1"
RUMP = "333.75*y^6 + x^2*(11*x^2*y^2 - y^6 - 121*y^4 - 2) + 5.5*y^8 + x/(2*y)"

# Command, program, bindings, and what is lost.
LOST = [
    ("hessian", "expm1(x)/x", ["x=1e-8"], "d2f/dxdx = 4"),
    ("hessian", "a*expm1(x)/x", ["x=1e-8", "a=2"], "d2f/dxdx = 8"),
    ("hessian", "(exp(x) - 1)/x", ["x=1e-6"], "d2f/dxdx"),
    ("hessian", "x/(exp(x) - 1)", ["x=1e-6"], "d2f/dxdx"),
    ("hessian", "sum(expm1(x)/x)", ["x=[1e-8, 1]"], "d2f/dxdx"),
    ("hessian", EXPANDED, ["x=1.0001"], "d2f/dxdx"),
    ("grad", "(1 - cos(x))/x^2", ["x=1e-6"], "df/dx"),
    ("grad", "y*(1 - cos(x))/x^2", ["x=1e-6", "y=3"], "df/dx"),
    ("grad --mode forward", "(1 - cos(x))/x^2", ["x=1e-6"], "df/dx"),
    ("grad", "(x - sin(x))/x^3", ["x=1e-6"], "df/dx"),
    ("grad", "log(1 + x)/x", ["x=1e-9"], "df/dx"),
    ("grad", "sqrt(x + 1) - sqrt(x)", ["x=1e17"], "f = 0"),
    ("grad", "sum((1 - cos(x))/x^2)", ["x=[1, 1e-6]"], "df/dx"),
    ("grad", CHAOS, ["x=0.4"], "df/dx"),
    ("grad", RUMP, ["x=77617", "y=33096"], "f = "),
    ("jacobian", "(1 - cos(x))/x^2", ["x=[1, 1e-6]"], "df/dx"),
    ("jacobian", "[x, (1 - cos(x))/x^2]", ["x=1e-6"], "df/dx"),
    ("grad --along x=1 --along y=2", "y*(1 - cos(x))/x^2", ["x=1e-6", "y=3"], "df = "),
    ("grad --along x=[0,1]", "(1 - cos(x))/x^2", ["x=[1, 1e-6]"], "df"),
    ("grad --seed [1,1]", "(1 - cos(x))/x^2", ["x=[1, 1e-6]"], "d(seed*f)/dx"),
    ("hessian --times x=1", "expm1(x)/x", ["x=1e-8"], "d2f/dxdv = 4"),
    ("hessian --times x=[1,0]", "sum(expm1(x)/x)", ["x=[1e-8, 1]"], "d2f/dxdv"),
    ("eval", RUMP, ["x=77617", "y=33096"], "the result"),
    ("eval", "1e16 + 1 - 1e16", [], "the result = 0"),
    ("eval", "sum([1e20, 1, -1e20])", [], "the result = 0"),
    ("eval", "x @ y", ["x=[1e8, 1.0, -1e8]", "y=[1e8, 0.3, 1e8]"], None),
    ("grad", "(x^2 - 1)/(x - 1)", ["x=1.00000001"], "df/dx = 2"),
    ("eval", "log(exp(x) + 1)", ["x=-40"], "the result = 0"),
    ("eval", "sqrt(1 + x) - 1", ["x=1e-20"], "the result = 0"),
    ("eval", "1 - cos(1e-9)", [], "the result = 0"),
    ("eval", "(-b + sqrt(b^2 - 4*a*c))/(2*a)", ["a=1", "b=1e9", "c=1"], "the result = 0"),
    ("eval", "x^3 - 3*x^2 + 3*x - 1", ["x=1.000001"], "the result"),
    ("eval", "a = (1 - cos(x))/x^2", ["x=1e-9"], "a = 0"),
    ("eval", "diff((1 - cos(x))/x^2, x)", ["x=1e-7"], "the result"),
]  # fmt: skip


@pytest.mark.parametrize("command, text, bindings, lost", LOST)
def test_what_is_lost_is_told(command: str, text: str, bindings: list[str], lost: str | None) -> None:
    result = cg(*command.split(), text, *bindings, "--strict")
    assert result.status == 0
    if lost is not None:
        assert result.err.startswith(f"warning: rounding has left no digit of {lost}")


# Programs that run, with x, and what is lost.
RUNS = [
    ("y = x; for i in 1..15 { y = y + 1e-20 }; y - x", "x=0.4", "the result = 0"),
    ("s = 0; for i in 1..100 { s = s + (1 - cos(x/i))/(x/i)^2 }; s", "x=1e-9", "the result = 0"),
    ("z = sum((1 - cos(x/i))/(x/i)^2 for i in 1..100)", "x=1e-9", "z = 0"),
    ("f(n) { if n < 1 { return 1e17 }; return f(n - 1) + x }; f(3) - 1e17", "x=1", "the result = 0"),
    ("s = x; for i in 1..3 { s = s - x/2 }; s", "x=3", None),
    ("logsumexp(x) - log(3)", "x=[0,0,0]", None),  # which is 0, as far as anybody knows
    ("s = x; while s > 0 { s = s - 0.125 }; s", "x=1", None),
    ("s = x; for i in 1..3000 { s = s + 1e-20 }; s - x", "x=1", None),  # longer ones are not looked at
]


@pytest.mark.parametrize("text, x, lost", RUNS)
def test_of_short_runs_too(text: str, x: str, lost: str | None) -> None:
    err = cg("eval", text, x).err
    assert err.startswith(f"warning: rounding has left no digit of {lost}") if lost else err == ""


# What has digits, or is as near to 0 as inputs say.
RIGHT = [
    ("grad", "(x - 0.1)^2", ["x=0.1"]),
    ("grad", "x^2 - 2", ["x=sqrt(2)"]),
    ("grad", "cos(pi*x)", ["x=1"]),
    ("grad", "sin(x)", ["x=pi/2"]),
    ("grad", "tan(x)", ["x=pi/2"]),
    ("grad", "softmax(x)[0]", ["x=[0, 0]"]),
    ("grad", "hypot(x, 2)/hypot(x, 2) - hypot(x, 2)/hypot(x, 2)", ["x=7.9964244267426565"]),
    ("grad", "sum((y - a*t - b)^2)", ["y=[0.1, 0.2, 0.3]", "t=[1, 2, 3]", "a=0.1", "b=0"]),
    ("grad", "norm(A @ x - b)^2", ["A=[[1, 2], [3, 4], [5, 6]]", "x=[1, 1]", "b=[3, 7, 11]"]),
    ("grad", "det(A)", ["A=[[1, 2, 3], [4, 5, 6], [7, 8, 9]]"]),
    ("grad", "var(x)", ["x=[1e9, 1e9, 1e9]"]),
    ("grad", "expm1(x)/x", ["x=1e-8"]),
    ("grad --along x=[1,0]", "(1 - cos(x))/x^2", ["x=[1, 1e-6]"]),
    ("grad --along x=0", "(1 - cos(x))/x^2", ["x=1e-6"]),
    ("grad --seed [1,0]", "(1 - cos(x))/x^2", ["x=[1, 1e-6]"]),
    ("hessian --times x=[0,1]", "sum(expm1(x)/x)", ["x=[1e-8, 1]"]),
    ("hessian", "sin(x)/x", ["x=1e-5"]),
    ("hessian", "sinc(x)", ["x=1e-6"]),
    ("hessian", "logsumexp([x, y])", ["x=1", "y=-1"]),
    ("hessian", "tanh(pi/x)/(pi/x)", ["x=0.1"]),
    ("jacobian", "A @ inv(A)", ["A=[[1.1, 2], [3, 4.7]]"]),
    ("hessian", "max(x, y)*min(x, y)", ["x=2", "y=2"]),
    ("eval", "hessian(max(x, -x)^2, x)", ["x=0"]),
    ("eval", "0.1 + 0.2 - 0.3", []),
    ("eval", "(0.1*3 - 0.3)*1e17", []),
    ("eval", "log(x/x)", ["x=0.3"]),
    ("eval", "log(3*x/3)", ["x=1"]),
    ("eval", "(4/3 - 1)*3 - 1", []),
    ("eval", "sqrt(2)^2 - 2", []),
    ("eval", "exp(log(10)) - 10", []),
    ("eval", "cos(x) - x", ["x=0.7390851332151607"]),
    ("eval", "A @ inv(A) - eye(2)", ["A=[[1.1, 2], [3, 4.7]]"]),
    ("eval", "5 - 5", []),
    ("eval", "1e20 - 1e20", []),
    ("eval", "mean(x) - x[0]", ["x=[1e9, 1e9]"]),
]  # fmt: skip


@pytest.mark.parametrize("command, text, bindings", RIGHT)
def test_nothing_is_said_of_what_is_right(command: str, text: str, bindings: list[str]) -> None:
    assert cg(*command.split(), text, *bindings).err == ""


# Command, program, options, and what is lost in which row; None for nothing.
IN_ROWS = [
    ("eval", "(1 - cos(x))/x^2", [], "f = 0, in row 3"),
    ("eval", "(1 - cos(x))/x^2", ["--where", "x > 0.1"], None),
    ("eval", "(1 - cos(x))/x^2", ["--where", "x > 0.1 or y > 3"], "f = 0, in row 3"),
    ("eval", "(1 - cos(x))/x^2", ["--engine", "kernel"], "f = 0, in row 3"),
    ("eval", "(1 - cos(x))/x^2", ["--reduce", "sum"], "f = 0, in row 3"),
    ("eval", "(1 - cos(x))/x^2", ["--reduce", "max", "--by", "y"], "f = 0, in row 3"),
    ("eval", "(1 - cos(x))/x^2", ["--reduce", "count"], None),
    ("grad", "a*(1 - cos(x))/x^2", ["a=1", "--reduce", "sum"], "f = 0, in row 3"),
    ("eval", "sqrt(y + big) - sqrt(big)", ["big=1e17"], "f = 0, in row 1"),
    ("grad", "y*(1 - cos(x))/x^2", [], "df/dx = "),
    ("grad", "y*(1 - cos(x))/x^2", ["--wrt", "y", "--where", "x > 1e-7"], None),
    ("eval", "x - x + y", [], None),
    ("eval", "sum([1e20, y, -1e20])", [], "f = 0, in row 1"),
]  # fmt: skip


@pytest.mark.parametrize("few", [True, False])
@pytest.mark.parametrize("command, text, options, lost", IN_ROWS)
def test_of_rows_the_first_are_looked_at(
    command: str, text: str, options: list[str], lost: str | None, few: bool, tmp_path: Path
) -> None:
    table = tmp_path / "table.csv"
    table.write_text("x,y\n1,2\n1e-6,3\n1e-9,4\n" + "1,1\n" * (0 if few else 2000))
    err = cg(command, text, *options, "--data", str(table)).err
    assert err.startswith(f"warning: rounding has left no digit of {lost}") if lost else "digit" not in err
    assert cg(command, text, *options, "--data", str(table), "--strict").status == 0


def test_of_a_grid_too() -> None:
    err = cg("eval", "(1 - cos(x))/x^2", "--over", "x=1e-9:1:0.2").err
    assert err.startswith("warning: rounding has left no digit of f = 0, in row 1\n")
