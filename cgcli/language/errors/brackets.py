"""What to say of what stands inside brackets: arguments, keywords, indices, slices, elements."""

from __future__ import annotations

from cgcli.diagnostics import CgError
from cgcli.language import tables as lalr
from cgcli.language.errors.context import CLOSERS, KIND, OPENERS, STRING, Context, Reason, quoted
from cgcli.language.errors.spelling import in_thousands
from cgcli.language.scanner import tokens
from cgcli.language.syntax import Syntax
from cgcli.source import Source

AS_IN_IF = "as in `if c then a else b`"
AS_BRANCHES = "as in `y = if c then a else b`, or in blocks: `if c { y = a } else { y = b }`"
SEPARATED = "statements are separated by `;`"

# What an expression can begin with, beside an operand.
PREFIXES = ("-", "+", "not", "if")


def parameter_error(syntax: Syntax, begin: int) -> CgError:
    """The left-hand side of a definition has something other than distinct names in brackets."""
    seen: set[str] = set()
    last = len(syntax.code) - 1
    start, stop = syntax.starts[last], syntax.ends[last]
    message = "a parameter of a function must be a plain name"
    if syntax.payloads[last][2]:
        start, stop = _first_keyword(syntax.source.text, start, stop)
        only = "only a call gives values, as in `sum(x, axis=0)`"
        return CgError("syntax", message, syntax.source, start, stop, only)
    for item in range(begin, last):
        name = syntax.payloads[item]
        if syntax.code[item] != "name":
            start, stop = syntax.starts[item], syntax.ends[item]
        elif name in seen:
            message = f"parameter `{name}` is given twice"
            start, stop = syntax.starts[item], syntax.ends[item]
            break
        seen.add(name)
    hint = "to compare, write `==`" if message.startswith("a ") else None
    return CgError("syntax", message, syntax.source, start, stop, hint)


def _first_keyword(text: str, start: int, stop: int) -> tuple[int, int]:
    """The place of the first `name=` in a call."""
    for found, place in tokens(text, start, stop):
        if found == "=":
            return start, place + 1
        start = place
    return start, stop


def keyword_twice(source: Source, start: int, name: str) -> CgError:
    return CgError("syntax", f"argument `{name}` is given twice", source, start, start + len(name))


def wrong_bracket(context: Context) -> Reason | None:
    found, opener = context.found, context.opener
    if opener is None:
        if found.text in CLOSERS:
            return f"unmatched `{found.text}`", found, f"no `{CLOSERS[found.text]}` opens it"
        return None
    closer = OPENERS[opener.text]
    never_closed = f"`{opener.text}` was never closed"
    if found.text in CLOSERS and closer != found.text:
        where = context.source.locate(opener.start)
        hint = f"write `{closer}`, for the `{opener.text}` opened at {where.line}:{where.column}"
        return f"`{opener.text}` is closed by `{found.text}`", found, hint
    if found.kind == lalr.END:
        return never_closed, opener, f"no `{closer}` follows"
    if found.text in ("then", "else") and context.waits_for(*OPENERS):
        waiting = {"then": "if", "else": "then"}[found.text]
        if waiting in context.pending:
            return never_closed, opener, f"no `{closer}` before the `{found.text}`"
    between = context.source.text[opener.start : found.start]
    if ("\n" in between or "\r" in between or found.text == ";") and context.never_closed():
        return never_closed, opener, f"no `{closer}` follows"
    if found.text == ";":
        message = "`;` ends a statement and cannot stand inside brackets"
        rows = "the rows of a matrix are lists, as in `[[1, 2], [3, 4]]`"
        return message, found, rows if context.inside == "array" else separator(context)
    return None


