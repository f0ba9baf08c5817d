"""Files of JSON objects, one a line, as tables."""

from __future__ import annotations

import json
import os
from itertools import islice
from math import prod

from cgcli.annotations import Any, Collection, Iterator, Sequence
from cgcli.data.batch import Batch
from cgcli.data.cells import Cells
from cgcli.data.packed import unpacked
from cgcli.data.values import flattened
from cgcli.diagnostics import CgError
from cgcli.later import np

# Rows of a batch; and about so many bytes a row takes.
SIZE, ROW = 2**16, 60


class JsonFile:
    """A row a line. A name that an object has not is a cell that is missing.

    names   those of the first batch's objects, in the order in which they appear
    """

    def __init__(self, path: str, forced: Collection[str] = ()) -> None:
        """`forced` are columns whose texts are read as numbers."""
        self._forced = forced
        self.path, self.read = path, Cells(path, "line", spelled=False)
        self._rows = self._objects()
        self._first = list(islice(self._rows, SIZE))
        if not self._first:
            raise CgError("file", f"`{path}` is empty")
        self.names = list(dict.fromkeys(name for _, found in self._first for name in found))
        self.count = os.path.getsize(path) // ROW if os.path.isfile(path) else len(self._first)

    def shapes(self, names: Sequence[str]) -> dict[str, tuple[int, ...]]:
        """The shapes of the cells of some columns: of lists that of the first."""
        found = {}
        for name in names:
            cell = next((row[name] for _, row in self._first if row.get(name) is not None), 0.0)
            shape = flattened(f"`{name}` in `{self.path}`", cell)[0] if isinstance(cell, list) else ()
            found[name] = tuple(shape)
        return found

    def batches(self, use: Sequence[str], keep: Sequence[str], bad: str | None) -> Iterator[Batch]:
        """The rows, in batches, with these columns as numbers, and these as they are."""
        self.read.bad = bad
        shapes, start, rows = self.shapes(use), 0, self._first
        while rows:
            numbers: dict[str, Any] = {}
            gone: dict[str | None, Any] = {}
            for name in use:
                shape, self.read.spelled = shapes[name], name in self._forced
                found = [self._cell(row.get(name), line, name, shape) for line, row in rows]
                marks = np.array([None in cell for cell in found])
                if marks.any():
                    gone[name] = marks
                numbers[name] = np.array(found, float).reshape(len(rows), *shape)
            kept = {name: [row.get(name) for _, row in rows] for name in keep}
            yield Batch(len(rows), numbers, gone, kept, self.path, start)
            start += len(rows)
            rows = list(islice(self._rows, SIZE))

    def _cell(self, cell: Any, line: int, name: str, shape: tuple[int, ...]) -> list[float | None]:
        """The numbers of a cell."""
        called = f"`{name}`"
        if not shape or cell is None:
            found = self.read.read(cell, line, called)
            return [found] * prod(shape)
        if not isinstance(cell, list):
            self.read.refuse("a cell that is no list", line, called)
        own, elements = flattened(f"{called} in line {line} of `{self.path}`", cell)
        if tuple(own) != shape:
            self.read.refuse(f"a list of the shape {own}, where others have {list(shape)},", line, called)
        return [self.read.read(element, line, called) for element in elements]

    def _objects(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """The objects, each with its line."""
        with unpacked(self.path) as stream:
            for line, text in enumerate(stream, 1):
                if not text.strip():
                    continue
                try:
                    whole = _whole if b"-0" in text else None
                    found = json.loads(
                        text.removeprefix(b"\xef\xbb\xbf") if line == 1 else text, parse_int=whole
                    )
                except ValueError as error:
                    reason = str(error).split(":")[0]
                    told = f"line {line} of `{self.path}` is not JSON: {reason}"
                    raise CgError("file", told) from None
                except RecursionError:
                    raise CgError("file", f"line {line} of `{self.path}` is nested too deep") from None
                if not isinstance(found, dict):
                    raise CgError(
                        "file", f"line {line} of `{self.path}` is not an object of names and values"
                    )
                yield line, found


def _whole(text: str) -> float:
    """A whole number, of which Python has but one 0."""
    return -0.0 if text == "-0" else int(text)
