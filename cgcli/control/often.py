"""Blocks that are recorded often are made functions."""

from __future__ import annotations

from cgcli.annotations import Any, Callable
from cgcli.control.tree import Block
from cgcli.errors import OperationError

# How often a block is recorded before.
OFTEN = 60

# So often a function may be of no use to a block, and is asked again later.
VAIN = 10

# What such a function may raise, before it has changed anything, where there is more to do.
ODD = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, OperationError)


class Often:
    """Records blocks by functions that it has `made` of them (`kernels.taped`), or None of those that they
    are not for, `after` they have been recorded so often."""

    __slots__ = ("after", "made")

    def __init__(self, made: Callable[[Block], Any], after: int = OFTEN) -> None:
        self.made, self.after = made, after

    def __call__(self, tape: Any, block: Block, slots: dict[str, Any], own: set[str]) -> bool:
        """Whether a block has been recorded."""
        run = block.run
        found = run.get("taped", 0)
        if found.__class__ is int:
            if found < self.after:
                run["taped"] = found + 1
            else:
                if "recorder" not in run:
                    run["recorder"] = self.made(block)
                run["taped"] = run["recorder"]
        elif found is not None:
            try:
                if found(tape, slots, own, tape.constants_of(block)):
                    return True
            except ODD:
                pass
            run["vain"] = run.get("vain", 0) + 1
            run["taped"] = 0 if run["vain"] < VAIN else None
        return False
