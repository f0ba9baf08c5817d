"""From syntax to program: each statement is read into the graph, and what it means is noted."""

from __future__ import annotations

from math import isfinite

from cgcli.algebras import definitions
from cgcli.annotations import Any, Container
from cgcli.diagnostics import CgError, Diagnostic
from cgcli.graph import Graph
from cgcli.language import errors
from cgcli.language.block import Assertion, Block, Output
from cgcli.language.characters import PASTED_NAMES, meant
from cgcli.language.expressions import DECLARED, GIVEN, Expressions, Given, Varying
from cgcli.language.program import Program
from cgcli.language.syntax import Statement, Syntax
from cgcli.later import np, re
from cgcli.ops import CONSTANT, CONSTANTS, SOUGHT
from cgcli.ops.constants import literal
from cgcli.passes.shapes import MOST_AXES
from cgcli.shapes import Named, Shape, Size
from cgcli.source import Source


def lower(
    syntax: Syntax,
    bound: Container[str] = (),
    given: Given = lambda name, default: None,
    aside: int | None = None,
    models: bool = False,
) -> Program:
    """The program that a syntax means.

    `bound` holds the names that have a value from outside: a constant among them (`e`) is an
    input then. `given` tells values that inputs will have whenever the program runs, so that sizes, axes
    and slices may be computed from them; of those that each row has its own of it raises `Varying`, and the
    program runs. What stands from the place `aside` on is beside the program:
    expressions that are no outputs of it (`Block.aside`). With `models` there may be `data ~ model`, whose
    sides are two outputs, one after the other. Raises `CgError` for unknown names and functions,
    wrong arguments, names that are declared twice or used too early, recursion, and an empty program; of
    kind `usage` for a statement beside the program that is no expression.
    """
    if aside is not None:
        for statement in syntax.statements:
            if statement.start >= aside and statement.kind != "output":
                raise errors.meaning.no_expression(syntax, statement)
    if not syntax.runs:
        try:
            return _Lowering(syntax, bound, given, aside, models).run()
        except Varying:  # each row has its own sizes
            pass
        except CgError as error:
            if error.diagnostic.kind != "recursion":
                raise
    return _Lowering(syntax, bound, given, aside, models).running()


def number_warnings(syntax: Syntax) -> list[Diagnostic]:
    """A warning for each number of which a double says something else (`Written.lost`), and for what looks
    like a percentage or an assignment of other languages."""
    source = syntax.source
    warnings = [
        Diagnostic(
            "number", f"this number is {where}, and is {found}", source, start, end, severity="warning"
        )
        for start, end, (where, found) in syntax.rounded
    ]
    return warnings + [
        warning for sign, *told in LOOKS_ALIKE if sign in source.text for warning in _alike(source, *told)
    ]


# What looks like something else in other places, though it is right: `10% + 5` is 10 % (+5), `x <- 4` is
# x < -4, and `2024-01-15` is 2008. A sign without which it is not there, how it is found, what to say of it,
# and what may be meant.
LOOKS_ALIKE = [
    (
        "% ", r"^[^#\"'\n]*?[0-9](%) +[-+] ",
        "`%` is the remainder, and the sign after it is that of the divisor",
        "a percentage is written `10/100`",
    ),
    (
        "<- ", r"(?:^|[;{}])[ \t]*\w+[ \t]*(<-) ", "`<-` is read as `< -`, which compares",
        "a value is given by `=`",
    ),
    (
        "-0", r"(?<![\w.])\d{4}(-)(?:0\d-[0-3]\d|[01]\d-0\d)(?![\w.])",
        "this is read as differences, and not as a date", "the language has no dates",
    ),
]  # fmt: skip


def _alike(source: Source, pattern: str, message: str, hint: str) -> list[Diagnostic]:
    return [
        Diagnostic("convention", message, source, *match.span(1), hint, "warning")
        for match in re.finditer(pattern, source.text, re.MULTILINE)
    ]


