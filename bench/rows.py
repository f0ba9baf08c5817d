"""Rows in cg beside NumPy, Polars, DuckDB and PyArrow: value and gradient of many rows.

Run it with the interpreter beside an installed `cg` with the extras `data` and `fast`, on an otherwise idle
machine; a peer that is not installed there is left out:

    pip install polars duckdb
    python bench/rows.py                all, about three minutes
    python bench/rows.py memory         some of memory, parquet, csv, small
    python bench/rows.py --rows 1e5     fewer rows, for a look

Answers are compared before anything is timed. In memory, systems are timed in processes of their own, in
turn; of whole jobs, whole processes are. A ratio is the median of those within a round.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from measure import CG, installed, processes, ratio, systems, table, whole_process

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# By name: the program, its columns, and value and partial derivatives in the terms of SQL.
BELL = "sin(a*x)*exp(-c*x^2)"
SQL = {
    "f": "sin(a*x)*exp(-c*x*x)",
    "df/da": "x*cos(a*x)*exp(-c*x*x)",
    "df/dx": "a*cos(a*x)*exp(-c*x*x) - 2*c*x*sin(a*x)*exp(-c*x*x)",
    "df/dc": "-x*x*sin(a*x)*exp(-c*x*x)",
}
OPTION = (
    "d = (log(s/k) + (r + v^2/2)*t)/(v*sqrt(t)); "
    "s*erfc(-d/sqrt(2))/2 - k*exp(-r*t)*erfc((v*sqrt(t) - d)/sqrt(2))/2"
)


def columns(rows: int) -> dict[str, Any]:
    import numpy as np

    rng = np.random.default_rng(0)
    return {name: rng.uniform(0.1, 2, rows) for name in "axc"}


def by_cg(program: str, names: str, rows: int) -> Callable[[], Any]:
    import numpy as np

    import cgcli
    from cgcli.evaluation.prepared import Prepared
    from cgcli.evaluation.rows import Rows

    rng = np.random.default_rng(0)
    given = {name: rng.uniform(0.1, 2, rows) for name in names}
    prepared = Rows(Prepared(cgcli.parse(program), {}), dict.fromkeys(names, ()), [*names], "kernel")

    def run() -> float:
        return float(prepared(given, rows)[0][1])

    return run


def by_numpy(rows: int) -> Callable[[], Any]:
    import numpy as np

    given = columns(rows)
    step = 2**14

    def run() -> float:
        found = [np.empty(rows) for _ in range(4)]
        for start in range(0, rows, step):
            a, x, c = (given[name][start : start + step] for name in "axc")
            part = slice(start, start + step)
            bell, angle = np.exp(-c * x * x), a * x
            sine, cosine = np.sin(angle) * bell, np.cos(angle) * bell
            found[0][part], found[1][part] = sine, x * cosine
            found[2][part], found[3][part] = a * cosine - 2 * c * x * sine, -x * x * sine
        return float(found[0][1])

    return run


def by_polars(rows: int) -> Callable[[], Any]:
    import polars as pl

    frame = pl.DataFrame(columns(rows))
    a, x, c = (pl.col(name) for name in "axc")
    sine, cosine = (a * x).sin() * (-c * x * x).exp(), (a * x).cos() * (-c * x * x).exp()
    wanted = [sine, x * cosine, a * cosine - 2 * c * x * sine, -x * x * sine]
    lazy = frame.lazy().select(one.alias(name) for name, one in zip(SQL, wanted, strict=True))
    return lambda: float(lazy.collect()["f"][1])


def by_duckdb(rows: int) -> Callable[[], Any]:
    import duckdb
    import pyarrow as pa

    connection = duckdb.connect()
    connection.register("rows", pa.table(columns(rows)))
    listed = ", ".join(f'{text} AS "{name}"' for name, text in SQL.items())
    return lambda: float(connection.sql(f"SELECT {listed} FROM rows").fetchnumpy()["f"][1])


def copying(rows: int) -> Callable[[], Any]:
    given = columns(rows)

    def run() -> float:
        copies = [column.copy() for column in given.values()] + [given["a"].copy()]
        return float(copies[0][1])

    return run


def memory(rows: int) -> None:
    prepared: dict[str, tuple[Any, ...]] = {"cg": (by_cg, BELL, "axc", rows)}
    prepared["NumPy in blocks"] = (by_numpy, rows)
    if installed("polars"):
        prepared["Polars"] = (by_polars, rows)
    if installed("duckdb", "pyarrow"):
        prepared["DuckDB"] = (by_duckdb, rows)
    prepared["copying as many bytes"] = (copying, rows)
    prepared["cg, a call and five greeks"] = (by_cg, OPTION, "skrvt", rows)
    times, found = systems(prepared, 5, 2)
    answers = [found[name] for name in prepared if not name.startswith(("copying", "cg, a"))]
    assert all(abs(one - answers[0]) < 1e-12 for one in answers), answers
    lines = [
        (name, f"{min(seconds):.3f} s", f"{ratio(seconds, times['cg']):.2f}")
        for name, seconds in times.items()
    ]
    table(f"{BELL} with three partials, {rows:,} rows in memory", ("", "shortest", "times cg"), lines)


PEERS = {
    "Polars": """
