"""CSV read by PyArrow says what the reader of rows says, cell by cell."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cgcli.data.cells import Cells
from cgcli.data.csv_arrow import Layout
from cgcli.data.csv_file import LARGE
from cgcli.data.csv_rows import read_columns, read_rows
from tests.cg import cg

# Cells of one file, and how often something else than a plain number stands there.
PLAIN = ["1", "-2", "+3.5", "4.", ".5", "1e3", "-1.25E-2", " 7", "8 ", "0", "-0"]
ODD = [
    "", " ", "NA", "na", "nA", "N/A", "#N/A", "null", "NULL", "Null", "true", "False", "TRUE", "nan", "NaN",
    "inf", "-Infinity", "0x10", "0b11", "-0x1F", "9007199254740993", "1e400", "1e-400", "-1e-310",
    "12345678901234567890",
    "x", "1_000", "1 2", "--1", "1e", "٣", "2020-01-01", '""', '"3"', '" "', '"x ""y"""', "1.5.2",
    "0.1234567890123456789", '"3" ', '"2.5"\t ', '"" ', '"NA" ', '"x ""y"" , z" ',
]  # fmt: skip
COMMAS = [
    "1,5",
    "-,5",
    "2",
    "",
    "NA",
    "1,5e3",
    "x",
    "true",
    "0x10",
    "+7,25",
    " 1,5 ",
    "1,2,3",
    "inf",
    "1e-400",
]

WAYS = [  # cells, whether with decimal commas, and what becomes of cells that are none
    (PLAIN, False, None),
    (PLAIN, False, "null"),
    (PLAIN + ODD, False, "null"),
    (PLAIN * 9 + ODD, False, "drop"),
    ([*PLAIN, "", "NA", "null"], False, "null"),
    ([*PLAIN, "true", "0x10", "nan", "inf", "9007199254740993"], False, None),
    ([one.replace(".", ",") for one in PLAIN], True, "null"),
    (COMMAS, True, "null"),
]


def told(cells: Cells, numbers: list[Any], gone: dict[Any, Any]) -> Any:
    found = [repr(column.tolist()) for column in numbers]
    marks = {place: column.tolist() for place, column in gone.items() if column.any()}
    return found, marks, cells.missing, cells.other, cells.lost


@pytest.mark.parametrize("width", [1, 3])
@pytest.mark.parametrize("place", range(len(WAYS)))
def test_columns_are_those_of_the_reader_of_rows(place: int, width: int) -> None:
    written, comma, bad = WAYS[place]
    mark = ";" if comma else ","
    drawn = random.Random(place)
    for _ in range(20):
        rows = [[drawn.choice(written) for _ in range(width)] for _ in range(30)]
        part = "".join(mark.join(row) + "\n" for row in [*rows, ["1"] * width]).encode()
        fast, slow = (Cells("t.csv", "line", bad, comma) for _ in range(2))
        layout = Layout("t.csv", mark, width, [0, width - 1, 0], 2)
        found = layout.read(part, comma, bad)
        assert found is not None or any('"' in cell or not cell.isascii() for cell in written)
        if found is None:
            continue
        found.settle(fast)
        lines = list(read_rows("t.csv", part.decode(), mark, bad is None, (1, width)))
        numbers, gone = read_columns(slow, lines, [0, width - 1], None)
        gone = {at: gone[column] for at, column in enumerate([0, width - 1]) if column in gone}
        assert told(fast, found.numbers, found.gone) == told(slow, numbers, gone)
        kept = [row[0] for _, row in lines]  # where a blank line is a cell, it is empty
        assert [cell if cell.strip() or width > 1 else "" for cell in found.kept[0].to_pylist()] == kept


REFUSED = [  # parts, and what becomes of cells that are none
    (b"1,2\n,3\n", None),
    (b"1,2\nx,3\n", None),
    (b"1,2\n3\n", "null"),
    (b"1,2\n3,4,5\n", "drop"),
]


@pytest.mark.parametrize("part, bad", REFUSED)
def test_what_is_an_error_is_left_to_the_reader_of_rows(part: bytes, bad: str | None) -> None:
    assert Layout("t.csv", ",", 2, [0, 1], 2).read(part, False, bad) is None


def test_blank_lines_that_end_a_single_column_are_no_cells() -> None:
    layout = Layout("t.csv", ",", 1, [0], 1)
    assert layout.read(b"1\n\n\n", False, "null") is None
    found = layout.read(b"1\n\n2\n", False, "null")
    assert found is not None
    assert found.gone[0].tolist() == [False, True, False]


@pytest.mark.parametrize("odd", ["", "x", "0x10"])
def test_large_files_with_few_cells_that_are_not_plain(odd: str, tmp_path: Path) -> None:
    rows = [f"{place},{place / 8}" for place in range(LARGE // 8)]
    rows[100_000] = f"{odd},1.5"
    path = tmp_path / "t.csv"
    path.write_text("\n".join(["a,b", *rows]) + "\n")
    out = str(tmp_path / "o.npz")
    given = ["eval", "a*b", "--data", str(path), "--bad", "null", "--keep", "b", "--out", out]
    assert cg(*given).status == 0
    found = np.load(out)
    expected = np.arange(len(rows)) ** 2 / 8
    expected[100_000] = 24.0 if odd == "0x10" else np.nan
    assert np.array_equal(found["f"], expected, equal_nan=True)
    assert found["b"][100_000] == 1.5
