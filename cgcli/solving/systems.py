"""Systems of equations as functions of their unknowns, what is found at a point, and how roots move."""

from __future__ import annotations

import numpy as np

from cgcli.annotations import Any, Sequence
from cgcli.diagnostics import CgError
from cgcli.evaluation.derivatives import magnitude
from cgcli.evaluation.packing import Packing, blocks
from cgcli.evaluation.prepared import Prepared
from cgcli.evaluation.specialised import Point, specialised
from cgcli.shapes import counted
from cgcli.solving.models import Models
from cgcli.solving.triangle import EPSILON, Singular, Triangle
from cgcli.solving.unknowns import Unknowns

# A residual that is less than this part of the largest that it is computed from is one of rounding.
ROUNDING = 64 * EPSILON

# A Jacobian with a singular value below this part of the largest is told of, and so is one that is less than
# this part of what it is at some distance.
NEARLY_SINGULAR, VANISHING, DISTANCE = 1e-6, 1e-3, 1e-4

# What would still move by more than this part of itself, and by its square beside the others, has few digits.
FEW = 1e-6

# Of sides between these, squares are doubles.
SQUARES = 1e-100, 1e100


class Equations:
    """`left - right` of each equation, as a function of the unknowns; the outputs of the program are both
    sides, one after the other.

    evaluations     how often they have been evaluated
    """

    def __init__(self, prepared: Prepared, unknowns: Unknowns) -> None:
        """Raises `CgError` (kind `usage`) where there are not as many equations as unknowns."""
        self.prepared, self.unknowns, self.evaluations = prepared, unknowns, 0
        self._scales = np.ones(unknowns.size)
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
        residuals = np.concatenate([np.asarray(one.left - one.right, float) for one in sides])
        return residuals, np.concatenate([one.jacobian for one in sides])

    def begin(self, vector: Any) -> None:
        """From here on triangles are those of equations as large as their sides are there, where squares of
        them would be no doubles."""
        sides = self.models.at(self.unknowns.values(vector), {}, 1, slopes=False)
        sizes = np.concatenate(
            [np.maximum(np.abs(one.left), np.abs(one.right)) + 0.0 * one.sigma for one in sides]
        )
        far = (sizes > SQUARES[1]) | ((sizes < SQUARES[0]) & (sizes > 0))
        self._scales = np.ldexp(1.0, -np.where(far & np.isfinite(sizes), np.frexp(sizes)[1], 0))

    def triangle(self, vector: Any, wide: bool = False) -> Triangle:
        found = Triangle(self.unknowns.size)
        residuals, jacobian = self.at(vector, wide)
        found.add(self._scales[:, None] * np.column_stack([jacobian, residuals]))
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
        reach = lengths * float(np.max(np.where(vector == 0, 1.0, np.abs(vector))))
        if (np.isfinite(reach) & (np.abs(residuals) > reach)).any():
            self.is_root = False  # what is rounded off is all there is, as of x == x + 1 where x is large
        if np.isfinite(lengths).all() and (lengths > 0).all():
            singular = Singular(jacobian / lengths[:, None])
            flat = np.max(np.abs(jacobian), axis=1, initial=0.0) <= VANISHING * lengths
            self.is_singular = bool(flat.any()) or (
                not singular.values[-1] > NEARLY_SINGULAR * singular.values[0]
            )
            move = np.abs(singular.solution(residuals / lengths))
            few = (move > FEW * np.abs(vector)) & (move > FEW**2 * np.max(np.abs(vector), initial=0.0))
            self.is_singular = self.is_singular or (self.is_root and bool(few.any()))
            self.move = float(np.max(move / np.where(vector == 0, 1.0, np.abs(vector)), initial=0.0))


def _lengths(equations: Equations, vector: Any, jacobian: Any) -> Any:
    """The lengths of the rows of a Jacobian, there and at some distance along two directions, the longest."""
    found = _norms(jacobian)
    reach = DISTANCE * np.where(vector == 0, 1.0, np.abs(vector))
    for sign in (-1, 1, np.cos(np.arange(1, len(vector) + 1)) if len(vector) > 1 else 0):
        beside = equations.at(equations.unknowns.clipped(vector + sign * reach))[1]
        length = _norms(beside)
        found = np.where(np.isfinite(length), np.maximum(found, length), found)
    return found


def _norms(rows: Any) -> Any:
    """The lengths of rows, whose squares may be no doubles."""
    most = np.max(np.abs(rows), axis=1, initial=0.0)
    return most * np.linalg.norm(rows / np.where(most > 0, most, 1.0)[:, None], axis=1)


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
    lengths = _norms(own)
    if np.isfinite(jacobian).all() and (lengths > 0).all():
        singular = Singular(own / lengths[:, None])
        if singular.rank == unknowns.size:
            moved = -np.linalg.solve(own / lengths[:, None], others / lengths[:, None])
            return blocks(moved, unknowns.packing, Packing({by: whole.packing.shapes[by] for by in held}))
    return {name: dict.fromkeys(held) for name in unknowns.names}
