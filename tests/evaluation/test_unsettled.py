"""First derivatives where what is computed on the way is inf: a limit, the 0 that is one, or nan."""

from __future__ import annotations

from pathlib import Path

import pytest

import cgcli
from tests.cg import cg

# Program, bindings, and the derivatives.
CASES = [
    ("1/(1/x)", ["x=0"], ["df/dx = 1"]),
    ("1/(1/x)", ["x=-0.0"], ["df/dx = 1"]),
    ("tanh(atanh(x))", ["x=1"], ["df/dx = 1"]),
    ("y/(1/x)", ["x=0", "y=3"], ["df/dy = 0", "df/dx = 3"]),
    ("log(exp(x))", ["x=1e5"], ["df/dx = nan"]),
    ("log(exp(x))", ["x=1000"], ["df/dx = 1"]),
    ("log(1 + exp(x))", ["x=1e5"], ["df/dx = nan"]),
    ("y + log(exp(x))", ["x=1e5", "y=2"], ["df/dy = 1", "df/dx = nan"]),
    ("atan(1/x)", ["x=0"], ["df/dx = nan"]),
    ("1/(1/x + 1/y)", ["x=0", "y=2"], ["df/dx = nan", "df/dy = 0"]),
    ("exp(-1/x^2)", ["x=0"], ["df/dx = 0"]),
    ("1/(1 + exp(x))", ["x=1e5"], ["df/dx = 0"]),
    ("x*atan(1/x)", ["x=0"], ["df/dx = nan"]),
    ("x*tanh(1/x)", ["x=0"], ["df/dx = nan"]),
    ("x/(1 + exp(1/x))", ["x=0"], ["df/dx = nan"]),
    ("x + x^2*atan(1/x)", ["x=0"], ["df/dx = 1"]),
    ("2*x + 1/(1/x)", ["x=0"], ["df/dx = 3"]),
    ("x + log(exp(x))", ["x=1e5"], ["df/dx = nan"]),
    ("x + log(exp(x))", ["x=1000"], ["df/dx = 2"]),
    ("sum(x*atan(1/x))", ["x=[0, 1]"], ["df/dx = [nan, 0.2853981633974484]"]),
    ("sum(1/(1/x))", ["x=[0, 1]"], ["df/dx = [1, 1]"]),
    ("sum(log(exp(x)))", ["x=[1e5, 1]"], ["df/dx = [nan, 1]"]),
    ("sum(exp(-1/x^2))", ["x=[0, 1]"], ["df/dx = [0, 0.7357588823428847]"]),
    ("sum(1/(1/x))", ["x=[0, 0]"], ["df/dx = [1, 1]"]),
    ("sum(x*atan(1/x))", ["x=[0, 0]"], ["df/dx = [nan, nan]"]),
    ("1/(1/x[0] + 1/x[1])", ["x=[0, 0]"], ["df/dx = [nan, nan]"]),
    ("sum(1/(1 + exp(x)))", ["x=[1e5, 1e6]"], ["df/dx = [0, 0]"]),
    ("sum(0*log(x) + x)", ["x=[0, 1]"], ["df/dx = [1, 1]"]),
    ("sum(0*log(x)*x)", ["x=[0, 1]"], ["df/dx = [nan, 0]"]),
    ("where(x > 0, log(x), x)", ["x=0"], ["df/dx = 1"]),
    ("if x > 0 then 1/(1/x) else 2", ["x=0"], ["df/dx = 0"]),
]  # fmt: skip


@pytest.mark.parametrize("mode", ["reverse", "forward"])
@pytest.mark.parametrize("text, bindings, slopes", CASES)
def test_first_derivatives(text: str, bindings: list[str], slopes: list[str], mode: str) -> None:
    assert cg("grad", text, *bindings, "--mode", mode).out.splitlines()[1:] == slopes


