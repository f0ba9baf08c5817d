"""Rows on a cluster: the same answers as on one machine, whole or not at all. What Spark does is tested where
Java and PySpark are there."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from socket import socket
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.cg import CG, cg, executable

HAS_SPARK = shutil.which("java") is not None and find_spec("pyspark") is not None


def out(result: Any) -> list[str]:
    assert result.status == 0, result
    return list(result.out.splitlines())


@pytest.fixture(scope="module", autouse=True)
def _workers_are_forked() -> Iterator[None]:
    """From one process that has imported what all of them need, here: whoever asks for workers waits for each
    to import it."""
    import dask

    with dask.config.set({"distributed.worker.multiprocessing-method": "forkserver"}):
        yield


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """The address of two workers, which are processes of their own."""
    from distributed import LocalCluster

    with LocalCluster(2, threads_per_worker=1, dashboard_address=":0", silence_logs=50) as found:
        yield f"dask:{found.scheduler_address}"


@pytest.fixture
def table(tmp_path: Path) -> str:
    path = tmp_path / "t.csv"
    path.write_text("id,x,y\na,1,2\nb,3,4\nc,5,6\n")
    return str(path)


@pytest.fixture
def groups(tmp_path: Path) -> str:
    """A folder of two files, one of them of several groups of rows."""
    rng = np.random.default_rng(1)
    for place, name in enumerate(("a", "b")):
        columns = {
            "id": [f"{name}{i}" for i in range(500)],
            "x": rng.normal(size=500),
            "group": ["u", "v"] * 250,
        }
        pq.write_table(pa.table(columns), tmp_path / f"{name}.parquet", row_group_size=500 - 350 * place)
    return str(tmp_path)


@pytest.mark.parametrize(
    "more",
    [["--keep", "id"], ["--reduce", "sum", "--by", "group"], ["--where", "x > 1", "--format", "json"]],
    ids=lambda more: more[0],
)
def test_a_cluster_gives_the_same_answer(more: list[str], groups: str, cluster: str) -> None:
    line = ["grad", "a*sin(x)", "a=2", "--data", groups, *more]
    line += ["--wrt", "a"] if "--reduce" in more else []
    assert out(cg(*line, "--on", cluster)) == out(cg(*line))


def test_workers_of_this_machine_give_the_same_answer(groups: str) -> None:
    line = ["grad", "a*sin(x)", "a=2", "--data", groups]
    with socket() as usual:
        with suppress(OSError):  # the port that Dask would show itself at is taken, by this or another
            usual.bind(("", 8787))
            usual.listen()
        found = executable(*line, "--on", "dask")
    assert (found.out, found.err) == (cg(*line).out, "")


def test_errors_on_a_cluster(table: str, cluster: str) -> None:
    found = cg("eval", "assert x < 4; x", "--data", table, "--on", cluster)
    assert (found.status, "in row 3 of" in found.err) == (1, True)
    found = cg("eval", "id", "--data", table, "--on", cluster)
    assert (found.status, "line 2 of" in found.err) == (2, True)
    for on in ("desk", "dask:nowhere.invalid:1", "spark:x"):
        found = cg("eval", "x", "--data", table, "--on", on)
        assert found.status == 2, found


@pytest.mark.parametrize("on", ["spark"] * HAS_SPARK)
def test_spark_gives_the_same_answer(on: str, groups: str) -> None:
    for line in (
        ["grad", "a*sin(x)", "a=2", "--data", groups, "--keep", "id"],
        ["eval", "id", "--data", groups],
    ):
        done = subprocess.run([CG, *line, "--on", on], capture_output=True, text=True)
        right = cg(*line)
        assert (done.returncode, done.stdout) == (right.status, right.out)
        assert right.err in done.stderr  # Spark has something to say, too


SLOW = "s = 0; for i in 1..300 { s = s + sin(x*i) }; s"


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """A file of so many groups of rows that a job takes a while."""
    rows = pa.table({"x": np.random.default_rng(2).normal(size=1200)})
    pq.write_table(rows, tmp_path / "many.parquet", row_group_size=40)
    return tmp_path / "many.parquet"


def started(table: Path, target: Path, cluster: Any) -> subprocess.Popen[bytes]:
    """A job on a cluster, some pieces of which are done, and others not."""
    line = ["eval", SLOW, "--engine", "plain", "--data", str(table), "--out", str(target)]
    job = subprocess.Popen([CG, *line, "--on", f"dask:{cluster.scheduler_address}"], stderr=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while not any(task.state == "memory" for task in list(cluster.scheduler.tasks.values())):
        assert job.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.005)
    return job


def test_what_a_lost_worker_had_is_computed_again(many: Path, tmp_path: Path) -> None:
    from distributed import LocalCluster

    target, right = tmp_path / "o.csv", tmp_path / "right.csv"
    with LocalCluster(2, threads_per_worker=1, dashboard_address=":0", silence_logs=50) as cluster:
        job = started(many, target, cluster)
        worker = next(iter(cluster.workers.values()))
        before = worker.pid
        os.kill(before, signal.SIGKILL)
        _, told = job.communicate(timeout=120)
        assert (job.returncode, told) == (0, b"")
        assert worker.pid != before
    assert cg("eval", SLOW, "--engine", "plain", "--data", str(many), "--out", str(right)).status == 0
    assert target.read_bytes() == right.read_bytes()


def test_a_cluster_that_is_gone_leaves_the_old_file(many: Path, tmp_path: Path) -> None:
    from distributed import LocalCluster

    target = tmp_path / "o.csv"
    target.write_text("old")
    with LocalCluster(1, threads_per_worker=1, dashboard_address=":0", silence_logs=50) as cluster:
        job = started(many, target, cluster)
    _, told = job.communicate(timeout=120)
    assert job.returncode not in (0, 70)
    assert b"the cluster gave up" in told
    assert sorted(os.listdir(tmp_path)) == ["many.parquet", "o.csv"]
    assert target.read_text() == "old"
