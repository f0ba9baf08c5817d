"""Odd tables in every format, whole and damaged: an answer, or an error that says what is wrong."""

from __future__ import annotations

import datetime
import gzip
import io
import json
import tempfile
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cg import Result, cg

NAMES = ["x", "a b", "größe", "if", "e", "1a", "", " ", 'x"q', "x,y", "y\nz", "x[0]", "df/dx", "-x", "a.b"]
NUMBERS = [0.0, -0.0, 1.5, 2.0**53, 1e-310, -1e308, float("nan"), float("inf")]
WHOLE = [0, -1, 7, 2**53 + 1, -(2**63), 2**63 - 1]
TEXTS = ["a", "", "1", "NA", "1e400", "é", '"', "x,y", "nan", " 5 ", "0x10"]

# A type, and the cells of a column of that type.
KINDS = [
    (pa.float64(), NUMBERS), (pa.float32(), NUMBERS[:3]), (pa.int64(), WHOLE), (pa.uint64(), [0, 2**64 - 1]),
    (pa.bool_(), [True, False]), (pa.string(), TEXTS), (pa.dictionary(pa.int8(), pa.string()), ["a", "1"]),
    (pa.timestamp("us"), [datetime.datetime(2020, 1, 1)]), (pa.date32(), [datetime.date(2020, 1, 1)]),
    (pa.decimal128(25, 5), [Decimal("1.5"), Decimal(10**19 + 1)]), (pa.null(), [None]),
    (pa.list_(pa.float64()), [[1.0, 2.0], [3.0, 4.0]]), (pa.list_(pa.float64()), [[1.0], [], [2.0, 3.0]]),
    (pa.struct([("a", pa.float64())]), [{"a": 1.0}]), (pa.binary(), [b"\xff"]),
]  # fmt: skip

# Times that only Arrow has.
FINE = [
    (kind, [1])
    for kind in (pa.timestamp("ns", "UTC"), pa.time64("ns"), pa.duration("ns"), pa.timestamp("ns"))
] + [(pa.list_(pa.timestamp("ns")), [[1]]), (pa.list_(pa.date32()), [[1]])]

ENDINGS = ["csv", "tsv", "jsonl", "parquet", "arrow", "npz", "csv.gz", "jsonl.zst"]
OPTIONS = [
    [], ["--bad", "null"], ["--bad", "drop"], ["--keep", "all"], ["--where", "X > 0"], ["--reduce", "sum"],
    ["--reduce", "count", "--by", "X"], ["--types", "X=float"], ["--format", "json"],
    *(["--keep", "all", "--out", f"o.{ending}"] for ending in ENDINGS),
]  # fmt: skip


def table(random: Random, kinds: Sequence[Any]) -> pa.Table:
    names = random.sample(NAMES, random.randrange(1, 4))
    count: int = random.choice([0, 1, 2, 5])
    columns = []
    for _ in names:
        kind, cells = random.choice(kinds)
        gone = random.choice([0, 0, 0.3])
        columns.append(
            pa.array([None if random.random() < gone else random.choice(cells) for _ in range(count)], kind)
        )
    return pa.table(columns, names=names)


def written(rows: pa.Table, ending: str, random: Random) -> bytes:
    """The bytes of a file."""
    kind, _, packed = ending.partition(".")
    raw, text = io.BytesIO(), io.StringIO()
    if kind == "parquet":
        pq.write_table(rows, raw, row_group_size=random.choice([1, 100]))
    elif kind == "arrow":
        with random.choice([pa.ipc.new_file, pa.ipc.new_stream])(raw, rows.schema) as file:
            file.write_table(rows)
    elif kind == "npz":
        arrays = {name: np.arange(len(rows) * 2.0).reshape(-1, 2) for name in rows.column_names}
        arrays |= {
            name: np.array(column.to_pylist())
            for name, column in zip(rows.column_names, rows.columns, strict=True)
            if not pa.types.is_nested(column.type)
        }
        np.savez(raw, **arrays)
    elif kind == "jsonl":
        for row in rows.to_pylist():
            text.write(json.dumps(row, default=repr) + random.choice(["\n", "\r\n", "\n\n"]))
    else:
        mark = {"csv": ",", "tsv": "\t"}[kind]
        for row in [rows.column_names, *map(dict.values, rows.to_pylist())]:
            cells = ('"' + ("" if cell is None else str(cell)).replace('"', '""') + '"' for cell in row)
            text.write(mark.join(cells) + "\n")
    found = raw.getvalue() + text.getvalue().encode()
    return {"": bytes, "gz": gzip.compress, "zst": lambda raw: pa.compress(raw, "zstd", asbytes=True)}[
        packed
    ](found)


