"""What a command line asks for, as plain data."""

from __future__ import annotations

from cgcli.annotations import Any, Sequence

# Commands that answer for each row of a table.
ROW_COMMANDS = ("eval", "grad", "plan")

# Options that are for such answers.
ROW_OPTIONS = (
    "data", "over", "out", "on", "keep", "by", "types", "threads", "where", "reduce", "data_format"
)  # fmt: skip


class Request:
    """The arguments and options of one command.

    command     which one, for messages that quote it
    arguments   the positionals: the program and the bindings, or with `files` bindings alone
    files       paths given by `-f`; `-` is stdin
    vars_files  paths of JSON, TOML or .npz files with bindings; `-` is stdin
    bad         what becomes of cells that are missing or no numbers, where it is no error: `null` or `drop`
    along       NAME=VALUE of each direction, given by `--along` or `--times`
    seed        the text of `--seed`
    show, wrt   names, where `--show` and `--wrt` were given
    mode        the way to differentiate, where one was given
    to, output  the target of an export, and the file to write; None is stdout
    types       the texts of `--types`
    data, over  the paths of tables, and the texts of `--over`
    out         the file that a table is written to
    keep, by    names of columns
    expand      whether loops are drawn round by round
    where       the text of `--where`
    reduce      what becomes of many rows
    on          the cluster that computes rows
    engine, threads     how rows are computed
    max_ops, timeout    when a program that runs is stopped, as texts
    asks_rows   whether any of these is given, and the `rows_option` that is
    bounds, sigma, st       the texts of these options
    max_steps, tolerance    when to stop looking for unknowns
    starts, random_seed     how many points to begin with, and what they are drawn by
    sensitivity names that are held fixed, and differentiated by
    trace       whether to tell of each step
    method      how unknowns are found
    loss, interval, predict, plot   of a fit
    between, all_roots      of an equation
    rate, momentum, batch, epochs, patience, buffer     of training
    validation, checkpoint, resume, log     its files
    name, table what it calls its function, and the table that SQL reads, where they were given
    """

    command = "eval"
    files: Sequence[str] = ()
    vars_files: Sequence[str] = ()
    along: Sequence[str] = ()
    show: Sequence[str] | None = None
    wrt: Sequence[str] | None = None
    mode: str | None = None
    seed: str | None = None
    data: Sequence[str] = ()
    over: Sequence[str] = ()
    keep: Sequence[str] = ()
    by: Sequence[str] = ()
    out: str | None = None
    where: str | None = None
    reduce: str | None = None
    bad: str | None = None
    data_format: str | None = None
    types: Sequence[str] = ()
    max_ops: str | None = None
    timeout: str | None = None
    threads: int | None = None
    on: str | None = None
    engine = "auto"
    bounds: Sequence[str] = ()
    sigma: Sequence[str] = ()
    st: Sequence[str] = ()
    max_steps: int | None = None
    tolerance: float | None = None
    starts: int | None = None
    random_seed: int | None = None
    sensitivity: Sequence[str] | None = None
    trace = all_roots = False
    method, loss = "auto", "linear"
    interval = 0.95
    predict: str | None = None
    plot: str | None = None
    between: str | None = None
    rate: str | None = None
    momentum: float | None = None
    batch, epochs = 32, 10
    patience: int | None = None
    buffer: int | None = None
    validation: str | None = None
    checkpoint: str | None = None
    resume: str | None = None
    log: str | None = None
    to = "python"
    output: str | None = None
    name: str | None = None
    table: str | None = None
    format, style, color = "text", "tree", "auto"
    digits: int | None = None
    expand = False
    depth, order = 10, 1
    strict = lines = grad = full = fast = False

    def __init__(self, arguments: list[str], **given: Any) -> None:
        """Options that are not given, or are None, stay as they are."""
        self.arguments = arguments
        vars(self).update({name: value for name, value in given.items() if value is not None})
        asked = [name for name in ROW_OPTIONS if getattr(self, name) not in (None, ())]
        asked += [name for name in ("grad", "wrt") if self.command == "plan" and getattr(self, name)]
        self.asks_rows = self.command in ROW_COMMANDS and bool(asked)
        self.rows_option = asked[0].replace("_", "-") if asked else ""
        if self.style == "json":  # what is drawn as JSON has its errors as JSON
            self.format = "json"
