"""The table of rewriting rules, and what holds of each.

A rule is a row: a name, what is replaced and what replaces it, both in the language of cg. Letters
stand for any value, but `v` and `b` for vectors, `A` and `B` for matrices; a letter that stands twice
stands for equal nodes. A rule of many terms is a function with its row above it, where the sides are
an example.

    exact       the same value for every input, bit for bit: infinities, nan and signed zeros included
    rounding    equal up to rounding, wherever the left side is finite
    assuming    equal up to rounding where the condition holds
"""

from __future__ import annotations

from cgcli.annotations import Any, Callable
from cgcli.ops import OPS

EXACT, ROUNDING, ASSUMING = "exact", "rounding", "assuming"


class Rule:
    """A row of the table.

    name        what it is called
    label       `EXACT`, `ROUNDING` or `ASSUMING`
    before, after   the two sides as text
    condition   what is assumed
    function    what applies it to an operation or a factor, and is found by the name of that; None for
                a pattern, and for what is applied where it stands
    """

    __slots__ = ("after", "before", "condition", "function", "label", "name")

    def __init__(
        self,
        name: str,
        label: str,
        before: str,
        after: str,
        condition: str = "",
        function: Callable[..., Any] | None = None,
    ) -> None:
        self.name, self.label, self.before, self.after = name, label, before, after
        self.condition, self.function = condition, function


# Rules that are functions, or belong to an engine; and of the former those of an operation, by its
# name, on nodes and on terms or on terms alone, and those of a factor of a product.
BUILT_IN: list[Rule] = []
OF_OPERATION: dict[str, list[Rule]] = {}
OF_TERM: dict[str, list[Rule]] = {}
OF_FACTOR: dict[str, list[Rule]] = {}


def known(name: str, label: str, before: str, after: str, condition: str = "") -> Rule:
    """A rule that an engine applies wherever it makes a node or a term."""
    made = Rule(name, label, before, after, condition)
    BUILT_IN.append(made)
    return made


def rule(
    name: str,
    label: str,
    before: str,
    after: str,
    condition: str = "",
    operations: tuple[str, ...] = (),
    terms: tuple[str, ...] = (),
    factors: tuple[str, ...] = (),
) -> Callable[[Callable[..., Any]], Rule]:
    """Makes a rule of a function."""

    def made(function: Callable[..., Any]) -> Rule:
        found = known(name, label, before, after, condition)
        found.function = function
        for table, names in ((OF_OPERATION, operations), (OF_TERM, terms), (OF_FACTOR, factors)):
            for one in names:
                table.setdefault(one, []).append(found)
        return found

    return made


FOLD = known("fold constants", EXACT, "2*3", "6")
SHARE = known("share equal nodes", EXACT, "sin(x) + sin(x)", "v = sin(x); v + v")
PRUNE = known("prune", EXACT, "y = sin(x); x + 1", "x + 1")
CHOOSE = known("known condition", EXACT, "where(1, x, y)", "x")
STRETCH = known("needless stretching", EXACT, "broadcast(s, [2])*[x, y]", "s*[x, y]")
TRUE = known("true condition", EXACT, "1 and x > y", "x > y")
TERMS = known("collect terms", ROUNDING, "x + 2*y + 3*x", "4*x + 2*y")


def _rules(label: str, table: str) -> list[Rule]:
    rules = []
    for line in table.strip().splitlines():
        name, before, after, *condition = (part.strip() for part in line.split("|"))
        rules.append(Rule(name, label, before, after, condition[0] if condition else ""))
    return rules


