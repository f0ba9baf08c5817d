"""The command line as Typer declares it: every option and help text of `cg`."""

from __future__ import annotations

import re
from typing import Annotated, Literal

import typer

from cgcli.cli.arguments import CommandGroup, ExpressionCommand
from cgcli.cli.guard import guarded
from cgcli.cli.options import (
    Arguments,
    Color,
    Depth,
    Digits,
    Files,
    Format,
    Full,
    Lines,
    Mode,
    Show,
    Strict,
    TextFormat,
    Vars,
    Wrt,
    names,
)
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
    along: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="The derivative along this direction; may be repeated."),
    ] = None,
    seed: Annotated[
        str | None, typer.Option(metavar="VALUE", help="Weights for the elements of an output array.")
    ] = None,
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
            arguments or [], file, vars, show=names(show), wrt=names(wrt), mode=mode, along=along,
            seed=seed, lines=lines, strict=strict, format=format, digits=digits, color=color, command="grad",
        ),
    )  # fmt: skip


@app.command(
    "jacobian",
    cls=ExpressionCommand,
    epilog=EXIT_STATUSES,
    short_help="Print the derivative of outputs that are arrays.",
)
def jacobian(
    arguments: Arguments = None,
    file: Files = None,
    vars: Vars = None,
    wrt: Wrt = None,
    mode: Annotated[
        Literal["auto", "reverse", "forward"],
        typer.Option(help="The way to differentiate; auto takes the one of fewer passes."),
    ] = "auto",
    show: Show = None,
    lines: Lines = False,
    strict: Strict = False,
    format: Format = "text",
    digits: Digits = None,
    color: Color = "auto",
) -> int:
    """Print each output, of any shape, and its derivative by each input: an array whose axes are
    those of the output, then those of the input.

    cg jacobian '[x*y, x + y]' x=3 y=2
    """
    from cgcli.cli.jacobian import command

    return guarded(
        command,
        Request(
            arguments or [], file, vars, show=names(show), wrt=names(wrt), mode=mode, lines=lines,
            strict=strict, format=format, digits=digits, color=color, command="jacobian",
        ),
    )  # fmt: skip


@app.command(
    "hessian", cls=ExpressionCommand, epilog=EXIT_STATUSES, short_help="Print the second derivatives."
)
def hessian(
    arguments: Arguments = None,
    file: Files = None,
    vars: Vars = None,
    wrt: Wrt = None,
    times: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="The Hessian times this direction; may be repeated."),
    ] = None,
    show: Show = None,
    lines: Lines = False,
    strict: Strict = False,
    format: Format = "text",
    digits: Digits = None,
    color: Color = "auto",
) -> int:
    """Print each output and its second derivatives by every pair of inputs.

    cg hessian 'x^2*y' x=3 y=2
    """
    from cgcli.cli.hessian import command

    return guarded(
        command,
        Request(
            arguments or [], file, vars, show=names(show), wrt=names(wrt), along=times, lines=lines,
            strict=strict, format=format, digits=digits, color=color, command="hessian",
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
    full: Full = False,
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
            depth=depth, full=full, strict=strict, digits=digits, color=color, command="graph",
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
    full: Full = False,
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
            arguments or [], file, vars, show=names(show), full=full, strict=strict, digits=digits,
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
