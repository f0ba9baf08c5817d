"""The two passes written out: values forward, then the chain rule backward, edge by edge."""

from __future__ import annotations

from cgcli.algebras import floats
from cgcli.algebras.symbols import Symbols
from cgcli.graph import Graph
from cgcli.ops.entry import CHOICE, UNARY
from cgcli.passes.chain import local_partials
from cgcli.render.infix import expression
from cgcli.render.numbers import number
from cgcli.render.records import Picture, Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# A local derivative longer than this is referred to as dv/dx where paths are summed.
LONGEST_FACTOR = 24
# One longer than this, such as the series of sinc, is left out.
LONGEST_FORMULA = 100


class Edge:
    """An operand of a node: the local derivative by it, as text and as a number."""

    __slots__ = ("factor", "formula", "partial", "target", "user")

    def __init__(self, user: Record, target: Record, formula: str, factor: str, partial: float) -> None:
        self.user, self.target = user, target
        self.formula, self.factor, self.partial = formula, factor, partial


def forward_lines(picture: Picture, digits: int | None) -> Iterator[str]:
    """A numbered line a node, with its formula and its value."""
    for record, margin in _numbered(picture.records):
        formula = picture.formula(record)
        text = record.label if record.label == formula else f"{record.label} = {formula}"
        value = "" if record.value is None or record.kind == "constant" else number(record.value, digits)
        yield f"{margin}  {text} = {value}" if value else f"{margin}  {text}"


def backward_lines(picture: Picture, output: str, digits: int | None) -> Iterator[str]:
    """From the output back: each node's adjoint as a sum over paths, then its local derivatives.

    The records hold the adjoints of this output.
    """
    records = {record.id: record for record in picture.records}
    paths: dict[int, list[Edge]] = {}
    for record, margin in reversed(_numbered(picture.records)):
        if output not in record.adjoints:
            continue
        adjoint = number(record.adjoints[output], digits)
        terms = paths.pop(record.id, [])[::-1]  # in the order of the forward pass
        name = _derivative(output, record.label)
        if terms:
            users = [_derivative(output, edge.user.label) for edge in terms]
            chain = " + ".join(f"{user} * {edge.factor}" for user, edge in zip(users, terms, strict=True))
            numbers = " + ".join(
                f"{_bracketed(edge.user.adjoints[output], digits)} * {_bracketed(edge.partial, digits)}"
                for edge in terms
            )
            yield f"{margin}  {name} = {chain} = {numbers} = {adjoint}"
        else:
            yield f"{margin}  {name} = {adjoint}"
        for edge in edges(picture, record, records):
            paths.setdefault(edge.target.id, []).append(edge)
            partial = number(edge.partial, digits)
            shown = edge.formula != partial and len(edge.formula) <= LONGEST_FORMULA
            text = f"{edge.formula} = {partial}" if shown else partial
            yield f"{' ' * len(margin)}    {_derivative(record.label, edge.target.label)} = {text}"


def edges(picture: Picture, record: Record, records: dict[int, Record]) -> list[Edge]:
    """The edges from a node to its operands; plain constants are left out.

    The formula comes from running the operation's rule over symbols named like the operands.
    """
    if not record.args:
        return []
    op = picture.graph.ops[record.node]
    operands = [records[arg] for arg in record.args]
    scratch = Graph()
    symbols = Symbols(scratch)
    leaves = {r.id: symbols.symbol(scratch.input(r.label)) for r in (record, *operands)}
    named = [leaves[r.id] if r.number else r.value for r in operands]
    formulas = local_partials(op, symbols, leaves[record.id], named)
    values = [r.value for r in operands]
    partials: Sequence[float] = local_partials(op, floats, record.value, values)
    result = []
    for operand, formula, partial in zip(operands, formulas, partials, strict=True):
        if operand.number:
            node = symbols.node(formula)
            text = expression(scratch, node, {}, CHOICE)
            factor = expression(scratch, node, {}, UNARY)
            if len(factor) > LONGEST_FACTOR:
                factor = _derivative(record.label, operand.label)
            result.append(Edge(record, operand, text, factor, partial))
    return result


def _derivative(output: str, by: str) -> str:
    return f"d{output}/d{by}"


def _bracketed(value: float, digits: int | None) -> str:
    text = number(value, digits)
    return f"({text})" if text.startswith("-") else text


def _numbered(records: Sequence[Record]) -> list[tuple[Record, str]]:
    """The listed records with their numbers as a margin; a program that is but a constant lists it."""
    listed = [record for record in records if record.number] or list(records)
    width = len(str(len(listed)))
    return [(record, f"{place:>{width}}") for place, record in enumerate(listed, 1)]
