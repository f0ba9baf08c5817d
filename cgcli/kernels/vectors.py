"""Rows that are computed together, on processors that multiply and add at once.

The functions that programs have most are written into the loop: that takes half the time of calls, as sine
and cosine share their work, and nothing is saved around them. Where an operand is beyond a limit or nan, all
lanes are computed by the C library. Products of the chain rule are plain ones at first.
"""

from __future__ import annotations

from cgcli.annotations import Any, Callable, Sequence
from cgcli.kernels.lanes import NEAR, SMALL, Lane, Lanes

# Added to a number and taken away again, it leaves the nearest whole one, whose bits are the last ones.
ROUNDING = 1.5 * 2**52

# So many multiples of pi/2 are taken away with all digits that are needed, beside the last ones (`Lanes`).
FAR = 1e6

# Beyond, a power of e has another exponent than doubles have with all their bits.
LARGE = 708.0

# In two parts: pi/2 and the logarithm of 2.
QUARTER = 1.5707963267948966, 6.123233995736766e-17
OCTAVE = 0.6931471805599453, 2.3190468138462996e-17

# Polynomials of least error: (sin r/r - 1)/z and (cos r - 1 + z/2)/z^2 in z = r^2 to |r| = pi/4, and
# (e^r - 1 - r)/r^2 to |r| = log(2)/2.
SINE = [
    -0.16666666666666666, 0.008333333333330946, -0.0001984126983675497, 2.755731610068303e-06,
    -2.5051131455427946e-08, 1.591810123027412e-10,
]  # fmt: skip
COSINE = [
    0.041666666666666664, -0.0013888888888887395, 2.4801587298763433e-05, -2.7557317270560326e-07,
    2.0876146024689747e-09, -1.1382614868556325e-11,
]  # fmt: skip
POWER = [
    0.5, 0.1666666666666667, 0.04166666666666667, 0.008333333333326136, 0.0013888888888883748,
    0.00019841269874820627, 2.4801587325547743e-05, 2.7557255400206422e-06, 2.75572736431103e-07,
    2.5105217004720745e-08, 2.0914686968086876e-09,
]  # fmt: skip

# Of the normal distribution: the root of a half, in two parts, and 1/sqrt(2*pi).
ROOT, DENSITY = (0.7071067811865476, -4.833646656726457e-17), 0.3989422804014327


