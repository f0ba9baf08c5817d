"""CSV files of any size, read in parts: by PyArrow what is plain, and else as `csv_rows` does."""

from __future__ import annotations

import contextlib
import io
import os
import re
from importlib.util import find_spec
from itertools import chain

from cgcli.annotations import Any, Iterator, Sequence
from cgcli.data.batch import Batch
from cgcli.data.cells import WHOLE, Cells, number
from cgcli.data.csv_arrow import TINY, Layout, are_held, with_points
from cgcli.data.csv_dialect import COMMA, Dialect
from cgcli.data.csv_rows import Ragged, header_of, read_columns, read_rows
from cgcli.data.files import decoded
from cgcli.data.packed import PACKED, unpacked
from cgcli.data.prefetch import in_order
from cgcli.diagnostics import CgError
from cgcli.later import np

# Bytes of a part, of files from which on PyArrow is worth its import, and NumPy's reader a look before.
PART, LARGE, MANY = 2**21, 2**20, 100_000

# Bytes of a file that is read without NumPy, whose import takes longer than all else.
FEW = 2**13

# How files begin that are no text, and their endings.
OTHERS = {
    b"PAR1": ("a Parquet file", "parquet"), b"ARROW1": ("an Arrow file", "arrow"),
    b"PK\x03\x04": ("an archive", "npz"), b"\x1f\x8b": ("packed", "gz"),
    b"\x28\xb5\x2f\xfd": ("packed", "zst"),
}  # fmt: skip
UNPACKS = {"gz": "gzip -dc |", "zst": "zstd -dc |"}


