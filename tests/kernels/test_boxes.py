"""Loops with lists, records and whole arrays as Python functions: the answers, and what is told, are those of
the run."""

from __future__ import annotations

import re

import pytest

from cgcli.kernels import generated
from cgcli.kernels.generated import Generated
from tests.cg import cg
from tests.kernels.test_loops import finished

GIVEN = ("v=[1, 2, 3, 4, 5]", "A=[[1, 2, 3], [4, 5, 6]]", "x=0.7", "n=300")

# What is told of it.
PROGRAMS = {
    "append": ("xs=list(); for i in 1..n { xs = append(xs, i*x) }; sum(xs)", ""),
    "stack": (
        "xs=list(x); s=0; for i in 1..n { xs = append(xs, s + xs[-1]); s += xs[len(xs) - 2]*0.1; "
        "if len(xs) > 5 { xs = xs[1:] } }; [s, len(xs)]", ""
    ),
    "items of a vector": ("s=0; for k in 1..n { for w in v { s = s*0.9 + w*x } }; s", ""),
    "the whole vector": ("s=0; for w in ones(3000)*x { if w > 9 { break }; s += sin(w) }; s", ""),
    "rows": ("s=zeros(3); for k in 1..n { for r in A { s = s*0.5 + tanh(r*x) } }; s", ""),
    "recurrent": (
        "h = zeros(3); W = [[1,2,3],[4,5,6],[7,8,9]]/20; for k in 1..n { h = tanh(W @ h + v[:3]/k "
        "+ x) }; h", ""
    ),
    "in place": (
        "w = v; u = v; for k in 1..n { w[k % 5] = w[(k+1) % 5]*0.5 + x; if k % 7 == 0 { u = w }; "
        "w[1:3] = k }; concat(w, u)", ""
    ),
    "copies": (
        "xs = list(1, list(2, 3)); ys = xs; for k in 1..n { xs[1][0] = k; zs = xs[1]; zs[1] = k*2; "
        "if k == 5 { ys = xs } }; [xs[1][0], xs[1][1], ys[1][0], zs[1]]", ""
    ),
    "records": (
        't = record(a=x, b=2); for k in 1..n { t.a = t.a*0.5 + t.b; if has(t, "b") { t.b = t.b + '
        "k/100 } }; t.a + t.b", ""
    ),
    "list of lists": (
        "D = list(); for i in 0..4 { D = append(D, list(0,0,0)) }; for k in 1..n { for i in 1..4 { "
        "for j in 1..2 { D[i][j] = min(D[i-1][j], D[i][j-1]) + i*j*0.01*k } } }; D[4][2]", ""
    ),
    "changed while gone over": (
        "xs = list(1,2,3); s = 0; for k in 1..n { for w in xs { xs = append(xs, w); xs[0] = s; s = "
        "s*0.5 + w; if len(xs) > 9 { xs = list(1, s) } } }; s", ""
    ),
    "no item": ("xs = list(1,2); for k in 1..n { s = xs[k - 150] }; s", "there is no item"),
    "no number": (
        "xs = list(1, 2); s = 0; for k in 1..n { if k == 150 { xs[1] = list(3) }; s = s + xs[1] }; "
        "s", ""
    ),
    "an array from some round on": (
        "s = x; w = 0; for k in 1..n { s = s*0.5 + sum(w); if k == 150 { w = v } }; s + w", ""
    ),
    "shapes that do not go": ("s = v; for k in 1..n { if k == 150 { s = s[1:] }; s = s + v }; s", "shape"),
    "not finite": ("s = v; for k in 1..n { s = s*0.5 + 1/(k - 150) }; s", "warning"),
    "not finite in a list": (
        "xs = list(); for k in 1..n { xs = append(xs, 1/(k - 150)) }; len(xs)", "warning"
    ),
    "arrays not finite": ("s = v*0; for k in 1..n { s = s*0.5 + v/(v*(k - 150)) }; s", "warning"),
    "a condition that is an array": (
        "s = v; k = 0; while k < n { k += 1; if k > 150 { if s { k += 1 } } }; s", "a condition is a number"
    ),
    "a condition from a list": (
        "xs = list(1, 0, 2); s = 0; for k in 1..n { if xs[k % 3] { s += k } else { s = s*0.5 } }; "
        "s", ""
    ),
    "while of an item": ("xs = list(n); while xs[0] { xs[0] = xs[0] - 1 }; xs[0]", ""),
    "range of an item": (
        "xs = list(1, 4); s = 0; for k in 1..n { for j in xs[0]..xs[1] { s = s*0.9 + j } }; s", ""
    ),
    "break": (
        "s = 0; for k in 1..n { for w in v { if w > 3 { break }; if w == 2 { continue }; s += w } "
        "}; s", ""
    ),
    "items of a number": (
        "s = 0; for k in 1..n { w = if k < 150 then v else x; for u in w { s += u } }; s", "a loop goes over"
    ),
    "assert": ("xs = list(); for k in 1..n { xs = append(xs, k); assert xs[-1] < 150 }; 1", "assertion"),
    "printed": (
        "xs = list(); for k in 1..n { xs = append(xs, k); if k % 50 == 0 { print(k, xs[-1]) } }; "
        "len(xs)", "50 50"
    ),
    "comprehension": (
        "s = 0; for k in 1..n { u = [i*x for i in 1..4]; s = s*0.5 + sum(u) + sum(i^2 for i in "
        "1..3) }; s", ""
    ),
    "unset": (
        "xs = list(1); for k in 1..n { if k > 150 { s = t + xs[0] }; if k > 200 { t = 1 } }; xs",
        "before it is given a value",
    ),
    "slices": ("s = zeros(5); for k in 1..n { s[1:] = s[:4]*0.5 + v[:4]; s[0] = k % 3 }; s", ""),
    "matrix rows set": ("B = A; for k in 1..n { B[k % 2] = B[(k+1) % 2]*0.7 + x; B[0, 1] += 1 }; B", ""),
}  # fmt: skip

