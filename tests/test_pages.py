"""Manual pages, README and CHANGELOG are whole and well formed."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cgcli.cli.commands import COMMANDS
from cgcli.cli.ops import usage
from cgcli.diagnostics import STATUS
from cgcli.ops import CONSTANTS, OPS, ArrayOp
from cgcli.ops.entry import POSTFIX
from tests.cg import ROOT
from tests.documents import (
    APPLICATION,
    OPERATIONS,
    PAGES,
    PROGRAMS,
    PYPROJECT,
    README,
    RULED,
    blocks,
    commands,
    declared,
    examples,
    operations,
    options,
    rules,
    run,
    text,
    to_roff,
)


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
    """As its entry says. If this fails: python -m tests.test_pages"""
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
            shown += ["$ " + example.command.replace("\n", "\n> "), *run(example.command).splitlines()]
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
