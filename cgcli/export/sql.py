"""A SELECT for DuckDB, whose columns are the outputs, for every row of a table of numbers.

Nodes with a name become columns of common table expressions, one upon the other. NULL
gives NULL, but for `or` and `and` where the other operand decides. DuckDB takes nan for equal to
itself and for greater than every number; comparisons mind that, to give what IEEE 754 says. Functions
are called within their domain only, as some versions raise an error outside of it, and nodes that two
branches of a CASE share are computed before it.
"""

from __future__ import annotations

from cgcli.annotations import Callable, Mapping
from cgcli.diagnostics import CgError
from cgcli.export.form import OPERATORS, Call, Entry, Form, Piece, call
from cgcli.export.functions import FUNCTIONS
from cgcli.export.walk import Statement, Target, walk
from cgcli.language.scanner import unquoted
from cgcli.ops.entry import AND, COMPARISON, NOT, OR, POSTFIX, PRODUCT, UNARY
from cgcli.render.infix import free_prefix
from cgcli.rewrite.static import Static
from cgcli.source import Source

INF, NAN = "'inf'::DOUBLE", "'nan'::DOUBLE"


def _case(*branches: str, other: str = "") -> Form:
    """`condition: result` each; without `other`, NULL where no condition holds."""
    whens = " ".join("WHEN {} THEN {}".format(*branch.split(": ")) for branch in branches)
    return Form(f"CASE {whens}{f' ELSE {other}' if other else ''} END", POSTFIX, UNARY + 1)


def _log(function: str) -> Form:
    return _case(f"$0 > 0e0: {function}($0)", f"$0 = 0e0: -{INF}", f"$0 < 0e0: {NAN}")


def _bounded(function: str) -> Form:
    return _case(f"abs($0) <= 1e0: {function}($0)", f"abs($0) > 1e0: {NAN}")


def _circular(text: str) -> Form:
    """DuckDB's raise for inf in some versions; `abs(nan) < inf` does not hold there."""
    return _case(f"abs($0) < {INF}: {text}", f"$0 IS NOT NULL: {NAN}")


def _compare(symbol: str, guarded: int, joined: str = "AND NOT") -> Callable[[Call], Form]:
    """A comparison, and a guard for the operand that would be taken wrongly where it is nan."""

    def entry(use: Call) -> Form:
        value = use.value(guarded)
        if value is not None and value == value:
            return Form(f"$0 {symbol} $1", COMPARISON, COMPARISON + 1, truth=True)
        return Form(f"($0 {symbol} $1 {joined} isnan(${guarded}))", POSTFIX, COMPARISON + 1, truth=True)

    return entry


def _pow(use: Call) -> Form:
    return Form("$0 * $0", PRODUCT, POSTFIX) if use.value(1) == 2 else call("pow")


def _reduce(use: Call, function: str) -> Form:
    """`least` and `greatest` pass over NULL, and `least` over nan."""
    places = [f"${place}" for place in range(use.count)]
    whens = [f"WHEN isnan({place}) THEN {place}" for place in places] if function == "least" else []
    missing = " OR ".join(f"{place} IS NULL" for place in places)
    text = " ".join([f"CASE WHEN {missing} THEN NULL", *whens, f"ELSE {function}($*) END"])
    return Form(text, POSTFIX, UNARY + 1)


MOD = (
    "CASE WHEN $1 = 0e0 OR isnan($1) OR NOT abs($0) < 'inf'::DOUBLE THEN 'nan'::DOUBLE "
    "WHEN $0 % $1 <> 0e0 AND (($0 % $1 < 0e0) <> ($1 < 0e0)) THEN $0 % $1 + $1 "
    "WHEN $0 % $1 <> 0e0 THEN $0 % $1 WHEN $1 < 0e0 THEN $0 % $1 * -0e0 WHEN $0 % $1 = 0e0 THEN 0e0 END"
)
FLOORDIV = (
    "$1 = 0e0: $0 / $1",
    f"isnan($0) OR isnan($1) OR isinf($0): {NAN}",
    "isinf($1) AND $0 <> 0e0 AND (($0 < 0e0) <> ($1 < 0e0)): -1e0",
    "isinf($1): $0 / $1",
    f"$0 IS NOT NULL AND $1 IS NOT NULL: round_even(($0 - ({MOD})) / $1, 0)",
)

FORMS: Mapping[str, Entry] = OPERATORS | {
    "mul": Form("$0 * $1", PRODUCT, PRODUCT, UNARY), "div": Form("$0 / $1", PRODUCT, PRODUCT, UNARY),
    "mod": Form(MOD, POSTFIX, UNARY + 1),
    "floordiv": _case(*FLOORDIV),
    "pow": _pow, "square": Form("$0 * $0", PRODUCT, POSTFIX),
    "lt": _compare("<", 1), "le": _compare("<=", 1), "gt": _compare(">", 0), "ge": _compare(">=", 0),
    "eq": _compare("=", 0), "ne": _compare("<>", 0, "OR"),
    "and_": Form("$0 AND $1", AND, AND, truth=True, truths=(True,)),
    "or_": Form("$0 OR $1", OR, OR, truth=True, truths=(True,)),
    "not_": Form("NOT $0", NOT, NOT + 1, truth=True, truths=(True,)),
    "where": Form("CASE $0 WHEN TRUE THEN $1 WHEN FALSE THEN $2 END", truths=(True, False)),
    "min": lambda use: _reduce(use, "least"), "max": lambda use: _reduce(use, "greatest"),
    "round": Form("round_even($0, 0)"),
    "copysign": _case("$1 < 0e0 OR signbit($1): -abs($0)", "$1 IS NOT NULL: abs($0)"),
    "sqrt": _case("$0 >= 0e0: sqrt($0)", f"$0 < 0e0: {NAN}"),
    "log": _log("ln"), "log2": _log("log2"), "log10": _log("log10"),
    "sin": _circular("sin($0)"), "cos": _circular("cos($0)"), "tan": _circular("tan($0)"),
    "asin": _bounded("asin"), "acos": _bounded("acos"),
    "acosh": _case("$0 >= 1e0: acosh($0)", f"$0 < 1e0: {NAN}"),
    "atanh": _case(
        "abs($0) < 1e0: atanh($0)", f"abs($0) = 1e0: $0 * {INF}", f"abs($0) > 1e0: {NAN}"
    ),
    "gamma": _case("$0 = 0e0: 1e0 / $0", f"$0 < 0e0 AND $0 = floor($0): {NAN}", "$0 IS NOT NULL: gamma($0)"),
    "lgamma": _case(f"$0 <= 0e0 AND $0 = floor($0): {INF}", "$0 IS NOT NULL: lgamma($0)"),
}  # fmt: skip


