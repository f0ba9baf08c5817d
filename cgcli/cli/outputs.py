"""The files that a command line writes: none that it reads, none twice, and each can be written; known before
the work, which may be long."""

from __future__ import annotations

import contextlib
import os

from cgcli.annotations import Iterator
from cgcli.cli.bindings import parted
from cgcli.cli.request import WRITTEN, Request
from cgcli.data.dataset import files_named
from cgcli.data.files import native
from cgcli.data.sinks import require_place
from cgcli.diagnostics import CgError


def require_outputs(request: Request) -> None:
    """Raise `CgError` (kinds `usage`, `file`) for an output that is an input or another output, or cannot be
    written."""
    written = {field: path for field in WRITTEN if (path := getattr(request, field))}
    for field, path in written.items():
        if os.path.exists(native(path)) and not os.path.isfile(native(path)):  # a pipe, a device
            require_place(path)
            continue
        for other in _read(request):
            if _are_same(path, other) and not (field == "checkpoint" and other == request.resume):
                raise CgError("usage", f"`{path}` is read, and cannot be written at the same time")
        twice = next((one for one in written if one != field and _are_same(path, written[one])), None)
        if twice is not None:
            raise CgError("usage", f"`{path}` cannot be both --{field} and --{twice}")
        require_place(path)


def _read(request: Request) -> Iterator[str]:
    """The files that are read, where they are there; a file behind `@` also without what may be the name of
    its column."""
    validation = [] if request.validation is None else [request.validation]
    for given in (*request.data, *validation):
        with contextlib.suppress(CgError):  # which is raised where it is read
            yield from files_named(given)
    yield from (*request.files, *request.vars_files)
    if request.resume is not None:
        yield request.resume
    for argument in request.arguments:
        value = parted(argument)[2].strip()
        if value.startswith("@"):
            yield from (value[1:], value[1:].rpartition(":")[0])


def _are_same(path: str, other: str) -> bool:
    """Whether two paths are one file, there or not yet."""
    if other in ("", "-"):
        return False
    places = [os.path.realpath(native(one)) for one in (path, other)]
    try:
        return os.path.samefile(*places)
    except (OSError, ValueError):
        return places[0] == places[1]
