"""From syntax to program, where it runs: statements to a tree of blocks.

The statements are a flat list, in which heads of blocks and `close`s stand like brackets; the open ones are
on a stack. Names are those of the scope that they stand in: of a function, or of the program.
"""

from __future__ import annotations

from cgcli.annotations import Any, Container, Iterator
from cgcli.control import tree as t
from cgcli.diagnostics import CgError
from cgcli.language import errors
from cgcli.language.block import Block, Output
from cgcli.language.builder import Named
from cgcli.language.program import Program
from cgcli.language.run_expressions import Pieces
from cgcli.language.scopes import Scopes
from cgcli.language.spans import levels as levels_of
from cgcli.language.subscripts import subscripts
from cgcli.language.syntax import Statement, Syntax
from cgcli.ops import ALIAS, DIFFERENTIATIONS, INPUT, OPS
from cgcli.ops.entry import COMPARISON

# The operation of each assignment in place.
UPDATES = {
    op.symbol: op
    for op in map(OPS.__getitem__, ("add", "sub", "mul", "div", "floordiv", "mod", "matmul", "pow"))
}


class _Open:
    """A block that is open: its head, and what has been found of it so far."""

    __slots__ = ("found", "head")

    def __init__(self, head: Statement, found: Any = None) -> None:
        self.head, self.found = head, found


