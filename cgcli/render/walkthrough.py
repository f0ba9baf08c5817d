"""The two passes written out: values forward, then the chain rule backward, edge by edge."""

from __future__ import annotations

from cgcli.algebras.symbols import Symbols
from cgcli.annotations import Any, Callable, Iterator, Sequence
from cgcli.graph import Graph
from cgcli.ops.chain import local_partials
from cgcli.ops.entry import CHOICE, UNARY
from cgcli.ops.lessons import LESSONS
from cgcli.render.infix import expression
from cgcli.render.numbers import Form
from cgcli.render.records import Picture, Record

# A local derivative longer than this is referred to as dv/dx where paths are summed.
LONGEST_FACTOR = 24
# One longer than this, such as the series of sinc, is left out.
LONGEST_FORMULA = 100
# Of what a lesson may be off: more is lost where digits cancel.
CLOSE = 1e-9
# A sum over more paths than this is cut in the middle, to so many at both ends.
MOST_TERMS, ENDS = 20, 5


class Told(Symbols):
    """Rules of whole arrays for reading, with all that they guard."""

    def guard(self, condition: Any, limit: Any, value: Any, assuming: str = "") -> Any:
        return self.apply("where", condition, limit, value)


class Edge:
    """An operand of a node, and what it is handed back.

    user, target    the node and the operand
    local           the local derivative as text, or None for an operation on whole arrays
    partial         its value
    term            what the chain rule hands back: `dY/dd * e`
    numbers         the same in numbers, where they are numbers; else None
    """

    __slots__ = ("local", "numbers", "partial", "target", "term", "user")

    def __init__(
        self, user: Record, target: Record, local: str | None, partial: Any, term: str, numbers: str | None
    ) -> None:
        self.user, self.target, self.local, self.partial = user, target, local, partial
        self.term, self.numbers = term, numbers


