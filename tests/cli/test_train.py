"""`cg train`: what comes of it, its files, and what can go wrong."""

from __future__ import annotations

import json
import math
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.cg import ROOT, Result, cg, executable

LINE = "(y - (a*x + b))^2"
DIGITS = ("-f", str(ROOT / "examples/digits/net.cg"), "--data", str(ROOT / "examples/digits/train.npz"),
          "--wrt", "W1,b1,W2,b2")  # fmt: skip


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "line.csv").write_text("x,y\n1,3\n2,5\n3,7\n4,9.5\n")
    (tmp_path / "gap.csv").write_text("x,y\n1,3\n,5\n3,7\n4,NA\n")
    (tmp_path / "none.csv").write_text("x,y\n")
    return tmp_path


def train(here: Path, options: str, text: str = LINE) -> Result:
    return cg("train", text, "--data", "line.csv", *shlex.split(options), cwd=here)


def records(done: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.out.splitlines()]


def test_a_step_is_that_of_its_definition(here: Path) -> None:
    """One epoch of all rows, by sgd: against the gradient of the mean, times the rate."""
    done = train(here, "a=0 b=0 --method sgd --rate 0.1 --epochs 2 --batch 4 --format json")
    first, second, last = records(done)
    x, y = np.array([1, 2, 3, 4]), np.array([3, 5, 7, 9.5])
    a = b = 0.0
    for record in (first, second):
        off = y - (a * x + b)
        assert record["loss"] == pytest.approx(np.mean(off**2), rel=1e-14)
        a, b = a + 0.2 * np.mean(off * x), b + 0.2 * np.mean(off)
    assert [record["epoch"] for record in (first, second)] == [1, 2]
    assert last["parameters"] == pytest.approx({"a": a, "b": b}, rel=1e-14)
    assert last["loss"] == pytest.approx(np.mean((y - (a * x + b)) ** 2), rel=1e-14)
    assert list(last) == ["method", "converged", "reason", "iterations", "evaluations", "epochs", "loss",
                          "rows", "parameters"]  # fmt: skip
    told = [last[name] for name in ("method", "converged", "epochs", "rows", "iterations")]
    assert told == ["sgd", True, 2, 4, 2]


def test_digits_to_95_percent(tmp_path: Path) -> None:
    out = str(tmp_path / "digits.npz")
    done = executable("train", *DIGITS, "--rate", "0.003", "--epochs", "20", "--out", out)
    assert (done.status, done.err) == (0, ""), done
    test = ("--data", str(ROOT / "examples/digits/test.npz"), "--vars", out)
    right = executable("eval", *DIGITS[:2], *test, "--show", "right", "--reduce", "mean")
    assert float(right.out.split()[1]) > 0.95, right
    rows = executable("eval", *DIGITS[:2], *test, "--show", "digit", "--format", "json")
    assert len(rows.out.splitlines()) == 397
    assert {json.loads(line)["digit"] for line in rows.out.splitlines()} == set(range(10))


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    written = []
    for name, seed in (("a.npz", "4"), ("b.npz", "4"), ("c.npz", "5")):
        done = executable("train", *DIGITS, "--epochs", "2", "--seed", seed, "--out", str(tmp_path / name))
        assert done.status == 0, done
        written.append((tmp_path / name).read_bytes())
    assert written[0] == written[1] != written[2]


