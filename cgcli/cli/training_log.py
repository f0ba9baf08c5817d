"""The losses of steps in a file."""

from __future__ import annotations

import contextlib
import os

from cgcli.annotations import TextIO
from cgcli.data.files import native
from cgcli.data.sinks import cannot_write
from cgcli.diagnostics import CgError
from cgcli.render.numbers import number

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
