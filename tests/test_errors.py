"""Every bad program or command line gets a clear error at its place.

Each file of `errors/` is one case: the arguments of `cg`, perhaps its stdin and files, and
exactly what it must answer. A key that ends in `_hex` holds bytes that are not text.
"""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cgcli.cli.bindings import Bindings, read_binding
from cgcli.diagnostics import COLUMNS, STATUS, CgError, likely
from cgcli.language import expressions
from cgcli.language.errors.syntax import KEYWORDS
from cgcli.language.lowering import lower
from cgcli.language.parser import TABLES, parse
from cgcli.source import Source
from tests.cg import CG, Result, cg, executable
from tests.points import evaluate

CASES = {
    path.stem: tomllib.loads(path.read_text(encoding="utf-8"))
    for path in sorted(Path(__file__).with_name("errors").glob("*.toml"))
}


def run(case: dict[str, Any], folder: Path, *options: str, by: Callable[..., Result] = cg) -> Result:
    """What `cg` answers to a case, in a folder with the files of the case."""
    for name, text in case.get("files", {}).items():
        (folder / name).write_bytes(text.encode())
    for name, text in case.get("files_hex", {}).items():
        (folder / name).write_bytes(bytes.fromhex(text))
    stdin = bytes.fromhex(case["stdin_hex"]) if "stdin_hex" in case else case.get("stdin", "")
    return by(*case["args"], *options, stdin=stdin, cwd=folder)


# By the executable, too.
SOME = list(CASES)[::25]


@pytest.mark.parametrize(
    "name, by", [*((name, cg) for name in CASES), *((name, executable) for name in SOME)]
)
def test_case(name: str, by: Callable[..., Result], tmp_path: Path) -> None:
    case = CASES[name]
    answer = run(case, tmp_path, by=by)
    assert answer.err == case["stderr"]
    assert answer.status == case["status"]
    assert answer.out == case.get("stdout", "")


def test_there_are_enough_cases() -> None:
    assert len(CASES) > 350
    assert {case["status"] for case in CASES.values()} == {0, 1, 2, 3}


WORDS = ("Traceback", "Error", "fault", "$END", "NUMBER", "COEFFICIENT", "LPAR", "RSQB", "token")


def is_laid_out(case: dict[str, Any]) -> bool:
    """First the message, then the place, then the line with a mark under the column; no line
    that runs off the screen, no word of Python's or of the grammar's."""
    lines = case["stderr"].splitlines()
    if not lines:
        return bool(case["status"] == 0)
    placed = case["status"] != 3 or re.match(r" +--> \S+:\d+:\d+$", lines[1])
    short = all(len(line) <= COLUMNS + 20 for line in lines)
    plain = not any(word in case["stderr"] for word in WORDS)
    return bool(short and placed and plain and re.match(r"(error|warning): .*[^.]$", lines[0]))


def test_layout() -> None:
    assert [name for name, case in CASES.items() if not is_laid_out(case)] == []


# One case of each kind, with the record that it must give.
RECORDS = {
    "function_misspelt": ("name", "<expr>", 1, 5),
    "operand_missing_between": ("syntax", "<expr>", 1, 5),
    "text_latin1": ("text", "<stdin>", 2, 5),
    "empty_stdin": ("empty", "<stdin>", 1, 1),
    "arity_user_other_file": ("arity", "b.cg", 2, 1),
    "function_recursive": ("recursion", "<expr>", 1, 10),
    "unbound_one": ("unbound", "<expr>", 1, 1),
    "array_index": ("index", "<expr>", 1, 3),
    "binding_unused_misspelt": ("binding", "<binding>", 1, 1),
    "vars_not_json": ("file", "v.json", 1, 6),
    "file_missing": ("file", None, None, None),
    "option_misspelt_before_command": ("usage", None, None, None),
    "wrt_misspelt": ("usage", None, None, None),
    "assert_comparison": ("assert", "<expr>", 1, 8),
    "strict_division": ("nonfinite", "<expr>", 1, 8),
}


@pytest.mark.parametrize("name", RECORDS)
def test_json(name: str, tmp_path: Path) -> None:
    """With `--format json` the same diagnostic is one JSON object on stderr."""
    case = CASES[name]
    answer = run(case, tmp_path, "--format", "json")
    assert (answer.status, answer.out) == (case["status"], "")
    record = json.loads(answer.err)
    assert list(record) == ["error"]
    error = record["error"]
    assert list(error) == ["kind", "message", "source", "line", "column", "hint"]
    assert (error["kind"], error["source"], error["line"], error["column"]) == RECORDS[name]
    assert case["stderr"].startswith(f"error: {error['message']}\n")
    assert error["hint"] is None or case["stderr"].endswith(f" {error['hint']}\n")
    assert STATUS[error["kind"]] == case["status"]


