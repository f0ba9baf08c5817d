"""What is written as elsewhere (in other languages, spreadsheets, LaTeX, on paper) is an error that says how
it is written here. Each row is a text, and a part of the hint."""

from __future__ import annotations

import pytest

from tests.cg import cg

PROGRAMS = {
    # spreadsheets
    "=1+2": "an expression alone is an output",
    "=SUM(1, 2)": "an expression alone is an output",
    "IF(1 > 2, 3, 4)": "`where`",
    "AVERAGE(1, 2)": "`mean`",
    "STDEV([1, 2])": "std(x, ddof=1)",
    "STDEVP([1, 2])": "`std`",
    "VAR([1, 2])": "var(x, ddof=1)",
    "fmod(-5, 3)": "x - y*trunc(x/y)",
    "remainder(5, 3)": "x - y*round(x/y)",
    "INT(-2.5)": "floor(x)",
    "LOG(100)": "log10(x)",
    "ATAN2(1, 2)": "atan2(y, x)",
    "SQR(2)": "sqrt(x)",
    "percentile([1, 2], 50)": "0.5 for 50 percent",
    "frac(2.5)": "x - trunc(x)",
    "quot(5, 3)": "x // y rounds down",
    "POWER(2, 3)": "`x^y`",
    "PI()": "it is a constant, and has no brackets: pi",
    "TRUE": "`1`",
    "5%": "5/100",
    "50% * 20": "remainder",
    "5 choose 2": "`binomial(x, y)`",
    "A = eye(2); A[..., 0]": "`A[:, 0]`",
    "A = eye(2); A[0..1]": "`x[1:3]`",
    "SUM(1;2)": "arguments are separated by `,`",
    # Python
    "lambda x: x^2": "f(x) = x^2",
    "import math": "nothing is imported",
    "from math import *": "nothing is imported",
    "np.linspace(0, 1, 5)": "`linspace(...)`",
    "1 if x > 0 else 2": "if c then a else b",
    "ones((2, 2))": "a vector `[1, 2]`",
    "(x^2, y)": "a vector `[1, 2]`",
    "a=1 b=2": "statements are separated by `;`",
    "x, y": "statements are separated by `;`",
    "arange(5)": "`range`",
    "round(pi, 2)": "round(100*x)/100",
    "~x": "the opposite of a condition is `not`",
    "None": "`nan`",
    "x = x + 1": "x = 0, or input x",
    "x += 1": "x = 0, or input x",
    "for i in 1..3 { s += i }; s": "s = 0, or input s",
    "for k in range(10): s += k": "for i in 1..10 { ... }",
    "while x < 10 do x = 1": "while x > 1 { ... }",
    '"abc"': 'print("abc")',
    "'x^2'": "leave out these quotes",
    "“x”": '`"`',
    "rank(x)": "`cg ops` lists the functions",
    # MATLAB and Octave
    "A\\b": "solve(A, b)",
    "x = [1, 2]; x[end]": "x[-1]",
    "roots([1, -3, 2])": "--between x=-10:10 --all",
    "step(1)": "`heaviside`",
    "A \\ b": "solve(A, b)",
    "[1 2 3]": "elements are separated by `,`",
    "1:5": "range(1, 6)",
    "x{1}": "x[i]",
    "A'": "`.T`",
    "eig([[1, 0], [0, 1]])": "`eigvalsh`",
    "sind(30)": "sin(deg2rad(x))",
    "%pi": "names stand without it",
    # R
    "x <- 3": "a value is given by x = ...",
    "c(1, 2, 3)": "[1, 2, 3]",
    "c(1)": "to multiply, write `*`",
    "sd([1, 2])": "`std`",
    "x |> mean": "`f(x)`",
    "cor(x, y)": "cov([x, y])",
    "qnorm(0.975)": "sqrt(2)*erfinv(2*p - 1)",
    # SQL
    "x between 1 and 3": "1 <= x <= 3",
    "coalesce(x, 0)": "where(x == x, x, 0)",
    "pnorm(1)": "`norm_cdf`",
    "normcdf(1)": "`norm_cdf`",
    "normpdf(1)": "`norm_pdf`",
    # Wolfram's language and other systems
    "Sin[x]": "round brackets: sin(...)",
    "D[x^2, x]": "round brackets: diff(...)",
    "D(x^2, x)": "diff(f, x)",
    "{1, 2, 3}": "[1, 2, 3]",
    "f = x -> x^2": "f(x) = x^2",
    "derivative(x^2, x)": "`diff`",
    "gradient(x^2, x)": "`grad`",
    "integrate(x, 0, 1)": "no integrals",
    "limit(x)": "no limits",
    "sum(i, i=1..10)": "sum(i^2 for i in 1..5)",
    "log(8, base=2)": "log(x) or log(x, y)",
    "atan(1, 2)": "atan2(y, x)",
    # calculators and paper
    "sin(30deg)": "deg2rad(30)",
    "30 deg": "deg2rad(30)",
    "C(5, 2)": "binomial(5, 2)",
    "2 + 3i": "numbers are real",
    "3 ± 1": "x + y; x - y",
    "dy/dx": "diff(x^2, x)",
    "d/dx x^2": "diff(x^2, x)",
    "d/dx(x^2)": "diff(x^2, x)",
    "x^2 where x=3": "cg eval 'x^2' x=3",
    "x^2 at x=3": "cg eval 'x^2' x=3",
    "E": "Euler's number is `e`",
    "Infinity": "`inf`",
    "2πr": "a product has its sign: π*r",
    "e^iπ": "i*π",
    "sinx": "a function has brackets: sin(x)",
    "1 + ln2": "ln(2)",
    "cos2x": "cos(2x)",
    "// half of it": "a comment begins with `#`",
    "Ans + 1": "answers are not kept",
    # loops and lists
    "i = 0; do { i += 1 } while i < 3": "while 1 { ... if x > 3 { break } }",
    "i = 0; until i > 3 { i += 1 }": "while not (x > 3) { ... }",
    "loop { break }": "while 1 { ... }",
    "repeat 3 { y = 1 }": "for i in 1..3 { ... }",
    "switch x { case 1: y = 2 }": "else if x == 2",
    "foreach v in [1, 2] { print(v) }": "for x in xs { ... }",
    "try { y = 1 } catch { y = 2 }": "if x > 0 { ... }",
    "[i*j for i in 1..3 for j in 1..2]": "[[i*j for j in 1..2] for i in 1..3]",
    "xs = list(1, 2); pop(xs)": "xs[:-1]",
    "xs = [1, 2]; any(v > 1 for v in xs)": "max(x > 0 for x in xs)",
    "xs = [1, 2]; for i in enumerate(xs) { print(i) }\n1": "range(len(xs))",
    "reversed([1, 2])": "`flip`",
    "n = 0; f(x) { n += 1; return x }\nf(2)": "has to be an argument",
    "∂x": "diff(f, x)",
    "∇x": "grad(f, x)",
    "∫ x dx": "no integrals",
    "5 • 2": "`*`",
    "x⁻¹": "`^-1`",
    "x = $5": "names and amounts stand without it",
    # LaTeX
    "\\frac{1}{2}": "`(a)/(b)`",
    "\\sin(x)": "`sin`",
    "\\pi": "`pi`",
    "2 \\cdot 3": "`*`",
    "\\int x": "no integrals",
}


