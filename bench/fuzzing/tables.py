"""Rows with a truth: a table at random, in one of the forms that are read, and a program over its rows. What
comes out, of rows, conditions, groups and totals, is what Python finds in the same rows."""

from __future__ import annotations

import csv
import gzip
import io
import json
import math
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
from mpmath import mp, mpf

from bench.fuzzing.flows import SCOPE
from bench.fuzzing.running import Runner

COLUMNS, HELD = ("x", "y"), ("a", "b")
GROUPS = ("north", "south", "Ost", "été", "7")
LARGE = 1500  # rows with which machine code and threads begin
NEAR = 1e-9

Row = dict[str, Any]


class Table:
    """Rows, of which a cell of `x` or `y` may be missing, and a file that has them.

    rows        in their order: numbers by column, None where one is missing; the group, as text
    """

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        count = rng.choice((0, 1, 2, 5, 12, 30)) if rng.random() < 0.95 else LARGE
        missing = rng.choice((0, 0, 0.1, 0.5))
        groups = GROUPS[: rng.randint(1, len(GROUPS))]
        self.rows: list[Row] = [
            {name: None if rng.random() < missing else self.number() for name in COLUMNS}
            | {"g": rng.choice(groups)}
            for _ in range(count)
        ]

    def number(self) -> float:
        kind = self.rng.random()
        return self.rng.choice((0.5, 1.0, -1.0, 0.25)) if kind < 0.3 else round(self.rng.uniform(-2, 2), 2)

    def write(self, folder: Path) -> tuple[list[str], bytes]:
        """Options by which the table is read, and standard input."""
        form = self.rng.choice(
            ("csv", "csv", "tsv", "semicolons", "stdin", "packed", "jsonl", "parquet", "arrow", "two")
        )
        if form in ("parquet", "arrow"):
            return self._typed(folder, form), b""
        if form == "jsonl" and self.rows:  # without rows it says nothing of columns
            lines = [
                json.dumps({k: v for k, v in row.items() if v is not None or k == "x"}) for row in self.rows
            ]
            if not all(len(row) == 3 for row in map(json.loads, lines)):
                lines = [json.dumps(row) for row in self.rows]
            path = folder / "t.jsonl"
            path.write_text("".join(line + "\n" for line in lines))
            return ["--data", str(path)], b""
        if form == "two" and len(self.rows) > 1:
            at = self.rng.randrange(1, len(self.rows))
            for name, rows in (("t1.csv", self.rows[:at]), ("t2.csv", self.rows[at:])):
                (folder / name).write_text(self._text(rows, ","))
            return [f"--data={folder / 't1.csv'}", f"--data={folder / 't2.csv'}"], b""
        text = self._text(self.rows, {"tsv": "\t", "semicolons": ";"}.get(form, ","))
        if form == "stdin":
            return ["--data=-"], text.encode()
        if form == "packed":
            (folder / "t.csv.gz").write_bytes(gzip.compress(text.encode()))
            return ["--data", str(folder / "t.csv.gz")], b""
        path = folder / ("t.tsv" if form == "tsv" else "t.csv")
        path.write_bytes((b"\xef\xbb\xbf" if self.rng.random() < 0.2 else b"") + text.encode())
        return ["--data", str(path)], b""

    def _text(self, rows: list[Row], separator: str) -> str:
        ends = self.rng.choice(("\n", "\n", "\r\n"))
        file = io.StringIO()
        quoting = self.rng.choice((csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL))
        writer = csv.writer(file, delimiter=separator, lineterminator=ends, quoting=quoting)
        writer.writerow(["x", "g", "y", "n o"])
        for number, row in enumerate(rows):
            cells = ["" if row[name] is None else repr(row[name]) for name in COLUMNS]
            if separator == ";":
                cells = [cell.replace(".", ",") for cell in cells]
            writer.writerow([cells[0], row["g"], cells[1], number])
        text = file.getvalue()
        return text.removesuffix(ends) if rows and self.rng.random() < 0.3 else text

    def _typed(self, folder: Path, form: str) -> list[str]:
        columns: dict[str, Any] = {
            name: pa.array([row[name] for row in self.rows], pa.float64()) for name in COLUMNS
        }
        columns["g"] = pa.array([row["g"] for row in self.rows], pa.string())
        if self.rng.random() < 0.3:
            columns["g"] = columns["g"].dictionary_encode()
        table, path = pa.table(columns), folder / f"t.{form}"
        if form == "parquet":
            pa.parquet.write_table(table, path, row_group_size=self.rng.choice((1, 7, 1000)))
        else:
            with pa.ipc.new_file(path, table.schema) as writer:
                writer.write_table(table, max_chunksize=self.rng.choice((1, 7, 1000)))
        return ["--data", str(path)]


