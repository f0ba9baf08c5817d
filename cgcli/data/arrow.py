"""Parquet and Arrow files, by PyArrow: their columns as numbers, and tables written."""

from __future__ import annotations

import os

from cgcli.annotations import Any, Collection, Iterator, Sequence
from cgcli.data.arrow_cells import as_batch
from cgcli.data.arrow_kinds import cell_shape, is_list
from cgcli.data.batch import Batch
from cgcli.data.cells import Cells
from cgcli.data.files import cannot_read, native, read_bytes
from cgcli.diagnostics import CgError

# Rows of a batch.
SIZE = 2**17

# What to do where PyArrow is missing.
INSTALL = "pip install 'cgcli[data]'"


def arrow(path: str, module: str = "") -> Any:
    """PyArrow, or a module of it. Raises `CgError` (kind `file`) where it is not installed."""
    from importlib import import_module
    from importlib.util import find_spec

    try:
        return import_module(f"pyarrow.{module}" if module else "pyarrow")
    except ImportError as error:
        if find_spec("pyarrow") is not None:  # as where there is no memory for it
            told = " ".join(str(error).split())
            raise CgError("file", f"`{path}` needs PyArrow, which cannot be loaded: {told:.200}") from None
        raise CgError("file", f"`{path}` needs PyArrow, which is not installed", hint=INSTALL) from None


class ArrowFile:
    """A Parquet or an Arrow file.

    names   of its columns
    kinds   of its columns, as PyArrow has them
    """

    def __init__(
        self, path: str, is_parquet: bool, forced: Collection[str] = (), group: int | None = None
    ) -> None:
        """`forced` are columns whose texts are read as numbers; `group` is the one group of rows of a Parquet
        file that is read, where it is not all of them."""
        self._forced, self._group = forced, group
        self.path, self._is_parquet = path, is_parquet
        pa = arrow(path)
        try:
            if self._is_parquet:
                self._file = arrow(path, "parquet").ParquetFile(_source(path))
                schema, self.count = self._file.schema_arrow, int(self._file.metadata.num_rows)
            else:
                schema, self._file = _opened_arrow(path)
                self.count = sum(batch.num_rows for batch in self._file)
            self.names: list[str] = list(schema.names)
        except OSError as error:
            raise cannot_read(path, error) from None
        except (pa.ArrowException, UnicodeDecodeError) as error:
            kind = "a Parquet" if self._is_parquet else "an Arrow"
            raise CgError("file", f"`{path}` is not {kind} file: {_reason(error)}") from None
        self.read = Cells(path, "row")
        self.kinds = {field.name: field.type for field in schema}

    @property
    def groups(self) -> int:
        """How many groups of rows there are, which can be read apart."""
        return int(self._file.metadata.num_row_groups) if self._is_parquet else 1

    def start(self) -> int:
        """How many rows stand before those that are read."""
        before = range(self._group or 0)
        return sum(self._file.metadata.row_group(group).num_rows for group in before)

    def shapes(self, names: Sequence[str]) -> dict[str, tuple[int, ...]]:
        """The shapes of the cells of some columns: for lists, those of the first row that has one."""
        found: dict[str, tuple[int, ...]] = dict.fromkeys(names, ())
        lists = [name for name in names if is_list(self.kinds[name])]
        for batch in self._read(lists) if lists else ():
            found |= {name: cell_shape(batch.column(name)) for name in lists}
            break
        return found

    def batches(self, use: Sequence[str], keep: Sequence[str], bad: str | None) -> Iterator[Batch]:
        """The rows, in batches, with these columns as numbers, and these as they are."""
        cells = self.read = Cells(self.path, "row", bad)
        wanted, start = list(dict.fromkeys([*use, *keep])), self.start()
        for found in self._read(wanted):
            yield as_batch(cells, found, use, keep, self.path, start, self._forced)
            start += found.num_rows
        if not self.count:  # what is handed on has a type nevertheless
            yield as_batch(cells, self._empty(wanted), use, keep, self.path, 0)

    def _empty(self, wanted: Sequence[str]) -> Any:
        pa = arrow(self.path)
        columns = [pa.array([], self.kinds[name]) for name in wanted]
        return pa.record_batch(columns, names=list(wanted))

    def _read(self, wanted: Sequence[str]) -> Iterator[Any]:
        pa = arrow(self.path)
        try:
            if self._is_parquet:
                for group in range(self.groups) if self._group is None else [self._group]:
                    for batch in self._file.iter_batches(SIZE, [group], wanted):
                        batch.validate(full=True)
                        yield batch
            else:
                for batch in self._file:
                    batch = batch.select(wanted)
                    batch.validate(full=True)  # PyArrow takes texts and lists from where a file says
                    for start in range(0, batch.num_rows, SIZE):
                        yield batch.slice(start, SIZE)
        except (OSError, pa.ArrowException) as error:
            raise CgError("file", f"`{self.path}` cannot be read to its end: {_reason(error)}") from None


def _source(path: str) -> Any:
    """The path of a file, or all that comes from standard input or a pipe: its end is read first."""
    if os.path.isfile(native(path)):
        return os.fsdecode(native(path))
    return arrow(path).BufferReader(read_bytes(path))


def _opened_arrow(path: str) -> tuple[Any, Any]:
    """The schema of an Arrow file, or of a stream of Arrow's, and its batches, which stay in the file until
    they are asked for."""
    ipc, pa = arrow(path, "ipc"), arrow(path)
    source = _source(path)
    source = pa.memory_map(source) if isinstance(source, str) else source
    try:
        file = ipc.open_file(source)
        return file.schema, [file.get_batch(place) for place in range(file.num_record_batches)]
    except pa.ArrowInvalid:
        source.seek(0)
        stream = ipc.open_stream(source)
        return stream.schema, stream.read_all().to_batches()


def _reason(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".")
