"""What to say of a character that begins no token, and of a word or number that is misspelt."""

from __future__ import annotations

import re

from cgcli.diagnostics import CgError
from cgcli.language import tables as lalr
from cgcli.language.characters import RAISED, describe
from cgcli.language.errors.context import QUOTES, Context, Reason, Token, short
from cgcli.language.errors.elsewhere import CHARACTERS, OPERATORS, REMARKS, backslash
from cgcli.source import Source

# Digits in groups of three, as they are written for people.
_FIRST_GROUP, _BETWEEN_GROUPS = re.compile(r"[0-9]{1,3}"), re.compile(r"[ ,']")
_GROUPS = re.compile(r"[0-9]{3}([ ,'][0-9]{3})*(\.[0-9]+)?(?![\w.])")


def name_error(source: Source, start: int, word: str) -> CgError:
    """A word with a character in it that is neither letter nor digit, such as `x²`."""
    at = next(i for i in range(len(word)) if not word[: i + 1].isidentifier())
    written = power(source.text[start + at :]) or CHARACTERS.get(word[at])
    hint = f"write `{written}`" if written else REMARKS.get(word[at])
    what = "is not part of the language" if hint else "cannot stand here in a name"
    return CgError("syntax", f"`{word[at]}` {what}", source, start + at, start + at + 1, hint)


def power(text: str) -> str:
    """The power that raised digits at the begin of a text are, as it is written."""
    minus, text = text[: text.startswith("⁻")], text[text.startswith("⁻") :]
    digits = text[: len(text) - len(text.lstrip(RAISED))]
    return f"^{'-' * bool(minus)}{''.join(str(RAISED.index(one)) for one in digits)}" if digits else ""


def wrong_character(context: Context) -> Reason | None:
    found = context.found
    if _is_prime(context):
        mark = Token("'", lalr.BAD, found.start)
        called = context.source.text.startswith("(", mark.stop)
        meant = "a derivative is written `diff(f(x), x)`" if called else "a transpose is written `.T`"
        number = in_thousands(context, mark.stop)
        return "`'` is not part of the language", mark, f"write `{number}`" if number else meant
    if found.kind != lalr.BAD:
        return None
    text, character = context.source.text, found.text
    word = word_at(text, found.start)
    if word[:1].isdigit() or (word[:1] == "." and word[1:2].isdigit()):
        token = Token(word, lalr.BAD, found.start)
        return f"`{short(word)}` is not a number", token, _number_hint(word)
    twice = text[found.start : found.start + 2]
    if twice in OPERATORS:
        token = Token(twice, lalr.BAD, found.start)
        return f"`{twice}` is not an operator", token, f"write `{OPERATORS[twice]}`"
    written = power(text[found.start :]) or CHARACTERS.get(character)
    hint = f"write `{written}`" if written else REMARKS.get(character)
    if character == "\\":
        hint = backslash(text[found.start : found.start + 30], context.previous is not None)
    if hint:
        return f"`{character}` is not part of the language", found, hint
    if character == ".":
        return "a lone `.`", found, "a decimal point needs a digit beside it"
    if character == "`":
        return "a name between backquotes is not closed on its line", found, None
    if character in QUOTES:
        message = f"`{character}` was never closed"
        return message, found, f"text in quotes ends with `{character}` on the same line"
    if not character.isascii():
        from unicodedata import category, normalize

        if category(character).startswith("M"):
            joined = normalize("NFC", text[max(found.start - 1, 0) : found.stop])
            hint = f"write `{joined}` as one character" if len(joined) == 1 else None
            return f"{describe(character)} is not part of the language", found, hint
    return f"`{character}` is not part of the language", found, None


def _is_prime(context: Context) -> bool:
    """Whether this is the `'` of `x'`, which begins text in quotes when another one follows."""
    previous = context.previous
    adjacent = previous is not None and previous.ends_operand and not context.gap()
    return adjacent and context.found.text.startswith("'")


def _number_hint(word: str) -> str:
    prefix = word[:2].lower()
    kinds = {"0x": "hexadecimal", "0b": "binary"}
    if not word.isascii():
        at = next(at for at, character in enumerate(word) if not character.isascii())
        if raised := power(word[at:]):
            return f"write `{raised}`"
        return "the digits of a number are 0 to 9"
    if prefix == "0o":
        return "octal numbers are not part of the language"
    if prefix in kinds:
        return f"a {kinds[prefix]} number is `{prefix}` and its digits"
    if re.fullmatch(r"[0-9_.]+[eE]", word):
        return f"an exponent has digits, as in `{word}3`; a product is `{word[:-1]}*{word[-1]}`"
    if "_" in word:
        return "`_` stands between two digits"
    if re.match(r"[0-9_.]+[eE][0-9]+\.", word):
        return "an exponent is a whole number"
    if word.count(".") > 1:
        return "a number has one decimal point"
    return "a name cannot continue a number: put `*` between them"


def in_thousands(context: Context, after: int) -> str | None:
    """The number that is meant by digits in groups of three, as in `1 234`; `after` is where the second
    group begins, and the token before it is the first one."""
    previous = context.previous
    if previous is None or not _FIRST_GROUP.fullmatch(previous.text):
        return None
    others = _GROUPS.match(context.source.text[after : after + 100])
    return f"{previous.text}_{_BETWEEN_GROUPS.sub('_', others[0])}" if others else None


def word_at(text: str, start: int) -> str:
    """The run of letters, digits, `_` and `.` at a place."""
    stop = start
    while stop < len(text) and stop - start < 10_000 and (text[stop].isalnum() or text[stop] in "_."):
        stop += 1
    return text[start:stop]
