"""`cg graph` of programs that run: loops and recursion are folded, and opened by `--expand`."""

from __future__ import annotations

import json

import pytest

from cgcli.cli.options import STYLE
from tests.cg import cg

TWO = "a = x; b = 1\nfor k in 1..5 {\n  t = (a + b)/2\n  b = sqrt(a*b)\n  a = t\n}\na - b"
NESTED = "s = 0\nfor i in 1..3 {\n  j = 0\n  while j < i { s += x*j; j += 1 }\n}\ns"
CALLED = "f(u) {\n  for i in 1..4 { u = u*x }\n  return u\n}\nf(2) + f(y)"


@pytest.mark.parametrize(
    "program, inputs, lines",
    [
        ("y = x; for i in 1..4 { y = y*x }; y", ["x=2"], ["y: for i: 4 times, 4 nodes = 32", "└── x = 2"]),
        ("y = x; for i in 1..1 { y = y*x }; y", ["x=2"], ["y: for i: once, 1 node = 4", "└── x = 2"]),
        ("y = x; for i in 1..0 { y = y*x }; y", ["x=2"], ["x = 2"]),
        ("y = x; while y > 1 { y = y/2 }; y", ["x=9"],
         ["y: while y > 1: 4 times, 4 nodes = 0.5625", "└── x = 9"]),
        (NESTED, ["x=2"], ["s: for i: 3 times, 15 nodes = 8", "└── x = 2"]),
        (TWO, ["x=2"],
         ["- = 0", "├── t: after = 1.45679", "│   └── v2: for k: 5 times, 20 nodes", "│       └── x = 2",
          "└── b: after = 1.45679", "    └── v2: for k: 5 times, 20 nodes (opened above)"]),
        (CALLED, ["x=2", "y=3"],
         ["+ = 80", "├── v3: for i: 4 times, 4 nodes = 32", "│   └── x = 2",
          "└── u: for i: 4 times, 4 nodes = 48", "    ├── y = 3", "    └── x = 2"]),
        ("y = x; for i in 1..4 { y = y*x }; y", [], ["y: for i: 4 times, 4 nodes", "└── x"]),
    ],
)  # fmt: skip
def test_a_loop_is_a_node(program: str, inputs: list[str], lines: list[str]) -> None:
    assert cg("graph", program, *inputs).out.splitlines() == lines


POWER = "f(n) = if n < 1 then x else y*f(n - 1)"
FIBONACCI = "fib(n) = if n < 2 then x else fib(n - 1) + fib(n - 2)"
MUTUAL = "e(n) = if n < 1 then x else x*o(n - 1)\no(n) = if n < 1 then 1 else sin(e(n - 1))"
BODY = "f(n) {\n  if n < 1 { return x }\n  y = f(n - 1)\n  return y*x + n\n}\ng(u) = 2*f(u)"


@pytest.mark.parametrize(
    "program, inputs, lines",
    [
        (f"{POWER}\nf(4) + f(2)", ["x=2", "y=3"],
         ["+ = 180", "├── f: 5 calls, 4 nodes = 162", "│   ├── y = 3", "│   └── x = 2",
          "└── f: 3 calls, 2 nodes = 18", "    ├── y = 3", "    └── x = 2"]),
        (f"{POWER}\nf(1)", [], ["f: 2 calls, 1 node", "├── y", "└── x"]),
        (f"{POWER}\nf(0) + x", ["x=2", "y=3"], ["+ = 4", "├── x = 2", "└── x = 2"]),
        (f"{FIBONACCI}\ns = fib(5); s^2", ["x=2"],
         ["^ = 256", "├── s: fib: 15 calls, 7 nodes = 16", "│   └── x = 2", "└── 2"]),
        (f"{MUTUAL}\ns = 0; for i in 1..2 {{ s += e(i) }}\ns*e(2)", ["x=1"],
         ["* = 1.54954", "├── s: for i: 2 times, 5 nodes = 1.84147", "│   └── x = 1",
          "└── e: 3 calls, 2 nodes = 0.841471", "    └── x = 1"]),
        (f"{BODY}\ng(3)", ["x=2"], ["* = 54", "├── 2", "└── f: 4 calls, 8 nodes = 27", "    └── x = 2"]),
    ],
)  # fmt: skip
def test_recursion_is_a_node(program: str, inputs: list[str], lines: list[str]) -> None:
    assert cg("graph", program, *inputs).out.splitlines() == lines


@pytest.mark.parametrize("style", STYLE.choices)
def test_deep_recursion_is_short_in_every_style(style: str) -> None:
    done = cg("graph", f"{POWER}\nf(2000)", "x=2", "y=1", "--style", style)
    assert done.status == 0
    assert "2,001 calls" in done.out.replace("#44;", ",")
    assert len(done.out) < 600
    assert len(cg("graph", f"{POWER}\nf(2000)", "x=2", "y=1", "--style", style, "--expand").out) > 10_000


def test_expand_draws_the_rounds() -> None:
    done = cg("graph", "y = x; for i in 1..3 { y = y*x }; y", "x=2", "--expand", "--style", "list")
    assert done.out == "1  x = 2\n2  v2 = x*x = 4\n3  v3 = v2*x = 8\n4  y = v3*x = 16\n"


def test_adjoints_of_what_is_outside() -> None:
    done = cg("graph", "y = x^2; for i in 1..3 { y = y*x }; 2*y", "x=2", "--grad", "--style", "json")
    nodes = json.loads(done.out)["nodes"]
    adjoints = {node["op"]: node["adjoint"]["f"] for node in nodes if "adjoint" in node}
    assert adjoints == {"input": 160, "pow": 16, "for i: 3 times, 3 nodes": 2, "mul": 1}


@pytest.mark.parametrize("style", STYLE.choices)
def test_a_long_loop_is_short_in_every_style(style: str) -> None:
    done = cg("graph", "s = 0; for i in 1..2000 { s += x/i }; s", "x=2", "--style", style)
    assert done.status == 0
    assert "2,000 times" in done.out.replace("#44;", ",")
    assert len(done.out) < 500


def test_an_assertion_in_a_loop_is_a_root() -> None:
    done = cg("graph", "for i in 1..3 { assert x > 0 }", "x=2")
    assert done.status == 0
    assert done.out
