"""Special functions: the error function, gamma and its kin, and those of neural networks."""

from __future__ import annotations

from math import inf

from cgcli.annotations import Any, Callable
from cgcli.ops.constants import PI
from cgcli.ops.corners import ELU, RELU
from cgcli.ops.entry import POSTFIX, Op
from cgcli.ops.rules import zero_over_zero

# From here a difference loses digits that count.
LARGE = 16.0


def _logaddexp_partial(xp: Any, z: Any, x: Any, y: Any) -> Any:
    """sigmoid(x - y), but where that is inf - inf, and the limit is that of log(exp(x) + exp(y)). Beyond
    2^53 sigmoid is 0 or 1."""
    gap = x - y
    slope = xp.sigmoid(gap)
    if gap.__class__ is float and gap == gap:  # nothing to choose
        return slope
    limit = xp.where(xp.eq(x, y), xp.where(xp.eq(z, -inf), 0.0, 0.5), slope)
    return xp.guard(xp.not_(xp.lt(xp.abs(gap), 2.0**53)), limit, slope, assuming="x - y is finite")


def _at_pole(xp: Any, t: Any, there: Callable[[], Any], elsewhere: Callable[[], Any]) -> Any:
    """One value where gamma(t) has a pole, and another elsewhere; for people that alone."""
    if not xp.careful:
        return elsewhere()
    return _where(xp, xp.and_(xp.le(t, 0.0), xp.eq(t, xp.floor(t))), there, elsewhere)


def _where(xp: Any, condition: Any, there: Callable[[], Any], elsewhere: Callable[[], Any]) -> Any:
    """One value where a condition holds, and another elsewhere; of numbers alone the one that counts."""
    if isinstance(condition, float):
        return there() if condition else elsewhere()
    return xp.where(condition, there(), elsewhere())


def _reflected(xp: Any, x: Any, u: Any, turn: Any, by: int) -> Any:
    """The derivative of beta(x + 1, u)*sin(pi*u)/pi by x or by u: what binomial is where it is 0, as of
    1/gamma(1 - u), which is gamma(u)*sin(pi*u)/pi. Of u there may be a `turn` that is less by whole turns."""
    beta, sinc = xp.beta(x + 1, u), xp.sinc(turn)
    if by == 0:
        return -(beta * xp.digammadiff(x + 1, u)) * (turn * sinc)
    cosine = sinc + turn * xp.polysinc(1, turn)
    return beta * cosine - beta * xp.digammadiff(u, x + 1) * (turn * sinc)


def _at_rest(xp: Any, x: Any, y: Any, by: int) -> Any:
    """The same where u is y - x, of which whole turns of pi*u are left out before it is rounded."""
    return _reflected(xp, x, y - x, xp.mod(y, 2.0) - xp.mod(x, 2.0), by)


def _binomial_by_count(xp: Any, z: Any, x: Any, y: Any) -> Any:
    return _beyond(
        xp, x, y,
        lambda: z * (_cotangent(xp, x - xp.mod(y, 1.0)) - xp.digammadiff(x + 1, y - 2 * x - 1)),
        lambda: _at_pole(
            xp, x - y + 1,
            lambda: _at_rest(xp, x, y, 0) - _at_rest(xp, x, y, 1),
            lambda: _at_pole(
                xp, y + 1, lambda: _reflected(xp, x, -y, -y, 0), lambda: z * xp.digammadiff(x - y + 1, y)
            ),
        ),
    )  # fmt: skip


def _binomial_by_choice(xp: Any, z: Any, x: Any, y: Any) -> Any:
    return _beyond(
        xp, x, y,
        lambda: -z * (_cotangent(xp, x - xp.mod(y, 1.0)) + xp.digammadiff(y - x, x + 1)),
        lambda: _at_pole(
            xp, x - y + 1,
            lambda: _at_rest(xp, x, y, 1),
            lambda: _at_pole(
                xp, y + 1, lambda: -_reflected(xp, x, -y, -y, 1), lambda: z * _difference(xp, x, y)
            ),
        ),
    )  # fmt: skip


def _difference(xp: Any, x: Any, y: Any) -> Any:
    """digamma(x - y + 1) - digamma(y + 1), from the smaller operand, of which nothing is lost."""
    if not xp.careful:
        return xp.digammadiff(y + 1, x - 2 * y)
    return _where(
        xp, xp.gt(y, x - y),
        lambda: -xp.digammadiff(x - y + 1, y - (x - y)), lambda: xp.digammadiff(y + 1, x - 2 * y),
    )  # fmt: skip


def _beyond(xp: Any, x: Any, y: Any, there: Callable[[], Any], elsewhere: Callable[[], Any]) -> Any:
    """One value where x - y has lost digits of a fraction that x alone has, and another elsewhere: there
    gamma(x - y + 1) is known by that of y - x (A&S 6.1.17, 6.3.7)."""
    if not xp.careful:
        return elsewhere()
    is_large = xp.and_(xp.gt(y, LARGE), xp.gt(y, x + 1))
    has_fraction = xp.and_(xp.eq(y, xp.floor(y)), xp.ne(x, xp.floor(x)))
    return _where(xp, xp.and_(is_large, has_fraction), there, elsewhere)


