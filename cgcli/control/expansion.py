"""Derivatives inside a program that is recorded: what they are made of is appended, with the values."""

from __future__ import annotations

from cgcli.algebras.base import kind
from cgcli.algebras.numbers import floats
from cgcli.annotations import Any
from cgcli.ops import CONSTANT, OPS
from cgcli.shapes import Shape


def derivative(tape: Any, op: Any, f: Any, x: Any, attributes: dict[str, Any]) -> int:
    """The node of a derivative (`ops.differentiation`) on a tape (`control.tape`)."""
    from cgcli.passes.expand import Derivatives

    first = len(tape.graph)
    shapes = tape.shapes()
    if tape.expansion is None:
        tape.expansion = Derivatives(tape.graph, shapes)
    found: int = tape.expansion.derivative(op.name, f, x, **attributes)
    _fill(tape, first)
    tape.made += bytes(first - len(tape.made)) + b"\1" * (len(tape.graph) - first)
    # a node of its own, by which nothing else that has its value varies
    if found < first:
        found = tape.apply(OPS["mul"], [found, tape.constant(1.0)], {})
    return found


def _fill(tape: Any, first: int) -> None:
    """The values of nodes that were appended without; one of sizes with names has none yet."""
    graph, values, shapes = tape.graph, tape.values, tape.shapes()
    for node in range(first, len(graph)):
        op, operands = graph.ops[node], graph.args[node]
        graph.starts[node], graph.ends[node] = tape.place
        given = [values[one] for one in operands]
        if op is CONSTANT:
            values.append(float(graph.attrs[node]))
        elif any(one is None for one in given) or _is_named(shapes[node]):
            values.append(None)
        else:
            are_numbers = op.partials is not None and not any(one.__class__ is not float for one in given)
            algebra = floats if are_numbers else kind("arrays")
            with algebra.quiet():
                values.append(getattr(algebra, op.name)(*given, **(graph.attrs.get(node) or {})))


def _is_named(shape: Shape | None) -> bool:
    """Whether sizes have names, whose numbers come with the data."""
    return shape is not None and any(size.__class__ is not int for size in shape)
