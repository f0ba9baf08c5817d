"""The errors of a program that the grammar accepts: names, functions, arguments, declarations."""

from __future__ import annotations

import re

from cgcli.annotations import Iterable
from cgcli.diagnostics import CgError, suggestion
from cgcli.language.errors.elsewhere import FEWER, told_of_function
from cgcli.language.syntax import Statement, Syntax
from cgcli.ops import SHARING, Op
from cgcli.ops.entry import ArrayOp


def _place(syntax: Syntax, offset: int) -> str:
    """A second place that an error speaks of: line and column, and the file if there are several."""
    place = syntax.source.locate(offset)
    file = f"{place.source}:" if len(syntax.source.names) > 1 else ""
    return f"{file}{place.line}:{place.column}"


def used_too_early(syntax: Syntax, name: str, start: int, given: Statement | None) -> CgError:
    message = f"`{name}` is used before it is given a value"
    hint = f"its first value comes at {_place(syntax, given.name_start)}" if given else None
    if given and by_itself(syntax.source.text, given.name_start, start):
        hint = BEFORE.format(name)
    return syntax.name_error(message, name, start, hint)


# A hint at a name that is given a value by itself, as in `x = x + 1`.
BEFORE = "it needs a value before: {0} = 0, or input {0}"


def by_itself(text: str, given: int, used: int) -> bool:
    """Whether the statement that gives a name its first value is the one that uses it."""
    if given == used:
        return re.match(r"\w+\s*[-+*/^%@]+=", text[given : given + 100]) is not None
    return given < used and re.search(r"[;}\n\r]", text[given:used]) is None


def declared_again(syntax: Syntax, statement: Statement, first: Statement) -> CgError:
    what = "given a value" if first.kind == "assign" else "declared"
    name, hint = statement.name or "", f"at {_place(syntax, first.name_start)}"
    return syntax.name_error(f"`{name}` is already {what}", name, statement.name_start, hint)


def no_expression(syntax: Syntax, statement: Statement) -> CgError:
    """The error for a statement of an option that takes expressions."""
    source = syntax.source
    option = source.locate(statement.start).source.strip("<>")
    told = f"--{option} takes expressions, and no other statements"
    if option == "where":
        given = source.text[statement.start : statement.stop]
        told = f"--where takes one condition, and `{given}` has none"
    hint = "`==` compares" if statement.kind == "assign" else None
    return CgError("usage", told, source, statement.start, statement.stop, hint)


def nothing_to_do(syntax: Syntax) -> CgError:
    if not syntax.statements.kinds:
        return CgError("empty", "the program is empty", syntax.source, 0)
    last, hint = syntax.statements[-1], "add an expression to compute"
    return CgError("empty", "the program has no output", syntax.source, last.start, last.stop, hint)


def no_function(
    syntax: Syntax,
    item: int,
    name: str,
    known: Iterable[str],
    later: Statement | None = None,
) -> CgError:
    """`known` are functions; `later` is where it is defined, if at all."""
    start = syntax.starts[item]
    if later is not None:
        place = f"it is defined only at {_place(syntax, later.start)}"
        return syntax.name_error(f"`{name}` is called before it is defined", name, start, place)
    before, count = syntax.source.text[max(start - 10, 0) : start], syntax.payloads[item][1]
    otherwise = "to multiply, write `*`" if len(name) == 1 else "`cg ops` lists the functions"
    if _is_name(syntax, name):
        otherwise = "it is a name, not a function: to multiply, write `*`"
    hint = told_of_function(name, count, before) or suggestion(name, known, otherwise)
    if name == "print":
        hint = "`print(x)` is a statement of its own"
    return syntax.name_error(f"unknown function `{name}`", name, start, hint)


def _is_name(syntax: Syntax, name: str) -> bool:
    """Whether a name that is no function is given or read somewhere."""
    given = any(name == one.name or name in one.parameters for one in syntax.statements)
    return given or ("name", name) in zip(syntax.code, syntax.payloads)


def wrong_count(syntax: Syntax, item: int, op: Op, count: int) -> CgError:
    called = syntax.payloads[item][0]
    wanted = arguments(op.arity) if op.arity is not None else "two or more arguments"
    if op.arity == 1 and SHARING.get(op.name) is not None:
        wanted = "one or two arguments"
    header = _usage(op, called)
    if op.arity == 1 and count > 1 and called in FEWER:
        header += f"; {FEWER[called]}"
    return _count_error(syntax, item, f"`{called}` takes {wanted}, not {count}", header)


def wrong_count_user(syntax: Syntax, item: int, function: Statement, count: int) -> CgError:
    wanted = arguments(len(function.parameters))
    header = f"{function.name}({', '.join(function.parameters)}), defined at {_place(syntax, function.start)}"
    return _count_error(syntax, item, f"`{function.name}` takes {wanted}, not {count}", header)


