"""Exported code as text: names, what is shared, what cannot be expressed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from cgcli import CgError
from cgcli.evaluation.static import static_graph
from cgcli.export import TARGETS, export
from cgcli.graph import Graph
from cgcli.ops import OPS
from cgcli.rewrite.static import Static
from tests.cg import cg
from tests.export.runs import RUNNERS, Case, differences, gradient, in_sql, program_of, static_of, text_of

# Text


def deep(count: int, shared: bool) -> Static:
    """A chain of operations; with `shared` each uses the one before twice."""
    graph = Graph()
    node = first = graph.input("x")
    half = graph.constant(0.5)
    for place in range(count):
        if shared:
            node = graph.add(OPS["mul"], (graph.add(OPS["add"], (node, node)), half))
        elif place % 2:
            node = graph.add(OPS["sin"], (node,))
        else:
            node = graph.add(OPS["sub"], (first, node))
    return Static(graph, [(None, node)], [()] * len(graph))


@pytest.mark.parametrize("target", TARGETS)
def test_text_grows_with_the_graph(target: str) -> None:
    small, large = (len(export(deep(count, True), target)) for count in (500, 2000))
    assert large < 5 * small
    small, large = (len(export(deep(count, False), target)) for count in (4_000, 16_000))
    assert large < 5 * small


@pytest.mark.long
@pytest.mark.parametrize("target", ["python", "numpy", "c"])
def test_deep_graphs_run(target: str, tmp_path: Path) -> None:
    cases = [
        Case("f", deep(20_000 if target == "c" else 100_000, False), [[0.5]]),
        Case("g", deep(2000, True), [[0.5]]),
    ]
    assert differences(cases, RUNNERS[target](cases, tmp_path)) == []


def test_names_of_the_program_survive() -> None:
    text = text_of("speed = a + b; lambda = speed*speed; exp_ = lambda + sin(v1); exp_*exp_", "python")
    assert "def f(a, b, v1):" in text
    for line in ("speed = a + b", "lambda_ = speed*speed", "exp_ = lambda_ + _sin(v1)", "return exp_*exp_"):
        assert f"    {line}\n" in text
    text = text_of("exp = a + été; β = exp*exp; log(exp)*β + double", "c")
    assert "double f(double a, double ete, double double_)" in text
    assert "exp_ = a + ete;" in text
    assert "beta = exp_*exp_;" in text
    text = text_of("x1 = α/2; Y = x1*x1; f_max = sqrt(e)*x1; f_max + Y*Y", "latex")
    assert r"x_{1} &= \frac{\alpha}{2} \\" in text
    assert r"Y &= x_{1} \cdot x_{1} \\" in text
    assert r"f_{\mathit{max}} &= \sqrt{\mathrm{e}} \cdot x_{1} \\" in text


def test_names_are_used_once(tmp_path: Path) -> None:
    """Of Python's builtins, of helpers, of letters that are one in the target, of fresh names."""
    texts = [
        "_sin = x + 1; math = sin(_sin)*2; v1 = math^2; f = v1 + exp(v1)*v1; min = f + f; min*_sin",
        "ß = x*2; ss = ß + x; e_ = ss*ß; double = e_ + 1; double_ = double*2; double_ + ss + e_*double",
        "f_max = max(x, 1); cg_max = max(f_max, 2); t0 = cg_max + f_max; t1 = t0^2; data = t1 + t0; data*t1",
    ]
    for target, run in RUNNERS.items():
        cases = [Case(f"f{place}", static_of(text), [[0.5], [3.0]]) for place, text in enumerate(texts)]
        cases.append(Case("f", static_of("ﬁ = x*2; fi = x + ﬁ*ﬁ; ﬁ + fi*fi"), [[0.5]]))
        assert differences(cases, run(cases, tmp_path)) == [], target


def test_columns_have_quotes_where_they_must(tmp_path: Path) -> None:
    cases = [Case("f", static_of("été = order + 1; group = été*été; select*group + group"), [[1.0, 2.0]])]
    assert differences(cases, in_sql(cases, tmp_path)) == []
    assert 'FROM "my data"' in text_of("x + 1", "sql", table="my data")
    assert "FROM main.data" in text_of("x + 1", "sql", table="main.data")
    with pytest.raises(CgError, match="takes for one"):
        text_of("a + A", "sql")


