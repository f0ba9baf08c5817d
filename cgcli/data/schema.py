"""What a table says of its columns before any row is read."""

from __future__ import annotations

from cgcli.diagnostics import CgError, abridged, suggestion

# Kinds of columns.
NUMBER, TEXT = "number", "text"


class Schema:
    """The columns of a table, in their order.

    names   what they are called; None where the table does not say
    kinds   what stands in each, NUMBER or TEXT; a reader of numbers raises at a cell that is none
    """

    def __init__(self, names: list[str] | None, kinds: list[str]) -> None:
        self.names, self.kinds = names, kinds

    def __len__(self) -> int:
        return len(self.kinds)

    def place(self, path: str, name: str) -> int:
        """Where a column stands. Raises `CgError` (kind `file`) where none, or several, have the name."""
        if self.names is None:
            raise CgError("file", f"`{path}` has no header that names columns")
        count = self.names.count(name)
        if count > 1:
            raise CgError("file", f"`{path}` has {count} columns that are called `{name}`")
        if not count:
            raise no_member(path, name, self.names)
        return self.names.index(name)


def no_member(path: str, name: str, names: list[str]) -> CgError:
    """The error for a name that a file does not have; without a name, for one that is missing."""
    has = f"it has {abridged((f'`{one}`' for one in names), 8)}"
    hint = suggestion(name, names, has) if name else has
    what = f"has no `{name}`" if name else f"has several values: name one, as in @{path}:NAME"
    return CgError("file", f"`{path}` {what}", hint=hint)
