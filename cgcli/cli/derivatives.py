"""`cg grad`, `cg jacobian` and `cg hessian`: each output and its derivatives at a point, by names, along
directions, or of a sum with weights."""

from __future__ import annotations

from math import prod

from cgcli.annotations import Any, Callable, Iterable, Mapping, Sequence
from cgcli.cli.answers import Answer, write
from cgcli.cli.bindings import binding_error, read_binding, read_value, settled
from cgcli.cli.session import Session
from cgcli.diagnostics import CgError
from cgcli.evaluation import derivatives as exact
from cgcli.evaluation.binding import require_known
from cgcli.evaluation.cancelled import has_steps, slopes_may_cancel
from cgcli.evaluation.names import unknown_name, wanted, wanted_inputs
from cgcli.evaluation.prepared import Prepared
from cgcli.evaluation.specialised import Point
from cgcli.evaluation.unsettled import (
    along_with_limits,
    blocks_with_limits,
    rows_with_limits,
    times_with_limits,
    with_limits,
)
from cgcli.language.block import Output
from cgcli.ops import OPS
from cgcli.shapes import differing

# Of so many elements second derivatives are looked at where a product with them is asked for.
MOST_ELEMENTS = 100

# A label for the text, the names that a derivative is by, and its value.
Entry = tuple[str, tuple[str, ...], Any]


class _Derivatives:
    """The program at a point, and what is told of it.

    nodes       those of the names `wrt`, by which it is differentiated
    zeroed      where an exact 0 met what is not finite
    answers     so far
    """

    def __init__(
        self, session: Session, prepared: Prepared, names: Callable[..., list[str]], rewrite: bool = False
    ) -> None:
        """By what the `names` are of the program and of `--wrt`."""
        self.session, self.request = session, session.request
        self.wrt = names(prepared.program, self.request.wrt)
        # gradients of short runs are summed in the order of those of long ones
        prepared.copies = rewrite and all(name in prepared.program.inputs for name in self.wrt)
        self.point = session.point(prepared, rewrite)
        self.program = self.point.program
        self.nodes = self.program.nodes(self.wrt)
        self.outputs = list(zip(self.program.outputs, self.program.output_names(), strict=True))
        self.zeroed: list[int] = []
        self.answers: list[Answer] = []

    def warn(self, output: Output, slopes: Sequence[Any], seed: Any = None) -> None:
        """Warn of the derivatives of an output by the nodes."""
        by_node = dict(zip(self.nodes, slopes, strict=True))
        self.session.warn_of_derivatives(self.point, output, by_node, self.zeroed, seed)
        self.warn_of_choice(output, dict, by_node, seed=seed)

    def warn_of_choice(
        self, output: Output, find: Callable[..., Mapping[int, Any]], *what: Any,
        second: bool = False, seed: Any = None,
    ) -> None:  # fmt: skip
        """Warn of a branch that is taken at the point alone, if there is one; then `find` says of what it is
        told which derivatives there are, by node."""
        if self.session.warned or self.point.values is None:
            return
        if {OPS["eq"], OPS["ne"]} & set(self.point.graph.ops):
            from cgcli.evaluation.nearby import chosen_at_one_point

            self.session.warn(chosen_at_one_point(self.point, output, find(*what), second, seed))
        if second and find is dict and not self.session.warned and has_steps(self.point):
            from cgcli.evaluation.nearby import second_at_a_jump

            self.session.warn(second_at_a_jump(self.point, output, find(*what)))

    def warn_of_lost(self, output: Output, name: str, found: Any) -> None:
        """Warn where rounding has left no digit of first derivatives by the names, in their order, or of
        second ones by pairs of them, or of its value."""
        second = found.__class__ is dict
        self.warn_of_lost_in(
            "lost_hessian" if second else "lost_gradient",
            output, name, name, self.by_name, found, second=second,
        )  # fmt: skip

    def warn_of_lost_in(self, look: str, output: Output, name: str, *what: Any, second: bool = False) -> None:
        """The same, by what looks for it in `evaluation.lost_slopes`, and what that is told."""
        self.session.warn_of_lost(self.point, output, name)
        if not self.session.warned and (second or slopes_may_cancel(self.point, output.node)):
            from cgcli.evaluation import lost_slopes

            self.session.warn(getattr(lost_slopes, look)(self.point, output, *what))
        if not self.session.warned and any(op.corner for op in set(self.point.graph.ops)):
            from cgcli.evaluation.missed_corners import missed_corner

            self.session.warn(missed_corner(self.point, output.node, self.nodes))

    @property
    def by_name(self) -> dict[str, int]:
        return dict(zip(self.wrt, self.nodes, strict=True))

    def tell(self, output: Output, name: str, entries: Iterable[Entry], value: Any = None) -> None:
        """Answer with an output and derivatives of it; its value is that of its node unless it is spent."""
        found = Answer(output, name, self.point.values[output.node] if value is None else value)
        for entry in entries:
            found.add(*entry)
        found.require_finite(self.session, self.point)
        self.answers.append(found)

    def each(self, slopes: Sequence[Any], label: str) -> Iterable[Entry]:
        """Derivatives by the names, one after the other."""
        return ((label.format(by), (by,), slope) for by, slope in zip(self.wrt, slopes, strict=True))


