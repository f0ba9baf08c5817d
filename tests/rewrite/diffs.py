"""What the tests of `cg diff` share."""

from __future__ import annotations

import math
from typing import Any

import cgcli
from cgcli.evaluation.static import static_graph
from cgcli.render.infix import program_text
from cgcli.rewrite.differentiate import REPEATED, differentiate, readable
from cgcli.rewrite.static import Static

inf, nan = math.inf, math.nan


def derived(text: str, wrt: list[str] | None = None, order: int = 1, **known: Any) -> tuple[Static, Any]:
    """What `cg diff` prints, as a graph, and the program that it is the derivative of."""
    program = cgcli.parse(text, tuple(known))
    names = [name for name in program.inputs if name not in known] if wrt is None else wrt
    static = static_graph(program, known).keep(names)
    return differentiate(readable(static, known), names, order), program


def diff(text: str, wrt: list[str] | None = None, order: int = 1, **known: Any) -> str:
    """What `cg diff` prints."""
    found, program = derived(text, wrt, order, **known)
    return program_text(found.graph, found.outputs, program.shapes, REPEATED)
