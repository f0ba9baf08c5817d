"""Where programs and values come from; warnings, assertions, lines."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.cg import CG, cg, executable
from tests.cli.commands import TEXTBOOK


@pytest.mark.parametrize("arguments", [["-2^2"], ["-5+1"], ["--", "-4"], ["-x", "x=4"], ["--x-8", "x=4"]])
def test_an_expression_may_begin_with_a_minus(arguments: list[str]) -> None:
    assert cg("eval", *arguments).out == "-4\n"
    assert cg("eval", "--digits", "3", *arguments).out == "-4\n"


@pytest.mark.parametrize("arguments", [["-", "x=3"], ["-f", "-", "x=3"], ["--file=-", "x=3"]])
def test_stdin(arguments: list[str]) -> None:
    assert cg("eval", *arguments, stdin="x^2\n").out == "9\n"


def test_no_expression_reads_stdin() -> None:
    assert cg("eval", stdin="a = 2\na^3").out == "8\n"


def test_a_lone_assignment_is_a_program_with_a_note() -> None:
    result = cg("eval", "x=3", stdin="x^2")
    assert result.out == "x = 3\n"
    assert result.err == "note: `x=3` is taken as the program; `cg eval - x=3` binds `x` and reads stdin\n"
    assert cg("eval", "x=y", "y=2", stdin="").err == ""


def test_a_note_about_stdin_needs_something_on_it() -> None:
    """In a script or a service, nothing is meant by a stdin that is no terminal."""
    assert executable("eval", "x=3", stdin="x^2").err.startswith("note: ")
    assert executable("eval", "x=3").err == ""
    for text in ("x=3 </dev/null", "x=3 <&-", "x=3 | cat", "'x = 3; x += 1' <README.md", "1 <README.md"):
        done = subprocess.run(["sh", "-c", f"'{CG}' eval {text}"], stdin=subprocess.PIPE, capture_output=True)
        assert done.stderr == b"", text


def test_files_see_the_names_of_earlier_ones(tmp_path: Path) -> None:
    (tmp_path / "a.cg").write_text("f(x) = x^2; k = 3")
    (tmp_path / "b.cg").write_bytes(b"\xef\xbb\xbff(k) + y\r\n")
    assert cg("eval", "-f", "a.cg", "-f", "b.cg", "y=1", cwd=tmp_path).out == "10\n"


@pytest.mark.parametrize(
    "name, text",
    [("v.json", '{"a": 2, "b": 1, "c": 0.5, "unused": 1e400}'), ("v.toml", "a = 2\nb = 1\nc = 0.5")],
)
def test_vars_and_their_precedence(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert cg("eval", TEXTBOOK, "--vars", name, cwd=tmp_path).out == "Y = 1.5\n"
    assert cg("eval", TEXTBOOK, "--vars", name, "a=5", cwd=tmp_path).out == "Y = 3\n"
    program = "input a = 100; input z = 7; a + z"
    assert cg("eval", program, "--vars", name, cwd=tmp_path).out == "9\n"


def test_values_are_closed_expressions() -> None:
    assert cg("eval", "x + y", "x=2*cos(0)", "y=-3^2").out == "-7\n"


def test_lines_go_on_after_a_bad_one() -> None:
    result = cg("eval", "--lines", "-", "x=2", stdin="1+1\n2+\n\nx^2\nsinn(1)\n1/0\n")
    assert result.status == 1
    assert result.out == "2\n4\ninf\n"
    assert "<stdin>:2:3" in result.err
    assert "<stdin>:5:1" in result.err
    assert "<stdin>:6:1" in result.err


def test_lines_are_answered_as_they_come() -> None:
    with subprocess.Popen([CG, "eval", "--lines"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for i in range(3):
            process.stdin.write(b"%d + 1\n" % i)
            process.stdin.flush()
            assert process.stdout.readline() == b"%d\n" % (i + 1)
        process.stdin.close()
    assert process.returncode == 0


def test_lines_in_csv_share_one_header() -> None:
    assert cg("eval", "--lines", "--format", "csv", stdin="1\n2\n").out == "output,value\n,1\n,2\n"


def test_lines_of_an_argument() -> None:
    assert cg("eval", "--lines", "1\n2\n3").out == "1\n2\n3\n"


def test_lines_of_comment_are_passed_over() -> None:
    text = "# a comment\n\n1 # and one\n  \t# another\n2\n"
    for arguments in (["-"], [text]):
        result = cg("eval", "--lines", *arguments, stdin=text)
        assert (result.status, result.out, result.err) == (0, "1\n2\n", "")


def test_strict_makes_a_warning_an_error() -> None:
    relaxed, strict = cg("eval", "log(x - 2)", "x=1"), cg("eval", "--strict", "log(x - 2)", "x=1")
    assert (relaxed.status, relaxed.out) == (0, "nan\n")
    assert relaxed.err.startswith("warning: log(x - 2) is nan at x - 2 = -1\n")
    assert (strict.status, strict.out) == (1, "")
    assert strict.err.startswith("error: log(x - 2) is nan at x - 2 = -1\n")


def test_the_warning_names_the_first_node() -> None:
    assert cg("eval", "a = 1/x; b = a - a; c = b + 1", "x=0").err.startswith("warning: 1/x is inf at x = 0\n")


@pytest.mark.parametrize(
    "text",
    [
        "if x > 0 then log(x) else 0",
        "where(x > 0, 1/(x + 1), 2)",
        "x > 0 and log(x) > 1",
        "x < 0 or log(x) > 1",
    ],
)
def test_no_warning_where_nothing_went_wrong(text: str) -> None:
    assert cg("eval", "--strict", text, "x=-1").err == ""


@pytest.mark.parametrize("text", ["inf - x", "1e400*x", "nan + x", "x*-inf"])
def test_strict_refuses_any_result_that_is_not_finite(text: str) -> None:
    assert cg("eval", text, "x=1").status == 0
    for command in ("eval", "grad"):
        result = cg(command, "--strict", text, "x=1")
        assert (result.status, result.out) == (1, "")


@pytest.mark.parametrize("text, told", [
    ("x <- 4; x^2", True), ("y = 1\n x <- 4", True), ("x < -4", False), ("x<-4", False), ("(x <- 4)", False),
    ("1 # x <- 4", False), ("if x <- 4 then 1 else 2", False),
])  # fmt: skip
def test_a_comparison_that_looks_like_an_assignment_is_told(text: str, told: bool) -> None:
    err = cg("eval", text, *(["x=3"] if text[0] != "1" else [])).err
    assert err.startswith("warning: `<-` is read as `< -`") if told else err == ""


@pytest.mark.parametrize("text, told", [
    ("2024-01-15", True), ("2*(2024-11-05)", True), ("2024-10-15", False), ("2024 - 01 - 15", False),
    ("12024-01-15", False), ("x - 2024-0.1-15", False),
])  # fmt: skip
def test_a_date_is_told_to_be_differences(text: str, told: bool) -> None:
    err = cg("eval", text, *(["x=3"] if text[0] == "x" else [])).err
    assert err.startswith("warning: this is read as differences, and not as a date") if told else err == ""


def test_infinity_that_was_put_in_is_no_warning() -> None:
    assert cg("eval", "1/x + y", "x=inf", "y=-inf").err == ""


def test_a_value_that_nothing_reads_is_warned_of_too() -> None:
    assert cg("eval", "a = log(-1); 3").err.startswith("warning: log(-1) is nan\n")


@pytest.mark.parametrize("text, told", [
    ("100 - 10% + 5", True), ("1000*1% - 2", True), ("x = 7; y = 5; x % -y", False), ("7 % +3", False),
    ("7 %-3", False), ("7 # 10% + 3", False), ("7% 4", False),
])  # fmt: skip
def test_a_remainder_that_looks_like_a_percentage_is_told(text: str, told: bool) -> None:
    err = cg("eval", text).err
    assert err.startswith("warning: `%` is the remainder") if told else err == ""


@pytest.mark.parametrize("text, told", [
    ("inf - inf", "inf - inf is nan"),
    ("x - y", "x - y is nan at x = inf, y = inf"),
    ("0*x + 1", "0*x is nan at x = inf"),
    ("sin(x)", "sin(x) is nan at x = inf"),
    ("softmax([-x, -x])", "softmax([-x, -x]) is nan at [0]"),
    ("var([y, 1])", "var([y, 1]) is nan"),
    ("[1, x] - [x, x]", "[1, x] - [x, x] is nan at [1]"),
    ("nan + x", None), ("max(x, 1) + exp(-y)", None), ("1/x", None), ("logsumexp([-x, -y])", None),
    ("where(0, x - y, 1)", None),
    ("s = y; for i in 1..3 { s = s - x }; s", "s - x is nan at s = inf, x = inf"),
    ("s = y; for i in 1..100000 { s = s - x }; s", "s - x is nan at s = inf, x = inf"),
    ("s = [y, 1]; while s[1] < 3 { s = s + 1 - [x, 0] }; s", "s + 1 - [x, 0] is nan at [0]"),
    ("s = [y, 1]; while s[1] < 3 { s = s + [x, 1] }; s", None),
    ("f(s, n) { if n < 1 { return s }; return f(s - x, n - 1) }; f(y, 3)", "s - x is nan at s = inf"),
    ("s = y; for i in 1..3 { s = s - x }; t = if s == s then s else 1; t", None),
])  # fmt: skip
def test_a_nan_of_what_is_infinite_is_a_warning(text: str, told: str | None) -> None:
    err = cg("eval", text, *[f"{name}=inf" for name in "xy" if name in text.replace("max", "")]).err
    assert err.startswith(f"warning: {told}") if told else err == ""


def test_a_derivative_that_is_not_finite_is_a_warning() -> None:
    result = cg("grad", "sqrt(x)", "x=0")
    assert result.out == "f = 0\ndf/dx = inf\n"
    assert result.err.startswith("warning: the derivative of sqrt(x) by x is inf at x = 0\n")
    assert cg("grad", "--strict", "sqrt(x)", "x=0").status == 1


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_a_derivative_that_a_factor_of_0_made_0_is_a_warning(mode: str) -> None:
    """The convention is not the limit here: the derivative of cbrt(x^3) is 1."""
    result = cg("grad", "cbrt(x^3)", "x=0", "--mode", mode)
    assert result.out == "f = 0\ndf/dx = 0\n"
    assert result.err.startswith("warning: the chain rule multiplies 0 by inf in ")
    for text in ("where(x > 0, sqrt(x), 0)", "if x > 0 then log(x) else x", "1/where(x > 1, log(x), 2)"):
        assert cg("grad", text, "x=0", "--mode", mode).err == ""


@pytest.mark.parametrize("command", [["trace"], ["graph", "--grad"]])
def test_pictures_warn_of_derivatives_as_grad_does(command: list[str]) -> None:
    infinite = cg(*command, "sqrt(x)", "x=0")
    assert infinite.err.startswith("warning: the derivative of sqrt(x) by x is inf at x = 0\n")
    assert cg(*command, "--strict", "sqrt(x)", "x=0").status == 1
    assert "multiplies 0 by inf" in cg(*command, "sqrt(x)*0", "x=0").err


def test_a_failed_assertion_stops_the_program() -> None:
    result = cg("eval", "y = x^2; assert y > 10; y", "x=3")
    assert (result.status, result.out) == (1, "")
    assert "the left side is 9, the right side 10" in result.err


@pytest.mark.parametrize(
    "text, x, verdict",
    [
        ("sin(x)^2 + x^3", "1", "ok"),
        ("x^2", "0", "ok"),
        ("3", "0", "ok"),
        ("exp(-1/x^2)", "1e-9", "ok"),
        ("abs(x)^1.5", "0", "ok"),
        ("sin(1e6*x)", "3.3", "ok"),
        ("tan(x)", "1.5707963", "ok"),
        ("1e-30*x^2 + 1", "3", "ok"),
        ("log(x)", "1e-300", "ok"),
        ("sqrt(x)", "1e-8", "ok"),
        ("asin(x)", "0.999999", "ok"),
        ("floor(x)", "2.5", "ok"),
        ("abs(x - 1)", "1.0001", "ok"),
        ("abs(x)", "1e-5", "ok"),
        ("abs(x)", "1e-9", "ok"),
        ("x - x", "5", "ok"),
        ("abs(x)", "0", "kink"),
        ("relu(x)", "0", "kink"),
        ("relu(x) + 1e8", "0", "kink"),
        ("max(x, -x, 3*x)", "0", "kink"),
        ("abs(x - 3)", "3", "kink"),
        ("floor(x)", "2", "jump"),
        ("x%1", "3", "jump"),
        ("if x > 0 then 1 else 2", "0", "jump"),
        ("sqrt(x)", "0", "unclear"),
        ("1/x", "0", "unclear"),
        ("sin(x)", "1e17", "unclear"),
    ],
)
def test_check_says_how_it_stands(text: str, x: str, verdict: str) -> None:
    result = cg("check", f"{text} + 0*x", f"x={x}")
    assert result.status == 0
    header, row = (line.split() for line in result.out.splitlines())
    numbers = ["reverse", "forward", "numeric", "off", "digits", "value_digits"]
    assert header == ["output", "by", *numbers, "verdict"]
    assert row[8] == verdict


def test_check_fails_where_they_disagree() -> None:
    result = cg("check", "cbrt(x^3)", "x=0")
    assert result.status == 1
    assert result.out.split()[-1] == "differs"
    assert result.err == "error: 1 of 1 derivatives disagree: df/dx\n"


RUMP = "333.75*y^6 + x^2*(11*x^2*y^2 - y^6 - 121*y^4 - 2) + 5.5*y^8 + x/(2*y)"


@pytest.mark.parametrize(
    "text, bound, lost",
    [
        ("(1 - cos(x))/x^2", ["x=1e-6"], "df/dx"),
        ("y = (1 - cos(x))/x^2; y*2", ["x=1e-6"], "df/dx"),
        (f"f = {RUMP}", ["x=77617", "y=33096"], "f"),
        (f"x = 77617; y = 33096; {RUMP}", [], "f"),
        ("sqrt(x^2 + 1) - x", ["x=1e9"], "f"),
        ("sum(x)", ["x=[1e16, 1, -1e16]"], "f"),
    ],
)
def test_check_fails_where_no_digit_is_left(text: str, bound: list[str], lost: str) -> None:
    result = cg("check", text, *bound)
    assert (result.status, result.err) == (1, f"error: rounding has left no digit of {lost}\n")
    verdicts = {line.split()[-1] for line in result.out.splitlines()[1:]}
    assert verdicts == ({"lost"} if bound else set())


@pytest.mark.parametrize(
    "text, bound",
    [
        ("sin(x)^2 + cos(x)^2", "x=1"),  # the derivative is 0, up to rounding
        ("sum(softmax(x))", "x=[1, 2, 3.3]"),
        ("sin(x)", "x=0"),
        ("exp(-x^2)", "x=40"),
        ("x - x", "x=0.3"),
    ],
)
def test_check_passes_where_there_is_nothing_to_lose(text: str, bound: str) -> None:
    assert cg("check", text, bound).status == 0


def test_check_says_unknown_digits() -> None:
    assert json.loads(cg("check", "--format", "json", "sqrt(x)", "x=0").out)["digits"] is None
    assert cg("check", "sqrt(x)", "x=0").out.split()[-3] == "?"


def test_check_is_exact_to_many_digits() -> None:
    result = cg("check", "--format", "json", "--digits", "17", "exp(sin(x))/x + x^5", "x=1.3")
    row = json.loads(result.out)
    assert row["numeric"] == pytest.approx(row["reverse"], rel=1e-9)


def test_check_near_the_edge_of_a_domain() -> None:
    assert cg("check", "log(x) + sqrt(y) + asin(z)", "x=1e-6", "y=1e-8", "z=0.999999").status == 0
