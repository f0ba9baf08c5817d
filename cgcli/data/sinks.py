"""Where rows go: a stream or a file of CSV, of JSON, of NumPy's arrays, batch by batch."""

from __future__ import annotations

import contextlib
import errno
import os

from cgcli.annotations import Any, Callable, Iterator, Sequence, TextIO
from cgcli.data.batch import listed, nothing_at
from cgcli.data.files import cannot_read, native
from cgcli.diagnostics import CgError
from cgcli.later import json, np

# Writes a number.
Text = Callable[[float], str]


class Sink:
    """Takes the columns of a table, batch by batch, each with the names that it was made with: arrays of
    numbers with an axis of rows in front, or lists; None in a list, or where `missing` is true, is
    nothing (`nothing_at`)."""

    def write(self, columns: Sequence[Any], missing: Any) -> None: ...

    def close(self) -> None: ...


class JsonSink(Sink):
    """An object a row, on a line of its own. `value` makes of a number, or of an array, what JSON has."""

    def __init__(self, stream: TextIO, names: Sequence[str], value: Callable[[Any], Any]) -> None:
        self._stream, self._names, self._value = stream, list(names), value

    def write(self, columns: Sequence[Any], missing: Any) -> None:
        cells = [self._values(column, missing) for column in columns]
        for row in zip(*cells, strict=True):
            self._stream.write(as_json(dict(zip(self._names, row, strict=True))) + "\n")

    def _values(self, column: Any, missing: Any) -> list[Any]:
        if hasattr(column, "to_pylist"):
            column = listed(column)
        if isinstance(column, list):
            return [self._value(cell) if cell.__class__ is float else cell for cell in column]
        rows = column.tolist() if column.ndim == 1 else column
        marks = nothing_at(column, missing)
        gone = [False] * len(column) if marks is None else marks.tolist()
        return [None if no else self._value(row) for row, no in zip(rows, gone, strict=True)]


class NpzSink(Sink):
    """An array a column, of numbers or of texts; a number that is missing is nan. They are kept until the
    end."""

    def __init__(self, path: str, names: Sequence[str]) -> None:
        self._path, self._names = path, list(names)
        self._parts: list[list[Any]] = [[] for _ in names]

    def write(self, columns: Sequence[Any], missing: Any) -> None:
        for parts, column in zip(self._parts, columns, strict=True):
            marks = nothing_at(column, missing) if hasattr(column, "dtype") else None
            if marks is not None:
                column = np.array(column)
                column[marks] = np.nan
            parts.append(_numbers(column))

    def close(self) -> None:
        with open(native(self._path), "wb") as file:
            columns = (_as_array(parts) for parts in self._parts)
            np.savez(file, **dict(zip(self._names, columns, strict=True)))


def _numbers(column: Any) -> Any:
    """A column as an array, where it has numbers or truths, and else as a list."""
    if hasattr(column, "to_pylist"):
        import pyarrow.types as kinds

        if not any(of(column.type) for of in (kinds.is_integer, kinds.is_floating, kinds.is_boolean)):
            return listed(column)
        column = np.asarray(column)
    return column if getattr(column, "dtype", np.dtype("O")).kind in "iufb" else listed(column)


def _as_array(parts: list[Any]) -> Any:
    """An array of what came in parts: numbers, or else texts, as an archive has no other cells."""
    if all(hasattr(part, "dtype") for part in parts):
        return np.concatenate(parts) if parts else np.empty(0)
    cells = [cell for part in parts for cell in (part.tolist() if hasattr(part, "dtype") else part)]
    if None in cells and all(cell is None or isinstance(cell, (int, float)) for cell in cells):
        return np.array(cells, float)  # nan where there is none
    try:
        found = np.array(cells)
    except ValueError:  # lists of several lengths
        found = np.empty(0, object)
    plain = found.dtype.kind in "iufbU"
    return found if plain else np.array(["" if cell is None else told(cell) for cell in cells], str)


def texts(columns: Sequence[Any], missing: Any, text: Text) -> list[list[str]]:
    """The cells of columns as texts; nothing is empty."""
    found = []
    for column in columns:
        if getattr(getattr(column, "dtype", None), "kind", "O") != "f":
            column = listed(column)
        if isinstance(column, list):
            found.append(["" if c is None else text(c) if c.__class__ is float else told(c) for c in column])
        elif (marks := nothing_at(column, missing)) is None:
            found.append([text(number) for number in column.tolist()])
        else:
            rows = zip(column.tolist(), marks.tolist(), strict=True)
            found.append(["" if gone else text(number) for number, gone in rows])
    return found


def told(cell: Any) -> str:
    """A cell that is handed on, as text: a date, a decimal, bytes, a truth, and lists and objects as JSON has
    them."""
    return as_json(cell) if cell.__class__ in (bool, list, dict) else _named(cell)


def _named(cell: Any) -> str:
    return cell.decode("utf-8", "backslashreplace") if cell.__class__ is bytes else str(cell)


def as_json(found: Any) -> str:
    """What JSON has for it: for numbers that are not finite texts."""
    try:
        return json.dumps(found, ensure_ascii=False, default=_named, allow_nan=False)
    except ValueError:
        plain = json.loads(json.dumps(found, default=_named), parse_constant=str)
        return json.dumps(plain, ensure_ascii=False)


def require_place(path: str) -> None:
    """What can be known before the work, which may be long, of whether `whole` will write there. Raises as
    that."""
    target = os.path.realpath(native(path))
    if os.path.isdir(target):
        raise CgError("file", f"cannot write `{path}`: it is a directory")
    folder = os.path.dirname(os.fsdecode(target))
    try:
        os.stat(os.path.join(folder, "."))
    except OSError as error:
        raise cannot_write(path, error) from None
    if not os.path.exists(target) and not os.access(folder, os.W_OK):
        raise CgError("file", f"cannot write `{path}`: {os.strerror(errno.EACCES)}")


@contextlib.contextmanager
def whole(path: str) -> Iterator[str]:
    """A path beside this one to write to, which becomes it once all is there; whatever ends the writing
    early leaves no trace. Raises `CgError` (kind `file`)."""
    require_place(path)
    target = os.path.realpath(native(path))
    folder, name = os.path.split(os.fsdecode(target))
    try:
        if os.path.exists(target) and not os.path.isfile(target):  # a pipe, a device
            yield path
            return
    except OSError as error:
        raise cannot_write(path, error) from None
    # its name is known before it is there, whenever an interrupt comes
    beside = os.path.join(folder, f".{name}.{os.urandom(4).hex()}{os.path.splitext(name)[1]}")
    try:
        os.close(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        yield beside
        mode = os.stat(target).st_mode if os.path.exists(target) else 0o666 & ~_umask()
        os.chmod(beside, mode & 0o777)
        with open(beside, "rb") as file:
            os.fsync(file.fileno())
        os.replace(beside, target)
    except OSError as error:
        raise cannot_write(path, error) from None
    finally:
        with contextlib.suppress(OSError):
            os.unlink(beside)


def text_file(path: str) -> TextIO:
    return open(native(path), "w", encoding="utf-8", newline="")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def cannot_write(path: str, error: OSError) -> CgError:
    found = cannot_read(path, error)
    found.diagnostic.message = found.diagnostic.message.replace("cannot read", "cannot write", 1)
    return found
