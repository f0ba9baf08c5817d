"""The errors of a program that the grammar accepts: names, functions, arguments, declarations."""

from __future__ import annotations

import re

from cgcli.annotations import Container, Iterable
from cgcli.diagnostics import CgError, likely, suggestion
from cgcli.language.syntax import Statement, Syntax
from cgcli.ops import SHARING, Op
from cgcli.ops.entry import ArrayOp

# What functions are called elsewhere.
SYNONYMS = {
    "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arctan2": "atan2", "arcsinh": "asinh",
    "arccosh": "acosh", "arctanh": "atanh", "ctg": "cot", "tg": "tan", "cosec": "csc",
    "fabs": "abs", "ceiling": "ceil", "int": "trunc", "fix": "trunc", "sgn": "sign",
    "lg": "log10", "lb": "log2", "ld": "log2", "loge": "log", "power": "x^y", "pow": "x^y",
    "fmod": "mod", "rem": "mod", "fact": "factorial", "choose": "binomial", "comb": "binomial",
    "nCr": "binomial", "tgamma": "gamma", "psi": "digamma", "gammaln": "lgamma",
    "expit": "sigmoid", "logistic": "sigmoid", "swish": "silu", "ifelse": "where",
    "maximum": "max", "minimum": "min", "clamp": "clip", "radians": "deg2rad",
    "degrees": "rad2deg", "sqr": "square", "average": "mean", "avg": "mean", "product": "prod",
    "concatenate": "concat", "identity": "eye", "length": "size", "len": "size", "tr": "trace",
    "slogdet": "logdet", "inverse": "inv", "eigvals": "eigvalsh", "eigs": "eigvalsh", "numel": "size",
    "variance": "var", "stddev": "std", "lse": "logsumexp", "ravel": "reshape", "amax": "max", "amin": "min",
    "percentile": "quantile", "svd": "svdvals", "rand": "uniform", "random": "uniform", "randn": "normal",
    "expmat": "expm", "sorted": "sort", "covariance": "cov",
}  # fmt: skip


def _place(syntax: Syntax, offset: int) -> str:
    """A second place that an error speaks of: line and column, and the file if there are several."""
    place = syntax.source.locate(offset)
    file = f"{place.source}:" if len(syntax.source.names) > 1 else ""
    return f"{file}{place.line}:{place.column}"


def used_too_early(syntax: Syntax, name: str, start: int, given: Statement | None) -> CgError:
    message = f"`{name}` is used before it is given a value"
    hint = f"its first value comes at {_place(syntax, given.name_start)}" if given else None
    return syntax.name_error(message, name, start, hint)


def declared_again(syntax: Syntax, statement: Statement, first: Statement) -> CgError:
    what = "given a value" if first.kind == "assign" else "declared"
    name, hint = statement.name or "", f"at {_place(syntax, first.name_start)}"
    return syntax.name_error(f"`{name}` is already {what}", name, statement.name_start, hint)


def nothing_to_do(syntax: Syntax) -> CgError:
    if not syntax.statements.kinds:
        return CgError("empty", "the program is empty", syntax.source, 0)
    last, hint = syntax.statements[-1], "add an expression to compute"
    return CgError("empty", "the program has no output", syntax.source, last.start, last.stop, hint)


def no_function(
    syntax: Syntax,
    item: int,
    name: str,
    later: Statement | None,
    known: Iterable[str],
    names: Container[str],
) -> CgError:
    start = syntax.starts[item]
    if later is not None:
        hint = f"it is defined only at {_place(syntax, later.start)}"
        message = f"`{name}` is called before it is defined"
        return syntax.name_error(message, name, start, hint)
    match = SYNONYMS.get(name) or likely(name, known)
    hint = f"did you mean `{match}`?" if match else ""
    if not match and name in names:
        hint = "it is a name, not a function: to multiply, write `*`"
    elif not match and len(name) == 1:
        hint = "to multiply, write `*`"
    return syntax.name_error(f"unknown function `{name}`", name, start, hint or None)


def wrong_count(syntax: Syntax, item: int, op: Op, count: int) -> CgError:
    names = ", ".join(("x", "y", "w")[: op.arity or 0]) or "x, y, ..."
    called = syntax.payloads[item][0]
    wanted = arguments(op.arity) if op.arity is not None else "two or more arguments"
    header, other = f"{called}({names})", SHARING.get(op.name)
    if other is not None and op.arity == 1:  # `log` of one operand, or of two
        wanted, header = "one or two arguments", f"{header} or {called}(x, y)"
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
    caller = next((s.name for s in syntax.statements if s.begin <= item < s.end), name)
    if caller != name:
        message += f", through `{caller}`"
    return syntax.error("recursion", message, item, "nothing ends it: that takes an `if`")


def too_large(syntax: Syntax, item: int, name: str, limit: int) -> CgError:
    message = f"opened up, the functions of this program make more than {limit:,} operations"
    return syntax.error("limit", message, item)


def not_closed(syntax: Syntax, item: int, name: str, what: str, sort: str = "name") -> CgError:
    """The error for a name in `what`, which has none to depend on, or another `sort` of thing."""
    hint = "only numbers, functions of the language and constants can stand here"
    message = f"{what} cannot depend on a {sort}: `{name}`"
    return syntax.name_error(message, name, syntax.starts[item], hint)


def _usage(op: Op) -> str:
    operands = ", ".join(("x", "y", "w")[: op.arity or 2])
    return op.usage if isinstance(op, ArrayOp) else f"{op.word}({operands})"


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
