"""A line that is right answers as it does through Typer; every other line is left to Typer."""

from __future__ import annotations

import io
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cgcli.__main__ import run
from cgcli.cli import options
from cgcli.cli.app import run as run_typer
from cgcli.cli.arguments import read
from cgcli.cli.commands import COMMANDS
from cgcli.cli.options import FLAG, MAYBE, Option
from cgcli.cli.request import Request
from tests.cg import cg

# An argument for each option that takes one of its own kind; the others take one of their choices.
GIVEN = {"files": "model.cg", "vars_files": "values.json", "output": "f.txt", "name": "g", "table": "t"} | {
    "show": "u",
    "wrt": "x,y",
    "along": "x=1",
    "seed": "2",
    "order": "2",
    "digits": "3",
    "depth": "1",
    "data": "t.csv",
    "over": "x=1:2:1",
    "types": "x=float",
    "out": "o.csv",
    "keep": "y",
    "where": "x > 1",
    "by": "y",
    "threads": "2",
    "on": "dask",
}

# Of training, whose one parameter is y.
GIVEN |= {
    "rate": "0.1", "momentum": "0.5", "batch": "2", "epochs": "3", "random_seed": "4", "patience": "2",
    "validation": "t.csv", "checkpoint": "n.npz", "resume": "c.npz", "log": "l.csv", "buffer": "5",
    "bounds": "y > 0", "max_steps": "100", "tolerance": "1e-3", "starts": "2",
}  # fmt: skip
# Of fits, whose one parameter is a.
GIVEN |= {"sensitivity": "x", "sigma": "x", "interval": "0.9", "predict": "p.csv"}
OWN = {("train", "out"): "o.toml", ("train", "wrt"): "y", ("train", "sensitivity"): "z"}
OWN |= {("fit", "out"): "o.toml", ("fit", "wrt"): "a", ("fit", "bounds"): "a > 0", ("fit", "files"): "fit.cg"}
GIVEN |= {"between": "x=0:4", "max_ops": "100000", "timeout": "60"}
OWN |= {("solve", "out"): "o.toml", ("solve", "wrt"): "x", ("solve", "bounds"): "x > 0"}
OWN |= {("solve", "files"): "solve.cg", ("solve", "sensitivity"): "y"}
GIVEN |= {"st": "x > 0.5"}
OWN |= {("minimize", "out"): "o.toml", ("minimize", "wrt"): "x", ("minimize", "bounds"): "x > -1"}
OWN |= {("minimize", "sensitivity"): "y"}

# Options that go with rows.
ROWS = {option.field for option in options.ROWS}


def lines(command: str, option: Option) -> list[list[str]]:
    """Every way to write an option, with every choice."""
    if option.kind == FLAG:
        return [[flag] for flag in option.flags]
    if option.kind == MAYBE:
        return [["--plot"], ["--plot", "p.svg"], ["--plot=p.svg"]]
    values = option.choices or (OWN.get((command, option.field)) or GIVEN[option.field],)
    found = [[flag, value] for flag in option.flags for value in values]
    return found + [[f"{option.flags[-1]}={value}"] for value in values]


def program(command: str, option: Option) -> list[str]:
    if command == "ops":
        return ["sin"]
    text = [] if option.field == "files" else ["u = x^2*y"]
    if command == "train":
        if option.field == "sensitivity":
            return ["x^2*y*z", "y=2", "z=1", "--data", "t.csv"]
        return [*text, "y=2", "--data", "t.csv", *(["--method", "sgd"] if option.field == "momentum" else [])]
    if command == "minimize":
        return [*text, "x=1.5", "y=2", *([] if option.field == "wrt" else ["--wrt", "x"])]
    if command == "solve":
        ranged = {"between": [], "all_roots": ["--between", "x=0:4"]}
        equation = [] if option.field == "files" else ["input y = 2; x^2 - y"]
        return [*equation, *ranged.get(option.field, ["x=1.5"])]
    if command == "fit":
        model = [] if option.field == "files" else ["y ~ a*x"]
        return [*model, "a=1", "--data", "t.csv", *(["--predict", "p.csv"] if option.field == "over" else [])]
    if option.field in ROWS or (command == "plan" and option.field in ("grad", "wrt")):
        rows = {"data": [], "over": ["y=2"], "data_format": ["--data", "t.csv"]}
        more = ["--reduce", "sum"] if option.field == "by" else []
        return [*text, *more, *rows.get(option.field, ["--data", "t.csv"])]
    values = [] if command in ("plan", "diff", "export") else ["x=1.5", "y=2"]
    if command == "export" and option.field != "to":
        values += ["--to", "sql" if option.field == "table" else "python"]
        values += ["--grad"] if option.field == "wrt" else []
    return text + values


