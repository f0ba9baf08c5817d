"""`cg export`: LaTeX and the command."""

from __future__ import annotations

import math
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import onnx
import pytest

import cgcli
from cgcli import CgError
from cgcli.cli.export import command
from cgcli.cli.request import Request
from cgcli.evaluation.static import static_graph
from cgcli.export import export
from cgcli.ops import OPS
from cgcli.rewrite.differentiate import with_gradient
from tests.cg import ROOT, cg
from tests.export.runs import ARRAY_PROGRAMS, close, gradient, static_of, text_of

# LaTeX


def test_latex_compiles(tmp_path: Path) -> None:
    """Every operation and the examples; without a TeX engine, that all is closed which is opened."""
    texts = [op.example.rpartition(" = ")[0] for op in OPS.values()]
    paths = list((ROOT / "examples").glob("*.cg"))
    texts += [path.read_text() for path in paths if not cg("plan", "-f", str(path)).out.startswith("dynamic")]
    texts += [*ARRAY_PROGRAMS, "0.5e-7*x_1_2 - (-y)^-2 - -3*Ω", "not x and (y or z) == w"]
    formulas = [text_of(text, "latex") for text in texts]
    for formula in formulas:
        assert formula.count("{") == formula.count("}")
        assert len(re.findall(r"\\left\b", formula)) == len(re.findall(r"\\right\b", formula))
        assert sorted(re.findall(r"\\begin\{(\w+)", formula)) == sorted(re.findall(r"\\end\{(\w+)", formula))
    engine = shutil.which("pdflatex")
    if engine is not None:
        head = "\\documentclass{article}\\usepackage{amsmath}\\begin{document}\n"
        (tmp_path / "formulas.tex").write_text(head + "\n".join(formulas) + "\\end{document}\n")
        command = [engine, "-halt-on-error", "-interaction=nonstopmode", "formulas.tex"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[-2000:]


# The command


def run_command(capfdbinary: pytest.CaptureFixture[bytes], *arguments: str, **options: Any) -> bytes:
    request = Request(list(arguments), command="export", **options)
    assert command(request) == 0
    return capfdbinary.readouterr().out


def test_the_command_writes_gradients(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    text = run_command(capfdbinary, "x^2*sin(y)", to="python", grad=True).decode()
    scope: dict[str, Any] = {}
    exec(text, scope)
    assert '"""Return (f, df_dx, df_dy)."""' in text
    found = scope["f"](3.0, 0.5)
    assert close(found, [9 * math.sin(0.5), 6 * math.sin(0.5), 9 * math.cos(0.5)], 1e-15)
    text = run_command(capfdbinary, "x^2*sin(y)", to="c", grad=True, wrt=["y"]).decode()
    assert "out: f, df_dy" in text
    text = run_command(capfdbinary, "x^2*sin(y)", to="c", grad=True, wrt=["y", "x", "y"]).decode()
    assert "out: f, df_dy, df_dx " in text  # each name once


def test_values_become_constants(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    text = run_command(capfdbinary, "input k = 2; k*x + y", "y=3", to="c", name="line").decode()
    assert "double line(double k, double x)\n{\n    return k*x + 3.0;\n}" in text
    text = run_command(capfdbinary, "A @ x + y", "A=[[1, 2], [3, 4]]", "x=[1, 2]", to="numpy").decode()
    assert "def f(y):" in text


@pytest.mark.parametrize(
    "options, message",
    [
        (["--to", "c", "--wrt", "q"], "--wrt: nothing is differentiated without --grad"),
        (["--to", "dot", "--wrt", "x"], "--wrt: nothing is differentiated without --grad"),
        (["--to", "dot", "--grad"], "--grad: a picture has no derivatives"),
        (["--to", "c", "--grad", "--wrt", "q"], "--wrt: the program has no name `q`"),
        (["--to", "sql", "--name", "g"], "--name: a query has no name"),
        (["--to", "mermaid", "--name", "g"], "--name: a picture has no name"),
        (["--to", "latex", "--name", "a}b"], "--name: `a}b` is not a name"),
        (["--to", "onnx", "--name", ""], "--name: `` is not a name"),
        (["--to", "c", "--table", "g"], "--table: only sql reads a table, and c is written"),
        (["--to", "sql", "--table", " "], "--table: the name of a table is not empty"),
    ],
)
def test_an_option_without_a_meaning_is_refused(options: list[str], message: str) -> None:
    done = cg("export", *options, "x^2 + y")
    assert (done.status, done.out) == (2, "")
    assert message in done.err


def test_the_command_writes_files(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    path = str(tmp_path / "model.onnx")
    assert run_command(capfdbinary, "x + 1", to="onnx", output=path) == b""
    assert onnx.load(path).graph.name == "f"
    assert run_command(capfdbinary, "x + 1", to="onnx") == Path(path).read_bytes()
    with pytest.raises(CgError, match="cannot write"):
        run_command(capfdbinary, "x + 1", to="c", output=str(tmp_path / "no" / "f.c"))


def test_pictures_are_those_of_graph(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    for style in ("dot", "mermaid"):
        drawn = cg("graph", "--style", style, "d = a + b; d*d", "a=1").out
        assert run_command(capfdbinary, "d = a + b; d*d", "a=1", to=style).decode() == drawn


def test_the_package_onnx_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(CgError) as error:
        export(static_of("x + 1"), "onnx")
    assert "pip install 'cgcli[onnx]'" in str(error.value)


@pytest.mark.parametrize(
    "text, x, expected",
    [
        ("1/(1 + exp(-x))", -1000.0, (0.0, 0.0)),
        ("log(1 + exp(x))", 800.0, (math.inf, 1.0)),
        ("log(1 + exp(x))", -800.0, (0.0, 0.0)),
    ],
)
def test_the_gradient_does_not_overflow_where_the_value_does(
    text: str, x: float, expected: tuple[float, float]
) -> None:
    """The value is that of `cg eval`, bit for bit."""
    program = cgcli.parse(text)
    assert cgcli.evaluate(text, x=x)["f"] == expected[0]
    namespace: dict[str, Any] = {}
    exec(str(export(gradient(program), "python")), namespace)
    assert namespace["f"](x) == expected


def test_inputs_that_no_output_needs_stay_arguments_of_a_gradient() -> None:
    program = cgcli.parse("input x: [n]; input z: [m]; sum(x^2)")
    static = static_graph(program, {}).keep(program.inputs)
    namespace: dict[str, Any] = {}
    exec(str(export(with_gradient(static, list(program.inputs)), "numpy")), namespace)
    value, by_x, by_z = namespace["f"]([1.0, 2.0], [3.0, 4.0, 5.0])
    assert (value, by_x.tolist(), by_z.tolist()) == (5.0, [2.0, 4.0], [0.0, 0.0, 0.0])
