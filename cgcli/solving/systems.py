"""Systems of equations: Newton's method within a trust region, on exact Jacobians."""

from __future__ import annotations

import numpy as np

from cgcli.annotations import Any, Iterable, Sequence
from cgcli.diagnostics import CgError
from cgcli.evaluation.derivatives import magnitude
from cgcli.evaluation.prepared import Prepared
from cgcli.evaluation.specialised import Point, specialised
from cgcli.shapes import counted
from cgcli.solving.least_squares import NEAR, STOPPED, Search, parts, power
from cgcli.solving.models import Models
from cgcli.solving.outcome import Outcome, Watch, nobody
from cgcli.solving.triangle import EPSILON, Singular, Triangle
from cgcli.solving.unknowns import Unknowns

# A residual that is less than this part of the largest that it is computed from is one of rounding.
ROUNDING = 64 * EPSILON

# A Jacobian with a singular value below this part of the largest is told of, and so is one that is less than
# this part of what it is at some distance.
NEARLY_SINGULAR, VANISHING, DISTANCE = 1e-6, 1e-3, 1e-4

# An unknown that is smaller beside its start may be 0, at a root where steps become shorter slowly.
TINY = 1e-8

# A step has become shorter if it is less than this part of the shortest before.
SHORTER = 0.9

# Steps of one way by default, and from a point around the start at most.
SOME, BRIEF = 300, 60

# First radii, of which one after the other is tried.
RADII = (1.0, 100.0, 0.1)

# Points around a start that are tried where it leads nowhere.
TRIED = 20


class Equations:
    """`left - right` of each equation, as a function of the unknowns; the outputs of the program are both
    sides, one after the other.

    evaluations     how often they have been evaluated
    """

    def __init__(self, prepared: Prepared, unknowns: Unknowns) -> None:
        """Raises `CgError` (kind `usage`) where there are not as many equations as unknowns."""
        self.prepared, self.unknowns, self.evaluations = prepared, unknowns, 0
        self.models = Models(prepared, unknowns, {})
        count = sum(int(np.prod(shape)) for shape in self.models.shapes)
        if count != unknowns.size:
            names = ", ".join(unknowns.labels()[:5])
            told = f"there is {count} equation" if count == 1 else f"there are {count} equations"
            told += f" for {counted(unknowns.size, 'unknown')} ({names})"
            hint = "--wrt chooses the unknowns" if count < unknowns.size else None
            raise CgError("usage", told, hint=hint)

    def at(self, vector: Any, wide: bool = False) -> tuple[Any, Any]:
        """The residuals, with more digits than doubles have where they are `wide`; and how fast the right
        sides leave the left ones, as a Jacobian."""
        self.evaluations += 1
        sides = self.models.at(self.unknowns.values(vector), {}, 1, wide)
        with np.errstate(all="ignore"):
            residuals = np.concatenate([np.asarray(one.left - one.right, float) for one in sides])
            jacobian = np.concatenate([one.jacobian for one in sides])
            return residuals, jacobian

    def triangle(self, vector: Any, wide: bool = False) -> Triangle:
        found = Triangle(self.unknowns.size)
        residuals, jacobian = self.at(vector, wide)
        found.add(np.column_stack([jacobian, residuals]))
        return found

    def point(self, vector: Any) -> Point:
        """The program there. Raises `CgError` where an operation has no answer."""
        values, of = self.prepared.known | self.unknowns.values(vector), self.models.sketch.of
        if self.prepared.paths is not None:
            of = specialised(self.prepared.paths.at(values).prepared.program, values)
        return Point(of, values, of.values(values))

    def rounded(self, vector: Any) -> Any:
        """For each residual the largest that it is computed from, times what it moves the residual by: its
        rounding is a part of it."""
        point = self.point(vector)
        outputs, found = point.program.outputs, []
        for place, shape in enumerate(self.models.shapes):
            size = 0.0
            for output in outputs[2 * place : 2 * place + 2]:
                own = point.algebra.shape(point.values[output.node])
                size = max(size, magnitude(point, output.node, np.ones(own) if own else 1.0))
            found.append(np.full(int(np.prod(shape)), size))
        return np.concatenate(found)

    @np.errstate(all="ignore")
    def require_finite(self, vector: Any) -> None:
        """Raise `CgError` (kind `nonfinite`) for a start at which something is not finite."""
        residuals, jacobian = self.at(vector)
        if np.isfinite(residuals).all() and np.isfinite(jacobian).all():
            return
        point = self.prepared.point(self.unknowns.values(vector))
        if point.warning is not None:
            raise CgError.of(point.warning)
        raise CgError("nonfinite", "the derivative of an equation is not finite at the start")