class Walkthrough:
    """A picture with values and adjoints, told as a story.

    algebra     the one of the values
    form        how values are shown
    """

    def __init__(
        self,
        picture: Picture,
        algebra: Any,
        form: Form,
        step: Callable[[int], int] | None = None,
        last: int = 1,
    ) -> None:
        """`step` is by node the number of the statement that made it, 0 for none, of which the `last` is that
        many; without it nodes are numbered themselves."""
        self.picture, self.algebra, self.form = picture, algebra, form
        self.records = {record.id: record for record in picture.records}
        listed = [record for record in picture.records if record.number] or list(picture.records)
        self.steps = [
            (record, place if step is None else step(record.node)) for place, record in enumerate(listed, 1)
        ]
        self._back: dict[str, list[tuple[Record, int]]] = {}
        for one in reversed(self.steps):
            for output in one[0].adjoints if self._leads_on(one[0]) else ():
                self._back.setdefault(output, []).append(one)
        self.width = len(str(max(last, len(self.steps) if step is None else 0)))

    def told(self, record: Record) -> str:
        """A node, its formula and its value."""
        formula = self.picture.formula(record)
        text = record.label if record.label == formula else f"{record.label} = {formula}"
        if record.value is None or record.kind == "constant":
            return text
        return f"{text} = {self.form.text(record.value)}"

    def forward_lines(self) -> Iterator[str]:
        """A numbered line a node, with its formula and its value."""
        for record, number in self.steps:
            yield f"{number:>{self.width}}  {self.told(record)}"

    def back(self, output: str) -> Iterator[tuple[Record, int, list[Edge], list[Edge]]]:
        """From the output back: each node, its number, the edges that lead on from it in the order of the
        forward pass, and those to its operands. The records hold the adjoints of this output."""
        paths: dict[int, list[Edge]] = {}
        for record, number in self._back.get(output, ()):
            found = self.edges(record, output)
            yield record, number, paths.pop(record.id, [])[::-1], found
            for edge in found:
                paths.setdefault(edge.target.id, []).append(edge)

    def backward_lines(self, output: str) -> Iterator[str]:
        """From the output back: each node's adjoint as a sum over paths, then its local derivatives."""
        for record, number, terms, edges in self.back(output):
            steps = [_derivative(output, record.label)]
            if terms:
                steps.append(_sum([edge.term for edge in terms]))
                if all(edge.numbers for edge in terms):
                    steps.append(_sum([edge.numbers or "" for edge in terms]))
            adjoint = self.form.text(record.adjoints[output])
            yield f"{number or '':>{self.width}}  {' = '.join([*steps, adjoint])}"
            for edge in edges:
                if edge.local is not None:
                    partial = self.form.text(edge.partial)
                    shown = edge.local != partial and len(edge.local) <= LONGEST_FORMULA
                    text = f"{edge.local} = {partial}" if shown else partial
                    yield f"{' ' * self.width}    {_derivative(record.label, edge.target.label)} = {text}"

    def edges(self, record: Record, output: str) -> list[Edge]:
        """The edges from a node to its operands; plain constants are left out.

        The formulas come from running the operation's rule over symbols named like the operands."""
        if not record.args:
            return []
        op: Any = self.picture.graph.ops[record.node]
        operands = [self.records[arg] for arg in record.args]
        scratch = Graph()
        symbols = Symbols(scratch, careful=False) if op.partials else Told(scratch, for_reading=True)
        leaves = {r.id: self._leaf(symbols, r.label, r.value) for r in (record, *operands)}
        named = [leaves[r.id] if r.number or self._shape(r) else r.value for r in operands]
        adjoint = record.adjoints[output]
        name = _derivative(output, record.label)
        handed = self._leaf(symbols, name, adjoint)
        if op.partials is None:
            found = []
            hand_back = op.cotangents(symbols, handed, leaves[record.id], *named, **record.attributes)
            for place, operand in enumerate(operands):
                if self._leads_on(operand) and output in operand.adjoints:
                    cotangent = hand_back(place)
                    if cotangent is not None:
                        term = expression(scratch, symbols.node(cotangent), {}, CHOICE)
                        found.append(Edge(record, operand, None, None, term, None))
            return found
        values = [r.value for r in operands]
        with self.algebra.quiet():
            partials = local_partials(op, self.algebra, record.value, values)
            shown = self._lessons(op, self.algebra, record.value, values)
        formulas = local_partials(op, symbols, leaves[record.id], named)
        lessons = self._lessons(op, symbols, leaves[record.id], named)
        result = []
        for place, operand in enumerate(operands):
            if self._leads_on(operand):
                partial, formula = partials[place], formulas[place]
                if lessons and self._same(shown[place], partial):
                    formula = lessons[place]
                node = symbols.node(formula)
                text = expression(scratch, node, {}, CHOICE)
                factor = expression(scratch, node, {}, UNARY)
                if len(factor) > LONGEST_FACTOR:
                    factor = _derivative(record.label, operand.label)
                term, numbers = f"{name} * {factor}", None
                if self._shape(record) == ():
                    numbers = f"{self._bracketed(adjoint)} * {self._bracketed(partial)}"
                elif self._shape(record) != self._shape(operand):
                    local = 1.0 if factor == "1" else self._leaf(symbols, factor, adjoint)
                    whole = symbols.settle(handed * local, handed, local, leaves[operand.id], -1, None)
                    term = expression(scratch, symbols.node(whole), {}, CHOICE)
                result.append(Edge(record, operand, text, partial, term, numbers))
        return result

    def _leads_on(self, record: Record) -> bool:
        """Whether there is a derivative by it to tell of: not by a number that goes by no name."""
        return bool(record.number) and (
            record.kind != "constant" or record.label != self.picture.formula(record)
        )

    def _lessons(self, op: Any, algebra: Any, result: Any, operands: Sequence[Any]) -> list[Any]:
        """The partial derivatives as lessons write them; none where the rule itself serves."""
        rules = LESSONS.get(op.name, ())
        if callable(rules):
            return list(rules(algebra, result, *operands))
        return [rule(algebra, result, *operands) for rule in rules]

    def _same(self, lesson: Any, partial: Any) -> bool:
        """Whether a lesson's value is that of the rule at this point, up to rounding."""
        with self.algebra.quiet():
            off = self.algebra.largest(lesson - partial)
        return bool(off <= CLOSE * self.algebra.largest(partial))

    def _leaf(self, symbols: Symbols, label: str, value: Any) -> Any:
        return symbols.symbol(symbols.graph.input(label), self.algebra.shape(value))

    def _shape(self, record: Record) -> tuple[int, ...]:
        return tuple(self.algebra.shape(record.value))

    def _bracketed(self, value: float) -> str:
        text = self.form.text(value)
        return f"({text})" if text.startswith("-") else text


def _derivative(output: str, by: str) -> str:
    return f"d{output}/d{by}"


def _sum(terms: list[str]) -> str:
    """Terms with a plus between them; of many those at both ends."""
    if len(terms) > MOST_TERMS:
        left_out = f"… ({len(terms) - 2 * ENDS:,} more) …"
        terms = [*terms[:ENDS], left_out, *terms[-ENDS:]]
    return " + ".join(terms)