@pytest.mark.parametrize("method", [["adam"], ["sgd", "--momentum", "0.9"]])
def test_it_goes_on_bit_for_bit(tmp_path: Path, method: list[str]) -> None:
    """From a checkpoint, as if it had never stopped: parameters, log and what is told."""
    given = (*DIGITS, "--method", *method, "--rate", "0.002*0.9^epoch", "--format", "json")
    whole = cg("train", *given, "--epochs", "5", "--log", "whole.csv", "--out", "whole.npz", cwd=tmp_path)
    first = cg("train", *given, "--epochs", "2", "--log", "log.csv", "--checkpoint", "c.npz", cwd=tmp_path)
    (tmp_path / "log.csv").open("a").write("3,89,0.1,17\n3,9")  # of an epoch that was not finished
    rest = cg("train", *given, "--epochs", "5", "--log", "log.csv", "--resume", "c.npz", "--out", "rest.npz",
              cwd=tmp_path)  # fmt: skip
    assert first.status == 0, first
    assert (tmp_path / "whole.npz").read_bytes() == (tmp_path / "rest.npz").read_bytes()
    assert (tmp_path / "whole.csv").read_bytes() == (tmp_path / "log.csv").read_bytes()
    assert whole.out.splitlines()[2:] == rest.out.splitlines()
    assert records(whole)[:2] == records(first)[:2]
    other = cg("train", *given, "--epochs", "5", "--batch", "7", "--resume", "c.npz", cwd=tmp_path)
    assert other.status == 2
    assert "was trained with batch 32, and this is 7" in other.err
    log = (tmp_path / "whole.csv").read_text().splitlines()
    assert log[0] == "epoch,step,rate,loss"
    assert [line.split(",")[1] for line in log[1:]] == [str(step) for step in range(1, 5 * 44 + 1)]


@pytest.mark.parametrize(
    "text", [b"x\n1\n", b"HEAD1\n", b"HEAD1,x,1,1\n", b"HEAD\n", b"HEAD1,1,0.1,2,3\n", b"\xff"]
)
def test_a_log_that_is_none_stays(tmp_path: Path, text: bytes) -> None:
    given = ("(a*x - 1)^2", "a=1", "--data", "t.csv", "--epochs", "1", "--log", "l.csv")
    (tmp_path / "t.csv").write_text("x\n1\n2\n")
    assert cg("train", *given, "--checkpoint", "c.npz", cwd=tmp_path).status == 0
    text = text.replace(b"HEAD", b"epoch,step,rate,loss\n")
    (tmp_path / "l.csv").write_bytes(text)
    done = cg("train", *given, "--resume", "c.npz", cwd=tmp_path)
    assert (done.status, done.err) == (2, "error: `l.csv` is no log of cg train, and stays as it is\n")
    assert (tmp_path / "l.csv").read_bytes() == text


@pytest.mark.parametrize("ending", ["npz", "parquet", "csv"])
def test_rows_that_do_not_fit(tmp_path: Path, ending: str) -> None:
    """Shuffled in parts: all rows are seen once an epoch, and the order is that of the seed."""
    x = np.arange(1000.0)
    if ending == "npz":
        np.savez(tmp_path / "d.npz", x=x)
    elif ending == "csv":
        (tmp_path / "d.csv").write_text("x\n" + "".join(f"{value}\n" for value in x))
    else:
        pyarrow = pytest.importorskip("pyarrow")
        from pyarrow import parquet

        parquet.write_table(pyarrow.table({"x": x}), tmp_path / "d.parquet", row_group_size=90)
    options = "a=0 --buffer 200 --method sgd --rate 0 --batch 30 --epochs 2 --format json --log"
    for name in ("a.csv", "b.csv"):
        done = cg("train", "(a - x)^2", "--data", f"d.{ending}", *options.split(), name, cwd=tmp_path)
        last = records(done)[-1]
        assert last["rows"] == 1000
        assert last["loss"] == pytest.approx(np.mean(x**2), rel=1e-13)
    log = (tmp_path / "a.csv").read_text()
    assert log == (tmp_path / "b.csv").read_text()
    losses = [float(line.split(",")[3]) for line in log.splitlines()[1:]]
    assert len(losses) == 2 * 34
    assert losses[:34] != losses[34:]
    sizes = [30] * 33 + [10]
    for epoch in (losses[:34], losses[34:]):
        total = sum(loss * size for loss, size in zip(epoch, sizes, strict=True))
        assert total == pytest.approx(np.sum(x**2), rel=1e-13)