def test_arguments_that_are_not_text() -> None:
    for arguments, status in (([b"1 + \xff"], 3), ([b"x", b"x=\xff"], 2), ([b"x", b"\xff=1"], 2)):
        done = subprocess.run([CG, "eval", *arguments], capture_output=True)
        assert (done.returncode, done.stdout) == (status, b"")
        assert done.stderr.startswith(b"error: the text is not UTF-8: byte 0xFF\n --> ")
    done = subprocess.run([CG, "eval", "-f", b"\xff.cg"], capture_output=True)
    assert done.returncode == 2
    assert done.stderr == b"error: cannot read `\\udcff.cg`: No such file or directory\n"


def test_stdin_that_is_closed() -> None:
    done = subprocess.run(["sh", "-c", f"'{CG}' eval - <&-"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (2, "error: cannot read stdin: it is closed\n")


LONG = {
    "a name": "a" * 300_000 + "(1)",
    "a number": "1" * 300_000 + "__",
    "another number": "1_" * 100_000,
    "brackets": "(" * 100_000,
    "quotes": "'" * 300_000,
    "a text": "f(" + "'x" * 99_999,
    "a keyword": "f(" + "x" * 300_000 + "=1, 2)",
    "slices": "x[" + ":" * 300_000,
    "subscripts": "x[" + ":," * 100_000,
    "ifs": "if " * 50_000,
    "spaces": " " * 300_000 + "\u200b",
    "newlines": "(" + "\n" * 100_000,
    "wide": "日" * 300_000 + " x",
    "dots": "1." * 100_000,
    "sum": "1+" * 50_000 + ")",
    "a parameter": "f(" + "x" * 300_000 + ") = 1; f(2, 3)",
}


@pytest.mark.parametrize("what", LONG)
def test_long_nonsense_has_a_short_answer(what: str) -> None:
    text = "".join(f"{line}\n" for line in str(error_of(LONG[what])).splitlines())
    assert len(text) < 1000


def test_functions_that_explode(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expressions, "EXPANSION_LIMIT", 1000)
    doubling = "\n".join(f"f{i}(x) = f{i - 1}(x) + f{i - 1}(x)" for i in range(1, 28))
    error = error_of(f"f0(x) = 2*x\n{doubling}\nf27(1)")
    assert error.diagnostic.kind == "limit"
    assert error.status == 3


def test_likely() -> None:
    known = ["sin", "sqrt", "floor", "log", "log1p"]
    given = ["sinn", "sni", "SQRT", "logg", "foo", "x", "", "s" * 100_000]
    assert [likely(word, known) for word in given] == ["sin", "sin", "sqrt", "log", None, None, None, None]


def error_of(text: str) -> CgError:
    """The error of a program that must have one, which must lie within the source."""
    source = Source(("<expr>", text))
    with pytest.raises(CgError) as caught:
        evaluate(lower(parse(source)), {})
    check_place(caught.value, source)
    return caught.value


def check_place(error: CgError, source: Source) -> None:
    diagnostic, place = error.diagnostic, error.diagnostic.place()
    assert STATUS[diagnostic.kind] in (1, 3)
    assert diagnostic.source is source
    assert 0 <= diagnostic.start <= len(source.text)
    assert place is not None
    assert 1 <= place.column <= len(place.text) + 1
    assert 1 <= place.line <= len(re.split(r"\r\n?|\n", source.text))
    assert "\n" not in diagnostic.message
    assert all("\n" not in line and "\r" not in line for line in diagnostic.lines())


OPERATORS = [text for text in TABLES.literals if not text.isalpha()]
PIECES = st.sampled_from(
    [
        *OPERATORS,
        *KEYWORDS,
        *"xyfg",
        "sin",
        "max",
        "1",
        "2.5",
        "3e2",
        "0x",
        ".",
        "\n",
        "\r\n",
        "\r",
        "#",
        "é",
        *"²√π∞≤−·",
        '"',
        "'a'",
        "x[",
        "f(a=",
    ]
)
SOUP = st.lists(st.tuples(PIECES, st.sampled_from(["", " "])), max_size=25)
TEXT = st.text(st.one_of(st.characters(), st.sampled_from("()[]+-*/^!=<>,;:.%@#xe01'\" \n\r\t")), max_size=40)
PROGRAMS = st.one_of(SOUP.map(lambda pieces: "".join(text + gap for text, gap in pieces)), TEXT)


@settings(max_examples=600, deadline=None, database=None)
@given(PROGRAMS)
def test_nothing_but_an_error_at_a_place(text: str) -> None:
    source = Source(("<expr>", text))
    try:
        evaluate(lower(parse(source)), {})
    except CgError as error:
        check_place(error, source)


@settings(max_examples=200, deadline=None, database=None)
@given(st.one_of(PROGRAMS, PROGRAMS.map("x=".__add__)))
def test_bindings_give_nothing_but_errors(text: str) -> None:
    try:
        read_binding(text, Bindings([], []))
    except CgError as error:
        caught = error
    else:
        return
    assert caught.status == 2
    assert caught.diagnostic.place() is not None
    assert all("\n" not in line for line in caught.diagnostic.lines())
