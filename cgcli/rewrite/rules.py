"""The table of rewriting rules, and what holds of each.

A rule is a line: a name, what is replaced and what replaces it, both in the language of cg. Letters
stand for any value, but `v` and `b` for vectors, `A` and `B` for matrices; a letter that stands twice
stands for equal nodes.

    exact       the same value for every input, bit for bit: infinities, nan and signed zeros included
    rounding    equal up to rounding, wherever the left side is finite
    assuming    equal up to rounding where the condition holds
"""

from __future__ import annotations

from functools import cache

from cgcli.ops import CONSTANT, INPUT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cgcli.graph import Graph

EXACT, ROUNDING, ASSUMING = "exact", "rounding", "assuming"


class Rule:
    """A line of the table.

    name        what it is called
    label       `EXACT`, `ROUNDING` or `ASSUMING`
    before, after   the two sides as text
    condition   what is assumed
    built_in    whether it is a form of many terms, which the engine keeps, and the sides an example
    """

    __slots__ = ("after", "before", "built_in", "condition", "label", "name")

    def __init__(
        self, name: str, label: str, before: str, after: str, condition: str = "", built_in: bool = False
    ) -> None:
        self.name, self.label, self.before, self.after = name, label, before, after
        self.condition, self.built_in = condition, built_in


FOLD = Rule("fold constants", EXACT, "2*3", "6", built_in=True)
SHARE = Rule("share equal nodes", EXACT, "sin(x) + sin(x)", "v = sin(x); v + v", built_in=True)
PRUNE = Rule("prune", EXACT, "y = sin(x); x + 1", "x + 1", built_in=True)
TERMS = Rule("collect terms", ROUNDING, "x + 2*y + 3*x", "4*x + 2*y", built_in=True)
FACTOR = Rule(
    "common factor", ASSUMING, "x*sin(y) + z*sin(y)", "(x + z)*sin(y)", "no part of it overflows", True
)
POWERS = Rule("collect powers", ASSUMING, "x*y*x^2", "x^3*y", "no base is 0, nor below 0 under a root", True)
SIGNS = Rule("sizes and signs", ASSUMING, "sign(x)/abs(x)", "1/x", "x is not 0", True)
CIRCLE = Rule("Pythagoras", ROUNDING, "y*sin(x)^2 + y*cos(x)^2", "y", built_in=True)
COMPLEMENT = Rule(
    "complement", ROUNDING, "(1 - y)*sigmoid(x) - y*sigmoid(-x)", "sigmoid(x) - y", built_in=True
)
SMALL_DET = Rule("determinant of four", ROUNDING, "det([[x, y], [z, w]])", "x*w - y*z", built_in=True)
TRUE = Rule("true condition", EXACT, "1 and x > y", "x > y", built_in=True)
CANCEL = Rule("cancel a bracket", ASSUMING, "(x^2 - 1)/(x - 1)", "x + 1", "no denominator is 0", True)
CHOOSE = Rule("known condition", EXACT, "where(1, x, y)", "x", built_in=True)
ELEMENT = Rule("element of an array", EXACT, "[x, y][0]", "x", built_in=True)
IDENTITY = Rule("identity matrix", ASSUMING, "eye(2) @ [x, y]", "[x, y]", "elements are finite, not -0", True)
ROW = Rule("row times matrix", ROUNDING, "[x, y] @ A", "A.T @ [x, y]", built_in=True)
SCALE = Rule("factor out of a product", ROUNDING, "A @ (2*x)", "2*(A @ x)", built_in=True)
NOTHING = Rule("does nothing", EXACT, "[x, y].T", "[x, y]", built_in=True)
ONES = Rule("needless einsum", EXACT, 'einsum(",i->i", 1, [x, y])', "[x, y]", built_in=True)
STRETCH = Rule("needless stretching", EXACT, "broadcast(s, [2])*[x, y]", "s*[x, y]", built_in=True)

GUARD = Rule(
    "guard of a derivative",
    ASSUMING,
    "where(x == 0, 0, y/x)",
    "y/x",
    "x is not 0, or what its rule states",
    True,
)

