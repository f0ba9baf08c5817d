"""What samples of a function tell of it, and where to take them where sizes differ.

Where it turns, is 0 and crosses 0; numbers as far apart as doubles are.
"""

from __future__ import annotations

import numpy as np

from cgcli.annotations import Any

# A range whose ends are so many times as far from 0 as each other is one of sizes.
WIDE = 1e6


def first_points(low: float, high: float, count: int) -> Any:
    """Points of a range, at equal distances; and at equal ratios, where its ends are of different sizes."""
    part = np.arange(count) / (count - 1.0)
    even = low * (1.0 - part) + high * part
    near, far = sorted((abs(low), abs(high)))
    if near == 0 or np.sign(low) != np.sign(high) or far <= WIDE * near:
        return even
    sizes = low * (high / low) ** part
    return np.unique(np.concatenate([even, np.minimum(np.maximum(sizes, low), high)]))


def middle(low: Any, high: Any, turn: int) -> Any:
    """Between two numbers: in every other turn as many doubles lie below as above, so that 64 of these lead
    from any range to one double, whatever its size."""
    if turn % 2 == 0:
        return 0.5 * low + 0.5 * high
    return _double(_place(low) // 2 + _place(high) // 2)


def _place(x: Any) -> Any:
    """The places of numbers among all doubles in order, 0 that of 0."""
    places = np.asarray(x, float).view(np.int64)
    return np.where(places < 0, np.int64(-(2**63)) - places, places)


def _double(places: Any) -> Any:
    """The doubles at some places."""
    return np.where(places < 0, np.int64(-(2**63)) - places, places).view(float)


def zeros(x: Any, f: Any, least: float) -> list[tuple[float, float]]:
    """The ranges of at least that width in which the function is 0 at every point."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], f == 0, [False]]).astype(int)))
    ranges = [(float(x[first]), float(x[last - 1])) for first, last in edges.reshape(-1, 2)]
    return [(low, high) for low, high in ranges if high - low >= least]


def turns(x: Any, f: Any, slope: Any) -> Any:
    """Where the cubics between points turn: a root beside a turn has another one on its other side."""
    width = np.diff(x)
    secant = np.diff(f) / width
    a = 3 * (slope[:-1] + slope[1:] - 2 * secant)
    b = 2 * (3 * secant - 2 * slope[:-1] - slope[1:])
    c = slope[:-1]
    root = np.sqrt(b * b - 4 * a * c)
    q = -0.5 * (b + np.where(b >= 0, 1.0, -1.0) * root)
    found = np.concatenate([x[:-1] + width * (q / a), x[:-1] + width * (c / q)])
    inside = (found > np.tile(x[:-1], 2)) & (found < np.tile(x[1:], 2))
    return np.unique(found[inside])


def crossing(x: Any, signs: Any, exact: Any) -> Any:
    """Of the points where the function is exactly 0 those at which it changes its sign, and ends."""
    places = np.searchsorted(x, exact)
    last = np.maximum.accumulate(np.where(signs != 0, np.arange(len(x)), -1))[places]
    after = np.where(signs != 0, np.arange(len(x)), len(x))[::-1]
    first = np.minimum.accumulate(after)[::-1][places]
    ends = (last < 0) | (first == len(x))
    crosses = signs[np.maximum(last, 0)] != signs[np.minimum(first, len(x) - 1)]
    return exact[ends | crosses]
