"""How things are written elsewhere (in other languages, in spreadsheets, on paper), and how they are here."""

from __future__ import annotations

import re

from cgcli.annotations import Container

# Functions. A name in capitals is looked for in small letters, too.
FUNCTIONS = {
    "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arctan2": "atan2", "arcsinh": "asinh",
    "arccosh": "acosh", "arctanh": "atanh", "ctg": "cot", "tg": "tan", "cosec": "csc",
    "fabs": "abs", "ceiling": "ceil", "int": "trunc", "fix": "trunc", "sgn": "sign",
    "lg": "log10", "lb": "log2", "ld": "log2", "loge": "log", "power": "x^y", "pow": "x^y",
    "fmod": "mod", "rem": "mod", "fact": "factorial", "choose": "binomial", "comb": "binomial",
    "nCr": "binomial", "nchoosek": "binomial", "tgamma": "gamma", "psi": "digamma", "gammaln": "lgamma",
    "expit": "sigmoid", "logistic": "sigmoid", "swish": "silu", "ifelse": "where", "iif": "where",
    "maximum": "max", "minimum": "min", "pmax": "max", "pmin": "min", "clamp": "clip", "radians": "deg2rad",
    "degrees": "rad2deg", "sqr": "square", "average": "mean", "avg": "mean", "product": "prod",
    "concatenate": "concat", "identity": "eye", "length": "size", "len": "size", "tr": "trace",
    "slogdet": "logdet", "inverse": "inv",
    "numel": "size", "variance": "var", "stddev": "std", "stdev": "std", "sd": "std", "stdevp": "std",
    "lse": "logsumexp", "ravel": "reshape", "amax": "max", "amin": "min", "chol": "cholesky",
    "percentile": "quantile", "rand": "uniform", "random": "uniform", "randn": "normal",
    "runif": "uniform", "rnorm": "normal", "expmat": "expm", "sorted": "sort", "covariance": "cov",
    "reversed": "flip", "rev": "flip", "push": "append",
    "arange": "range", "seq": "range", "derivative": "diff", "derive": "diff", "deriv": "diff",
    "gradient": "grad", "nabla": "grad", "fsolve": "zero", "fzero": "zero", "uniroot": "zero",
    "find_root": "zero", "findroot": "zero", "nsolve": "zero", "fmin": "minimizer", "minimize": "minimizer",
    "pnorm": "norm_cdf",
    "heavyside": "heaviside", "nthroot": "root", "sumproduct": "dot", "crossprod": "dot", "mmult": "x @ y",
    "mtimes": "x @ y", "matmul": "x @ y", "minverse": "inv", "mdeterm": "det", "linsolve": "solve",
    "sumsq": "sum(x^2)", "sind": "sin(deg2rad(x))", "cosd": "cos(deg2rad(x))", "tand": "tan(deg2rad(x))",
    "count": "size", "step": "heaviside", "sat": "clip",
    "array": "[1, 2]", "vector": "[1, 2]", "matrix": "[[1, 2], [3, 4]]",
}  # fmt: skip

# Functions of one letter, where they have several arguments: with one, a product may be meant.
LETTERS = {"c": "[1, 2, 3]", "C": "binomial(5, 2)", "D": "diff(f, x)"}

