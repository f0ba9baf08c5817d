"""`cg eval` and `cg grad` over rows: a table in, a table out."""

from __future__ import annotations

import contextlib
import signal

from cgcli.annotations import Any, Collection
from cgcli.cli.bindings import Bindings
from cgcli.cli.progress import watched
from cgcli.cli.reading import read_program, split_arguments
from cgcli.cli.request import Request
from cgcli.cli.session import Session
from cgcli.cli.sources import grid_of, table_of, types_of
from cgcli.cli.table import is_flat, output
from cgcli.data.prefetch import ahead
from cgcli.diagnostics import CgError, suggestion
from cgcli.ending import limited, listening
from cgcli.evaluation.columns import offer_columns, with_condition
from cgcli.evaluation.row_function import RowFunction, RowOptions
from cgcli.evaluation.row_warnings import Lost, unprinted
from cgcli.evaluation.rows import MANY
from cgcli.language.scanner import quoted


def command(request: Request) -> int:
    """Answer for every row of a table, or say what would become of one; returns the exit status."""
    if request.command == "plan":
        from cgcli.cli.rows_plan import plan

        return plan(*made(request, request.grad))
    session, table, function = made(request, request.command == "grad")
    with listening((signal.SIGTERM, signal.SIGHUP), _end), limited(session.limits().seconds):
        _answer(session, table, function)
    return session.status


def _end(number: int, frame: Any) -> None:
    """What is asked to end does so as if it was interrupted: nothing temporary stays behind."""
    raise SystemExit(128 + number)


def made(request: Request, derivatives: bool) -> tuple[Session, Any, RowFunction]:
    """The rows of a request, and the program as a function of them. Raises `CgError`."""
    _require_sense(request)
    text, arguments = split_arguments(request)
    source = read_program(request, text)
    session = Session(request, Bindings.asked(request, arguments))
    table = _table(session)
    session.warn_of_bindings()
    whole, aside = with_condition(source, request.where)
    try:
        prepared = session.prepared(whole, [*map(quoted, table.names)], aside)
    except CgError as error:
        offer_columns(error, whole.text, table.names)
        raise
    options = RowOptions(
        derivatives=derivatives, wrt=request.wrt, show=request.show, where=request.where, by=request.by,
        keep=[*table.names] if request.over and request.reduce is None else request.keep,
        reduce=request.reduce, drop=request.bad == "drop", flat=is_flat(request),
        strict=request.strict,
        engine=request.engine, threads=request.threads,
        texts=[name for name, kind in types_of(request).items() if kind == "text"],
    )  # fmt: skip
    values, inputs = session.bindings.values, prepared.program.inputs
    shapes = table.shapes(
        [name for name in table.names if quoted(name) in inputs or _is_handed(request, name)]
    )
    if request.over:
        _require_used(table.names, inputs, values)
    count = MANY if table.count is None else table.count
    function = RowFunction(source, values, table.names, shapes, options, count, prepared)
    session.warn(unprinted(prepared.program), *function.warnings()[len(prepared.warnings) :])
    return session, table, function


def _answer(session: Session, table: Any, function: RowFunction) -> None:
    """Read, compute and write, all at the same time."""
    request = session.request
    runs = function.rows.left is None  # then a row says what the columns are
    with contextlib.ExitStack() as stack:
        sink = None if runs else output(stack, request, function.names)
        if sink is not None and (found := _few(request, table, function)) is not None:
            sink.write(found, None)
            return sink.close()
        if request.on is not None:
            from cgcli.evaluation.cluster import elsewhere

            computed = elsewhere(request.on, function, table, request.bad)
        else:
            batches = table.batches(function.read, function.handed, request.bad)
            computed = ahead(function.answers(batches))
        lost = Lost()
        answers = function.begun(_told(session, watched(computed, table), lost))
        sink = sink or output(stack, request, function.names)
        if request.reduce is None:
            for batch, found in _with_rows(answers):
                sink.write(function.columns_of(batch, found), batch.missing)
        else:
            from cgcli.evaluation.totals import reduced

            sink.write(*reduced(function, answers, session.warn))
        sink.close()
    session.warn(lost.note(), *table.notes())


def _few(request: Request, table: Any, function: RowFunction) -> list[list[Any]] | None:
    """The columns of the answer where the rows are few and plain; they need none of what many rows do."""
    rows = function.rows
    if (
        any((request.over, request.reduce, request.on, request.types, *rows.columns.values()))
        or request.engine == "kernel"
        or not rows.names
        or rows.left is None
        or any(rows.left.shapes)
        or (found := table.few(function.read, function.kept)) is None
    ):
        return None
    from cgcli.evaluation.few_rows import few

    return few(function, *found)


def _with_rows(answers: Any) -> Any:
    """Those that have rows, or the last one where none has: of others nothing would be written but what the
    columns are called, and an error may follow."""
    last, is_some = None, False
    for last in answers:
        if last[0].count:
            is_some = True
            yield last
    if last is not None and not is_some:
        yield last


def _told(session: Session, answers: Any, lost: Lost) -> Any:
    """The same, with the first warning of batches reported, and what they have lost counted."""
    is_told = False
    for batch, found in answers:
        if not is_told:
            session.warn(batch.warning)
            is_told = batch.warning is not None
        session.warn(batch.digits)
        lost.add(batch)
        yield batch, found


def _require_sense(request: Request) -> None:
    """Raise `CgError` (kind `usage`) for options that do not go together."""
    if not request.data and not request.over:
        told = f"--{request.rows_option} is for rows, and there are none"
        raise CgError("usage", told, hint="--data FILE or --over x=0:1:0.1 has some")
    if request.data and request.over:
        raise CgError("usage", "rows are those of --data or those of --over, not both")
    for option in ("lines", "along", "seed", "mode"):
        if getattr(request, option):
            raise CgError("usage", f"--{option} does not go with rows")
    if request.keep and request.over:
        raise CgError("usage", "--keep is for columns of files; those of --over are there anyway")
    if request.on is not None and request.over:
        raise CgError("usage", "--on is for files, and not for --over")
    if request.by and request.reduce is None:
        raise CgError("usage", "--by is for groups, and needs --reduce")
    if request.keep and request.reduce is not None:
        raise CgError("usage", "--keep does not go with --reduce", hint="--by names the columns of groups")


def _table(session: Session) -> Any:
    """The rows that are asked for."""
    request = session.request
    if request.over:
        return grid_of(request, session.bindings)
    return table_of(request)


def _is_handed(request: Request, name: str) -> bool:
    return name in (*request.keep, *request.by) or list(request.keep) == ["all"]


def _require_used(names: Collection[str], inputs: Collection[str], values: Collection[str]) -> None:
    """Raise `CgError` for a range of what is no input of the program, or has a value."""
    for name in names:
        if name in values:
            raise CgError("usage", f"`{name}` has a value from --over, and another one")
        if quoted(name) not in inputs:
            told = f"--over: the program does not use `{name}`"
            raise CgError("usage", told, hint=suggestion(name, inputs))
