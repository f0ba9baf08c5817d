"""Rows of programs whose control flow depends on what is in a row: each row runs by itself."""

from __future__ import annotations

from time import monotonic

import numpy as np

from cgcli.annotations import Any, Iterable, Iterator, Mapping, Sequence
from cgcli.control.machine import Unset
from cgcli.control.steps import Limits, Run
from cgcli.control.structures import HOLDERS, Record
from cgcli.control.values import Values
from cgcli.data.batch import Batch
from cgcli.diagnostics import CgError
from cgcli.evaluation.binding import require_known
from cgcli.evaluation.compiled import Faster
from cgcli.evaluation.derivatives import gradients, require_number
from cgcli.evaluation.ends import plain_value, unset_error
from cgcli.evaluation.fast_gradients import Unfit, flow_of
from cgcli.evaluation.prepared import Prepared
from cgcli.evaluation.recording import recorded_gradients
from cgcli.evaluation.row_warnings import RowFailed
from cgcli.evaluation.rows import labels, processors
from cgcli.evaluation.running import drive, recorded
from cgcli.kernels.machine import each
from cgcli.language.block import Output
from cgcli.shapes import shape_text

# Rows of a first piece, and seconds that one should take: somebody may wait for what there is to tell.
FEW, SOON = 64, 0.25

# From so many rows on a program is compiled; so many are one piece of work.
MANY, ROWS = 200, 2**13


