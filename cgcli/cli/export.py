"""`cg export`: code for elsewhere."""

from __future__ import annotations

import sys

from cgcli.annotations import Any, Mapping
from cgcli.cli.report import report
from cgcli.cli.request import Request
from cgcli.cli.session import Session, run
from cgcli.diagnostics import CgError, Diagnostic
from cgcli.evaluation.names import wanted_inputs
from cgcli.evaluation.prepared import Prepared
from cgcli.evaluation.static import static_graph
from cgcli.export import WITH_DATA, export, spelled_out
from cgcli.render.numbers import PICTURE_DIGITS, SHORT, Form
from cgcli.rewrite.differentiate import formulas, with_gradient
from cgcli.rewrite.rewriter import Rewriter
from cgcli.rewrite.rules import EXACT
from cgcli.rewrite.static import Static

PICTURES = ("dot", "mermaid")


def command(request: Request) -> int:
    """Write the code of a target to the output of the request."""
    _check_options(request)
    return run(answer, request)


def _check_options(request: Request) -> None:
    """Raise `CgError` (kind `usage`) for an option that means nothing for the target."""
    picture, query = request.to in PICTURES, request.to == "sql"
    message, hint = None, None
    if picture and request.grad:
        message, hint = "--grad: a picture has no derivatives", "`cg graph --grad` shows adjoints in it"
    elif request.wrt is not None and not request.grad:
        message = "--wrt: nothing is differentiated without --grad"
    elif request.name is not None and (picture or query):
        message = f"--name: a {'picture' if picture else 'query'} has no name"
    elif request.name is not None and not request.name.isidentifier():
        message = f"--name: `{request.name}` is not a name"
    elif request.table is not None and not query:
        message = f"--table: only sql reads a table, and {request.to} is written"
    elif request.table is not None and not request.table.strip():
        message = "--table: the name of a table is not empty"
    if message is not None:
        raise CgError("usage", message, hint=hint)


def answer(session: Session, prepared: Prepared) -> None:
    request, program = session.request, prepared.program
    if request.to in PICTURES:
        _write(_picture(prepared, request.to), request.output)
        return
    data: dict[str, Any] = {}
    if request.to in WITH_DATA:
        data = {name: value for name, value in prepared.bound.items() if value.__class__ is not float}
    static = _static(request, prepared, data)
    name, table = request.name or "f", request.table or "data"
    left_out = [
        f"assert {' '.join(program.source.text[a.start : a.end].split())}" for a in program.assertions
    ]
    if left_out:
        told = f"assertions are left out, as {request.to} has none: {len(left_out)}"
        report(Diagnostic("export", told, severity="note"), request)
    code = export(static, request.to, name, table, program.source, data, whole_rows=True, left_out=left_out)
    _write(code, request.output)


def _static(request: Request, prepared: Prepared, data: Mapping[str, Any]) -> Static:
    """The graph of the outputs, and of their derivatives; an input that has a value is a constant,
    unless it is among the data."""
    program, known = prepared.program, prepared.bound
    if not program.outputs:
        raise CgError("export", "the program has assertions only: there is no output to export")
    # the shape of a default is that of the input, which stays one
    shaped = {
        name: value
        for name, value in prepared.known.items()
        if value.__class__ is not float and name not in program.shapes
    }
    for_reading = request.to == "latex" and request.grad
    static = static_graph(program, shaped | known, for_reading, limits=prepared.limits)
    wrt = wanted_inputs(program, request.wrt, known) if request.grad else []
    static = static.keep(wrt)
    if known:
        rest = {name: value for name, value in known.items() if name not in data}
        static = Rewriter(static, {EXACT}, rest).run()
    if not request.grad:
        return static
    if request.to == "latex" and request.name and static.outputs[0][0] is None:
        static.outputs[0] = (request.name, static.outputs[0][1])
    if for_reading:
        return formulas(static, wrt, program.source, lambda made: spelled_out(made, request.to))
    return with_gradient(static, wrt, program.source)


def _picture(prepared: Prepared, style: str) -> str:
    """What `cg graph` draws."""
    from cgcli.render.records import Picture
    from cgcli.render.styles import draw_dot, draw_mermaid

    picture = Picture(*prepared.partial())
    draw = draw_dot if style == "dot" else draw_mermaid
    return "\n".join(draw(picture, Form(PICTURE_DIGITS, SHORT))) + "\n"


def _write(code: str | bytes, output: str | None) -> None:
    raw = code if isinstance(code, bytes) else code.encode()
    if output is None:
        if code is raw and sys.stdout.isatty():
            raise CgError("usage", "a model is no text for a terminal", hint="name a file: -o FILE")
        sys.stdout.flush()
        sys.stdout.buffer.write(raw)
        sys.stdout.flush()
        return
    from cgcli.data.files import native

    try:
        with open(native(output), "wb") as file:
            file.write(raw)
    except OSError as error:
        raise CgError("file", f"cannot write `{output}`: {error.strerror or error}") from None
