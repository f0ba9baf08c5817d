"""Expressions to nodes of a graph: names are looked up, functions of the user's are opened up.

The postfix code is read with a stack of nodes. A call of a user's function reads the body's
code again with the parameters bound, on an explicit stack of frames. Names in a body mean what
they mean where the function is called, as in Python and Julia.
"""

from __future__ import annotations

from cgcli.annotations import Any, Callable
from cgcli.graph import NONE
from cgcli.language import calls, errors
from cgcli.language.block import Block
from cgcli.language.characters import PASTED_NAMES
from cgcli.language.program import Program
from cgcli.language.syntax import Statement, Syntax
from cgcli.ops import ALIAS, CONSTANT, CONSTANTS, DIFFERENTIATIONS, FUNCTIONS, INPUT, OPS, SOUGHT
from cgcli.ops.differentiation import Differentiation
from cgcli.ops.entry import COMPARISON, ArrayOp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from cgcli.language.known import Known
    from cgcli.ops import Op

# The value of an input by its name and default, as far as it is known; else None. Raises `Varying`.
Given = Callable[[str, Any], Any]


class Varying(Exception):
    """Each row has its own value of an input, and so the program cannot be one graph for all of them."""


# The meaning of each operator of the grammar, with its number of operands.
OPERATORS = {
    rule: (OPS[name], arity)
    for rule, name, arity in (
        *((name, name, 2) for name in ("add", "sub", "mul", "div", "floordiv", "mod", "pow", "and_", "or_")),
        *((name, name, 1) for name in ("neg", "not_", "factorial")),
        ("juxtapose", "mul", 2),
        ("model", "sub", 2),
        ("radical", "sqrt", 1),
        ("choose", "where", 3),
    )
}

# In the place of the node of a name that only a later statement gives, or declares.
GIVEN, DECLARED = -1, -2

# Operators on arrays.
ARRAY_OPERATORS = {"matmul", "transpose", "array"}

RELATIONS = {op.symbol: op for op in OPS.values() if op.level == COMPARISON}

# A program may open up functions to this many items of code, about five gigabytes of graph.
EXPANSION_LIMIT = 10_000_000


class _Frame:
    """A user's function being read: where to go on afterwards, and with which parameters."""

    __slots__ = ("items", "name", "parameters")

    def __init__(self, name: str, items: Iterator[int], parameters: dict[str, int] | None) -> None:
        self.name, self.items, self.parameters = name, items, parameters


