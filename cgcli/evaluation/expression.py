"""An expression over the slots of a program that runs: for who looks at it, or waits for something."""

from __future__ import annotations

import re

from cgcli.annotations import Any, Iterator, Mapping
from cgcli.control.code import instructions
from cgcli.control.frames import Frame
from cgcli.control.machine import Failed, Machine, Unset
from cgcli.control.steps import Limits, Run
from cgcli.control.tree import Block, Return, Seq, Tree
from cgcli.diagnostics import CgError, suggestion
from cgcli.errors import OperationError
from cgcli.evaluation.ends import ENDS, as_error, over
from cgcli.language.errors.operations import operation_error
from cgcli.language.lowering import lower
from cgcli.language.parser import parse
from cgcli.language.program import Program
from cgcli.ops import CONSTANTS
from cgcli.source import Source

HEADS = ("if", "elif", "else", "for", "while", "checkpoint", "body")


def names_of(program: Program) -> set[str]:
    """Every name that may hold a value while the program runs, in functions too."""
    tree = program.tree
    assert tree is not None
    names = {*program.inputs, *tree.settings}
    return names.union(*(function.parameters for function in tree.functions.values()))


class Expression:
    """An expression, which can be computed at any step.

    text        as it was written, and `place`, what messages call where it stands
    derives     whether it differentiates: then it needs slots of a run that is recorded
    """

    def __init__(
        self, program: Program, text: str, place: str, slots: Mapping[str, Any] | None = None
    ) -> None:
        """`slots` are those that it is to be computed over, where that is now. Raises `CgError` for what is
        no expression, and for names that the program does not have."""
        self.program, self.text = program, text
        texts = [*zip(program.source.names, _functions(program)), (place, text)]
        source = Source(*texts)
        begin = source.begins[-1]
        syntax = parse(source)
        syntax.runs = True
        statements = [s for s in syntax.statements if s.start >= begin]
        if len(statements) != 1 or statements[0].kind != "output":
            raise CgError("syntax", "an expression is needed here", source, begin, len(source.text))
        known = names_of(program)
        found = lower(syntax, known if slots is None else {*slots})
        if len(found.outputs) != 1 or found.tree is None:
            raise CgError("syntax", "an expression is needed here", source, begin, len(source.text))
        for name, node in found.inputs.items():
            if name not in known and not (slots and name in slots):
                hint = suggestion(name, [*known, *(one for one in CONSTANTS if len(one) > 1)])
                told = f"the program has no name `{name}`"
                raise CgError("name", told, source, *found.graph.place(node), hint)
        self.derives, self._found, self._names = found.derives, found, tuple(found.inputs)
        output = found.outputs[0]
        result = Return(found.graph.attrs[output.node], output.start, output.end)
        parts = found.tree.body.parts
        self._code = instructions(Seq(*parts, result))
        self._result = result.slot
        self._blocks = list(parts) if all(one.__class__ is Block for one in parts) else None
        self._tree = Tree(Seq(), found.tree.functions, (), (), {})

    def handle(self, run: Run, machine: Machine, limits: Limits | None = None) -> Any:
        """Its value at the step that a run stands at, over a machine for the values of that.

        Raises `machine.Unset` for a name without a value, and `CgError` for what cannot be computed."""
        outer, inner = run.frames[0].slots, run.frame.slots
        slots = {name: outer[name] for name in self._names if name in outer}
        slots |= {name: inner[name] for name in self._names if name in inner}
        if self._blocks is not None:  # nothing is to be decided or called
            return self._straight(machine, slots)
        found = Run(self._tree, machine, dict(outer) if self._tree.functions else {}, limits)
        found.frame = Frame("", self._code, slots, "%value")
        found.frames.append(found.frame)
        try:
            for _ in found.steps():
                pass
        except Unset:
            raise
        except ENDS as end:
            raise as_error(self._found, found, end) from None
        return found.frame.slots["%value"]

    def _straight(self, machine: Machine, slots: dict[str, Any]) -> Any:
        try:
            for block in self._blocks or ():
                machine.block(block, slots, set())
        except Failed as failed:
            graph, told = failed.graph, over(self._found, failed.graph)
            raise operation_error(told, graph, failed.error, failed.shapes) from None
        return slots[self._result]

    def unset(self, unset: Unset) -> CgError:
        """The error for a name that has no value at a step."""
        tree = self.program.tree
        places = sorted(tree.settings.get(unset.slot, ())) if tree is not None else []
        told = [self.program.source.locate(place) for place in places[:4]]
        listed = ", ".join(f"{place.line}:{place.column}" for place in told)
        hint = f"it is set at {listed}" if listed else None
        source = self._found.source
        return CgError("name", f"`{unset.slot}` has no value here", source, unset.start, unset.end, hint)

    def holds(self, run: Run, machine: Machine) -> bool:
        """Whether it is a condition that is true; one over a name without a value is not. Raises
        `CgError`."""
        try:
            value = machine.truth(self.handle(run, machine))
        except Unset:
            return False
        except OperationError as error:
            raise self._error(error.kind, error.message or "", error.hint) from None
        if value is None:
            raise self._error("shape", "a condition is a number, and this is an array", None)
        return value

    def _error(self, kind: str, message: str, hint: str | None) -> CgError:
        output = self._found.outputs[0]
        return CgError(kind, message, self._found.source, output.start, output.end, hint)


def _functions(program: Program) -> Iterator[str]:
    """The texts of a program with nothing but the functions that it defines and the inputs that it declares,
    in their places."""
    text, spans = program.source.text, []
    depth, start = 0, 0
    for statement in program.statements:
        if depth:
            depth += (statement.kind in HEADS) - (statement.kind == "close")
            if not depth:
                spans.append((start, statement.stop))
        elif statement.kind == "body":
            depth, start = 1, statement.start
        elif statement.kind == "define" or statement.kind.startswith("declare"):
            spans.append((statement.start, statement.stop))
    pieces, last = [], 0
    for begin, end in spans:
        pieces += [re.sub(r"[^\r\n]", " ", text[last:begin]), text[begin:end]]
        last = end
    found = "".join([*pieces, re.sub(r"[^\r\n]", " ", text[last:])])
    return (found[begin:end] for begin, end in program.source.ranges)
