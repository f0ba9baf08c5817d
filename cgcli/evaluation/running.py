"""Programs that run, at a point: recorded as a graph of what was executed, evaluated alone, or unrolled
before all values are known; and what to say where one ends early."""

from __future__ import annotations

import gc
from math import inf

from cgcli.algebras.base import kind
from cgcli.annotations import Any, Callable, Iterator, Mapping
from cgcli.control.deciding import Deciding
from cgcli.control.machine import Machine, Unset
from cgcli.control.often import Often
from cgcli.control.steps import Limits, Run
from cgcli.control.structures import List, Record, structure
from cgcli.control.tape import Tape
from cgcli.control.values import Values, takes_out
from cgcli.diagnostics import CgError, Diagnostic
from cgcli.errors import OperationError
from cgcli.evaluation.compiled import Faster, recorder
from cgcli.evaluation.ends import ENDS, as_error, handle_text, over, plain_value, unset_error
from cgcli.evaluation.specialised import FLOATS, Point, Specialised, algebra_of
from cgcli.graph import Graph
from cgcli.language.block import Assertion, Block, Output
from cgcli.language.errors.operations import source_text
from cgcli.language.program import Program
from cgcli.passes.subscripts import write_subscripts
from cgcli.render.numbers import number

EMPTY: Mapping[str, Any] = {}
Watch = Callable[..., None]


def drive(program: Program, run: Run, steps: Any = None) -> None:
    """Run a program to its end, or by some steps. Raises `CgError` at the statement that it cannot go on
    from."""
    # Calls and records are many small objects that last, and none of them is in a circle
    collects = gc.isenabled()
    gc.disable()
    try:
        for _ in run.steps() if steps is None else steps:
            pass
    except ENDS as end:
        raise as_error(program, run, end) from None
    finally:
        if collects:
            gc.enable()


class Printer:
    """Writes what a program prints to a stream, a line each with its place."""

    def __init__(self, program: Program, machine: Machine, stream: Any) -> None:
        self.program, self.machine, self.stream = program, machine, stream

    def __call__(self, part: Any, handles: list[Any]) -> None:
        shown = iter(handles)
        texts = [
            handle_text(self.machine, next(shown)) if item.__class__ is str else item.text
            for item in part.items
        ]
        place = self.program.source.locate(part.start)
        self.stream.write(f"{place.source}:{place.line}:{place.column}: {' '.join(texts)}\n")


class Once:
    """A stream of lines to which a program that is run again does not write the same again."""

    def __init__(self, stream: Any) -> None:
        self._stream, self._written, self._skipped = stream, 0, 0

    def write(self, line: str) -> None:
        if self._skipped:
            self._skipped -= 1
        else:
            self._written += 1
            self._stream.write(line)

    def again(self) -> None:
        self._skipped = self._written


def recorded(
    program: Program,
    inputs: Mapping[str, Any],
    limits: Limits | None = None,
    stream: Any = None,
    copies: bool = False,
    room: float = inf,
    watch: Watch | None = None,
) -> Point:
    """The program at a point: what it ran, as a graph. Prints go to a stream, if there is one. `copies` and
    `room` as in `Tape`; who may `watch` is told before each statement, and
    at the end that it is the end."""
    shapes = {name: getattr(value, "shape", ()) for name, value in inputs.items()}
    tape, run = _taped(program, inputs, shapes, limits, stream, copies, room, watch)
    found = _program(program, tape, run)
    algebra = algebra_of(tape.graph, tape.values)
    found.uses_arrays = algebra is not FLOATS
    of = Specialised(found, tape.graph, algebra, dict(shapes))
    point = Point(of, inputs, tape.values)

    def again(others: Mapping[str, Any], output: Any) -> Any:
        if program.derives:
            tape, run = _taped(program, others, shapes, limits, None, copies)
            values = [(one, tape.values[one.node]) for one in _program(program, tape, run).outputs]
        else:
            values = evaluated(program, others, limits).values
        return next(value for one, value in values if (one.start, one.name) == (output.start, output.name))

    point.again = again
    return point


