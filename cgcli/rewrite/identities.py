"""What functions are to each other: abs and sign, sine and cosine, exp and sigmoid."""

from __future__ import annotations

from cgcli.ops import OPS
from cgcli.rewrite.products import Product, times
from cgcli.rewrite.rules import CIRCLE, SIGNS
from cgcli.rewrite.sums import Sums

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cgcli.rewrite.sums import Terms

# f and g, with f(x)^2 = first + second*g(x)^2.
SQUARES = {
    "sin": ("cos", 1.0, -1.0),
    "cos": ("sin", 1.0, -1.0),
    "cosh": ("sinh", 1.0, 1.0),
    "sinh": ("cosh", -1.0, 1.0),
}

# Functions of which two in a sum can go with each other.
PAIRED = {*SQUARES, "sigmoid"}


class Identities(Sums):
    """Rewrites with products and sums of such functions made simpler."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._pairs: dict[int, bool] = {}  # by node, whether it has such a function in a term

    def has_pairs(self, node: int) -> bool:
        """Whether a term of a node has one of `PAIRED`."""
        known = self._pairs.get(node)
        if known is None:
            terms = self.parts(self.sums[node]) if node in self.sums else [self.opened(node)]
            known = any(self.graph.ops[base].name in PAIRED for _, powers in terms for base in powers)
            self._pairs[node] = known
        return known

    def eased(self, number: float, powers: dict[int, float]) -> Product:
        number, powers = super().eased(number, powers)
        for base, exponent in list(powers.items()):
            name = self.graph.ops[base].name
            if name == "hypot" and exponent in (2, -2):
                squares = self.plain("pow", base, self.constant(2.0))  # by the rules it is a sum
                powers = times({b: e for b, e in powers.items() if b != base}, {squares: exponent / 2})
            elif name == "sinh" and exponent > 0:
                powers = self._tangents(powers, base, exponent)
            elif name in ("abs", "sign") and base in powers and not self.is_named(base):
                powers = self._signs(powers, self.graph.args[base][0])
            elif name == "sigmoid" and exponent > 0 and base in powers:
                powers = self._sigmoids(powers, base, exponent)
        return number, powers

    def _tangents(self, powers: dict[int, float], sinh: int, exponent: float) -> dict[int, float]:
        """A product with sinh over cosh as tanh, which does not overflow."""
        graph, args = self.graph, self.graph.args[sinh]
        for cosh, other in powers.items():
            if other < 0 and graph.ops[cosh].name == "cosh" and graph.args[cosh] == args:
                count = min(exponent, -other)
                if count != int(count):
                    break  # a root of what can be negative
                return times(powers, {sinh: -count, cosh: count, self.call("tanh", *args): count})
        return powers

    def _signs(self, powers: dict[int, float], of: int) -> dict[int, float]:
        """A product of whole powers of x, abs(x) and sign(x) by its size and its sign."""
        size, sign = (self._nodes.get((OPS[name], (of,)), -1) for name in ("abs", "sign"))
        found = {base: powers[base] for base in (of, size, sign) if base in powers}
        if any(e != int(e) for e in found.values()):
            return powers
        degree = found.get(of, 0.0) + found.get(size, 0.0)
        is_odd = (found.get(of, 0.0) + found.get(sign, 0.0)) % 2 == 1
        if is_odd == (degree % 2 == 1):
            made = {of: degree}
        elif not is_odd:
            made = {self.call("abs", of): degree}
        elif degree > 0:
            made = {of: degree - 1, self.call("abs", of): 1.0}
        else:
            made = {of: degree, self.call("sign", of): 1.0}
        made = {base: e for base, e in made.items() if e != 0}
        if made == found:
            return powers
        self.fire(SIGNS)
        return times({base: e for base, e in powers.items() if base not in found}, made)

    def _sigmoids(self, powers: dict[int, float], sigmoid: int, exponent: float) -> dict[int, float]:
        """A product with exp(x)*sigmoid(-x) as sigmoid(x), which does not overflow."""
        for exp, other in powers.items():
            if self.graph.ops[exp].name == "exp" and other > 0 and self._are_opposite(exp, sigmoid):
                count = min(exponent, other)
                made = self.call("sigmoid", *self.graph.args[exp])
                return times(powers, {exp: -count, sigmoid: -count, made: count})
        return powers

    def simplified(self, terms: Terms) -> tuple[Terms, bool]:
        """The terms of a sum with squares of sine and cosine, or of sinh and cosh, put together where
        that leaves fewer; and whether it has."""
        found = {frozenset(powers.items()): (c, powers) for c, powers in terms}
        met = False
        todo = list(found)
        while todo:
            key = todo.pop()
            if key not in found:
                continue
            c, powers = found[key]
            for base, e in powers.items():
                identity = SQUARES.get(self.graph.ops[base].name) if e >= 2 else None
                other = identity and self._nodes.get((OPS[identity[0]], self.graph.args[base]))
                if not identity or other is None:
                    continue
                rest = times(powers, {base: -2.0})
                with_other = times(rest, {other: 2.0})
                pair = frozenset(rest.items()), frozenset(with_other.items())
                # c*(first + second*g^2)*rest, of which one term goes with one that is there
                if pair[1] in found and found[pair[1]][0] == -c * identity[2]:
                    kept, left, number = pair[0], rest, c * identity[1]
                    del found[pair[1]]
                elif pair[0] in found and found[pair[0]][0] == -c * identity[1]:
                    kept, left, number = pair[1], with_other, c * identity[2]
                    del found[pair[0]]
                else:
                    continue
                del found[key]
                number += found[kept][0] if kept in found else 0.0
                found.pop(kept, None)
                if number != 0:
                    found[kept] = number, left
                    todo.append(kept)
                met = True
                break
        if met:
            self.fire(CIRCLE)
        return list(found.values()), met

    def complemented(self, terms: Terms) -> Iterator[Terms]:
        """The terms with 1 - sigmoid(x) for sigmoid(-x) multiplied out, both ways round."""
        graph = self.graph
        bases = dict.fromkeys(b for _, powers in terms for b in powers if graph.ops[b].name == "sigmoid")
        for base in bases:
            for other in bases:
                if self._are_opposite(base, other):
                    yield [part for term in terms for part in self._without(*term, other, base)]

    def _are_opposite(self, node: int, other: int) -> bool:
        """Whether two functions are of x and of -x."""
        of, found = (self.terms(self.graph.args[one][0]) for one in (node, other))
        return found.keys() == of.keys() and all(found[term] == -c for term, c in of.items())

    def _without(self, c: float, powers: dict[int, float], sigmoid: int, other: int) -> Terms:
        exponent = powers.get(sigmoid, 0.0)
        if exponent not in (1, 2, 3):
            return [(c, powers)]
        rest = times(powers, {sigmoid: -exponent})
        binomials = {1: (1, -1), 2: (1, -2, 1), 3: (1, -3, 3, -1)}[int(exponent)]
        return [(c * number, times(rest, {other: float(k)})) for k, number in enumerate(binomials)]
