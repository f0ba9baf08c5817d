"""A run that is taken back stands where it stood, whatever the program does."""

from __future__ import annotations

import random
from typing import Any

import pytest

from cgcli.control import history
from cgcli.control.history import History
from cgcli.control.machine import Machine
from cgcli.control.steps import Run
from cgcli.control.tape import Tape
from cgcli.control.values import Values
from cgcli.evaluation.ends import handle_text
from cgcli.language.lowering import lower
from cgcli.language.parser import parse
from cgcli.language.program import Program
from cgcli.source import Source
from tests.control.table import PROGRAMS

OTHERS = {
    "elements": "v = zeros([5]); for k in 1..3 { for i in 0..4 { v[i] += i*k } }; v",
    "lists": "xs = list(); for i in 1..20 { xs = append(xs, list(i, [i, i])); xs[-1][1][0] = -i }; xs",
    "a record": "t = record(n=0, v=[1, 2]); for i in 1..9 { u = t; t.n += i; t.v[i % 2] = i }; u",
    "rows": "s = 0; for row in [[1, 2], [3, 4]] { for x in row { s += x^2 } }; s",
    "recursion": "f(n) { if n < 2 { return n }\n return f(n - 1) + f(n - 2) }\nf(9)",
    "a straight line": "d = 2 + 3; e = d*d\nd + e",
    "what is computed inside": "x = [k^2 for k in 1..4 if k != 2]; y = (if x[0] > 0 and x[1] then 1 else 2)",
}


def program(text: str) -> Program:
    syntax = parse(Source(("<text>", text)))
    syntax.runs = True
    return lower(syntax)


def started(text: str, inputs: dict[str, float]) -> History:
    read = program(text)
    assert read.tree is not None
    if not read.derives:
        return History(Run(read.tree, Values(), inputs, stepping=True))
    tape = Tape({})
    slots = {name: tape.input(name, value, 0, 0) for name, value in inputs.items()}
    return History(Run(read.tree, tape, slots, stepping=True))


def shown(machine: Machine, slots: dict[str, Any]) -> dict[str, str]:
    return {name: handle_text(machine, value) for name, value in slots.items() if name[0] != "%"}


def standing(at: History) -> Any:
    frames = [(frame.function, shown(at.run.machine, frame.slots)) for frame in at.run.frames]
    return at.step, at.has_ended, at.depth, at.run.place, frames


def trail(at: History) -> list[Any]:
    found = [standing(at)]
    while not at.has_ended:
        at.forward(at.step + 1)
        found.append(standing(at))
    return found


CASES = {name: (text, inputs) for name, (text, inputs, _) in PROGRAMS.items()}
CASES |= {name: (text, {}) for name, text in OTHERS.items()}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("most", [3, 256])
def test_it_stands_where_it_stood(name: str, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "DISTANCE", 7)
    monkeypatch.setattr(history, "STATES", most)
    at = started(*CASES[name])
    seen = trail(at)
    assert [step for step, *_ in seen] == list(range(1, len(seen) + 1))
    drawn = random.Random(name)
    for _ in range(20):
        step = drawn.randrange(1, len(seen) + 1)
        at.go(step)
        assert standing(at) == seen[step - 1]
        depth = drawn.choice(seen)[2]
        wanted = [one for one, _, there, *_ in seen[: step - 1] if there <= depth]
        assert at.before(depth) == (wanted[-1] if wanted else 1)


def test_what_is_a_statement() -> None:
    """The head of a `while` each time its condition is computed, that of a `for` once, and nothing that an
    expression computes on the way."""
    text = "x = 3\nwhile x > 1 {\n  x -= 1\n}\nfor i in 1..2 {\n  y = sum(k for k in 1..3)\n}\ny"
    at = started(text, {})
    source = program(text).source
    lines = [source.line(place[0]) if place[0] >= 0 else 0 for _, _, _, place, _ in trail(at)]
    assert lines == [1, 2, 3, 2, 3, 2, 5, 6, 6, 8, 0]


def test_states_are_bounded() -> None:
    at = started("v = zeros([100000]); for i in 0..20000 { v[i] = i }; v[7]", {})
    at.forward()
    assert len(at._states) < 200
    at.go(10_000)
    assert at.run.frame.slots["i"] == 9996.0 + 1
