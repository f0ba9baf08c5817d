"""What is summed of each residual: its square, or less where it is far out.

With z = r^2 they are rho(z); P. J. Rousseeuw and A. M. Leroy, Robust Regression and Outlier Detection (1987).
"""

from __future__ import annotations

import numpy as np

from cgcli.annotations import Any

# The least curvature of a row, as a part of its weight: rows far out hold a step back, and stay positive.
LEAST = 0.01


def loss(name: str, residuals: Any) -> tuple[Any, Any, Any]:
    """rho, psi (half its derivative by r) and the derivative of psi by r, for each residual."""
    r, z = residuals, np.square(residuals)
    if name == "linear":
        return z, r, np.ones_like(r)
    if name == "huber":
        near = z <= 1
        size = np.abs(r)
        return np.where(near, z, 2 * size - 1), np.where(near, r, np.sign(r)), np.where(near, 1.0, 0.0)
    if name == "soft_l1":
        root = np.sqrt(1 + z)
        return 2 * (z / (root + 1)), r / root, 1 / root**3
    return np.log1p(z), r / (1 + z), (1 - z) / np.square(1 + z)


def weighed(name: str, block: Any) -> float | None:
    """Give rows of `[J r]` weights, for their squares to have the gradient of the loss, and nearly its
    curvature; returns the sum of the loss, or None where it is that of the squares."""
    if name == "linear":
        return None
    rho, psi, bend = loss(name, block[:, -1])
    weight = np.divide(psi, block[:, -1], out=np.ones_like(psi), where=block[:, -1] != 0)
    root = np.sqrt(np.maximum(bend, LEAST * weight))
    block[:, :-1] *= root[:, None]
    block[:, -1] = psi / root
    return float(np.sum(rho))
