"""Programs that run, at a point: recorded as a graph of what was executed, evaluated alone, or unrolled
before all values are known; and what to say where one ends early."""

from __future__ import annotations

import gc
from itertools import islice

from cgcli.algebras.base import kind
from cgcli.annotations import Any, Mapping
from cgcli.control.machine import Asserted, Failed, Machine, Unknown, Unset
from cgcli.control.steps import Limits, Run, Stopped
from cgcli.control.structures import List, Record
from cgcli.control.tape import Tape
from cgcli.control.values import Values
from cgcli.diagnostics import CgError, Diagnostic
from cgcli.errors import OperationError
from cgcli.evaluation.compiled import Faster
from cgcli.evaluation.specialised import FLOATS, Point, Specialised
from cgcli.graph import Graph
from cgcli.language.block import Assertion, Block, Output
from cgcli.language.errors.operations import operation_error, source_text
from cgcli.language.program import Program
from cgcli.render.numbers import SHORT, number, value_text
from cgcli.render.structures import text_pieces

EMPTY: Mapping[str, Any] = {}

# So many names are told of where a program was stopped.
NAMES = 8


def over(program: Program, graph: Graph) -> Program:
    """The source of a program with a graph of its own: for messages about its nodes."""
    block = Block()
    block.graph = graph
    return Program(program.source, program.statements, block)


def drive(program: Program, run: Run) -> None:
    """Run a program to its end. Raises `CgError` at the statement that it cannot go on from."""
    # Calls and records are many small objects that last, and none of them is in a circle
    collects = gc.isenabled()
    gc.disable()
    try:
        for _ in run.steps():
            pass
    except Failed as failed:
        told = over(program, failed.graph)
        raise operation_error(told, failed.graph, failed.error, failed.shapes) from None
    except Unset as unset:
        raise _unset(program, unset) from None
    except Asserted as asserted:
        raise _asserted(program, run, asserted.part) from None
    except Unknown:
        raise dynamic(program, run) from None
    except Stopped as stopped:
        hint = stopped.hint
        if stopped.names:
            names = _names(run)
            hint = "; ".join(one for one in (names and f"there {names}", hint) if one)
        raise CgError(stopped.kind, stopped.message, program.source, *stopped.place, hint or None) from None
    finally:
        if collects:
            gc.enable()


def dynamic(program: Program, run: Run) -> CgError:
    """The error for a program that is to be unrolled, at the statement that makes it dynamic."""
    message = "what runs here depends on values: the program is dynamic"
    hint = "give the inputs that it depends on a value; `cg grad` takes dynamic programs"
    return CgError("dynamic", message, program.source, *run.where(), hint)


def _unset(program: Program, unset: Unset) -> CgError:
    name, tree = unset.slot, program.tree
    places = sorted(tree.settings.get(name, ())) if tree is not None else []
    told = [program.source.locate(place) for place in places]
    listed = ", ".join(f"{place.line}:{place.column}" for place in told[:4])
    if not places:
        message = f"`{name}` is changed in place, and has no value yet"
        hint = "what comes from outside is copied first, as in `w = v`"
    elif places[0] > unset.start:
        message, hint = f"`{name}` is used before it is given a value", f"its first value comes at {listed}"
    else:
        message, hint = f"`{name}` has no value on the path taken", f"it is set at {listed}"
    return CgError("name", message, program.source, unset.start, unset.end, hint)


def _asserted(program: Program, run: Run, part: Any) -> CgError:
    machine, slots = run.machine, run.frame.slots
    sides = [_text(machine, slots[slot]) for slot in part.sides]
    hint = f"the left side is {sides[0]}, the right side {sides[1]}" if len(sides) == 2 else None
    told = part.message or source_text(program, *part.where)
    return CgError("assert", f"assertion failed: {told}", program.source, *part.where, hint)


def _names(run: Run) -> str:
    """The names of the call that runs, and their values."""
    slots = {name: value for name, value in run.frame.slots.items() if name[0] != "%"}
    told = [f"{name} = {_text(run.machine, value)}" for name, value in list(slots.items())[:NAMES]]
    more = ["..."] if len(slots) > NAMES else []
    inside = f" in {run.frame.function}" if run.frame.function else ""
    depth = f", {len(run.frames) - 1:,} calls deep" if len(run.frames) > 2 else ""
    return f"{', '.join(told + more)}{inside}{depth}" if told else ""


def _text(machine: Machine, handle: Any) -> str:
    try:
        value = plain_value(machine, handle)
    except (Unknown, OperationError):
        return "?"
    if value.__class__ not in (List, Record):
        return value_text(value, None, SHORT)
    text = "".join(islice(text_pieces(value), 20))
    return text if len(text) < 60 else text[:60] + "…"


def plain_value(machine: Machine, handle: Any) -> Any:
    """The value of a handle: a float, an array, or a structure of such. Structures are taken apart with a
    stack, and made anew from the innermost on."""
    if handle.__class__ not in (List, Record):
        return machine.known(machine.plain(handle))
    found: dict[int, Any] = {}
    todo: list[Any] = [handle]
    while todo:
        one = todo[-1]
        parts: list[Any] = one.items if one.__class__ is List else list(one.fields.values())
        waiting = [part for part in parts if part.__class__ in (List, Record) and id(part) not in found]
        if waiting:
            todo += waiting
            continue
        todo.pop()
        values = [
            found[id(part)] if id(part) in found else machine.known(machine.plain(part)) for part in parts
        ]
        if one.__class__ is Record:
            found[id(one)] = Record(dict(zip(one.fields, values)))
        else:
            found[id(one)] = _joined(values)
    return found[id(handle)]