@pytest.mark.parametrize(
    "epochs, told",
    [(20, [*range(1, 21)]), (60, [1, *range(3, 61, 3)]), (59, [1, *range(3, 58, 3), 59])],
)
def test_many_epochs_have_a_line_now_and_then(here: Path, epochs: int, told: list[int]) -> None:
    """The first and the last among them; in JSON each has an object."""
    given = f"a=0 b=0 --epochs {epochs} --rate 0.1"
    lines = [line.split(":")[0] for line in train(here, given).out.splitlines() if "epoch " in line]
    assert lines == [f"# epoch {epoch}" for epoch in told]
    assert len(records(train(here, f"{given} --format json"))) == epochs + 1


def test_what_diverges(here: Path) -> None:
    """The answer is never worse than the start where it is known to be none, and else that is told."""
    done = train(here, "a=0 b=0.5 --method sgd --rate 10 --epochs 200 --format json")
    assert done.status == 1
    assert records(done)[-1]["parameters"] == {"a": 0, "b": 0.5}
    assert "the start was better than all epochs" in records(done)[-1]["reason"]
    done = train(here, "a=0 b=0.5 --method sgd --rate 10 --epochs 3")
    assert (done.status, "the loss has grown" in done.err) == (0, True), done


def test_text_is_a_program_that_vars_reads(here: Path) -> None:
    done = train(here, "a=0 b=0 --rate 0.1 --epochs 500")
    assert done.status == 0
    (here / "found.txt").write_text(done.out)
    found = cg("eval", "[a, b]", "--vars", "found.txt", cwd=here)
    assert [float(part) for part in found.out.strip("[]\n").split(", ")] == pytest.approx(
        [2.15, 0.75], abs=0.01
    )


def test_validation_and_patience(here: Path) -> None:
    (here / "test.csv").write_text("x,y\n1,2.5\n")
    options = "a=2.6 --validation test.csv --rate 0.05 --patience 3 --epochs 99 --batch 4 --format json"
    done = train(here, options, "(y - a*x)^2")
    *epochs, last = records(done)
    judged = [epoch["validation"] for epoch in epochs]
    best = judged.index(min(judged))
    assert len(epochs) == best + 1 + 3
    assert last["converged"] is True
    assert f"least in epoch {best + 1}" in last["reason"]
    assert (2.5 - last["parameters"]["a"]) ** 2 == pytest.approx(min(judged), rel=1e-12)


def test_bounds_hold_in_every_step(here: Path) -> None:
    options = "a=0 b=1 --rate 0.5 --bounds 'a <= 1.5; b > 0.5' --format json --epochs 50"
    done = train(here, options, "assert a <= 1.5; assert b > 0.5; " + LINE)
    last = records(done)[-1]
    assert last["converged"]
    assert last["parameters"]["a"] == 1.5
    assert last["parameters"]["b"] > 0.5


def test_several_starts(here: Path) -> None:
    """A function with two valleys: the deeper one is found."""
    text = "((a^2 - 1)^2 + 0.3*a)*(1 + 0*x)"
    options = "a=1 --rate 0.05 --epochs 100 --format json"
    one = train(here, options, text)
    many = train(here, options + " --starts 8 --bounds '-2 < a < 2'", text)
    assert records(one)[-1]["parameters"]["a"] > 0
    assert records(many)[-1]["parameters"]["a"] < 0
    assert records(many)[0] == {"start": 1, **records(one)[0]}


def test_what_is_held_fixed(here: Path) -> None:
    """It is no parameter; and that nothing can be told of it is said."""
    last = records(train(here, "a=0 b=0.5 --sensitivity b --epochs 2 --format json"))[-1]
    assert list(last["parameters"]) == ["a"]
    assert last["sensitivity"] == {"a": {"b": None}}
    assert "where its steps end" in last["reason"]


