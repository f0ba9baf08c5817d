"""The pair of trees that gradients of long runs come from, against the graph of what was executed."""

from __future__ import annotations

from typing import Any

import pytest

import cgcli
from cgcli.control.reverse import Unsupported, reversal
from cgcli.control.steps import Limits
from cgcli.evaluation.derivatives import gradients
from cgcli.evaluation.prepared import Prepared
from cgcli.evaluation.recording import recorded_gradients
from cgcli.evaluation.running import recorded
from tests.cg import cg
from tests.control.table import PROGRAMS

# Those of numbers, branches and loops alone.
SCALAR = [
    *("a sum", "an update", "Newton's square root", "a fixed number of steps of it"),
    *("the arithmetic-geometric mean", "the logistic map", "a pendulum", "break and continue"),
    *(
        "Runge and Kutta",
        "while in for",
        "branches",
        "a checkpoint",
        "nested",
        "a variable after its loop",
        "an empty loop",
    ),
]

MORE = {
    "jumps in nested branches": """
        y = x
        for i in 1..9 {
          if i > 2 {
            if y > 2 { y = y/3; continue }
            if i == 8 { y = y*a; break } else { y = y + a }
          }
          y = y*x + sin(y)
        }
        y""",
    "loops in branches in loops": """
        y = x
        for i in 1..4 {
          if y > a { for j in i..5 { y = y*0.7 + j*a; if y > 9 { break } } }
          else { while y < 3 { y = y*x + a } }
          y = y - a
        }
        y""",
    "a step": "y = x; for i in range(7, 0, -2) { y = y*a/i + sin(i*y) }; y",
    "a variable that is read later": """
        y = x
        for i in 1..3 { for j in 1..i { y = sin(y*j) }
          y = y*j + a*i }
        y*i + j""",
    "copies": "u = x; v = a; for i in 1..5 { t = u; u = v*0.9; v = t + v*t }; u*v",
    "checkpoints in loops": """
        y = x
        for i in 1..4 { checkpoint { for j in 1..3 { if y > 1 { y = y/x } else { y = y*a + j } } } }
        y""",
    "an if as an operand": """
        y = x
        for i in 1..5 { y = y*(if y > a then x else i*a) - (if i == 3 then y^2 else 0) }
        y""",
    "set again": "y = x; for i in 1..4 { z = y*a; y = 1; y = z*x + z^2/9 }; y",
    "an output that is an input": "for i in 1..2 { y = a }; x",
}


def pair(program: str, inputs: dict[str, float]) -> Any:
    prepared = Prepared(cgcli.parse(program), inputs)
    found = recorded_gradients(prepared.program, prepared.known, list(inputs), Limits())
    assert found is not None
    return found


@pytest.mark.parametrize("name", SCALAR)
def test_the_same_bits(name: str) -> None:
    program, inputs, _ = PROGRAMS[name]
    answers, (gradient,) = pair(program, inputs)
    ((_, value),) = answers.values
    assert list(cgcli.evaluate(program, inputs).values()) == [value]
    point = recorded(cgcli.parse(program, inputs), inputs, copies=True)  # which sums as this does
    (output,) = point.program.outputs
    assert gradients(point, [output.node], point.program.nodes(inputs)) == [list(gradient.values())]


@pytest.mark.parametrize("name", MORE)
@pytest.mark.parametrize("x", [0.6, 1.7, 2.9])
def test_jumps_and_nesting(name: str, x: float) -> None:
    inputs = {"x": x, "a": 1.3}
    answers, (gradient,) = pair(MORE[name], inputs)
    assert list(cgcli.gradient(MORE[name], inputs).values()) == [gradient]
    assert list(cgcli.evaluate(MORE[name], inputs).values()) == [answers.values[0][1]]


FUNCTIONS = """
    slope(y) { t = a*y; for i in 1..2 { t = t*sin(i*y) }
      return t + (if y > 1 then y/2 else x) }
    both(u, v) = slope(u)*v + slope(v)
    y = x
    for i in 1..4 { y = y/2 + both(y, slope(a))/3 }
    y"""


@pytest.mark.parametrize("x", [0.6, 1.7, 2.9])
def test_functions(x: float) -> None:
    """An argument is a name of its own: what is handed back to it is summed up there."""
    inputs = {"x": x, "a": 1.3}
    answers, (gradient,) = pair(FUNCTIONS, inputs)
    assert list(cgcli.evaluate(FUNCTIONS, inputs).values()) == [answers.values[0][1]]
    assert cgcli.gradient(FUNCTIONS, inputs)["f"] == pytest.approx(gradient, rel=1e-14)


def test_several_outputs() -> None:
    program = "y = x; z = 1; for i in 1..5 { y = y*a + i; z = z*sin(y) }; y; z; y*z"
    answers, gradients = pair(program, {"x": 0.7, "a": 0.9})
    assert list(cgcli.gradient(program, x=0.7, a=0.9).values()) == gradients
    assert len(answers.values) == 3


def test_others_say_so() -> None:
    tree = cgcli.parse("v = [x, 1]; for i in 1..2 { v[i - 1] = x }; sum(v)").tree
    assert tree is not None
    with pytest.raises(Unsupported):
        reversal(tree, ("x",), tree.outputs)


LONG = "y = x; s = 0; for i in 1..n { y = y*a + sin(y); if y > 2 { y = y/3 }; s += y*y }; s"


def test_a_long_run_takes_them() -> None:
    """The command line, and the graph of all that was executed, which the Python functions make."""
    inputs = {"x": 0.3, "a": 0.5, "n": 20000.0}
    done = cg("grad", LONG, *(f"{name}={value!r}" for name, value in inputs.items()), "--wrt", "x,a")
    gradient = cgcli.gradient(LONG, inputs, wrt="x,a")["f"]
    assert (done.status, done.err) == (0, "")
    assert done.out.splitlines()[1:] == [f"df/d{name} = {value!r}" for name, value in gradient.items()]


def test_what_is_not_finite_is_told_as_ever() -> None:
    done = cg("grad", "y = x; for i in 1..60000 { y = y + 1 }; sqrt(y - y)", "x=1")
    assert "is inf" in done.err or "is nan" in done.err
