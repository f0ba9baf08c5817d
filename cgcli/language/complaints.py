"""What to say of a text that the grammar does not accept.

Messages speak of brackets, operators and operands. They are worked out from the state of the
parser (does it wait for an operand or for an operator?) and the tokens on both sides.
"""

from __future__ import annotations

from cgcli.diagnostics import CgError
from cgcli.language import tables as lalr
from cgcli.language.characters import WRITTEN_AS
from cgcli.language.parser import TABLES, TOKEN
from cgcli.language.syntax import Syntax
from cgcli.source import Source

OPENERS = {"(": ")", "[": "]"}
CLOSERS = {")": "(", "]": "["}
KEYWORDS = frozenset(text for text in TABLES.literals if text.isalpha())
_KIND = {name: index for index, name in enumerate(TABLES.kinds)}
_OPERANDS = {_KIND[name] for name in ("NUMBER", "COEFFICIENT", "NAME")}


class Token:
    """A token for the purpose of explaining: its text, kind and place."""

    __slots__ = ("kind", "start", "stop", "text")

    def __init__(self, text: str, kind: int, start: int) -> None:
        self.text, self.kind, self.start = text, kind, start
        self.stop = start + len(text)

    @property
    def ends_statement(self) -> bool:
        return self.kind in (lalr.END, _KIND["NEWLINE"]) or self.text == ";"

    @property
    def begins_operand(self) -> bool:
        return self.kind in _OPERANDS or self.text in OPENERS


def syntax_error(source: Source, begin: int, end: int, state: int, start: int) -> CgError:
    """The error for the token at `start`, which the parser in `state` cannot take."""
    previous, found, unclosed = None, Token("", lalr.END, end), []
    for match in TOKEN.finditer(source.text, begin, end):
        group = match.lastindex or 0
        text = match.group(group)
        token = Token(text, TABLES.literals.get(text) or TABLES.groups[group], match.start(group))
        if token.kind == _KIND["NEWLINE"] and unclosed:
            continue
        if token.start >= start:
            found = token
            break
        previous = token
        if text in OPENERS:
            unclosed.append(token)
        elif text in CLOSERS and unclosed:
            unclosed.pop()
    reason = (
        _wrong_character(source, found)
        or _wrong_bracket(source, end, found, unclosed)
        or (_operand_missing if TABLES.actions[state][_KIND["NAME"]] else _operator_missing)(
            source, state, previous, found, bool(unclosed)
        )
    )
    return CgError("syntax", reason[0], source, reason[1].start, reason[1].stop, reason[2])


