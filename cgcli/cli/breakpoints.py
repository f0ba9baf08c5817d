"""Where `cg debug` stops."""

from __future__ import annotations

import re

from cgcli.annotations import Callable
from cgcli.diagnostics import CgError
from cgcli.evaluation.stepping import Stepping, places


class Breakpoint:
    """A line before which a run stops: what it is called, the place of the statement that comes first there,
    and the condition and its text, if there is one."""

    def __init__(self, line: str, start: int, text: str, holds: Callable[[], bool] | None) -> None:
        self.line, self.start, self.text, self.holds = line, start, text, holds

    def __str__(self) -> str:
        return f"{self.line} if {self.text}" if self.text else self.line


class Breakpoints:
    """All of them, by the order in which they were made."""

    def __init__(self, at: Stepping) -> None:
        self._at = at
        self.all: list[Breakpoint] = []
        self._starts: set[int] = set()

    def reached(self) -> bool:
        """Whether a run stands where it is to stop. Raises `CgError` for a condition that is none."""
        start = self._at.run.place[0]
        if start not in self._starts:
            return False
        return any(stop.start == start and (stop.holds is None or stop.holds()) for stop in self.all)

    def add(self, given: str) -> Breakpoint:
        """From `LINE` or `LINE if EXPR`; the one that was there goes. Raises `CgError`."""
        found = re.fullmatch(r"(\S+)(\s+if\b\s*(.*))?", given)
        if found is None:
            raise CgError("usage", "`break` takes LINE, or LINE if EXPR")
        line, condition, text = found.groups()
        if condition and not text:
            raise CgError("usage", "`break LINE if` takes an expression")
        name, start = self._line(line)
        made = Breakpoint(name, start, text, self._at.condition(text, "<break>") if text else None)
        self._keep([*(stop for stop in self.all if stop.line != name), made])
        return made

    def clear(self, given: str) -> None:
        """That of a line, or all. Raises `CgError` where there is none."""
        name = self._line(given)[0] if given else None
        if name is not None and all(stop.line != name for stop in self.all):
            raise CgError("usage", f"no breakpoint is at line {name}", hint="`break` lists them")
        self._keep([stop for stop in self.all if name is not None and stop.line != name])

    def _keep(self, stops: list[Breakpoint]) -> None:
        self.all, self._starts = stops, {stop.start for stop in stops}

    def _line(self, text: str) -> tuple[str, int]:
        """A line of the program, given as LINE or FILE:LINE, or the next one on which a statement begins; and
        the place of the first statement there. Raises `CgError`."""
        source = self._at.program.source
        file, _, digits = text.rpartition(":")
        if not re.fullmatch("[0-9]{1,15}", digits) or (file and file not in source.names):
            told = f"`{file}` is no file of the program" if file else f"`{text}` is no line"
            raise CgError("usage", told, hint="as in: break 3")
        file = file or source.locate(max(self._at.run.place[0], 0)).source
        begin, end = source.ranges[source.names.index(file)]
        firsts: dict[int, int] = {}
        for start, _ in places(self._at.run):
            if begin <= start <= end:
                line = source.line(start)
                firsts[line] = min(start, firsts.get(line, start))
        last = source.line(begin + len(source.text[begin:end].rstrip()))
        wanted = int(digits)
        after = [line for line in firsts if line >= wanted]
        if not 1 <= wanted <= last:
            raise CgError("usage", f"there is no line {wanted}: the program has {last}")
        if not after:
            raise CgError("usage", f"no statement begins on line {wanted} or after it")
        found = min(after)
        return (f"{file}:{found}" if len(source.names) > 1 else str(found)), firsts[found]
