"""What a command answers with, output by output, and how that is written."""

from __future__ import annotations

import sys

from cgcli.render.numbers import value_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from cgcli.cli.session import Session
    from cgcli.evaluation.point import Point
    from cgcli.language.program import Output


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
        from cgcli.cli.records import write_csv, write_json

        if request.format == "json":
            write_json(session, answers, what)
        else:
            write_csv(session, answers, what, columns)
        return
    lines = []
    for answer in answers:
        shown = value_text(answer.value, request.digits)
        lines.append(shown if answer.name is None else f"{answer.name} = {shown}")
        lines += [f"{label} = {value_text(value, request.digits)}" for label, _, value in answer.entries]
    if lines:
        sys.stdout.write("\n".join(lines) + "\n")