class Expressions:
    """Reads runs of code into the graph of a block, statement by statement: a name that is read and not
    given before is a slot of it.

    environment     the node of every name visible now, constants included; one that comes later is
                    `GIVEN` or `DECLARED`
    functions       those defined so far; `called` has the names of those that were used
    unused          names given that nothing has read since, and the index of their statement
    language        nodes of constants such as pi
    sizes           names of sizes of declared shapes: an input and its axis
    """

    def __init__(
        self, syntax: Syntax, program: Program, block: Block, bound: Container[str], given: Given
    ) -> None:
        self.syntax, self.program, self.bound, self.given = syntax, program, bound, given
        self.graph, self.inputs, self.environment = block.graph, block.inputs, block.names
        self.functions: dict[str, Statement] = {}
        self.called: set[str] = set()
        self.unused: dict[str, int] = {}
        self.language: set[int] = set()
        self.sizes: dict[str, tuple[str, int]] = {}
        self._constants: dict[float | str, int] = {}
        self._budget = EXPANSION_LIMIT
        self.sought: Any = None  # `language.sought.Sought`, where there is some
        self._differentiated: dict[int, frozenset[str]] = {}  # parameters, by the place of a body

    def read(self, begin: int, end: int) -> int:
        """Append the nodes of a run of code to the graph; returns the node of its value."""
        syntax, graph = self.syntax, self.graph
        code, payloads = syntax.code, syntax.payloads
        starts, ends = syntax.starts, syntax.ends
        ops, args, attrs = graph.ops, graph.args, graph.attrs
        first, second = args.first, args.second
        environment, constants, unused = self.environment, self._constants, self.unused
        stack: list[Any] = []  # nodes, and texts that stood in quotes
        frames: list[_Frame] = []
        parameters: dict[str, int] | None = None
        items = iter(range(begin, end))
        sought = self.sought

        def place(item: int) -> int:
            graph.starts.append(starts[item])
            graph.ends.append(ends[item])
            return len(ops) - 1

        def node(op: Op, operands: tuple[int, ...], item: int) -> int:
            ops.append(op)
            args.append(operands)
            return place(item)

        while True:
            for item in items:
                if sought and (item < 0 or (item in sought.begins and sought.is_new(item))):
                    items, parameters = sought.enter(item, items, parameters, stack)
                    break
                meaning = code[item]
                if meaning == "name":
                    name = payloads[item]
                    found = parameters.get(name) if parameters else None
                    if found is None:
                        found = environment.get(name)
                        if found is None or found < 0:
                            found = self._unknown(name, item)
                        elif name in unused:
                            del unused[name]
                    stack.append(found)
                elif (operator := OPERATORS.get(meaning)) is not None:
                    op, arity = operator
                    if arity == 2:
                        second.append(stack.pop())
                        first.append(stack[-1])
                        ops.append(op)
                        stack[-1] = place(item)
                    elif arity == 1:
                        stack[-1] = node(op, (stack[-1],), item)
                    else:
                        operands = tuple(stack[-arity:])
                        del stack[-arity:]
                        stack.append(node(op, operands, item))
                elif meaning == "number":
                    value = payloads[item]
                    key = value if value.__class__ is float else value.text
                    if key not in constants:
                        ops.append(CONSTANT)
                        first.append(NONE)
                        second.append(NONE)
                        constants[key] = place(item)
                        attrs[constants[key]] = value
                    stack.append(constants[key])
                elif meaning == "call":
                    name, count, keywords = payloads[item]
                    if sought and item in sought.calls:
                        stack.append(sought.node(item, stack))
                        continue
                    arguments = tuple(stack[len(stack) - count :])
                    del stack[len(stack) - count :]
                    function = self.functions.get(name)
                    if function is not None:
                        self._enter(function, frames, item, arguments)
                        frames.append(_Frame(name, items, parameters))
                        items = iter(range(function.begin, function.end))
                        arguments = self._own(function, arguments)
                        parameters = dict(zip(function.parameters, arguments, strict=True))
                        break
                    op = calls.called(FUNCTIONS.get(name) or self._no_function(name, item), payloads[item])
                    if isinstance(op, ArrayOp):
                        stack.append(self._call(op, arguments, keywords, item))
                    elif keywords or not op.takes(count) or str in map(type, arguments):
                        raise calls.wrong_elementwise(syntax, item, op, arguments)
                    else:
                        stack.append(node(op, arguments, item))
                elif meaning == "compare":
                    right = stack.pop()
                    stack[-1] = node(RELATIONS[payloads[item]], (stack[-1], right), item)
                elif meaning == "compare_next":
                    # a < b < c: the operand in the middle is the last one of the link before
                    right = stack.pop()
                    link = stack[-1]
                    last = args[link][1] if ops[link] is OPS["and_"] else link
                    following = node(RELATIONS[payloads[item]], (args[last][1], right), item)
                    stack[-1] = node(OPS["and_"], (link, following), item)
                elif meaning in ARRAY_OPERATORS:
                    op = OPS[meaning]
                    count = payloads[item] if op.arity is None else op.arity
                    operands = tuple(stack[len(stack) - count :])
                    del stack[len(stack) - count :]
                    stack.append(self._array_op(op, operands, None, item))
                elif meaning == "index":
                    stack[-1] = self._index(stack, item)
                elif meaning == "string":
                    stack.append(payloads[item])
                elif meaning != "pos":  # +x is x
                    raise AssertionError(meaning)
            else:
                if not frames:
                    result: int = stack[-1]
                    return graph.behind(result) if ops[result] is ALIAS else result
                frame = frames.pop()
                items, parameters = frame.items, frame.parameters

    def _array_op(self, op: Op, operands: tuple[int, ...], attributes: Any, item: int) -> int:
        self.program.uses_arrays = True
        return self.graph.add(op, operands, attributes or None, *self.syntax.place(item))

    def _index(self, stack: list[Any], item: int) -> int:
        """The node of an index, whose subscripts are taken from the stack."""
        from cgcli.language.subscripts import subscript_count, subscripts

        first = len(stack) - subscript_count(self.syntax.payloads[item])
        operands, at, _ = subscripts(self._known(), self.syntax, item, stack[first:])
        del stack[first:]
        return self._array_op(OPS["index"], (stack[-1], *operands), {"at": at}, item)

    def _known(self) -> Known:
        from cgcli.language.known import Known

        return Known(self.graph, self.program.shapes, self._value)

    def _value(self, name: str) -> Any:
        """The value that an input is known to have."""
        from cgcli.language.known import Known

        default = self.program.defaults.get(name)
        if isinstance(default, Program):
            default = Known(default.graph, {}, lambda _: None).value(default.outputs[0].node)
        return self.given(name, default)

    def _call(self, op: ArrayOp, arguments: tuple[Any, ...], keywords: tuple[str, ...], item: int) -> int:
        if op.name in SOUGHT:
            raise calls.wrong_sought(self.syntax, item, op)
        if isinstance(op, Differentiation):
            from cgcli.language import derivatives

            return derivatives.call(self.program, self._known(), self.syntax, item, arguments)
        operands, attributes = calls.array_call(
            self._known(), self.syntax, item, op, list(arguments), keywords
        )
        return self._array_op(op, operands, attributes, item)

    def _size(self, name: str, item: int) -> int:
        """The node of a name that is the size of an input: `n` after `input x: [n]`."""
        source, axis = self.sizes[name]
        node = self._array_op(OPS["size"], (self.inputs[source],), {"axis": axis}, item)
        self.graph.names[node] = name
        self.environment[name] = node
        return node

    def add_input(self, name: str, start: int) -> int:
        node = self.graph.add(INPUT, (), name, start, start + len(name))
        self.graph.names[node] = name
        self.environment[name] = self.inputs[name] = node
        return node

    def _unknown(self, name: str, item: int) -> int:
        """The node of a name met for the first time: an input, or a constant of the language."""
        later = self.environment.get(name)
        start = self.syntax.starts[item]
        if later == GIVEN:
            raise errors.meaning.used_too_early(self.syntax, name, start, self.program.first_given(name))
        known = PASTED_NAMES.get(name, name)
        if later is None and known in CONSTANTS and name not in self.bound:
            node = self.graph.add(CONSTANT, (), CONSTANTS[known], start, self.syntax.ends[item])
            free = known not in self.environment and known not in self.bound
            self.graph.names[node] = known if free else name
            self.environment[name] = node
            self.language.add(node)
            return node
        if name in self.sizes:
            return self._size(name, item)
        return self.add_input(name, start)

    def _enter(self, function: Statement, frames: list[_Frame], item: int, arguments: Any) -> None:
        """Check a call of a user's function before its body is opened up."""
        name = function.name or ""
        self.called.add(name)
        calls.check_user_call(self.syntax, item, function, str in map(type, arguments))
        if any(frame.name == name for frame in frames[-200:]) or len(frames) > len(self.functions):
            raise errors.meaning.calls_itself(self.syntax, item, name)
        self._budget -= function.end - function.begin
        if self._budget < 0:
            raise errors.meaning.too_large(self.syntax, item, name, EXPANSION_LIMIT)

    def _own(self, function: Statement, arguments: tuple[int, ...]) -> tuple[int, ...]:
        """The arguments of a call, but for a parameter that the function differentiates by a node that
        varies by itself."""
        by = self._differentiated.get(function.begin)
        if by is None:
            by = frozenset()
            payloads = self.syntax.payloads[function.begin : function.end]
            if any(payload.__class__ is tuple and payload[0] in DIFFERENTIATIONS for payload in payloads):
                from cgcli.language.derivatives import parameters

                by = parameters(self.syntax, function.begin, function.end)
            self._differentiated[function.begin] = by
        if by.isdisjoint(function.parameters):
            return arguments
        self.program.derives = True
        graph = self.graph
        return tuple(
            graph.add(ALIAS, (node,), None, graph.starts[node], graph.ends[node]) if parameter in by else node
            for parameter, node in zip(function.parameters, arguments)
        )

    def _no_function(self, name: str, item: int) -> Op:
        later = next((s for s in self.syntax.statements if s.kind == "define" and s.name == name), None)
        known = [*FUNCTIONS, *self.functions]
        raise errors.meaning.no_function(self.syntax, item, name, known, later)

    def check_bodies(self) -> None:
        """The bodies of functions that were never called must make sense all the same."""
        for name, function in self.functions.items():
            if name not in self.called:
                self._check_body(function)

    def _check_body(self, function: Statement) -> None:
        syntax = self.syntax
        for item in range(function.begin, function.end):
            if syntax.code[item] != "call":
                continue
            name, count, _ = syntax.payloads[item]
            other = self.functions.get(name)
            if other is None:
                op = calls.called(FUNCTIONS.get(name) or self._no_function(name, item), syntax.payloads[item])
                if not isinstance(op, ArrayOp) and not op.takes(count):
                    raise errors.meaning.wrong_count(syntax, item, op, count)
            elif other is function:
                raise errors.meaning.calls_itself(syntax, item, name)
            else:
                calls.check_user_call(syntax, item, other, False)
