"""Small functions in C99 that an exported one may need: what <math.h> does not have.

They are doubles throughout: where cg carries more digits, these may be off by a few units in the
last place, and by more next to a zero of the function. They say what `cgcli.export.python_helpers`
says in Python.
"""

from __future__ import annotations

import re

_TEXT = """
/* with the sign of the divisor */
static double cg_mod(double x, double y)
{
    double r = fmod(x, y);
    if (r == 0.0)
        return copysign(0.0, y);
    return (r < 0.0) != (y < 0.0) ? r + y : r;
}

static double cg_floordiv(double x, double y)
{
    double r = fmod(x, y), q, whole;
    if (y == 0.0)
        return x/y;
    q = (x - r)/y;
    if (r != 0.0 && (r < 0.0) != (y < 0.0))
        q -= 1.0;
    if (q == 0.0)
        return copysign(0.0, x/y);
    whole = floor(q);
    return q - whole > 0.5 ? whole + 1.0 : whole;
}

static int cg_pole(double x) { return x <= 0.0 && x == floor(x); }

/* n! zeta(n + 1, x) for x > 0: the first terms, then Euler and Maclaurin's formula */
static double cg_zeta(double n, double x)
{
    static const double b[] = {1.0/12.0, -1.0/720.0, 1.0/30240.0, -1.0/1209600.0, 1.0/47900160.0};
    double s = n + 1.0, start = x, root = pow(x, -0.5*n), total = 0.0, rising, tail;
    int k;
    for (; x < 10.0 + s; x += 1.0)
        total += pow(start/x, s);
    rising = s/x;
    tail = x/n + 0.5;
    for (k = 0; k < 5; k++) {
        tail += rising*b[k];
        rising *= (s + 2.0*k + 1.0)*(s + 2.0*k + 2.0)/(x*x);
    }
    total += pow(start/x, s)*tail;
    /* in steps that stay within range where the result does */
    return n < 20.0 ? total/start*tgamma(s)*root*root : total*exp(lgamma(s) - s*log(start));
}

/* (-1)^(n + 1) n! zeta(n + 1, x); below 0 by the recurrence, or from the whole lattice */
static double cg_polygamma(double n, double x)
{
    double sign = fmod(n, 2.0) == 0.0 ? -1.0 : 1.0, near = 0.0, part;
    if (n == 0.0)
        return cg_digamma(x);
    if (!(n > 0.0 && n < 1e6) || n != floor(n) || isnan(x) || x == -INFINITY)
        return NAN;
    if (x == INFINITY)
        return sign*0.0;
    if (cg_pole(x))
        return sign > 0.0 ? INFINITY : x == 0.0 ? copysign(INFINITY, -x) : NAN;
    if (x > 0.0)
        return sign*cg_zeta(n, x);
    if (x > -20.0 && n < 20.0) {
        for (; x < 0.0; x += 1.0)
            near += pow(x, -n - 1.0);
        return sign*(tgamma(n + 1.0)*near + cg_zeta(n, x > 0.0 ? x : 1.0));
    }
    part = x - floor(x);
    return sign*(cg_zeta(n, part) + sign*(cg_zeta(n, 1.0 - part) - cg_zeta(n, 1.0 - x)));
}

static double cg_gamma_sign(double x)
{
    return x < 0.0 && fmod(floor(x), 2.0) != 0.0 ? -1.0 : 1.0;
}

/* lgamma(x + y) - lgamma(x) for large x and x + y: the difference of Stirling's series */
static double cg_lgamma_step(double x, double y)
{
    double z = x + y, p = 1.0/x, q = 1.0/z, rest;
    rest = (q - p)/12.0 - (q*q*q - p*p*p)/360.0 + (pow(q, 5.0) - pow(p, 5.0))/1260.0;
    return (x - 0.5)*log1p(y/x) + y*(log(z) - 1.0) + rest;
}

/* gamma(x + 1)/(gamma(y + 1)*gamma(x - y + 1)); whole numbers by the product */
static double cg_binomial(double x, double y)
{
    double total = 1.0, k;
    if (!isfinite(x) || !isfinite(y) || (x < 0.0 && x == floor(x)))
        return NAN;
    if (y == floor(y) && (y < 0.0 || (x == floor(x) && y > x)))
        return 0.0;
    if (y == floor(y) && x == floor(x))
        y = fmin(y, x - y);
    if (y == floor(y) && y < 1000.0) {
        for (k = 1.0; k <= y; k += 1.0)
            total = total*(x - y + k)/k;
        return total;
    }
    if (x - y < 0.0 && x - y == floor(x - y))
        return 0.0;
    if (fmax(fmax(fabs(x), fabs(y)), fabs(x - y)) < 100.0)
        return tgamma(x + 1.0)/tgamma(y + 1.0)/tgamma(x - y + 1.0);
    if (fabs(y) < x/2.0)
        return cg_gamma_sign(y + 1.0)*exp(cg_lgamma_step(x - y + 1.0, y) - lgamma(y + 1.0));
    return cg_gamma_sign(x + 1.0)*cg_gamma_sign(y + 1.0)*cg_gamma_sign(x - y + 1.0)
        *exp(lgamma(x + 1.0) - lgamma(y + 1.0) - lgamma(x - y + 1.0));
}
"""

C_HELPERS = {
    re.findall(r"^static \w+ (\w+)", text, re.M)[0]: text
    for text in re.split(r"\n\n(?=static|/\*)", _TEXT.strip())
}
