"""From syntax to graph: names are looked up, functions of the user's are opened up.

The postfix code is read with a stack of nodes. A call of a user's function reads the body's
code again with the parameters bound, on an explicit stack of frames. Names in a body mean what
they mean where the function is called, as in Python and Julia.
"""

from __future__ import annotations

from cgcli.diagnostics import CgError, Diagnostic
from cgcli.language import mistakes
from cgcli.language.program import Assertion, Output, Program
from cgcli.language.syntax import Statement, Syntax
from cgcli.ops import CONSTANT, CONSTANTS, FUNCTIONS, INPUT, OPS
from cgcli.ops.entry import COMPARISON

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from cgcli.ops import Op

# The meaning of each operator of the grammar, with its number of operands.
OPERATORS = {
    rule: (OPS[name], arity)
    for rule, name, arity in (
        *((name, name, 2) for name in ("add", "sub", "mul", "div", "floordiv", "mod", "pow", "and_", "or_")),
        *((name, name, 1) for name in ("neg", "not_", "factorial")),
        ("juxtapose", "mul", 2),
        ("choose", "where", 3),
    )
}

# In the place of the node of a name that only a later statement gives, or declares.
GIVEN, DECLARED = -1, -2

RELATIONS = {op.symbol: op for op in OPS.values() if op.level == COMPARISON}

# A program may open up functions to this many items of code, about five gigabytes of graph.
EXPANSION_LIMIT = 10_000_000


def lower(syntax: Syntax, bound: Container[str] = ()) -> Program:
    """The program that a syntax means.

    `bound` holds the names that have a value from outside: a constant among them (`e`) is an
    input then. Raises `CgError` for unknown names and functions, wrong numbers of arguments,
    recursion, what this version cannot do, and an empty program.
    """
    return _Lowering(syntax, bound).run()


def overflow_warnings(syntax: Syntax) -> list[Diagnostic]:
    """A warning for each number that is beyond the largest double."""
    text = "this number is beyond the largest double, and is inf"
    return [
        Diagnostic("number", text, syntax.source, start, end, severity="warning")
        for start, end in syntax.overflows
    ]


class _Frame:
    """A user's function being read: where to go on afterwards, and with which parameters."""

    __slots__ = ("items", "name", "parameters")

    def __init__(self, name: str, items: Iterator[int], parameters: dict[str, int] | None) -> None:
        self.name, self.items, self.parameters = name, items, parameters


