"""A file whose bytes are on their way to the disk while the next ones are made.

What waits until all is written, as a file does that is to be there whole, then waits for little: a tenth of
the time of a large table.
"""

from __future__ import annotations

import io

from cgcli.annotations import Any

# Bytes after which the disk is told, and what tells it only to begin.
STEP, BEGIN = 2**22, 2


class Early(io.FileIO):
    """A file to write, from its beginning to its end."""

    _told = _written = 0

    def write(self, data: Any) -> int:
        count = super().write(data)
        self._written += count
        if self._written - self._told >= STEP:
            self._tell()
        return count

    def _tell(self) -> None:
        """No answer matters: it is only a hint, which some systems and files do not take."""
        import ctypes

        tell = getattr(ctypes.CDLL(None), "sync_file_range", None)
        if tell is not None:
            kinds = ctypes.c_int64
            tell(self.fileno(), kinds(self._told), kinds(self._written - self._told), BEGIN)
        self._told = self._written
