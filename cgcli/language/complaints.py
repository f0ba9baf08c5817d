"""What to say of a text that the grammar does not accept.

Messages speak of brackets, operators and operands. They are worked out from the state of the
parser (does it wait for an operand or for an operator?) and the tokens on both sides.
"""

from __future__ import annotations

import re

from cgcli.diagnostics import CgError
from cgcli.language import tables as lalr
from cgcli.language.characters import WRITTEN_AS, describe
from cgcli.language.context import CLOSERS, KIND, OPENERS, OPERANDS, Context, Token
from cgcli.language.scanner import KEYWORDS, TABLES
from cgcli.language.syntax import Syntax
from cgcli.source import Source

# Operators of other languages, and what they are here.
OPERATORS = {
    "===": "==", "!==": "!=", "<>": "!=", "=>": ">=", "=<": "<=", ":=": "=", "&&": "and", "||": "or",
    "->": "", "<=>": "", "=~": "",
}  # fmt: skip

# Words that begin a statement in other languages, and how it is written here.
WORDS = {
    **dict.fromkeys(("let", "var", "const", "set", "float", "int"), "a name is given by `x = ...` alone"),
    **dict.fromkeys(("def", "fn", "fun", "func", "function"), "a function is defined by `f(x) = ...` alone"),
    **dict.fromkeys(("return", "print", "echo", "show"), "an expression alone is an output"),
}

ARITHMETIC = ("+", "-", "*", "/", "//", "%", "^", "**", "@")

AS_IN_IF = "as in `if c then a else b`"

_EQUALS = re.compile(r"[ \t]*=(?!=)")


# A message, the token it points at, and a hint.
Reason = tuple[str, Token, str | None]


def syntax_error(source: Source, begin: int, end: int, state: int, start: int) -> CgError:
    """The error for the token at `start`, which the parser in `state` cannot take."""
    context = Context(source, begin, end, state, start)
    waits_for_operand = context.row[KIND["NAME"]]
    message, token, hint = (
        _wrong_character(context)
        or _wrong_bracket(context)
        or _wrong_word(context)
        or _wrong_operator(context)
        or (_operand_missing if waits_for_operand else _operator_missing)(context)
    )
    return CgError("syntax", message, source, token.start, token.stop, hint)


def name_error(source: Source, start: int, word: str) -> CgError:
    """A word with a character in it that is neither letter nor digit, such as `x²`."""
    at = next(i for i in range(len(word)) if not word[: i + 1].isidentifier())
    written = WRITTEN_AS.get(word[at])
    return CgError(
        "syntax",
        f"`{word[at]}` " + ("is not part of the language" if written else "cannot stand here in a name"),
        source,
        start + at,
        start + at + 1,
        f"write `{written}`" if written else None,
    )


def parameter_error(syntax: Syntax, begin: int) -> CgError:
    """The left-hand side of a definition has something other than distinct names in brackets."""
    seen: set[str] = set()
    last = len(syntax.code) - 1
    start, stop = syntax.starts[last], syntax.ends[last]
    message = "a parameter of a function must be a plain name"
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


def _wrong_character(context: Context) -> Reason | None:
    found = context.found
    if found.kind != lalr.BAD:
        return None
    text, character = context.source.text, found.text
    word = _word(text, found.start)
    if word[:1].isdigit() or (word[:1] == "." and word[1:2].isdigit()):
        token = Token(word, lalr.BAD, found.start)
        return f"`{_short(word)}` is not a number", token, _number_hint(word)
    twice = text[found.start : found.start + 2]
    if twice in OPERATORS:
        token = Token(twice, lalr.BAD, found.start)
        return f"`{twice}` is not an operator", token, f"write `{OPERATORS[twice]}`"
    if character in WRITTEN_AS:
        return f"`{character}` is not part of the language", found, f"write `{WRITTEN_AS[character]}`"
    if character == ".":
        return "a lone `.`", found, "a decimal point needs a digit beside it"
    if character in "\"'`":
        closing = text.find(character, found.stop)
        if closing > 0 and "\n" not in text[found.stop : closing]:
            return f"text in quotes ({character}) is not part of the language", found, None
    if not character.isascii():
        from unicodedata import category, normalize

        if category(character).startswith("M"):
            joined = normalize("NFC", text[max(found.start - 1, 0) : found.stop])
            hint = f"write `{joined}` as one character" if len(joined) == 1 else None
            return f"{describe(character)} is not part of the language", found, hint
    return f"`{character}` is not part of the language", found, None


def _number_hint(word: str) -> str:
    prefix = word[:2].lower()
    kinds = {"0x": "hexadecimal", "0b": "binary"}
    if not word.isascii():
        return "the digits of a number are 0 to 9"
    if prefix == "0o":
        return "octal numbers are not part of the language"
    if prefix in kinds:
        return f"a {kinds[prefix]} number is `{prefix}` and its digits"
    if "_" in word:
        return "`_` stands between two digits"
    if re.match(r"[0-9_.]+[eE][0-9]+\.", word):
        return "an exponent is a whole number"
    if word.count(".") > 1:
        return "a number has one decimal point"
    return "a name cannot continue a number: put `*` between them"


