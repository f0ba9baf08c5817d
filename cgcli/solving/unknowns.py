"""The unknowns of a program: their names, where they begin, and between which bounds they stay."""

from __future__ import annotations

from copy import copy
from math import prod

import numpy as np

from cgcli.annotations import Any, Collection, Iterable, Iterator, Mapping, Sequence
from cgcli.diagnostics import CgError
from cgcli.evaluation.binding import require_known
from cgcli.evaluation.derivatives import jacobian
from cgcli.evaluation.names import unknown_name, wanted_inputs
from cgcli.evaluation.packing import Packing
from cgcli.evaluation.prepared import Prepared
from cgcli.evaluation.rows import places
from cgcli.evaluation.specialised import Point, specialised
from cgcli.graph import Graph
from cgcli.language.program import Program
from cgcli.solving.conditions import LARGER, STRICT, Condition

# How far from a start others are drawn, as a power of 10.
SPREAD = 1.0

# A range between bounds above 0 whose ends are so many times apart, between these, is drawn from by its
# logarithm.
WIDE = 1e2, 1e12


def chosen(
    program: Program, wrt: Sequence[str] | None, stated: Collection[str], held: Collection[str], columns: Any
) -> list[str]:
    """The names of the unknowns: those of `wrt`, or else the inputs that have a value `stated` by an
    expression, but for those that are `held` fixed.

    Raises `CgError` (kind `usage`) where there is none, and for a name that cannot be one."""
    if wrt is None:
        found = [name for name in stated if name in program.inputs and name not in held]
        if not found:
            hint = "give it a start, as in a=1, or name it with --wrt"
            raise CgError("usage", "there is no unknown", hint=hint)
        return found
    found = wanted_inputs(program, wrt)
    for name in found:
        if name in columns:
            raise CgError("usage", f"--wrt: `{name}` is a column, and so no unknown")
        if name in held:
            raise CgError("usage", f"--wrt: `{name}` is held fixed, and so no unknown")
    return found