# Functions that are not there, and what there is.
WITHOUT = {
    **dict.fromkeys(
        ("integrate", "integral", "quad", "trapz", "Integrate", "quadgk"),
        "there are no integrals; a sum over many points comes near one: sum(h*f(x) for x in points)",
    ),
    **dict.fromkeys(("limit", "lim"), "there are no limits; `cg eval` tells the value at a point near by"),
    **dict.fromkeys(("simplify", "expand", "factor"), "`cg diff` and `cg plan` simplify by themselves"),
    **dict.fromkeys(
        ("plot", "Plot", "graph", "draw"), "`cg graph` draws an expression, `cg fit --plot` data"
    ),
    **dict.fromkeys(("complex", "conj", "imag", "real"), "numbers are real: there are no complex ones"),
    **dict.fromkeys(
        ("lu", "qr", "LU", "QR", "schur", "lstsq", "pinv"),
        "factors of a matrix are cholesky(A), for A that is symmetric; solve(A, b) and inv(A) need none",
    ),
    **dict.fromkeys(("svd", "SVD"), "did you mean `svdvals`? There are no singular vectors"),
    **dict.fromkeys(
        ("eig", "eigh", "eigvals", "eigs", "eigvec", "eigenvectors"),
        "did you mean `eigvalsh`? It has the eigenvalues of symmetric matrices",
    ),
    "roots": "all roots in a range: cg solve 'x^2 - 3*x + 2' --between x=-10:10 --all",
    "qnorm": "of the normal distribution it is sqrt(2)*erfinv(2*p - 1)",
    **dict.fromkeys(("cor", "corr", "corrcoef", "CORREL"), "C = cov([x, y]); C[0, 1]/sqrt(C[0, 0]*C[1, 1])"),
    **dict.fromkeys(("polyval", "polyfit"), "a polynomial is written out: a + b*x + c*x^2"),
    **dict.fromkeys(("coalesce", "ifnull", "nvl", "fillna"), "where(x == x, x, 0): nan equals nothing"),
    **dict.fromkeys(("isnan", "isna"), "what is nan equals nothing: x != x"),
    "pop": "the last item is xs[-1], those before it are xs[:-1]",
    **dict.fromkeys(
        ("enumerate", "zip"), "a loop goes over places: for i in range(len(xs)) { ... xs[i] ... }"
    ),
    **dict.fromkeys(("map", "filter"), "as in [x^2 for x in xs if x > 0]"),
    "any": "conditions are 1 or 0: max(x > 0 for x in xs)",
    "all": "conditions are 1 or 0: min(x > 0 for x in xs)",
}

# Functions that mean something a little different here.
REST = "`mod` has the sign of the divisor; with that of x it is x - y*trunc(x/y)"
WITHOUT |= {
    **dict.fromkeys(
        ("STDEV", "stdev", "stddev", "sd"), "did you mean `std`? Of a sample it is std(x, ddof=1)"
    ),
    **dict.fromkeys(("VAR", "variance"), "did you mean `var`? Of a sample it is var(x, ddof=1)"),
    **dict.fromkeys(("fmod", "FMOD", "rem", "irem"), REST),
    "remainder": "did you mean `mod`? The nearest one is x - y*round(x/y)",
    "INT": "rounded down it is floor(x), towards 0 trunc(x)",
    "LOG": "of base 10 it is log10(x), of base e log(x)",
    "SQR": "the root is sqrt(x), the square x^2",
    "ATAN2": "the angle of the point x, y is atan2(y, x)",
    **dict.fromkeys(
        ("percentile", "PERCENTILE"), "did you mean `quantile`? It takes shares: 0.5 for 50 percent"
    ),
    **dict.fromkeys(("frac", "fract"), "what is behind the point is x - trunc(x)"),
    **dict.fromkeys(
        ("quot", "quotient", "QUOTIENT", "div", "idiv"), "x // y rounds down, trunc(x/y) towards 0"
    ),
}

# Functions of fewer arguments than elsewhere.
FEWER = {
    "round": "two decimals are round(100*x)/100, and `--digits N` rounds what is printed",
    "atan": "of two numbers it is atan2(y, x)",
    "sqrt": "other roots are root(x, n)",
}

# Names of constants and of truth, and names that are none.
NAMES = {
    "ℯ": "e", "true": "1", "True": "1", "TRUE": "1", "false": "0", "False": "0", "FALSE": "0",
    "Infinity": "inf", "infinity": "inf", "INF": "inf", "oo": "inf", "infty": "inf",
    "NA": "nan", "None": "nan", "null": "nan", "NULL": "nan",
}  # fmt: skip
DEGREES = "degrees become radians by a function: deg2rad(30)"
DERIVATIVE = "a derivative is written diff(x^2, x)"
TOLD = {
    **dict.fromkeys(("deg", "degree", "degrees"), DEGREES),
    **dict.fromkeys(("ans", "Ans", "ANS"), "answers are not kept; `x = 1 + 2; 3*x` names one"),
    "end": "the last element is x[-1]",
    "E": "give it one: E=VALUE; Euler's number is `e`",
    **dict.fromkeys(("help", "quit", "exit"), "`cg --help` tells of the commands; each one ends by itself"),
}

# A function and its argument in one word.
GLUED = re.compile(r"(a?(?:sin|cos|tan)h?|sqrt|log10|log2|log|ln|exp)(\d+[a-zπ]?|[a-zπ])")

