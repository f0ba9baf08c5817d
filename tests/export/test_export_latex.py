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
    assert lines("f + x") == [r"\mathit{out} &= f + x"]
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
        ("x_dot + ell_0 + hbar*q_bar_1", r"\dot{x} + \ell_{0} + \hbar \cdot \bar{q}_{1}"),
        ("hypot(u, 3) + log1p(-v)", r"\sqrt{u^{2} + 9} + \ln\left(1 - v\right)"),
        ("u*expm1(v + w)", r"u \cdot \left(\mathrm{e}^{v + w} - 1\right)"),
        ("logaddexp(u, v) - softplus(w)",
         r"\ln\left(\mathrm{e}^{u} + \mathrm{e}^{v}\right) - \ln\left(1 + \mathrm{e}^{w}\right)"),
        ("u^1.5 - -u*v/w", r"u^{3/2} - \left(-\frac{u \cdot v}{w}\right)"),
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


def test_what_is_shared_is_stated_where_it_is_needed_and_short_texts_are_written_again() -> None:
    assert lines("x^2*sin(x)", "--grad") == [
        r"f &= x^{2} \sin x",
        r"\frac{\partial f}{\partial x} &= 2 x \sin x + x^{2} \cos x",
    ]
    assert lines("A*exp(-E/(R*T))", "--grad", "--wrt", "R,T") == [
        r"v_{1} &= \mathrm{e}^{-\frac{E}{R \cdot T}}",
        r"f &= A \cdot v_{1}",
        r"v_{2} &= \frac{A \cdot E \cdot v_{1}}{\left(R \cdot T\right)^{2}}",
        r"\frac{\partial f}{\partial R} &= T \cdot v_{2}",
        r"\frac{\partial f}{\partial T} &= R \cdot v_{2}",
    ]


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


# Functions, signs and powers: as short as people write them where nothing is unclear.
SHORT = {
    "-2*(x + 1)": r"-2 \left(x + 1\right)",
    "-2*x*y": r"-2 x \cdot y",
    "-(x + y)*z": r"-\left(x + y\right) \cdot z",
    "a - -2*x": r"a - \left(-2 x\right)",
    "x*-2": r"x \cdot \left(-2\right)",
    "exp(-2*x)": r"\mathrm{e}^{-2 x}",
    "(x + 1)*(y + 2)": r"\left(x + 1\right) \left(y + 2\right)",
    "x*(y + 1)": r"x \cdot \left(y + 1\right)",  # f(y + 1) is a function
    "sin(x)^2": r"\sin^{2} x",
    "sin(x + y)^2": r"\sin^{2}\left(x + y\right)",
    "log10(x)^3": r"\log_{10}^{3} x",
    "sin(x)^-1": r"\left(\sin x\right)^{-1}",  # the inverse function is written so
    "sin(x)^y": r"\left(\sin x\right)^{y}",
    "sin(x^2)": r"\sin\left(x^{2}\right)",
    "x^2*sin(y)": r"x^{2} \sin y",
    "x*log(2)": r"x \ln 2",
    "y*erf(x)": r"y \operatorname{erf}\left(x\right)",
    "sin(x)*y": r"\sin\left(x\right) \cdot y",  # not the sine of x y
    "-sin(x)*y": r"-\sin\left(x\right) \cdot y",
    "x*sin(y)*z": r"x \sin\left(y\right) \cdot z",
    "sin(x)*cos(y)": r"\sin x \cos y",
    "sin(x)^2*cos(y)*z": r"\sin^{2} x \cos\left(y\right) \cdot z",
    "log(x)*sin(y)": r"\ln\left(x\right) \sin y",
    "sin(2*x)": r"\sin\left(2 x\right)",
    "sin(cos(x))": r"\sin\left(\cos x\right)",
    "sin(x) + cos(x)": r"\sin x + \cos x",
    "sin(x) - y": r"\sin x - y",
    "sin(x)/cos(y)": r"\frac{\sin x}{\cos y}",
    "x^sin(y)": r"x^{\sin y}",
    "sin(x)!": r"\left(\sin x\right)!",
    "sin(x) % y": r"\sin\left(x\right) \bmod y",
    "abs(x)^2": r"\left| x \right|^{2}",
    "gamma(x)^2": r"\Gamma\left(x\right)^{2}",
    "sqrt(x)^2": r"\left(\sqrt{x}\right)^{2}",
    "if sin(x) > 0 then cos(x) else x": r"\begin{cases} \cos x & "
    r"\text{if } \sin x > 0 \\ x & \text{otherwise} \end{cases}",
    "y = sin(x); y*y*z": r"y \cdot y \cdot z",
}


@pytest.mark.parametrize("text", SHORT)
def test_what_is_clear_is_short(text: str) -> None:
    assert lines(text)[-1].partition(" &= ")[2] == SHORT[text]
