"""Numbers and arrays out of what a file holds."""

from __future__ import annotations

from cgcli.annotations import Any
from cgcli.data.cells import as_number, between, lost, no_double, odd_ones
from cgcli.diagnostics import CgError, Diagnostic, abridged, suggestion
from cgcli.graph import from_inside
from cgcli.later import np
from cgcli.passes.shapes import MOST_AXES


class Nested:
    """Objects and lists of different length, which are numbers and arrays only in the end.

    value       dicts and lists of such, with floats
    refusal     the error where a program cannot take them: one that does not run
    """

    def __init__(self, value: Any, refusal: CgError) -> None:
        self.value, self.refusal = value, refusal


def nested(value: Any, refusal: CgError) -> Nested:
    """What was read as such, or given in Python. Raises the refusal where something else than a number is in
    it."""
    value = _opened(value)
    if not isinstance(value, (dict, list)):
        raise refusal
    opened: dict[int, list[Any]] = {}  # the parts of what is looked into

    def inside(one: Any) -> list[Any]:
        if id(one) not in opened:
            opened[id(one)] = [*map(_opened, one.values() if isinstance(one, dict) else one)]
        return [part for part in opened[id(one)] if isinstance(part, (dict, list))]

    def make(one: Any, made: Any) -> Any:
        found = [
            made[id(part)] if isinstance(part, (dict, list)) else as_number(part) for part in opened[id(one)]
        ]
        if None in found:
            raise refusal
        return dict(zip(one, found)) if isinstance(one, dict) else found

    return Nested(from_inside(value, inside, make), refusal)


def _opened(value: Any) -> Any:
    """What Python and NumPy have for a list or a number, as such."""
    return value.tolist() if hasattr(value, "tolist") else list(value) if isinstance(value, tuple) else value


def as_value(path: str, name: str, value: Any, warnings: list[Diagnostic]) -> Any:
    """A number, or an array of them, out of what was read; `true` and `false` are 1 and 0. Of objects and of
    lists of different length, what is `Nested`. Appends what to warn of. Raises `CgError` (kind `file`)."""
    called = f"`{name}` in `{path}`" if name else f"`{path}`"
    if isinstance(value, list):
        try:
            return _array(called, value, warnings)
        except CgError as refusal:
            return nested(value, refusal)
    if isinstance(value, dict):
        return nested(value, CgError("file", f"{called} is a table, not a number"))
    if hasattr(value, "dtype"):
        return _saved(called, value, warnings)
    if isinstance(value, str) and (shape := empty_shape(value)):
        return np.zeros(shape)
    found = as_number(value)
    if found is None:
        raise CgError("file", f"{called} is {_kind(value)}, not a number")
    if told := lost(value, found):
        warnings.append(no_double(called, *told))
    return found


def empty_shape(text: str) -> tuple[int, ...] | None:
    """The shape of an array without elements, as cg prints one of several axes: `zeros([0, 2])`."""
    if not (text.startswith("zeros([") and text.endswith("])")):
        return None
    sizes = [size.strip() for size in text[7:-2].split(",")]
    shape = tuple(int(size) for size in sizes if size.isascii() and size.isdigit() and len(size) < 10)
    return shape if len(shape) == len(sizes) and 0 in shape else None


def _kind(value: Any) -> str:
    kinds = {type(None): "null", str: "text", dict: "a table", list: "a list"}
    return kinds.get(type(value), "a date")


def _saved(called: str, array: Any, warnings: list[Diagnostic]) -> Any:
    """An array that NumPy saved."""
    if array.dtype.kind not in "iufb":
        kinds = {"c": "complex numbers", "U": "text", "S": "text", "O": "objects"}
        wanted = "real ones" if array.dtype.kind == "c" else "numbers"
        raise CgError("file", f"{called} holds {kinds.get(array.dtype.kind, str(array.dtype))}, not {wanted}")
    found = array.astype(float, copy=False)
    odd = odd_ones(array, found)
    if odd:
        warnings.append(no_double(called, *between(odd[0]), count=len(odd)))
    return found if array.ndim else float(found)


def _array(called: str, value: list[Any], warnings: list[Diagnostic]) -> Any:
    shape, elements = flattened(called, value)
    numbers = []
    told = None
    for element in elements:
        number = as_number(element)
        if number is None:
            raise CgError("file", f"{called} has {_kind(element)} among its numbers")
        told = told or lost(element, number)
        numbers.append(number)
    if len(shape) > MOST_AXES:
        raise CgError("file", f"{called} has more than {MOST_AXES} axes")
    if told:
        warnings.append(no_double(called, *told))
    return np.array(numbers, dtype=float).reshape(shape)


def flattened(called: str, value: Any, kind: str = "file") -> tuple[list[int], list[Any]]:
    """The shape of nested lists, and their elements. Raises `CgError` for rows that differ in length."""
    level, shape = [value], []
    while level and all(isinstance(part, (list, tuple)) for part in level):
        lengths = [len(part) for part in level]
        other = next((length for length in lengths if length != lengths[0]), None)
        if other is not None:
            raise CgError(kind, f"the rows of {called} differ in length: {lengths[0]} and {other}")
        shape.append(lengths[0])
        level = [element for part in level for element in part]
    return shape, level


def member(path: str, table: Any, name: str) -> Any:
    """What a file has by a name, or all that it has. Raises `CgError` (kind `file`)."""
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
    raise no_member(path, name, names)


def place_of(path: str, names: list[str] | None, name: str) -> int:
    """Where a column stands among those that a table names. Raises `CgError` (kind `file`) where it names
    none, or none, or several, have the name."""
    if names is None:
        raise CgError("file", f"`{path}` has no header that names columns")
    count = names.count(name)
    if count > 1:
        raise CgError("file", f"`{path}` has {count} columns that are called `{name}`")
    if not count:
        raise no_member(path, name, names)
    return names.index(name)


def no_member(path: str, name: str, names: list[str]) -> CgError:
    """The error for a name that a file does not have; without a name, for one that is missing."""
    has = f"it has {abridged((f'`{one}`' for one in names), 8)}"
    hint = suggestion(name, names, has) if name else has
    what = f"has no `{name}`" if name else f"has several values: name one, as in @{path}:NAME"
    return CgError("file", f"`{path}` {what}", hint=hint)