def in_pieces(batches: Iterable[Batch]) -> Iterator[Batch]:
    """The same rows in batches that do not take long, as a row may take any time."""
    size = FEW
    for batch in batches:
        start = 0
        while start < batch.count or not start:
            stop, begun = min(start + size, batch.count), monotonic()
            yield batch if stop - start == batch.count else batch.part(start, stop)
            size = 2 * size if monotonic() - begun < SOON else max(FEW, size // 2)
            start = max(stop, 1)


class RunRows:
    """As `rows.Rows`, of a program that runs. The outputs of all rows have the shapes of the first one's,
    which are known once that has run (`is_shaped`); before, and where there is none, they are numbers."""

    def __init__(
        self,
        prepared: Prepared,
        cells: Mapping[str, tuple[int, ...]],
        wrt: Sequence[str] = (),
        engine: str = "auto",
        threads: int | None = None,
        count: int = 0,
    ) -> None:
        self.program, self.engine, self.wrt, self.count = prepared.program, engine, list(wrt), count
        program = self.program
        self.columns = {name: shape for name, shape in cells.items() if name in program.inputs}
        self.known = {name: value for name, value in prepared.known.items() if name not in self.columns}
        require_known(program, self.known | self.columns)
        self.names, self.limits = list(self.columns), prepared.limits or Limits()
        names = program.output_names()
        self.outputs = [(name, by) for name in names for by in (None, *self.wrt)]
        shapes = {name: getattr(value, "shape", ()) for name, value in self.known.items()} | self.columns
        self.cells = [() if by is None else shapes[by] for _, by in self.outputs]
        self.is_shaped = bool(wrt)
        self.left, self.note, self.threads, self.reason = None, None, threads or processors(), ""
        self._compiled: Any = None
        self._running: Any = None
        self._pool: Any = None
        self._asked, self._is_known = False, count > 0

    def __call__(self, columns: Mapping[str, Any], count: int) -> list[Any]:
        """For so many rows, arrays with an axis of rows in front: the outputs, and what stands beside the
        program. Raises `RowFailed`."""
        self.count += 0 if self._is_known else count
        aside: list[Any] = [() for _ in self.program.aside]
        is_compiled = self.kernel() is not None  # of numbers alone
        self.is_shaped = self.is_shaped or is_compiled
        found = [np.empty((count, *cell)) for cell in [*self.cells, *aside]]

        def alone(row: int) -> None:
            inputs = dict(self.known)
            for name in self.names:
                cell = columns[name][row]
                inputs[name] = cell if cell.ndim else float(cell)
            try:
                answer = self._fast(inputs) or self._row(inputs)
            except CgError as error:
                raise RowFailed(row, error) from None
            if not self.is_shaped:
                self.is_shaped = True
                self.cells = [np.shape(value) for value in answer[: len(self.cells)]]
                found[:] = [np.empty((count, *cell)) for cell in [*self.cells, *aside]]
            for column, value in zip(found, answer, strict=True):
                column[row] = value

        if not is_compiled:
            for row in range(count):
                alone(row)
            return found
        given = [np.ascontiguousarray(columns[name], float) for name in self.names]
        self._all(given, found, count, alone)
        return found

    def _all(self, given: list[Any], found: list[Any], count: int, alone: Any) -> None:
        """Rows as machine code, in threads; those that are computed `alone` one after the other, in order."""
        left: list[int] = []
        sizes = range(0, count, ROWS)

        def run(start: int) -> None:
            self._running.fill(given, found, start, min(start + ROWS, count), left.append)

        if self._pool is None and self.threads > 1 and len(sizes) > 1:
            from concurrent.futures import ThreadPoolExecutor

            self._pool = ThreadPoolExecutor(self.threads)
        each(run, sizes, self._pool)
        for row in sorted(left):
            alone(row)

    def row(self, numbers: Sequence[float]) -> list[float]:
        """One row of numbers."""
        return self._row({**self.known, **dict(zip(self.names, numbers, strict=True))})

    def _row(self, inputs: Mapping[str, Any]) -> list[Any]:
        """The outputs, each with its derivatives, and what stands beside. Raises `CgError`."""
        program = self.program
        assert program.tree is not None
        if program.derives:
            return self._recorded(inputs)
        run = Run(program.tree, Values(), inputs, self.limits)
        if self.engine != "plain":
            Faster("python" if self.engine == "python" else "auto").take(run)
        drive(program, run)
        values = [self._value(run, output, place) for place, output in enumerate(program.outputs)]
        beside = [self._value(run, output) for output in program.aside]
        slopes = self._slopes(inputs) if self.wrt else [[] for _ in values]
        found: list[Any] = []
        for value, row in zip(values, slopes, strict=True):
            found += [value, *row]
        return found + beside

    def _recorded(self, inputs: Mapping[str, Any]) -> list[Any]:
        """The same of a program that differentiates, or seeks numbers: by what it ran, as a graph."""
        point = recorded(self.program, inputs, self.limits, None, copies=True)
        outputs, beside = point.program.outputs, point.program.aside
        values = [self._checked(one, point.values[one.node], place) for place, one in enumerate(outputs)]
        values += [self._checked(one, point.values[one.node]) for one in beside]
        slopes: list[Any] = [[] for _ in outputs]
        if self.wrt:
            nodes = [output.node for output in outputs]
            slopes = gradients(point, nodes, point.program.nodes(self.wrt))
        found: list[Any] = []
        for value, row in zip(values, slopes, strict=False):
            found += [value, *row]
        return found + values[len(outputs) :]

    def _value(self, run: Run, output: Output, place: int | None = None) -> Any:
        slot = self.program.graph.attrs[output.node]
        if slot not in run.frame.slots:
            raise unset_error(self.program, Unset(slot, output.start, output.end))
        return self._checked(output, plain_value(run.machine, run.frame.slots[slot]), place)

    def _checked(self, output: Output, value: Any, place: int | None = None) -> Any:
        """The value of an output, in its place among them, or of what stands beside, which is a number.
        Raises `CgError` (kind `shape`) for one that is no cell of its column."""
        called = f"`{output.name}`" if output.name else "the output"
        told = None
        if value.__class__ in HOLDERS:
            what = "a record" if value.__class__ is Record else "a list whose items make no array"
            told = f"{called} is {what}, and a column has numbers or arrays"
        elif place is not None and self.wrt:
            require_number(self.program, output, np.shape(value))
        elif place is None and np.shape(value):
            told = f"the condition is an array of shape {shape_text(value.shape)}, and each row has one truth"
        elif place is not None and self.is_shaped and np.shape(value) != self.cells[place]:
            here, cell = np.shape(value), self.cells[place]
            told = f"{called} is {f'an array of shape {shape_text(here)}' if here else 'a number'}"
            told += f", and its column has {f'arrays of shape {shape_text(cell)}' if cell else 'numbers'}"
        if told:
            raise CgError("shape", told, self.program.source, output.start, output.end)
        return value

    def _slopes(self, inputs: Mapping[str, Any]) -> list[list[Any]]:
        found = recorded_gradients(self.program, inputs, self.wrt, self.limits)
        if found is not None:
            return [[row[name] for name in self.wrt] for row in found[1]]
        point = recorded(self.program, inputs, self.limits, None, copies=True)
        nodes = [output.node for output in point.program.outputs]
        return gradients(point, nodes, point.program.nodes(self.wrt))

    def kernel(self) -> Any:
        """The compiled program, where it is asked for or pays, and where there can be one; else `reason` says
        why not."""
        if self._asked or self.engine in ("plain", "python") or (self.engine == "auto" and self.count < MANY):
            self.reason = self.reason or (
                "there are few rows" if self.engine == "auto" else "it is asked for"
            )
            return self._compiled
        self._asked = True
        try:
            if any(self.columns.values()):
                raise Unfit("it computes with arrays")
            inputs = {**self.known, **dict.fromkeys(self.names, 0.0)}
            flow = flow_of(self.program, inputs)
            from cgcli.kernels.recorded import Recorded
            from cgcli.kernels.running import Running

            made = Recorded(flow, set(inputs), set(self.wrt), set(self._slots()))
            if made.missing:
                raise Unfit(f"`{min(made.missing)}` has no value on some path")
            slots, outputs = self._slots(), len(self.program.outputs)
            self._running = Running(
                made, self.names, self.known, slots[:outputs], self.wrt, slots[outputs:],
                self.limits.operations,
            )  # fmt: skip
            self._compiled = made
        except Unfit as unfit:
            self.reason = str(unfit)
        return self._compiled

    def _slots(self) -> list[str]:
        program = self.program
        return [program.graph.attrs[output.node] for output in (*program.outputs, *program.aside)]

    def _fast(self, inputs: Mapping[str, Any]) -> list[float] | None:
        """A row as machine code; None where there is none, or more is to be looked at."""
        made = self.kernel()
        if made is None or not made.run(inputs, self.limits.operations, _go_on):
            return None
        found: list[float] = []
        is_missing = any(inputs[name] - inputs[name] != 0 for name in self.names)
        slots, outputs = self._slots(), len(self.program.outputs)
        for slot in slots[:outputs]:
            found.append(made.value(slot))
            if self.wrt:
                found += made.gradient(slot, self.wrt, _go_on, is_missing)
        if not is_missing and any(value - value != 0 for value in found):
            return None
        return found + [made.value(slot) for slot in slots[outputs:]]

    def labels(self, flat: bool) -> list[str]:
        """What the columns of the answer are called, as `Rows.labels`."""
        return labels(self.outputs, self.cells, flat)


def _go_on() -> None: ...
