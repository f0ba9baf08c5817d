"""The one walk: a static graph becomes statements in the language of a target.

A node that is used more than once, one that the program named, and one whose text would get too
long is assigned once and named; everything else is written where it is used. So the text grows
with the graph, brackets never nest deeper than a line is long, and a graph of any depth is a loop.
"""

from __future__ import annotations

from cgcli.diagnostics import CgError
from cgcli.export.form import Call, Form, Piece
from cgcli.export.names import Names, same
from cgcli.ops import CONSTANT, INPUT, Tensor
from cgcli.ops.entry import COMPARISON, POSTFIX, UNARY
from cgcli.render.infix import is_language_constant
from cgcli.rewrite.static import Static
from cgcli.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from cgcli.export.form import Entry
    from cgcli.ops import Op

# A text no longer than this may be written again where a form has an operand more than once.
SHORT = 12

# A condition no longer than this is written again where it is used.
CONDITION = 36


class Target:
    """A language as the walk needs it.

    title       what people call it
    forms       how each operation is written, by its name
    constants   the language's words for `pi`, `inf`, ...
    reserved    names that the program's names must not take
    spell, key, mark    of names, as in `Names`
    symbol      how tightly a name binds
    longest     a text longer than this is assigned
    as_number   how a truth value becomes a number, and the other way round
    tensors     whether its values may be arrays
    number      how a number is written
    """

    __slots__ = (
        "as_number", "as_truth", "brackets", "constants", "forms", "key", "longest", "mark", "number",
        "reserved", "spell", "symbol", "tensors", "title",
    )  # fmt: skip

    def __init__(
        self,
        title: str,
        forms: Mapping[str, Entry],
        constants: Mapping[str, str],
        reserved: Collection[str],
        *,
        as_number: Form,
        as_truth: Form | None = None,
        number: Callable[[float], Piece] | None = None,
        spell: Callable[[str], str] = same,
        key: Callable[[str], str] = same,
        longest: int = 60,
        brackets: tuple[str, str] = ("(", ")"),
        tensors: bool = False,
        mark: str = "_",
        symbol: int = POSTFIX,
    ) -> None:
        self.title, self.forms, self.constants, self.reserved = title, forms, constants, reserved
        self.as_number, self.number, self.spell, self.key = as_number, number or plain, spell, key
        self.as_truth = as_truth or Form("$0 != 0.0", COMPARISON, COMPARISON + 1, truth=True)
        self.longest, self.brackets, self.tensors = longest, brackets, tensors
        self.mark, self.symbol = mark, symbol

    def check_name(self, name: str) -> None:
        """Raise `CgError` for what cannot be the name of a function."""
        plain = name.isascii() and name.isidentifier()
        if not plain or self.key(name) in map(self.key, self.reserved):
            raise CgError("usage", f"--name: `{name}` cannot be the name of a function in {self.title}")

    def constant(self, value: float, name: str | None) -> Piece:
        """A number; a named one of the language by its own word where there is one."""
        if name is None and (value != value or value - value != 0):
            name = "nan" if value != value else "inf"
        word = self.constants.get(name or "")
        if word is None:
            return self.number(value)
        return Piece(f"-{word}", UNARY) if value < 0 else Piece(word, self.symbol)


def plain(value: float) -> Piece:
    """A number as Python, C and others write it."""
    return Piece(repr(value), UNARY if repr(value).startswith("-") else POSTFIX)


class Statement:
    """`name = text`; `step` as in `Piece`."""

    __slots__ = ("name", "node", "step", "text")

    def __init__(self, node: int, name: str, text: str, step: int) -> None:
        self.node, self.name, self.text, self.step = node, name, text, step


class Written:
    """What a target makes a whole of.

    inputs      the program's names, and those that the target uses
    statements  in an order in which they can run
    outputs     the name as in `Static.outputs`, and the text of each
    """

    __slots__ = ("inputs", "names", "outputs", "statements")

    def __init__(self, names: Names) -> None:
        self.names = names
        self.inputs: dict[str, str] = {}
        self.statements: list[Statement] = []
        self.outputs: list[tuple[str | None, Piece]] = []

    def texts(self) -> list[str]:
        return [statement.text for statement in self.statements] + [piece.text for _, piece in self.outputs]