BUILT_IN = [
    FOLD, SHARE, PRUNE, CHOOSE, ELEMENT, STRETCH, NOTHING, ONES, IDENTITY, TERMS, FACTOR, POWERS, SIGNS,
    SMALL_DET, TRUE, CIRCLE, COMPLEMENT, CANCEL, ROW, SCALE, GUARD,
]  # fmt: skip


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
    *_rules(
        ROUNDING,
        """
        stable log1p         | log(1 + x)              | log1p(x)
        stable expm1         | exp(x) - 1              | expm1(x)
        stable expm1         | 1 - exp(x)              | -expm1(x)
        stable softplus      | log1p(exp(x))           | softplus(x)
        stable sigmoid       | exp(x)/(1 + exp(x))     | sigmoid(x)
        stable sigmoid       | y/(1 + exp(x))          | y*sigmoid(-x)
        stable sigmoid       | 1 - sigmoid(x)          | sigmoid(-x)
        stable logaddexp     | log(exp(x) + exp(y))    | logaddexp(x, y)
        stable logsumexp     | log(sum(exp(v)))        | logsumexp(v)
        stable softmax       | exp(v)/sum(exp(v))      | softmax(v)
        stable logsumexp     | log(softmax(v))         | v - logsumexp(v)
        stable softplus      | log(sigmoid(x))         | -softplus(-x)
        stable hypot         | sqrt(x^2 + y^2)         | hypot(x, y)
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
        Pythagoras           | sin(x)^2 + cos(x)^2     | 1
        Pythagoras           | cosh(x)^2 - sinh(x)^2   | 1
        equal operands       | min(min(x, y), x) | min(x, y)
        equal operands       | max(max(x, y), x) | max(x, y)
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
        """,
    ),
]

RULES = [*BUILT_IN, *PATTERNS]


# The number of axes of what a letter stands for, where that matters.
RANKS = {"v": 1, "b": 1, "A": 2, "B": 2}


class Pattern:
    """A rule ready to be matched: its sides as graphs, whose inputs are the letters."""

    __slots__ = ("_replacement", "_twice", "before", "graph_before", "kinds", "rule")

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.graph_before, self.before = _side(rule.before)
        self._replacement: tuple[Graph, int] | None = None
        graph = self.graph_before
        below = graph.args[self.before]
        self.kinds = [kind(graph, node) for node in below if graph.ops[node] is not INPUT]
        self._twice = len(set(below)) < len(below)

    def replacement(self) -> tuple[Graph, int]:
        """The side that replaces the other, and its root."""
        if self._replacement is None:
            self._replacement = _side(self.rule.after)
        return self._replacement

    def could_fit(self, kinds: tuple[str, ...], twice: bool) -> bool:
        """Whether the operands of a node, of these kinds, could be those of the pattern; `twice` says
        that one of them occurs twice."""
        left = list(kinds)
        for wanted in self.kinds:
            if wanted not in left:
                return False
            left.remove(wanted)
        return twice or not self._twice


def _side(text: str) -> tuple[Graph, int]:
    """The graph of a side of a rule, and its root."""
    from cgcli.language.lowering import lower
    from cgcli.language.parser import parse
    from cgcli.source import Source

    program = lower(parse(Source(("<rule>", text))))
    _fold_signs(program.graph)
    return program.graph, program.outputs[0].node


def _fold_signs(graph: Graph) -> None:
    """`-1` is read as an operation on 1, and meant as a number."""
    for node, op in enumerate(graph.ops):
        if op.name == "neg" and graph.ops[graph.args[node][0]] is CONSTANT:
            graph.ops[node] = CONSTANT
            graph.attrs[node] = -graph.attrs[graph.args[node][0]]


def kind(graph: Graph, node: int) -> str:
    """The operation of a node; of a constant, its digits."""
    op = graph.ops[node]
    return float(graph.attrs[node]).hex() if op is CONSTANT else op.name


class Table:
    """The rules with some labels, ready to be matched.

    by_root     by the operation at the root of what they replace
    kinds       of the operands there: constants that are none of these are of one kind, `OTHER`
    """

    OTHER = "other"

    def __init__(self, labels: frozenset[str]) -> None:
        self.by_root: dict[str, list[Pattern]] = {}
        self.kinds: set[str] = set()
        for rule in PATTERNS:
            if rule.label in labels:
                pattern = Pattern(rule)
                root = pattern.graph_before.ops[pattern.before].name
                self.by_root.setdefault(root, []).append(pattern)
                self.kinds.update(pattern.kinds)

    def kind_of(self, graph: Graph, node: int) -> str:
        found = kind(graph, node)
        return found if found in self.kinds else self.OTHER


@cache
def patterns(labels: frozenset[str]) -> Table:
    return Table(labels)
