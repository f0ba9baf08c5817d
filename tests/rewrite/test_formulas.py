"""`cg diff` of formulas from textbooks: as they stand there, and equal to the gradient at random points."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

import cgcli
from tests.rewrite.diffs import diff

D1 = "d1 = (log(S/K) + (r - q + s^2/2)*T)/(s*sqrt(T)); d2 = d1 - s*sqrt(T); "
CALL = D1 + "S*exp(-q*T)*ndtr(d1) - K*exp(-r*T)*ndtr(d2)"
PUT = D1 + "K*exp(-r*T)*ndtr(-d2) - S*exp(-q*T)*ndtr(-d1)"
BY_ERF = D1 + "S*exp(-q*T)*(1 + erf(d1/sqrt(2)))/2 - K*exp(-r*T)*(1 + erf(d2/sqrt(2)))/2"
FORWARD = "d1 = log(F/K)/v + v/2; F*ndtr(d1) - K*ndtr(d1 - v)"

ONE = [  # the last line of the derivative by one input
    (CALL, "S", "df_dS = exp(-q*T)*ndtr(d1)"),
    (CALL, "K", "df_dK = -exp(-r*T)*ndtr(d2)"),
    (CALL, "r", "df_dr = K*T*exp(-r*T)*ndtr(d2)"),
    (CALL, "q", "df_dq = -S*T*exp(-q*T)*ndtr(d1)"),
    (PUT, "S", "df_dS = -exp(-q*T)*ndtr(-d1)"),
    (BY_ERF, "S", "df_dS = (1 + erf(d1/sqrt(2)))*exp(-q*T)/2"),
    (FORWARD, "F", "df_dF = ndtr(d1)"),
    (FORWARD, "v", "df_dv = F*norm_pdf(d1)"),
    ("2*h*c^2/l^5/(exp(h*c/(l*k*T)) - 1)", "l", "df_dl = 2*h*c^2*(h*c*exp(v1) - 5*l*k*T*v2)/(l^7*k*T*v2^2)"),
    ("log(x + sqrt(x^2 + 1))", "x", "df_dx = 1/sqrt(x^2 + 1)"),
    ("log(sin(x))", "x", "df_dx = cot(x)"),
    ("log(tan(x/2))", "x", "df_dx = 1/sin(x)"),
    ("log((1 + sin(x))/(1 - sin(x)))/2", "x", "df_dx = 1/cos(x)"),
    ("log((x - a)/(x + a))/(2*a)", "x", "df_dx = 1/(x^2 - a^2)"),
    ("asin(x/a)", "x", "df_dx = 1/(a*sqrt(1 - x^2/a^2))"),
    ("asin(sqrt(x))", "x", "df_dx = 1/(2*sqrt(x)*sqrt(1 - x))"),
    ("sin(x)*cos(x)", "x", "df_dx = cos(2*x)"),
    ("tan(x) - x", "x", "df_dx = tan(x)^2"),
    ("(exp(x) - exp(-x))/(exp(x) + exp(-x))", "x", "df_dx = 1/cosh(x)^2"),
    ("(exp(x) - 1)/(exp(x) + 1)", "x", "df_dx = 1/(2*cosh(x/2)^2)"),
    ("log(exp(x) + exp(-x))", "x", "df_dx = sigmoid(2*x) - sigmoid(-2*x)"),
    ("x*sqrt(x^2 + 1)/2 + asinh(x)/2", "x", "df_dx = sqrt(x^2 + 1)"),
    ("x/sqrt(1 - x^2)", "x", "df_dx = 1/(1 - x^2)^1.5"),
    ("x/sqrt(x^2 + a^2)", "x", "df_dx = a^2/(x^2 + a^2)^1.5"),
    ("sinh(x)*cosh(x)", "x", "df_dx = cosh(2*x)"),
    ("2*atan(exp(x))", "x", "df_dx = 1/cosh(x)"),
    ("atanh(sin(x))", "x", "df_dx = 1/cos(x)"),
    ("erf(x)*exp(x^2)", "x", "df_dx = 2/sqrt(pi) + 2*x*erf(x)*exp(x^2)"),
    ("k*q/(x^2 + R^2)^(3/2)*x", "x", "df_dx = k*q*(R^2 - 2*x^2)/(x^2 + R^2)^2.5"),
    ("log(1/(1 - exp(-x)))", "x", "df_dx = -1/expm1(x)"),
    ("R*T/(V - b) - a/(V*(V + b) + b*(V - b))", "V",
     "df_dV = 2*a*(V + b)/(V*(V + b) + b*(V - b))^2 - R*T/(V - b)^2"),
    ("L^2/(2*m*r^2*sin(th)^2) - k/r", "th", "df_dth = -L^2*cos(th)/(m*r^2*sin(th)^3)"),
    ("(sin(x)/x)^2", "x", "df_dx = 2*(x*cos(x) - sin(x))*sin(x)/x^3"),
    ("1/(1 + F*sin(d/2)^2)", "d", "df_dd = -F*sin(d)/(2*(1 + F*sin(d/2)^2)^2)"),
    ("K/(s*(T1*s + 1)*(T2*s + 1))", "s", "df_ds = -K*(v1*(2*s*T1 + 1) + T2*v2)/(v1^2*v2^2)"),
    ("w^2/(s^2 + 2*z*w*s + w^2)", "s", "df_ds = -2*w^2*(w*z + s)/(s^2 + 2*z*w*s + w^2)^2"),
    ("relu(1 - y*z)^2", "z", "df_dz = -2*y*relu(1 - y*z)"),
    ("-log(exp(a)/(exp(a) + exp(b)))", "a", "df_da = -sigmoid(b - a)"),
    (CALL, "s", "df_ds = S*sqrt(T)*exp(-q*T)*norm_pdf(d1)"),
    ("k*x^(k - 1)*exp(-x^k)", "x", "df_dx = k*x^(k - 2)*(k - 1 - k*x^k)*exp(-x^k)"),
    ("x^(a - 1)*(1 - x)^(b - 1)", "x", "df_dx = (1 - x)^(b - 2)*x^(a - 2)*((a - 1)*(1 - x) - x*(b - 1))"),
    ("c*t^(c - 1)/(1 + t^c)^2", "t", "df_dt = c*t^(c - 2)*(c - 1 - t^c*(c + 1))/(1 + t^c)^3"),
    ("n*x^(n - 1)*(1 - x^n)^(m - 1)", "x",
     "df_dx = n*(1 - x^n)^(m - 2)*x^(n - 2)*(n - 1 + x^n*(1 - n*m))"),
    ("G*m*M/r^2", "r", "df_dr = -2*G*m*M/r^3"),
    ("E - R*T/(n*F)*log(c/d)", "c", "df_dc = -R*T/(n*F*c)"),
    ("(3*x^2*y + 2*x - x^3 + y^4 - 2)^2", "x",
     "df_dx = (3*x^2*y + 2*x - x^3 + y^4 - 2)*(12*x*y - 6*x^2 + 4)"),
    ("input x: [n]; input A: [n, n]; (x @ A @ x)/(x @ x)", "x",
     "df_dx = ((A + A.T) @ x - 2*x*(A.T @ x @ x)/(x @ x))/(x @ x)"),
    ("input x: [n]; input A: [n, n]; exp(-(x @ A @ x)/2)", "x",
     "df_dx = -((A + A.T) @ x)*exp(-(A.T @ x @ x)/2)/2"),
    ("input A: [m, n]; input x: [n]; input b: [m]; norm(A @ x - b)^2", "b", "df_db = 2*(b - A @ x)"),
    ("input x: [n]; x/norm(x) @ x", "x", "df_dx = x/norm(x)"),
]  # fmt: skip


@pytest.mark.parametrize("text, wrt, expected", ONE, ids=[f"{wrt}: {text[-40:]}" for text, wrt, _ in ONE])
def test_derivatives_stand_as_in_textbooks(text: str, wrt: str, expected: str) -> None:
    found = diff(text, [wrt])
    assert found.splitlines()[-1] == expected
    rng, program = Random(text + wrt), cgcli.parse(text)
    for _ in range(5):
        point = {
            name: np.array([rng.uniform(0.3, 0.9) for _ in range(3 ** len(shape))]).reshape([3] * len(shape))
            for name in program.inputs
            for shape in [program.shapes.get(name, ())]
        }
        ((truth,),) = (slopes.values() for slopes in cgcli.gradient(text, point, wrt=[wrt]).values())
        used = {name: point[name] for name in cgcli.parse(found).inputs}
        np.testing.assert_allclose(cgcli.evaluate(found, used)[f"df_d{wrt}"], truth, rtol=1e-11, atol=1e-12)


OPPOSITE = [
    ("1/(exp((a - b)/(k*T)) + 1)", ["a", "b"], ["df_da = -v1", "df_db = v1"]),
    ("sin(x - y)*cos(a)*cos(b)/sqrt(1 + a)", ["x", "y"], ["df_dx = v1", "df_dy = -v1"]),
    ("input A: [m, n]; input x: [n]; input b: [m]; sum((A @ x - b)^2)", ["A", "x", "b"],
     ["df_dx = 2*(A.T @ v1)", "df_db = -2*v1"]),
]  # fmt: skip


@pytest.mark.parametrize("text, wrt, expected", OPPOSITE)
def test_what_differs_by_a_sign_is_written_once(text: str, wrt: list[str], expected: list[str]) -> None:
    assert diff(text, wrt).splitlines()[-2:] == expected


@pytest.mark.parametrize("text", ["tan(x)^(2/3)", "sin(2*x)^(1/3)/sin(x)", "x*tan(x)^(1/3)*cos(x)"])
def test_functions_of_an_angle_keep_their_signs_under_a_root(text: str) -> None:
    """At 4 a tangent is above 0, and sine and cosine are below."""
    (truth,) = cgcli.gradient(text, x=4.0)["f"].values()
    np.testing.assert_allclose(cgcli.evaluate(diff(text, ["x"]), x=4.0)["df_dx"], truth, rtol=1e-12)
