"""The parameters that several commands share, as Typer declares them."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from cgcli.diagnostics import CgError

Arguments = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[EXPR] [NAME=VALUE]...",
        help="The program, or `-` for stdin, and values of its inputs, such as 2, [1, 2] or @FILE.",
        show_default=False,
    ),
]
Files = Annotated[
    list[str] | None,
    typer.Option("-f", "--file", metavar="FILE", help="Read the program from FILE; may be repeated."),
]
Vars = Annotated[
    str | None,
    typer.Option("--vars", metavar="FILE", help="Values of inputs by name: a file in JSON, TOML or .npz."),
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
Fast = Annotated[bool, typer.Option("--fast", help="Rewrite by rules that are equal up to rounding, too.")]
Full = Annotated[bool, typer.Option("--full", help="Show arrays whole, however long.")]
Depth = Annotated[int, typer.Option(min=0, metavar="N", help="Levels of the tree to draw; 0 for all.")]


def names(text: str | None) -> list[str] | None:
    """`a,b` as a list; None where the option was not given."""
    if text is None:
        return None
    found = [name.strip() for name in text.split(",") if name.strip()]
    if not found:
        raise CgError("usage", "`--show` and `--wrt` take names, as in `a,b`")
    return found
