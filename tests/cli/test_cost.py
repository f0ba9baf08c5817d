"""Commands on programs of twice as many parts: twice the lines of Python are run, not four times as many."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from tests.cli.test_every_command import tried
from tests.cost import lines_run

# Most that twice as many parts may cost.
TWICE = 2.2


def lines(text: Callable[[int], str], count: int, before: str = "", after: str = "") -> str:
    return before + "".join(text(i) + "\n" for i in range(count)) + after


def total(terms: Iterable[str]) -> str:
    return " + ".join(terms)


# Programs of so many parts.
PARTS: dict[str, Callable[[int], str]] = {
    "outputs": lambda n: lines(lambda i: f"y{i} = sin(x)*{i + 1}", n),
    "names": lambda n: lines(lambda i: f"a{i + 1} = a{i}*x + {i}", n, "a0 = x\n", f"a{n}"),
    "derivatives": lambda n: (
        lines(lambda i: f"y{i} = diff(x^3*exp(x/{i + 1}), x)", n) + total(f"y{i}" for i in range(n))
    ),
    "assertions": lambda n: lines(lambda i: f"assert x > -{i}", n, after="x^2"),
    "functions": lambda n: (
        lines(lambda i: f"f{i}(t) = t*x + {i}", n) + total(f"f{i}(x)" for i in range(n))
    ),
    "corners": lambda n: total(f"abs(x - {i})*max(x, {i})" for i in range(1, n)),
    "branches": lambda n: lines(lambda i: f"y = if y > {i} then y*x else y + x", n, "y = x\n", "y"),
    "statements of a loop": lambda n: "y = x\nfor i in 1..2 {\n" + "y = sin(y) + x\n" * n + "}\ny",
}  # fmt: skip

AT_A_POINT = ("eval", "grad", "jacobian", "hessian", "check", "trace", "graph --style json --grad")


@pytest.mark.long
@pytest.mark.parametrize("command", AT_A_POINT)
@pytest.mark.parametrize("parts", PARTS)
def test_twice_as_many_parts_cost_twice_as_much(parts: str, command: str) -> None:
    tried(command, PARTS[parts](4), "x=0.75")  # what is found once is found here
    once, twice = (
        lines_run(lambda count=count: tried(command, PARTS[parts](count), "x=0.75"))  # type: ignore[misc]
        for count in (25, 50)
    )
    assert twice < TWICE * once
