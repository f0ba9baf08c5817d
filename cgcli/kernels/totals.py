"""Sums over rows, computed in the registers in which their terms are: no term is written anywhere."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from math import fsum

import numpy as np

from cgcli.annotations import Any, Mapping, Sequence
from cgcli.graph import Graph
from cgcli.kernels.lanes import Lane, Lanes
from cgcli.kernels.looped import Ends, lines, loop, pieces
from cgcli.kernels.machine import each
from cgcli.kernels.rows import BLOCK


class Totals:
    """The sums of some nodes of a graph of numbers over rows, compiled.

    Each lane adds its rows of a block one after the other and keeps what is lost by rounding (Knuth's exact
    sum of two); the blocks' sums are added in their order, rounded once. So no number of threads moves a
    digit.

    condition   a node that tells which rows are counted, or None for all
    assertions  nodes that hold in these rows; where one does not, its block is left to another way

    Raises `OperationError` as `looped.lines` does."""

    def __init__(
        self,
        graph: Graph,
        names: Sequence[str],
        outputs: Sequence[int],
        condition: int | None,
        assertions: Sequence[int],
        width: int,
    ) -> None:
        self.names, self.width, self.count = list(names), width, len(outputs)
        self.is_counted = condition is not None
        nodes = [*outputs, *assertions, *([] if condition is None else [condition])]
        lanes, values = lines(graph, names, nodes, width, careful=False)
        ends = Ends()
        ends.parameters = ["ptr noalias %sums"]
        terms = values[: self.count]
        if condition is not None:
            ends.holds = _true(lanes, values.pop())
            terms = [lanes.where(ends.holds, value, 0.0) for value in terms] + [ends.holds]
        for value in values[self.count :]:
            ends.doubts.append(lanes.not_(_true(lanes, value)))
        for place, term in enumerate(terms):
            _add(lanes, ends, place, Lane(lanes, lanes.text(term)))
        self._function = loop(lanes, len(names), ends)

    def __call__(
        self, columns: Mapping[str, Any], count: int, threads: ThreadPoolExecutor | None
    ) -> tuple[list[float], int, list[tuple[int, int]]]:
        """The sums, of how many rows they are, and pairs of first and last row of those that are left out:
        they are to be computed another way, or something is to be told of them."""
        given = [np.ascontiguousarray(columns[name], float) for name in self.names]
        blocks, width = -(-count // BLOCK), self.width
        parts = np.zeros((blocks, 2, self.count + self.is_counted, 2, width))
        doubts = np.zeros(blocks, np.uint8)
        doubt = doubts.ctypes.data

        def run(at: int) -> None:
            rows_of_block = pieces(given, at * BLOCK, min((at + 1) * BLOCK, count), width)
            for sums, (rows, where, own) in zip(parts[at], rows_of_block):
                self._function(rows, *where, sums.ctypes.data, doubt + at)
                sums[..., own:] = 0.0

        each(run, range(blocks), threads)
        with np.errstate(all="ignore"):
            sums = _joined(parts.transpose(3, 0, 2, 1, 4).reshape(2, blocks, parts.shape[2], 2 * width))
        fine = np.isfinite(sums).all(axis=(0, 2)) & (doubts == 0)
        left = [(int(at) * BLOCK, min(count, (int(at) + 1) * BLOCK)) for at in np.flatnonzero(~fine)]
        totals = [_exact(column) for column in sums[:, fine].reshape(-1, sums.shape[2]).T.tolist()]
        rows = totals.pop() if self.is_counted else count - sum(stop - start for start, stop in left)
        return totals, int(rows), left


def _joined(sums: Any) -> Any:
    """The sums of lanes, and what they have lost, as one sum each and what it has lost."""
    found, lost = sums
    while found.shape[-1] > 1:
        half = found.shape[-1] // 2
        one, other = found[..., :half], found[..., half:]
        found = one + other
        added = found - one
        lost = lost[..., :half] + lost[..., half:] + ((one - (found - added)) + (other - added))
    return np.stack([found[..., 0], lost[..., 0]])


def _exact(numbers: list[float]) -> float:
    """Their sum, rounded once."""
    try:
        return fsum(numbers)
    except OverflowError:
        return sum(numbers)


def _true(lanes: Lanes, value: Any) -> Lane:
    """Whether a value is neither 0 nor nan."""
    if isinstance(value, Lane) and value.is_truth:
        return value
    return lanes._compared("one", value, 0.0)


def _add(lanes: Lanes, ends: Ends, place: int, term: Lane) -> None:
    """Add a term to a sum, and what is lost by rounding to what was lost before."""
    before, lost = Lane(lanes, f"%s{place}"), Lane(lanes, f"%e{place}")
    after = lanes.add(before, term)
    added = lanes.sub(after, before)
    rest = lanes.add(lanes.sub(before, lanes.sub(after, added)), lanes.sub(term, added))
    less = lanes.add(lost, rest)
    for at, (old, new) in enumerate(((before, after), (lost, less))):
        ends.carried.append((lanes.doubles, old.text, lanes.literal(0.0), new.text))
        where = f"%t{place}_{at}"
        offset = (2 * place + at) * lanes.width
        ends.last.append(f"  {where} = getelementptr double, ptr %sums, i64 {offset}")
        ends.last.append(f"  store {lanes.doubles} {new.text}, ptr {where}, align 8")
