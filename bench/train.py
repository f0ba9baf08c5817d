"""An epoch of training in cg beside PyTorch, on the processor.

Run it with the interpreter beside an installed `cg`, on an otherwise idle machine:

    pip install torch
    python bench/train.py                the networks
    python bench/train.py --threads 1    without the threads of BLAS and of PyTorch

Both start from the same parameters, see the same rows in the same order, and have the same losses to 1e-9,
which is checked before anything is timed. Each runs in a process of its own, in turn with the other; the
ratio is the median of those within a round.
"""

from __future__ import annotations

import argparse
import statistics

from measure import installed, limit_threads, ratio, systems, table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

BATCH = 256

# Inputs, units of the hidden layer, rows.
NETWORKS = ((64, 32, 1797), (64, 128, 1797), (784, 128, 10_000))

PROGRAM = """
input x: [{inputs}]
input W1: [{hidden}, {inputs}]
input b1: [{hidden}]
input W2: [10, {hidden}]
input b2: [10]
score = W2 @ relu(W1 @ x + b1) + b2
logsumexp(score) - score[label]
"""


def made(inputs: int, hidden: int, rows: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Parameters and columns."""
    import numpy as np

    random = np.random.default_rng(0)
    parameters = {
        "W1": random.normal(size=(hidden, inputs)) * (2 / inputs) ** 0.5,
        "b1": np.zeros(hidden),
        "W2": random.normal(size=(10, hidden)) * (2 / hidden) ** 0.5,
        "b2": np.zeros(10),
    }
    columns = {"x": random.uniform(size=(rows, inputs)), "label": random.integers(0, 10, rows).astype(float)}
    return parameters, columns


def of_cg(inputs: int, hidden: int, rows: int) -> Callable[[], Any]:
    from cgcli.data.batch import Batch
    from cgcli.evaluation.prepared import Prepared
    from cgcli.language.lowering import lower
    from cgcli.language.parser import parse
    from cgcli.solving.unknowns import Unknowns
    from cgcli.source import Source
    from cgcli.training.loss import MeanLoss
    from cgcli.training.methods import Adam
    from cgcli.training.order import Rows
    from cgcli.training.schedule import Schedule
    from cgcli.training.training import Plan, Training

    parameters, columns = made(inputs, hidden, rows)
    source = Source(("<bench>", PROGRAM.format(inputs=inputs, hidden=hidden)))
    program = lower(parse(source), {*parameters, *columns})
    prepared = Prepared(program, parameters)
    unknowns = Unknowns(prepared, list(parameters))
    cells = {name: column.shape[1:] for name, column in columns.items()}
    loss = MeanLoss(prepared, cells, parameters)
    seen = Rows(lambda random: iter([Batch(rows, columns)]), cells, 0)
    plan = Plan(batch=BATCH, epochs=10**9)
    training = Training(loss, seen, unknowns, unknowns.start, Adam(unknowns.size), Schedule("0.001", 1), plan)
    epochs = training.epochs(lambda epoch, step, rate, loss: None)
    return lambda: next(epochs).loss


def of_torch(inputs: int, hidden: int, rows: int, kind: str) -> Callable[[], Any]:
    import numpy as np
    import torch

    parameters, columns = made(inputs, hidden, rows)
    dtype = getattr(torch, kind)
    W1, b1, W2, b2 = own = [
        torch.tensor(value, dtype=dtype, requires_grad=True) for value in parameters.values()
    ]
    x, labels = torch.tensor(columns["x"], dtype=dtype), torch.tensor(columns["label"]).long()
    adam = torch.optim.Adam(own, lr=0.001)
    epoch = -1

    def run() -> float:
        nonlocal epoch
        epoch += 1
        order, total = torch.tensor(np.random.default_rng((0, epoch)).permutation(rows)), 0.0
        for start in range(0, rows, BATCH):
            places = order[start : start + BATCH]
            adam.zero_grad()
            score = torch.relu(x[places] @ W1.T + b1) @ W2.T + b2
            loss = torch.nn.functional.cross_entropy(score, labels[places])
            loss.backward()
            adam.step()
            total += loss.item() * len(places)
        return total / rows

    return run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--threads", type=int, help="of BLAS and of PyTorch")
    parser.add_argument("--rounds", type=int, default=9)
    given = parser.parse_args()
    if given.threads:
        limit_threads(given.threads)
    if not installed("torch"):
        raise SystemExit("PyTorch is not installed: pip install torch")
    rows = []
    for network in NETWORKS:
        times, losses = systems(
            {
                "cg": (of_cg, *network),
                "double": (of_torch, *network, "float64"),
                "single": (of_torch, *network, "float32"),
            },
            given.rounds,
            3,
        )
        if abs(losses["cg"] - losses["double"]) > 1e-9 * losses["cg"]:
            raise SystemExit(f"the losses differ: {losses}")
        rows.append((
            "-".join(map(str, (*network[:2], 10))), f"{network[2]:,}",
            f"{1000 * statistics.median(times['cg']):.1f} ms",
            *(f"{ratio(times['cg'], times[name]):.2f}" for name in ("double", "single")),
        ))  # fmt: skip
    head = ("network", "rows", "cg", "of PyTorch in doubles", "in single precision")
    table(f"An epoch of Adam, {BATCH} rows a step", head, rows)


if __name__ == "__main__":
    main()
