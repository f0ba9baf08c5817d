"""Where a program that runs has come to: the values of its slots, and what to say where it ends early."""

from __future__ import annotations

from itertools import islice

from cgcli.algebras.base import kind
from cgcli.annotations import Any
from cgcli.control.machine import Asserted, Failed, Machine, Unknown, Unset
from cgcli.control.steps import Run, Stopped
from cgcli.control.structures import HOLDERS, MOST_AXES, List, Record, holders_in, parts_of
from cgcli.diagnostics import CgError
from cgcli.errors import OperationError
from cgcli.graph import Graph, from_inside
from cgcli.language.block import Block
from cgcli.language.errors.meaning import BEFORE, by_itself
from cgcli.language.errors.operations import operation_error, source_text
from cgcli.language.program import Program
from cgcli.render.numbers import SHORT, value_text
from cgcli.render.structures import text_pieces

# What a run may end with before its end.
ENDS = (Failed, Unset, Asserted, Unknown, Stopped)

# A list of more items is not shown.
MANY = 1_000

# So many names are told of where a program was stopped.
NAMES = 8


def over(program: Program, graph: Graph) -> Program:
    """The source of a program with a graph of its own: for messages about its nodes."""
    block = Block()
    block.graph = graph
    return Program(program.source, program.statements, block)


def as_error(program: Program, run: Run, end: Exception) -> CgError:
    """What a run has ended with (`ENDS`), as an error at the statement that it cannot go on from."""
    if isinstance(end, Failed):
        return operation_error(over(program, end.graph), end.graph, end.error, end.shapes)
    if isinstance(end, Unset):
        return unset_error(program, end)
    if isinstance(end, Asserted):
        return _asserted(program, run, end.part)
    if isinstance(end, Stopped):
        hint = end.hint
        if end.names:
            names = _names(run)
            hint = "; ".join(one for one in (names and f"there {names}", hint) if one)
        return CgError(end.kind, end.message, program.source, *end.place, hint or None)
    return dynamic(program, run)


def dynamic(program: Program, run: Run) -> CgError:
    """The error for a program that is to be unrolled, at the statement that makes it dynamic."""
    message = "what runs here depends on values: the program is dynamic"
    hint = "give the inputs that it depends on a value; `cg grad` takes dynamic programs"
    return CgError("dynamic", message, program.source, *run.where(), hint)


def unset_error(program: Program, unset: Unset) -> CgError:
    name, tree = unset.slot, program.tree
    places = sorted(tree.settings.get(name, ())) if tree is not None else []
    told = [program.source.locate(place) for place in places]
    listed = ", ".join(f"{place.line}:{place.column}" for place in told[:4])
    if not places:
        message = f"`{name}` is changed in place, and has no value yet"
        hint = "what comes from outside is copied first, as in `w = v`"
    elif by_itself(program.source.text, places[0], unset.start):
        message, hint = f"`{name}` is used before it is given a value", BEFORE.format(name)
    elif places[0] > unset.start:
        message, hint = f"`{name}` is used before it is given a value", f"its first value comes at {listed}"
    else:
        message, hint = f"`{name}` has no value on the path taken", f"it is set at {listed}"
        own = [one for one in tree.functions.values() if one.start <= unset.start < one.stop] if tree else []
        if own and not own[0].start <= places[0] < own[0].stop:
            message = f"`{own[0].name}` has not set `{name}` yet, which is a name of its own"
            hint = "the program's has to be an argument, and is changed by what the function returns"
    return CgError("name", message, program.source, unset.start, unset.end, hint)


def _asserted(program: Program, run: Run, part: Any) -> CgError:
    machine, slots = run.machine, run.frame.slots
    sides = [handle_text(machine, slots[slot]) for slot in part.sides]
    hint = f"the left side is {sides[0]}, the right side {sides[1]}" if len(sides) == 2 else None
    told = part.message or source_text(program, *part.where)
    return CgError("assert", f"assertion failed: {told}", program.source, *part.where, hint)


def _names(run: Run) -> str:
    """The names of the call that runs, and their values."""
    slots = {name: value for name, value in run.frame.slots.items() if name[0] != "%"}
    told = [f"{name} = {handle_text(run.machine, value)}" for name, value in list(slots.items())[:NAMES]]
    more = ["..."] if len(slots) > NAMES else []
    inside = f" in {run.frame.function}" if run.frame.function else ""
    depth = f", {len(run.frames) - 1:,} calls deep" if len(run.frames) > 2 else ""
    return f"{', '.join(told + more)}{inside}{depth}" if told else ""


def handle_text(machine: Machine, handle: Any) -> str:
    """The value of a handle as a short text."""
    if handle.__class__ is List and handle.count > MANY:
        return f"a list of {handle.count:,}"
    try:
        value = plain_value(machine, handle)
    except (Unknown, OperationError):
        return "?"
    if value.__class__ not in (List, Record):
        return value_text(value, None, SHORT)
    text = "".join(islice(text_pieces(value), 20))
    return text if len(text) < 60 else text[:60] + "…"


def plain_value(machine: Machine, handle: Any) -> Any:
    """The value of a handle: a float, an array, or a structure of such."""

    def make(one: Any, made: Any) -> Any:
        values = [
            made[id(part)] if part.__class__ in HOLDERS else machine.known(machine.plain(part))
            for part in parts_of(one)
        ]
        return Record(dict(zip(one.fields, values))) if one.__class__ is Record else _joined(values)

    if handle.__class__ not in HOLDERS:
        return machine.known(machine.plain(handle))
    return from_inside(handle, holders_in, make)


def _joined(values: list[Any]) -> Any:
    """The array that values make, or a list of them."""
    if any(value.__class__ in (List, Record) for value in values):
        return List(values)
    shapes = {getattr(value, "shape", ()) for value in values}
    if len(shapes) > 1 or any(len(shape) >= MOST_AXES for shape in shapes):
        return List(values)
    return kind("arrays").array(*values)
