"""What to say of a text that the grammar does not accept.

Messages speak of brackets, operators and operands. They are worked out from the state of the
parser (does it wait for an operand or for an operator?) and the tokens on both sides.
"""

from __future__ import annotations

import re

from cgcli.diagnostics import CgError, likely
from cgcli.language import tables as lalr
from cgcli.language.errors.braces import wrong_brace
from cgcli.language.errors.brackets import (
    AS_BRANCHES,
    AS_IN_IF,
    SEPARATED,
    misplaced_comma,
    separator,
    wrong_argument,
    wrong_bracket,
    wrong_colon,
    wrong_text,
)
from cgcli.language.errors.context import (
    CLOSERS,
    KIND,
    OPENERS,
    OPERANDS,
    Context,
    Reason,
    Token,
    quoted,
    short,
)
from cgcli.language.errors.elsewhere import (
    AFTER,
    ARROW,
    BETWEEN,
    CHAINED,
    DEGREES,
    DERIVATIVE,
    GIVEN,
    MODULES,
    OPERATORS,
    TOLD,
    WORDS,
    is_derivative,
)
from cgcli.language.errors.spelling import in_thousands, power, word_at, wrong_character
from cgcli.language.scanner import KEYWORDS, TABLES
from cgcli.source import Source

# Signs in front of an operand that are none here.
PREFIXED = {
    "!": "`!` is the factorial; the opposite of a condition is `not`",
    "~": "`~` stands between data and their model; the opposite of a condition is `not`",
    "%": "`%` is the remainder, as in `7 % 4`; names stand without it",
    "//": "a comment begins with `#`",
}

ARITHMETIC = ("+", "-", "*", "/", "//", "%", "^", "**", "@")

# An operand, after a word; and one that is no argument in brackets.
_OPERAND, _WORD = re.compile(r"[ \t]*(-?[\w.]|[(\[])"), re.compile(r"[ \t]+-?[\w.]")

# A percentage of what follows, as in `5% of 200`.
_PERCENT = re.compile(r"([\w.]{1,24})[ \t]?%[ \t]of[ \t]\Z")

_EQUALS = re.compile(r"[ \t]*=(?!=)")


def syntax_error(source: Source, begin: int, end: int, state: int, start: int) -> CgError:
    """The error for the token at `start`, which the parser in `state` cannot take."""
    context = Context(source, begin, end, state, start)
    waits_for_operand = context.row[KIND["NAME"]]
    message, token, hint = (
        wrong_character(context)
        or wrong_brace(context)
        or wrong_bracket(context)
        or _wrong_word(context)
        or _wrong_operator(context)
        or _wrong_shape(context)
        or wrong_argument(context)
        or wrong_text(context)
        or wrong_colon(context)
        or (_operand_missing if waits_for_operand else _operator_missing)(context)
    )
    return CgError("syntax", message, source, token.start, token.stop, hint)


def _wrong_word(context: Context) -> Reason | None:
    """A keyword in the place of a name, a word of another language, half an `if`."""
    found, previous, row = context.found, context.previous, context.row
    for token in (previous, found):
        if token is not None and token.text in KEYWORDS and _EQUALS.match(context.source.text, token.stop):
            return f"`{token.text}` is a keyword and cannot be a name", token, None
    if previous is not None and previous.text == "input":
        if found.text in KEYWORDS:
            return f"`{found.text}` is a keyword and cannot be a name", found, None
        return "`input` needs a name", found, "as in `input x = 2`"
    if found.text in ("input", "assert"):
        return f"`{found.text}` begins a statement of its own", found, "put it on its own line, or after `;`"
    if context.first and previous and previous.start == context.first.start and found.begins_operand:
        hint = WORDS.get(previous.text)
        if previous.text == "print":
            told = word_at(context.source.text, found.start) or found.text
            return "what `print` writes stands in brackets", found, f"write `print({short(told)})`"
        if hint:
            return f"`{previous.text}` is not a word of the language", previous, hint
    if found.text in ("then", "else"):
        wanted = {"then": "if", "else": "then"}[found.text]
        if not context.waits_for(wanted) and not (found.text == "else" and context.waits_for("if")):
            return f"`{found.text}` without an `if`", found, AS_IN_IF
    if row[KIND["NAME"]]:
        return None
    if context.waits_for("if") and not context.ahead("then"):
        return "`if` needs a `then`", found, AS_IN_IF
    if context.waits_for("then") and not context.ahead("else"):
        return "`if` needs an `else`: it always has a value", found, AS_IN_IF
    if found.text == "else" and context.waits_for("if"):
        return "`if` needs a `then`", found, AS_IN_IF
    return None


