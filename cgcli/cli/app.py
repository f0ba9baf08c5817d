"""The command line as Typer declares it: every option and help text of `cg`."""

from __future__ import annotations

import re
from typing import Annotated, Literal

import typer

from cgcli.cli.arguments import CommandGroup, ExpressionCommand
from cgcli.cli.guard import guarded
from cgcli.cli.request import Request
from cgcli.diagnostics import CgError, likely

EXIT_STATUSES = (
    "Exit status: 0 all went well; 1 the answer is no (a failed assertion, check or line, a result "
    "that is not finite under --strict); 2 the command line is wrong; 3 the program is wrong; "
    "70 a fault of cg itself; 130 interrupted."
)


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


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(f"cg {version('cgcli')}")
        raise typer.Exit


@app.callback()
def main(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        print(context.get_help())


# Parameters that several commands share.

Arguments = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[EXPR] [NAME=VALUE]...",
        help="The program, or `-` for stdin, and values of its inputs.",
        show_default=False,
    ),
]
Files = Annotated[
    list[str] | None,
    typer.Option("-f", "--file", metavar="FILE", help="Read the program from FILE; may be repeated."),
]
Vars = Annotated[
    str | None,
    typer.Option("--vars", metavar="FILE", help="Values of inputs: a JSON object or a TOML table."),
]
Show = Annotated[
    str | None, typer.Option(metavar="NAMES", help="Show these names of the program, not its outputs.")
]
Wrt = Annotated[
    str | None, typer.Option(metavar="NAMES", help="Differentiate by these names, not by all inputs.")
]
Mode = Annotated[Literal["reverse", "forward"], typer.Option(help="The way to differentiate.")]
TextFormat = Annotated[Literal["text", "json"], typer.Option(help="The form of the output.")]
Format = Annotated[Literal["text", "json", "csv"], typer.Option(help="The form of the output.")]
Digits = Annotated[
    int | None,
    typer.Option(min=1, max=17, metavar="N", help="Round to N significant digits.", show_default=False),
]
Color = Annotated[Literal["auto", "always", "never"], typer.Option(help="Colour the output.")]
Strict = Annotated[bool, typer.Option("--strict", help="Fail where a value is not finite.")]
Lines = Annotated[bool, typer.Option("--lines", help="Take every line as a program of its own.")]
Depth = Annotated[int, typer.Option(min=0, metavar="N", help="Levels of the tree to draw; 0 for all.")]


def names(text: str | None) -> list[str] | None:
    """`a,b` as a list; None where the option was not given."""
    if text is None:
        return None
    found = [name.strip() for name in text.split(",") if name.strip()]
    if not found:
        raise CgError("usage", "`--show` and `--wrt` take names, as in `a,b`")
    return found


@app.command("eval", cls=ExpressionCommand, epilog=EXIT_STATUSES)
def eval_(
    arguments: Arguments = None,
    file: Files = None,
    vars: Vars = None,
    show: Show = None,
    lines: Lines = False,
    strict: Strict = False,
    format: Format = "text",
    digits: Digits = None,
    color: Color = "auto",
) -> int:
    """Print the value of each output.

    cg eval '(a + b) * (b - c)' a=2 b=1 c=0.5
    """
    from cgcli.cli.eval import command

    return guarded(
        command,
        Request(
            arguments or [], file, vars, show=names(show), lines=lines, strict=strict, format=format,
            digits=digits, color=color, command="eval",
        ),
    )  # fmt: skip


@app.command("grad", cls=ExpressionCommand, epilog=EXIT_STATUSES)
def grad(
    arguments: Arguments = None,
    file: Files = None,
    vars: Vars = None,
    wrt: Wrt = None,
    mode: Mode = "reverse",
    show: Show = None,
    lines: Lines = False,
    strict: Strict = False,
    format: Format = "text",
    digits: Digits = None,
    color: Color = "auto",
) -> int:
    """Print each output and its derivative by each input.

    cg grad '(a + b) * (b - c)' a=2 b=1 c=0.5
    """
    from cgcli.cli.grad import command

    return guarded(
        command,
        Request(
            arguments or [], file, vars, show=names(show), wrt=names(wrt), mode=mode, lines=lines,
            strict=strict, format=format, digits=digits, color=color, command="grad",
        ),
    )  # fmt: skip