class Vectors(Lanes):
    """The same as `Lanes`, faster.

    careful     whether a product of the chain rule is more than a product, in which an exact 0 wins; where it
                is not, rows in which any is nan are doubtful
    """

    def __init__(self, width: int, careful: bool) -> None:
        super().__init__(width)
        self.careful = careful
        self._known: dict[str, Lane] = {}  # by the text of a line
        self._products: list[Lane] = []
        self.forms = {
            **self.forms,
            "exp": self._or_float("exp", lambda x: self._of("exponential", exponential, 1, x)[0]),
            "ndtr": self._or_float("ndtr", self._distribution),
            "norm_pdf": self._or_float("norm_pdf", self._density),
            "sigmoid": self._or_float("sigmoid", self._sigmoid),
        }

    def line(self, text: str, is_truth: bool = False) -> Lane:
        """The same line, where there is one."""
        if text not in self._known:
            self._known[text] = super().line(text, is_truth)
        return self._known[text]

    def chain(self, factor: Any, partial: Any) -> Any:
        if self.careful:
            return super().chain(factor, partial)
        for one in (factor, partial):
            if not isinstance(one, Lane):
                return super().chain(factor, partial)
        product: Lane = self.mul(factor, partial)
        self._products.append(product)
        return product

    def doubts(self) -> list[Lane]:
        """What tells rows whose results have to be computed another way."""
        pairs = zip(self._products[::2], [*self._products[1::2], *self._products[-1:]], strict=False)
        return [*self.doubtful, *(self._compared("uno", one, other) for one, other in pairs)]

    def _circular(self, name: str) -> Callable[..., Any]:
        if name == "tan":
            return super()._circular(name)

        def form(x: Any) -> Lane:
            *found, rest = self._of("circular", circular, 3, x)
            near = self._compared("olt", self.abs(rest), SMALL)
            self.doubtful.append(self._logical("and", near, self._compared("oge", self.abs(x), NEAR)))
            return found[name == "cos"]

        return self._or_float(name, form)

    def _of(self, name: str, text: Callable[[int, dict[str, str]], str], count: int, x: Any) -> list[Lane]:
        """What a function of those below returns, which is written beside the loop."""
        if name not in self.declared:
            self.declared[name] = text(self.width, self.declared)
        kinds = ", ".join([self.doubles] * count)
        both = self.line(f"call {{ {kinds} }} @{name}({self.doubles} {self.text(x)})").text
        return [self.line(f"extractvalue {{ {kinds} }} {both}, {place}") for place in range(count)]

    def _sigmoid(self, x: Any) -> Any:
        small = self.exp(self.neg(self.abs(x)))
        return self.div(self.where(self.lt(x, 0.0), small, 1.0), self.add(1.0, small))

    def _density(self, x: Any) -> Any:
        square = self.mul(x, x)
        lost = self.fma(x, x, self.neg(square))  # which an exponential would magnify
        found = self.mul(self.exp(self.mul(-0.5, square)), self.mul(DENSITY, self.fma(lost, -0.5, 1.0)))
        return self.where(self.gt(self.abs(x), 40.0), 0.0, found)

    def _distribution(self, x: Any) -> Any:
        """erfc(u)/2 at u = -x/sqrt(2), less the slope times what the rounding of u lost. Slope and value have
        a ratio of about u + sqrt(u^2 + 1.6) (A&S 7.1.13)."""
        u = self.mul(x, -ROOT[0])
        lost = self.fma(x, -ROOT[1], self.fma(x, -ROOT[0], self.neg(u)))
        ratio = self.add(u, self.sqrt(self.fma(u, u, 1.6)))
        found = self.mul(0.5, self.call(self._symbol("erfc", 1), u))
        better = self.fma(found, self.neg(self.mul(lost, ratio)), found)
        return self.where(self.lt(self.abs(x), 40.0), better, found)


def circular(width: int, declared: dict[str, str]) -> str:
    """Sine and cosine, and what was left of the operand: small beside a multiple of pi/2."""
    on = _Body(width)
    count, turns = on.rounded(on.mul(on.x, 2 / 3.141592653589793))
    rest = on.rest(on.x, count, QUARTER)
    square = on.mul(rest, rest)
    sine = on.fma(on.mul(rest, square), on.polynomial(SINE, square), rest)
    half = on.fma(square, -0.5, 1.0)
    cosine = on.fma(on.mul(square, square), on.polynomial(COSINE, square), half)
    odd = on.bits_line(f"and {on.whole} {turns}, {on.wholes(1)}")
    is_odd = on.line(f"icmp ne {on.whole} {odd}, {on.wholes(0)}", True)
    sign = on.bits_line(f"shl {on.whole} {turns}, {on.wholes(62)}")
    next_turn = on.bits_line(f"add {on.whole} {turns}, {on.wholes(1)}")
    next_sign = on.bits_line(f"shl {on.whole} {next_turn}, {on.wholes(62)}")
    found = [
        on.turned(on._select(is_odd, cosine, sine), sign),
        on.turned(on._select(is_odd, sine, cosine), next_sign),
        rest,
    ]
    far = _Body(width)
    ends = [far.call(far.symbol("sin"), far.x), far.call(far.symbol("cos"), far.x)]
    return on.function("circular", FAR, found, far, [*ends, far.mul(*ends)], declared)


def exponential(width: int, declared: dict[str, str]) -> str:
    """The power of e."""
    on = _Body(width)
    count, octaves = on.rounded(on.mul(on.x, 1.4426950408889634))
    rest = on.rest(on.x, count, OCTAVE)
    square = on.mul(rest, rest)
    part = on.add(1.0, on.fma(square, on.polynomial(POWER, rest), rest))
    exponent = on.bits_line(f"shl {on.whole} {octaves}, {on.wholes(52)}")
    whole = on.bits_line(f"bitcast {on.doubles} {part.text} to {on.whole}")
    scaled = on.bits_line(f"add {on.whole} {whole}, {exponent}")
    found = [on.line(f"bitcast {on.whole} {scaled} to {on.doubles}")]
    far = _Body(width)
    return on.function("exponential", LARGE, found, far, [far.call(far.symbol("exp"), far.x)], declared)


