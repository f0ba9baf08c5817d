"""Where the left side of a pattern of the table stands in terms, and what is made in its place."""

from __future__ import annotations

from functools import cache

from cgcli.annotations import Any, Mapping
from cgcli.ops import CONSTANT, INPUT, OPS, Op
from cgcli.rewrite.algebra import scaled
from cgcli.rewrite.factors import ADD, DIV, MUL, NEG, POW, SQRT, SUB, TOTAL, Product
from cgcli.rewrite.rules import OF_OPERATION, OF_TERM, PATTERNS, Rule
from cgcli.rewrite.terms import Terms

COMMUTATIVE = {"add", "mul", "eq", "ne", "and_", "or_", "min", "max"}

# The number of axes of what a letter stands for, where that matters.
RANKS = {"v": 1, "b": 1, "A": 2, "B": 2}


class Step:
    """An operation that is still to be made, on terms and on other steps; in a side of a pattern also a
    letter or a constant, with the name that it has."""

    __slots__ = ("args", "attributes", "name", "op")

    def __init__(self, op: Op, args: tuple[Any, ...], attributes: Any, name: str | None = None) -> None:
        self.op, self.args, self.attributes, self.name = op, args, attributes, name


def step(name: str, *args: Any, **attributes: Any) -> Step:
    return Step(OPS[name], args, attributes)


def ordered(root: Any) -> list[Step]:
    """The steps that lead to a value, operands first."""
    found, stack = [], [root]
    while stack:
        one = stack.pop()
        if one.__class__ is Step:
            found.append(one)
            stack.extend(one.args)
    return found[::-1]


class Pattern:
    """A rule ready to be matched.

    before      the operation at the root of what is replaced
    kinds       those of its operands that are no letters
    """

    __slots__ = ("_after", "_twice", "before", "kinds", "rule")

    def __init__(self, rule: Rule, before: Step) -> None:
        self.rule, self.before = rule, before
        below = self.before.args
        self.kinds = [_kind(one) for one in below if one.op is not INPUT]
        self._twice = len(set(below)) < len(below)
        self._after: list[Step] = []

    def after(self, constant: Any, bound: Mapping[str, Any]) -> tuple[list[Step], dict[Step, Any]]:
        """How to make the other side: its operations in order, the last of which is the whole, and what
        the letters and constants in it are."""
        if not self._after:
            self._after = list(dict.fromkeys(ordered(*_sides([self.rule.after]))))
        made, left = {}, []
        for one in self._after:
            if one.op is INPUT:
                made[one] = bound[one.attributes]
            elif one.op is CONSTANT:
                made[one] = constant(one.attributes)
            else:
                left.append(one)
        return left or [self._after[-1]], made

    def could_fit(self, kinds: tuple[str, ...], twice: bool) -> bool:
        """Whether the operands of an operation, of these kinds, could be those of the pattern; `twice`
        says that one of them occurs twice."""
        left = list(kinds)
        for wanted in self.kinds:
            if wanted not in left:
                return False
            left.remove(wanted)
        return twice or not self._twice


def _sides(texts: list[str]) -> list[Step]:
    """Sides of rules, read as one program."""
    from cgcli.language.lowering import lower
    from cgcli.language.parser import parse
    from cgcli.source import Source

    program = lower(
        parse(Source(("<rules>", "\n".join(f"side{i} = {text}" for i, text in enumerate(texts)))))
    )
    graph = program.graph
    steps: list[Step] = []
    for op, below, node in zip(graph.ops, graph.args, range(len(graph))):
        args = tuple([steps[arg] for arg in below])
        if op is NEG and args[0].op is CONSTANT:  # `-1` is read as an operation on 1, and meant as a number
            steps.append(Step(CONSTANT, (), -args[0].attributes))
        else:
            steps.append(Step(op, args, graph.attrs.get(node, {}), graph.names.get(node)))
    return [steps[program.names[f"side{i}"]] for i in range(len(texts))]


def _kind(one: Step) -> str:
    """The operation of a side; of a constant, its digits."""
    return float(one.attributes).hex() if one.op is CONSTANT else one.op.name