class Unknowns:
    """Numbers and arrays, as one vector.

    names       in the order of the vector
    start       where they begin: a vector
    low, high   the least and the largest values that are allowed
    """

    def __init__(self, prepared: Prepared, names: Sequence[str]) -> None:
        """Raises `CgError` for one without a value (kind `unbound`), and where there is not one number to
        look for (kind `usage`)."""
        if any(name not in prepared.known for name in names):
            given = {name: 0.0 for name in prepared.program.inputs if name not in names}
            require_known(prepared.program, prepared.known | given)
        starts = {name: prepared.known[name] for name in names}
        self.names = list(names)
        self.packing = Packing({name: getattr(value, "shape", ()) for name, value in starts.items()})
        self.start = self.packing.pack(starts)
        if not self.size:
            raise CgError("usage", f"`{self.names[0]}` has no elements: there is nothing to look for")
        self.low, self.high = np.full(self.size, -np.inf), np.full(self.size, np.inf)
        self._texts: dict[tuple[int, int], str] = {}
        self._of: dict[tuple[int, int], frozenset[str]] = {}
        self._limits: dict[tuple[int, int], tuple[int, int]] = {}  # the node, and the element of it
        self._program: Any = None

    @property
    def size(self) -> int:
        return self.packing.size

    @property
    def is_bounded(self) -> bool:
        return bool(np.isfinite(self.low).any() or np.isfinite(self.high).any())

    def values(self, vector: Any) -> dict[str, Any]:
        """The unknowns by name: floats, and arrays."""
        return self.packing.unpack(vector)

    def parts(self, vectors: Any) -> list[Any]:
        """Rows of vectors, by unknown: with the axes of each behind that of the rows."""
        ends = np.cumsum([0, *(prod(shape) for shape in self.packing.shapes.values())]).tolist()
        return [
            vectors[:, begin:end].reshape(len(vectors), *shape)
            for begin, end, shape in zip(ends, ends[1:], self.packing.shapes.values(), strict=False)
        ]

    def labels(self) -> list[str]:
        """What each element of the vector is called: `a`, `w[0]`, `A[0,1]`."""
        return [name + at for name, shape in self.packing.shapes.items() for at in places(shape)]

    def places(self) -> dict[str, Any]:
        """Where the elements of each stand in the vector: arrays of its shape."""
        numbered = self.packing.unpack(np.arange(self.size))
        return {name: np.asarray(value, int) for name, value in numbered.items()}

    def require_finite(self) -> None:
        """Raise `CgError` (kind `nonfinite`) for a start that is not finite."""
        for name, value in self.values(self.start).items():
            if not np.isfinite(value).all():
                raise CgError("nonfinite", f"`{name}` is not finite at the start")

    def beside(self, more: Mapping[str, Any]) -> Unknowns:
        """These, and after them others that begin as is said and have no bounds."""
        found = copy(self)
        shapes = {name: np.shape(value) for name, value in more.items()}
        found.names = [*self.names, *more]
        found.packing = Packing({**self.packing.shapes, **shapes})
        found.start = np.concatenate([self.start, Packing(shapes).pack(more)])
        free = np.full(len(found.start) - self.size, np.inf)
        found.low, found.high = np.concatenate([self.low, -free]), np.concatenate([self.high, free])
        return found

    # Bounds

    def bound(self, prepared: Prepared, program: Program, found: Iterable[Condition]) -> None:
        """Keep to bounds: conditions on single unknowns, whose other side is fixed; `program` is that of
        `Prepared.partial`. A bound that itself is not allowed is the double next to it.

        Raises `CgError` (kind `usage`) for other conditions, and where they cannot hold."""
        _, values, _ = prepared.partial()
        self._program = program, prepared.known, values
        owners = dict(zip(program.nodes(self.names), self.names, strict=True))
        moving = program.graph.dependents(list(owners))
        for one in found:
            for side, (node, other) in enumerate(((one.left, one.right), (one.right, one.left))):
                places = self.bounded(program.graph, owners, node)
                if places is not None and not moving[other] and values[other] is not None:
                    self._tighten(program, one, side, places, values[other])
                    break
            else:
                raise _no_bound(program, one, self.names, [values[one.left], values[one.right]])
        for place, label in enumerate(self.labels()):
            if self.low[place] > self.high[place]:
                texts = [self._texts[place, side] for side in (0, 1)]
                raise CgError("usage", f"no `{label}` is within --bounds: {texts[0]}, {texts[1]}")

    def bounded(self, graph: Graph, owners: Mapping[int, str], node: int) -> Any:
        """The places in the vector of what a node is: an unknown, or elements of one; else None."""
        if node in owners:
            return self.places()[owners[node]]
        args = graph.args[node]
        if graph.ops[node].name == "index" and len(args) == 1 and args[0] in owners:
            from cgcli.algebras import arrays

            elements = arrays.index(self.places()[owners[args[0]]].astype(float), at=graph.attrs[node]["at"])
            return np.asarray(elements, int)
        return None

    def _tighten(self, program: Program, one: Condition, side: int, places: Any, value: Any) -> None:
        other = set(program.graph.ancestors([one.right if side == 0 else one.left]))
        names = frozenset(name for name, node in program.inputs.items() if node in other)
        larger = LARGER[one.relation] * (1 if side == 0 else -1)
        if not larger or np.isnan(value).any():
            told = "a bound compares by < or >" if not larger else "the bound is nan"
            hint = "to hold an unknown fixed, leave it out of --wrt" if not larger else None
            raise CgError("usage", f"--bounds: {told}", program.source, one.start, one.end, hint)
        limit = np.broadcast_to(np.asarray(value, float), places.shape)
        if one.relation in STRICT:
            limit = np.nextafter(limit, limit + larger * np.inf)
        ends, upper = (self.low, 0) if larger > 0 else (self.high, 1)
        elements = np.broadcast_to(np.arange(np.size(value)).reshape(np.shape(value)), places.shape)
        numbered = zip(
            places.ravel().tolist(), limit.ravel().tolist(), elements.ravel().tolist(), strict=True
        )
        for place, end, element in numbered:
            if (end > ends[place]) if larger > 0 else (end < ends[place]):
                ends[place] = end
                self._limits[place, upper] = one.right if side == 0 else one.left, element
                self._texts[place, upper], self._of[place, upper] = one.text, names

    def require_within(self) -> None:
        """Raise `CgError` (kind `usage`) for a start outside the bounds."""
        for place, label in enumerate(self.labels()):
            for side, broken in ((0, self.start < self.low), (1, self.start > self.high)):
                if broken[place]:
                    text, start = self._texts[place, side], self.start[place]
                    raise CgError("usage", f"`{label}` starts at {start:g}, outside of its bound {text}")

    def clipped(self, vector: Any) -> Any:
        """The nearest vector within the bounds."""
        return np.minimum(np.maximum(vector, self.low), self.high)

    def bound_at(self, vector: Any) -> list[str | None]:
        """For each element, the text of the bound that it is at."""
        found: list[str | None] = []
        for place in range(self.size):
            low, high = vector[place] <= self.low[place], vector[place] >= self.high[place]
            found.append(self._texts.get((place, 0 if low else 1)) if low or high else None)
        return found

    def bound_slopes(self, vector: Any, name: str) -> Any:
        """How the bounds that elements are at move with an input: a row an element, 0 for one that is at
        none. Raises `CgError` where an operation has no answer."""
        found: Any = 0.0
        ends = vector <= self.low, vector >= self.high
        for (place, side), names in self._of.items():
            if name in names and ends[side][place]:
                program, known, values = self._program
                node, element = self._limits[place, side]
                point = Point(specialised(program, known), known, values)
                (block,) = jacobian(point, node, [program.inputs[name]])
                rows = np.reshape(block, (-1, np.size(known[name])))
                if np.ndim(found) == 0:
                    found = np.zeros((self.size, rows.shape[1]))
                found[place] = rows[element]
        return found

    # Starts

    def starts(self, count: int | None, seed: int | None) -> Iterator[Any]:
        """So many vectors to begin with: the start, and others that are drawn between the bounds, or
        where there is one alone, or none, from around the start. Each unknown takes one value of each of as
        many equal parts of its range: M. D. McKay, R. J. Beckman and W. J. Conover, Technometrics 21 (1979)
        239-245. In every second one some change sign."""
        yield self.start
        others = (count or 1) - 1
        if others:  # drawing takes an import of its own
            random = np.random.default_rng(seed or 0)
            strata = np.stack([random.permutation(others) for _ in range(self.size)], axis=1)
            parts = (strata + random.uniform(size=strata.shape)) / others
            for place, (part, turned) in enumerate(zip(parts, random.random(strata.shape) < 0.5)):
                vector = self._drawn(part)
                yield self._turned(vector, turned) if place % 2 else vector

    def _turned(self, vector: Any, which: Any) -> Any:
        """A vector with some of its elements on the other side of 0, those that no bounds enclose."""
        free = ~(np.isfinite(self.low) & np.isfinite(self.high))
        return np.where(which & free & (self.low <= -vector) & (-vector <= self.high), -vector, vector)

    def _drawn(self, part: Any) -> Any:
        """A vector that is so far, from 0 to 1, along each range."""
        factor = 10.0 ** (SPREAD * (2 * part - 1))
        found = np.where(self.start == 0, 2 * (2 * part - 1), self.start * factor)
        for place, (low, high) in enumerate(zip(self.low, self.high, strict=True)):
            if not np.isfinite(low) or not np.isfinite(high):
                continue
            if low > 0 and WIDE[0] * low < high < WIDE[1] * low:
                found[place] = np.exp(np.log(low) + part[place] * (np.log(high) - np.log(low)))
            else:
                found[place] = low + part[place] * (high - low)
        return self.clipped(found)


def _no_bound(program: Program, one: Condition, names: Sequence[str], values: Sequence[Any]) -> CgError:
    """The error for a condition that is no bound."""
    nodes = program.graph.ancestors([one.left, one.right])
    used = [name for name, node in program.inputs.items() if node in nodes]
    if used and not set(used) & set(names):
        return CgError(
            "usage", f"--bounds: `{used[0]}` is not an unknown", program.source, one.start, one.end
        )
    told = "--bounds takes one unknown and a number that is fixed: a > 0"
    return CgError("usage", told, program.source, one.start, one.end)


def require_names(program: Program, option: str, names: Iterable[str]) -> None:
    """Raise `CgError` (kind `usage`) for a name that is no input of the program."""
    for name in names:
        if name not in program.inputs:
            raise unknown_name(program, option, name, "input")
