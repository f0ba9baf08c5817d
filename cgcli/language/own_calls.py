"""Functions that only programs that run have, and subscripts that are computed."""

from __future__ import annotations

from cgcli.annotations import Any
from cgcli.control.structures import APPEND, HAS, LEN, LIST, RANGE, RECORD
from cgcli.language import errors
from cgcli.language.builder import Builder, Number
from cgcli.language.known import Known
from cgcli.language.subscripts import CONDITIONS
from cgcli.shapes import whole

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
        raise errors.blocks.wrong_call(syntax, item, name, usage)
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


def subscripts(
    builder: Builder, item: int, given: list[Any]
) -> tuple[list[int], tuple[Any, ...], tuple[Any, ...]]:
    """The operands and the `at` of an index, and by slice which of its bounds are operands (`PART`)."""
    syntax, graph = builder.syntax, builder.graph
    known, values = Known(graph, {}, lambda _: None), iter(given)
    operands: list[int] = []
    at: list[Any] = []
    late: list[Any] = []
    wrong = errors.meaning.wrong_subscript
    for which, part in enumerate(syntax.payloads[item]):
        late.append(())
        if part == "item":
            node = builder.node(next(values))
            if graph.ops[node].level in CONDITIONS:
                hint = "to choose elements, write where(c, a, b)"
                raise wrong(syntax, item, which, "a condition is no subscript", hint)
            value = known.value(node)
            if isinstance(value, float) and not value.is_integer():
                raise wrong(syntax, item, which, "a subscript is a whole number")
            if not isinstance(value, float):
                operands.append(node)
            at.append(int(value) if isinstance(value, float) else None)
            continue
        sizes: list[Any] = []
        computed = [False, False, False]
        for place, there in enumerate(part):
            node = builder.node(next(values)) if there else -1
            value = known.value(node) if there else None
            if value is not None and whole(value) is None:
                raise wrong(syntax, item, which, "the bounds of a slice are whole numbers")
            if there and value is None:
                operands.append(node)
                computed[place] = True
            sizes.append(whole(value) if value is not None else None)
        if sizes[2] == 0:
            raise wrong(syntax, item, which, "the step of a slice cannot be 0")
        if any(computed):
            late[-1] = tuple(computed)
        at.append(tuple(sizes))
    return operands, tuple(at), tuple(late)
