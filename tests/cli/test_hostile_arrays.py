"""Programs on arrays that make no sense, or little: an answer or an error at its place, from every
command, and never a fault."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import cgcli
from cgcli.cli import guard
from cgcli.cli.request import Request
from cgcli.diagnostics import CgError
from tests.cg import cg

# NumPy would warn on stderr.
pytestmark = pytest.mark.filterwarnings("error")

COMMANDS = ("eval", "grad", "graph", "trace", "jacobian", "hessian", "check", "plan", "diff")

# By what is wrong with them; `x` is [1, 2], `A` is [[1, 2], [3, 4]].
REFUSED = {
    "sizes": [
        "zeros([-1])", "zeros([-1, -1])", "ones(-3)", "zeros([1e9, 1e9])", "zeros([1e300, 1e300])",
        "eye(1e300)", "zeros(1e300)", "linspace(0, 1, 1e300)", "linspace(0, 1, -1)", "zeros(3.5)",
        "zeros(A)", "zeros(x*0.5)", "eye(inf)",
        "reshape(x, [-2, -1])", "reshape(x, [-1, -1])", "reshape(x, [0, -1])",
        "reshape(zeros([0, 3]), [0, -1])", "broadcast(x, [-1])", "broadcast(1, [-1])",
        "broadcast(x, [3])", "diag(x, k=1e300)", "diag(x, k=-1e300)",
        "broadcast(1, [2^47]) + broadcast(1, [2^20, 1])",
        "broadcast(1, [1e14, 1])*broadcast(1, [1, 1e14])", f"zeros([{', '.join('1' * 65)}])",
        "outer(broadcast(1, [1e9]), broadcast(1, [1e9]))", "tril(A, k=1e300)", "triu(A, k=-1e300)",
        "diag(A, k=1e300)",
    ],
    "subscripts": [
        "x[2]", "x[-3]", "x[1e300]", "x[[1e300]]", "x[sum(x)*1e300]", "x[0.5]", "x[[0.5]]", "x[nan]",
        "x[[nan]]", "x[inf]", "x[::0]", "x[0, 0]", "x[:, 0]", "5[0]", "x[0][0]", "x[x > 1]", "x[x]",
        "x[sum(x)]", "x[[0, 1, 2]]", "A[[0, 1], [0, 1, 1]]", "x[:x[0]]", "x['a']", "x[[]][0]", "[][0]",
        "x[[1, -3]]", 'scatter("_", 1, shape=3)', 'scatter("0", 1, [0], shape=3)',
        'scatter("::0", [1], shape=3)', 'scatter("0:0:0", [], shape=3)', 'scatter("3", 1, shape=3)',
        'scatter("0", 1, shape=-3)', 'scatter("0", 1)', 'scatter("x", 1, shape=3)',
        'scatter("0:2", 1, shape=3)', 'scatter("_", x, [0, 3], shape=3)',
    ],
    "axes": [
        "sum(x, axis=1)", "sum(x, axis=-2)", "sum(x, axis=1e300)", "sum(x, axis=0.5)", "sum(x, axis=nan)",
        *(f"{name}(A, axis=[0, -2])" for name in (
            "sum", "mean", "prod", "var", "std", "min", "max", "norm", "logsumexp", "size", "flip",
        )),
        "sum(x, axis='a')", "sum(x, axis=x)", "sum(x, axis=[])[0][0]",
        "cumsum(x, axis=[0])", "softmax(3)", "concat(x, x, axis=1)", "stack(x, x, axis=3)",
        "flip(3, axis=0)", "transpose(A, axes=[0])", "transpose(A, axes=[0, 0])", "norm(A, ord=2)",
        "norm(x, ord=0)", "norm(x, ord=-1)", "norm(x, ord=nan)", "sum(x, keepdims=2)", "tril(A, k=0.5)",
        "triu(x)", "tril(3)", "argmax(x, axis=[0])",
    ],
    "arguments": [
        "sum()", "sum(x, 0, 1, 1)", "sum(axis=0)", "sum(x, foo=1)", "max(axis=0)", "max()", "sum('a')",
        "x + 'a'", "concat()", "concat(1)", "concat(x, 1)", "stack(x, 1)", "sin(x, axis=0)", "zeros()",
        "zeros(2, 3)", "eye(2, 3, 4, 5)", "linspace(x, 1)", "linspace(0)", "solve(A)", "norm(x, 'a')",
        "dot(x)", "amax(x)", "reshape(x)", "where(x, x)", "einsum()", "einsum(x)", 'einsum("i")',
        'einsum(x, "i")', "einsum('ij', x)", 'einsum("i,i", x)', 'einsum("i", x, x)', 'einsum("ii", x)',
        'einsum("ii->ii", A)', 'einsum("i->ii", x)', 'einsum("i->j", x)',
        'einsum("...i->i", A)', 'einsum("..i->i", x)', 'einsum("......", x)',
        'einsum("...ijk", A)', 'einsum("i->...j", x)', 'einsum("ii,i", [[1, 2]], 1)',
        'einsum("i>i", x)', 'einsum("i->->i", x)', 'einsum("i->i", 3)',
        'einsum("ij,jk->ik", A, [[1, 2, 3], [1, 2, 3], [1, 2, 3]])', 'einsum("é", x)',
        "sum(1, 2, 3)", "median(x, 5)", "quantile(x)", "quantile(x, A)", "sort(3)", "argsort(x, 1)",
        "svdvals(x)", "cond(zeros([0, 2]))", "expm(x)", "cov(3)", "cov(x, x)", "cov(zeros([2, 0]))",
        "normal(-1)", "normal([2], seed=-1)", "uniform([2], seed=0.5)", "var(x, ddof=-1)", "std(x, ddof=3)",
        "median([])",
    ],
    "shapes": [
        "x + [1, 2, 3]", "x @ [1, 2, 3]", "A @ [[1, 2]]", "x @ 2", "2 @ x", "2 @ 3", "x < [1, 2, 3]",
        "[1, x]", "[[1, 2], [3]]", "[x, A]", "cross(x, x)", "cross(1, 2)", "dot(A, [1])", "concat(x, A)",
        "det(x)", "inv(3)", "inv([[1, 2]])", "solve(A, [1])", "solve(A, 1)", "trace(x)", "diag(3)",
        "recurrence(x, 1)", "recurrence(1, 2)", "shared(x, [1])", "shared(1, 2)", "clip(x, [1, 2, 3], 0)",
        "if x then [1, 2, 3] else 0", "x and [1, 2, 3]", "0 < x < [1, 2, 3]", "binomial(x, [1, 2, 3])",
        "x^[1, 2, 3]", "max(x, [1, 2, 3])", "max([])", "min(zeros([2, 0]), axis=1)", "mean([])",
        "argmax([])", "std(zeros([0, 3]), axis=0)",
    ],
    "matrices": [
        "inv([[0]])", "inv([[1, 2], [2, 4]])", "inv([[nan]])", "inv([[inf]])",
        "solve([[1, 1], [1, 1]], x)", "cholesky([[0]])", "cholesky([[-1]])", "cholesky([[nan]])",
        "eigvalsh([[inf]])", "cholesky([[4, 1], [3, 3]])", "eigvalsh([[1, 2], [0, 1]])",
        "eigenvectors([[1, 2], [2 + 1e-6, 1]])", "svdvals([[nan]])", "expm([[inf]])", "cond([[inf, 1]])",
    ],
}  # fmt: skip

STRANGE = [
    "sum([])", "prod([])", "norm([])", "logsumexp([])", "softmax([])", "cumsum([])", "cumprod([])",
    "flip([])", "zeros([])", "ones([])", "reshape([], [-1])", "reshape(3, [])", "reshape([], [3, 0])",
    "linspace(0, 1, 0)", "[[], []]", "[[[]]]", "[].T", "(2).T", "mean(3)", "var(3)", "std(3)", "prod(3)",
    "max(3)", "norm(-3)", "sum(3)", "cumsum(3)", "cumprod(3)", "argmax(3)", "flip(3)", "size(3)",
    "size([])", "logsumexp(3)", "dot(2, 3)", "kron(2, 3)", "outer(2, 3)", "stack(1, 2)", "concat(x)",
    "stack(x)", "einsum(',', 2, 3)", "einsum('', 2)", "x[[]]", "x[5:]", "x[:-9]", "x[::-5]", "x[1e300:]",
    "x[::1e300]", "x[[0, 0, 1]]", "A[[0, 1], [1, 0]]", "A[[[0, 1], [1, 0]]]", "x[sum(x) - 2]", "x!",
    "not x", "x and 0", "0 < x < 3", "if x > 1 then x else 0", "x/0", "x % 0", "0^-x", "sum(x, axis=[])",
    "eye(0)", "eye(2, m=0)", "eye(2, k=9)", "diag([])", "diag(x, k=-9)", "diag(A, k=9)", "tril(A, k=-9)",
    "zeros([0, 2]) @ x", "zeros([2, 0]) @ []", "[] @ []", "outer([], x)", "kron([], x)",
    "det(zeros([0, 0]))", "logdet(zeros([0, 0]))", "inv(zeros([0, 0]))", "cofactor(zeros([0, 0]))",
    "solve(zeros([0, 0]), [])", "cholesky(zeros([0, 0]))", "eigvalsh(zeros([0, 0]))",
    "eigenvectors(zeros([0, 0]))", "det(zeros([2, 0, 0]))", "det(zeros([0, 2, 2]))",
    "inv(zeros([0, 2, 2]))", "solve(zeros([0, 2, 2]), x)", "eigvalsh(zeros([0, 2, 2]))",
    "cholesky(zeros([0, 2, 2]))", "shared([], [])", "recurrence([], [])", "det([[nan]])",
    "det([[inf, 1], [1, 1]])", "logdet([[-1]])", "cofactor([[0]])", "cofactor([[1, 2], [2, 4]])",
    "eigvalsh([[1e308, 1e308], [1e308, 1e308]])", "eigvalsh([[5e-324, 0], [0, 5e-324]])",
    "solve([[1]], [nan])", "det(1e200*A)", "inv(1e-300*A)", "norm(1e300*x)", "norm(5e-324*x)",
    "softmax([inf, 1])", "softmax([-inf, -inf])", "logsumexp([inf, -inf])", "max([nan, 1])",
    "std([inf, 1])", "cumprod([0, inf])", "prod([0, inf])", 'scatter("_", x, [0, 0], shape=3)',
    'scatter("0, 0", 1, shape=[2, 2])', "where([1, 0], x, 3)", "polygamma([1, 2], x)", "max(x, A, 3)",
    "sort([nan, 1, inf])", "sort([])", "sort(zeros([2, 0]))", "argsort([nan, 1])", "median([inf, inf, 1])",
    "quantile(x, 2)", "quantile(x, [nan, 0, 1])", "quantile([inf, -inf], 0.5)", "svdvals(zeros([0, 2]))",
    "svdvals(zeros([2, 2]))", "cond(zeros([2, 2]))", "expm(zeros([0, 0]))", "expm(1000*A)", "cov([1])",
    "cov([[inf, 1]])", "var([1], ddof=1)", "std([1, 2], ddof=2)", "normal([0, 2])", "uniform([])",
    'einsum("...,...", [], [1])', 'einsum("ij,ij->i", A, [[1]])',
    "linspace(nan, inf, 3)", "broadcast([], [3, 0])", "broadcast([7], [0])",
]  # fmt: skip


VALUES = {"x": [1, 2], "A": [[1, 2], [3, 4]]}


def used(text: str) -> dict[str, Any]:
    return {name: value for name, value in VALUES.items() if re.search(rf"\b{name}\b(?!\()", text)}


def arguments(text: str) -> list[str]:
    return [text, *(f"{name}={value}" for name, value in used(text).items())]


def run(command: str, text: str) -> CgError | None:
    """A command in this process: what is not an error of the program's is raised."""
    try:
        guard.command(command)(Request(arguments(text), command=command))
    except CgError as error:
        return error
    return None


