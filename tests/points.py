"""Programs at a point."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cgcli.evaluation.prepared import Prepared
from cgcli.evaluation.specialised import Point
from cgcli.language.program import Program


def evaluate(program: Program, bindings: Mapping[str, Any]) -> Point:
    """A program with the values of its nodes; raises as `Prepared` and `Prepared.point` do."""
    return Prepared(program, bindings).point()
