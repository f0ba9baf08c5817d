"""Corners that rounding misses, and orders that it decides, are told of, with where they are without."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cg import cg

AT, BESIDE = "and at it without", None

# Program, x, the derivative that is found, and what is told; None where rounding decides nothing.
CORNERS = [
    ("abs(x + 0.2 - 0.3)", "x=0.1", "1", AT),
    ("relu(x + 0.2 - 0.3)", "x=0.1", "1", AT),
    ("max(x + 0.2, 0.3)", "x=0.1", "1", AT),
    ("max(x + 0.2 - 0.3, 0)", "x=0.1", "1", AT),
    ("min(0.3, x + 0.2, 1)", "x=0.1", "0", AT),
    ("clip(x + 0.2, 0.3, 1)", "x=0.1", "1", AT),
    ("clip(x + 0.2, 0, 0.3)", "x=0.1", "0", AT),
    ("copysign(x + 0.2 - 0.3, 1)", "x=0.1", "1", AT),
    ("hypot(x + 0.2 - 0.3, 0)", "x=0.1", "1", "it is at its corner without"),
    ("norm([x + 0.2 - 0.3, 0])", "x=0.1", "1", "it is at its corner without"),
    ("std([x + 0.2, 0.3])", "x=0.1", "0.35355339059327373", "it is at its corner without"),
    ("max([x + 0.2, 0.3])", "x=0.1", "1", AT),
    ("min([0.3, x + 0.2])", "x=0.1", "0", AT),
    ("median([x + 0.2, 0.3, 0.2])", "x=0.1", "0", AT),
    ("sum(sort([x + 0.2, 0.3])*[1, 2])", "x=0.1", "2", AT),
    ("abs(x*3 - 0.3)", "x=0.1", "3", AT),
    ("abs(x + 0.7 - 0.8)", "x=0.1", "-1", AT),
    ("abs(log(exp(x)) - 0.1)", "x=0.1", "1", AT),
    ("sum(abs(x + 0.2 - 0.3))", "x=[1,0.1]", "[1, 1]", AT),
    ("abs(1/3 + 1/3 + 1/3 - x)", "x=1", "0", BESIDE),
    ("abs(x/49*49 - 1)", "x=1", "-0.9999999999999999", AT),
    ("abs(sin(pi*x))", "x=1", "-3.141592653589793", AT),
    ("abs(x - 0.1)", "x=0.1", "0", BESIDE),
    ("abs(x)", "x=0.1", "1", BESIDE),
    ("max(x, 0.1)", "x=0.1", "0.5", BESIDE),
    ("max(x + 0.25, 0.35)", "x=0.1", "0.5", BESIDE),
    ("hypot(x + 0.2 - 0.3, 4)", "x=0.1", "1.3877787807814457e-17", BESIDE),
    ("abs(x + 0.2 - 0.3)^2", "x=0.1", "1.1102230246251565e-16", BESIDE),
    ("elu(x + 0.2 - 0.3)", "x=0.1", "1", BESIDE),
    ("std([x + 0.2, 0.3, 1])", "x=0.1", None, BESIDE),
    ("max(x, 1e-17)", "x=1e-17", "0.5", BESIDE),
]


@pytest.mark.parametrize("text, x, slope, told", CORNERS)
def test_corners_that_rounding_misses_are_told(
    text: str, x: str, slope: str | None, told: str | None
) -> None:
    result = cg("grad", text, x, "--strict")
    assert result.status == 0
    assert slope is None or result.out.endswith(f"df/dx = {slope}\n")
    assert told in result.err if told else result.err == ""


@pytest.mark.parametrize("command", [
    ["hessian", "abs(x + 0.2 - 0.3)"], ["jacobian", "[abs(x + 0.2 - 0.3), x]"],
    ["grad", "abs(x + 0.2 - 0.3)", "--along", "x=1"], ["grad", "[abs(x + 0.2 - 0.3), x]", "--seed", "[1, 2]"],
    ["grad", "abs(x + 0.2 - 0.3)", "--mode", "forward"],
    ["hessian", "abs(x + 0.2 - 0.3)", "--times", "x=1"], ["eval", "diff(abs(x + 0.2 - 0.3), x)"],
])  # fmt: skip
def test_every_command_tells_of_them(command: list[str]) -> None:
    assert "rounding decides" in cg(*command, "x=0.1").err


def test_rows_tell_of_them(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("x\n1\n0.1\n")
    err = cg("grad", "abs(x + 0.2 - 0.3)", "--data", str(table)).err
    assert "rounding decides the derivative of abs(x + 0.2 - 0.3)" in err
    assert "in row 2" in err


# Program, what is computed, and what is told of elements.
ORDERS = [
    ("argmax([0.3, 0.1 + 0.2])", "1", "elements [0] and [1] are equal without"),
    ("argmin([0.1 + 0.2, 0.3])", "1", "elements [0] and [1] are equal without"),
    ("argmax([0.1 + 0.2, 0.3])", "0", None),
    ("argsort([0.1 + 0.2, 0.3, 0.2])", "[2, 1, 0]", "elements [0] and [1] are equal without"),
    ("argsort([0.3, 0.1 + 0.2, 0.2])", "[2, 0, 1]", None),
    ("argmax([[0.3, 0.1 + 0.2], [0.1 + 0.2, 0.3]], axis=1)", "[1, 0]", "elements [0, 0] and [0, 1]"),
    ("argmax([0.7 + 0.1, 0.8])", "1", "elements [0] and [1] are equal without"),
    ("argmax([1, 1])", "0", None),
    ("argmin([0.1 + 0.2, 0.3, 0.1])", "2", None),
    ("argmax([1, 2, 3]*0.1)", "2", None),
]  # fmt: skip


@pytest.mark.parametrize("text, computed, told", ORDERS)
def test_orders_that_rounding_decides_are_told(text: str, computed: str, told: str | None) -> None:
    result = cg("eval", text)
    assert (result.status, result.out) == (0, computed + "\n")
    assert told in result.err if told else result.err == ""
