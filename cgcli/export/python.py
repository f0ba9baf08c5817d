"""A function of Python's, with nothing but `math`, for numbers.

Where `math` raises, cg gives inf or nan; so do the small functions that are written before the
function where it needs them. Nothing raises, then, and it does no harm that a node which two
branches of an `if` share is computed before the choice. A branch of its own is computed only when
it is taken.
"""

from __future__ import annotations

import builtins
import keyword

from cgcli.annotations import Callable, Mapping
from cgcli.export.form import OPERATORS, Call, Entry, Form, call, infix, squared
from cgcli.export.functions import FUNCTIONS
from cgcli.export.helpers import Helpers, defined, needed, returned
from cgcli.export.names import normal
from cgcli.export.python_helpers import PYTHON_HELPERS
from cgcli.export.walk import Target, walk
from cgcli.ops.entry import AND, CHOICE, COMPARISON, NOT, OR, PRODUCT
from cgcli.rewrite.static import Static
from cgcli.source import Source


def _by_constant(symbol: str, helper: str) -> Callable[[Call], Form]:
    """An operator where the divisor is a number that cannot be 0, else a function that minds it."""
    return lambda use: infix(symbol, PRODUCT) if use.value(1) else call(helper)


FORMS: Mapping[str, Entry] = OPERATORS | {
    "div": _by_constant("/", "_div"), "floordiv": _by_constant("//", "_floordiv"),
    "mod": _by_constant("%", "_mod"), "pow": squared("_pow", 1), "square": squared("_square"),
    "and_": Form("$0 and $1", AND, AND, truth=True, truths=(True,)),
    "or_": Form("$0 or $1", OR, OR, truth=True, truths=(True,)),
    "not_": Form("not $0", NOT, NOT, truth=True, truths=(True,)),
    "where": Form("$1 if $0 else $2", CHOICE, CHOICE + 1, CHOICE + 1, CHOICE, truths=(True, False)),
}  # fmt: skip

HELPERS = Helpers(PYTHON_HELPERS, "_{}", defined)

RESERVED = {*keyword.kwlist, *dir(builtins), *HELPERS.names(), "math"}

PYTHON = Target(
    "Python",
    FORMS,
    {"pi": "math.pi", "e": "math.e", "tau": "math.tau", "inf": "math.inf", "nan": "math.nan"},
    RESERVED,
    functions=FUNCTIONS["python"],
    helpers=HELPERS,
    as_number=Form("float($0)"),
    as_truth=Form("$0 != 0", COMPARISON, COMPARISON + 1, truth=True),
    spell=normal,
)


def python(static: Static, name: str, source: Source | None = None) -> str:
    """The text of a module with the function."""
    PYTHON.check_name(name)
    written = walk(static, PYTHON, source)
    lines = [f"{variable} = float({variable})" for variable in written.inputs.values()]
    lines += [f"{statement.name} = {statement.text}" for statement in written.statements]
    results = [piece.text for _, piece in written.outputs]
    if len(results) == 1:
        lines.append(f"return {results[0]}")
    else:
        lines.insert(0, f'"""Return ({returned(static)})."""')
        lines.append(f"return ({', '.join(results)})")
    parts = needed(written.texts(), HELPERS, PYTHON)
    body = "\n".join(f"    {line}" for line in lines)
    parts.append(f"def {name}({', '.join(written.inputs.values())}):\n{body}")
    text = "\n\n\n".join(parts)
    return f"import math\n\n\n{text}\n" if "math." in text else f"{text}\n"
