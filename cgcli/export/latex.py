"""Formulas in LaTeX, with amsmath: what is shared is defined first, line by line."""

from __future__ import annotations

import re

from cgcli.annotations import Any, Callable, Mapping
from cgcli.export import latex_arrays as arrays
from cgcli.export.form import Call, Entry, Form, comparison
from cgcli.export.functions import FUNCTIONS, PREFIXES
from cgcli.export.latex_text import (
    MATRIX_COLUMNS,
    SYMBOL,
    WIDEST,
    as_it_is,
    broken,
    derivative,
    fraction,
    number_piece,
    spelled,
    visible,
)
from cgcli.export.walk import Target, walk
from cgcli.ops import CONSTANT, Op
from cgcli.ops.entry import AND, CHOICE, COMPARISON, NOT, OR, POSTFIX, POWER, PRODUCT, SUM, UNARY
from cgcli.rewrite.static import Derivative, Static
from cgcli.source import Source

LEFT, RIGHT = r"\left(", r"\right)"

# A number may stand before what begins so without a dot.
LETTER = r"[A-Za-z\\]"


def _function(word: str) -> Form:
    return Form(rf"{word}{LEFT}$*{RIGHT}", POSTFIX + 1)


def _named(op: Op) -> Entry | None:
    """A function by its name, with a command of LaTeX's where there is one. What is none of the language is
    spelled out, and so is a difference that is one for the sake of its digits."""
    if op.name in FUNCTIONS["latex"]:
        return _function(FUNCTIONS["latex"][op.name])
    if not op.function or op.name == "digammadiff":
        return None
    word = rf"\operatorname{{{op.name}}}".replace("_", r"\_")
    return _function(word) if op.partials is not None else arrays.with_attributes(word)


def _of_order(word: str) -> Callable[[Call], Form]:
    """A derivative: f'(x), f''(x), f^(n)(x)."""

    def entry(use: Call) -> Form:
        mark = {1.0: "'", 2.0: "''"}.get(use.value(0) or 0.0, rf"^{{{LEFT}$0{RIGHT}}}")
        return Form(rf"\operatorname{{{word}}}{mark}{LEFT}$1{RIGHT}")

    return entry


# What may follow a symbol without being taken for its argument.
NAMED = re.compile(rf"({'|'.join(map(re.escape, PREFIXES.values()))})\b|\\log_|\\operatorname")
# Functions that may follow one another: \\sin x \\cos y.
CIRCULAR = r"\\(sin|cos|tan|sec|csc|cot)h?"


def _prefixed(word: str) -> Callable[[Call], Form]:
    def entry(use: Call) -> Form:
        last = f"{word} $0" if use.operands[0].level >= SYMBOL else None
        return Form(rf"{word}{LEFT}$0{RIGHT}", last=last)

    return entry


def _raised(use: Call, exponent: float) -> Form | None:
    """A whole power of such a function: \\sin^{2} x."""
    word, base = PREFIXES.get(use.operation(0), LEFT), use.operands[0]
    if use.rank(0) or exponent < 2 or exponent % 1 or not base.text.startswith(word + LEFT):
        return None
    head = f"{word}^{{{number_piece(exponent).text}}}"
    return Form(head + base.text[len(word) :], last=head + base.last[len(word) :])


def _number(use: Call) -> bool:
    """Whether a product begins with a number; one with a minus sign is the negative of another."""
    graph, node = use.graph, use.graph.args[use.node][0]
    if graph.ops[node].name == "neg" and use.operands[0].level == SUM:
        node = graph.args[node][0]
    return graph.ops[node] is CONSTANT


