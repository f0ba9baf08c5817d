"""The pass that rewrites a graph: every node as a term, from the operands up, with the rules applied.

By the labels of its rules it is exact or fast. A pass that collects takes sums, products and powers into
the algebra of terms besides: of what somebody has written, like terms and powers are collected; what was
derived is also given the form that is the shortest.
"""

from __future__ import annotations

from cgcli.algebras.numbers import floats
from cgcli.annotations import Any, Mapping
from cgcli.errors import OperationError
from cgcli.graph import Graph
from cgcli.ops import CONSTANT, INPUT, OPS, ArrayOp, Leaf, Op
from cgcli.ops.constants import Written
from cgcli.ops.entry import AND, COMPARISON, NOT, OR
from cgcli.passes.shapes import result_shape
from cgcli.rewrite.algebra import masked
from cgcli.rewrite.arrays import known_array, log_of_element
from cgcli.rewrite.factors import Product
from cgcli.rewrite.forms import ARITHMETIC, FORMS, folded, unstretched
from cgcli.rewrite.match import candidates, match
from cgcli.rewrite.patterns import Step, ordered, table
from cgcli.rewrite.products import is_flat
from cgcli.rewrite.rules import (
    ASSUMING,
    BUILT_IN,
    CHOOSE,
    EXACT,
    FOLD,
    PATTERNS,
    PRUNE,
    ROUNDING,
    SHARE,
    TRUE,
    Rule,
)
from cgcli.rewrite.static import Static
from cgcli.rewrite.terms import Terms
from cgcli.rewrite.write import write

ALL = frozenset((EXACT, ROUNDING, ASSUMING))

# A rule may lead to another so many times; no chain of the table is longer than a few.
DEEPEST = 40

# What is 1 or 0, by how strongly it binds; and what chooses one of its operands.
TRUTHS = {AND, OR, NOT, COMPARISON}
CHOICES = {"where", "guard", "min", "max"}

# The whole table: the functions of all rooms, and the patterns.
RULES = [*BUILT_IN, *PATTERNS]


def _names(graph: Graph) -> dict[int, str]:
    """The names of nodes, and of constants that a rule writes, such as pi, unless the program calls something
    else so."""
    taken = {name for node, name in graph.names.items() if graph.ops[node] is not CONSTANT}
    written = {node: value.name for node, value in graph.attrs.items() if value.__class__ is Written}
    return {node: name for node, name in written.items() if name and name not in taken} | graph.names