def damaged(raw: bytes, random: Random) -> bytes:
    """The same, cut or with other bytes."""
    found = bytearray(raw)
    for _ in range(random.choice([1, 1, 5])):
        place = random.randrange(len(found) + 1)
        end = random.choice([place, place + 1, place + 9, len(found)])
        found[place:end] = random.randbytes(random.randrange(4))
    return bytes(found)


def answered(found: Result, folder: Path) -> None:
    """With status and a reason, and nothing temporary stays."""
    assert found.status in (0, 1, 2, 3), found
    assert found.err or not found.status
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("ending", ENDINGS)
@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=25, deadline=None)
@given(random=st.randoms(use_true_random=False), is_whole=st.booleans())
def test_any_table_has_an_answer_or_an_error(ending: str, random: Random, is_whole: bool) -> None:
    rows = table(random, KINDS + FINE if ending in ("parquet", "arrow") else KINDS)
    raw = written(rows, ending, random)
    with tempfile.TemporaryDirectory() as place:
        folder, path = Path(place), Path(place, f"t.{ending}")
        path.write_bytes(raw if is_whole else damaged(raw, random))
        name = random.choice(rows.column_names)
        column = f"`{name}`" if name else "1"
        text = random.choice(["X", "sin(X) + 1", "sum(X)", "X[0]", "1"]).replace("X", column)
        more = [part.replace("X", name) for part in random.choice(OPTIONS)]
        if more[:1] == ["--where"]:
            more = ["--where", f"{column} > 0"]
        line = [random.choice(["eval", "grad"]), text, "--data", path.name, *more]
        found = cg(*line, cwd=folder)
        answered(found, folder)
        other = cg(*line, "--engine", "kernel", cwd=folder)
        assert (other.status, other.err) == (found.status, found.err), line


FINEST = "1970-01-01 00:00:00.000000001"
HANDED = {
    "json": f'{{"t": "2020-01-01 00:00:00", "c": "1.50000", "n": "{FINEST}", "l": [1.0, "NaN"], '
    '"s": {"a": "Infinity"}, "b": "a\\\\xff", "f": 1}\n',
    "csv": f"t,c,n,l[0],l[1],s,b,f\n2020-01-01 00:00:00,1.50000,{FINEST},1,nan,"
    '"{""a"": ""Infinity""}",a\\xff,1\n',
}


@pytest.mark.parametrize("form", HANDED)
def test_what_is_no_number_is_handed_on_as_text(form: str, tmp_path: Path) -> None:
    columns = {
        "x": pa.array([1.0]), "t": pa.array([datetime.datetime(2020, 1, 1)], pa.timestamp("us")),
        "c": pa.array([Decimal("1.5")], pa.decimal128(25, 5)), "n": pa.array([1], pa.timestamp("ns")),
        "l": pa.array([[1.0, float("nan")]]), "s": pa.array([{"a": float("inf")}]), "b": pa.array([b"a\xff"]),
    }  # fmt: skip
    pq.write_table(pa.table(columns), tmp_path / "t.parquet")
    line = ["eval", "x", "--data", "t.parquet", "--keep", "t,c,n,l,s,b"]
    assert cg(*line, "--format", form, cwd=tmp_path).out == HANDED[form]
    assert cg(*line, "--out", "o.npz", cwd=tmp_path).status == 0
    with np.load(tmp_path / "o.npz") as found:
        assert [found[name].tolist() for name in "tbf"] == [["2020-01-01 00:00:00"], ["a\\xff"], [1.0]]


@pytest.mark.parametrize("ending", ENDINGS)
@settings(max_examples=15, deadline=None)
@given(numbers=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=9))
def test_numbers_are_the_same_in_every_format(ending: str, numbers: list[float]) -> None:
    rows = pa.table({"x": np.array(numbers), "a b": np.array(numbers)[::-1]})
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / f"t.{ending}").write_bytes(written(rows, ending, Random(0)))
        found = cg("eval", "y = x; z = `a b`", "--data", f"t.{ending}", "--out", f"o.{ending}", cwd=folder)
        assert found.status == 0, found
        found = cg("eval", "y; z", "--data", f"o.{ending}", "--format", "json", cwd=folder)
        answers = [json.loads(line) for line in found.out.splitlines()]
        assert [list(row.values()) for row in answers] == [list(pair) for pair in zip(numbers, numbers[::-1])]