@app.command("graph", cls=ExpressionCommand, epilog=EXIT_STATUSES, short_help="Draw the computational graph.")
def graph(
    arguments: Arguments = None,
    file: Files = None,
    vars: Vars = None,
    style: Annotated[
        Literal["tree", "ascii", "list", "dot", "mermaid", "json"], typer.Option(help="How to draw it.")
    ] = "tree",
    grad: Annotated[bool, typer.Option("--grad", help="Show the adjoint of each node.")] = False,
    show: Show = None,
    depth: Depth = 10,
    strict: Strict = False,
    digits: Digits = None,
    color: Color = "auto",
) -> int:
    """Draw the computational graph; with values of the inputs, each node shows its value.

    cg graph 'd = a + b; e = b - c; Y = d * e' a=2 b=1 c=0.5 --grad
    """
    from cgcli.cli.graph import command

    return guarded(
        command,
        Request(
            arguments or [], file, vars, show=names(show), style=style, grad=grad,
            depth=depth, strict=strict, digits=digits, color=color, command="graph",
            format="json" if style == "json" else "text",
        ),
    )  # fmt: skip


@app.command(
    "trace", cls=ExpressionCommand, epilog=EXIT_STATUSES, short_help="Write out both passes, step by step."
)
def trace(
    arguments: Arguments = None,
    file: Files = None,
    vars: Vars = None,
    show: Show = None,
    strict: Strict = False,
    digits: Digits = None,
    color: Color = "auto",
) -> int:
    """Write out the forward pass and the backward pass, step by step, with the chain rule.

    cg trace 'd = a + b; e = b - c; Y = d * e' a=2 b=1 c=0.5
    """
    from cgcli.cli.trace import command

    return guarded(
        command,
        Request(
            arguments or [], file, vars, show=names(show), strict=strict, digits=digits,
            color=color, command="trace",
        ),
    )  # fmt: skip


@app.command(
    "check", cls=ExpressionCommand, epilog=EXIT_STATUSES, short_help="Compare exact and numeric derivatives."
)
def check(
    arguments: Arguments = None,
    file: Files = None,
    vars: Vars = None,
    wrt: Wrt = None,
    show: Show = None,
    strict: Strict = False,
    format: TextFormat = "text",
    digits: Digits = 10,
    color: Color = "auto",
) -> int:
    """Compare reverse mode, forward mode and a numeric derivative; fail where they disagree.

    cg check 'sin(x) * y^2' x=1 y=2
    """
    from cgcli.cli.check import command

    return guarded(
        command,
        Request(
            arguments or [], file, vars, show=names(show), wrt=names(wrt), strict=strict, format=format,
            digits=digits, color=color, command="check",
        ),
    )  # fmt: skip


def _complete_operation(incomplete: str) -> list[str]:
    from cgcli.ops import FUNCTIONS

    return [name for name in FUNCTIONS if name.startswith(incomplete)]


@app.command(
    "ops",
    cls=ExpressionCommand,
    epilog=EXIT_STATUSES,
    short_help="List the operations, or show some in full.",
)
def ops(
    operations: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME]...", help="Functions or operators.", autocompletion=_complete_operation
        ),
    ] = None,
    format: TextFormat = "text",
    color: Color = "auto",
) -> int:
    """List the operations, or show all that is known of some.

    cg ops atan2
    """
    from cgcli.cli.ops import command

    return guarded(command, Request(operations or [], format=format, color=color, command="ops"))


def _usage_error(error: typer.TyperException) -> CgError:
    name = getattr(error, "option_name", None)
    if name and hasattr(error, "possibilities"):
        match = likely(name, error.possibilities or [])
        hint = f"did you mean `{match}`?" if match else None
        return CgError("usage", f"unknown option `{name}`", hint=hint)
    message = error.format_message().rstrip(".").replace("a valid int range", "a whole number")
    return CgError("usage", message[:1].lower() + message[1:])


def run(arguments: list[str]) -> int:
    """Run the command line; returns the exit status."""
    as_json = re.search(r"--format[= ]json|--style[= ]json", " ".join(arguments)) is not None
    request = Request([], format="json" if as_json else "text")
    return guarded(lambda _: _dispatch(arguments), request)


def _dispatch(arguments: list[str]) -> int:
    try:
        return int(app(arguments, prog_name="cg", standalone_mode=False) or 0)
    except typer.TyperException as error:
        raise _usage_error(error) from None
