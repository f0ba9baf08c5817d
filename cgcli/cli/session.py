"""What every command on programs does: read, parse, bind, answer; report and go on."""

from __future__ import annotations

import os
import sys

from cgcli.cli.bindings import Bindings
from cgcli.cli.reading import EXPRESSION, read_lines, read_program, split_arguments
from cgcli.cli.report import report
from cgcli.diagnostics import CgError, Diagnostic, likely
from cgcli.evaluation.binding import refuse_functions
from cgcli.evaluation.point import Point, closed_value, evaluate, nonfinite
from cgcli.language.lowering import lower
from cgcli.language.parser import parse
from cgcli.language.program import Output, Program
from cgcli.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping
    from typing import Any

    from cgcli.cli.answers import Answer as Found
    from cgcli.cli.request import Request

    # Computes a program's results and writes them.
    Answer = Callable[["Session", Program], None]

# Exact rules save more than they cost where values have so many elements together.
LARGE = 10_000


class Session:
    """One run of a command: its request, its bindings, and how it is going."""

    __slots__ = ("bindings", "request", "source", "started", "status", "warned")

    def __init__(self, request: Request, bindings: Bindings) -> None:
        self.request, self.bindings = request, bindings
        self.source = Source((EXPRESSION, ""))  # of the program that is being answered
        self.status = 0
        self.started = False  # whether a header has been written
        self.warned = False  # whether this program has had its warning

    def program(self, source: Source) -> Program:
        """Parse and lower a source, and check the bindings and `--show` against it."""
        request, bindings = self.request, self.bindings
        self.source = source
        program = lower(parse(source), bindings.names(), bindings.shape_of)
        if bindings.names():
            bindings.fit(program, every_used=not request.lines)
            self.warn_of_bindings()
        refuse_functions(program, bindings.values)
        self.warned = False
        if request.command in ("eval", "grad") and (request.fast or bindings.elements() >= LARGE):
            from cgcli.evaluation.static import rewritten

            program = rewritten(program, bindings.values, request.fast)
        if request.show is not None:
            program.outputs = [shown(program, name) for name in request.show]
        for warning in program.warnings:
            self.warn(warning)
        for name, default in program.defaults.items():
            if name not in bindings.values:
                self.warn(closed_value(default)[1])
        return program

    def warn_of_bindings(self) -> None:
        """Report what reading values has found since."""
        warnings, self.bindings.warnings = self.bindings.warnings, []
        for warning in warnings:
            self.warn(warning)

    def warn(self, warning: Diagnostic | None) -> None:
        """Report a warning; under `--strict` it is an error instead, raised."""
        if warning is None:
            return
        self.warned = True
        if self.request.strict:
            raise CgError.of(warning)
        report(warning, self.request)

    def point(self, program: Program) -> Point:
        """The value of every node; warns of the first that is not finite."""
        point = evaluate(program, self.bindings.values)
        self.warn(nonfinite(point))
        for output in program.outputs:
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
        """Warn where derivatives of an output, by node, are not finite, or where a factor of 0
        met one on the way that is not; once a program. An array has its `seed`, or one of ones."""
        if self.warned:
            return
        if not all(map(point.algebra.finite, derivatives.values())):
            from cgcli.evaluation.doubts import nonfinite_derivative

            self.warn(nonfinite_derivative(point, output, list(derivatives), seed))
        elif zeroed:
            from cgcli.evaluation.doubts import zeroed_derivative

            doubt = zeroed_derivative(point, zeroed)
            if doubt is not None:
                self.warned = True
                report(doubt, self.request)

    def warn_of_second_derivatives(
        self, point: Point, answer: Found, nodes: list[int], zeroed: list[int]
    ) -> None:
        """Warn of the first by these nodes that is not finite, or of a factor of 0 that met one, or of a
        corner; once a program."""
        if zeroed:
            self.warn_of_derivatives(point, answer.output, {}, zeroed)
        for label, _, value in answer.entries:
            if not self.warned and not point.algebra.finite(value):
                from cgcli.evaluation.findings import nonfinite_result

                warning = nonfinite_result(point, answer.output, label, value)
                if warning is not None:
                    warning.severity = "warning"
                self.warn(warning)
        if not self.warned:
            from cgcli.evaluation.doubts import cornered_derivative

            doubt = cornered_derivative(point, answer.output.node, nodes)
            if doubt is not None:
                self.warned = True
                report(doubt, self.request)

    def root_adjoints(self, point: Point, active: bytearray) -> dict[int, dict[int, Any]]:
        """By node of each output (`Program.roots`), its adjoints by node; warns as `cg grad` does."""
        from cgcli.evaluation.derivatives import adjoints, require_scalar

        found = {}
        program = point.program
        inputs = program.inputs.values()
        roots = [root for _, root in program.roots()]
        require_scalar(point, roots)
        for root in roots:
            zeroed: list[int] = []
            found[root.node] = of = adjoints(point, root.node, active, zeroed)
            slopes = {node: of[node] for node in inputs if node in of}
            self.warn_of_derivatives(point, root, slopes, zeroed)
        return found

    def require_finite(self, point: Point, output: Output, what: str, value: Any) -> None:
        """Under `--strict`, raise for a result that is not finite."""
        if self.request.strict:
            from cgcli.evaluation.findings import nonfinite_result

            self.warn(nonfinite_result(point, output, what, value))


