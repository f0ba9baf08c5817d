"""The losses of steps in a file."""

from __future__ import annotations

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
        self._path, self._done = path, done
        self._file: TextIO

    def __enter__(self) -> StepLog:
        before = self._before() if self._done else []
        try:
            self._file = open(native(self._path), "w", encoding="utf-8", buffering=1)
            self._file.writelines([HEAD, *before])
        except OSError as error:
            raise cannot_write(self._path, error) from None
        return self

    def __exit__(self, *exception: object) -> None:
        self._file.close()

    def _before(self) -> list[str]:
        """The rows of the steps that are done; what comes after them may be anything, a row that a kill has
        cut short among it."""
        if not os.path.exists(native(self._path)):
            return []
        rows: list[str] = []
        with open(native(self._path), encoding="utf-8") as file:
            try:
                is_log = file.readline() == HEAD
                for row in file if is_log else ():
                    if not row.endswith("\n"):
                        break
                    _, step, _, _ = row.split(",")
                    if int(step) > self._done:
                        break
                    rows.append(row)
            except ValueError:  # text of another kind, or a row that is none
                is_log = False
        if not is_log:
            raise CgError("file", f"`{self._path}` is no log of cg train, and stays as it is")
        return rows

    def write(self, epoch: int, step: int, rate: float, loss: float) -> None:
        self._file.write(f"{epoch},{step},{number(rate)},{number(loss)}\n")
