"""`cg debug`: sessions, as they are typed, and what is shown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cg import ROOT, Result, cg, executable
from tests.cli.commands import AT, TEXTBOOK
from tests.control.table import PROGRAMS
from tests.cost import lines_run

NEWTON = """\
x = a
n = 0
while abs(x^2 - a) > 1e-12 {
  x = (x + a/x)/2
  n += 1
}
x
"""

FACTORIAL = """\
fact(n) {
  if n < 2 { return 1 }
  r = fact(n - 1)
  return n*r
}
y = fact(x)
z = log(y - 6)
y
"""

LOOPS = """\
s = 0
for i in 1..3 {
  for k in 1..2 {
    s += i*k
  }
  t = s
}
s
"""


def session(program: str, words: str, *arguments: str) -> Result:
    """Words as they are typed, and `quit`."""
    return cg("debug", program, *arguments, stdin=words.replace("; ", "\n") + "\nq\n")


def steps(result: Result) -> list[int]:
    """The numbers in the prompts."""
    found = re.findall(r"^\((\d+)\)", result.out, re.M)
    return [int(step) for step in found]


def answers(result: Result) -> list[str]:
    """What was shown that is no prompt."""
    return [line for line in result.out.splitlines() if not re.match(r"\(\d+\)", line)]


def test_a_straight_line() -> None:
    result = executable("debug", TEXTBOOK, *AT, stdin="n\nnext\np d*10\ngrad\nc\nd Y\nq\n")
    assert (result.status, result.err) == (0, "")
    assert result.out == (
        "1 | d = a + b; e = b - c; Y = d * e\n"
        "  | ^^^^^^^^^\n"
        "(1) n\n"
        "  d = 3\n"
        "1 | d = a + b; e = b - c; Y = d * e\n"
        "  |            ^^^^^^^^^\n"
        "(2) next\n"
        "  e = 0.5\n"
        "1 | d = a + b; e = b - c; Y = d * e\n"
        "  |                       ^^^^^^^^^\n"
        "(3) p d*10\n"
        "30\n"
        "(3) grad\n"
        "e = 0.5\n"
        "de/da = 0\n"
        "de/db = 1\n"
        "de/dc = -1\n"
        "(3) c\n"
        "end of the program\n"
        "  Y = 1.5\n"
        "(4) d Y\n"
        "Y = 1.5\n"
        "dY/da = 0.5\n"
        "dY/db = 3.5\n"
        "dY/dc = -3\n"
        "(4) q\n"
    )


def test_blocks_are_run_and_gone_into() -> None:
    """`next` runs a loop, `step` goes into it, `finish` out of the innermost block."""
    assert steps(session(LOOPS, "n; n; n")) == [1, 2, 15, 16]
    assert steps(session(LOOPS, "s; s; s; f; s; s; f; f")) == [1, 2, 3, 4, 6, 7, 8, 10, 15]
    assert answers(session(LOOPS, "g 4; vars"))[-3:] == ["  s = 0", "  i = 1", "  k = 1"]
    assert steps(session(NEWTON, "n; n; n; n", "a=2")) == [1, 2, 3, 19, 20]
    assert steps(session(NEWTON, "g 3; s; s; s; n; n; n; f", "a=2")) == [1, 3, 4, 5, 6, 7, 8, 9, 19]
    branches = "s = 0\nif x > 1 { s = 1 } else if x > 0 { s = 2 }\ns"
    assert steps(session(branches, "n; n", "x=0.5")) == [1, 2, 5]
    assert steps(session(branches, "n; s; s; s", "x=0.5")) == [1, 2, 3, 4, 5]


def test_functions_are_called_and_gone_into() -> None:
    result = session(FACTORIAL, "s; s; s; l; f; vars; f; p y", "x=3")
    assert steps(result) == [1, 2, 3, 4, 4, 9, 9, 10, 10]
    shown = result.out
    assert "in fact, called at 6:5\n  n = 3\n2 |   if n < 2 { return 1 }\n  |   ^^^^^^^^\n" in shown
    assert "in fact, called at 3:7\nin fact, called at 6:5\n" in shown
    assert "  n = 3\n  r = 2\nin the program\n  x = 3\n" in shown
    assert "in the program\n  y = 6\n7 | z = log(y - 6)\n(10) p y\n6\n" in shown
    assert steps(session(FACTORIAL, "n; c", "x=3")) == [1, 10, 12]


def test_time_travel() -> None:
    """Every step has the same names, from whichever side it is come to."""
    words = [f"g {step}; vars" for step in range(1, 17)]
    onward, backward = session(LOOPS, "; ".join(words)), session(LOOPS, "; ".join(words[::-1]))
    shown = [{part for part in result.out.split("\n(") if ") vars" in part} for result in (onward, backward)]
    assert shown[0] == shown[1]
    assert len(shown[0]) == 16


def test_back_undoes_next() -> None:
    there = "s; s; n; s; n; n"
    assert steps(session(LOOPS, there)) == [1, 2, 3, 6, 7, 10, 11]
    assert steps(session(LOOPS, there + "; back" * 6))[6:] == [11, 10, 7, 6, 3, 2, 1]
    # where nobody has come from there, to what stands before in the same block
    assert steps(session(LOOPS, "g 15; r; r; r")) == [1, 15, 2, 1, 1]
    assert steps(session(FACTORIAL, "c; r 2; r", "x=3")) == [1, 12, 10, 1]
    assert steps(session(LOOPS, "n 2; r 2; n 99; r; r 99")) == [1, 15, 1, 16, 15, 1]


def test_breakpoints() -> None:
    result = session(LOOPS, "b 4; c; c; b 4 if i == 3 and k > 1; c; b; clear 4; c; b")
    assert steps(result) == [1, 1, 4, 5, 5, 13, 13, 13, 16, 16]
    assert "stops before line 4 if i == 3 and k > 1\n" in result.out
    assert result.out.endswith("no breakpoints\n(16) q\n")
    assert steps(session(FACTORIAL, "b 4; n; f", "x=3")) == [1, 1, 8, 9]
    assert "> 1 | s = 0" in session(LOOPS, "b 4; l").out
    assert " *4 |     s += i*k" in session(LOOPS, "b 4; l").out
    # a line without a statement is the next that has one; that of a function is met where it is called
    assert "stops before line 2\n" in session(FACTORIAL, "b 1", "x=3").out
    assert steps(session("f(x) = x^2\ny = f(2) + f(3)", "b 1; c; c; c")) == [1, 1, 2, 3, 4]


def test_breakpoints_of_several_files(tmp_path: Path) -> None:
    for name, text in (("a.cg", "a = 1\nb = 2\n"), ("b.cg", "c = a + b\nd = c^2\n")):
        (tmp_path / name).write_text(text)
    result = cg("debug", "-f", "a.cg", "-f", "b.cg", stdin="b 2\nb b.cg:2\nb\nc\nc\n", cwd=tmp_path)
    assert steps(result) == [1, 1, 1, 1, 2]
    assert "a.cg:2\nb.cg:2\n" in result.out
    assert result.out.endswith("b.cg:\n2 | d = c^2\n")


def test_until() -> None:
    assert steps(session(NEWTON, "u x < 1.42; u n == 3; u x > 5", "a=2")) == [1, 8, 12, 20]
    # nothing is true of a name that has no value yet
    assert steps(session(LOOPS, "u t == 3; p k")) == [1, 7, 7]
    assert steps(session(FACTORIAL, "u r == 2", "x=3")) == [1, 9]


@pytest.mark.parametrize(
    "expression, value",
    [
        ("s + t", "12"),
        ("v", "[1, 4, 9]"),
        ("v[1:]*2", "[8, 18]"),
        ("sum(k^2 for k in 1..s)", "91"),
        ("[one for one in v if one > 2]", "[4, 9]"),
        ("(if s > 5 then t else v[9])", "6"),
        ("double(s) + a", "12.5"),
        ("xs", "list(1, [2, 3], record(left=1))"),
        ("xs[2].left + len(xs)", "4"),
        ("e", "2.718281828459045"),
        ("diff(q, a)", "1"),
        ("norm(v @ v)", "98"),
        ("a == 0.5 and s == 6", "1"),
    ],
)
def test_expressions(expression: str, value: str) -> None:
    program = (
        "s = 0; for i in 1..3 { s += i }; t = s; v = [1, 4, 9]; double(x) = 2*x; q = a^2\n"
        "xs = list(1, [2, 3], record(left=1)); s + a"
    )
    result = session(program, f"c; p {expression}", "a=0.5")
    assert (result.err, answers(result)[-1]) == ("", value)


def test_names_of_a_function_come_first() -> None:
    program = "g(x) = x + e\nf(x) {\n  e = 10*x\n  return g(e)\n}\ne = 1\ny = f(2)\ny"
    result = session(program, "b 4; c; p e; p g(0); p y")
    assert answers(result)[-2:] == ["20", "1"]
    assert "`y` has no value here" in result.err


@pytest.mark.parametrize("name", PROGRAMS)
def test_derivatives_at_the_end(name: str) -> None:
    program, inputs, _ = PROGRAMS[name]
    bound = [f"{name}={value!r}" for name, value in inputs.items()]
    wanted = cg("grad", program, *bound)
    label = wanted.out.split(" = ")[0]
    result = session(program, f"c; grad {label}; bad; why {label}; graph", *bound)
    assert result.status == 0
    lines = wanted.out.splitlines()
    place = next(at for at, line in enumerate(result.out.splitlines()) if line.endswith(f"grad {label}")) + 1
    for line, right in zip(result.out.splitlines()[place:], lines):  # sums may be rounded in another order
        found, (name, _, value) = line.partition(" = "), right.partition(" = ")
        assert found[0] == name
        assert float(found[2]) == pytest.approx(float(value), rel=1e-14, abs=0)


def test_derivatives_on_the_way() -> None:
    """Of what has been set last in the call that is running, as far as it has run."""
    result = session(FACTORIAL, "u n == 2; f; d; d n; f; d", "x=3")
    wanted = ["r = 2", "dr/dx = 1", "n = 3", "dn/dx = 1", "y = 6", "dy/dx = 5"]
    assert [line for line in answers(result) if re.match(r"(d?[nry](/dx)?) =", line)] == wanted
    elements = "v = [a, 2*a]; v[0] = a^2; s = sum(v)\ns"
    assert answers(session(elements, "c; d s", "a=3"))[-2:] == ["s = 15", "ds/da = 8"]
    assert "only a number has a gradient" in session("v = [a, 2*a]", "c; d", "a=3").err


def test_why() -> None:
    program = "x = a\nfor i in 1..2 {\n  x = x*sin(x)\n}\ny = 2*x"
    assert answers(session(program, "c; why y", "a=1", "--digits", "3"))[-6:] == [
        "  1:5     a = 1  dy/da = 3.61",
        "  3:9     v2 = sin(a) = 0.841  dy/dv2 = 2.61",
        "  3:7     v3 (x) = a*v2 = 0.841  dy/dv3 = 2.61",
        "  3:9     v4 = sin(v3) = 0.746  dy/dv4 = 1.68",
        "  3:7     x = v3*v4 = 0.627  dy/dx = 2",
        "  5:5     y = 2*x = 1.25  dy/dy = 1",
    ]
    long = session("s = x; for i in 1..99 { s = sin(s) }; s", "c; why s", "x=1")
    assert answers(long)[4] == "  ... others before these, which are numbers here"
    assert len(answers(long)) == 45
    assert answers(long)[6].startswith("  1:29    v2 (s) = sin(v1) = ")
    # inputs that what is left out was made of, too
    shared = answers(session("s = 0; for i in 1..50 { s = s + x*i }; s", "c; why s", "x=1"))
    assert "  1:33    x = 1" in shared
    assert shared[-1].endswith(" = 1275  ds/ds = 1")


def test_lines_fit_a_terminal() -> None:
    program = "A = zeros([99, 99]); A[0, 0] = a/3; B = A + 1/7; s = sum(B); s"
    result = session(program, "n; n; n; n; vars; why s; l; help", "a=1")
    assert max(map(len, result.out.splitlines())) <= 80
    assert result.out.isascii()


def test_graph() -> None:
    result = session(TEXTBOOK, "n; n; graph; graph d", *AT)
    d = "d: + = 3\n├── a = 2\n└── b = 1\n"
    assert f") graph\n{d}e: - = 0.5\n├── b = 1\n└── c = 0.5\n(3) graph d\n{d}(3) q\n" in result.out
    plain = executable("debug", "y = x^2", "x=3", stdin="c\ngraph\n", env={"PYTHONIOENCODING": "ascii"})
    assert plain.out.endswith("y: ^ = 9\n+-- x = 3\n`-- 2\n")


def test_where_the_first_nan_arose() -> None:
    program = "s = 1\nfor i in 1..5 {\n  s = s + log(3 - i)\n}\ns"
    result = session(program, "c; bad; p i; n; c; d s")
    assert result.err.count("warning: log(3 - i) is -inf at 3 - i = 0") == 1
    assert steps(result) == [1, 9, 5, 5, 6, 9, 9]
    assert "(9) bad\n  log(3 - i) is -inf at 3 - i = 0\n" in result.out
    assert steps(session(program, "bad; bad")) == [1, 5, 5]
    assert answers(session("y = x + 1\ny", "bad; c", "x=2"))[1] == "no value has become nan or infinite"
    assert "`x` was so before" in session("y = x + 1\ny", "bad", "x=nan").out
    derived = session("g = diff(a^3, a)\nx = 1/(g - 12)\ny = g\ny", "bad; c; bad", "a=2")
    assert steps(derived) == [1, 2, 5, 2]


@pytest.mark.parametrize("words", ["next {}", "step {}", "step 200; back {}", "c; back {}"])
def test_a_count_that_is_too_large_costs_no_more_than_the_program_has(words: str) -> None:
    program = "s = 0; for i in 1..100 { s += i }; s"
    found = [
        lines_run(lambda count=count: session(program, words.format(count)))  # type: ignore[misc]
        for count in (300, 10**14)
    ]
    assert found[1] < found[0] + 1000


def test_what_is_printed_comes_once() -> None:
    program = 'for i in 1..2 {\n  print("turn", i)\n}\ni'
    assert cg("debug", program, stdin="c\ng 1\nc\ng 2\nn\nr\n").err == (
        "<expr>:2:3: turn 1\n<expr>:2:3: turn 2\n"
    )


@pytest.mark.parametrize(
    "words, message",
    [
        ("foo", "error: unknown word `foo`\n  = `help` lists the words\n"),
        ("contineu", "did you mean `continue`?"),
        ("x", "for its value: print x"),
        ("x + 1", "for its value: print x + 1"),
        ("print", "`print` takes EXPR"),
        ("print (x", "`(` was never closed"),
        ("print x = 2", "an expression is needed here"),
        ("print x; ", "`x` has no value here\n --> <print>:1:1"),
        ("print y0", "the program has no name `y0`"),
        ("print sinn(a)", "did you mean `sin`?"),
        ("print a[0]", "--> <print>:1:1"),
        ("until", "`until` takes EXPR"),
        ("until [a, a]", "a condition is a number, and this is an array"),
        ("until record(a=1)", "this is a record: take one of its fields"),
        ("until list(1, [2])", "its items make no array"),
        ("until zz > 1", "the program has no name `zz`"),
        ("break 99", "there is no line 99: the program has 7"),
        ("break 0", "there is no line 0"),
        ("break x", "`x` is no line"),
        ("break other.cg:1", "`other.cg` is no file of the program"),
        ("break 3 when x", "`break` takes LINE, or LINE if EXPR"),
        ("break 3 if", "takes an expression"),
        ("break 3 if (x", "`(` was never closed"),
        ("clear 3", "no breakpoint is at line 3"),
        ("goto", "`goto` takes N"),
        ("goto 0", "from 1 on, and not `0`"),
        ("goto x", "from 1 on, and not `x`"),
        ("back", "this is the first statement"),
        ("finish", "in no block or function"),
        ("next x", "a whole number from 1 on, and not `x`"),
        ("next 0", "a whole number from 1 on"),
        ("quit now", "`quit` stands alone"),
        ("grad", "nothing has been set yet"),
        ("grad x", "`x` has no value here"),
        ("grad zz", "the program has no name `zz`"),
        ("why", "`why` takes NAME"),
        ("why a b", "a name is needed here"),
        ("c; next", "the program has ended"),
        ("(", "unknown word `(`"),
        ("\x00", "unknown word"),
    ],
)
def test_errors(words: str, message: str) -> None:
    """Each is told, and the session goes on where it was."""
    result = session(NEWTON, f"{words}; p a*100", "a=2")
    assert message in result.err
    assert result.status == 0
    assert answers(result)[-1] == "200"


def test_errors_that_end_the_program() -> None:
    """Told where they arise; the session stays before that statement, and its status is the error's."""
    result = session("x = 2\nassert x > 3\nx", "c; p x; r")
    assert "assertion failed: x > 3" in result.err
    assert (steps(result), result.status) == ([1, 2, 2, 1], 1)
    result = session("v = [1, 2]\nfor i in 0..5 {\n  s = v[i]\n}\ns", "n; n; p i; n")
    assert result.err.count("3:9") == 2
    assert (steps(result), result.status) == ([1, 2, 5, 5, 5], 3)
    assert steps(session("x = 2", "c; r; q")) == [1, 2, 1]


