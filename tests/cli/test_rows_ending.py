"""What ends rows early: `--strict`, `--timeout` and Ctrl-C, through the executable."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.cg import CG, cg, computes, hears_interrupts

STRICT = [  # cells, a program, options, and what it ends with; None where it does not
    ("a,b\nnan,2\n1,2\n", "a+b", [], "`f` is nan, in row 1 of"),
    ("a,b\n1,2\ninf,3\n", "a+b", [], "`f` is inf, in row 2 of"),
    ("a,b\n1,2\ninf,3\n", "1/a", [], None),
    ("a,b\n1,2\nnan,3\n", "a*b", ["--where", "b < 3"], None),
    ("a,b\n1,2\n,3\n", "a*b", ["--bad", "null"], None),
    ("a,b\n1,2\n,3\n", "a*b", ["--bad", "drop"], None),
    ("a,b\n1,2\n0,3\n", "log(a)", [], "log(a) is -inf at a = 0, in row 2 of"),
    ("a,b\nnan,2\n", "a", ["--reduce", "sum"], "`f` is nan, in row 1 of"),
    ("a,b\nnan,2\n", "b", ["--reduce", "max"], None),
    ("a,b\n1e308,1\n1e308,1\n", "a", ["--reduce", "sum"], "the sum of `f` is beyond the largest double"),
    ("a,b\n1e308,1\n1e308,1\n", "a", ["--reduce", "mean", "--by", "b"], "the mean of `f` is beyond"),
    ("a,b\n1e308,1\n1e308,2\n", "a", ["--reduce", "sum", "--by", "b"], None),
]


@pytest.mark.parametrize("engine", ["plain", "kernel"])
@pytest.mark.parametrize("cells, program, options, told", STRICT)
def test_under_strict_a_result_that_is_not_finite_is_an_error(
    cells: str, program: str, options: list[str], told: str | None, engine: str, tmp_path: Path
) -> None:
    path = tmp_path / "t.csv"
    path.write_text(cells)
    given = ["eval", program, "--data", str(path), "--engine", engine, *options]
    done = cg(*given, "--strict")
    assert (done.status, f"error: {told}" in done.err) == ((0, False) if told is None else (1, True)), done
    assert cg(*given).status == 0


LONG = [
    ["eval", "x", "--over", "x=0:1e9:1", "--reduce", "sum"],
    ["eval", "x", "--over", "x=0:1e12:1", "--reduce", "count"],
    [
        "grad",
        "sin(x)*y",
        "--over",
        "x=0:1e4:1",
        "--over",
        "y=0:1e4:1",
        "--reduce",
        "max",
        "--engine",
        "plain",
    ],
    ["eval", "y = 0; while y < x { y += 1 }; y", "--over", "x=1e3:1e6:1", "--reduce", "sum"],
    ["eval", "x", "--over", "x=0:1e9:1", "--out", "t.csv"],
    ["jacobian", "sin(A@A)", "A=normal([90, 90])"],
]


@pytest.mark.long
@pytest.mark.parametrize("given", LONG, ids=[" ".join(one[:4]) for one in LONG])
def test_timeout_ends_what_takes_longer(given: list[str], tmp_path: Path) -> None:
    began = time.monotonic()
    done = cg(*given, "--timeout", "0.3", cwd=tmp_path)
    assert (done.status, done.out, "error: --timeout 0.3 reached" in done.err) == (1, "", True), done
    assert time.monotonic() - began < 5
    assert list(tmp_path.iterdir()) == []


def test_under_lines_the_next_line_has_its_own_time() -> None:
    given = ["jacobian", "--lines", "-f", "-", "A=normal([90, 90])", "a=2", "--timeout", "0.3"]
    done = cg(*given, stdin="sin(A@A)\n[a^2]\n")
    assert (done.status, "df/da = [4]" in done.out) == (1, True), done


def test_an_interrupt_says_so(tmp_path: Path) -> None:
    given = [CG, "eval", "x", "--over", "x=0:1e12:1", "--reduce", "sum"]
    pipe = subprocess.PIPE
    with subprocess.Popen(given, stdout=pipe, stderr=pipe, text=True, preexec_fn=hears_interrupts) as process:
        computes(process)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
    assert (process.returncode, out, err) == (130, "", "error: interrupted\n")


ENDLESS = [
    ["-f"],
    ["x", "--vars"],
    ["x", "--data-format", "csv", "--data"],
    ["x", "--data-format", "jsonl", "--data"],
]


@pytest.mark.parametrize("given", ENDLESS)
def test_a_device_has_no_end(given: list[str]) -> None:
    for device in ("/dev/zero", "/dev/urandom"):
        done = cg("eval", *given, device)
        assert (done.status, f"cannot read `{device}`: it is a device" in done.err) == (2, True), done
    assert "it is a device" not in cg("eval", *given, "/dev/null").err
