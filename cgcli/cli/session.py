"""What every command on programs does: read, parse, bind, answer; report and go on."""

from __future__ import annotations

import os
import sys

from cgcli.annotations import Any, Callable, Collection, Mapping
from cgcli.cli.bindings import Bindings
from cgcli.cli.reading import read_program, read_programs, split_arguments, stdin_has_text
from cgcli.cli.report import report
from cgcli.cli.request import Request
from cgcli.diagnostics import CgError, Diagnostic
from cgcli.evaluation.binding import with_lists
from cgcli.evaluation.cancelled import cancels, has_steps
from cgcli.evaluation.names import shown
from cgcli.evaluation.prepared import Prepared
from cgcli.evaluation.specialised import Point
from cgcli.language.block import Output
from cgcli.language.expressions import Varying
from cgcli.language.lowering import lower
from cgcli.language.parser import parse
from cgcli.language.program import Program
from cgcli.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cgcli.control.steps import Limits
    from cgcli.evaluation.running import Answers

# Computes a program's results and writes them.
Answering = Callable[["Session", Prepared], None]


class Session:
    """One run of a command: its request, its bindings, and how it is going."""

    def __init__(self, request: Request, bindings: Bindings) -> None:
        self.request, self.bindings = request, bindings
        self.source: Source  # of the program that is being answered
        self.program: Program
        self.status = 0
        self.started = False  # whether a header has been written
        self.warned = False  # whether this program has had its warning

    def prepared(
        self, source: Source, columns: Collection[str] = (), aside: int | None = None, runs: bool = False
    ) -> Prepared:
        """Parse and lower a source, check the bindings and `--show` against it, and prepare it; `columns` are
        names that have a value in each row, and `aside` is as in `lower`. With `runs` it is taken as a
        program that runs, even if it is straight-line code."""
        request, bindings = self.request, self.bindings
        self.source = source

        def given(name: str, default: Any) -> Any:
            if name in columns and name not in bindings.names:
                raise Varying(name)
            return bindings.value(name, default)

        syntax = parse(source)
        syntax.runs = syntax.runs or runs
        program = lower(syntax, {*bindings.names, *columns}, given, aside)
        if bindings.unread or bindings.rows or not bindings.names <= program.inputs.keys():
            bindings.fit(program, every_used=not request.lines)
            if bindings.warnings:
                self.warn_of_bindings()
        if any(hasattr(value, "refusal") for value in bindings.values.values()):
            program = with_lists(program, bindings.values)
        if request.show is not None:
            program.outputs[:] = [shown(program, name) for name in request.show]
        self.warned, self.program = False, program
        prepared = Prepared(program, bindings.values, request.fast, watched=True, columns=columns)
        limits = self.limits() if program.tree or request.max_ops or request.timeout else None
        if program.tree is not None:
            prepared.limits, prepared.stream = limits, sys.stderr
            prepared.engine = self.request.engine
        if prepared.warnings:
            self.warn(*prepared.warnings)
        return prepared

    def limits(self, most: float = 1e8) -> Limits:
        """When programs that run are stopped, after so many operations if nothing is said. Raises `CgError`
        for what is no number."""
        from cgcli.control.steps import Limits

        found = Limits(most)
        found.was_asked = self.request.max_ops is not None
        for field, option in (("operations", "max_ops"), ("seconds", "timeout")):
            text = getattr(self.request, option)
            if text is not None:
                flag = f"--{option.replace('_', '-')}"
                try:
                    value = float(text)
                except ValueError:
                    value = -1.0
                if not value > 0:
                    raise CgError("usage", f"`{flag}` takes a number above 0, not `{text}`")
                setattr(found, field, value)
        return found

    def in_time(self, answer: Answering, prepared: Prepared) -> None:
        """Answer a program within the time that `--timeout` gives. Raises `CgError` where that is over."""
        if self.request.timeout is None:
            return answer(self, prepared)
        from cgcli.ending import Ended, limited

        seconds = self.limits().seconds
        try:
            # one that runs says itself where it was, unless it takes long to look
            with limited(seconds, 0.0 if prepared.program.tree is None else 5.0 + seconds):
                return answer(self, prepared)
        except Ended as end:
            raise CgError(end.kind, end.told) from None

    def warn_of_bindings(self) -> None:
        """Report what reading values has found since."""
        warnings, self.bindings.warnings = self.bindings.warnings, []
        if warnings:
            self.warn(*warnings)

    def warn(self, *warnings: Diagnostic | None) -> None:
        """Report warnings; under `--strict` the first is an error instead, raised, unless a convention
        decides what it speaks of."""
        for warning in warnings:
            if warning is not None:
                self.warned = True
                if self.request.strict and warning.kind not in ("convention", "data", "lost"):
                    raise CgError.of(warning)
                report(warning, self.request)

    def tell_interpreted(self, reason: str) -> None:
        """Say why a program was not compiled though that was asked for; nothing where there is no reason."""
        if reason:
            how = "no Python function is made" if self.request.engine == "python" else "nothing is compiled"
            report(Diagnostic("usage", f"{how}: {reason}", severity="note"), self.request)

    def point(self, prepared: Prepared, rewrite: bool = False) -> Point:
        """The program at the values of its inputs; warns of the first node that is not finite."""
        point = prepared.point(rewrite=rewrite)
        if point.warning is not None:
            self.warn(point.warning)
        if self.request.strict:
            for output in point.program.outputs:
                self.require_finite(point, output, output.name or "the result", point.values[output.node])
        return point

    def warn_of_derivatives(
        self,
        point: Point,
        output: Output,
        derivatives: Mapping[int, Any],
        zeroed: list[int],
        seed: Any = None,
    ) -> None:
        """Warn as `derivative_warning` says; once a program."""
        doubtful = zeroed or point.program.made is not None
        if not self.warned and (doubtful or not all(map(point.algebra.finite, derivatives.values()))):
            from cgcli.evaluation.warnings import derivative_warning

            self.warn(derivative_warning(point, output, derivatives, zeroed, seed))

    def warn_of_lost(self, point: Point, output: Output, name: str) -> None:
        """Warn where rounding has left no digit of a value, or decides a step, or where it is nan; once a
        program."""
        value = None if point.values is None else point.values[output.node]
        if not self.warned and value is not None and not point.algebra.finite(value):
            from cgcli.evaluation.warnings import new_nan

            self.warn(new_nan(point))
        if not self.warned and cancels(point):
            from cgcli.evaluation.lost import lost_value

            self.warn(lost_value(point, output, name))
        if not self.warned and value is not None and point.known(has_steps):
            from cgcli.evaluation.missed_steps import missed_step

            self.warn(point.known(missed_step))

    def require_finite(self, point: Point | Answers, output: Output, what: str, value: Any) -> None:
        """Under `--strict`, raise for a result that is not finite."""
        if self.request.strict:
            from cgcli.evaluation.warnings import nonfinite_result

            self.warn(nonfinite_result(point, output, what, value))


