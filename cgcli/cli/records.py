"""Answers as JSON objects, one a line, and as CSV."""

from __future__ import annotations

import json
import sys

from cgcli.cli.answers import Answer
from cgcli.cli.session import Session
from cgcli.data.csv_rows import CsvWriter
from cgcli.data.schema import NUMBER, TEXT, Schema
from cgcli.render.numbers import json_value, value_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


def write_json(session: Session, answers: Sequence[Answer], what: str) -> None:
    """An object an output; derivatives stand under the names that they are by, one in the other."""
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


def write_csv(session: Session, answers: Sequence[Answer], what: str, columns: tuple[str, ...]) -> None:
    """A row a derivative, or an output that has none; arrays are written as in text."""
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