def _directions(session: Session, prepared: Prepared, option: str) -> dict[str, Any]:
    """NAME=VALUE of each argument of an option, in the shape of the input that it names; inputs that are
    not named do not move. Raises `CgError` (kinds `usage`, `binding`)."""
    program, known = prepared.program, prepared.known
    require_known(program, known)
    found: dict[str, Any] = {}
    for argument in session.request.along:
        name, value = read_binding(argument, session.bindings)
        if name not in program.inputs:
            raise unknown_name(program, option, name, "input")
        if name in found:
            raise binding_error(f"{option} gives `{name}` twice", argument, 0, len(name))
        wanted = getattr(known[name], "shape", ())
        value = settled(value, wanted)
        given = getattr(value, "shape", ())
        if wanted != given:
            message = f"{option}: `{name}` {differing(wanted, given, 'its direction')}"
            raise binding_error(message, argument, 0, len(argument))
        found[name] = float(value) if isinstance(value, float) else value
    session.warn_of_bindings()
    return found


def grad(session: Session, prepared: Prepared) -> None:
    request = session.request
    if request.along:
        return _along(session, prepared)
    if request.seed is not None:
        return _seeded(session, prepared)
    if prepared.program.tree is not None and request.mode != "forward":
        names = wanted(prepared.program, request.wrt)
        found = prepared.long_gradients(names)
        if found is not None:
            return _long(session, prepared, names, *found, "gradient")
    at = _Derivatives(session, prepared, wanted, rewrite=True)
    exact.require_scalar(at.point, at.program.outputs, ", or `cg jacobian`, or weights with --seed")
    outputs = [output.node for output in at.program.outputs]
    values = [at.point.values[output] for output in outputs]
    mode = request.mode or "reverse"
    results = exact.gradients(at.point, outputs, at.nodes, mode, at.zeroed, spend=True)
    for (output, name), value, slopes in zip(at.outputs, values, results, strict=True):
        slopes = with_limits(at.point, output.node, at.nodes, slopes)
        at.warn(output, slopes)
        at.warn_of_lost(output, name, slopes)
        at.tell(output, name, at.each(slopes, f"d{name}/d{{}}"), value)
    write(session, at.answers, "gradient", ("wrt",))


def _long(
    session: Session, prepared: Prepared, names: Sequence[str], found: Any, rows: Any, what: str
) -> None:
    """The gradients of a program that runs for long, or its Jacobians."""
    entries = [
        [(f"d{name}/d{by}", (by,), slopes[by]) for by in names]
        for name, slopes in zip(prepared.program.output_names(), rows, strict=True)
    ]
    _tell(session, prepared, found, entries, what, ("wrt",))


