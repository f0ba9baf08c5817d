"""Bytes and text of files and of stdin; what cannot be read is an error of cg."""

from __future__ import annotations

import os
import stat
import sys

from cgcli.annotations import BinaryIO, Iterator
from cgcli.diagnostics import CgError

# How text begins that is UTF-16 and says so, and what to do with it.
UTF16, CONVERTED = (b"\xff\xfe", b"\xfe\xff"), "convert it: iconv -f UTF-16 -t UTF-8"


def open_binary(path: str) -> BinaryIO:
    """A file, or stdin where the path is `-`. Raises `CgError` (kind `file`)."""
    try:
        if path == "-":
            if sys.stdin is None:
                raise CgError("file", "cannot read stdin: it is closed")
            return open(sys.stdin.fileno(), "rb", closefd=False)
        file = open(native(path), "rb")  # noqa: SIM115
    except OSError as error:
        raise cannot_read(path, error) from None
    told = os.fstat(file.fileno())
    if stat.S_ISCHR(told.st_mode) and not file.isatty() and told.st_rdev != os.stat(os.devnull).st_rdev:
        file.close()
        raise CgError("file", f"cannot read `{path}`: it is a device, which has no end")
    return file


def open_whole(path: str, copies: float = 1.0) -> BinaryIO:
    """The same, to be read whole, so many times as large as it is: refused where the memory there is cannot
    hold that."""
    from cgcli.memory import shortage

    file = open_binary(path)
    if told := shortage(copies * os.fstat(file.fileno()).st_size):
        file.close()
        raise CgError("file", f"cannot read `{path}`: there is not enough memory", hint=told)
    return file


def native(path: str) -> str | bytes:
    """A path as the system takes it: its bytes, where the locale has not all characters of it."""
    try:
        os.fsencode(path)
    except UnicodeEncodeError:
        return path.encode("utf-8", "surrogateescape")
    return path


def read_bytes(path: str) -> bytes:
    """All that a file holds, or stdin where the path is `-`. Raises `CgError` (kind `file`)."""
    with open_whole(path, 2.0) as file:  # its text stands beside it
        try:
            return bytes(file.read())
        except OSError as error:
            raise cannot_read(path, error) from None


def read_lines(path: str) -> Iterator[bytes]:
    """The lines of a file, as soon as each is there, without their ends, which are LF, CR LF or CR."""
    with open_binary(path) as file:
        try:
            for raw in file:
                yield from raw.rstrip(b"\r\n").split(b"\r")
        except OSError as error:
            raise cannot_read(path, error) from None


def read_text(path: str) -> str:
    """The text of a file, without a byte order mark. Raises `CgError` (kind `file`)."""
    return decoded(path, read_bytes(path)).removeprefix("\ufeff")


def decoded(path: str, raw: bytes) -> str:
    """Text of a file. Raises `CgError` (kind `file`)."""
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        if raw[:2] in UTF16:
            raise CgError("file", f"`{path}` is UTF-16, not UTF-8", hint=CONVERTED) from None
        raise CgError("file", f"`{path}` is not UTF-8: byte 0x{raw[error.start]:02X}") from None


def cannot_read(path: str, error: OSError) -> CgError:
    return CgError("file", f"cannot read `{path}`: {error.strerror or error}")