def test_null_gives_null() -> None:
    connection = duckdb.connect()
    connection.execute("CREATE TABLE data (x DOUBLE, y DOUBLE)")
    connection.execute("INSERT INTO data VALUES (NULL, 2), (1, NULL)")
    shown = ["min(x, y)", "max(x, y)", "where(x > y, 1, 2)", "log(x)*y", "x // y", "x % y", "clip(x, y, 3)"]
    shown += ["sign(x)*y", "expm1(x) + y", "hypot(x, y)", "copysign(x, y)", "xlogy(x, y)", "(x < y) + 1"]
    for expression in shown:
        assert connection.execute(text_of(expression, "sql")).fetchall() == [(None,), (None,)], expression


def test_null_is_what_it_is_in_sql_where_another_operand_decides() -> None:
    connection = duckdb.connect()
    connection.execute("CREATE TABLE data (x DOUBLE, y DOUBLE)")
    connection.execute("INSERT INTO data VALUES (NULL, 2)")
    for text, wanted in [
        ("x or 1", 1.0), ("x or y", 1.0), ("x and 0", 0.0), ("x and y", None), ("x or 0", None),
        ("x^0 + y", None), ("where(x > 0, 1, 1)", None), ("0*x", None), ("3 + 4", 7.0),
    ]:  # fmt: skip
        assert connection.execute(text_of(text, "sql")).fetchall() == [(wanted,)], text
    query = cg("export", "--to", "sql", "--grad", "2*x + y").out
    assert connection.execute(query).fetchall() == [(None, 2.0, 1.0)]


def test_rows_of_a_table_stay_whole() -> None:
    """The columns that are no inputs come first; what the query names itself does not meet them."""
    connection = duckdb.connect()
    connection.execute("CREATE TABLE data (id INT, x DOUBLE, region TEXT, v1 INT, t0 INT, f INT)")
    connection.execute("INSERT INTO data VALUES (7, 2, 'north', 8, 9, 10)")
    result = connection.execute(cg("export", "--to", "sql", "d = sin(x)*0 + x; d^2 + d").out)
    names = [column[0] for column in result.description or []]
    assert names == ["id", "region", "v1", "t0", "f", "f"]
    assert result.fetchall() == [(7, "north", 8, 9, 10, 6.0)]
    assert connection.execute(cg("export", "--to", "sql", "1 + 1").out).fetchall() == [
        (7, 2.0, "north", 8, 9, 10, 2.0)
    ]
    connection.execute("CREATE OR REPLACE TABLE data (t_row INT, other TEXT)")
    connection.execute("INSERT INTO data VALUES (1, 'a')")
    assert connection.execute(cg("export", "--to", "sql", "t_row + 1").out).fetchall() == [("a", 2.0)]


def test_assertions_are_left_out_and_told() -> None:
    for target, comment in (("python", "#"), ("numpy", "#"), ("c", "//"), ("sql", "--"), ("latex", "%")):
        done = cg("export", "--to", target, "assert x > 0; x^2")
        assert done.out.startswith(f"{comment} not checked: assert x > 0\n"), target
        assert done.err.startswith("note: assertions are left out")


ENDLESS = [
    "x*(1/0)",
    "x + 5//0",
    "x + 5%0",
    "x + 0^-1",
    "x + 10^400",
    "x*(-8)^(1/3)",
    "x*log(0 - 1) + exp(1e3)",
]


@pytest.mark.parametrize("target", RUNNERS)
def test_constants_are_what_eval_gives(target: str, tmp_path: Path) -> None:
    """Where Python raises, or gives a complex number."""
    cases = [Case(f"f{i}", static_of(text), [[1.5], [-2.0]]) for i, text in enumerate(ENDLESS)]
    assert differences(cases, RUNNERS[target](cases, tmp_path)) == []


def test_whole_numbers_and_decimals_of_a_table_are_doubles() -> None:
    connection = duckdb.connect()
    connection.execute("CREATE TABLE data AS SELECT 2147483647 AS n, 0.1 AS d")
    assert connection.execute(text_of("n*n + 0.1 + 0.2; d + 0.2; 1/3 + d*0", "sql")).fetchall() == [
        (2147483647.0**2 + 0.1 + 0.2, 0.1 + 0.2, 1 / 3)
    ]


