"""The examples: their values and derivatives are true."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

import mpmath
import pytest
from mpmath import mp, mpf

from tests import example_runs
from tests.cg import ROOT, cg
from tests.example_programs import Value, elements, gradients, unprinted

mp.dps = 40
PROGRAMS = {path.stem: path for path in sorted((ROOT / "examples").glob("*.cg"))}
PHRASES = ROOT / "examples" / "phrases"
Numbers = dict[str, Value]


def numbers(text: str) -> Value:
    """The value of a text such as `1.5` or `[[1, 2], [3, 4]]`, not rounded to doubles."""

    def exact(value: Any) -> Value:
        return [exact(part) for part in value] if isinstance(value, list) else mpf(value)

    return exact(ast.literal_eval(re.sub(r"[-+\w.]+", lambda found: f"'{found[0]}'", text)))


def defaults(name: str) -> Numbers:
    """The inputs of a program and their defaults, read from its text."""
    text = re.sub("#.*", "", PROGRAMS[name].read_text("utf-8"))
    found = re.findall(r"^input (\w+)(?:: \[.*?\])? =((?:.|\n(?!\n|input|\w))*)", text, re.M)
    return {variable: numbers(value.replace("_", "").strip()) for variable, value in found}


def moved(value: Value, place: int, by: mpf) -> Value:
    """A value with something added to one of its elements."""
    if not isinstance(value, list):
        return value + by if place == 0 else value
    size = len(elements(value[0]))
    return [moved(part, place - size * i, by) for i, part in enumerate(value)]


def slopes(truth: Callable[..., Numbers], inputs: Numbers, by: str, place: int) -> Numbers:
    """The derivatives of outputs by one element of an input: 28 digits, from differences in 40."""
    at = elements(inputs[by])[place]
    h = mpf(10) ** -14 * (abs(at) or 1)
    high, low = (truth(**{**inputs, by: moved(inputs[by], place, step)}) for step in (h, -h))
    return {
        output: [(a - b) / (2 * h) for a, b in zip(elements(value), elements(low[output]), strict=True)]
        for output, value in high.items()
    }


# The truths


def logistic(x: mpf) -> mpf:
    return (1 + mpmath.tanh(x / 2)) / 2


def textbook(a: mpf, b: mpf, c: mpf) -> Numbers:
    return {"Y": (a + b) * (b - c)}


def network(**v: mpf) -> Numbers:
    h1 = logistic(v["w11"] * v["x1"] + v["w12"] * v["x2"] + v["b1"])
    h2 = logistic(v["w21"] * v["x1"] + v["w22"] * v["x2"] + v["b2"])
    y = logistic(v["u1"] * h1 + v["u2"] * h2 + v["c"])
    return {"loss": (y - v["target"]) ** 2 / 2}


def backpropagation(**v: mpf) -> Numbers:
    i = (mpf("0.05"), mpf("0.1"))
    h = [logistic(v[f"w{k}"] * i[0] + v[f"w{k + 1}"] * i[1] + v["b1"]) for k in (1, 3)]
    o = [logistic(v[f"w{k}"] * h[0] + v[f"w{k + 1}"] * h[1] + v["b2"]) for k in (5, 7)]
    return {"E": ((o[0] - mpf("0.01")) ** 2 + (o[1] - mpf("0.99")) ** 2) / 2}


HOURS = "0.50 0.75 1.00 1.25 1.50 1.75 1.75 2.00 2.25 2.50 2.75 3.00 3.25 3.50 4.00 4.25 4.50 4.75 5.00 5.50"
PASSED = "0 0 0 0 0 0 1 0 1 0 1 0 1 0 1 1 1 1 1 1"


def logistic_regression(intercept: mpf, slope: mpf) -> Numbers:
    likelihood = mpf(1)
    for hours, passed in zip(HOURS.split(), PASSED.split(), strict=True):
        p = logistic(intercept + slope * mpf(hours))
        likelihood *= p if passed == "1" else 1 - p
    return {"loss": -mpmath.log(likelihood)}


def softmax(z1: mpf, z2: mpf, z3: mpf) -> Numbers:
    return {"loss": -mpmath.log(mpmath.exp(z3) / (mpmath.exp(z1) + mpmath.exp(z2) + mpmath.exp(z3)))}


def black_scholes(S: mpf, K: mpf, T: mpf, r: mpf, sigma: mpf) -> Numbers:
    d1 = (mpmath.log(S / K) + (r + sigma**2 / 2) * T) / (sigma * mpmath.sqrt(T))
    d2 = (mpmath.log(S / K) + (r - sigma**2 / 2) * T) / (sigma * mpmath.sqrt(T))
    return {"call": S * mpmath.ncdf(d1) - K * mpmath.exp(-r * T) * mpmath.ncdf(d2)}


def annuity(principal: mpf, rate: mpf, years: mpf) -> Numbers:
    growth = (1 + rate / 1200) ** (12 * years)
    return {"payment": principal * rate / 1200 * growth / (growth - 1)}


def pendulum(L: mpf, g: mpf, amplitude: mpf) -> Numbers:
    a2 = mpmath.radians(amplitude) ** 2
    series = 1 + a2 * (mpf(1) / 16 + a2 * (mpf(11) / 3072 + a2 * mpf(173) / 737280))
    return {"period": 2 * mpmath.pi * mpmath.sqrt(L / g) * series}


def projectile(v: mpf, angle: mpf, h: mpf, g: mpf) -> Numbers:
    a = mpmath.radians(angle)
    root = mpmath.sqrt(1 + 2 * g * h / (v * mpmath.sin(a)) ** 2)
    return {"distance": v**2 * mpmath.sin(2 * a) / (2 * g) * (1 + root)}


def lens(n: mpf, R1: mpf, R2: mpf, d: mpf, s: mpf) -> Numbers:
    # Gullstrand: two surfaces of the powers p1 and p2 at the reduced distance d/n
    p1, p2 = (n - 1) / R1, (1 - n) / R2
    f = 1 / (p1 + p2 - d / n * p1 * p2)
    image = s * f / (s - f)
    return {"focal_length": f, "s_image": image, "magnification": -image / s}


def van_der_waals(n: mpf, T: mpf, V: mpf) -> Numbers:
    R, a, b = mpf("8.314462618"), mpf("0.3658"), mpf("4.29e-5")
    v = V / n
    p = R * T / (v - b) - a / v**2
    return {"p": p, "Z": p * v / (R * T)}


def cylinder(**v: mpf) -> Numbers:
    m, d, h = (v[x] + v[f"u_{x}"] * v[f"s_{x}"] for x in ("mass", "diameter", "height"))
    return {"density": 1000 * m / (mpmath.pi * (d / 20) ** 2 * (h / 10))}


def rosenbrock(x: mpf, y: mpf) -> Numbers:
    return {"f": 100 * (y - x * x) ** 2 + (1 - x) ** 2}


def kepler(e: mpf, M_degrees: mpf) -> Numbers:
    M = mpmath.radians(M_degrees)
    return {"E_degrees": mpmath.degrees(mpmath.findroot(lambda E: E - e * mpmath.sin(E) - M, M))}


def michaelis_menten(S: mpf, I: mpf, Vmax: mpf, Km: mpf, Ki: mpf) -> Numbers:  # noqa: E741
    return {"speed": Vmax / (1 + Km / S + Km * I / (Ki * S))}


def nernst(outside: mpf, inside: mpf, z: mpf, celsius: mpf) -> Numbers:
    volts = mpf("8.314462618") * (celsius + mpf("273.15")) / (z * mpf("96485.33212"))
    return {"voltage": 1000 * volts * (mpmath.log(outside) - mpmath.log(inside))}


def planck(wavelength: mpf, T: mpf) -> Numbers:
    h, c, k, m = mpf("6.62607015e-34"), 299792458, mpf("1.380649e-23"), wavelength / 10**9
    return {"radiance": 2 * h * c**2 / m**5 / (mpmath.exp(h * c / (m * k * T)) - 1) / 10**9}


def pipe(v: mpf, D: mpf, L: mpf, roughness: mpf) -> Numbers:
    Re = 998 * v * D / mpf("1.002e-3")
    inverse_root = -mpf("1.8") * mpmath.log10((roughness / D / mpf("3.7")) ** mpf("1.11") + mpf("6.9") / Re)
    return {"loss": inverse_root**-2 * L / D * 499 * v**2}


def least_squares(x: list[mpf], y: list[mpf], ridge: mpf) -> Numbers:
    # Cramer's rule
    n, sx, sy = len(x) + ridge, sum(x), sum(y)
    sxx, sxy = sum(a * a for a in x) + ridge, sum(a * b for a, b in zip(x, y, strict=True))
    det = n * sxx - sx * sx
    return {"intercept": (sxx * sy - sx * sxy) / det, "slope": (n * sxy - sx * sy) / det}


def iris(X: Value, Y: Value, W1: Value, b1: Value, W2: Value, b2: Value) -> Numbers:
    loss = mpf(0)
    for x, y in zip(X, Y, strict=True):
        hidden = [mpmath.tanh(dot(x, w) + b) for w, b in zip(columns(W1), b1, strict=True)]
        odds = [mpmath.exp(dot(hidden, w) + b) for w, b in zip(columns(W2), b2, strict=True)]
        loss -= sum(wanted * mpmath.log(o / sum(odds)) for wanted, o in zip(y, odds, strict=True))
        loss += (1 - sum(y)) * mpmath.log(sum(odds))  # 0 for one kind, but not its derivative
    return {"loss": loss / len(X)}


def gaussian(x: list[mpf], m: list[mpf], S: Value) -> Numbers:
    # of the symmetric part of S, by its inverse and determinant
    S = (mpmath.matrix(S) + mpmath.matrix(S).T) / 2
    away = mpmath.matrix([a - b for a, b in zip(x, m, strict=True)])
    density = mpmath.exp(-(away.T * mpmath.inverse(S) * away)[0] / 2)
    return {"logp": mpmath.log(density / mpmath.sqrt(mpmath.det(2 * mpmath.pi * S)))}


def rosenbrock_n(x: list[mpf]) -> Numbers:
    return {"f": sum(100 * (b - a * a) ** 2 + (1 - a) ** 2 for a, b in pairwise(x))}


def pagerank(d: mpf, links: Value) -> Numbers:
    n = len(links)
    flow = mpmath.matrix(n)
    for page, row in enumerate(links):
        for other, weight in enumerate(row):
            flow[other, page] = d * weight / sum(row)
    rank = mpmath.lu_solve(mpmath.eye(n) - flow, mpmath.matrix([(1 - d) / n] * n))
    return {"rank": list(rank)}


def portfolio(shares: Value, mean_return: Value, covariance: Value) -> Numbers:
    risk = mpmath.sqrt(sum(a * b * c for a, row in zip(shares, covariance) for b, c in zip(shares, row)))
    inverse = mpmath.inverse(mpmath.matrix(covariance))
    total = sum(inverse)
    gain = sum(mean_return[i] * inverse[i, j] for i in range(3) for j in range(3)) / total
    return {"risk": risk, "least_risk": 1 / mpmath.sqrt(total), "return_at_least_risk": gain}


def gauss_newton(S: list[mpf], rate: list[mpf], start: list[mpf]) -> Numbers:
    V, K = start
    for _ in range(5):
        r = [V * s / (K + s) - found for s, found in zip(S, rate, strict=True)]
        a, b = [s / (K + s) for s in S], [-V * s / (K + s) ** 2 for s in S]
        aa, ab, bb, ar, br = dot(a, a), dot(a, b), dot(b, b), dot(a, r), dot(b, r)
        det = aa * bb - ab * ab
        V, K = V - (bb * ar - ab * br) / det, K - (aa * br - ab * ar) / det
    squares = sum((V * s / (K + s) - found) ** 2 for s, found in zip(S, rate, strict=True))
    return {"V": V, "K": K, "squares": squares}


def attention(Q: Value, K: Value, V: Value) -> Numbers:
    found = []
    for q in Q:
        weights = [mpmath.exp(dot(q, k) / mpmath.sqrt(len(q))) for k in K]
        found.append([dot(weights, v) / sum(weights) for v in columns(V)])
    return {"found": found}


def dot(x: list[mpf], y: list[mpf]) -> mpf:
    return sum(a * b for a, b in zip(x, y, strict=True))


def columns(x: Value) -> Value:
    return [list(column) for column in zip(*x, strict=True)]


TRUTHS: dict[str, Callable[..., Numbers]] = {
    "annuity": annuity,
    "attention": attention,
    "backpropagation": backpropagation,
    "black-scholes": black_scholes,
    "cylinder": cylinder,
    "gauss-newton": gauss_newton,
    "gaussian": gaussian,
    "iris": iris,
    "kepler": kepler,
    "least-squares": least_squares,
    "lens": lens,
    "logistic": logistic_regression,
    "michaelis-menten": michaelis_menten,
    "nernst": nernst,
    "network": network,
    "pagerank": pagerank,
    "pendulum": pendulum,
    "pipe": pipe,
    "planck": planck,
    "portfolio": portfolio,
    "projectile": projectile,
    "rosenbrock": rosenbrock,
    "rosenbrock-n": rosenbrock_n,
    "softmax": softmax,
    "textbook": textbook,
    "van-der-waals": van_der_waals,
    **example_runs.TRUTHS,
}


def close(found: object, truth: mpf, scale: mpf) -> bool:
    """Equal but for rounding; `scale` is the size of what may have cancelled."""
    return bool(abs(mpf(found) - truth) <= mpf("2e-13") * max(abs(truth), abs(scale)))


def test_every_program_has_a_truth() -> None:
    assert set(PROGRAMS) == set(TRUTHS)


@pytest.mark.parametrize("name", PROGRAMS)
def test_eval(name: str) -> None:
    inputs = defaults(name)
    done = cg("eval", "-f", f"examples/{name}.cg", cwd=ROOT)
    assert (done.status, unprinted(done.err)) == (0, ""), done
    values = dict(line.split(" = ") for line in done.out.splitlines())
    truth = TRUTHS[name](**inputs)
    assert list(values) == list(truth)
    for output, value in truth.items():
        found = elements(numbers(values[output]))
        for one, exact in zip(found, elements(value), strict=True):
            assert close(one, exact, mpf(0)), output


@pytest.mark.parametrize("name", PROGRAMS)
def test_grad(name: str) -> None:
    inputs = defaults(name)
    truth = TRUTHS[name](**inputs)
    command, key = "grad", "gradient"
    if any(isinstance(value, list) for value in truth.values()):
        command = key = "jacobian"
    records = gradients("-f", f"examples/{name}.cg", command=command)
    assert list(records) == list(truth)
    assert all(list(record[key]) == list(inputs) for record in records.values())
    for by, at in inputs.items():
        count = len(elements(at))
        for place in range(count):
            for output, exact in slopes(TRUTHS[name], inputs, by, place).items():
                found = elements(records[output][key][by])
                assert len(found) == len(exact) * count
                scale = max(map(abs, elements(truth[output])))
                for one, slope in zip(found[place::count], exact, strict=True):
                    assert close(one, slope, scale), f"d{output}/d{by}, {place}"


def test_phrases() -> None:
    """A recursive network over trees that are read from JSON."""
    inputs = {
        name: numbers(text)
        for name, text in re.findall(r"^input (\w+) = (.*)", (PHRASES / "net.cg").read_text("utf-8"), re.M)
    }
    of = partial(example_runs.phrases, PHRASES / "trees.json")
    truth = of(**inputs)["loss"]
    arguments = "-f", "examples/phrases/net.cg", "--vars", "examples/phrases/trees.json"
    for mode in ("reverse", "forward"):
        record = gradients(*arguments, "--mode", mode)["loss"]
        assert close(record["value"], truth, mpf(0))
        for by, found in record["gradient"].items():
            for place, one in enumerate(elements(found)):
                (slope,) = slopes(of, inputs, by, place)["loss"]
                assert close(one, slope, truth), f"{by}, {place}"
    assert cg("check", *arguments, cwd=ROOT).status == 0


@pytest.mark.parametrize("name", PROGRAMS)
def test_check(name: str) -> None:
    done = cg("check", "-f", f"examples/{name}.cg", cwd=ROOT)
    assert (done.status, unprinted(done.err)) == (0, ""), done
    verdicts = [line.split()[-1] for line in done.out.splitlines()[1:]]
    assert set(verdicts) == {"ok"}
