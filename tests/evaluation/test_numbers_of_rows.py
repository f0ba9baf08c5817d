"""Operations on arrays, of numbers: in rows each is that of its row, and not of a column."""

from __future__ import annotations

from pathlib import Path

import pytest

from cgcli.ops import ARRAY_OPS
from cgcli.ops.entry import Op
from tests.cg import cg

VALUES = (1.5, 3.0, -2.0)


def answers(text: str, command: str) -> list[str] | None:
    """What each value gives alone; None where the operation is none of numbers."""
    found = []
    for value in VALUES:
        done = cg(command, text, f"x={value}", "--format", "csv")
        if done.status:
            return None
        found += [",".join(line.split(",")[1::2]) for line in done.out.splitlines()[1:]]
    return found


@pytest.mark.parametrize("op", [op for op in ARRAY_OPS if op.function], ids=lambda op: op.name)
@pytest.mark.parametrize("command", ["eval", "grad"])
def test_an_operation_of_a_number(op: Op, command: str, tmp_path: Path) -> None:
    text = f"x + {op.word}({', '.join(['x'] * (op.arity or 2))})"
    right = answers(text, command)
    (tmp_path / "t.csv").write_text("x\n" + "".join(f"{value}\n" for value in VALUES))
    for engine in ("plain", "kernel", "auto"):
        done = cg(command, text, "--data", "t.csv", "--engine", engine, cwd=tmp_path)
        assert (done.status == 0) == (right is not None), done
        if right is not None and "[" not in done.out:
            assert done.out.splitlines()[1:] == right


@pytest.mark.parametrize(
    "line",
    [["eval", "sum(x)", "--over", "x=1:3:1"], ["fit", "y ~ a*x/mean(x)", "a=1"],
     ["train", "(a*std(x) - y)^2", "a=1", "--epochs", "1"]],
)  # fmt: skip
def test_it_is_told_of(line: list[str], tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("x,y\n1,1\n2,2\n3,4\n")
    done = cg(*line, *([] if "--over" in line else ["--data", "t.csv"]), cwd=tmp_path)
    assert done.status == 0
    assert "is of one number, that of a row, and not of all rows" in done.err
