"""Gradients of programs that run for long, as machine code (`kernels.recorded`), without a graph."""

from __future__ import annotations

from time import monotonic

from cgcli.annotations import Any, Mapping, Sequence
from cgcli.control import code as c
from cgcli.control.contexts import calls_of
from cgcli.control.flow import Flow
from cgcli.control.frames import Frame
from cgcli.control.steps import Limits, Run, Stopped
from cgcli.control.values import Values
from cgcli.diagnostics import CgError
from cgcli.evaluation.compiled import MISSING
from cgcli.evaluation.ends import as_error
from cgcli.evaluation.running import Answers, evaluated
from cgcli.language.block import Output
from cgcli.language.program import Program
from cgcli.memory import available

# Up to so many operations what is not finite is looked for in another way, which tells more.
LOOKED_FOR = 2**21

# So many seconds pass between two looks at the memory, which take long.
OFTEN = 0.05

# The answers of a program, and by output the derivatives by names.
Gradients = tuple[Answers, list[dict[str, float]]]


class Unfit(Exception):
    """Why a program does not run as machine code."""


def fast_gradients(
    program: Program, inputs: Mapping[str, Any], by: Sequence[str], limits: Limits
) -> Gradients | str:
    """The outputs of a program that runs for long, and their derivatives by some inputs; or why they are to
    be found in another way. Raises `CgError` as `running.evaluated` does."""
    try:
        return _Compiled(program, inputs, by, limits).gradients()
    except Unfit as unfit:
        return str(unfit)


def flow_of(program: Program, inputs: Mapping[str, Any]) -> Flow:
    """The program as a flow of numbers from its begin to its end. Raises `Unfit`."""
    assert program.tree is not None
    arrays = [name for name, value in inputs.items() if value.__class__ is not float]
    if arrays:
        raise Unfit(f"`{arrays[0]}` is no number")
    try:
        flow = Flow(calls_of(program.tree, c.codes(program.tree, False, False)), "")
    except ValueError as error:
        raise Unfit(str(error)) from None
    for piece in flow.pieces:
        kind, *rest = piece.instruction
        if piece.left and kind not in (c.END, c.BEGIN, c.CHECK):
            line = program.source.locate(rest[0].start).line
            raise Unfit(f"line {line} does more than compute with numbers")
        if piece.left and kind == c.BEGIN and rest[0].over.__class__.__name__ == "Items":
            raise Unfit(f"line {program.source.locate(rest[0].start).line} goes over a list or an array")
    from cgcli.kernels.machine import lanes

    if not lanes():
        raise Unfit(MISSING)
    from cgcli.kernels.recorded import reason

    if reason(flow):
        raise Unfit(reason(flow))
    return flow


def unfit(program: Program, inputs: Mapping[str, Any]) -> str:
    """Why a program does not run as machine code from its begin to its end; empty where it does."""
    from cgcli.kernels.recorded import Recorded

    slots = {program.graph.attrs[output.node] for output in program.outputs}
    try:
        missing = Recorded(flow_of(program, inputs), set(inputs), set(inputs), slots).missing
    except Unfit as why:
        return str(why)
    return f"`{min(missing)}` has no value on some path" if missing else ""


class _Compiled:
    """A program that is run as machine code."""

    def __init__(
        self, program: Program, inputs: Mapping[str, Any], by: Sequence[str], limits: Limits
    ) -> None:
        """Raises `Unfit`."""
        flow = flow_of(program, inputs)
        from cgcli.kernels.flags import flags
        from cgcli.kernels.recorded import Recorded

        self.program, self.inputs, self.by, self.limits = program, inputs, by, limits
        self.outputs = [(output, program.graph.attrs[output.node]) for output in program.outputs]
        slots = {slot for _, slot in self.outputs}
        self.recorded = Recorded(flow, set(inputs), set(by), slots)
        if self.recorded.missing:
            raise Unfit(f"`{min(self.recorded.missing)}` has no value on some path")
        self.recorded.compile()
        self.flags = flags
        self._until, self._due = monotonic() + self.limits.seconds, monotonic() + OFTEN

    def gradients(self) -> Gradients:
        found, recorded = Answers(self.program), self.recorded
        rows = []
        try:
            self.flags.clear()
            if not recorded.run(self.inputs, self.limits.operations, self._look):
                evaluated(self.program, self.inputs, self.limits)  # which tells why
                raise Unfit("it does not end")
            if self.flags.raised():
                found.warning = evaluated(self.program, self.inputs, self.limits).warning
            for output, slot in self.outputs:
                found.values.append((output, recorded.value(slot)))
            for output, slot in self.outputs:
                slopes = self._slopes(found, output, slot)
                rows.append(dict(zip(self.by, slopes, strict=True)))
        except KeyboardInterrupt:
            raise self._stopped("interrupted") from None
        return found, rows

    def _slopes(self, found: Answers, output: Output, slot: str) -> list[float]:
        slopes = self.recorded.gradient(slot, self.by, self._look)
        if all(slope - slope == 0 for slope in slopes):
            return slopes
        if self.recorded.spent < LOOKED_FOR:
            raise Unfit("a derivative is not finite")
        if any(slope != slope for slope in slopes):
            slopes = self.recorded.gradient(slot, self.by, self._look, careful=True)
        found.warn_of_slopes(output, all(slope - slope == 0 for slope in slopes))
        return slopes

    def _look(self) -> None:
        """Raise `CgError` where there is no time or no memory left."""
        now = monotonic()
        if now > self._due:
            self._due = now + OFTEN
            if available() < 2**28:
                raise self._stopped("it takes more memory than there is")
        if now > self._until:
            raise self._stopped(f"it has taken longer than {self.limits.seconds:g} s", self.limits.longer)

    def _stopped(self, message: str, hint: str | None = None) -> CgError:
        """The error at the statement that is running, with the values of names."""
        piece, slots, depth = self.recorded.at()
        context = piece.context
        known = {name: one for name, one in context.named(slots).items() if name[0] not in "%~"}
        assert self.program.tree is not None
        run = Run(self.program.tree, Values(), {**self.inputs, **known}, self.limits)
        if context.function:
            run.frame = Frame(context.function, [], known)
            run.frames += [run.frame] * max(1, depth)
        run.part = piece.instruction[1] if len(piece.instruction) > 1 else None
        kind = "interrupted" if message == "interrupted" else "stopped"
        return as_error(self.program, run, Stopped(kind, message, run.where(), hint, names=True))
