"""What a command answers with, output by output, and how that is written."""

from __future__ import annotations

import sys

from cgcli.render.numbers import json_value, value_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from cgcli.cli.session import Session
    from cgcli.evaluation.point import Point
    from cgcli.language.block import Output


class Answer:
    """An output and what was found of it.

    output      the output
    name        what it is called; None prints the value alone
    value       its value
    entries     derivatives: a label for the text, the names they are by, and the value
    """

    __slots__ = ("entries", "name", "output", "value")

    def __init__(self, output: Output, name: str | None, value: Any) -> None:
        self.output, self.name, self.value = output, name, value
        self.entries: list[tuple[str, tuple[str, ...], Any]] = []

    def add(self, label: str, names: tuple[str, ...], value: Any) -> None:
        """A derivative; a 0 in it has no sign, which would say nothing of the function."""
        if value.__class__ is float or (value == 0).any():
            value = value + 0.0
        self.entries.append((label, names, value))

    def require_finite(self, session: Session, point: Point) -> None:
        """Under `--strict`, raise for a derivative that is not finite."""
        if session.request.strict:
            for label, _, value in self.entries:
                session.require_finite(point, self.output, label, value)


def write(session: Session, answers: Sequence[Answer], what: str, columns: tuple[str, ...] = ()) -> None:
    """Write answers in the form of the request. `what` is the derivatives' key in JSON and column in
    CSV, where `columns` are for the names that they are by."""
    request = session.request
    if request.format != "text":
        if request.format == "json":
            return _write_json(session, answers, what)
        return _write_csv(session, answers, what, columns)
    lines = []
    for answer in answers:
        shown = value_text(answer.value, request.digits)
        lines.append(shown if answer.name is None else f"{answer.name} = {shown}")
        lines += [f"{label} = {value_text(value, request.digits)}" for label, _, value in answer.entries]
    if lines:
        sys.stdout.write("\n".join(lines) + "\n")


def _write_json(session: Session, answers: Sequence[Answer], what: str) -> None:
    """An object an output; derivatives stand under the names that they are by, one in the other."""
    import json

    digits = session.request.digits
    for answer in answers:
        record: dict[str, Any] = {
            "output": answer.name,
            "line": session.source.line(answer.output.start),
            "value": json_value(answer.value, digits),
        }
        if what != "value":
            record[what] = {}
        for _, names, value in answer.entries:
            place, keys = record, (what, *names)
            for key in keys[:-1]:
                place = place.setdefault(key, {})
            place[keys[-1]] = json_value(value, digits)
        print(json.dumps(record, ensure_ascii=False))


def _write_csv(session: Session, answers: Sequence[Answer], what: str, columns: tuple[str, ...]) -> None:
    """A row a derivative, or an output that has none; arrays are written as in text."""
    from cgcli.data.csv_rows import CsvWriter
    from cgcli.data.schema import NUMBER, TEXT, Schema

    names = ["output", "value", *columns, *((what,) if what != "value" else ())]
    kinds = [NUMBER if name in ("value", what) else TEXT for name in names]
    digits = session.request.digits
    table = CsvWriter(sys.stdout, Schema(names, kinds), lambda x: value_text(x, digits), not session.started)
    session.started = True
    for answer in answers:
        start = (answer.name, answer.value)
        for _, by, value in answer.entries:
            table.write((*start, *by, value))
        if not answer.entries:
            table.write((*start, *(None for _ in names[2:])))
