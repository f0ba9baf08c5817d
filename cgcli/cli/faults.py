"""What nobody expected, as an error: a fault of cg itself, or that there is no memory left."""

from __future__ import annotations

import os

from cgcli.diagnostics import CgError
from cgcli.source import Source


def as_error(fault: Exception, source: Source | None = None) -> CgError:
    """The error that says so, about a whole program if there is one; with CG_DEBUG the traceback
    goes to stderr."""
    place = (source, 0, len(source.text)) if source is not None else (None, -1, -1)
    if isinstance(fault, MemoryError):
        return CgError("memory", "there is not enough memory for this program", *place)
    if os.environ.get("CG_DEBUG"):
        import traceback

        traceback.print_exception(fault)
    return CgError("fault", _message(fault), *place)


def _message(fault: Exception) -> str:
    """One line that says what happened and where in cg."""
    where = fault.__traceback__
    while where is not None and where.tb_next is not None:
        where = where.tb_next
    place = f"{os.path.basename(where.tb_frame.f_code.co_filename)}:{where.tb_lineno}" if where else "?"
    what = f"{type(fault).__name__}: {fault}".splitlines()[0]
    how = "please report it with the command and what CG_DEBUG=1 makes it print"
    return f"a fault of cg itself ({what}, {place}); {how}"
