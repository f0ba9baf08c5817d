"""The commands that compute, as Typer declares them: values and derivatives."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from cgcli.cli.application import EXIT_STATUSES, app
from cgcli.cli.arguments import ExpressionCommand
from cgcli.cli.guard import guarded
from cgcli.cli.options import (
    Arguments,
    Color,
    Digits,
    Fast,
    Files,
    Format,
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


@app.command("eval", cls=ExpressionCommand, epilog=EXIT_STATUSES)
def eval_(
    arguments: Arguments = None,
    file: Files = None,
    vars: Vars = None,
    show: Show = None,
    lines: Lines = False,
    fast: Fast = False,
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
            digits=digits, color=color, fast=fast, command="eval",
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
    fast: Fast = False,
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
            seed=seed, lines=lines, fast=fast, strict=strict, format=format, digits=digits, color=color,
            command="grad",
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


@app.command(
    "diff", cls=ExpressionCommand, epilog=EXIT_STATUSES, short_help="Print the derivative as a program."
)
def diff(
    arguments: Arguments = None,
    file: Files = None,
    vars: Vars = None,
    wrt: Wrt = None,
    order: Annotated[int, typer.Option(min=1, max=20, metavar="N", help="The order of the derivative.")] = 1,
    show: Show = None,
    lines: Lines = False,
    format: TextFormat = "text",
    color: Color = "auto",
) -> int:
    """Print the derivative as a program; inputs that have a value are replaced by it.

    cg diff 'x^2 * sin(x)' --wrt x
    """
    from cgcli.cli.diff import command

    return guarded(
        command,
        Request(
            arguments or [], file, vars, show=names(show), wrt=names(wrt), order=order, lines=lines,
            format=format, color=color, command="diff",
        ),
    )  # fmt: skip