PATTERNS = [
    *_rules(
        EXACT,
        """
        minus minus          | -(-x)             | x
        times one            | x*1               | x
        over one             | x/1               | x
        power one            | x^1               | x
        power zero           | x^0               | 1
        minus zero           | x - 0             | x
        plus a negative      | x + -y            | x - y
        minus a negative     | x - -y            | x + y
        minus minus          | -(-x*y)           | x*y
        times minus one      | x*-1              | -x
        over minus one       | x/-1              | -x
        signs cancel         | -x*-y             | x*y
        signs cancel         | -x/-y             | x/y
        doubled              | x + x             | 2*x
        even function        | abs(-x)           | abs(x)
        even function        | square(-x)        | square(x)
        even function        | cos(-x)           | cos(x)
        even function        | cosh(-x)          | cosh(x)
        odd function         | sin(-x)           | -sin(x)
        odd function         | tan(-x)           | -tan(x)
        odd function         | sinh(-x)          | -sinh(x)
        odd function         | tanh(-x)          | -tanh(x)
        odd function         | asin(-x)          | -asin(x)
        odd function         | atan(-x)          | -atan(x)
        odd function         | asinh(-x)         | -asinh(x)
        odd function         | atanh(-x)         | -atanh(x)
        odd function         | erf(-x)           | -erf(x)
        done twice           | abs(abs(x))       | abs(x)
        done twice           | floor(floor(x))   | floor(x)
        done twice           | ceil(ceil(x))     | ceil(x)
        done twice           | round(round(x))   | round(x)
        done twice           | trunc(trunc(x))   | trunc(x)
        done twice           | relu(relu(x))     | relu(x)
        equal branches       | where(c, x, x)    | x
        negated condition    | where(not c, x, y) | where(c, y, x)
        condition known      | where(c, where(c, x, y), z) | where(c, x, z)
        condition known      | where(c, x, where(c, y, z)) | where(c, x, z)
        same condition       | where(c, x, y) + where(c, z, w) | where(c, x + z, y + w)
        equal operands       | min(x, x)         | x
        equal operands       | max(x, x)         | x
        transposed twice     | A.T.T             | A
        transposed product   | outer(v, b).T     | outer(b, v)
        log of e             | log(e)            | 1
        false for sure       | 0 and x           | 0
        false for sure       | x and not x       | 0
        said already         | x and y and x     | x and y
        neither              | not x and not y   | not (x or y)
        true for sure        | 1 or x            | 1
        """,
    ),
    *_rules(  # before the rule that would take the quotient apart
        ASSUMING,
        """
        share a quotient     | x*-(z/y)                | -(x/y*z)     | x/y and z/y are finite
        """,
    ),
    *(
        Rule(f"stable {op.name}", ROUNDING, op.formula, f"{op.name}({', '.join('xy'[: op.arity])})")
        for op in OPS.values()
        if op.formula
    ),
    *_rules(
        ROUNDING,
        """
        stable expm1         | 1 - exp(x)              | -expm1(x)
        stable tanh          | expm1(x)/(1 + exp(x))   | tanh(x/2)
        stable sigmoid       | exp(x)/(1 + exp(x))     | sigmoid(x)
        stable sigmoid       | y/(1 + exp(x))          | y*sigmoid(-x)
        stable sigmoid       | 1 - sigmoid(x)          | sigmoid(-x)
        stable sigmoid       | exp(x)/(exp(x) + exp(y)) | sigmoid(x - y)
        stable sinh          | exp(x) - exp(-x)        | 2*sinh(x)
        stable tanh          | sinh(x)/(exp(x) + exp(-x)) | tanh(x)/2
        stable cosh          | exp(x)/(1 + exp(x)^2)   | 1/(2*cosh(x))
        stable logsumexp     | log(sum(exp(v)))        | logsumexp(v)
        stable softmax       | exp(v)/sum(exp(v))      | softmax(v)
        stable logsumexp     | log(softmax(v))         | v - logsumexp(v)
        stable softplus      | log(sigmoid(x))         | -softplus(-x)
        stable norm          | sqrt(sum(v^2))          | norm(v)
        stable logdet        | log(det(A))             | logdet(A)
        solve, not invert    | inv(A) @ b              | solve(A, b)
        square of a norm     | norm(v)^2               | sum(v^2)
        square of a norm     | norm(A)^2               | sum(A^2)
        root                 | x^0.5                   | sqrt(x)
        root of a square     | sqrt(x^2)               | abs(x)
        square               | square(x)               | x^2
        log of exp           | log(exp(x))             | x
        tangent              | sin(x)/cos(x)           | tan(x)
        tangent              | sinh(x)/cosh(x)         | tanh(x)
        equal operands       | min(min(x, y), x)       | min(x, y)
        equal operands       | max(max(x, y), x)       | max(x, y)
        tangent              | 1 + tan(x)^2            | 1/cos(x)^2
        tangent              | 1/cos(x)^2 - 1          | tan(x)^2
        tangent              | 1 - 1/cosh(x)^2         | tanh(x)^2
        Pythagoras           | sin(x)^2 + cos(x)^2     | 1
        Pythagoras           | cosh(x)^2 - sinh(x)^2   | 1
        Pythagoras           | 1 - sin(x)^2            | cos(x)^2
        Pythagoras           | 1 - cos(x)^2            | sin(x)^2
        Pythagoras           | 1 + sinh(x)^2           | cosh(x)^2
        Pythagoras           | cosh(x)^2 - 1           | sinh(x)^2
        other condition      | where(c, x, 0) + where(not c and z, y, 0) | where(c, x, where(z, y, 0))
        common matrix        | A @ v + B @ v           | (A + B) @ v
        square of hypot      | hypot(x, y)^2           | x^2 + y^2
        times an inverse     | x*(1/y)                 | x/y
        """,
    ),
    *_rules(
        ASSUMING,
        """
        plus zero            | x + 0                   | x            | x is not -0
        zero times           | 0*x                     | 0            | x is finite
        zero over            | 0/x                     | 0            | x is not 0 or nan
        minus itself         | x - x                   | 0            | x is finite
        over itself          | x/x                     | 1            | x is finite and not 0
        exp of log           | exp(log(x))             | x            | x > 0
        square of a root     | sqrt(x)^2               | x            | x >= 0
        base times a power   | x*x^(y - 1)             | x^y          | x > 0, finite
        clip to itself       | clip(x, y, x)           | x            | y is not nan
        clip to itself       | clip(x, y, y)           | y            | x is not nan
        clip to itself       | clip(x, x, y)           | min(x, y)    | y is not nan
        positive part        | relu(x) != 0            | x > 0        | x is not nan
        positive part        | max(x, 0) != 0          | x > 0        | x is not nan
        """,
    ),
]
