"""`cg graph`, `trace`, `check`, `ops`, help, terminals, Python."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
from pathlib import Path

import pytest

from tests.cg import CG, hears_interrupts, pieces
from tests.cg import executable as cg
from tests.cli.commands import AT, TEXTBOOK


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


def on_a_terminal(*arguments: str, columns: int = 80) -> str:
    """What `cg` writes to a terminal of so many columns."""
    master, slave = pty.openpty()
    env = {**os.environ, "COLUMNS": str(columns)}
    with subprocess.Popen([CG, *arguments], stdin=slave, stdout=slave, stderr=slave, env=env):
        os.close(slave)
        out = b"".join(pieces(master))
    return out.decode().replace("\r\n", "\n")


def test_text_is_the_same_on_a_terminal_but_for_colour() -> None:
    import re

    for arguments in (("graph", TEXTBOOK, *AT), ("trace", TEXTBOOK, *AT), ("ops",), ("grad", TEXTBOOK, *AT)):
        plain = re.sub(r"\x1b\[[0-9;]*m", "", on_a_terminal(*arguments))
        assert plain == cg(*arguments).out


NARROW = {
    ("graph", "exp(e*log(a))", "a=2.123456789", "e=0.6", "--grad", "--color", "never"): """\
f: exp = 1.57118, df/df = 1
└── * = 0.451827, df/dv4 = 1.57118
    ├── e = 0.6, df/de = 1.18317
    └── log = 0.753045
          df/dv3 = 0.942708
        └── a = 2.12346, df/da = 0.44395
""",
    ("check", "sin(x) * y^2", "x=1", "y=2", "--wrt", "x"): """\
f by x: ok
  reverse       2.161209223
  forward       2.161209223
  numeric       2.161209223
  off           9e-15
  digits        16.0
  value_digits  16.0
""",
    ("fit", "y ~ a*x", "x=[1,2,3]", "y=[2,4,7]", "a=1", "--wrt", "a"): """\
a = 2.2142857142857144
#   +- 0.11  (5.1 %)  95 %: 1.73 to 2.7
# residual sum 0.357143, 3 rows, 2
#   degrees of freedom, sigma 0.422577
# converged in 2 steps: no parameter
#   moves by more than 1e-15 of itself
""",
}


@pytest.mark.parametrize("arguments", NARROW)
def test_a_narrow_terminal_has_no_lines_that_are_too_long(arguments: tuple[str, ...]) -> None:
    """In a pipe lines are as long as they are, for programs that read them."""
    shown = on_a_terminal(*arguments, columns=40)
    assert shown == NARROW[arguments]
    assert max(map(len, shown.splitlines())) <= 40
    assert cg(*arguments, env={"COLUMNS": "40"}).out == on_a_terminal(*arguments, columns=120)


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
        preexec_fn=hears_interrupts,
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
    (("diff", "f = 2*x; f^2 + sin(f)"), "f = 2*x\ndout_dx = 4*f + 2*cos(f)\n"),
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
