"""The algebra of LLVM values: an operation on lanes appends a line of LLVM's language.

A value is a vector of doubles, one for each of the rows that are computed together, or of truths; or
else a float, the same for all rows. Functions are those of libmvec, which promises 4 ulp; what it has not is
taken from the definitions of the operations, and what has none raises `OperationError`.
"""

from __future__ import annotations

import struct

from cgcli.algebras.base import Base, Operators
from cgcli.algebras.definitions import function
from cgcli.algebras.numbers import floats
from cgcli.annotations import Any, Callable
from cgcli.kernels.machine import has
from cgcli.ops import Op

# LLVM's own, by the names of the operations.
INTRINSICS = {
    "abs": "fabs", "sqrt": "sqrt", "floor": "floor", "ceil": "ceil", "trunc": "trunc", "round": "rint",
    "copysign": "copysign",
}  # fmt: skip

ARITHMETIC = {"add": "fadd", "sub": "fsub", "mul": "fmul", "div": "fdiv"}

# Comparisons of LLVM, which are false of nan, but for the last.
COMPARISONS = {"lt": "olt", "le": "ole", "gt": "ogt", "ge": "oge", "eq": "oeq", "ne": "une"}

# So a function of libmvec is called by the number of lanes.
PREFIXES = {2: "_ZGVbN2", 4: "_ZGVdN4", 8: "_ZGVeN8"}

# Beside multiples of pi/2 the circular functions keep too few digits (see `algebras.numbers.floats`).
SMALL, LARGE, NEAR = 1e-10, 1e10, 3.0


class Lane(Operators):
    """A value of each of the rows that are computed together: LLVM's name of it, and whether it is a
    truth."""

    __slots__ = ("is_truth", "text")

    def __init__(self, algebra: Lanes, text: str, is_truth: bool = False) -> None:
        self.algebra, self.text, self.is_truth = algebra, text, is_truth


