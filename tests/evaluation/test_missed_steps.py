"""Steps that rounding decides are told of, with what they would be for the numbers as they are written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cg import cg

# Program, x, what is computed, and what is right; None where that is what is computed.
STEPS = [
    ("floor(2.3*100)", "", "229", "230"),
    ("floor(0.1*3*10)", "", "3", None),
    ("floor(x*100)", "x=2.3", "229", "230"),
    ("ceil(x*100)", "x=1.1", "111", "110"),
    ("trunc(-4.35*100)", "", "-434", "-435"),
    ("round(1.005*1000 - 0.5)", "", "1004", None),
    ("(0.1 + 0.7)*10 // 1", "", "7", "8"),
    ("0.3 // 0.1", "", "2", "3"),
    ("-0.3 // 0.1", "", "-3", None),
    ("1 % 0.1", "", "0.09999999999999995", "0"),
    ("x % 0.1", "x=0.7", "0.09999999999999992", "0"),
    ("0.1 + 0.2 == 0.3", "", "0", "1"),
    ("0.1 + 0.2 != 0.3", "", "1", "0"),
    ("0.1 + 0.2 <= 0.3", "", "0", "1"),
    ("0.1 + 0.2 >= 0.3", "", "1", None),
    ("0.1*3 > 0.3", "", "1", "0"),
    ("0.5 + 0.25 == 0.75", "", "1", None),
    ("1/3*3 == 1", "", "1", None),
    ("sqrt(2)^2 == 2", "", "0", "1"),
    ("x*100 == 230", "x=2.3", "0", "1"),
    ("x < 0.3", "x=0.3", "0", None),
    ("2*x < 0.6", "x=0.3", "0", None),
    ("floor(log(1000)/log(10))", "", "2", "3"),
    ("floor(log10(1000))", "", "3", None),
    ("floor(x^(1/3))", "x=125", "4", "5"),
    ("floor(sqrt(x))", "x=49", "7", None),
    ("x % 360", "x=725", "5", None),
    ("(2*pi) % pi", "", "0", None),
    ("x // 1", "x=1e300", "1e+300", None),
    ("floor(x*100)", "x=[2,2.3]", "[200, 229]", "230"),
    ("x*[1,2,3] == 0.3", "x=[0.1]", "[0, 0, 0]", "1"),
    ("sum([1,2,3]*x == [0.1,0.3,0.4])", "x=0.1", "1", None),
    ("sum(where(x > 1, 2, 3))", "x=[1,2]", "5", None),
    ("cumsum(x)[2] == 0.3", "x=[0.1,0.1,0.1]", "0", "1"),
    ("s = 0; n = 0; while s < x { s = s + 0.1; n = n + 1 }; n", "x=1", "11", "0"),
    ("s = 0; n = 0; while s < x { s = s + 0.25; n = n + 1 }; n", "x=1", "4", None),
    ("if x > 1 then floor(2.3*100) else 3", "x=0", "3", None),
    # where what is left of a difference is nothing
    ("sign(0.1 + 0.2 - 0.3)", "", "1", "0"),
    ("heaviside(x - 0.3, 0.5)", "x=0.3", "0.5", None),
    ("heaviside([0.1,0.2,0.3] + x - 0.3, 0.5)", "x=0.1", "[0, 1, 1]", "0.5"),
    ("0.1 + 0.2 - 0.3 > 0", "", "1", "0"),
    ("not (0.1 + 0.2 - 0.3)", "", "0", "1"),
    ("x and 0.1*3 - 0.3", "x=1", "1", "0"),
    ("if 0.1*3 - 0.3 then 1 else 2", "", "1", "2"),
    ("floor(0.3 - 0.1*3)", "", "-1", "0"),
    ("ceil(0.1 + 0.2 - 0.3)", "", "1", "0"),
    ("(0.3 - 0.1*3) % 1", "", "1", "0"),
    ("sign(x - 0.2)", "x=0.3", "1", None),
    ("s = x; while s > 0 { s = s - 0.1 }; s", "x=1", "-0.09999999999999987", "0"),
    # sums and norms that are as near as can be
    ("mean(x) == 0.2", "x=[0.1,0.2,0.3]", "0", "1"),
    ("norm([0.3,0.4]) == 0.5", "", "1", None),
    ("sum(x) == 1", "x=[0.2,0.5,0.3]", "1", None),
    # constants, and what is taken from a range
    ("sin(pi) == 0", "", "0", "1"),
    ("sign(sin(pi))", "", "1", "0"),
    ("cos(pi/2) > 0", "", "1", "0"),
    ("log(e) == 1", "", "1", None),
    ("sin(deg2rad(x)) == 0.5", "x=30", "0", "1"),
    ("rad2deg(pi/6) == 30", "", "0", "1"),
    ("linspace(0, 1, 11)[3] == 0.3", "", "0", "1"),
    ("linspace(0, 1, 11)[5] == 0.5", "", "1", None),
    ("median([0.1 + 0.2, 0.3, 0.5]) == 0.3", "", "0", "1"),
    ("softmax([1, 2])[0] == 0.5", "", "0", None),
    # an input of all digits stands for another number
    ("x % (2*pi)", "x=6.283185307179586", "0", None),
    ("2*x < 2*pi", "x=3.141592653589793", "0", None),
    ("floor(x*3)", "x=0.3333333333333333", "1", None),
    # what users write: bins, cents, angles, limits
    ("floor((x - lo)/w)", "x=0.6 lo=0.1 w=0.1", "5", None),
    ("floor((x - lo)/w)", "x=0.7 lo=0 w=0.1", "6", "7"),
    ("round(x*100)/100", "x=19.99", "19.99", None),
    ("(x + 180) % 360 - 180", "x=-190.5", "169.5", None),
    ("clip(x*0.1, 0, 0.3)", "x=3", "0.3", None),
    ("x*9/5 + 32 >= 98.6", "x=37", "1", None),
]


@pytest.mark.parametrize("text, x, computed, exact", STEPS)
def test_what_rounding_decides_is_told(text: str, x: str, computed: str, exact: str | None) -> None:
    result = cg("eval", text, *x.split(), "--strict")
    assert (result.status, result.out) == (0, computed + "\n")
    told = f", and {exact} without\n"
    assert ("warning: rounding decides" in result.err and told in result.err) if exact else result.err == ""


@pytest.mark.parametrize("text, x", [("3^40 % 10", ""), ("x^2 % 10", "x=123456789"), ("7^30 % 13", "")])
def test_remainders_of_what_no_double_holds_are_told(text: str, x: str) -> None:
    assert cg("eval", text, *x.split()).err.startswith("warning: rounding has left no digit of the result")


def test_gradients_tell_of_it_too() -> None:
    assert "rounding decides floor(2.3*100)" in cg("grad", "x*floor(2.3*100)", "x=2").err


@pytest.mark.parametrize("few", [True, False])
@pytest.mark.parametrize("text, told", [
    ("floor(x*100)", "floor(x*100): it is 229, and 230 without, in row 2"), ("floor(x)", None),
    ("x > 2.3", None),
    ("x*3 == 6.9", "x*3 == 6.9: it is 0, and 1 without, in row 2"),
])  # fmt: skip
def test_rows_tell_of_it_too(text: str, told: str | None, few: bool, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("x\n1\n2.3\n" + "2\n" * (0 if few else 2000))
    err = cg("eval", text, "--data", str(table)).err
    assert err.startswith(f"warning: rounding decides {told} of") if told else err == ""