def name_error(source: Source, start: int, word: str) -> CgError:
    """A word with a character in it that is neither letter nor digit, such as `x²`."""
    at = next(i for i in range(len(word)) if not ("a" + word[: i + 1]).isidentifier())
    written = WRITTEN_AS.get(word[at])
    return CgError(
        "syntax",
        f"`{word[at]}` cannot be part of a name",
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


# Each of these returns (message, the token it points at, hint).
Reason = tuple[str, Token, str | None]


def _wrong_character(source: Source, found: Token) -> Reason | None:
    if found.kind != lalr.BAD:
        return None
    text, character = source.text, found.text
    word = _word(text, found.start)
    if word[:1].isdigit() or (word[:1] == "." and word[1:2].isdigit()):
        token = Token(word, lalr.BAD, found.start)
        prefix = word[:2].lower()
        kinds = {"0x": "hexadecimal", "0b": "binary", "0o": "octal"}
        hint = "a name cannot continue a number: put `*` between them"
        if prefix == "0o":
            hint = "octal numbers are not part of the language"
        elif prefix in kinds:
            hint = f"a {kinds[prefix]} number is `{prefix}` and its digits"
        elif "_" in word:
            hint = "`_` stands between two digits"
        elif word.count(".") > 1:
            hint = "a number has one decimal point"
        return f"`{_short(word)}` is not a number", token, hint
    twice = text[found.start : found.start + 2]
    if twice in ("&&", "||"):
        written = "and" if twice == "&&" else "or"
        return f"`{twice}` is not an operator", Token(twice, lalr.BAD, found.start), f"write `{written}`"
    if character in WRITTEN_AS:
        return f"`{character}` is not part of the language", found, f"write `{WRITTEN_AS[character]}`"
    if character == ".":
        return "a lone `.`", found, "a decimal point needs a digit beside it"
    if character in "\"'`":
        return f"text in quotes ({character}) is not part of the language", found, None
    return f"`{character}` is not part of the language", found, None


def _wrong_bracket(source: Source, end: int, found: Token, unclosed: list[Token]) -> Reason | None:
    if found.text in CLOSERS:
        if not unclosed:
            return f"unmatched `{found.text}`", found, f"no `{CLOSERS[found.text]}` opens it"
        opener = unclosed[-1]
        if OPENERS[opener.text] != found.text:
            place = source.locate(opener.start)
            where = f"opened at {place.line}:{place.column}"
            return (
                f"`{opener.text}` is closed by `{found.text}`",
                found,
                f"write `{OPENERS[opener.text]}`, for the `{opener.text}` {where}",
            )
        return None
    if not unclosed:
        return None
    crossed = source.locate(unclosed[-1].start).line != source.locate(found.start).line
    if found.kind == lalr.END or (crossed and _never_closed(source, end, found, unclosed)):
        opener = unclosed[-1]
        return f"`{opener.text}` was never closed", opener, f"no `{OPENERS[opener.text]}` follows"
    return None


def _never_closed(source: Source, end: int, found: Token, unclosed: list[Token]) -> bool:
    """Whether brackets are still open at the end of the text."""
    depth = len(unclosed)
    for match in TOKEN.finditer(source.text, found.start, end):
        text = match.group(match.lastindex or 0)
        depth += (text in OPENERS) - (text in CLOSERS)
    return depth > 0


def _operand_missing(
    source: Source, state: int, previous: Token | None, found: Token, inside: bool
) -> Reason:
    """The parser waits for an operand, and something else comes."""
    after = _quoted(previous)
    if found.text == "=" and previous is not None and previous.text in KEYWORDS:
        return f"`{previous.text}` is a keyword and cannot be a name", previous, None
    if previous is not None and previous.text == "input":
        what = f"`{found.text}` is a keyword and cannot be a name" if found.text in KEYWORDS else ""
        return what or "`input` needs a name", found, "as in `input x = 2`"
    if found.text in ("input", "assert"):
        return f"`{found.text}` begins a statement of its own", found, "put it on its own line, or after `;`"
    if found.text == "if":
        return "`if` as an operand needs brackets", found, "write `(if ... then ... else ...)`"
    if found.ends_statement:
        if previous is None or previous.ends_statement:
            return "an expression is missing", found, None
        return f"an operand is missing after {after}", _beyond(previous), None
    if found.text in CLOSERS and previous is not None and previous.text in OPENERS:
        return f"the brackets `{previous.text}{found.text}` are empty", previous, "an expression belongs inside"
    if found.text in ("then", "else"):
        return f"`{found.text}` without an `if`", found, None
    if previous is None or previous.ends_statement:
        if found.text == "=":
            return "a name is missing before `=`", found, None
        return f"an expression cannot begin with {_quoted(found)}", found, None
    if found.text == "=" and previous.text == "=":
        return "`= =` is not an operator", found, "to compare, write `==`"
    return f"an operand is missing between {after} and {_quoted(found)}", found, None


def _operator_missing(
    source: Source, state: int, previous: Token | None, found: Token, inside: bool
) -> Reason:
    """The parser has an operand, and something comes that cannot follow it."""
    row = TABLES.actions[state]
    if previous is not None and previous.text == "input":
        if found.text in KEYWORDS:
            return f"`{found.text}` is a keyword and cannot be a name", found, None
        return "`input` needs a name", found, "as in `input x = 2`"
    if row[_KIND["LSQB"]] and not row[_KIND["PLUS"]]:
        return "the shape of an input is a list of sizes", found, "as in `input W: [3, 4]`"
    if row[_KIND["COLON"]]:
        return f"{_quoted(found)} cannot follow the name of an input", found, "write `input x` or `input x = 2`"
    if found.text == "=" and inside:
        return "`=` cannot stand inside brackets", found, "to compare, write `==`"
    if found.text == "=":
        return "only a name can stand before `=`", found, "to compare, write `==`"
    for keyword, needs in (("then", "`if` needs a `then`"), ("else", "`if` needs an `else`: it always has a value")):
        if row[_KIND[keyword.upper()]] and (found.ends_statement or found.text == "else"):
            return needs, found, None
    if found.text in ("then", "else"):
        return f"`{found.text}` without an `if`", found, None
    if found.text == ",":
        decimal = previous is not None and previous.kind == _KIND["NUMBER"]
        hint = "a decimal point is written `.`; statements are separated by `;`"
        return "`,` separates arguments inside brackets", found, hint if decimal else None
    if found.text == ":":
        return "`:` is used only in `input x: [sizes]`", found, None
    if found.begins_operand and previous is not None:
        left, right = _short(previous.text), _short(_word(source.text, found.start) or found.text)
        plain = previous.kind in _OPERANDS and found.kind in _OPERANDS
        hint = f"write `{left}*{right}`" if plain else "put `*` or another between them"
        if previous.kind == _KIND["NUMBER"] and found.kind == _KIND["NAME"]:
            hint += f" or `{left}{right}`"
        return f"an operator is missing between `{left}` and `{right}`", found, hint
    if found.text in ("input", "assert"):
        return f"`{found.text}` begins a statement of its own", found, "put it on its own line, or after `;`"
    if found.ends_statement:
        return f"the statement ends too early, after {_quoted(previous)}", _beyond(previous or found), None
    return f"{_quoted(found)} cannot follow {_quoted(previous)}", found, None


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
