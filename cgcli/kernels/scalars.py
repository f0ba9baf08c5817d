"""The algebra of LLVM values that are one double each, with the results that floats have, to the bit.

What floats take from the C library is called there; what they compute in their own way, and LLVM's language
has no form of, in Python.
"""

from __future__ import annotations

import ctypes
import math
import sys
from functools import cache
from itertools import product

from cgcli.algebras.definitions import function
from cgcli.algebras.numbers import floats, gamma, special
from cgcli.annotations import Any, Callable
from cgcli.kernels.lanes import Lane, Lanes, bits
from cgcli.ops import Op

# What is computed has no effect but its result; LLVM has no forms of its own for functions of the library.
ATTRIBUTES = "attributes #0 = { nounwind willreturn memory(none) nobuiltin }"

# Found once: what Python computes for machine code, and what was raised in it, which a call cannot hand on.
raised: list[BaseException] = []


class Scalars(Lanes):
    """Operations on one value at a time. Functions of `apart` are needed beside what the lines say.

    careful     whether a product of the chain rule is more than a product
    """

    def __init__(self, careful: bool = False) -> None:
        super().__init__(1)
        self.doubles, self.truths, self.careful = "double", "i1", careful
        self.apart: dict[str, str] = {}

    def literal(self, value: float) -> str:
        return bits(value)

    def bit(self, truth: bool) -> str:
        return "true" if truth else "false"

    def operation(self, op: Op) -> Callable[..., Any]:
        name = op.name
        if name in self.forms:
            return self.forms[name]
        if name == "hypot" and sys.version_info < (3, 12):  # later ones compute it in another way
            return self._or_float(name, lambda x, y: self._apart("cg_hypot", _hypot(self), x, y))
        if _is_of_library(name):
            return self._library(name)
        if _is_defined(op):
            found: Callable[..., Any] = function(name, self)
            return found
        return self._or_float(name, lambda *operands: self._called(_address(name, len(operands)), *operands))

    def _intrinsic(self, name: str, of: str) -> Callable[..., Any]:
        return self._or_float(name, lambda *operands: self._called(f"@llvm.{of}.f64", *operands))

    def _library(self, name: str) -> Callable[..., Any]:
        return self._or_float(name, lambda *operands: self._called(f"@{name}", *operands))

    def _called(self, name: str, *operands: Any) -> Lane:
        kinds, mark = ", ".join([self.doubles] * len(operands)), "" if name.startswith("@llvm") else " #0"
        if name[0] == "@":
            self.declared[name] = f"declare double {name}({kinds}){mark}"
        given = ", ".join(f"double {self.text(operand)}" for operand in operands)
        return self.line(f"call double {name}({given}){mark}")

    def _apart(self, name: str, text: str, *operands: Any) -> Lane:
        """A call of a function that is written beside."""
        self.apart[name] = text
        self.declared["@llvm.fabs.f64"] = "declare double @llvm.fabs.f64(double)"
        given = ", ".join(f"double {self.text(operand)}" for operand in operands)
        return self.line(f"call double @{name}({given})")

    def _circular(self, name: str) -> Callable[..., Any]:
        """Beside multiples of pi/2 floats have more digits than the library."""

        def form(x: Any) -> Lane:
            limits = {"low": bits(1e-10), "high": bits(1e10), "small": bits(3.0)}
            return self._apart(f"cg_{name}", NEAR.format(name=name, python=_address(name, 1), **limits), x)

        return self._or_float(name, form)

    # In the ways of `algebras.numbers.floats`

    def pow(self, x: Any, y: Any) -> Any:
        return self._library("pow")(x, y)

    def alias(self, x: Any) -> Any:
        return x

    def mod(self, x: Any, y: Any) -> Any:
        return super().mod(x, y) if isinstance(x, Lane) or isinstance(y, Lane) else floats.mod(x, y)

    def floordiv(self, x: Any, y: Any) -> Any:
        return super().floordiv(x, y) if isinstance(x, Lane) or isinstance(y, Lane) else floats.floordiv(x, y)

    def _logical(self, how: str, x: Any, y: Any) -> Any:
        if isinstance(x, Lane) or isinstance(y, Lane):
            return super()._logical(how, x, y)
        return float((x != 0 and y != 0) if how == "and" else (x != 0 or y != 0))

    def not_(self, x: Any) -> Any:
        return super().not_(x) if isinstance(x, Lane) else float(not x)

    # The chain rule

    def chain(self, factor: Any, partial: Any) -> Any:
        return super().chain(factor, partial) if self.careful else self.mul(factor, partial)

    def settle(self, product: Any, factor: Any, partial: Any, like: Any, node: int, zeroed: Any) -> Any:
        """Where a factor is exactly 0 and the other none, the gradient is nan, and that is looked for."""
        return self.chain(factor, partial) if self.careful and product is not factor else product


