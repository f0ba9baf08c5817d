"""Chains of comparisons in programs that run."""

from __future__ import annotations

import pytest

from tests.cg import cg

DOUBLE = "h(u) { return 2*u }\n"


def test_chains_and_calls() -> None:
    assert cg("eval", DOUBLE + "(0 < b < 3 < 5) + (h(b) > 1 > 0.5)", "b=2").out == "2\n"


@pytest.mark.parametrize("text, value", [
    ("b < 0.5 <= h(b)", "0"),
    ("0.5 < b <= h(b)", "1"),
    ("b < 3 < h(b) < h(h(b)) < 8", "0"),
    ("b < 3 < h(b) < h(h(b)) <= 8 == h(4)", "1"),
    ("1 < b + 1 < h(b) - 1", "0"),
    ("1 < b + 1 <= h(b) - 1", "1"),
    ("0 < b < sum(k for k in 1..3) < 7", "1"),
    ("0 < b < (if h(b) > 9 then 1 else 3) < (if h(b) < 9 then 1 else 4)", "0"),
    ("0 < b < (b > 1 and h(b))", "0"),
    ("(1 < b) < h(b)", "1"),
    ("3*(0 < h(b) < 5 < h(3)) + (0 < b < h(b))*h(1)", "5"),
    ("0 < [1, 3, 9] < h([1, 1, 1]) + b < 5", "[1, 1, 0]"),
    ("0 < b < zero(u^2 - 9, u, 1) < h(b)", "1"),
])  # fmt: skip
def test_a_chain_goes_on_behind_a_call(text: str, value: str) -> None:
    for program in (f"{DOUBLE}{text}", f"{DOUBLE}for i in 1..2 {{ y = {text} }}\ny"):
        found = cg("eval", program, "b=2")
        assert (found.status, found.out.removeprefix("y = ").strip()) == (0, value)
    assert cg("grad", f"{DOUBLE}b*sum({text})", "b=2").status == 0