def unrolled(
    program: Program,
    known: Mapping[str, Any],
    given: Mapping[str, Any] = EMPTY,
    limits: Limits | None = None,
    watch: Watch | None = None,
) -> Program:
    """A static program as an ordinary one, where some inputs have values, and others `given` shapes. Raises
    `CgError` at the statement by which it is none (kind `dynamic`), or where the limits end it."""
    shapes = {**program.shapes, **given, **{name: getattr(one, "shape", ()) for name, one in known.items()}}
    tape, run = _taped(program, known, shapes, (limits or Limits()).for_unrolling(), None, watch=watch)
    write_subscripts(tape.graph, tape.values)
    return _ordinary(program, tape, run, given)


def path_at(
    program: Program, inputs: Mapping[str, Any], limits: Limits | None = None
) -> tuple[Program, list[tuple[int, Any, bool]]]:
    """The path that a program takes where its inputs have these values, as an ordinary program, and what it
    is taken by (`Deciding`). Assertions are not asked. Raises as `recorded`."""
    shapes = {name: getattr(value, "shape", ()) for name, value in inputs.items()}
    tape = Deciding(shapes)
    return _ordinary(program, tape, _run(program, inputs, tape, limits, None), shapes), tape.decided


def _ordinary(program: Program, tape: Tape, run: Run, given: Mapping[str, Any]) -> Program:
    found = _program(program, tape, run)
    found.shapes = {**program.shapes, **{name: shape for name, shape in given.items() if shape}}
    found.uses_arrays = program.uses_arrays or tape.graph.has_arrays()
    return found


def _taped(
    program: Program,
    inputs: Mapping[str, Any],
    shapes: Mapping[str, Any],
    limits: Limits | None,
    stream: Any,
    copies: bool = False,
    room: float = inf,
    watch: Watch | None = None,
) -> tuple[Tape, Run]:
    tape = Tape(shapes, copies, room, Often(recorder))
    return tape, _run(program, inputs, tape, limits, stream, watch)


def _run(
    program: Program,
    inputs: Mapping[str, Any],
    tape: Tape,
    limits: Limits | None,
    stream: Any,
    watch: Watch | None = None,
) -> Run:
    tree = program.tree
    assert tree is not None
    printer = None if stream is None else Printer(program, tape, stream)
    run = Run(tree, tape, given_slots(program, inputs, tape), limits, printer, stepping=watch is not None)
    drive(program, run, watch and _watched(run, watch))
    return run


def _watched(run: Run, watch: Watch) -> Iterator[None]:
    for _ in run.steps():
        watch(run)
        yield
    watch(run, True)


def given_slots(program: Program, inputs: Mapping[str, Any], machine: Machine) -> dict[str, Any]:
    """The slots that have a value before a program runs."""
    slots: dict[str, Any] = {}
    starts, ends = program.graph.starts, program.graph.ends
    for name, node in program.inputs.items():
        value = inputs.get(name)
        if name in program.nested and value is not None:
            slots[name] = structure(value.value, machine.constant)
        elif isinstance(machine, Tape):
            slots[name] = machine.input(name, value, starts[node], ends[node])
        else:
            slots[name] = value
    return slots


def _program(program: Program, tape: Tape, run: Run) -> Program:
    """The program over what was recorded. An output that is a list is the array that its items make."""
    block, slots, graph = Block(), run.frame.slots, program.graph
    block.graph = tape.graph
    for name in program.names:
        if name in slots and slots[name].__class__ is not Record:
            try:
                block.names[name] = tape.plain(slots[name])
            except OperationError:
                continue  # a list that makes no array
    block.inputs = {name: block.names[name] for name in program.inputs if name not in program.nested}
    both = (
        *((one, block.outputs) for one in program.outputs),
        *((one, block.aside) for one in program.aside),
    )
    for output, found_outputs in both:
        slot = graph.attrs[output.node]
        if slot not in slots:
            if len(program.outputs) > 1 and output.name is not None:
                continue
            raise unset_error(program, Unset(slot, output.start, output.end))
        try:
            node = tape.plain(slots[slot])
        except OperationError as error:
            raise CgError(
                error.kind, error.message or "", program.source, output.start, output.end, error.hint
            ) from None
        found_outputs.append(Output(output.name, node, output.start, output.end))
    for node, part in tape.assertions:
        block.assertions.append(Assertion(node, part.where[0], part.where[1], part.message))
    found = Program(program.source, program.statements, block)
    for field in ("functions", "defaults", "shapes"):
        setattr(found, field, getattr(program, field))
    if any(tape.made):
        found.made = tape.made + bytes(len(tape.graph) - len(tape.made))
    return found