def test_a_branch_that_is_not_taken_does_no_harm(tmp_path: Path) -> None:
    texts = [
        "if x > 0 then sqrt(x)*log(x) else 1/x",
        "s = log(x); (if x > 0 then s else 0) + (if x > 1 then s*s else gamma(x))",
        "where(x > 0, x^0.5, acosh(x)) + where(x < 2, exp(1000*x), asin(x)//0)",
    ]
    for target, run in RUNNERS.items():
        wanted = [text for text in texts if target != "onnx" or "gamma" not in text]
        cases = [Case(f"f{i}", static_of(text), [[4.0], [0.0], [-1.0]]) for i, text in enumerate(wanted)]
        assert differences(cases, run(cases, tmp_path)) == [], target
    branch = text_of("if x > 0 then sqrt(x) else -x", "python").splitlines()[-1]
    assert branch == "    return _sqrt(x) if x > 0.0 else -x"  # its own branch is written in it


def test_several_outputs_are_named_in_order() -> None:
    text = text_of("s = a + b; p = a*b", "c")
    assert "/* out: s, p */\nvoid f(double a, double b, double out[2])" in text
    assert '"""Return (s, p)."""' in text_of("s = a + b; p = a*b", "numpy")
    assert "a + b AS f1" in text_of("a + b; a*b", "sql")


def test_sizes_with_names_come_from_the_inputs() -> None:
    program = program_of("input A: [m, n]; input b: [n]; sum(A @ b)")
    text = str(export(gradient(program), "numpy"))
    assert "m = A.shape[0]" in text
    scope: dict[str, Any] = {}
    exec(text, scope)
    value, by_matrix, by_vector = scope["f"]([[1, 2], [3, 4], [5, 6]], [1, -1])
    assert value == -3
    assert by_matrix.tolist() == [[1, -1]] * 3
    assert by_vector.tolist() == [9, 12]


@pytest.mark.parametrize(
    "target, program, message",
    [
        ("sql", "1 + erf(x)", "SQL cannot express `erf`\n --> <expr>:1:5"),
        ("onnx", "2*gamma(x)", "ONNX cannot express `gamma`\n --> <expr>:1:3"),
        ("c", "1 + sum([x, 2])", "`[]` works on arrays, and C has numbers only here\n --> <expr>:1:9"),
        ("python", "input A: [2]; A + 1", "the input `A` is an array, and Python has numbers only"),
        ("onnx", "input A: [n]; flip(A)", "ONNX needs sizes that are numbers here"),
        ("onnx", "input A: [3]; A[k]", "ONNX cannot express subscripts that are computed"),
    ],
)
def test_what_cannot_be_expressed(target: str, program: str, message: str) -> None:
    whole = program_of(program)
    with pytest.raises(CgError) as error:
        export(static_graph(whole, {}), target, source=whole.source)
    assert message in str(error.value)
    assert (error.value.diagnostic.kind, error.value.status) == ("export", 3)


@pytest.mark.parametrize("target, name", [("c", "exp"), ("c", "a-b"), ("python", "class"), ("numpy", "2f")])
def test_names_of_functions_are_checked(target: str, name: str) -> None:
    with pytest.raises(CgError, match="cannot be the name of a function"):
        text_of("x + 1", target, name=name)


# Programs that are unrolled, and subscripts as their text has them.
UNROLLED = {
    "s = 0; for i in 0..2 { s = tanh(s + x[i]) }; s": ["x[0]", "x[1]", "x[2]"],
    "sum(x[-i] for i in 1..2)": ["x[-1]", "x[-2]"],
    "i = 0; s = 0; while i < 2 { s += x[i + 1]^2; i += 1 }; s": ["x[1]", "x[2]"],
    "input A: [2, 3]; s = 0; for i in 0..1 { s += A[i, 1:][i] }; s": ["A[0, 1:]", "A[1, 1:]"],
}


@pytest.mark.parametrize("program", UNROLLED)
def test_subscripts_that_are_known_are_written(program: str, tmp_path: Path) -> None:
    source = f"input x: [3]; {program}"
    text = cg("export", "--to", "numpy", source).out
    assert all(subscript in text for subscript in UNROLLED[program]), text
    assert "astype" not in text
    assert cg("export", "--to", "onnx", source, "-o", str(tmp_path / "f.onnx")).status == 0
