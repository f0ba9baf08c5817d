"""Rows that are computed together, on processors that multiply and add at once.

The functions that programs have most are written into the loop: that takes half the time of calls, as sine
and cosine share their work, and nothing is saved around them. Where an operand is beyond a limit or nan, all
lanes are computed by the C library. Products of the chain rule are plain ones at first.
"""

from __future__ import annotations

from cgcli.annotations import Any, Callable
from cgcli.kernels.inlined import circular, exponential, logarithm, normal
from cgcli.kernels.lanes import NEAR, SMALL, Lane, Lanes


class Vectors(Lanes):
    """The same as `Lanes`, faster.

    careful     whether a product of the chain rule is more than a product, in which an exact 0 wins; where it
                is not, rows in which any is nan are doubtful
    """

    def __init__(self, width: int, careful: bool) -> None:
        super().__init__(width)
        self.careful = careful
        self._known: dict[str, Lane] = {}  # by the text of a line
        self._products: list[Lane] = []
        self.forms = {
            **self.forms,
            "exp": self._or_float("exp", lambda x: self._of("exponential", exponential, 1, x)[0]),
            "log1p": self._or_float("log1p", lambda x: self._of("logarithm", logarithm, 1, x)[0]),
            "ndtr": self._or_float("ndtr", lambda x: self._of("normal", normal, 2, x)[0]),
            "norm_pdf": self._or_float("norm_pdf", lambda x: self._of("normal", normal, 2, x)[1]),
            "sigmoid": self._or_float("sigmoid", self._sigmoid),
        }

    def line(self, text: str, is_truth: bool = False) -> Lane:
        """The same line, where there is one."""
        if text not in self._known:
            self._known[text] = super().line(text, is_truth)
        return self._known[text]

    def chain(self, factor: Any, partial: Any) -> Any:
        if self.careful:
            return super().chain(factor, partial)
        for one in (factor, partial):
            if not isinstance(one, Lane):
                return super().chain(factor, partial)
        product: Lane = self.mul(factor, partial)
        self._products.append(product)
        return product

    def doubts(self) -> list[Lane]:
        """What tells rows whose results have to be computed another way."""
        pairs = zip(self._products[::2], [*self._products[1::2], *self._products[-1:]], strict=False)
        return [*self.doubtful, *(self._compared("uno", one, other) for one, other in pairs)]

    def _circular(self, name: str) -> Callable[..., Any]:
        if name == "tan":
            return super()._circular(name)

        def form(x: Any) -> Lane:
            *found, rest = self._of("circular", circular, 3, x)
            near = self._compared("olt", self.abs(rest), SMALL)
            self.doubtful.append(self._logical("and", near, self._compared("oge", self.abs(x), NEAR)))
            return found[name == "cos"]

        return self._or_float(name, form)

    def _of(self, name: str, text: Callable[[int, dict[str, str]], str], count: int, x: Any) -> list[Lane]:
        """What a function of those below returns, which is written into the loop."""
        if name not in self.declared:
            self.declared[name] = text(self.width, self.declared)
        kinds = ", ".join([self.doubles] * count)
        both = self.line(f"call {{ {kinds} }} @{name}({self.doubles} {self.text(x)})").text
        return [self.line(f"extractvalue {{ {kinds} }} {both}, {place}") for place in range(count)]

    def _sigmoid(self, x: Any) -> Any:
        small = self.exp(self.neg(self.abs(x)))
        return self.div(self.where(self.lt(x, 0.0), small, 1.0), self.add(1.0, small))
