"""`cg eval` and `cg grad`: what they print."""

from __future__ import annotations

import csv
import io
import json

import pytest

from tests.cg import cg
from tests.cli.commands import AT, TEXTBOOK


def test_eval_prints_a_bare_value_for_an_output_without_a_name() -> None:
    result = cg("eval", "(a + b) * (b - c)", *AT)
    assert (result.status, result.out, result.err) == (0, "1.5\n", "")


def test_eval_prints_the_name_of_a_sink() -> None:
    assert cg("eval", TEXTBOOK, *AT).out == "Y = 1.5\n"


def test_grad_of_an_output_without_a_name() -> None:
    result = cg("grad", "(a + b) * (b - c)", *AT)
    assert (result.status, result.out) == (0, "f = 1.5\ndf/da = 0.5\ndf/db = 3.5\ndf/dc = -3\n")


def test_grad_of_several_outputs() -> None:
    assert cg("grad", "x^2; y = 3x; 2x", "x=3").out == "f1 = 9\ndf1/dx = 6\nf2 = 6\ndf2/dx = 2\n"


def test_grad_by_chosen_names_in_both_modes() -> None:
    for mode in ("reverse", "forward"):
        result = cg("grad", TEXTBOOK, *AT, "--wrt", "d,b", "--mode", mode)
        assert result.out == "Y = 1.5\ndY/dd = 0.5\ndY/db = 3.5\n"


def test_grad_by_a_name_that_the_program_gives_a_constant() -> None:
    assert cg("grad", "a = pi; a*x", "x=2", "--wrt", "a").out.endswith("df/da = 2\n")
    assert cg("grad", "e*x", "x=2", "e=3", "--wrt", "e").out == "f = 6\ndf/de = 2\n"


def test_show_asks_for_named_nodes() -> None:
    assert cg("eval", TEXTBOOK, *AT, "--show", "d,e").out == "d = 3\ne = 0.5\n"
    assert cg("grad", TEXTBOOK, *AT, "--show", "e").out == "e = 0.5\nde/da = 0\nde/db = 1\nde/dc = -1\n"


@pytest.mark.parametrize(
    "text, printed",
    [
        ("0.1 + 0.2", "0.30000000000000004"),
        ("1e16", "1e+16"),
        ("1e15", "1000000000000000"),
        ("-0.0", "-0"),
        ("1/3", "0.3333333333333333"),
        ("1e-7", "1e-07"),
        ("5e-324", "5e-324"),
        ("-inf", "-inf"),
        ("nan", "nan"),
    ],
)
def test_numbers_are_the_shortest_that_read_back(text: str, printed: str) -> None:
    assert cg("eval", "--", text).out == printed + "\n"
    assert cg("eval", "--", printed).out == printed + "\n"


@pytest.mark.parametrize("digits, printed", [("1", "0.7"), ("3", "0.667"), ("17", "0.66666666666666663")])
def test_digits_round_to_significant_ones(digits: str, printed: str) -> None:
    assert float(cg("eval", "2/3", "--digits", digits).out) == float(printed)


def test_digits_of_large_numbers() -> None:
    assert cg("eval", "--digits", "3", "1234567; 0.00012345; 1e300").out == "1230000\n0.000123\n1e+300\n"


def test_no_digits_make_a_number_infinite() -> None:
    """Of the largest numbers, rounding up would leave the doubles."""
    text = "1.7e308; -1.7e308; 1e400 - 1; [1.7976931348623157e308, 1.26]"
    rows = cg("eval", "--digits", "2", text).out.splitlines()
    assert rows == ["1.7e+308", "-1.7e+308", "inf", "[1.7976931348623157e+308, 1.3]"]
    assert cg("eval", "--digits", "1", "1.7e308").out == "1.7e+308\n"
    assert cg("eval", "--digits", "1", "--format", "json", "1.7e308").out.count("1.7e+308") == 1


def test_json_of_eval() -> None:
    result = cg("eval", "--format", "json", "1/0; y = 2\n-0.5")
    rows = [json.loads(line) for line in result.out.splitlines()]
    assert rows == [
        {"output": None, "line": 1, "value": "Infinity"},
        {"output": None, "line": 2, "value": -0.5},
    ]
    assert json.loads(result.err)["warning"]["kind"] == "nonfinite"


def test_json_of_grad() -> None:
    result = cg("grad", "--format", "json", "(a + b) * (b - c)", *AT)
    assert result.out == (
        '{"output": "f", "line": 1, "value": 1.5, "gradient": {"a": 0.5, "b": 3.5, "c": -3}}\n'
    )


def test_json_has_words_for_what_is_not_finite() -> None:
    result = cg("grad", "--format", "json", "sqrt(x) + nan*y - inf", "x=0", "y=1")
    row = json.loads(result.out)
    assert row["value"] == "NaN"
    assert row["gradient"]["x"] == "Infinity"


def test_csv() -> None:
    result = cg("grad", "--format", "csv", TEXTBOOK, *AT)
    rows = list(csv.reader(io.StringIO(result.out)))
    assert rows == [
        ["output", "value", "wrt", "gradient"],
        ["Y", "1.5", "a", "0.5"],
        ["Y", "1.5", "b", "3.5"],
        ["Y", "1.5", "c", "-3"],
    ]
    assert cg("eval", "--format", "csv", "1; 2").out == "output,value\n,1\n,2\n"


@pytest.mark.parametrize(
    "value, text, cells",
    [
        ("[]", "[]", []),
        ("[[1, 2]]", "[[1, 2]]", [["[0,0]", "1"], ["[0,1]", "2"]]),
        ("list()", "[]", []),
        ("list(1, [2, 3])", "list(1, [2, 3])", [["", "list(1, [2, 3])"]]),
        ("record(a=1/3, b=list(2))", "record(a=0.333, b=[2])", [["", "record(a=0.333, b=[2])"]]),
    ],
)
def test_values_of_every_kind_in_every_format(value: str, text: str, cells: list[list[str]]) -> None:
    assert cg("eval", value, "--digits", "3").out == text + "\n"
    rows = cg("eval", value, "--digits", "3", "--format", "csv").out
    assert list(csv.reader(io.StringIO(rows))) == [["output", "value"], *cells]
    assert len(json.loads(cg("eval", value, "--format", "json").out)) == 3
