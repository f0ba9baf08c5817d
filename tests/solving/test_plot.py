"""`cg fit --plot`: in the terminal, and as a picture."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from tests.cg import cg, executable

FIT = ("fit", "y ~ a*exp(-b*t) + c", "--data", "examples/decay.csv", "a=1", "b=1", "c=0")


def test_in_the_terminal() -> None:
    done = cg(*FIT, "--plot")
    assert done.status == 0
    plain = cg(*FIT).out.splitlines()
    lines = done.out.splitlines()
    assert [line for line in lines if line in plain] == plain
    assert all(line.startswith("#") for line in lines if line not in plain)
    assert "(t)" in done.out
    assert sum(line.count("o") for line in lines if line not in plain and "|" in line) > 30


def test_a_plot_is_read_over(tmp_path: Path) -> None:
    (tmp_path / "fit.toml").write_text(cg(*FIT, "--plot").out)
    assert cg("eval", "a > 5", "--vars", str(tmp_path / "fit.toml")).out == "1\n"


def test_beside_json_it_goes_to_stderr() -> None:
    done = cg(*FIT, "--plot", "--format", "json")
    assert json.loads(done.out)["converged"]
    assert "(residual)" in done.err


@pytest.mark.parametrize("ending, begin", [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_as_a_picture(tmp_path: Path, ending: str, begin: bytes) -> None:
    path = tmp_path / f"fit.{ending}"
    done = cg(*FIT, "--plot", str(path))
    assert done.status == 0, done
    assert path.read_bytes().startswith(begin)


@pytest.mark.parametrize("ending", ["", "=fit.png"])
def test_a_curve_is_drawn_between_few_points(tmp_path: Path, ending: str) -> None:
    """Over four points, with a pole, with data that do not vary, and with one row."""
    cases = [
        ("y ~ a*exp(-((x - 5)/2)^2)", "1,2\n2,4\n5,12\n8,5\n", 10),
        ("y ~ a/(x - 2.5)", "1,2\n2,4\n3,5\n", 0),
        ("y ~ a", "1,5\n2,5\n", 0),
        ("y ~ a*x", "1,5\n", 0),
    ]
    for model, rows, rises in cases:
        (tmp_path / "few.csv").write_text("x,y\n" + rows)
        fit = "fit", model, "--data", str(tmp_path / "few.csv"), "a=1", f"--plot{ending}"
        done = executable(*fit, cwd=tmp_path)
        assert (done.status, done.err) == (0, ""), done
        heights = [float(found) for found in re.findall(r"(?m)^# +([\d.]+) \|", done.out)]
        assert max(heights, default=0) < 20
        drawn = [
            line for line in done.out.splitlines() if any("\u2800" < letter < "\u28ff" for letter in line)
        ]
        assert ending or len(drawn) >= rises


def test_arrays_and_several_models(tmp_path: Path) -> None:
    bound = ("y=@examples/decay.csv:y", "t=@examples/decay.csv:t")
    done = cg("fit", "y ~ a*exp(-b*t) + c; y^2 ~ d*exp(-b*t)", *bound, "a=1", "b=1", "c=0", "d=1", "--plot")
    assert done.status == 0, done
    assert done.out.count("(data)") == 2


def test_where_there_is_ascii_alone() -> None:
    done = executable(*FIT, "--plot", env={**os.environ, "PYTHONIOENCODING": "ascii", "LC_ALL": "C"})
    assert done.status == 0
    assert done.out.isascii()
    assert "?" not in done.out
    assert sum(line.count(":") + line.count("'") + line.count(".") for line in done.out.splitlines()) > 60


def test_what_cannot_be_drawn() -> None:
    done = cg(*FIT, "--plot=fit.gif")
    assert (done.status, "does not end in .png" in done.err) == (2, True)


def test_points_at_infinity_are_not_drawn(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("x,y\n-1.3,1.9\ninf,1.9\n1,0\n")
    found = cg("fit", "--data", str(tmp_path / "d.csv"), "--plot", "y ~ b/(1 + x)", "b=-1")
    assert (found.status, "(residual)" in found.out) == (0, True), found
