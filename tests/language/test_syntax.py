"""The syntax: which postfix code the parser writes, and which payloads it shares."""

from __future__ import annotations

from typing import Any

import pytest

from cgcli.language.parser import parse
from cgcli.language.syntax import Syntax
from cgcli.source import Source


def syntax_of(text: str) -> Syntax:
    return parse(Source(("<text>", text)))


def items(syntax: Syntax) -> list[Any]:
    """The items of the code: a name, a number or a text alone, others as (meaning, payload)."""
    plain = ("name", "number", "string")
    return [
        payload if meaning in plain else (meaning, payload)
        for meaning, payload in zip(syntax.code, syntax.payloads, strict=True)
    ]


# (expression, its code)
CALLS = [
    ("f()", [("call", ("f", 0, ()))]),
    ("f(x, y)", ["x", "y", ("call", ("f", 2, ()))]),
    ("sum(x, axis=0)", ["x", 0, ("call", ("sum", 2, ("axis",)))]),
    ("sum(axis=0)", [0, ("call", ("sum", 1, ("axis",)))]),
    (
        "norm(x, y, ord=1, axis=-1)",
        ["x", "y", 1, 1, ("neg", None), ("call", ("norm", 4, ("ord", "axis")))],
    ),
    ("f(x,\n  axis\n = 0)", ["x", 0, ("call", ("f", 2, ("axis",)))]),
    ("f(a=a == b)", ["a", "b", ("compare", "=="), ("call", ("f", 1, ("a",)))]),
    ("f(a=g(a=1))", [1, ("call", ("g", 1, ("a",))), ("call", ("f", 1, ("a",)))]),
    ('einsum("ij->ji", A)', ["ij->ji", "A", ("call", ("einsum", 2, ()))]),
    ("f('', \"'\", '\"')", ["", "'", '"', ("call", ("f", 3, ()))]),
    ('f("# ;(", 日="日")', ["# ;(", "日", ("call", ("f", 2, ("日",)))]),
]

INDICES = [
    ("x[i]", ["x", "i", ("index", ("item",))]),
    ("x[i, j]", ["x", "i", "j", ("index", ("item", "item"))]),
    ("x[-1]", ["x", 1, ("neg", None), ("index", ("item",))]),
    ("x[(1)]", ["x", 1, ("index", ("item",))]),
    ("x[f(1)]", ["x", 1, ("call", ("f", 1, ())), ("index", ("item",))]),
    ("x[[0, 2]]", ["x", 0, 2, ("array", 2), ("index", ("item",))]),
    ("x[y[1:]]", ["x", "y", 1, ("index", ((True, False, False),)), ("index", ("item",))]),
    ("x[:]", ["x", ("index", ((False, False, False),))]),
    ("x[::]", ["x", ("index", ((False, False, False),))]),
    ("x[1:]", ["x", 1, ("index", ((True, False, False),))]),
    ("x[1::]", ["x", 1, ("index", ((True, False, False),))]),
    ("x[:2]", ["x", 2, ("index", ((False, True, False),))]),
    ("x[:2:]", ["x", 2, ("index", ((False, True, False),))]),
    ("x[1:2]", ["x", 1, 2, ("index", ((True, True, False),))]),
    ("x[1:2:]", ["x", 1, 2, ("index", ((True, True, False),))]),
    ("x[::3]", ["x", 3, ("index", ((False, False, True),))]),
    ("x[1::3]", ["x", 1, 3, ("index", ((True, False, True),))]),
    ("x[:2:3]", ["x", 2, 3, ("index", ((False, True, True),))]),
    ("x[a:b:c]", ["x", "a", "b", "c", ("index", ((True, True, True),))]),
    ("x[:, 0]", ["x", 0, ("index", ((False, False, False), "item"))]),
    ("x[\n1\n:\n,\n0\n]", ["x", 1, 0, ("index", ((True, False, False), "item"))]),
    (
        "x[if a then b else c:d]",
        ["x", "a", "b", "c", ("choose", None), "d", ("index", ((True, True, False),))],
    ),
    ("x[0][1]", ["x", 0, ("index", ("item",)), 1, ("index", ("item",))]),
    ("-x.T[0]^2", ["x", ("transpose", None), 0, ("index", ("item",)), 2, ("pow", None), ("neg", None)]),
]

ARRAYS = [
    ("[]", [("array", 0)]),
    ("[1, [2]]", [1, 2, ("array", 1), ("array", 2)]),
]


@pytest.mark.parametrize("text, code", CALLS + INDICES + ARRAYS)
def test_code(text: str, code: list[Any]) -> None:
    assert items(syntax_of(text)) == code


SHAPES = [
    ("input W: [3, n]", "declare_shape", ("3", "n"), []),
    ("input x: []", "declare_shape", (), []),
    ("input W: [\n2,\n1]", "declare_shape", ("2", "1"), []),
    ("input W: [2] = [1, 0]", "declare_shape_default", ("2",), [1, 0, ("array", 2)]),
    ("input x: [] = 3", "declare_shape_default", (), [3]),
]


@pytest.mark.parametrize("text, kind, sizes, code", SHAPES)
def test_shape(text: str, kind: str, sizes: tuple[str, ...], code: list[Any]) -> None:
    syntax = syntax_of(f"1; {text}\n2")
    _, statement, _ = syntax.statements
    assert (statement.kind, statement.name, statement.parameters) == (kind, text[6], sizes)
    assert (statement.start, statement.stop, statement.name_start) == (3, 3 + len(text), 9)
    assert items(syntax)[statement.begin : statement.end] == code


def test_places() -> None:
    text = 'a + f("ij",  x[1 : 3], axis = 0)'
    syntax = syntax_of(text)
    assert [text[start:end] for start, end in zip(syntax.starts, syntax.ends)] == [
        "a", '"ij"', "x", "1", "3", "x[1 : 3]", "0", 'f("ij",  x[1 : 3], axis = 0)', text,
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["f(x)", "f()", "f(x, a=1)", 'f("a long text")[0]', "x[1:2, 3]", "a_name"])
def test_equal_payloads_are_one_object(text: str) -> None:
    """A program of ten million calls has a few distinct ones."""
    syntax = syntax_of(f"{text}; {text}")
    half = len(syntax.payloads) // 2
    for first, second in zip(syntax.payloads[:half], syntax.payloads[half:], strict=True):
        assert isinstance(first, float) or first is second


@pytest.mark.parametrize("text", ["f({})", "x[{}]", "[{}]", "f(a=[{}])", "input W: [{}]"])
def test_long_lists(text: str) -> None:
    """In time proportional to the length."""
    syntax_of(text.format(",".join(["1"] * 100_000)))


def test_many_keywords() -> None:
    syntax = syntax_of(f"f({', '.join(f'a{i}=1' for i in range(50_000))})")
    name, count, keywords = syntax.payloads[-1]
    assert (name, count, len(set(keywords))) == ("f", 50_000, 50_000)
