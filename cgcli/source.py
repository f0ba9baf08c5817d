"""Where program text comes from, and how a place in it is named."""

from __future__ import annotations

from bisect import bisect_right


class Source:
    """One or more texts under one numbering of characters, so that a place is one integer.

    `parts` are (name, text) pairs; the texts are joined by newlines. Offsets count characters
    from 0; lines and columns count from 1. A line ends with LF, CR LF or CR. `first_line` is the
    number of the first line, where the text is a line out of a longer one.
    """

    __slots__ = ("begins", "first_line", "names", "text")

    def __init__(self, *parts: tuple[str, str], first_line: int = 1) -> None:
        self.first_line = first_line
        self.names = [name for name, _ in parts]
        self.begins = [0]
        for _, text in parts[:-1]:
            self.begins.append(self.begins[-1] + len(text) + 1)
        self.text = parts[0][1] if len(parts) == 1 else "\n".join(text for _, text in parts)

    def ranges(self) -> list[tuple[int, int]]:
        """The [begin, end) of each part."""
        ends = [begin - 1 for begin in self.begins[1:]] + [len(self.text)]
        return list(zip(self.begins, ends, strict=True))

    def locate(self, offset: int) -> Place:
        """The place of a character: its part, line, column and the text of its line."""
        part = bisect_right(self.begins, offset) - 1
        begin, end = self.ranges()[part]
        text = self.text
        returned = _last_lone_return(text, begin, offset)
        line_begin = max(text.rfind("\n", begin, offset), returned, begin - 1) + 1
        stops = [i for i in (text.find("\n", offset, end), text.find("\r", offset, end)) if i >= 0]
        line = self.first_line + _count_lines(text, begin, line_begin)
        line_end = min(stops, default=end)
        return Place(self.names[part], line, offset - line_begin + 1, text[line_begin:line_end])


class Place:
    """A place in a source: name of the part, line and column from 1, text of the whole line."""

    __slots__ = ("column", "line", "source", "text")

    def __init__(self, source: str, line: int, column: int, text: str) -> None:
        self.source, self.line, self.column, self.text = source, line, column, text


def _count_lines(text: str, begin: int, end: int) -> int:
    newlines = text.count("\n", begin, end)
    if "\r" in text:
        newlines += text.count("\r", begin, end) - text.count("\r\n", begin, end)
    return newlines


def _last_lone_return(text: str, begin: int, end: int) -> int:
    """The last CR that is a line end of its own; one before LF is found by its LF."""
    found = text.rfind("\r", begin, end)
    while found >= 0 and text[found + 1 : found + 2] == "\n":
        found = text.rfind("\r", begin, found)
    return found
