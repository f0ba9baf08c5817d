"""The documents say what is true: every example in them is run and its output compared.

Examples stand in README.md (blocks marked `console`), in the manual pages (`.Bd -literal`), in the
comments of examples/*.cg and in the entries of the operations. A line that begins with `$ ` is a
command, `> ` continues it, and what follows is its output on a terminal.

After a change of cg's output, `python -m tests.test_documents` writes the new output and the lists
of operations and rules into the documents; review what it changed.
"""

from __future__ import annotations

import doctest
import functools
import math
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import typer.main

from cgcli.cli.app import application
from cgcli.cli.commands import COMMANDS
from cgcli.cli.ops import usage
from cgcli.diagnostics import STATUS
from cgcli.ops import CONSTANTS, OPS, ArrayOp, Op
from cgcli.ops.entry import POSTFIX
from cgcli.rewrite.collect import RULES
from cgcli.rewrite.rules import ASSUMING, EXACT, OF_TERM, ROUNDING, TERMS
from tests.cg import CG, ROOT, cg

README = ROOT / "README.md"
PAGES = {path.stem: path for path in sorted((ROOT / "man").glob("*.1"))}
PROGRAMS = sorted((ROOT / "examples").glob("*.cg"))
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
APPLICATION: Any = typer.main.get_command(application(COMMANDS.values()))


def text(path: Path) -> str:
    return path.read_text("utf-8")


# Manual pages: characters that roff would take for something else

ESCAPES = {"\\": "\\e", "-": "\\-", "'": "\\(aq", "`": "\\(ga", "^": "\\(ha", "~": "\\(ti"}


def to_roff(line: str) -> str:
    line = "".join(ESCAPES.get(character, character) for character in line)
    return "\\&" + line if line.startswith(".") else line


def from_roff(line: str) -> str:
    line = line.removeprefix("\\&")
    for character, escape in reversed(ESCAPES.items()):
        line = line.replace(escape, character)
    return line


def operations() -> str:
    """The list of operations in cg-language(1), from their entries."""

    def entry(op: Op) -> list[str]:
        names = list(op.aliases)
        if op.symbol and op.function:
            names.append(f"{op.name}({', '.join('xyw'[: op.arity])})")
        notes = [f"also {' and '.join(names)}"] if names else []
        notes += [f"derivative: {op.convention}"] if op.convention else []
        title = to_roff(usage(op)).replace('"', "\\(dq")
        body = to_roff(op.summary) + (f"\n({to_roff('; '.join(notes))})" if notes else "")
        return [f'.It Sy "{title}"', body]

    def section(op: Op) -> str:
        return "Operators" if op.symbol else "Functions of arrays" if isinstance(op, ArrayOp) else "Functions"

    lines = []
    for title in ("Operators", "Functions", "Functions of arrays"):
        lines += [f".Ss {title}", '.Bl -tag -compact -width "heaviside(x, y)"']
        for op in OPS.values():
            if section(op) == title:
                lines += entry(op)
        lines.append(".El")
    return "\n".join(lines) + "\n"


# Each kind of rule, in the words of cg-plan(1).
KINDS = {
    EXACT: "The same value for every input, bit for bit.\nThese are always used.",
    ROUNDING: "Equal up to rounding, wherever the left side is finite.\nThese are used with\n.Fl -fast ,\n"
    "but for those that are marked, which only\n.Xr cg-diff 1\nuses.",
    ASSUMING: "Equal up to rounding where a condition holds.\nThese are used by\n.Xr cg-diff 1\nalone.",
}

# Rules that only make a formula easier to read.
COLLECTING = (TERMS, *(rule for rules in OF_TERM.values() for rule in rules))


def rules() -> str:
    """The list of rules in cg-plan(1), from their table."""
    lines = []
    for label, meaning in KINDS.items():
        lines += [f".Ss {label.capitalize()}", meaning, '.Bl -tag -compact -width "log(exp(x) + exp(y))"']
        for rule in RULES:
            if rule.label == label:
                condition = f"; where {rule.condition}" if rule.condition else ""
                note = f"{rule.name}{condition}" + ("; by cg diff" if rule in COLLECTING else "")
                before = to_roff(rule.before).replace('"', "\\(dq")
                lines += [f'.It Li "{before}"', f"{to_roff(rule.after)} ({note})"]
        lines.append(".El")
    return "\n".join(lines) + "\n"


def between(what: str) -> re.Pattern[str]:
    """A generated part of a page."""
    return re.compile(rf'(?<=\.\\" {what}: begin\n).*?(?=\.\\" {what}: end\n)', re.S)


