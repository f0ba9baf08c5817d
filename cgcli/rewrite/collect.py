"""The forward pass over the algebra of terms: every node of a graph as a term, with the rules applied.

It is an engine of `rewrite.match` on terms. Of what somebody has written, like terms and powers are
collected; what was derived is also given the form that is the shortest.
"""

from __future__ import annotations

from cgcli.algebras.folding import is_irrational
from cgcli.algebras.numbers import floats
from cgcli.ops import CONSTANT, INPUT, OPS, ArrayOp, Op
from cgcli.ops.constants import Written, remembered
from cgcli.ops.entry import COMPARISON
from cgcli.passes.shapes import result_shape
from cgcli.rewrite.algebra import masked, negated, plain, power, scaled
from cgcli.rewrite.arrays import known_array, log_of_element
from cgcli.rewrite.guards import Ranges
from cgcli.rewrite.match import Step, by_function, make, step, table
from cgcli.rewrite.products import multiplied, settled
from cgcli.rewrite.rules import (
    ASSUMING,
    BUILT_IN,
    CHOOSE,
    FOLD,
    OF_TERM,
    PATTERNS,
    ROUNDING,
    STRETCH,
    TRUE,
    known,
    rule,
)
from cgcli.rewrite.static import Static
from cgcli.rewrite.sums import added
from cgcli.rewrite.terms import Product, Terms, shape_of
from cgcli.rewrite.view import ALL, View
from cgcli.rewrite.write import write
from cgcli.shapes import Named

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cgcli.shapes import Shape

ARITHMETIC = {"add", "sub", "neg", "mul", "div", "square", "pow", "sqrt"}


