"""What a command line asks for, as plain data."""

from __future__ import annotations


class Request:
    """The arguments and options of one command.

    command     which one, for messages that quote it
    arguments   the positionals: the program and the bindings, or with `files` bindings alone
    files       paths given by `-f`; `-` is stdin
    vars_file   path of a JSON or TOML file with bindings
    along       NAME=VALUE of each direction, given by `--along` or `--times`
    seed        the text of `--seed`
    show, wrt   names, where `--show` and `--wrt` were given
    """

    __slots__ = (
        "along",
        "arguments",
        "color",
        "command",
        "depth",
        "digits",
        "fast",
        "files",
        "format",
        "full",
        "grad",
        "lines",
        "mode",
        "order",
        "seed",
        "show",
        "strict",
        "style",
        "vars_file",
        "wrt",
    )

    def __init__(
        self,
        arguments: list[str],
        files: list[str] | None = None,
        vars_file: str | None = None,
        show: list[str] | None = None,
        wrt: list[str] | None = None,
        mode: str = "reverse",
        format: str = "text",
        style: str = "tree",
        digits: int | None = None,
        depth: int = 10,
        color: str = "auto",
        strict: bool = False,
        lines: bool = False,
        grad: bool = False,
        full: bool = False,
        fast: bool = False,
        order: int = 1,
        along: list[str] | None = None,
        seed: str | None = None,
        command: str = "eval",
    ) -> None:
        self.command = command
        self.arguments, self.files, self.vars_file = arguments, files or [], vars_file
        self.show, self.wrt, self.mode = show, wrt, mode
        self.format, self.style, self.digits, self.depth = format, style, digits, depth
        self.fast, self.order = fast, order
        self.full, self.along, self.seed = full, along or [], seed
        self.color, self.strict, self.lines, self.grad = color, strict, lines, grad
