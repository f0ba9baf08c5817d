"""Loops over elements of arrays as Python functions: the answers, and what is told, are those of the run."""

from __future__ import annotations

import re

import pytest

from cgcli.kernels import generated
from cgcli.kernels.generated import Generated
from tests.cg import cg
from tests.kernels.test_loops import finished

VECTOR, MATRIX = "v=[1, 2, 3, 4, 5]", "A=[[1, 2, 3], [4, 5, 6]]"

# What is told of it, and whether a function takes it.
PROGRAMS = {
    "elements that are set": (
        "w = v; for k in range(n) { i = k % 5; w[i] = sin(w[i])*a + w[(i*7 + 3) % 5]*0.2 }; w", ""
    ),
    "elements of a matrix": (
        "B = A; for i in 0..1 { for j in 0..2 { for k in 1..n {\n"
        "B[i, j] = B[i, j]*0.5 + B[1, -1]*a/k } } }; B",
        "",
    ),
    "an array that is copied, and then set": (
        "w = v; u = w; for k in range(n) { w[k % 5] = w[k % 5] + k }; u = u*1; [sum(u), sum(w), sum(v)]", ""
    ),
    "a copy in the loop": (
        "w = v; for k in range(n) { u = w; w[k % 5] += a; if k % 9 == 0 { w[0] = sum(u) } }; [w, u]", ""
    ),
    "in a branch": (
        "w = v; for k in range(n) { if w[k % 5] > 3 { w[k % 5] = w[(k + 1) % 5]*a } else { w[-1] += 1 } }; w",
        "",
    ),
    "sorting by exchange": (
        "w = [5, 3, 1, 4, 2]; for r in 1..n { for i in 0..3 { if w[i] > w[i + 1] {\n"
        "t = w[i]; w[i] = w[i + 1]; w[i + 1] = t } } }; w", ""
    ),
    "an array that is set anew": (
        "w = v; for k in range(n) { w[k % 5] = a; if k % 50 == 49 { w = v*2 } }; w", ""
    ),
    "an array that becomes a number": (
        "w = v; s = 0; for k in range(n) { s += a; if k < 99 { w[1] = s } else { w = s } }; w", ""
    ),
    "a number and its square root": ("w = v; for k in range(n) { w[sqrt(4)] = w[k % 5]*a }; w", ""),
    "rows and slices": (
        "B = A; for k in range(n) { B[k % 2] = B[(k + 1) % 2]*a; B[0, 1:] = k; B[1, 2] += 1 }; B", ""
    ),
    "no element": ("w = v; for k in range(n) { w[k - 90] = a }; w", "there is no element"),
    "no element that is read": ("s = 0; for k in range(n) { s += v[k - 90] }; s", "there is no element"),
    "a subscript that is not whole": (
        "w = v; for k in range(n) { w[0] = w[if k < 150 then 1 else 0.5] + 1 }; w", "whole number"
    ),
    "what is not finite": (
        "w = v; for k in range(n) { w[k % 5] = w[k % 5]*a + 1/(k - 150)^2; w[2] = 0 }; w",
        "is inf at (k - 150)^2 = 0",
    ),
    "an assertion": ("w = v; for k in range(n) { w[k % 5] += 1; assert w[1] < 40 }; w", "assertion failed"),
    "a function": (
        "f(u, m) { for i in 1..m { u[i % 5] = u[i % 5]*a + u[0] }; return u }\nf(v, n) + v", ""
    ),
    "lists": ("xs = list(1, v); for k in range(n) { xs[0] = xs[0]*a + v[k % 5] }; xs", ""),
}  # fmt: skip


@pytest.mark.parametrize("most", [2**19, 60], ids=["", "in pieces"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_what_is_told_is_the_same(name: str, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generated, "MOST", most)
    text, told = PROGRAMS[name]
    given = [one for one in (VECTOR, MATRIX, "a=0.7", "n=200") if re.search(rf"\b{one[0]}\b", text)]
    plain, found = (cg("eval", text, *given, "--engine", engine) for engine in ("plain", "python"))
    assert told in plain.err
    assert (found.status, found.out) == (plain.status, plain.out)
    noted = [line for line in found.err.splitlines(keepends=True) if not line.startswith("note: no Python")]
    assert "".join(noted) == plain.err


def test_an_array_that_is_bound_stays() -> None:
    import numpy as np

    bound = np.arange(5.0)
    faster = Generated()
    run = finished(
        "w = v; for k in range(n) { w[k % 5] = w[k % 5]*0.5 + k }; w", {"v": bound, "n": 99.0}, faster
    )  # type: ignore[dict-item]
    assert faster.ran
    assert bound.tolist() == [0, 1, 2, 3, 4]
    assert run.frame.slots["v"] is bound
    assert run.frame.slots["w"].sum() > 100