def test_trace_tells_of_steps(here: Path) -> None:
    done = cg(
        "train",
        LINE,
        "--data",
        "line.csv",
        "a=0",
        "b=0",
        "--epochs",
        "2",
        "--batch",
        "4",
        "--trace",
        cwd=here,
    )
    assert [line.split(":")[0] for line in done.err.splitlines()] == ["step 1", "step 2"]


# What can go wrong: the program, further arguments, the exit status, and what is told.
WRONG = [
    (LINE, ["a=0"], 3, "the input `b` has no value"),
    (LINE, [], 3, "the inputs `a`, `b` have no value"),
    ("[a*x, a]", ["a=1"], 3, "an array of shape [2]"),
    ("a*x; a", ["a=1"], 3, "there are 2 outputs"),
    ("b = 3*", ["a=1"], 3, "an operand is missing"),
    ("a*x", ["a=1", "--wrt", "x"], 2, "`x` is a column"),
    ("a*x", ["a=1", "--wrt", "z"], 2, "no name `z`"),
    ("a*x", ["a=1", "--rate", "0.1*"], 2, "<rate>:1:5"),
    ("a*x", ["a=1", "--rate", "0.1*q"], 2, "and not of `q`"),
    ("a*x", ["a=1", "--rate", "0 - 1"], 2, "it is -1"),
    ("a*x", ["a=1", "--rate", "[1, 2]"], 2, "it is an array"),
    ("a*x", ["a=1", "--rate", "1 - step"], 2, "it is -1 in step 2 of epoch"),
    ("a*x", ["a=1", "--momentum", "0.9"], 2, "--momentum goes with --method sgd"),
    ("a*x", ["a=1", "--bounds", "a > 2"], 2, "outside of its bound"),
    ("a*x", ["a=1", "--bounds", "q > 2"], 2, "no name `q`"),
    ("a*x", ["a=1", "--bad", "null"], 2, "'drop'"),
    ("a*x", ["a=1", "--out", "p.csv"], 2, ".toml"),
    ("a*x", ["a=1", "--validation", "no.csv"], 2, "no.csv"),
    ("a*x", ["a=1", "--resume", "line.csv"], 2, "no checkpoint"),
    ("a*x", ["a=1", "--resume", "no.npz"], 2, "no.npz"),
    ("log(x - 2)*a", ["a=1"], 1, "log(x - 2) is nan at x - 2 = -1, in row 1 of `line.csv`"),
    ("assert x < 3; a*x", ["a=1"], 1, "in row 3 of `line.csv`"),
    ("(y - a*x)^2", ["a=1", "--max-steps", "2", "--batch", "1"], 1, "--max-steps 2 reached in epoch 1"),
    (LINE, ["a=0", "b=0", "--method", "sgd", "--rate", "10", "--epochs", "200"], 1, "a smaller --rate"),
]  # fmt: skip


@pytest.mark.parametrize("text, given, status, told", WRONG, ids=[" ".join([t, *g]) for t, g, _, _ in WRONG])
def test_what_goes_wrong(here: Path, text: str, given: list[str], status: int, told: str) -> None:
    done = cg("train", text, "--data", "line.csv", *given, cwd=here)
    assert done.status == status, done
    assert told in done.err or told in done.out, done
    assert "Traceback" not in done.err
    if status == 1:
        done = cg("train", text, "--data", "line.csv", *given, "--format", "json", cwd=here)
        last = records(done)[-1]
        assert last["converged"] is False
        assert told in last["reason"]
        assert all(math.isfinite(value) for value in last["parameters"].values())


def test_no_rows(here: Path) -> None:
    assert cg("train", LINE, "a=0", "b=0", cwd=here).status == 2
    done = cg("train", LINE, "a=0", "b=0", "--data", "none.csv", cwd=here)
    assert (done.status, "no rows" in done.err) == (1, True)
    done = cg("train", LINE, "a=0", "b=0", "--data", "line.csv", "--validation", "none.csv", cwd=here)
    assert (done.status, "no rows in `none.csv`" in done.err) == (1, True)