class Lanes(Base):
    """Operations on so many rows at once.

    lines       of LLVM's language
    declared    the functions that they call, each with its declaration
    doubtful    the truths that tell rows in which a function has lost digits
    """

    title = "kernels"

    def __init__(self, width: int) -> None:
        self.width, self.vector = width, min(width, max(PREFIXES))
        self.doubles, self.truths = f"<{width} x double>", f"<{width} x i1>"
        self.lines: list[str] = []
        self.declared: dict[str, str] = {}
        self.doubtful: list[Lane] = []
        self.forms = {
            **{name: self._intrinsic(name, of) for name, of in INTRINSICS.items()},
            **{name: self._arithmetic(name, of) for name, of in ARITHMETIC.items()},
            **{name: self._comparison(name, of) for name, of in COMPARISONS.items()},
            **{name: self._circular(name) for name in ("sin", "cos", "tan")},
            "logaddexp": self._logaddexp(),
        }  # fmt: skip

    def constant(self, value: float) -> float:
        return float(value)

    def apply(self, name: str, *operands: Any) -> Any:
        return getattr(self, name)(*operands)

    # Lines

    def line(self, text: str, is_truth: bool = False) -> Lane:
        name = f"%v{len(self.lines)}"
        self.lines.append(f"  {name} = {text}")
        return Lane(self, name, is_truth)

    def text(self, value: Any) -> str:
        """A value as an operand that is a number."""
        if not isinstance(value, Lane):
            return self.literal(value)
        if value.is_truth:
            numbers = f"{self.doubles} {self.literal(1.0)}, {self.doubles} {self.literal(0.0)}"
            value = self.line(f"select {self.truths} {value.text}, {numbers}")
        return str(value.text)

    def truth(self, value: Any) -> str:
        """A value as an operand that is a truth: whether it is not 0."""
        if not isinstance(value, Lane):
            return self.bit(value != 0)
        if not value.is_truth:
            value = self.line(f"fcmp une {self.doubles} {value.text}, {self.literal(0.0)}", True)
        return str(value.text)

    def literal(self, value: float) -> str:
        """A number as an operand, to the bit."""
        return f"splat (double {bits(value)})"

    def bit(self, truth: bool) -> str:
        return f"splat (i1 {'true' if truth else 'false'})"

    def call(
        self, function: str, *operands: Any, attributes: str = "nounwind willreturn memory(none)"
    ) -> Lane:
        kinds = ", ".join([self.doubles] * len(operands))
        self.declared[function] = f"declare {self.doubles} @{function}({kinds}) {attributes}"
        given = ", ".join(f"{self.doubles} {self.text(operand)}" for operand in operands)
        return self.line(f"call {self.doubles} @{function}({given})")

    def call_library(self, function: str, *operands: Any) -> Lane:
        """A function of libmvec, of a vector after the other."""
        if self.width == self.vector:
            return self.call(function, *operands)
        one = f"<{self.vector} x double>"
        kinds = ", ".join([one] * len(operands))
        self.declared[function] = f"declare {one} @{function}({kinds}) nounwind willreturn memory(none)"
        given, parts = [self.text(operand) for operand in operands], []
        for start in range(0, self.width, self.vector):
            of = _places(start, start + self.vector)
            cut = [self.line(f"shufflevector {self.doubles} {x}, {self.doubles} undef, {of}") for x in given]
            told = ", ".join(f"{one} {part.text}" for part in cut)
            parts.append(f"{one} {self.line(f'call {one} @{function}({told})').text}")
        return self.line(f"shufflevector {', '.join(parts)}, {_places(0, self.width)}")

    def _select(self, condition: Any, x: Any, y: Any) -> Lane:
        parts = f"{self.doubles} {self.text(x)}, {self.doubles} {self.text(y)}"
        return self.line(f"select {self.truths} {self.truth(condition)}, {parts}")

    def _compared(self, how: str, x: Any, y: Any) -> Lane:
        return self.line(f"fcmp {how} {self.doubles} {self.text(x)}, {self.text(y)}", True)

    def _logical(self, how: str, x: Any, y: Any) -> Lane:
        return self.line(f"{how} {self.truths} {self.truth(x)}, {self.truth(y)}", True)

    def fma(self, x: Any, y: Any, z: Any) -> Lane:
        """x*y + z, rounded once."""
        return self.call(f"llvm.fma.v{self.width}f64", x, y, z, attributes="")

    def doubts(self) -> list[Lane]:
        """What tells rows whose results have to be computed another way."""
        return self.doubtful

    # Forms

    def _or_float(self, name: str, form: Callable[..., Any]) -> Callable[..., Any]:
        """A form, but of floats alone that of the floats."""
        scalar = getattr(floats, name)

        def apply(*operands: Any) -> Any:
            for operand in operands:
                if isinstance(operand, Lane):
                    return form(*operands)
            return scalar(*operands)

        return apply

    def operation(self, op: Op) -> Callable[..., Any]:
        """A form, a function of libmvec, or else by the definition."""
        symbol = self._symbol(op.name, op.arity or 0)
        if op.name in self.forms or not has(symbol):
            return super().operation(op)
        return self._function(op.name, op.arity or 0)

    def _symbol(self, name: str, count: int) -> str:
        return f"{PREFIXES[self.vector]}{'v' * count}_{name}"

    def _function(self, name: str, count: int) -> Callable[..., Any]:
        symbol = self._symbol(name, count)
        return self._or_float(name, lambda *operands: self.call_library(symbol, *operands))

    def _intrinsic(self, name: str, of: str) -> Callable[..., Any]:
        symbol = f"llvm.{of}.v{self.width}f64"
        return self._or_float(name, lambda *operands: self.call(symbol, *operands, attributes=""))

    def _arithmetic(self, name: str, of: str) -> Callable[..., Any]:
        return self._or_float(
            name, lambda x, y: self.line(f"{of} {self.doubles} {self.text(x)}, {self.text(y)}")
        )

    def _comparison(self, name: str, how: str) -> Callable[..., Any]:
        return self._or_float(name, lambda x, y: self._compared(how, x, y))

    def _circular(self, name: str) -> Callable[..., Any]:
        plain = self._function(name, 1)

        def form(x: Any) -> Any:
            found = plain(x)
            size = self.abs(found)
            near = self._compared("olt", size, SMALL)
            if name == "tan":
                near = self._logical("or", near, self._compared("ogt", size, LARGE))
            self.doubtful.append(self._logical("and", near, self._compared("oge", self.abs(x), NEAR)))
            return found

        return self._or_float(name, form)

    def _logaddexp(self) -> Callable[..., Any]:
        """By its definition; another way where the terms cancel."""
        plain = function("logaddexp", self)

        def form(x: Any, y: Any) -> Any:
            found = plain(x, y)
            largest = self.mul(0.5, self.abs(self.max(x, y)))
            self.doubtful.append(self._compared("olt", self.abs(found), largest))
            return found

        return self._or_float("logaddexp", form)

    def neg(self, x: Any) -> Any:
        return self.line(f"fneg {self.doubles} {self.text(x)}") if isinstance(x, Lane) else -x

    def and_(self, x: Any, y: Any) -> Any:
        return self._logical("and", x, y)

    def or_(self, x: Any, y: Any) -> Any:
        return self._logical("or", x, y)

    def not_(self, x: Any) -> Any:
        return self.line(f"xor {self.truths} {self.truth(x)}, {self.bit(True)}", True)

    def where(self, c: Any, x: Any, y: Any) -> Any:
        if not isinstance(c, Lane):
            return x if c != 0 else y
        return x if x is y else self._select(c, x, y)

    def pow(self, x: Any, y: Any) -> Any:
        if not isinstance(y, Lane) and isinstance(x, Lane):
            if y == 2.0:
                return self.mul(x, x)
            if y == 3.0:
                return self.mul(self.mul(x, x), x)
            if y in (1.0, -1.0):
                return x if y > 0 else self.div(1.0, x)
        return self._function("pow", 2)(x, y)

    def mod(self, x: Any, y: Any) -> Any:
        """As Python has it: with the sign of the divisor."""
        rest, turned = self._rest(x, y)
        found = self.where(turned, self.add(rest, y), rest)
        return self.where(self.eq(rest, 0.0), self.copysign(0.0, y), found)

    def floordiv(self, x: Any, y: Any) -> Any:
        rest, turned = self._rest(x, y)
        quotient = self.sub(self.div(self.sub(x, rest), y), self.where(turned, 1.0, 0.0))
        down = self.floor(quotient)
        down = self.where(self.gt(self.sub(quotient, down), 0.5), self.add(down, 1.0), down)
        down = self.where(self.eq(quotient, 0.0), self.copysign(0.0, self.div(x, y)), down)
        return self.where(self.eq(y, 0.0), self.div(x, y), down)

    def _rest(self, x: Any, y: Any) -> tuple[Any, Any]:
        """What C leaves of a division, with the sign of x, and whether y has the other one."""
        rest = self.line(f"frem {self.doubles} {self.text(x)}, {self.text(y)}")
        return rest, self.and_(self.ne(rest, 0.0), self.ne(self.lt(rest, 0.0), self.lt(y, 0.0)))

    def chain(self, factor: Any, partial: Any) -> Any:
        """A product of the chain rule: an exact 0 wins over inf and nan."""
        for one, other in ((factor, partial), (partial, factor)):
            if not isinstance(one, Lane):
                if one == 0:
                    return 0.0
                if one - one == 0:
                    return self.mul(one, other)
        product = self.mul(factor, partial)
        lost = self._logical("or", self.eq(factor, 0.0), self.eq(partial, 0.0))
        return self.where(self._logical("and", lost, self.ne(product, product)), 0.0, product)


def _places(start: int, stop: int) -> str:
    """A vector of places, as LLVM's language writes it."""
    return f"<{stop - start} x i32> <{', '.join(f'i32 {place}' for place in range(start, stop))}>"


def bits(value: float) -> str:
    """A double as LLVM's language writes it, to the bit."""
    return f"0x{struct.unpack('>Q', struct.pack('>d', value))[0]:016X}"