def test_jacobians_and_second_derivatives() -> None:
    assert cg("jacobian", "1/(1/x)", "x=0").out == "f = 0\ndf/dx = 1\n"
    assert cg("hessian", "log(exp(x))", "x=1e5").out == "f = inf\nd2f/dxdx = nan\n"
    assert cg("hessian", "sum(1/(1/x))", "x=[0, 1]").out.endswith("[[nan, nan], [nan, 0]]\n")
    assert cg("hessian", "exp(-1/x^2)", "x=0").out == "f = 0\nd2f/dxdx = 0\n"
    assert cgcli.prepare("1/(1/x)").gradient(x=0) == {"f": {"x": 1.0}}


@pytest.mark.parametrize("text, told", [
    ("cbrt(x^3)", "the derivative by x at points nearby is 1"),
    ("sqrt(x)^2", "the derivative by x at points nearby is 1"),
    ("3*sqrt(x)*sqrt(x)", "the derivative by x at points nearby is 3"),
    ("x*sqrt(x)", None), ("acos(cos(x))", None), ("sqrt(x^2)", None), ("x^2*sqrt(x)", None),
])  # fmt: skip
def test_a_convention_is_told_with_what_is_nearby(text: str, told: str | None) -> None:
    result = cg("grad", text, "x=0")
    assert result.out == "f = 0\ndf/dx = 0\n"
    assert ("nearby" in result.err) == (told is not None)
    assert (told or "") in result.err


@pytest.mark.parametrize("command, text, told", [
    ("grad", "if x == 0 then 1 else (exp(x) - 1)/x", "0.5"),
    ("grad", "where(x == 0, 1, expm1(x)/x)", "0.5"),
    ("grad --mode forward", "2*(if x != 0 then log1p(3*x)/x else 3)", "-9"),
    ("jacobian", "where(x == 0, 1, expm1(x)/x)", "0.5"),
    ("hessian", "if x != 0 then sin(x)/x else 1", "-0.333333"),
    ("grad", "if x != 0 then sin(x)/x else 1", None),
    ("grad", "where(x == 0, 0, x*log(x))", None),
    ("grad", "if x == 0 then x^2 else x^3 + 1", None),
    ("grad", "if x == 0 then sin(x) else x", None),
    ("hessian", "if x == 0 then x^2 else x^2", None),
    ("grad --along x=3", "where(x == 0, 1, expm1(x)/x)", "0.5"),
    ("grad --along x=3", "if x == 0 then x else sin(x)", None),
    ("grad --seed 3", "where(x == 0, 1, expm1(x)/x)", "1.5"),
    ("grad --seed 3", "if x == 0 then x else sin(x)", None),
    ("hessian --times x=3", "if x != 0 then sin(x)/x else 1", "-0.333333"),
    ("hessian --times x=3", "if x == 0 then x^2 else x^2", None),
    ("hessian --times x=0", "if x != 0 then sin(x)/x else 1", None),
])  # fmt: skip
def test_a_branch_at_one_point_is_told_where_it_matters(command: str, text: str, told: str | None) -> None:
    err = cg(*command.split(), text, "x=0").err
    assert ("at this point alone" in err) == (told is not None)
    assert told is None or err.endswith(f"at points nearby it is {told}\n")


