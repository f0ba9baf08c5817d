"""Gradients of programs that run for long, whatever they compute with, in bounded memory.

The program runs for its values alone, and where it stands is kept from time to time. Then each segment
between two such states is recorded as a graph, the last one first, and let go once adjoints have gone back
over it. (A. Griewank and A. Walther, "Evaluating Derivatives", 2nd ed., 2008, chapter 12.)
"""

from __future__ import annotations

from itertools import islice
from time import monotonic

from cgcli.algebras.base import kind
from cgcli.annotations import Any, Iterator, Mapping, Sequence
from cgcli.control.frames import State
from cgcli.control.history import weighed
from cgcli.control.plan import Plan
from cgcli.control.steps import Limits, Run
from cgcli.control.tape import NODE, Tape
from cgcli.control.tree import Block, Checkpoint
from cgcli.control.twins import Place, moved
from cgcli.control.values import Values
from cgcli.control.varied import varied
from cgcli.evaluation.ends import over
from cgcli.evaluation.running import Answers, Printer, drive, given_slots
from cgcli.evaluation.specialised import Specialised, algebra_of
from cgcli.language.program import Program
from cgcli.later import np
from cgcli.passes.join import joined
from cgcli.passes.reverse import reverse

# Bytes of a record, about: where it is no larger it is one graph, and what segments have otherwise; both are
# less where a program asks for memory to be saved.
WHOLE, SEGMENT, SAVED = 3 * 2**26, 2**26, 2**22

# An answer that is an array is differentiated up to so many elements.
MOST_ELEMENTS = 64

# A segment is at least so many times as large as the state that it begins with.
TIMES = 4


def room(program: Program) -> int:
    """How many bytes the record of a program may take, about."""
    assert program.tree is not None
    return SAVED if program.tree.has(Checkpoint) else WHOLE


class _Weighed(Values):
    """Values, and how many bytes the arrays have taken that were made."""

    bytes = 0

    def _execute(self, block: Block, of: Plan, values: list[Any]) -> None:
        super()._execute(block, of, values)
        self.bytes += sum([getattr(values[node], "nbytes", 0) for node, *_ in of.steps])


def segmented_gradients(
    program: Program,
    inputs: Mapping[str, Any],
    wrt: Sequence[str],
    limits: Limits,
    stream: Any = None,
    size: float | None = None,
    arrays: bool = False,
) -> tuple[Answers, list[dict[str, Any]]] | None:
    """The answers of a program and the derivatives of each by some inputs; None where an answer is no number
    (with `arrays`, and no array of few numbers). A segment has about so many bytes, of which the program says
    itself if it is not told.

    Raises `CgError` as `running.recorded` does."""
    size = min(room(program), SEGMENT) if size is None else size
    return _Segments(program, inputs, limits, stream, size).gradients(wrt, arrays)