class _Lowering:
    def __init__(self, syntax: Syntax, bound: Container[str]) -> None:
        self.syntax, self.bound = syntax, bound
        self.program = Program(syntax.source, syntax.statements)
        self.graph = self.program.graph
        # Every name visible now, constants included; one that comes later is GIVEN or DECLARED.
        self.environment = self.program.names
        self.functions: dict[str, Statement] = {}
        self.called: set[str] = set()
        self.unused: dict[str, int] = {}  # names given that nothing has read since, and where
        self.constants: dict[float, int] = {}
        self.declared: set[str] = set()
        self.language: set[int] = set()  # nodes of constants such as pi
        self.shadowed: set[str] = set()  # constants that mean something else here
        self.budget = EXPANSION_LIMIT

    def run(self) -> Program:
        syntax, program = self.syntax, self.program
        program.warnings = overflow_warnings(syntax)
        statements = program.statements
        for kind, name in zip(statements.kinds, statements.names):
            if name is not None and kind != "define":
                self.environment.setdefault(name, GIVEN if kind == "assign" else DECLARED)
        self.shadowed = {name for name in CONSTANTS if name in self.environment or name in self.bound}
        for index, statement in enumerate(statements):
            if statement.kind == "assign":
                self._assign(statement, index)
            else:
                getattr(self, "_" + statement.kind)(statement)
        if not statements:
            raise CgError("empty", "the program is empty", syntax.source, 0)
        if not program.outputs:
            unused = ((name, statements[index]) for name, index in self.unused.items())
            program.outputs = [Output(name, program.names[name], s.start, s.stop) for name, s in unused]
        if not program.outputs and not program.assertions:
            raise mistakes.nothing_to_do(syntax)
        for name, function in self.functions.items():
            if name not in self.called:
                self._check_body(function)
        return program

    # Statements

    def _output(self, statement: Statement) -> None:
        node = self._expression(statement.begin, statement.end)
        self.program.outputs.append(Output(None, node, statement.start, statement.stop))

    def _assign(self, statement: Statement, index: int) -> None:
        node = self._expression(statement.begin, statement.end)
        name = statement.name or ""
        if self.graph.ops[node] is CONSTANT and (node not in self.graph.names or node in self.language):
            # equal numbers share a node; one that gets a name is a node of its own
            node = self.graph.add(CONSTANT, (), self.graph.attrs[node], statement.start, statement.stop)
        self.graph.names.setdefault(node, name)
        self.environment[name] = node
        self.unused.pop(name, None)
        self.unused[name] = index

    def _define(self, statement: Statement) -> None:
        self.functions[statement.name or ""] = statement
        self.program.functions.add(statement.name or "")

    def _check(self, statement: Statement) -> None:
        unused, self.unused = self.unused, {}  # an assertion about a name does not use it up
        node = self._expression(statement.begin, statement.end)
        self.unused = unused
        item = statement.end - 1
        start, end = self.syntax.starts[item], self.syntax.ends[item]
        self.program.assertions.append(Assertion(node, start, end))

    def _declare(self, statement: Statement) -> None:
        name = statement.name or ""
        early = name in self.program.inputs and name not in self.declared  # used before: an input
        if self.environment[name] >= 0 and not early:
            first = self.program.first_given(name) or statement
            raise mistakes.declared_again(self.syntax, statement, first)
        self.declared.add(name)
        if name not in self.program.inputs:
            self._input(name, statement.name_start)

    def _declare_default(self, statement: Statement) -> None:
        self._declare(statement)
        self.program.defaults[statement.name or ""] = closed(
            self.syntax, statement.begin, statement.end, self.shadowed
        )

    def _declare_shape(self, statement: Statement) -> None:
        raise mistakes.arrays_unsupported(
            self.syntax, statement.start, statement.stop, "an input with a shape"
        )

    _declare_shape_default = _declare_shape

    # Expressions

    def _expression(self, begin: int, end: int) -> int:
        """Append the nodes of a run of code to the graph; returns the node of its value."""
        syntax, graph = self.syntax, self.graph
        code, payloads = syntax.code, syntax.payloads
        starts, ends = syntax.starts, syntax.ends
        ops, args, attrs = graph.ops, graph.args, graph.attrs
        first, second = args.first, args.second
        environment, constants, unused = self.environment, self.constants, self.unused
        stack: list[int] = []
        frames: list[_Frame] = []
        parameters: dict[str, int] | None = None
        items = iter(range(begin, end))

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
                    if value not in constants:
                        constants[value] = node(CONSTANT, (), item)
                        attrs[constants[value]] = value
                    stack.append(constants[value])
                elif meaning == "call":
                    name, count, keywords = payloads[item]
                    if keywords:
                        raise mistakes.arrays_unsupported(syntax, starts[item], ends[item], "keywords")
                    arguments = tuple(stack[len(stack) - count :])
                    del stack[len(stack) - count :]
                    function = self.functions.get(name)
                    if function is None:
                        op = FUNCTIONS.get(name) or self._no_function(name, item)
                        if not op.takes(count):
                            raise mistakes.wrong_count(syntax, item, op, count)
                        stack.append(node(op, arguments, item))
                    else:
                        self._enter(function, frames, item, count)
                        frames.append(_Frame(name, items, parameters))
                        items = iter(range(function.begin, function.end))
                        parameters = dict(zip(function.parameters, arguments, strict=True))
                        break
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
                elif meaning != "pos":
                    raise mistakes.arrays_unsupported(syntax, starts[item], ends[item], meaning)
            else:
                if not frames:
                    return stack[-1]
                frame = frames.pop()
                items, parameters = frame.items, frame.parameters

    def _input(self, name: str, start: int) -> int:
        node = self.graph.add(INPUT, (), name, start, start + len(name))
        self.graph.names[node] = name
        self.environment[name] = self.program.inputs[name] = node
        return node

    def _unknown(self, name: str, item: int) -> int:
        """The node of a name met for the first time: an input, or a constant of the language."""
        later = self.environment.get(name)
        start = self.syntax.starts[item]
        if later == GIVEN:
            raise mistakes.used_too_early(self.syntax, name, start, self.program.first_given(name))
        if later is None and name in CONSTANTS and name not in self.bound:
            node = self.graph.add(CONSTANT, (), CONSTANTS[name], start, self.syntax.ends[item])
            self.graph.names[node] = name
            self.environment[name] = node
            self.language.add(node)
            return node
        return self._input(name, start)

    def _enter(self, function: Statement, frames: list[_Frame], item: int, count: int) -> None:
        """Check a call of a user's function before its body is opened up."""
        name = function.name or ""
        self.called.add(name)
        if count != len(function.parameters):
            raise mistakes.wrong_count_user(self.syntax, item, function, count)
        if any(frame.name == name for frame in frames[-200:]) or len(frames) > len(self.functions):
            raise mistakes.calls_itself(self.syntax, item, name)
        self.budget -= function.end - function.begin
        if self.budget < 0:
            raise mistakes.too_large(self.syntax, item, name, EXPANSION_LIMIT)

    def _no_function(self, name: str, item: int) -> Op:
        later = next((s for s in self.syntax.statements if s.kind == "define" and s.name == name), None)
        raise mistakes.no_function(
            self.syntax, item, name, later, [*FUNCTIONS, *self.functions], self.environment
        )

    def _check_body(self, function: Statement) -> None:
        """The body of a function that was never called must make sense all the same."""
        syntax = self.syntax
        for item in range(function.begin, function.end):
            meaning = syntax.code[item]
            if meaning in ("array", "string", "index", "transpose", "matmul"):
                raise mistakes.arrays_unsupported(syntax, syntax.starts[item], syntax.ends[item], meaning)
            if meaning != "call":
                continue
            name, count, keywords = syntax.payloads[item]
            if keywords:
                raise mistakes.arrays_unsupported(syntax, syntax.starts[item], syntax.ends[item], "keywords")
            other = self.functions.get(name)
            if other is None:
                op = FUNCTIONS.get(name) or self._no_function(name, item)
                if not op.takes(count):
                    raise mistakes.wrong_count(syntax, item, op, count)
            elif count != len(other.parameters):
                raise mistakes.wrong_count_user(syntax, item, other, count)
            elif other is function:
                raise mistakes.calls_itself(syntax, item, name)


def closed(syntax: Syntax, begin: int, end: int, shadowed: Container[str] = ()) -> float | Program:
    """An expression without inputs, such as a default or a binding: a number, or a program of
    one output where it has to be computed.

    Raises `CgError` (kind `name`) where it has inputs; `shadowed` are constants that the program
    around it has given another meaning, and cannot be meant either.
    """
    if end == begin + 1 and syntax.code[begin] == "number":
        return float(syntax.payloads[begin])
    for item in range(begin, end):
        name = syntax.payloads[item]
        if syntax.code[item] == "name" and (name not in CONSTANTS or name in shadowed):
            raise mistakes.not_closed(syntax, item, name)
    part = Syntax(syntax.source)
    part.code, part.payloads = syntax.code[begin:end], syntax.payloads[begin:end]
    part.starts, part.ends = syntax.starts[begin:end], syntax.ends[begin:end]
    part.statements.append(Statement("output", part.starts[-1], part.ends[-1], 0, end - begin))
    return lower(part)
