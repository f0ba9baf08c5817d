"""What to say of blocks that the grammar does not accept: their braces, their heads, words out of place."""

from __future__ import annotations

import re

from cgcli.diagnostics import CgError
from cgcli.language import tables as lalr
from cgcli.language.errors.context import KIND, Context, Reason, Token, quoted
from cgcli.language.errors.elsewhere import WORDS
from cgcli.language.scanner import tokens
from cgcli.source import Source

AS_IN = {
    "for": "as in `for i in 1..10 { ... }`",
    "while": "as in `while x > 1 { ... }`",
    "if": "as in `if x > 0 { ... } else { ... }`",
    "checkpoint": "as in `checkpoint { ... }`",
}

# What follows a name that is given a value, and a colon within the head of a block.
_GIVEN, _RANGE = re.compile(r"[ \t]*(?:[-+*/%@^]|//)?=(?!=)"), re.compile(r"[^\n;{]+\{")

# Statements of one word.
ALONE = {
    "break": "it ends the innermost loop",
    "continue": "it goes on with the next round of the innermost loop",
}

# Words of other languages that begin a block or a branch.
ELSE_IF = ("elif", "elsif", "elseif")


def refuse_deeper(source: Source, most: int) -> None:
    """Raises `CgError` at the first block that more than so many others are around."""
    depth = 0
    for found, start in tokens(source.text):
        depth += (found == "{") - (found == "}")
        if depth > most:
            told = f"more than {most:,} blocks are one inside the other"
            raise CgError("limit", told, source, start, start + 1)


def wrong_brace(context: Context) -> Reason | None:
    found, opener = context.found, context.opener
    if opener is not None:
        if found.text in ("{", "}"):
            closer = {"(": ")", "[": "]"}[opener.text]
            return f"`{opener.text}` was never closed", opener, f"no `{closer}` before the `{found.text}`"
        return _wrong_range(context) if found.text == ".." else None
    if found.kind == lalr.END and context.braces and (context.row[KIND["RBRACE"]] or _is_head(context)):
        return "`{` was never closed", context.braces[-1], "no `}` follows"
    if found.text == "}" and not context.braces:
        return "unmatched `}`", found, "no `{` opens it"
    return _wrong_head(context) or _wrong_word(context) or _wrong_opening(context)


def _is_head(context: Context) -> bool:
    return context.first is None


def _wrong_head(context: Context) -> Reason | None:
    """Something wrong between the word that begins a block and its `{`."""
    found, first, previous = context.found, context.first, context.previous
    word = first.text if first is not None else ""
    alone = previous is not None and first is not None and previous.start == first.start
    if alone and word == "for" and found.text != "=":
        return "`for` needs a name", found, AS_IN["for"]
    if word == "for" and context.row[KIND["IN"]] and not context.row[KIND["RBRACE"]]:
        pair = "a loop has one name: `for i in range(len(v)) { ... v[i] ... }`"
        return "`for` needs an `in`", found, pair if found.text == "," else AS_IN["for"]
    asks = word == "while" or (word == "if" and context.waits_for("if"))
    if asks and found.text == "=" and not alone and context.opener is None:
        turned = context.source.text[found.stop : found.stop + 1]
        hint = f"write `{turned}=`" if turned in ("<", ">") else "to compare, write `==`"
        return "`=` gives a value to a name, and cannot stand in a condition", found, hint
    begins = found.kind == KIND["NAME"] and _GIVEN.match(context.source.text, found.stop)
    if word in AS_IN and context.row[KIND["LBRACE"]] and begins:
        return f"the block of `{word}` has braces", found, AS_IN[word]
    if found.ends_statement and context.row[KIND["LBRACE"]] and word in AS_IN:
        after = context.source.text[found.start :].lstrip()
        if word == "if" and not after.startswith("{"):
            return None
        if after.startswith("{"):
            brace = Token("{", KIND["LBRACE"], context.source.text.index("{", found.start))
            return "the `{` of a block stands on the line of its head", brace, None
        return f"`{word}` needs a block", first or found, AS_IN[word]
    return None


def _wrong_word(context: Context) -> Reason | None:
    found, first, previous = context.found, context.first, context.previous
    if first is not None and previous is not None and first.text in ELSE_IF and first.start == previous.start:
        return f"`{first.text}` is not a word of the language", first, "write `else if`"
    if previous is None and context.after_block and not found.ends_statement:
        if found.text in ELSE_IF:
            return f"`{found.text}` is not a word of the language", found, "write `else if`"
        if found.text != "else":
            hint = "put it on its own line, or after `;`"
            return f"{quoted(found)} cannot follow a block on its line", found, hint
    if (
        previous is not None
        and previous.text in ALONE
        and not found.ends_statement
        and found.text not in "}="
    ):
        return f"`{previous.text}` stands alone", found, ALONE[previous.text]
    if previous is not None and previous.text == "else" and found.text not in ("if", "{"):
        before = context.source.text[: previous.start].rstrip()
        if before.endswith("}"):
            return "the block of `else` has braces", found, AS_IN["if"]
    if (
        first is not None
        and first.text == "for"
        and found.text == ":"
        and _RANGE.match(context.source.text, found.stop)
    ):
        return "the ends of a range have two dots between them", found, AS_IN["for"]
    if first is not None and first.text in AS_IN and found.text in (":", "do", "begin"):
        return f"the block of `{first.text}` has braces", found, AS_IN[first.text]
    if found.text == "in":
        return "`in` stands only in `for` and in comprehensions", found, AS_IN["for"]
    if found.text == "..":
        return _wrong_range(context)
    if found.text in ("for", "while", "break", "continue", "return", "checkpoint") and previous is not None:
        if found.text == "for" and context.opener is None:
            hint = "a comprehension has brackets: `[i^2 for i in 1..5]`"
            return "`for` begins a statement of its own", found, hint
        return f"`{found.text}` begins a statement of its own", found, "put it on its own line, or after `;`"
    return None


def _wrong_range(context: Context) -> Reason:
    hint = "the numbers as a vector are `[i for i in 1..5]`"
    if context.inside == "call":
        hint = "as in sum(i^2 for i in 1..5)"
    if context.inside == "index":
        if context.source.text.startswith("...", context.found.start):
            return "`...` is no subscript", context.found, "each axis is named, `:` is a whole one: `A[:, 0]`"
        hint = "a slice is written `x[1:3]`, for elements 1 and 2"
    return "a range stands only in `for` and in comprehensions", context.found, hint


def _wrong_opening(context: Context) -> Reason | None:
    """A `{` where no block can stand."""
    found, previous = context.found, context.previous
    if found.text != "{":
        return None
    if previous is not None and previous.text == "=":
        return "a `{` cannot follow `=`", found, "a function with a body has no `=`: `f(x) { ... }`"
    if previous is not None and previous.text == "then":
        return "a block has no `then`", previous, AS_IN["if"]
    if previous is None or context.row[KIND["NAME"]]:
        is_list = previous is None and context.ahead(",")
        hint = "a vector is written `[1, 2, 3]`" if is_list else "to group, write `(`"
        return "`{` opens a block, which needs a head", found, hint
    if previous.text in WORDS:
        return f"`{previous.text}` is not a word of the language", previous, WORDS[previous.text]
    if previous.kind == KIND["NAME"]:
        hint = "an element is x[i], a function is called f(x)"
        return f"`{{` cannot follow {quoted(previous)}", found, hint
    return None
