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
    # where the value itself is not finite, a slope of 0 on the way says nothing
    ("log(x^2)", ["x=0"], ["df/dx = nan"]),
    ("log(abs(x))", ["x=0"], ["df/dx = nan"]),
    ("1/x^2", ["x=0"], ["df/dx = nan"]),
    ("gamma(x^2)", ["x=0"], ["df/dx = nan"]),
    ("log(x*y)", ["x=0", "y=0"], ["df/dx = nan", "df/dy = nan"]),
    ("y + log(x^2)", ["x=0", "y=2"], ["df/dy = 1", "df/dx = nan"]),
    ("max(log(x^2), -5)", ["x=0"], ["df/dx = 0"]),
    ("sum(log(x^2))", ["x=[0, 1]"], ["df/dx = [nan, 2]"]),
    ("x*y^2/(x*y)", ["x=1e-300", "y=1e-160"], ["df/dx = 0", "df/dy = 1"]),
]  # fmt: skip


@pytest.mark.parametrize("mode", ["reverse", "forward"])
@pytest.mark.parametrize("text, bindings, slopes", CASES)
def test_first_derivatives(text: str, bindings: list[str], slopes: list[str], mode: str) -> None:
    assert cg("grad", text, *bindings, "--mode", mode).out.splitlines()[1:] == slopes


def test_jacobians_and_second_derivatives() -> None:
    assert cg("jacobian", "1/(1/x)", "x=0").out == "f = 0\ndf/dx = 1\n"
    assert cg("hessian", "log(exp(x))", "x=1e5").out == "f = inf\nd2f/dxdx = nan\n"
    assert cg("hessian", "sum(1/(1/x))", "x=[0, 1]").out.endswith("[[nan, nan], [nan, 0]]\n")
    assert cg("jacobian", "log(x^2)", "x=[0, 1]").out.endswith("df/dx = [[nan, 0], [0, 2]]\n")
    assert cgcli.jacobian("1/(1/x)", x=0) == {"f": {"x": 1.0}}
    assert str(cgcli.hessian("log(exp(x))", x=1e5)["f"]["x"]["x"]) == "nan"
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


@pytest.mark.parametrize("text, bindings, slopes", [
    ("log(norm(x))", ["x=[0, 0]"], "[nan, nan]"), ("log(prod(x))", ["x=[0, 1]"], "[inf, nan]"),
    ("log(det(x))", ["x=[[0, 0], [0, 0]]"], "[[nan, nan], [nan, nan]]"),
    ("sum(log(norm(x, axis=1)))", ["x=[[0, 0], [0, 1]]"], "[[nan, nan], [0, 1]]"),
])  # fmt: skip
def test_of_whole_arrays(text: str, bindings: list[str], slopes: str) -> None:
    assert cg("grad", text, *bindings).out.endswith(f"df/dx = {slopes}\n")


@pytest.mark.parametrize("text, x, found", [
    ("diff(1/(1/x), x)", "x=0", "1"), ("grad(1/(1/x), x) + 1", "x=0", "2"),
    ("diff(log(exp(x)), x)", "x=1e5", "nan"),
    ("diff(log(x^2), x)", "x=0", "nan"), ("f(t) = 1/(1/t); u = x; 3*diff(f(u), u)", "x=0", "3"),
    ("diff(exp(-1/x^2), x)", "x=0", "0"), ("diff(where(x > 0, log(x), x), x)", "x=0", "1"),
    ("diff(x*y^2/(x*y), x)", "x=1e-300 y=1e-160", "0"), ("diff(cbrt(x^3), x)", "x=0", "0"),
])  # fmt: skip
def test_inside_programs_they_are_as_commands_find_them(text: str, x: str, found: str) -> None:
    assert cg("eval", text, *x.split()).out == found + "\n"


def test_a_convention_inside_a_program_is_told() -> None:
    err = cg("eval", "1 + diff(cbrt(x^3), x)", "x=0").err
    assert err.startswith("warning: the chain rule multiplies 0 by inf in x^3 at x = 0, and takes it as 0\n")
    assert err.endswith("the derivative by x at points nearby is 1\n")
    assert cg("eval", "diff(cbrt(x^3), x)", "x=1").err == ""
    for text in ("diff(x*(1 - x^1.1), x, 2)", "diff(x*(1 - x^2.3), x, 3)"):  # inf on the way is nothing there
        result = cg("eval", text, "x=0")
        assert (result.out, result.err) == ("0\n", "")
    assert "diff(sqrt(x), x) is inf" in cg("eval", "1/diff(sqrt(x), x)", "x=0").err
    assert cg("eval", "diff(where(x > 0, sqrt(x), 2), x)", "x=0").err == ""


@pytest.mark.parametrize("text, second, told", [
    ("sign(x)*x^2", "0", "on the sides it is 2 and -2"), ("if x > 0 then x^2 else 0", "0", "it is 2 and 0"),
    ("where(x >= 0, x^2, -x^2)", "2", "it is 2 and -2"), ("heaviside(x, 1)*x^2", "2", "it is 2 and 0"),
    ("floor(x)*x^2", "0", "it is 0 and -2"), ("sign(x)*x", "0", "the first one is another on each side"),
    ("sign(x)*x^3", "0", None), ("if x > 0 then x^3 else 0", "0", None), ("(x > 0) + x^2", "2", None),
    ("x^2*floor(x + 0.5)", "0", None), ("x % 1", "0", None),
])  # fmt: skip
def test_second_derivatives_at_a_jump_are_told(text: str, second: str, told: str | None) -> None:
    result = cg("hessian", text, "x=0", "--strict")
    assert result.out == f"f = 0\nd2f/dxdx = {second}\n"
    assert told in result.err if told else result.err == ""


# Where an exact 0 has won in second derivatives: what those by an input and itself are nearby.
SECOND_NEARBY = [
    ("sqrt(x^2)^2", ["x=0"], "by x at points nearby is 2"),
    ("cos(sqrt(x^2))", ["x=0"], "by x at points nearby is -1"),
    ("sqrt(x)^4", ["x=0"], "by x at points nearby is 2"),
    ("sqrt(x^2 + y^2)^2", ["x=0", "y=0"], "by x at points nearby is 2"),
    ("exp(-sqrt(sum(v^2))^2)", ["v=[0,0]"], "by v[0] at points nearby is -2"),
    ("cos(sqrt(sum(v^2)))", ["v=[0,0]", "--times", "v=[1,0]"], ""),
    ("cosh(sqrt(x))", ["x=0"], ""),
]


@pytest.mark.parametrize(("program", "given", "told"), SECOND_NEARBY)
def test_what_second_derivatives_go_to_is_told(program: str, given: list[str], told: str) -> None:
    done = cg("hessian", program, *given)
    assert done.status == 0
    assert "the chain rule multiplies 0 by inf" in done.err
    assert ("the second derivative" in done.err) == bool(told)
    assert told in done.err