def _wrong_operator(context: Context) -> Reason | None:
    """Operators of other languages, which are read as two."""
    found, previous = context.found, context.previous
    if previous is None or found.ends_statement:
        return None
    if found.text == ":" and context.source.text[found.stop : found.stop + 1] == "=":
        return "`:=` is not an operator", Token(":=", lalr.BAD, found.start), "write `=`"
    pair = previous.text + found.text
    both = Token(pair, lalr.BAD, previous.start)
    if not context.gap() and pair in OPERATORS:
        written = OPERATORS[pair]
        hint = f"write `{written}`" if written else ARROW if pair == "->" else None
        return f"`{pair}` is not an operator", both, hint
    if not context.gap() and found.text == "=" and previous.text in ARITHMETIC:
        name = context.first.text if context.first and context.first.kind == KIND["NAME"] else "x"
        hint = f"write `{short(name)} = {short(name)} {previous.text} ...`"
        return f"`{pair}` is not an operator", both, hint
    if pair == "==" and context.gap():
        return "`= =` is not an operator", found, "to compare, write `==`"
    return None


def _wrong_shape(context: Context) -> Reason | None:
    """Something wrong in the declaration of an input, before its `=`."""
    found, row = context.found, context.row
    if not context.in_shape:
        return None
    if row[KIND["LSQB"]]:
        return "the shape of an input is a list of sizes", found, "as in `input W: [3, 4]`"
    if row[KIND["COLON"]]:
        message = f"{quoted(found)} cannot follow the name of an input"
        return message, found, "write `input x` or `input x = 2`"
    if context.opener is None:
        message = f"{quoted(found)} cannot follow the shape of an input"
        return message, found, "a value stands after `=`"
    if row[KIND["NAME"]] and (found.text in CLOSERS or found.text == "," or found.ends_statement):
        return None  # what is wrong is the size that is missing
    return f"{quoted(found)} cannot stand in the shape of an input", found, "a size is a number or a name"


def _operand_missing(context: Context) -> Reason:
    """The parser waits for an operand, and something else comes."""
    found, previous = context.found, context.previous
    if found.text == "if":
        return "`if` as an operand needs brackets", found, "write `(if ... then ... else ...)`"
    if found.text == "not" and previous is not None and previous.text not in OPENERS:
        return "`not` as an operand needs brackets", found, "write `(not ...)`"
    if found.ends_statement:
        if previous is None:
            return "an expression is missing", found, None
        first, sign = context.first, previous.text
        between = context.source.text[first.stop : previous.stop] if first else ""
        hint = None
        if sign == "%":
            part = f"; a percentage is {short(first.text)}/100" if between.strip() == "%" and first else ""
            hint = f"`%` is the remainder, as in `7 % 4`{part}"
        if first and first.kind == KIND["NAME"] and sign in ("+", "-") and between == 2 * sign:
            hint = f"write `{short(first.text)} {sign}= 1`"
        return f"an operand is missing after {quoted(previous)}", _beyond(previous), hint
    if found.text in CLOSERS and previous is not None and previous.text in OPENERS:
        message = f"the brackets `{previous.text}{found.text}` are empty"
        return message, previous, "an expression belongs inside"
    if previous is not None and previous.text == "√":
        return f"`√` cannot stand before {quoted(found)}", found, "as in `√2`, `√x` or `√(2*x)`"
    hint = PREFIXED.get(found.text)
    if previous is None:
        if found.text == "=":
            return "a name is missing before `=`", found, "an expression alone is an output"
        return f"an expression cannot begin with {quoted(found)}", found, hint
    if context.gap() and previous.text + found.text in TABLES.literals:
        hint = f"`{previous.text}{found.text}` is written without a space"
    elif previous.text == "%":
        hint = "`%` is the remainder, as in `7 % 4`"
    return f"an operand is missing between {quoted(previous)} and {quoted(found)}", found, hint


def _operator_missing(context: Context) -> Reason:
    """The parser has an operand, and something comes that cannot follow it."""
    found, previous = context.found, context.previous
    if found.text == "=":
        begun = context.first is not None and context.first.text == "if" and not context.pending
        branch = begun or context.pending[-1:] == ["then"]
        other = AS_BRANCHES if branch and not context.equals else "to compare, write `==`"
        return _misplaced_equals(context), found, other
    if found.text == ",":
        return misplaced_comma(context)
    if found.text == "if":
        return f"`if` cannot follow {quoted(previous)}", found, AS_IN_IF
    if found.text == "for":
        one = "one `for` stands in brackets, behind one value: `[[i*j for j in 1..2] for i in 1..3]`"
        return f"`for` cannot follow {quoted(previous)}", found, one
    if found.begins_operand and previous is not None:
        return _side_by_side(context, previous)
    if found.ends_statement:
        return f"the statement ends too early, after {quoted(previous)}", _beyond(previous or found), None
    twice = found.text == "!" and previous is not None and previous.text == "!"
    hint = "the factorial of a factorial is `(x!)!`" if twice else None
    if previous is not None and previous.text in ("²", "³"):
        hint = f"write `{power(context.source.text[previous.start :])}`" if found.text in ("²", "³") else None
    return f"{quoted(found)} cannot follow {quoted(previous)}", found, hint


