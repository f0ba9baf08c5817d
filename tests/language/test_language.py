"""The language: what programs mean."""

from __future__ import annotations

import math

import pytest

import cgcli
from cgcli import CgError
from cgcli.language import expressions

# (expression, value), one row a rule of the precedence table and the ways it meets the others
VALUES = [
    ("if 1 then 2 else 3", 2),
    ("if 0 then 2 else 3", 3),
    ("if 0 then 1 else if 0 then 2 else 3", 3),
    ("(if 1 then 2 else 3) + 1", 3),
    ("if 1 then 2 else 3 + 1", 2),
    ("if 1then 2else 3", 2),
    ("1 or 0 and 0", 1),
    ("(1 or 0) and 0", 0),
    ("not 1 == 2", 1),
    ("not not 3", 1),
    ("2 and 3", 1),
    ("0 or 0.5", 1),
    ("nan or 0", 1),
    ("0 < 1 < 2", 1),
    ("0 < 2 < 1", 0),
    ("3 > 2 >= 2 != 1", 1),
    ("1 < 2 == 2", 1),
    ("(1 < 2) == 2", 0),
    ("1 < 2 + 3", 1),
    ("nan == nan", 0),
    ("nan != nan", 1),
    ("1 - 2 - 3", -4),
    ("1 - 2 + 3", 2),
    ("8 / 4 / 2", 1),
    ("7 // 2 * 2", 6),
    ("-7 // 2", -4),
    ("-7 % 3", 2),
    ("7 % -3", -2),
    ("-7.5 % 2", 0.5),
    ("2 * -3", -6),
    ("-2^2", -4),
    ("(-2)^2", 4),
    ("+-+3", -3),
    ("--3", 3),
    ("-3!", -6),
    ("2^3^2", 512),
    ("2**3**2", 512),
    ("2^-1", 0.5),
    ("2^-1^2", 0.5),
    ("2^+3", 8),
    ("1/2x", 1 / 6),
    ("2x", 6),
    ("2x^2", 18),
    ("2^2x", 64),
    ("2^2x^2", 2**18),
    ("-2x", -6),
    ("2x!", 12),
    ("3!", 6),
    ("(3!)!", 720),
    ("√16 + √(3 + 1) + 2√4 + √√16 + √4^2 + 3√4³", 4 + 2 + 4 + 2 + 4 + 24),
    ("−3² × 2³ ÷ 4·2", -36),
    ("2π + τ + 2π^2", 4 * math.pi + 2 * math.pi**2),
    ("1 ≤ 1 ≠ 2 ≥ 2", 1),
    ("-∞", -math.inf),
    ("π = 3; 2π", 6),
    ("pi = 3; π + pi", 3 + math.pi),
    ("2^3!", 64),
    ("3!^2", 36),
    ("2pi", 2 * math.pi),
    ("2*e", 2 * math.e),
    ("2e0", 2),
    ("2e1x", 60),
    ("3(x+1)", 12),
    ("3(x+1)^2", 48),
    ("6/2(x)", 1),
    ("2sin(0)", 0),
    ("5.x", 15),
    ("0xff(2)", 510),
    ("0.5and 1", 1),
    ("x!=3", 0),
    ("x! == 6", 1),
    ("0!", 1),
    ("0.5!", math.gamma(1.5)),
    ("1e-3", 0.001),
    ("1_000", 1000),
    ("1_0.0_1", 10.01),
    (".5", 0.5),
    ("5.", 5),
    ("1.5E+2", 150),
    ("0xff", 255),
    ("0XFF", 255),
    ("0b101", 5),
    ("0x1_0", 16),
    ("1e400", math.inf),
    ("0^0", 1),
    ("1/0", math.inf),
    ("-1/0", -math.inf),
    ("1//0", math.inf),
    ("2^10000", math.inf),
    ("(-2)^10001", -math.inf),
    ("0^-1", math.inf),
    ("exp(1000)", math.inf),
    ("log(0)", -math.inf),
    ("tau - 2pi", 0),
    ("min(3, 1, 2)", 1),
    ("max(3, 1, 2)", 3),
    ("ln(e)", 1),
    ("mod(7, 3)", 1),
    ("(1 +\n 2)", 3),
    ("max(1,\n2,\n\n3)", 3),
    ("1 # + 2", 1),
    ("# first\n\n1 + 1 # second\n", 2),
    ("1;", 1),
    (";;1;\n;", 1),
    ("1 +\t2", 3),
    ("été2 = 2; été2", 2),
    ("\N{MICRO SIGN} = 2; \N{GREEK SMALL LETTER MU}", 2),
    ("_a1 = 4; _a1", 4),
    ("变量 = 3; 变量", 3),
    ("gamma = 2; gamma*gamma(3)", 4),
    ("sqrt = 9; sqrt(sqrt)", 3),
]


@pytest.mark.parametrize("text, value", VALUES)
def test_value(text: str, value: float) -> None:
    program = cgcli.parse(text)
    inputs = dict.fromkeys(program.inputs, 3.0)
    found = next(iter(cgcli.evaluate(program, **inputs).values()))
    assert found == value


