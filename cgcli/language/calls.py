"""Calls of operations and of the user's functions: what of them is an operand, what an attribute."""

from __future__ import annotations

from cgcli.diagnostics import CgError
from cgcli.language import errors
from cgcli.ops import SHARING
from cgcli.ops.entry import ArrayOp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cgcli.language.known import Known
    from cgcli.language.syntax import Statement, Syntax
    from cgcli.ops import Op
    from cgcli.ops.entry import Attribute

# Those that are written as a text, before the operands.
TEXTS = ("text", "index")


def called(op: Op, payload: tuple[str, int, tuple[str, ...]]) -> Op:
    """The operation that a function's name means in a call: `min` of one array reduces it."""
    _, count, keywords = payload
    other = SHARING.get(op.name)
    return other if other is not None and other.arity == count - len(keywords) else op


def wrong_elementwise(syntax: Syntax, item: int, op: Op, arguments: tuple[Any, ...]) -> CgError:
    """The error for a call of an elementwise operation with keywords, texts, or a wrong count."""
    keywords = syntax.payloads[item][2]
    if keywords:
        return errors.meaning.unknown_keyword(syntax, item, op, keywords[0])
    for argument in arguments:
        if isinstance(argument, str):
            return errors.meaning.wrong_call(syntax, item, op, f'cannot compute with the text "{argument}"')
    return errors.meaning.wrong_count(syntax, item, op, len(arguments))


def check_user_call(syntax: Syntax, item: int, function: Statement, has_text: bool) -> None:
    """Raise `CgError` for a call of a user's function with the wrong number or kind of arguments."""
    name, count, keywords = syntax.payloads[item]
    if keywords:
        raise errors.meaning.keyword_to_user(syntax, item, name, keywords[0])
    if count != len(function.parameters):
        raise errors.meaning.wrong_count_user(syntax, item, function, count)
    if has_text:
        message = f"`{name}` is a function of the program, and cannot take a text"
        raise syntax.error("arity", message, item)


def wrong_sought(syntax: Syntax, item: int, op: Any) -> CgError:
    """The error for a call of `zero` or `minimizer` that is of another form."""
    hint = f"it is {op.usage}, as in {op.example}"
    return syntax.error("arity", f"`{op.name}` cannot be called so", item, hint)


def array_call(
    known: Known,
    syntax: Syntax,
    item: int,
    op: ArrayOp,
    arguments: list[Any],
    keywords: tuple[str, ...],
    late: dict[str, int] | None = None,
) -> tuple[tuple[int, ...], dict[str, Any]]:
    """The operands and the attributes of a call. `arguments` are nodes, or texts that were quoted. What is
    not known yet goes into `late`, where there is one: nodes by the names of attributes.

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
            raise errors.meaning.unknown_keyword(syntax, item, op, keyword)
        if keyword in given:
            raise errors.meaning.wrong_call(syntax, item, op, f"is given `{keyword}` twice")
        given[keyword] = value
    missing = [name for name, attribute in op.attributes.items() if attribute.required and name not in given]
    if not (op.takes(len(operands)) or op.arity == 0) or len(extra) > len(names) or missing:
        if errors.meaning.takes_one_array(op) and len(extra) > len(names):
            raise errors.meaning.wrong_attribute(syntax, item, op, names[0], "", False, None)
        count = errors.meaning.arguments(len(arguments))
        what = f"cannot take {count}" if arguments else "needs an argument"
        raise errors.meaning.wrong_call(syntax, item, op, what)
    for operand in operands:
        if isinstance(operand, str):
            raise errors.meaning.wrong_call(syntax, item, op, f'cannot compute with the text "{operand}"')
    attributes = {}
    for name, value in given.items():
        is_text = isinstance(value, str) or op.attributes[name].kind in TEXTS
        unknown = not is_text and known.value(value) is None
        if unknown and late is not None:
            late[name] = value
            continue
        found = _attribute(known, op.attributes[name], value)
        if found is ...:
            wanted, hint = op.attributes[name].wanted, known.lacks(value) if unknown else None
            raise errors.meaning.wrong_attribute(syntax, item, op, name, wanted, name in keywords, hint)
        if found != op.attributes[name].default:
            attributes[name] = found
    return tuple(operands), attributes


def _attribute(known: Known, attribute: Attribute, given: Any) -> Any:
    """The value of an attribute; `...` where it is not of its kind."""
    from cgcli.language.subscripts import read_subscripts

    kind = attribute.kind
    if isinstance(given, str) or kind in TEXTS:
        if not isinstance(given, str) or kind not in TEXTS:
            return ...
        return given if kind == "text" else read_subscripts(given)
    return attribute.of(known.value(given))
