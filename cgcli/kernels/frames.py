"""Memory for the frames of calls of machine code: reserved for the deepest, taken when it is touched."""

from __future__ import annotations

import ctypes
import mmap

from cgcli.annotations import Any, Iterator, Sequence
from cgcli.control.contexts import Site
from cgcli.control.steps import DEEPEST_CALL

# Memory that is only reserved, on Linux.
RESERVED = getattr(mmap, "MAP_NORESERVE", 0x4000)

WORD = 8


class Frames:
    """Frames one above the other: the values of so many slots each, and above them the number of the site.

    most    how many there may be
    """

    def __init__(self, framed: Sequence[Sequence[str]]) -> None:
        self.framed, self.most = framed, DEEPEST_CALL if framed else 0
        self.base = 0
        widest = max(map(len, framed), default=0) + 1
        flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | RESERVED
        while self.most:
            try:
                self._memory = mmap.mmap(-1, (self.most + 1) * widest * WORD, flags=flags)
            except OSError:
                self.most //= 2
                continue
            self.base = ctypes.addressof(ctypes.c_char.from_buffer(self._memory))
            break

    def content(self, top: int) -> bytes:
        return ctypes.string_at(self.base, top - self.base) if top > self.base else b""

    def fill(self, content: bytes) -> None:
        if content:
            ctypes.memmove(self.base, content, len(content))

    def unwound(self, top: int, sites: Sequence[Site]) -> Iterator[tuple[Site, dict[str, float]]]:
        """The calls, from the last one on, each with the slots that its caller has put aside."""
        while top > self.base:
            site = sites[ctypes.c_int64.from_address(top - WORD).value]
            slots = self.framed[site.number]
            top -= (len(slots) + 1) * WORD
            values: Any = (ctypes.c_double * len(slots)).from_address(top)
            yield site, dict(zip(slots, values))