class Root:
    """A point, and what is found there.

    vector          the unknowns
    is_root         whether the equations hold up to rounding
    is_singular     whether their Jacobian is singular there, but for rounding
    norm            the largest residual
    move            the part of an unknown by which another step would move it
    """

    @np.errstate(all="ignore")
    def __init__(self, equations: Equations, vector: Any) -> None:
        residuals, jacobian = equations.at(vector, True)
        self.vector, self.norm = vector, float(np.max(np.abs(residuals), initial=0.0))
        self.is_root = self.norm == 0 or bool(
            (
                (np.abs(residuals) <= ROUNDING * equations.rounded(vector)) | (equations.at(vector)[0] == 0)
            ).all()
        )
        self.is_singular, self.move = True, np.inf
        lengths = _lengths(equations, vector, jacobian)
        if lengths is not None:
            singular = Singular(jacobian / lengths[:, None])
            flat = np.max(np.abs(jacobian), axis=1, initial=0.0) <= VANISHING * lengths
            self.is_singular = bool(flat.any()) or (
                not singular.values[-1] > NEARLY_SINGULAR * singular.values[0]
            )
            move = np.abs(singular.solution(residuals / lengths))
            self.move = float(np.max(move / np.where(vector == 0, 1.0, np.abs(vector)), initial=0.0))


def _lengths(equations: Equations, vector: Any, jacobian: Any) -> Any:
    """The lengths of the rows of a Jacobian, there and at some distance; None where they are not finite, or
    0."""
    found = np.sqrt(np.sum(np.square(jacobian), axis=1))
    reach = DISTANCE * np.where(vector == 0, 1.0, np.abs(vector))
    for sign in (-1, 1):
        beside = equations.at(equations.unknowns.clipped(vector + sign * reach))[1]
        length = np.sqrt(np.sum(np.square(beside), axis=1))
        found = np.where(np.isfinite(length), np.maximum(found, length), found)
    return found if np.isfinite(found).all() and (found > 0).all() else None


@np.errstate(all="ignore")
def solve(
    equations: Equations,
    starts: Iterable[Any],
    method: str,
    most: int | None,
    tolerance: float | None,
    watch: Watch = nobody,
) -> tuple[Outcome, Root]:
    """A root from one of the starts, or the point where residuals are least."""
    unknowns, best, steps = equations.unknowns, None, 0
    for start in starts:
        for way in _ways(equations, start, method, most or SOME, tolerance, watch):
            root, iterations, name = way
            steps += iterations
            if best is None or (not root.is_root, root.norm) < (not best[0].is_root, best[0].norm):
                best = root, name
            if root.is_root or (most is not None and iterations >= most):
                break
        if best is not None and best[0].is_root:
            break
    assert best is not None
    root, name = best
    reason = _reason(unknowns, root, most is not None and steps >= most, most or SOME)
    return Outcome(root.vector, name, root.is_root, reason, steps, equations.evaluations), root


def _reason(unknowns: Unknowns, root: Root, stopped: bool, most: int) -> str:
    if not root.is_root:
        if stopped:
            return STOPPED.format(counted(most, "step"))
        told = f"no root was found: at the best point the largest residual is {root.norm:.3g}"
        return told + (", and the Jacobian is singular there" if root.is_singular else "")
    if root.is_singular:
        told = "the equations hold, but their Jacobian is singular here, or nearly"
        return f"{told}: the root has few digits, or is not the only one near"
    return f"no unknown moves by more than {power(root.move):.0e} of itself"


