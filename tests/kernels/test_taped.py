"""Blocks that are recorded by functions made of them: the same graph, to the node."""

from __future__ import annotations

from typing import Any

import pytest

from cgcli.control.often import Often
from cgcli.control.steps import Run
from cgcli.control.tape import Tape
from cgcli.diagnostics import CgError
from cgcli.evaluation.running import drive, given_slots
from cgcli.kernels.taped import recorder
from cgcli.language.lowering import lower
from cgcli.language.parser import parse
from cgcli.source import Source
from tests.checker import check
from tests.control.table import PROGRAMS

ELEMENTS = {
    "an element of what is given, of what is set, twice, from the end": (
        "v = [x, 2x, 3]; w = [1, 2, 3]; s = 0\n"
        "for k in 1..9 { i = k % 3; v[i] = v[i]*v[i] + w[i]*w[-1 - i] - v[(i + 1) % 3]/4; s += v[-1] }; s"
    ),
    "elements of a matrix": (
        "A = [[1, x], [x^2, 3]]; B = A\n"
        "for k in 1..8 { i = k % 2; j = (k//2) % 2; A[i, j] = A[j, i]*0.5 + B[i, 1]*x + A[0, j] }; sum(A)"
    ),
    "items of lists, some of them no numbers": (
        "xs = list(1, x, [1, 2]); s = 0\n"
        "for k in 1..8 { xs = append(xs, xs[k - 1]*x); t = xs[-1]; s += sum(t)*xs[1] }; s"
    ),
    "numbers that are arrays at times": (
        "s = 0; y = x\nfor k in 1..9 { y = if k % 3 == 0 then [x, 1] else x*k; z = y*2 + 1; s += sum(z) }; s"
    ),
    "what is set to a constant, or to what is read": (
        "a = x; b = 1; s = 0\nfor k in 1..9 { t = a; a = b*1.5; b = t; c = 0; e = 2; s += a*b + c + e }; s"
    ),
    "three operands, comparisons, truths": (
        "y = x\nfor k in 1..9 { y = clip(y*3, -1, 2) + max(y, k, x) - (y > k and not x < 0 or y == 2)/9 }; y"
    ),
    "lists that become longer": (
        "xs = list(); ys = list(x); s = 0\n"
        "for k in 1..8 { xs = append(xs, x*k + s); ys = append(xs, k); zs = append(ys, x)\n"
        "s += zs[-1]*ys[-2]\n"
        "if k == 5 { xs[0] = 7; ys[1] = 2 }; s += ys[1] + len(zs) }\ns + sum([i*x for i in xs if i > 0])"
    ),
    "lists of what is no number": (
        "xs = list(); s = 0; y = x\n"
        "for k in 1..9 { y = if k % 3 == 0 then [x, k] else x*k; xs = append(xs, y) }\n"
        "for y in xs { s += sum(y)*x }; v = [1]; for k in 1..4 { v = append([1, 2], x*k) }; s + v[2]"
    ),
    "what is not finite": "y = x; for k in 1..6 { y = y*1e200/(1 + 1/y) }; 1/y",
    "calls": (
        "f(v, i) { v[i] = v[i]*x + v[i - 1]; return v }\n"
        "v = [1, x, 2]; for k in 1..7 { v = f(v, k % 3) }; sum(v)"
    ),
}


def run(program: Any, inputs: dict[str, float], copies: bool, faster: Any) -> tuple[Tape, Any]:
    tape = Tape({}, copies, faster=faster)
    made = Run(program.tree, tape, given_slots(program, inputs, tape))
    drive(program, made)
    return tape, made.frame.slots


@pytest.mark.parametrize("copies", [False, True])
@pytest.mark.parametrize("name", [*PROGRAMS, *ELEMENTS])
def test_the_graph_is_the_same(name: str, copies: bool) -> None:
    text, inputs = PROGRAMS[name][:2] if name in PROGRAMS else (ELEMENTS[name], {"x": 0.7})
    program = lower(parse(Source(("<expr>", text))), frozenset(inputs), lambda name, default: inputs[name])
    if program.tree is None:
        return
    plain, slots = run(program, inputs, copies, None)
    for after in (0, 2):
        program = lower(
            parse(Source(("<expr>", text))), frozenset(inputs), lambda name, default: inputs[name]
        )
        made, others = run(program, inputs, copies, Often(recorder, after))
        check(made.graph)
        for column in ("ops", "attrs", "starts", "ends", "names"):
            assert getattr(made.graph, column) == getattr(plain.graph, column), column
        assert list(made.graph.args) == list(plain.graph.args)
        assert list(map(repr, made.values)) == list(map(repr, plain.values))
        assert others.keys() == slots.keys()


@pytest.mark.parametrize(
    "statement",
    [
        "y = v[i]",
        "y = v[k % 3 + (k == 90)/2]",
        "v[i] = 1; y = v[0]",
        "y = xs[i]",
        "y = A[1, i]",
        "if k == 90 { v = 3 }; y = v[k % 3]",
        "if k == 90 { v = record(a=1) }; y = v[k % 3]",
        "if k == 90 { v = [[1, 2], [3, 4], [5, 6]] }; y = v[k % 3]; assert sum(v[0]) == y",
        "y = v[k % 3 + (0/0 if k == 90 else 0)]".replace(
            "0/0 if k == 90 else 0", "if k == 90 then 0/0 else 0"
        ),
    ],
)
def test_what_is_wrong_late_is_told_as_ever(statement: str) -> None:
    text = (
        "v = [x, 1, 2]; xs = list(x, 1, 2); A = [[x, 2, 3], [1, 2, 3]]; y = 0\n"
        f"for k in 1..120 {{ i = k % 3 + 7*(k == 90); {statement} }}; y"
    )
    told = []
    for faster in (None, Often(recorder)):
        with pytest.raises(CgError) as error:
            run(lower(parse(Source(("<expr>", text))), frozenset("x"), {}), {"x": 0.5}, False, faster)
        told.append(str(error.value))
    assert told[0] == told[1]
