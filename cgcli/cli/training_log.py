"""The losses of steps in a file, and those of epochs in lines."""

from __future__ import annotations

import contextlib
import os
import sys

from cgcli.annotations import Any, TextIO
from cgcli.cli.request import Request
from cgcli.cli.solutions import write_record, write_text
from cgcli.data.files import native
from cgcli.data.sinks import cannot_write
from cgcli.diagnostics import CgError
from cgcli.render.numbers import number

# So many epochs have a line of their own, and of more about as many.
LINES = 20

HEAD = "epoch,step,rate,loss\n"


class StepLog:
    """CSV with a row a step, which can be read while training goes on."""

    def __init__(self, path: str, done: int) -> None:
        """Of a file that is there the rows of so many steps stay. Raises `CgError` (kind `file`)."""
        self._path, self._done, self._is_lost = path, done, False
        self._file: TextIO

    def __enter__(self) -> StepLog:
        end = self._end() if self._done else 0
        try:
            self._file = open(native(self._path), "a" if end else "w", encoding="utf-8", buffering=1)
            if end:
                self._file.truncate(end)
            else:
                self._file.write(HEAD)
        except OSError as error:
            raise cannot_write(self._path, error) from None
        return self

    def __exit__(self, *exception: object) -> None:
        with contextlib.suppress(OSError):
            self._file.close()

    def _end(self) -> int:
        """Where the rows of the steps that are done end; what comes after them may be anything, a row that a
        kill has cut short among it. 0 where there is no file."""
        if not os.path.exists(native(self._path)):
            return 0
        with open(native(self._path), "rb") as file:
            end, is_log = len(HEAD), file.readline() == HEAD.encode()
            try:
                for row in file if is_log else ():
                    if not row.endswith(b"\n"):
                        break
                    _, step, _, _ = row.split(b",")
                    if int(step) > self._done:
                        break
                    end += len(row)
            except ValueError:  # text of another kind, or a row that is none
                is_log = False
        if not is_log:
            raise CgError("file", f"`{self._path}` is no log of cg train, and stays as it is")
        return end

    def write(self, epoch: int, step: int, rate: float, loss: float) -> str:
        """Add a row; why that and all that come after it are missing, as told the first time, or ""."""
        if self._is_lost:
            return ""
        try:
            self._file.write(f"{epoch},{step},{number(rate)},{number(loss)}\n")
        except OSError as error:  # what has been trained is worth more
            self._is_lost = True
            lost = cannot_write(self._path, error).diagnostic.message
            return f"{lost}: the log ends with step {step - 1}, and training goes on"
        return ""


class EpochLines:
    """A line for an epoch on stdout: in JSON for each, as text for some where there are many, the first and
    the last among them."""

    def __init__(self, request: Request, start: int) -> None:
        """`start` is the number of the start, where there are several; else 0."""
        self._request, self._start = request, start
        self._every = 1 if request.format == "json" else -(-request.epochs // LINES)
        self._last: Any = None  # an epoch that has no line yet

    def __enter__(self) -> EpochLines:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._last is not None:
            self._write(self._last)

    def add(self, epoch: Any) -> None:
        """An epoch is done."""
        if epoch.number == 1 or epoch.number % self._every == 0:
            self._write(epoch)
        else:
            self._last = epoch

    def _write(self, epoch: Any) -> None:
        request, place, self._last = self._request, self._start, None
        losses = {"loss": epoch.loss}
        if epoch.validation is not None:
            losses["validation"] = epoch.validation
        if request.format == "json":
            write_record(request, ({"start": place} if place else {}) | {"epoch": epoch.number, **losses})
        else:
            said = ", ".join(f"{name} {number(loss, request.digits or 6)}" for name, loss in losses.items())
            start = f"start {place}, " if place else ""
            write_text(request, [], [f"{start}epoch {epoch.number}: {said}"])
        sys.stdout.flush()  # an epoch may take long