def _misplaced_equals(context: Context) -> str:
    if context.inside == "call":
        return "`=` can stand only after the name of an argument"
    if context.opener:
        return "`=` cannot stand inside brackets"
    if context.equals:
        return "a statement has only one `=`"
    if context.pending[-1:] == ["then"]:
        return "`=` gives a value to a name, and cannot stand in a branch"
    if context.pending or (context.first and context.first.text == "assert"):
        return "`=` gives a value to a name, and cannot stand in a condition"
    return "only a name can stand before `=`"


def _method(context: Context, called: Token) -> Reason:
    """A call of what stands behind a point."""
    from cgcli.ops import FUNCTIONS, SHARING

    name, before = called.text[1:], re.search(r"[\w.]*\Z", context.source.text[: called.start])
    owner = before[0] if before else ""
    message = f"`{short(called.text)}(...)` is no call: functions stand by themselves"
    if name not in FUNCTIONS and name not in SHARING:
        match = likely(name, [*FUNCTIONS, *SHARING])
        return message, called, f"did you mean `{match}(...)`?" if match else "`cg ops` lists them all"
    if owner.partition(".")[0] in MODULES:
        return message, called, f"write `{name}(...)`"
    more = "" if re.match(r"\(\s*\)", context.source.text[called.stop :]) else ", ..."
    return message, called, f"write `{name}({short(owner) or 'x'}{more})`"


LONGEST = 24  # longer than the name of a function


def _side_by_side(context: Context, previous: Token) -> Reason:
    """Two operands with nothing between them."""
    from cgcli.ops import FUNCTIONS

    found = context.found
    if previous.kind == KIND["FIELD"] and found.text == "(" and not context.gap():
        return _method(context, previous)
    left, right = short(previous.text), short(word_at(context.source.text, found.start) or found.text)
    if previous.kind == KIND["NAME"] and found.kind in OPERANDS and previous.text in FUNCTIONS:
        return f"the argument of `{left}` needs brackets", found, f"write `{left}({right})`"
    between = _between(context)
    if between is not None:
        return f"`{right}` cannot stand between two operands", found, f"write {between}"
    hint = "to multiply, put `*` between them"
    if context.equals and not context.opener and _EQUALS.match(context.source.text, found.stop):
        return f"an operator is missing between `{left}` and `{right}`", found, SEPARATED
    if found.text in ("between", "BETWEEN"):
        return f"an operator is missing between `{left}` and `{right}`", found, CHAINED
    if found.text in GIVEN and not context.opener:
        return f"an operator is missing between `{left}` and `{right}`", found, AFTER
    if found.text in TOLD and TOLD[found.text] == DEGREES:
        return f"an operator is missing between `{left}` and `{right}`", found, DEGREES
    before = context.source.text[max(previous.start - 10, 0) : previous.start]
    if is_derivative(previous.text, before):
        return f"an operator is missing between `{left}` and `{right}`", found, DERIVATIVE
    function = re.search(r"(\w+)([²³])\Z", context.source.text[max(0, found.start - LONGEST) : found.start])
    if function and found.text == "(" and function[1] in FUNCTIONS:
        hint = f"write `{function[1]}(...)^{'²³'.index(function[2]) + 2}`"
    elif context.waits_for("["):
        hint = separator(context)
    elif previous.kind in OPERANDS and found.kind in OPERANDS:
        hint = f"write `{left}*{right}`" if "…" not in left + right else hint
        number = in_thousands(context, found.start)
        if number and context.gap() == " ":
            hint = f"write `{number}` for one number, `{left}*{right}` for a product"
        part = _PERCENT.search(context.source.text[: found.start])
        if part:
            hint = f"`%` is the remainder; a percentage is written `{short(part[1])}/100*{right}`"
        if previous.kind == KIND["NUMBER"] and found.kind == KIND["NAME"]:
            hint += f" or `{left}{right}`"
    return f"an operator is missing between `{left}` and `{right}`", found, hint


def _between(context: Context) -> str | None:
    """How a word is written here that has an operand on its right, too: an operator or a function."""
    from cgcli.ops import FUNCTIONS

    word, after = context.found.text, context.source.text[context.found.stop :][:100]
    if word in BETWEEN and _OPERAND.match(after):
        conditions = " between two conditions" if word.lower() == "xor" else ""
        return f"`{BETWEEN[word]}`{conditions}"
    op = FUNCTIONS.get(word)
    return f"`{word}(x, y)`" if op and op.takes(2) and _WORD.match(after) else None


def _beyond(token: Token) -> Token:
    """The place just after a token, where something is missing."""
    return Token("", lalr.END, token.stop)