class Table:
    """The rules with some labels, ready to be applied.

    labels      of the rules;  collects  whether sums and products are those of the algebra of terms
    by_root     the patterns by the operation at the root of what they replace
    functions   the rules that are functions, by the operation
    numbers     the constants among the operands in patterns, which each are a kind of its own
    addends     the kinds of the operands of patterns that are sums
    quotients   by what is divided by, the name of what is divided, or none, and the pattern
    """

    def __init__(self, labels: frozenset[str], collects: bool) -> None:
        self.labels, self.collects = labels, collects
        self.by_root: dict[str, list[Pattern]] = {}
        self.numbers: set[str] = set()
        self.quotients: dict[str, list[tuple[str, Pattern]]] = {}
        self.addends: set[str] = set()
        self._fitting: dict[tuple[Any, ...], list[Pattern]] = {}
        rules = [rule for rule in PATTERNS if rule.label in labels]
        for pattern in map(Pattern, rules, _sides([rule.before for rule in rules])):
            self.by_root.setdefault(pattern.before.op.name, []).append(pattern)
            self.numbers.update(pattern.kinds)
        for pattern in self.by_root.get("div", ()):
            above, below = (one.op for one in pattern.before.args)
            if below not in (INPUT, CONSTANT, NEG):
                name = "total" if below is ADD else below.name
                self.quotients.setdefault(name, []).append(("" if above is INPUT else above.name, pattern))
        for pattern in self.by_root.get("add", []) + self.by_root.get("sub", []):
            self.addends.update(kind for kind in pattern.kinds if kind in OPS)
        self.functions: dict[str, list[Rule]] = {}
        for functions in (OF_TERM, OF_OPERATION) if collects else (OF_OPERATION,):
            for name, rules in functions.items():
                self.functions.setdefault(name, []).extend(rule for rule in rules if rule.label in labels)

    def candidates(self, terms: Terms, name: str, args: tuple[Product, ...]) -> list[Pattern]:
        """The patterns that could fit operands of these kinds; found once for every combination."""
        kinds = tuple([arg.kind or self._kind_of(terms, arg) for arg in args])
        twice = args[0] is args[-1] if len(args) == 2 else len(set(args)) < len(args)
        found = self._fitting.get((name, kinds, twice))
        if found is None:
            found = [pattern for pattern in self.by_root[name] if pattern.could_fit(kinds, twice)]
            self._fitting[name, kinds, twice] = found
        return found

    def could_add(self, terms: Terms, x: Product, y: Product) -> bool:
        """Whether the sum of two terms, or their difference, could be that of a pattern."""
        return any((one.kind or self._kind_of(terms, one)) in self.addends for one in (x, y))

    def _kind_of(self, terms: Terms, x: Product) -> str:
        """The name of the operation that `look` finds; of a number that a pattern has, its digits."""
        factor, of = x.factor, x
        if factor is not None and factor.inside is not None:
            of, factor = factor.inside, None
        exponents = of.powers.values()
        if factor is not None and factor.op is TOTAL:
            one, parts = terms.one, factor.parts
            c = parts[one] if one in parts else next(reversed(parts.values()))
            is_less = c < 0 or (len(parts) == 2 and one in parts and min(parts.values()) < 0)
            x.kind = "sub" if is_less else "add"
        elif factor is not None and factor.op is not CONSTANT:
            x.kind = factor.op.name
        elif factor is not None or not exponents:
            digits = float(of.number if factor is None else factor.attributes).hex()
            x.kind = digits if digits in self.numbers else CONSTANT.name
        elif of.number < 0:
            x.kind = "neg"
        elif min(exponents) < 0:
            x.kind = "div"
        elif of.number != 1 or len(exponents) > 1:
            x.kind = "mul"
        else:
            x.kind = "sqrt" if 0.5 in exponents else "pow"
        return x.kind


@cache
def table(labels: frozenset[str], collects: bool) -> Table:
    return Table(labels, collects)


def look(terms: Terms, x: Product) -> tuple[Op, tuple[Product, ...], Any]:
    """A term as an operation on others, of several factors, or terms, the last against the rest; and its
    attributes."""
    if x.look is None:
        x.look = _look(terms, x)
    return x.look


def _look(terms: Terms, x: Product) -> tuple[Op, tuple[Product, ...], Any]:
    factor = x.factor
    if factor is not None and factor.inside is not None:
        x, factor = factor.inside, None
    number, powers = x.number, x.powers
    if factor is not None:
        if factor.op is not TOTAL:
            return factor.op, factor.args, factor.attributes
        one, parts = terms.one, factor.parts
        last, c = (one, parts[one]) if one in parts else next(reversed(parts.items()))
        rest = terms.sum({part: number for part, number in parts.items() if part is not last})
        end = terms.product(abs(c), last.powers)
        if c > 0:
            is_less = last is one and rest.number < 0
            return (SUB, (end, scaled(terms, rest, -1.0)), {}) if is_less else (ADD, (rest, end), {})
        return SUB, (rest, end), {}
    if not powers:
        return CONSTANT, (), number
    if number < 0:
        return NEG, (terms.product(-number, powers),), {}
    below = {one: -e for one, e in powers.items() if e < 0}
    if below:
        above = {one: e for one, e in powers.items() if e > 0}
        return DIV, (terms.product(number, above), terms.product(1.0, below)), {}
    if number != 1:
        return MUL, (terms.number(number), terms.product(1.0, powers)), {}
    (power, e), *others = reversed(powers.items())
    if others:
        return MUL, (terms.product(1.0, dict(reversed(others))), terms.of(power, e)), {}
    return (SQRT, (terms.of(power),), {}) if e == 0.5 else (POW, (terms.of(power), terms.number(e)), {})


def match(terms: Terms, pattern: Pattern, op: Op, args: tuple[Product, ...]) -> dict[str, Product] | None:
    """What the letters of a pattern stand for in an operation on terms, or None.

    Operands of a commutative operation are tried both ways."""
    states: list[tuple[list[tuple[Step, Product]], dict[str, Product]]] = []
    wanted = pattern.before.args
    for order in reversed(_orders(op, args)):  # as it is written comes first
        if len(order) == len(wanted):
            states.append((list(zip(wanted, order)), {}))
    while states:
        todo, bound = states.pop()
        while todo:
            one, x = todo.pop()
            if one.op is INPUT:
                if bound.setdefault(one.attributes, x) is not x:
                    break
                continue
            op, operands, attributes = x.look or look(terms, x)
            if op is not one.op:
                break
            if op is CONSTANT:
                if (x.factor.name if x.factor is not None else None) != one.name:
                    break
                if float(attributes).hex() != float(one.attributes).hex():
                    break
                continue
            if attributes or len(operands) != len(one.args):
                break
            first, *others = _orders(op, operands)
            for other in others:
                states.append(([*todo, *zip(one.args, other)], dict(bound)))
            todo.extend(zip(one.args, first))
        else:
            if all(RANKS.get(letter) in (None, _rank(x)) for letter, x in bound.items()):
                return bound
    return None


def _orders(op: Op, args: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    return [args, args[::-1]] if len(args) == 2 and op.name in COMMUTATIVE else [args]


def _rank(x: Product) -> int:
    return -1 if x.shape is None else len(x.shape)