class Blocks:
    """Reads the statements of a program, and of its functions, into sequences."""

    def __init__(self, syntax: Syntax, program: Program, scopes: Scopes, aside: int, models: bool) -> None:
        self._models = models
        self.syntax, self.program, self.scopes, self.aside = syntax, program, scopes, aside
        self.pieces = Pieces(syntax, scopes.resolve, scopes.functions, scopes.call, program)
        self.builder = self.pieces.builder
        self.functions: dict[str, t.Function] = {}
        self.outputs: list[tuple[str, Statement]] = []
        self.beside: list[tuple[str, Statement]] = []
        self.alone: dict[tuple[str, str], Any] = {}  # notes of copies that are changed, by function and name
        self._open: list[_Open] = []

    def function(self, statements: list[Statement]) -> None:
        """A function: its head and what follows up to the end, or its definition."""
        head, *body = statements
        name = head.name or ""
        self.scopes.enter(name)
        self.builder.place = head.start, head.stop
        self.builder.open()
        self._vary(head, statements)
        if head.kind == "define":
            result = self.builder.slot(self.pieces.read(head.begin, head.end))
            self.builder.emit(t.Return(result, head.start, head.stop))
        else:
            self.statements(body[:-1])
        seq = self.builder.closed()
        last = statements[-1]
        place = (head.start, head.stop) if head.kind == "define" else (head.start, last.stop)
        self.functions[name] = t.Function(name, head.parameters, (), seq, *place)

    def _vary(self, head: Statement, statements: list[Statement]) -> None:
        """Parameters that the function differentiates by vary by themselves, whatever else has the value."""
        begin, end = head.begin, statements[-1].end
        payloads = self.syntax.payloads[begin:end]
        if not any(one.__class__ is tuple and one and one[0] in DIFFERENTIATIONS for one in payloads):
            return
        from cgcli.language.derivatives import parameters

        by = parameters(self.syntax, begin, end)
        for name in head.parameters:
            if name in by:
                builder = self.builder
                node = builder.node(Named(name, head.start, head.stop))
                builder.is_plain = False
                builder.writes[name] = builder.graph.add(ALIAS, (node,), None, head.start, head.stop)
        self.builder.flush()

    def statements(self, statements: list[Statement]) -> None:
        """Read statements, up to the end of the blocks that they open."""
        following = [*statements[1:], None]
        for statement, after in zip(statements, following):
            self.scopes.at(statement)
            self.builder.place = statement.start, statement.stop
            getattr(self, "_" + statement.kind.removesuffix("_default"))(statement)
            self.builder.flush()
            if statement.kind == "close" and not (after is not None and after.kind in ("elif", "else")):
                self._end_ifs()

    # Blocks

    def _if(self, statement: Statement) -> None:
        condition = self.builder.slot(self.pieces.read(statement.begin, statement.end))
        self.builder.open()
        self._open.append(_Open(statement, [condition]))

    def _elif(self, statement: Statement) -> None:
        """A nested `if`, which ends with the one that it stands in."""
        self.builder.open()
        self._if(statement)

    def _else(self, statement: Statement) -> None:
        self.builder.open()
        self._open.append(_Open(statement))

    def _end_ifs(self) -> None:
        """The `if`s that have no more branches: an `else` ends its own, and that the one around it."""
        while self._open and self._open[-1].head.kind in ("if", "elif") and len(self._open[-1].found) > 1:
            opened = self._open.pop()
            condition, then, *other = opened.found
            place = opened.head.start, opened.head.stop
            self.builder.emit(t.If(condition, then, other[0] if other else t.Seq(), *place))
            if opened.head.kind == "elif":
                self._open[-1].found.append(self.builder.closed())

    def _close(self, statement: Statement) -> None:
        opened = self._open[-1]
        head, place = opened.head, (opened.head.start, opened.head.stop)
        body = self.builder.closed()
        if head.kind in ("if", "elif"):
            opened.found.append(body)
            return
        self._open.pop()
        if head.kind == "else":
            self._open[-1].found.append(body)
        elif head.kind == "for":
            self.builder.emit(t.For(head.name or "", opened.found, body, *place))
        elif head.kind == "while":
            before, condition = opened.found
            self.builder.emit(t.While(before, condition, body, *place))
            self.scopes.again(head, statement)
        else:
            self.builder.emit(t.Checkpoint(body, *place))

    def _for(self, statement: Statement) -> None:
        self.pieces.leave(statement.begin, self.pieces.before_range(statement.end))
        over = self.pieces.over(statement.end)
        self.builder.open()
        self._open.append(_Open(statement, over))

    def _while(self, statement: Statement) -> None:
        self.builder.open()
        condition = self.builder.slot(self.pieces.read(statement.begin, statement.end))
        head = self.builder.closed()
        self.builder.open()
        self._open.append(_Open(statement, [head, condition]))

    def _checkpoint(self, statement: Statement) -> None:
        self.builder.open()
        self._open.append(_Open(statement))

    def _body(self, statement: Statement) -> None:
        raise errors.blocks.inner_function(self.syntax, statement)

    def _define(self, statement: Statement) -> None:
        if self._open or self.scopes.function:
            raise errors.blocks.inner_function(self.syntax, statement)

    def _break(self, statement: Statement) -> None:
        if not any(opened.head.kind in ("for", "while") for opened in self._open):
            raise errors.blocks.outside(self.syntax, statement)
        part = t.Break if statement.kind == "break" else t.Continue
        self.builder.emit(part(statement.start, statement.stop))

    _continue = _break

    def _return(self, statement: Statement) -> None:
        if not self.scopes.function:
            raise errors.blocks.outside(self.syntax, statement)
        if statement.begin == statement.end:
            raise errors.blocks.empty_return(self.syntax, statement)
        result = self.builder.slot(self.pieces.read(statement.begin, statement.end))
        self.builder.emit(t.Return(result, statement.start, statement.stop))
        self.scopes.has_ended = True

    # Values

    def _output(self, statement: Statement) -> None:
        item = statement.end - 1
        called = self.syntax.payloads[item][0] if self.syntax.code[item] == "call" else ""
        if called == "print" and "print" not in self.scopes.functions:
            return self._print(statement)
        if self._open or self.scopes.function:
            raise errors.blocks.goes_nowhere(self.syntax, statement, not self._open)
        operand = self.pieces.read(statement.begin, statement.end)
        which = self.beside if statement.start >= self.aside else self.outputs
        slot = self.builder.hidden()
        which.append((slot, statement))
        self.builder.write(slot, operand)

    def _model(self, statement: Statement) -> None:
        """Data and their model: two outputs, one after the other."""
        if self._open or self.scopes.function or not self._models:
            told = "`~` states data and their model, outside of blocks, which is for `cg fit`"
            raise CgError("syntax", told, self.syntax.source, statement.start, statement.stop)
        self.pieces.leave(statement.begin, statement.end - 1)
        for operand in [self.builder.stack.pop() for _ in range(2)][::-1]:
            slot = self.builder.hidden()
            self.outputs.append((slot, statement))
            self.builder.write(slot, operand)

    def _print(self, statement: Statement) -> None:
        item = statement.end - 1
        if self.syntax.payloads[item][2]:
            raise errors.blocks.wrong_call(self.syntax, item, "print", 'print(x, "text", ...)')
        self.scopes.is_aside = self.scopes.acts = True
        self.pieces.leave(statement.begin, item)
        self.scopes.is_aside = False
        stack = self.builder.stack
        items = tuple(t.Text(one) if isinstance(one, str) else self.builder.slot(one) for one in stack)
        stack.clear()
        self.builder.emit(t.Print(items, statement.start, statement.stop))

    def _assign(self, statement: Statement) -> None:
        self.builder.write(statement.name or "", self.pieces.read(statement.begin, statement.end))

    def _update(self, statement: Statement) -> None:
        value = self.pieces.read(statement.begin, statement.end)
        name, start = statement.name or "", statement.name_start
        before = Named(name, start, start + len(name))
        self.scopes.read(name, start)
        self.builder.write(name, self._updated(before, value, statement))

    def _updated(self, before: Any, value: Any, statement: Statement) -> int:
        builder, op = self.builder, UPDATES[statement.parameters[0]]
        operands = builder.node(before), builder.node(value)
        return builder.graph.add(op, operands, None, statement.start, statement.stop)

    def _store(self, statement: Statement) -> None:
        """An element, a slice, an item or a field: the subscripts first, each once, then the value."""
        builder, syntax = self.builder, self.syntax
        begin, middle = statement.begin, statement.name_start
        levels = levels_of(syntax, begin, middle) if statement.name is not None else None
        if levels is None or statement.name is None:
            raise errors.blocks.no_place(syntax, statement, middle)
        name, start = statement.name, syntax.starts[begin]
        self.scopes.read(name, start)
        if not self.scopes.owns(name):
            told = errors.blocks.changed_alone(syntax, statement, self.scopes.function)
            self.alone.setdefault((self.scopes.function, name), told)
        path: list[Any] = []
        for before, level in zip([begin, *levels], levels):
            if syntax.code[level] == "field":
                path.append(syntax.payloads[level])
                continue
            self.pieces.leave(before + 1, level)
            given = list(map(builder.node, builder.stack))
            operands, at, bounds = subscripts(builder.known(), syntax, level, given, late=True)
            builder.stack.clear()
            path.append(_with_slots(at, bounds, iter([builder.slot(one) for one in operands])))
            builder.flush()
        value = self.pieces.read(middle, statement.end)
        if statement.parameters[0]:
            current = self.pieces.part(Named(name, start, start + len(name)), path, levels)
            value = self._updated(current, value, statement)
        slot = builder.slot(value)
        builder.emit(t.Store(name, tuple(path), slot, statement.start, statement.stop))

    def _check(self, statement: Statement) -> None:
        builder, item = self.builder, statement.end - 1
        self.scopes.is_aside = True
        operand = self.pieces.read(statement.begin, statement.end)
        self.scopes.is_aside = False
        sides: tuple[str, ...] = ()
        if operand.__class__ is int and builder.graph.ops[operand].level == COMPARISON:
            sides = tuple(map(builder.slot, builder.graph.args[operand]))
        condition = builder.slot(operand)
        where = self.syntax.place(item)
        message = statement.parameters[0] if statement.parameters else None
        builder.emit(t.Check(condition, sides, message, where, statement.start, statement.stop))

    def _declare(self, statement: Statement) -> None:
        if self._open or self.scopes.function:
            raise errors.blocks.inner_input(self.syntax, statement)

    _declare_shape = _declare


