"""When a program that runs is stopped."""

from __future__ import annotations

from math import inf


class Limits:
    """When a program is stopped: after so many operations, rounds and calls; after so many seconds."""

    def __init__(self, operations: float = 1e8, seconds: float = inf) -> None:
        self.operations, self.seconds = operations, seconds


class Stopped(Exception):
    """A program was ended at a statement: `kind` is that of the diagnostic, `names` tells whether the values
    of names help."""

    def __init__(
        self, kind: str, message: str, place: tuple[int, int], hint: str | None = None, names: bool = False
    ) -> None:
        super().__init__(message)
        self.kind, self.message, self.place, self.hint, self.names = kind, message, place, hint, names
