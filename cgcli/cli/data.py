"""Values in files: `--vars` files of names and values, and arrays for `NAME=@FILE`."""

from __future__ import annotations

import os

from cgcli.cli.reading import cannot_read
from cgcli.diagnostics import CgError, likely
from cgcli.passes.shapes import MOST_AXES
from cgcli.shapes import counted
from cgcli.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# JSON has no numbers for these; they are written as cg writes them.
_NOT_FINITE = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


def read_vars(path: str) -> dict[str, Any]:
    """Numbers and arrays by name: a JSON object, a TOML table where the name ends in `.toml`, or a
    NumPy archive where it ends in `.npz`."""
    if path.lower().endswith(".npz"):
        archive = _load(path)
        if not isinstance(archive, dict):
            raise CgError("file", f"`{path}` holds one array, and no names")
        return {name: as_value(path, name, array) for name, array in archive.items()}
    text = _text(path)
    is_json = path.lower().endswith(".json") or text.lstrip()[:1] in ("{", "[")
    is_toml = path.lower().endswith(".toml") or not is_json
    table = _parse_toml(path, text) if is_toml else _parse_json(path, text)
    if not isinstance(table, dict):
        raise CgError("file", f"`{path}` does not hold an object of names and values")
    return {name: as_value(path, name, value) for name, value in table.items()}


def read_array(place: str) -> Any:
    """The value in a file: `FILE.npy`, `FILE.npz:NAME`, `FILE.csv`, `FILE.csv:COLUMN`, `FILE.json`,
    or `FILE.json:NAME`. Raises `CgError` (kind `file`)."""
    path, member = place, ""
    if not place:
        raise CgError("file", "the name of a file is missing after `@`")
    if not os.path.exists(path) and ":" in place:
        path, _, member = place.rpartition(":")
        if "." in member and not os.path.exists(path):
            path, member = place, ""
    ending = os.path.splitext(path)[1].lower()
    if ending in (".npy", ".npz"):
        found = _load(path)
        if ending == ".npz" or member:
            found = _member(path, found, member)
    elif ending == ".csv":
        return _read_csv(path, member)
    elif ending == ".json":
        found = _parse_json(path, _text(path))
        if isinstance(found, dict) or member:
            found = _member(path, found, member)
    else:
        raise CgError("file", f"`{path}` is not .npy, .npz, .csv or .json")
    return as_value(path, member, found)


def _member(path: str, table: Any, name: str) -> Any:
    if not hasattr(table, "keys"):
        what = "array" if isinstance(table, list) or getattr(table, "shape", None) else "value"
        raise CgError("file", f"`{path}` holds one {what}, and no names")
    if name in table:
        return table[name]
    names = list(table)
    if not names:
        raise CgError("file", f"`{path}` holds no values")
    if not name and len(names) == 1:
        return table[names[0]]
    listed = ", ".join(f"`{one}`" for one in names[:8]) + (", ..." if len(names) > 8 else "")
    match = likely(name, names) if name else None
    hint = f"did you mean `{match}`?" if match else f"it has {listed}"
    what = (
        f"`{path}` has no `{name}`" if name else f"`{path}` has several values: name one, as in @{path}:NAME"
    )
    raise CgError("file", what, hint=hint)


def _load(path: str) -> Any:
    """What NumPy reads of a `.npy` or `.npz` file."""
    import zipfile

    import numpy as np

    try:
        found = np.load(path, allow_pickle=False)
        return dict(found) if hasattr(found, "files") else found
    except OSError as error:
        raise cannot_read(path, error) from None
    except (ValueError, EOFError, zipfile.BadZipFile) as error:
        reason = str(error).splitlines()[0]
        if "pickle" in reason:
            reason = "it holds objects, or is not an array at all"
        raise CgError("file", f"`{path}` is not an array that NumPy saved: {reason}") from None