def _tell(
    session: Session, prepared: Prepared, found: Any, entries: Any, what: str, columns: tuple[str, ...]
) -> None:
    """Write the answers of a program that runs for long, each with its derivatives."""
    session.tell_interpreted(found.reason)
    session.warn(found.warning)
    answers = []
    for (output, value), name, own in zip(
        found.values, prepared.program.output_names(), entries, strict=True
    ):
        answers.append(Answer(output, name, value))
        for entry in own:
            answers[-1].add(*entry)
        answers[-1].require_finite(session, found)
    write(session, answers, what, columns)


def _along(session: Session, prepared: Prepared) -> None:
    """The directional derivative of each output: one tangent pass."""
    request = session.request
    if request.seed is not None:
        hint = "weigh the output in the program, as in sum([1, 2] * y)"
        raise CgError("usage", "--along and --seed do not go together", hint=hint)
    if request.wrt is not None:
        hint = "the inputs that --along names are those that move"
        raise CgError("usage", "--along and --wrt do not go together", hint=hint)
    if request.mode == "reverse":
        raise CgError("usage", "--along is forward mode, and does not go with --mode reverse")
    at = _Derivatives(session, prepared, wanted, rewrite=True)
    moves = _directions(session, prepared, "--along")
    seeds = {at.program.inputs[name]: value for name, value in moves.items()}
    at.nodes = list(seeds)
    slopes = exact.along(at.point, [output.node for output in at.program.outputs], seeds, at.zeroed)
    for (output, name), slope in zip(at.outputs, slopes, strict=True):
        slope = along_with_limits(at.point, output.node, seeds, slope)
        if at.point.is_scalar(output.node):
            session.warn_of_derivatives(at.point, output, dict.fromkeys(at.nodes, slope), at.zeroed)
            at.warn_of_choice(output, _moving, at.point, output, seeds)
        at.warn_of_lost_in("lost_along", output, name, f"d{name}", seeds, slope)
        at.tell(output, name, [(f"d{name}", (), slope)])
    write(session, at.answers, "along")


def _moving(point: Point, output: Output, moves: Mapping[int, Any]) -> dict[int, Any]:
    """The derivatives of a number by the nodes that move."""
    nodes = [node for node, move in moves.items() if point.algebra.largest(move) > 0]
    return dict(zip(nodes, exact.gradients(point, [output.node], nodes)[0], strict=True))


def _curving(point: Point, output: Output, moves: Mapping[int, Any]) -> dict[int, Any]:
    """The second derivatives of a number twice by each node that moves, where these have few elements."""
    algebra, found = point.algebra, {}
    for name, node in point.program.inputs.items():
        if (
            node in moves
            and algebra.largest(moves[node]) > 0
            and prod(algebra.shape(moves[node])) <= MOST_ELEMENTS
        ):
            ((found[node],),) = exact.hessian(point, output.node, {name: node})
    return found


def _seeded(session: Session, prepared: Prepared) -> None:
    """The derivative of the sum of an output's elements with weights: one reverse pass."""
    request = session.request
    if request.mode == "forward":
        raise CgError("usage", "--seed is reverse mode, and does not go with --mode forward")
    at = _Derivatives(session, prepared, wanted, rewrite=True)
    if len(at.outputs) != 1:
        hint = "choose one that has a name with --show"
        raise CgError("usage", f"--seed is for one output, and there are {len(at.outputs)}", hint=hint)
    ((output, name),) = at.outputs
    source, seed = read_value(request.seed or "", "--seed", session.bindings)
    session.warn_of_bindings()
    shape = at.point.algebra.shape(at.point.values[output.node])
    seed = settled(seed, shape)
    given = getattr(seed, "shape", ())
    if shape != given:
        message = f"`{name}` {differing(shape, given, 'its seed')}"
        raise CgError("binding", message, source, 0, len(source.text))
    slopes = exact.gradients(at.point, [output.node], at.nodes, "reverse", at.zeroed, seed)[0]
    slopes = with_limits(at.point, output.node, at.nodes, slopes, seed)
    at.warn(output, slopes, seed)
    label = f"d(seed*{name})/d{{}}"
    at.warn_of_lost_in("lost_seeded", output, name, label, at.by_name, seed, slopes)
    at.tell(output, name, at.each(slopes, label))
    write(session, at.answers, "seeded", ("wrt",))


