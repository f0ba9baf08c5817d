"""Derivatives inside a program, where the sizes of its arrays are names: they are those of `cg grad`,
for arrays of any size."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import cgcli
from cgcli.diagnostics import CgError
from cgcli.errors import ShapeError
from cgcli.ops.indexing import INDEXING
from cgcli.shapes import Named, certainly_nonnegative
from tests.algebras.array_programs import Item, build, full, joined, on, pattern, stacked, without
from tests.cg import cg

DECLARED = "input s: []\ninput x: [n]\ninput z: [m]\ninput A: [m, n]\n"
# Sizes that tell the names apart while a program is built; it runs with others.
LEAVES: list[Item] = [("s", ()), ("x", (10,)), ("z", (7,)), ("A", (7, 10)), ("[1, 2]", (2,)), ("2", ())]

RULES = [
    *(pattern(f"({{}} {operator} {{}})", np.broadcast_shapes) for operator in "++*"),
    pattern("sin({})", lambda x: x),
    pattern("({})^2", lambda x: x),
    *(pattern("concat({}, {})", joined),) * 3,
    pattern("concat({}, {}, {})", lambda x, y, z: joined(x, y) and joined(joined(x, y) or (), z)),
    pattern("concat({}, {}, axis=-1)", lambda x, y: (*x[:-1], x[-1] + y[-1]) if x[:-1] == y[:-1] else None),
    pattern("stack({}, {})", stacked),
    pattern("sum({})", lambda x: ()),
    pattern("sum({}, axis=0)", without(0)),
    pattern("sum({}, axis=-1, keepdims=1)", on(bool, lambda x: (*x[:-1], 1))),
    pattern("mean({}, axis=-1)", on(full, without(-1))),
    pattern("({})[1:]", on(lambda x: x and full(x), lambda x: (x[0] - 1, *x[1:]))),
    pattern("({})[:-1]", on(lambda x: x and full(x), lambda x: (x[0] - 1, *x[1:]))),
    pattern("({})[-2:]", on(bool, lambda x: (min(x[0], 2), *x[1:]))),
    pattern("({})[:n]", on(bool, lambda x: (min(x[0], 10), *x[1:]))),
    pattern("({})[n:]", on(bool, lambda x: (max(x[0] - 10, 0), *x[1:]))),
    pattern("({})[n - 2:n]", on(lambda x: x and x[0] > 9, lambda x: (2, *x[1:]))),
    pattern("({})[::-1]", on(bool)),
    pattern("({})[:, :n]", on(lambda x: len(x) > 1, lambda x: (x[0], min(x[1], 10), *x[2:]))),
    pattern("({}).T", lambda x: x[::-1]),
    pattern(
        "broadcast({}, [m, n])", lambda x: (7, 10) if np.broadcast_shapes(x, (7, 10)) == (7, 10) else None
    ),
    pattern("({} @ {})", lambda x, y: np.matmul(np.zeros(x), np.zeros(y)).shape if x and y else None),
]


@st.composite
def expressions(draw: st.DrawFn) -> str:
    choices = draw(st.lists(st.tuples(st.integers(0, 999), st.integers(0, 99)), min_size=1, max_size=7))
    return " + ".join(f"sum(({text})^2)" for text, _ in build(choices, LEAVES, RULES))


@st.composite
def values(draw: st.DrawFn) -> dict[str, Any]:
    n, m = draw(st.integers(0, 4)), draw(st.integers(0, 4))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    shapes = {"s": (), "x": (n,), "z": (m,), "A": (m, n)}
    drawn = {name: rng.uniform(-1.5, 1.5, shape).round(3) for name, shape in shapes.items()}
    return {name: value if value.ndim else float(value) for name, value in drawn.items()}


@given(expressions(), values())
@settings(max_examples=300, deadline=None)
def test_a_derivative_inside_the_program_is_that_of_cg_grad(text: str, inputs: dict[str, Any]) -> None:
    try:
        outside = cgcli.gradient(DECLARED + text, **inputs)["f"]
    except CgError:
        assume(False)
    for name, wanted in outside.items():
        try:
            found = cgcli.evaluate(f"{DECLARED}grad({text}, {name})", **inputs)["f"]
        except CgError as error:
            if error.diagnostic.kind != "shape":
                raise
            continue  # it depends on the numbers that names get
        assert np.shape(found) == np.shape(wanted)
        assert np.allclose(found, wanted, rtol=1e-9, atol=1e-9)


CONCAT = "input x: [n]; input z: [m]; "


@pytest.mark.parametrize(
    "text, wanted",
    [
        ("grad(sum(concat(x, z + s)^2), s)", "30"),
        ("grad(sum(concat(z + s, x)^2), s)", "30"),
        ("grad(sum(concat([1, 2], s*z)^2), s)", "100"),
        ("grad(sum(concat(s*[1, 2], z)^2), s)", "10"),
        ("grad(sum(concat(x, z, s*x)^2), s)", "10"),
        ("grad(sum(concat(x, z + s)[1:]^2), s)", "30"),
        ("grad(sum((concat(z, x)[:m]*s)^2), s)", "100"),
        ("grad(s^2, z)", "[0, 0, 0]"),
    ],
)
def test_a_part_of_an_array_joined_from_arrays_with_named_sizes(text: str, wanted: str) -> None:
    done = cg("eval", CONCAT + text, "x=[1, 2]", "z=[3, 4, 5]", "s=1")
    assert (done.out, done.err) == (wanted + "\n", "")


@pytest.mark.parametrize(
    "text, wanted",
    [("sum(s*x[1:])", "0"), ("sum((concat(x[1:], z) + s)^2)", "30"), ("sum(s*concat([1], x[1:]))", "1")],
)
def test_an_array_that_is_shorter_than_a_slice_of_it_has_an_empty_one(text: str, wanted: str) -> None:
    done = cg("eval", f"{CONCAT}grad({text}, s)", "x=[]", "z=[3, 4, 5]", "s=1")
    assert (done.out, done.err) == (wanted + "\n", "")


def test_the_derivative_as_a_program_sums_back_what_was_stretched() -> None:
    program = CONCAT + "sum(concat(x, z + s)^2)"
    assert "df_ds = sum(" in cg("diff", program, "--wrt", "s").out
    assert "np.sum(" in cg("export", "--to", "numpy", "--grad", program).out.rpartition("return")[2]


BOUNDS: list[Any] = [None, 0, 1, 2, -1, -2]
BOUNDS += [m + k for m in (Named.of("m"), Named.of("n"), Named.of("m") + Named.of("n")) for k in (-2, 0, 1)]


@pytest.mark.parametrize(
    "size", [Named.of("n"), Named.of("n") + 2, Named.of("m") + Named.of("n"), 3], ids=str
)
def test_the_size_of_a_slice_holds_for_all_numbers_that_its_names_get(size: Any) -> None:
    """But where it would be below 0."""
    index: Any = INDEXING[0]
    known = 0
    for at in ((start, stop, step) for start in BOUNDS for stop in BOUNDS for step in (None, -1, 2)):
        try:
            shape = index.shape((size,), at=(at,))
        except ShapeError:
            continue
        for numbers in ({"m": m, "n": n} for m in range(4) for n in range(4)) if shape else ():
            whole, found, *bounds = (
                one.at(numbers) if isinstance(one, Named) else one for one in (size, *shape, *at)
            )
            known += 1
            assert found < 0 or found == len(range(whole)[slice(*bounds)]), (size, at, numbers)
    assert known > 100


def test_what_is_from_0_for_all_names() -> None:
    m, n = Named.of("m"), Named.of("n")
    assert all(map(certainly_nonnegative, (0, 3, n, m + n, m * n + 1)))
    assert not any(map(certainly_nonnegative, (-1, n - 1, m - n, m * n - m)))
