"""Whether a matrix lacks rank, exactly: doubles are whole numbers, over a power of 2.

Singular values and factors are rounded, and that of a singular matrix is seldom 0. Where they leave it open,
elimination without a division tells (E. H. Bareiss, Mathematics of Computation 22 (1968) 565-578).
"""

from __future__ import annotations

import numpy as np

from cgcli.annotations import Any

# Larger matrices are as rounding has them: the numbers would get too long.
MOST = 32

# What rounding leaves of a singular value that is 0, as a part of the largest.
ROUNDED = 4 * 2.0**-52


def lacks_rank(x: Any, least: float, largest: float) -> bool:
    """Whether a matrix of doubles lacks rank whose singular values lie between these, as they are rounded."""
    rows, columns = x.shape
    if least > ROUNDED * max(rows, columns) * largest or not np.all(np.isfinite(x)):
        return False
    if max(rows, columns) > MOST:
        return True
    return bool(_rank(_whole(x if rows <= columns else x.T)) < min(rows, columns))


def _whole(x: Any) -> list[list[int]]:
    """Rows of whole numbers that are those of the matrix, each times a power of 2."""
    found = []
    for row in x:
        parts, powers = np.frexp(row)
        least = min((int(power) for part, power in zip(parts, powers) if part), default=0)
        found.append([int(p * 2.0**53) << max(int(power) - least, 0) for p, power in zip(parts, powers)])
    return found


def _rank(rows: list[list[int]]) -> int:
    rank, before, width = 0, 1, len(rows[0]) if rows else 0
    for column in range(width):
        pivot = next((row for row in range(rank, len(rows)) if rows[row][column]), None)
        if pivot is None:
            continue
        rows[rank], rows[pivot] = rows[pivot], rows[rank]
        top = rows[rank]
        for row in range(rank + 1, len(rows)):
            own = rows[row]
            rows[row] = [
                (top[column] * own[place] - own[column] * top[place]) // before for place in range(width)
            ]
        before, rank = top[column], rank + 1
    return rank