@pytest.mark.parametrize("text", [text for texts in REFUSED.values() for text in texts])
def test_nonsense_is_an_error_at_its_place(text: str, capfd: pytest.CaptureFixture[str]) -> None:
    for command in COMMANDS:
        error = run(command, text)
        if error is None or error.diagnostic.kind == "usage":  # there is nothing to differentiate by
            assert command in ("plan", "diff")
            continue
        place = error.diagnostic.place()
        assert error.status in (1, 3)
        assert place is not None
        assert place.source == "<expr>"
        assert 1 <= place.column <= len(text) + 1
        assert len(str(error)) < 800
        assert max(map(len, str(error).splitlines())) < 160
    captured = capfd.readouterr()
    assert captured.err == ""
    assert "**" not in captured.out


@pytest.mark.parametrize("text", STRANGE)
def test_what_is_strange_has_an_answer(text: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Nothing but cg writes to stdout: not LAPACK, not NumPy."""
    assert run("eval", text) is None
    printed = capfd.readouterr().out
    found = cgcli.evaluate(text, **used(text))["f"]
    again = cgcli.evaluate(printed)["f"]
    assert np.array_equal(again, found, equal_nan=True)
    assert np.shape(again) == np.shape(found)
    for command in COMMANDS[1:]:
        error = run(command, text)
        assert error is None or error.status in (1, 3) or error.diagnostic.kind == "usage"
    assert "**" not in capfd.readouterr().out


@pytest.mark.parametrize("text", ["det(zeros([0, 0]))", "inv(zeros([0, 0]))", "solve(zeros([0, 0]), [])"])
def test_stdout_of_the_executable_has_the_value_alone(text: str) -> None:
    result = cg("eval", text)
    assert result.status == 0
    assert result.out.count("\n") == 1


GRADIENTS = [
    "sum(cumprod(x)) + cumprod(s)[0]", "sum(cumsum(s))",
    "norm(s) + mean(s) + var(s) + prod(s) + std(s) + max(s)", "sum(outer(s, x)) + dot(s, 2) + kron(s, 3)",
    "sum(concat(x, [s], []))", "stack(s, 2*s)[1]", "sum(x[[]]) + s", "sum(flip(s)) + s.T",
    "sum(reshape(s, [1, 1]))", "sum(zeros([0, 2]) @ x) + s", "sum(diag(x, k=-1)) + s",
    "trace(reshape(x, [1, 2])) + s", "logsumexp(s) + argmax(s) + size(s)", "sum(linspace(s, x[0], 1))",
    "sum(linspace(s, x[0], 0)) + sum(x)", "einsum(',', s, s) + sum(x)", "sum(einsum('i,->i', x, s))",
    "sum(broadcast(s, [0, 3])) + sum(x)", "sum(s + x)", "x @ x*s", "sum(if s > 0 then x else s)",
]  # fmt: skip


@pytest.mark.parametrize("text", GRADIENTS)
def test_gradients_of_what_is_strange(text: str) -> None:
    """Of numbers where arrays are usual, and of what is empty: as the differences say."""
    values = {"s": 0.75, "x": np.array([1.5, -2.0])}
    values = {name: value for name, value in values.items() if re.search(rf"\b{name}\b", text)}
    found = cgcli.gradient(text, **values)["f"]
    for name, value in values.items():
        slopes = np.zeros(np.shape(value))
        for place in np.ndindex(*np.shape(value)):
            step = np.zeros(np.shape(value))
            step[place] = 1e-6
            high, low = (
                cgcli.evaluate(text, **{**values, name: value + sign * (step if step.ndim else float(step))})[
                    "f"
                ]
                for sign in (1, -1)
            )
            slopes[place] = (high - low) / 2e-6
        np.testing.assert_allclose(found[name], slopes, rtol=1e-7, atol=1e-7)
        assert np.shape(found[name]) == np.shape(value)


@pytest.mark.parametrize(
    "command", [("jacobian", "x^2", "x=ones(1e6)"), ("hessian", "sum(x^2)", "x=ones(200000)")]
)
def test_results_that_no_memory_holds_are_refused_at_once(command: tuple[str, ...]) -> None:
    result = cg(*command)
    assert result.status == 3
    assert "there is not enough memory for an array of" in result.err.splitlines()[0]


@pytest.mark.parametrize(
    "command",
    [("hessian", "sum(x^2)"), ("jacobian", "x*2"), ("jacobian", "outer(x, x)"), ("grad", "sum(inv(x))")],
)
def test_many_axes(command: tuple[str, ...]) -> None:
    for count in (15, 16, 31, 32, 40):
        result = cg(*command, f"x=ones({[1] * count})")
        assert result.status in (0, 2, 3)
        assert (result.status == 0) == ("at most 31 axes" not in result.err and result.err == "")
