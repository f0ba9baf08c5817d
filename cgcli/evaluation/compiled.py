"""Programs that run as machine code: who asks for it, and where it pays."""

from __future__ import annotations

from cgcli.annotations import Any

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cgcli.control.steps import Run
    from cgcli.kernels.loops import Onward

# Without what compiles.
MISSING = "llvmlite or the functions of libmvec are missing"


class Faster:
    """Takes a run on as machine code once it is long (`kernels.loops`); at once, where that is asked for."""

    def __init__(self, engine: str) -> None:
        self.is_asked = engine == "kernel"
        self._missing = ""
        self._loops: Any = None

    def take(self, run: Run) -> None:
        """Be asked by a run."""
        run.faster = self
        if self.is_asked:
            run.long = 0

    def __call__(self, run: Run, at: int, left: int) -> Onward | None:
        if self._loops is None:
            from cgcli.kernels.machine import lanes

            if not lanes():
                self._missing, run.faster = MISSING, None
                return None
            from cgcli.kernels.loops import Loops

            self._loops = Loops()
        onward: Onward | None = self._loops(run, at, left)
        return onward

    @property
    def reason(self) -> str:
        """Why nothing was run as machine code; empty where something was."""
        if self._loops is None:
            return self._missing or "there is no round of a loop"
        return "" if self._loops.ran else self._loops.reason or "there are few operations"
