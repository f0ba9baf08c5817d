"""Files that are written: never one that is read, never two of one name, and known before the work."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.cg import cg

LINE = "(y - a*x)^2"
FIT = ["fit", "y ~ a*x", "--data", "rows.csv", "a=1"]
TRAIN = ["train", LINE, "--data", "rows.csv", "a=1", "--epochs", "1"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("rows.csv", "more.csv", "table.csv"):
        Path(name).write_text("x,y\n1,2\n2,4\n3,6\n")
    Path("p.cg").write_text("f = x^2\n")
    Path("v.toml").write_text("s = 1\n")
    os.symlink("rows.csv", "link.csv")
    os.link("rows.csv", "hard.csv")
    return tmp_path


@pytest.mark.parametrize(
    "arguments",
    [
        ["eval", "x", "--data", "rows.csv", "--out", "rows.csv"],
        ["eval", "x", "--data", "rows.csv", "--out", "link.csv"],
        ["eval", "x", "--data", "rows.csv", "--out", "./hard.csv"],
        ["grad", "x", "--data", "*.csv", "--out", "more.csv"],
        ["eval", "x*sum(s)", "--data", "rows.csv", "s=@table.csv:x", "--out", "table.csv"],
        ["eval", "x*sum(s)", "--data", "rows.csv", "s=@table.csv", "--out", "table.csv"],
        ["eval", "-f", "p.cg", "--over", "x=1:3:1", "--out", "p.cg"],
        ["export", "--to", "c", "-f", "p.cg", "-o", "p.cg"],
        ["solve", "x*s == 2", "x=1", "--vars", "v.toml", "--out", "v.toml"],
        ["minimize", "(x - s)^2", "x=1", "--vars", "v.toml", "--out", "v.toml"],
        [*FIT, "--predict", "rows.csv"],
        [*FIT, "--predict", "hard.csv"],
        [*TRAIN, "--log", "rows.csv"],
        [*TRAIN, "--checkpoint", "link.csv"],
        [*TRAIN, "--validation", "more.csv", "--log", "more.csv"],
        [*TRAIN, "--validation", "m*.csv", "--checkpoint", "more.csv"],
    ],
)
def test_none_is_read(folder: Path, arguments: list[str]) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    result = cg(*arguments)
    assert (result.status, result.out) == (2, "")
    assert "is read, and cannot be written at the same time" in result.err
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize(
    "arguments",
    [
        [*TRAIN, "--checkpoint", "l.csv", "--log", "l.csv"],
        [*TRAIN, "--out", "q.npz", "--checkpoint", "./q.npz"],
        [*FIT, "--out", "q.npz", "--predict", "q.npz"],
    ],
)
def test_none_is_written_twice(folder: Path, arguments: list[str]) -> None:
    result = cg(*arguments)
    assert (result.status, result.out) == (2, "")
    assert f"cannot be both {arguments[-4]} and {arguments[-2]}" in result.err


@pytest.mark.parametrize("option", ["--out", "--predict", "--plot", "--log", "--checkpoint"])
def test_a_place_that_is_not_there_is_told_of_before_the_work(folder: Path, option: str) -> None:
    ending = {"--plot": "png", "--out": "toml"}.get(option, "csv")
    command = FIT if option in ("--predict", "--plot") else TRAIN
    result = cg(*command, option, f"none/o.{ending}")
    assert (result.status, result.out) == (2, "")
    assert f"cannot write `none/o.{ending}`: No such file or directory" in result.err


def test_training_goes_on_in_its_own_files(folder: Path) -> None:
    files = ["--checkpoint", "c.npz", "--log", "l.csv"]
    assert cg(*TRAIN, *files).status == 0
    again = cg(*TRAIN[:-1], "2", *files, "--resume", "c.npz")
    assert (again.status, again.err) == (0, "")
    shutil.copy("c.npz", "d.npz")
    assert cg(*TRAIN[:-1], "3", *files, "--resume", "d.npz").status == 0


def test_a_device_may_be_both() -> None:
    result = cg("eval", "x", "--data", "/dev/null", "--out", "/dev/null")
    assert "cannot be written" not in result.err
