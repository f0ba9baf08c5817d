"""Training: epoch after epoch, steps that make the mean loss of some rows smaller."""

from __future__ import annotations

import contextlib
from itertools import islice
from math import inf, isfinite, nan

import numpy as np

from cgcli.annotations import Any, Callable, Iterator, Mapping
from cgcli.diagnostics import CgError
from cgcli.ending import Ended, Ending
from cgcli.solving.unknowns import Unknowns
from cgcli.training.loss import MeanLoss
from cgcli.training.order import Rows
from cgcli.training.schedule import Schedule

# Is told of each step: the epoch, the step, both from 1, the rate, and the loss.
Watch = Callable[[int, int, float, float], None]


class Plan:
    """How to train.

    batch, epochs   rows of a step, and how often all rows are seen
    most            the most steps, or None
    tolerance       training ends when an epoch moves no parameter by more than this part of itself, or None
    patience        it ends when so many epochs in a row were no better than the best one, or None
    """

    def __init__(self, **given: Any) -> None:
        self.batch, self.epochs = 32, 10
        self.most: int | None = None
        self.tolerance: float | None = None
        self.patience: int | None = None
        vars(self).update({name: value for name, value in given.items() if value is not None})


class Epoch:
    """What came of an epoch.

    number      from 1
    loss        the mean of all rows, each as the step that took it saw it
    validation  the mean of rows that are not trained on, or None
    """

    def __init__(self, number: int, loss: float, validation: float | None) -> None:
        self.number, self.loss, self.validation = number, loss, validation