class Rewriter:
    """A graph that is rewritten.

    source, given   the graph, and the values of some inputs
    terms           its terms, once it is run
    fired           the nodes of the graph that each rule was applied to; -1 for one left behind
    loose           how many products that had several uses have one left, in the end
    names           the names that nodes have
    """

    def __init__(
        self,
        source: Static,
        labels: set[str] | frozenset[str] = ALL,
        known: Mapping[str, Any] | None = None,
        collects: bool = False,
        careful: bool = False,
    ) -> None:
        self.source, self.given, self.careful = source, known or {}, careful
        self.table = table(frozenset(labels), collects)
        self.loose = 0
        self.names = _names(source.graph) if collects else source.graph.names

    def run(self) -> Static:
        """The graph as it is written of its terms."""
        source = self.source
        old, uses = source.graph, source.uses()
        operands = list(map(old.args.__getitem__, uses))
        self.terms = terms = Terms(self.table, old, self.careful)
        self.fired = terms.fired
        new: dict[int, Product] = {}
        for (node, used), below in zip(uses.items(), operands):
            op, name = old.ops[node], self.names.get(node)
            terms.here, terms.is_derived = node, terms.collects and node >= source.written
            if op is CONSTANT:
                value = old.attrs[node]
                new[node] = terms.number(value) if name is None else terms.constant(value, name)
            elif op is not INPUT:
                args = tuple([new[arg] for arg in below])
                found = make(terms, op, args, old.attrs.get(node))
                if terms.careful and terms.is_derived and (zero := terms.ranges.vanishing(node)) is not None:
                    found = nonzero(terms, new[zero], found)
                new[node] = self._called(found, name, used) if used > 1 or name is not None else found
            elif (called := old.attrs[node]) in self.given:
                new[node] = self._bound(called)
            else:
                new[node] = terms.input(called, source.shapes[node])
        if (left := len(old.ops) - len(uses)) > 0:
            self.fired.setdefault(PRUNE, []).extend([-1] * left)
        outputs = [(name, new[node]) for name, node in source.outputs]
        kept = [
            new[node] for node in source.kept if (one := new[node].factor) is not None and one.op is INPUT
        ]
        made, self.loose = write(terms, source, outputs, kept)
        return made

    def _called(self, x: Product, name: str | None, uses: int) -> Product:
        """What has a name, or several uses and is more than a number times a power, is an atom."""
        factor, is_named = x.factor, name is not None
        if not self.terms.collects:
            if factor is not None and factor.op.__class__ is not Leaf and factor.name is None:
                factor.call(name)
            return x
        if not is_named and factor is None and (len(x.powers) < 2 or all(f.is_fixed for f in x.powers)):
            return x
        shared = self.terms.shared(x, is_named)
        factor = shared.factor
        if factor is not None and factor.op is not INPUT and factor.op is not CONSTANT:
            factor.share = 1 / uses
            if factor.name is None:
                factor.call(name)
        return shared

    def _bound(self, name: str) -> Product:
        """The value of an input."""
        found = self._literal(self.given[name])
        if self.terms.collects and (factor := found.factor) is not None:
            factor.call(name)
        return found

    def _literal(self, value: Any) -> Product:
        """A number, or an array written out."""
        if value.__class__ is float:
            return self.terms.number(value)
        if not value.size:  # brackets cannot say of nothing which axes it has
            return self.terms.atom(OPS["zeros"], (), {"shape": value.shape})
        level = [self.terms.number(x) for x in value.ravel().tolist()]
        for axis in reversed(range(value.ndim)):
            size = value.shape[axis]
            rows = [tuple(level[i : i + size]) for i in range(0, len(level), size)]
            level = [self.terms.atom(OPS["array"], row) for row in rows]
        return level[0]


# One operation


def nonzero(terms: Terms, x: Product, y: Product) -> Product:
    """A term where another is not 0, as far as that can be so over a range; else an exact 0."""
    for factor in x.powers:
        if is_flat(one := terms.of(factor)):
            condition = make(terms, OPS["ne"], (one, terms.zero))
            y = masked(terms, condition, y) or y
    return y


def _known(terms: Terms, op: Op, args: tuple[Product, ...], attributes: Mapping[str, Any]) -> Any:
    """What an operation is as a term, by a rule that is a function, or by folding: a term, or a step."""
    for rule in terms.table.functions.get(op.name, ()):
        assert rule.function is not None
        found = rule.function(terms, op, args, attributes)
        if found is not None:
            terms.fire(rule)
            return found
    if terms.collects and op.name in ARITHMETIC:
        return _arithmetic(terms, op, args)
    form = FORMS.get(op.name) if terms.collects else None
    if form is not None and (found := form(terms, op, args, attributes)) is not None:
        return found
    if isinstance(op, ArrayOp):
        return known_array(terms, op, args, attributes)
    values = _values(args)
    if values is not None:
        return folded(terms, op, args, values)
    if len(args) > 1:
        found = _chosen(terms, op, args) if op.level in TRUTHS or op.name in CHOICES else None
        return unstretched(terms, op, args) if found is None else found
    return log_of_element(terms, args[0]) if op.name == "log" and ROUNDING in terms.table.labels else None


def _arithmetic(terms: Terms, op: Op, args: tuple[Product, ...]) -> Any:
    """A sum, a product or a power, in the shape that the operation has."""
    if all(not arg.powers for arg in args):
        return folded(terms, op, args, [arg.number for arg in args])
    shapes = [arg.shape for arg in args]
    has_arrays = any(shapes) or None in shapes
    if has_arrays and len(args) > 1 and (step := unstretched(terms, op, args)):
        return step
    found = ARITHMETIC[op.name](terms, *args)
    if found is None:
        return terms.atom(op, args)
    if has_arrays:
        shape = result_shape(op, shapes, {})
        if found.shape != shape:
            if shape is None or found.powers:
                return terms.atom(op, args)
            return terms.atom(OPS["broadcast"], (found,), {"shape": shape})
    return found


