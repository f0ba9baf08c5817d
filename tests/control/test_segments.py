"""Gradients of long runs by segments that are recorded one after the other, against the graph of all."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import cgcli
from cgcli.control.steps import Limits
from cgcli.evaluation.prepared import Prepared
from cgcli.evaluation.segments import segmented_gradients
from tests.cg import cg
from tests.control.table import PROGRAMS
from tests.kernels.calls import random_calls
from tests.kernels.loops import random_program

MORE: dict[str, tuple[str, dict[str, Any]]] = {
    "a recurrent cell": (
        "h = zeros(3); for x in xs { h = tanh(A @ h + x) }; sum(h^2)",
        {
            "A": np.array([[0.2, -0.5, 0.1], [0.4, 0.3, -0.2], [0.1, 0.7, 0.2]]),
            "xs": np.eye(3)[[0, 2, 1, 1, 0]],
        },
    ),
    "elements and wholes": (
        "v = x\n"
        "for i in 1..8 { v[i % 3] = v[(i + 1) % 3]*a + sin(v[i % 3]); v = v*0.9; s = sum(v) }\ns + v[0]",
        {"x": np.array([0.3, 1.0, -0.4]), "a": 0.7},
    ),
    "a list that grows": (
        "xs = list(x); for i in 1..9 { xs = append(xs, xs[-1]*a + xs[i//2]) }; xs[-1]*xs[3]",
        {"x": 0.3, "a": 0.8},
    ),
    "a list of vectors that is changed": (
        "xs = list(v, 2v)\n"
        "for i in 1..4 { xs[1] = xs[0]*xs[1]; xs[0][1] = sum(xs[1]); ys = xs }; sum(ys[0]*ys[1])",
        {"v": np.array([0.5, 1.5])},
    ),
    "records in lists": (
        "ps = list(record(q=x, p=1), record(q=1, p=a)); for i in 1..5 { for k in 0..1 { "
        "ps[k].p -= 0.1*sin(ps[k].q)*ps[1 - k].q; ps[k].q += 0.1*ps[k].p } }; ps[0].q*ps[1].q",
        {"x": 0.4, "a": -0.3},
    ),
    "recursion over a global array": (
        "f(n, y) { if n == 0 { return y }\n"
        "z = sin(y)*A[n % 2, 0] + A[0, 1]\n return f(n - 1, z)*y + f(n//3, z) }\n"
        "f(7, x)",
        {"x": 0.4, "A": np.array([[0.9, 0.2], [1.1, -0.3]])},
    ),
    "branches of an expression": (
        "y = x; for i in 1..6 { y = (if min(y) > 0 then y*a else y^2) + where(y > 0.5, y, a*y) }; sum(y)",
        {"x": np.array([0.4, -0.7, 0.2]), "a": 0.6},
    ),
    "several outputs": (
        "y = x; z = v; for i in 1..6 { y = y*z[0] + 1; z = z*y/3 }; y; sum(z); y*z[1]",
        {"x": 0.5, "v": np.array([0.2, 0.4])},
    ),
    "what does not vary meets infinity": (
        "y = 0; k = 1; for i in 1..5 { k += 1; y = y^k*a + a*x }; y",
        {"x": 0.0, "a": 0.5},
    ),
    "what is not used": ("y = x; for i in 1..9 { y = sin(y); z = a*y }; y", {"x": 0.3, "a": 2.0}),
}

ALL = MORE | {name: (program, inputs) for name, (program, inputs, _) in PROGRAMS.items()}
# Not those that derivatives are made of inside, which are recorded whole, and those without blocks.
ALL = {name: one for name, one in ALL.items() if "diff(" not in one[0] and "{" in one[0]}


def require_same(program: str, inputs: dict[str, Any], size: float) -> None:
    prepared = Prepared(cgcli.parse(program), inputs)
    found = segmented_gradients(prepared.program, prepared.known, list(prepared.known), Limits(), None, size)
    whole = cgcli.gradient(program, inputs)
    values = cgcli.evaluate(program, inputs)
    assert found is not None
    assert [value for _, value in found[0].values] == list(values.values())
    assert found[0].warning is None
    for row, slopes in zip(found[1], whole.values(), strict=True):
        assert row.keys() == slopes.keys()
        for by, slope in slopes.items():
            assert row[by] == pytest.approx(slope, rel=1e-13, abs=1e-15), by


@pytest.mark.parametrize("size", [0.0, 2_000.0])
@pytest.mark.parametrize("name", ALL)
def test_the_same_as_whole(name: str, size: float) -> None:
    require_same(*ALL[name], size)


@pytest.mark.parametrize("seed", range(25))
def test_random_programs_are_the_same(seed: int) -> None:
    for program, inputs in (random_program(seed), random_calls(seed)):
        require_same(program, {**inputs, "n": 3.0}, 1_500.0 * (seed % 2))


UPDATES = """
v = x; s = 0
for k in range(n) {
  %s
}
sum(v) + s"""
INSIDE = "v[k % 50] = sin(v[k % 50])*a + v[(7*k + 3) % 50]*0.2; s += v[k % 50]; if k % 5000 == 0 { print(k) }"


def test_a_program_that_asks_for_memory_to_be_saved() -> None:
    """The same answers and the same lines printed, once each."""
    bound = ["x=linspace(0, 1, 50)", "n=9000", "a=0.9", "--wrt", "x,a", "--format", "json"]
    plain = cg("grad", UPDATES % INSIDE, *bound)
    saved = cg("grad", UPDATES % f"checkpoint {{ {INSIDE} }}", *bound)
    assert [plain.status, saved.status] == [0, 0]
    assert [line.split()[-1] for line in saved.err.splitlines()] == ["0", "5000"]
    one, other = json.loads(plain.out), json.loads(saved.out)
    assert one["value"] == other["value"]
    for by in "xa":
        assert other["gradient"][by] == pytest.approx(one["gradient"][by], rel=1e-12)


def test_what_an_operation_cannot_do_is_told_as_ever() -> None:
    program = "checkpoint { v = x; for k in range(60000) { v[0] = v[1] + k }; v[k] = 1 }; sum(v)"
    done = cg("grad", program, "x=[1, 2]")
    assert done.status != 0
    assert "there is no element 59999: the axis has 2" in done.err