def _number(value: float) -> Piece:
    """With an exponent, as DuckDB takes `0.5` for a decimal number."""
    text = repr(value)
    text = text.removesuffix(".0") + ("" if "e" in text else "e0")
    return Piece(text, UNARY if text.startswith("-") else POSTFIX)


# Those of DuckDB that cannot be a name without quotes, or not everywhere.
KEYWORDS = (
    "all analyse analyze and anti any array as asc asof asymmetric at authorization between bigint binary "
    "bit boolean both by case cast char character check coalesce collate collation column columns "
    "concurrently constraint create cross dec decimal default deferrable desc describe distinct do else "
    "end except exists extract false fetch float for foreign freeze from full generated glob group "
    "grouping grouping_id having ilike in initially inner inout int integer intersect interval into is "
    "isnull join lambda lateral leading left like limit map national natural nchar none not notnull null "
    "nullif numeric offset on only or order out outer overlaps overlay pivot pivot_longer pivot_wider "
    "placing position positional precision primary qualify real references returning right row rowid "
    "select semi setof show similar smallint some struct substring summarize symmetric table tablesample "
    "then time timestamp to trailing treat trim true try_cast tuple union unique unpack unpivot using "
    "values varchar variadic verbose when where window with xmlattributes xmlconcat xmlelement xmlexists "
    "xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable"
)


def quoted(name: str) -> str:
    """A name as SQL takes it: in quotes where it is not plain."""
    name = unquoted(name)
    plain = name.isascii() and name.isidentifier() and name.lower() not in KEYWORDS.split()
    return name if plain else '"' + name.replace('"', '""') + '"'


def _table(name: str) -> str:
    """A table, `schema.table`, or the path of a file, which DuckDB reads like a table."""
    parts = name.split(".")
    return name if all(quoted(part) == part for part in parts) else quoted(name)


SQL = Target(
    "SQL",
    FORMS,
    {"pi": "pi()", "inf": INF, "nan": NAN},
    (),
    functions=FUNCTIONS["sql"],
    as_number=Form("$0::DOUBLE", POSTFIX, POSTFIX),
    as_truth=Form("$0 <> 0e0", COMPARISON, COMPARISON + 1, truth=True),
    number=_number,
    spell=quoted,
    key=lambda name: name.casefold().strip('"'),
    apart=lambda name, found: f'{found[:-1]}_"' if found.endswith('"') else f"{found}_",
    longest=80,
)


def sql(static: Static, table: str, source: Source | None = None, whole_rows: bool = False) -> str:
    """The text of the query; with `whole_rows` its columns are those of the table that are no inputs, and
    the outputs."""
    written = walk(static, SQL, source)
    taken = {*written.names.taken, table.casefold()}
    prefix = free_prefix("t", taken)
    row = (f"{prefix}_row" if f"{prefix}_row" not in taken else f"{prefix}_whole_row") if whole_rows else ""
    columns = {}
    for given, name in written.inputs.items():
        if quoted(given) != name:
            hint = f"rename `{given}`: columns of SQL that differ in case alone are one"
            raise CgError("export", "two inputs have names that SQL takes for one", source, hint=hint)
        columns[name] = (
            f"CAST({row}.{name} AS DOUBLE) AS {name}" if row else f"CAST({name} AS DOUBLE) AS {name}"
        )
    steps: dict[int, list[Statement]] = {}
    for statement in written.statements:
        steps.setdefault(statement.step, []).append(statement)
    rows = ", ".join([*([row] if row else []), *columns.values()]) or "1 AS one"
    of = f"{_table(table)} AS {row}" if row else _table(table)
    tables = [f"{prefix}0 AS (SELECT {rows} FROM {of})"]
    for place, (_, statements) in enumerate(sorted(steps.items())):
        defined = ",\n      ".join(f"{statement.text} AS {statement.name}" for statement in statements)
        tables.append(f"{prefix}{place + 1} AS (SELECT *,\n      {defined}\n    FROM {prefix}{place})")
    answers = []
    if row:
        answers.append(f"{row}.*" + (f" EXCLUDE ({', '.join(columns)})" if columns else ""))
    for (label, _), (_, piece) in zip(static.named(), written.outputs, strict=True):
        answers.append(piece.text if piece.text == quoted(label) else f"{piece.text} AS {quoted(label)}")
    listed = ",\n  ".join(answers)
    return f"WITH\n  {f',{chr(10)}  '.join(tables)}\nSELECT\n  {listed}\nFROM {prefix}{len(steps)};\n"