class Algebra:
    """What asks of values whether they are finite, structures included."""

    @staticmethod
    def finite(value: Any) -> bool:
        if value.__class__ is float:
            return bool(value - value == 0)
        return value.__class__ in (List, Record) or kind("arrays").finite(value)

    @staticmethod
    def shape(value: Any) -> Any:
        return getattr(value, "shape", ())


class Answers:
    """What a program answers with when it runs for its values alone.

    values      an output and its value each: a float, an array, or a structure
    warning     of the first operation that is not finite though its operands are
    reason      why nothing was compiled, though that was asked for
    spent       how many operations it took
    """

    algebra = Algebra

    def __init__(self, program: Program) -> None:
        self.program = program
        self.values: list[tuple[Output, Any]] = []
        self.warning: Diagnostic | None = None
        self.reason = ""
        self.spent = 0.0

    def watch(self, block: Any, values: list[Any]) -> None:
        """To be told of blocks in which an operation is not finite."""
        if self.warning is None:
            self.warning = warning_of(self.program, block.graph, values)

    def warn_of_slopes(self, output: Output, are_finite: bool) -> None:
        """Warn of derivatives that are not finite, or that hang on a convention."""
        kind, message = "convention", "on the way a factor of 0 met one that is not finite, and the 0 won"
        if not are_finite:
            kind, message = "nonfinite", "the gradient is not finite"
        place = self.program.source, output.start, output.end
        self.warning = self.warning or Diagnostic(kind, message, *place, severity="warning")


def evaluated(
    program: Program,
    inputs: Mapping[str, Any],
    limits: Limits | None = None,
    stream: Any = None,
    engine: str = "auto",
) -> Answers:
    """Run a program for its values: what is not needed any more is let go."""
    found, tree = Answers(program), program.tree
    assert tree is not None

    def watch(block: Any, values: list[Any]) -> None:
        found.watch(block, values)
        if found.warning is not None:
            machine.watch = None  # of the first alone

    machine = Values(watch)
    printer = None if stream is None else Printer(program, machine, stream)
    run = Run(tree, machine, given_slots(program, inputs, machine), limits, printer)
    faster = Faster(engine)
    if engine != "plain":
        faster.take(run)
    drive(program, run)
    if faster.is_asked:
        found.reason = faster.reason
    found.spent = run.spent
    slots = run.frame.slots
    for output in program.outputs:
        slot = program.graph.attrs[output.node]
        if slot in slots:
            found.values.append((output, plain_value(machine, slots[slot])))
        elif len(program.outputs) == 1 or output.name is None:
            raise unset_error(program, Unset(slot, output.start, output.end))
    are_finite = all(Algebra.finite(value) for _, value in found.values)
    if found.warning is None and machine.made_nan is not None and not are_finite:
        from cgcli.evaluation.warnings import new_nan

        block, values = machine.made_nan
        found.warning = new_nan(_at_block(program, block.graph, values))
    return found


def warning_of(program: Program, graph: Graph, values: list[Any]) -> Diagnostic | None:
    """A warning for the first node of a block that is not finite although its operands are."""
    from cgcli.evaluation.warnings import nonfinite_value

    if any(value.__class__ in (List, Record) for value in values):
        return _plain_warning(program, graph, values)
    return nonfinite_value(_at_block(program, graph, values))


def _at_block(program: Program, graph: Graph, values: list[Any]) -> Point:
    """A block of a program that runs, at values, as a point."""
    of = Specialised(over(program, graph), graph, algebra_of(graph, values), {})
    return Point(of, {}, values)


def _plain_warning(program: Program, graph: Graph, values: list[Any]) -> Diagnostic | None:
    """The same of a block with lists."""
    for node, value in enumerate(values):
        arises = graph.args[node] and not takes_out(graph, node, values)
        if value.__class__ is float and value - value != 0 and arises:
            operands = [values[one] for one in graph.args[node]]
            if all(one.__class__ is not float or one - one == 0 for one in operands):
                place = graph.place(node)
                message = f"{source_text(program, *place)} is {number(value)}"
                return Diagnostic("nonfinite", message, program.source, *place, severity="warning")
    return None