def _product(use: Call) -> Form:
    """`2 x`, with a dot where the factors could be taken for something else, and a ring for the
    products of elements. A minus sign in front is that of the whole."""
    if use.rank(0) and use.rank(1):
        return Form(r"$0 \odot $1", PRODUCT, PRODUCT + 1)
    left, right = use.operands
    after = PRODUCT if arrays.is_product(use, 1) else PRODUCT + 1
    signed = left.level == SUM and left.text.startswith("-") and use.operation(0) not in ("add", "sub")
    level = SUM if signed else PRODUCT
    begins = LEFT if right.level < after else right.text
    first = left.text if signed else "$0"
    if left.level >= level and re.match(CIRCULAR, begins):
        ends = re.search(rf"{CIRCULAR}(\^{{\d+}})?$", left.text.rpartition(LEFT)[0])
        first = left.last if ends else first
    beside = _number(use) and re.match(LETTER, begins)
    both = left.level < level and begins == LEFT
    dot = " " if beside or both or NAMED.match(begins) else r" \cdot "
    return Form(f"{first}{dot}$1", level, level, after)


def _quotient(use: Call) -> Form:
    """A fraction above goes into the whole: 1/(3 x)."""
    value = use.value(0)
    quotient = None if value is None else fraction(value)
    if quotient is None:
        top = use.operands[0]
        if top.level == SUM and top.text.startswith("-") and use.operation(0) not in ("add", "sub"):
            inner = top.last[1:]
            if inner.startswith(LEFT) and inner.find(RIGHT) == len(inner) - len(RIGHT):
                inner = inner[len(LEFT) : -len(RIGHT)]
            return Form(rf"-\frac{{{inner}}}{{$1}}", SUM, CHOICE)
        return Form(r"\frac{$0}{$1}", POSTFIX)
    above, below = quotient
    times = " " if re.match(LETTER, use.operands[1].text) else r" \cdot "
    whole = rf"\frac{{{abs(above)}}}{{{below}{times}$1}}"
    return Form(f"-{whole}" if above < 0 else whole, SUM if above < 0 else POSTFIX, CHOICE, PRODUCT)


def _power(use: Call) -> Form:
    """A power of 1/2 is no root here, as the program says which it wants. One of the elements of an
    array has a ring."""
    if use.rank(0):
        return Form(r"$0^{\circ $1}", POWER, POSTFIX + 1, POSTFIX)
    exponent = use.value(1) or 0.0
    if exponent % 1 and exponent * 4 % 1 == 0:  # x^{3/2}
        above, below = exponent.as_integer_ratio()
        return Form(rf"$0^{{{above}/{below}}}", POWER, POSTFIX + 1)
    return _raised(use, exponent) or Form("$0^{$1}", POWER, POSTFIX + 1, CHOICE)


def _square(use: Call) -> Form:
    return _raised(use, 2) or Form(r"$0^{\circ 2}" if use.rank(0) else "$0^{2}", POWER, POSTFIX + 1)


FORMS: Mapping[str, Entry] = {
    "add": Form("$0 + $1", SUM, SUM, SUM + 1), "sub": Form("$0 - $1", SUM, SUM, SUM + 1),
    "mul": _product, "div": _quotient,
    "floordiv": Form(r"\left\lfloor \frac{$0}{$1} \right\rfloor"),
    # in brackets wherever it stands, as its reach is not plain
    "mod": Form(r"$0 \bmod $1", COMPARISON, UNARY),
    "neg": Form("-$0", SUM, PRODUCT), "pow": _power, "square": _square,
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
    "abs": Form(r"\left| $0 \right|", POSTFIX + 1),
    "floor": Form(r"\left\lfloor $0 \right\rfloor", POSTFIX + 1),
    "ceil": Form(r"\left\lceil $0 \right\rceil", POSTFIX + 1),
    "sqrt": Form(r"\sqrt{$0}"), "cbrt": Form(r"\sqrt[3]{$0}"),
    "exp": Form(r"\mathrm{e}^{$0}", POWER), "exp2": Form("2^{$0}", POWER),
    **{name: _prefixed(word) for name, word in PREFIXES.items()},
    "lgamma": Form(r"\ln \left| \Gamma\left($0\right) \right|", PRODUCT),
    "polygamma": Form(r"\psi^{\left($0\right)}\left($1\right)"),
    "polysinc": _of_order("sinc"), "polyerfcx": _of_order("erfcx"), "binomial": Form(r"\binom{$0}{$1}"),
    "sum": arrays.with_attributes(r"\sum"),
    "trace": _function(r"\operatorname{tr}"),
    "norm": arrays.norm, "inv": Form("{$0}^{-1}", POWER, POSTFIX),
    "array": arrays.matrix, "index": arrays.index, "transpose": arrays.transpose,
    "matmul": arrays.product, "dot": arrays.dot, "solve": arrays.SOLVE, "logdet": arrays.LOGDET,
    "prod": arrays.with_attributes(r"\prod"),
    "outer": arrays.outer,
    "kron": Form(r"$0 \otimes $1", PRODUCT, PRODUCT + 1),
    "cross": Form(r"$0 \times $1", PRODUCT, PRODUCT + 1),
    "amin": arrays.with_attributes(r"\min"), "amax": arrays.with_attributes(r"\max"),
    "log_base": Form(r"\log_{$1}\left($0\right)"), "root": Form(r"\sqrt[$1]{$0}"),
}  # fmt: skip


