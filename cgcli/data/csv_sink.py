"""Tables written as CSV."""

from __future__ import annotations

import csv
import io
from collections import deque
from concurrent.futures import ThreadPoolExecutor

from cgcli.annotations import Any, Sequence, TextIO
from cgcli.data.arrow_sink import as_arrow
from cgcli.data.sinks import Sink, Text, texts

# Rows of a batch from which on PyArrow is worth its import.
MANY = 10_000

# Rows that PyArrow writes at a time: more leave the cache.
WRITTEN = 4096


class CsvSink(Sink):
    """A header, then a line a row. Batches of many rows are written as text by PyArrow, where it is there, in
    threads, while the next ones are computed."""

    def __init__(
        self, stream: TextIO, names: Sequence[str], text: Text, separator: str = ",", threads: int = 0
    ) -> None:
        self._stream, self._text, self._separator = stream, text, separator
        self._to(stream).writerow(names)
        self._threads = threads
        self._pool: Any = None
        self._waiting: deque[Any] = deque()

    def write(self, columns: Sequence[Any], missing: Any) -> None:
        if self._threads and len(columns[0]) >= MANY and self._arrow() is not None:
            self._waiting.append(self._pool.submit(self._formatted, list(columns), missing))
            while len(self._waiting) > self._threads:
                self._write_next()
            return
        while self._waiting:
            self._write_next()
        self._to(self._stream).writerows(zip(*texts(columns, missing, self._text), strict=True))

    def _to(self, stream: TextIO) -> Any:
        return csv.writer(stream, delimiter=self._separator, lineterminator="\n")

    def close(self) -> None:
        while self._waiting:
            self._write_next()
        if self._pool is not None:
            self._pool.shutdown()

    def _arrow(self) -> Any:
        try:
            import pyarrow.csv
        except ImportError:
            self._threads = 0
            return None
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._threads)
        return pyarrow.csv

    def _formatted(self, columns: Sequence[Any], missing: Any) -> Any:
        import pyarrow as pa
        import pyarrow.csv as pc

        written = pa.BufferOutputStream()
        quoting = "none" if all(hasattr(column, "dtype") for column in columns) else "needed"
        options = pc.WriteOptions(
            include_header=False, batch_size=WRITTEN, delimiter=self._separator, quoting_style=quoting
        )
        try:
            arrays = [as_arrow(column, missing) for column in columns]
            batch = pa.record_batch(arrays, names=[str(place) for place in range(len(arrays))])
            pc.write_csv(batch, written, options)
        except pa.ArrowException:  # cells of several types, or lists
            rows = io.StringIO()
            self._to(rows).writerows(zip(*texts(columns, missing, self._text), strict=True))
            return rows.getvalue().encode()
        return written.getvalue()

    def _write_next(self) -> None:
        self._stream.flush()
        self._stream.buffer.write(self._waiting.popleft().result())
