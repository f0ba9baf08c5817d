"""Functions as they stand in textbooks: in the language of cg, where each variable is sampled.

What SymPy has no word for is written out for it in `FOR_SYMPY`.
"""

from __future__ import annotations

from typing import Any

# Where variables are drawn, if nothing else is said.
USUAL = (0.3, 1.8)

UNIT = (0.1, 0.9)
ABOVE_ONE = (1.2, 3.0)

# One variable, x.
ONE: list[tuple[str, tuple[float, float]]] = [
    # Polynomials
    ("x", USUAL),
    ("7", USUAL),
    ("3*x - 2", USUAL),
    ("x^2", USUAL),
    ("x^3 - 2*x + 5", USUAL),
    ("(x^2 + 1)^5", USUAL),
    ("(x - 1)*(x - 2)*(x - 3)", USUAL),
    ("4*x^7 - x^4/3 + x/2 - 1", USUAL),
    ("(5*x^4 - 30*x^2 + 3)/8", (-1.0, 1.0)),  # Legendre, nearly
    ("16*x^5 - 20*x^3 + 5*x", (-1.0, 1.0)),  # Chebyshev
    ("x^2*(1 - x)^3", USUAL),
    ("3*x^2 - 2*x^3", USUAL),  # smoothstep
    # Rational
    ("1/x", USUAL),
    ("1/x^2", USUAL),
    ("x/(1 + x^2)", USUAL),
    ("(x - 1)/(x + 1)", USUAL),
    ("(x^2 + 1)/(x^3 - 7)", USUAL),
    ("1/(1 + x^2)", USUAL),  # Runge; the witch of Agnesi
    ("1/(1 + 25*x^2)", USUAL),
    ("x^2/(0.7 + x)", USUAL),
    ("3*x/(0.5 + x)", USUAL),  # Michaelis and Menten
    ("x^4/(2^4 + x^4)", USUAL),  # Hill
    ("1/x^12 - 1/x^6", USUAL),  # Lennard-Jones
    ("4*0.5*((1.5/x)^12 - (1.5/x)^6)", USUAL),
    ("8*0.9/(3*x - 1) - 3/x^2", (0.6, 2.0)),  # van der Waals
    # Powers and roots
    ("sqrt(x)", USUAL),
    ("1/sqrt(x)", USUAL),
    ("x^(3/2)", USUAL),
    ("x^0.3", USUAL),
    ("x^0.25", USUAL),
    ("x^2.5*log(x)", USUAL),
    ("sqrt(x)/(1 + x^2)", USUAL),
    ("exp(-x^2)*cos(x)", USUAL),
    ("x/(1 + 1/x)", USUAL),
    ("x^-2.5", USUAL),
    ("cbrt(x)", USUAL),
    ("x^(1/3) + x^(2/3)", USUAL),
    ("sqrt(1 + x^2)", USUAL),
    ("sqrt(1 - x^2)", UNIT),
    ("1/sqrt(1 - x^2)", UNIT),  # Lorentz
    ("x*sqrt(x + 1)", USUAL),
    ("sqrt(x + sqrt(x))", USUAL),
    ("2^x", USUAL),
    ("x^x", USUAL),
    ("x^(1/x)", USUAL),
    ("x^sin(x)", USUAL),
    ("exp2(x)", USUAL),
    # Exponentials and logarithms
    ("exp(x)", USUAL),
    ("exp(-x)", USUAL),
    ("exp(2*x) - 3*exp(-x)", USUAL),
    ("x*exp(x)", USUAL),
    ("x^3*exp(-x)", USUAL),
    ("exp(x)/x", USUAL),
    ("exp(1/x)", USUAL),
    ("exp(exp(x))", (0.1, 1.0)),
    ("expm1(x)/x", USUAL),
    ("log(x)", USUAL),
    ("x*log(x)", USUAL),
    ("log(x)/x", USUAL),
    ("log(x)^2", USUAL),
    ("log(log(x))", ABOVE_ONE),
    ("log(1 + x^2)", USUAL),
    ("log1p(x)*x", USUAL),
    ("x*log2(x)", USUAL),
    ("log10(1 + x^2)", USUAL),
    ("log(x + sqrt(x^2 + 1))", USUAL),
    ("log((1 + x)/(1 - x))", UNIT),
    ("-x*log(x) - (1 - x)*log(1 - x)", UNIT),  # entropy
    ("log(x/(1 - x))", UNIT),
    # Trigonometric
    ("sin(x)", USUAL),
    ("cos(3*x)", USUAL),
    ("tan(x)", (0.1, 1.2)),
    ("sec(x) + csc(x)", (0.3, 1.2)),
    ("cot(x)", (0.3, 1.4)),
    ("x^2*sin(x)", USUAL),
    ("sin(x)/x", USUAL),
    ("sin(x)*cos(x)", USUAL),
    ("sin(x)^2", USUAL),
    ("sin(x)^2 + cos(x)^2", USUAL),
    ("sin(x^2)", USUAL),
    ("sin(1/x)", (0.5, 1.8)),
    ("cos(sin(x))", USUAL),
    ("(1 - cos(x))/x^2", USUAL),
    ("sin(2*pi*x)", USUAL),
    ("exp(-x)*sin(5*x)", USUAL),  # a damped oscillation
    ("log(cos(x))", UNIT),
    ("sinc(x)", USUAL),
    # Inverse
    ("asin(x)", UNIT),
    ("acos(x)", UNIT),
    ("atan(x)", USUAL),
    ("x*atan(x) - log(1 + x^2)/2", USUAL),
    ("asin(x/2)^2", USUAL),
    ("atan(sqrt(x))", USUAL),
    # Hyperbolic
    ("sinh(x)", USUAL),
    ("cosh(x)", USUAL),
    ("tanh(x)", USUAL),
    ("x*tanh(x)", USUAL),
    ("log(cosh(x))", USUAL),
    ("2*cosh(x/2)", USUAL),  # catenary
    ("1/cosh(x)^2", USUAL),  # soliton
    ("1/tanh(x) - 1/x", USUAL),  # Langevin
    ("asinh(x)", USUAL),
    ("acosh(x)", ABOVE_ONE),
    ("atanh(x)", UNIT),
    # Of statistics and physics
    ("exp(-x^2/2)/sqrt(2*pi)", USUAL),  # Gaussian
    ("erf(x)", USUAL),
    ("x*erfc(x)", USUAL),
    ("1/(1 + exp(-x))", USUAL),  # logistic
    ("sigmoid(2*x)", USUAL),
    ("softplus(x)", USUAL),
    ("x*sigmoid(x)", USUAL),
    ("log(1 + exp(x))", USUAL),
    ("gelu(x)", USUAL),
    ("logit(x)", UNIT),
    ("x^3/(exp(x) - 1)", USUAL),  # Planck
    ("x^2*exp(x)/(exp(x) - 1)^2", USUAL),  # Einstein
    ("(1 - exp(-(x - 1.2)))^2", USUAL),  # Morse
    ("exp(-x)/x", USUAL),  # Yukawa
    ("x^2*exp(-x^2)", USUAL),  # Maxwell and Boltzmann
    ("exp(-exp(-x))", USUAL),  # Gumbel
    ("0.5*x*exp(-log(x)^2)", USUAL),  # lognormal, nearly
    ("gamma(x)", USUAL),
    ("lgamma(x)", USUAL),
    ("x!", USUAL),
    ("digamma(x)*x", USUAL),
]

