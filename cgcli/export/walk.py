"""The one walk: a static graph becomes statements in the language of a target.

A node that is used more than once, one that the program named, and one whose text would get too
long is assigned once and named; everything else is written where it is used. So the text grows
with the graph, brackets never nest deeper than a line is long, and a graph of any depth is a loop.
"""

from __future__ import annotations

from cgcli.annotations import Any, Collection, Iterable, Iterator, Mapping
from cgcli.diagnostics import CgError
from cgcli.export.definitions import expanded
from cgcli.export.form import Call, Entry, Form, Piece, call
from cgcli.export.names import Names, beside, same
from cgcli.ops import FOUND, INPUT, ArrayOp, Leaf, Op
from cgcli.ops.entry import COMPARISON, POSTFIX, SUM, UNARY
from cgcli.render.infix import free_prefix, is_language_constant
from cgcli.rewrite.static import Static
from cgcli.source import Source

WITH_ARRAYS = "`--to numpy` and `--to onnx` take arrays"

# A text no longer than this may be written again where a form has an operand more than once.
SHORT = 12

# A condition no longer than this is written again where it is used.
CONDITION = 36


def plain(value: float) -> Piece:
    """A number as Python, C and others write it."""
    return Piece(repr(value), UNARY if repr(value).startswith("-") else POSTFIX)


def never(text: str) -> bool:
    return False


class Target:
    """A language as the walk needs it.

    title       what people call it
    forms       how operations are written, by their names; others are
    functions   called by their names in the language, which these are,
    helpers     or those of functions that come with the text,
    default     or are written so
    constants   the language's words for `pi`, `inf`, ...
    reserved    names that the program's names must not take
    spell, key, apart   of names, as in `Names`
    symbol      how tightly a name binds
    longest     a text longer than this is assigned
    as_number   how a truth value becomes a number, and the other way round
    takes_arrays  whether its values may be arrays
    doubles     whether its numbers are
    number      how a number is written
    late        of the name of an output, whether the others come before it; outputs stand where they can be
                stated then. None: all statements come before all outputs
    again       whether a text is so short that it is written again wherever it is used
    """

    functions: Mapping[str, str]
    helpers: Any = None
    default: Any = None
    as_number: Form
    as_truth = Form("$0 != 0.0", COMPARISON, COMPARISON + 1, truth=True)
    number = staticmethod(plain)
    spell = key = staticmethod(same)
    longest, symbol = 60, POSTFIX
    brackets = "(", ")"
    takes_arrays, doubles = False, True
    late: Any = None
    apart = staticmethod(beside)
    again = staticmethod(never)

    def __init__(
        self,
        title: str,
        forms: Mapping[str, Entry],
        constants: Mapping[str, str],
        reserved: Collection[str],
        **given: Any,
    ) -> None:
        """What is not given stays as it is for most languages."""
        self.title, self.forms, self.constants, self.reserved = title, forms, constants, reserved
        vars(self).update({"functions": {}} | given)

    def entry(self, op: Op) -> Entry | None:
        """How an operation is written; None where the language has no form for it."""
        if op.__class__ is Leaf:
            return self.as_number
        found = self.forms.get(op.name)
        if op.formula and not self.doubles:
            return None
        if found is None and op.name in self.functions:
            return call(self.functions[op.name])
        if found is None and self.helpers is not None:
            found = self.helpers.form(op)
        return self.default(op) if found is None and self.default is not None else found

    def check_name(self, name: str, others: Collection[str] = ()) -> None:
        """Raise `CgError` for what cannot be the name of a function: what is reserved, and some others."""
        plain = name.isascii() and name.isidentifier() and self.spell(name) == name
        if not plain or self.key(name) in map(self.key, (*self.reserved, *others)):
            raise CgError("usage", f"--name: `{name}` cannot be the name of a function in {self.title}")

    def constant(self, value: float, name: str | None) -> Piece:
        """A number; a named one of the language by its own word where there is one."""
        if name is None and (value != value or value - value != 0):
            name = "nan" if value != value else "inf"
        word = self.constants.get(name or "")
        if word is None:
            return self.number(value)
        return Piece(f"-{word}", UNARY) if value < 0 else Piece(word, self.symbol)


