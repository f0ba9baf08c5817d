"""The patterns of the table of rules, read and ready to be matched."""

from __future__ import annotations

from functools import cache

from cgcli.annotations import Any, Mapping
from cgcli.ops import CONSTANT, INPUT, OPS, Op
from cgcli.rewrite.factors import ADD, NEG
from cgcli.rewrite.rules import OF_OPERATION, OF_TERM, PATTERNS, Rule


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
    addends     the kinds of the operands of sums in patterns
    squared     the functions that are squared in patterns
    quotients   by what is divided by, the name of what is divided, or none, and the pattern
    fitting     the patterns that could fit, by operation and kinds of operands, once anybody asked
    """

    def __init__(self, labels: frozenset[str], collects: bool) -> None:
        self.labels, self.collects = labels, collects
        self.by_root: dict[str, list[Pattern]] = {}
        self.numbers: set[str] = set()
        self.quotients: dict[str, list[tuple[str, Pattern]]] = {}
        self.fitting: dict[tuple[Any, ...], list[Pattern]] = {}
        rules = [rule for rule in PATTERNS if rule.label in labels]
        for pattern in map(Pattern, rules, _sides([rule.before for rule in rules])):
            self.by_root.setdefault(pattern.before.op.name, []).append(pattern)
            self.numbers.update(pattern.kinds)
        powers = self.by_root.get("pow", ())
        self.squared = {kind for pattern in powers for kind in pattern.kinds if kind in OPS}
        sums = [one.kinds for one in self.by_root.get("add", []) + self.by_root.get("sub", [])]
        for pattern in self.by_root.get("div", ()):
            above, below = (one.op for one in pattern.before.args)
            if below not in (INPUT, CONSTANT, NEG):
                name = "total" if below is ADD else below.name
                sums.append([_kind(one) for one in pattern.before.args[1].args if below is ADD])
                self.quotients.setdefault(name, []).append(("" if above is INPUT else above.name, pattern))
        self.addends = {kind for kinds in sums for kind in kinds if kind in OPS}
        self.functions: dict[str, list[Rule]] = {}
        for functions in (OF_TERM, OF_OPERATION) if collects else (OF_OPERATION,):
            for name, rules in functions.items():
                self.functions.setdefault(name, []).extend(rule for rule in rules if rule.label in labels)


@cache
def table(labels: frozenset[str], collects: bool) -> Table:
    return Table(labels, collects)
