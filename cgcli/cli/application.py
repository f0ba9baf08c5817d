"""The application that the commands are declared in."""

from __future__ import annotations

from typing import Annotated

import typer

from cgcli.cli.arguments import CommandGroup

EXIT_STATUSES = (
    "Exit status: 0 all went well; 1 the answer is no (a failed assertion, check or line, a singular "
    "matrix, a result that is not finite under --strict); 2 the command line is wrong; 3 the program "
    "is wrong; 70 a fault of cg itself; 130 interrupted."
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