def _joined(values: list[Any]) -> Any:
    """The array that values make, or a list of them."""
    if any(value.__class__ in (List, Record) for value in values):
        return List(values)
    if len({getattr(value, "shape", ()) for value in values}) > 1:
        return List(values)
    return kind("arrays").array(*values)


class Printer:
    """Writes what a program prints to a stream, a line each with its place."""

    def __init__(self, program: Program, machine: Machine, stream: Any) -> None:
        self.program, self.machine, self.stream = program, machine, stream

    def __call__(self, part: Any, handles: list[Any]) -> None:
        shown = iter(handles)
        texts = [
            _text(self.machine, next(shown)) if item.__class__ is str else item.text for item in part.items
        ]
        place = self.program.source.locate(part.start)
        self.stream.write(f"{place.source}:{place.line}:{place.column}: {' '.join(texts)}\n")


def recorded(
    program: Program,
    inputs: Mapping[str, Any],
    limits: Limits | None = None,
    stream: Any = None,
    copies: bool = False,
) -> Point:
    """The program at a point: what it ran, as a graph. Prints go to a stream, if there is one. `copies` as in
    `Tape`."""
    shapes = {name: getattr(value, "shape", ()) for name, value in inputs.items()}
    tape, run = _taped(program, inputs, shapes, limits, stream, copies)
    found = _program(program, tape, run)
    uses_arrays = any(value.__class__ is not float for value in tape.values)
    found.uses_arrays = uses_arrays
    of = Specialised(found, tape.graph, kind("arrays") if uses_arrays else FLOATS, dict(shapes))
    return Point(of, inputs, tape.values)


def unrolled(program: Program, known: Mapping[str, Any], given: Mapping[str, Any] = EMPTY) -> Program:
    """A static program as an ordinary one, where some inputs have values, and others the shapes that are
    `given`. Raises `CgError` (kind `dynamic`) at the statement by which it is none."""
    shapes = {**program.shapes, **given}
    shapes |= {name: getattr(value, "shape", ()) for name, value in known.items()}
    tape, run = _taped(program, known, shapes, None, None)
    found = _program(program, tape, run)
    found.uses_arrays = program.uses_arrays or any(op.partials is None for op in set(tape.graph.ops))
    return found


def _taped(
    program: Program,
    inputs: Mapping[str, Any],
    shapes: Mapping[str, Any],
    limits: Limits | None,
    stream: Any,
    copies: bool = False,
) -> tuple[Tape, Run]:
    tape, graph, tree = Tape(shapes, copies), program.graph, program.tree
    assert tree is not None
    slots = {
        name: tape.input(name, inputs.get(name), graph.starts[node], graph.ends[node])
        for name, node in program.inputs.items()
    }
    printer = None if stream is None else Printer(program, tape, stream)
    run = Run(tree, tape, slots, limits, printer)
    drive(program, run)
    return tape, run


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
    block.inputs = {name: block.names[name] for name in program.inputs}
    both = (
        *((one, block.outputs) for one in program.outputs),
        *((one, block.aside) for one in program.aside),
    )
    for output, found_outputs in both:
        slot = graph.attrs[output.node]
        if slot not in slots:
            if len(program.outputs) > 1 and output.name is not None:
                continue
            raise _unset(program, Unset(slot, output.start, output.end))
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
    """

    algebra = Algebra

    def __init__(self, program: Program) -> None:
        self.program = program
        self.values: list[tuple[Output, Any]] = []
        self.warning: Diagnostic | None = None
        self.reason = ""


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
        if found.warning is None:
            found.warning = _warning(program, block.graph, values)
        if found.warning is not None:
            machine.watch = None  # of the first alone

    machine = Values(watch)
    printer = None if stream is None else Printer(program, machine, stream)
    run = Run(tree, machine, inputs, limits, printer)
    faster = Faster(engine)
    if engine != "plain":
        faster.take(run)
    drive(program, run)
    if faster.is_asked:
        found.reason = faster.reason
    slots = run.frame.slots
    for output in program.outputs:
        slot = program.graph.attrs[output.node]
        if slot in slots:
            found.values.append((output, plain_value(machine, slots[slot])))
        elif len(program.outputs) == 1 or output.name is None:
            raise _unset(program, Unset(slot, output.start, output.end))
    return found


def _warning(program: Program, graph: Graph, values: list[Any]) -> Diagnostic | None:
    """A warning for the first node of a block that is not finite although its operands are."""
    from cgcli.evaluation.warnings import nonfinite_value

    if any(value.__class__ in (List, Record) for value in values):
        return _plain_warning(program, graph, values)
    algebra = FLOATS if all(value.__class__ is float for value in values) else kind("arrays")
    return nonfinite_value(Point(Specialised(over(program, graph), graph, algebra, {}), {}, values))


def _plain_warning(program: Program, graph: Graph, values: list[Any]) -> Diagnostic | None:
    """The same of a block with lists."""
    for node, value in enumerate(values):
        if value.__class__ is float and value - value != 0 and graph.args[node]:
            operands = [values[one] for one in graph.args[node]]
            if all(one.__class__ is not float or one - one == 0 for one in operands):
                start, end = graph.starts[node], graph.ends[node]
                message = f"{source_text(program, start, end)} is {number(value)}"
                return Diagnostic("nonfinite", message, program.source, start, end, severity="warning")
    return None