def _ways(
    equations: Equations, start: Any, method: str, most: int, tolerance: float | None, watch: Watch
) -> Iterable[tuple[Root, int, str]]:
    """What is found from a start, in one way after the other: the point, the steps, the name of the way."""
    if method != "hybr":
        for radius in RADII:
            yield (*_newton(equations, start, radius, most, tolerance, watch), "newton")
    if method != "newton":
        yield (*_powell(equations, start), "hybr")
    if method == "auto":
        random = np.random.default_rng(0)
        for trial in range(TRIED):
            spread = 0.1 * 2.0 ** (trial // 2)
            moved = start + spread * random.normal(size=start.size) * np.maximum(np.abs(start), 1.0)
            other = equations.unknowns.clipped(moved)
            if equations.triangle(other).finite:
                steps = min(most, BRIEF)
                yield (*_newton(equations, other, 1.0, steps, tolerance, watch), "newton")


def _newton(
    equations: Equations, start: Any, radius: float, most: int, tolerance: float | None, watch: Watch
) -> tuple[Root, int]:
    """Within a trust region as long as that lowers the residuals, then whole steps with more digits."""
    unknowns = equations.unknowns
    search = Search(equations.triangle, start, unknowns.low, unknowns.high, watch, radius)
    search.begin()
    while search.iterations < most and search.triangle.total > 0:
        if not search.step() or search.small(NEAR) < 1:
            break
    x, worse = search.x, 0
    best, least = x, np.inf
    while search.iterations < most:
        triangle = equations.triangle(x, True)
        if not triangle.finite:
            break
        move = Singular(triangle.R).solution(triangle.c) if triangle.total > 0 else np.zeros(len(x))
        size = float(np.max(parts(move, x, triangle), initial=0.0))
        worse = 0 if size < SHORTER * least else worse + 1
        if size < least:
            best, least = x, size
        if size <= max(EPSILON / 2, tolerance or 0.0) or worse > 2:
            break
        x = unknowns.clipped(x + move)
        search.iterations += 1
        watch(search.iterations, x, {"sum": triangle.total, "step": size})
    return _at_zero(equations, start, Root(equations, best)), search.iterations


def _at_zero(equations: Equations, start: Any, root: Root) -> Root:
    """The root, or one where unknowns that have become so small that they may be 0 are."""
    x = root.vector
    tiny = (np.abs(x) <= TINY * np.maximum(np.abs(start), 1.0)) & (x != 0)
    tiny &= (equations.unknowns.low <= 0) & (equations.unknowns.high >= 0)
    if (root.is_root and not root.is_singular) or not tiny.any():
        return root
    moved = np.where(tiny, 0.0, x)
    if not np.isfinite(equations.at(moved)[0]).all():
        return root
    other = Root(equations, moved)
    return other if other.norm <= root.norm else root


def _powell(equations: Equations, start: Any) -> tuple[Root, int]:
    """Powell's hybrid method, of MINPACK."""
    from scipy.optimize import root

    def sides(x: Any) -> tuple[Any, Any]:
        residuals, jacobian = equations.at(x)
        return np.where(np.isfinite(residuals), residuals, 1e300), -np.nan_to_num(jacobian)

    with np.errstate(all="ignore"):
        found = root(sides, start, jac=True, method="hybr", options={"xtol": 1e-15})
    other = equations.unknowns.clipped(found.x)
    if not equations.triangle(other).finite:
        return Root(equations, start), int(found.nfev)
    root_, steps = _newton(equations, other, 1.0, 50, None, nobody)
    return root_, steps + int(found.nfev)


@np.errstate(all="ignore")
def sensitivity(equations: Equations, vector: Any, held: Sequence[str]) -> dict[str, dict[str, Any]]:
    """How each unknown moves with each input that is held fixed, by the implicit function theorem: arrays
    with the axes of the unknown, then those of the input. None where the Jacobian is singular."""
    unknowns = equations.unknowns
    whole = Unknowns(equations.prepared, [*unknowns.names, *held])
    sides = Models(equations.prepared, whole, {}).at(
        whole.values(np.concatenate([vector, whole.start[unknowns.size :]])), {}, 1
    )
    jacobian = np.concatenate([one.jacobian for one in sides])
    own, others = jacobian[:, : unknowns.size], jacobian[:, unknowns.size :]
    lengths = np.sqrt(np.sum(np.square(own), axis=1))
    found: dict[str, dict[str, Any]] = {name: {} for name in unknowns.names}
    moved = None
    if np.isfinite(jacobian).all() and (lengths > 0).all():
        singular = Singular(own / lengths[:, None])
        if singular.rank == unknowns.size:
            moved = -np.linalg.solve(own / lengths[:, None], others / lengths[:, None])
    columns = whole.places()
    for name, places in unknowns.places().items():
        for by in held:
            at = columns[by] - unknowns.size
            block = None if moved is None else moved[places.reshape(-1, 1), at.reshape(1, -1)]
            shape = places.shape + at.shape
            found[name][by] = None if block is None else block.reshape(shape) if shape else float(block[0, 0])
    return found
