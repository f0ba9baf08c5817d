"""Errors and warnings: what is wrong, where, and what would help."""

from __future__ import annotations

from cgcli.annotations import Any, Iterable
from cgcli.source import Place, Source

# The exit status that each kind of error leads to.
STATUS = {
    "assert": 1,
    "check": 1,
    "convention": 1,
    "nonfinite": 1,
    "number": 1,
    "matrix": 1,
    "rows": 1,
    "unsolved": 1,
    "stopped": 1,
    "interrupted": 130,
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
    "shape": 3,
    "index": 3,
    "limit": 3,
    "dynamic": 3,
    "export": 3,
    "fault": 70,
    "memory": 70,
}

# A hint that would go beyond this column gets a line of its own; a source line that is wider, but for the
# margin, is shown as a window around the place.
COLUMNS, MARGIN = 80, 8

# No terminal is taken to be narrower.
NARROWEST = 24

# Something quoted in a message is cut in the middle beyond this length.
QUOTED = 100


class Diagnostic:
    """One error or warning.

    kind        a key of `STATUS`
    message     one line, without a full stop
    source, start, end      the place it speaks of, or None
    hint        what to do about it, shown beside the mark; or None
    severity    `error`, `warning` or `note`
    labels      other places on the same line, [start, end), and what to say of them
    """

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
        self.kind, self.severity = kind, severity
        self.message, self.hint = _shorten(message), hint and _shorten(hint)
        self.source, self.start, self.end = source, start, max(end, start + 1)
        self.labels: list[tuple[int, int, str]] = []

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

    def lines(self, columns: int = COLUMNS) -> list[str]:
        """The diagnostic as text: the message, the place, and the source line with a mark, which fit so many
        columns."""
        columns = max(columns, NARROWEST)
        head, hint = f"{self.severity}: {self.message}", _visible(self.hint or "")
        place = self.place()
        if place is None:
            return [head, f"  = {hint}"] if hint else [head]
        before, marked, after = _window(place.text, place.column - 1, self.end - self.start, columns - MARGIN)
        margin = " " * len(str(place.line))
        mark = " " * _width(before) + "^" * max(_width(marked), 1)
        lines = [
            head,
            f"{margin}--> {_visible(place.source)}:{place.line}:{place.column}",
            f"{margin} |",
            f"{place.line} | {before}{marked}{after}".rstrip(),
            f"{margin} | {mark}",
        ]
        begin = self.start - place.column + 1
        if self.labels and before + marked + after == _visible(place.text):
            spots = [(low - begin, high - begin, text) for low, high, text in self.labels]
            if all(0 <= low < high <= len(place.text) for low, high, _ in spots) and place.text.isascii():
                rows = _labelled(place.column - 1, len(marked), spots)
                lines[4:] = [f"{margin} | {row}" for row in rows]
                return [*lines, f"{margin} = {hint}"] if hint else lines
        if hint and len(lines[4]) + 1 + _width(hint) <= columns:
            lines[4] += f" {hint}"
        elif hint:
            lines.append(f"{margin} = {hint}")
        return lines


class CgError(Exception):
    """Something is wrong with the program, the command line or the data.

    Carries the diagnostic and the exit status that the command ends with.
    """

    def __init__(self, kind: str, message: str, *place: Any, **given: Any) -> None:
        """Of what a `Diagnostic` is made of."""
        super().__init__(message)
        self.diagnostic = Diagnostic(kind, message, *place, **given)

    def __reduce__(self) -> Any:
        """To be sent to another process."""
        return CgError.of, (self.diagnostic,)

    @classmethod
    def of(cls, diagnostic: Diagnostic) -> CgError:
        """A warning as the error that it is under `--strict`."""
        error = cls(diagnostic.kind, diagnostic.message)
        diagnostic.severity = "error"
        error.diagnostic = diagnostic
        return error

    @property
    def status(self) -> int:
        return STATUS[self.diagnostic.kind]

    def __str__(self) -> str:
        return "\n".join(self.diagnostic.lines())