OPERATIONS, RULED = between("operations"), between("rules")


# Examples


class Block(NamedTuple):
    """Lines [start, stop) of a document that hold commands and output; `decode` takes such a
    line to what it shows, `encode` does the reverse."""

    path: Path
    start: int
    stop: int
    decode: Callable[[str], str]
    encode: Callable[[str], str]


class Example(NamedTuple):
    path: Path
    line: int
    command: str
    output: str

    @property
    def label(self) -> str:
        return f"{self.path.name}:{self.line}"


def blocks(path: Path) -> Iterator[Block]:
    lines = text(path).splitlines()
    if path.suffix == ".cg":
        start = None
        for number, line in enumerate([*lines, ""]):
            if start is None and line.startswith("#   $ "):
                start = number
            elif start is not None and not line.startswith("#   "):
                yield Block(path, start, number, lambda line: line[4:], lambda line: "#   " + line)
                start = None
        return
    roff = path.suffix == ".1"
    begin, end = (".Bd -literal", ".Ed") if roff else ("```console", "```")
    decode, encode = (from_roff, to_roff) if roff else (str, str)
    start = None
    for number, line in enumerate(lines):
        if start is None and line.startswith(begin):
            start = number + 1
        elif start is not None and line == end:
            yield Block(path, start, number, decode, encode)
            start = None


def commands(block: Block) -> Iterator[Example]:
    lines = [block.decode(line) for line in text(block.path).splitlines()[block.start : block.stop]]
    assert lines[0].startswith("$ "), f"{block.path.name}:{block.start + 1} is not a command"
    position = 0
    while position < len(lines):
        first, command = position, lines[position][2:]
        position += 1
        while position < len(lines) and lines[position].startswith("> "):
            command += "\n" + lines[position][2:]
            position += 1
        begin = position
        while position < len(lines) and not lines[position].startswith("$ "):
            position += 1
        output = "".join(line + "\n" for line in lines[begin:position])
        yield Example(block.path, block.start + first + 1, command, output)


def examples(*paths: Path) -> list[Example]:
    return [example for path in paths for block in blocks(path) for example in commands(block)]


def run(command: str) -> str:
    """What a shell shows of a command, results and diagnostics in the order they come."""
    path = os.pathsep.join((str(Path(CG).parent), os.environ.get("PATH", "")))
    unset = ("NO_COLOR", "CLICOLOR_FORCE", "CG_DEBUG")
    env = {key: value for key, value in os.environ.items() if key not in unset}
    done = subprocess.run(
        ["sh", "-c", command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=ROOT,
        env={**env, "PATH": path, "COLUMNS": "80", "LC_ALL": "C.UTF-8"},
        timeout=60,
    )
    return done.stdout.decode()


EXAMPLES = examples(README, *PAGES.values(), *PROGRAMS)


@functools.cache
def outputs() -> dict[str, str]:
    """The output of every command in the documents."""
    distinct = sorted({example.command for example in EXAMPLES})
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(distinct, pool.map(run, distinct), strict=True))


NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e[-+]\d+)?(?![\w.])")


# The column of `cg check` that is mere rounding where all is well, and the room it takes.
ROUNDING = re.compile(r"(?<= )(?:off|0|\de-1\d) +(?=verdict$|ok$|kink$)", re.M)


def differ(found: str, wanted: str) -> str | None:
    """None, or how a text differs. Numbers may differ in the last bits, as libraries of
    mathematics do between systems."""
    found, wanted = ROUNDING.sub("off  ", found), ROUNDING.sub("off  ", wanted)
    if NUMBER.sub("0", found) == NUMBER.sub("0", wanted):
        pairs = zip(NUMBER.findall(found), NUMBER.findall(wanted), strict=True)
        if all(math.isclose(float(a), float(b), rel_tol=1e-14) for a, b in pairs):
            return None
    return f"found:\n{found}documented:\n{wanted}"


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.label for example in EXAMPLES])
def test_example(example: Example) -> None:
    difference = differ(outputs()[example.command], example.output)
    assert difference is None, f"{example.label}: {example.command}\n{difference}"


def test_there_are_examples_everywhere() -> None:
    assert {example.path for example in EXAMPLES} == {README, *PAGES.values(), *PROGRAMS}