def formula(rng: Random, steps: int = 3) -> str:
    """An expression in the columns and in what is held, in the words that Python has too."""
    leaf = lambda: rng.choice((*COLUMNS, *COLUMNS, *HELD, "0.5", "2"))
    text = leaf()
    for _ in range(rng.randint(1, steps)):
        text = rng.choice(
            (
                f"({text} + {leaf()})", f"{leaf()}*({text})", f"sin({text})", f"tanh({text} - {leaf()})",
                f"({text})^2", f"exp(-square({text}))", f"({text})/(1 + {leaf()}^2)", 
                f"atan({text})*{leaf()}", f"sqrt(1.5 + sin({text}))", f"({leaf()} - {text})",
            )
        )  # fmt: skip
    return text


def condition(rng: Random) -> str:
    return rng.choice(
        (
            f"x > {rng.uniform(-1, 1):.1f}", f"x <= {rng.choice((0.5, 1.0))}", "x*y >= 0", "y < x",
            "x == 0.5", "x > 0 and y > 0", "not x > y", "x != -1 or y == 1", "0 < x < 1", "1", "x + a > 0",
            "sin(x) > 0.2",
        )
    )  # fmt: skip


def python(text: str) -> Any:
    return compile(text.replace("^", "**"), "formula", "eval")


class Truth:
    """What a formula is for a row, and its derivatives.

    names   by which it is differentiated
    """

    def __init__(self, text: str, held: dict[str, float], names: list[str]) -> None:
        self.code, self.held, self.names = python(text), held, names

    def at(self, row: Row) -> list[float] | None:
        """The value and the derivatives by the names; None where a cell is missing."""
        used = set(self.code.co_names)
        if any(row[name] is None for name in COLUMNS if name in used):
            return None
        given = {
            name: mpf(x) for name, x in ({n: row[n] for n in COLUMNS} | self.held).items() if x is not None
        }
        step = mpf(10) ** -15
        found = [self._value(given)]
        for name in self.names:
            right, left = (self._value({**given, name: given[name] + s}) for s in (step, -step))
            found.append((right - left) / (2 * step))
        return [float(x) for x in found]

    def _value(self, given: dict[str, Any]) -> Any:
        return eval(self.code, {**SCOPE, **given})


def _keeps(text: str, row: Row, held: dict[str, float]) -> bool | None:
    """Whether a condition holds of a row; None where it needs a cell that is missing."""
    code = python(text)
    if any(row[name] is None for name in COLUMNS if name in code.co_names):
        return None
    return bool(eval(code, {"sin": math.sin, **row, **held}))


REDUCED = {
    "sum": math.fsum, "mean": lambda xs: math.fsum(xs) / len(xs), "min": min, "max": max, "count": len,
}  # fmt: skip


def tables(runner: Runner, rng: Random, count: int) -> None:
    """Rows, conditions, groups and totals of tables in all forms, beside the truth."""
    mp.dps = 50
    with TemporaryDirectory(prefix="cg-fuzz-") as name:
        for number in range(count):
            folder = Path(name, str(number))
            folder.mkdir()
            _one(runner, rng, folder)


def _one(runner: Runner, rng: Random, folder: Path) -> None:
    table = Table(rng)
    held = {name: round(rng.uniform(0.2, 1.5), 2) for name in HELD}
    text, where = formula(rng), condition(rng) if rng.random() < 0.5 else None
    used = set(python(text).co_names)
    reduce = rng.choice((None, None, *REDUCED))
    by = reduce is not None and rng.random() < 0.6
    command = rng.choice(("eval", "grad"))
    asked = set() if where is None else set(python(where).co_names)
    names = [name for name in (HELD if reduce else (*COLUMNS, *HELD)) if name in used]
    if command == "eval" or (reduce == "count"):
        names = []
    if command == "grad" and not names:
        command = "eval"
    bad = rng.choice(("null", "drop")) if any(None in row.values() for row in table.rows) else None
    options, stdin = table.write(folder)
    if bad:
        options.append(f"--bad={bad}")
    if where is not None:
        options.append(f"--where={where}")
    if reduce:
        options += [f"--reduce={reduce}", *(["--by=g"] if by else [])]
    elif rng.random() < 0.6:
        options.append("--keep=g")
    if names:
        options.append("--wrt=" + ",".join(names))
    if rng.random() < 0.5:
        options.append(f"--engine={rng.choice(('kernel', 'python', 'plain', 'auto'))}")
    if rng.random() < 0.3:
        options.append(f"--threads={rng.choice((1, 2, 5))}")
    ending = rng.choice((None, None, "json", ".csv", ".jsonl", ".parquet", ".csv.gz"))
    if ending == "json":
        options.append("--format=json")
    elif ending:
        options.append(f"--out={folder / ('out' + ending)}")
    if not used & set(COLUMNS):  # a program of no column has no rows to speak of
        text, used = f"({text}) + 0*x", used | {"x"}
    bound = [f"{name}={held[name]}" for name in HELD if name in used | asked]
    arguments = [command, *options, text, *bound]
    expected = _expected(table, Truth(text, held, names), where, held, reduce, by, bad, used | asked)
    result = runner.run(*arguments, stdin=stdin)
    if result is None:
        return
    runner.count("tables with a truth")
    if expected is None or result.status:
        if not (expected is None and result.status in (1, 2, 3)):
            runner.fail(arguments, f"status {result.status}, expected {expected}: {result.err[:300]}", stdin)
        return
    found = _read(result.out, ending, folder, "--keep=g" in options or by)
    wrong = _differs(found, expected)
    if wrong:
        data = "; ".join(map(str, table.rows[:40]))
        runner.fail(arguments, f"{wrong}\n  of {data}", stdin)