def _values(args: tuple[Product, ...]) -> list[Any] | None:
    """The operands as numbers, where none has a name or is anything else."""
    found: list[Any] = []
    for arg in args:
        if not arg.powers:
            found.append(arg.number)
        elif (one := arg.factor) is not None and one.op is CONSTANT and one.name is None:
            found.append(one.attributes)
        else:
            return None
    return found


def _chosen(terms: Terms, op: Op, args: tuple[Product, ...]) -> Any:
    """A comparison of constants, a condition that is known."""
    values = list(map(terms.value, args))
    if op.level == COMPARISON:
        known = [
            one.attributes if (one := arg.factor) is not None and one.op is CONSTANT else value
            for arg, value in zip(args, values)
        ]
        if None not in known:  # the answer has no digits to lose, whatever the names of the constants
            terms.fire(FOLD)
            return terms.number(getattr(floats, op.name)(*known))
    if op.name in ("where", "guard") and values[0] is not None and args[1].shape == args[2].shape:
        terms.fire(CHOOSE)
        return args[1] if values[0] else args[2]
    if op.name in ("min", "max") and len(set(args)) == 1 < len(args) - 1:
        return Step(op, args[:2], {})
    is_sure = args[0] is args[1] or (op.name == "and_" and values[0])
    if is_sure and op.name in ("and_", "or_") and _is_truth(args[1]):
        terms.fire(TRUE)
        return args[1]
    return None


def _is_truth(x: Product) -> bool:
    factor = x.factor
    return factor is not None and factor.op.level in TRUTHS


class _Frame:
    """An operation that a rule replaces, and what is made in its place.

    request     the operation
    rule        the rule, or None
    todo        what is to be made, the last first; the first of it is the whole
    made        what is made of steps
    """

    __slots__ = ("made", "request", "root", "rule", "todo")

    def __init__(self, request: tuple[Any, ...], rule: Rule | None, todo: list[Step], made: Any) -> None:
        self.request, self.rule, self.made = request, rule, made
        self.root = todo[-1]
        self.todo = [one for one in reversed(todo) if one not in made]

    def wanted(self) -> tuple[Any, ...]:
        """The operation to be made next."""
        one, made = self.todo[-1], self.made
        return one.op, tuple([made.get(x, x) for x in one.args]), one.attributes

    def result(self, terms: Terms) -> Any:
        """The term that the rule makes; None where that has another shape than the operation."""
        found, (op, args, attributes) = self.made[self.root], self.request
        if self.rule is not None:
            if found.shape != result_shape(op, [arg.shape for arg in args], attributes):
                return None
            terms.fire(self.rule)
        return found


def make(terms: Terms, op: Op, args: tuple[Product, ...], attributes: Any = None) -> Product:
    """The term of an operation, after every rule that fits; what a rule makes is rewritten in turn."""
    frames: list[_Frame] = []
    request: tuple[Any, ...] = (op, args, attributes or {})
    value: Product | None = None
    while True:
        try:
            value = _started(terms, request, frames)
        except OperationError:  # a letter stands for an array where a number was meant
            if not frames:
                raise
            request = frames.pop().request
            value = terms.atom(*request)
        while frames:
            frame = frames[-1]
            if value is not None:
                frame.made[frame.todo.pop()] = value
            if frame.todo:
                break
            frames.pop()
            value = frame.result(terms) or _atom(terms, frame.request, frames)
        if not frames:
            assert value is not None
            return value
        request = frames[-1].wanted()


def _started(terms: Terms, request: tuple[Any, ...], frames: list[_Frame]) -> Any:
    """The term that an operation is at once; None where a new frame says how to make it."""
    op, args, attributes = request
    found = _known(terms, op, args, attributes)
    if found.__class__ is Step:
        frames.append(_Frame(request, None, ordered(found), {}))
        return None
    if found is None and not attributes and op.name in terms.table.by_root and len(frames) < DEEPEST:
        for pattern in candidates(terms, op.name, args):
            bound = match(terms, pattern, op, args)
            if bound is not None:
                frames.append(_Frame(request, pattern.rule, *pattern.after(terms.number, bound)))
                return None
    return _atom(terms, request, frames) if found is None else found


def _atom(terms: Terms, request: tuple[Any, ...], frames: list[_Frame]) -> Product:
    """The operation as it is."""
    count = terms.count
    found = terms.atom(*request)
    if count == terms.count and not frames and not terms.collects:
        terms.fire(SHARE)
    return found
