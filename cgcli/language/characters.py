"""Characters: those that have no place in a program, and those that resemble operators."""

from __future__ import annotations

from cgcli.diagnostics import CgError
from cgcli.source import Source

# What is read as these operators, and as these constants.
PASTED = {"−": "-", "×": "*", "·": "*", "÷": "/", "≤": "<=", "≥": ">=", "≠": "!=", "√": "sqrt"}
PASTED_NAMES = {"π": "pi", "τ": "tau"}

RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"

# What may stand between printed characters, as one of them.
SPACES = dict.fromkeys(map(ord, "\t\n\r"), " ")


def meant(name: str) -> str:
    """The constant that a pasted name is read as; else the name."""
    return PASTED_NAMES.get(name, name)


def check_characters(source: Source) -> None:
    """Raise `CgError` (kind `text`) at the first character that cannot be seen as itself:
    controls, invisible and direction-changing ones, spaces other than the plain one."""
    text = source.text
    if text.isascii():
        if text.translate(SPACES).isprintable():
            return
        offset = next(place for place, c in enumerate(text.translate(SPACES)) if not c.isprintable())
    else:
        wrong = {c for c in set(text) if not c.isprintable() and c not in "\t\n\r"}
        if not wrong:
            return
        offset = min(map(text.index, wrong))
    raise character_error(source, offset)


def character_error(source: Source, offset: int) -> CgError:
    """The error for a character that has no place in a text."""
    character = source.text[offset]
    if "\udc80" <= character <= "\udcff":  # how Python hands on a byte of an argument that is not UTF-8
        message, hint = f"the text is not UTF-8: byte 0x{ord(character) - 0xDC00:02X}", None
    else:
        message = f"the text contains {describe(character)}"
        hint = "write a plain space" if character.isspace() and not character.isascii() else "remove it"
    return CgError("text", message, source, offset, offset + 1, hint)


def describe(character: str) -> str:
    """A character by its name, so that one that cannot be seen can be searched for."""
    from unicodedata import category, name

    code = f"U+{ord(character):04X}"
    if character == "\0":
        return f"a NUL byte ({code})"
    if category(character) == "Cc":
        return f"a control character ({code})"
    if category(character) == "Zs":
        return f"a space that is not the plain one ({code} {name(character, '')})"
    if category(character).startswith("M"):
        return f"a combining mark ({code} {name(character, '')})"
    return f"an invisible character ({code} {name(character, 'without a name')})"
