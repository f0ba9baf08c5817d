"""Arrays in formulas: a vector is a column, and a transposed one stands on the left of a product."""

from __future__ import annotations

from math import inf

from cgcli.annotations import Any, Callable, Sequence
from cgcli.export.form import Call, Form
from cgcli.export.latex_text import number_piece
from cgcli.ops import CONSTANT
from cgcli.ops.entry import CHOICE, POSTFIX, POWER, PRODUCT, SUM
from cgcli.render.infix import attribute_text, quoted, subscript_text

BEGIN, END = r"\begin{bmatrix} ", r" \end{bmatrix}"


def matrix(use: Call) -> Form:
    """A vector as a column. Rows of numbers are written out; others are columns that are turned."""
    places = [f"${place}" for place in range(use.count)]
    if not use.count or not use.rank(0):
        return Form(BEGIN + r" \\ ".join(places) + END)
    for place, row in enumerate(use.graph.args[use.node]):
        elements = use.graph.args[row] if use.operation(place) == "array" else ()
        if elements and all(use.graph.ops[element] is CONSTANT for element in elements):
            places[place] = _cells([use.graph.attrs[element] for element in elements])
        elif use.operands[place].text.startswith(BEGIN) and use.operands[place].text.count(r"\begin") == 1:
            places[place] = use.operands[place].text[len(BEGIN) : -len(END)].replace(r" \\ ", " & ")
        elif use.rank(0) == 1:
            return Form(BEGIN + r" \\ ".join(_turned(use, each) for each in range(use.count)) + END)
    return Form(BEGIN + r" \\ ".join(places) + END)


def _cells(row: Sequence[float]) -> str:
    return " & ".join(_cell(x) for x in row)


def _cell(x: float) -> str:
    if x - x != 0:
        return r"\text{nan}" if x != x else r"\infty" if x > 0 else r"-\infty"
    return number_piece(x).text


def numbers(value: Any) -> str:
    """An array of numbers, written out: a vector as a column, arrays of more axes in blocks."""
    rows = value.reshape(-1, value.shape[-1]) if value.ndim > 1 and value.size else value.reshape(-1, 1)
    texts = [_cells(row) for row in rows.tolist()]
    for size in reversed(value.shape[1:-1] if value.size else ()):
        blocks = [texts[place : place + size] for place in range(0, len(texts), size)]
        texts = [BEGIN + r" \\ ".join(block) + END for block in blocks]
    return BEGIN + r" \\ ".join(texts) + END


def _turned(use: Call, position: int) -> str:
    """An operand transposed, which binds like a product."""
    piece = use.operands[position]
    if piece.turned is not None:
        return piece.turned
    if piece.level < POSTFIX:
        return rf"{{\left({piece.text}\right)}}^\top"
    return rf"{piece.text}^\top" if piece.level > POSTFIX else rf"{{{piece.text}}}^\top"


def product(use: Call) -> Form:
    r"""Of matrices and vectors: x^\top y, A x, and A^\top x for what the program writes as `x @ A`,
    where it is not alone and its row stands on the left of something."""
    ranks = use.rank(0), use.rank(1)
    wide = any("mathit" in piece.text for piece in use.operands)
    gap = r" \, " if wide else " "
    left = PRODUCT if is_product(use, 0) else PRODUCT + 1
    if ranks == (1, 1):
        return Form(f"{_turned(use, 0)}{gap}$1", PRODUCT, CHOICE, PRODUCT + 1)
    if ranks == (1, 2):
        row = f"{_turned(use, 0)}{gap}$1"
        if use.alone:
            return Form(row, PRODUCT, CHOICE, PRODUCT + 1)
        row = f"{_turned(use, 0)}{gap}{_factor(use, 1)}"
        return Form(f"{_turned(use, 1)}{gap}$0", PRODUCT, PRODUCT + 1, turned=row)
    turned = f"{_turned(use, 1)}{gap}{_turned(use, 0)}" if ranks == (2, 1) else None
    return Form(f"$0{gap}$1", PRODUCT, left, PRODUCT + 1, turned=turned)


def _factor(use: Call, position: int) -> str:
    piece = use.operands[position]
    return piece.text if piece.level > PRODUCT else rf"\left({piece.text}\right)"


def is_product(use: Call, position: int) -> bool:
    """Whether an operand is a product of matrices or vectors, which needs no brackets within another."""
    return use.operation(position) in ("matmul", "outer")


def outer(use: Call) -> Form:
    gap = r" \, " if any("mathit" in piece.text for piece in use.operands) else " "
    turned = f"{_factor(use, 1)}{gap}{_turned(use, 0)}"
    return Form(f"$0{gap}{_turned(use, 1)}", PRODUCT, PRODUCT + 1, turned=turned)


def dot(use: Call) -> Form:
    return product(use) if use.rank(0) == use.rank(1) == 1 else Form(r"\operatorname{dot}\left($*\right)")


def transpose(use: Call) -> Form:
    if use.attributes.get("axes") is not None:
        return with_attributes(r"\operatorname{transpose}")(use)
    piece = use.operands[0]
    if use.rank(0) == 1:  # it is the same
        return Form("$0", piece.level, CHOICE, turned=piece.turned, again=True)
    text = rf"{piece.text}" if piece.level > PRODUCT else rf"\left({piece.text}\right)"
    if piece.level > POSTFIX:
        return Form(r"$0^\top", POWER, POSTFIX, turned=text, again=True)
    return Form(r"{$0}^\top", POWER, POSTFIX, turned=text)


def norm(use: Call) -> Form:
    """Of all elements, or of a vector with its order."""
    given = {name: value for name, value in use.attributes.items() if value is not None}
    order = given.pop("ord", None)
    if given:
        return with_attributes(r"\operatorname{norm}")(use)
    below = r"_{\mathrm{F}}" if (use.rank(0) or 0) > 1 else ""
    if order is not None:
        below = r"_{\infty}" if order == inf else f"_{{{number_piece(order).text}}}"
    return Form(rf"\left\lVert $0 \right\rVert{below}", POSTFIX + 1)


def with_attributes(word: str) -> Callable[[Call], Form]:
    """A function, its attributes in its subscript."""

    def entry(use: Call) -> Form:
        told = [
            f"{text(name)} = {_value(name, value)}"
            for name, value in use.attributes.items()
            if value is not None
        ]
        below = f"_{{{', '.join(told)}}}" if told else ""
        return Form(rf"{word}{below}\left($*\right)")

    return entry


def index(use: Call) -> Form:
    places = iter(range(1, use.count))
    told = [
        f"${next(places)}" if subscript is None else subscript_text(subscript).replace(":", "{:}")
        for subscript in use.attributes["at"]
    ]
    return Form(f"{{$0}}_{{{', '.join(told)}}}", POSTFIX, POSTFIX, CHOICE)


def _value(name: str, value: Any) -> str:
    shown = attribute_text(value) if name != "at" else quoted(value)
    plain = shown.removeprefix("-").replace(".", "", 1).isdigit()
    return shown if plain else text(shown)


def text(words: str) -> str:
    """Something that is not mathematics."""
    for special in "_&%#$":
        words = words.replace(special, f"\\{special}")
    return rf"\text{{{words}}}"


SOLVE = Form("{$0}^{-1} $1", PRODUCT, POSTFIX, PRODUCT + 1)
LOGDET = Form(r"\ln \left| \det\left($0\right) \right|", PRODUCT, SUM)