@pytest.mark.parametrize("command, text, bindings, told", [
    ("grad", "sum(where(x == 0, 1, expm1(x)/x))", ["x=[1, 0]"], ("x[1]", "0.5")),
    ("grad", "sum(where(x != y, expm1(x - y)/(x - y), 1))", ["x=[[1, 3]]", "y=[[2, 3]]"], ("x[0, 1]", "0.5")),
    ("grad", "sum(where(x*A == 0, 1, expm1(x*A)/(x*A)))", ["x=0", "A=[1, 2]"], ("x", "1.5")),
    ("grad", "sum(where(x == 0, 1, sin(x)/x))", ["x=[1, 0]"], None),
    ("grad", "sum(where(x == 0, 1, x))", ["x=[1, 0]"], None),  # it jumps
    ("jacobian", "where(x == 0, 1, expm1(x)/x)", ["x=[1, 0]"], ("x[1]", "another one")),
    ("jacobian", "where(x == 0, 1, sin(x)/x)", ["x=[1, 0]"], None),
    ("hessian", "sum(where(x == 0, 1, sin(x)/x))", ["x=[1, 0]"], ("x[1]", "-0.333333")),
    ("hessian", "sum(where(x == 0, x^2, x^2))", ["x=[1, 0]"], None),
    ("hessian --times x=[1,1]", "sum(where(x == 0, 1, sin(x)/x))", ["x=[1, 0]"], ("x[1]", "-0.333333")),
    ("grad --along x=[1,2]", "sum(where(x == 0, 1, expm1(x)/x))", ["x=[1, 0]"], ("x[1]", "0.5")),
    ("grad --along x=[1,2]", "sum(where(x == 0, x, sin(x)))", ["x=[1, 0]"], None),
    ("grad --along y=[[1,1]]", "sum(where(x == 0, x, sin(x) + y))", ["x=[1, 0]", "y=[[1, 2]]"], None),
    ("grad --seed [1,5]", "where(x == 0, 1, expm1(x)/x)", ["x=[1, 0]"], ("x[1]", "another one")),
    ("grad --seed [1,5]", "where(x == 0, x, sin(x))", ["x=[1, 0]"], None),
    ("grad --seed [1,0]", "where(x == 0, 1, expm1(x)/x)", ["x=[1, 0]"], None),
])  # fmt: skip
def test_a_branch_of_an_element_too(
    command: str, text: str, bindings: list[str], told: tuple[str, str] | None
) -> None:
    err = cg(*command.split(), text, *bindings).err
    assert ("at this point alone" in err) == (told is not None)
    assert told is None or (f"derivative by {told[0]} is" in err and err.endswith(f"it is {told[1]}\n"))


@pytest.mark.parametrize("command, text, bindings, found", [
    ("grad --along x=1", "1/(1/x)", ["x=0"], "df = 1"),
    ("grad --along x=2", "y/(1/x)", ["x=0", "y=3"], "df = 6"),
    ("grad --along x=2", "x*atan(1/x)", ["x=0"], "df = nan"),
    ("grad --along x=[1,1]", "sum(1/(1/x))", ["x=[0, 1]"], "df = 2"),
    ("grad --seed [3,1]", "1/(1/x)", ["x=[0, 1]"], "d(seed*f)/dx = [3, 1]"),
    ("grad --seed [0,2]", "1/(1/x)", ["x=[0, 1]"], "d(seed*f)/dx = [0, 2]"),
    ("grad --seed 2", "x*atan(1/x)", ["x=0"], "d(seed*f)/dx = nan"),
    ("jacobian", "1/(1/x)", ["x=[0, 1]"], "df/dx = [[1, 0], [0, 1]]"),
    ("jacobian", "[1/(1/x), x]", ["x=0"], "df/dx = [1, 1]"),
    ("jacobian", "[x*atan(1/x), x]", ["x=0"], "df/dx = [nan, 1]"),
    ("hessian --times x=1", "x*atan(1/x)", ["x=0"], "d2f/dxdv = nan"),
    ("hessian --times x=1", "exp(-1/x^2)", ["x=0"], "d2f/dxdv = 0"),
])  # fmt: skip
def test_along_directions_with_seeds_and_by_rows(
    command: str, text: str, bindings: list[str], found: str
) -> None:
    assert cg(*command.split(), text, *bindings).out.splitlines()[-1] == found


@pytest.mark.parametrize("text, told", [
    ("1/(1/x)", "df/dx = 0, in row 2"), ("x*atan(1/x)", "df/dx = 1.5708, in row 2"), ("exp(-1/x^2)", None),
    ("where(x > 0, log(x), x)", None), ("where(x > 0, 1/x, x)", None), ("1/x", None),
])  # fmt: skip
@pytest.mark.parametrize("few", [True, False])
def test_rows_tell_of_a_0_that_won(text: str, told: str | None, few: bool, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("x\n1\n0\n" + "2\n" * (0 if few else 2000))
    err = cg("grad", text, "--data", str(table)).err
    assert ("an exact 0 has won over inf" in err) == (told is not None)
    assert told is None or told in err
