"""Programs that run as Python functions or as machine code: who asks for it, and where it pays."""

from __future__ import annotations

from cgcli.annotations import Any
from cgcli.control.steps import Run

# Where a run goes on, and the operations that are left to it.
Onward = tuple[int, int]

# Without what compiles.
MISSING = "llvmlite or the functions of libmvec are missing"

# After so many operations machine code pays, which takes a tenth of a second to make: of what there are
# Python functions for, and of all else.
LATE, LONG = 2**21, 2**18


class Faster:
    """Takes a run on as Python functions once it takes some time (`kernels.generated`), and as machine code
    once it is long (`kernels.loops`); at once, where that is asked for."""

    def __init__(self, engine: str) -> None:
        self.engine = engine
        self._missing = ""
        self._loops: Any = None
        self._generated: Any = None

    @property
    def is_asked(self) -> bool:
        return self.engine in ("kernel", "python")

    def take(self, run: Run) -> None:
        """Be asked by a run."""
        run.faster = self
        if self.is_asked:
            run.long = 0

    def __call__(self, run: Run, at: int, left: int) -> Onward | None:
        onward: Onward | None = None
        if self.engine != "kernel" and (self.engine == "python" or run.spent < LATE):
            onward = self._python(run, at, left)
            if onward is not None or self.engine == "python" or run.spent < LONG:
                return onward
        if self._may_compile():
            onward = self._loops(run, at, left)
        if onward is None and (self._missing or run.spent >= LATE):
            onward = self._python(run, at, left)
        return onward

    def _python(self, run: Run, at: int, left: int) -> Onward | None:
        if self._generated is None:
            from cgcli.kernels.generated import Generated

            self._generated = Generated(always=self.is_asked)
        onward: Onward | None = self._generated(run, at, left)
        return onward

    def _may_compile(self) -> bool:
        if self._loops is None and not self._missing:
            from cgcli.kernels.machine import lanes

            if not lanes():
                self._missing = MISSING
            else:
                from cgcli.kernels.loops import Loops

                self._loops = Loops()
        return self._loops is not None

    @property
    def reason(self) -> str:
        """Why nothing was run in the way that was asked for; empty where something was."""
        of = self._generated if self.engine == "python" else self._loops
        if of is None:
            return self._missing or "there is no round of a loop"
        return "" if of.ran else of.reason or "there are few operations"


def recorder(block: Any) -> Any:
    """A function that records a block (`kernels.taped`), or None."""
    from cgcli.kernels.taped import recorder

    return recorder(block)
