"""A program prepared once, to be asked at many points."""

from __future__ import annotations

from math import inf
from time import monotonic

from cgcli.annotations import Any, Callable, Collection, Mapping, Sequence
from cgcli.control.limits import Limits
from cgcli.diagnostics import CgError, Diagnostic
from cgcli.evaluation.binding import refuse_functions, require_known
from cgcli.evaluation.specialised import Point, Specialised, specialised, unknown
from cgcli.language.program import Program
from cgcli.later import np
from cgcli.ops.constants import Written

# The answers of a program that runs (`running.Answers`), and by output the derivatives by names.
Gradients = tuple[Any, list[dict[str, Any]]]

# Exact rules save more than they cost where values have so many elements together.
LARGE = 10_000

# Runs of so few operations are recorded beside their values.
SHORT = 1_000

# For so many choices of shapes what was found is remembered.
KEPT = 32


class Prepared:
    """A program, and what is known of its inputs from the start.

    program     as it was read
    bound       values from outside, of the inputs alone
    known       these, and those of defaults, which are evaluated once
    written     the numbers among them that remember what was written, for kinds of number that hold it
    warnings    of the program's numbers, and of defaults that are not finite
    fast        whether to rewrite by rules that are equal up to rounding, too
    watched     whether points have a warning of values that are not finite
    paths       of one of the paths of a program that runs: where there are the others (`evaluation.paths`)
    """

    paths: Any = None

    def __init__(
        self,
        program: Program,
        bound: Mapping[str, Any],
        fast: bool = False,
        watched: bool = False,
        columns: Collection[str] = (),
    ) -> None:
        """`columns` are names that rows will have values of. Raises `CgError` (kind `unbound`) for a function
        in the place of a value."""
        self.program, self.fast, self.watched = program, fast, watched
        self.limits: Limits | None = None  # of a program that runs, and where it prints to
        self.stream: Any = None
        self.engine = "auto"
        self.copies = False
        self.watch: Callable[..., None] | None = None  # of the statements that it runs
        self._next: Point | None = None
        self.warnings = list(program.warnings)
        self.known = {name: bound[name] for name in program.inputs if name in bound}
        for name, default in program.defaults.items():
            if name not in bound:
                self.known[name], warning = closed_value(default)
                if warning is not None:
                    self.warnings.append(warning)
        self.written = {name: value for name, value in self.known.items() if value.__class__ is Written}
        self.known |= {name: float(value) for name, value in self.written.items()}
        program.nested = {name for name, value in self.known.items() if hasattr(value, "refusal")}
        for name in program.nested:
            if program.tree is None:
                raise self.known[name].refusal
        self.bound = {name: value for name, value in self.known.items() if name in bound}
        if len(self.known) < len(program.inputs):
            refuse_functions(program, {*self.known, *columns})
        self._shaped: dict[Any, Specialised] = {}

    def default_shapes(self) -> dict[str, Any]:
        """The shapes of inputs that have arrays as defaults, and no value from outside."""
        left = {name: value for name, value in self.known.items() if name not in self.bound}
        return {name: shape for name, value in left.items() if (shape := getattr(value, "shape", ()))}

    def point(self, inputs: Mapping[str, Any] | None = None, rewrite: bool = False) -> Point:
        """The program at a point: where the inputs that are not known, or all, have these values.

        With `rewrite`, the graph is rewritten by exact rules where values are large, and as `fast` says.
        Raises `CgError` for an unbound input, shapes that do not match, what an operation cannot
        do, and a failed assertion."""
        if self.paths is not None:
            found: Point = self.paths.origin.point(inputs, rewrite)
            return found
        values = {**self.known, **inputs} if inputs else self.known
        if len(values) < len(self.program.inputs):
            require_known(self.program, values)
        if self.program.tree is not None:
            point, self._next = self._next, None
            return self._recorded(values, self.stream) if point is None or inputs else point
        of = self._for(values, rewrite)
        point = Point(of, values, of.values(values))
        if of.program.curved:
            from cgcli.evaluation.curved import settle_corners

            point.corners = settle_corners(point, of.program.curved)
        if of.program.firsts and not point.look():
            from cgcli.evaluation.curved import settle_limits

            settle_limits(point, of.program.firsts)
        of.require_symmetric(point.values)
        for assertion in of.program.assertions:
            if not of.algebra.holds(point.values[assertion.node]):
                from cgcli.evaluation.warnings import assertion_error

                raise assertion_error(point, assertion)
        return point if point.look() else self._warned(point)

    def at_row(self, cells: Mapping[str, Any], columns: Mapping[str, Any], row: int) -> Point:
        """The program at the values of one row of columns, whose cells have these shapes; a column that
        nothing needs has not been read, and is nan. Raises as `point`."""
        inputs = {
            name: columns[name][row] if name in columns else np.full(shape, np.nan)
            for name, shape in cells.items()
        }
        return self.point({name: x if np.ndim(x) else float(x) for name, x in inputs.items()})

    def _warned(self, point: Point) -> Point:
        """A point with a value that is not finite, and with the warning of it where that is wanted."""
        if self.watched:
            from cgcli.evaluation.warnings import nonfinite_value

            point.warning = nonfinite_value(point)
            if point.warning is None and point.program.firsts:
                from cgcli.evaluation.curved import zeroed_inside

                point.warning = zeroed_inside(point)
        return point

    def _recorded(self, values: Mapping[str, Any], stream: Any, room: float = inf) -> Point:
        """The point of a program that runs: what it ran there."""
        from cgcli.evaluation.running import recorded

        limits = self.allowed.for_recording()
        point = recorded(self.program, values, limits, stream, self.copies, room, self.watch)
        point.of.require_symmetric(point.values)
        return point if point.look() else self._warned(point)

    @property
    def allowed(self) -> Limits:
        """When a program that runs is stopped."""
        return self.limits or Limits()

    def is_long(self) -> bool:
        """Whether this is a program that runs for long (`evaluation.recording`). Raises `CgError` for an
        unbound input."""
        if self.program.tree is None:
            return False
        from cgcli.evaluation.recording import is_long

        require_known(self.program, self.known)
        return is_long(self.program, self.known)

    def long_gradients(self, wrt: Sequence[str], arrays: bool = False) -> Gradients | None:
        """The answers of a program that runs for long, and their derivatives by some names; None for any
        other, and where an answer is no number; with `arrays`, and no array either. Raises as `point`."""
        program = self.program
        if program.tree is None or not program.inputs.keys() >= set(wrt):
            return None
        is_of_arrays = any(value.__class__ is not float for value in self.known.values())
        if self.engine != "kernel" and (is_of_arrays or program.tree.has_parts()):
            require_known(program, self.known)
            return self._large_gradients(wrt, arrays)  # without a look at how long it is
        if not self.is_long():
            return self._large_gradients(wrt, arrays)
        reason = ""
        soon = self._soon(wrt) if self.engine == "auto" else None
        if soon is not None:
            return soon
        if self.engine not in ("plain", "python"):
            from cgcli.evaluation.fast_gradients import fast_gradients

            fast = fast_gradients(program, self.known, wrt, self.allowed)
            if not isinstance(fast, str):
                return fast
            reason = fast if self.engine == "kernel" else ""
        from cgcli.evaluation.recording import recorded_gradients

        found = recorded_gradients(program, self.known, wrt, self.allowed, self.stream, self.engine)
        if found is None:
            found = self._large_gradients(wrt, arrays)
        if found is not None:
            found[0].reason = reason
        return found

    def _soon(self, wrt: Sequence[str]) -> Gradients | None:
        """The same where the program ends before machine code would have been made."""
        from cgcli.control.tree import Print
        from cgcli.evaluation.compiled import LATE
        from cgcli.evaluation.recording import recorded_gradients

        if self.program.tree is None or self.program.tree.has(Print):
            return None
        limits = Limits(min(LATE / 2, self.allowed.operations), self.allowed.seconds)
        try:
            return recorded_gradients(self.program, self.known, wrt, limits)
        except CgError:
            return None  # there is more to say of it, or it takes longer

    def _large_gradients(self, wrt: Sequence[str], arrays: bool) -> Gradients | None:
        """The same for a program whose record takes much memory; of another one, what was recorded is the
        next point."""
        from cgcli.control.tape import Full
        from cgcli.evaluation.running import Once
        from cgcli.evaluation.segments import room, segmented_gradients

        program, limits = self.program, self.allowed
        if program.derives:
            return None
        stream, begun = None if self.stream is None else Once(self.stream), monotonic()
        # gradients of short runs of numbers are summed in the order of those of long ones
        self.copies = all(value.__class__ is float for value in self.known.values())
        try:
            self._next = self._recorded(self.known, stream, room(program))
            return None
        except Full:
            pass  # and what was recorded is let go
        if stream is not None:
            stream.again()
        left = limits.for_recording().later(monotonic() - begun)
        return segmented_gradients(program, self.known, wrt, left, stream, arrays=arrays)

    def static(self, shapes: Mapping[str, Any]) -> Prepared:
        """The same, where a program that runs is unrolled for inputs that have these shapes and no value yet.
        Raises `CgError` (kind `dynamic`) where what it does depends on them."""
        if self.program.tree is None:
            return self
        from cgcli.evaluation.running import unrolled

        known = {name: value for name, value in self.known.items() if name not in shapes}
        return self.over(unrolled(self.program, known, shapes, self.limits))

    def over(self, program: Program) -> Prepared:
        """The same of another program with the same inputs."""
        found = Prepared(program, {}, self.fast, self.watched)
        found.known, found.bound = dict(self.known), dict(self.bound)
        found.written, found.warnings = self.written, self.warnings
        return found

    def evaluated(self) -> Any:
        """The answers of a program that runs, without a record of it. Raises as `point`."""
        from cgcli.evaluation.running import evaluated

        require_known(self.program, self.known)
        return evaluated(self.program, self.known, self.limits, self.stream, self.engine)

    def short_run(self, spent: float) -> Point | None:
        """The point of a program that runs and took so many operations, where these are few."""
        if spent > SHORT:
            return None
        from cgcli.evaluation.running import recorded

        try:
            return recorded(self.program, self.known, Limits(2.0 * SHORT))
        except CgError:
            return None  # of its values alone there was nothing to say

    def _for(self, values: Mapping[str, Any], rewrite: bool) -> Specialised:
        """The program for inputs of these shapes, which is made once."""
        shapes = tuple([getattr(values[name], "shape", ()) for name in self.program.inputs])
        found = self._shaped.get((rewrite, shapes))
        if found is None:
            found = specialised(self.program, values)
            large = sum([getattr(value, "size", 1) for value in values.values()]) >= LARGE
            if rewrite and (self.fast or large) and not found.program.curved:
                from cgcli.evaluation.static import rewritten

                found = rewritten(found, self.fast)
            if len(self._shaped) >= KEPT:
                self._shaped.clear()
            self._shaped[rewrite, shapes] = found
        return found

    def partial(self) -> tuple[Program, list[Any], list[Any]]:
        """The program, the values of the nodes that depend only on inputs which have one, and the shapes
        of those for which it can be told; None for the rest."""
        program = self.program
        if program.tree is not None:
            from cgcli.evaluation.running import unrolled

            program = unrolled(program, self.known, limits=self.limits, watch=self.watch)
        of = specialised(program, self.known)
        absent = unknown(of, self.known)
        rest = [node for node, missing in enumerate(absent) if not missing]
        values = of.values(self.known, rest)
        shapes = of.shapes() if program.uses_arrays else [None] * len(of.graph)
        return of.program, [None if missing else value for value, missing in zip(values, absent)], shapes


def closed_value(value: float | Program) -> tuple[Any, Diagnostic | None]:
    """The value of an expression without inputs (`lowering.closed`), and what to warn of."""
    if isinstance(value, Program):
        if value.tree is not None:
            from cgcli.evaluation.running import unrolled

            value = unrolled(value, {})
        of = specialised(value, {})
        values = of.values({})
        of.require_symmetric(values)
        found = values[of.program.outputs[0].node]
        if all(map(of.algebra.finite, values)):
            return found, None
        from cgcli.evaluation.warnings import nonfinite_value

        return found, nonfinite_value(Point(of, {}, values))
    return value, None