class CsvFile:
    """A table of text, whose first row may name the columns."""

    def __init__(self, path: str, threads: int = 1) -> None:
        """With PyArrow in so many threads; without it where there are none."""
        self.path, self._threads = path, threads
        self._parts = _parts(path)
        self._head = next(self._parts, b"")
        if len(self._head) < PART // 2:  # all was read, and the last line may have no end
            self._head += next(self._parts, b"")
        _require_text(path, self._head)
        head = decoded(path, self._head)
        dialect = Dialect(head)
        self._head = self._head[len(head[: dialect.begin].encode()) :]
        self.separator, self.read = dialect.separator, Cells(path, "line", comma=dialect.comma)
        self.read.commas = dialect.commas
        self.header, self._first = header_of(path, head[dialect.begin :], dialect)
        self.width = self._first[1]
        self.names = self.header or [f"column {place}" for place in range(1, self.width + 1)]
        self._size = os.path.getsize(path) if os.path.isfile(path) else len(self._head)
        few = self._head.count(b"\n") + (not self._head.endswith(b"\n")) - bool(self.header)
        self._is_known = os.path.isfile(path) and not path.lower().endswith(PACKED)
        self.count: int | None  # about so many rows; None of a pipe, or packed ones, of which there are more
        self.count = max(0, few) if len(self._head) < PART // 2 else None
        if self._is_known and self.count is None:
            self.count = few * self._size // len(self._head)
        self._is_large = threads > 0 and len(self._head) >= LARGE and find_spec("pyarrow") is not None

    def shapes(self, names: Sequence[str]) -> dict[str, tuple[int, ...]]:
        """The shapes of the cells of some columns, which are numbers."""
        return dict.fromkeys(names, ())

    def batches(self, use: Sequence[str], keep: Sequence[str], bad: str | None) -> Iterator[Batch]:
        """The rows, in batches, with these columns as numbers, and these as they stand."""
        places, before = [self.names.index(name) for name in (*use, *keep)], 0
        for part, (count, numbers, kept, gone) in self._read(places, len(use), bad):
            yield Batch(
                count, dict(zip(use, numbers, strict=True)),
                {place if place is None else self.names[place]: marks for place, marks in gone.items()},
                dict(zip(keep, kept, strict=True)), self.path, before, spelled=True,
            )  # fmt: skip
            before += count
            if before == count and part and self._is_known:
                self.count = int(self._size / len(part) * count)  # as the first part has it

    def table(self, places: Sequence[int], bad: str | None) -> tuple[Any, Any]:
        """The numbers of some columns, a row a row; and which rows have a cell that is none, or None where
        all are good."""
        parts = [read for _, read in self._read(places, len(places), bad)]
        marks = [np.logical_or.reduce([np.zeros(count, bool), *gone.values()]) for count, _, _, gone in parts]
        found = np.concatenate([np.column_stack(numbers) for _, numbers, _, _ in parts])
        return found, np.concatenate(marks) if any(gone for *_, gone in parts) else None

    def _read(self, places: Sequence[int], use: int, bad: str | None) -> Iterator[tuple[bytes, Any]]:
        """Each part, and what `_Reading` makes of it."""
        self.read.bad = bad
        job = _Reading(self, places, use)
        line, parts = self._body()
        found: Iterator[Any] = ((part, part.count(b"\n"), None) for part in parts)
        with contextlib.ExitStack() as stack:
            if self._is_large:
                from concurrent.futures import ThreadPoolExecutor

                pool = stack.enter_context(ThreadPoolExecutor(self._threads))
                found = in_order(lambda part: pool.submit(job.fast, part), parts, self._threads + 1)
            for part, lines, read in found:
                yield part, job.slow(part, line) if read is None else job.settled(read)
                line += lines

    def few(self, use: Sequence[str], keep: Sequence[str]) -> tuple[list[Any], list[Any]] | None:
        """These columns as lists of floats, and these as they stand, of a file of few rows; None where there
        are more, or any cell needs a closer look."""
        if self._size > len(self._head) or len(self._head) > FEW:
            return None
        places = [self.names.index(name) for name in (*use, *keep)]
        line, parts = self._body()
        rows = [row for part in parts for row in self._rows(part, line, strict=False)]
        if any(
            row.__class__ is Ragged or (self.read.comma and any("." in cell for cell in row))
            for _, row in rows
        ):
            return None
        columns = [[row[place] for _, row in rows] for place in places]
        numbers = [[number(cell, self.read.comma) for cell in column] for column in columns[: len(use)]]
        for column in numbers:
            if any(x is None or not (TINY < abs(x) < WHOLE or x == 0) for x in column):
                return None
        kept = [self.handed(column) for column in columns[len(use) :]]
        return [[*map(float, column)] for column in numbers], kept  # type: ignore[arg-type]

    def handed(self, column: Any) -> Any:
        """A column of texts that is handed on: numbers with a decimal comma get a point, which other tables
        have."""
        if not self.read.comma:
            return column
        if not isinstance(column, list):
            return with_points(column)
        return [cell.replace(",", ".") if COMMA.fullmatch(cell) else cell for cell in column]

    def _rows(self, part: bytes, line: int, strict: bool) -> Iterator[tuple[int, list[str]]]:
        return read_rows(self.path, decoded(self.path, part), self.separator, strict, self._first, line)

    def _body(self) -> tuple[int, Iterator[bytes]]:
        """The number of the line on which the rows begin, and the parts without the header."""
        line, part = self._first[0], self._head
        part = part[len(b"".join(part.splitlines(True)[: line - 1])) :] if line > 1 else part
        if self.header:
            end = _end_of_row(part)
            line, part = line + part.count(b"\n", 0, end), part[end:]
        return line, chain([part], self._parts)


