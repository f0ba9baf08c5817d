"""Where program text comes from, and how a place in it is named."""

from __future__ import annotations

from bisect import bisect_right

from cgcli.later import re

_LINE_END = r"\r\n?|\n"


class Source:
    """One or more texts under one numbering of characters, so that a place is one integer.

    `parts` are (name, text) pairs; the texts are joined by newlines. Offsets count characters
    from 0; lines and columns count from 1. A line ends with LF, CR LF or CR. `first_line` is the
    number of the first line, where the text is a line out of a longer one.

    names, ranges, begins   of each part: its name, its place [begin, end), and where that begins
    """

    def __init__(self, *parts: tuple[str, str], first_line: int = 1) -> None:
        self.first_line = first_line
        self.names = [name for name, _ in parts]
        self.ranges = [(0, len(parts[0][1]))]
        for _, text in parts[1:]:
            begin = self.ranges[-1][1] + 1
            self.ranges.append((begin, begin + len(text)))
        self.begins = [begin for begin, _ in self.ranges]
        self.text = parts[0][1] if len(parts) == 1 else "\n".join(text for _, text in parts)
        self._lines: list[int] | None = None

    def beside(self, name: str, text: str) -> Source:
        """The same with one more part, the last."""
        parts = [
            (own, self.text[begin:end]) for own, (begin, end) in zip(self.names, self.ranges, strict=True)
        ]
        return Source(*parts, (name, text))

    def line(self, offset: int) -> int:
        """The number of the line, within its part, that a character stands on."""
        part = self.begins[bisect_right(self.begins, offset) - 1]
        lines = self._line_begins()
        return self.first_line + bisect_right(lines, offset) - bisect_right(lines, part)

    def locate(self, offset: int) -> Place:
        """The place of a character: its part, line, column and the text of its line."""
        lines = self._line_begins()
        begin, *after = lines[(row := bisect_right(lines, offset)) - 1 : row + 1]
        part = bisect_right(self.begins, offset) - 1
        text = (
            self.text[begin : after[0]].removesuffix("\n").removesuffix("\r") if after else self.text[begin:]
        )
        return Place(self.names[part], self.line(offset), offset - begin + 1, text)

    def _line_begins(self) -> list[int]:
        """Where each line begins; found once, when a place is first asked for."""
        if self._lines is None:
            self._lines = [0, *(match.end() for match in re.finditer(_LINE_END, self.text))]
        return self._lines


class Place:
    """A place in a source: name of the part, line and column from 1, text of the whole line."""

    def __init__(self, source: str, line: int, column: int, text: str) -> None:
        self.source, self.line, self.column, self.text = source, line, column, text


def composed(name: str) -> str:
    """A name with each letter and its marks as one character, which is how programs have them; the sign of
    micro is the letter that it looks like."""
    if name.isascii():
        return name
    from unicodedata import normalize

    return normalize("NFC", name).replace("\N{MICRO SIGN}", "\N{GREEK SMALL LETTER MU}")
