"""Tables as lines of text, compiled: as Python writes them."""

from __future__ import annotations

import csv
import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from cgcli.data.csv_sink import MANY, CsvSink, doubles_or_texts
from cgcli.kernels.decimals import rows_of_text
from cgcli.render.numbers import number

RANDOM = np.random.default_rng(8)

TABLES = {
    "any bits": RANDOM.integers(0, 2**64, 200_000, dtype=np.uint64).view(float),
    "usual": RANDOM.standard_normal(100_000), "few digits": np.round(100 * RANDOM.standard_normal(50_000), 3),
    "powers of two": 2.0 ** np.arange(-1074, 1024), "powers of ten": 10.0 ** np.arange(-323, 309),
    "below powers of ten": np.nextafter(10.0 ** np.arange(-323, 309), 0),
    "above powers of two": np.nextafter(2.0 ** np.arange(-1074, 1024), np.inf),
    "whole": RANDOM.integers(-(2**60), 2**60, 50_000).astype(float), "small": np.arange(1, 50_000) * 1e-6,
    "two digits": np.array([float(f"{m}e{e}") for m in range(1, 100, 7) for e in range(-324, 309)]),
    "odd": np.array([0.0, -0.0, np.nan, np.inf, -np.inf, 1e16, 1e15, 1e-4, 1e-5, 5e-324, 2.0**53, 2.0**53 - 1,
                     1.7976931348623157e308, 2.2250738585072014e-308, -1e100, 123456.789, 2.0**53 + 2]),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_numbers_are_written_as_everywhere(name: str) -> None:
    column = TABLES[name]
    found = rows_of_text([column], None, ",")
    assert found is not None
    assert bytes(found).decode().splitlines() == [number(x) for x in column.tolist()]


@given(npst.arrays(float, st.integers(0, 20)), st.sampled_from(",\t"))
def test_columns_stand_side_by_side(column: Any, separator: str) -> None:
    found = rows_of_text([column, -column, column], None, separator)
    assert found is not None
    rows = [[number(x), number(-x), number(x)] for x in column.tolist()]
    assert bytes(found).decode().splitlines() == [separator.join(row) for row in rows]


COLUMNS = {
    "numbers": np.array([1.5, np.nan, -0.0, 1e-7]), "plain": ["a", "b c", "é", "0"],
    "quotes": ["a,b", '"', "x\ny", "\r"], "empty": ["", "", "", "x"],
    "mixed": [None, 2.5, "a,b", ""], "arrays": [[1.0], [2.0], None, []],
}  # fmt: skip


@pytest.mark.parametrize(
    "names",
    [
        ["numbers"], ["empty"], ["plain", "numbers"], ["numbers", "quotes", "empty"], ["mixed", "numbers"],
        ["numbers", "numbers"], ["arrays", "plain"],
    ],
)  # fmt: skip
@pytest.mark.parametrize("missing", [None, [True, False, False, True]])
@pytest.mark.parametrize("separator", [",", "\t"])
def test_a_sink_of_many_rows_writes_what_one_of_few_does(
    names: list[str], missing: list[bool] | None, separator: str
) -> None:
    times = MANY // 4
    columns = [np.tile(x, times) if hasattr(x := COLUMNS[name], "dtype") else x * times for name in names]
    gone = None if missing is None else np.array(missing * times)
    found = []
    for threads in (0, 2):
        stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="")
        sink = CsvSink(stream, names, number, separator, threads)
        sink.write(columns, gone)
        sink.close()
        stream.flush()
        found.append(stream.buffer.getvalue())  # type: ignore[attr-defined]
    assert found[0] == found[1]


def test_texts_are_those_of_parts_of_arrows_tables() -> None:
    pa = pytest.importorskip("pyarrow")
    whole = pa.array(["a", None, "bc", "", "déf"])
    for part in (whole, whole[1:4], whole[4:], whole[:0], pa.chunked_array([whole[2:], whole[:2]])):
        found = rows_of_text([np.arange(float(len(part))), doubles_or_texts(part, ",")], None, ",")
        assert found is not None
        rows = list(csv.reader(io.StringIO(bytes(found).decode())))
        assert rows == [[str(place), text or ""] for place, text in enumerate(part.to_pylist())]
    whole = [
        *map(
            int,
            bytes(rows_of_text([doubles_or_texts(pa.array([1, -2, 2**62]), ",")], None, ",") or b"").split(),
        )
    ]
    assert whole == [1, -2, 2**62]
    assert doubles_or_texts(pa.array(["a,b"]), ",") is None
    assert doubles_or_texts(pa.array(["a,b"]), "\t") is not None
