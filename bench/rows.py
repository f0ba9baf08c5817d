"""Rows in cg beside NumPy, numexpr, Polars, DuckDB, PyTorch, JAX, PyArrow and Miller: value and gradient.

Run it with the interpreter beside an installed `cg` with the extras `data` and `fast`, on an otherwise idle
machine; a peer that is not installed there is left out:

    pip install polars duckdb numexpr torch jax; apt install miller
    python bench/rows.py                all, about ten minutes
    python bench/rows.py memory         some of memory, parquet, csv, small
    python bench/rows.py --rows 1e5     fewer rows, for a look

Answers are compared before anything is timed. In memory, systems are timed in processes of their own, in
turn; of whole jobs, whole processes are. A ratio is the median of those within a round.
"""

from __future__ import annotations

import argparse
import multiprocessing
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from measure import CG, installed, processes, ratio, systems, table, whole_process
from row_peers import PEERS, PROGRAMS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

# By name: the program, its columns, and value and partial derivatives in the terms of SQL.
BELL = "sin(a*x)*exp(-c*x^2)"
SQL = {
    "f": "sin(a*x)*exp(-c*x*x)",
    "df/da": "x*cos(a*x)*exp(-c*x*x)",
    "df/dx": "a*cos(a*x)*exp(-c*x*x) - 2*c*x*sin(a*x)*exp(-c*x*x)",
    "df/dc": "-x*x*sin(a*x)*exp(-c*x*x)",
}


def columns(rows: int) -> dict[str, Any]:
    import numpy as np

    rng = np.random.default_rng(0)
    return {name: rng.uniform(0.1, 2, rows) for name in "axc"}


def by_cg(name: str, columns: Mapping[str, Any]) -> Callable[[], Any]:
    from cgcli.data.batch import Batch
    from cgcli.evaluation.row_function import RowFunction, RowOptions
    from cgcli.evaluation.totals import reduced
    from cgcli.source import Source

    program, names, values, is_total = PROGRAMS[name]
    rows = len(columns[names[0]])
    reduce = "sum" if is_total else None
    wanted = RowOptions(derivatives=True, reduce=reduce, engine="kernel")
    function = RowFunction(Source(("<text>", program)), values, [*names], {}, wanted, rows)

    def answers() -> Any:
        found = function.answers([Batch(rows, columns)], watch=False)
        return reduced(function, found)[0] if is_total else next(found)[1]

    return answers


def copying(name: str, columns: Mapping[str, Any]) -> Callable[[], Any]:
    """As many columns as the answer has, to where there were some before."""
    import numpy as np

    sources = [*columns.values(), *columns.values()][: 1 if PROGRAMS[name][3] else 1 + len(columns)]
    targets = [column.copy() for column in sources]

    def run() -> Any:
        for source, target in zip(sources, targets, strict=True):
            np.copyto(target, source)

    return run


def prepared(name: str, peer: str, rows: int) -> Callable[[], Any]:
    """What is timed; it returns the answers of one row, or the totals."""
    import numpy as np

    rng = np.random.default_rng(0)
    columns = {own: rng.uniform(0.1, 2, rows) for own in PROGRAMS[name][1]}
    run = OWN[peer] if peer in OWN else PEERS[peer][0]
    asked = run(name, columns)

    def timed() -> Any:
        found = asked()
        return None if found is None else [float(np.ravel(one)[np.size(one) // 3]) for one in found]

    return timed


OWN = {"cg": by_cg, "copying as many bytes": copying}


def memory(rows: int) -> None:
    for name, (program, _, _, is_total) in PROGRAMS.items():
        peers = [*OWN, *(peer for peer, (_, needed) in PEERS.items() if installed(*needed))]
        times, found = systems({peer: (prepared, name, peer, rows) for peer in peers}, 5, 3)
        answers = {peer: answer for peer, answer in found.items() if answer}
        for peer, answer in answers.items():
            close = [
                abs(one - own) <= 1e-9 * abs(own) for one, own in zip(answer, answers["cg"], strict=True)
            ]
            assert all(close), (name, peer, answer, answers["cg"])
        lines = [
            (peer, f"{1000 * min(times[peer]):.1f} ms", f"{ratio(times[peer], times['cg']):.2f}")
            for peer in peers
            if peer in answers or peer in OWN
        ]
        told = "the totals" if is_total else "columns"
        table(f"{name}, {told} of {rows:,} rows in memory: {program}", ("", "shortest", "times cg"), lines)


JOBS = {
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


MILLER = """
b = exp(-$c*$x*$x); s = sin($a*$x)*b; k = cos($a*$x)*b;
$* = {"f": s, "df/da": $x*k, "df/dx": $a*k - 2*$c*$x*s, "df/dc": -$x*$x*s}
"""


def write(kind: str, rows: int, path: str) -> None:
    """A file of rows."""
    import pyarrow as pa
    import pyarrow.csv as pc
    import pyarrow.parquet as pq

    given = pa.table(columns(rows))
    pc.write_csv(given, path) if kind == "csv" else pq.write_table(given, path, use_dictionary=False)


def job(kind: str, rows: int) -> None:
    """Whole processes, from a file to a file."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = f"{folder}/rows.{kind}", f"{folder}/answer.{kind}"
        # in a process of its own: the peak of a process counts what its parent had when it was started
        writing = multiprocessing.get_context("spawn").Process(target=write, args=(kind, rows, source))
        writing.start()
        writing.join()
        commands = {"cg": [CG, "grad", BELL, "--data", source, "--out", target]}
        for name, text in JOBS.items():
            needed = {"Polars": "polars", "DuckDB": "duckdb"}.get(name, "pyarrow")
            if installed(needed) and not (kind == "csv" and name.startswith("a copy")):
                commands[name] = [sys.executable, "-c", text, source, target]
        if kind == "csv" and (mlr := shutil.which("mlr")):
            commands["Miller"] = [
                mlr,
                "--csv",
                "put",
                MILLER,
                "then",
                "tee",
                target,
                "then",
                "nothing",
                source,
            ]
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