class Statement:
    """`name = text`; `step` as in `Piece`."""

    __slots__ = ("name", "node", "step", "text")

    def __init__(self, node: int, name: str, text: str, step: int) -> None:
        self.node, self.name, self.text, self.step = node, name, text, step


class Written:
    """What a target makes a whole of.

    inputs      the program's names, and those that the target uses
    labels      the same of all that the program named
    statements  in an order in which they can run
    outputs     the name as in `Static.outputs`, and the text of each
    counts      the number of statements that come before each output, in the order of `Target.late`
    """

    __slots__ = ("counts", "inputs", "labels", "names", "outputs", "statements")

    def __init__(self, names: Names) -> None:
        self.names = names
        self.counts: list[int] = []
        self.inputs: dict[str, str] = {}
        self.labels: dict[str, str] = {}
        self.statements: list[Statement] = []
        self.outputs: list[tuple[str | None, Piece]] = []

    def texts(self) -> list[str]:
        return [statement.text for statement in self.statements] + [piece.text for _, piece in self.outputs]


def walk(
    static: Static, target: Target, source: Source | None = None, reserved: Collection[str] = ()
) -> Written:
    """The statements and outputs of a graph. Raises `CgError` (kind `export`), which points at its
    place, for an operation that the target has no form for."""
    static = expanded(static, lambda op: target.entry(op) is None, target.doubles)
    return Walk(static, target, source, reserved).run()


