"""`cg train`: parameters by steps over rows."""

from __future__ import annotations

import contextlib

from cgcli.annotations import Any
from cgcli.cli.problem import Problem
from cgcli.cli.progress import training_bar
from cgcli.cli.request import Request
from cgcli.cli.solutions import (
    finish,
    recorded,
    require_outcome,
    save,
    search,
    tell,
    write_record,
    write_text,
)
from cgcli.cli.training_log import EpochLines, StepLog
from cgcli.diagnostics import CgError, Diagnostic
from cgcli.ending import Ended, Ending
from cgcli.evaluation.row_function import RowFunction, RowOptions
from cgcli.evaluation.rows import processors
from cgcli.render.numbers import number
from cgcli.shapes import counted
from cgcli.solving.objective import objective
from cgcli.training import checkpoint
from cgcli.training.branched_loss import loss_of
from cgcli.training.methods import Adam, Sgd
from cgcli.training.order import Rows, reader
from cgcli.training.schedule import Schedule
from cgcli.training.training import Plan, Training

# Why it cannot be told how what has been trained moves with anything.
NO_MINIMUM = (
    "no sensitivities: these are of a minimum, and training ends where its steps end; cg fit and cg minimize "
    "have them"
)

# So many seconds the loss of all rows is looked for where training was ended from outside.
GRACE = 1.0


@search
def command(request: Request, ending: Ending) -> int:
    """Train, and write what has been found; returns the exit status."""
    _require_sense(request)
    return Run(request, ending).answer()


