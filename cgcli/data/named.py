"""Values in files: `--vars` files of names and values, and arrays for `NAME=@FILE`."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import partial

from cgcli.annotations import Any, Callable
from cgcli.data.files import cannot_read, native, open_whole, read_text
from cgcli.data.tables import Reading, is_records, read_csv, read_fields, read_lists, read_records
from cgcli.data.values import as_value, member, nested
from cgcli.diagnostics import CgError, Diagnostic
from cgcli.later import json, np, re
from cgcli.ops.constants import literal
from cgcli.source import Source, composed

# Reads a value once it is asked for; appends what to warn of.
Reader = Callable[[list[Diagnostic]], Any]


# Files of rows, and of arrays: they have no names for values.
TABLES = (".csv", ".tsv", ".npy")

# As a whole number.
NEGATIVE_ZERO = r"(?<![\w.+-])-0(?![\w.])"


def read_vars(path: str) -> dict[str, Reader]:
    """Numbers and arrays by name, each to be read once the program asks for it: a JSON object, a TOML
    table, a NumPy archive, or what cg prints, as text or JSON lines; `-` is stdin. What the program does not
    use may be anything."""
    ending = os.path.splitext(path)[1].lower()
    table: Any
    if ending == ".npz":
        table = archive(path)
        return {composed(name): partial(_archived, path, table, name) for name in table}
    if ending in TABLES:
        raise _no_names(path, ending)
    path, text = "<stdin>" if path == "-" else path, read_text(path)
    is_json = ending == ".json" or (ending != ".toml" and text.lstrip()[:1] in ("{", "["))
    table = _printed(path, _parse_json(path, text, several=True)) if is_json else _parse_toml(path, text)
    if not isinstance(table, dict):
        raise CgError("file", f"`{path}` does not hold an object of names and values")
    return {composed(name): partial(as_value, path, name, value) for name, value in table.items()}


def _no_names(path: str, ending: str) -> CgError:
    hint = "--vars reads .json, .toml and .npz, and what cg prints"
    if ending in TABLES:
        hint += f"; an array is NAME=@{path}"
    return CgError("file", f"`{path}` is not a file of names and values", hint=hint)


def _printed(path: str, found: Any) -> Any:
    """The names and values of what was read as JSON, where that is what cg prints: an object an output, or
    one that tells of parameters or of a point."""
    objects = found if is_records(found) else [found]
    answer = objects[-1] if objects and isinstance(objects[-1], dict) else {}
    if {"method", "converged", "reason"} <= answer.keys():  # those before it are steps of the way
        if answer.get("roots"):
            roots = [root["at"] for root in answer["roots"]]
            return {name: [root[name] for root in roots] for name in roots[0]}
        return {
            name: one["value"] if isinstance(one, dict) and "value" in one else one
            for name, one in (answer.get("parameters") or answer.get("at") or {}).items()
        }
    if not all(isinstance(one, dict) and {"output", "line", "value"} <= one.keys() for one in objects):
        return found
    table = objects[0] if len(objects) == 1 else {}
    named = [
        (one["output"], f"zeros({[*map(int, one['shape'])]})" if "shape" in one else one["value"])
        for one in objects
        if isinstance(one["output"], str)
    ]
    return {**table, **_unique(path, named)}


def _unique(path: str, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Names and values, each name once."""
    table = dict(pairs)
    if len(table) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise CgError("file", f"`{path}` gives `{twice}` a value twice")
    return table


def _archived(path: str, archive: Any, name: str, warnings: list[Diagnostic]) -> Any:
    """An array of a NumPy archive."""
    return as_value(path, name, from_numpy(path, partial(archive.__getitem__, name)), warnings)


def read_array(place: str, reading: Reading) -> Any:
    """The value in a file, or `Rows`: `FILE.npy`, `FILE.npz:NAME`, `FILE.csv`, `.tsv` or `.json`, each with
    `:COLUMN` or `:NAME`. Raises `CgError` (kind `file`)."""
    path, name = place, ""
    if not place:
        raise CgError("file", "the name of a file is missing after `@`")
    if not os.path.exists(native(path)) and ":" in place:
        path, _, name = place.rpartition(":")
        if "." in name and not os.path.exists(native(path)):
            path, name = place, ""
    ending = os.path.splitext(path)[1].lower()
    if ending in (".npy", ".npz"):
        found = _load(path)
        if getattr(found, "dtype", None) is not None and found.dtype.names:
            return read_fields(path, found, name, reading)
        if ending == ".npz" or name:
            found = from_numpy(path, partial(member, path, found, name))
    elif ending in (".csv", ".tsv"):
        return read_csv(path, name, reading)
    elif ending in (".json", ".jsonl"):
        found = _parse_json(path, read_text(path), several=True)
        if is_records(found):
            return read_records(path, found, name, reading)
        if isinstance(found, dict) or name:
            try:
                found = member(path, found, name)
            except CgError as refusal:
                if name or not isinstance(found, dict) or not found:
                    raise
                return nested(found, refusal)
            if is_records(found):
                return read_records(path, found, "", reading)
        if reading.bad and isinstance(found, list):
            return read_lists(path, name, found, reading)
    else:
        hint = (
            f"--data {path} runs a program for each of its rows" if ending in (".parquet", ".arrow") else None
        )
        raise CgError("file", f"`{path}` is not .npy, .npz, .csv, .tsv or .json", hint=hint)
    return as_value(path, name, found, reading.warnings)


