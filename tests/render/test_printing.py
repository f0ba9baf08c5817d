"""A graph printed as a program reads back as the same graph."""

from __future__ import annotations

from hypothesis import given, settings

import cgcli
from cgcli.graph import Graph
from cgcli.render.infix import program_text
from tests.programs import programs


def nodes_by_kind(graph: Graph, outputs: list[int]) -> list[str]:
    return sorted(graph.ops[node].name for node in graph.ancestors(outputs))


@given(programs())
@settings(max_examples=1000, deadline=None)
def test_printing_and_reading_back_gives_the_same_graph(text: str) -> None:
    first = cgcli.parse(text)
    outputs = [(output.name, output.node) for output in first.outputs]
    printed = program_text(first.graph, outputs)
    again = cgcli.parse(printed)
    ours, theirs = [o.node for o in first.outputs], [o.node for o in again.outputs]
    assert nodes_by_kind(first.graph, ours) == nodes_by_kind(again.graph, theirs)
    second = program_text(again.graph, [(o.name, o.node) for o in again.outputs])
    third = program_text((once := cgcli.parse(second)).graph, [(o.name, o.node) for o in once.outputs])
    assert second == third
    assert unfolded(first.graph, ours) == unfolded(again.graph, theirs)


def unfolded(graph: Graph, outputs: list[int]) -> list[int]:
    """Each output as a hash of its whole expression, independent of names and order."""
    hashes: dict[int, int] = {}
    for node in graph.ancestors(outputs):
        operands = tuple(hashes[arg] for arg in graph.args[node])
        hashes[node] = hash((graph.ops[node].name, repr(graph.attrs.get(node)), operands))
    return [hashes[node] for node in outputs]


def test_precedence_needs_no_more_brackets_than_a_person_writes() -> None:
    for text in (
        "a + b*c", "(a + b)*c", "a - (b - c)", "a - b - c", "a/(b*c)", "a/b*c", "-a^2", "(-a)^2",
        "a^b^c", "(a^b)^c", "a^-b", "2*a^2*b", "not a and b or c", "not (a and b)", "(a + b)!", "a!^2",
        "a < b", "(a < b)*c", "sin(a + b)", "-(a + b)", "a - -b", "a*-b", "a%b//c", "where(a, b, c)",
        "min(a, b, c)", "(a < b) < c", "-a!", "a^b!", "(a!)!", "sin(a)!",
    ):  # fmt: skip
        program = cgcli.parse(text)
        assert program_text(program.graph, [(None, program.outputs[0].node)]) == text


def test_text_grows_with_the_graph_not_with_the_tree() -> None:
    lines = ["y0 = x"] + [f"y{i} = sin(y{i - 1})*cos(y{i - 1})" for i in range(1, 200)]
    program = cgcli.parse("\n".join(lines))
    text = program_text(program.graph, [(o.name, o.node) for o in program.outputs])
    assert len(text) < 8000


def test_a_deep_expression_prints_without_recursion() -> None:
    text = "sin(" * 20_000 + "x" + ")" * 20_000
    program = cgcli.parse(text)
    assert program_text(program.graph, [(None, program.outputs[0].node)]) == text
