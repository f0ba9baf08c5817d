"""What a command line asks for, as plain data."""

from __future__ import annotations

from cgcli.annotations import Any
from cgcli.cli import options
from cgcli.cli.options import REPEATED, Option

TYPE_CHECKING = False

# Commands that answer for each row of a table.
ROW_COMMANDS = ("eval", "grad", "plan")

# Options that are for such answers.
ROW_OPTIONS = (
    "data", "over", "out", "on", "keep", "by", "types", "threads", "where", "reduce", "data_format"
)  # fmt: skip
# Options by the files that are written.
WRITTEN = ("out", "output", "predict", "plot", "checkpoint", "log")
# Options by the names of columns, of which there are none where they are not given.
NO_NAMES = ("keep", "by", "types")


def _defaults() -> dict[str, Any]:
    """What the field of each option is for a command that has it not, or where it is not given."""
    found: dict[str, Any] = {}
    for option in vars(options).values():
        if isinstance(option, Option):
            is_empty = option.kind == REPEATED or option.field in NO_NAMES
            found.setdefault(option.field, () if is_empty else option.default)
    return found


DEFAULTS = _defaults()


class Request:
    """The arguments and options of one command: a field for each of the `options`, which say what it is.
    command     which one, for messages that quote it
    arguments   the positionals: the program and the bindings, or with `files` bindings alone
    asks_rows   whether any option is given that is for rows, and the `rows_option` that is
    writes      whether any output is a file
    """

    command = "eval"

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """An option."""

    def __init__(self, arguments: list[str], **given: Any) -> None:
        """Options that are not given, or are None, have their defaults."""
        self.arguments = arguments
        fields = vars(self)
        fields |= DEFAULTS | {name: value for name, value in given.items() if value is not None}
        asked = [name for name in ROW_OPTIONS if fields[name] not in (None, ())]
        asked += [name for name in ("grad", "wrt") if self.command == "plan" and fields[name]]
        self.asks_rows = self.command in ROW_COMMANDS and bool(asked)
        self.rows_option = asked[0].replace("_", "-") if asked else ""
        self.writes = any(fields[name] for name in WRITTEN)
        if self.style == "json":  # what is drawn as JSON has its errors as JSON
            self.format = "json"
