"""`cg solve`: the unknowns for which equations hold."""

from __future__ import annotations

import contextlib

import cgcli.cli.one_thread  # noqa: F401  before NumPy comes
from cgcli.later import np

# isort: split
from cgcli.annotations import Any
from cgcli.cli.problem import Problem
from cgcli.cli.ranges import read_ends
from cgcli.cli.request import Request
from cgcli.cli.solutions import (
    MOST,
    ending_line,
    finish,
    in_two_digits,
    recorded,
    require_outcome,
    save,
    search,
    sensitivity_lines,
    write_record,
    write_text,
)
from cgcli.cli.watching import Steps
from cgcli.diagnostics import CgError
from cgcli.ending import Ended, Ending
from cgcli.language.block import Output
from cgcli.language.program import Program
from cgcli.render.numbers import number
from cgcli.shapes import counted

EQUATION = "an equation is stated with `==`, as in x^2 == 2; what gives a name a value is none"

# Roots known to this part of themselves have their digits; several together are those that are so near.
SHARP, SAME = 1e-12, 2.0**-46


@search
def command(request: Request, ending: Ending) -> int:
    """Solve, and write what is found; returns the exit status."""
    _require_sense(request)
    name, ends = read_ends(request.between) if request.between is not None else ("", None)
    with recorded(request, _record("newton", False, "", 0, 0) | _facts({})):
        middle = (lambda bindings: sum(ends(bindings)) / 2) if ends is not None else None
        try:
            problem = Problem(request, {}, between=name, begin=middle)
        except CgError as error:
            if error.diagnostic.kind == "binding" and "given a value by" in error.diagnostic.message:
                error.diagnostic.hint = EQUATION
            raise
    _take_sides(problem.program)
    problem.require_read("no equation depends", EQUATION)
    if problem.prepared.paths is not None:
        problem.prepared.paths.changes.append(_take_sides)
    if ends is not None:
        return _Range(request, problem, ending, *ends(problem.session.bindings)).status()
    return _System(request, problem, ending).status()


def _require_sense(request: Request) -> None:
    """Raise `CgError` (kind `usage`) for options that make no sense, or not together."""
    require_outcome(request)
    if request.all_roots and request.between is None:
        raise CgError("usage", "--all is for a range", hint="as in --between x=0:10 --all")
    if request.between is None:
        return
    for option, given in (("bounds", request.bounds), ("wrt", request.wrt), ("starts", request.starts)):
        if given:
            hint = "it names the unknown, and its range"
            raise CgError("usage", f"--{option} does not go with --between", hint=hint)
    if request.method != "auto":
        raise CgError("usage", f"--method {request.method} does not go with --between")


def _take_sides(program: Program) -> None:
    """Make both sides of each equation outputs of the program, one after the other: 0 is the right one where
    there is no `==`. Raises `CgError` where there is no equation, and at a condition, which is none."""
    from cgcli.solving.conditions import CONDITIONS, equations

    sides = []
    zero: int | None = None
    for left, right, output in equations(program):
        if right is None:
            if program.graph.ops[left].level in CONDITIONS:
                told = "a condition is no equation: it holds or not"
                hint = "an equation has `==`; --bounds 'x > 0' keeps an unknown where a condition holds"
                raise CgError("syntax", told, program.source, output.start, output.end, hint)
            zero = program.graph.constant(0.0) if zero is None else zero
            right = zero
        sides += [Output(None, node, output.start, output.end) for node in (left, right)]
    program.outputs[:] = sides
    if not sides:
        raise CgError("syntax", "the program has no equation", program.source, 0, hint="as in: x^2 == 2")


class _System:
    """As many equations as unknowns."""

    def __init__(self, request: Request, problem: Problem, ending: Ending) -> None:
        from cgcli.solving.systems import Equations

        self.request, self.problem, self.unknowns = request, problem, problem.unknowns
        self.ending = ending
        self.equations = Equations(problem.prepared, problem.unknowns)

    def status(self) -> int:
        from cgcli.solving.root_error import Error
        from cgcli.solving.systems import Root, sensitivity

        request, unknowns = self.request, self.unknowns
        start, seconds = unknowns.values(unknowns.start), self.problem.session.limits().seconds
        with recorded(request, _record("newton", False, "", 0, 0) | _facts(start)):
            self.ending.limit(seconds)
            unknowns.require_finite()
            self.equations.require_finite(unknowns.start)
            outcome, root = self._found()
        error = Error(self.equations, outcome.vector) if outcome.converged else None
        at = outcome.vector if error is None else error.vector
        norm = root.norm if at is outcome.vector else Root(self.equations, at).norm
        values, held = unknowns.values(at), self.problem.held
        moved = sensitivity(self.equations, at, held) if held else {}
        facts, reason = _facts(values, norm, unknowns, error), _together(error) or outcome.reason
        if request.format == "json":
            found = _record(
                outcome.method, outcome.converged, reason, outcome.iterations, outcome.evaluations
            )
            write_record(request, found | facts | ({"sensitivity": moved} if moved else {}))
        else:
            comments = [
                *sensitivity_lines(moved, request.digits),
                *([NO_BOUND] if error is not None and error.bounds is None else _bounds(facts["error"])),
                f"largest residual {number(norm, 2)}",
                ending_line(outcome, reason),
            ]
            write_text(request, [(name, value, "") for name, value in values.items()], comments)
        if outcome.converged:
            self.problem.prepared.point(values)  # whose assertions hold
        save(request, values)
        return finish(request, outcome.converged, outcome.reason, outcome.ended)

    def _found(self) -> tuple[Any, Any]:
        """What the search finds, and the point; where it is ended, the best one so far."""
        from cgcli.solving.outcome import Outcome
        from cgcli.solving.root_search import solve
        from cgcli.solving.systems import Root

        request, equations = self.request, self.equations
        steps = Steps(request, self.ending, self.unknowns.labels())
        starts = self.unknowns.starts(request.starts, request.random_seed)
        try:
            return solve(equations, starts, request.method, request.max_steps, request.tolerance, steps)
        except Ended as end:
            root, told = Root(equations, steps.best(end)), end.after(steps.count, "step")
            outcome = Outcome(root.vector, "newton", False, told, steps.count, equations.evaluations)
            outcome.ended = end
            return outcome, root