@pytest.mark.parametrize("text", PROGRAMS)
def test_programs(text: str) -> None:
    answer = cg("eval", text)
    assert answer.out == ""
    assert answer.status == 3
    assert PROGRAMS[text] in answer.err.splitlines()[-1]


BINDINGS = {
    "x=1,2,3": "x=[1,2,3]",
    "x=1,5": "a decimal point is written `.`",
    "x=1:3": "--over x=1:3",
    "x=data.csv": "x=@data.csv",
    "x=data.csv:mass": "x=@data.csv:mass",
    "x=x*2": "x2 = x*2",
    "x=2*y": "x = 2*y",
    "x=?": "x=1",
    "x=true": "x=1",
    "x=abc": "x=3",
    'x="3"': "x=3",
    "x=2,000": "2_000",
}


@pytest.mark.parametrize("binding", BINDINGS)
def test_bindings(binding: str) -> None:
    answer = cg("eval", "x^2", binding)
    assert (answer.out, answer.status) == ("", 2)
    assert BINDINGS[binding] in answer.err.splitlines()[-1]


LINES = {
    "grad x^2 x 3": "write x=3",
    "grad x^2 x:3": "write x=3",
    "eval y=mx+b m=1 x=2 b=3": "`mx` is one name",
    "grad x^2 x = 3": "write x=3",
    "grad x*y x=1 y 3": "write y=3",
    "grad x*y x =3 y=1": "write x=3",
    "grad x^2 x= 3": "write x=3",
    "eval examples/textbook.cg": "-f examples/textbook.cg",
    "grad x^2 -x 3": "`cg grad --help`",
    "eval 1 + 1": "cg eval '1 + 1'",
    "eval x^2 - 1 x=3": "cg eval 'x^2 - 1'",
    "diff x^2 x": "--wrt x",
    "eval x data.csv": "--data data.csv",
    "grad": "no expression is given, and stdin has none",
    "eval --data examples/people.csv": "no expression is given, and stdin has none",
    "eval mass --sort mass": "| sort",
    "eval mass --input people.csv": "`--data FILE`",
    "eval mass --filter mass>2": "`--where EXPR`",
    "eval mass --output p.csv": "`--out FILE`",
    "eval pi --precision 3": "`--digits N`",
    "eval pi --json": "`--format json`",
    "graph pi --json": "`--style json`",
    "graph pi --format list": "`--style`",
    "graph pi --to dot": "`--style`",
    "graph pi --plain": "`--style ascii`",
    "graph pi --style svg": "| dot -Tsvg",
    "graph pi --no-color": "`--color never`",
    "grad x^2 --at x=3": "x=3",
    "grad x^2 --mode reversed": "`reverse`",
    "export --to tex x": "`latex`",
    "fit y~a*x --p0 1": "`cg fit --help`",
    "fit y~a*x --init 1": "x=3",
    "train x --lr 3": "`--rate EXPR`",
    "train x --max-iter 3": "`--max-steps N`",
    "minimize x --subject-to x>2": "`--st EXPR`",
    "help": "`cg --help`",
    "version": "`cg --version`",
    "-V": "`--version`",
    "--plain eval 1": "behind a command",
    "-x^2": "cg eval '-x^2'",
    "2*3": "cg eval '2*3'",
    "derivative x^2": "`cg diff`",
    "gradeint x^2": "`cg grad`",
    "maximize x": "cg minimize '-(...)'",
    "plot x": "`cg graph`",
    "eval x --vars x=3": "cg eval 'x^2' x=3",
    'eval x --vars {"x":3}': "cg eval 'x^2' x=3",
    "ops plus": "`+`",
    "ops sin(x)": "`sin`",
    "ops arcsin": "`asin`",
}


