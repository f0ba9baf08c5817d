"""Names of columns, and of values in files: where they stand, and what to say of one that is not there."""

from __future__ import annotations

from cgcli.diagnostics import CgError, abridged, suggestion


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
