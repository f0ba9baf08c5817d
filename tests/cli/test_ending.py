"""Searches that are ended from outside, by a signal or because their time is over: the best point so far is
told, and files are whole."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.cg import CG, Result, cg, executable, hears_interrupts

pytestmark = pytest.mark.long

# Searches that go on for long, each with where the best point stands in its record, and what is true of it.
ROSENBROCK = "sum(100*(v[1:] - v[:-1]^2)^2 + (1 - v[:-1])^2)"
LONG: dict[str, Sequence[str]] = {
    "minimize": ["minimize", ROSENBROCK, "v=-1.2*ones(40)", "--starts", "100000"],
    "constrained": ["minimize", "x^2 + y^2", "x=3", "y=1", "--st", "x*y >= 1", "--starts", "100000"],
    "solve": ["solve", "x^2 + y^2 == -1; x*y == 3", "x=1", "y=1", "--starts", "100000"],
    "fit": ["fit", "y ~ a*sin(b*x) + c", "--data", "rows.csv", "a=1", "b=1", "c=0", "--starts", "3000"],
    "arrays": ["fit", "y ~ a*sin(b*x)", "x=linspace(0, 9, 50)", "y=sin(linspace(0, 9, 50))^2",
               "a=1", "b=1", "--wrt", "a,b", "--starts", "3000"],
    "train": ["train", "(y - a*x)^2", "--data", "rows.csv", "a=0", "--epochs", "100000000"],
}  # fmt: skip


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "rows.csv").write_text("x,y\n" + "".join(f"{x},{x % 7}\n" for x in range(50)))
    return tmp_path


def begun(*arguments: str, cwd: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [CG, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=cwd,
        preexec_fn=hears_interrupts,
    )  # fmt: skip


def ended(process: subprocess.Popen[str], number: int, steps: int = 20) -> Result:
    """What comes of a search, with `--trace`, that hears of a signal after so many steps."""
    assert process.stderr is not None
    told = [process.stderr.readline() for _ in range(steps)]
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    return Result(process.returncode, out, "".join(told) + err)


def point(record: dict[str, Any]) -> list[Any]:
    found = record.get("at") or record["parameters"]
    return [one["value"] if isinstance(one, dict) else one for one in found.values()]


@pytest.mark.parametrize("name", LONG)
def test_the_best_point_is_told(here: Path, name: str) -> None:
    number = signal.SIGTERM if name in ("fit", "solve") else signal.SIGINT
    process = begun(*LONG[name], "--trace", "--format", "json", "--out", "o.json", cwd=here)
    done = ended(process, number)
    assert done.status == 130, done
    record = json.loads(done.out.splitlines()[-1])
    assert record["converged"] is False
    assert record["reason"].startswith("interrupted ")
    assert record["iterations"] >= 19
    last = json.loads(done.err.splitlines()[-1])
    assert last["error"]["kind"] == "interrupted"
    assert last["error"]["message"].startswith("interrupted ")
    if name != "train":
        assert point(record) == list(json.loads((here / "o.json").read_text()).values())
    assert "Traceback" not in done.err
    assert sorted(os.listdir(here)) == ["o.json", "rows.csv"]


@pytest.mark.parametrize("name", ["minimize", "solve", "fit", "train"])
def test_the_best_point_is_told_when_time_is_over(here: Path, name: str) -> None:
    for seconds in ("0.5", "5", "25"):  # where others compute too, the first may end before a step is done
        done = cg(*LONG[name], "--timeout", seconds, cwd=here)
        assert (done.status, f"error: --timeout {seconds} reached" in done.err) == (1, True), done
        if done.out:
            break
    assert f"--timeout {seconds} reached" in done.out.splitlines()[-1]
    (here / "found.txt").write_text(done.out)
    names = [line.partition(" = ")[0] for line in done.out.splitlines() if line[0] != "#"]
    for one in names:  # what is told can be read
        assert cg("eval", f"{one}", "--vars", "found.txt", cwd=here).status == 0
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_no_worse_than_the_start(here: Path) -> None:
    done = cg("minimize", ROSENBROCK, "v=-1.2*ones(2000)", "--method", "slsqp", "--timeout", "0.5",
              "--format", "json", cwd=here)  # fmt: skip
    assert done.status == 1
    least = json.loads(done.out)["minimum"]
    assert least is None or least <= float(cg("eval", ROSENBROCK, "v=-1.2*ones(2000)").out)


def test_before_anything_was_found(here: Path) -> None:
    for given in LONG.values():
        done = cg(*given, "--timeout", "1e-6", "--format", "json", cwd=here)
        assert done.status == 1
        record = json.loads(done.out)
        assert record["reason"] == json.loads(done.err)["error"]["message"]
        assert record["reason"] == "--timeout 1e-06 reached before anything was found"
        assert all(np.isfinite(value).all() for value in point(record))


def test_roots_of_a_range_that_were_found(here: Path) -> None:
    program = "sin(1/x) + 1e-30*sum(sin(x*linspace(0, 1, 200)))"
    with begun("solve", program, "--between", "x=-1:1.1", "--all", "--format", "json", cwd=here) as process:
        time.sleep(1.5)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert not out or json.loads(out)["reason"].startswith("interrupted")
    assert "Traceback" not in err


def test_training_goes_on_bit_for_bit(here: Path) -> None:
    """From where it was interrupted, within an epoch, or from the last whole epoch before it was killed. Of
    `--trace` there are more lines than a pipe holds, so that a process whose lines are not read waits."""
    given = (
        "train", "log1p((y - a*x - b)^2)", "--data", "rows.csv", "a=0", "b=0", "--batch", "1",
        "--epochs", "40",
        "--rate", "1e-4", "--patience", "30", "--tolerance", "1e-12", "--method", "sgd", "--momentum", "0.9",
    )  # fmt: skip
    whole = executable(*given, "--log", "whole.csv", "--out", "whole.npz", cwd=here)
    for number in (signal.SIGINT, signal.SIGKILL):
        files = ("--log", "log.csv", "--checkpoint", f"{number}.npz", "--out", "rest.npz")
        done = ended(begun(*given, *files, "--trace", cwd=here), number, 320)
        assert done.status == (130 if number == signal.SIGINT else -number), done
        assert number == signal.SIGKILL or "interrupted in epoch " in done.out
        rest = executable(*given, *files, "--resume", f"{number}.npz", cwd=here)
        assert rest.out.splitlines()[-2:] == whole.out.splitlines()[-2:]
        for one, other in (("whole.npz", "rest.npz"), ("whole.csv", "log.csv")):
            assert (here / one).read_bytes() == (here / other).read_bytes()


def test_patience_ends_what_goes_on_from_its_end(here: Path) -> None:
    given = ("train", "(y - a*x)^2", "--data", "rows.csv", "a=0", "--rate", "0.01", "--epochs", "90")
    whole = cg(*given, "--patience", "9", cwd=here)
    first = cg(*given, "--patience", "4", "--checkpoint", "c.npz", cwd=here)
    again = cg(*given, "--patience", "4", "--resume", "c.npz", cwd=here)
    assert "was least in epoch" in first.out
    assert first.out.splitlines()[-3:] == again.out.splitlines()
    rest = cg(*given, "--patience", "9", "--resume", "c.npz", cwd=here)
    assert whole.out.splitlines()[-3:] == rest.out.splitlines()[-3:]


def test_who_is_deaf_to_a_signal_stays_so(here: Path) -> None:
    """As behind `nohup`, for searches and for rows."""
    rows = ["eval", "sin(x)", "--over", "x=0:1000000:1", "--out", "o.csv"]
    for given in ([*LONG["train"][:-1], "1500"], rows):
        process = subprocess.Popen(
            ["nohup", CG, *given], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, cwd=here,
        )  # fmt: skip
        time.sleep(0.5)
        process.send_signal(signal.SIGHUP)
        assert process.wait(timeout=60) == 0


@pytest.mark.parametrize(
    "option, path",
    [
        ("--out", "no/p.json"), ("--out", "rows.json/p.json"), ("--out", "dir.json"),
        ("--checkpoint", "no/c.npz"), ("--log", "no/l.csv"),
    ],
)  # fmt: skip
def test_files_that_cannot_be_written_are_told_of_before_the_work(here: Path, option: str, path: str) -> None:
    (here / "rows.json").write_text("")
    (here / "dir.json").mkdir()
    done = cg(*LONG["train"], option, path, cwd=here)
    assert (done.status, done.out) == (2, "")
    assert f"cannot write `{path}`" in done.err


def test_a_log_that_ends_ends_no_training(here: Path) -> None:
    given = ("train", "(y - a*x)^2", "--data", "rows.csv", "a=0", "--epochs", "3")
    plain, logged = cg(*given, cwd=here), cg(*given, "--log", "/dev/full", "--resume", "c.npz", cwd=here)
    assert logged.status == 2  # there is no checkpoint
    shell = f"{CG} train '(y - a*x)^2' --data rows.csv a=0 --epochs 20 --batch 1 --log >(head -2 >/dev/null)"
    done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, cwd=here, timeout=60)
    assert done.returncode == 0
    assert "Broken pipe: the log ends with step" in done.stderr
    assert done.stdout.splitlines()[0] == cg(*given[:-1], "20", "--batch", "1", cwd=here).out.splitlines()[0]
    assert plain.status == 0


@pytest.mark.parametrize("seconds", ["1e9", "1e300", "inf"])
@pytest.mark.parametrize("name", ["minimize", "solve", "eval"])
def test_more_time_than_clocks_know(name: str, seconds: str) -> None:
    done = cg(name, "x - 1" if name == "solve" else "(x - 1)^2", "x=0", "--timeout", seconds)
    assert (done.status, done.err) == (0, "")
