"""Functions that are written into a loop over rows, on processors that multiply and add at once.

Each takes its operands near enough to be computed by a polynomial; where any lane has one that is beyond a
limit or nan, all lanes are computed by the C library.
"""

from __future__ import annotations

from math import sqrt

from cgcli.annotations import Any, Callable, Sequence
from cgcli.kernels.lanes import Lane, Lanes

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

# (log((1 + s)/(1 - s))/s - 2)/z in z = s^2 to |s| = 1/3: for the logarithm of 1 + x at s = x/(2 + x), x from
# -1/2 to 1.
LOGARITHM = [
    0.6666666666666666, 0.39999999999999525, 0.285714285716001, 0.2222222219823677, 0.18181819897962714,
    0.1538454396486055, 0.13335178631449257, 0.11734279061303197, 0.10845178394880015, 0.07492143795550767,
    0.1563057780092285,
]  # fmt: skip
MIDDLE, HALF = 0.25, 0.7500000001

# Of the normal distribution: the root of a half, in two parts; 1/sqrt(2*pi); where its tail is nothing.
ROOT, DENSITY, NOTHING = (0.7071067811865476, -4.833646656726457e-17), 0.3989422804014327, 40.0

# Its tail at a over exp(-a^2/2), times 1 + SLOPE*a, less a half: in (a - 4)/(a + 4), a from 0 to 39 (after
# Shepherd and Laframboise, Math. Comp. 36, 1981, who have the variable and the factor).
TAIL, SLOPE = [
    0.06646384781181362, -0.0782799162710434, -0.013595270429284005, 0.05367730690137261,
    -0.04796349781169198, 0.02454314572012455, -0.006379863757451265, -0.0005167323354301843,
    0.0009154174467792432, -0.0001066490939188111, -0.00011697855683510184, 2.5404675448771194e-05,
    1.810943734807675e-05, -4.082918505645336e-06, -3.431405716586811e-06, 4.541841773847209e-07,
    7.133697572310825e-07, 1.4870623197643985e-08, -1.4092648340391667e-07, -2.7657735814593266e-08,
    2.1931551964002897e-08, 8.17229513456634e-09, -1.8574224895774589e-09, -9.950424916972905e-10,
], 1.25  # fmt: skip


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
    ends = [far.call_library(far.symbol("sin"), far.x), far.call_library(far.symbol("cos"), far.x)]
    return on.function("circular", FAR, found, far, [*ends, far.mul(*ends)], declared)


def exponential(width: int, declared: dict[str, str]) -> str:
    """The power of e."""
    on = _Body(width)
    found = [on.power(on.x)]
    far = _Body(width)
    return on.function(
        "exponential", LARGE, found, far, [far.call_library(far.symbol("exp"), far.x)], declared
    )


def logarithm(width: int, declared: dict[str, str]) -> str:
    """That of 1 + x."""
    on = _Body(width)
    part = on.div(on.x, on.add(2.0, on.x))
    square = on.mul(part, part)
    rest = on.fma(on.neg(square), on.polynomial(LOGARITHM, square), on.x)
    found = [on.fma(on.neg(part), rest, on.x)]
    far = _Body(width)
    ends = [far.call_library(far.symbol("log1p"), far.x)]
    return on.function("logarithm", HALF, found, far, ends, declared, MIDDLE)


def normal(width: int, declared: dict[str, str]) -> str:
    """The normal distribution and its density, which share an exponential."""
    on = _Body(width)
    size = on.abs(on.x)
    bell = on.bell(on.power)
    one = on.div(1.0, on.add(size, 4.0))
    part = on.mul(on.sub(size, 4.0), one)
    wrong = on.fma(on.neg(part), size, on.fma(on.add(part, 1.0), -4.0, size))
    part = on.fma(one, wrong, part)
    tail = on.mul(bell, on.div(on.add(on.polynomial(TAIL, part), 0.5), on.fma(size, SLOPE, 1.0)))
    found = [on.where(on.gt(on.x, 0.0), on.sub(1.0, tail), tail), on.mul(bell, DENSITY)]
    far = _Body(width)
    is_some = far.lt(far.abs(far.x), NOTHING)
    density = far.mul(far.bell(far.far_power), DENSITY)
    ends = [far.distribution(is_some), far.where(far.ge(far.abs(far.x), NOTHING), 0.0, density)]
    return on.function("normal", sqrt(2 * LARGE), found, far, ends, declared)


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

    def power(self, x: Any, less: Any = None) -> Lane:
        """The power of e: of x, or of x - less/2."""
        count, octaves = self.rounded(self.mul(x, 1.4426950408889634))
        rest = self.rest(x, count, OCTAVE)
        rest = rest if less is None else self.fma(less, -0.5, rest)
        square = self.mul(rest, rest)
        part = self.add(1.0, self.fma(square, self.polynomial(POWER, rest), rest))
        exponent = self.bits_line(f"shl {self.whole} {octaves}, {self.wholes(52)}")
        whole = self.bits_line(f"bitcast {self.doubles} {part.text} to {self.whole}")
        scaled = self.bits_line(f"add {self.whole} {whole}, {exponent}")
        return self.line(f"bitcast {self.whole} {scaled} to {self.doubles}")

    def bell(self, power: Callable[[Any, Any], Any]) -> Any:
        """exp(-x^2/2): a function of half the square, and of what the square has rounded off, which would be
        magnified."""
        square = self.mul(self.x, self.x)
        return power(self.mul(-0.5, square), self.fma(self.x, self.x, self.neg(square)))

    def far_power(self, x: Any, less: Any) -> Any:
        """The same power as `power` has, where that has none."""
        return self.mul(self.call_library(self.symbol("exp"), x), self.fma(less, -0.5, 1.0))

    def distribution(self, is_some: Any) -> Any:
        """The normal one: erfc(u)/2 at u = -x/sqrt(2), less the slope times what the rounding of u lost.
        Slope and value have a ratio of about u + sqrt(u^2 + 1.6) (A&S 7.1.13)."""
        u = self.mul(self.x, -ROOT[0])
        lost = self.fma(self.x, -ROOT[1], self.fma(self.x, -ROOT[0], self.neg(u)))
        ratio = self.add(u, self.sqrt(self.fma(u, u, 1.6)))
        found = self.mul(0.5, self.call_library(self.symbol("erfc"), u))
        return self.where(is_some, self.fma(found, self.neg(self.mul(lost, ratio)), found), found)

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
        middle: float = 0.0,
    ) -> str:
        """The text: the near lines, or where any operand is not nearer to the middle than the limit the far
        ones."""
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
                f"  %away = fsub {self.doubles} %x, {self.literal(middle)}",
                f"  %size = call {self.doubles} {size}({self.doubles} %away)",
                f"  %large = fcmp uge {self.doubles} %size, {self.literal(limit)}",
                f"  %any = call i1 {any_lane}({self.truths} %large)",
                "  br i1 %any, label %far, label %near, !prof !0",
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