Lines = list[tuple[str | None, list[float] | None]]


def _expected(
    table: Table, truth: Truth, where: str | None, held: dict[str, float], reduce: str | None, by: bool,
    bad: str | None, needed: set[str],
) -> Lines | None:  # fmt: skip
    """The group, and the value with derivatives, of each row that comes out; None for an error."""
    rows: Lines = []
    for row in table.rows:
        if bad == "drop" and any(row[name] is None for name in COLUMNS if name in needed):
            continue
        kept = True if where is None else _keeps(where, row, held)
        if kept is None:  # needs a cell that is missing
            kept = False
        if kept:
            rows.append((row["g"], truth.at(row)))
    if reduce is None:
        return rows
    groups: dict[str | None, list[list[float]]] = {} if by else {None: []}
    for group, found in rows:
        groups.setdefault(group if by else None, [])
        if found is not None:
            groups[group if by else None].append(found)
    answer: Lines = []
    is_seen = bool(rows)
    for group, members in groups.items():
        if reduce == "count":
            answer.append((group, [len(members)]))
        elif reduce in ("min", "max"):
            if not members and not is_seen:
                return None
            best = REDUCED[reduce]((m[0] for m in members), default=None)
            tied = [m for m in members if best is not None and abs(m[0] - best) <= 1e-12 * max(1, abs(best))]
            mean = [math.fsum(column) / len(tied) for column in zip(*tied)] if tied else None
            if len({tuple(m) for m in tied}) > 1:
                mean = [mean[0], *[math.nan] * len(truth.names)] if mean else None
            answer.append((group, mean))
        elif not members and (is_seen or reduce == "mean"):
            if not is_seen:
                return None
            answer.append((group, None))
        else:
            answer.append(
                (
                    group,
                    [REDUCED[reduce](column) for column in zip(*members)] or [0.0] * (1 + len(truth.names)),
                )
            )
    return answer


def _read(out: str, ending: str | None, folder: Path, has_group: bool) -> Lines:
    """The lines of an answer, in the form that it has."""
    if ending == ".parquet":
        return [_line(row, has_group) for row in pa.parquet.read_table(folder / "out.parquet").to_pylist()]
    if ending == ".jsonl":
        out = (folder / "out.jsonl").read_text()
    elif ending == ".csv":
        out = (folder / "out.csv").read_text()
    elif ending == ".csv.gz":
        out = gzip.decompress((folder / "out.csv.gz").read_bytes()).decode()
    if ending in ("json", ".jsonl"):
        return [_line(json.loads(line), has_group) for line in out.splitlines()]
    return [_line(dict(row), has_group) for row in csv.DictReader(io.StringIO(out))]


def _line(row: dict[str, Any], has_group: bool) -> tuple[str | None, list[float] | None]:
    cells = dict(row)
    group = cells.pop("g") if has_group else None
    numbers = list(cells.values())
    if all(cell is None or cell == "" for cell in numbers):
        return group, None
    return group, [math.nan if cell is None or cell == "" else float(cell) for cell in numbers]


def _differs(found: Lines, expected: Lines) -> str | None:
    if len(found) != len(expected):
        return f"{len(found)} rows, not {len(expected)}"
    for number, ((group, numbers), (right, exact)) in enumerate(zip(found, expected)):
        if group is not None and str(group) != right:
            return f"row {number} is of {group!r}, not of {right!r}"
        if (numbers is None) != (exact is None):
            return f"row {number} has {numbers}, not {exact}"
        if numbers is None or exact is None:
            continue
        if len(numbers) != len(exact):
            return f"row {number} has {numbers}, not {exact}"
        off = np.abs(np.subtract(numbers, exact)) > NEAR * np.maximum(1, np.abs(exact))
        if np.any(off):
            return f"row {number} has {numbers}, not {exact}"
    return None
