"""A program that is written for one row, and runs for all."""

from __future__ import annotations

import os
from itertools import product

from cgcli.algebras.numbers import floats
from cgcli.annotations import Any, Mapping, Sequence, ThreadPoolExecutor
from cgcli.diagnostics import CgError
from cgcli.errors import OperationError
from cgcli.evaluation.binding import require_known
from cgcli.evaluation.derivatives import require_number
from cgcli.evaluation.prepared import Prepared
from cgcli.evaluation.residual import Residual
from cgcli.evaluation.specialised import for_cells
from cgcli.evaluation.warnings import of_one_row
from cgcli.kernels.machine import lanes, rows_at_once
from cgcli.language.scanner import unquoted
from cgcli.passes.derive import derive
from cgcli.passes.forward import forward
from cgcli.passes.shapes import are_numbers
from cgcli.shapes import shape_text

# Rows from which on compiling takes less time than it saves.
MANY = 200_000


class Rows:
    """A program over columns: its outputs, and their derivatives, for batch after batch.

    names       the columns that it reads
    outputs     what it finds: an output, and what it is differentiated by, or None
    cells       the shapes of these for one row, which are known (`is_shaped`)
    """

    is_shaped = True

    def __init__(
        self,
        prepared: Prepared,
        cells: Mapping[str, tuple[int, ...]],
        wrt: Sequence[str] = (),
        engine: str = "auto",
        threads: int | None = None,
        count: int = 0,
    ) -> None:
        """`cells` has the shape of a cell of each column; the other inputs have values in what is prepared.
        `count` is about how many rows there will be, and where nobody knows 0: then as many as there have
        been.

        Raises `CgError` as `specialised` and `require_scalar` do."""
        program = prepared.program
        columns = {name: shape for name, shape in cells.items() if name in program.inputs}
        known = {name: value for name, value in prepared.known.items() if name not in columns}
        require_known(program, known | columns)
        of = for_cells(program, known, columns)
        program, graph, shapes = of.program, of.graph.copy(), list(of.shapes())
        self.program, self.of, self.engine = program, of, engine
        self.known, self.columns = known, columns
        self.note = of_one_row(program, shapes, columns, "`--reduce` goes over all rows")
        nodes: list[int] = []
        self.outputs: list[tuple[str, str | None]] = []
        for name, output in zip(program.output_names(), program.outputs, strict=True):
            nodes.append(output.node)
            self.outputs.append((name, None))
            if wrt:
                require_number(program, output, shapes[output.node])
                nodes += of.run(derive, graph, shapes, output.node, program.nodes(wrt))
            self.outputs += [(name, by) for by in wrt]
        self.cells = [shapes[node] for node in nodes]
        nodes += [assertion.node for assertion in program.assertions] + [one.node for one in program.aside]
        for one in program.aside:
            if shapes[one.node] != ():
                told = f"the condition is an array of shape {shape_text(shapes[one.node])}"
                hint = "min(...) of it holds where all of it does, max(...) where any does"
                raise CgError(
                    "shape", f"{told}, and each row has one truth", program.source, one.start, one.end, hint
                )
        self.wrt, self._prepared, self._meets = list(wrt), prepared, False
        if program.curved:
            from cgcli.evaluation.row_corners import corners_met

            met = of.run(corners_met, program, graph, shapes)
            self._meets = met is not None
            nodes += [met] if self._meets else []
        self.left = Residual(of, graph, shapes, nodes, program.nodes(list(columns)), known)
        graph = self.left.graph
        self._are_numbers = are_numbers(graph, self.left.shapes, range(len(graph)))
        self.names = [name for name in columns if name in graph.attrs.values()]
        self.threads, self.count, self._is_known = threads or processors(), count, count > 0
        self._buffers: Any = None
        self._pool: ThreadPoolExecutor | None = None
        self._plain: Any = None
        self._kernel: Any = None
        self._totals: Any = None
        self._asked, self._asked_totals, self.reason = False, False, ""

    def __call__(self, columns: Mapping[str, Any], count: int) -> list[Any]:
        """For so many rows, arrays with an axis of rows in front: the outputs, the assertions, and what
        stands beside the program."""
        from cgcli.kernels.buffers import Buffers
        from cgcli.kernels.row_blocks import Blocks

        self._meet(count)
        if self._plain is None:
            left, self._buffers = self.left, self._buffers or Buffers()
            self._plain = Blocks(left.graph, self.names, left.outputs, left.shapes, left.known, self._buffers)
        threads = self._threads(count, self._plain.rows)
        kernel = self.kernel()
        found: list[Any]
        if kernel is None:
            found = self._plain(columns, count, threads)
        else:
            found, again = kernel(columns, count, threads)
            for start, stop in again:
                self._plain.fill(found, columns, start, stop)
        if self._meets:
            from cgcli.evaluation.row_corners import settle_rows

            return settle_rows(self._prepared, self, columns, found)
        return found

    def sums(
        self, columns: Mapping[str, Any], count: int, is_some: bool
    ) -> tuple[list[float], int, list[tuple[int, int]]] | None:
        """The sums of the outputs over so many rows, or with `is_some` over those in which what stands beside
        the program holds; of how many rows; and pairs of first and last row that are left out, as there is
        something to tell of them. None where there is no machine code."""
        self._meet(count)
        if not self._asked_totals and not self._meets and self._compiles():
            from cgcli.kernels.totals import Totals

            self._asked_totals = True
            left, outputs = self.left, len(self.outputs)
            end = outputs + len(self.program.assertions)
            self._totals = self._made(
                Totals,
                left.outputs[:outputs],
                left.outputs[end] if is_some else None,
                left.outputs[outputs:end],
            )
        if self._totals is None:
            return None
        from cgcli.kernels.rows import BLOCK

        found: tuple[list[float], int, list[tuple[int, int]]]
        found = self._totals(columns, count, self._threads(count, BLOCK))
        if 2 * sum(stop - start for start, stop in found[2]) > count:
            self._totals = None  # the next ones will be no better
        return found

    def _meet(self, count: int) -> None:
        if not self._is_known:
            self.count += count

    def _threads(self, count: int, few: int) -> ThreadPoolExecutor | None:
        """Threads for more than a few rows."""
        if self._pool is None and self.threads > 1 and count > few:
            from concurrent.futures import ThreadPoolExecutor

            self._pool = ThreadPoolExecutor(self.threads)
        return self._pool

    def row(self, numbers: Sequence[float]) -> tuple[list[float], list[float]]:
        """The values of what is left of the program for one row of numbers, and of them the same as for many
        rows, without what these need. Raises `OperationError`."""
        left = self.left
        if self._meets or not self._are_numbers:
            raise OperationError("there are corners or arrays, which many rows are for")
        values = forward(left.graph, floats, dict(zip(self.names, numbers, strict=True)))
        return values, [values[node] for node in left.outputs]

    def kernel(self) -> Any:
        """The compiled function, where it is asked for or pays, and where there can be one; else `reason`
        says why not."""
        if not self._asked and self._compiles():
            from cgcli.kernels.buffers import Buffers
            from cgcli.kernels.rows import Kernel

            self._asked, self._buffers = True, self._buffers or Buffers()
            self._kernel = self._made(Kernel, self.left.outputs, self._buffers)
        return self._kernel

    def _compiles(self) -> bool:
        """Whether machine code is asked for or pays, and there can be some; else `reason` says why not."""
        if self.engine in ("plain", "python") or (self.engine == "auto" and self.count < MANY):
            self.reason = "there are few rows" if self.engine == "auto" else "it is asked for"
        elif any(self.left.shapes):
            self.reason = "it computes with arrays"
        elif not lanes():
            self.reason = "llvmlite or the functions of libmvec are missing"
        else:
            return True
        return False

    def _made(self, kernel: Any, outputs: Sequence[int], *given: Any) -> Any:
        """The machine code of these nodes, or None where an operation has no form."""
        try:
            return kernel(self.left.graph, self.names, outputs, *given, rows_at_once())
        except OperationError as error:
            self.reason = error.message or "an operation has no form"
        return None

    def labels(self, flat: bool) -> list[str]:
        """What the columns of the answer are called: with `flat` an array is a column an element, `y[0]`,
        `y[0,1]`."""
        return labels(self.outputs, self.cells, flat)


def labels(outputs: Sequence[tuple[str, str | None]], cells: Sequence[Any], flat: bool) -> list[str]:
    """Those of outputs, and of their derivatives by names, with the shapes of their cells (`Rows.labels`)."""
    found = []
    for (name, by), cell in zip(outputs, cells, strict=True):
        label = unquoted(name) if by is None else f"d{unquoted(name)}/d{unquoted(by)}"
        found += [label + at for at in places(cell if flat else ())]
    return found


def places(shape: Any) -> list[str]:
    """What the elements of a cell are called behind its name: `[0]`, `[0,1]`; of a number nothing."""
    return [f"[{','.join(map(str, at))}]" for at in product(*map(range, shape))] if shape else [""]


def processors() -> int:
    """How many threads this process may run at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
