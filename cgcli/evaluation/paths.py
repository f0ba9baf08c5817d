"""The paths of a program that runs: each an ordinary program, for all inputs that decide alike on its way."""

from __future__ import annotations

from cgcli.annotations import Any, Callable, Mapping
from cgcli.control.steps import Limits
from cgcli.diagnostics import CgError
from cgcli.evaluation.prepared import Prepared
from cgcli.evaluation.running import path_at
from cgcli.language.program import Program

# So many points may run for too long, which take their time.
PATIENCE = 5

# Operations of a path, which stay in memory as nodes, if nothing else is said.
MOST = 5e5


class Guard:
    """A node that decides about a path, and what it has to be.

    holds       whether only that counts: if it is 0, or not
    """

    __slots__ = ("holds", "node", "value")

    def __init__(self, node: int, value: Any, holds: bool) -> None:
        self.node, self.value, self.holds = node, value, holds

    def met(self, value: Any) -> Any:
        """Whether a value decides so; of numbers of rows, for each."""
        return (value != 0) == self.value if self.holds else value == self.value


class Path:
    """One way through the program.

    prepared    the program as it is on this way
    guards      what has to be for it to be taken, in the order in which that was asked
    """

    def __init__(self, prepared: Prepared, guards: list[Guard]) -> None:
        self.prepared, self.guards = prepared, guards


class Paths:
    """All of them.

    origin      the program that runs
    changes     what is done to the program of each path, once it is known
    """

    def __init__(self, origin: Prepared) -> None:
        self.origin = origin
        self.changes: list[Callable[[Program], None]] = []
        self._stopped = 0

    def at(self, values: Mapping[str, Any]) -> Path:
        """The path that is taken where inputs have these values, and the others those that are known.
        Assertions are not asked. Raises as `Prepared.point`."""
        origin = self.origin
        limits = Limits(MOST) if origin.limits is None else origin.limits
        try:
            program, decided = path_at(origin.program, {**origin.known, **values}, limits)
        except CgError as error:
            self._stopped += error.diagnostic.kind == "stopped"
            raise
        for change in self.changes:
            change(program)
        prepared = origin.over(program)
        prepared.paths = self
        varying = program.graph.dependents(list(program.inputs.values()))
        guards = {(node, holds): Guard(node, value, holds) for node, value, holds in decided if varying[node]}
        return Path(prepared, list(guards.values()))

    def ends(self, error: CgError) -> bool:
        """Whether an error ends more than one run: no other point is to be tried then."""
        kind = error.diagnostic.kind
        return kind == "interrupted" or (kind == "stopped" and self._stopped > PATIENCE)
