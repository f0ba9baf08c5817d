"""What a command answers with, output by output, and how that is written."""

from __future__ import annotations

import sys
from itertools import chain, product

from cgcli.annotations import Any, Iterator, Sequence
from cgcli.cli.session import Session
from cgcli.control.structures import HOLDERS
from cgcli.evaluation.names import nothing_moves
from cgcli.language.block import Output
from cgcli.later import json, re
from cgcli.render.numbers import array_text, value_text
from cgcli.render.structures import json_text, text_pieces, texts


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

    def is_constant(self) -> bool:
        """Whether no derivative is anything but 0."""
        return not any(value if value.__class__ is float else value.any() for _, _, value in self.entries)

    def require_finite(self, session: Session, point: Any) -> None:
        """Under `--strict`, raise for a derivative that is not finite."""
        if session.request.strict:
            for label, _, value in self.entries:
                session.require_finite(point, self.output, label, value)


def write(session: Session, answers: Sequence[Answer], what: str, columns: tuple[str, ...] = ()) -> None:
    """Write answers in the form of the request. `what` is the derivatives' key in JSON and column in
    CSV, where `columns` are for the names that they are by."""
    request = session.request
    if columns and any(answer.is_constant() for answer in answers):
        session.warn(nothing_moves(session.program, request.wrt))
    if request.format != "text":
        if request.format == "json":
            return _write_json(session, answers, what)
        return _write_csv(session, answers, what, columns)
    for answer in answers:
        values = [answer.value, *(value for _, _, value in answer.entries)]
        labels = [answer.name, *(label for label, _, _ in answer.entries)]
        for label, pieces in zip(labels, texts(values, request.digits), strict=True):
            named = [] if label is None else [f"{label} = "]
            sys.stdout.writelines(chain(named, pieces, "\n"))


def _write_json(session: Session, answers: Sequence[Answer], what: str) -> None:
    """An object an output; derivatives stand under the names that they are by, one in the other."""
    for answer in answers:
        values = [answer.value, *(value for _, _, value in answer.entries)]
        places = iter(range(len(values)))
        record: dict[str, Any] = {
            "output": answer.name,
            "line": session.source.line(answer.output.start),
            "value": f"\0{next(places)}",
        }
        shape = _shape(answer.value)
        if 0 in shape and len(shape) > 1:  # which nested lists do not show
            record["shape"] = shape
        if what != "value":
            record[what] = {}
        for _, names, _ in answer.entries:
            place, keys = record, (what, *names)
            for key in keys[:-1]:
                place = place.setdefault(key, {})
            place[keys[-1]] = f"\0{next(places)}"
        parts = re.split(r'"\\u0000(\d+)"', json.dumps(record, ensure_ascii=False))
        for text, index in zip(parts[::2], parts[1::2]):
            sys.stdout.writelines(chain([text], json_text(values[int(index)], session.request.digits)))
        sys.stdout.write(parts[-1] + "\n")


def _write_csv(session: Session, answers: Sequence[Answer], what: str, columns: tuple[str, ...]) -> None:
    """A row a derivative, or an output that has none. Of arrays a row an element, whose index stands
    behind the names: those of an output come first among the axes of its derivatives."""
    import csv

    names = ["output", "value", *columns, *((what,) if what != "value" else ())]
    digits = session.request.digits
    table = csv.writer(sys.stdout, lineterminator="\n")
    if not session.started:
        table.writerow(names)
    session.started = True
    for answer in answers:
        name, own = answer.name or "", _shape(answer.value)
        weighed = what == "seeded" and own  # the derivatives are those of a sum
        if weighed or not answer.entries:
            blank = [""] * len(names[2:])
            table.writerows(
                (*row, *blank) for row in zip(_labels(name, own), _elements(answer.value, digits))
            )
        # of a name, where derivatives are by two
        twice = [(by[0], x) for _, by, x in answer.entries if len(by) == 2 and by[0] == by[1]]
        ranks = {by: len(_shape(x)) // 2 for by, x in twice}
        for _, by, derivatives in answer.entries:
            rest = _shape(derivatives)[0 if weighed else len(own) :]
            cut = ranks.get(by[0], 0) if len(by) > 1 else len(rest)
            values = [""] if weighed else _elements(answer.value, digits)
            rows = zip(_labels(name, () if weighed else own), values)
            wrt = [_labels(b, at) for b, at in zip(by, (rest[:cut], rest[cut:]))]
            cells = zip(product(rows, *wrt), _elements(derivatives, digits), strict=True)
            table.writerows((*row, *bys, found) for (row, *bys), found in cells)


def _elements(value: Any, digits: int | None) -> Iterator[str]:
    """The texts of a value's elements, in order."""
    if value.__class__ is float:
        yield value_text(value, digits)
    elif value.__class__ in HOLDERS:
        yield "".join(text_pieces(value, digits))
    elif value.size:
        for piece in array_text(value.reshape(-1), digits):
            yield from piece.strip("[], ").split(", ") if piece != "]" else ()


def _shape(value: Any) -> tuple[int, ...]:
    return getattr(value, "shape", ())


def _labels(name: str, shape: tuple[int, ...]) -> Iterator[str]:
    """What the elements of an array are called, `x[0,1]`; a number has its name alone."""
    if not shape:
        yield name
        return
    for place in product(*map(range, shape[:-1])):
        lead = f"{name}[" + "".join([f"{at}," for at in place])
        yield from (f"{lead}{at}]" for at in range(shape[-1]))
