"""Names in exported code: of sizes, of results and of derivatives."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

import cgcli
from cgcli import CgError
from cgcli.evaluation.static import static_graph
from cgcli.export import export
from cgcli.language.lowering import lower
from cgcli.language.parser import parse
from cgcli.rewrite.differentiate import differentiate, with_gradient
from cgcli.source import Source
from tests.cg import cg


def text_of(text: str, target: str) -> str:
    program = lower(parse(Source(("<expr>", text))), {})
    return str(export(static_graph(program, {}), target, source=program.source))


def run(code: str, *arguments: Any) -> Any:
    """What the function of a module in Python returns."""
    scope: dict[str, Any] = {}
    exec(code, scope)
    return scope["f"](*arguments)


# Sizes


@pytest.mark.parametrize(
    "declared, text",
    [
        ("input x: [n]", "sum(x[0:n-1])"),
        ("input x: [n]", "x[1:] - x[:n-1]"),
        ("input x: [n]", "x[1:n]*sum(x[n-2:n])"),
        ("input x: [n]; input y: [n, m]", "sum(x[n-2:])*y[0:n-1, 1:m]"),
        ("input x: [n]; input y: [n, m]", "ones([m, n]) @ x + sum(y[:n-2], axis=0) + n*m"),
        ("input x: [np]", "sum(x[0:np-1]) + sum(ones([np]))"),
        ("input x: [lambda]", "sum(x[0:lambda-1])*eye(lambda)"),
        ("input x: [v1]", "y = x*x; sum(y[0:v1-1]) + y + sin(y)*sin(y)"),
        ("input x: [ﬁ]", "x[0:ﬁ-1]"),
    ],
)
def test_sizes_are_read_wherever_they_stand(declared: str, text: str) -> None:
    """In slices, too; a size whose name is Python's or the code's own has another one there."""
    values = {"x": [1.0, 2.5, -3.0], "y": [[1.0, 2.0], [3.0, 4.0], [5.0, 7.0]]}
    program = cgcli.parse(f"{declared}; {text}")
    given = {name: values[name] for name in program.inputs}
    found = run(text_of(f"{declared}; {text}", "numpy"), *given.values())
    assert np.array_equal(found, cgcli.evaluate(program, **given)["f"])


def test_targets_without_sizes_that_have_names_say_so() -> None:
    text = "input x: [n]; sum(x[0:n-1])"
    for target, message in {
        "c": "the input `x` is an array, and C has numbers only",
        "python": "the input `x` is an array, and Python has numbers only",
        "sql": "the input `x` is an array, and SQL has numbers only",
        "onnx": "ONNX needs sizes that are numbers here",
    }.items():
        with pytest.raises(CgError, match=message):
            text_of(text, target)
    assert r"{x}_{0{:}n - 1}" in text_of(text, "latex")
    done = cg("export", "--to", "numpy", text, "x=[1, 2, 3]")
    assert run(done.out) == 3.0


# What compilers have names for


@pytest.mark.parametrize("mode", ["-std=c99", "-std=gnu17", "-D_GNU_SOURCE"])
def test_names_of_compilers_are_left_to_them(mode: str, tmp_path: Path) -> None:
    """Also to those that are not held to a standard."""
    names = re.findall(
        r"\w+",
        "M_PI M_E M_LN2 M_SQRT1_2 M_PIl linux unix I NAN INFINITY HUGE_VAL HUGE_VALF FP_NAN SNAN isnan "
        "signbit y1 j0 jn gamma _Bool _Complex __LINE__ v__LINE__ M_PI_ M_max asm nullptr constexpr",
    )
    code = text_of(" + ".join(names), "c")
    assert ", double M_max, " in code
    assert ", double y1, " in code
    (tmp_path / "f.c").write_text(code)
    command = ["gcc", mode, "-Wall", "-Werror", "-c", "-o", str(tmp_path / "f.o"), str(tmp_path / "f.c")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["M_PI", "y1", "linux", "__f", "gamma"])
def test_functions_are_not_called_like_those_of_compilers(name: str) -> None:
    done = cg("export", "--to", "c", "--name", name, "x + 1")
    assert (done.status, done.out) == (2, "")
    assert f"`{name}` cannot be the name of a function in C" in done.err


# Results and derivatives


def test_derivatives_are_known_and_not_guessed_from_names() -> None:
    """In LaTeX, `delta_down` and `dY_dx` of a program are names like others."""
    text = text_of("delta_down = 2*x; dY_dx = x^2", "latex")
    assert r"\delta_{\mathit{down}} &= 2 x" in text
    assert r"\mathit{dY}_{\mathit{dx}} &= x^{2}" in text
    assert "partial" not in text
    text = cg("export", "--to", "latex", "--grad", "f_max = delta_x1^2*y").out
    assert (
        r"\frac{\partial f_{\mathit{max}}}{\partial \delta_{\mathit{x1}}} &= 2 \delta_{\mathit{x1}} \cdot y"
        in text
    )
    assert r"\frac{\partial f_{\mathit{max}}}{\partial y} &= " in text


def test_higher_derivatives_in_latex() -> None:
    program = cgcli.parse("x^3*y1^2")
    static = differentiate(static_graph(program, {}), ["x", "y1"], 2)
    assert [name for name, _ in static.outputs] == ["d2f_dx2", "d2f_dxdy1", "d2f_dy1dy1"]
    text = str(export(static, "latex"))
    assert r"\frac{\partial^{2} f}{\partial x^{2}} &= " in text
    assert r"\frac{\partial^{2} f}{\partial x \partial y_{1}} &= " in text
    assert r"\frac{\partial^{2} f}{\partial y_{1}^{2}} &= " in text


def test_every_result_has_one_name() -> None:
    """A derivative steps aside for a name of the program, and one without a name is `f`."""
    done = cg("export", "--to", "python", "--grad", "df_dx = x*3; f = x^2")
    assert '"""Return (df_dx, ddf_dx_dx, f, df_dx_)."""' in done.out
    assert run(done.out, 2.0) == (6.0, 3.0, 4.0, 4.0)
    assert "Return (f1, f2)" in text_of("2*x; 3*x", "python")
    assert "SELECT\n  2e0 * x AS f\n" in text_of("2*x", "sql")
    for text, name, wanted in [
        ("2*x", "g", ["g"]),
        ("2*x; 3*x", "g", ["f1", "f2"]),
        ("s = 2*x", "g", ["s"]),
        ("x; x", "g", ["f1", "f2"]),
    ]:
        model = export(static_graph(cgcli.parse(text), {}), "onnx", name)
        assert isinstance(model, bytes)
        assert [output.name for output in onnx.load_from_string(model).graph.output] == wanted
    assert text_of("2*x", "latex").splitlines()[2] == r"f\left(x\right) &= 2 x"


def test_derivatives_leave_what_they_are_of_as_it_was() -> None:
    static = static_graph(cgcli.parse("sin(x)*y"), {})
    size, shapes = len(static.graph), list(static.shapes)
    for derived in (differentiate(static, ["x", "y"], 2), with_gradient(static, ["x", "y"])):
        assert derived is not static
        assert (len(static.graph), static.shapes) == (size, shapes)
