"""Every example in README and in the manual pages."""

from __future__ import annotations

import doctest
import math
import re

import pytest

from cgcli.ops import OPS
from tests.cg import cg
from tests.documents import EXAMPLES, PAGES, PROGRAMS, README, Example, run, text

NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e[-+]\d+)?(?![\w.])")


# The column of `cg check` that is mere rounding where all is well, and the room it takes.
ROUNDED = re.compile(r"(?<= )(?:off|0|\de-1\d) +(?=digits|16\.0 )", re.M)


def differ(found: str, wanted: str) -> str | None:
    """None, or how a text differs. Numbers may differ in the last bits, as libraries of
    mathematics do between systems."""
    found, wanted = ROUNDED.sub("off  ", found), ROUNDED.sub("off  ", wanted)
    if NUMBER.sub("0", found) == NUMBER.sub("0", wanted):
        pairs = zip(NUMBER.findall(found), NUMBER.findall(wanted), strict=True)
        if all(math.isclose(float(a), float(b), rel_tol=1e-14) for a, b in pairs):
            return None
    return f"found:\n{found}documented:\n{wanted}"


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.label for example in EXAMPLES])
def test_example(example: Example) -> None:
    difference = differ(run(example.command), example.output)
    assert difference is None, f"{example.label}: {example.command}\n{difference}"


def test_there_are_examples_everywhere() -> None:
    assert {example.path for example in EXAMPLES} == {README, *PAGES.values(), *PROGRAMS}


def test_differ_tells_numbers_and_text_apart() -> None:
    assert differ("df/dx = 0.1\n", "df/dx = 0.10000000000000002\n") is None
    assert differ("df/dx = 0.1\n", "df/dx = 0.10000000001\n")
    assert differ("df/dx = 1\n", "df/dy = 1\n")
    assert differ("v1\n", "v2\n")
    assert differ("x  2  0    16.0  ok\n", "x  2  5e-16  16.0  ok\n") is None
    assert differ("x  2  5e-15  16.0  ok\n", "x  2  5e-05  16.0  ok\n")


def test_examples_of_operations() -> None:
    wanted = dict(op.example.rsplit(" = ", 1) for op in OPS.values())
    assert len(wanted) == len(OPS)
    done = cg("eval", "--lines", "-", stdin="\n".join(wanted))
    assert done.status == 0, done
    found = done.out.splitlines()
    assert len(found) == len(wanted)
    wrong = {
        expression: value
        for (expression, result), value in zip(wanted.items(), found, strict=True)
        if differ(value, result)
    }
    assert wrong == {}


def test_python_examples() -> None:
    """The sessions in README that begin with >>>."""
    code = "\n".join(re.findall(r"^```python\n(.*?)^```", text(README), re.M | re.S))
    session = doctest.DocTestParser().get_doctest(code, {}, "README.md", None, 0)
    assert session.examples
    assert doctest.DocTestRunner().run(session).failed == 0