def _count_error(syntax: Syntax, item: int, message: str, header: str) -> CgError:
    return syntax.error("arity", message, item, f"it is {header}")


def arguments(count: int) -> str:
    words = ("no arguments", "one argument", "two arguments", "three arguments")
    return words[count] if count < len(words) else f"{count} arguments"


def calls_itself(syntax: Syntax, item: int, name: str) -> CgError:
    message = f"the function `{name}` calls itself"
    caller = next((s.name for s in syntax.statements if s.begin <= item < s.end), None)
    if caller not in (None, name):
        message += f", through `{caller}`"
    return syntax.error("recursion", message, item, "nothing ends it: that takes an `if`")


def too_large(syntax: Syntax, item: int, name: str, limit: int) -> CgError:
    message = f"opened up, the functions of this program make more than {limit:,} operations"
    return syntax.error("limit", message, item)


def not_closed(syntax: Syntax, item: int, name: str, what: str, thing: str = "name") -> CgError:
    """The error for a name in `what`, which has none to depend on, or another `thing`."""
    hint = "only numbers, functions of the language and constants can stand here"
    message = f"{what} cannot depend on a {thing}: `{name}`"
    return syntax.name_error(message, name, syntax.starts[item], hint)


def _usage(op: Op, called: str | None = None) -> str:
    if isinstance(op, ArrayOp):
        return op.usage
    called = called or op.word
    header = f"{called}({', '.join(('x', 'y', 'w')[: op.arity or 0]) or 'x, y, ...'})"
    both = op.arity == 1 and SHARING.get(op.name) is not None  # `log` of one operand, or of two
    return f"{header} or {called}(x, y)" if both else header


def wrong_call(syntax: Syntax, item: int, op: Op, what: str) -> CgError:
    return _count_error(syntax, item, f"`{op.word}` {what}", _usage(op))


def unknown_keyword(syntax: Syntax, item: int, op: Op, keyword: str) -> CgError:
    start, end = _keyword(syntax, item, keyword)
    hint = suggestion(keyword, getattr(op, "attributes", {}), f"it is {_usage(op)}")
    return CgError("name", f"`{op.word}` takes no `{keyword}`", syntax.source, start, end, hint)


def keyword_to_user(syntax: Syntax, item: int, name: str, keyword: str) -> CgError:
    start, end = _keyword(syntax, item, keyword)
    message = f"`{name}` is a function of the program, and takes its arguments by position"
    return CgError("arity", message, syntax.source, start, end)


def _keyword(syntax: Syntax, item: int, keyword: str) -> tuple[int, int]:
    """The place of the last `keyword=` in a call."""
    start, end = syntax.place(item)
    found = [start]
    found += [m.start() for m in re.finditer(rf"\b{keyword}\s*=(?!=)", syntax.source.text[start:end])]
    begin = start + found[-1] if len(found) > 1 else start
    return begin, begin + len(keyword)


def takes_one_array(op: Op) -> bool:
    """Whether what comes after the first argument says along which axis: who gives numbers means an array."""
    return op.arity == 1 and not {"axis", "rowvar"}.isdisjoint(getattr(op, "attributes", {}))


def wrong_attribute(
    syntax: Syntax, item: int, op: Op, name: str, wanted: str, by_keyword: bool, hint: str | None
) -> CgError:
    """The error for an attribute that is not what is `wanted`."""
    start, end = _keyword(syntax, item, name) if by_keyword else syntax.place(item)
    message = f"`{name}` of `{op.word}` is {wanted}"
    if not by_keyword and takes_one_array(op):
        message = f"`{op.word}` takes one array"
        hint = f"several numbers are one in brackets: {op.word}([1, 2])"
        if "axis" not in getattr(op, "attributes", {}):
            hint = f"several arrays are one in brackets: {op.word}([x, y])"
    return CgError("shape", message, syntax.source, start, end, hint)


def wrong_subscript(syntax: Syntax, item: int, which: int, message: str, hint: str | None = None) -> CgError:
    """The error for one of the subscripts of an index."""
    from cgcli.language.errors.operations import subscript_place

    start, end = subscript_place(syntax.source, *syntax.place(item), which)
    return CgError("index", message, syntax.source, start, end, hint)


def size_given(syntax: Syntax, statement: Statement, shaped: Statement) -> CgError:
    """The error for a statement that gives or declares the name of a size of a declared shape."""
    name = statement.name or ""
    declares = statement.kind.startswith("declare")
    what = "cannot be an input as well" if declares else "cannot be given a value"
    message = f"`{name}` is a size of `{shaped.name}`, and {what}"
    hint = f"it is known from the value of `{shaped.name}`"
    return syntax.name_error(message, name, statement.name_start, hint)
