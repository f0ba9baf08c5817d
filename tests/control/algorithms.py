"""What the programs of `algorithms.toml` compute, over whatever numbers they are called with."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

from mpmath import mp, mpf


def elimination(p: Any, q: Any) -> Any:
    x = mp.lu_solve(mp.matrix([[p, 2, 1], [1, q, 3], [2, 1, p * q]]), mp.matrix([1, p, q]))
    return x[0] + 2 * x[1] - x[2]


def cholesky(x: Any) -> Any:
    L = mp.cholesky(mp.matrix([[4, x, 1], [x, 3, x**2], [1, x**2, 2]]))
    return L[0, 0] * L[1, 1] * L[2, 2] + L[2, 1]


def tridiagonal(x: Any) -> Any:
    A = mp.zeros(6)
    for i in range(6):
        A[i, i] = 2 + x * i
        if i:
            A[i, i - 1], A[i - 1, i] = x, mpf(1)
    y = mp.lu_solve(A, mp.matrix([mp.sin(i * x) for i in range(6)]))
    return sum(one * one for one in y)


def exchange(x: Any) -> Any:
    return sum((i + 1) ** 2 * one for i, one in enumerate(sorted([x, 3 - x, x**2, 2 * x, mpf(1)])))


def simpson(a: Any, b: Any) -> Any:
    def f(t: Any) -> Any:
        return mp.exp(-t * t) * t

    def rule(u: Any, v: Any) -> Any:
        return (v - u) / 6 * (f(u) + 4 * f((u + v) / 2) + f(v))

    def area(u: Any, v: Any, depth: int) -> Any:
        m = (u + v) / 2
        halves = rule(u, m) + rule(m, v)
        if depth == 0 or abs(halves - rule(u, v)) < mpf("1e-5"):
            return halves
        return area(u, m, depth - 1) + area(m, v, depth - 1)

    return area(a, b, 8)


def romberg(x: Any) -> Any:
    R = mp.zeros(5)
    for i in range(5):
        h = x / 2**i
        R[i, 0] = h * ((1 + mp.exp(mp.sin(x))) / 2 + sum(mp.exp(mp.sin(k * h)) for k in range(1, 2**i)))
        for j in range(1, i + 1):
            R[i, j] = R[i, j - 1] + (R[i, j - 1] - R[i - 1, j - 1]) / (4**j - 1)
    return R[4, 4]


def heat(k: Any, start: Any) -> Any:
    u = [mpf(0)] * 9
    u[4], u[1] = start, start**2
    for _ in range(10):
        inner = [u[i] + k * (u[i - 1] - 2 * u[i] + u[i + 1]) for i in range(1, 8)]
        u = [u[0], *inner, u[8]]
    return sum(u[i] * u[i + 1] for i in range(2, 5))


def bodies(m: Any) -> Any:
    def numbers(text: str) -> list[list[Any]]:
        return [list(map(mpf, row.split())) for row in text.split(",")]

    q, p, mass = numbers("0 0, 1 0.2, -0.3 1.1"), numbers("0 0.1, 0.2 0, -0.1 0.3"), [m, mpf(1), mpf("0.5")]
    h = mpf("0.05")
    for _ in range(6):
        for i in range(3):
            for j in range(3):
                if i != j:
                    d = [b - a for a, b in zip(q[i], q[j], strict=True)]
                    far = (mp.fdot(d, d) + mpf("0.1")) ** mpf("1.5")
                    p[i] = [one + h * mass[j] * part / far for one, part in zip(p[i], d, strict=True)]
        q = [[a + h * b for a, b in zip(*both, strict=True)] for both in zip(q, p, strict=True)]
    return mp.fdot(q[0], q[1]) + p[2][0]


def common(x: Any) -> Any:
    a, b = (1, 3, 2, 4, 1), (3, 1, 2, 1)
    L = [[mpf(0)] * 5 for _ in range(6)]
    for i, one in enumerate(a, 1):
        for j, other in enumerate(b, 1):
            grown = L[i - 1][j - 1] * x + one * x**2
            L[i][j] = grown if one == other else max(L[i - 1][j], L[i][j - 1])
    return L[5][4]


def fourier(x: Any) -> Any:
    xs = [x, x**2, 1, mp.sin(x), 2, x, -x, mpf(1) / 2]

    def at(k: int) -> tuple[Any, Any]:
        angles = [2 * mp.pi * k * i / 8 for i in range(8)]
        re = sum(one * mp.cos(angle) for one, angle in zip(xs, angles, strict=True))
        return re, -sum(one * mp.sin(angle) for one, angle in zip(xs, angles, strict=True))

    return at(1)[0] ** 2 + at(1)[1] ** 2 + at(3)[1] * at(2)[0]


def powers(x: Any) -> Any:
    A, v = mp.matrix([[2, x, 0], [x, 3, 1], [0, 1, x**2]]), mp.matrix([1, 1, 1])
    for _ in range(400):
        v = A * v
        v = v / mp.norm(v)
    return mp.norm(A * v)


def queue(x: Any) -> Any:
    waiting, total = [x], mpf(0)
    for _ in range(12):
        if not waiting:
            break
        one = waiting.pop(0)
        total += one**2
        if one > mpf("0.4"):
            waiting += [one / 2, one * x / 3]
    return total


def forgetting(rate: Any, spread: Any) -> Any:
    mean, variance, surprise = mpf(0), mpf(1), mpf(0)
    for z in map(mpf, ["0.2", "1.4", "-0.3", "0.9", "2.2", "0.1"]):
        e = z - mean
        surprise += mp.log(variance + spread) + e**2 / (variance + spread)
        mean += rate * e
        variance = (1 - rate) * (variance + rate * e**2)
        variance = variance * (1 + rate) if surprise > 3 else variance + mpf("0.01")
    return surprise


def ways(p: Any, i: int = 4, j: int = 5) -> Any:
    if i == 0 or j == 0:
        return mpf(1)
    up = p * ways(p, i - 1, j)
    return up if (i + j) % 3 == 0 else up + (1 - p) * ways(p, i, j - 1)


def divided(x: Any, h: Any) -> Any:
    """The polynomial through five points, as Lagrange has it."""
    t = [1 + h * i for i in range(5)]
    total = mpf(0)
    for i, one in enumerate(t):
        others = [other for place, other in enumerate(t) if place != i]
        total += mp.log(one + x) * mp.fprod((x - other) / (one - other) for other in others)
    return total


def sieve(s: Any) -> Any:
    return sum(mpf(i) ** -s for i in range(2, 51) if all(i % d for d in range(2, i)))


def power_of_matrix(x: Any) -> Any:
    A = mp.matrix([[x, 1, 0], [0, x, 1], [1, 0, x]])
    B = A * A * A * A * A
    return B[0, 0] + B[1, 2]


def people(a: Any, x: Any) -> Any:
    total = mpf(0)
    for i in range(1, 6):
        total += i * a * (2 if i == 3 else 1) * (x if i == 2 else i) + x * i
    return total


def search(a: Any) -> Any:
    xs = [a * i * i for i in range(10)]
    i = next(i for i in range(10) if xs[i] > 10)
    return (10 - xs[i - 1]) / (xs[i] - xs[i - 1])


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "Horner's scheme": lambda x, c: 2 * x**4 + c * x**3 - x**2 + 3 * x + c**2,
    "a continued fraction": lambda x: (
        x / reduce(lambda f, k: (2 * k - 1) + (k * x) ** 2 / f, range(15, 0, -1), mpf(1))
    ),
    "elimination by Gauss": elimination,
    "Cholesky's factor, row by row": cholesky,
    "a tridiagonal system": tridiagonal,
    "sorting by exchange": exchange,
    "Simpson's rule that halves itself": simpson,
    "a root by halving, then Newton": lambda a: mp.findroot(lambda x: x + mp.sin(x) - 2 * a - 1, 1.5),
    "Romberg's table": romberg,
    "the way heat spreads": heat,
    "three bodies": bodies,
    "the longest common part": common,
    "a Fourier transform by halves": fourier,
    "the largest eigenvalue, by powers": powers,
    "a queue that is worked off": queue,
    "a mean that forgets": forgetting,
    "numbers of paths through a grid": ways,
    "differences that are divided": divided,
    "reverse Polish notation": lambda x, y: (x + 3) * y - x + y * x,
    "a sieve": sieve,
    "a power of a matrix": power_of_matrix,
    "lists in records in a list": people,
    "functions that leave early": lambda x: (x + x * x) * 2 - x,
    "a search that returns a place": search,
}
