"""A program that is run statement by statement, forward and back: what its names hold, and, from a record of
the same run, what that came from."""

from __future__ import annotations

from math import inf

from cgcli.algebras.base import kind
from cgcli.annotations import Any, Callable, Iterator
from cgcli.control.code import STEP
from cgcli.control.history import NEVER, History
from cgcli.control.machine import Machine, Unset
from cgcli.control.steps import Run
from cgcli.control.structures import Record as Fields
from cgcli.control.tape import Tape
from cgcli.control.values import Values
from cgcli.diagnostics import CgError, Diagnostic, suggestion
from cgcli.errors import OperationError
from cgcli.evaluation.binding import actual_shapes, require_known
from cgcli.evaluation.ends import ENDS, as_error, over, plain_value
from cgcli.evaluation.expression import Expression, names_of
from cgcli.evaluation.prepared import Prepared
from cgcli.evaluation.run_log import Record, taped
from cgcli.evaluation.running import Algebra, Printer, given_slots, warning_of
from cgcli.evaluation.specialised import FLOATS, Point, Specialised, algebra_of
from cgcli.language.block import Output
from cgcli.language.program import Program


class Stepping:
    """A program at one of its steps.

    history     of the run, over plain values; of a program that differentiates, over a tape
    bad         the step at which the first value arose that is not finite, as far as is known, and `warning`,
                what there is to say of it
    """

    def __init__(self, prepared: Prepared) -> None:
        """Stand before the first statement. Raises `CgError` for an input without a value, or of another
        shape than is declared."""
        program, self.known = prepared.program, prepared.known
        require_known(program, self.known)
        if program.shapes:
            plain = {name: value for name, value in self.known.items() if name not in program.nested}
            actual_shapes(program, plain, kind("arrays"))
        self.program, self._limits, self._printed = program, prepared.allowed.for_recording(), 0
        self._limits.early = False  # what comes before the limit can be looked at
        self.bad: int | None = None
        self.warning: Diagnostic | None = None
        self._record: Record | None = None
        self._tape: Tape | None = None
        machine: Machine
        if program.derives:
            machine, slots = taped(program, self.known)
            self._tape = machine
        else:
            machine = self._values = Values(self._watch)
            slots = given_slots(program, self.known, machine)
        assert program.tree is not None
        self._printer = Printer(program, machine, prepared.stream)
        self.run = Run(program.tree, machine, slots, self._limits, self._print, stepping=True)
        self.run.begin(inf)  # to the first statement, whatever the limits are
        self.history = History(self.run)

    def _print(self, part: Any, handles: list[Any]) -> None:
        """What is run again does not print again."""
        if self.history.step > self._printed:
            self._printed = self.history.step
            self._printer(part, handles)

    def _watch(self, block: Any, values: list[Any]) -> None:
        self.bad, self.warning = self.history.step, warning_of(self.program, block.graph, values)
        self._values.watch = None  # of the first alone

    @property
    def step(self) -> int:
        return self.history.step

    @property
    def has_ended(self) -> bool:
        return self.history.has_ended

    def forward(self, until: Callable[[], bool] | None = None, target: int = NEVER) -> None:
        """As `History.forward`. Raises as `_attempt`."""
        self.settle()
        self.run.begin()
        self._attempt(lambda: self.history.forward(target, until))

    def _attempt(self, moves: Callable[[], Any]) -> Any:
        """What runs the program; where it cannot go on, it stands before that statement, or at the start
        where there is no memory to go there again. Raises `CgError`, and KeyboardInterrupt."""
        error: BaseException | None = None
        try:
            return moves()
        except ENDS as end:
            is_interrupted = isinstance(end.__context__, KeyboardInterrupt)
            error = KeyboardInterrupt() if is_interrupted else as_error(self.program, self.run, end)
        finally:  # nothing holds what has been ended any more
            self.settle()
        raise error

    def settle(self) -> None:
        """Stand at the step that it was at, where something has ended a run; that may take its time."""
        self.run.begin(inf)
        try:
            self.history.go(self.step)
        except ENDS:
            self.history.go(1)
        for frame in self.run.frames[-1:]:
            frame.own.clear()  # what is shown is not changed in place afterwards

    def go(self, step: int) -> None:
        """Stand before a step, or at the end. Raises as `forward`."""
        if step < self.step:
            self._attempt(lambda: self.history.go(step))
        self.forward(target=step)

    def before(self) -> int:
        """The last step before this one that is no deeper; it then stands at another. Raises as `forward`."""
        found: int = self._attempt(lambda: self.history.before(self.history.depth))
        return found

    def value(self, handle: Any) -> Any:
        return plain_value(self.run.machine, handle)

    def evaluate(self, text: str, place: str) -> Any:
        """The value of an expression here: a float, an array, or a structure. Raises `CgError`."""
        expression = Expression(self.program, text, place, self.slots())
        run, machine = self.run, Values() if self._tape is None else self.run.machine
        if expression.derives:
            record = self.record()
            run, machine = record.run, record.tape
        try:
            return plain_value(machine, expression.handle(run, machine, self._limits))
        except Unset as unset:
            raise expression.unset(unset) from None

    def condition(self, text: str, place: str) -> Callable[[], bool]:
        """Whether an expression is true, wherever it is asked for. Raises `CgError`, then too."""
        expression = Expression(self.program, text, place)
        if expression.derives:
            told = "a condition here cannot differentiate: `print` can"
            raise CgError("usage", told)
        machine = Values() if self._tape is None else self.run.machine
        return lambda: expression.holds(self.run, machine)

    def slots(self) -> dict[str, Any]:
        """What can be read here: the names of the program, and those of the call that is running."""
        both = {**self.run.frames[0].slots, **self.run.frame.slots}
        return {name: value for name, value in both.items() if name[0] != "%"}

    def find_bad(self) -> bool:
        """Go to the statement at which the first value arose that is not finite, or stay. Raises
        `CgError`."""
        start = self.step
        if self.bad is None:
            until: Any = lambda: self.bad is not None
            if self._tape is not None:
                self.history.go(1)
                until = self._looked()
            try:
                self.forward(until)
            finally:
                if self.bad is None:
                    self.history.go(start)
        if self.bad is not None:
            self.history.go(self.bad)
        self.settle()
        return self.bad is not None

    def not_finite(self) -> list[str]:
        """The inputs that are nan or infinite, or have such elements."""
        plain = (name for name in self.known if name not in self.program.nested)
        return [name for name in plain if not Algebra.finite(self.known[name])]

    def _looked(self) -> Callable[[], bool]:
        """Of a run over a tape: look at what has been recorded since the last time."""
        tape: Any = self._tape
        graph, values, first = tape.graph, tape.values, len(tape.values)
        algebra: Any = kind("arrays")

        def until() -> bool:
            nonlocal first
            for node in range(first, len(values)):
                args = graph.args[node]
                if args and not algebra.finite(values[node]) and all(algebra.finite(values[a]) for a in args):
                    self.bad, self.warning = self.step - 1, self._tape_warning()
                    return True
            first = len(values)
            return False

        return until

    def _tape_warning(self) -> Diagnostic | None:
        from cgcli.evaluation.warnings import nonfinite_value

        tape: Any = self._tape
        found, _ = self._program({}, tape)
        return nonfinite_value(Point(Specialised(found, tape.graph, kind("arrays"), {}), {}, tape.values))

    # What the values came from

    def record(self) -> Record:
        """The run up to here, recorded. Raises `CgError`, and KeyboardInterrupt."""
        found = self._record
        if found is None or found.step > self.step:
            found = Record(self.program, self.known, self._limits)
        self._record = None  # unless nothing ends it early
        try:
            found.go(self.step)
        except ENDS as end:
            if isinstance(end.__context__, KeyboardInterrupt):
                raise KeyboardInterrupt from None
            raise as_error(self.program, found.run, end) from None
        self._record = found
        return found

    def origin(self, names: list[str]) -> Point:
        """What has run up to here; its outputs are names, or without any, what was set last. Raises
        `CgError`."""
        record = self.record()
        if not names and record.last is None:
            if len(record.run.frames) > 1:
                raise CgError("usage", "this call has set nothing yet", hint="as in: grad NAME")
            raise CgError("usage", "nothing has been set yet", hint="`next` runs a statement")
        slots = {label: slot for slot, label in record.labels.items()}
        wanted = [(slots.get(name, name), name) for name in names] if names else [record.last or ("", "")]
        return self._point(record, wanted)

    def ends(self) -> Point:
        """The same, of the names of the call that is running which nothing else was made of."""
        record = self.record()
        slots, used = record.run.frame.slots, {node for args in record.tape.graph.args for node in args}
        found: dict[int, tuple[str, str]] = {}
        for slot in slots:
            label = record.labels.get(slot)
            if (label is None and slot[0] == "%") or slots[slot].__class__ is Fields:
                continue
            try:
                node = record.tape.plain(slots[slot])
            except OperationError:
                continue
            if node not in used:
                found.setdefault(node, (slot, label or slot))
        return self._point(record, list(found.values()))

    def _point(self, record: Record, wanted: list[tuple[str, str]]) -> Point:
        """A record as a point, whose outputs are slots under their names."""
        slots = {**record.run.frames[0].slots, **record.run.frame.slots}
        graph, outputs = record.tape.graph, []
        for slot, label in wanted:
            if slot not in slots:
                raise self._absent(label)
            try:
                if slots[slot].__class__ is Fields:
                    raise OperationError(f"`{label}` is a record, and only numbers and arrays have a graph")
                node = record.tape.plain(slots[slot])
            except OperationError as error:
                raise CgError(error.kind, error.message or "", hint=error.hint) from None
            outputs.append(Output(label, node, *graph.place(node)))
        found, algebra = self._program(record.inputs, record.tape)
        found.outputs[:] = outputs
        shapes = {name: getattr(value, "shape", ()) for name, value in self.known.items()}
        of = Specialised(found, graph, algebra, shapes)
        return Point(of, self.known, record.tape.values)

    def _absent(self, name: str) -> CgError:
        known = names_of(self.program)
        if name in known:
            return CgError("name", f"`{name}` has no value here")
        hint = suggestion(name, known) if name.isidentifier() else "a name is needed here"
        return CgError("name", f"the program has no name `{name}`", hint=hint)

    def _program(self, inputs: dict[str, int], tape: Tape) -> tuple[Program, Any]:
        """The program over what has been recorded, and the algebra of that."""
        found = over(self.program, tape.graph)
        found.inputs.update(inputs)
        found.names.update(inputs)
        found.functions, found.shapes = self.program.functions, self.program.shapes
        algebra = algebra_of(tape.graph, tape.values)
        found.uses_arrays = algebra is not FLOATS
        if any(tape.made):
            found.made = tape.made + bytes(len(tape.graph) - len(tape.made))
        return found, algebra


def places(run: Run) -> Iterator[tuple[int, int]]:
    """The places of all statements that may be a step."""
    codes = [run.codes.main, *(run.codes.function(name) for name in run.tree.functions)]
    return ((one[1], one[2]) for code in codes for one in code if one[0] == STEP)
