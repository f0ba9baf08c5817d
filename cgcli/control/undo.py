"""The undo log of a run: what it has put aside, and takes back in the other order."""

from __future__ import annotations

from array import array

from cgcli.annotations import Any

# From so many values on what is there is packed: a number in a list takes four times as much memory.
MANY = 2**14


class Log:
    """What has been put aside.

    append      puts a value, or None for a gap
    take        takes the last one of those that are `ready`
    """

    __slots__ = ("_last", "_packed", "append", "take")

    def __init__(self) -> None:
        self._packed: list[Any] = []
        self._last: list[Any] = []
        self.append, self.take = self._last.append, self._last.pop

    def pop(self) -> Any:
        """Take back the value that was put last."""
        if not self._last:
            self.ready(1)
        return self.take()

    def ready(self, count: int) -> None:
        """Let so many values be taken, if there are so many."""
        while len(self._last) < count and self._packed:
            part = self._packed.pop()
            self._last[:0] = part.tolist() if part.__class__ is array else part

    def pack(self) -> None:
        """Let what is there take less memory, where it is much."""
        if len(self._last) >= MANY:
            try:
                self._packed.append(array("d", self._last))
            except TypeError:  # there is a gap, or what is no number
                self._packed.append(tuple(self._last))
            self._last.clear()

    def mark(self) -> int:
        """Where it stands, for `cut` before it is packed again."""
        return len(self._last)

    def cut(self, mark: int) -> None:
        """Let go of what was put since a mark."""
        del self._last[mark:]

    def copy(self) -> Log:
        """Another one with the same values."""
        found = Log()
        found._packed[:], found._last[:] = self._packed, self._last
        return found

    def __len__(self) -> int:
        return sum(map(len, self._packed)) + len(self._last)
