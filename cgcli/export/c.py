"""A function in C99, for numbers. Its arithmetic is IEEE 754's, as that of cg is."""

from __future__ import annotations

import re

from cgcli.annotations import Mapping
from cgcli.export.c_helpers import C_HELPERS
from cgcli.export.form import OPERATORS, Entry, Form, squared
from cgcli.export.functions import FUNCTIONS
from cgcli.export.helpers import Helpers, needed, returned
from cgcli.export.names import ascii_only
from cgcli.export.walk import Target, walk
from cgcli.ops.entry import AND, CHOICE, COMPARISON, OR, POSTFIX, UNARY
from cgcli.rewrite.static import Static
from cgcli.source import Source

FORMS: Mapping[str, Entry] = OPERATORS | {
    "pow": squared("pow", 1), "square": squared("cg_square"),
    # compilers ask for brackets where `and` and `or` mix
    "and_": Form("$0 && $1", AND, COMPARISON, truth=True, truths=(True,)),
    "or_": Form("$0 || $1", OR, COMPARISON, truth=True, truths=(True,)),
    "not_": Form("!$0", UNARY, POSTFIX, truth=True, truths=(True,)),
    "where": Form("$0 ? $1 : $2", CHOICE, CHOICE + 1, CHOICE + 1, CHOICE, truths=(True, False)),
}  # fmt: skip


def _written(name: str, operands: list[str], lines: list[tuple[str, str]], result: str) -> str:
    """A function of one result."""
    head = f"static double {name}({', '.join(f'double {operand}' for operand in operands)})"
    body = [*(f"const double {variable} = {text};" for variable, text in lines), f"return {result};"]
    if not lines and len(head) + len(body[0]) < 100:
        return f"{head} {{ {body[0]} }}"
    return "\n".join([head, "{", *(f"    {line}" for line in body), "}"])


HELPERS = Helpers(C_HELPERS, "cg_{}", _written)

KEYWORDS = (
    "auto break case char const continue default do double else enum extern float for goto if inline int "
    "long register restrict return short signed sizeof static struct switch typedef union unsigned void "
    "volatile while main out asm typeof typeof_unqual true false bool alignas alignof constexpr nullptr "
    "static_assert thread_local"
)
# Names of <math.h> that no operation has: functions must not be hidden, the others are macros.
LIBRARY = (
    "fdim fma fmax fmin fmod frexp ilogb ldexp llrint llround logb lrint lround modf nan nearbyint "
    "nextafter nexttoward pow remainder remquo round scalbln scalbn signgam fpclassify isfinite isinf "
    "isnan isnormal signbit isgreater isgreaterequal isless islessequal islessgreater isunordered "
    "INFINITY NAN math_errhandling float_t double_t"
)
# Macros of other headers that come with these.
HEADERS = "NULL errno EOF stdin stdout stderr assert offsetof complex BUFSIZ EDOM ERANGE EILSEQ RAND_MAX"
# Macros of compilers that are not held to a standard, and of their <math.h>.
GNU = "linux unix I iscanonical iseqsig issignaling issubnormal iszero"
MACROS = re.compile(r"(M_(PI|E|LN|LOG|SQRT|[12]_)|FP_|HUGE_VAL|SNAN|MAXFLOAT|MATH_)\w*")
# Functions of <math.h> that are not C99's: a function of the same name does not go with them.
DECLARED = "gamma j0 j1 jn y0 y1 yn drem finite significand scalb lgamma_r exp10 sincos"


def _spell(name: str) -> str:
    """In ASCII; names such as `_Bool` and `__LINE__` are the compiler's."""
    found = ascii_only(name)
    if MACROS.fullmatch(found):
        return f"{found}_"
    return f"v{found}" if re.match("_[A-Z_]", found) else found


C = Target(
    "C",
    FORMS,
    {"inf": "INFINITY", "nan": "NAN"},
    {
        *KEYWORDS.split(),
        *LIBRARY.split(),
        *FUNCTIONS["c"].values(),
        *GNU.split(),
        *HEADERS.split(),
        *HELPERS.names(),
    },
    functions=FUNCTIONS["c"],
    helpers=HELPERS,
    as_number=Form("(double)($0)", UNARY),
    spell=_spell,
)


def c(static: Static, name: str, source: Source | None = None) -> str:
    """The text of a file with the function. Its helpers are called after it, so that several of
    these can be put into one file."""
    C.check_name(name, DECLARED.split())
    own = {helper: helper.replace("cg", name, 1) for helper in HELPERS.names()}
    written = walk(static, C, source, own.values())
    lines = [f"const double {statement.name} = {statement.text};" for statement in written.statements]
    parameters = [f"double {parameter}" for parameter in written.inputs.values()]
    results = [piece.text for _, piece in written.outputs]
    head = f"double {name}({', '.join(parameters) or 'void'})"
    if len(results) == 1:
        lines.append(f"return {results[0]};")
    else:
        lines += [f"out[{place}] = {text};" for place, text in enumerate(results)]
        head = f"void {name}({', '.join([*parameters, f'double out[{len(results)}]'])})"
        head = f"/* out: {returned(static)} */\n{head}"
    body = "\n".join(f"    {line}" for line in lines)
    parts = [*needed(written.texts(), HELPERS, C), f"{head}\n{{\n{body}\n}}"]
    text = re.sub(r"\bcg_\w+", lambda found: own.get(found[0], found[0]), "\n\n".join(parts))
    return f"#include <math.h>\n\n{text}\n"