def _record(method: str, converged: bool, reason: str, iterations: int, evaluations: int) -> dict[str, Any]:
    return {
        "method": method, "converged": converged, "reason": reason, "iterations": iterations,
        "evaluations": evaluations,
    }  # fmt: skip


def _facts(
    values: dict[str, Any], norm: float | None = None, unknowns: Any = None, error: Any = None
) -> dict[str, Any]:
    """What is told of a root: where it is, what is left there, and how far it may be from the true one."""
    known = error is not None and error.bounds is not None
    errors = unknowns.values(error.bounds) if known else dict.fromkeys(values)
    found = {"at": values, "residual_norm": norm, "error": errors}
    return found | ({"multiplicity": error.multiplicity} if error is not None else {})


def _bounds(errors: dict[str, Any]) -> list[str]:
    """How far values may be off, as a comment; of an array the most."""
    most = {
        name: float(max(error.ravel(), default=0.0)) if getattr(error, "shape", ()) else error
        for name, error in errors.items()
        if error is not None
    }
    told = [f"{name} {in_two_digits(error) if error else 'exact'}" for name, error in most.items()]
    if len(told) > MOST:
        told[MOST:] = [f"the others {in_two_digits(max([*most.values()][MOST:]))}"]
    return [f"error at most: {', '.join(told)}"] if told else []


def _together(error: Any) -> str:
    """That roots fall together."""
    count = None if error is None else error.multiplicity
    told = f"the equation holds, but its Jacobian is singular: {count} roots fall together"
    if error is not None and error.bounds is not None and error.bounds[0] <= SHARP * abs(error.vector[0]):
        return told if (count or 1) > 1 else ""
    return f"{told}, with few digits" if (count or 1) > 1 else ""


CHANGES_SIGN = "the sign changes there from one double to the next"

# What is told where no bound of the error was found: a root that is several may be off in its first digits.
NO_BOUND = "error not known: the equation is flat at a root, or has a corner there"