class Collector:
    """The terms of a graph in the making.

    terms       the terms and their algebra
    sized       an input and the axis of it that has a named size
    ranges      what the nodes of the graph are over ranges, for guards
    """

    def __init__(self, source: Static, known: Mapping[str, Any] | None = None) -> None:
        self.source, self.given = source, known or {}
        self.terms = Terms()
        self.labels, self.table = ALL, table(ALL)
        self.fired, self.fire = self.terms.fired, self.terms.fire
        self.view = view = View(self.terms, self.table)
        self.look, self.kind, self.name, self.shape = view.look, view.kind, view.name, view.shape
        self.constant = self.terms.number
        self.sized: dict[Named, tuple[Product, int]] = {}
        self.ranges = Ranges(source.graph)
        graph = source.graph
        self.taken = {name for node, name in graph.names.items() if graph.ops[node] is not CONSTANT}

    def run(self) -> Static:
        """The graph as it is written of its terms."""
        terms, source = self.terms, self.source
        old, uses = source.graph, source.uses()
        new: dict[int, Product] = {}
        for node, used in uses.items():
            terms.here, terms.is_derived = node, node >= source.written
            op, name = old.ops[node], old.names.get(node)
            if op is CONSTANT:
                value = old.attrs[node]
                name = name or self._name_of(value)
                new[node] = terms.number(value) if name is None else terms.constant(value, name)
            elif op is INPUT:
                new[node] = self._input(old.attrs[node], source.shapes[node])
            else:
                args = tuple([new[arg] for arg in old.args[node]])
                found = make(self, op, args, old.attrs.get(node))
                new[node] = self._shared(found, name, used) if used > 1 or name is not None else found
        outputs = [(name, new[node]) for name, node in source.outputs]
        kept = [
            new[node] for node in source.kept if (one := new[node].factor) is not None and one.op is INPUT
        ]
        return write(terms, source, outputs, kept)

    def _name_of(self, value: float) -> str | None:
        """The name of a constant that a rule writes, such as pi, unless the program calls something else
        so."""
        name = value.name if value.__class__ is Written else ""
        return name if name and name not in self.taken else None

    def _shared(self, x: Product, name: str | None, uses: int) -> Product:
        """What has a name, or several uses and is more than a number times a power, is an atom."""
        if name is None and x.factor is None and (len(x.powers) < 2 or all(f.is_fixed for f in x.powers)):
            return x
        shared = self.terms.shared(x, name is not None)
        factor = shared.factor
        if factor is not None and factor.op is not INPUT and factor.op is not CONSTANT:
            factor.share = 1 / uses
            if factor.name is None:
                factor.name = name
        return shared

    def _input(self, name: str, shape: Shape | None) -> Product:
        if name in self.given:
            found = self._literal(self.given[name])
            if (factor := found.factor) is not None:
                factor.name = name
            return found
        found = self.terms.input(name, shape)
        for axis, size in enumerate(shape or ()):
            if isinstance(size, Named):
                self.sized.setdefault(size, (found, axis))
        return found

    def _literal(self, value: Any) -> Product:
        """A number, or an array written out."""
        if value.__class__ is float:
            return self.terms.number(value)
        level = [self.terms.number(x) for x in value.ravel().tolist()]
        for axis in reversed(range(value.ndim)):
            size = value.shape[axis]
            rows = [tuple(level[i : i + size]) for i in range(0, len(level), size)] if size else [()]
            level = [self.terms.atom(OPS["array"], row) for row in rows]
        return level[0]

    # What the engine of rules asks for

    def plain(
        self, op: Op, args: tuple[Product, ...], attributes: Mapping[str, Any], inner: bool = True
    ) -> Product:
        return self.terms.atom(op, args, attributes)

    def named(self, op: Op, args: tuple[Product, ...], attributes: Mapping[str, Any], name: str) -> Product:
        found = self.terms.atom(op, args, attributes)
        factor = found.factor
        assert factor is not None
        factor.name = factor.name or name
        return found

    def known(self, op: Op, args: tuple[Product, ...], attributes: Mapping[str, Any]) -> Any:
        """What an operation is as a term, by a rule that is a function, or by folding."""
        if op.name in ARITHMETIC:
            return self._collected(op, args)
        if op.name == "guard":
            return self._guarded(op, args)
        found = by_function(self, op, args, attributes, OF_TERM) or by_function(self, op, args, attributes)
        if found is not None:
            return found
        if (
            op.name == "broadcast"
            and args[0].shape == ()
            and args[0].number
            and args[0] is not self.terms.one
        ):
            return self._stretched(op, args[0], attributes)  # a multiple of an array of ones
        if isinstance(op, ArrayOp):
            return known_array(self, op, args, attributes)
        if all(not arg.powers for arg in args):
            return self._folded(op, args)
        if len(args) > 1:
            return self._chosen(op, args)
        return log_of_element(self, args[0]) if op.name == "log" else None

    def _stretched(self, op: Op, x: Product, attributes: Mapping[str, Any]) -> Product | None:
        return multiplied(self.view, x, self.terms.atom(op, (self.terms.one,), attributes))

    def _folded(self, op: Op, args: tuple[Product, ...]) -> Product:
        """The result of an operation on numbers; irrational ones stay what they are: `log(2)`."""
        values = [arg.number for arg in args]
        result = remembered(op.name, values, getattr(floats, op.name)(*values))
        if result - result != 0 or is_irrational(op.name, values, result):
            is_root = result - result == 0 and op.name in ("sqrt", "pow")
            return plain(self.terms, op, args) if is_root else self.terms.atom(op, args)
        self.fire(FOLD)
        return self.terms.number(result)

    def _chosen(self, op: Op, args: tuple[Product, ...]) -> Any:
        """A comparison of constants, a condition that is known, an operand that is stretched."""
        terms = self.terms
        if op.level == COMPARISON:
            factors = [arg.factor for arg in args]
            values = [
                one.attributes
                if one is not None and one.op is CONSTANT
                else arg.number
                if not arg.powers
                else None
                for one, arg in zip(factors, args)
            ]
            if None not in values:
                self.fire(FOLD)
                return terms.number(getattr(floats, op.name)(*values))
            if op.name == "eq" and not args[0].powers:
                return Step(op, args[::-1], {})  # numbers stand on the right
        if op.name == "where":
            if not args[0].powers and args[1].shape == args[2].shape:
                self.fire(CHOOSE)
                return args[1] if args[0].number else args[2]
            if terms.is_derived and (found := self._masked(op, args)) is not None:
                return found
        if op.name in ("min", "max") and len(set(args)) == 1 < len(args) - 1:
            return Step(op, args[:2], {})
        if op.name in ("and_", "or_") and args[0] is args[1] and self._is_truth(args[0]):
            self.fire(TRUE)
            return args[0]
        if op.name == "and_" and not args[0].powers and args[0].number and self._is_truth(args[1]):
            self.fire(TRUE)
            return args[1]
        return self._unstretched(op, args)

    def _is_truth(self, x: Product) -> bool:
        op = self.look(x)[0]
        return op.level == COMPARISON or op.name in ("and_", "or_", "not_")

    def _masked(self, op: Op, args: tuple[Product, ...]) -> Product | None:
        """A choice with a 0 as a product with a condition."""
        condition, x, other = args
        if x is self.terms.zero:
            condition, x, other = negated(self.terms, condition), other, x
        if other is not self.terms.zero:
            return None
        product = masked(self.terms, condition, x)
        if product is None:
            return None
        found = settled(self.view, product)
        return found if found.shape == shape_of(op, args, {}) else None

    def _guarded(self, op: Op, args: tuple[Product, ...]) -> Any:
        """A formula without the guard that its rule states, unless that can hold over a range."""
        condition, _, formula = args
        if not condition.powers or self.ranges.fills(self.source.graph.args[self.terms.here][0]):
            return Step(OPS["where"], args, {})
        self.fire(GUARD)
        shape = shape_of(op, args, {})
        return formula if formula.shape == shape else step("broadcast", formula, shape=shape)

    def _unstretched(self, op: Op, args: tuple[Product, ...]) -> Any:
        """An operand that is stretched to the shape another one has anyway."""
        for place, arg in enumerate(args):
            factor = arg.factor
            others = args[:place] + args[place + 1 :]
            if (
                factor is not None
                and factor.op.name == "broadcast"
                and any(x.shape == arg.shape for x in others)
            ):
                self.fire(STRETCH)
                return Step(op, (*args[:place], factor.args[0], *args[place + 1 :]), {})
        return None

    # The algebra, with the rules

    def _collected(self, op: Op, args: tuple[Product, ...]) -> Any:
        """A term of arithmetic, in the shape that the operation has."""
        terms, name = self.terms, op.name
        if all(not arg.powers for arg in args):
            return self._folded(op, args)
        if len(args) > 1 and (args[0].shape or args[1].shape) and (found := self._unstretched(op, args)):
            return found
        if name in ("add", "sub"):
            found = added(self.view, args[0], args[1], 1.0 if name == "add" else -1.0)
        elif name == "neg":
            found = settled(self.view, self._negated(args[0]))
        elif name in ("mul", "div"):
            found = multiplied(self.view, args[0], args[1], 1.0 if name == "mul" else -1.0)
        else:
            exponent = {"square": 2.0, "sqrt": 0.5}.get(name)
            if exponent is None and not args[1].powers:
                exponent = args[1].number
            if exponent == 0:
                found = terms.one
            elif exponent is None or abs(exponent) > 64:
                found = None
            else:
                found = power(terms, args[0], exponent)
                if found is not None:
                    found = settled(self.view, found)
        if found is None:
            return terms.atom(op, args)
        if any(arg.shape for arg in args) or None in [arg.shape for arg in args]:
            shape = result_shape(op, [arg.shape for arg in args], {})
            if found.shape != shape:
                if shape is None or found.powers:
                    return terms.atom(op, args)
                return terms.atom(OPS["broadcast"], (found,), {"shape": shape})
        return found

    def _negated(self, x: Product) -> Product:
        factor, terms = x.factor, self.terms
        if factor is not None and factor.op.name == "broadcast" and factor.args[0] is terms.zero:
            return x
        if factor is not None and factor.inside is not None and factor.name is None and terms.is_derived:
            inside = factor.inside
            if inside.number < 0 or len(inside.powers) <= 2:  # -(-x*y), -(x*y)
                return terms.product(-inside.number, inside.powers)
        return scaled(terms, x, -1.0)


