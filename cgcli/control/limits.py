"""When a program that runs is stopped."""

from __future__ import annotations

from math import inf

# So many calls may be one inside the other: some gigabytes.
DEEPEST_CALL = 4_000_000

# And in a program that is unrolled before its values are known, which takes longer.
DEEPEST_UNROLLED = 150_000

# So many operations are recorded, unless more are asked for: each takes microseconds and some hundred bytes.
MOST_RECORDED = 5_000_000

# What to say past the limit of operations.
MORE_OPERATIONS = "--max-ops allows more"


class Limits:
    """When a program is stopped: after so many operations, rounds and calls; after so many seconds; and where
    so many `calls` are one inside the other, with the hint that is `deep`. `more` is the hint past the first,
    `longer` past the second.

    was_asked   whether somebody has said so
    early       whether a loop that is to go beyond them is not begun: recording it takes long
    """

    early = False
    longer = "--timeout allows more"

    def __init__(self, operations: float = 1e8, seconds: float = inf) -> None:
        self.operations, self.seconds, self.calls = operations, seconds, DEEPEST_CALL
        self.deep: str | None = None
        self.more, self.was_asked = MORE_OPERATIONS, True

    def for_recording(self) -> Limits:
        """Those where each operation that is executed becomes a node, or each statement a step."""
        found = self.later(0)
        found.early = True
        if not self.was_asked and self.operations > MOST_RECORDED:
            found.operations = MOST_RECORDED
            found.more = f"so many are recorded one by one here, and {MORE_OPERATIONS}"
        return found

    def later(self, seconds: float) -> Limits:
        """The same after so many seconds."""
        found = Limits(self.operations, self.seconds - seconds)
        found.more, found.longer, found.early = self.more, self.longer, self.early
        return found

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
