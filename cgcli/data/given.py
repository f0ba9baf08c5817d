"""Values as Python has them, as those that programs compute with."""

from __future__ import annotations

from cgcli.annotations import Any, Mapping
from cgcli.diagnostics import CgError
from cgcli.later import np


def given_values(values: Mapping[str, Any] | None) -> dict[str, Any]:
    """Values as evaluation takes them: floats, and arrays of doubles. Raises `CgError`."""
    return {name: as_value(name, value) for name, value in (values or {}).items()}


def _are_numbers(array: Any) -> bool:
    """Whether an array of objects is one of whole numbers, fractions and the like."""
    from numbers import Real

    return array.dtype.kind == "O" and all(isinstance(one, Real) for one in array.flat)


def as_value(name: str, value: Any) -> Any:
    """A float, or an array of doubles of its own, which the caller cannot write to; of dicts, and of lists
    that are no array, what programs that run take as records and lists. Raises `CgError`."""
    try:
        if hasattr(value, "__len__") or hasattr(value, "__array__"):
            if np.ma.isMaskedArray(value):
                raise CgError("binding", f"`{name}` is a masked array, and cg knows no masks")
            array = np.asarray(value)
            if array.size and array.dtype.kind not in "buif" and not _are_numbers(array):
                raise TypeError
            array = array.astype(float)
            return array if array.ndim else float(array)
        return float(value)
    except OverflowError:
        raise CgError("binding", f"the value of `{name}` is beyond the range of doubles") from None
    except (TypeError, ValueError):
        refusal = CgError("binding", f"the value of `{name}` is not a number or an array: {value!r:.40}")
        if not isinstance(value, (dict, list, tuple)):
            raise refusal from None
    from cgcli.data.values import flattened, nested

    try:
        if not isinstance(value, dict):  # perhaps rows that differ in length
            flattened(f"`{name}`", value, "binding")
    except CgError as error:
        refusal = error
    return nested(value, refusal)