@pytest.mark.parametrize("line", LINES)
def test_command_lines(line: str) -> None:
    answer = cg(*line.split(" "))
    assert answer.out == ""
    assert answer.status in (2, 3)
    assert LINES[line] in answer.err.splitlines()[-1]


NAMED = {
    "exp(-t/tau)": "tau", "tau^2*t": "tau", "e*t + 1": "e", "t + 2*e^2; e + t": "e", "e^t": "",
    "t*e^-t + pi": "", "input tau; exp(-t/tau)": "", "e = t^2; e + 1": "",
}  # fmt: skip


@pytest.mark.parametrize("text", NAMED)
def test_constants_that_may_be_names(text: str) -> None:
    name, answer = NAMED[text], cg("diff", text)
    assert answer.status == 0
    assert answer.err.startswith(f"note: `{name}` is the constant" if name else "")
    assert bool(answer.err) == bool(name)
    assert not cg("diff", text, "--wrt", "t").err


def test_what_is_written_so_here() -> None:
    """What looks like another notation, and is none where the names have values."""
    for text, value in {
        "i = 2; 3i": "6", "deg = 3; 2deg": "6", "dx = 4; d = 8; d/dx": "2", "Sin = [5]; Sin[0]": "5",
        "E = 7; E": "7", "c = 3; c*(2)": "6", "where(1, 2, 3)": "2", "ans = 5; ans + 1": "6",
        "c(x, y) = x*y; c(2, 3)": "6", "at = 4; 2*at": "8",
    }.items():  # fmt: skip
        assert cg("eval", text).out == f"{value}\n"