def walk(
    static: Static, target: Target, source: Source | None = None, reserved: Collection[str] = ()
) -> Written:
    """The statements and outputs of a graph. Raises `CgError` (kind `export`), which points at its
    place, for an operation that the target has no form for."""
    graph, uses = static.graph, static.uses()
    written = Written(Names({*target.reserved, *reserved}, target.spell, target.key, target.mark))
    labels = _labels(static, list(uses), target, written, source)
    pieces: dict[int, Piece] = {}
    last = {node for _, node in static.outputs}

    def assign(node: int, piece: Piece) -> Piece:
        if piece.truth:
            piece = _convert(target, target.as_number, piece)
        name = labels.get(node) or written.names.fresh()
        written.statements.append(Statement(node, name, piece.text, piece.step))
        return Piece(name, target.symbol, False, piece.step + 1)

    for node, used in uses.items():
        op = graph.ops[node]
        if op is INPUT:
            pieces[node] = Piece(labels[node], target.symbol)
            if static.shapes[node] and not target.tensors:
                what = (
                    f"the input `{graph.attrs[node]}` is an array, and {target.title} has numbers only here"
                )
                raise refused(static, node, what, source)
            continue
        if op is CONSTANT:
            known = graph.names.get(node) if is_language_constant(graph, node) else None
            pieces[node] = target.constant(graph.attrs[node], known)
            if known is None and node in labels:
                pieces[node] = assign(node, pieces[node])
            continue
        operands = [pieces[arg] for arg in graph.args[node]]
        form = _form(target, op, Call(graph, node, operands, static.shapes))
        if form is None:
            what = f"{target.title} cannot express `{op.title}`"
            if isinstance(op, Tensor) and not target.tensors:
                what = f"`{op.title}` works on arrays, and {target.title} has numbers only here"
            raise refused(static, node, what, source)
        for position in form.repeated():
            if len(operands[position].text) > SHORT and not operands[position].text.isidentifier():
                arg = graph.args[node][position]
                operands[position] = pieces[arg] = assign(arg, pieces[arg])
        step = max((operand.step for operand in operands), default=0)
        texts = [_fit(target, form, position, operand) for position, operand in enumerate(operands)]
        piece = Piece(form.fill(texts), form.level, form.truth, step)
        repeated = used > 1 and not (piece.truth and len(piece.text) <= CONDITION)
        if repeated or node in labels or (len(piece.text) > target.longest and node not in last):
            piece = assign(node, piece)
        pieces[node] = piece
    for output, node in static.outputs:
        piece = pieces[node]
        if piece.truth:
            piece = _convert(target, target.as_number, piece)
        written.outputs.append((output, piece))
    return written


def _labels(
    static: Static, schedule: list[int], target: Target, written: Written, source: Source | None
) -> dict[int, str]:
    """The names of the inputs, and of the nodes that the program named; a name that stood for
    several nodes in turn goes to the last of them."""
    graph, names = static.graph, written.names
    names.number_apart([graph.names[node] for node in schedule if node in graph.names])
    labels: dict[int, str] = {}
    for name, node in static.inputs().items():
        labels[node] = written.inputs[name] = names.keep(name)
    seen = set(written.inputs)
    for node in reversed(schedule):
        given = graph.names.get(node)
        if given is None or given in seen or graph.ops[node] is INPUT or is_language_constant(graph, node):
            continue
        seen.add(given)
        labels[node] = names.keep(given)
    return labels


def _form(target: Target, op: Op, call: Call) -> Form | None:
    entry = target.forms.get(op.name)
    return entry if entry is None or isinstance(entry, Form) else entry(call)


def _convert(target: Target, form: Form, piece: Piece) -> Piece:
    return Piece(form.fill([_bracket(target, piece, form.side(0))]), form.level, form.truth, piece.step)


def _bracket(target: Target, piece: Piece, side: int) -> str:
    left, right = target.brackets
    return f"{left}{piece.text}{right}" if piece.level < side else piece.text


def _fit(target: Target, form: Form, position: int, piece: Piece) -> str:
    """The text of an operand: of the kind that its place wants, with brackets where it needs them."""
    wanted = form.wants_truth(position)
    if piece.truth != wanted:
        piece = _convert(target, target.as_truth if wanted else target.as_number, piece)
    return _bracket(target, piece, form.side(position))


def refused(
    static: Static, node: int, message: str, source: Source | None, hint: str | None = None
) -> CgError:
    """The error for what a target cannot express, at its place in the program."""
    graph = static.graph
    return CgError("export", message, source, graph.starts[node], graph.ends[node], hint)