def test_differ_tells_numbers_and_text_apart() -> None:
    assert differ("df/dx = 0.1\n", "df/dx = 0.10000000000000002\n") is None
    assert differ("df/dx = 0.1\n", "df/dx = 0.10000000001\n")
    assert differ("df/dx = 1\n", "df/dy = 1\n")
    assert differ("v1\n", "v2\n")
    assert differ("x  2  0    ok\n", "x  2  5e-16  ok\n") is None
    assert differ("x  2  5e-15  ok\n", "x  2  5e-05  ok\n")


def test_examples_of_operations() -> None:
    wanted = dict(op.example.rsplit(" = ", 1) for op in OPS.values())
    assert len(wanted) == len(OPS)
    done = cg("eval", "--lines", "-", stdin="\n".join(wanted))
    assert done.status == 0, done
    found = done.out.splitlines()
    assert len(found) == len(wanted)
    wrong = {
        expression: value
        for (expression, result), value in zip(wanted.items(), found, strict=True)
        if differ(value, result)
    }
    assert wrong == {}


def test_python_examples() -> None:
    """The sessions in README that begin with >>>."""
    code = "\n".join(re.findall(r"^```python\n(.*?)^```", text(README), re.M | re.S))
    session = doctest.DocTestParser().get_doctest(code, {}, "README.md", None, 0)
    assert session.examples
    assert doctest.DocTestRunner().run(session).failed == 0


# Manual pages


def options(page: str) -> set[str]:
    """The options that a page describes, from the heads of its lists."""
    found: set[str] = set()
    for head in re.findall(r"^\.It (Fl .*)$", text(PAGES[page]), re.M):
        found.update("-" + name for name in re.findall(r"Fl (\S+)", head))
    return found


def declared(command: Any) -> set[str]:
    found = {name for parameter in command.params for name in parameter.opts if name.startswith("-")}
    return found | {"-h", "--help"}


def test_every_command_has_a_page() -> None:
    assert set(PAGES) == {"cg", "cg-language", *(f"cg-{name}" for name in COMMANDS)}


@pytest.mark.parametrize("name", COMMANDS)
def test_page_has_every_option(name: str) -> None:
    assert options(f"cg-{name}") == declared(APPLICATION.commands[name])
    page = text(PAGES[f"cg-{name}"])
    for parameter in APPLICATION.commands[name].params:
        for choice in getattr(parameter.type, "choices", ()):
            assert re.search(rf"(Cm|\|) {choice}\b", page), f"{parameter.name} {choice}"


def test_page_of_cg_has_every_option() -> None:
    assert options("cg") == declared(APPLICATION)


def test_page_of_cg_has_every_command() -> None:
    listed = re.findall(r"^\.It Ic (\w+)$", text(PAGES["cg"]), re.M)
    assert listed == list(COMMANDS)


def test_page_of_cg_has_every_kind_of_error() -> None:
    described = {}
    for status, body in re.findall(r"^\.It (\d+)\n(.*?)(?=^\.It|^\.El)", text(PAGES["cg"]), re.M | re.S):
        for kind in re.findall(r"^\.Ql (\w+)", body.partition("Kinds:")[2], re.M):
            described[kind] = int(status)
    assert described == {kind: STATUS[kind] for kind in described}
    sources = "".join(text(path) for path in (ROOT / "cgcli").rglob("*.py"))
    assert set(re.findall(r'\bCgError\(\s*"(\w+)"', sources)) - set(described) == set()


def test_pages_have_every_operation_and_rule() -> None:
    """As its entry says. If this fails: python -m tests.test_documents"""
    page = text(PAGES["cg-language"])
    found = OPERATIONS.search(page)
    assert found is not None
    assert found[0] == operations()
    found = RULED.search(text(PAGES["cg-plan"]))
    assert found is not None
    assert found[0] == rules()
    for op in OPS.values():
        assert f'.It Sy "{to_roff(usage(op))}"\n{to_roff(op.summary)}\n' in page


def test_page_of_the_language_has_every_level_and_constant() -> None:
    page = text(PAGES["cg-language"])
    rows = {int(level): row for level, row in re.findall(r"^\.It (\d+) Ta Li (.*) Ta", page, re.M)}
    assert sorted(rows) == list(range(1, 12))
    shown = {level: re.sub(r"\bx(?=\S)", "", row).split() for level, row in rows.items()}
    for op in OPS.values():
        if op.symbol and op.name != "array":  # brackets around elements are no operator
            assert op.symbol in shown[op.level], op
    assert ".T" in shown[POSTFIX]
    for name in CONSTANTS:
        assert f".Cm {name}" in page


