"""Shapes: what is said where they do not match, sizes that have names, and what is known of them
before any value is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cgcli
from cgcli.diagnostics import CgError
from cgcli.errors import ShapeError
from cgcli.evaluation.prepared import Prepared
from cgcli.passes.shapes import infer
from cgcli.shapes import Named, broadcast, broadcast_axes, product, shape_text
from tests.cg import cg

MISMATCH = """\
error: shapes do not match in `@`: A is [2, 3], x is [4]
 --> model.cg:3:7
  |
3 | r = A @ x - b
  |     - ^ - [4]
  |     |
  |     [2, 3]
  = A's 3 columns must equal x's 4 elements
"""


@pytest.mark.parametrize("command", ["eval", "grad", "graph", "jacobian", "check", "plan"])
def test_a_mismatch_points_at_the_operator_with_both_sides(command: str, tmp_path: Path) -> None:
    """Where shapes are declared they are enough; no value is needed."""
    (tmp_path / "model.cg").write_text("input A: [2, 3]\ninput x: [4]\nr = A @ x - b\nsum(r)\n")
    values = ["b=1", "A=ones([2, 3])", "x=ones(4)"] if command not in ("graph", "plan") else []
    result = cg(command, "-f", "model.cg", *values, cwd=tmp_path)
    assert result.err == MISMATCH
    assert (result.status, result.out) == (3, "")


def test_a_mismatch_of_values_without_declarations(tmp_path: Path) -> None:
    (tmp_path / "model.cg").write_text("# a model\n\nr = A @ x - b\nsum(r)\n")
    result = cg("eval", "-f", "model.cg", "A=ones([2, 3])", "x=ones(4)", "b=0", cwd=tmp_path)
    assert result.err == MISMATCH


def error_of(text: str, **bindings: Any) -> CgError:
    with pytest.raises(CgError) as caught:
        cgcli.evaluate(text, **bindings)
    return caught.value


def known_error(text: str) -> str:
    """What is said before any value is bound."""
    with pytest.raises(CgError) as caught:
        Prepared(cgcli.parse(text), {}).partial()
    return str(caught.value)


# Shapes known without values: programs with the shape of their output, in the names of sizes.
KNOWN = {
    "input A: [m, n]; input x: [n]; A @ x": "[m]",
    "input A: [m, n]; input x: [m]; x @ A": "[n]",
    "input A: [m, n]; A.T @ A": "[n, n]",
    "input A: [m, n]; input b: [n]; A + b": "[m, n]",
    "input A: [m, n]; sum(A, axis=0)": "[n]",
    "input A: [m, n]; sum(A)/n": "[]",
    "input A: [m, n]; A[0]": "[n]",
    "input A: [m, n]; A[:, 0]": "[m]",
    "input x: [n]; x[1:] - x[:-1]": "[n - 1]",
    "input x: [n]; x[:n - 2]": "[n - 2]",
    "input x: [n]; concat(x, x, [0])": "[2*n + 1]",
    "input x: [n]; input y: [m]; outer(x, y)": "[n, m]",
    "input x: [n]; input y: [m]; reshape(outer(x, y), [n*m])": "[m*n]",
    "input x: [n]; reshape(x, [n, -1])": "[n, 1]",
    "input x: [n]; zeros([n, n + 1])": "[n, n + 1]",
    "input x: [n]; eye(n) @ x": "[n]",
    "input x: [n]; linspace(0, 1, 2*n)": "[2*n]",
    "input x: [n]; diag(x) + 1": "[n, n]",
    "input x: [n]; stack(x, 2*x, axis=1)": "[n, 2]",
    "input A: [n, n]; input b: [n]; solve(A, b)": "[n]",
    "input A: [b, n, n]; det(A)": "[b]",
    "input x: [n]; broadcast(x, [3, n])": "[3, n]",
    'input A: [m, n]; einsum("ij->ji", A)': "[n, m]",
    "input x: [n]; cumsum(x) * softmax(x)": "[n]",
    "input x: [n]; if x > 0 then x else 1": "[n]",
}


@pytest.mark.parametrize("text", KNOWN)
def test_what_is_known_before_any_value(text: str) -> None:
    program = cgcli.parse(text)
    shape = infer(program.graph, program.shapes)[program.outputs[0].node]
    assert shape is not None
    assert shape_text(shape) == KNOWN[text]
    sizes = {"m": 3, "n": 4, "b": 2}
    inputs = {
        name: np.ones([sizes[str(size)] if isinstance(size, Named) else size for size in declared])
        + (np.eye(4) if declared[-2:] == (Named.of("n"), Named.of("n")) else 0)
        for name, declared in program.shapes.items()
    }
    actual = np.shape(cgcli.evaluate(text, **inputs)["f"])
    assert actual == tuple(size.at(sizes) if isinstance(size, Named) else size for size in shape)


MISFITS = {
    "input A: [m, n]; input x: [k]; A @ x": "A is [m, n], x is [k]",
    "input A: [m, n]; A @ A": "A's n columns must equal A's m rows",
    "input A: [m, n]; input x: [m]; A + x": "n and m can only be combined if one is 1",
    "input x: [n]; x[1:] + x": "x[1:] is [n - 1], x is [n]",
    "input x: [n]; input y: [m]; concat(x, y) - x": "concat(x, y) is [m + n], x is [n]",
    "input A: [m, n]; det(A)": "a square matrix is needed: A is [m, n]",
    "input x: [n]; reshape(x, [n + 1])": "x has n elements, and [n + 1] has n + 1",
    "input x: [n]; reshape(x, [2, -1])": "x has n elements, which do not divide into [2, -1]",
    "input x: [n]; x @ 2": "`@` multiplies arrays: 2 is a number",
    "input x: [n]; sum(x, axis=1)": "there is no axis 1 in x: it has 1 axis",
    "input x: [n]; stack(x, [1, 2])": "x is [n], [1, 2] is [2]",
}


@pytest.mark.parametrize("text", MISFITS)
def test_what_cannot_match_is_said_before_any_value(text: str) -> None:
    assert MISFITS[text] in known_error(text)


def test_what_may_match_waits_for_the_value() -> None:
    """An input without a shape can be anything; a slice with a step needs the number."""
    assert Prepared(cgcli.parse("A @ x"), {}).partial()[2] == [None] * 3
    assert cgcli.evaluate("input x: [n]; x[::2]", x=[1, 2, 3])["f"].tolist() == [1, 3]
    for text in ("x[::2]", "x[1:5]", "x[-3:]"):
        program = cgcli.parse(f"input x: [n]; sum({text})")
        shapes = Prepared(program, {}).partial()[2]
        assert None in shapes
        assert shapes[-1] == ()
    error = error_of("input x: [n]; reshape(x, [2, -1])", x=[1, 2, 3])
    assert "x has 3 elements" in str(error)


# Sizes in expressions

SIZED = {
    "input x: [n]; sum(x)/n": 2.0,
    "input x: [n]; n^2 + n": 12.0,
    "input x: [n]; trace(eye(n))": 3.0,
    "input x: [n]; x[n - 1]": 3.0,
    "input x: [n]; sum(x[n - 2:])": 5.0,
    "input x: [n]; f(k) = k*n; f(2)": 6.0,
    "input x: [n]; f(n) = n^2; f(5)": 25.0,
    "input x: [n]; sum(linspace(0, n, n + 1))": 6.0,
    "input x: [n]; size(x) - n": 0.0,
    "input x: [n]; input y: [n] = [1, 1, 1]; x @ y/n": 2.0,
    "input x: [3]; sum(x)": 6.0,
    "input x: [n]; norm(zeros([n, n + 1]))": 0.0,
}


@pytest.mark.parametrize("text", SIZED)
def test_sizes_are_numbers_of_the_program(text: str) -> None:
    assert cgcli.evaluate(text, x=[1, 2, 3]) == {"f": SIZED[text]}


def test_the_derivative_by_what_a_size_says() -> None:
    """A size does not move with its input."""
    found = cgcli.gradient("input x: [n]; sum(x)/n", x=[1, 2, 3, 4])["f"]["x"]
    assert found.tolist() == [0.25] * 4


NOT_SIZES = {
    "input x: [n]; eye(n - 5)": "`eye`",
    "input x: [n]; zeros([n, n - 5])": "`zeros`",
    "input x: [n]; ones(n - 5)": "`ones`",
    "input x: [n]; linspace(0, 1, n - 5)": "`linspace`",
    "input x: [n]; broadcast(1, [n - 5])": "`broadcast`",
    "input x: [n]; x[::n - 3]": "step",
    "input x: [n]; x[n]": "there is no element 3",
    "input x: [n]; x[n/2]": "a subscript is a whole number",
    "input x: [n]; x[n/2:]": "the bounds of a slice are whole numbers that depend on no input",
    "input x: [n]; x[:(n + 1)/2]": "of sizes, sums, differences and products are known",
    "k = size(x, axis=0); x[k:]": "the size of an array is known where it is declared",
    "k = sum(x); x[k:]": "it cannot depend on the elements of an array",
    "k = 3/2; x[k:]": "it is 1.5",
}


@pytest.mark.parametrize("text", NOT_SIZES)
def test_sizes_that_come_to_nothing(text: str) -> None:
    error = error_of(text, x=[1, 2, 3])
    assert error.status == 3
    assert NOT_SIZES[text] in str(error)


BOUND: list[tuple[str, dict[str, Any], str]] = [
    ("input A: [m, n]; input x: [n]; A @ x", {"A": [[1, 2]], "x": [1, 2, 3]},
     "`n` is 2 in `A` and 3 in `x`"),
    ("input A: [n, n]; A", {"A": [[1, 2]]}, "`n` is 1 and 2 in `A`"),
    ("input A: [m, n]; A", {"A": [1, 2]}, "`A` is declared [m, n], and its value has the shape [2]"),
    ("input A: [m, n]; A", {"A": 3.0}, "`A` is declared [m, n], and its value is a number"),
    ("input A: [2, 2]; A", {"A": [[1, 2]]}, "`A` is declared [2, 2], and its value has the shape [1, 2]"),
    ("input x: []; x", {"x": [1]}, "`x` is declared [], and its value has the shape [1]"),
    ("input x: [n]; input y: [n] = [1, 2]; x + y", {"x": [1]}, "`n` is 1 in `x` and 2 in `y`"),
]  # fmt: skip


@pytest.mark.parametrize("text, values, message", BOUND)
def test_values_that_are_not_as_declared(text: str, values: dict[str, Any], message: str) -> None:
    error = error_of(text, **values)
    assert error.diagnostic.message == message
    assert error.status == 2


def test_a_size_cannot_be_bound() -> None:
    result = cg("eval", "input x: [n]; sum(x)/n", "x=[1, 2]", "n=3")
    assert result.status == 2
    assert "it is a size of `x`, and known from its value" in result.err


# The arithmetic of sizes


def test_sizes_are_polynomials() -> None:
    m, n = Named.of("m"), Named.of("n")
    assert str((m + 1) * (n - 1)) == "m*n - m + n - 1"
    assert str(2 * n * n - 3) == "2*n*n - 3"
    assert n - n == 0
    assert (n + 2) - n == 2
    assert n * 0 == 0
    assert m * n == n * m
    assert hash(m + n) == hash(n + m)
    assert n != m
    assert 5 - n == -1 * n + 5
    assert ((m + 1) * (n - 1)).at({"m": 2, "n": 5}) == 12
    assert str((m * n).at({"m": 2})) == "2*n"


@pytest.mark.parametrize(
    "shapes, wanted",
    [
        ([(), ()], ()),
        ([(2, 3), (3,)], (2, 3)),
        ([(2, 1), (1, 3)], (2, 3)),
        ([(1,), (0,)], (0,)),
        ([(2, 1, 3), (5, 1)], (2, 5, 3)),
        ([(4,), (), (3, 1), (2, 1, 1)], (2, 3, 4)),
    ],
)
def test_broadcasting_is_that_of_numpy(shapes: list[tuple[int, ...]], wanted: tuple[int, ...]) -> None:
    assert broadcast(*shapes) == wanted == np.broadcast_shapes(*shapes)


@pytest.mark.parametrize("small", [(), (1,), (3,), (1, 1), (2, 1), (2, 3), (1, 2, 3)])
def test_the_axes_that_an_array_was_stretched_along(small: tuple[int, ...]) -> None:
    large = (4, 2, 3)
    axes, lead = broadcast_axes(large, small)
    counts = np.sum(np.broadcast_to(np.ones(small), large), axis=axes, keepdims=True)
    assert counts.shape[lead:] == small
    assert np.all(counts == 24 / np.prod(small))
    assert broadcast_axes(small, large)[1] == -lead


@pytest.mark.parametrize("shapes", [[(2,), (3,)], [(2, 3), (2,)], [(0,), (2,)], [(2, 1), (3, 1)]])
def test_what_does_not_broadcast(shapes: list[tuple[int, ...]]) -> None:
    with pytest.raises(ShapeError):
        broadcast(*shapes)
    with pytest.raises(ValueError, match="broadcast"):
        np.broadcast_shapes(*shapes)


def test_a_name_matches_itself_and_1_only() -> None:
    n = Named.of("n")
    assert broadcast((n,), (1,)) == (n,)
    assert broadcast((n, 1), (n,)) == (n, n)
    assert product((n, 2, n)) == 2 * n * n
    for other in (2, n + 1, Named.of("m")):
        with pytest.raises(ShapeError):
            broadcast((n,), (other,))
