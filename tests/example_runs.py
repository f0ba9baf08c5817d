"""What the examples that run compute, by hand and to many digits."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mpmath import mp, mpf

from tests.control import table

Numbers = dict[str, Any]


def mean(k: mpf) -> Numbers:
    return {"K": mp.pi / (2 * table.agm(mpf(1), mp.sqrt(1 - k**2)))}


def growth(r: mpf, K: mpf, y0: mpf) -> Numbers:
    h, y = mpf(3) / 20, y0

    def slope(y: mpf) -> mpf:
        return r * y * (1 - y / K)

    for _ in range(20):
        k1 = slope(y)
        k2 = slope(y + h / 2 * k1)
        k3 = slope(y + h / 2 * k2)
        k4 = slope(y + h * k3)
        y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return {"y": y}


def swing(L: mpf, start: mpf, friction: mpf) -> Numbers:
    h, angle, speed = mpf(2) / 200, start, mpf(0)
    for _ in range(200):
        speed = speed - h * (mpf("9.81") / L * mp.sin(angle) + friction * speed)
        angle = angle + h * speed
    return {"angle": angle}


def logistic_map(r: mpf, start: mpf) -> Numbers:
    x = start
    for _ in range(30):
        x = r * x * (1 - x)
    return {"x": x}


def words(w: mpf, u: mpf, b: mpf) -> Numbers:
    letters = [["0.1", "-0.4"], ["0.7", "0.2", "0.5"], ["0.9"], ["-0.3", "-0.8", "0.6", "0.2"]]
    loss = mpf(0)
    for word, target in zip(letters, (0, 1, 1, 0), strict=True):
        h = mpf(0)
        for letter in word:
            h = mp.tanh(w * h + u * mpf(letter) + b)
        loss += (h - target) ** 2 / 4
    return {"loss": loss}


def warping(a: list[mpf], b: list[mpf]) -> Numbers:
    far = mp.inf
    costs = {(0, 0): mpf(0)}
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            least = min(costs.get(place, far) for place in ((i - 1, j), (i, j - 1), (i - 1, j - 1)))
            costs[i, j] = (a[i - 1] - b[j - 1]) ** 2 + least
    return {"distance": costs[len(a), len(b)]}


def kalman(q: mpf, r: mpf) -> Numbers:
    x, variance = mpf(0), mpf(1)
    for z in ("1", "1.2", "0.8", "1.1", "1.4"):
        variance = variance + q
        gain = variance / (variance + r)
        x = x + gain * (mpf(z) - x)
        variance = variance * (1 - gain)
    return {"variance": variance, "level": x}


def binomial_option(S: mpf, sigma: mpf) -> Numbers:
    steps, rate = 20, mpf("0.05")
    dt = mpf(1) / steps
    up = mp.exp(sigma * mp.sqrt(dt))
    p = (mp.exp(rate * dt) - 1 / up) / (up - 1 / up)
    ends = [max(S * up ** (2 * i - steps) - 100, mpf(0)) for i in range(steps + 1)]
    price = sum(mp.binomial(steps, i) * p**i * (1 - p) ** (steps - i) * end for i, end in enumerate(ends))
    return {"price": mp.exp(-rate) * price}


def step_size(rate: mpf) -> Numbers:
    x, y = mpf(-1), mpf("1.5")
    for _ in range(5):
        down = -2 * (1 - x) - 40 * x * (y - x * x), 20 * (y - x * x)
        x, y = x - rate * down[0], y - rate * down[1]
    return {"height": (1 - x) ** 2 + 10 * (y - x * x) ** 2}


FLOWERS = """
5.1 3.5 1.4 0.2, 4.9 3.0 1.4 0.2, 4.7 3.2 1.3 0.2, 7.0 3.2 4.7 1.4, 6.4 3.2 4.5 1.5, 6.9 3.1 4.9 1.5,
6.3 3.3 6.0 2.5, 5.8 2.7 5.1 1.9, 7.1 3.0 5.9 2.1"""


def training(rate: mpf) -> Numbers:
    """Backpropagation by hand; the rows of the weights have the biases at their end."""
    flowers = [[*map(mpf, row.split()), mpf(1)] for row in FLOWERS.split(",")]
    first = [list(map(mpf, row.split())) for row in ("0.1 0.6 -0.5 -0.4 0.2", "0.4 -0.3 0.2 0.3 -1")]
    second = [list(map(mpf, row.split())) for row in ("1.5 -0.8 0.1", "0.1 0.3 0.2", "-1.2 0.6 -0.3")]
    for _ in range(9):
        loss = mpf(0)
        by_first, by_second = [[mpf(0)] * 5 for _ in first], [[mpf(0)] * 3 for _ in second]
        for place, x in enumerate(flowers):
            hidden = [*(mp.tanh(mp.fdot(w, x)) for w in first), mpf(1)]
            odds = [mp.exp(mp.fdot(w, hidden)) for w in second]
            loss -= mp.log(odds[place // 3] / sum(odds)) / 9
            errors = [(odd / sum(odds) - (kind == place // 3)) / 9 for kind, odd in enumerate(odds)]
            for error, row in zip(errors, by_second, strict=True):
                row[:] = [slope + error * one for slope, one in zip(row, hidden, strict=True)]
            for unit, row in enumerate(by_first):
                back = mp.fdot(errors, [w[unit] for w in second]) * (1 - hidden[unit] ** 2)
                row[:] = [slope + back * one for slope, one in zip(row, x, strict=True)]
        for weights, by in ((first, by_first), (second, by_second)):
            for row, slopes in zip(weights, by, strict=True):
                row[:] = [w - rate * slope for w, slope in zip(row, slopes, strict=True)]
    return {"loss": loss}


def phrases(trees: Path, words: Any, W: Any, b: Any, u: Any) -> Numbers:
    def vector(tree: Any) -> Any:
        if "word" in tree:
            return words[tree["word"]]
        both = [*vector(tree["left"]), *vector(tree["right"])]
        return [mp.tanh(mp.fdot(row, both) + bias) for row, bias in zip(W, b, strict=True)]

    loss, given = mpf(0), json.loads(trees.read_text("utf-8"))["phrases"]
    for phrase in given:
        chance = 1 / (1 + mp.exp(-mp.fdot(u, vector(phrase["tree"]))))
        loss -= mp.log(chance if phrase["good"] else 1 - chance) / len(given)
    return {"loss": loss}


TRUTHS: dict[str, Callable[..., Numbers]] = {
    "square-root": lambda a: {"root": mp.sqrt(a)},
    "mean": mean,
    "growth": growth,
    "swing": swing,
    "logistic-map": logistic_map,
    "words": words,
    "warping": warping,
    "kalman": kalman,
    "binomial-option": binomial_option,
    "step-size": step_size,
    "training": training,
}