def _labelled(column: int, length: int, labels: list[tuple[int, int, str]]) -> list[str]:
    """Rows of marks below a line: `^` at the place, `-` at the labels. The text of the last one
    stands beside its mark, those of the others below theirs."""
    labels = sorted(labels)
    row = [" "] * max(column + length, labels[-1][1])
    for low, high, _ in labels:
        row[low:high] = "-" * (high - low)
    row[column : column + length] = "^" * length
    rows = ["".join(row)]
    hanging = list(labels)
    if labels[-1][0] > column:
        rows[0] += f" {hanging.pop()[2]}"
    if hanging:
        rows.append(
            "".join("|" if any(i == low for low, _, _ in hanging) else " " for i in range(hanging[-1][0] + 1))
        )
    while hanging:
        low, _, text = hanging.pop()
        stems = "".join("|" if any(i == other for other, _, _ in hanging) else " " for i in range(low))
        rows.append(stems + text)
    return rows


def _shorten(text: str) -> str:
    """A message on one line, on which no name of thousands of letters can run away."""
    if not text.isprintable():  # a surrogate is a byte of a path: stderr writes its code
        text = "".join(c if c.isprintable() or "\udc80" <= c <= "\udcff" else "\ufffd" for c in text)
    if len(text) <= QUOTED:
        return text
    from re import sub

    def cut(quoted: Any) -> str:
        inside = quoted[1]
        return quoted[0] if len(inside) <= QUOTED else f"`{inside[:60]}…{inside[-20:]}`"

    text = sub(r"`([^`]+)`", cut, text)
    return text if len(text) <= 5 * QUOTED else f"{text[: 4 * QUOTED]}…{text[-50:]}"


def _window(line: str, column: int, length: int, room: int) -> tuple[str, str, str]:
    """The line as (before the mark, marked, after it), cut to a window of so many columns when it is long."""
    low, high = max(column - 2 * room, 0), column + min(length, 2 * room) + 2 * room
    before, marked, after = line[low:column], line[column : column + length][: 2 * room], ""
    if length <= 2 * room:
        after = line[column + length : high]
    before, marked, after = _visible(before), _visible(marked), _visible(after)
    if len(line) > high or low > 0 or _width(before) + _width(marked) + _width(after) > room:
        before = _cut(before, room // 2, last=True)
        whole, marked = marked, _cut(marked, room // 2)
        if marked != whole:
            after = ""
        after = _cut(after, room - _width(before) - _width(marked))
    return before, marked, after


def _visible(text: str) -> str:
    """The text with tabs as spaces, and something to see for what cannot be seen."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else " " if c == "\t" else "\ufffd" for c in text)


def _cut(text: str, room: int, last: bool = False) -> str:
    """The beginning of a text, or its end, that fits so many columns; an ellipsis when that is not all."""
    if _width(text) <= room:
        return text
    kept = text[-room:] if last else text[: max(room, 1)]
    while kept and _width(kept) >= room:
        kept = kept[1:] if last else kept[:-1]
    return f"…{kept}" if last else f"{kept}…"


def _width(text: str) -> int:
    """Columns that a text takes on a terminal: wide characters two, combining ones none."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def abridged(texts: Iterable[str], most: int) -> str:
    """The first of them with commas between, and whether there are more."""
    found = list(texts)
    return ", ".join(found[:most]) + (", ..." if len(found) > most else "")


def likely(word: str, known: Any) -> str | None:
    """The known name that `word` is likely to be a slip of, if there is one."""
    from difflib import get_close_matches

    if len(word) > 50:
        return None
    names = list(known)
    for name in names:
        if name.lower() == word.lower() or (len(word) > 2 and sorted(name) == sorted(word)):
            return str(name)
    found = get_close_matches(word, names, 1, 0.8)
    return found[0] if found else None


def suggestion(word: str, known: Any, otherwise: str | None = None) -> str | None:
    """A hint at the known name that `word` is likely to be a slip of; where there is none, another hint."""
    match = likely(word, known)
    return f"did you mean `{match}`?" if match else otherwise