def test_before_there_is_a_session() -> None:
    assert session("x = (", "c").status == 3
    assert "has no value" in session("x + y", "c", "x=1").err
    assert "`A` is declared [3]" in session("input A: [3]; sum(A)", "c", "A=[1, 2]").err
    for arguments in ([], ["-"], ["-f", "-"], ["x", "--vars", "-"]):
        result = cg("debug", *arguments, stdin="c\n")
        assert (result.status, result.out) == (2, "")
        assert "reads what to do from stdin" in result.err or "once only" in result.err
    assert session("x", "c", "x=1", "y=2").status == 2


def test_lists_and_records_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "in.json").write_text('{"words": [[1, 2], [3]], "t": {"left": 2, "value": 3}}')
    program = "s = t.value*a; for w in words { s += len(w) }; s"
    result = cg("debug", program, "--vars", "in.json", "a=2", stdin="c\np t\nd\nbad\nwhy s\n", cwd=tmp_path)
    assert result.err == ""
    assert "(6) p t\nrecord(left=2, value=3)\n(6) d\nf = 9\ndf/da = 3\n" in result.out


def test_comments_and_empty_lines_do_nothing() -> None:
    assert steps(session(NEWTON, "# a comment\n\n  n  \n", "a=2")) == [1, 1, 1, 2, 2]


EXAMPLES = sorted((ROOT / "examples").glob("*.cg"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_programs_of_the_folder(path: Path) -> None:
    """They end as `cg eval` does, and can be gone back to the start."""
    wanted = cg("eval", "-f", str(path), "--digits", "6", cwd=ROOT)
    result = cg("debug", "-f", str(path), "--digits", "6", stdin="c\ng 1\nn\nr\nc\nvars\n", cwd=ROOT)
    assert result.status == wanted.status
    if wanted.status == 0 and "[" not in wanted.out and len(wanted.out) < 60:
        assert wanted.out.split(" = ")[-1].strip() in result.out


@pytest.mark.parametrize("text", ["", "# x", "f(x) = x"])
def test_what_has_nothing_to_do_is_told(text: str) -> None:
    done = cg("debug", text)
    assert (done.status, "the program " in done.err) == (3, True)