def misplaced_comma(context: Context) -> Reason:
    found, previous = context.found, context.previous
    after_number = previous is not None and previous.kind == KIND["NUMBER"]
    hint = "a decimal point is written `.`" if after_number else None
    number = in_thousands(context, found.stop)
    if number:
        hint = f"write `{number}`, or `.` for a decimal point"
    opener = context.opener
    if opener is None:
        hint = f"{hint}; {SEPARATED}" if hint else SEPARATED
        return "`,` separates arguments inside brackets", found, hint
    if context.source.text[max(opener.start - 20, 0) : opener.start].split()[-1:] == ["if"]:
        hint = AS_IN_IF + ", or `where(c, a, b)`"
    elif not number:
        hint = f"{hint}, a vector `[1, 2]`" if hint else "a vector is written `[x, y]`"
    return "`,` separates arguments, but these brackets follow no function", found, hint


def separator(context: Context) -> str:
    """A hint at what separates the things inside these brackets."""
    things = {"index": "indices", "array": "elements"}.get(context.inside, "arguments")
    return f"{things} are separated by `,`"


def wrong_argument(context: Context) -> Reason | None:
    """A positional argument after a keyword, or a keyword without its name."""
    found, previous, row = context.found, context.previous, context.row
    if context.inside != "call" or previous is None:
        return None
    if found.text == "=" and previous.text in ("(", ","):
        return "a name is missing before `=`", found, "as in `sum(x, axis=0)`"
    message = "a positional argument cannot follow a keyword argument"
    hint = "put it first, as in `sum(x, axis=0)`"
    if row[KIND["NAME"]] and not row[KIND["NUMBER"]]:
        return (message, found, hint) if found.begins_operand or found.text in PREFIXES else None
    if [kind for kind, action in enumerate(row) if action] == [KIND["EQUAL"]]:
        return message, previous, hint
    return None


COMPARED = ("==", "!=", "<", "<=", ">", ">=", "≠", "≤", "≥")


def wrong_text(context: Context) -> Reason | None:
    """Text in quotes that is no argument, or an argument beside it without a comma."""
    found, previous = context.found, context.previous
    after_text = previous is not None and previous.kind == STRING
    if context.first and context.first.text == "assert" and not context.opener and previous:
        hint = 'as in `assert x > 0, "x is a length"`'
        if previous.text == "," and found.kind != STRING:
            return "the message of `assert` is a text in quotes", found, hint
        if found.kind == STRING and previous.text != "assert":
            return f"a `,` is missing before {quoted(found)}", found, hint
    if found.kind != STRING and not (after_text and found.begins_operand):
        return None
    if context.inside == "call" and not context.row[KIND["NAME"]]:
        return f"a `,` is missing before {quoted(found)}", found, separator(context)
    message = "text in quotes can only be an argument of a function"
    before = "" if previous is None else previous.text
    if before == "=":
        return message, found, "the values of names are numbers"
    if before in COMPARED or context.source.text[found.stop :].lstrip()[:2].startswith(COMPARED):
        hint = "values are numbers, and text is compared with nothing; `--by` makes groups of rows by text"
        return message, found, hint
    if previous is None:
        is_all = not context.source.text[found.stop :].strip()
        shown = f"to show it, write print({found.text})" if len(found.text) < 40 else None
        return message, found, "to compute it, leave out these quotes; " * is_all + shown if shown else None
    return message, found, 'as in `einsum("ij,jk->ik", A, B)`'


def wrong_colon(context: Context) -> Reason | None:
    found, previous = context.found, context.previous
    if found.text != ":" or context.in_shape:
        return None
    if context.row[KIND["NAME"]] and (previous is None or previous.text not in ("[", "(", ",", ":")):
        return None  # what is wrong is the operand that is missing
    if context.inside == "index":
        return "a slice has at most three parts", found, "as in `x[start:stop:step]`"
    if context.inside == "array":
        hint = "as in `x[1:3]`; for equal steps write `linspace(0, 1, 11)`"
        return "an array has no slices: `:` belongs in an index", found, hint
    message = "`:` can stand only in an index and in the shape of an input"
    if previous is not None and previous.kind == KIND["NUMBER"]:
        return message, found, "numbers in equal steps are range(1, 6) or linspace(0, 1, 11)"
    return message, found, "as in `x[1:3]` and `input x: [3]`"
