"""The commands, through the real executable: formats, options, stdin, exit statuses."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import signal
import subprocess
from pathlib import Path

import pytest

from tests.cg import CG, cg

TEXTBOOK = "d = a + b; e = b - c; Y = d * e"
AT = ("a=2", "b=1", "c=0.5")


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


def test_infinity_that_was_put_in_is_no_warning() -> None:
    assert cg("eval", "1/x + y", "x=inf", "y=-inf").err == ""


def test_a_value_that_nothing_reads_is_warned_of_too() -> None:
    assert cg("eval", "a = log(-1); 3").err.startswith("warning: log(-1) is nan\n")


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
    assert header == ["output", "by", "reverse", "forward", "numeric", "off", "verdict"]
    assert row[6] == verdict


def test_check_fails_where_they_disagree() -> None:
    result = cg("check", "cbrt(x^3)", "x=0")
    assert result.status == 1
    assert result.out.split()[-1] == "differs"
    assert result.err == "error: 1 of 1 derivatives disagree: df/dx\n"


def test_check_is_exact_to_many_digits() -> None:
    result = cg("check", "--format", "json", "--digits", "17", "exp(sin(x))/x + x^5", "x=1.3")
    row = json.loads(result.out)
    assert row["numeric"] == pytest.approx(row["reverse"], rel=1e-9)


def test_check_near_the_edge_of_a_domain() -> None:
    assert cg("check", "log(x) + sqrt(y) + asin(z)", "x=1e-6", "y=1e-8", "z=0.999999").status == 0


def test_graph_styles() -> None:
    tree = cg("graph", TEXTBOOK, *AT)
    assert tree.out == (
        "Y: * = 1.5\n├── d: + = 3\n│   ├── a = 2\n│   └── b = 1\n"
        "└── e: - = 0.5\n    ├── b = 1\n    └── c = 0.5\n"
    )
    ascii_tree = cg("graph", TEXTBOOK, "--style", "ascii")
    assert ascii_tree.out == "Y: *\n+-- d: +\n|   +-- a\n|   `-- b\n`-- e: -\n    +-- b\n    `-- c\n"
    assert "n1 -> n3;" in cg("graph", "a + b", "--style", "dot").out
    assert "n1 --> n3" in cg("graph", "a + b", "--style", "mermaid").out
    listing = cg("graph", TEXTBOOK, *AT, "--style", "list", "--grad")
    assert listing.out.splitlines()[1] == "2  b = 1, dY/db = 3.5"


def test_graph_shows_the_values_that_are_known() -> None:
    assert cg("graph", "a*b + 2*b", "b=3", "--style", "list").out == (
        "1  a\n2  b = 3\n3  v3 = a*b\n4  v4 = 2*b = 6\n5  f = v3 + v4\n"
    )


def test_graph_as_json() -> None:
    graph = json.loads(cg("graph", TEXTBOOK, *AT, "--style", "json", "--grad").out)
    nodes = {node["name"]: node for node in graph["nodes"]}
    assert nodes["b"]["adjoint"] == {"Y": 3.5}
    assert nodes["Y"]["value"] == 1.5
    assert graph["outputs"] == [{"name": "Y", "label": "Y", "node": nodes["Y"]["id"]}]
    for node in graph["nodes"]:
        assert all(arg < node["id"] for arg in node["args"])


def test_graph_opens_shared_nodes_once_and_stops_at_the_depth() -> None:
    lines = ["y0 = x"] + [f"y{i} = y{i - 1}*y{i - 1}" for i in range(1, 100)]
    out = cg("graph", "\n".join(lines)).out
    assert len(out.splitlines()) == 21
    assert "…" in out
    assert "(opened above)" in cg("graph", "\n".join(lines), "--depth", "0").out


def test_trace_is_the_textbook_s() -> None:
    out = cg("trace", TEXTBOOK, *AT).out
    for line in (
        "d = a + b = 3",
        "dY/dd = e = 0.5",
        "dY/de = d = 3",
        "de/dc = -1",
        "dY/db = dY/dd * 1 + dY/de * 1 = 0.5 * 1 + 3 * 1 = 3.5",
        "dY/da = 0.5",
    ):
        assert line in out


def test_trace_sums_over_all_paths() -> None:
    out = cg("trace", "x*x + sin(x)", "x=0", "--digits", "3").out
    assert "df/dx = df/dv2 * x + df/dv2 * x + df/dv3 * cos(x) = 1 * 0 + 1 * 0 + 1 * 1 = 1" in out


def test_labels_are_told_apart() -> None:
    """An input called f, and a name that is given twice."""
    assert "dout/df = dout/dout * (2*f) = 1 * 6 = 6" in cg("trace", "f^2", "f=3").out
    assert "df/dx = df/dv2 * 3 = 12 * 3 = 36" in cg("trace", "input x = 2; x = 3*x; x^2").out


def test_pictures_of_assertions_alone_and_of_constants() -> None:
    assert cg("graph", "assert x > 0", "x=1", "--style", "list").out == "1  x = 1\n2  f = x > 0 = 1\n"
    assert cg("trace", "3").out == "forward\n  1  3\n"
    assert cg("graph", "3", "--style", "json").status == 0


def test_ops_shows_an_operation() -> None:
    out = cg("ops", "tanh").out
    assert "hyperbolic tangent" in out
    assert "tanh(0.5) = 0.4621171572600097" in out
    assert "x^y: power" in cg("ops", "^").out
    assert cg("ops", "ln").out == cg("ops", "log").out
    assert json.loads(cg("ops", "max", "--format", "json").out.splitlines()[0])["arity"] is None
    assert cg("ops", "tahn").status == 2


def test_help_of_every_command() -> None:
    top = cg("--help").out
    for name in (
        "eval", "grad", "jacobian", "hessian", "diff", "graph", "trace", "check", "plan", "ops",
    ):  # fmt: skip
        assert f"  {name} " in top
        text = cg(name, "--help").out
        assert text.startswith(f"Usage: cg {name}")
        assert max(map(len, text.splitlines())) <= 80
    assert cg("--version").out.startswith("cg 0.")


@pytest.mark.parametrize(
    "shell, extra",
    [
        ("bash", {"COMP_WORDS": "cg gr", "COMP_CWORD": "1"}),
        ("zsh", {"_TYPER_COMPLETE_ARGS": "cg gr"}),
        ("fish", {"_TYPER_COMPLETE_ARGS": "cg gr", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}),
    ],
)
def test_completion(shell: str, extra: dict[str, str]) -> None:
    script = cg(env={"_CG_COMPLETE": f"source_{shell}"}).out
    assert "_CG_COMPLETE" in script
    found = cg(env={"_CG_COMPLETE": f"complete_{shell}", **extra}).out
    assert "grad" in found
    assert "graph" in found
    assert "eval" not in found


def test_colour_only_where_it_is_wanted() -> None:
    bad = ("eval", "sinn(1)")
    assert "\x1b" not in cg(*bad).err
    assert "\x1b" in cg(*bad, "--color", "always").err
    assert "\x1b" in cg(*bad, env={"CLICOLOR_FORCE": "1"}).err
    assert "\x1b" not in cg(*bad, env={"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}).err
    assert "\x1b" in cg("graph", "a + b", "--color", "always").out
    assert "\x1b" not in cg("graph", "a + b").out


def on_a_terminal(*arguments: str) -> str:
    """What `cg` writes to a terminal."""
    master, slave = pty.openpty()
    with subprocess.Popen([CG, *arguments], stdin=slave, stdout=slave, stderr=slave, close_fds=True):
        os.close(slave)
        out = b""
        while True:
            try:
                piece = os.read(master, 4096)
            except OSError:
                break
            if not piece:
                break
            out += piece
    os.close(master)
    return out.decode().replace("\r\n", "\n")


def test_text_is_the_same_on_a_terminal_but_for_colour() -> None:
    import re

    for arguments in (("graph", TEXTBOOK, *AT), ("trace", TEXTBOOK, *AT), ("ops",), ("grad", TEXTBOOK, *AT)):
        plain = re.sub(r"\x1b\[[0-9;]*m", "", on_a_terminal(*arguments))
        assert plain == cg(*arguments).out


def test_no_expression_on_a_terminal_is_an_error() -> None:
    assert "an expression is missing" in on_a_terminal("eval")


def test_a_closed_pipe_ends_quietly() -> None:
    with subprocess.Popen(
        [CG, "eval", "--lines", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(b"1\n" * 10)
        process.stdin.flush()
        process.stdout.readline()
        process.stdout.close()
        try:
            process.stdin.write(b"1\n" * 100_000)
            process.stdin.close()
        except BrokenPipeError:
            pass
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_an_interrupt_ends_with_130() -> None:
    with subprocess.Popen(
        [CG, "eval", "--lines"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"1\n")
        process.stdin.flush()
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 130


def test_names_survive_an_ascii_terminal() -> None:
    result = cg("eval", "été = 2", env={"PYTHONIOENCODING": "ascii"})
    assert result.status == 0
    assert "t" in result.out


def test_python_api() -> None:
    import cgcli

    assert cgcli.evaluate("x^2 * y", x=3, y=2) == {"f": 18.0}
    assert cgcli.gradient(cgcli.parse("u = x^2; v = u*y"), x=3, y=2) == {"v": {"x": 12.0, "y": 9.0}}
    with pytest.raises(cgcli.CgError, match="unknown function"):
        cgcli.evaluate("sinn(1)")
    with pytest.raises(TypeError, match="a program is a text, or what"):
        cgcli.evaluate(3)  # type: ignore[arg-type]


def test_python_api_has_matrices_of_derivatives() -> None:
    import numpy as np

    import cgcli

    jacobian = cgcli.jacobian("A @ x; sum(x)", A=[[1, 2], [3, 4]], x=[1, 1])
    assert jacobian["f1"]["A"].shape == (2, 2, 2)
    assert jacobian["f1"]["x"].tolist() == [[1, 2], [3, 4]]
    assert jacobian["f2"]["x"].tolist() == [1, 1]
    hessian = cgcli.hessian("x^2*y", x=3, y=2)["f"]
    assert hessian == {"x": {"x": 4.0, "y": 6.0}, "y": {"x": 6.0, "y": 0.0}}
    assert np.array_equal(cgcli.hessian("sum(x^3)", x=[1, 2])["f"]["x"]["x"], [[6, 0], [0, 12]])
    with pytest.raises(cgcli.CgError, match="only a number has a gradient"):
        cgcli.hessian("2*x", x=[1, 2])


def test_python_api_loses_no_mask() -> None:
    import numpy as np

    import cgcli

    with pytest.raises(cgcli.CgError, match="`x` is a masked array"):
        cgcli.evaluate("sum(x)", x=np.ma.array([1, 2], mask=[False, True]))


def test_a_fault_of_cg_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    from cgcli.cli.guard import guarded
    from cgcli.cli.request import Request

    assert guarded(lambda request: 1 // 0, Request([])) == 70
    err = capsys.readouterr().err
    assert err.startswith("error: a fault of cg itself (ZeroDivisionError: ")
    assert err.count("\n") == 1


def test_a_fault_of_cg_keeps_its_status_where_it_is_printed_whole(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from cgcli.cli.guard import guarded
    from cgcli.cli.request import Request

    monkeypatch.setenv("CG_DEBUG", "1")
    assert guarded(lambda request: 1 // 0, Request([])) == 70
    err = capsys.readouterr().err
    assert err.startswith("Traceback")
    assert "error: a fault of cg itself (ZeroDivisionError: " in err


NAMED_F = [
    (("grad", "f = 2*x; f^2", "x=2"), "out = 16\ndout/dx = 16\n"),
    (("grad", "f^2", "f=3"), "out = 9\ndout/df = 6\n"),
    (("grad", "f1 = x; f1; 2*f1", "x=2"), "out1 = 2\ndout1/dx = 1\nout2 = 4\ndout2/dx = 2\n"),
    (("grad", "f = x; f; 2*f", "x=2"), "f1 = 2\ndf1/dx = 1\nf2 = 4\ndf2/dx = 2\n"),
    (("grad", "out = x; f = x; out*f; assert f", "x=2"), "out_ = 4\ndout_/dx = 4\n"),
    (("grad", "f(x) = x^2; f(x)", "x=2"), "f = 4\ndf/dx = 4\n"),
    (("hessian", "f^2", "f=3"), "out = 9\nd2out/dfdf = 2\n"),
    (("jacobian", "f^2", "f=3"), "out = 9\ndout/df = 6\n"),
    (("eval", "f = 2*x; f^2", "x=2"), "16\n"),
    (("diff", "f = 2*x; f^2 + sin(f)"), "f = 2*x\ndout_dx = 2*(2*f + cos(f))\n"),
    (("diff", "f^2"), "dout_df = 2*f\n"),
    (
        ("graph", "f^2", "f=3", "--grad", "--style", "list"),
        "1  f = 3, dout/df = 6\n2  out = f^2 = 9, dout/dout = 1\n",
    ),
]


@pytest.mark.parametrize("line, out", NAMED_F, ids=[" ".join(line) for line, _ in NAMED_F])
def test_no_name_means_two_things(line: tuple[str, ...], out: str) -> None:
    assert cg(*line).out == out


def test_exports_have_no_name_for_two_things() -> None:
    assert "out: out, dout_dx" in cg("export", "--to", "c", "--grad", "f = 2*x; f^2").out
    assert "\\mathit{out} &= f^{2}" in cg("export", "--to", "latex", "f = 2*x; f^2").out
    assert "result      out = step 2" in cg("plan", "f = 2*x; f^2").out


@pytest.mark.parametrize("text", ["nan", "[1, nan]", "x/x", "[1, 0]", "1 < nan"])
def test_what_is_not_true_is_not_asserted(text: str) -> None:
    result = cg("eval", f"assert {text}; 1", *(["x=0"] if "x" in text else []))
    assert (result.status, result.out) == (1, "")
    assert result.err.startswith(f"error: assertion failed: {text}\n")


def test_arguments_are_utf8_in_any_locale(tmp_path: Path) -> None:
    (tmp_path / "größe.cg").write_text("größe + weite", "utf-8")
    (tmp_path / "ä.csv").write_text("1\n2\n")
    here = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    line = [CG, "eval", "-f", "größe.cg", "größe=@ä.csv", "weite=1"]
    done = subprocess.run(line, env=here, cwd=tmp_path, capture_output=True)
    assert (done.stdout, done.stderr, done.returncode) == (b"[2, 3]\n", b"", 0)


@pytest.mark.parametrize("command", ["eval", "grad", "graph", "trace", "check"])
def test_strict_holds_for_every_command(command: str) -> None:
    result = cg(command, "--strict", "x + 1", "x=inf")
    assert (result.status, result.out) == (1, "")
    assert result.err.startswith("error: the result is inf\n")