@cache
def _is_of_library(name: str) -> bool:
    """Whether floats have the function of `math`, which is that of the C library, but for errors."""
    own, of = floats.__dict__.get(name), getattr(math, name, None)
    inside = [cell.cell_contents for cell in getattr(own, "__closure__", None) or ()]
    return of is not None and name != "hypot" and (own is of or of in inside)


@cache
def _is_defined(op: Op) -> bool:
    """Whether floats follow the definition of an operation, or have the same by another way."""
    if not op.definition:
        return False
    own = floats.__dict__.get(op.name)
    if own is None or getattr(own, "__qualname__", "").startswith("function."):
        return not any(hasattr(module, op.name) for module in (special, gamma))
    defined = function(op.name, floats)
    more = [0.0137 * place - 1.5 for place in range(300)] if op.arity == 1 else []
    points = product((*SAMPLES, *more), repeat=op.arity or 2)
    return all(repr(float(own(*point))) == repr(float(defined(*point))) for point in points)


# What operations are compared at.
SAMPLES = (
    0.0, -0.0, 1.0, -1.0, 0.5, 2.0, 3.0, -2.5, math.inf, -math.inf, math.nan, 1e-300, -1e300, 0.1, 1.7, -0.7,
    12.3, 1.1e-5,
)  # fmt: skip


@cache
def _address(name: str, count: int) -> str:
    """Where machine code finds an operation of floats, in LLVM's language."""
    of = getattr(floats, name)

    def called(*operands: float) -> float:
        try:
            return float(of(*operands))
        except BaseException as error:
            raised.append(error)
            return math.nan

    made = ctypes.CFUNCTYPE(ctypes.c_double, *[ctypes.c_double] * count)(called)
    KEPT.append(made)
    return f"inttoptr (i64 {ctypes.cast(made, ctypes.c_void_p).value} to ptr)"


KEPT: list[Any] = []  # what machine code calls

NEAR = """
declare double @{name}(double) #0
define internal double @cg_{name}(double %x) nounwind willreturn memory(none) {{
  %value = call double @{name}(double %x) #0
  %size = call double @llvm.fabs.f64(double %value)
  %low = fcmp ugt double %size, {low}
  %high = fcmp ult double %size, {high}
  %good = and i1 %low, %high
  br i1 %good, label %plain, label %odd, !prof !0
odd:
  %given = call double @llvm.fabs.f64(double %x)
  %small = fcmp olt double %given, {small}
  br i1 %small, label %plain, label %far
plain:
  ret double %value
far:
  %found = call double {python}(double %x) #0
  ret double %found
}}
"""

SPLIT = 2.0**27 + 1

# Between these squares are within the range of doubles, and more than that.
LEAST, MOST = 2.0**-900, 2.0**900


def _hypot(lanes: Scalars) -> str:
    """As `math.hypot` has it (R. Hettinger, in CPython's mathmodule.c): squares in parts, summed without loss
    next to 1, and a step of Newton's for the root."""
    inside = Scalars()
    x, y = (inside.abs(Lane(inside, name)) for name in ("%x", "%y"))
    large = inside.max(x, y)
    bits_of = inside.line(f"bitcast double {large.text} to i64")
    exponent = inside.line(f"lshr i64 {bits_of.text}, 52")
    turned = inside.line(f"sub i64 2045, {exponent.text}")
    back = inside.line(f"shl i64 {turned.text}, 52")
    scale = inside.line(f"bitcast i64 {back.text} to double")
    total: Any = 1.0
    lost = [0.0, 0.0, 0.0]

    def put(part: Any, place: int) -> None:
        nonlocal total
        before, total = total, total + part
        lost[place] = lost[place] + ((before - total) + part)

    def halves(x: Any) -> tuple[Any, Any]:
        t = x * SPLIT
        high = t - (t - x)
        return high, x - high

    for one in (x, y):
        high, low = halves(one * scale)
        put(high * high, 0)
        put((2.0 * high) * low, 1)
        lost[2] = lost[2] + low * low
    root = inside.sqrt(total - 1.0 + (lost[0] + lost[1] + lost[2]))
    high, low = halves(root)
    put(-high * high, 0)
    put((-2.0 * high) * low, 1)
    put(-low * low, 2)
    rest = total - 1.0 + (lost[0] + lost[1] + lost[2])
    found = inside.div(root + inside.div(rest, 2.0 * root), scale)
    good = inside.and_(inside.ge(large, LEAST), inside.le(large, MOST))
    lanes.declared |= inside.declared
    return HYPOT.format(
        lines="\n".join(inside.lines), good=good.text, found=found.text, python=_address("hypot", 2)
    )


HYPOT = """
define internal double @cg_hypot(double %x, double %y) nounwind willreturn memory(none) {{
{lines}
  br i1 {good}, label %plain, label %odd, !prof !0
plain:
  ret double {found}
odd:
  %far = call double {python}(double %x, double %y) #0
  ret double %far
}}
"""