# Programs without an answer for a row, and what is told: an element that is not there, a matrix.
UNANSWERED = [
    (
        "(a[x] - y)^2",
        ["a=[1, 2, 3]"],
        3,
        "there is no element 3: the axis has 3 elements, in row 3 of `line.csv`",
    ),
    ("(a[3 - x] - y)^2", ["a=[1, 2]"], 3, "there is no element 2"),
    ("sum(cholesky([[a, x], [x, 9]]))", ["a=1"], 1, "not positive definite"),
    ("sum(solve([[a, x], [x, x^2]], [1, y]))", ["a=1"], 1, "the matrix is singular"),
    ("s = 0; for i in 0..2 { s += a[x - i] }; s^2", ["a=[1, 2, 3]"], 3, "there is no element"),
    ("if x > 2 { s = a[x] } else { s = a[1] }; s^2", ["a=[1, 2, 3]"], 3, "there is no element 3"),
]


@pytest.mark.parametrize("text, given, status, told", UNANSWERED, ids=[case[0] for case in UNANSWERED])
def test_rows_without_an_answer(here: Path, text: str, given: list[str], status: int, told: str) -> None:
    for more in ([], ["--validation", "line.csv"], ["--batch", "1"]):
        done = cg("train", text, "--data", "line.csv", *given, *more, "--format", "json", cwd=here)
        assert (done.status, told in done.err) == (status, True), done
        assert told in records(done)[-1]["reason"] if done.out else status == 3


def test_validation_that_has_no_value(here: Path) -> None:
    (here / "bad.csv").write_text("x,y\n1,nan\n")
    done = cg("train", LINE, "a=0", "b=0", "--data", "line.csv", "--validation", "bad.csv", "--patience", "2",
              "--format", "json", cwd=here)  # fmt: skip
    assert (done.status, len(records(done))) == (1, 2)
    assert records(done)[-1]["reason"] == "the loss of the validation rows is nan in epoch 1"
    done = cg("train", LINE, "a=0", "b=0", "--data", "line.csv", "--validation", "gap.csv", cwd=here)
    assert done.status == 2
    (here / "other.csv").write_text("x,z\n1,2\n")
    done = cg("train", LINE, "a=0", "b=0", "--data", "line.csv", "--validation", "other.csv", cwd=here)
    assert (done.status, done.err) == (2, "error: `other.csv` has no column `y`\n")


def test_a_column_of_arrays_that_a_loop_goes_over(here: Path) -> None:
    """By `cg train` and by `cg fit`: the same as without a loop."""
    tokens, target = np.arange(60).reshape(20, 3) % 4, np.arange(20.0)
    np.savez(here / "rows.npz", tokens=tokens, target=target)
    loop, plain = "s = 0; for k in tokens { s += w[k] }", "s = sum(w[tokens])"
    found = []
    for text in (loop, plain):
        done = cg("train", f"input tokens: [3]; {text}; (target - s)^2", "--data", "rows.npz", "w=zeros(4)",
                  "--epochs", "2", "--format", "json", cwd=here)  # fmt: skip
        assert done.status == 0, done
        found.append(np.array(records(done)[-1]["parameters"]["w"]))
        done = cg(
            "fit", f"input tokens: [3]; {text}; target ~ s", "--data", "rows.npz", "w=zeros(4)", cwd=here
        )
        assert done.status == 0, done
    assert found[0] == pytest.approx(found[1], rel=1e-12)


def test_missing_cells(here: Path) -> None:
    done = cg("train", LINE, "a=0", "b=0", "--data", "gap.csv", cwd=here)
    assert (done.status, "gap.csv" in done.err) == (2, True)
    done = cg("train", LINE, "a=0", "b=0", "--data", "gap.csv", "--bad", "drop", "--format", "json", cwd=here)
    assert records(done)[-1]["rows"] == 2
    assert "left out with their rows" in done.err
