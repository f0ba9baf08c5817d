"""Formulas in LaTeX: names, products, data, and what they look like."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cg import cg


def lines(*arguments: str) -> list[str]:
    """The lines of the formula, without what is around them."""
    done = cg("export", "--to", "latex", *arguments)
    assert done.status == 0, done
    body = done.out.split("\\begin{aligned}\n")[1].split("\n\\end{aligned}")[0]
    return body.split(" \\\\\n")


# Names


@pytest.mark.parametrize(
    "text, wanted",
    [
        ("x1^2 + 3*x_1", ["x_{1}", r"\mathit{x\_1}"]),
        ("a + _a^2 + a_*3", ["a", r"\mathit{\_a}", r"\mathit{a\_}"]),
        ("α^2 + alpha", [r"\alpha", r"\mathit{alpha}"]),
        ("Δx^2 + Δx1 + Δtime", [r"\Delta x", r"\Delta x_{1}", r"\Delta \mathit{time}"]),
    ],
)
def test_names_are_told_apart_in_partials_too(text: str, wanted: list[str]) -> None:
    """By their letters, and not by a prime, which is a derivative."""
    found = lines("--grad", text)
    partials = [re.findall(r"\\partial f}{\\partial (.*)} &=", line) for line in found[1:]]
    assert partials == [[name] for name in wanted]
    for name in wanted:
        assert name in found[0]
    assert "'" not in "".join(found)


def test_outputs_and_inputs_with_one_name_are_told_apart() -> None:
    assert lines("f + x") == [r"\mathit{f\_}\left(f, x\right) &= f + x"]
    found = lines("--grad", "f_1 = a*b; f1 = a + b")
    assert [line.split(" &= ")[0] for line in found] == [
        r"\mathit{f\_1}", "f_{1}",
        *(rf"\frac{{\partial \mathit{{f\_1}}}}{{\partial {name}}}" for name in "ab"),
        *(rf"\frac{{\partial f_{{1}}}}{{\partial {name}}}" for name in "ab"),
    ]  # fmt: skip
    assert r"\frac{\partial \mathit{x\_1}}" not in "".join(lines("--grad", "x_1*0 + x1"))
    assert lines("--grad", "--name", "g", "x^2")[1] == r"\frac{\partial g}{\partial x} &= 2 x"


# Products


DECLARED = "input x: [n]; input y: [n]; input A: [n, n]; input B: [n, n]; "


@pytest.mark.parametrize(
    "text, wanted",
    [
        ("x @ y", r"x^\top y"),
        ("dot(x, y)", r"x^\top y"),
        ("x @ A", r"x^\top A"),
        ("x @ A + y", r"A^\top x + y"),  # a vector is a column
        ("A @ x", "A x"),
        ("x.T @ A @ x", r"x^\top A x"),
        ("x @ A.T @ y", r"x^\top A^\top y"),
        ("x @ A @ B @ y", r"x^\top A B y"),
        ("(A @ x) @ y", r"x^\top A^\top y"),
        ("(A @ B @ x) @ y", r"x^\top {\left(A B\right)}^\top y"),
        ("(x + y) @ y", r"{\left(x + y\right)}^\top y"),
        ("(x*y) @ A @ (2*x)", r"{\left(x \odot y\right)}^\top A \left(2 x\right)"),
        ("(A*B) @ x", r"\left(A \odot B\right) x"),
        ("outer(x, y + x) @ y", r"x {\left(y + x\right)}^\top y"),
        ("outer(x, A @ y) @ x + 2*(outer(x, y) @ y)", r"x y^\top A^\top x + 2 x y^\top y"),
        ("2*(x @ y)", r"2 x^\top y"),
        ("x^2 + A^k @ y", r"x^{\circ 2} + A^{\circ k} y"),
        ("solve(A, x)", "{A}^{-1} x"),
    ],
)
def test_products_of_vectors_and_matrices(text: str, wanted: str) -> None:
    assert lines(DECLARED + text)[-1].split(" &= ")[1] == wanted


def test_the_gradient_of_a_quadratic_form() -> None:
    assert lines("input x: [n]; input A: [n, n]; x.T @ A @ x", "--grad", "--wrt", "x") == [
        r"f &= x^\top A x",
        r"\frac{\partial f}{\partial x} &= \left(A + A^\top\right) x",
    ]


# Data


def test_arrays_with_values_are_written_as_numbers() -> None:
    assert lines("x@y + sum(A)", "x=[1,2]", "y=[1,2]", "A=[[1,2],[3,4]]") == [
        r"x &= \begin{bmatrix} 1 \\ 2 \end{bmatrix}",
        r"y &= \begin{bmatrix} 1 \\ 2 \end{bmatrix}",
        r"A &= \begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}",
        r"f &= x^\top y + \sum\left(A\right)",
    ]
    found = lines("input x: [2]; sum((A@x - b)^2)", "A=[[1,2],[1,2]]", "b=[1,inf]", "--grad")
    assert found[0] == r"A &= \begin{bmatrix} 1 & 2 \\ 1 & 2 \end{bmatrix}"
    assert found[1] == r"b &= \begin{bmatrix} 1 \\ \infty \end{bmatrix}"
    assert found[-1].startswith(r"\frac{\partial f}{\partial x} &= ")
    assert lines("[[1, 2], [1, 2]]")[0] == r"f &= \begin{bmatrix} 1 & 2 \\ 1 & 2 \end{bmatrix}"


# Looks


@pytest.mark.parametrize(
    "text, wanted",
    [
        ("norm(x)", r"\left\lVert x \right\rVert"),
        ("norm(A)", r"\left\lVert A \right\rVert_{\mathrm{F}}"),
        ("norm(x, ord=1)", r"\left\lVert x \right\rVert_{1}"),
        ("norm(x, ord=inf)", r"\left\lVert x \right\rVert_{\infty}"),
        ("sum(x)", r"\sum\left(x\right)"),
        ("sum(A, axis=0)", r"\sum_{\text{axis} = 0}\left(A\right)"),
        ("u + v % 3 + w", r"u + \left(v \bmod 3\right) + w"),
        ("u*v % w", r"\left(u \cdot v\right) \bmod w"),
        ("u^(1/3) - 1/7", r"u^{\frac{1}{3}} - \frac{1}{7}"),
    ],
)  # fmt: skip
def test_looks(text: str, wanted: str) -> None:
    assert lines(DECLARED + text)[-1].split(" &= ")[1] == wanted


def test_fractions_are_fractions_with_a_gradient_too() -> None:
    assert lines("x^(1/3)", "--grad") == [
        r"f &= x^{\frac{1}{3}}",
        r"\frac{\partial f}{\partial x} &= \frac{1}{3 x^{\frac{2}{3}}}",
    ]
    assert lines("0.1*x + 0.3333*y")[-1].split(" &= ")[1] == "0.1 x + 0.3333 y"


def test_differences_of_digamma_are_simple() -> None:
    found = lines("binomial(n, k)", "--grad", "--wrt", "n")
    assert r"\psi\left(n + 1\right)" in "".join(found)
    assert "+ k" not in "".join(found)


def test_formulas_fit_on_a_page(tmp_path: Path) -> None:
    """Sums are broken over lines, long lists of arguments left out, and wide matrices can be set."""
    table = str([[i + j for j in range(14)] for i in range(3)])
    shown = [
        [" + ".join(f"sin(x{i})*x{i + 1}" for i in range(12))],
        [" - ".join(f"speed_{i}/time_{i}" for i in range(12))],
        [" - ".join(f"(alpha_{i} + x{i})^2/(1 + beta{i})" for i in range(12)), "--grad", "--wrt", "x1"],
        ["input x: [14]; A @ x", f"A={table}"],
        ["x1 + x_1 + _x + Δx + Ω % 3", "--grad"],
    ]
    formulas = [cg("export", "--to", "latex", *arguments).out for arguments in shown]
    assert all(formulas)
    assert "\\setcounter{MaxMatrixCols}{14}\n" in formulas[3]
    engine = shutil.which("pdflatex")
    if engine is None:
        pytest.skip("there is no pdflatex")
    head = "\\documentclass{article}\\usepackage{amsmath}\\begin{document}\n"
    (tmp_path / "formulas.tex").write_text(head + "\n".join(formulas) + "\\end{document}\n")
    command = [engine, "-halt-on-error", "-interaction=nonstopmode", "formulas.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Overfull" not in done.stdout
