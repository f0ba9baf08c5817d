"""Formulas in LaTeX, with amsmath: what is shared is defined first, line by line."""

from __future__ import annotations

import re

from cgcli.export.form import Call, Form, Piece, comparison
from cgcli.export.names import ascii_only, greek
from cgcli.export.walk import Target, walk
from cgcli.ops.entry import AND, CHOICE, COMPARISON, NOT, OR, POSTFIX, POWER, PRODUCT, SUM
from cgcli.render.infix import attribute_text, quoted, subscript_text
from cgcli.render.numbers import number
from cgcli.rewrite.static import Derivative, Static
from cgcli.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from cgcli.export.form import Entry

LEFT, RIGHT = r"\left(", r"\right)"


def _function(word: str) -> Form:
    return Form(rf"{word}{LEFT}$*{RIGHT}")


def _named(*words: str) -> dict[str, Entry]:
    """Functions without a command of LaTeX's, by their names."""
    return {word: _function(rf"\operatorname{{{word}}}") for word in words}


def _commands(*words: str) -> dict[str, Entry]:
    return {word: _function(rf"\{word}") for word in words}


def _product(use: Call) -> Form:
    """`2 x`, with a dot where the factors could be taken for something else."""
    if use.value(0) is not None and re.match(r"[A-Za-z\\]", use.operands[1].text):
        return Form("$0 $1", PRODUCT, PRODUCT, PRODUCT + 1)
    return Form(r"$0 \cdot $1", PRODUCT, PRODUCT, PRODUCT + 1)


def _root(use: Call) -> Form:
    """A power of 1/2 is no root here, as the program says which it wants."""
    return Form("$0^{$1}", POWER, POSTFIX + 1, CHOICE)


BEGIN, END = r"\begin{bmatrix} ", r" \end{bmatrix}"


def _matrix(use: Call) -> Form:
    """A vector as a column. The rows of a matrix that are written out lose their brackets; others
    are columns that have names."""
    places = [f"${place}" for place in range(use.count)]
    if use.shapes and use.shapes[0]:
        texts = [operand.text for operand in use.operands]
        if all(text.startswith(BEGIN) and text.count(r"\begin") == 1 for text in texts):
            places = [text[len(BEGIN) : -len(END)].replace(r"\\", "&") for text in texts]
        else:
            places = [rf"{{{place}}}^\top" for place in places]
    return Form(BEGIN + r" \\ ".join(places) + END)


def _with_attributes(word: str) -> Callable[[Call], Form]:
    """A function, its attributes in its subscript."""

    def entry(use: Call) -> Form:
        told = [
            f"{_text(name)} = {_value(name, value)}"
            for name, value in use.attributes.items()
            if value is not None
        ]
        below = f"_{{{', '.join(told)}}}" if told else ""
        return Form(rf"\operatorname{{{word}}}{below}{LEFT}$*{RIGHT}")

    return entry


def _index(use: Call) -> Form:
    places = iter(range(1, use.count))
    told = [
        f"${next(places)}" if subscript is None else subscript_text(subscript).replace(":", "{:}")
        for subscript in use.attributes["at"]
    ]
    return Form(f"{{$0}}_{{{', '.join(told)}}}", POSTFIX, POSTFIX, CHOICE)


def _transpose(use: Call) -> Form:
    if use.attributes.get("axes") is not None:
        return _with_attributes("transpose")(use)
    return Form(r"{$0}^\top", POWER, POSTFIX)


def _value(name: str, value: Any) -> str:
    text = attribute_text(value) if name != "at" else quoted(value)
    return text if re.fullmatch(r"-?[\d.]+", text) else _text(text)


def _text(text: str) -> str:
    """Something that is not mathematics."""
    return rf"\text{{{re.sub(r'[_&%#$]', lambda found: chr(92) + found[0], text)}}}"


