"""The search for a root: Newton's method within a trust region, and other ways where it leads nowhere."""

from __future__ import annotations

import numpy as np

from cgcli.annotations import Any, Iterable
from cgcli.diagnostics import CgError
from cgcli.solving.curve import Curve
from cgcli.solving.least_squares import NEAR, Search, parts, power
from cgcli.solving.logarithms import logarithmic
from cgcli.solving.outcome import Outcome, Watch, nobody, stopped
from cgcli.solving.scan import one_root
from cgcli.solving.systems import Equations, Root
from cgcli.solving.triangle import EPSILON, Singular
from cgcli.solving.unknowns import Unknowns

# An unknown that is smaller beside its start may be 0, at a root where steps become shorter slowly.
TINY = 1e-8

# A step has become shorter if it is less than this part of the shortest before.
SHORTER = 0.9

# Steps of one way by default, and from a point around the start at most.
SOME, BRIEF = 300, 60

# First radii, of which one after the other is tried.
RADII = (1.0, 100.0, 0.1)

# A whole step is halved so often before it counts as none that lowers the residuals.
HALVED = 30

# Numbers of all sizes, and of how many changes of sign between them that are near a start one is looked for.
SIZES = np.concatenate([-(10.0 ** np.arange(-300.0, 301.0)), [0.0], 10.0 ** np.arange(-300.0, 301.0)])
NEAREST = 4

# Points around a start that are tried where it leads nowhere.
TRIED = 20


# With a tolerance steps end where one is less than this part of the one before: so short are those after it.
FAST = 0.1


class Budget:
    """How many steps there may be from a start, by all ways together.

    left    or None, where nobody says how many
    """

    def __init__(self, most: int | None) -> None:
        self.left = most

    @property
    def steps(self) -> int:
        """Those of one way."""
        return SOME if self.left is None else self.left

    def spend(self, steps: int) -> bool:
        """Whether there are none left."""
        if self.left is not None:
            self.left = max(self.left - steps, 0)
        return self.left == 0


def solve(
    equations: Equations,
    starts: Iterable[Any],
    method: str,
    most: int | None,
    tolerance: float | None,
    watch: Watch = nobody,
) -> tuple[Outcome, Root]:
    """A root from one of the starts, or the point where residuals are least."""
    unknowns, best, steps, ended = equations.unknowns, None, 0, False
    for start in starts:
        budget = Budget(most)
        for root, iterations, name in _ways(equations, start, method, budget, tolerance, watch):
            steps += iterations
            if best is None or (not root.is_root, root.norm) < (not best[0].is_root, best[0].norm):
                best = root, name
            if root.is_root or budget.spend(iterations):
                break
        ended = ended or budget.left == 0
        if best is not None and best[0].is_root:
            break
    assert best is not None
    root, name = best
    reason = _reason(unknowns, root, ended, most or SOME)
    return Outcome(root.vector, name, root.is_root, reason, steps, equations.evaluations), root


def _reason(unknowns: Unknowns, root: Root, ended: bool, most: int) -> str:
    if not root.is_root:
        if ended:
            return stopped(most)
        told = f"no root was found: at the best point the largest residual is {root.norm:.3g}"
        return told + (", and the Jacobian is singular there" if root.is_singular else "")
    if root.is_singular:
        told = "the equations hold, but their Jacobian is singular here, or nearly"
        return f"{told}: the root has few digits, or is not the only one near"
    return f"no unknown moves by more than {power(root.move):.0e} of itself"


