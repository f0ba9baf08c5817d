"""What the processor remembers of arithmetic: that something was not finite though its operands were."""

from __future__ import annotations

import platform

from cgcli.annotations import Any

# Invalid, division by zero, overflow, as C has them for each kind of processor.
RAISED = {"x86_64": 1 | 4 | 8, "AMD64": 1 | 4 | 8, "aarch64": 1 | 2 | 4, "arm64": 1 | 2 | 4}


class Flags:
    """Those of this thread, where they are known."""

    def __init__(self) -> None:
        self._raised = RAISED.get(platform.machine(), 0)
        self._library: Any = None

    def clear(self) -> bool:
        """Forget what was; whether there is something that remembers."""
        if self._library is None and self._raised:
            import ctypes

            for name in ("libm.so.6", None):  # or what Python itself is linked with
                try:
                    library = ctypes.CDLL(name)
                    if library.feclearexcept(self._raised) == 0:
                        self._library = library
                        break
                except (AttributeError, OSError):
                    continue
            else:
                self._raised = 0
        if not self._raised:
            return False
        self._library.feclearexcept(self._raised)
        return True

    def known(self) -> bool:
        """Whether they have been looked at."""
        return self._library is not None

    def raised(self) -> bool:
        return bool(self._library.fetestexcept(self._raised))


flags = Flags()