class Run:
    """One run of the command: what is trained, on which rows."""

    def __init__(self, request: Request, ending: Ending) -> None:
        self.request, self.ending = request, ending
        self.problem = problem = Problem(request, {})
        seconds = problem.session.limits().seconds
        with recorded(request, self._nothing()):
            ending.limit(seconds)
            self._begin()

    def _begin(self) -> None:
        """Read, and prepare, what training needs."""
        request, problem = self.request, self.problem
        problem.unknowns.require_finite()
        objective(problem.program)
        self.function = self._function({})
        if problem.prepared.paths is not None:  # of which each reads columns of its own
            self.function.rows.names = list(self.function.rows.columns)
        self.loss = loss_of(problem.prepared, self.function.rows.columns, self._starts())
        self.schedule = Schedule(request.rate or str(_method(request).rate), request.epochs)
        cells = {name: self.function.rows.columns[name] for name in self.function.rows.names}
        seed = request.random_seed or 0
        self.rows = Rows(reader(self.function, problem.table, request.bad), cells, seed, request.buffer)
        self.validation = None
        if request.validation is not None:
            self.validation = Rows(reader(self.function, self._table(), request.bad), cells, seed)
            if self.validation.whole is not None and not self.validation.count:
                raise CgError("rows", f"there are no rows in `{request.validation}`")
        if self.rows.whole is None and "-" in problem.table.paths:
            raise CgError("file", "standard input is more than fits in memory, and cannot be read again")

    def _nothing(self) -> dict[str, Any]:
        """The record where nothing could be done."""
        return {
            "method": self.request.method, "converged": False, "reason": "", "iterations": 0,
            "evaluations": 0, "epochs": 0, "loss": None, "rows": None, "parameters": self._starts(),
        }  # fmt: skip

    def _starts(self) -> dict[str, Any]:
        return self.problem.unknowns.values(self.problem.unknowns.start)

    def _function(self, parameters: dict[str, Any]) -> RowFunction:
        """The program as a function of rows, where parameters have these values."""
        request, problem = self.request, self.problem
        values = problem.session.bindings.values | parameters
        names = problem.table.names
        shapes = problem.table.shapes([*problem.columns.values()])
        options = RowOptions(drop=request.bad == "drop", engine="plain", threads=1)
        prepared = None if parameters else problem.prepared
        return RowFunction(problem.source, values, names, shapes, options, 0, prepared)

    def _table(self) -> Any:
        from cgcli.data.dataset import Table

        path = self.request.validation or ""
        return Table([path], self.request.data_format, processors(), self.problem.table.forced)

    def answer(self) -> int:
        """Train from each start, and write the best; returns the exit status."""
        request, unknowns = self.request, self.problem.unknowns
        best: Training | None = None
        loss = float("nan")
        several = (request.starts or 1) > 1
        for place, start in enumerate(unknowns.starts(request.starts, request.random_seed)):
            training = self._trained(start, place + 1 if several else 0)
            found = float("nan") if training.failed is not None and several else self._mean(training)
            if best is None or found < loss or loss != loss:
                best, loss = training, found
            if training.ended is not None:
                best.ended, best.reason, best.converged = training.ended, training.reason, False
                break
        assert best is not None
        self.problem.session.warn(*self.problem.table.notes(), self.loss.note)
        if loss - loss != 0 and best.converged:
            best.converged, best.reason = False, f"the loss is {loss:g} at the end"
            best.failed = best.vector
        return self._written(best, loss)

    def _mean(self, training: Training) -> float:
        """The loss of all rows; nan where that would keep who has ended training from its answer."""
        try:
            if training.ended is None:
                return training.mean(self.rows)
            with Ending() as grace:
                grace.limit(GRACE)
                return training.mean(self.rows)
        except Ended as end:
            if training.ended is None:
                training.reason += f"; {end.reason} before the loss was found"
                training.ended, training.converged = end, False
            return float("nan")

    def _trained(self, start: Any, place: int) -> Training:
        request = self.request
        unknowns = self.problem.unknowns
        plan = Plan(
            batch=request.batch, epochs=request.epochs, most=request.max_steps, tolerance=request.tolerance,
            patience=request.patience,
        )  # fmt: skip
        method = _method(request)(unknowns.size, *([request.momentum] if request.momentum else []))
        training = Training(
            self.loss, self.rows, unknowns, start, method, self.schedule, plan, self.validation, self.ending
        )
        facts = self._facts()
        if request.resume is not None:
            self._resume(training, facts, request.resume)
        with contextlib.ExitStack() as stack:
            lines = stack.enter_context(EpochLines(request, place))
            log = stack.enter_context(StepLog(request.log, training.step)) if request.log else None
            bar = stack.enter_context(training_bar(self.rows, request))

            def watch(epoch: int, step: int, rate: float, loss: float) -> None:
                lost = log.write(epoch, step, rate, loss) if log is not None else ""
                if lost:
                    self.problem.session.warn(Diagnostic("file", lost, severity="warning"))
                bar(epoch, step, loss)
                tell(request, step, {"epoch": epoch, "loss": loss, "rate": rate})

            try:
                for epoch in training.epochs(watch):
                    lines.add(epoch)
                    self._save(training, facts)
                training.settle()
            except Ended as end:
                training.end(end)
        if training.failed is None and training.within:
            self._save(training, facts)
        return training

    def _save(self, training: Training, facts: dict[str, Any]) -> None:
        """Write the checkpoint; training ends where that cannot be done."""
        if self.request.checkpoint is None:
            return
        own, arrays = training.state()
        try:
            checkpoint.save(self.request.checkpoint, {**own, **facts}, arrays)
        except CgError as error:
            training.stop(error.diagnostic.message)

    def _facts(self) -> dict[str, Any]:
        """What has to be the same where training goes on."""
        request = self.request
        shapes = {name: list(shape) for name, shape in self.problem.unknowns.packing.shapes.items()}
        return {
            "method": request.method, "momentum": request.momentum or 0.0, "batch": request.batch,
            "seed": request.random_seed or 0, "parameters": shapes,
        }  # fmt: skip

    def _resume(self, training: Training, facts: dict[str, Any], path: str) -> None:
        found, arrays = checkpoint.load(path)
        for name, value in facts.items():
            if found.get(name) != value:
                there, here = (_shown(one) for one in (found.get(name), value))
                told = f"`{path}` was trained with {name} {there}, and this is {here}"
                raise CgError("usage", told)
        training.restore(found, arrays)

    # What is written

    def _written(self, training: Training, loss: float) -> int:
        request, unknowns = self.request, self.problem.unknowns
        values = unknowns.values(training.vector)
        is_known = training.ended is None or loss == loss
        save(request, values)
        error = None
        if training.failed is not None:
            error = self._cause(training)
            if error is not None:
                training.reason = f"{error.diagnostic.message}; {training.reason}"
        elif loss - training.first > abs(training.first):
            grown = f"the loss has grown, from {training.first:.3g} in the first epoch"
            self.problem.session.warn(
                Diagnostic("unsolved", grown, hint="a smaller --rate may help", severity="warning")
            )
        held = self.problem.held
        no_minimum = [NO_MINIMUM] if held else []
        if request.format == "json":
            write_record(request, {
                "method": request.method, "converged": training.converged,
                "reason": "; ".join([training.reason, *no_minimum]), "iterations": training.step,
                "evaluations": training.calls, "epochs": training.epoch,
                "loss": loss if is_known else None, "rows": self.rows.count or None,
                **({} if request.out else {"parameters": values}),
                **({"sensitivity": {name: dict.fromkeys(held) for name in values}} if held else {}),
            })  # fmt: skip
        else:
            shown = [] if request.out else [(name, value, "") for name, value in values.items()]
            told = [f"{training.reason}, {counted(training.step, 'step')} of {request.method}"]
            if is_known:
                told.insert(
                    0, f"loss {number(loss, request.digits or 6)} of {counted(self.rows.count, 'row')}"
                )
            write_text(request, shown, told + no_minimum)
        if error is not None:
            raise error
        return finish(request, training.converged, training.reason, training.ended)

    def _cause(self, training: Training) -> CgError | None:
        """The first row and the place in the program for which the loss was not finite."""
        values = self.problem.unknowns.values(training.failed)
        function = self._function(values)
        table = self.problem.table
        if "-" in table.paths:
            return None
        try:
            for batch, _ in function.answers(table.batches(function.read, [], self.request.bad)):
                if batch.warning is not None:
                    return CgError.of(batch.warning)
        except CgError as error:
            return error
        return None


def _method(request: Request) -> Any:
    return Sgd if request.method == "sgd" else Adam


def _shown(value: Any) -> str:
    return ", ".join(value) if isinstance(value, dict) else str(value)


def _require_sense(request: Request) -> None:
    """Raise `CgError` (kind `usage`) for options that do not go together."""
    require_outcome(request)
    if not request.data:
        raise CgError("usage", "this is for rows, and there are none", hint="--data FILE has some")
    if request.momentum is not None and request.method != "sgd":
        raise CgError("usage", "--momentum goes with --method sgd: adam has its own")
    if request.momentum is not None and not 0 <= request.momentum < 1:
        raise CgError("usage", "--momentum is from 0 on and below 1")
    if (request.starts or 1) > 1:
        for option in ("checkpoint", "resume", "log"):
            if getattr(request, option):
                raise CgError("usage", f"--{option} does not go with --starts")
