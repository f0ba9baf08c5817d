"""Chains of comparisons in programs that run."""

from __future__ import annotations

from tests.cg import cg

DOUBLE = "h(u) { return 2*u }\n"


def test_chains_and_calls() -> None:
    assert cg("eval", DOUBLE + "(0 < b < 3 < 5) + (h(b) > 1 > 0.5)", "b=2").out == "2\n"
    done = cg("eval", DOUBLE + "b < 0.5 <= h(b)", "b=2")
    assert (done.status, "joined by `and`" in done.err, "<expr>:2:" in done.err) == (3, True, True)
