"""Calls of operations on arrays, and subscripts: what of them is an operand, what an attribute.

An attribute (an axis, a shape, a slice) is known before anything runs: it is computed here, from
numbers, constants and sizes of declared shapes.
"""

from __future__ import annotations

import re

from cgcli.algebras.numbers import floats
from cgcli.diagnostics import CgError
from cgcli.language import mistakes
from cgcli.ops import ALIAS, CONSTANT, INPUT, OPS, REDUCING
from cgcli.ops.entry import AND, COMPARISON, NOT, OR, ArrayOp
from cgcli.shapes import Named

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cgcli.graph import Graph
    from cgcli.language.program import Program
    from cgcli.language.syntax import Statement, Syntax
    from cgcli.ops import Op
    from cgcli.ops.entry import Attribute

ARRAY, SIZE, INDEX = OPS["array"], OPS["size"], OPS["index"]

# What each kind of attribute is, for messages.
KINDS = {
    "axis": "a whole number",
    "axes": "a whole number, or a list of them",
    "shape": "a list of sizes, as in [2, 3]",
    "count": "a whole number from 0",
    "whole": "a whole number",
    "flag": "0 or 1",
    "order": "a number",
    "text": "a text in quotes",
    "index": 'a text in quotes, as in "1:3, 0"',
}

# Levels of operations that say 1 or 0.
CONDITIONS = (COMPARISON, AND, OR, NOT)

# Those that are written as a text, before the operands.
TEXTS = ("text", "index")


def called(op: Op, payload: tuple[str, int, tuple[str, ...]]) -> Op:
    """The operation that a function's name means in a call: `min` of one array reduces it."""
    _, count, keywords = payload
    return REDUCING.get(op.name, op) if count - len(keywords) == 1 else op


def wrong_elementwise(syntax: Syntax, item: int, op: Op, arguments: tuple[Any, ...]) -> CgError:
    """The error for a call of an elementwise operation with keywords, texts, or a wrong count."""
    keywords = syntax.payloads[item][2]
    if keywords:
        return mistakes.unknown_keyword(syntax, item, op, keywords[0])
    for argument in arguments:
        if isinstance(argument, str):
            return mistakes.wrong_call(syntax, item, op, f'cannot compute with the text "{argument}"')
    return mistakes.wrong_count(syntax, item, op, len(arguments))


def check_user_call(syntax: Syntax, item: int, function: Statement, has_text: bool) -> None:
    """Raise `CgError` for a call of a user's function with the wrong number or kind of arguments."""
    name, count, keywords = syntax.payloads[item]
    if keywords:
        raise mistakes.keyword_to_user(syntax, item, name, keywords[0])
    if count != len(function.parameters):
        raise mistakes.wrong_count_user(syntax, item, function, count)
    if has_text:
        message = f"`{name}` is a function of the program, and cannot take a text"
        raise CgError("arity", message, syntax.source, syntax.starts[item], syntax.ends[item])


def array_call(
    program: Program, syntax: Syntax, item: int, op: ArrayOp, arguments: list[Any], keywords: tuple[str, ...]
) -> tuple[tuple[int, ...], dict[str, Any]]:
    """The operands and the attributes of a call. `arguments` are nodes, or texts that were quoted.

    Raises `CgError` (kinds `arity`, `name`, `shape`)."""
    positional = arguments[: len(arguments) - len(keywords)]
    names = list(op.attributes)
    if op.arity is None:
        texts = 1 if names and op.attributes[names[0]].kind in TEXTS else 0
        operands, extra = positional[texts:], positional[:texts]
    else:
        operands, extra = positional[: op.arity], positional[op.arity :]
    given: dict[str, Any] = dict(zip(names, extra))
    for keyword, value in zip(keywords, arguments[len(positional) :]):
        if keyword not in names:
            raise mistakes.unknown_keyword(syntax, item, op, keyword)
        if keyword in given:
            raise mistakes.wrong_call(syntax, item, op, f"is given `{keyword}` twice")
        given[keyword] = value
    missing = [name for name, attribute in op.attributes.items() if attribute.required and name not in given]
    if not (op.takes(len(operands)) or op.arity == 0) or len(extra) > len(names) or missing:
        count = mistakes.arguments(len(arguments))
        what = f"cannot take {count}" if arguments else "needs an argument"
        raise mistakes.wrong_call(syntax, item, op, what)
    for operand in operands:
        if isinstance(operand, str):
            raise mistakes.wrong_call(syntax, item, op, f'cannot compute with the text "{operand}"')
    attributes = {}
    for name, value in given.items():
        found = _attribute(program, op.attributes[name], value)
        if found is ...:
            known = isinstance(value, str) or static(program, value) is not None
            wanted = KINDS[op.attributes[name].kind]
            raise mistakes.wrong_attribute(syntax, item, op, name, wanted, name in keywords, known)
        if found != op.attributes[name].default:
            attributes[name] = found
    return tuple(operands), attributes


def _attribute(program: Program, attribute: Attribute, given: Any) -> Any:
    """The value of an attribute; `...` where it is not of its kind."""
    kind = attribute.kind
    if isinstance(given, str) or kind in TEXTS:
        if not isinstance(given, str) or kind not in TEXTS:
            return ...
        return given if kind == "text" else _read_subscripts(given)
    value = static(program, given)
    if kind == "order":
        return value if isinstance(value, float) else ...
    if isinstance(value, tuple):
        sizes = tuple(map(_whole, value))
        return sizes if kind in ("axes", "shape") and None not in sizes else ...
    whole = _whole(value)
    if whole is None or (isinstance(whole, Named) and kind not in ("count", "shape")):
        return ...
    if kind == "whole" and abs(whole) > 2**53:
        return ...
    if kind == "shape":
        return (whole,)
    if kind == "flag":
        return bool(whole) if whole in (0, 1) else ...
    return ... if kind == "count" and isinstance(whole, int) and whole < 0 else whole


