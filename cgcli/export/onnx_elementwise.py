"""Elementwise operations in ONNX, beside the functions that it has itself and what definitions make of
these. Where its runtimes have no double precision kernel, and no definition helps, there is none."""

from __future__ import annotations

from math import inf, nan, pi

from cgcli.export.onnx_values import Value


class Elementwise:
    """The algebra of values of a model, elementwise."""

    def ne(self, x: Value, y: Value) -> Value:
        return ~(x == y)

    def where(self, c: Value, x: Value, y: Value) -> Value:
        return c.pick(x, y)

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

    def copysign(self, x: Value, y: Value) -> Value:
        return abs(x) * self._signed(y).pick(-1.0, 1.0)  # a runtime may pick -0 as 0

    def atan(self, x: Value) -> Value:
        """From that of single precision, and the angle that is left: its tangent is (x - t)/(1 + x*t)
        with t the tangent of the first."""
        types = x.model.onnx.TensorProto
        single = x.model.add("Cast", x.number(), shape=x.shape, to=types.FLOAT)
        single = x.model.add("Atan", single, shape=x.shape)
        first = x.model.add("Cast", single, shape=x.shape, to=types.DOUBLE)
        sine, cosine = first.of("Sin"), first.of("Cos")
        found = first + (x * cosine - sine) / (cosine + x * sine)
        return (abs(x) == inf).pick((x < 0.0).pick(-pi / 2, pi / 2), found)

    def atan2(self, y: Value, x: Value) -> Value:
        high, wide = abs(y), abs(x)
        angle = self.atan((high == wide).pick((high == 0.0).pick(0.0, 1.0), high / wide))
        angle = self._signed(x).pick(pi - angle, angle)
        return (x.isnan() | y.isnan()).pick(nan, self.copysign(angle, y))
