"""A program with maxima and minima in the place of choices: max(x, -x) for `if x > 0 then x else -x`."""

from __future__ import annotations

from cgcli.annotations import Any, Mapping
from cgcli.evaluation.specialised import Specialised
from cgcli.solving.conditions import Condition
from cgcli.solving.replaced import Replaced


class Maxima:
    """The program, as `epigraph.Epigraph` is one, without further unknowns."""

    def __init__(self, of: Specialised, known: Mapping[int, tuple[Any, Any]]) -> None:
        """`known` says which elements of a choice are the greater, and which the lesser."""
        self.starts: dict[str, Any] = {}
        self.known: dict[str, Any] = {}
        self.conditions: list[Condition] = []
        self._sides, self._graph = known, of.graph
        self._copy = Replaced(of)
        self._copy.by(known, self._replaced)
        self.of = self._copy.of

    def _replaced(self, node: int, own: int) -> int:
        xp: Any = self._copy.symbols
        first, second = (xp.value(self._copy.place[one]) for one in self._graph.args[node][1:])
        whole = xp.value(own)
        for side, other, which in zip(("up", "down"), (xp.max, xp.min), self._sides[node], strict=True):
            if not which.any():
                continue
            chosen = other(first, second)
            copy = self._copy.graph
            copy.starts[chosen.node], copy.ends[chosen.node] = (
                self._graph.starts[node],
                self._graph.ends[node],
            )
            if not which.all():
                name = f"{node}:{side}"  # no name of a program
                self.known[name] = which.astype(float)
                chosen = xp.where(self._copy.input(name, self.known[name]), chosen, whole)
            whole = chosen
        return int(xp.node(whole))
