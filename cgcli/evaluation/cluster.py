"""The rows of a table computed elsewhere: piece by piece, on the workers of Dask or of Spark."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from importlib import import_module
from logging import getLogger

from cgcli.annotations import Any, Iterator
from cgcli.data.dataset import Piece, Table
from cgcli.data.prefetch import in_order
from cgcli.diagnostics import CgError
from cgcli.evaluation.row_function import RowFunction
from cgcli.evaluation.rows import processors
from cgcli.later import pa

# What Dask may tell of itself: what ends it; and how long workers may take to answer: a machine may be busy.
ERRORS = 50
PATIENCE = dict.fromkeys(("distributed.comm.timeouts.connect", "distributed.comm.timeouts.tcp"), "120s")

# Where what Dask shows of itself is: the port that is usual may be taken, of which it would tell.
ANY_PORT = ":0"

GAVE_UP = "the cluster gave up"  # whose workers are lost, again and again

# So often the engine tries a piece whose worker is lost.
RETRIES = 3


def elsewhere(on: str, function: RowFunction, table: Table, bad: str | None) -> Iterator[tuple[Any, Any]]:
    """As `RowFunction.answers` of the whole table, in order. Raises `CgError` as it does, and (kind `usage`)
    for what is no cluster, or not installed."""
    kind, _, address = on.partition(":")
    places = {"dask": _dask, "spark": _spark}
    if kind not in places or (kind == "spark" and address):
        raise CgError("usage", f"--on takes dask, dask:ADDRESS or spark, and not `{on}`")
    for found in places[kind](address, function, table.pieces(), bad):
        if isinstance(found, CgError):
            raise found
        answers, cells = found
        yield from answers
        table.read.append(cells)


def compute(function: RowFunction, piece: Piece, bad: str | None) -> Any:
    """The answers of a piece and what was met in its cells, on a worker; an error of the program or of the
    data is handed back, as trying again would not help."""
    try:
        batches, file = piece.batches(function.read, function.handed, bad)
        return list(function.answers(batches)), file.read
    except CgError as error:
        return error


def _dask(address: str, function: RowFunction, pieces: list[Piece], bad: str | None) -> Iterator[Any]:
    try:
        distributed: Any = import_module("distributed")
    except ImportError:
        raise _missing("dask") from None
    import_module("dask.config").set(PATIENCE)
    getLogger("distributed.client").setLevel(ERRORS)  # it tells of each answer that it asks for again
    what = f"there is no Dask at `{address}`" if address else "Dask does not start on this machine"
    with _told("usage", what):
        if address:
            client = distributed.Client(address, timeout=5)
        else:
            workers = min(processors(), len(pieces))
            cluster = distributed.LocalCluster(
                workers, threads_per_worker=1, dashboard_address=ANY_PORT, silence_logs=ERRORS
            )
            client = distributed.Client(cluster)
    try:
        with _told("rows", GAVE_UP):
            yield from in_order(
                lambda piece: client.submit(compute, function, piece, bad, retries=RETRIES, pure=False),
                iter(pieces),
                2 * processors() + 2,
            )
    finally:
        client.close()
        if not address:
            cluster.close()


@contextmanager
def _told(kind: str, what: str) -> Iterator[None]:
    """Whatever an engine has to say, as an error of this kind."""
    try:
        yield
    except Exception as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise CgError(kind, f"{what}: {reason}") from None


def _spark(address: str, function: RowFunction, pieces: list[Piece], bad: str | None) -> Iterator[Any]:
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise _missing("spark") from None
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # of workers on this machine
    values = import_module("pyspark.serializers").CPickleSerializer()  # as Spark sends what it is given
    with _told("usage", "Spark does not start on this machine"):
        quiet = SparkSession.builder.appName("cg").config("spark.ui.showConsoleProgress", "false")
        session = quiet.getOrCreate()

    def answers(batches: Iterator[Any]) -> Iterator[Any]:
        for batch in batches:
            for place, piece in zip(batch["place"].to_pylist(), batch["piece"].to_pylist(), strict=True):
                found = values.dumps(compute(function, values.loads(piece), bad))
                yield pa.record_batch([[place], pa.array([found], pa.binary())], names=["place", "answer"])

    try:
        with _told("rows", GAVE_UP):
            rows = [(place, values.dumps(piece)) for place, piece in enumerate(pieces)]
            spread = session.sparkContext.parallelize(rows, len(rows))  # in this order, each by itself
            frame = session.createDataFrame(spread, "place long, piece binary")
            found = frame.mapInArrow(answers, "place long, answer binary").persist()
            found.count()  # computes all at the same time, where what follows would one by one
            rest = iter(found.toLocalIterator())
        while True:
            with _told("rows", GAVE_UP):
                row = next(rest, None)
            if row is None:
                return
            yield values.loads(row["answer"])
    finally:
        session.stop()


def _missing(extra: str) -> CgError:
    hint = f"pip install 'cgcli[{extra}]'"
    return CgError("usage", f"--on {extra} needs {extra.capitalize()}, which is not installed", hint=hint)