class _Range:
    """Roots of one unknown between two ends."""

    def __init__(self, request: Request, problem: Problem, ending: Ending, low: float, high: float) -> None:
        from cgcli.solving.curve import Curve
        from cgcli.solving.systems import Equations

        self.request, self.problem, self.low, self.high = request, problem, low, high
        self.equations = Equations(problem.prepared, problem.unknowns)
        (self.name,) = problem.unknowns.names
        limits = problem.session.limits()
        self.curve, self.ending = Curve(problem.prepared, self.name, limits.seconds, ending), ending

    def status(self) -> int:
        from cgcli.solving.scan import CHANGES, one_root, roots

        find, reason = roots if self.request.all_roots else one_root, ""
        with contextlib.suppress(Ended), self.ending.held():
            found = self._settled(find(self.curve, self.low, self.high))
        if self.curve.is_crowded:
            reason = f"the sign changes more than {CHANGES:,} times: look in a smaller range"
        if not found and not reason:
            reason = self._lacking()
        if self.curve.is_late and not self.curve.is_crowded and (self.request.all_roots or not found):
            reason = self._ended() or f"it has taken longer than {self.request.timeout} s"
            reason += ", and there may be more roots" if found else ""
        if self.request.all_roots:
            self._write_all(found, reason)
        else:
            self._write_one(found, reason)
        save(self.request, {self.name: self._values(found)} if found else {})
        return finish(self.request, not reason, reason, self.ending.ended if reason else None)

    def _ended(self) -> str:
        return self.ending.ended.reason if self.ending.ended is not None else ""

    def _lacking(self) -> str:
        ends = f"{self.name} = {number(self.low)} and {number(self.high)}"
        parts = np.arange(65) / 64
        known = np.isfinite(self.curve(self.low * (1 - parts) + self.high * parts)[0])
        if not known.any():
            return f"the equation has no finite value between {ends}"
        part = "" if known.all() else "; in a part of the range the equation has no finite value"
        return f"there is no root with a change of sign between {ends}{part}{self._zeros()}"

    def _zeros(self) -> str:
        """Where both sides are equal over a range; and that there may be more to find."""
        told = [f"from {number(low, 6)} to {number(high, 6)}" for low, high in self.curve.zeros]
        found = f"; both sides are equal {', '.join(told)}" if told else ""
        return found if self.curve.is_whole else f"{found}; it changes too fast for all roots to be found"

    def _settled(self, roots: Any) -> list[dict[str, Any]]:
        """What is told of each root; of those that rounding has made of one, once, and not where they are an
        even number, which no sign changes at. Where the time is over, where they are, and no more."""
        found: list[dict[str, Any]] = []
        beyond = -float("inf")  # the end of those that have fallen together
        for x in map(float, roots):
            if x <= beyond:
                continue
            if self.curve.is_over():
                found.append(_facts({self.name: x}, abs(float(self.curve(np.array([x]))[0][0]))))
                continue
            found.append(self._root(x))
            error = found[-1]["error"][self.name]
            count, at = found[-1].get("multiplicity") or 1, found[-1]["at"][self.name]
            is_known = error is not None and at - float(error) <= beyond
            if count > 1 and error is None and len(found) > 1 and found[-2].get("multiplicity") == count:
                is_known = abs(at - found[-2]["at"][self.name]) <= SAME * max(abs(at), self.high - self.low)
            if count > 1 and error is not None:
                beyond = max(beyond, at + float(error))
            if is_known or (self.request.all_roots and count % 2 == 0 and self.low < at < self.high):
                found.pop()
        return found

    def _root(self, x: float) -> dict[str, Any]:
        from cgcli.solving.root_error import Error
        from cgcli.solving.systems import Root, sensitivity

        held, vector = self.problem.held, np.array([x])
        error = Error(self.equations, vector, self.high - self.low)
        moved = float(error.vector[0])
        if (error.multiplicity or 1) > 1 or self.low <= moved <= self.high:
            x = moved
        norm = Root(self.equations, np.array([x])).norm
        found = _facts({self.name: x}, norm, self.problem.unknowns, error)
        if held:
            found["sensitivity"] = sensitivity(self.equations, np.array([x]), held)
        return found

    def _values(self, found: list[dict[str, Any]]) -> Any:
        values = np.array([one["at"][self.name] for one in found])
        return values if self.request.all_roots else float(values[0])

    def _several(self, found: list[dict[str, Any]]) -> str:
        """Which roots are several."""
        counts = [(one["at"][self.name], one.get("multiplicity") or 1) for one in found]
        several = [f"{count} roots fall together at {number(x, 6)}" for x, count in counts if count > 1]
        return "".join(f"; {one}" for one in several)

    def _most(self, found: list[dict[str, Any]]) -> list[str]:
        """How far the roots may be off."""
        errors = [one["error"][self.name] for one in found]
        if None in errors:
            return ["errors were not looked for: the time was over" if self.curve.is_late else NO_BOUND]
        return _bounds({self.name: max(errors)})

    def _write_all(self, found: list[dict[str, Any]], reason: str) -> None:
        request = self.request
        told = reason or f"{counted(len(found), 'root')} with a change of sign"
        told += self._several(found) + ("" if reason else self._zeros())
        if request.format == "json":
            write_record(request, self._common(not reason, told) | {"roots": found})
            return
        if not found:
            return
        lines = [(self.name, self._values(found), "")]
        comments = [
            f"at {number(one['at'][self.name], request.digits or 6)}: {line}"
            for one in found
            for line in sensitivity_lines(one.get("sensitivity", {}), request.digits)
        ]
        largest = f"largest residual {number(max(one['residual_norm'] for one in found), 2)}"
        write_text(request, lines, [*comments, *self._most(found), largest, told])

    def _write_one(self, found: list[dict[str, Any]], reason: str) -> None:
        request = self.request
        is_equal = found and found[0]["residual_norm"] == 0 and found[0]["error"][self.name] is None
        settled = "both sides are equal there" if is_equal else CHANGES_SIGN
        told = (reason or settled) + self._several(found)
        if request.format == "json":
            facts = found[0] if found else _facts({self.name: None})
            write_record(request, self._common(not reason, told) | facts)
            return
        if found:
            comments = sensitivity_lines(found[0].get("sensitivity", {}), request.digits)
            comments += [*self._most(found), f"largest residual {number(found[0]['residual_norm'], 2)}"]
            write_text(request, [(self.name, self._values(found), "")], [*comments, told])

    def _common(self, converged: bool, reason: str) -> dict[str, Any]:
        return {
            "method": "bisect", "converged": converged, "reason": reason, "iterations": self.curve.rounds,
            "evaluations": self.curve.evaluations,
        }  # fmt: skip