class _Segments:
    def __init__(
        self, program: Program, inputs: Mapping[str, Any], limits: Limits, stream: Any, size: float
    ) -> None:
        self._program, self._inputs, self._size = program, inputs, size
        self._until = monotonic() + limits.seconds
        self._answers = Answers(program)
        self._states: list[State] = []
        self._steps: list[int] = []  # that have been made at each state
        self._zeroed: list[int] = []
        self._varied: set[Place] = set()
        assert program.tree is not None
        self._tree = program.tree
        machine = _Weighed(self._answers.watch)
        printer = None if stream is None else Printer(program, machine, stream)
        slots = given_slots(program, inputs, machine)
        self._run = Run(self._tree, machine, slots, limits, printer, stepping=True)
        self._keep(0)
        drive(program, self._run, self._forward(machine))

    def _forward(self, machine: _Weighed) -> Any:
        """Run, and keep states."""
        size, run = self._size, self._run
        due = size
        for step, _ in enumerate(run.steps()):
            if NODE * run.done + machine.bytes >= due:
                due = NODE * run.done + machine.bytes + max(size, TIMES * self._keep(step + 1))
            yield

    def _keep(self, step: int) -> int:
        self._states.append(self._run.state())
        self._steps.append(step)
        return weighed(self._states[-1], set())[0]

    def gradients(self, wrt: Sequence[str], arrays: bool) -> tuple[Answers, list[dict[str, Any]]] | None:
        program, ended = self._program, self._run.frame.slots
        self._varied = varied(self._tree, wrt)
        slots = [program.graph.attrs[output.node] for output in program.outputs]
        answers = [ended.get(slot) for slot in slots]
        if not all(one.__class__ is float or (arrays and hasattr(one, "shape")) for one in answers):
            return None
        unit = [(slot, one) for slot, value in zip(slots, answers) for one in _units(value)]
        if len(unit) > max(len(slots), MOST_ELEMENTS):
            return None
        self._answers.values = [(output, ended[slot]) for output, slot in zip(program.outputs, slots)]
        known: list[dict[int, Any]] = []
        following: list[int] = []
        begin: Mapping[str, Any] = {}
        for place in reversed(range(len(self._states))):
            tape, nodes, active, begin, run = self._recorded(place)
            if place == len(self._states) - 1:
                seeds = [{tape.plain(run.frame.slots[slot]): one} for slot, one in unit]
            else:
                seeds = self._seeds(tape, run, self._states[place + 1], following, known)
            known = self._back(tape, active, seeds)
            following = nodes
            del tape, run  # before there is another
        rows = [{name: self._slope(name, found.get(begin[name])) for name in wrt} for found in known]
        self._look(rows)
        found = iter(rows)
        return self._answers, [_together(value, found) for value in answers]

    def _recorded(self, place: int) -> tuple[Tape, list[int], list[int], Mapping[str, Any], Run]:
        """A segment as a graph: its tape, the nodes of what it begins with, those among them that may vary,
        the slots of the program at its begin, and the run at its end."""
        state, nodes, active, tape = self._states[place], list[int](), list[int](), Tape({})

        def leaf(value: Any, _: Any, place: Place | None) -> int:
            nodes.append(tape.leaf(value))
            if place is None or place in self._varied:
                active.append(nodes[-1])
            return nodes[-1]

        frames = moved(state.frames, state.frames, tape, leaf)
        limits = Limits(float("inf"), self._until - monotonic())
        run = Run(self._tree, tape, {}, limits, stepping=True)
        begin = dict(frames[0].slots)
        run.restore(State(frames, state.place, state.depth, state.spent))
        ends = [*self._steps, None][place + 1]
        count = None if ends is None else ends - self._steps[place]
        drive(self._program, run, islice(run.steps(), count))
        return tape, nodes, active, begin, run

    def _seeds(
        self, tape: Tape, run: Run, state: State, following: list[int], known: list[dict[int, Any]]
    ) -> list[dict[int, Any]]:
        """The adjoints that a segment ends with, by output: those that the next one began with."""
        twins: list[Any] = []
        moved(state.frames, run.frames, tape, lambda _, twin, place: twins.append(twin))
        seeds: list[dict[int, Any]] = [{} for _ in known]
        for node, twin in zip(following, twins, strict=True):
            for found, adjoints in zip(seeds, known):
                adjoint = adjoints.get(node)
                if adjoint is not None:
                    end = tape.plain(twin)
                    found[end] = found[end] + adjoint if end in found else adjoint
        return seeds

    def _back(self, tape: Tape, nodes: list[int], seeds: list[dict[int, Any]]) -> list[dict[int, Any]]:
        """The adjoints of nodes that a segment begins with, by output."""
        graph, values = joined(tape.graph, nodes), tape.values
        algebra = algebra_of(graph, values)
        of = Specialised(over(self._program, tape.graph), tape.graph, algebra, {})
        of.require_symmetric(values)
        active, found = graph.dependents(nodes), []
        for some in seeds:
            adjoints = (
                of.run(reverse, graph, algebra, values, some, active, None, self._zeroed) if some else []
            )
            found.append({node: adjoints[node] for node in nodes if node < len(adjoints)})
        return found

    def _slope(self, name: str, adjoint: Any) -> Any:
        if adjoint is not None:
            return adjoint
        return 0.0 if self._inputs[name].__class__ is float else 0.0 * self._inputs[name]

    def _look(self, rows: list[dict[str, Any]]) -> None:
        """Warn of derivatives that are not finite, or hang on a convention."""
        is_finite = all(kind("arrays").finite(slope) for row in rows for slope in row.values())
        if self._zeroed or not is_finite:
            self._answers.warn_of_slopes(self._program.outputs[0], is_finite)


def _units(value: Any) -> list[Any]:
    """What seeds the elements of an answer, one after the other."""
    if value.__class__ is float:
        return [1.0]
    return list(np.eye(value.size).reshape(value.size, *value.shape))


def _together(value: Any, rows: Iterator[dict[str, Any]]) -> dict[str, Any]:
    """The derivatives of an answer, of the rows of its elements, which are the next ones."""
    if value.__class__ is float:
        return next(rows)
    own = list(islice(rows, value.size))
    return {
        name: np.reshape([row[name] for row in own], (*value.shape, *np.shape(own[0][name])))
        for name in (own[0] if own else ())
    }