PROGRAMS = [
    ("d = a + b; e = b - c; Y = d * e", {"a": 2, "b": 1, "c": 0.5}, {"Y": 1.5}),
    ("a + 1; b = a; c = 2", {"a": 1}, {"f": 2}),
    ("1; 2; 3", {}, {"f1": 1, "f2": 2, "f3": 3}),
    ("a = 1; b = 2", {}, {"a": 1, "b": 2}),
    ("a = 1; b = a", {}, {"b": 1}),
    ("a = 1; a = a + 1; a = a * 5", {}, {"a": 10}),
    ("a = 1; b = a; a = 2; c = a + b", {}, {"c": 3}),
    ("x = 1; x = 2", {}, {"x": 2}),
    ("input x = 2; x^2", {}, {"f": 4}),
    ("input x = 2; x^2", {"x": 3}, {"f": 9}),
    ("input x = 2*pi/sqrt(4); x", {}, {"f": math.pi}),
    ("input x = -1; x", {}, {"f": -1}),
    ("input x; x + 1", {"x": 3}, {"f": 4}),
    ("x + 1; input x = 5", {}, {"f": 6}),
    ("input x = 2; x = x + 1; x", {}, {"f": 3}),
    ("input x = 2; x = x + 1; x", {"x": 9}, {"f": 10}),
    ("e = b - 1; e*2", {"b": 3}, {"f": 4}),
    ("e*2", {"e": 5}, {"f": 10}),
    ("input e = 3; e", {}, {"f": 3}),
    ("f(x) = x^2; f(3)", {}, {"f": 9}),
    ("f(x, y) = x - y; f(y, x)", {"x": 1, "y": 10}, {"f": 9}),
    ("f() = 7; f() + 1", {}, {"f": 8}),
    ("f(x) = k*x; k = 2; a = f(1); k = 3; b = f(1)", {}, {"a": 2, "b": 3}),
    ("f(x) = k*x; f(2)", {"k": 4}, {"f": 8}),
    ("f(x) = g(x) + 1; g(x) = 2*x; f(3)", {}, {"f": 7}),
    ("f(x) = x; f(x) = f2(x); f2(x) = x*10; f(1)", {}, {"f": 10}),
    ("sin(x) = x; sin(3)", {}, {"f": 3}),
    ("f(x) = x^2; x = 5; f(2) + x", {}, {"f": 9}),
    ("f(e) = e; f(3)", {}, {"f": 3}),
    ("f(x) = (x\n+ 1)\nf(1)", {}, {"f": 2}),
    ("assert 1 < 2; 3", {}, {"f": 3}),
    ("y = 2; assert y > 1", {}, {"y": 2}),
    ("assert 1", {}, {}),
    ("a = 3; b = 4; a*x + 3", {"x": 1}, {"f": 6}),
]


@pytest.mark.parametrize("text, inputs, expected", PROGRAMS)
def test_program(text: str, inputs: dict[str, float], expected: dict[str, float]) -> None:
    assert cgcli.evaluate(text, **inputs) == expected


def test_a_named_number_is_a_node_of_its_own() -> None:
    """Equal numbers share a node; one with a name does not, or its derivative would be wrong."""
    program = cgcli.parse("k = 3; y = k*x + 3*x")
    nodes = program.graph.ancestors([program.names["y"]])
    constants = [node for node in nodes if program.graph.attrs.get(node) == 3]
    assert len(constants) == 2
    assert program.names["k"] in constants


def test_spans_are_those_of_the_expression() -> None:
    program = cgcli.parse("d = (a + b) * c\nsin(d)")
    graph = program.graph
    text = program.source.text
    assert [text[graph.starts[n] : graph.ends[n]] for n in range(len(graph))] == [
        "a", "b", "a + b", "c", "(a + b) * c", "sin(d)",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text", ["f(x) = f(x); f(1)", "f(x) = g(x); g(x) = f(x); f(1)", "f(x) = x + f(x - 1); f(3)"]
)
def test_recursion_is_an_error(text: str) -> None:
    with pytest.raises(CgError) as error:
        cgcli.parse(text)
    assert error.value.diagnostic.kind == "recursion"


def test_an_uncalled_function_is_checked_too() -> None:
    with pytest.raises(CgError, match="unknown function `sinn`"):
        cgcli.parse("f(x) = sinn(x); 1")
    with pytest.raises(CgError, match="takes one argument, not 2"):
        cgcli.parse("f(x) = sin(x, 2); 1")


def test_functions_that_double_at_every_level_meet_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expressions, "EXPANSION_LIMIT", 100_000)
    lines = ["f0(x) = x + 1"] + [f"f{i}(x) = f{i - 1}(x) + f{i - 1}(x + 1)" for i in range(1, 60)]
    with pytest.raises(CgError) as error:
        cgcli.parse("\n".join([*lines, "f59(1)"]))
    assert error.value.diagnostic.kind == "limit"