RIGHT = [
    [name, *given, *program(name, option)]
    for name, command in COMMANDS.items()
    for option in command.options
    for given in lines(name, option)
    if option.field != "on" or (name, given[0]) == ("eval", "--on")  # a cluster takes seconds to begin
]


@pytest.fixture
def files(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(str(tmp_path))
    with open("model.cg", "w") as file:
        file.write("u = x^2*y")
    with open("fit.cg", "w") as file:
        file.write("y ~ a*x")
    with open("solve.cg", "w") as file:
        file.write("input y = 2; x^2 - y")
    with open("values.json", "w") as file:
        file.write("{}")
    with open("t.csv", "w") as file:
        file.write("x,y\n1,2\n")
    with open("c.npz", "wb") as binary:
        binary.write(checkpoint())


@cache
def checkpoint() -> bytes:
    """What training leaves to go on from."""
    with tempfile.TemporaryDirectory() as folder:
        (table := Path(folder) / "t.csv").write_text("x,y\n1,2\n")
        path = Path(folder) / "c.npz"
        given = ["--epochs", "2", "--checkpoint", str(path), "--data", str(table)]
        assert cg("train", "u = x^2*y", "y=2", *given).status == 0
        return path.read_bytes()


def asked(line: list[str]) -> dict[str, Any]:
    """What a line asks for, as Typer reads it."""
    requests: list[Request] = []

    def note(request: Request) -> int:
        requests.append(request)
        return 0

    assert run_typer(line, note) == 0
    return vars(requests[0])


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize("line", RIGHT, ids=" ".join)
def test_it_asks_and_answers_as_through_typer(
    line: list[str], capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request is the same, and has an answer."""
    found = read(line)
    assert found is not None
    assert vars(found) == asked(line)
    monkeypatch.setattr(sys, "argv", ["cg", *line])
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))  # which one command reads
    assert run() == 0


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize("name", COMMANDS)
def test_answers_as_through_typer(
    name: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line of each command, and what that prints."""
    line = next(line for line in RIGHT if line[0] == name)
    monkeypatch.setattr(sys, "argv", ["cg", *line])
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    answers = [(run(), *capfd.readouterr()), (run_typer(line), *capfd.readouterr())]
    assert answers[0] == answers[1]
    assert answers[0][0] == 0


WRONG = [
    *("", "--version", "--help", "evl x", "eval --help x", "eval -h", "diff x --wrt", "diff x --odrer 2"),
    *("diff --order 0 x", "diff --order 21 x", "diff --order two x", "export x", "export --to cobol x"),
    *("graph --style svg x", "eval --strict=yes x", "diff --wrt , x", "eval --format xml x"),
]


@pytest.mark.parametrize("line", WRONG)
def test_other_lines_are_left_to_typer(line: str) -> None:
    assert read(line.split()) is None


def test_options_that_repeat() -> None:
    line = "grad --digits 3 --along x=1 --along y=2 --wrt a,b --digits 3 -1 --wrt c --vars p --vars q -- --x"
    request = read(line.split())
    assert request is not None
    assert (request.digits, request.along, request.arguments) == (3, ["x=1", "y=2"], ["-1", "--x"])
    assert (request.wrt, request.vars_files) == (["a", "b", "c"], ["p", "q"])


REPEATED = [
    ["eval", "u = 3; v = 4", "--show", "u", "--show", "v"],
    ["grad", "x*y*z", "x=1", "y=2", "z=3", "--wrt", "x", "--wrt", "z"],
    ["eval", "1/3", "--digits", "3", "--digits", "3"],
]


@pytest.mark.parametrize("line", REPEATED, ids=" ".join)
def test_options_that_repeat_through_typer(
    line: list[str], capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    test_it_asks_and_answers_as_through_typer(line, capfd, monkeypatch)


TWICE = [
    "--seed 1 --seed 2",
    "--digits 3 --digits 4",
    "--mode reverse --mode forward",
    "--format=json --format csv",
]


@pytest.mark.parametrize("given", TWICE)
def test_an_option_of_one_value_has_one(given: str) -> None:
    line = ["grad", *given.split(), "x^2", "x=1"]
    assert read(line) is None
    result = cg(*line)
    assert result.status == 2
    assert "is given twice, as" in result.err