def _cotangent(xp: Any, x: Any) -> Any:
    """pi/tan(pi*x), of any x."""
    sinc = xp.sinc(x)
    return xp.div(sinc + x * xp.polysinc(1, x), x * sinc)


def _xlogy_by_y(xp: Any, z: Any, x: Any, y: Any) -> Any:
    """x/y, and 0 for both 0, in a form whose derivative by x is 1/y."""
    limit = xp.chain(x, xp.div(1, y)) if xp.careful else 0.0
    return xp.guard(zero_over_zero(xp, x, y), limit, xp.div(x, y), assuming="y is not 0")


def _log_ndtr_partial(xp: Any, z: Any, x: Any) -> Any:
    """norm_pdf(x)/ndtr(x), which is 0/0 far on the left; on the right erfcx would magnify the rounding of
    its operand."""
    ratio = xp.div(xp.sqrt(xp.div(2, xp.constant(PI))), xp.erfcx(xp.div(-x, xp.sqrt(2))))
    if xp.for_reading:
        return ratio
    right = xp.where(xp.lt(x, 0), 0, x)
    return xp.where(xp.lt(x, 0), ratio, xp.div(xp.norm_pdf(right), xp.ndtr(right)))


def _erfcx_partial(xp: Any, z: Any, x: Any) -> Any:
    """The difference is for people: its terms cancel far on the right."""
    return 2 * x * z - xp.div(2, xp.sqrt(xp.constant(PI))) if xp.for_reading else xp.polyerfcx(1, x)


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
        # Winitzki's approximation (A handy approximation for the error function, 2008) to 0.002, and three
        # of Halley's steps; the residual is that of erfc where erf is flat
        definition="size = abs(x); w = -log((1 - size)*(1 + size))/0.147; "
        "half = 2/(pi*0.147) - 0.0735*w; "
        "start = if size < 0.1 then size*sqrt(pi)/2 else sqrt(w/(sqrt(half*half + w) + half)); "
        "gap(y) = if size < 0.5 then erf(y) - size else (1 - size) - erfc(y); "
        "step(y) = sqrt(pi)/2*gap(y)*exp(y*y); better(y) = y - step(y)/(1 + y*step(y)); "
        "if size < 1 then copysign(better(better(better(start))), x) else if size == 1 then x*inf else nan",
    ),
    Op(
        "erfcx", 1, "exp(x^2)*erfc(x), without underflow", "all x",
        (_erfcx_partial,), example="erfcx(1e10) = 5.641895835477563e-11",
        # beyond 26 erfc vanishes; the rounding of x^2, which exp magnifies, is put right
        definition="high = 134217729*x - (134217729*x - x); low = x - high; "
        "rest = ((high*high - x*x) + 2*high*low) + low*low; s = 0.5/(x*x); "
        "grown = exp(x*x)*(1 + rest)*erfc(x); "
        "far = (1 - s*(1 - 3*s*(1 - 5*s*(1 - 7*s*(1 - 9*s*(1 - 11*s))))))/(sqrt(pi)*x); "
        "if x > 26 then far else if x < -27 then inf else grown",
    ),
    Op(
        "polyerfcx", 2, "the x-th derivative of erfcx at y; x a whole number to 50", "x = 0, 1, 2, ...",
        (float("nan"), lambda xp, z, n, x: xp.polyerfcx(n + 1, x)),
        convention="nan by x", example="polyerfcx(1, 0) = -1.1283791670955126", ulps=5,
        definition={  # beyond 26 the asymptotic series, as for erfcx
            1.0: "s = 0.5/(y*y); far = 3*s*(1 - 5*s*(1 - 7*s*(1 - 9*s*(1 - 11*s)))) - 1; "
            "if y > 26 then far/(sqrt(pi)*y*y) else 2*y*erfcx(y) - 2/sqrt(pi)",
            2.0: "s = 0.5/(y*y); far = 1 - 6*s*(1 - 7.5*s*(1 - 28/3*s*(1 - 11.25*s*(1 - 13.2*s)))); "
            "if y > 26 then far/(0.5*sqrt(pi)*y*y*y) else 2*erfcx(y) + 2*y*polyerfcx(1, y)",
        },
    ),
    # The normal distribution
    Op(
        "norm_pdf", 1, "density of the normal distribution: exp(-x^2/2)/sqrt(2*pi)", "all x",
        (lambda xp, z, x: -(x * z),), example="norm_pdf(0) = 0.3989422804014327", ulps=3,
        definition="high = 134217729*x - (134217729*x - x); low = x - high; "
        "rest = ((high*high - x*x) + 2*high*low) + low*low; "
        "if abs(x) > 40 then 0 else exp(-0.5*x*x)*(1 - 0.5*rest)/sqrt(2*pi)",
    ),
    Op(
        "ndtr", 1, "distribution function of the normal distribution: erfc(-x/sqrt(2))/2", "all x",
        (lambda xp, z, x: xp.norm_pdf(x),), example="ndtr(-10) = 7.619853024160525e-24",
        aliases=("norm_cdf",),
        definition="if x > -1 then 0.5*erfc(-x/sqrt(2)) else sqrt(pi/2)*norm_pdf(x)*erfcx(-x/sqrt(2))",
    ),
    Op(
        "log_ndtr", 1, "log(ndtr(x)), without underflow", "all x",
        (_log_ndtr_partial,), example="log_ndtr(-1e10) = -5e+19",
        definition="if x > -1 then log1p(-ndtr(-x)) else log(0.5*erfcx(-x/sqrt(2))) - 0.5*x*x",
    ),
    # Gamma and its kin
    Op(
        "gamma", 1, "gamma function", "x not 0 or a negative integer",
        (lambda xp, z, x: z * xp.digamma(x),), example="gamma(0.5) = 1.772453850905516",
    ),
    Op(
        "factorial", 1, "gamma(x + 1)", "x not a negative integer",
        (lambda xp, z, x: z * xp.digamma(x + 1),),
        example="5! = 120", symbol="!", level=POSTFIX,
        definition="gamma(x + 1)",
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
        definition="digamma(x + y) - digamma(x)",
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
        commutes=True, example="beta(2, 3) = 0.08333333333333333",
    ),
    Op(
        "binomial", 2, "x choose y: gamma(x + 1)/(gamma(y + 1)*gamma(x - y + 1))",
        "x not a negative integer",
        (_binomial_by_count, _binomial_by_choice),
        example="binomial(5, 2) = 10",
    ),
    # Of neural networks and statistics
    Op(
        "sigmoid", 1, "1/(1 + exp(-x))", "all x", (lambda xp, z, x: z * xp.sigmoid(-x),),
        example="sigmoid(0) = 0.5",
        definition="if x > -709 then 1/(1 + exp(-x)) else exp(x)",
    ),
    Op(
        "logit", 1, "log(x/(1 - x)), the inverse of sigmoid", "0 < x < 1",
        (lambda xp, z, x: xp.div(1, x * (1 - x)),), example="logit(0.5) = 0",
        definition="if 0.25 < x and x < 0.75 then log1p((2*x - 1)/(1 - x)) else log(x/(1 - x))",
    ),
    Op(
        "softplus", 1, "log(1 + exp(x)), without overflow", "all x",
        (lambda xp, z, x: xp.sigmoid(x),), example="softplus(800) = 800", formula="log1p(exp(x))",
        definition="relu(x) + log1p(exp(-abs(x)))",
    ),
    Op(
        "relu", 1, "max(x, 0)", "all x", (lambda xp, z, x: xp.gt(x, 0),),
        convention="0 at x = 0", example="relu(-3) = 0", ulps=0,
        definition="if x <= 0 then 0 else x", corner=RELU,
    ),
    Op(
        "elu", 1, "x above 0, exp(x) - 1 below", "all x",
        (lambda xp, z, x: xp.where(xp.gt(x, 0), 1, xp.exp(x)),), example="elu(-1) = -0.6321205588285577",
        definition="if x > 0 then x else expm1(x)", corner=ELU,
    ),
    Op(
        "gelu", 1, "x*(1 + erf(x/sqrt(2)))/2, the exact one", "all x",
        (lambda xp, z, x: xp.ndtr(x) + x * xp.norm_pdf(x),), example="gelu(-1) = -0.15865525393145705",
        definition="if x < -40 then -0.0 else x*ndtr(x)",
    ),
    Op(
        "silu", 1, "x*sigmoid(x)", "all x",
        (lambda xp, z, x: xp.sigmoid(x) + z * xp.sigmoid(-x),),
        example="silu(1) = 0.7310585786300049",
        definition="if x > -709 then x/(1 + exp(-x)) else if x < -800 then -0.0 else x*exp(x/2)*exp(x/2)",
    ),
    Op(
        "logaddexp", 2, "log(exp(x) + exp(y)), without overflow", "all x, y",
        (_logaddexp_partial, lambda xp, z, x, y: _logaddexp_partial(xp, z, y, x)),
        convention="0 where both are -inf; both that are inf share evenly",
        commutes=True, example="logaddexp(1000, 1000) = 1000.6931471805599",
        formula="log(exp(x) + exp(y))",
        definition="gap = if x == y then 0 else -abs(x - y); max(x, y) + log1p(exp(gap))",
    ),
    Op(
        "xlogy", 2, "x*log(y), and 0 where x = 0", "y > 0, or x = 0",
        (lambda xp, z, x, y: xp.log(y), _xlogy_by_y),
        convention="by y: 0 at x = 0", example="xlogy(0, 0) = 0",
        definition="if x == 0 and y == y then 0 else x*log(y)",
    ),
]  # fmt: skip