class _Reading:
    """What is read of each part of a file: columns at some places, of which the first so many are numbers."""

    def __init__(self, file: CsvFile, places: Sequence[int], use: int) -> None:
        self.file, self.places, self.use = file, list(places), use
        self._layout = Layout(file.path, file.separator, file.width, places, use)

    def slow(self, part: bytes, line: int) -> Any:
        """By NumPy where all is plain, else by Python, cell by cell; the part begins on this line."""
        file = self.file
        table = None if self.use < len(self.places) or not self.use else self._table(part)
        if table is not None:
            return len(table), list(table.T), [], {}
        rows = list(file._rows(part, line, file.read.bad is None))
        numbers, gone = read_columns(file.read, rows, self.places[: self.use], file.header)
        kept = [file.handed([row[place] for _, row in rows]) for place in self.places[self.use :]]
        return len(rows), numbers, kept, gone

    def fast(self, part: bytes) -> tuple[bytes, int, Any]:
        """A part, how many lines it has, and what is read of it, or nothing."""
        # which is ten times as fast as `bytes.count` where lines are short
        lines = np.count_nonzero(np.frombuffer(part, np.uint8) == ord("\n"))
        return part, int(lines), self._plain(part) if self.places else None

    def _plain(self, part: bytes) -> Any:
        """By PyArrow, where rows are plain; else nothing."""
        read = self.file.read
        comma = read.comma and b"," in part
        if read.comma and not comma and not read.points and b"." in part:
            return None  # their points may need a closer look
        return self._layout.read(part, comma, read.bad)

    def settled(self, found: Any) -> Any:
        """The same, once cells are looked at that are not plain."""
        found.settle(self.file.read)
        gone = {self.places[place]: marks for place, marks in found.gone.items()}
        return found.count, found.numbers, [*map(self.file.handed, found.kept)], gone

    def _table(self, part: bytes) -> Any:
        """Numbers alone, a row a row, by NumPy; None for anything that needs a closer look."""
        file = self.file
        if (
            len(part) < MANY
            or b'"' in part
            or b"\n" not in part[:-1]
            or (file.read.comma and b"." in part)
            or not _is_regular(part, file.separator, file.width)
        ):
            return None
        text = io.StringIO(decoded(file.path, part))
        try:
            table = np.loadtxt(text, delimiter=file.separator, comments=None, usecols=self.places, ndmin=2)
        except ValueError:
            return None
        return table if are_held([table], part) else None


def _is_regular(part: bytes, separator: str, columns: int) -> bool:
    """Whether every row has so many cells, and none is blank."""
    characters = np.frombuffer(part, np.uint8)
    ends = np.flatnonzero(characters == ord("\n"))
    if len(characters) - 1 != ends[-1]:
        ends = np.append(ends, len(characters))
    marks = np.searchsorted(np.flatnonzero(characters == ord(separator)), ends)
    lengths = np.diff(ends, prepend=-1)
    return bool(np.all(np.diff(marks, prepend=0) == columns - 1) and np.all(lengths > 1))


def _parts(path: str) -> Iterator[bytes]:
    """A file in parts that end where a row does: a newline within quotes ends none, and blank lines stand
    before a row. Lines of old files, which end with CR alone, end with LF."""
    rest, first, is_old = b"", True, False
    with unpacked(path) as stream:
        while True:
            more = stream.read(PART)
            if first:
                more, first = more.removeprefix(b"\xef\xbb\xbf"), False
                plain = re.sub(rb'"[^"]*"', b"", more) if b'"' in more and b"\r" in more else more
                is_old = b"\r" in plain and b"\n" not in plain
            if is_old:
                more = more.replace(b"\r", b"\n")
            if not more:
                break
            end = _end_of_rows(more, more.rfind(b"\n") + 1)
            if end and b'"' not in more and b'"' not in rest:
                yield b"".join((rest, memoryview(more)[:end]))  # copied once: it is most of the time here
                rest = more[end:]
                continue
            part = rest + more
            end = part.rfind(b"\n") + 1
            while end and part.count(b'"', 0, end) % 2:
                end = part.rfind(b"\n", 0, end - 1) + 1
            if end := _end_of_rows(part, end):
                yield part[:end]
            rest = part[end:]
    if rest:
        yield rest


def _end_of_rows(part: bytes, end: int) -> int:
    """Where the last row ends whose line ends here, or before."""
    while end:
        begin = part.rfind(b"\n", 0, end - 1) + 1
        if part[begin:end].strip():
            break
        end = begin
    return end


def _require_text(path: str, head: bytes) -> None:
    """Raise `CgError` (kind `file`) for what begins as other files do."""
    for begin, (what, ending) in OTHERS.items():
        if head.startswith(begin):
            hint = f"its name should end in .{ending}"
            if ending in ("parquet", "arrow"):
                hint += f"; of standard input `--data-format {ending}` says so"
            elif what == "packed":
                hint += f"; before standard input stands `{UNPACKS[ending]}`"
            raise CgError("file", f"`{path}` is no text, but {what}", hint=hint)


def _end_of_row(part: bytes) -> int:
    """Where the first row that is not blank ends."""
    end = 0
    while True:
        begin, end = end, part.find(b"\n", end) + 1
        if not end:
            return len(part)
        while part.count(b'"', begin, end) % 2:
            further = part.find(b"\n", end) + 1
            if not further:
                return len(part)
            end = further
        if part[begin:end].strip(b' \t\r\n,;"'):
            return end