def _read_csv(path: str, column: str) -> Any:
    """The numbers of a CSV file: a matrix, or a vector where there is one row or one column. A first
    row that is not numbers is a header; `column` names one of it."""
    import csv

    try:
        rows = [row for row in csv.reader(_text(path).splitlines()) if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise CgError("file", f"`{path}` is not CSV: {error}") from None
    if not rows:
        raise CgError("file", f"`{path}` is empty")
    for number, row in enumerate(rows, 1):
        if len(row) != len(rows[0]):
            cells = counted(len(row), "cell")
            raise CgError("file", f"row {number} of `{path}` has {cells}, and row 1 has {len(rows[0])}")
    header = [cell.strip() for cell in rows[0]] if not any(map(_is_number, rows[0])) else None
    if header is not None:
        rows = rows[1:]
    if column:
        if header is None:
            raise CgError("file", f"`{path}` has no header that names columns")
        _member(path, dict.fromkeys(header), column)
        place = header.index(column)
        rows = [row[place : place + 1] for row in rows]
    table = []
    for number, row in enumerate(rows, 1 if header is None else 2):
        for cell in row:
            if not _is_number(cell):
                raise CgError("file", f"row {number} of `{path}` has `{cell.strip()}`, which is not a number")
        table.append([float(cell) for cell in row])
    if column:
        return as_value(path, "", [row[0] for row in table])
    if header is not None and not table and len(header) > 1:  # no rows of so many columns
        import numpy as np

        return np.zeros((0, len(header)))
    if len(table) == 1:
        return as_value(path, "", table[0] if len(table[0]) > 1 else table[0][0])
    if table and len(table[0]) == 1:
        return as_value(path, "", [row[0] for row in table])
    return as_value(path, "", table)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def as_value(path: str, name: str, value: Any) -> Any:
    """A number, or an array of them, out of what was read. Raises `CgError` (kind `file`)."""
    if isinstance(value, list) or hasattr(value, "dtype"):
        return _array(path, name, value)
    called = f"`{name}` in `{path}`" if name else f"`{path}`"
    if isinstance(value, str) and value in _NOT_FINITE:
        return _NOT_FINITE[value]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise CgError("file", f"{called} is {_kind(value)}, not a number")
    return _float(value)


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _kind(value: Any) -> str:
    kinds = {bool: str(value).lower(), type(None): "null", str: "text", dict: "a table", list: "a list"}
    return kinds.get(type(value), "a date")


def _array(path: str, name: str, value: Any) -> Any:
    import numpy as np

    called = f"`{name}` in `{path}`" if name else f"`{path}`"
    if not isinstance(value, list):
        if value.dtype.kind not in "iufb":
            kinds = {"c": "complex numbers", "U": "text", "S": "text", "O": "objects"}
            wanted = "real ones" if value.dtype.kind == "c" else "numbers"
            raise CgError(
                "file", f"{called} holds {kinds.get(value.dtype.kind, str(value.dtype))}, not {wanted}"
            )
        return value.astype(float, copy=False) if value.ndim else float(value)
    level: list[Any] = [value]
    shape: list[int] = []
    while level and all(isinstance(part, list) for part in level):
        if len({len(part) for part in level}) > 1:
            raise CgError("file", f"the rows of {called} differ in length")
        shape.append(len(level[0]))
        level = [element for part in level for element in part]
        if not level:
            break
    numbers = []
    for element in level:
        if isinstance(element, str) and element in _NOT_FINITE:
            element = _NOT_FINITE[element]
        if isinstance(element, bool) or not isinstance(element, (int, float)):
            raise CgError("file", f"{called} has {_kind(element)} among its numbers")
        numbers.append(_float(element))
    if len(shape) > MOST_AXES:
        raise CgError("file", f"{called} has more than {MOST_AXES} axes")
    return np.array(numbers, dtype=float).reshape(shape)


def _text(path: str) -> str:
    try:
        with open(path, "rb") as file:
            raw = file.read()
    except OSError as error:
        raise cannot_read(path, error) from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CgError("file", f"`{path}` is not UTF-8: byte 0x{raw[error.start]:02X}") from None


def _parse_json(path: str, text: str) -> Any:
    import json

    def refuse_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        table = dict(pairs)
        if len(table) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise CgError("file", f"`{path}` gives `{twice}` a value twice")
        return table

    try:
        return json.loads(text, object_pairs_hook=refuse_twice, parse_int=float)
    except json.JSONDecodeError as error:
        message = f"this is not JSON: {error.msg[:1].lower()}{error.msg[1:]}"
        raise CgError("file", message, Source((path, text)), error.pos, error.pos + 1) from None
    except RecursionError:
        raise CgError("file", f"`{path}` is nested too deeply") from None


def _parse_toml(path: str, text: str) -> Any:
    import re
    import tomllib

    try:
        return tomllib.loads(text, parse_float=float)
    except tomllib.TOMLDecodeError as error:
        message, _, where = str(error).partition(" (at ")
        source, offset = Source((path, text)), len(text.rstrip())
        if found := re.match(r"line (\d+), column (\d+)", where):
            line, column = int(found[1]), int(found[2])
            offset = sum(map(len, text.splitlines(True)[: line - 1])) + column - 1
        message = f"this is not TOML: {message[:1].lower()}{message[1:]}"
        raise CgError("file", message, source, offset, offset + 1) from None
    except ValueError:  # Python refuses to read whole numbers of thousands of digits
        raise CgError("file", f"`{path}` has a whole number of too many digits") from None
    except RecursionError:
        raise CgError("file", f"`{path}` is nested too deeply") from None
