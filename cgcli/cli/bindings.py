"""Values from outside: NAME=VALUE arguments and `--vars` files."""

from __future__ import annotations

from cgcli.cli.reading import cannot_read
from cgcli.diagnostics import CgError, Diagnostic, likely
from cgcli.evaluation import closed_value, refuse_assigned
from cgcli.language.characters import check_characters
from cgcli.language.lowering import closed, overflow_warnings
from cgcli.language.parser import parse_value
from cgcli.language.program import Program
from cgcli.language.scanner import KEYWORDS
from cgcli.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

BINDING = "<binding>"


class Bindings:
    """Values by name.

    given       from the command line: each must be of use to the program
    values      all, those of the command line before those of the file
    warnings    of numbers beyond the largest double, and of values that are not finite
    """

    __slots__ = ("given", "values", "warnings")

    def __init__(self, arguments: list[str], vars_file: str | None) -> None:
        self.given: dict[str, Source] = {}
        self.warnings: list[Diagnostic] = []
        self.values: dict[str, float] = read_vars(vars_file) if vars_file else {}
        for argument in arguments:
            name, source, value = read_binding(argument, self.warnings)
            if name in self.given:
                raise _binding_error(f"`{name}` is given a value twice", source, 0, len(name))
            self.given[name] = source
            self.values[name] = value

    def check(self, program: Program, every_used: bool = True) -> None:
        """Raise `CgError` for a name that the program assigns, or (unless `every_used` is
        false) does not use."""
        for name in self.values:
            if name in program.inputs:
                continue
            refuse_assigned(program, name)
            if every_used and name in self.given:
                match = likely(name, program.inputs)
                hint = f"did you mean `{match}`?" if match else None
                source = self.given[name]
                raise _binding_error(f"the program does not use `{name}`", source, 0, len(name), hint)


def read_binding(argument: str, warnings: list[Diagnostic]) -> tuple[str, Source, float]:
    """NAME=VALUE as the name, the argument as a source, and the value; appends what to warn of."""
    source = Source((BINDING, argument))
    try:
        return _read_binding(argument, source, warnings)
    except CgError as error:
        error.diagnostic.kind = "binding"
        raise


def _read_binding(argument: str, source: Source, warnings: list[Diagnostic]) -> tuple[str, Source, float]:
    name, equals, value = argument.partition("=")
    begin = len(name) + len(equals)
    left = name.strip()
    if not equals:
        hint = "an expression with spaces is one argument: quote it"
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
        message = "a value from a file needs arrays, and this version of cg computes with scalars"
        raise _binding_error(message, source, begin, len(argument))
    if not value.split("#")[0].strip():
        raise _binding_error(f"the value of `{name}` is missing", source, begin, len(argument))
    syntax = parse_value(source, begin)
    if len(syntax.statements) != 1 or syntax.statements[0].kind != "output":
        message = f"the value of `{name}` must be one expression"
        raise _binding_error(message, source, begin, len(argument))
    statement = syntax.statements[0]
    number, warning = closed_value(closed(syntax, statement.begin, statement.end))
    warnings += overflow_warnings(syntax)
    if warning is not None:
        warnings.append(warning)
    return name, source, number


def _binding_error(message: str, source: Source, start: int, end: int, hint: str | None = None) -> CgError:
    return CgError("binding", message, source, start, end, hint)


def read_vars(path: str) -> dict[str, float]:
    """The numbers of a JSON object, or of a TOML table where the name ends in `.toml`."""
    try:
        with open(path, "rb") as file:
            raw = file.read()
    except OSError as error:
        raise cannot_read(path, error) from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CgError("file", f"`{path}` is not UTF-8: byte 0x{raw[error.start]:02X}") from None
    is_json = path.lower().endswith(".json") or text.lstrip()[:1] in ("{", "[")
    is_toml = path.lower().endswith(".toml") or not is_json
    table = _parse_toml(path, text) if is_toml else _parse_json(path, text)
    if not isinstance(table, dict):
        raise CgError("file", f"`{path}` does not hold an object of names and numbers")
    return {name: _number(path, name, value) for name, value in table.items()}


def _parse_json(path: str, text: str) -> Any:
    import json

    def refuse_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        table = dict(pairs)
        if len(table) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise CgError("file", f"`{path}` gives `{twice}` a value twice")
        return table

    try:
        return json.loads(text, object_pairs_hook=refuse_twice, parse_int=float)
    except json.JSONDecodeError as error:
        message = f"this is not JSON: {error.msg[:1].lower()}{error.msg[1:]}"
        raise CgError("file", message, Source((path, text)), error.pos, error.pos + 1) from None
    except RecursionError:
        raise CgError("file", f"`{path}` is nested too deeply") from None


def _parse_toml(path: str, text: str) -> Any:
    import re
    import tomllib

    try:
        return tomllib.loads(text, parse_float=float)
    except tomllib.TOMLDecodeError as error:
        message, _, where = str(error).partition(" (at ")
        source, offset = Source((path, text)), len(text.rstrip())
        if found := re.match(r"line (\d+), column (\d+)", where):
            line, column = int(found[1]), int(found[2])
            offset = sum(map(len, text.splitlines(True)[: line - 1])) + column - 1
        message = f"this is not TOML: {message[:1].lower()}{message[1:]}"
        raise CgError("file", message, source, offset, offset + 1) from None
    except ValueError:  # Python refuses to read whole numbers of thousands of digits
        raise CgError("file", f"`{path}` has a whole number of too many digits") from None
    except RecursionError:
        raise CgError("file", f"`{path}` is nested too deeply") from None


# JSON has no numbers for these; they are written as cg writes them.
_NOT_FINITE = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


def _number(path: str, name: str, value: Any) -> float:
    if isinstance(value, list):
        message = f"`{name}` in `{path}` is an array, and this version of cg computes with scalars"
        raise CgError("file", message)
    if isinstance(value, str) and value in _NOT_FINITE:
        return _NOT_FINITE[value]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        kinds = {bool: str(value).lower(), type(None): "null", str: "text", dict: "a table"}
        kind = kinds.get(type(value), "a date")
        raise CgError("file", f"`{name}` in `{path}` is {kind}, not a number")
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")