# What modules of other languages are called, by which functions and constants are called there.
MODULES = ("np", "numpy", "math", "cmath", "jnp", "torch", "scipy", "tf", "sp", "Math")

# Operators.
OPERATORS = {
    "===": "==", "!==": "!=", "<>": "!=", "=>": ">=", "=<": "<=", ":=": "=", "&&": "and", "||": "or",
    "->": "", "|>": "f(x)", "<=>": "", "=~": "", "<<": "", ">>": "",
}  # fmt: skip
ARROW = "a function has a name: f(x) = x^2"

# Words between two operands.
BETWEEN = {
    **dict.fromkeys(("mod", "MOD", "rem"), "%"), **dict.fromkeys(("div", "DIV", "quo"), "//"),
    "plus": "+", "minus": "-", "times": "*", "over": "/", "is": "==", "eq": "==", "equals": "==", "ne": "!=",
    "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "AND": "and", "OR": "or", "xor": "!=", "XOR": "!=",
    "pow": "^", "dot": "@", "matmul": "@", "choose": "binomial(x, y)",
}  # fmt: skip

# Words that begin a statement, and those that give a name its value behind an expression.
WORDS = {
    **dict.fromkeys(("let", "var", "const", "set", "float", "int"), "a name is given by `x = ...` alone"),
    **dict.fromkeys(("def", "fn", "fun", "func", "function"), "a function is defined by `f(x) = ...` alone"),
    **dict.fromkeys(("print", "echo", "show"), "an expression alone is an output"),
    **dict.fromkeys(
        ("import", "from", "using", "include"), "nothing is imported: `cg ops` lists the functions"
    ),
    "lambda": ARROW,
    **dict.fromkeys(("loop", "forever"), "as in `while 1 { ... }`, which `break` ends"),
    "do": "a loop is left anywhere: `while 1 { ... if x > 3 { break } }`",
    "until": "as in `while not (x > 3) { ... }`",
    "unless": "as in `if not (x > 3) { ... }`",
    "repeat": "as in `for i in 1..3 { ... }`",
    "foreach": "as in `for x in xs { ... }`",
    **dict.fromkeys(
        ("switch", "match", "case", "select"), "as in `if x == 1 { ... } else if x == 2 { ... }`"
    ),
    "try": "an error ends the program; `if` asks before: `if x > 0 { ... }`",
}
CHAINED = "comparisons chain: 1 <= x <= 3"
GIVEN = ("where", "at", "given", "with", "when", "using")
AFTER = "values stand after the program: cg eval 'x^2' x=3"

# Characters, and pieces of what is written here.
CHARACTERS = {
    "–": "-", "—": "-", "⋅": "*", "∙": "*", "•": "*", "⊙": "*", "∕": "/", "⁄": "/", "⊗": "kron(x, y)",
    "∧": "and", "∨": "or", "¬": "not",
    "（": "(", "）": ")", "，": ",", "＝": "=", "＋": "+", "：": ":", "；": ";", "∗": "*",
    "&": "and", "|": "or` or `abs(x)", "~": "not", "{": "(", "}": ")", "?": "if ... then ... else ...",
    "°": "*pi/180", "∑": "sum(...)", "∏": "prod(...)", "←": "=", "≡": "==", "≔": "=",
    "∂": "diff(f, x)", "∇": "grad(f, x)", "‖": "norm(x)", "⌊": "floor(x)", "⌈": "ceil(x)",
    "ⁿ": "^n", "⁻": "^-", "ᵀ": ".T", "⊤": ".T", "′": "diff(f, x)", "∛": "cbrt(x)", "‰": "/1000",
    **dict.fromkeys("“”„", '"'), **dict.fromkeys("‘’", "'"),
    **{lowered: f"_{digit}" for digit, lowered in enumerate("₀₁₂₃₄₅₆₇₈₉")},
}  # fmt: skip
REMARKS = {
    "∫": WITHOUT["integral"],
    "±": "each sign is an output of its own: x + y; x - y",
    "→": ARROW,
    "↦": ARROW,
    "∈": "bounds are comparisons, as in 0 < x < 1",
    **{
        sign: f"as a factor write `({part})*`, behind a number `+ {part}`"
        for sign, part in {"½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4"}.items()
    },
    **dict.fromkeys("$€£¥", "names and amounts stand without it"),
    "≈": "how near is a comparison: abs(x - y) < 1e-9",
}

