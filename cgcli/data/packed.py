"""Files that are packed, and files that are written early."""

from __future__ import annotations

import io
import os
from contextlib import contextmanager

from cgcli.annotations import Any, BinaryIO, Iterator, TextIO
from cgcli.data.arrow import arrow
from cgcli.data.files import native, open_binary
from cgcli.diagnostics import CgError

# Bytes after which the disk is told, and what tells it only to begin.
STEP, BEGIN = 2**22, 2


class Early(io.FileIO):
    """A file to write, from its beginning to its end, whose bytes are on their way to the disk while the next
    ones are made. What waits until all is written, as a file does that is to be there whole, then waits for
    little: a tenth of the time of a large table."""

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


# What the names of packed files end in.
PACKED = (".gz", ".zst")


@contextmanager
def unpacked(path: str) -> Iterator[BinaryIO]:
    """A file, or stdin where the path is `-`, unpacked where its name says so. Raises `CgError` (kind
    `file`), too for what goes wrong while it is read, and at its end where it has become shorter."""
    import zlib

    try:
        with open_binary(path) as file:
            size = os.fstat(file.fileno()).st_size
            with _opened(path, file) as stream:
                yield stream
                is_cut = os.fstat(file.fileno()).st_size < size
    except (OSError, EOFError, zlib.error) as error:
        reason = str(error).splitlines()[0] if str(error) else "it ends too early"
        if isinstance(error, OSError) and error.strerror and error.errno:
            reason = error.strerror
        raise CgError("file", f"cannot read `{path}`: {reason}") from None
    if is_cut:
        raise CgError("file", f"`{path}` has become shorter while it was read")


@contextmanager
def packing(path: str, ending: str) -> Iterator[TextIO]:
    """A text file to write, packed where its ending says so. Raises `CgError` (kind `file`) where what packs
    it is not there."""
    if ending == ".gz":
        import gzip

        # without a time, so that the same rows are the same bytes
        with open(native(path), "wb") as file, gzip.GzipFile("", "wb", 6, file, 0) as packed:
            yield from _as_text(packed)
    elif ending == ".zst":
        pa = arrow(path)
        with pa.CompressedOutputStream(pa.OSFile(path, "wb"), "zstd") as packed:
            yield from _as_text(packed)
    else:
        early: Any = Early(native(path), "w")
        with io.BufferedWriter(early) as written:
            yield from _as_text(written)


def _as_text(file: Any) -> Iterator[TextIO]:
    stream = io.TextIOWrapper(file, encoding="utf-8", newline="")
    yield stream
    stream.flush()


def _opened(path: str, file: BinaryIO) -> BinaryIO:
    ending = os.path.splitext(path)[1].lower()
    if ending == ".gz":
        import gzip
        from typing import cast

        return cast("BinaryIO", gzip.GzipFile(fileobj=file))
    if ending == ".zst":
        # PyArrow's has no lines
        return io.BufferedReader(arrow(path).CompressedInputStream(file, "zstd"))
    return file
