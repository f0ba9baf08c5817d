"""The checker of graphs finds what is wrong, and finds nothing wrong after any pass."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cgcli.graph import Graph
from cgcli.ops import OPS
from tests.cg import ROOT
from tests.checker import check
from tests.cli.test_every_command import WRITTEN, array_program, declared, tried, written


def spoilt(spoil: Callable[[Graph, int], object]) -> Graph:
    """A graph of sum(x*2, axis=0), with something done to it; x is node 0."""
    graph = Graph()
    x = graph.input("x")
    y = graph.add(OPS["mul"], (x, graph.constant(2.0)), start=0, end=3)
    spoil(graph, graph.add(OPS["sum"], (y,), {"axis": 0}, 0, 11))
    return graph


FAULTS: dict[str, tuple[Callable[[Graph, int], object], str]] = {
    "nothing": (lambda g, n: None, ""),
    "operand": (lambda g, n: g.args.first.__setitem__(2, 3), r"node 2 \(mul\): its operands are \(3, 1\)"),
    "arity": (lambda g, n: g.add(OPS["sin"], (0, 1)), r"node 4 \(sin\): it has 2 operands"),
    "no operands": (lambda g, n: g.add(OPS["max"]), "it has 0 operands"),
    "constant": (lambda g, n: g.attrs.__setitem__(1, 2), r"node 1 \(constant\): it is 2"),
    "attribute": (lambda g, n: g.attrs.__setitem__(n, {"axes": 0}), r"no attributes \['axes'\]"),
    "its kind": (lambda g, n: g.attrs.__setitem__(n, {"axis": 0.5}), "its axis is 0.5"),
    "missing": (lambda g, n: g.add(OPS["reshape"], (n,)), "it lacks its shape"),
    "of numbers": (lambda g, n: g.add(OPS["sin"], (n,), {"axis": 0}), r"no attributes \['axis'\]"),
    "input": (lambda g, n: g.input("x"), r"node 4 \(input\): the input `x` is node 0, too"),
    "place": (lambda g, n: g.starts.__setitem__(n, 11), "its place is 11 to 11"),
    "end": (lambda g, n: g.ends.__setitem__(n, 12), "its place ends at 12, beyond 11"),
    "name": (lambda g, n: g.names.__setitem__(9, "a"), "nodes have names or"),
    "spelling": (lambda g, n: g.names.__setitem__(n, "a b"), "`a b` is no name"),
    "column": (lambda g, n: g.ends.append(3), "different lengths"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_wrong_is_found(fault: str) -> None:
    spoil, message = FAULTS[fault]
    graph = spoilt(spoil)
    if not message:
        check(graph, [(4,), (), (4,), ()], length=11)
        return
    with pytest.raises(ValueError, match=message):
        check(graph, length=11)


def test_shapes_are_those_of_the_operations() -> None:
    graph = spoilt(lambda g, n: None)
    with pytest.raises(ValueError, match=r"node 3 \(sum\): its shape is \(4,\), and that of its result \(\)"):
        check(graph, [(4,), (), (4,), (4,)])


PROGRAMS = [
    *(written(op, op.arity or 3) for op in WRITTEN),
    *(f"{declared(operands)}sum({text})" for op in OPS for text, operands, _ in array_program(op)),
]


def test_passes_leave_graphs(graphs_are_checked: list[str]) -> None:
    for program in PROGRAMS:
        for command in ("diff", "plan --fast", "export --to latex --grad"):
            tried(command, program)
        if "input" not in program:
            tried("eval", f"diff({program}, x, 2)", *(f"{name}=0.5" for name in "xyw" if name in program))
    for path in sorted((ROOT / "examples").glob("*.cg")):
        tried("plan", "-f", str(path))
    assert {"lowering"} <= set(graphs_are_checked)
