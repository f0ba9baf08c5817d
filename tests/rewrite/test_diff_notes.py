"""Where the text of a derivative is another number than `cg grad` finds, a note says so."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from cgcli.ops import OPS
from tests.cg import cg

# Program, and what is told; None where text and number are the same wherever there is one.
NOTES = [
    ("sinc(x)", "at x = 0 this df_dx is nan, and `cg grad` finds 0"),
    ("sinc(x - 1)", "at x = 1 this df_dx is nan, and `cg grad` finds 0"),
    ("sinc(3*x + 1.5)", "at x = -0.5 this df_dx is nan, and `cg grad` finds 0"),
    ("max(x, y)", "at x = 0, y = 0 this df_dx is 0, and `cg grad` finds 0.5"),
    ("max(x, 2)", "at x = 2 this df_dx is 0, and `cg grad` finds 0.5"),
    ("min(2*x, 7)", "at x = 3.5 this df_dx is 0, and `cg grad` finds 1"),
    ("clip(x, 0, 1)", "at x = 0 this df_dx is 0, and `cg grad` finds 0.5"),
    ("asin(x + 1)", "at x = 0 this df_dx is -inf, and `cg grad` finds inf"),
    ("cbrt(x^2)", "at x = 0 this df_dx is nan, and `cg grad` finds 0"),
    ("x^y", "at x = 0, y = 0 this df_dx is nan, and `cg grad` finds 0"),
    ("xlogy(x, y)", "at x = 0, y = 0 this df_dy is nan, and `cg grad` finds 0"),
    ("hypot(x - 1, y - 2)", "at x = 1, y = 2 this df_dx is nan, and `cg grad` finds 0"),
    ("norm([x, y])", "at x = 0, y = 0 this df_dx is nan, and `cg grad` finds 0"),
    ("std([x, y])", "at x = 0, y = 0 this df_dx is nan, and `cg grad` finds 0"),
    ("sqrt(x)^2", "at x = 0 this df_dx is 1, and `cg grad` finds 0"),
    ("acos(x)^2", "at x = 1 this df_dx is nan, and `cg grad` finds 0"),
    ("f = x; g = max(x, 3)", "at x = 3 this dg_dx is 0, and `cg grad` finds 0.5"),
    ("x^2", None), ("x^2*sin(x)/(x + 1)", None), ("abs(x)", None), ("relu(x)", None), ("x^(1/3)", None),
    ("sqrt(x)", None), ("log(x)", None), ("asin(x)", None), ("where(x > 0, x^2, 0)", None), ("x % 1", None),
    ("floor(x)", None), ("elu(x)", None), ("gamma(x)", None), ("logaddexp(x, y)", None),
    ("max(x, y, z)", None),
    ("max([x, y])", None), ("x*y/y", None), ("exp(-x^2)", None),
]  # fmt: skip


@pytest.mark.parametrize("text, told", NOTES)
def test_points_where_they_differ_are_told(text: str, told: str | None) -> None:
    result = cg("diff", text)
    assert result.status == 0
    assert result.err == (f"note: {told}\n" if told else "")


def test_what_is_told_of_what_is_known() -> None:
    assert cg("diff", "max(a*x, 3)", "a=2").err == "note: at x = 1.5 this df_dx is 0, and `cg grad` finds 1\n"
    assert cg("diff", "max(x, A[0])", "A=[1, 2]").status == 0
    assert cg("diff", "max(x, 2)", "--format", "json").err.startswith('{"note": ')
    assert cg("diff", "max(x, 2)", "--order", "2").err == ""
    assert cg("diff", "assert x > 0; sinc(x)").status == 0


# What stands in place of {} is an operation.
FORMS = ("{}(x)", "{}(x + 1)", "{}(x - 1)", "{}(x)^2", "{}(x)*{}(x)", "x*{}(x)", "{}(x^2)", "{}(abs(x))")
UNARY = [op.word for op in OPS.values() if op.function and op.partials is not None and op.arity == 1]


@pytest.mark.parametrize("name", UNARY)
def test_operations_at_their_special_points(name: str) -> None:
    """Wherever the value is finite, the text read back is what `cg grad` finds, or there is a note."""
    for form in FORMS:
        text = form.format(name, name)
        derived = cg("diff", text)
        for x in ("0", "1", "-1", "0.5"):
            found = dict(line.split(" = ") for line in cg("grad", text, f"x={x}").out.splitlines())
            if math.isfinite(float(found["f"])):
                bound = [f"x={x}"] if "x" in derived.out.replace("df_dx", "").replace("exp", "") else []
                again = float(cg("eval", derived.out, *bound).out.rpartition(" = ")[2])
                right = float(found["df/dx"])
                same = again == right or abs(again - right) < 1e-9 * max(1.0, abs(right)) < math.inf
                assert same or str(again) == str(right) == "nan" or derived.err.startswith("note: "), (
                    text,
                    x,
                )


@pytest.mark.parametrize("command", ["diff", "grad", "jacobian", "hessian"])
@pytest.mark.parametrize(
    "text, told",
    [
        ("x^2 + x == 1", "its left side - its right side"),
        ("x > 1", "this is a condition"),
        ("c = x < 1; c*x", ""),
    ],
)
def test_conditions_as_outputs_are_told(command: str, text: str, told: str) -> None:
    done = cg(command, text, *([] if command == "diff" else ["x=3"]))
    assert done.status == 0
    assert told in done.err if told else done.err == ""


def test_records_and_lists_that_are_all_there_is_are_told(tmp_path: Path) -> None:
    (tmp_path / "v.json").write_text('{"xs": [[1], [1, 2]], "t": {"a": 3}}')
    run = "s = 0; for r in xs { s += sum(r) }; s"
    for text, told in (("t.a^2", "is `t`"), (run, "is `xs`"), ("t.a*b", "")):
        for command in ("grad", "jacobian"):
            done = cg(command, text, *(["b=2"] if "b" in text else []), "--vars", "v.json", cwd=tmp_path)
            assert done.status == 0
            assert told in done.err if told else done.err == ""
