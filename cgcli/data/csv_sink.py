"""Tables written as CSV."""

from __future__ import annotations

import csv
import io
from collections import deque

from cgcli.annotations import Any, Sequence, TextIO
from cgcli.data.arrow_sink import as_arrow
from cgcli.data.sinks import Sink, Text, texts

# Rows of a batch from which on compiled code, or PyArrow, is worth its import.
MANY = 20_000

# Rows that PyArrow writes at a time: more leave the cache.
WRITTEN = 4096

# What a text in which it stands is quoted for.
QUOTED = b'"\r\n'


class CsvSink(Sink):
    """A header, then a line a row. Batches of many rows are made text in threads, while the next ones are
    computed: by compiled code, else by PyArrow, as far as these are there and have a form for the cells."""

    def __init__(
        self, stream: TextIO, names: Sequence[str], text: Text, separator: str = ",", threads: int = 0
    ) -> None:
        self._stream, self._text, self._separator = stream, text, separator
        self._names: Sequence[str] | None = names
        self._threads = threads
        self._pool: Any = None
        self._waiting: deque[Any] = deque()

    def write(self, columns: Sequence[Any], missing: Any) -> None:
        self._begin()
        if self._pool is None and self._threads and len(columns[0]) >= MANY:
            from concurrent.futures import ThreadPoolExecutor

            self._pool = ThreadPoolExecutor(self._threads)
        if self._pool is not None:
            self._waiting.append(self._pool.submit(self._formatted, list(columns), missing))
            while len(self._waiting) > self._threads:
                self._write_next()
            return
        self._stream.write(self._plain(columns, missing))

    def _begin(self) -> None:
        """Write the header, once there are rows, or none will be: an error before leaves nothing."""
        if self._names is not None:
            self._to(self._stream).writerow(self._names)
            self._names = None

    def _to(self, stream: TextIO) -> Any:
        return csv.writer(stream, delimiter=self._separator, lineterminator="\n")

    def close(self) -> None:
        self._begin()
        while self._waiting:
            self._write_next()
        if self._pool is not None:
            self._pool.shutdown()

    def _plain(self, columns: Sequence[Any], missing: Any) -> str:
        rows = io.StringIO()
        self._to(rows).writerows(zip(*texts(columns, missing, self._text), strict=True))
        return rows.getvalue()

    def _formatted(self, columns: Sequence[Any], missing: Any) -> Any:
        """The bytes of a batch."""
        if len(columns) == 1 and (missing is not None or not hasattr(columns[0], "dtype")):
            return self._plain(columns, missing).encode()  # an empty cell alone is no empty line
        cells = [doubles_or_texts(column, self._separator) for column in columns]
        if all(cell is not None for cell in cells):
            from cgcli.kernels.decimals import rows_of_text

            found = rows_of_text(cells, missing, self._separator)
            if found is not None:
                return found
        found = self._by_arrow(columns, missing) if all(map(is_double, columns)) else None
        return self._plain(columns, missing).encode() if found is None else found

    def _by_arrow(self, columns: Sequence[Any], missing: Any) -> Any:
        """Columns of doubles; None where PyArrow is not there."""
        try:
            import pyarrow as pa
            import pyarrow.csv as pc
        except ImportError:
            return None
        written = pa.BufferOutputStream()
        options = pc.WriteOptions(
            include_header=False, batch_size=WRITTEN, delimiter=self._separator, quoting_style="none"
        )
        arrays = [as_arrow(column, missing) for column in columns]
        pc.write_csv(pa.record_batch(arrays, names=[*map(str, range(len(arrays)))]), written, options)
        return written.getvalue()

    def _write_next(self) -> None:
        self._stream.flush()
        self._stream.buffer.write(self._waiting.popleft().result())


def is_double(column: Any) -> bool:
    """Whether it has doubles, and does not say itself where it has none."""
    is_plain = hasattr(column, "dtype") and not hasattr(column, "mask")
    return is_plain and column.ndim == 1 and column.dtype == float


def doubles_or_texts(column: Any, separator: str) -> Any:
    """A column of doubles as it is, one of texts or whole numbers as the offsets and bytes of their texts;
    None for other cells, and for texts that need quotes."""
    if is_double(column):
        return column
    try:
        import pyarrow as pa
    except ImportError:
        return None
    if isinstance(column, list):
        if not all(cell.__class__ is str for cell in column):
            return None
        column = pa.array(column)
    if not isinstance(column, (pa.Array, pa.ChunkedArray)):
        return None
    if pa.types.is_integer(column.type):
        column = column.cast(pa.string())
    if column.type != pa.string():
        return None
    import numpy as np

    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    column = column.fill_null("") if column.null_count else column
    _, offsets, data = column.buffers()
    first = np.frombuffer(offsets, np.int32)[column.offset : column.offset + len(column) + 1]
    if not len(first):  # an array of nothing may have no offsets
        first = np.zeros(1, np.int32)
    text = bytes(data or b"")[first[0] : first[-1]]
    if any(mark in text for mark in (*QUOTED, ord(separator))):
        return None
    return first - first[0], np.frombuffer(text or b" ", np.uint8)