FORMS: Mapping[str, Entry] = {
    "add": Form("$0 + $1", SUM, SUM, SUM + 1), "sub": Form("$0 - $1", SUM, SUM, SUM + 1),
    "mul": _product, "div": Form(r"\frac{$0}{$1}", POSTFIX),
    "floordiv": Form(r"\left\lfloor \frac{$0}{$1} \right\rfloor"),
    "mod": Form(r"$0 \bmod $1", PRODUCT, PRODUCT, PRODUCT + 1),
    "neg": Form("-$0", SUM, PRODUCT), "pow": _root, "square": Form("$0^{2}", POWER, POSTFIX + 1),
    "factorial": Form("$0!", POSTFIX, POSTFIX + 1),
    "lt": comparison("<"), "le": comparison(r"\le"), "gt": comparison(">"), "ge": comparison(r"\ge"),
    "eq": comparison("="), "ne": comparison(r"\ne"),
    "and_": Form(r"$0 \land $1", AND, AND, truth=True, truths=(True,)),
    "or_": Form(r"$0 \lor $1", OR, OR, truth=True, truths=(True,)),
    "not_": Form(r"\lnot $0", NOT, POSTFIX, truth=True, truths=(True,)),
    "where": Form(
        r"\begin{cases} $1 & \text{if } $0 \\ $2 & \text{otherwise} \end{cases}", CHOICE,
        truths=(True, False),
    ),
    "abs": Form(r"\left| $0 \right|"), "floor": Form(r"\left\lfloor $0 \right\rfloor"),
    "ceil": Form(r"\left\lceil $0 \right\rceil"),
    "sqrt": Form(r"\sqrt{$0}"), "cbrt": Form(r"\sqrt[3]{$0}"),
    "exp": Form(r"\mathrm{e}^{$0}", POWER), "exp2": Form("2^{$0}", POWER),
    "log": _function(r"\ln"), "log2": _function(r"\log_{2}"), "log10": _function(r"\log_{10}"),
    "asin": _function(r"\arcsin"), "acos": _function(r"\arccos"), "atan": _function(r"\arctan"),
    "gamma": _function(r"\Gamma"), "lgamma": Form(r"\ln \left| \Gamma\left($0\right) \right|", PRODUCT),
    "digamma": _function(r"\psi"), "polygamma": Form(r"\psi^{\left($0\right)}\left($1\right)"),
    "digammadiff": Form(r"\psi\left($0 + $1\right) - \psi\left($0\right)", SUM, SUM),
    "beta": _function(r"\mathrm{B}"), "binomial": Form(r"\binom{$0}{$1}"),
    "sigmoid": _function(r"\sigma"), "sum": _with_attributes("sum"), "trace": _function(r"\operatorname{tr}"),
    "norm": _with_attributes("norm"), "inv": Form("{$0}^{-1}", POWER, POSTFIX),
    "array": _matrix, "index": _index, "transpose": _transpose,
    "matmul": Form(r"$0 \, $1", PRODUCT, PRODUCT, PRODUCT + 1),
    "outer": Form(r"$0 \otimes $1", PRODUCT, PRODUCT, PRODUCT + 1),
    "kron": Form(r"$0 \otimes $1", PRODUCT, PRODUCT, PRODUCT + 1),
    "cross": Form(r"$0 \times $1", PRODUCT, PRODUCT, PRODUCT + 1),
    **_commands("sin", "cos", "tan", "sec", "csc", "cot", "sinh", "cosh", "tanh", "min", "max", "det"),
    **_named(
        "clip", "sign", "round", "trunc", "copysign", "heaviside", "hypot", "expm1", "log1p", "atan2",
        "sinc", "deg2rad", "rad2deg", "asinh", "acosh", "atanh", "erf", "erfc", "erfinv", "logit",
        "softplus", "relu", "elu", "gelu", "silu", "logaddexp", "xlogy", "dot", "logdet", "solve",
        "cholesky", "eigvalsh", "eigenvectors", "cofactor", "shared", "recurrence",
    ),
    **{
        word: _with_attributes(word)
        for word in (
            "mean", "prod", "var", "std", "argmin", "argmax", "logsumexp", "size", "cumsum",
            "cumprod", "softmax", "zeros", "ones", "eye", "linspace", "reshape",
            "broadcast", "concat", "stack", "flip", "diag", "tril", "triu", "einsum",
        )
    },
    "amin": _with_attributes("min"), "amax": _with_attributes("max"),
    "scatter": _with_attributes("scatter"),
}  # fmt: skip

