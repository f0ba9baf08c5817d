"""Special functions: the error function, gamma and its kin, and those of neural networks."""

from __future__ import annotations

from math import inf

from cgcli.ops.constants import PI
from cgcli.ops.entry import Op
from cgcli.ops.rules import zero_over_zero

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _logaddexp_partial(xp: Any, z: Any, x: Any, y: Any) -> Any:
    """sigmoid(x - y), but where that is inf - inf, and the limit is that of logsumexp. Beyond 2^53
    sigmoid is 0 or 1."""
    gap = x - y
    slope = xp.sigmoid(gap)
    if gap.__class__ is float and gap == gap:  # nothing to choose
        return slope
    limit = xp.where(xp.eq(x, y), xp.where(xp.eq(z, -inf), 0.0, 0.5), slope)
    return xp.guard(xp.not_(xp.lt(xp.abs(gap), 2.0**53)), limit, slope, assuming="x - y is finite")


def _xlogy_by_y(xp: Any, z: Any, x: Any, y: Any) -> Any:
    return xp.guard(zero_over_zero(xp, x, y), 0.0, xp.div(x, y), assuming="y is not 0")


SPECIAL = [
    # Error function
    Op(
        "erf", 1, "error function", "all x",
        (lambda xp, z, x: xp.exp(-xp.square(x)) * xp.div(2, xp.sqrt(xp.constant(PI))),),
        example="erf(1) = 0.8427007929497149",
    ),
    Op(
        "erfc", 1, "1 - erf(x), exact in the tail", "all x",
        (lambda xp, z, x: -(xp.exp(-xp.square(x)) * xp.div(2, xp.sqrt(xp.constant(PI)))),),
        example="erfc(10) = 2.088487583762545e-45",
    ),
    Op(
        "erfinv", 1, "inverse of erf", "-1 < x < 1",
        (lambda xp, z, x: xp.exp(xp.square(z)) * xp.div(xp.sqrt(xp.constant(PI)), 2),),
        example="erfinv(0.5) = 0.4769362762044699",
    ),
    # Gamma and its kin
    Op(
        "gamma", 1, "gamma function", "x not 0 or a negative integer",
        (lambda xp, z, x: z * xp.digamma(x),), example="gamma(0.5) = 1.772453850905516",
    ),
    Op(
        "lgamma", 1, "log(abs(gamma(x)))", "x not 0 or a negative integer",
        (lambda xp, z, x: xp.digamma(x),), example="lgamma(100) = 359.1342053695754",
    ),
    Op(
        "digamma", 1, "derivative of lgamma", "x not 0 or a negative integer",
        (lambda xp, z, x: xp.polygamma(1, x),), example="digamma(1) = -0.5772156649015329",
    ),
    Op(
        "digammadiff", 2, "digamma(x + y) - digamma(x), also where the two are close",
        "x, x + y not 0 or a negative integer",
        (
            lambda xp, z, x, y: xp.polygamma(1, x + y) - xp.polygamma(1, x),
            lambda xp, z, x, y: xp.polygamma(1, x + y),
        ),
        example="digammadiff(1, 2) = 1.5",
    ),
    Op(
        "polygamma", 2, "the x-th derivative of digamma at y; x a whole number",
        "x = 0, 1, 2, ...; y not 0 or a negative integer",
        (float("nan"), lambda xp, z, n, x: xp.polygamma(n + 1, x)),
        convention="nan by x", example="polygamma(1, 1) = 1.6449340668482264",
    ),
    Op(
        "beta", 2, "gamma(x)*gamma(y)/gamma(x + y)", "x, y not 0 or a negative integer",
        (
            lambda xp, z, x, y: -(z * xp.digammadiff(x, y)),
            lambda xp, z, x, y: -(z * xp.digammadiff(y, x)),
        ),
        example="beta(2, 3) = 0.08333333333333333",
    ),
    Op(
        "binomial", 2, "x choose y: gamma(x + 1)/(gamma(y + 1)*gamma(x - y + 1))",
        "x not a negative integer",
        (
            lambda xp, z, x, y: z * xp.digammadiff(x - y + 1, y),
            lambda xp, z, x, y: z * xp.digammadiff(y + 1, x - 2 * y),
        ),
        convention="nan where it is 0: for y a negative integer, or x - y one",
        example="binomial(5, 2) = 10",
    ),
    # Of neural networks and statistics
    Op(
        "sigmoid", 1, "1/(1 + exp(-x))", "all x", (lambda xp, z, x: z * xp.sigmoid(-x),),
        example="sigmoid(0) = 0.5",
    ),
    Op(
        "logit", 1, "log(x/(1 - x)), the inverse of sigmoid", "0 < x < 1",
        (lambda xp, z, x: xp.div(1, x * (1 - x)),), example="logit(0.5) = 0",
    ),
    Op(
        "softplus", 1, "log(1 + exp(x)), without overflow", "all x",
        (lambda xp, z, x: xp.sigmoid(x),), example="softplus(800) = 800",
    ),
    Op(
        "relu", 1, "max(x, 0)", "all x", (lambda xp, z, x: xp.gt(x, 0),),
        convention="0 at x = 0", example="relu(-3) = 0",
    ),
    Op(
        "elu", 1, "x above 0, exp(x) - 1 below", "all x",
        (lambda xp, z, x: xp.where(xp.gt(x, 0), 1, xp.exp(x)),), example="elu(-1) = -0.6321205588285577",
    ),
    Op(
        "gelu", 1, "x*(1 + erf(x/sqrt(2)))/2, the exact one", "all x",
        (
            lambda xp, z, x: 0.5 * xp.erfc(-xp.div(x, xp.sqrt(2)))
            + x * xp.div(xp.exp(-0.5 * xp.square(x)), xp.sqrt(2 * xp.constant(PI))),
        ),
        example="gelu(-1) = -0.15865525393145705",
    ),
    Op(
        "silu", 1, "x*sigmoid(x)", "all x",
        (lambda xp, z, x: xp.sigmoid(x) + z * xp.sigmoid(-x),),
        example="silu(1) = 0.7310585786300049",
    ),
    Op(
        "logaddexp", 2, "log(exp(x) + exp(y)), without overflow", "all x, y",
        (_logaddexp_partial, lambda xp, z, x, y: _logaddexp_partial(xp, z, y, x)),
        convention="0 where both are -inf; both that are inf share evenly",
        example="logaddexp(1000, 1000) = 1000.6931471805599",
    ),
    Op(
        "xlogy", 2, "x*log(y), and 0 where x = 0", "y > 0, or x = 0",
        (lambda xp, z, x, y: xp.log(y), _xlogy_by_y),
        convention="by y: 0 at x = 0", example="xlogy(0, 0) = 0",
    ),
]  # fmt: skip
