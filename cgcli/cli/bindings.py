"""Values from outside: NAME=VALUE arguments and `--vars` files."""

from __future__ import annotations

from cgcli.annotations import Any, Sequence
from cgcli.cli.request import Request
from cgcli.diagnostics import CgError, Diagnostic, suggestion
from cgcli.evaluation.binding import refuse_assigned
from cgcli.evaluation.prepared import closed_value
from cgcli.language.characters import check_characters
from cgcli.language.lowering import array_of_numbers, closed, number_warnings
from cgcli.language.parser import parse_value
from cgcli.language.program import Program
from cgcli.language.scanner import KEYWORDS, quoted
from cgcli.ops.constants import literal
from cgcli.source import Source, composed

TYPE_CHECKING = False
if TYPE_CHECKING:  # a run without files does without
    from cgcli.data.named import Reader
    from cgcli.data.tables import Reading, Rows

BINDING = "<binding>"


class Bindings:
    """Values by name.

    given       from the command line: each must be of use to the program
    unread      of files: each is read once a program has an input of its name
    names       all that have a value, read or not
    values      all that have been read, those of the command line before those of files
    stated      the names whose values are expressions, and no files, in their order
    rows        of tables: what a program declares decides how one row is taken
    warnings    of numbers that no double holds, of values that are not finite, and of cells
    """

    def __init__(self, arguments: list[str], vars_files: Sequence[str], bad: str | None = None) -> None:
        self.given: dict[str, str] = {}
        self.warnings: list[Diagnostic] = []
        self.unread: dict[str, Reader] = {}
        self.values: dict[str, Any] = {}
        self.rows: dict[str, Rows] = {}
        self.stated: list[str] = []
        self._bad = bad
        self._reading: Reading | None = None
        for path in vars_files:
            from cgcli.data.named import read_vars

            try:
                found = read_vars(path)
            except CgError as error:
                from cgcli.cli import meant

                error.diagnostic.hint = meant.file_of_values(path) or error.diagnostic.hint
                raise
            twice = next((name for name in found if name in self.unread), None)
            if twice is not None:
                raise CgError("file", f"`{path}` gives `{twice}` a value, and so does a file before it")
            self.unread |= found
        for argument in arguments:
            name, value = read_binding(argument, self)
            if name in self.given:
                raise binding_error(f"`{name}` is given a value twice", argument, 0, len(name))
            self.given[name] = argument
            if not parted(argument)[2].lstrip().startswith("@"):
                self.stated.append(name)
            self.values[name] = value
        if self._reading is not None:
            self.rows = {name: rows for name, rows in self.values.items() if hasattr(rows, "table")}
            self.values |= {name: rows.value() for name, rows in self.rows.items()}
            self.warnings += self.reading.counts()
        self.names = self.values.keys() | self.unread.keys()

    @classmethod
    def asked(cls, request: Request, arguments: list[str]) -> Bindings:
        """Those of a request. Raises `CgError`."""
        try:
            return cls(arguments, request.vars_files, request.bad)
        except CgError as error:
            found = error.diagnostic
            if request.files and ("depend on" in found.message or "one expression" in found.message):
                parts = [found.hint, "a statement is added to a file by stdin: -f FILE -f -"]
                found.hint = "; ".join(filter(None, parts))
            raise

    @property
    def reading(self) -> Reading:
        """How files are read, from the first on."""
        if self._reading is None:
            from cgcli.data.tables import Reading

            self._reading = Reading(self._bad, self.warnings)
        return self._reading

    def value(self, name: str, default: Any) -> Any:
        """The value of an input, which is read once it is asked for."""
        if name in self.unread and name not in self.values:
            self.values[name] = self.unread[name](self.warnings)
        return self.values.get(name, default)

    def fit(self, program: Program, every_used: bool = True) -> None:
        """Read what the program has inputs for. Raise `CgError` for a name that the program assigns,
        or (unless `every_used` is false) does not use."""
        for name in program.inputs:
            self.value(name, None)
            if name in self.rows:
                declared = program.shapes.get(name)
                self.values[name] = self.rows[name].value(None if declared is None else len(declared))
        for name in (*self.values, *self.unread):
            if name in program.inputs:
                continue
            refuse_assigned(program, name)
            if every_used and name in self.given:
                hint = suggestion(name, program.inputs)
                joined = [
                    one for one in program.inputs if name in one and len(one) < 4 and one not in self.names
                ]
                if joined and hint is None:
                    hint = f"`{joined[0]}` is one name; a product is written with `*`"
                sized = [of for of, shape in program.shapes.items() if name in map(str, shape)]
                if sized:
                    hint = f"it is a size of `{sized[0]}`, and known from its value"
                message = f"the program does not use `{name}`"
                raise binding_error(message, self.given[name], 0, len(name), hint)


# How values begin that are no numbers or arrays.
NESTED = ("record(", "list(", "{")


def parted(argument: str) -> tuple[str, str, str]:
    """NAME=VALUE at its `=`, which no name between backquotes has hidden."""
    closing = argument.find("`", 1) + 1 if argument.startswith("`") else 0
    left, equals, value = argument[closing:].partition("=")
    return argument[:closing] + left, equals, value


