"""`cg trace` of programs that run: the steps of the debugger, and both passes as JSON."""

from __future__ import annotations

import json
import re

import pytest

from cgcli.language.parser import parse
from cgcli.source import Source
from tests.cg import cg
from tests.control.table import PROGRAMS

LOOP = "s = 0\nfor i in 1..2 {\n  s += x/i\n  if s > 2 { s = s*0.5 }\n}\ns"

TEXT = """\
forward
     x = 1.5
  1  1:1    s = 0  [s = 0]
  2  2:1    for i in 1..2  [i = 1]
  3  3:3    s += x/i  [s = 1.5]
              v3 = x/1 = 1.5
              v4 = 0 + v3 = 1.5
  4  4:3    if s > 2
  5  3:3    s += x/i  [s = 2.25]
              v5 = x/2 = 0.75
              v6 = v4 + v5 = 2.25
  6  4:3    if s > 2
  7  4:14   s = s*0.5  [s = 1.125]
              s = v6*0.5 = 1.125
  8  6:1    s  [f = 1.125]
backward from s
  7  ds/ds = 1
       ds/dv6 = 0.5
  5  ds/dv6 = ds/ds * 0.5 = 1 * 0.5 = 0.5
       dv6/dv4 = 1
       dv6/dv5 = 1
"""

CALLS = """\
fact(n) {
  if n <= 1 { return x }
  y = n*fact(n - 1)
  return y
}
xs = list(fact(3), zeros(2))
t = record(a=xs[0], b=1)
while t.a > 5 { t.a = t.a/2 }
t.a + sum([w^2 for w in xs[1]])
"""


def test_the_steps_of_a_loop() -> None:
    done = cg("trace", LOOP, "x=1.5")
    assert done.status == 0
    assert done.out.startswith(TEXT)
    assert done.out.endswith("gradient\n  ds/dx = 0.75\n")


def test_nothing_leads_back_to_a_number_without_a_name() -> None:
    told = cg("trace", "s = 0; for i in 1..3 { s += x^i }; s", "x=2").out
    assert "/d0" not in told
    assert told.endswith("gradient\n  ds/dx = 17\n")
    assert "dy/ds = x = 3" in cg("trace", "s = 2; y = s*x", "x=3").out


# Rules of whole arrays, as lessons have them; what a rule guards stays.
LESSONS = {
    "softmax(x)[0]": "df/dv2*v2 - sum(df/dv2*v2, axis=-1, keepdims=1)*v2",
    "norm(x)": "df/df*where(f == 0, 0, x/f)",
    "var(x)": "df/df*((x - broadcast(mean(x, keepdims=1), [3]))*(2/size(x)))",
}


@pytest.mark.parametrize("text", LESSONS)
def test_rules_of_arrays_are_as_in_lessons(text: str) -> None:
    assert f"  1  df/dx = {LESSONS[text]} = " in cg("trace", text, "x=[1, 2, 4]").out


def runs(text: str) -> bool:
    return parse(Source(("<expr>", text))).runs


TABLE = {"a loop": (LOOP, {"x": 1.5}), "calls": (CALLS, {"x": 1.5})}
TABLE |= {name: (text, inputs) for name, (text, inputs, _) in PROGRAMS.items() if runs(text)}


@pytest.mark.parametrize("name", TABLE)
def test_the_steps_are_those_of_the_debugger(name: str) -> None:
    program, inputs = TABLE[name]
    given = [f"{name}={value!r}" for name, value in inputs.items()]
    traced = cg("trace", program, *given, "--format", "json")
    assert traced.status == 0, traced
    steps = [one for one in map(json.loads, traced.out.splitlines()) if "text" in one]
    assert [one["step"] for one in steps] == list(range(1, len(steps) + 1))
    session = cg("debug", program, *given, stdin="s\n" * min(len(steps), 200) + "q\n")
    lines = [int(line) for line in re.findall(r"^ *(\d+) \|", session.out, re.M)]
    assert lines == [one["line"] for one in steps][: len(lines)]
    assert len(lines) >= min(len(steps), 200)


def test_json_of_a_program_that_runs() -> None:
    done = cg("trace", CALLS, "x=1.5", "--format", "json")
    found = [json.loads(line) for line in done.out.splitlines()]
    sets = {one["step"]: (one["name"], one["value"]) for one in found if one.get("name")}
    assert sets[1] == ("xs", [9, [0, 0]])
    assert sets[3] == ("y", 9)
    assert max(one["depth"] for one in found if "depth" in one) == 3
    assert found[-1] == {"from": "f", "gradient": {"x": 3}}


def test_json_of_a_graph() -> None:
    done = cg("trace", "x*sin(x)", "x=2", "--format", "json", "--digits", "4")
    assert [json.loads(line) for line in done.out.splitlines()] == [
        {"step": 1, "source": "<expr>", "line": 1, "column": 1, "label": "x", "formula": "x", "value": 2},
        {"step": 2, "source": "<expr>", "line": 1, "column": 3, "label": "v2", "formula": "sin(x)",
         "value": 0.9093},
        {"step": 3, "source": "<expr>", "line": 1, "column": 1, "label": "f", "formula": "x*v2",
         "value": 1.819},
        {"from": "f", "step": 3, "label": "f", "adjoint": 1, "paths": [],
         "local": [{"by": "x", "text": "v2", "value": 0.9093}, {"by": "v2", "text": "x", "value": 2}]},
        {"from": "f", "step": 2, "label": "v2", "adjoint": 2, "paths": [{"text": "df/df * x", "by": "f"}],
         "local": [{"by": "x", "text": "cos(x)", "value": -0.4161}]},
        {"from": "f", "step": 1, "label": "x", "adjoint": 0.077, "local": [],
         "paths": [{"text": "df/dv2 * cos(x)", "by": "v2"}, {"text": "df/df * v2", "by": "f"}]},
        {"from": "f", "gradient": {"x": 0.077}},
    ]  # fmt: skip


def test_a_sum_of_many_paths_is_cut() -> None:
    done = cg("trace", "s = 0\nfor i in 1..1000 { s += x*i }\ns", "x=1")
    assert " + … (990 more) … + " in done.out
    assert max(map(len, done.out.splitlines())) < 1000


FAILED = """\
forward
  1  1:1    s = x  [s = 1]
  2  2:1    for i in 1..9  [i = 1]
  3  3:3    s = s/4  [s = 0.25]
  4  4:3    assert s > 0.1
  5  3:3    s = s/4  [s = 0.0625]
  6  4:3    assert s > 0.1
"""


def test_a_run_that_fails_is_told_of_as_far_as_it_went() -> None:
    program = "s = x\nfor i in 1..9 {\n  s = s/4\n  assert s > 0.1\n}\ns"
    done = cg("trace", program, "x=1")
    assert (done.status, done.out) == (1, FAILED)
    assert done.err.startswith("error: assertion failed: s > 0.1\n --> <expr>:4:10")
    steps = [json.loads(line) for line in cg("trace", program, "x=1", "--format", "json").out.splitlines()]
    assert [one["step"] for one in steps] == [1, 2, 3, 4, 5, 6]
    assert [one.get("value") for one in steps] == [1, 1, 0.25, None, 0.0625, None]


@pytest.mark.parametrize("program", ["v = [1, 2]\nv[0] = x\nv", "x + 1\nif x > 0 { y = }"])
def test_an_error_that_is_none_of_the_run_stands_alone(program: str) -> None:
    done = cg("trace", program, "x=1")
    assert (done.status, done.out) == (3, "")
