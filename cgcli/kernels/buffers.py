"""Memory for columns of results, used again once nobody holds them.

The first touch of fresh memory costs more than what is computed into it: 4 million rows with three
derivatives take 0.11 s in arrays that are new, and 0.03 s in those of the last time.
"""

from __future__ import annotations

import sys
from math import prod
from threading import Lock

import numpy as np

from cgcli.annotations import Any, Sequence

# References to an array that only this file has: the pair's, the loop's, and that of the count itself.
ALONE = 3

# Elements between the places at which columns begin within a page, how many such places there are, and
# elements of a line of the cache: where all begin alike, as pages do, their rows push each other out of it.
STEP, STEPS, LINE = 40, 12, 8

# Elements from which on an array is memory of its own, which goes back to the system with it.
OWN = 2**14


class Buffers:
    """Arrays of doubles; what has been handed out comes again only when all references to it are gone."""

    def __init__(self) -> None:
        self._kept: list[tuple[Any, int]] = []  # with where in it a column begins
        self._made = 0
        self._lock = Lock()

    def empty(self, shape: Sequence[int]) -> Any:
        """An array of any contents."""
        size = prod(shape)
        if size < OWN:
            return np.empty(shape)
        with self._lock:
            kept: list[tuple[Any, int]] = []
            found: Any = None
            for buffer, start in self._kept:
                if sys.getrefcount(buffer) > ALONE:
                    kept.append((buffer, start))
                elif (
                    size <= len(buffer) - start <= 2 * size
                ):  # the first for this column, others for the next
                    kept.append((buffer, start))
                    found = (buffer, start) if found is None else found
            if found is None:
                kept.append(found := self._new(size))
            self._kept = kept
            buffer, start = found
            return buffer[start : start + size].reshape(shape)

    def _new(self, size: int) -> tuple[Any, int]:
        """A buffer that has such a column from a line of the cache on."""
        buffer = np.empty(size + STEP * STEPS + LINE)
        self._made += 1
        return buffer, -(buffer.ctypes.data // 8) % LINE + self._made % STEPS * STEP
