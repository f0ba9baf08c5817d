"""What a command answers with, output by output, and how that is written."""

from __future__ import annotations

import sys
from itertools import product

from cgcli.annotations import Any, Iterable, Sequence
from cgcli.cli.session import Session
from cgcli.evaluation.specialised import Point
from cgcli.language.block import Output
from cgcli.render.numbers import json_value, value_text


class Answer:
    """An output and what was found of it.

    output      the output
    name        what it is called; None prints the value alone
    value       its value
    entries     derivatives: a label for the text, the names they are by, and the value
    """

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
    """A row a derivative, or an output that has none. Of arrays a row an element, whose index stands
    behind the names: those of an output come first among the axes of its derivatives."""
    from cgcli.data.csv_rows import CsvWriter
    from cgcli.data.schema import NUMBER, TEXT, Schema

    names = ["output", "value", *columns, *((what,) if what != "value" else ())]
    kinds = [NUMBER if name in ("value", what) else TEXT for name in names]
    digits = session.request.digits
    table = CsvWriter(sys.stdout, Schema(names, kinds), lambda x: value_text(x, digits), not session.started)
    session.started = True
    for answer in answers:
        name, own = answer.name or "", dict(_elements(answer.value))
        weighed = what == "seeded" and () not in own  # the derivatives are those of a sum
        if weighed or not answer.entries:
            for place, value in own.items():
                table.write((name + _index(place), value, *(None for _ in names[2:])))
        rank = 0 if weighed else len(getattr(answer.value, "shape", ()))
        # of a name, where derivatives are by two
        twice = [(by[0], x) for _, by, x in answer.entries if len(by) == 2 and by[0] == by[1]]
        ranks = {by: len(getattr(x, "shape", ())) // 2 for by, x in twice}
        for _, by, derivatives in answer.entries:
            for place, derivative in _elements(derivatives):
                of, rest = place[:rank], place[rank:]
                cut = ranks.get(by[0], 0) if len(by) > 1 else len(rest)
                wrt = [b + _index(at) for b, at in zip(by, (rest[:cut], rest[cut:]))]
                table.write((name + _index(of), None if weighed else own[of], *wrt, derivative))


def _elements(value: Any) -> Iterable[tuple[tuple[int, ...], float]]:
    """The elements of an array in order, each with its place; a number has the place ()."""
    if value.__class__ is float:
        return [((), value)]
    places = product(*map(range, value.shape))
    return zip(places, value.ravel().tolist(), strict=True)


def _index(place: tuple[int, ...]) -> str:
    return f"[{','.join(map(str, place))}]" if place else ""
