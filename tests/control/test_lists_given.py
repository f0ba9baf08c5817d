"""Lists from files and from Python, of which a program without blocks takes items."""

from __future__ import annotations

from pathlib import Path

import pytest

import cgcli
from tests.cg import cg

GIVEN = '{"xs": [[1], [1, 2]], "b": 2}'

ANSWERS = {
    ("eval", "sum(xs[1])"): "3\n",
    ("eval", "xs[1]"): "[1, 2]\n",
    ("eval", "xs[1:]"): "[[1, 2]]\n",
    ("grad", "sum(xs[1])*b"): "f = 6\ndf/db = 3\n",
    ("jacobian", "xs[1]*b"): "f = [2, 4]\ndf/db = [1, 2]\n",
    ("minimize", "(b - sum(xs[1]))^2"): "b = 3\n",
    ("solve", "b^2 == 3*sum(xs[1])"): "b = 3\n",
}


@pytest.mark.parametrize("line", ANSWERS, ids=" ".join)
def test_items_are_taken(line: tuple[str, str], tmp_path: Path) -> None:
    (tmp_path / "v.json").write_text(GIVEN)
    unknown = ["b=2"] if line[0] in ("minimize", "solve") else []
    found = cg(*line, "--vars", "v.json", *unknown, cwd=tmp_path)
    assert (found.status, found.out[: len(ANSWERS[line])]) == (0, ANSWERS[line]), found


def test_from_python() -> None:
    xs = [[1], [1, 2]]
    assert cgcli.evaluate("sum(xs[1])", xs=xs) == {"f": 3}
    for prepared, given in (
        (cgcli.prepare("sum(xs[1])*b", xs=xs), {}),
        (cgcli.prepare("sum(xs[1])*b"), {"xs": xs}),
    ):
        assert prepared.gradient(b=2, **given) == {"f": {"b": 3}}


def test_a_list_is_no_array(tmp_path: Path) -> None:
    (tmp_path / "v.json").write_text(GIVEN)
    assert "`xs` in `v.json` differ in length" in cg("eval", "sum(xs)", "--vars", "v.json", cwd=tmp_path).err
