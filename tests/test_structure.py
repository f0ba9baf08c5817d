"""The shape of the code: imports run one way, tables fit the grammar, nothing recurses."""

from __future__ import annotations

import ast
import builtins
import inspect
import re
import subprocess
import sys
from collections import Counter
from functools import cache

import lark
import pytest
from hypothesis import given, settings

import cgcli
from cgcli.algebras import arrays
from cgcli.algebras.base import Base
from cgcli.algebras.batches import Batches
from cgcli.algebras.duals import Duals
from cgcli.algebras.numbers import floats
from cgcli.algebras.symbols import Symbols
from cgcli.graph import Graph
from cgcli.language import tables
from cgcli.language.parser import parse
from cgcli.language.scanner import TABLES, TOKEN, expression
from cgcli.language.syntax import Syntax
from cgcli.ops import ARRAY_OPS, ELEMENTWISE, FUNCTIONS, OPS, SHARING
from cgcli.ops.entry import LINEAR, MULTILINEAR, Op
from cgcli.source import Source
from tests.cg import ROOT
from tests.programs import programs
from tests.structure import PACKAGE, circles, imports, modules, references, trees

# Rooms from the ground up; a module imports from its own room and from those before it.
ROOMS = [
    "annotations",
    "later",
    "errors",
    "memory",
    "shapes",
    "ending",
    "ops",
    "graph",
    "source",
    "diagnostics",
    "algebras",
    "passes",
    "control",
    "kernels",
    "data",
    "language",
    "render",
    "rewrite",
    "export",
    "evaluation",
    "solving",
    "training",
    "api",
    "record_batches",
    "cli",
]


def test_imports_run_downwards() -> None:
    for module, files in imports(trees()).items():
        own = room(module)
        if own in ("", "__main__"):
            continue
        below = ROOMS[: ROOMS.index(own) + 1]
        assert [file for file in files if room(file) not in below] == [], f"{own} imports them"


