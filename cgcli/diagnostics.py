"""Errors and warnings: what is wrong, where, and what would help."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cgcli.source import Place, Source

# The exit status that each kind of error leads to.
STATUS = {
    "assert": 1,
    "check": 1,
    "lines": 1,
    "nonfinite": 1,
    "usage": 2,
    "file": 2,
    "binding": 2,
    "text": 3,
    "empty": 3,
    "syntax": 3,
    "name": 3,
    "arity": 3,
    "recursion": 3,
    "unbound": 3,
    "unsupported": 3,
    "limit": 3,
    "fault": 70,
    "memory": 70,
}

# A source line longer than this is shown as a window around the place.
WINDOW = 72


class Diagnostic:
    """One error or warning.

    kind        a key of `STATUS`
    message     one line, without a full stop
    source, start, end      the place it speaks of, or None
    hint        what to do about it, shown beside the mark; or None
    severity    `error` or `warning`
    """

    __slots__ = ("end", "hint", "kind", "message", "severity", "source", "start")

    def __init__(
        self,
        kind: str,
        message: str,
        source: Source | None = None,
        start: int = -1,
        end: int = -1,
        hint: str | None = None,
        severity: str = "error",
    ) -> None:
        self.kind, self.message, self.hint, self.severity = kind, message, hint, severity
        self.source, self.start, self.end = source, start, max(end, start + 1)

    def place(self) -> Place | None:
        if self.source is None or self.start < 0:
            return None
        return self.source.locate(self.start)

    def record(self) -> dict[str, Any]:
        """The diagnostic as plain data, for JSON."""
        place = self.place()
        return {
            self.severity: {
                "kind": self.kind,
                "message": self.message,
                "source": place and place.source,
                "line": place and place.line,
                "column": place and place.column,
                "hint": self.hint,
            }
        }

    def lines(self) -> list[str]:
        """The diagnostic as text: the message, the place, and the source line with a mark."""
        head = f"{self.severity}: {self.message}"
        place = self.place()
        if place is None:
            return [head, f"  = {self.hint}"] if self.hint else [head]
        before, marked, after = _window(place.text, place.column - 1, self.end - self.start)
        margin = " " * len(str(place.line))
        mark = "^" * max(_width(marked), 1)
        return [
            head,
            f"{margin}--> {place.source}:{place.line}:{place.column}",
            f"{margin} |",
            f"{place.line} | {before}{marked}{after}".rstrip(),
            f"{margin} | {' ' * _width(before)}{mark} {self.hint or ''}".rstrip(),
        ]


class CgError(Exception):
    """Something is wrong with the program, the command line or the data.

    Carries the diagnostic and the exit status that the command ends with.
    """

    def __init__(
        self,
        kind: str,
        message: str,
        source: Source | None = None,
        start: int = -1,
        end: int = -1,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.diagnostic = Diagnostic(kind, message, source, start, end, hint)

    @property
    def status(self) -> int:
        return STATUS[self.diagnostic.kind]

    def __str__(self) -> str:
        return "\n".join(self.diagnostic.lines())


def _window(line: str, column: int, length: int) -> tuple[str, str, str]:
    """The line as (before the mark, marked, after it), cut to a window when it is long."""
    if not line.isprintable():
        line = "".join(c if c.isprintable() else " " if c == "\t" else "\ufffd" for c in line)
    before, marked, after = line[:column], line[column : column + length], line[column + length :]
    if len(line) > WINDOW:
        if len(before) > WINDOW // 2:
            before = "…" + before[1 - WINDOW // 2 :]
        if len(marked) > WINDOW // 2:
            marked = marked[: WINDOW // 2 - 1] + "…"
            after = ""
        room = WINDOW - len(before) - len(marked)
        if len(after) > room:
            after = after[: room - 1] + "…"
    return before, marked, after


def _width(text: str) -> int:
    """Columns that a text takes on a terminal: wide characters two, combining ones none."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(
        0 if combining(character) else 2 if east_asian_width(character) in "WF" else 1
        for character in text
    )


def likely(word: str, known: Any) -> str | None:
    """The known name that `word` is likely to be a slip of, if there is one."""
    from difflib import get_close_matches

    names = list(known)
    for name in names:
        if name.lower() == word.lower() or (len(word) > 2 and sorted(name) == sorted(word)):
            return str(name)
    found = get_close_matches(word, names, 1, 0.8)
    return found[0] if found else None
