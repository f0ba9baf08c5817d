"""The shortest digits of a double that read back, in LLVM's language.

By Schubfach (R. Giulietti, The Schubfach way to render doubles, 2021), with its names: of the decimals
between the middles to the two neighbouring doubles the shortest, and of these the nearest.
"""

from __future__ import annotations

# The exponents that powers of ten are asked for.
LEAST, MOST = -292, 324


def digits_of_doubles() -> str:
    """The function `digits`: of the exponent and the fraction of a finite double that is not 0, whole digits
    and their exponent."""
    powers = ", ".join(map(_power, range(LEAST, MOST + 1)))
    return f"@powers = internal constant [{MOST - LEAST + 1} x i128] [{powers}]\n{ODD}{DIGITS}"


def _power(exponent: int) -> str:
    """The 128 leading bits of a power of ten, rounded up."""
    shift = 127 - (exponent * 1741647 >> 19)
    if exponent >= 0:
        found = -(-(10**exponent << shift) // 1) if shift >= 0 else -(-(10**exponent) >> -shift)
    else:
        found = -(-(1 << shift) // 10**-exponent)
    return f"i128 {found}"


# A product with the leading bits of a power, rounded to odd.
ODD = """
define internal i64 @odd(i128 %g, i64 %c) alwaysinline nounwind {
  %wide = zext i64 %c to i128
  %low = and i128 %g, 18446744073709551615
  %high = lshr i128 %g, 64
  %x = mul nuw i128 %low, %wide
  %carried = lshr i128 %x, 64
  %z = mul nuw i128 %high, %wide
  %y = add nuw i128 %z, %carried
  %top = lshr i128 %y, 64
  %y1 = trunc i128 %top to i64
  %y0 = trunc i128 %y to i64
  %inexact = icmp ugt i64 %y0, 1
  %bit = zext i1 %inexact to i64
  %found = or i64 %y1, %bit
  ret i64 %found
}
"""

DIGITS = f"""
define internal {{ i64, i64 }} @digits(i64 %exponent, i64 %fraction) alwaysinline nounwind {{
  %normal = icmp ne i64 %exponent, 0
  %hidden = or i64 %fraction, {1 << 52}
  %c = select i1 %normal, i64 %hidden, i64 %fraction
  %shifted = add i64 %exponent, -1075
  %q = select i1 %normal, i64 %shifted, i64 -1074
  %first = icmp eq i64 %fraction, 0
  %not_least = icmp ugt i64 %exponent, 1
  %closer = and i1 %first, %not_least
  %near = zext i1 %closer to i64
  %odd = and i64 %c, 1
  %cb = shl i64 %c, 2
  %cb_less = add i64 %cb, -2
  %cbl = add i64 %cb_less, %near
  %cbr = add i64 %cb, 2
  %q_log = mul i64 %q, 1262611
  %less = select i1 %closer, i64 524031, i64 0
  %k_log = sub i64 %q_log, %less
  %k = ashr i64 %k_log, 22
  %minus_k = sub i64 0, %k
  %k_bits = mul i64 %minus_k, 1741647
  %bits = ashr i64 %k_bits, 19
  %h_less = add i64 %q, %bits
  %h = add i64 %h_less, 1
  %place = add i64 %minus_k, {-LEAST}
  %at = getelementptr [{MOST - LEAST + 1} x i128], ptr @powers, i64 0, i64 %place
  %g = load i128, ptr %at, align 16
  %left = shl i64 %cbl, %h
  %middle = shl i64 %cb, %h
  %right = shl i64 %cbr, %h
  %vbl = call i64 @odd(i128 %g, i64 %left)
  %vb = call i64 @odd(i128 %g, i64 %middle)
  %vbr = call i64 @odd(i128 %g, i64 %right)
  %lower = add i64 %vbl, %odd
  %upper = sub i64 %vbr, %odd
  %s = lshr i64 %vb, 2
  %s_short = udiv i64 %s, 10
  %short4 = mul i64 %s_short, 40
  %next_short4 = add i64 %short4, 40
  %down_fits = icmp ule i64 %lower, %short4
  %up_fits = icmp ule i64 %next_short4, %upper
  %one_fits = xor i1 %down_fits, %up_fits
  %long = icmp uge i64 %s, 10
  %is_short = and i1 %long, %one_fits
  %s4 = shl i64 %s, 2
  %next4 = add i64 %s4, 4
  %low_fits = icmp ule i64 %lower, %s4
  %high_fits = icmp ule i64 %next4, %upper
  %either = xor i1 %low_fits, %high_fits
  %half = add i64 %s4, 2
  %above = icmp ugt i64 %vb, %half
  %tie = icmp eq i64 %vb, %half
  %last = trunc i64 %s to i1
  %tie_up = and i1 %tie, %last
  %nearest = or i1 %above, %tie_up
  %up = select i1 %either, i1 %high_fits, i1 %nearest
  %more_short = zext i1 %up_fits to i64
  %more = zext i1 %up to i64
  %d_short = add i64 %s_short, %more_short
  %d_long = add i64 %s, %more
  %d = select i1 %is_short, i64 %d_short, i64 %d_long
  %k_next = add i64 %k, 1
  %e = select i1 %is_short, i64 %k_next, i64 %k
  %one = insertvalue {{ i64, i64 }} undef, i64 %d, 0
  %two = insertvalue {{ i64, i64 }} %one, i64 %e, 1
  ret {{ i64, i64 }} %two
}}
"""