def jacobian(session: Session, prepared: Prepared) -> None:
    request = session.request
    if prepared.program.tree is not None and request.mode in (None, "auto", "reverse"):
        names = wanted(prepared.program, request.wrt)
        found = prepared.long_gradients(names, arrays=True)
        if found is not None:
            return _long(session, prepared, names, *found, "jacobian")
    at = _Derivatives(session, prepared, wanted)
    mode = None if request.mode == "auto" else request.mode
    for output, name in at.outputs:
        blocks = exact.jacobian(at.point, output.node, at.nodes, mode, at.zeroed)
        blocks = rows_with_limits(at.point, output.node, at.nodes, blocks)
        at.warn(output, blocks)
        at.warn_of_lost(output, name, blocks)
        at.tell(output, name, at.each(blocks, f"d{name}/d{{}}"))
    write(session, at.answers, "jacobian", ("wrt",))


def hessian(session: Session, prepared: Prepared) -> None:
    """Second derivatives, whole or along a direction."""
    moves: dict[str, Any] | None = None
    if prepared.program.tree is not None:
        moves = _directions(session, prepared, "--times")
        if _long_hessian(session, prepared, moves):
            return
    at = _Derivatives(session, prepared, wanted_inputs)
    exact.require_scalar(at.point, at.program.outputs)
    if moves is None:
        moves = _directions(session, prepared, "--times")
    for output, name in at.outputs:
        first = exact.gradients(at.point, [output.node], at.nodes)[0]
        slopes = with_limits(at.point, output.node, at.nodes, first)
        at.warn(output, slopes)  # what is infinite has no second derivative
        if moves:
            limits, slopes = slopes, exact.hessian_times(at.point, output.node, at.nodes, moves, at.zeroed)
            slopes = times_with_limits(first, limits, slopes)
            entries = list(at.each(slopes, f"d2{name}/d{{}}dv"))
        else:
            rows = exact.hessian(at.point, output.node, at.by_name, at.zeroed)
            entries = _blocks(name, at.wrt, blocks_with_limits(first, slopes, rows))
        if not session.warned:
            from cgcli.evaluation.warnings import second_derivative_warning

            found = ((label, block) for label, _, block in entries)
            session.warn(second_derivative_warning(at.point, output, found, at.nodes, at.zeroed))
        if moves:
            along = {at.program.inputs[one]: value for one, value in moves.items()}
            at.warn_of_choice(output, _curving, at.point, output, along, second=True)
            at.warn_of_lost_in("lost_times", output, name, name, at.by_name, along, slopes, second=True)
        else:
            own = [entries[k * (len(at.nodes) + 1)][2] for k in range(len(at.nodes))]
            at.warn_of_choice(output, dict, list(zip(at.nodes, own)), second=True)
            at.warn_of_lost(output, name, {names: block for _, names, block in entries})
        at.tell(output, name, entries)
    write(session, at.answers, "product" if moves else "hessian", ("wrt",) if moves else ("wrt", "wrt2"))


def _long_hessian(session: Session, prepared: Prepared, moves: dict[str, Any]) -> bool:
    """The same of a program that runs for long with numbers; whether it is one."""
    names = wanted_inputs(prepared.program, session.request.wrt)
    from cgcli.evaluation.long_runs import hessians, long_products

    found = long_products(prepared, names, [moves]) if moves else hessians(prepared, names)
    if found is None:
        return False
    of_each = list(zip(prepared.program.output_names(), found[1], strict=True))
    if moves:
        entries = [[(f"d2{name}/d{by}dv", (by,), row[by]) for by in names] for name, (row,) in of_each]
        _tell(session, prepared, found[0], entries, "product", ("wrt",))
    else:
        blocks = [_blocks(name, names, [[row[by] for row in rows] for by in names]) for name, rows in of_each]
        _tell(session, prepared, found[0], blocks, "hessian", ("wrt", "wrt2"))
    return True


def _blocks(name: str, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[Entry]:
    """Second derivatives by names, down and across."""
    return [
        (f"d2{name}/d{by}d{across}", (by, across), block)
        for by, row in zip(names, rows, strict=True)
        for across, block in zip(names, row, strict=True)
    ]
