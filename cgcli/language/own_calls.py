"""Functions that only programs that run have."""

from __future__ import annotations

from cgcli.annotations import Any
from cgcli.control.structures import APPEND, HAS, LEN, LIST, RANGE, RECORD
from cgcli.language import errors
from cgcli.language.builder import Builder, Number

# With the least and the largest number of arguments, and how they are called.
FUNCTIONS = {
    "list": (0, 2**31, "list(x, ...)"), "append": (2, 2, "append(list, x)"), "len": (1, 1, "len(x)"),
    "record": (0, 2**31, "record(name=value, ...)"), "has": (2, 2, 'has(record, "name")'),
    "range": (1, 3, "range(stop), range(start, stop) or range(start, stop, step)"),
}  # fmt: skip


def call(builder: Builder, item: int, arguments: list[Any]) -> int:
    """A call of one of the functions that only programs that run have."""
    syntax = builder.syntax
    name, count, keywords = syntax.payloads[item]
    least, most, usage = FUNCTIONS[name]
    texts = [one for one in arguments if isinstance(one, str)]
    is_wrong = not least <= count <= most or (keywords and name != "record")
    is_wrong = is_wrong or len(texts) != (name == "has") or (name == "record" and len(keywords) < count)
    if is_wrong or (name == "has" and not isinstance(arguments[1], str)):
        stray = texts[0] if texts and name != "has" else None
        raise errors.blocks.wrong_call(syntax, item, name, usage, stray)
    if name == "has":
        return builder.structure(HAS, (arguments[0],), item, {"name": arguments[1]})
    if name == "record":
        return builder.structure(RECORD, tuple(arguments), item, {"names": keywords})
    if name == "range":
        place = syntax.starts[item], syntax.ends[item]
        if count == 1:
            arguments = [Number(0.0, *place), *arguments]
        if count < 3:
            arguments = [*arguments, Number(1.0, *place)]
        return builder.structure(RANGE, tuple(arguments), item)
    op = {"list": LIST, "append": APPEND, "len": LEN}[name]
    return builder.structure(op, tuple(arguments), item)
