"""What the tests of rewriting share."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import cgcli
from cgcli.algebras import arrays
from cgcli.algebras.numbers import floats
from cgcli.ops import ALGEBRA_OPS
from cgcli.passes.forward import forward
from cgcli.passes.shapes import infer
from cgcli.rewrite.forms import unguarded
from cgcli.rewrite.rewriter import Rewriter
from cgcli.rewrite.rules import ASSUMING, EXACT, ROUNDING, Rule
from cgcli.rewrite.static import Static

inf, nan = math.inf, math.nan
ALL = {EXACT, ROUNDING, ASSUMING}

SPECIALS = [
    0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 1.5, 2.5, -2.5, 3.0, -3.7, 0.1, math.pi, -math.e, 1e-3, 20.25,
    700.0, -700.0, 746.0, -746.0, 5e-324, -5e-324, 1.1e-310, -1.1e-310, 2.2250738585072014e-308, 1e-160,
    1e-20, -1e-20, 1e20, -1e20, 1e155, -1e155, 1e300, -1e300, 1.7976931348623157e308, 4503599627370495.5,
    -1.7976931348623157e308, inf, -inf, nan,
]  # fmt: skip


def collector(static: Static, known: dict[str, Any] | None = None) -> Rewriter:
    """The pass that makes formulas readable."""
    return Rewriter(static, ALL, known, collects=True)


def shape_of(letter: str, rule: Rule) -> tuple[int, ...]:
    """A and B are matrices, v and b vectors; x is one where a matrix is multiplied by it."""
    by_matrix = rule.before.startswith("A @")
    if letter in "AB":
        return (2, 2)
    return (2,) if letter in "vb" or (by_matrix and letter == "x") else ()


def side(rule: Rule, text: str) -> Static:
    program = cgcli.parse(text)
    graph = program.graph
    if rule is unguarded:  # which no text has
        graph.ops = [ALGEBRA_OPS["guard"] if op.name == "where" else op for op in graph.ops]
    shapes = infer(graph, {name: shape_of(name, rule) for name in program.inputs})
    return Static(graph, [(None, program.outputs[0].node)], shapes)


def value(static: Static, inputs: dict[str, Any], algebra: Any = floats) -> Any:
    node = static.outputs[0][1]
    with arrays.quiet():
        return forward(static.graph, algebra, inputs, static.schedule())[node]


def bits(x: Any) -> list[str]:
    """To compare with: nan is nan, and the sign of 0 counts."""
    return ["nan" if one != one else float(one).hex() for one in np.ravel(x)]


def named(rule: Rule) -> str:
    return f"{rule.name}: {rule.before}"
