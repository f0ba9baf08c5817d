"""A command line, read: what is an option, what a mistyped one, and what the program.

A line that is right goes straight to work. Help, completion and a line that is wrong are Typer's,
whose import takes longer than most answers.
"""

from __future__ import annotations

import os

from cgcli.annotations import Any
from cgcli.cli.commands import COMMANDS, Command
from cgcli.cli.options import FLAG, MAYBE, NAMES, NUMBER, REAL, REPEATED, Option
from cgcli.cli.request import Request
from cgcli.diagnostics import CgError
from cgcli.later import re
from cgcli.source import composed

HELP = ("-h", "--help")


def as_utf8(argument: str) -> str:
    """An argument whose bytes are UTF-8, whatever the locale takes them for."""
    try:
        return os.fsencode(argument).decode("utf-8")
    except UnicodeError:
        return argument


def read(arguments: list[str]) -> Request | None:
    """The request of a line that is right; None for any other."""
    command = COMMANDS.get(arguments[0]) if arguments else None
    if command is None:
        return None
    flags = flags_of(command)
    try:
        given, others = arrange(arguments[1:], command)
        values: dict[str, Any] = {}
        for flag, text in given:
            if flag in HELP:
                return None
            option = flags[flag]
            value = _value(option, text)
            if option.kind == REPEATED:
                values.setdefault(option.field, []).append(value)
            else:
                values[option.field] = value
    except (CgError, ValueError):
        return None
    if any(option.required and option.field not in values for option in command.options):
        return None
    return request(command, others, values)


def request(command: Command, arguments: list[str], values: dict[str, Any]) -> Request:
    """The request of a command, where options that are not in `values` have their defaults."""
    fields: dict[str, Any] = {option.field: option.default for option in command.options}
    fields.update(values)
    return Request(arguments, command=command.name, **fields)


def names(text: str, option: Option) -> list[str]:
    """`a,b` of an option as a list. Raises `CgError` (kind `usage`) where there is none."""
    found = [composed(name.strip()) for name in text.split(",") if name.strip()]
    if not found:
        raise CgError("usage", f"`{option.flags[0]}` takes names, as in `a,b`")
    return found


def real(text: str) -> float:
    """A finite number. Raises ValueError for any other text."""
    value = float(text)
    if value - value != 0:
        raise ValueError(text)
    return value


def _value(option: Option, text: str | None) -> Any:
    """What an option is given. Raises ValueError for what it does not take."""
    if text is None:
        return True
    if option.kind == NAMES:
        return names(text, option)
    if option.kind == NUMBER:
        number = int(text)
        low, high = option.bounds
        if (low is not None and number < low) or (high is not None and number > high):
            raise ValueError(text)
        return number
    if option.kind == REAL:
        return real(text)
    if option.kind == MAYBE:
        return text
    if option.choices and text not in option.choices:
        raise ValueError(text)
    return text


def flags_of(command: Command) -> dict[str, Option]:
    return {flag: option for option in command.options for flag in option.flags}


def arrange(arguments: list[str], command: Command) -> tuple[list[tuple[str, str | None]], list[str]]:
    """The options of a line, each a flag and its value, and the rest; an expression may begin with
    `-`, so only what reads as an option is one. Of options that do not repeat there is one of each.

    Raises `CgError` (kind `usage`) for what looks like a mistyped option, where a value lacks, and
    where an option is given two of them."""
    options: list[tuple[str, str | None]] = []
    others: list[str] = []
    flags = flags_of(command)
    takes_value = dict.fromkeys(HELP, False) | {flag: flags[flag].kind != FLAG for flag in flags}
    rest = arguments[::-1]
    while rest:
        argument = rest.pop()
        name, equals, value = argument, "", None
        if argument.startswith("--"):
            name, equals, value = argument.partition("=")
        if argument == "--":
            others.extend(reversed(rest))
            break
        elif name in flags and flags[name].kind == MAYBE:
            if not equals and rest and rest[-1].lower().endswith(flags[name].choices):
                value = rest.pop()
            options.append((name, value or ""))
        elif name in takes_value:
            if takes_value[name] and not equals:
                value = rest.pop() if rest else None
                if value is None:
                    raise CgError("usage", f"the option `{name}` needs a value")
            elif equals and not takes_value[name]:
                raise CgError("usage", f"the option `{name}` takes no value")
            options.append((name, value if takes_value[name] else None))
        elif name.startswith("--") and _is_flag(name):
            from cgcli.cli.meant import option as option_meant

            raise CgError("usage", f"unknown option `{name}`", hint=option_meant(name, takes_value))
        else:
            others.append(argument)
    return _merged(options, flags), others


def _is_flag(text: str) -> bool:
    return re.fullmatch(r"--[A-Za-z]{2}[A-Za-z_-]*", text) is not None


def _merged(given: list[tuple[str, str | None]], flags: dict[str, Option]) -> list[tuple[str, str | None]]:
    """Options as they are given, with all names that one kind of them is given in one list."""
    found: list[tuple[str, str | None]] = []
    places: dict[str, int] = {}
    for flag, text in given:
        option = flags.get(flag)
        if option is None or text is None or option.kind == REPEATED:
            found.append((flag, text))
            continue
        place = places.setdefault(option.field, len(found))
        if place == len(found):
            found.append((flag, text))
            continue
        before = found[place][1]
        if option.kind == NAMES:
            found[place] = flag, f"{before},{text}"
        elif text != before:
            raise CgError("usage", f"the option `{flag}` is given twice, as `{before}` and `{text}`")
    return found
