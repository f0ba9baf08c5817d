"""What to say of blocks, functions with bodies, and what stands in them."""

from __future__ import annotations

import re

from cgcli.diagnostics import CgError, Diagnostic
from cgcli.language.syntax import Statement, Syntax


def _at(syntax: Syntax, statement: Statement, message: str, hint: str | None = None) -> CgError:
    return CgError("syntax", message, syntax.source, statement.start, statement.stop, hint)


def inner_function(syntax: Syntax, statement: Statement) -> CgError:
    message = f"the function `{statement.name}` is defined inside a block"
    return _at(syntax, statement, message, "functions are defined outside of all blocks")


def inner_input(syntax: Syntax, statement: Statement) -> CgError:
    message = f"the input `{statement.name}` is declared inside a block"
    return _at(syntax, statement, message, "inputs are declared outside of all blocks")


def outside(syntax: Syntax, statement: Statement) -> CgError:
    what = "a function with a body" if statement.kind == "return" else "a loop"
    hint = "an expression alone is an output" if statement.kind == "return" else None
    return _at(syntax, statement, f"`{statement.kind}` outside of {what}", hint)


def empty_return(syntax: Syntax, statement: Statement) -> CgError:
    return _at(syntax, statement, "`return` needs a value", "a function always has one: return 0")


def goes_nowhere(syntax: Syntax, statement: Statement, in_body: bool) -> CgError:
    """`in_body`: it stands in the body of a function itself, where a value may be meant."""
    text = " ".join(syntax.source.text[statement.start : statement.stop].split())
    shown = text if len(text) <= 40 else "..."
    hint = f"to show it, write print({shown}); to keep it, give it a name"
    longer = re.match(r"append\(\s*(\w+)\s*,", text)
    if longer:
        hint = f"it gives a new list: write {longer[1]} = {shown}"
    elif in_body:
        hint = f"to give it back, write return {shown}; to show it, write print({shown})"
    return _at(syntax, statement, "an expression alone inside a block goes nowhere", hint)


def no_place(syntax: Syntax, statement: Statement, middle: int) -> CgError:
    message = "only names, their elements and their fields can be assigned to"
    return syntax.error("syntax", message, middle - 1, "as in `v[i] = 1` or `t.value = 1`")


def changed_alone(syntax: Syntax, statement: Statement, function: str) -> Diagnostic:
    """A note: what a function changes in place is a copy, if it is not its own."""
    name = statement.name
    message = f"`{name}` is changed in this call of `{function}` alone: outside, it stays as it was"
    hint = f"to change it there, return it: {name} = {function}(...)"
    place = syntax.source, statement.start, statement.stop
    return Diagnostic("convention", message, *place, hint, severity="note")


def wrong_call(syntax: Syntax, item: int, name: str, usage: str, text: str | None = None) -> CgError:
    """`text`: one among the arguments, where values stand."""
    if text is not None:
        message, hint = (
            f'`{name}` cannot take the text "{text}"',
            "values are numbers, arrays, lists and records",
        )
        return syntax.error("arity", message, item, hint)
    return syntax.error("arity", f"`{name}` cannot be called so", item, f"it is {usage}")
