"""What a command line asks for, as plain data."""

from __future__ import annotations


class Request:
    """The arguments and options of one command.

    command     which one, for messages that quote it
    arguments   the positionals: the program and the bindings, or with `files` bindings alone
    files       paths given by `-f`; `-` is stdin
    vars_files  paths of JSON, TOML or .npz files with bindings
    along       NAME=VALUE of each direction, given by `--along` or `--times`
    seed        the text of `--seed`
    show, wrt   names, where `--show` and `--wrt` were given
    mode        the way to differentiate, where one was given
    to, output  the target of an export, and the file to write; None is stdout
    name, table what it calls its function, and the table that SQL reads, where they were given
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
        "name",
        "order",
        "output",
        "seed",
        "show",
        "strict",
        "style",
        "table",
        "to",
        "vars_files",
        "wrt",
    )

    def __init__(
        self,
        arguments: list[str],
        files: list[str] | None = None,
        vars_files: list[str] | None = None,
        show: list[str] | None = None,
        wrt: list[str] | None = None,
        mode: str | None = None,
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
        to: str = "python",
        output: str | None = None,
        name: str | None = None,
        table: str | None = None,
        command: str = "eval",
    ) -> None:
        self.command = command
        self.arguments, self.files, self.vars_files = arguments, files or [], vars_files or []
        self.show, self.wrt, self.mode = show, wrt, mode
        # what is drawn as JSON has its errors as JSON
        self.format, self.style = "json" if style == "json" else format, style
        self.digits, self.depth = digits, depth
        self.to, self.output, self.name, self.table = to, output, name, table
        self.fast, self.order = fast, order
        self.full, self.along, self.seed = full, along or [], seed
        self.color, self.strict, self.lines, self.grad = color, strict, lines, grad