def read_binding(argument: str, bindings: Bindings) -> tuple[str, Any]:
    """NAME=VALUE as the name, and the value, or rows of a table; appends what to warn of."""
    left, equals, value = parted(argument)
    begin = len(left) + len(equals)
    name = left.strip() if left.isascii() else composed(left.strip())
    if not equals:
        raise no_binding(argument, "as in x=3; an expression with spaces is one argument: quote it")
    if not name:
        raise binding_error("a name is missing before `=`", argument, 0, 1, "as in x=3")
    if len(name) > 2 and name[0] == name[-1] == "`":
        name = quoted(name[1:-1])
    elif not name.isidentifier():
        raise _no_name(name, argument, len(left))
    if name in KEYWORDS:
        raise binding_error(f"`{name}` is a keyword and cannot be a name", argument, 0, len(left))
    if value.startswith("="):
        raise binding_error("a binding has one `=`", argument, begin - 1, begin + 1, f"as in {name}=3")
    if value.lstrip().startswith("@"):
        return name, _read_file(argument, begin, value.strip()[1:], bindings)
    if not value.split("#")[0].strip():
        raise binding_error(f"the value of `{name}` is missing", argument, begin, len(argument))
    try:
        return name, _closed(BINDING, argument, begin, f"the value of `{name}`", bindings.warnings)
    except CgError as refusal:
        from cgcli.cli import meant

        refusal.diagnostic.hint = meant.value(name, value.strip(), refusal) or refusal.diagnostic.hint
        if value.lstrip().startswith(NESTED):
            from cgcli.data.named import read_nested

            found = read_nested(value, refusal)
            if found is not None:
                return name, found
        raise


def _read_file(argument: str, begin: int, place: str, bindings: Bindings) -> Any:
    """The value in a file that a binding names, as `read_binding` has it."""
    from cgcli.data.named import read_array

    before = len(bindings.warnings)
    try:
        found = read_array(place, bindings.reading)
    except CgError as error:
        if error.diagnostic.place() is not None:  # in the file
            raise
        message, hint = error.diagnostic.message, error.diagnostic.hint
        raise binding_error(message, argument, begin, len(argument), hint) from None
    if refusal := getattr(found, "refusal", None):
        told = refusal.diagnostic
        found.refusal = binding_error(told.message, argument, begin, len(argument), told.hint)
    for warning in bindings.warnings[before:]:
        warning.source, warning.start, warning.end = Source((BINDING, argument)), begin, len(argument)
    return found


def _closed(place: str, argument: str, begin: int, what: str, warnings: list[Diagnostic]) -> Any:
    """The value of the expression at the end of an argument; appends what to warn of."""
    text = argument[begin:]
    digits = text.replace(".", "", 1)
    if len(digits) < 16 and digits.isascii() and digits.isdecimal():  # most are a number alone
        return float(text) if digits == text else literal(text)
    source = Source((place, argument))
    try:
        syntax = parse_value(source, begin)
        if len(syntax.statements) != 1 or syntax.statements.kinds[0] != "output":
            raise CgError("binding", f"{what} must be one expression", source, begin, len(argument))
        value = array_of_numbers(syntax)
        if value is None:
            value = closed(syntax, 0, len(syntax.code), what)
        warnings += number_warnings(syntax)
        if not isinstance(value, float):
            value, warning = closed_value(value)
            warnings += [warning] if warning is not None else []
    except CgError as error:
        error.diagnostic.kind = "binding"
        raise
    return value


def read_value(argument: str, option: str, bindings: Bindings) -> tuple[Source, Any]:
    """The value of an option: a closed expression, or `@FILE`, of which it may be rows; appends what to
    warn of."""
    source = Source((f"<{option}>", argument))
    if argument.lstrip().startswith("@"):
        from cgcli.data.named import read_array

        found = read_array(argument.strip()[1:], bindings.reading)
        if hasattr(found, "refusal"):  # a list, or a record, for programs that run
            raise found.refusal
        return source, found
    if not argument.strip():
        raise CgError("binding", f"the value of {option} is missing", source, 0, 1)
    value = _closed(source.names[0], argument, 0, f"the value of {option}", bindings.warnings)
    return source, float(value) if isinstance(value, float) else value


def settled(value: Any, shape: tuple[int, ...]) -> Any:
    """A value for what has this shape, which decides how a table of one row or column is taken."""
    return value.value(len(shape) or None) if hasattr(value, "table") else value


def _no_name(name: str, argument: str, end: int) -> CgError:
    """The error for what stands in the place of a name."""
    try:
        check_characters(Source((BINDING, argument)))
    except CgError as error:
        error.diagnostic.kind = "binding"
        return error
    is_quoted = len(name.split()) > 1 and all(map(str.isalnum, name.split()))
    hint = f"in backquotes it is one: '`{name}`=...'" if is_quoted else "a binding is NAME=VALUE"
    return binding_error(f"`{name}` is not a name", argument, 0, end, hint)


def no_binding(argument: str, hint: str) -> CgError:
    return binding_error("this argument is not NAME=VALUE", argument, 0, len(argument), hint)


def binding_error(message: str, argument: str, start: int, end: int = -1, hint: str | None = None) -> CgError:
    return CgError("binding", message, Source((BINDING, argument)), start, end, hint)