# Two variables, x and y.
TWO: list[tuple[str, tuple[float, float]]] = [
    ("x*y", USUAL),
    ("x^2*y^3 - x/y", USUAL),
    ("x^y", USUAL),
    ("exp(x*y)", USUAL),
    ("(1 - x)^2 + 100*(y - x^2)^2", USUAL),  # Rosenbrock
    ("hypot(x, y)", USUAL),
    ("sqrt(x^2 + y^2)", USUAL),
    ("atan2(y, x)", USUAL),
    ("log(x^2 + y^2)", USUAL),
    ("logaddexp(x, y)", USUAL),
    ("exp(-x^2/(4*y))/sqrt(4*pi*y)", USUAL),  # the heat kernel
    ("x*y/(x + y)", USUAL),
    ("x*log(x/y)", USUAL),
    ("sin(x)*cosh(y)", USUAL),
    ("xlogy(x, y)", USUAL),
    ("beta(x, y)", USUAL),
]


def for_sympy() -> dict[str, Any]:
    """The functions of cg that SymPy knows otherwise, or not at all."""
    import sympy as s

    return {
        "cbrt": lambda x: x ** s.Rational(1, 3),
        "exp2": lambda x: 2**x,
        "expm1": lambda x: s.exp(x) - 1,
        "log1p": lambda x: s.log(1 + x),
        "log2": lambda x: s.log(x) / s.log(2),
        "log10": lambda x: s.log(x) / s.log(10),
        "sinc": lambda x: s.sin(s.pi * x) / (s.pi * x),
        "sigmoid": lambda x: 1 / (1 + s.exp(-x)),
        "softplus": lambda x: s.log(1 + s.exp(x)),
        "gelu": lambda x: x * (1 + s.erf(x / s.sqrt(2))) / 2,
        "logit": lambda x: s.log(x / (1 - x)),
        "lgamma": s.loggamma,
        "hypot": lambda x, y: s.sqrt(x**2 + y**2),
        "logaddexp": lambda x, y: s.log(s.exp(x) + s.exp(y)),
        "xlogy": lambda x, y: x * s.log(y),
        "beta": lambda x, y: s.gamma(x) * s.gamma(y) / s.gamma(x + y),
    }
