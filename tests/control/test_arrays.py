"""Programs that run over arrays: elements, rows, and products that are summed up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import cgcli
from tests.cg import cg

RANDOM = np.random.default_rng(7)
A, U, XS = RANDOM.normal(size=(4, 4)), RANDOM.normal(size=(4, 3)), RANDOM.normal(size=(600, 3))

# The same with control flow and without.
PAIRS = {
    "elements read": (
        "s = 0; for i in range(len(x)) { s += x[i]^2*x[-1] }; s",
        "sum(x^2)*x[-1]",
        {"x": np.arange(1.0, 9.0)},
    ),
    "elements read from the end, and the whole": (
        "s = sum(x); for i in 1..3 { s += x[-i]*i + sum(x[i:]) }; s",
        "sum(x) + sum(x[[-1, -2, -3]]*[1, 2, 3]) + sum(x[1:]) + sum(x[2:]) + sum(x[3:])",
        {"x": np.arange(1.0, 6.0)},
    ),
    "rows and elements of a matrix": (
        "B = A; s = 0; for r in A { s += r @ r }; "
        "for i in 0..2 { s += B[i, 1]*B[i + 1, -1]; B[i] = B[i + 1] }; s + sum(B)",
        "sum(A^2) + A[0, 1]*A[1, -1] + A[1, 1]*A[2, -1] + A[2, 1]*A[3, -1] + sum(A[1:]) + sum(A[3])",
        {"A": A},
    ),
    "some elements of many": (
        "v = x; for i in range(3) { v[100*i] = v[i]*v[-1]; v[7] = sum(v)/9 }; v[200] += 1; sum(v*x) + v[7]",
        """at(k, value) = scatter("_", [value], [k], shape=300)
        a = x + at(0, x[0]*x[-1] - x[0]); b = a + at(7, sum(a)/9 - a[7])
        c = b + at(100, b[1]*b[-1] - b[100]); d = c + at(7, sum(c)/9 - c[7])
        e = d + at(200, d[2]*d[-1] - d[200]); g = e + at(7, sum(e)/9 - e[7])
        u = g + at(200, 1); f = sum(u*x) + u[7]; f""",
        {"x": RANDOM.normal(size=300)},
    ),
    "a part that is most of it": (
        "v = x; for k in 1..2 { v[1:-1] = v[1:-1] + 0.2*(v[:-2] - 2v[1:-1] + v[2:]); "
        "v[0] = v[5]; v[::2] = v[3] }; sum(v*x)",
        "inner(v) = concat([v[0]], v[1:-1] + 0.2*(v[:-2] - 2v[1:-1] + v[2:]), [v[-1]])\n"
        "even = 1 - linspace(0, 99, 100) % 2\n"
        "step(v) = even*inner(v)[3] + (1 - even)*inner(v)\nf = sum(step(step(x))*x); f",
        {"x": RANDOM.normal(size=100)},
    ),
    "a copy is changed": (
        "v = x; for i in range(4) { v[i] = v[i - 1]*x[i] }; sum(v*x)",
        "a = x[3]*x[0]; b = a*x[1]; c = b*x[2]; d = c*x[3]; a*x[0] + b*x[1] + c*x[2] + d*x[3]",
        {"x": np.array([0.3, 1.7, -0.9, 1.2])},
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_as_without_control_flow(name: str) -> None:
    run, plain, inputs = PAIRS[name]
    ((_, value),) = cgcli.evaluate(run, **inputs).items()
    assert value == pytest.approx(next(iter(cgcli.evaluate(plain, **inputs).values())), rel=1e-14)
    (found,) = cgcli.gradient(run, **inputs).values()
    wanted = cgcli.gradient(f"f = {plain}" if ";" not in plain else plain, **inputs)
    for by, slope in next(iter(wanted.values())).items():
        assert found[by] == pytest.approx(slope, rel=1e-13, abs=1e-14)


def test_rows_that_are_set_and_read() -> None:
    """Each from the one before, in a matrix of which some rows are never set."""
    text = "H = B; for i in 1..6 { H[i] = tanh(A @ H[i - 1] + H[-i]) }; "
    text += "H[3:5, 1:] @ [1, 2, 3] @ [1, 1] + sum(H[6]*H[9])"
    rest, way = RANDOM.normal(size=(12, 4)), RANDOM.normal(size=(4, 4))
    found = cgcli.gradient(text, A=A, B=rest)["f"]
    for name, slope, along in (("A", found["A"], way), ("B", found["B"], np.repeat(way, 3, axis=0))):
        ends = []
        for step in (1e-6, -1e-6):
            inputs = {"A": A, "B": rest}
            ends.append(cgcli.evaluate(text, inputs | {name: inputs[name] + step * along})["f"])
        assert np.sum(slope * along) == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-7, abs=1e-8)


def test_some_elements_of_a_large_matrix() -> None:
    program = (
        "B = A; for i in 1..4 { B[i, i] = B[i - 1, 0]*B[0, i]; B[0] = B[0]*2; s = sum(B) }; s + B[3, 3]^2"
    )
    matrix, way = RANDOM.normal(size=(20, 20)), RANDOM.normal(size=(20, 20))
    slope = np.sum(cgcli.gradient(program, A=matrix)["f"]["A"] * way)
    high, low = (cgcli.evaluate(program, A=matrix + step * way)["f"] for step in (1e-6, -1e-6))
    assert slope == pytest.approx((high - low) / 2e-6, rel=1e-7)


def recurrent(products: int) -> Any:
    """The gradient by hand of a recurrent cell over some rows."""
    states = [np.zeros(4)]
    for x in XS[:products]:
        states.append(np.tanh(A @ states[-1] / 3 + U @ x))
    back, by_a, by_u = 2 * states[-1], np.zeros_like(A), np.zeros_like(U)
    for x, before, after in zip(XS[:products][::-1], states[-2::-1], states[:0:-1], strict=True):
        back = back * (1 - after**2)
        by_a, by_u, back = by_a + np.outer(back, before) / 3, by_u + np.outer(back, x), A.T @ back / 3
    return by_a, by_u


@pytest.mark.parametrize("products", [1, 2, 255, 256, 257, 600])
def test_products_of_one_matrix_with_many_vectors(products: int) -> None:
    found = cgcli.gradient(
        "h = zeros(4); for x in xs { h = tanh(A @ h/3 + U @ x) }; sum(h^2)",
        wrt="A,U",
        A=A,
        U=U,
        xs=XS[:products],
    )["f"]
    for one, wanted in zip(found.values(), recurrent(products), strict=True):
        assert one == pytest.approx(wanted, rel=1e-11, abs=1e-13)


def test_a_factor_of_0_wins_in_sums_of_products() -> None:
    """Of three products of a matrix one has an element that is not finite, and counts for nothing."""
    program = "s = 0; for x in xs { y = A @ x; s += if y[0] < 9 then y[1]^2 else 0 }; s"
    done = cg("grad", program, "A=[[1, 2], [3, 4]]", "xs=[[1, 2], [inf, 1], [2, 1]]", "--wrt", "A")
    assert done.out.splitlines() == ["f = 221", "df/dA = [[0, 0], [62, 64]]"]


@pytest.mark.parametrize("text, slope", [
    ("w = sum(grad(sum(y), A))", 0), ("w = sum(tanh(grad(s, x)))*s", 0), ("w = sum(grad(sum(x), x)*y)*s", 6),
    ("w = grad(sum(y), x)[0]*s", 0), ("w = 0; for i in 1..2 { w += s*sum(grad(sum(x*y), x)*i) }", 18),
])  # fmt: skip
def test_derivatives_of_sizes_that_have_names(text: str, slope: float) -> None:
    program = f"input s: []; input y: [n]; input A: [2, n]; input x: [n]; if 1 {{ {text} }}; w"
    found = cg("diff", program, "--wrt", "s")
    at = {"s": "2", "y": "[1, 2, 3]", "x": "[4, 5, 6]", "A": "[[1, 2, 3], [4, 5, 6]]"}
    used = [f"{name}={at[name]}" for name in cgcli.parse(found.out).inputs]
    assert cg("eval", found.out, *used).out.split()[-1] == str(slope)
    assert (
        cgcli.gradient(program, {name: cgcli.evaluate(x)["f"] for name, x in at.items()})["f"]["s"] == slope
    )
    for command in (["graph"], ["plan"], ["export", "--to", "numpy", "--grad"], ["export", "--to", "latex"]):
        assert cg(*command, program).status == 0
