"""Programs that run, and the same written by hand in Python, over whatever numbers they are called with."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mpmath import mp, mpf

from tests.control import algorithms

Function = Callable[..., Any]


def newton(a: Any) -> Any:
    x = a
    for _ in range(60):
        x = (x + a / x) / 2
    return x


def agm(a: Any, b: Any) -> Any:
    for _ in range(12):
        a, b = (a + b) / 2, mp.sqrt(a * b)
    return a


def logistic(r: Any, x: Any) -> Any:
    for _ in range(20):
        x = r * x * (1 - x)
    return x


def runge_kutta(k: Any, y: Any) -> Any:
    h = mpf(1) / 10

    def f(y: Any) -> Any:
        return -k * y + mp.sin(y)

    for _ in range(10):
        k1 = f(y)
        k2 = f(y + h / 2 * k1)
        k3 = f(y + h / 2 * k2)
        k4 = f(y + h * k3)
        y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return y


def pendulum(length: Any, angle: Any) -> Any:
    speed, h = mpf(0), mpf("0.01")
    for _ in range(100):
        speed = speed - h * mpf("9.81") / length * mp.sin(angle)
        angle = angle + h * speed
    return angle


def odd_terms(x: Any) -> Any:
    total = mpf(0)
    for i in range(1, 21):
        if i % 2 == 0:
            continue
        if i > 15:
            break
        total = total + mp.sin(i * x) / i
    return total


def collatz(x: Any) -> Any:
    """A `while` in a `for`, with bounds that are values."""
    total = mpf(0)
    for i in range(1, 6):
        y, n = x * i, 0
        while y > 1:
            y = y / 2
            n += 1
        total = total + y**2 * n
    return total


def branches(x: Any) -> Any:
    y = mpf(1)
    for i in range(1, 9):
        if y > 3:
            y = y / x
        elif y < mpf("0.5"):
            y = y * x * x
        else:
            y = y * x + mp.sin(i * x)
    return y


def power(x: Any, n: int = 13) -> Any:
    if n == 0:
        return mpf(1)
    half = power(x, n // 2)
    return half * half * (x if n % 2 else 1)


def ackermann(m: int, n: int) -> int:
    if m == 0:
        return n + 1
    return ackermann(m - 1, 1 if n == 0 else ackermann(m, n - 1))


def sieve_like(x: Any) -> Any:
    v = [x * (i + 1) for i in range(6)]
    for _ in range(3):
        for i in range(1, 6):
            v[i] = v[i] * mp.cos(v[i - 1])
    return sum(v, mpf(0))


def matrix_updates(x: Any) -> Any:
    rows = [[mpf(1), x], [mpf(2), mpf(3)]]
    rows[0][1] = rows[0][1] * rows[1][0]
    rows[1] = [x * x, rows[0][1]]
    for i in range(2):
        rows[i][0] = 2 * rows[i][0]
    return rows[0][0] * rows[1][1] - rows[0][1] * rows[1][0]


def ragged(x: Any) -> Any:
    words = [[x], [x, 2 * x], [mpf(1), x, x * x]]
    total = mpf(0)
    for word in words:
        state = mpf(0)
        for letter in word:
            state = mp.tanh(state / 2 + letter)
        total = total + state
    return total


def tree_sum(x: Any) -> Any:
    def value(node: Any) -> Any:
        if not isinstance(node, tuple):
            return node
        return mp.tanh(value(node[0]) + x * value(node[1]))

    return value(((x, mpf(2)), (mpf(1), (x, x))))


def warping(x: Any) -> Any:
    """Dynamic time warping of two short sequences."""
    a = [mpf(1), x, mpf(3), mpf(4)]
    b = [mpf(1), mpf(2), 2 * x]
    table = [[mpf(0)] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        table[i][0] = mpf(10) ** 6
    for j in range(1, len(b) + 1):
        table[0][j] = mpf(10) ** 6
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            least = min(table[i - 1][j], table[i][j - 1], table[i - 1][j - 1])
            table[i][j] = (a[i - 1] - b[j - 1]) ** 2 + least
    return table[-1][-1]


def binomial_option(s: Any, sigma: Any) -> Any:
    steps, years, rate, strike = 10, mpf(1), mpf("0.05"), mpf(100)
    dt = years / steps
    up = mp.exp(sigma * mp.sqrt(dt))
    chance = (mp.exp(rate * dt) - 1 / up) / (up - 1 / up)
    values = [max(s * up ** (2 * i - steps) - strike, mpf(0)) for i in range(steps + 1)]
    for n in range(steps, 0, -1):
        for i in range(n):
            values[i] = mp.exp(-rate * dt) * (chance * values[i + 1] + (1 - chance) * values[i])
    return values[0]


def kalman(q: Any) -> Any:
    x, p = mpf(0), mpf(1)
    for z in ("1", "1.2", "0.8", "1.1"):
        p = p + q
        gain = p / (p + mpf("0.5"))
        x = x + gain * (mpf(z) - x)
        p = (1 - gain) * p
    return x


def descent(rate: Any) -> Any:
    x, y = mpf(-1), mpf(1)
    for _ in range(5):
        dx = -2 * (1 - x) - 40 * x * (y - x * x)
        dy = 20 * (y - x * x)
        x, y = x - rate * dx, y - rate * dy
    return (1 - x) ** 2 + 10 * (y - x * x) ** 2


def _updates(x: Any) -> Any:
    s = mpf(0)
    for i in range(1, 5):
        s = ((s + x * i) * 2 - 1) / x
    return s


def _checkpoint(x: Any) -> Any:
    y = x
    for _ in range(6):
        y = mp.sin(y) * x
        y = y + y**2
    return y


def _powers(x: Any) -> Any:
    a = b = mp.matrix([[x, 0], [0, x]])
    for _ in range(3):
        b = b * a + mp.ones(2)
    return sum(b)


def _nested(x: Any) -> Any:
    s = mpf(0)
    for i in range(1, 5):
        for j in range(i, 5):
            s = s + x**i * j if (i + j) % 2 == 0 else s - x * j
    return s


# What the programs of `programs.toml` compute.
FUNCTIONS: dict[str, Function] = {
    "a sum": lambda x: sum(x**i / mp.factorial(i) for i in range(1, 11)),
    "an update": _updates,
    "Newton's square root": newton,
    "a fixed number of steps of it": newton,
    "the arithmetic-geometric mean": agm,
    "the logistic map": logistic,
    "Runge and Kutta": runge_kutta,
    "a pendulum": pendulum,
    "break and continue": odd_terms,
    "while in for": collatz,
    "branches": branches,
    "recursion": power,
    "recursion with a body": power,
    "recursion in the argument": lambda x: ackermann(2, 3) * x,
    "elements": sieve_like,
    "elements of a matrix": matrix_updates,
    "lists of different length": ragged,
    "a tree of records": tree_sum,
    "dynamic time warping": warping,
    "a binomial option": binomial_option,
    "a Kalman filter": kalman,
    "gradient descent": descent,
    "a comprehension with a condition": lambda x: sum(i * x**i for i in range(1, 9) if i % 3),
    "one without brackets": lambda x: sum(1 / (k**2 + x) for k in range(1, 31)),
    "one of vectors": lambda x: sum(i * x + 2 * (i + x) for i in range(1, 4)),
    "a size from a value": lambda x: sum((x * i / 3) ** 2 for i in range(4)),
    "a slice from a value": lambda x: 4 + x**2 + 4,
    "copies are copies": lambda x: x * 5 + 6 * x * 2 * x,
    "copies in a function": lambda x: x * x + 1 + x,
    "copies in lists": lambda x: 7 + x * x * x,
    "names of the program": lambda x: 2 * x + 3 + 2 * x,
    "what is not taken": lambda x: mp.sqrt(x) + x,
    "and, or, lists": lambda x: 2 * x * 2,
    "a checkpoint": _checkpoint,
    "reversed": lambda x: x**5 - x / 2 + x**4 + x**3,
    "fields": lambda x: 27 * x**3 + 4,
    "arrays": _powers,
    "a branch on an array": lambda x: x**2 - x / 2 + 4,
    "a derivative in a loop": lambda a: mp.cbrt(a),
    "nested": _nested,
    "a return in a loop": lambda x: x**7,
    "a variable after its loop": lambda x: 3 * x + 3,
    "an empty loop": lambda x: x * x,
}


def _table(name: str, functions: dict[str, Function]) -> dict[str, tuple[str, dict[str, float], Function]]:
    read = tomllib.loads(Path(__file__).with_name(name).read_text())
    return {name: (one["program"], one["inputs"], functions[name]) for name, one in read.items()}


PROGRAMS = _table("programs.toml", FUNCTIONS) | _table("algorithms.toml", algorithms.FUNCTIONS)