def run(answer: Answering, request: Request) -> int:
    """Answer every program of a request; returns the exit status."""
    text, arguments = split_arguments(request)
    source = None if request.lines else read_program(request, text)
    session = Session(request, Bindings.asked(request, arguments))
    session.warn_of_bindings()
    if source is not None:
        try:
            prepared = session.prepared(source)
            if text is not None and not arguments:
                _hint_at_stdin(request, text, prepared)
            session.in_time(answer, prepared)
        except CgError as error:
            raise _meant_file(error, text) from None
        return session.status
    for line in read_programs(request, text):
        try:
            if isinstance(line, CgError):
                raise line
            prepared = session.prepared(line)
            if text is not None:
                _hint_at_stdin(request, text, prepared)
            session.in_time(answer, prepared)
        except CgError as error:
            report(error.diagnostic, request)
            session.status = session.status or 1
        except OSError:
            raise
        except Exception as fault:  # the lines behind it are answered as ever
            from cgcli.cli.faults import as_error

            told = as_error(fault, session.source)
            report(told.diagnostic, request)
            session.status = told.status
        sys.stdout.flush()
    return session.status


def _meant_file(error: CgError, text: str | None) -> CgError:
    """An error about an expression that is the name of a file: say how to read it."""
    from cgcli.data.files import native

    if text is not None and len(text) < 256 and os.path.isfile(native(text)):
        error.diagnostic.hint = f"to read the file, write `-f {text}`"
    return error


def _hint_at_stdin(request: Request, text: str, prepared: Prepared) -> None:
    """A lone `x=3` in a pipe is a program, though a binding may have been meant."""
    program = prepared.program
    alone = len(program.outputs) == 1 and not program.inputs and len(program.statements) == 1
    name = program.outputs[0].name if alone and program.statements.kinds[0] == "assign" else None
    if name and "\n" not in text and stdin_has_text():
        meant = f"`cg {request.command} - {text}` binds `{name}` and reads stdin"
        told = Diagnostic("usage", f"`{text}` is taken as the program; {meant}", severity="note")
        report(told, request)