class Training:
    """A vector of parameters on its way.

    vector      the parameters as they are
    step, epoch how many are done
    within      how many steps of the epoch that is not done
    calls       how often the loss has been asked for
    reason      why training has ended, in words; "" while it goes on
    ended       what ended it from outside, or None
    failed      the parameters for which the loss was not finite, or None
    converged   whether it has ended as it should
    first       the loss of the first epoch, as its steps saw it; nan before its end
    """

    def __init__(
        self,
        loss: MeanLoss,
        rows: Rows,
        unknowns: Unknowns,
        start: Any,
        method: Any,
        schedule: Schedule,
        plan: Plan,
        validation: Rows | None = None,
        ending: Ending | None = None,
    ) -> None:
        """What `ending` raises comes between two steps."""
        self._loss, self._rows, self._unknowns, self._method = loss, rows, unknowns, method
        self._schedule, self._plan, self._validation = schedule, plan, validation
        self.vector = np.array(start, dtype=float)
        self.step = self.epoch = self.within = self.calls = 0
        self.reason, self.converged = "", False
        self.ended: Ended | None = None
        self.failed: Any = None
        self._total, self._seen = 0.0, 0  # of the epoch that is not done
        self._begun: Any = None  # the parameters as it began
        self._left: Any = None  # those after the last step, where those of an epoch before it are given
        self._held = contextlib.nullcontext if ending is None else ending.held
        self._best, self._best_epoch, self.first = inf, 0, nan
        self._start = self.vector.copy()
        self._chosen = self.vector.copy()  # the parameters of the best epoch, or those at the start

    def epochs(self, watch: Watch) -> Iterator[Epoch]:
        """Train; an epoch after the other is given as it is done. Raises `CgError` for a rate that is none,
        for no rows, and as reading does."""
        plan, rows = self._plan, self._rows
        while not self.reason and self.epoch < plan.epochs:
            if plan.tolerance is not None and not self.within:
                self._begun = self.vector.copy()
            for columns, count in islice(rows.steps(self.epoch, plan.batch), self.within, None):
                if self.step == plan.most:
                    self.reason = f"--max-steps {plan.most} reached in epoch {self.epoch + 1}"
                    return
                self._step(columns, count, watch)
                if self.reason:
                    return
            if not self._seen:
                raise CgError("rows", "there are no rows to train on")
            epoch = Epoch(self.epoch + 1, self._total / self._seen, self._validated())
            with self._held():
                self.epoch, self.within, self._total, self._seen = self.epoch + 1, 0, 0.0, 0
                self._judge(epoch)
                yield epoch
        if not self.reason:
            self.converged = True
            self.reason = "the epoch is done" if plan.epochs == 1 else f"all {plan.epochs} epochs are done"

    def end(self, ended: Ended) -> None:
        """What has ended training from outside."""
        self.ended = ended
        self.stop(ended.reason)

    def stop(self, reason: str) -> None:
        """It ends here, before it was to."""
        where = f"in epoch {self.epoch + 1}" if self.within or not self.epoch else f"after epoch {self.epoch}"
        self.reason, self.converged = f"{reason} {where}", False

    def _step(self, columns: Mapping[str, Any], count: int, watch: Watch) -> None:
        """Take a step, unless there is a reason against it."""
        unknowns = self._unknowns
        loss, slopes = self._loss.gradient(unknowns.values(self.vector), columns, count)
        self.calls += 1
        rate = self._schedule(self.step, self.epoch)
        place = f"in step {self.step + 1}, in epoch {self.epoch + 1}"
        if not isfinite(loss):
            return self._fail(
                f"the loss is {loss:g} {place}{'; a smaller --rate may help' * (self.step > 0)}"
            )
        gradient = np.zeros(unknowns.size)
        for name, begin, end in self._places():
            if name in slopes:
                gradient[begin:end] = np.ravel(slopes[name])
        if not isfinite(np.add.reduce(gradient)) and not np.isfinite(gradient).all():
            at = int(np.flatnonzero(~np.isfinite(gradient))[0])
            return self._fail(f"the derivative by {unknowns.labels()[at]} is {gradient[at]:g} {place}")
        with self._held():
            try:
                with np.errstate(over="raise", invalid="raise"):
                    self._method.move(self.vector, gradient, rate, self.step + 1)
            except FloatingPointError:
                told = f"the derivatives are as large as {np.max(np.abs(gradient)):.3g} {place}"
                return self._fail(f"{told}, too large for {self._method.name}: scale the loss")
            if unknowns.is_bounded:
                self.vector[:] = unknowns.clipped(self.vector)
            self.step, self.within = self.step + 1, self.within + 1
            self._total, self._seen = self._total + loss * count, self._seen + count
            watch(self.epoch + 1, self.step, rate, loss)

    def _fail(self, reason: str) -> None:
        self.reason, self.failed, self.vector = reason, self.vector, self._chosen

    def settle(self) -> None:
        """Where the loss was not finite, take the start if no epoch was better: what an epoch tells is of the
        parameters before its steps. Raises as reading does."""
        if self.failed is None or np.array_equal(self.vector, self._start):
            return
        rows = self._rows if self._validation is None else self._validation
        found, self.vector = self.mean(rows), self._start.copy()
        begun = self.mean(rows)
        if found < begun:
            self.vector = self._chosen
        else:
            self.reason += f"; the start was better than all epochs, with a loss of {begun:.6g}"

    def _places(self) -> Iterator[tuple[str, int, int]]:
        end = 0
        for name, shape in self._unknowns.packing.shapes.items():
            begin, end = end, end + int(np.prod(shape, dtype=int))
            yield name, begin, end

    def _validated(self) -> float | None:
        return None if self._validation is None else self.mean(self._validation)

    def mean(self, rows: Rows) -> float:
        """The mean loss of rows with the parameters as they are."""
        values = self._unknowns.values(self.vector)
        total, seen = 0.0, 0
        for columns, count in rows.all():
            total, seen = total + self._loss.total(values, columns, count), seen + count
            self.calls += 1
        return total / seen if seen else nan

    def _judge(self, epoch: Epoch) -> None:
        """Whether an epoch is the last: by those who wait for a better one, and by how far it went."""
        plan = self._plan
        if self.first != self.first:
            self.first = epoch.loss
        judged = epoch.loss if epoch.validation is None else epoch.validation
        if not isfinite(judged):
            self.reason = f"the loss of the validation rows is {judged:g} in epoch {epoch.number}"
            return
        if judged < self._best:
            self._best, self._best_epoch = judged, epoch.number
            self._chosen = self.vector.copy()
        self._wait()
        if plan.tolerance is not None and self._begun is not None and not self.reason:
            moved = np.abs(self.vector - self._begun)
            if np.all(moved <= plan.tolerance * np.abs(self.vector)):
                self.reason = f"an epoch moves no parameter by more than {plan.tolerance:g} of itself"
                self.converged = True

    def _wait(self) -> None:
        """End with the parameters of the best epoch where that was long ago."""
        patience = self._plan.patience
        if patience is not None and not self.within and self.epoch - self._best_epoch >= patience:
            told = "loss" if self._validation is None else "loss of the validation rows"
            self.reason = f"the {told} was least in epoch {self._best_epoch}, whose parameters these are"
            self._left, self.vector, self.converged = self.vector, self._chosen.copy(), True

    # What goes into a checkpoint

    def state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Facts, and arrays by name."""
        facts = {
            "step": self.step, "epoch": self.epoch, "calls": self.calls, "best": self._best,
            "best_epoch": self._best_epoch, "within": self.within, "total": self._total, "seen": self._seen,
        }  # fmt: skip
        arrays = {"vector": self.vector if self._left is None else self._left, "chosen": self._chosen}
        if self._begun is not None:
            arrays["begun"] = self._begun
        return facts, arrays | {f"method {name}": part for name, part in self._method.state.items()}

    def restore(self, facts: Mapping[str, Any], arrays: Mapping[str, Any]) -> None:
        """Go on from what `state` gave."""
        self.step, self.epoch, self.calls = facts["step"], facts["epoch"], facts["calls"]
        self._best, self._best_epoch = facts["best"], facts["best_epoch"]
        self.within = facts.get("within", 0)
        self._total, self._seen = facts.get("total", 0.0), facts.get("seen", 0)
        self.vector[:], self._chosen, self._begun = arrays["vector"], arrays["chosen"], arrays.get("begun")
        for name, part in self._method.state.items():
            part[:] = arrays[f"method {name}"]
        self._wait()