def archive(path: str) -> Any:
    """The arrays of an archive by name, each read once it is asked for. Raises `CgError` (kind `file`)."""
    found = _load(path)
    if not hasattr(found, "keys"):
        raise CgError("file", f"`{path}` holds one array, and no names")
    return found


def _load(path: str) -> Any:
    """What a `.npy` or `.npz` file holds: an array, or an archive that reads an array once asked."""
    return from_numpy(path, partial(np.load, open_whole(path), allow_pickle=False))


def from_numpy(path: str, read: Callable[[], Any]) -> Any:
    """What `read` reads with NumPy of a file; its errors become those of cg."""
    try:
        return read()
    except OSError as error:
        raise cannot_read(path, error) from None
    except (CgError, MemoryError):
        raise
    except Exception as error:  # what readers of headers, archives and packed data raise
        reason = "".join(str(*error.args[:1]).splitlines()[:1])
        if "pickle" in reason:
            reason = "it holds objects, or is not an array at all"
        raise CgError("file", f"`{path}` is not an array that NumPy saved: {reason}") from None


def _parse_json(path: str, text: str, several: bool = False) -> Any:
    """What a text holds; with `several`, a list of objects where there is one a line."""
    # a number that no double holds has so many digits, or such an exponent
    read = literal if re.search(r"\d{16}|[eE]-?\d{3}", text) else float
    # `cells.NOT_FINITE` tells what is spelled so from what is too large
    decode = partial(
        json.loads, object_pairs_hook=partial(_unique, path), parse_float=read, parse_int=read,
        parse_constant=str,
    )  # fmt: skip
    part, first_line = text, 1
    try:
        try:
            return decode(text)
        except json.JSONDecodeError as error:
            if not several or error.msg != "Extra data" or error.colno > 1 or text.lstrip()[:1] != "{":
                raise
        found = []
        for number, part in enumerate(text.split("\n"), 1):
            first_line = number
            found += [decode(part)] if part.strip() else []
        return found
    except json.JSONDecodeError as error:
        message = f"this is not JSON: {error.msg[:1].lower()}{error.msg[1:]}"
        source = Source((path, part), first_line=first_line)
        raise CgError("file", message, source, error.pos, error.pos + 1) from None
    except RecursionError:
        raise CgError("file", f"`{path}` is nested too deeply") from None


def _toml_number(text: str) -> float | str:
    """A number of TOML; an infinite one that is spelled so is text (`values.NOT_FINITE`)."""
    if "inf" in text:
        return "-Infinity" if text.startswith("-") else "Infinity"
    return literal(text)


def _bracketed(text: str) -> str:
    """Text with records, lists and arrays of nothing as cg prints them, with these as TOML has them."""
    closers: list[str] = []

    def bracket(found: re.Match[str]) -> str:
        word = found[0]
        if word[0] in '"z':
            return word if word[0] == '"' else f'"{word}"'
        if word == ")":
            return closers.pop() if closers else word
        closers.append("}" if word == "record(" else "]")
        return "{" if word == "record(" else "["

    return re.sub(r'"[^"\n]*"|zeros\(\[[\d, ]+\]\)|\b(?:record|list)\(|\)', bracket, text)


def read_nested(text: str, refusal: CgError) -> Any:
    """The value of a binding that is a record or a list as cg prints them, or an object of JSON, where it
    names numbers alone; else None. The refusal is what a program is told that cannot take it."""
    import tomllib

    try:
        if text.lstrip().startswith("{"):
            found = _parse_json("", text)
            told = refusal.diagnostic
            told.message, told.end = "this is a record: take one of its fields", told.start + len(text)
            told.hint = "its fields are numbers, arrays, lists and records"
            value = nested(found, refusal)
            told.hint = "it has " + (", ".join(found) or "no fields")
            return value
        found = _toml(f"x = {_bracketed(text)}")["x"]
        return nested(found, refusal)
    except (CgError, json.JSONDecodeError, tomllib.TOMLDecodeError, ValueError, RecursionError):
        return None


def _toml(text: str) -> dict[str, Any]:
    """What a text holds. To Python -0 is a whole number, of which there is but one 0."""
    import tomllib

    if re.search(NEGATIVE_ZERO, text):
        with suppress(tomllib.TOMLDecodeError):
            return tomllib.loads(re.sub(NEGATIVE_ZERO, "-0.0", text), parse_float=_toml_number)
    return tomllib.loads(text, parse_float=_toml_number)


def _parse_toml(path: str, text: str) -> Any:
    import tomllib

    try:
        return _toml(text)
    except tomllib.TOMLDecodeError as error:
        # names of cg may have any letters, and those of derivatives are `df/dx`; records and lists are calls
        quoted = re.sub(r"(?m)^([^\s=#\"'\\[\]{}.`]*`[^`\n]+`|[^\s=#\"'\\[\]{}.]+)(?=[ \t]*=)", r'"\1"', text)
        with suppress(tomllib.TOMLDecodeError):
            return _toml(_bracketed(quoted))
        if not path.lower().endswith(".toml"):
            raise _no_names(path, "") from None
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