def room(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def test_no_files_import_each_other() -> None:
    assert circles(imports(trees())) == []


def test_no_function_calls_itself() -> None:
    """Deep input must not meet the limit of Python's stack: through methods neither, nor over others."""
    assert circles(references(trees())) == []


SOURCES = {
    "a": "from cgcli.b import g\ndef f(n): return g(n)",
    "b": "def g(n):\n    from cgcli.a import f\n    return f(n - 1)",
    "c": "class C:\n    def f(self): return self.f()\n    def k(self): return k(self)\ndef k(e): return e",
    "d": "from cgcli.c import C\nclass D(C):\n    def g(self): return map(self.h, [])\n"
    "    def h(self): return D()\n    def __init__(self): self.g()",
    "e": "def outer(n):\n    def inner(n): return outer(n)\n    return inner(n)",
    "f": "def f(f): return f\ndef g(x):\n    g = x.g\n    return g",
}


def test_what_calls_itself_is_found() -> None:
    parsed = {f"cgcli.{name}": ast.parse(text) for name, text in SOURCES.items()}
    assert circles(imports(parsed)) == [["cgcli.a", "cgcli.b"]]
    assert circles(references(parsed)) == [
        ["cgcli.a.f", "cgcli.b.g"],
        ["cgcli.c.C.f"],
        ["cgcli.d.D.__init__", "cgcli.d.D.g", "cgcli.d.D.h"],
        ["cgcli.e.outer", "cgcli.e.outer.inner"],
    ]


def test_no_text_is_executed() -> None:
    """Nothing that a user can write reaches eval, exec, compile or pickle. One file compiles what it has made
    as a syntax tree, without any text; what it makes has no functions of Python's but those it is given."""
    for module, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                is_tree = module.endswith(".syntax") and ast.unparse(node).startswith("compile(ast.Module(")
                assert is_tree or node.func.id not in ("eval", "exec", "compile", "__import__"), module
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                names = [alias.name for alias in node.names] + [getattr(node, "module", "") or ""]
                assert not {"pickle", "marshal", "shelve"} & {name.split(".")[0] for name in names}, module


def test_the_expression_of_tokens_is_compiled_alike() -> None:
    assert TOKEN == expression(0) == re.compile(TABLES.pattern)


def test_the_tables_are_those_of_the_grammar() -> None:
    fields = tables.build((ROOT / "grammar" / "cg.lark").read_text())
    for name, value in fields.items():
        assert getattr(TABLES, name) == value, f"{name} is stale: install again"


def test_every_algebra_knows_every_operation() -> None:
    missing = [op.name for op in ELEMENTWISE if not callable(getattr(floats, op.name, None))]
    assert missing == []
    missing = [name for name in OPS if not callable(getattr(arrays, name, None))]
    assert missing == []


ALGEBRAS = {
    "floats": floats,
    "arrays": arrays,
    "batches": Batches(2),
    "duals": Duals(arrays),
    "symbols": Symbols(Graph()),
}

# Where the base makes operations of forms, which modules do in their own way.
MADE = {"operation", "number"}


@pytest.mark.parametrize("name", ALGEBRAS)
def test_every_algebra_has_what_the_base_says(name: str) -> None:
    named = [name for name, member in vars(Base).items() if inspect.isfunction(member)]
    wanted = {name for name in named if not name.startswith("_")} - MADE
    assert len(wanted) > 10
    assert [one for one in wanted if not callable(getattr(ALGEBRAS[name], one, None))] == []
    assert ALGEBRAS[name].for_reading in (True, False)


def test_the_algebra_of_arrays_means_no_function_of_python_by_a_name_of_an_operation() -> None:
    """`arrays.max` becomes a name of its module as soon as a program asks for it."""
    tree = ast.parse((PACKAGE / "algebras" / "arrays" / "__init__.py").read_text())
    named = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert not named & set(dir(builtins)) & set(OPS)


def test_entries_are_whole() -> None:
    for op in OPS.values():
        assert op.summary, op
        assert op.domain, op
        assert " = " in op.example, op
        assert op.function or op.symbol, op
    for op in ELEMENTWISE:
        assert isinstance(op.partials, tuple) == (op.arity is not None), op
        assert op.arity is None or len(op.partials) == op.arity, op
    for tensor in ARRAY_OPS:
        assert tensor.derivative, tensor
        assert isinstance(tensor.pullbacks, tuple) == (tensor.arity is not None), tensor
        assert tensor.arity is None or len(tensor.pullbacks) == tensor.arity, tensor
        assert callable(tensor.pushforward) or tensor.pushforward in (LINEAR, MULTILINEAR), tensor
    for op in OPS.values():  # what an entry gives a name to is something that its class speaks of
        told = f"{Op.__doc__} {type(op).__doc__}"
        assert [name for name in vars(op) if f"    {name} " not in told] == [], op
    named = {**FUNCTIONS, **SHARING}
    assert all(op in (named[op.word], FUNCTIONS.get(op.word)) for op in OPS.values() if op.function)


class _InBrackets:
    """What the scanner does about newlines, for Lark's own parser: inside brackets they go."""

    always_accept = ("NEWLINE",)

    def process(self, stream: object) -> object:
        depth = 0
        for token in stream:  # type: ignore[attr-defined]
            depth += (token.type in ("LPAR", "LSQB")) - (token.type in ("RPAR", "RSQB"))
            if token.type != "NEWLINE" or depth <= 0:
                yield token


@cache
def by_lark() -> lark.Lark:
    grammar = (ROOT / "grammar" / "cg.lark").read_text()
    return lark.Lark(grammar, parser="lalr", lexer="basic", postlex=_InBrackets())


# Rules of the grammar that leave one item of postfix code of the same name.
ITEMS = [
    "name",
    "add",
    "sub",
    "mul",
    "pow",
    "neg",
    "juxtapose",
    "call",
    "choose",
    "factorial",
    "compare",
    "and_",
]


@given(programs())
@settings(max_examples=100, deadline=None)
def test_the_parser_reads_what_lark_reads(text: str) -> None:
    ours = parse(Source(("<text>", text)))
    theirs = [str(tree.data) for tree in by_lark().parse(text).iter_subtrees()]
    found = {meaning: ours.code.count(meaning) for meaning in ITEMS}
    assert found == {meaning: theirs.count(meaning) for meaning in ITEMS}
    assert len(ours.statements) == theirs.count("assign") + theirs.count("output")


ARRAYS = [
    "sum(x, axis=0) + norm(x, ord=1, axis=-1) + f(axis=(0)) + f()",
    'einsum("ij,jk->ik", A, B) + f(x, \'a\', mode="b")',
    "x[i] + x[i, j] + x[-1] + x[[0, 2]]",
    "x[:] + x[::] + x[1:] + x[:2] + x[::3] + x[1:2] + x[1::3] + x[:2:3] + x[a:b:c] + x[:2:] + x[1::]",
    "x[:, 0, 1:2][y[0]:]",
    "[[1, 2], []].T @ x",
    "input W: [3, n]; input x: []; input V: [2] = [1, 0]; W",
    "x[\n:\n,\n1]",
]


@pytest.mark.parametrize("text", ARRAYS)
def test_the_parser_reads_arrays_as_lark_does(text: str) -> None:
    ours = parse(Source(("<text>", text)))
    theirs = Counter(str(tree.data) for tree in by_lark().parse(text).iter_subtrees())
    theirs["call"] += theirs["call_empty"] + theirs["call_keywords"]
    theirs["array"] += theirs["array_empty"]
    for meaning in (*ITEMS, "number", "string", "index", "array", "transpose", "matmul"):
        assert ours.code.count(meaning) == theirs[meaning], meaning
    slices = [entry for entries in indices(ours) for entry in entries if entry != "item"]
    assert len(slices) == theirs["slice"]
    for kind in ("output", "declare_shape", "declare_shape_default"):
        assert ours.statements.kinds.count(kind) == theirs[kind]


def indices(syntax: Syntax) -> list[tuple[object, ...]]:
    return [p for meaning, p in zip(syntax.code, syntax.payloads) if meaning == "index"]


REFUSED = [
    *("1+2)", "(1+2", "2 + * 3", "3 4", "2 x", "f(x) y", "a = = 3", "if x then 3", "1,5"),
    *("f(a=1, x)", "f(=1)", "f(a=)", "f(a=1,)", "x[]", "x[1:2:3:4]", "x[1,]", "[1:2]", "f(1:2)"),
    *("'a'", "f(('a'))", "f('a' + 1)", "x['a']", "['a']", "f('a)", "f('a\n')", "input W: [] 3"),
]


@pytest.mark.parametrize("text", REFUSED)
def test_the_parser_refuses_what_lark_refuses(text: str) -> None:
    with pytest.raises(lark.exceptions.UnexpectedInput):
        by_lark().parse(text)
    with pytest.raises(cgcli.CgError):
        cgcli.parse(text)


def test_the_plain_form_imports_little() -> None:
    code = (
        "import sys; sys.argv = ['cg', 'grad', 'x^2', 'x=3']; "
        "from cgcli.__main__ import run; run(); print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert not loaded & {
        "lark",
        "rich",
        "typer",
        "numpy",
        "typing",
        "dataclasses",
        "json",
        "cgcli.data",
        "argparse",
        "difflib",
        "contextlib",
        "functools",
    }


# Commands on programs of numbers.
NUMBERS_ONLY = [
    *("eval --digits 3 x^2 x=3", "eval --fast --strict x^2 x=3", "eval --format json x^2 x=3"),
    *("grad --mode forward x^2 x=3", "grad --along x=1 x^2 x=3", "grad --seed 2 x^2 x=3"),
    *("hessian x^2 x=3", "hessian --times x=1 x^2 x=3", "check x^2 x=3", "trace x^2 x=3", "plan x^2"),
    *("graph --style dot --grad x^2 x=3", "graph --style ascii x^2", "diff x^2", "export --to python x^2"),
    *("jacobian x*y x=3 y=2", "jacobian --mode forward x*y x=3 y=2"),
    *("export --to numpy x^2", "export --to c x^2", "ops", "ops sum"),
]


def test_programs_of_numbers_do_not_import_numpy() -> None:
    code = (
        "import sys; from cgcli.cli.app import run\n"
        f"for line in {NUMBERS_ONLY}:\n"
        "    assert run(line.split()) == 0, line\n"
        "    assert not {'numpy', 'scipy', 'lark'} & set(sys.modules), line\n"
        "run(['eval', '--digits', '3', '[1, 2]'])\n"
        "assert 'numpy' in sys.modules and 'scipy' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_every_file_fits_in_the_head() -> None:
    for path in modules():
        assert len(path.read_text().splitlines()) <= 350, path
