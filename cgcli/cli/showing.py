"""The commands that show, as Typer declares them: pictures, checks, plans, operations."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from cgcli.cli.application import EXIT_STATUSES, app
from cgcli.cli.arguments import ExpressionCommand
from cgcli.cli.guard import guarded
from cgcli.cli.options import (
    Arguments,
    Color,
    Depth,
    Digits,
    Fast,
    Files,
    Full,
    Show,
    Strict,
    TextFormat,
    Vars,
    Wrt,
    names,
)
from cgcli.cli.request import Request


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


@app.command(
    "plan", cls=ExpressionCommand, epilog=EXIT_STATUSES, short_help="Show what becomes of a static graph."
)
def plan(
    arguments: Arguments = None,
    file: Files = None,
    vars: Vars = None,
    style: Annotated[Literal["list", "json", "dot"], typer.Option(help="How to show it.")] = "list",
    fast: Fast = False,
    show: Show = None,
    color: Color = "auto",
) -> int:
    """Show what becomes of the graph before data come: rules, schedule, buffers, cost.

    cg plan 'sin(x)^2 + sin(x)'
    """
    from cgcli.cli.plan import command

    return guarded(
        command,
        Request(
            arguments or [], file, vars, show=names(show), style=style, fast=fast, color=color,
            command="plan", format="json" if style == "json" else "text",
        ),
    )  # fmt: skip


@app.command(
    "export", cls=ExpressionCommand, epilog=EXIT_STATUSES, short_help="Write a program as code for elsewhere."
)
def export(
    to: Annotated[
        Literal["latex", "python", "numpy", "c", "sql", "dot", "mermaid", "onnx"],
        typer.Option(help="The language to write."),
    ],
    arguments: Arguments = None,
    file: Files = None,
    output: Annotated[
        str | None, typer.Option("-o", "--output", metavar="FILE", help="Write to FILE, not to stdout.")
    ] = None,
    vars: Vars = None,
    name: Annotated[str, typer.Option(metavar="NAME", help="The name of the function.")] = "f",
    table: Annotated[str, typer.Option(metavar="NAME", help="The table that SQL reads.")] = "data",
    grad: Annotated[bool, typer.Option("--grad", help="The value and its gradient together.")] = False,
    wrt: Wrt = None,
    show: Show = None,
    color: Color = "auto",
) -> int:
    """Write the outputs as code for elsewhere; inputs that have a value are replaced by it.

    cg export --to c --grad 'x^2 * sin(x)'
    """
    from cgcli.cli.export import command

    request = Request(
        arguments or [], file, vars, show=names(show), wrt=names(wrt), color=color, command="export"
    )
    return guarded(lambda given: command(given, to, name, table, output, grad), request)


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