class _Lowering:
    def __init__(
        self, syntax: Syntax, bound: Container[str], given: Given, aside: int | None, models: bool
    ) -> None:
        self.syntax, self.bound, self.models = syntax, bound, models
        self.aside = len(syntax.source.text) + 1 if aside is None else aside
        self.block = Block()
        self.graph = self.block.graph
        self.program = Program(syntax.source, syntax.statements, self.block)
        self.expressions = Expressions(syntax, self.program, self.block, bound, given)
        if any(one.__class__ is tuple and one and one[0] in SOUGHT for one in syntax.payloads):
            from cgcli.language.sought import Sought

            self.expressions.sought = Sought(syntax, self.program, self.graph)
        self.environment = self.expressions.environment
        self.declared: set[str] = set()
        self.shadowed: set[str] = set()  # constants that mean something else here
        self.defined: set[str] = set()  # functions, also those that come later

    def run(self) -> Program:
        syntax, program = self.syntax, self.program
        program.warnings = number_warnings(syntax)
        statements = program.statements
        for kind, name in zip(statements.kinds, statements.names):
            if name is None:
                continue
            if kind == "define":
                self.defined.add(name)
            else:
                self.environment.setdefault(name, GIVEN if kind == "assign" else DECLARED)
        self._check_sizes()
        names = (*CONSTANTS, *PASTED_NAMES)
        self.shadowed = {name for name in names if name in self.environment or name in self.bound}
        for index, statement in enumerate(statements):
            if statement.kind == "assign":
                self._assign(statement, index)
            else:
                getattr(self, "_" + statement.kind.removesuffix("_default"))(statement)
                if statement.kind.endswith("_default"):
                    self._default(statement)
        block = self.block
        if not block.outputs:
            unused = ((name, statements[index]) for name, index in self.expressions.unused.items())
            block.outputs += [Output(name, block.names[name], s.start, s.stop) for name, s in unused]
        if not block.outputs and not block.assertions:
            raise errors.meaning.nothing_to_do(syntax)
        if self.defined:
            self.expressions.check_bodies()
        return program

    def running(self) -> Program:
        """The program, where it runs."""
        from cgcli.language import block_tree

        syntax, bound = self.syntax, self.bound
        self.program = program = block_tree.program(syntax, bound, self.aside, self.models)
        program.warnings += number_warnings(syntax)
        names = (*CONSTANTS, *PASTED_NAMES)
        self.shadowed = {name for name in names if name in program.names or name in bound}
        self.defined = program.functions
        for statement in syntax.statements:
            if statement.kind.startswith("declare_shape"):
                program.shapes[statement.name or ""] = _declared_shape(syntax, statement)
                program.uses_arrays = True
            if statement.kind.endswith("_default"):
                self._default(statement)
        return program

    def _check_sizes(self) -> None:
        """Raise `CgError` where a statement gives a name that a declared shape has for a size: it would
        be two numbers."""
        statements = self.program.statements
        for index, kind in enumerate(statements.kinds):
            if kind.startswith("declare_shape"):
                shaped = statements[index]
                for size in shaped.parameters:
                    if size in self.environment:
                        given = self.program.first_given(size) or shaped
                        raise errors.meaning.size_given(self.syntax, given, shaped)

    # Statements

    def _output(self, statement: Statement) -> None:
        if statement.start >= self.aside:
            node, outputs = self._look(statement), self.block.aside
        else:
            node, outputs = self.expressions.read(statement.begin, statement.end), self.block.outputs
        outputs.append(Output(None, node, statement.start, statement.stop))

    def _model(self, statement: Statement) -> None:
        if not self.models:
            told = "`~` states data and their model, which is for `cg fit`"
            raise CgError("syntax", told, self.syntax.source, statement.start, statement.stop)
        node = self.expressions.read(statement.begin, statement.end)
        for side in self.graph.args[node]:
            self.block.outputs.append(Output(None, side, statement.start, statement.stop))

    def _look(self, statement: Statement) -> int:
        """The node of an expression that does not use a name up."""
        unused, self.expressions.unused = self.expressions.unused, {}
        node = self.expressions.read(statement.begin, statement.end)
        self.expressions.unused = unused
        return node

    def _assign(self, statement: Statement, index: int) -> None:
        node = self.expressions.read(statement.begin, statement.end)
        name = statement.name or ""
        if self.graph.ops[node] is CONSTANT and (
            node not in self.graph.names or node in self.expressions.language
        ):
            # equal numbers share a node; one that gets a name is a node of its own
            node = self.graph.add(CONSTANT, (), self.graph.attrs[node], statement.start, statement.stop)
        self.graph.names.setdefault(node, name)
        self.environment[name] = node
        self.expressions.unused.pop(name, None)
        self.expressions.unused[name] = index

    def _define(self, statement: Statement) -> None:
        self.expressions.functions[statement.name or ""] = statement
        self.program.functions.add(statement.name or "")

    def _check(self, statement: Statement) -> None:
        node = self._look(statement)
        item = statement.end - 1
        self.block.assertions.append(Assertion(node, *self.syntax.place(item), *statement.parameters))

    def _declare(self, statement: Statement) -> None:
        name = statement.name or ""
        early = name in self.block.inputs and name not in self.declared  # used before: an input
        if self.environment[name] >= 0 and not early:
            first = self.program.first_given(name) or statement
            raise errors.meaning.declared_again(self.syntax, statement, first)
        self.declared.add(name)
        if name not in self.block.inputs:
            self.expressions.add_input(name, statement.name_start)

    def _declare_shape(self, statement: Statement) -> None:
        name, shape = statement.name or "", _declared_shape(self.syntax, statement)
        self._declare(statement)
        self.program.shapes[name] = shape
        self.program.uses_arrays = True
        for axis, size in enumerate(shape):
            if isinstance(size, Named):
                self.expressions.sizes.setdefault(str(size), (name, axis))

    def _default(self, statement: Statement) -> None:
        self.program.defaults[statement.name or ""] = closed(
            self.syntax,
            statement.begin,
            statement.end,
            f"the value of `{statement.name}`",
            self.shadowed,
            self.defined,
        )


