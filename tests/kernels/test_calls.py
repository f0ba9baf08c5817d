"""Calls as machine code: what they compute, to the bit, and what is told of them is as where they are
interpreted; and they may be deep."""

from __future__ import annotations

import pytest

from cgcli.kernels import recorded as kept
from cgcli.kernels.machine import lanes
from tests.cg import cg
from tests.kernels import test_loops, test_recorded
from tests.kernels.calls import CALLS, random_calls

needs_compiler = pytest.mark.skipif(not lanes(), reason="there is nothing that compiles")

# Programs that end on the way, or do what is not compiled, and what is told.
TOLD = {
    "an assertion, deep": (
        'f(p, k) { t = p*2\nassert t < 50, "large"\nif k < 1 { return p }\n'
        "return f(p + 1, k - 1) + t }\nf(x, 100)",
        "assertion failed: large",
    ),
    "operations that are too many": (
        "f(p, k) { t = 0\nfor i in 1..3 { t += p\nif k > 0 { t += f(p*0.5, k - 1) } }\nreturn t }\nf(x, 60)",
        "it has taken more than 200,000 operations",
    ),
    "a range that is not whole": (
        "f(k) { s = 0\nfor i in 1..k/4 { s += i }\nif k > 1 { s += f(k - 4) }\nreturn s }\nf(401) + x",
        "the end of a range is a whole number",
    ),
    "no return on one path": (
        "f(k) { if k > 3 { return f(k - 1) + 1 }\nif k > 5 { return 1 } }\nf(300) + x",
        "the function `f` ends here without a `return`",
    ),
    "a name that is not set": (
        "f(k) { if k > 700 { u = k }\nif k < 1 { return u }\nreturn f(k - 1) }\nf(500) + x",
        "`u` has no value on the path taken",
    ),
    "what it prints": (
        "f(p, k) { if k % 50 == 0 { print('at', k, p) }\nif k < 1 { return p }\n"
        "return f(sin(p), k - 1) + k }\n"
        "f(x, 200)",
        "at 50",
    ),
    "a list at the end": (
        "f(p, k) { if k < 1 { v = list(p, 2*p)\nreturn v[1] }\nq = f(p + 1, k - 1)\n"
        "return q*0.5 + k }\nf(x, 300)",
        "",
    ),
    "a value that is not finite": (
        "f(p, k) { if k < 1 { return p }\nreturn f(p*0.9, k - 1) + 1/(k - 77) }\nf(x, 200)",
        "1/(k - 77) is inf",
    ),
    "a list around it": (
        "f(p, k) { if k < 1 { return p }\nreturn f(p*0.9, k - 1) + f(p, k - 3) }\n"
        "for i in [1, 2, 3] { x2 = f(x, 9 + i) }\nx2",
        "",
    ),
}  # fmt: skip


@needs_compiler
@pytest.mark.parametrize("name", CALLS)
def test_names_and_gradients_are_the_same(name: str) -> None:
    text, inputs = CALLS[name]
    test_loops.assert_same(text, inputs | {"n": 40.0})
    test_recorded.assert_same(text, inputs | {"n": 40.0})


@pytest.mark.long
@needs_compiler
@pytest.mark.parametrize("seed", range(30))
def test_random_programs_are_the_same(seed: int) -> None:
    text, inputs = random_calls(seed)
    test_loops.assert_same(text, inputs | {"n": 6.0})
    test_recorded.assert_same(text, inputs | {"n": 6.0}, careful=seed % 2 == 0)


@needs_compiler
@pytest.mark.parametrize("name", ["two calls of itself", "each other", "loops in what calls itself"])
def test_what_is_let_go_is_made_again(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "SPACE", 2**14)
    monkeypatch.setattr(kept, "WAYS", 2**13)
    monkeypatch.setattr(kept, "STORED", 2**15)
    monkeypatch.setattr(kept, "FEWEST", 64)
    text, inputs = CALLS[name]
    test_recorded.assert_same(text, inputs | {"n": 400.0})


@needs_compiler
@pytest.mark.parametrize("name", TOLD)
def test_what_is_told_is_the_same(name: str) -> None:
    text, told = TOLD[name]
    given = [text, "x=0.3", "--max-ops=2e5", "--engine"]
    plain, kernel = (cg("eval", *given, engine) for engine in ("plain", "kernel"))
    assert told in plain.err
    assert repr(kernel) == repr(plain)


@needs_compiler
def test_a_million_calls_deep() -> None:
    text = "f(p, k) { if k < 1 { return p }\nq = f(p*1, k - 1)\nreturn q + a }\nf(x, n)"
    found = cg("grad", text, "x=1", "a=2", "n=1000000", "--wrt=x,a")
    assert found.out.split("\n") == ["f = 2000001", "df/dx = 1", "df/da = 1000000", ""]


@needs_compiler
def test_too_deep_is_told() -> None:
    text = "f(k) { if k < 0 { return 1 }\nreturn f(k + 1) + 1 }\nf(x)"
    found = cg("eval", text, "x=1", "--engine=kernel")
    assert "it is more than 4,000,000 calls deep" in found.err
    assert "there k = 4000000 in f, 4,000,000 calls deep" in found.err
