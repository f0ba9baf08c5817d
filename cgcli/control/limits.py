"""When a program that runs is stopped."""

from __future__ import annotations

from math import inf

# So many calls may be one inside the other: some gigabytes.
DEEPEST_CALL = 4_000_000

# And in a program that is unrolled before its values are known, which takes longer.
DEEPEST_UNROLLED = 150_000

# What to say past the limit of operations.
MORE_OPERATIONS = "--max-ops allows more"


class Limits:
    """When a program is stopped: after so many operations, rounds and calls; after so many seconds; and where
    so many `calls` are one inside the other, with the hint that is `deep`."""

    def __init__(self, operations: float = 1e8, seconds: float = inf) -> None:
        self.operations, self.seconds, self.calls = operations, seconds, DEEPEST_CALL
        self.deep: str | None = None

    def for_unrolling(self) -> Limits:
        """Those for a program that is unrolled."""
        found = Limits(self.operations, self.seconds)
        found.calls, found.deep = DEEPEST_UNROLLED, "nothing deeper is unrolled; `cg eval` runs it"
        return found


class Stopped(Exception):
    """A program was ended at a statement: `kind` is that of the diagnostic, `names` tells whether the values
    of names help."""

    def __init__(
        self, kind: str, message: str, place: tuple[int, int], hint: str | None = None, names: bool = False
    ) -> None:
        super().__init__(message)
        self.kind, self.message, self.place, self.hint, self.names = kind, message, place, hint, names