def _wrong_bracket(context: Context) -> Reason | None:
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
        return message, found, "arguments are separated by `,`"
    return None


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
        return f"`{pair}` is not an operator", both, f"write `{written}`" if written else None
    if not context.gap() and found.text == "=" and previous.text in ARITHMETIC:
        name = context.first.text if context.first and context.first.kind == KIND["NAME"] else "x"
        hint = f"write `{_short(name)} = {_short(name)} {previous.text} ...`"
        return f"`{pair}` is not an operator", both, hint
    if pair == "==" and context.gap():
        return "`= =` is not an operator", found, "to compare, write `==`"
    return None


def _operand_missing(context: Context) -> Reason:
    """The parser waits for an operand, and something else comes."""
    found, previous = context.found, context.previous
    if found.text == "if":
        return "`if` as an operand needs brackets", found, "write `(if ... then ... else ...)`"
    if found.ends_statement:
        if previous is None:
            return "an expression is missing", found, None
        hint = "`%` is the remainder, as in `7 % 4`" if previous.text == "%" else None
        return f"an operand is missing after {_quoted(previous)}", _beyond(previous), hint
    if found.text in CLOSERS and previous is not None and previous.text in OPENERS:
        message = f"the brackets `{previous.text}{found.text}` are empty"
        return message, previous, "an expression belongs inside"
    hint = "`!` is the factorial; the opposite of a condition is `not`" if found.text == "!" else None
    if previous is None:
        if found.text == "=":
            return "a name is missing before `=`", found, None
        return f"an expression cannot begin with {_quoted(found)}", found, hint
    if context.gap() and previous.text + found.text in TABLES.literals:
        hint = f"`{previous.text}{found.text}` is written without a space"
    return f"an operand is missing between {_quoted(previous)} and {_quoted(found)}", found, hint


def _operator_missing(context: Context) -> Reason:
    """The parser has an operand, and something comes that cannot follow it."""
    found, previous, row = context.found, context.previous, context.row
    if row[KIND["LSQB"]] and not row[KIND["PLUS"]]:
        return "the shape of an input is a list of sizes", found, "as in `input W: [3, 4]`"
    if row[KIND["RSQB"]] and row[KIND["COMMA"]] and not row[KIND["PLUS"]]:
        message = f"{_quoted(found)} cannot stand in the shape of an input"
        return message, found, "a size is a number or a name"
    if row[KIND["COLON"]]:
        message = f"{_quoted(found)} cannot follow the name of an input"
        return message, found, "write `input x` or `input x = 2`"
    if found.text == "=":
        return _misplaced_equals(context), found, "to compare, write `==`"
    if found.text == ",":
        return _misplaced_comma(context)
    if found.text == ":":
        return "`:` is used only in `input x: [sizes]`", found, None
    if found.text == "if":
        return f"`if` cannot follow {_quoted(previous)}", found, AS_IN_IF
    if found.begins_operand and previous is not None:
        return _side_by_side(context, previous)
    if found.ends_statement:
        return f"the statement ends too early, after {_quoted(previous)}", _beyond(previous or found), None
    return f"{_quoted(found)} cannot follow {_quoted(previous)}", found, None


def _misplaced_equals(context: Context) -> str:
    if context.opener:
        return "`=` cannot stand inside brackets"
    if context.equals:
        return "a statement has only one `=`"
    if context.pending or (context.first and context.first.text == "assert"):
        return "`=` gives a value to a name, and cannot stand in a condition"
    return "only a name can stand before `=`"


def _misplaced_comma(context: Context) -> Reason:
    found, previous = context.found, context.previous
    after_number = previous is not None and previous.kind == KIND["NUMBER"]
    hint = "a decimal point is written `.`" if after_number else None
    opener = context.opener
    if opener is None:
        hint = hint and hint + "; statements are separated by `;`"
        return "`,` separates arguments inside brackets", found, hint
    if context.source.text[max(opener.start - 20, 0) : opener.start].split()[-1:] == ["if"]:
        hint = AS_IN_IF + ", or `where(c, a, b)`"
    return "`,` separates arguments, but these brackets follow no function", found, hint


def _side_by_side(context: Context, previous: Token) -> Reason:
    """Two operands with nothing between them."""
    found = context.found
    left, right = _short(previous.text), _short(_word(context.source.text, found.start) or found.text)
    if previous.kind == KIND["NAME"] and found.kind in OPERANDS:
        from cgcli.ops import FUNCTIONS

        if previous.text in FUNCTIONS:
            return f"the argument of `{left}` needs brackets", found, f"write `{left}({right})`"
    hint = "to multiply, put `*` between them"
    if context.waits_for("["):
        hint = "elements are separated by `,`"
    elif previous.kind in OPERANDS and found.kind in OPERANDS:
        hint = f"write `{left}*{right}`" if "…" not in left + right else hint
        if previous.kind == KIND["NUMBER"] and found.kind == KIND["NAME"]:
            hint += f" or `{left}{right}`"
    return f"an operator is missing between `{left}` and `{right}`", found, hint


def _quoted(token: Token | None) -> str:
    if token is None or token.ends_statement:
        return "the end of the statement"
    return f"`{_short(token.text)}`"


def _short(text: str) -> str:
    return text if len(text) <= 24 else text[:23] + "…"


def _beyond(token: Token) -> Token:
    """The place just after a token, where something is missing."""
    return Token("", lalr.END, token.stop)


def _word(text: str, start: int) -> str:
    """The run of letters, digits, `_` and `.` at a place."""
    stop = start
    while stop < len(text) and stop - start < 10_000 and (text[stop].isalnum() or text[stop] in "_."):
        stop += 1
    return text[start:stop]