def _with_slots(at: tuple[Any, ...], bounds: tuple[Any, ...], slots: Iterator[str]) -> tuple[Any, ...]:
    """The `at` of an index, with slots in the place of operands (`Store.path`)."""
    found: list[Any] = []
    for part, computed in zip(at, bounds):
        if part is None:
            found.append(next(slots))
        elif computed:
            found.append(tuple(next(slots) if late else one for one, late in zip(part, computed)))
        else:
            found.append(part)
    return tuple(found)


def program(syntax: Syntax, bound: Container[str], aside: int, models: bool = False) -> Program:
    """The program that a syntax means, where it runs; what it declares is not read here. `bound`, `aside`
    and `models` as in `lowering.lower`. Raises `CgError`."""
    found = Program(syntax.source, syntax.statements, Block())
    scopes = Scopes(syntax, bound)
    blocks = Blocks(syntax, found, scopes, aside, models)
    for statements in scopes.functions.values():
        blocks.function(statements)
    scopes.close(blocks.functions)
    scopes.enter("")
    blocks.statements(scopes.body)
    body = blocks.builder.closed()
    if not blocks.outputs:
        blocks.outputs = scopes.unread()
    if not blocks.outputs and not scopes.acts:
        raise errors.meaning.nothing_to_do(syntax)
    block = found.block
    for name, (start, end) in scopes.inputs.items():
        block.inputs[name] = block.graph.add(INPUT, (), name, start, end)
    nodes = dict(block.inputs)
    for slots, outputs in ((blocks.outputs, block.outputs), (blocks.beside, block.aside)):
        for slot, s in slots:
            if slot not in nodes:
                nodes[slot] = block.graph.add(INPUT, (), slot, s.start, s.stop)
            outputs.append(Output(None if slot[0] == "%" else slot, nodes[slot], s.start, s.stop))
    for name in scopes.top:
        if name not in nodes:
            nodes[name] = block.graph.add(INPUT, (), name)
    block.names |= {name: node for name, node in nodes.items() if name[0] != "%"}
    for name, node in block.names.items():
        block.graph.names[node] = name
    asked = tuple(slot for slot, _ in (*blocks.outputs, *blocks.beside))
    found.functions, found.warnings = set(scopes.functions), [*blocks.alone.values()]
    found.tree = t.Tree(body, blocks.functions, tuple(scopes.inputs), asked, scopes.settings)
    return found
