"""Every command on every operation, at its example and at special points, of numbers and of arrays: an
answer, or an error of the program's, said before anything is printed."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cgcli.cli.options import STYLE, TARGETS
from cgcli.graph import Graph
from cgcli.ops import ARRAY_OPS, ELEMENTWISE, OPS, Op
from cgcli.ops.entry import CHOICE
from cgcli.render.infix import expression
from tests.algebras.tensors import CASES
from tests.cg import ROOT, Result, cg

# NumPy would warn on stderr.
pytestmark = pytest.mark.filterwarnings("error")

NAMES = "xyw"

SPECIAL = ["0", "-0", "1", "-1", "2.5", "inf", "-inf", "nan", "5e-324", "-1e308"]
# Where there are more operands: each with each of these, and with itself.
FEW = ["0", "-0", "1", "-1", "inf", "nan"]

# Commands on values, and on programs whose inputs have none.
AT_A_POINT = [
    *("eval", "grad", "grad --mode forward --format json", "hessian --format csv", "jacobian"),
    *("jacobian --mode forward", "trace", "check", "graph --grad"),
]
DRAWN = [f"graph --style {style}{grad}" for style in STYLE.choices for grad in ("", " --grad")]
EXPORTED = [f"export --to {target}" for target in TARGETS]
EXPORTED += [f"{command} --grad" for command in EXPORTED if not command.endswith(("dot", "mermaid"))]
SYMBOLIC = [
    *("diff", "diff --format json", "diff --order 2", "plan", "plan --fast", "plan --style json"),
    *(f"graph --style {style}" for style in STYLE.choices),
    *EXPORTED,
]


def in_turn(place: int, commands: list[str]) -> list[str]:
    """Half of the commands at one point and the others at the next."""
    return commands[place % 2 :: 2]


def tried(command: str, *arguments: str) -> Result:
    """Run a command. An error is one of the program's, and comes before all output, but for a check that
    fails, whose table is the answer."""
    result = cg(*command.split(), *arguments)
    told = f"cg {command} {arguments}\n{result}"
    assert result.status in (0, 1, 2, 3), told
    assert "Traceback" not in result.err, told
    failed = [line for line in result.err.splitlines() if line.startswith(("error: ", '{"error'))]
    assert (len(failed) == 1) == (result.status != 0), told
    assert result.status == 0 or result.out == "" or command == "check", told
    if result.status == 0 and "json" in command:
        for line in [result.out] if "style" in command else result.out.splitlines():
            json.loads(line)
    return result


def written(op: Op, count: int, attributes: dict[str, Any] | None = None) -> str:
    """An operation on x, y, w, as a program has it."""
    graph = Graph()
    operands = tuple(map(graph.input, NAMES[:count]))
    return expression(graph, graph.add(op, operands, attributes or None), {}, CHOICE)


# Those that rules of derivatives write alone come with the derivatives of others.
WRITTEN = [op for op in ELEMENTWISE if op.function or op.symbol]


def points(count: int) -> list[tuple[str, ...]]:
    if count == 1:
        return [(x,) for x in SPECIAL]
    return [*product(FEW, repeat=count)] if count == 2 else [(x,) * count for x in SPECIAL] + [
        ("1", "0", "1"), ("1", "1", "0"), ("0", "1", "1"), ("nan", "1", "2"), ("1", "inf", "-inf"),
        ("inf", "0", "nan"), ("-0", "0", "-0"), ("0", "-0", "0"),
    ]  # fmt: skip


@pytest.mark.parametrize("op", OPS.values(), ids=lambda op: op.name)
def test_the_example(op: Op) -> None:
    text = op.example.partition(" = ")[0]
    for command in AT_A_POINT + DRAWN + SYMBOLIC:
        tried(command, text)


EXAMPLES = sorted((ROOT / "examples").glob("*.cg"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_programs_of_the_folder(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the commands that take all of them, and to every second target."""
    monkeypatch.chdir(ROOT)
    exported = in_turn(EXAMPLES.index(path), EXPORTED)
    for command in ("trace", "graph --grad", "graph --style json --grad", "plan", *exported):
        tried(command, "-f", str(path))


@pytest.mark.parametrize("op", OPS.values(), ids=lambda op: op.name)
def test_what_is_told_of_it(op: Op) -> None:
    for command in ("ops", "ops --format json"):
        assert tried(command, op.symbol or op.word).status == 0


