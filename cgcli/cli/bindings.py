"""Values from outside: NAME=VALUE arguments and `--vars` files."""

from __future__ import annotations

from cgcli.diagnostics import CgError, Diagnostic, likely
from cgcli.evaluation.binding import refuse_assigned
from cgcli.evaluation.prepared import closed_value
from cgcli.language.characters import check_characters
from cgcli.language.lowering import closed, overflow_warnings
from cgcli.language.parser import parse_value
from cgcli.language.program import Program
from cgcli.language.scanner import KEYWORDS
from cgcli.source import Source, composed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cgcli.data.named import Reader

BINDING = "<binding>"


class Bindings:
    """Values by name.

    given       from the command line: each must be of use to the program
    unread      of files: each is read once a program has an input of its name
    values      all that have been read, those of the command line before those of files
    warnings    of numbers beyond the largest double, and of values that are not finite
    """

    __slots__ = ("given", "unread", "values", "warnings")

    def __init__(self, arguments: list[str], vars_files: list[str]) -> None:
        self.given: dict[str, Source] = {}
        self.warnings: list[Diagnostic] = []
        self.unread: dict[str, Reader] = {}
        self.values: dict[str, Any] = {}
        for path in vars_files:
            from cgcli.data.named import read_vars

            found = read_vars(path)
            twice = next((name for name in found if name in self.unread), None)
            if twice is not None:
                raise CgError("file", f"`{path}` gives `{twice}` a value, and so does a file before it")
            self.unread |= found
        for argument in arguments:
            name, source, value = read_binding(argument, self.warnings)
            if name in self.given:
                raise _binding_error(f"`{name}` is given a value twice", source, 0, len(name))
            self.given[name] = source
            self.values[name] = value

    def names(self) -> set[str]:
        """All names that have a value, read or not."""
        return self.values.keys() | self.unread.keys()

    def elements(self) -> int:
        """How many numbers all values that have been read are together."""
        return sum(getattr(value, "size", 1) for value in self.values.values())

    def fit(self, program: Program, every_used: bool = True) -> None:
        """Read what the program has inputs for. Raise `CgError` for a name that the program assigns,
        or (unless `every_used` is false) does not use."""
        for name in program.inputs:
            if name in self.unread and name not in self.values:
                self.values[name] = self.unread[name](self.warnings)
        for name in (*self.values, *self.unread):
            if name in program.inputs:
                continue
            refuse_assigned(program, name)
            if every_used and name in self.given:
                match = likely(name, program.inputs)
                hint = f"did you mean `{match}`?" if match else None
                sized = [of for of, shape in program.shapes.items() if name in map(str, shape)]
                if sized:
                    hint = f"it is a size of `{sized[0]}`, and known from its value"
                source = self.given[name]
                raise _binding_error(f"the program does not use `{name}`", source, 0, len(name), hint)


def read_binding(argument: str, warnings: list[Diagnostic]) -> tuple[str, Source, Any]:
    """NAME=VALUE as the name, the argument as a source, and the value; appends what to warn of."""
    source = Source((BINDING, argument))
    try:
        return _read_binding(argument, source, warnings)
    except CgError as error:
        error.diagnostic.kind = "binding"
        raise


def _read_binding(argument: str, source: Source, warnings: list[Diagnostic]) -> tuple[str, Source, Any]:
    name, equals, value = argument.partition("=")
    begin = len(name) + len(equals)
    left = composed(name.strip())
    if not equals:
        hint = "as in x=3; an expression with spaces is one argument: quote it"
        raise _binding_error("this argument is not NAME=VALUE", source, 0, len(argument), hint)
    if not left:
        raise _binding_error("a name is missing before `=`", source, 0, 1, "as in x=3")
    if not left.isidentifier():
        check_characters(source)
        raise _binding_error(f"`{left}` is not a name", source, 0, len(name), "a binding is NAME=VALUE")
    if left in KEYWORDS:
        raise _binding_error(f"`{left}` is a keyword and cannot be a name", source, 0, len(name))
    name = left
    if value.startswith("="):
        raise _binding_error("a binding has one `=`", source, begin - 1, begin + 1, f"as in {name}=3")
    if value.lstrip().startswith("@"):
        from cgcli.data.named import read_array

        told: list[Diagnostic] = []
        try:
            found = read_array(value.strip()[1:], told)
        except CgError as error:
            if error.diagnostic.place() is not None:  # in the file
                raise
            raise _binding_error(
                error.diagnostic.message, source, begin, len(argument), error.diagnostic.hint
            ) from None
        for warning in told:
            warning.source, warning.start, warning.end = source, begin, len(argument)
        warnings += told
        return name, source, found
    if not value.split("#")[0].strip():
        raise _binding_error(f"the value of `{name}` is missing", source, begin, len(argument))
    return name, source, _closed(source, begin, f"the value of `{name}`", warnings)


def _closed(source: Source, begin: int, what: str, warnings: list[Diagnostic]) -> Any:
    """The value of the expression at the end of a source; appends what to warn of."""
    syntax = parse_value(source, begin)
    if len(syntax.statements) != 1 or syntax.statements[0].kind != "output":
        raise _binding_error(f"{what} must be one expression", source, begin, len(source.text))
    statement = syntax.statements[0]
    result, warning = closed_value(closed(syntax, statement.begin, statement.end, what))
    warnings += overflow_warnings(syntax)
    if warning is not None:
        warnings.append(warning)
    return result


def read_value(argument: str, option: str, warnings: list[Diagnostic]) -> tuple[Source, Any]:
    """The value of an option: a closed expression, or `@FILE`; appends what to warn of."""
    source = Source((f"<{option}>", argument))
    if argument.lstrip().startswith("@"):
        from cgcli.data.named import read_array

        return source, read_array(argument.strip()[1:], warnings)
    try:
        if not argument.strip():
            raise _binding_error(f"the value of {option} is missing", source, 0, 1)
        return source, _closed(source, 0, f"the value of {option}", warnings)
    except CgError as error:
        error.diagnostic.kind = "binding"
        raise


def _binding_error(message: str, source: Source, start: int, end: int, hint: str | None = None) -> CgError:
    return CgError("binding", message, source, start, end, hint)
