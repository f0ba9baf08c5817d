"""The command line as Typer has it: help, completion, and what becomes of a line that is wrong."""

from __future__ import annotations

import inspect
import re
from typing import Any, Literal

import typer
from typer.core import TyperCommand, TyperGroup

from cgcli.annotations import Callable, Iterable
from cgcli.cli import meant
from cgcli.cli.arguments import arrange, names, request
from cgcli.cli.commands import COMMANDS, Command
from cgcli.cli.guard import guarded
from cgcli.cli.guard import run as answer
from cgcli.cli.options import FLAG, MAYBE, NAMES, NUMBER, REAL, REPEATED, Option
from cgcli.cli.request import Request
from cgcli.diagnostics import CgError

EXIT_STATUSES = (
    "Exit status: 0 all went well; 1 the answer is no (a failed assertion, check or line, a singular "
    "matrix, a result that is not finite under --strict); 2 the command line is wrong; 3 the program "
    "is wrong; 70 a fault of cg itself; 130 interrupted."
)


# What is done with a request; the exit status.
Answer = Callable[[Request], int]


def run(arguments: list[str], answer: Answer = answer) -> int:
    """Run the command line; returns the exit status."""
    as_json = re.search(r"--format[= ]json|--style[= ]json", " ".join(arguments)) is not None
    return guarded(lambda _: _dispatch(arguments, answer), Request([], format="json" if as_json else "text"))


def _dispatch(arguments: list[str], answer: Answer) -> int:
    # Typer prepares every command that it knows, at 1 ms each; the one that is named is enough.
    named = [COMMANDS[name] for name in arguments[:1] if name in COMMANDS]
    try:
        app = application(named or COMMANDS.values(), answer)
        return int(app(arguments, prog_name="cg", standalone_mode=False) or 0)
    except typer.TyperException as error:
        raise _usage_error(error, arguments[0]) from None


def _usage_error(error: typer.TyperException, first: str) -> CgError:
    if hasattr(error, "possibilities"):  # an option before any command: behind one they are read by `arrange`
        return CgError("usage", f"unknown option `{first}`", hint=meant.option_alone(first))
    message = " ".join(error.format_message().split()).rstrip(".")
    message = message.replace("a valid int range", "a whole number")
    return CgError("usage", message[:1].lower() + message[1:], hint=meant.choice(message))


def application(commands: Iterable[Command], answer: Answer = answer) -> typer.Typer:
    """The application that has these commands."""
    app = typer.Typer(
        name="cg",
        cls=CommandGroup,
        rich_markup_mode=None,
        invoke_without_command=True,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
        help="Compute an expression, its gradient, and pictures of its computational graph.",
        epilog="An expression is infix text: cg grad 'x^2 * sin(y)' x=3 y=pi/4. The manual pages cg(1) "
        "and cg-language(1) say more. " + EXIT_STATUSES,
    )
    app.callback()(_main)
    for command in commands:
        app.command(
            command.name,
            cls=ExpressionCommand,
            help=command.help,
            short_help=command.summary,
            epilog=EXIT_STATUSES,
        )(_declared(command, answer))
    return app


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(f"cg {version('cgcli')}")
        raise typer.Exit


def _main(
    context: typer.Context,
    version: bool = typer.Option(
        False, "--version", help="Print the version and exit.", callback=_version, is_eager=True
    ),
) -> None:
    if context.invoked_subcommand is None:
        print(context.get_help())


def _declared(command: Command, answer: Answer) -> Callable[..., int]:
    """A command as a function whose parameters Typer reads off its signature."""

    def run(**given: Any) -> int:
        arguments = given.pop("arguments") or []
        for option in command.options:
            if option.kind == NAMES and given[option.field] is not None:
                given[option.field] = names(given[option.field], option)
        return answer(request(command, arguments, given))

    metavar, help = command.operands
    complete = _complete_operation if command.name == "ops" else None
    operands = typer.Argument(None, metavar=metavar, help=help, show_default=False, autocompletion=complete)
    parameters = [_parameter("arguments", list[str] | None, operands)]
    parameters += [_parameter(option.field, _type(option), _option(option)) for option in command.options]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return run


def _parameter(name: str, type: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=type)


def _option(option: Option) -> Any:
    low, high = option.bounds
    return typer.Option(
        ... if option.required else option.default,
        *option.flags,
        metavar=option.metavar,
        case_sensitive=not option.choices,
        help=option.help,
        min=low,
        max=high,
        show_default=option.default is not None,
    )


def _type(option: Option) -> Any:
    literal: Any = Literal
    plain: Any = {FLAG: bool, NUMBER: int, REAL: float, REPEATED: list[str]}.get(option.kind, str)
    if option.choices and option.kind != MAYBE:
        plain = literal[option.choices]
    return plain if option.default is not None else plain | None


def _complete_operation(incomplete: str) -> list[str]:
    from cgcli.ops import FUNCTIONS

    return [name for name in FUNCTIONS if name.startswith(incomplete)]


class ExpressionCommand(TyperCommand):
    """A command whose expression may begin with `-`: only what reads as an option is one."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if ctx.resilient_parsing:  # the shell asks what could follow
            return super().parse_args(ctx, args)
        options, others = arrange(args, COMMANDS[str(self.name)])
        given = [text for option in options for text in option if text is not None]
        return super().parse_args(ctx, [*given, "--", *others])


class CommandGroup(TyperGroup):
    """The group of commands; a mistyped one is an error with a suggestion."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] not in self.commands:
            word = args[0]
            if word.startswith("-"):
                raise CgError("usage", f"unknown option `{word}`", hint=meant.option_alone(word))
            raise CgError("usage", f"unknown command `{word}`", hint=meant.command(word))
        return super().resolve_command(ctx, args)