# Words of LaTeX that are not names here.
LATEX = {
    "frac": "(a)/(b)", "dfrac": "(a)/(b)", "tfrac": "(a)/(b)", "cdot": "*", "times": "*", "ast": "*",
    "div": "/", "left": "(", "right": ")", "infty": "inf", "le": "<=", "leq": "<=", "ge": ">=", "geq": ">=",
    "ne": "!=", "neq": "!=", "sqrt": "sqrt(x)", "sum": "sum(...)", "prod": "prod(...)",
    "partial": "diff(f, x)", "nabla": "grad(f, x)", "arcsin": "asin", "arccos": "acos", "arctan": "atan",
    "lvert": "abs(x)",
}  # fmt: skip


def function(name: str) -> str | None:
    """How a function of this name is written here, if it has another name."""
    return FUNCTIONS.get(name) or (FUNCTIONS.get(name.lower()) if name.isupper() else None)


def backslash(text: str, divides: bool) -> str:
    """A hint at what a text that begins with a backslash is here: a word of LaTeX, or a division that it
    `divides`, as in `A\\b`."""
    word = re.match(r"\\([A-Za-z]{1,20})", text)
    if word is None or (divides and len(word[1]) < 2):
        return "what solves A @ x = b is solve(A, b)"
    if word[1] in ("int", "lim"):
        return WITHOUT["integral" if word[1] == "int" else "limit"]
    return f"write `{LATEX.get(word[1], word[1])}`"


# Whether a text ends inside of a subscript.
INSIDE = re.compile(r"[\w)\]]\[[^\[\]]*\Z").search


def told_of_name(name: str, before: str, after: str, functions: Container[str]) -> str | None:
    """A hint at what is meant by a name that has no value, by the text on both sides of it."""
    is_module = name in MODULES
    if (
        after.startswith(".newaxis")
        if is_module
        else name == "newaxis" or (name == "None" and INSIDE(before))
    ):
        return "an axis of size 1 is added by its shape: reshape(x, [3, 1])"
    if is_module:
        return "constants and functions stand by themselves: `pi`, `sin(x)`"
    if name in NAMES:
        return f"did you mean `{NAMES[name]}`?"
    if name in TOLD:
        return TOLD[name]
    if re.match(r"\s*<-\s", after):
        return f"`<-` is read as `< -`: a value is given by {name} = ..."
    if after.startswith("["):
        meant = name if name in functions else name.lower()
        meant = (
            meant if meant in functions else LETTERS.get(name, "").partition("(")[0] or function(meant) or ""
        )
        return meant and f"a function is called with round brackets: {meant}(...)"
    if name in ("i", "j") and re.search(r"[\d.]\Z", before):
        return WITHOUT["complex"]
    if is_derivative(name, before) or (re.match(r"/d\w", after) and re.match(r"d\w*\Z", name)):
        return DERIVATIVE
    return _apart(name)


def _apart(name: str) -> str | None:
    """A hint at a name that is two: a function and its argument, or a product with pi."""
    if found := GLUED.fullmatch(name):
        meant = f"a function has brackets: {found[1]}({found[2]})"
    elif name.isalpha() and len(name) > 1 and "π" in (name[0], name[-1]):
        meant = f"a product has its sign: {name.replace('π', '*π*').strip('*')}"
    else:
        return None
    return f"give it one: {name}=VALUE; {meant}"


def is_derivative(name: str, before: str) -> bool:
    """Whether a name is the end of a d/dx."""
    return len(name) > 1 and name.startswith("d") and re.search(r"(?<!\w)d\w?\s*/\s*\Z", before) is not None


def told_of_function(name: str, count: int, before: str) -> str | None:
    """A hint at what is meant by a function that is not there."""
    from cgcli.ops import CONSTANTS

    meant = function(name)
    if name in WITHOUT:
        return WITHOUT[name]
    if name.lower() in CONSTANTS and count == 0:
        return f"it is a constant, and has no brackets: {name.lower()}"
    if name in LETTERS and count > 1:
        return f"did you mean `{LETTERS[name]}`?"
    if name == "IF":
        return "did you mean `where`?"
    if is_derivative(name, before):
        return DERIVATIVE
    return f"did you mean `{meant}`?" if meant else None