# What has no value at the point, and what lies deeper than one operation.
PROGRAMS = [
    ("if x > 0 then x^2 else -x", "x=2"), ("if x > 0 then [x, 1] else [-x, 2]", "x=2"), ("x^y", "x=0", "y=2"),
    ("elu(x)", "x=1"), ("hypot(x, y)", "x=0", "y=0"), ("sum(x*y)", "x=[0, 0, 0, inf]", "y=[[0], [1], [inf]]"),
    ("diff(sum(cumprod(sinc(relu(x)))), x)", "x=0"), ("sum([])",), ("f(x) = x*abs(x); diff(f(x), x, 3)",),
    ("input x: [n]; mean(log2(x)[0])", "x=[1, 2]"), ("polyerfcx(nan, x)", "x=1"), ("polyerfcx(inf, x)",),
    ("diff(norm(binomial(cbrt(y), x*0.5)), x, 2)", "x=-1", "y=[1, -1]"), ("assert x > 0; x", "x=-1"),
    ("x = nan; y = x; y",), ("input x: [2, 0]; sum(x)", "x=zeros([2, 0])"),
    ("a = 1; a = a + x; b = a", "x=1"), ("pi = x; pi^2", "x=3"), ("assert x > 0", "x=2"), ("",), ("# x",),
    ("grad(2, x) + x", "x=zeros([0, 3])"), ("sum(zeros([3, 0, 2]) + x)", "x=zeros([3, 0, 2])"),
    (f"x + 1{'0' * 400}", "x=1"), ("x^1e300", "x=-1"), ("sum(x^-1e300)", "x=[1, -1, 0.5]"),
    ("input x: [2, 3]; sum(svdvals(2 + x))", "x=[[1e300, 1e300, -0.049], [-0.718, 0.711, 1.354]]"),
]  # fmt: skip


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program[0])
def test_programs(program: tuple[str, ...]) -> None:
    for command in AT_A_POINT + DRAWN + SYMBOLIC:
        tried(command, *program)
        tried(command, program[0])


@pytest.mark.long
@pytest.mark.parametrize("op", WRITTEN, ids=lambda op: op.name)
def test_numbers_at_special_points(op: Op) -> None:
    count = op.arity or 3
    text = written(op, count)
    for point in points(count):
        bound = [f"{name}={value}" for name, value in zip(NAMES, point)]
        for command in AT_A_POINT:
            tried(command, text, *bound)
        for command in ("eval", "trace"):
            tried(command, f"diff({text}, x)", *bound)


@pytest.mark.parametrize("op", WRITTEN, ids=lambda op: op.name)
def test_numbers_without_values_and_with_some(op: Op) -> None:
    count = op.arity or 3
    text = written(op, count)
    for program in (text, f"diff({text}, x)"):
        for command in SYMBOLIC:
            assert tried(command, program).status in (0, 3)
    for place, value in enumerate(("0", "nan")):
        for command in in_turn(place, SYMBOLIC):
            tried(command, text, f"{NAMES[count - 1]}={value}")


@pytest.mark.long
@pytest.mark.parametrize("op", WRITTEN, ids=lambda op: op.name)
def test_elements_at_special_points(op: Op) -> None:
    """All points at once, some of them stretched over an axis."""
    count = op.arity or 3
    text = written(op, count)
    columns = [f"[{', '.join(column)}]" for column in zip(*points(count))]
    stretched = [columns[0], *(f"reshape({column}, [-1, 1])[:3]" for column in columns[1:])]
    for values in (columns, stretched, ["[]"] * count, ["zeros([2, 0])"] * count):
        bound = [f"{name}={value}" for name, value in zip(NAMES, values)]
        for command in AT_A_POINT:
            if command != "check" or values is columns:
                tried(command, f"sum({text})", *bound)
        for command in ("eval", "jacobian", "jacobian --mode forward", "graph --style json"):
            tried(command, text, *bound)
    for shapes in ("input x: [n]; input y: [m, n]", "input x: [3]"):
        for command in SYMBOLIC:
            tried(command, f"{shapes}; sum({text})")


def array_program(name: str) -> list[tuple[str, list[Any]]]:
    """Programs of an operation on x, y, w, and operands that fit, each once."""
    found = {}
    for case in CASES:
        if case.name == name and len(case.operands) <= len(NAMES):
            operands = [np.asarray(operand) for operand in case.operands]
            text = written(OPS[name], len(operands), case.attributes)
            found[text] = text, operands, case.fixed
    return list(found.values())


def declared(operands: list[Any]) -> str:
    return "".join(f"input {name}: {list(x.shape)}; " for name, x in zip(NAMES, operands))


def filled(operand: Any) -> list[Any]:
    """Special arrays of a shape: all elements equal, one of them not finite."""
    last = operand.copy()
    last.flat[-1:] = np.nan
    return [np.full(operand.shape, value) for value in (0.0, 1.0, 1e308, 5e-324, -np.inf)] + [last, operand]


def bindings(operands: list[Any]) -> list[str]:
    """Arrays as the command line has them."""
    return [
        f"{name}=reshape({x.ravel().tolist()}, {list(x.shape)})" if x.size == 0 or x.ndim == 0
        else f"{name}={x.tolist()}" for name, x in zip(NAMES, operands)
    ]  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("op", ARRAY_OPS, ids=lambda op: op.name)
def test_arrays_at_special_points(op: Op) -> None:
    programs = array_program(op.name)
    assert programs
    for text, operands, fixed in programs:
        filling = zip(*([x] * 7 if place in fixed else filled(x) for place, x in enumerate(operands)))
        for values in filling:
            bound = bindings(list(values))
            for command in AT_A_POINT:
                if command != "check" or values[-1] is operands[-1]:
                    tried(command, f"sum({text})", *bound)
            tried("jacobian", text, *bound)
            if operands and 0 not in fixed:
                tried("trace", f"sum(grad(sum({text}), x)^2)", *bound)


@pytest.mark.parametrize("op", ARRAY_OPS, ids=lambda op: op.name)
def test_arrays_without_values(op: Op) -> None:
    for place, (text, operands, _) in enumerate(array_program(op.name)):
        for command in in_turn(place, SYMBOLIC):
            tried(command, f"{declared(operands)}sum({text})")
        tried("plan", declared(operands) + text)