def _read_subscripts(text: str) -> Any:
    """The `at` of a text such as `1:3, 0, _`, where `_` stands for an operand; `...` if it is none."""
    at: list[Any] = []
    for part in text.replace(" ", "").split(","):
        bounds = part.split(":")
        if not all(re.fullmatch(r"(-?[0-9]+)?", bound) for bound in bounds) and part != "_":
            return ...
        if len(bounds) == 1:
            at.append(None if part == "_" else int(part) if part else ...)
        elif len(bounds) <= 3:
            at.append(tuple(int(bound) if bound else None for bound in [*bounds, ""][:3]))
        else:
            return ...
    return ... if ... in at else tuple(at)


def _whole(value: Any) -> Any:
    """A whole number or a named size; None for anything else."""
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    return value if isinstance(value, (int, Named)) else None


def static(program: Program, node: int) -> Any:
    """The value of a node that depends on no input: a float, a tuple of such values, or a size of
    a declared shape; None where it does depend on one."""
    graph = program.graph
    if graph.ops[node] is CONSTANT:
        return graph.attrs[node]
    values: dict[int, Any] = {}
    for place in _static_ancestors(graph, node):
        op, operands = graph.ops[place], [values.get(arg) for arg in graph.args[place]]
        values[place] = _static_step(program, place, op, operands)
    return values[node]


def _static_ancestors(graph: Graph, node: int) -> list[int]:
    """The ancestors of a node, but not what is behind the size of an array."""
    seen, stack = {node}, [node]
    while stack:
        place = stack.pop()
        for arg in () if graph.ops[place] is SIZE else graph.args[place]:
            if arg not in seen:
                seen.add(arg)
                stack.append(arg)
    return sorted(seen)


def _static_step(program: Program, node: int, op: Any, operands: list[Any]) -> Any:
    graph = program.graph
    if op is CONSTANT:
        return graph.attrs[node]
    if op is INPUT:
        return None
    if op is SIZE:
        source = graph.behind(graph.args[node][0])
        declared = program.shapes.get(graph.attrs[source]) if graph.ops[source] is INPUT else None
        axis = graph.attrs.get(node, {}).get("axis")
        return declared[axis] if declared is not None and isinstance(axis, int) else None
    if any(operand is None for operand in operands):
        return None
    if op is ALIAS:
        return operands[0]
    if op is ARRAY:
        return tuple(operands)
    if any(isinstance(operand, tuple) for operand in operands) or op.partials is None:
        return None
    if any(isinstance(operand, (int, Named)) for operand in operands):
        sizes = [_whole(operand) for operand in operands]
        if op.name not in ("add", "sub", "mul") or None in sizes:
            return None
        x, y = sizes
        return x + y if op.name == "add" else x - y if op.name == "sub" else x * y
    return getattr(floats, op.name)(*operands)


def subscript_count(payload: tuple[Any, ...]) -> int:
    """How many values the subscripts of an index have on the stack."""
    return sum(1 if part == "item" else sum(part) for part in payload)


def subscripts(
    program: Program, syntax: Syntax, item: int, payload: tuple[Any, ...], values: list[int]
) -> tuple[tuple[int, ...], tuple[Any, ...]]:
    """The operands and the `at` of an index (see `ops.indexing`). Raises `CgError` (kind `index`)."""
    given = iter(values)
    operands: list[int] = []
    at: list[Any] = []
    for which, part in enumerate(payload):
        if part == "item":
            node = next(given)
            if program.graph.ops[program.graph.behind(node)].level in CONDITIONS:
                hint = "to choose elements, write where(c, a, b)"
                raise mistakes.wrong_subscript(syntax, item, which, "a condition is no subscript", hint)
            value = static(program, node)
            if isinstance(value, float):
                if not value.is_integer():
                    raise mistakes.wrong_subscript(syntax, item, which, "a subscript is a whole number")
                at.append(int(value))
            else:
                operands.append(node)
                at.append(None)
            continue
        bounds: list[Any] = []
        for there in part:
            found = _whole(static(program, next(given))) if there else None
            if there and found is None:
                message = "the bounds of a slice are whole numbers that depend on no input"
                raise mistakes.wrong_subscript(syntax, item, which, message)
            bounds.append(found)
        if bounds[2] == 0:
            raise mistakes.wrong_subscript(syntax, item, which, "the step of a slice cannot be 0")
        at.append(tuple(bounds))
    return tuple(operands), tuple(at)


def declared_shape(syntax: Syntax, statement: Statement) -> tuple[Any, ...]:
    """The shape of `input A: [m, 3]`. Raises `CgError` (kind `shape`) for a size that is no size."""
    from cgcli.language.parser import number_value

    shape: list[Any] = []
    for text in statement.parameters:
        if text.isidentifier():
            shape.append(Named.of(text))
            continue
        value = number_value(text)
        if not value.is_integer():
            message = f"`{text}` is not the size of an axis: that is a whole number or a name"
            raise CgError("shape", message, syntax.source, statement.start, statement.stop)
        shape.append(int(value))
    return tuple(shape)
