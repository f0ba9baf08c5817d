"""Files that are packed."""

from __future__ import annotations

import os
from contextlib import contextmanager

from cgcli.annotations import BinaryIO, Iterator
from cgcli.data.arrow import arrow
from cgcli.data.files import open_binary
from cgcli.diagnostics import CgError


@contextmanager
def unpacked(path: str) -> Iterator[BinaryIO]:
    """A file, or stdin where the path is `-`, unpacked where its name says so. Raises `CgError` (kind
    `file`), too for what goes wrong while it is read."""
    import zlib

    try:
        with _opened(path) as stream:
            yield stream
    except (OSError, EOFError, zlib.error) as error:
        reason = str(error).splitlines()[0] if str(error) else "it ends too early"
        if isinstance(error, OSError) and error.strerror and error.errno:
            reason = error.strerror
        raise CgError("file", f"cannot read `{path}`: {reason}") from None


def _opened(path: str) -> BinaryIO:
    ending = os.path.splitext(path)[1].lower()
    if ending == ".gz":
        import gzip
        from typing import cast

        return cast("BinaryIO", gzip.GzipFile(fileobj=open_binary(path)))
    if ending == ".zst":
        return arrow(path).CompressedInputStream(open_binary(path), "zstd")  # type: ignore[no-any-return]
    return open_binary(path)