def run(request: Request, answer: Answer) -> int:
    """Answer every program of a request; returns the exit status."""
    text, arguments = split_arguments(request)
    session = Session(request, Bindings(arguments, request.vars_files))
    session.warn_of_bindings()
    if not request.lines:
        try:
            program = session.program(read_program(request, text))
        except CgError as error:
            raise _meant_file(error, text) from None
        if text is not None and not arguments:
            _hint_at_stdin(request, text, program)
        answer(session, program)
        return session.status
    for source in read_lines(request, text):
        try:
            if isinstance(source, CgError):
                raise source
            program = session.program(source)
            if text is not None:
                _hint_at_stdin(request, text, program)
            answer(session, program)
        except CgError as error:
            report(error.diagnostic, request)
            session.status = 1
        sys.stdout.flush()
    return session.status


def shown(program: Program, name: str) -> Output:
    """The output that `--show` asks for by name."""
    node = program.names.get(name)
    if node is None:
        raise unknown_name(program, "--show", name)
    given = program.first_given(name)
    if given is not None:
        return Output(name, node, given.start, given.stop)
    return Output(name, node, program.graph.starts[node], program.graph.ends[node])


def wanted(program: Program, wrt: list[str] | None) -> dict[str, int]:
    """The nodes to differentiate by: those of `--wrt`, or else all inputs. Raises `CgError` (kind
    `usage`) for a name that the program does not have, or that cannot vary."""
    if wrt is None:
        return program.inputs
    nodes = {}
    for name in wrt:
        node = program.inputs.get(name, program.names.get(name))
        if node is None:
            raise unknown_name(program, "--wrt", name)
        if (what := program.fixed(name)) is not None:
            raise CgError("usage", f"--wrt: `{name}` is {what}, and does not vary")
        nodes[name] = node
    return nodes


def wanted_inputs(program: Program, wrt: list[str] | None, known: Container[str] = ()) -> dict[str, int]:
    """As `wanted`, of inputs alone, and of those that have no `known` value. Raises `CgError` for others."""
    if wrt is None:
        return {name: node for name, node in program.inputs.items() if name not in known}
    nodes = wanted(program, wrt)
    for name in nodes:
        if name not in program.inputs:
            hint = "`cg grad` and `cg jacobian` differentiate by other names, too"
            raise CgError("usage", f"--wrt: `{name}` is not an input", hint=hint)
        if name in known:
            raise CgError("usage", f"--wrt: `{name}` has a value, and is a constant here")
    return nodes


def unknown_name(program: Program, option: str, name: str, what: str = "name") -> CgError:
    match = likely(name, program.inputs if what == "input" else program.names)
    hint = f"did you mean `{match}`?" if match else None
    return CgError("usage", f"{option}: the program has no {what} `{name}`", hint=hint)


def _meant_file(error: CgError, text: str | None) -> CgError:
    """An error about an expression that is the name of a file: say how to read it."""
    if text is not None and len(text) < 256 and os.path.isfile(text):
        error.diagnostic.hint = f"to read the file, write `-f {text}`"
    return error


def _hint_at_stdin(request: Request, text: str, program: Program) -> None:
    """A lone `x=3` in a pipe is a program, though a binding may have been meant."""
    alone = len(program.outputs) == 1 and not program.inputs and len(program.statements) == 1
    if not alone or "\n" in text or sys.stdin is None or sys.stdin.isatty():
        return
    name = program.outputs[0].name
    if name:
        meant = f"`cg {request.command} - {text}` binds `{name}` and reads stdin"
        told = Diagnostic("usage", f"`{text}` is taken as the program; {meant}", severity="note")
        report(told, request)