import sys, polars as pl
a, x, c = (pl.col(n) for n in "axc")
s, k = (a*x).sin()*(-c*x*x).exp(), (a*x).cos()*(-c*x*x).exp()
e = [s.alias("f"), (x*k).alias("df/da"), (a*k - 2*c*x*s).alias("df/dx"), (-x*x*s).alias("df/dc")]
if sys.argv[1].endswith("csv"):
    pl.scan_csv(sys.argv[1]).select(e).collect().write_csv(sys.argv[2])
else:
    pl.scan_parquet(sys.argv[1]).select(e).collect().write_parquet(sys.argv[2])
""",
    "DuckDB": f"""
import sys, duckdb
e = ", ".join(f'{{t}} AS "{{n}}"' for n, t in {SQL!r}.items())
kind = "csv, header" if sys.argv[1].endswith("csv") else "parquet"
duckdb.sql(f"COPY (SELECT {{e}} FROM '{{sys.argv[1]}}') TO '{{sys.argv[2]}}' (FORMAT {{kind}})")
""",
    "a copy by PyArrow": """
import sys, pyarrow.parquet as pq
f = pq.ParquetFile(sys.argv[1])
s = f.schema_arrow.append(f.schema_arrow.field(0).with_name("d"))
with pq.ParquetWriter(sys.argv[2], s, use_dictionary=False) as w:
    for b in f.iter_batches(2**17):
        w.write_batch(b.append_column("d", b.column(0)))
""",
}


def job(kind: str, rows: int) -> None:
    """Whole processes, from a file to a file."""
    import pyarrow as pa
    import pyarrow.csv as pc
    import pyarrow.parquet as pq

    with tempfile.TemporaryDirectory() as folder:
        source, target = f"{folder}/rows.{kind}", f"{folder}/answer.{kind}"
        given = pa.table(columns(rows))
        pc.write_csv(given, source) if kind == "csv" else pq.write_table(given, source, use_dictionary=False)
        commands = {"cg": [CG, "grad", BELL, "--data", source, "--out", target]}
        for name, text in PEERS.items():
            needed = {"Polars": "polars", "DuckDB": "duckdb"}.get(name, "pyarrow")
            if installed(needed) and not (kind == "csv" and name.startswith("a copy")):
                commands[name] = [sys.executable, "-c", text, source, target]
        times = processes(commands, 3, 1)
        _, peak = whole_process(commands["cg"])
        size = Path(source).stat().st_size / 1e6
        lines = [
            (name, f"{statistics.median(seconds):.2f} s", f"{ratio(seconds, times['cg']):.2f}")
            for name, seconds in times.items()
        ]
        title = f"{kind} to {kind}, {rows:,} rows, {size:.0f} MB; cg takes {peak:.0f} MB of memory"
        table(title, ("", "median", "times cg"), lines)


def small() -> None:
    """Ten rows: how long it takes to begin."""
    import pyarrow as pa
    import pyarrow.csv as pc
    import pyarrow.parquet as pq

    with tempfile.TemporaryDirectory() as folder:
        given = pa.table(columns(10))
        pc.write_csv(given, f"{folder}/rows.csv")
        pq.write_table(given, f"{folder}/rows.parquet")
        commands = {
            "python -c pass": [sys.executable, "-c", "pass"],
            "import numpy": [sys.executable, "-c", "import numpy"],
            "import pyarrow.parquet": [sys.executable, "-c", "import pyarrow.parquet"],
            "cg eval, ten rows of CSV": [CG, "eval", BELL, "--data", f"{folder}/rows.csv"],
            "cg eval, ten rows of Parquet": [CG, "eval", BELL, "--data", f"{folder}/rows.parquet"],
        }
        times = processes(commands, 9)
        base = times["python -c pass"]
        lines = [
            (name, f"{1000 * statistics.median(seconds):.0f} ms", f"{ratio(seconds, base):.1f}")
            for name, seconds in times.items()
        ]
        table("Few rows, whole processes", ("", "median", "times python"), lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", nargs="*", help="memory, parquet, csv, small; all where none is named")
    parser.add_argument("--rows", type=float, help="rows, where not so many as by itself")
    given = parser.parse_args()
    wanted = given.what or ["memory", "parquet", "csv", "small"]
    if "memory" in wanted:
        memory(int(given.rows or 4e6))
    if "parquet" in wanted:
        job("parquet", int(given.rows or 2e7))
    if "csv" in wanted:
        job("csv", int(given.rows or 5e6))
    if "small" in wanted:
        small()


if __name__ == "__main__":
    main()