# What is in a list is no news where it is taken out.
PROGRAMS |= {
    "an infinite item": ("D = list(inf, x); for k in 1..n { s = min(D[k % 2], D[1]) }; s", ""),
    "an infinite field": ("t = record(a=inf); for k in 1..n { s = min(t.a, k) }; s", ""),
}

# What is to be told of from the first rounds on is left to the run.
LEFT = ("not finite", "not finite in a list", "arrays not finite")


@pytest.mark.parametrize("most", [2**19, 60], ids=["", "in pieces"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_what_is_told_is_the_same(name: str, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generated, "MOST", most)
    text, told = PROGRAMS[name]
    given = [one for one in GIVEN if re.search(rf"\b{one[0]}\b", text)]
    plain, found = (cg("eval", text, *given, "--engine", engine) for engine in ("plain", "python"))
    assert told in plain.err
    assert (found.status, found.out) == (plain.status, plain.out)
    noted = [line for line in found.err.splitlines(keepends=True) if not line.startswith("note: no Python")]
    assert "".join(noted) == plain.err
    assert len(noted) == len(found.err.splitlines()) or name in LEFT


def test_lists_are_values() -> None:
    """What other names hold stays, also where a function has set parts of it in place."""
    text = """
        xs = list(1, list(2, 3)); ys = xs; zs = xs[1]
        for k in 1..n { xs[1][0] = xs[1][0] + k; xs = append(xs, k); xs[0] = k }
        list(ys[1][0], zs[0], len(ys), xs[1][0], xs[0], len(xs))"""
    faster = Generated()
    run = finished(text, {"n": 200.0}, faster)
    assert faster.ran
    assert run.frame.slots["ys"].items[1].items == [2.0, 3.0]
    assert run.frame.slots["zs"].items == [2.0, 3.0]
    assert run.frame.slots["xs"].items[:2][0] == 200.0


def test_a_loop_over_what_is_bound_goes_on_where_it_was() -> None:
    text = """
        s = 0; m = 0; for w in v { s = s*0.5 + w; if w > 40000 { m = m + 1; if m > 5 { break } } }
        [s, m, w]"""
    given = [text, "v=linspace(1, 50000, 50000)"]
    assert cg("eval", *given).out == cg("eval", *given, "--engine", "plain").out


def test_long_lists_are_made_soon() -> None:
    text = "xs = list(); for i in 1..n { xs = append(xs, i*x) }; len(xs) + xs[-1]"
    assert cg("eval", text, "x=2", "n=1000000").out == "3000000\n"


@pytest.mark.parametrize("name", ["an infinite item", "an infinite field"])
@pytest.mark.parametrize("command", ["eval", "grad", "trace"])
def test_what_is_in_a_list_is_no_news(command: str, name: str) -> None:
    given = [one for one in ("x=0.7", "n=3") if one[0] in PROGRAMS[name][0]]
    found = cg(command, PROGRAMS[name][0], *given)
    assert (found.status, "warning" in found.err) == (0, False)


@pytest.mark.parametrize("command", ["eval", "grad", "trace", "graph"])
def test_lists_are_as_deep_as_they_are(command: str) -> None:
    """An array has few axes."""
    text = "xs = list(x); for i in 1..200 { xs = list(xs) }; "
    found = cg(command, text + "len(xs)", "x=1")
    assert (found.status, found.err) == (0, "")
    if command == "eval":
        assert cg(command, text + "xs", "x=1").out.startswith("list(list(")