# Matrix products and sums: numbers in front


@rule("factor out of a product", ROUNDING, "A @ (2*x)", "2*(A @ x)", terms=("matmul", "sum"))
def _scale(engine: Collector, op: Op, args: tuple[Product, ...], attributes: Mapping[str, Any]) -> Any:
    number = 1.0
    for arg in args:
        number *= arg.number if arg.powers else 1.0
    if number == 1 or number - number != 0 or number == 0:
        return None
    rest = tuple([engine.terms.product(1.0, arg.powers) if arg.powers else arg for arg in args])
    return step("mul", engine.constant(number), Step(op, rest, attributes))


@rule("row times matrix", ROUNDING, "[x, y] @ A", "A.T @ [x, y]", terms=("matmul",))
def _row(engine: Collector, op: Op, args: tuple[Product, ...], attributes: Mapping[str, Any]) -> Any:
    """A vector on the left of a matrix goes to the right of its transpose."""
    left, right = args[0].shape, args[1].shape
    if left is None or right is None or len(left) != 1 or len(right) != 2:
        return None
    return Step(op, (step("transpose", args[1]), args[0]), {})


@rule("log of a power", ASSUMING, "log(x^y)", "y*log(x)", "x > 0, no power overflows", terms=("log",))
def _log(engine: Collector, op: Op, args: tuple[Product, ...], attributes: Mapping[str, Any]) -> Any:
    """As a rule of derivatives writes it; what somebody has written stays."""
    factor = args[0].factor
    if factor is None or factor.op.name != "pow" or factor.name is not None or not engine.terms.is_derived:
        return None
    return step("mul", factor.args[1], Step(op, (factor.args[0],), {}))


GUARD = known(
    "guard of a derivative", ASSUMING, "where(x == 0, 0, y/x)", "y/x", "x is not 0, or what its rule states"
)

# The whole table: the functions of all rooms, and the patterns.
RULES = [*BUILT_IN, *PATTERNS]