class _Body(Lanes):
    """Lines of a function of one operand."""

    def __init__(self, width: int) -> None:
        super().__init__(width)
        self.whole, self.x = f"<{width} x i64>", Lane(self, "%x")

    def symbol(self, name: str) -> str:
        return self._symbol(name, 1)

    def wholes(self, number: int) -> str:
        return f"splat (i64 {number})"

    def bits_line(self, text: str) -> str:
        """A line whose result is whole numbers."""
        return str(self.line(text).text)

    def rounded(self, x: Any) -> tuple[Lane, str]:
        """The nearest whole numbers, and their last bits."""
        moved = self.add(x, ROUNDING)
        return self.sub(moved, ROUNDING), self.bits_line(
            f"bitcast {self.doubles} {moved.text} to {self.whole}"
        )

    def rest(self, x: Any, count: Lane, parts: Sequence[float]) -> Any:
        """x without so many times what comes in parts."""
        for part in parts:
            x = self.fma(count, -part, x)
        return x

    def polynomial(self, factors: Sequence[float], x: Any) -> Any:
        """By Estrin's scheme: two terms at a time, whose sums wait for nothing."""
        terms: list[Any] = list(factors)
        while len(terms) > 1:
            pairs = [self.fma(x, terms[i + 1], terms[i]) for i in range(0, len(terms) - 1, 2)]
            terms = pairs + terms[len(pairs) * 2 :]
            x = self.mul(x, x)
        return terms[0]

    def turned(self, x: Lane, sign: str) -> Lane:
        """With another sign where the first of these bits says so."""
        first = self.bits_line(f"and {self.whole} {sign}, {self.wholes(-(2**63))}")
        own = self.bits_line(f"bitcast {self.doubles} {x.text} to {self.whole}")
        found = self.bits_line(f"xor {self.whole} {own}, {first}")
        return self.line(f"bitcast {self.whole} {found} to {self.doubles}")

    def function(
        self,
        name: str,
        limit: float,
        found: list[Any],
        far: _Body,
        ends: list[Any],
        declared: dict[str, str],
    ) -> str:
        """The text: the near lines, or where any operand is not below the limit the far ones."""
        kinds = ", ".join([self.doubles] * len(found))
        size = f"@llvm.fabs.v{self.width}f64"
        any_lane = f"@llvm.vector.reduce.or.v{self.width}i1"
        joined, last = [], "undef"
        for place, (one, other) in enumerate(zip(found, ends, strict=True)):
            joined.append(f"  %r{place} = phi {self.doubles} [ {one.text}, %near ], [ {_far(other)}, %far ]")
        for place in range(len(found)):
            joined.append(
                f"  %s{place} = insertvalue {{ {kinds} }} {last}, {self.doubles} %r{place}, {place}"
            )
            last = f"%s{place}"
        declared |= self.declared | far.declared
        declared[size[1:]] = f"declare {self.doubles} {size}({self.doubles})"
        declared[any_lane[1:]] = f"declare i1 {any_lane}({self.truths})"
        return "\n".join(
            [
                f"define internal {{ {kinds} }} @{name}({self.doubles} %x) alwaysinline nounwind {{",
                f"  %size = call {self.doubles} {size}({self.doubles} %x)",
                f"  %large = fcmp uge {self.doubles} %size, {self.literal(limit)}",
                f"  %any = call i1 {any_lane}({self.truths} %large)",
                "  br i1 %any, label %far, label %near",
                "near:",
                *self.lines,
                "  br label %done",
                "far:",
                *(line.replace("%v", "%w") for line in far.lines),
                "  br label %done",
                "done:",
                *joined,
                f"  ret {{ {kinds} }} {last}",
                "}",
            ]
        )


def _far(value: Lane) -> str:
    return value.text.replace("%v", "%w")
