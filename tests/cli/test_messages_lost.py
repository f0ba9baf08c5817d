"""Where messages cannot be written: answers and exit statuses are what they are otherwise; and what a
fault of cg's own does to the lines behind it."""

from __future__ import annotations

import subprocess

import pytest

from cgcli.cli.faults import as_error
from cgcli.cli.request import Request
from cgcli.cli.session import run
from tests.cg import CG, executable

ASKED = [
    "eval 1/0", "eval x+", "eval 1+1", "evall 1", "eval 1 --nope", "grad x^2 x=inf", "eval 1/0 --format json",
    "eval 1/0 --strict", "eval x+ --color always", "eval 1/0 --color always", "solve x^2==2 x=1",
    "fit y~a*x --data /nonexistent a=1", "eval for|i|in|0..3|{print(i)};2", "check sin(x) x=1",
]  # fmt: skip


@pytest.mark.parametrize("lost", ["2>&-", "2>/dev/full", "2>&- <&-"])
@pytest.mark.parametrize("asked", ASKED)
def test_nothing_else_is_lost(asked: str, lost: str) -> None:
    arguments = [one.replace("|", " ") for one in asked.split()]
    wanted = executable(*arguments)
    done = subprocess.run(
        ["sh", "-c", f'"$@" {lost}', "sh", CG, *arguments], stdout=subprocess.PIPE, timeout=60, check=False
    )
    assert (done.returncode, done.stdout.decode()) == (wanted.status, wanted.out)


def test_a_fault_does_not_stop_lines(capsys: pytest.CaptureFixture[str]) -> None:
    def answer(session: object, prepared: object) -> None:
        text = session.source.text  # type: ignore[attr-defined]
        if "2" in text:
            raise KeyError("seen")
        print(text)

    status = run(answer, Request(["x1 = 1\nx2 = 2\nx3 = 3"], command="eval", lines=True))
    out, err = capsys.readouterr()
    assert status == 70
    assert out == "x1 = 1\nx3 = 3\n"
    assert "a fault of cg itself (KeyError: 'seen'" in err
    assert "<expr>:2:1" in err


def test_no_memory_is_told_of() -> None:
    assert as_error(MemoryError()).diagnostic.message == "there is not enough memory for this program"
