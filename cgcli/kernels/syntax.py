"""The algebra of Python's syntax trees: an operation on expressions of floats makes an expression.

What is made computes the same as `algebras.numbers.floats`, to the bit. Where it is not `careful` it raises
`ArithmeticError` or `ValueError` where floats have inf or nan without the processor taking notice, and a
product of the chain rule is a product.
"""

from __future__ import annotations

import ast
import math
from types import CodeType, FunctionType

from cgcli.algebras.numbers import floats
from cgcli.annotations import Any, Callable, Mapping, Sequence
from cgcli.kernels.boxes import STRUCTURE, unboxed
from cgcli.kernels.boxes import function as of_boxes
from cgcli.ops import ALIAS, CONSTANT, INPUT, OPS, Op

INDEX = OPS["index"]

# Where what is made stands, which nobody reads.
PLACE: dict[str, Any] = {"lineno": 1, "col_offset": 0}

# Expressions are cut into names where they are deeper: Python compiles them by recursion.
DEEPEST = 30

ARITHMETIC = {
    "add": ast.Add(), "sub": ast.Sub(), "mul": ast.Mult(), "div": ast.Div(), "mod": ast.Mod(),
    "floordiv": ast.FloorDiv(),
}  # fmt: skip
RAISING = {"div", "mod", "floordiv"}
COMPARISONS = {
    "lt": ast.Lt(), "le": ast.LtE(), "gt": ast.Gt(), "ge": ast.GtE(), "eq": ast.Eq(), "ne": ast.NotEq(),
}  # fmt: skip
LOAD, STORE = ast.Load(), ast.Store()


class Value:
    """An expression.

    is_truth    whether it is a truth, rather than a number
    is_whole    whether nothing is lost where it is not evaluated: a name, a number, a comparison of those
    slots       the names of slots that it reads
    """

    __slots__ = ("depth", "is_truth", "is_whole", "node", "slots")

    def __init__(
        self, node: Any, depth: int, slots: frozenset[str], is_truth: bool = False, is_whole: bool = False
    ) -> None:
        self.node, self.depth, self.slots = node, depth, slots
        self.is_truth, self.is_whole = is_truth, is_whole


NOTHING: frozenset[str] = frozenset()


def name(text: str) -> Any:
    return ast.Name(text, LOAD, **PLACE)


def number(value: Any) -> Any:
    return ast.Constant(value, **PLACE)


def assign(target: str, node: Any) -> Any:
    return ast.Assign([ast.Name(target, STORE, **PLACE)], node, **PLACE)


def call(function: str, *operands: Any) -> Any:
    return ast.Call(name(function), list(operands), [], **PLACE)


def choice(test: Any, then: Any, other: Any) -> Any:
    return ast.IfExp(test, then, other, **PLACE)


def compared(left: Any, *others: Any) -> Any:
    """A comparison of some: an operator and what is at its right, each."""
    return ast.Compare(left, list(others[::2]), list(others[1::2]), **PLACE)


def combined(left: Any, operator: Any, right: Any) -> Any:
    return ast.BinOp(left, operator, right, **PLACE)


def joined(operator: Any, *truths: Any) -> Any:
    return ast.BoolOp(operator, list(truths), **PLACE)


def element(array: Any, places: Sequence[Any], use: Any) -> Any:
    """One element of an array; `use` is that of an AST."""
    at = places[0] if len(places) == 1 else ast.Tuple(list(places), LOAD, **PLACE)
    return ast.Subscript(array, at, use, **PLACE)


def negated(truth: Any) -> Any:
    return ast.UnaryOp(ast.Not(), truth, **PLACE)