@pytest.mark.parametrize("name", PAGES)
def test_page_is_well_formed(name: str) -> None:
    page = text(PAGES[name])
    assert page.isascii()
    head = rf"\.Dd \w+ \d+, \d{{4}}\n\.Dt {name.upper()} 1\n\.Os\n\.Sh NAME\n\.Nm {name}\n\.Nd "
    assert re.match(head, page)
    for begin, end in ((".Bd", ".Ed"), (".Bl", ".El"), (".Rs", ".Re")):
        assert len(re.findall(rf"^\{begin}\b", page, re.M)) == len(re.findall(rf"^\{end}\b", page, re.M))
    assert [line for line in page.splitlines() if line != line.rstrip() or not line] == []
    for other in re.findall(r"^\.Xr (cg\S*) 1", page, re.M):
        assert other in PAGES


def test_mandoc_has_nothing_to_say() -> None:
    """Where mandoc is installed; `test_page_is_well_formed` looks at the pages everywhere."""
    mandoc = shutil.which("mandoc")
    if mandoc is not None:
        paths = map(str, PAGES.values())
        done = subprocess.run([mandoc, "-Tlint", "-W", "warning", *paths], capture_output=True, text=True)
        assert done.stdout == ""


# README and CHANGELOG

SETUP = "python3 -m venv .venv && .venv/bin/pip install -q "


def test_readme_sets_up_in_two_commands() -> None:
    commands = [line for line in text(README).splitlines() if line.startswith("python3 -m venv")]
    assert len(commands) == 2
    main, tests = commands
    assert main.startswith(SETUP + ". && .venv/bin/cg ")
    assert tests == SETUP + "-e '.[test]' && .venv/bin/pytest"
    extra = {re.split(r"\W", wanted)[0] for wanted in PYPROJECT["project"]["optional-dependencies"]["test"]}
    assert extra >= {"hypothesis", "mpmath", "pytest"}


def test_the_set_up_command_of_readme_shows_what_follows_it() -> None:
    """The main job is the first thing in README that is run here, too."""
    command = next(line for line in text(README).splitlines() if line.startswith(SETUP))
    job = command.rpartition(".venv/bin/")[2]
    assert job in {example.command for example in examples(README)}


def test_readme_mentions_every_command() -> None:
    shown = {word for example in examples(README) for word in re.findall(r"\bcg (\w+)", example.command)}
    assert set(COMMANDS) - shown == set()


def test_readme_names_every_function_of_arrays() -> None:
    table = text(README).partition("\n## Arrays\n")[2].partition("\n## ")[0]
    listed = {name for row in re.findall(r"^\|.*", table, re.M) for name in re.findall(r"`(\w+)`", row)}
    assert {op.word for op in OPS.values() if isinstance(op, ArrayOp) and not op.symbol} - listed == set()


def test_readme_names_every_dependency_and_status() -> None:
    page = text(README)
    for wanted in PYPROJECT["project"]["dependencies"]:
        assert f"**{re.split(r'[<>=]', wanted)[0]}**" in page
    for status in {0, 130, *STATUS.values()}:
        assert f"| {status} |" in page


def test_readme_points_at_files_that_exist() -> None:
    missing = [
        target
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text(README))
        if not (ROOT / target).exists()
    ]
    assert missing == []


def test_readme_lists_every_example() -> None:
    listed = set(re.findall(r"examples/([\w-]+\.cg)", text(README)))
    assert {path.name for path in PROGRAMS} - listed == set()


def test_changelog_has_this_version() -> None:
    versions = re.findall(r"^## \[(\S+)\] - (\d{4}-\d\d-\d\d)$", text(ROOT / "CHANGELOG.md"), re.M)
    assert versions[0][0] == PYPROJECT["project"]["version"]


# Writing


def refreshed(path: Path) -> str:
    """A document with what cg prints now."""
    lines = text(path).splitlines()
    for block in reversed(list(blocks(path))):
        shown: list[str] = []
        for example in commands(block):
            shown += ["$ " + example.command.replace("\n", "\n> "), *outputs()[example.command].splitlines()]
        written = [block.encode(line) for line in "\n".join(shown).split("\n")]
        lines[block.start : block.stop] = written
    whole = "\n".join(lines) + "\n"
    return RULED.sub(lambda _: rules(), OPERATIONS.sub(lambda _: operations(), whole))


if __name__ == "__main__":
    for document in (README, *PAGES.values(), *PROGRAMS):
        new = refreshed(document)
        if new != text(document):
            document.write_text(new, "utf-8")
            print(document.relative_to(ROOT))
    sys.exit(0)