# Letters that LaTeX has as they are, and those that look like Latin ones.
LATIN = {"omicron": "o", "Alpha": "A", "Beta": "B", "Epsilon": "E", "Zeta": "Z", "Eta": "H", "Iota": "I",
         "Kappa": "K", "Mu": "M", "Nu": "N", "Omicron": "O", "Rho": "P", "Tau": "T", "Chi": "X"}  # fmt: skip
WORDS = (
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda",
    "mu", "nu", "xi", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega", "Gamma",
    "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega",
)  # fmt: skip


def symbol(name: str) -> str:
    r"""A name as mathematics: `x1` as x_{1}, `alpha` as \alpha."""
    base, *rest = [part for part in name.split("_") if part] or ["v"]
    digits = re.fullmatch(r"([^\d]+)(\d+)", base)
    below = [digits[2]] if digits else []
    base = digits[1] if digits else base
    below += [_letters(part) for part in rest]
    return _letters(base) + (f"_{{{', '.join(below)}}}" if below else "")


def derivative(name: Derivative) -> str:
    """`d2f_dxdy` as a quotient of differentials."""
    above = _power(r"\partial", len(name.by)) + f" {symbol(name.function)}"
    below = [rf"\partial {_power(symbol(by), name.by.count(by))}" for by in dict.fromkeys(name.by)]
    return rf"\frac{{{above}}}{{{' '.join(below)}}}"


def _power(text: str, count: int) -> str:
    return text if count == 1 else f"{text}^{{{count}}}"


def _letters(word: str) -> str:
    spelled = greek(word) if len(word) == 1 else None
    word = spelled or word
    if word in WORDS:
        return f"\\{word}"
    if spelled in LATIN:
        return rf"\mathrm{{{LATIN[spelled]}}}"
    if len(word) == 1 and word.isascii():
        return word
    return word if word.isdigit() else rf"\mathit{{{ascii_only(word)}}}"


def _number(value: float) -> Piece:
    text, _, exponent = number(value).partition("e")
    if exponent:
        power = f"10^{{{int(exponent)}}}"
        text = power if text == "1" else rf"{text} \cdot {power}"
        return Piece(text, SUM if text.startswith("-") else PRODUCT + 1)
    return Piece(text, SUM if text.startswith("-") else POSTFIX + 1)


LATEX = Target(
    "LaTeX",
    FORMS,
    {"pi": r"\pi", "e": r"\mathrm{e}", "tau": r"\tau", "inf": r"\infty", "nan": r"\text{nan}"},
    (),
    as_number=Form(r"\left[ $0 \right]"),
    as_truth=Form(r"$0 \ne 0", COMPARISON, COMPARISON + 1, truth=True),
    number=_number,
    spell=symbol,
    longest=120,
    brackets=(LEFT, RIGHT),
    tensors=True,
    mark="'",
    symbol=POSTFIX + 1,
)


def latex(static: Static, name: str, source: Source | None = None) -> str:
    """A displayed formula, one line a definition, the outputs last."""
    written = walk(static, LATEX, source)
    lines = [rf"{statement.name} &= {statement.text}" for statement in written.statements]
    known = {statement.name for statement in written.statements}
    arguments = ", ".join(written.inputs.values())
    for output, piece in written.outputs:
        if output is None:
            label = symbol(name) + (rf"{LEFT}{arguments}{RIGHT}" if arguments else "")
        else:
            label = derivative(output) if isinstance(output, Derivative) else symbol(output)
        if piece.text != label or piece.text not in known:
            lines.append(f"{label} &= {piece.text}")
    return "\\[\n\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}\n\\]\n"
