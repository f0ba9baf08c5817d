"""Tables written as Parquet and Arrow files, by PyArrow."""

from __future__ import annotations

from cgcli.annotations import Any, Sequence
from cgcli.data.arrow import arrow
from cgcli.data.batch import nothing_at
from cgcli.data.sinks import Sink
from cgcli.diagnostics import CgError
from cgcli.later import np, pa, pc


class ArrowSink(Sink):
    """A Parquet or an Arrow file: columns that are handed on have the types that they had, arrays are
    lists."""

    def __init__(self, path: str, names: Sequence[str], is_parquet: bool) -> None:
        self._path, self._names, self._is_parquet = path, list(names), is_parquet
        self._pa = arrow(path)
        self._writer: Any = None

    def write(self, columns: Sequence[Any], missing: Any) -> None:
        pa = self._pa
        arrays = [self._typed(name, column, missing) for name, column in zip(self._names, columns)]
        batch = pa.record_batch(arrays, names=self._names)
        if self._writer is None:
            self._schema, self._writer = batch.schema, self._opened(batch.schema)
        self._writer.write_batch(batch)

    def _typed(self, name: str, column: Any, missing: Any) -> Any:
        """A column with the type that it has from the first batch on. Raises `CgError` (kind `file`)."""
        try:
            found = as_arrow(column, missing)
            return found if self._writer is None else found.cast(self._schema.field(name).type)
        except self._pa.ArrowException:
            raise CgError(
                "file", f"column `{name}` has cells of several types, which no Arrow table can have"
            ) from None

    def _opened(self, schema: Any) -> Any:
        if not self._is_parquet:
            return arrow(self._path, "ipc").new_file(self._path, schema)
        pa = self._pa
        # a dictionary of doubles, which hardly repeat, takes three times the time
        texts = [field.name for field in schema if not pa.types.is_floating(field.type)]
        return arrow(self._path, "parquet").ParquetWriter(self._path, schema, use_dictionary=texts)

    def close(self) -> None:
        if self._writer is None:
            self.write([[] for _ in self._names], None)
        self._writer.close()


def as_arrow(column: Any, missing: Any) -> Any:
    """A column as Arrow has it: arrays as lists; nothing where a number is missing."""
    if isinstance(column, list):
        return pa.array(column) if column else pa.array([], pa.string())
    if not hasattr(column, "dtype"):
        return column
    missing = nothing_at(column, missing)
    if column.ndim == 1:
        return pa.array(np.asarray(column), mask=missing)
    flat = pa.array(column.reshape(-1))
    for size in reversed(column.shape[1:]):
        flat = pa.FixedSizeListArray.from_arrays(flat, size)
    return flat if missing is None else pc.if_else(pa.array(missing), None, flat)
