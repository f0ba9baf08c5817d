"""Elementwise operations in ONNX. Of those that its runtimes have no double precision kernel for,
some are composed of others to within a few units in the last place; the rest are missing."""

from __future__ import annotations

from functools import reduce
from math import inf, nan, pi

from cgcli.export.onnx_values import Value

LN2, LN10 = 0.6931471805599453, 2.302585092994046


class Elementwise:
    """The algebra of values of a model, elementwise."""

    def add(self, x: Value, y: Value) -> Value:
        return x + y

    def sub(self, x: Value, y: Value) -> Value:
        return x - y

    def mul(self, x: Value, y: Value) -> Value:
        return x * y

    def div(self, x: Value, y: Value) -> Value:
        return x / y

    def _apart(self, x: Value, y: Value) -> Value:
        """Whether one is negative and the other is not."""
        return (x < 0.0).number() + (y < 0.0).number() == 1.0

    def _signed(self, x: Value) -> Value:
        """Whether a number has a minus sign, -0 among them."""
        return (x < 0.0) | ((x == 0.0) & (1.0 / x < 0.0))

    def mod(self, x: Value, y: Value) -> Value:
        rest = x.of("Mod", y, fmod=1)
        found = self._apart(rest, y).pick(rest + y, rest)
        return (rest == 0.0).pick(self.copysign(rest, y), found)

    def floordiv(self, x: Value, y: Value) -> Value:
        whole = ((x - self.mod(x, y)) / y).of("Round")
        ends = (self._apart(x, y) & ~(x == 0.0) & (abs(x) < inf)).pick(-1.0, x / y)
        return (y == 0.0).pick(x / y, (abs(y) == inf).pick(ends, whole))

    def neg(self, x: Value) -> Value:
        return -x

    def pow(self, x: Value, y: Value) -> Value:
        return x**y

    def lt(self, x: Value, y: Value) -> Value:
        return x < y

    def le(self, x: Value, y: Value) -> Value:
        return x <= y

    def gt(self, x: Value, y: Value) -> Value:
        return x > y

    def ge(self, x: Value, y: Value) -> Value:
        return x >= y

    def eq(self, x: Value, y: Value) -> Value:
        return x == y

    def ne(self, x: Value, y: Value) -> Value:
        return ~(x == y)

    def and_(self, x: Value, y: Value) -> Value:
        return x & y

    def or_(self, x: Value, y: Value) -> Value:
        return x | y

    def not_(self, x: Value) -> Value:
        return ~x

    def where(self, c: Value, x: Value, y: Value) -> Value:
        return c.pick(x, y)

    def min(self, *xs: Value) -> Value:
        return reduce(lambda x, y: ((y < x) | y.isnan()).pick(y, x), xs)

    def max(self, *xs: Value) -> Value:
        return reduce(lambda x, y: ((y > x) | y.isnan()).pick(y, x), xs)

    def clip(self, x: Value, lower: Value, upper: Value) -> Value:
        return self.min(self.max(x, lower), upper)

    def abs(self, x: Value) -> Value:
        return x.of("Abs")

    def sign(self, x: Value) -> Value:
        return (x > 0.0).pick(1.0, (x < 0.0).pick(-1.0, x))

    def floor(self, x: Value) -> Value:
        return x.of("Floor")

    def ceil(self, x: Value) -> Value:
        return x.of("Ceil")

    def round(self, x: Value) -> Value:
        return x.of("Round")

    def trunc(self, x: Value) -> Value:
        return (x < 0.0).pick(x.of("Ceil"), x.of("Floor"))

    def copysign(self, x: Value, y: Value) -> Value:
        return self._signed(y).pick(-abs(x), abs(x))

    def heaviside(self, x: Value, h: Value) -> Value:
        return (x > 0.0).pick(1.0, (x < 0.0).pick(0.0, (x == 0.0).pick(h, x)))

    # Powers, exponentials, logarithms

    def square(self, x: Value) -> Value:
        return x * x

    def sqrt(self, x: Value) -> Value:
        return x.sqrt()

    def cbrt(self, x: Value) -> Value:
        root = abs(x) ** (1 / 3)
        root = ((x == 0.0) | (abs(x) == inf)).pick(root, root - (root - abs(x) / (root * root)) / 3.0)
        return self.copysign(root, x)

    def hypot(self, x: Value, y: Value) -> Value:
        x, y = abs(x), abs(y)
        large, small = self.max(x, y), self.min(x, y)
        ratio = small / large
        found = (large == 0.0).pick(large, large * (1.0 + ratio * ratio).sqrt())
        return ((x == inf) | (y == inf)).pick(inf, found)

    def exp(self, x: Value) -> Value:
        return x.exp()

    def exp2(self, x: Value) -> Value:
        return 2.0**x

    def expm1(self, x: Value) -> Value:
        """Kahan's: the rounding of exp(x) cancels in the quotient."""
        u = x.exp()
        near = (u == 1.0).pick(x, (u - 1.0) * (x / u.log()))
        return (abs(x) > 0.5).pick(u - 1.0, near)

    def log(self, x: Value) -> Value:
        return x.log()

    def log2(self, x: Value) -> Value:
        return x.log() / LN2

    def log10(self, x: Value) -> Value:
        return x.log() / LN10

    def log1p(self, x: Value) -> Value:
        u = 1.0 + x
        near = (u == 1.0).pick(x, u.log() * (x / (u - 1.0)))
        return ((u == 0.0) | (u == inf)).pick(u.log(), near)

    # Circular functions

    def sin(self, x: Value) -> Value:
        return x.of("Sin")

    def cos(self, x: Value) -> Value:
        return x.of("Cos")

    def tan(self, x: Value) -> Value:
        return self.sin(x) / self.cos(x)

    def sec(self, x: Value) -> Value:
        return 1.0 / self.cos(x)

    def csc(self, x: Value) -> Value:
        return 1.0 / self.sin(x)

    def cot(self, x: Value) -> Value:
        return self.cos(x) / self.sin(x)

    def atan(self, x: Value) -> Value:
        """From that of single precision, and the angle that is left: its tangent is (x - t)/(1 + x*t)
        with t the tangent of the first."""
        types = x.model.onnx.TensorProto
        single = x.model.add("Cast", x.number(), shape=x.shape, to=types.FLOAT)
        single = x.model.add("Atan", single, shape=x.shape)
        first = x.model.add("Cast", single, shape=x.shape, to=types.DOUBLE)
        sine, cosine = self.sin(first), self.cos(first)
        found = first + (x * cosine - sine) / (cosine + x * sine)
        return (abs(x) == inf).pick(self.sign(x) * (pi / 2), found)

    def asin(self, x: Value) -> Value:
        return self.atan(x / ((1.0 - x) * (1.0 + x)).sqrt())

    def acos(self, x: Value) -> Value:
        return 2.0 * self.atan(((1.0 - x) / (1.0 + x)).sqrt())

    def atan2(self, y: Value, x: Value) -> Value:
        high, wide = abs(y), abs(x)
        angle = self.atan((high == wide).pick((high == 0.0).pick(0.0, 1.0), high / wide))
        angle = self._signed(x).pick(pi - angle, angle)
        return (x.isnan() | y.isnan()).pick(nan, self.copysign(angle, y))

    def sinc(self, x: Value) -> Value:
        """x is reduced, so that the zeros are exact."""
        reduced = x - 2.0 * (0.5 * x).of("Round")
        rest = abs(reduced)
        sine = self.copysign(self.sin(pi * self.min(rest, 1.0 - rest)), reduced)
        return (x == 0.0).pick(1.0, sine / (pi * x))

    def deg2rad(self, x: Value) -> Value:
        return x * (pi / 180)

    def rad2deg(self, x: Value) -> Value:
        return x * (180 / pi)

    # Hyperbolic functions

    def sinh(self, x: Value) -> Value:
        size = abs(x)
        e, half = self.expm1(size), (0.5 * size).exp()
        return self.copysign((size > 20.0).pick(0.5 * half * half, 0.5 * (e + e / (e + 1.0))), x)

    def cosh(self, x: Value) -> Value:
        up = (0.5 * abs(x)).exp()
        down = 1.0 / up
        return 0.5 * up * up + 0.5 * down * down

    def tanh(self, x: Value) -> Value:
        e = self.expm1(-2.0 * abs(x))
        return self.copysign(-e / (e + 2.0), x)

    def asinh(self, x: Value) -> Value:
        size = abs(x)
        near = self.log1p(size + size * size / (1.0 + (1.0 + size * size).sqrt()))
        return self.copysign((size > 1e150).pick(size.log() + LN2, near), x)

    def acosh(self, x: Value) -> Value:
        t = x - 1.0
        near = self.log1p(t + (t * (t + 2.0)).sqrt())
        return (x < 1.0).pick(nan, (x > 1e150).pick(x.log() + LN2, near))

    def atanh(self, x: Value) -> Value:
        size = abs(x)
        return self.copysign(0.5 * self.log1p(2.0 * size / (1.0 - size)), x)

    # Of neural networks and statistics

    def sigmoid(self, x: Value) -> Value:
        small = (-abs(x)).exp()
        return (x >= 0.0).pick(1.0, small) / (1.0 + small)

    def logit(self, x: Value) -> Value:
        near = self.log1p((2.0 * x - 1.0) / (1.0 - x))
        return ((x > 0.25) & (x < 0.75)).pick(near, (x / (1.0 - x)).log())

    def softplus(self, x: Value) -> Value:
        return self.relu(x) + self.log1p((-abs(x)).exp())

    def relu(self, x: Value) -> Value:
        return (x <= 0.0).pick(0.0, x)

    def elu(self, x: Value) -> Value:
        return (x < 0.0).pick(self.expm1(x), x)

    def silu(self, x: Value) -> Value:
        return (x < -800.0).pick(-0.0, x * self.sigmoid(x))

    def logaddexp(self, x: Value, y: Value) -> Value:
        large = self.max(x, y)
        gap = (x == y).pick(0.0, abs(x - y))
        return large + self.log1p((-gap).exp())

    def xlogy(self, x: Value, y: Value) -> Value:
        return ((x == 0.0) & ~y.isnan()).pick(0.0, x * y.log())
