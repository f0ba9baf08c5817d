"""Functions of arrays, of a plain number in a program that runs: by every command and way of differentiating
the same as in straight-line code."""

from __future__ import annotations

import pytest

from cgcli.ops import ARRAY_OPS
from cgcli.ops.entry import ArrayOp
from tests.cg import cg

# Functions of one array that take a number, too, and what they and their derivatives are at 2.
OF_A_NUMBER = [
    *("sum(a)", "mean(a)", "prod(a)", "norm(a)", "max(a)", "min(a)", "a.T", "transpose(a)", "var(a)"),
    *("median(a)", "logsumexp(a)", "flip(a)", "dot(a, a)", 'einsum("->", a)', "size(a)", "argmax(a)"),
    *("kron(a, a)", "softmax(a)", "sum(a, keepdims=1)", "outer(a, a)", "broadcast(a, [])", "reshape(a, [])"),
]

# A program that runs, around a function.
RUNNING = [
    "if a > 0 { y = F*a } else { y = 1 }; y",
    "y = 0; while y < 3 { y += a*a + F }; y",
    "f(a) { return F + a }; f(a)",
    "for i in 0..2 { y = F*a }; y",
]
COMMANDS = [
    *("grad", "grad --mode forward", "grad --engine plain", "grad --engine python", "jacobian", "hessian"),
    *("trace", "graph --grad", "check", "diff"),
]


def number(text: str, function: str) -> float | None:
    """The derivative at 2 by straight-line code, where it has that function of a number."""
    found = cg("grad", text.replace("F", function), "a=2", "--format", "csv")
    return float(found.out.split(",")[-1]) if found.status == 0 else None


@pytest.mark.parametrize("function", OF_A_NUMBER)
@pytest.mark.parametrize(
    ("running", "straight"), [*zip(RUNNING, ("F*a", "a*a + F", "F + a", "F*a"), strict=True)]
)
def test_derivatives_are_those_of_straight_line_code(running: str, straight: str, function: str) -> None:
    wanted = number(straight, function)
    for way in ("grad", "grad --mode forward", "grad --engine plain"):
        found = cg(*way.split(), running.replace("F", function), "a=2", "--format", "csv")
        if wanted is None:
            assert found.status in (1, 2, 3), found
        else:
            assert float(found.out.split(",")[-1]) == pytest.approx(wanted, rel=1e-14), (way, found)


@pytest.mark.parametrize("place", range(len(OF_A_NUMBER)))
def test_every_command_answers(place: int) -> None:
    for turn, command in enumerate(COMMANDS):
        program = RUNNING[(place + turn) % len(RUNNING)].replace("F", OF_A_NUMBER[place])
        if command == "diff":
            program = "input a\n" + program
        found = cg(*command.split(), program, *["a=2"] * (command != "diff"))
        assert found.status in (0, 1, 2, 3), (command, program, found)


@pytest.mark.parametrize("op", ARRAY_OPS, ids=lambda op: op.name)
def test_of_every_operation_of_arrays(op: ArrayOp) -> None:
    """Called with numbers alone: an answer, or an error of the program's."""
    arity = op.arity
    call = f"{op.word}({', '.join(['a'] * (2 if arity is None else arity or 1))})"
    for program in (
        f"if a > 0 {{ y = {call} }} else {{ y = a }}; sum(y)",
        f"f(a) {{ return sum({call}) }}; f(a)",
    ):
        for command in ("grad", "jacobian --mode forward"):
            assert cg(*command.split(), program, "a=2").status in (0, 1, 2, 3), (command, program)


def test_rows_and_screens(tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "a.csv").write_text("a\n1\n2\n")
    found = cg("grad", "y = 0; while y < 3 { y += sum(a) }; y", "--data", str(tmp_path / "a.csv"))
    assert found.out == "f,df/da\n3,3\n4,2\n"
    found = cg("debug", "y = x.T; y", "x=2", stdin="n\nwhy y\nd\n")
    assert "dy/dx = 1" in found.out
    assert found.status == 0