def _declared_shape(syntax: Syntax, statement: Statement) -> Shape:
    """The shape of `input A: [m, 3]`. Raises `CgError` (kind `shape`) for a size that is no size."""
    shape: list[Size] = []
    for text in statement.parameters:
        if text.isidentifier():
            shape.append(Named.of(text))
            continue
        value = literal(text)
        if not value.is_integer():
            message = f"`{text}` is not the size of an axis: that is a whole number or a name"
            raise CgError("shape", message, syntax.source, statement.start, statement.stop)
        shape.append(int(value))
    return tuple(shape)


def closed(
    syntax: Syntax,
    begin: int,
    end: int,
    what: str,
    shadowed: Container[str] = (),
    functions: Container[str] = (),
) -> float | Program:
    """An expression without inputs, such as a default or a binding: a number, or a program of
    one output where it has to be computed.

    Raises `CgError` (kind `name`) where it has inputs, which `what` cannot have; `shadowed` are
    constants that the program around it has given another meaning, and cannot be meant either, nor
    can the program's own `functions`.
    """
    if end == begin + 1 and syntax.code[begin] == "number":
        number: float = syntax.payloads[begin]
        return number
    bound = {syntax.payloads[i][0] for i in range(begin, end) if syntax.code[i] == "comprehension"}
    for item in range(begin, end):
        name = syntax.payloads[item]
        if (
            syntax.code[item] == "name"
            and name not in bound
            and (meant(name) not in CONSTANTS or name in shadowed)
        ):
            raise errors.meaning.not_closed(syntax, item, name, what)
        if syntax.code[item] == "call" and name[0] in functions:
            raise errors.meaning.not_closed(syntax, item, name[0], what, "function of the program")
    part = Syntax(syntax.source)
    part.runs = syntax.runs
    part.code, part.payloads = syntax.code[begin:end], syntax.payloads[begin:end]
    part.starts, part.ends = syntax.starts[begin:end], syntax.ends[begin:end]
    part.statements.append(Statement("output", part.starts[-1], part.ends[-1], 0, end - begin))
    return lower(part)


def array_of_numbers(syntax: Syntax) -> Any:
    """The value of an expression that is an array of numbers as they are written, with their signs; None for
    any other, for one that is empty or ragged, and where a number is no double."""
    numbers: list[float] = []
    shapes: list[Shape] = []  # of what is on the stack
    for meaning, payload in zip(syntax.code, syntax.payloads):
        if meaning == "number" and isfinite(payload):
            numbers.append(payload)
            shapes.append(())
        elif meaning == "neg" and shapes[-1] == ():
            numbers[-1] = -numbers[-1]
        elif meaning == "array" and payload and payload == shapes[-payload:].count(shapes[-1]):
            shapes[-payload:] = [(payload, *shapes[-1])]
        elif meaning != "pos":
            return None
    if not 0 < len(shapes[-1]) <= MOST_AXES:
        return None
    return np.array(numbers, float).reshape(shapes[-1])


def defined(text: str) -> tuple[Graph, int]:
    """The graph of a definition of an operation, and the node of its value."""
    from cgcli.language.parser import parse

    program = lower(parse(Source(("<definition>", text))))
    return program.graph, program.outputs[0].node


definitions.reader = defined
