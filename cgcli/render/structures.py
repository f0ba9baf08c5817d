"""Values as text, lists and records included (`control.structures`)."""

from __future__ import annotations

from cgcli.annotations import Any, Callable, Iterable, Iterator
from cgcli.control.structures import HOLDERS, List, Record
from cgcli.render import numbers


def text_pieces(value: Any, digits: int | None = None) -> Iterable[str]:
    """The pieces of a value's text, which reads back as the same value: `list(1, [2, 3])`."""
    return texts([value], digits)[0]


def texts(values: Iterable[Any], digits: int | None = None) -> list[Iterable[str]]:
    """The same of some values."""
    return [
        _pieces(value, lambda one: numbers.text_pieces(one, digits), "list()", "record()", "{}=")
        if value.__class__ in HOLDERS
        else numbers.text_pieces(value, digits)
        for value in values
    ]


def json_text(value: Any, digits: int | None = None) -> Iterable[str]:
    """A value as JSON, piece by piece: a list is an array, a record an object."""
    if value.__class__ in HOLDERS:
        return _pieces(value, lambda one: numbers.json_text(one, digits), "[]", "{}", '"{}": ')
    return numbers.json_text(value, digits)


def _pieces(
    value: Any, plain: Callable[[Any], Iterable[str]], listed: str, recorded: str, named: str
) -> Iterator[str]:
    """The text of a structure, from the outside in: its brackets, and how a field is named."""
    stack: list[Any] = [value]
    while stack:
        one: Any = stack.pop()
        if isinstance(one, str):
            yield one
        elif one.__class__ is Record or one.__class__ is List:
            brackets = recorded if one.__class__ is Record else listed
            fields = one.fields if one.__class__ is Record else {}
            items: list[Any] = list(fields.values()) or getattr(one, "items", [])
            names = [named.format(name) for name in fields] or [""] * len(items)
            yield brackets[:-1]
            stack.append(brackets[-1])
            for place in reversed(range(len(items))):
                stack += [items[place], ", " * bool(place) + names[place]]
        else:
            yield from plain(one)