def _ways(
    equations: Equations, start: Any, method: str, budget: Budget, tolerance: float | None, watch: Watch
) -> Iterable[tuple[Root, int, str]]:
    """What is found from a start, in one way after the other: the point, the steps, the name of the way."""
    if method != "hybr":
        for radius in RADII:
            yield (*_newton(equations, start, radius, budget.steps, tolerance, watch), "newton")
        yield from _by_logarithms(equations, start, budget.steps, tolerance, watch)
        most = budget.steps
        near, steps = _whole_steps(equations, start, most)
        root, more = _newton(equations, near, 1.0, most - steps, tolerance, watch)
        yield root, steps + more, "newton"
    if method == "auto":
        yield from _by_signs(equations, start, budget)
    if method != "newton":
        yield (*_powell(equations, start, budget), "hybr")
    if method == "auto":
        random = np.random.default_rng(0)
        for trial in range(TRIED):
            spread = 0.1 * 2.0 ** (trial // 2)
            moved = start + spread * random.normal(size=start.size) * np.maximum(np.abs(start), 1.0)
            other = equations.unknowns.clipped(moved)
            if equations.triangle(other).finite:
                steps = min(budget.steps, BRIEF)
                yield (*_newton(equations, other, 1.0, steps, tolerance, watch), "newton")


def _newton(
    equations: Equations, start: Any, radius: float, most: int, tolerance: float | None, watch: Watch
) -> tuple[Root, int]:
    """Within a trust region as long as that lowers the residuals, then whole steps with more digits."""
    unknowns = equations.unknowns
    equations.begin(start)
    search = Search(equations.triangle, start, unknowns.low, unknowns.high, watch, radius)
    search.begin()
    while search.iterations < most and search.triangle.total > 0:
        if not search.step() or search.small(NEAR) < 1:
            break
    x, worse, is_near = search.x, 0, False
    best, least = x, np.inf
    while search.iterations < most:
        triangle = equations.triangle(x, True)
        if not triangle.finite:
            break
        move = Singular(triangle.R).solution(triangle.c) if triangle.total > 0 else np.zeros(len(x))
        size = float(np.max(parts(move, x, triangle), initial=0.0))
        worse = 0 if size < SHORTER * least else worse + 1
        is_near = tolerance is not None and size <= min(tolerance, FAST * least) and least < np.inf
        if size < least:
            best, least = x, size
        if size <= EPSILON / 2 or worse > 2 or is_near:
            break
        x = unknowns.clipped(x + move)
        search.iterations += 1
        watch(search.iterations, x, {"sum": triangle.total, "step": size})
    root = Root(equations, best)
    if not root.is_root and not np.array_equal(best, search.x):
        before = Root(equations, search.x)
        root = before if before.norm < root.norm or not root.norm < np.inf else root
    root = _at_zero(equations, start, root)
    root.is_root = root.is_root or (is_near and root.vector is best and root.move <= (tolerance or 0.0))
    return root, search.iterations


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


def _by_logarithms(
    equations: Equations, start: Any, most: int, tolerance: float | None, watch: Watch
) -> Iterable[tuple[Root, int, str]]:
    """By way of equations of the logarithms of both sides, where there are such at the start."""
    unknowns = equations.unknowns
    try:
        prepared = logarithmic(equations.prepared) if (start == unknowns.start).all() else None
        if prepared is None:
            return
        others = Equations(prepared, unknowns)
        if not others.triangle(start).finite:
            return
        near, steps = _whole_steps(others, start, most)
        equations.evaluations += others.evaluations
        root, more = _newton(equations, near, 1.0, most - steps, tolerance, watch)
        yield root, steps + more, "newton"
    except CgError:
        return


def _by_signs(equations: Equations, start: Any, budget: Budget) -> Iterable[tuple[Root, int, str]]:
    """Of one equation in one unknown: between the nearest numbers, of those of all sizes, at which its signs
    differ."""
    unknowns = equations.unknowns
    (name,) = unknowns.names[:1]
    if unknowns.size != 1 or unknowns.packing.shapes[name] != () or equations.models.shapes != [()]:
        return
    apart = np.concatenate([SIZES, start[0] + SIZES[np.abs(SIZES) <= 1e20] * max(abs(start[0]), 1.0)])
    points = np.unique(np.minimum(np.maximum([*apart, start[0]], unknowns.low[0]), unknowns.high[0]))
    curve = Curve(equations.prepared, name)
    signs = np.sign(curve.signed(points)[0])
    points, signs = points[np.abs(signs) == 1], signs[np.abs(signs) == 1]
    changes = np.flatnonzero(signs[:-1] != signs[1:])
    own = int(np.searchsorted(points, start[0]))
    for place in sorted(changes, key=lambda place: abs(place + 0.5 - own))[:NEAREST]:
        found = one_root(curve, float(points[place]), float(points[place + 1]))
        if budget.left is not None and curve.rounds > budget.left:
            return
        for x in found:
            yield Root(equations, np.array([x])), curve.rounds, "bisect"


def _whole_steps(equations: Equations, start: Any, most: int) -> tuple[Any, int]:
    """Newton's steps, each halved until it lowers the residuals by a little, for as long as one does: a trust
    region would go a long way in short steps. Where they lead, and how many there were."""
    equations.begin(start)
    x, triangle = start, equations.triangle(start)
    for step in range(most):
        move, length = Singular(triangle.R).solution(triangle.c), 1.0
        for _ in range(HALVED):
            moved = equations.unknowns.clipped(x + length * move)
            found = equations.triangle(moved)
            if found.finite and found.total < (1.0 - 1e-4 * length) * triangle.total:
                break
            length *= 0.5
        else:
            return x, step
        small = (np.abs(moved - x) <= NEAR * np.abs(x)).all()
        x, triangle = moved, found
        if small:
            break
    return x, step + 1


def _powell(equations: Equations, start: Any, budget: Budget) -> tuple[Root, int]:
    """Powell's hybrid method, of MINPACK."""
    from scipy.optimize import root

    def sides(x: Any) -> tuple[Any, Any]:
        residuals, jacobian = equations.at(x)
        return np.where(np.isfinite(residuals), residuals, 1e300), -np.nan_to_num(jacobian)

    options = {"xtol": 1e-15} | ({} if budget.left is None else {"maxfev": budget.left})
    found = root(sides, start, jac=True, method="hybr", options=options)
    # it ends between two steps, after a few evaluations more
    made = int(found.nfev) if budget.left is None else min(int(found.nfev), budget.left)
    other = equations.unknowns.clipped(found.x)
    if not equations.triangle(other).finite:
        return Root(equations, start), made
    root_, steps = _newton(equations, other, 1.0, min(max(budget.steps - made, 0), 50), None, nobody)
    return root_, steps + made
