"""The functions that languages have for operations: their names, by the target and the operation."""

from __future__ import annotations


def _called(pattern: str, names: str, **others: str) -> dict[str, str]:
    """Functions that are called like the operations, and others."""
    return {name: pattern.format(name) for name in names.split()} | others


# Of <math.h>, and of NumPy.
COMMON = (
    "floor ceil trunc copysign sqrt cbrt hypot exp exp2 expm1 log log2 log10 log1p sin cos tan asin acos "
    "atan atan2 sinh cosh tanh asinh acosh atanh"
)

# Of LaTeX's, those whose argument has no brackets where it is a symbol and nothing follows: \\sin x.
PREFIXES = _called(
    r"\{}", "sin cos tan sec csc cot coth sinh cosh tanh",
    log=r"\ln", log2=r"\log_{2}", log10=r"\log_{10}", asin=r"\arcsin", acos=r"\arccos", atan=r"\arctan",
)  # fmt: skip

FUNCTIONS: dict[str, dict[str, str]] = {
    "c": _called("{}", f"{COMMON} erf erfc lgamma", abs="fabs", round="rint", gamma="tgamma"),
    "python": _called(
        "math.{}", "copysign cbrt hypot atan atan2 tanh asinh erf erfc",
        abs="abs", deg2rad="math.radians", rad2deg="math.degrees",
    ),
    "numpy": _called("np.{}", f"{COMMON} abs heaviside square deg2rad rad2deg logaddexp", round="np.rint")
    | _called("scipy.special.{}", "erf erfc erfinv erfcx xlogy", sigmoid="scipy.special.expit"),
    "sql": _called(
        "{}", "abs floor ceil trunc cbrt exp atan atan2 sinh cosh tanh asinh",
        deg2rad="radians", rad2deg="degrees",
    ),
    "latex": _called(r"\{}", "min max det", sigmoid=r"\sigma", ndtr=r"\Phi", norm_pdf=r"\varphi")
    | {"gamma": r"\Gamma", "digamma": r"\psi", "beta": r"\mathrm{B}"},
    "onnx": {
        "abs": "Abs", "floor": "Floor", "ceil": "Ceil", "round": "Round", "exp": "Exp", "log": "Log",
        "sqrt": "Sqrt", "sin": "Sin", "cos": "Cos", "neg": "Neg", "add": "Add", "sub": "Sub", "mul": "Mul",
        "div": "Div", "pow": "Pow", "lt": "Less", "le": "LessOrEqual", "gt": "Greater",
        "ge": "GreaterOrEqual", "eq": "Equal", "and_": "And", "or_": "Or", "not_": "Not",
    },
}  # fmt: skip

# Of `math`, which raise where cg gives inf or nan: names, where they may be called, and what it is elsewhere.
GUARDED = """
sqrt           | x >= 0                         | math.nan
exp expm1      | not x > 709.782712893384       | math.inf
exp2           | not x >= 1024                  | math.inf
log log2 log10 | x > 0                          | -math.inf if x == 0 else math.nan
log1p          | x > -1                         | -math.inf if x == -1 else math.nan
sin cos tan    | math.isfinite(x)               | math.nan
asin acos      | -1 <= x <= 1                   | math.nan
sinh           | not abs(x) > 710.4758600739439 | math.copysign(math.inf, x)
cosh           | not abs(x) > 710.4758600739439 | math.inf
acosh          | x >= 1                         | math.nan
atanh          | -1 < x < 1                     | math.copysign(math.inf, x) if abs(x) == 1 else math.nan
"""


def guarded() -> dict[str, str]:
    """Functions in Python that give what cg gives, by their names."""
    found = {}
    for line in GUARDED.strip().splitlines():
        names, domain, outside = (part.strip() for part in line.split("|"))
        for name in names.split():
            body = f"return math.{name}(x) if {domain} else {outside}"
            found[f"_{name}"] = f"def _{name}(x):\n    {body}"
    for name in ("floor", "ceil", "trunc"):
        body = f"return math.copysign(math.{name}(x), x) if math.isfinite(x) else x"
        found[f"_{name}"] = f"def _{name}(x):\n    {body}"
    return found