# What is no wider than so many characters is no line of its own; a fraction counts for more.
REPEATED, FRACTION = 9, 5

LATEX = Target(
    "LaTeX",
    FORMS,
    {"pi": r"\pi", "e": r"\mathrm{e}", "tau": r"\tau", "inf": r"\infty", "nan": r"\text{nan}"},
    (),
    default=_named,
    as_number=Form(r"\left[ $0 \right]"),
    as_truth=Form(r"$0 \ne 0", COMPARISON, COMPARISON + 1, truth=True),
    number=number_piece,
    spell=spelled,
    longest=120,
    brackets=(LEFT, RIGHT),
    takes_arrays=True,
    doubles=False,
    apart=as_it_is,
    symbol=SYMBOL,
    again=lambda text: visible(text) + FRACTION * text.count(r"\frac") <= REPEATED,
    late=lambda name: isinstance(name, Derivative),
)


# An argument list that is wider than this is left out.
ARGUMENTS = 24


def latex(
    static: Static, name: str, source: Source | None = None, data: Mapping[str, Any] | None = None
) -> str:
    """A displayed formula, one line a definition, the outputs last. Inputs that have `data` are defined
    by these."""
    data = data or {}
    written = walk(static, LATEX, source)
    results: dict[str, str] = {}

    def result(given: str, text: str | None = None) -> str:
        """The symbol of an output, once for all places; another than that of what its name was before."""
        if given not in results:
            same = text is not None and written.labels.get(given) == text
            results[given] = written.labels[given] if same else written.names.keep(given)
        return results[given]

    def argument(given: str) -> str:
        """The symbol of an input, which may be gone from the formula."""
        if given not in written.labels:
            written.labels[given] = written.names.keep(given)
        return written.labels[given]

    parts = [
        (symbol, arrays.numbers(data[given])) for given, symbol in written.inputs.items() if given in data
    ]
    arguments = ", ".join(symbol for given, symbol in written.inputs.items() if given not in data)
    known: set[str] = set()
    before = 0
    for (output, piece), count in zip(written.outputs, written.counts):
        statements = written.statements[before:count]
        before = count
        parts += [(statement.name, statement.text) for statement in statements]
        known.update(statement.name for statement in statements)
        if isinstance(output, Derivative):
            shown = derivative(output, result(output.function), argument)
        elif output is None:
            listed = f"{LEFT}{arguments}{RIGHT}" if 0 < visible(arguments) <= ARGUMENTS else ""
            shown = result(name) + listed
        else:
            shown = result(output, piece.text)
            if shown == piece.text and shown in known:
                continue  # it is defined
        parts.append((shown, piece.last))
    room = WIDEST - max(visible(shown) for shown, _ in parts)
    lines = [f"{shown} &= {broken(text, room)}" for shown, text in parts]
    columns = max(row.count("&") for _, text in parts for row in text.split(r"\\")) + 1
    head = rf"\setcounter{{MaxMatrixCols}}{{{columns}}}" + "\n" if columns > MATRIX_COLUMNS else ""
    return head + "\\[\n\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}\n\\]\n"