class Syntax:
    """Blocks of numbers as statements.

    names       what the code finds outside of itself, by name
    lines       where statements go
    """

    def __init__(self, careful: bool = False, zeroed: Any = None) -> None:
        self.careful, self.lines = careful, list[Any]()
        self.names: dict[str, Any] = {
            "__builtins__": {},
            "abs": floats.abs,
            "unboxed": unboxed,
            "Number": float,
        }
        self._count = 0
        self._forms: dict[str, Callable[..., Value]] = {
            "neg": lambda x: self._made(ast.UnaryOp(ast.USub(), self._number(x), **PLACE), x),
            "and_": lambda x, y: self._joined(ast.And(), x, y),
            "or_": lambda x, y: self._joined(ast.Or(), x, y),
            "not_": lambda x: self._truth(negated(x.node), x),
            "where": lambda c, x, y: self._chosen(c, x, y),
            "mask": lambda c, x: self._chosen(c, x, self.constant(0.0)),
            "guard": lambda c, limit, value: self._chosen(c, limit, value),
            "square": self._square,
        }  # fmt: skip
        for of, sign in (("max", ast.Gt()), ("min", ast.Lt())):
            self._forms[of] = lambda *xs, of=of, sign=sign: self._extreme(of, sign, *xs)
        for of in ("sin", "cos", "tan"):
            self._forms[of] = lambda x, of=of: self._circular(of, x)
        if careful and zeroed is not None:

            def chain(x: float, y: float) -> float:
                return x * y if x * y == x * y else floats.settle(x * y, x, y, 0.0, 0, zeroed)

            self._forms["chain"] = lambda x, y: self._called("chain", chain, x, y)
        if not careful:
            self._forms["chain"] = lambda x, y: self._arithmetic("mul", x, y)

    def block(
        self, graph: Any, reads: Mapping[str, int], writes: Mapping[str, int], local: Callable[[str], str],
        wanted: str | None = None, boxed: Sequence[bool] = (),
    ) -> Value | None:  # fmt: skip
        """The statements of a block, over names of slots. Of the slot that is `wanted` it makes none, but
        hands out the value, to be used at once. Values of any kind are `boxed`, by node, if any are."""
        uses = [0] * len(graph)
        for args in graph.args:
            for arg in args:
                uses[arg] += 1
        into: dict[int, str] = {}
        for slot, node in writes.items():
            uses[node] += 1
            if slot not in reads and slot != wanted:
                into.setdefault(node, slot)
        values: list[Any] = []
        for node, op in enumerate(graph.ops):
            if op is INPUT:
                slot = graph.attrs[node]
                values.append(Value(name(local(slot)), 0, frozenset((slot,)), is_whole=True))
            elif op is CONSTANT:
                values.append(self.constant(float(graph.attrs[node])))
            else:
                operands = [values[arg] for arg in graph.args[node]]
                is_box = bool(boxed) and boxed[node]
                if op is not ALIAS and boxed and (is_box or op in STRUCTURE):
                    self.names[f"b{len(self.names)}"] = of_boxes(op, graph.attrs.get(node))
                    made = call(f"b{len(self.names) - 1}", *map(self._number, operands))
                    found = self.kept(
                        self._made(made, *operands), local(into[node]) if node in into else None
                    )
                    values.append(found)
                    continue
                for place, arg in enumerate(graph.args[node] if boxed else ()):
                    if boxed[arg] and not is_box:
                        operands[place] = self._unboxed(operands[place])
                if op is INDEX:
                    found = self._element(operands[0], operands[1:], graph.attrs[node]["at"])
                else:
                    found = self.apply(op, operands)
                if uses[node] != 1 or found.depth >= DEEPEST:
                    found = self.kept(found, local(into[node]) if node in into else None)
                values.append(found)
        waiting = {slot: values[node] for slot, node in writes.items()}
        asked: Value | None = waiting.pop(wanted, None) if wanted is not None else None
        if asked is not None and not asked.slots.isdisjoint(waiting):
            asked = self.kept(asked)
        while waiting:
            for slot in waiting:
                if not any(slot in value.slots for other, value in waiting.items() if other != slot):
                    break
            else:  # each is needed by another one
                slot = next(iter(waiting))
                waiting[slot] = self.kept(waiting[slot])
                continue
            node = self._number(waiting.pop(slot))
            if not (node.__class__ is ast.Name and node.id == local(slot)):
                self.lines.append(assign(local(slot), node))
        return asked

    def function(self, parameters: Sequence[str], lines: list[Any]) -> Callable[..., Any]:
        """A function of statements."""
        arguments = ast.arguments([], [ast.arg(one, **PLACE) for one in parameters], None, [], [], None, [])
        made = ast.FunctionDef("loop", arguments, lines, [], **PLACE)
        whole = compile(ast.Module([made], []), "<loop>", "exec", dont_inherit=True)
        code = next(one for one in whole.co_consts if isinstance(one, CodeType))
        return FunctionType(code, self.names)

    def apply(self, op: Op, operands: Sequence[Value]) -> Value:
        of = op.name
        if op is ALIAS:
            return operands[0]
        if of in COMPARISONS:
            x, y = operands
            node = compared(self._number(x), COMPARISONS[of], self._number(y))
            return self._truth(node, x, y)
        if of in self._forms:
            return self._forms[of](*operands)
        if of in ARITHMETIC and not (self.careful and of in RAISING):
            return self._arithmetic(of, *operands)
        function = getattr(floats, of)
        if not self.careful:
            function = _raising(of, function)
        return self._called(of, function, *operands)

    def constant(self, value: float) -> Value:
        if value - value != 0 or math.copysign(1.0, value) < 0:
            text = "".join(letter if letter.isalnum() else "_" for letter in f"c_{value!r}")
            self.names[text] = value
            return Value(name(text), 0, NOTHING, is_whole=True)
        return Value(number(value), 0, NOTHING, is_whole=True)

    def _element(self, array: Value, operands: Sequence[Value], at: Sequence[Any]) -> Value:
        given = iter(operands)
        places = [self.whole(next(given)) if one is None else number(one) for one in at]
        return self._made(element(array.node, places, LOAD), array, *operands)

    def whole(self, value: Value) -> Any:
        """A number as a whole one; it raises where it is none."""
        known = getattr(value.node, "value", None)
        if isinstance(known, float) and known.is_integer():
            return number(int(known))
        value = self._named(value)
        self._count += 1
        text = f"t{self._count}"
        self.lines.append(assign(text, call("int", value.node)))
        wrong = compared(name(text), ast.NotEq(), value.node)
        self.lines.append(ast.If(wrong, [ast.Expr(call("wrong"), **PLACE)], [], **PLACE))
        return name(text)

    def guard(self, node: Any) -> Any:
        """A statement that raises where a name stands for something else than a number."""
        kind = ast.Attribute(node, "__class__", LOAD, **PLACE)
        test = compared(kind, ast.IsNot(), name("Number"))
        return ast.If(test, [ast.Expr(call("unboxed"), **PLACE)], [], **PLACE)

    def _unboxed(self, value: Value) -> Value:
        value = self._named(value)
        self.lines.append(self.guard(value.node))
        return value

    def kept(self, value: Value, into: str | None = None) -> Value:
        """A value under a name: one of its own, or that of a slot."""
        self._count += 1
        text = into or f"t{self._count}"
        self.lines.append(assign(text, self._number(value)))
        return Value(name(text), 0, NOTHING, is_whole=True)

    # What follows makes values of others

    def _number(self, value: Value) -> Any:
        return choice(value.node, number(1.0), number(0.0)) if value.is_truth else value.node

    def _made(self, node: Any, *operands: Value) -> Value:
        slots = NOTHING.union(*(one.slots for one in operands))
        return Value(node, 1 + max(one.depth for one in operands), slots)

    def _truth(self, node: Any, *operands: Value) -> Value:
        found = self._made(node, *operands)
        found.is_truth, found.is_whole = True, all(one.is_whole for one in operands)
        return found

    def _arithmetic(self, of: str, x: Value, y: Value) -> Value:
        if x.node.__class__ is ast.Constant and y.node.__class__ is ast.Constant:
            x = self.kept(x)  # Python would compute it before the processor is asked for flags
        return self._made(combined(self._number(x), ARITHMETIC[of], self._number(y)), x, y)

    def _called(self, text: str, function: Any, *operands: Value) -> Value:
        text = f"f_{text}"
        self.names[text] = function
        return self._made(call(text, *map(self._number, operands)), *operands)

    def _settled(self, value: Value) -> Value:
        """A value that may stand where it is not always evaluated, or more than once."""
        return value if value.is_whole else self.kept(value)

    def _named(self, value: Value) -> Value:
        return self.kept(value) if value.is_truth or not value.is_whole else value

    def _joined(self, operator: Any, x: Value, y: Value) -> Value:
        y = self._settled(y)
        return self._truth(joined(operator, x.node, y.node), x, y)

    def _chosen(self, c: Value, x: Value, y: Value) -> Value:
        x, y = self._settled(x), self._settled(y)
        return self._made(choice(c.node, self._number(x), self._number(y)), c, x, y)

    def _square(self, x: Value) -> Value:
        x = self._named(x)
        if x.node.__class__ is ast.Constant:
            x = self.kept(x)
        return self._made(combined(x.node, ast.Mult(), x.node), x)

    def _extreme(self, of: str, sign: Any, *operands: Value) -> Value:
        if len(operands) != 2:
            return self._called(of, getattr(floats, of), *operands)
        x, y = map(self._named, operands)
        test = compared(y.node, sign, x.node)
        if y.node.__class__ is not ast.Constant:
            test = joined(ast.Or(), test, compared(y.node, ast.NotEq(), y.node))
        return self._made(choice(test, y.node, x.node), x, y)

    def _circular(self, of: str, x: Value) -> Value:
        """That of `math`, but beside multiples of pi/2, where floats ask for more digits."""
        if self.careful or of == "tan":
            return self._called(of, getattr(floats, of), x)
        x = self._named(x)
        near = self.kept(self._called(of, getattr(math, of), x)).node
        far = self._called(f"far_{of}", getattr(floats, of), x)
        small = compared(number(-3.0), ast.Lt(), x.node, ast.Lt(), number(3.0))
        least = self.constant(-1e-10).node
        sizes = compared(near, ast.Gt(), number(1e-10)), compared(near, ast.Lt(), least)
        return self._made(choice(joined(ast.Or(), *sizes, small), near, far.node), x)


def _raising(of: str, function: Any) -> Any:
    """The function of `math` that one of floats has inside, which raises instead."""
    inside = [cell.cell_contents for cell in getattr(function, "__closure__", None) or ()]
    known = math.pow if of == "pow" else getattr(math, of, None)
    return known if known is not None and (known in inside or of == "pow") else function
