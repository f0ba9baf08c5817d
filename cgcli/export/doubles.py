"""What some functions are in doubles, and not in numbers of more digits: for languages that do not have them.

A&S is Abramowitz & Stegun, Handbook of Mathematical Functions.
"""

from __future__ import annotations

DOUBLES = {
    # reflection, recurrence, asymptotic series: A&S 6.3.7, 6.3.5 and 6.3.18
    "digamma": "z = if x < 0 then 1 - x else x; far = if z < 10 then z + 10 else z; s = 1/(far*far); "
    "near = 1/z + 1/(z + 1) + 1/(z + 2) + 1/(z + 3) + 1/(z + 4) + 1/(z + 5) + 1/(z + 6) + 1/(z + 7) "
    "+ 1/(z + 8) + 1/(z + 9); series = log(far) - 0.5/far "
    "- s*(1/12 - s*(1/120 - s*(1/252 - s*(1/240 - s*(1/132 - s*(691/32760 - s/12)))))); "
    "value = if z < 10 then series - near else series; "
    "if x == 0 then copysign(inf, -x) else if x == -inf or x < 0 and x == floor(x) then nan "
    "else if x < 0 then value - pi/tan(pi*(x - round(x))) else value",
    # the recurrence and the asymptotic series of digamma, term by term
    "digammadiff": "z = x + y; small = min(x, z) < 10; u = if small then x + 10 else x; "
    "v = if small then z + 10 else z; step(k) = y/(z + k)/(x + k); p = 1/(v*v); q = 1/(u*u); "
    "near = step(0) + step(1) + step(2) + step(3) + step(4) + step(5) + step(6) + step(7) + step(8) "
    "+ step(9); a = -y/v/u*(1/u + 1/v); b = a*p + a*q; c = b*p + a*q*q; d = c*p + a*q*q*q; "
    "f = d*p + a*q*q*q*q; g = f*p + a*q*q*q*q*q; h = g*p + a*q*q*q*q*q*q; "
    "series = log1p(y/u) + 0.5*y/v/u - (a/12 - b/120 + c/252 - d/240 + f/132 - 691/32760*g + h/12); "
    "found = if small then near + series else series; "
    "if min(x, z) > 0 and max(x, z) < inf then found else digamma(z) - digamma(x)",
    # at a pole as SciPy: inf, or the limit where x + y is a pole too; large ones by their logarithms, whose
    # difference is that of Stirling's series
    "beta": "isp(t) = t <= 0 and t == floor(t); "
    "odd(t) = if t < 0 and floor(t) % 2 == 1 then -1 else 1; "
    "pole = if isp(x) then x else y; other = if isp(x) then y else x; at = isp(x) or isp(y); "
    "u = if at then 1 - pole - other else x; v = if at then other else y; "
    "w1 = u + v; small = min(u, v); large = max(u, v); r = 1/w1 - 1/large; "
    "stirling = (large - 0.5)*log1p(small/large) + small*(log(w1) - 1) + r/12 "
    "- (1/w1^3 - 1/large^3)/360 + (1/w1^5 - 1/large^5)/1260; "
    "mid = gamma(u)/gamma(w1)*gamma(v); one = odd(small)*exp(lgamma(small) - stirling); "
    "both = odd(u)*odd(v)*odd(w1)*exp(lgamma(u) + lgamma(v) - lgamma(w1)); "
    "size = max(abs(u), abs(v), abs(w1)); "
    "found = if size < 100 then mid else if small > -large/2 then one else both; "
    "value = if isp(w1) then 0 else if at and other % 2 == 1 then -found else found; rest = min(x, y); "
    "if x != x or y != y or rest == -inf then nan "
    "else if max(x, y) == inf then if rest > 0 then 0 else if rest < 0 then nan else copysign(inf, rest) "
    "else if at and (other <= 0 or other != floor(other) or 1 - pole <= other) "
    "then if pole == 0 then copysign(inf, pole) else inf else value",
}  # fmt: skip