class Walk:
    """One walk: `pieces` are the texts of the nodes so far, `labels` the names of those that have one
    in the program, `last` the nodes of the outputs."""

    def __init__(
        self, static: Static, target: Target, source: Source | None, reserved: Collection[str]
    ) -> None:
        self.static, self.target, self.source = static, target, source
        self.graph, self.uses = static.graph, static.uses()
        self.written = Written(Names({*target.reserved, *reserved}, target.spell, target.key, target.apart))
        self.labels: dict[int, str] = {}
        self.pieces: dict[int, Piece] = {}
        self.last = {node for _, node in static.outputs}

    def run(self) -> Written:
        self._label()
        outputs = self.static.outputs
        if self.target.late is not None:
            outputs = sorted(outputs, key=lambda output: self.target.late(output[0]))
        for nodes in self._turns(node for _, node in outputs):
            for node in nodes:
                leaf = self.graph.ops[node].__class__ is Leaf
                self.pieces[node] = self._leaf(node) if leaf else self._operation(node)
            self.written.counts.append(len(self.written.statements))
        for output, node in outputs:
            self.written.outputs.append((output, self._number(self.pieces[node])))
        return self.written

    def _turns(self, outputs: Iterable[int]) -> Iterator[Iterable[int]]:
        """The nodes, operands first: those that each output needs and none before it, if the target wants its
        outputs as soon as they can be stated."""
        if self.target.late is None:
            yield self.uses
            return
        seen: set[int] = set()
        for output in outputs:
            found, stack = [], [output]
            while stack:
                node = stack.pop()
                if node < 0:
                    found.append(~node)
                elif node not in seen:
                    seen.add(node)
                    stack += [~node, *reversed(self.graph.args[node])]
            yield found

    def _label(self) -> None:
        """Name the inputs, and the nodes that the program named; a name that stood for several nodes in
        turn goes to the last of them."""
        graph, names, inputs = self.graph, self.written.names, self.written.inputs
        named = [graph.names[node] for node in self.uses if node in graph.names]
        names.prefix = free_prefix(names.prefix, named)  # as the program may have such names itself
        for name, node in self.static.inputs().items():
            self.labels[node] = inputs[name] = self.written.labels[name] = names.keep(name)
        seen = set(inputs)
        for node in reversed(self.uses):
            given = graph.names.get(node)
            if given is None or given in seen or graph.ops[node] is INPUT:
                continue
            if not is_language_constant(graph, node):
                seen.add(given)
                self.labels[node] = self.written.labels[given] = names.keep(given)

    def _leaf(self, node: int) -> Piece:
        graph, target = self.graph, self.target
        if graph.ops[node] is INPUT:
            if self.static.shapes[node] and not target.takes_arrays:
                name = graph.attrs[node]
                what = f"the input `{name}` is an array, and {target.title} has numbers only here"
                raise refused(self.static, node, what, self.source, WITH_ARRAYS)
            return Piece(self.labels[node], target.symbol)
        known = graph.names.get(node) if is_language_constant(graph, node) else None
        piece = target.constant(graph.attrs[node], known)
        return self._assign(node, piece) if known is None and node in self.labels else piece

    def _operation(self, node: int) -> Piece:
        """An operation on the texts of its operands. One that the form has more than once is assigned
        first where it is long."""
        target, args = self.target, self.graph.args[node]
        operands = [self.pieces[arg] for arg in args]
        form = self._form(node, operands)
        for position in form.repeated():
            text = operands[position].text
            if len(text) > SHORT and not text.isidentifier():
                arg = args[position]
                operands[position] = self.pieces[arg] = self._assign(arg, self.pieces[arg])
        step = max((operand.step for operand in operands), default=0)
        operands = [self._wanted(form, position, operand) for position, operand in enumerate(operands)]
        texts = [self._fit(form, position, operand) for position, operand in enumerate(operands)]
        piece = Piece(form.fill(texts), form.level, form.truth, step, form.turned)
        piece.last = self._ended(form, texts, operands) or piece.text
        short = form.again or (piece.truth and len(piece.text) <= CONDITION) or target.again(piece.text)
        repeated = self.uses[node] > 1 and not short
        long = len(piece.text) > target.longest and node not in self.last
        return self._assign(node, piece) if repeated or long or node in self.labels else piece

    def _form(self, node: int, operands: list[Piece]) -> Form:
        op, target = self.graph.ops[node], self.target
        if op in FOUND:
            what = f"`{op.title}` is found by steps, and {target.title} has no form of it"
            raise refused(self.static, node, what, self.source)
        entry = target.entry(op)
        if callable(entry):
            alone = self.uses[node] == 1 and node in self.last
            form = entry(Call(self.graph, node, operands, self.static.shapes, alone))
        else:
            form = entry
        if form is None:
            what = f"{target.title} cannot express `{op.title}`"
            if isinstance(op, ArrayOp) and not target.takes_arrays:
                what = f"`{op.title}` works on arrays, and {target.title} has numbers only here"
                raise refused(self.static, node, what, self.source, WITH_ARRAYS)
            raise refused(self.static, node, what, self.source)
        return form

    def _assign(self, node: int, piece: Piece) -> Piece:
        """A statement for a node: the piece is its name from there on."""
        piece = self._number(piece)
        name = self.labels.get(node) or self.written.names.fresh()
        self.written.statements.append(Statement(node, name, piece.last, piece.step))
        return Piece(name, self.target.symbol, False, piece.step + 1)

    def _number(self, piece: Piece) -> Piece:
        return self._convert(self.target.as_number, piece) if piece.truth else piece

    def _convert(self, form: Form, piece: Piece) -> Piece:
        return Piece(form.fill([self._bracket(piece, form.side(0))]), form.level, form.truth, piece.step)

    def _bracket(self, piece: Piece, side: int) -> str:
        left, right = self.target.brackets
        return f"{left}{piece.last}{right}" if piece.level < side else piece.text

    def _wanted(self, form: Form, position: int, piece: Piece) -> Piece:
        """An operand of the kind that its place wants."""
        wanted = form.wants_truth(position)
        if piece.truth == wanted:
            return piece
        return self._convert(self.target.as_truth if wanted else self.target.as_number, piece)

    def _fit(self, form: Form, position: int, piece: Piece) -> str:
        """The text of an operand, with brackets where it needs them."""
        side = form.side(position)
        apart = side <= SUM or (form.level == SUM and not form.ends(position))
        return piece.last if apart and piece.level >= side else self._bracket(piece, side)

    def _ended(self, form: Form, texts: list[str], operands: list[Piece]) -> str | None:
        """The text for where no factor follows, if it is another."""
        if form.last is not None:
            return Form(form.last).fill(texts)
        end = len(operands) - 1
        if end < 0 or not form.ends(end) or operands[end].level < form.side(end):
            return None
        return None if texts[end] == operands[end].last else form.fill([*texts[:end], operands[end].last])


def refused(
    static: Static, node: int, message: str, source: Source | None, hint: str | None = None
) -> CgError:
    """The error for what a target cannot express, at its place in the program."""
    graph = static.graph
    if isinstance(forms := graph.ops[node].definition, dict):
        hint = f"there is a form of it for the orders {' and '.join(f'{order:g}' for order in forms)} alone"
    return CgError("export", message, source, *graph.place(node), hint)
