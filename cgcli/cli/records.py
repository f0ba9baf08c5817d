"""Answers as JSON objects, one a line, and as CSV."""

from __future__ import annotations

import csv
import json
import sys

from cgcli.cli.answers import Answer
from cgcli.cli.session import Session
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
    digits = session.request.digits
    rows = csv.writer(sys.stdout, lineterminator="\n")
    if not session.started:
        rows.writerow(("output", "value", *columns, *((what,) if what != "value" else ())))
        session.started = True
    for answer in answers:
        start = (answer.name or "", value_text(answer.value, digits))
        for _, names, value in answer.entries:
            rows.writerow((*start, *names, value_text(value, digits)))
        if not answer.entries:
            rows.writerow((*start, *("" for _ in columns), *(("",) if what != "value" else ())))
