"""What on a command line is an option, what a mistyped one, and what the program."""

from __future__ import annotations

import re
from typing import Any

from typer.core import TyperCommand, TyperGroup

from cgcli.diagnostics import CgError, likely


class ExpressionCommand(TyperCommand):
    """A command whose expression may begin with `-`: only what reads as an option is one."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if ctx.resilient_parsing:  # the shell asks what could follow
            return super().parse_args(ctx, args)
        known = {name: not getattr(p, "is_flag", False) for p in self.get_params(ctx) for name in p.opts}
        return super().parse_args(ctx, arrange(args, known))


def arrange(arguments: list[str], known: dict[str, bool]) -> list[str]:
    """Options first, then `--` and the rest. `known` says of each option whether it takes a value.

    Raises `CgError` (kind `usage`) for what looks like a mistyped option."""
    options: list[str] = []
    others: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        name = argument.split("=", 1)[0] if argument.startswith("--") else argument
        if argument == "--":
            others.extend(rest)
        elif name in known:
            options.append(argument)
            if known[name] and name == argument:
                value = next(rest, None)
                if value is None:
                    raise CgError("usage", f"the option `{name}` needs a value")
                options.append(value)
        elif re.fullmatch(r"--[A-Za-z]{2}[A-Za-z-]*", name):
            match = likely(name, known)
            hint = f"did you mean `{match}`?" if match else "an expression that begins so goes after `--`"
            raise CgError("usage", f"unknown option `{name}`", hint=hint)
        else:
            others.append(argument)
    return [*options, "--", *others]


class CommandGroup(TyperGroup):
    """The group of commands; a mistyped one is an error with a suggestion."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] not in self.commands:
            word = args[0]
            if word.startswith("-"):
                match = likely(
                    word.split("=")[0], ["--help", "--version", "--install-completion", "--show-completion"]
                )
                what = f"unknown option `{word}`"
            else:
                match = likely(word, self.commands)
                what = f"unknown command `{word}`"
            hint = f"did you mean `{match}`?" if match else f"the commands are {', '.join(self.commands)}"
            if not match and not word.isidentifier() and not word.startswith("--"):
                hint = f"to compute it, write: cg eval '{word}'"
            raise CgError("usage", what, hint=hint)
        return super().resolve_command(ctx, args)
