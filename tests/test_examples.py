"""Every program in examples/ runs, and its values and derivatives are right.

Right means: equal to a formula written here with mpmath in 40 digits, in another form than the
program's where there is one, and equal to what the source that the program names has published.
Arrays are lists of such numbers here.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import mpmath
import pytest
from mpmath import mp, mpf

from tests.cg import ROOT, cg

mp.dps = 40
PROGRAMS = {path.stem: path for path in sorted((ROOT / "examples").glob("*.cg"))}

# A number, or nested lists of numbers.
Value = Any
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


def elements(value: Value) -> list[mpf]:
    """The numbers of a value, row by row."""
    return [x for part in value for x in elements(part)] if isinstance(value, list) else [value]


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


def gradients(*arguments: str, command: str = "grad") -> dict[str, dict[str, Any]]:
    """What `cg grad` says, by output."""
    done = cg(command, "--format", "json", *arguments, cwd=ROOT)
    assert done.status == 0, done
    assert done.err == ""
    return {record["output"]: record for record in map(json.loads, done.out.splitlines())}


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
    assert (done.status, done.err) == (0, ""), done
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


@pytest.mark.parametrize("name", PROGRAMS)
def test_check(name: str) -> None:
    done = cg("check", "-f", f"examples/{name}.cg", cwd=ROOT)
    assert (done.status, done.err) == (0, ""), done
    verdicts = [line.split()[-1] for line in done.out.splitlines()[1:]]
    assert set(verdicts) == {"ok"}


# What the sources say. A name, bindings, an output, `None` for its value or the input it is
# differentiated by, what is published, and how far it may be off: half a unit of the last digit.

PUBLISHED = [
    # John C. Hull, and the values of the greeks that every option calculator gives
    ("black-scholes", [], "call", None, 10.450583572185565, 1e-14),
    ("black-scholes", [], "call", "S", 0.636830651, 5e-10),
    ("black-scholes", [], "call", "sigma", 37.5240347, 5e-8),
    ("black-scholes", [], "call", "T", 6.4140275, 5e-8),
    ("black-scholes", [], "call", "r", 53.2324815, 5e-8),
    ("black-scholes", ["--vars", "examples/hull.toml"], "call", None, 4.76, 5e-3),
    # Matt Mazur, "A Step by Step Backpropagation Example"
    ("backpropagation", [], "E", None, 0.298371109, 5e-10),
    ("backpropagation", [], "E", "w1", 0.000438568, 5e-10),
    ("backpropagation", [], "E", "w5", 0.082167041, 5e-10),
    # Wikipedia, "Logistic regression": deviance 16.0598 of the fit, 27.7259 without the hours
    ("logistic", [], "loss", None, 16.0598 / 2, 5e-5),
    ("logistic", [], "loss", "intercept", 0, 1e-5),
    ("logistic", [], "loss", "slope", 0, 1e-5),
    ("logistic", ["intercept=0", "slope=0"], "loss", None, 27.7259 / 2, 5e-5),
    # Stanford CS231n, "Linear classification": loss and probabilities
    ("softmax", [], "loss", None, 1.04, 5e-3),
    ("softmax", [], "loss", "z1", 0.016, 1e-3),
    ("softmax", [], "loss", "z2", 0.631, 5e-4),
    ("softmax", [], "loss", "z3", 0.353 - 1, 5e-4),
    # Wikipedia, "Mortgage calculator"
    ("annuity", [], "payment", None, 1264.14, 5e-3),
    # Rosenbrock's starting point, as in Moré, Garbow and Hillstrom, ACM TOMS 7 (1981)
    ("rosenbrock", [], "f", None, 24.2, 1e-13),
    ("rosenbrock", [], "f", "x", -215.6, 1e-12),
    ("rosenbrock", [], "f", "y", -88, 1e-12),
    ("rosenbrock", ["x=1", "y=1"], "f", "x", 0, 0),
    # Meeus, "Astronomical Algorithms", examples 30.a and 30.b
    ("kepler", [], "E_degrees", None, 5.554589, 5e-7),
    # Hille, "Ion Channels of Excitable Membranes": potassium and sodium in mammalian muscle
    ("nernst", [], "voltage", None, -98, 0.5),
    ("nernst", ["outside=145", "inside=12"], "voltage", None, 67, 0.5),
    # Half of Vmax at S = Km
    ("michaelis-menten", ["S=0.25", "I=0"], "speed", None, 6, 1e-14),
    # Wien's displacement law: the maximum of Planck's
    ("planck", ["wavelength=2897771.955/5772"], "radiance", "wavelength", 0, 1e-6),
    # The level point of the critical isotherm, and 3/8
    ("van-der-waals", ["V=3*4.29e-5", "T=8*0.3658/(27*8.314462618*4.29e-5)"], "Z", None, 0.375, 1e-14),
    ("van-der-waals", ["V=3*4.29e-5", "T=8*0.3658/(27*8.314462618*4.29e-5)"], "p", "V", 0, 1e-2),
    # The widest throw
    ("projectile", ["angle=rad2deg(atan(14/sqrt(14^2 + 4*9.81)))"], "distance", "angle", 0, 1e-13),
    # Anscombe (1973): every one of the four lines is y = 3 + 0.5 x
    ("least-squares", [], "intercept", None, 3.00, 5e-3),
    ("least-squares", [], "slope", None, 0.500, 5e-4),
    # Wikipedia, "Gauss-Newton algorithm"
    ("gauss-newton", [], "V", None, 0.362, 5e-4),
    ("gauss-newton", [], "K", None, 0.556, 5e-4),
    ("gauss-newton", [], "squares", None, 0.00784, 5e-6),
    # Zivot, "Introduction to Computational Finance and Financial Econometrics"
    ("portfolio", [], "least_risk", None, 0.0727, 5e-5),
    ("portfolio", [], "return_at_least_risk", None, 0.0249, 5e-5),
]  # fmt: skip


@pytest.mark.parametrize("name, arguments, output, by, value, slack", PUBLISHED)
def test_published(
    name: str, arguments: list[str], output: str, by: str | None, value: float, slack: float
) -> None:
    record = gradients("-f", f"examples/{name}.cg", *arguments)[output]
    found = record["value"] if by is None else record["gradient"][by]  # type: ignore[index]
    assert found == pytest.approx(value, rel=0, abs=slack)


def shown(name: str, output: str) -> list[float]:
    done = cg("eval", "-f", f"examples/{name}.cg", "--show", output, "--format", "json", cwd=ROOT)
    assert done.status == 0, done
    return elements(json.loads(done.out)["value"])


@pytest.mark.parametrize(
    "name, output, wanted, slack",
    [
        # Wikipedia, "PageRank": percentages in its picture
        ("pagerank", "rank", [3.3, 38.4, 34.3, 3.9, 8.1, 3.9, 1.6, 1.6, 1.6, 1.6, 1.6], 0.05),
        # Zivot: the shares of the least risk
        ("portfolio", "best", [44.1, 36.6, 19.3], 0.05),
    ],
)
def test_published_percentages(name: str, output: str, wanted: list[float], slack: float) -> None:
    found = [100 * x for x in shown(name, output)]
    assert found == pytest.approx(wanted, rel=0, abs=slack)
    assert sum(found) == pytest.approx(100, rel=1e-14)


def test_second_derivatives_of_rosenbrock() -> None:
    """Against those that SciPy has written out; times a direction, too."""
    from scipy.optimize import rosen, rosen_hess, rosen_hess_prod

    x, v = [1.3, 0.7, 0.8, 1.9, 1.2], [1, 0, 2, -1, 0.5]
    record = gradients("-f", "examples/rosenbrock-n.cg", command="hessian")["f"]
    assert record["value"] == pytest.approx(rosen(x), rel=1e-14)
    for row, wanted in zip(record["hessian"]["x"]["x"], rosen_hess(x), strict=True):
        assert row == pytest.approx(list(wanted), rel=1e-13)
    record = gradients("-f", "examples/rosenbrock-n.cg", "--times", f"x={v}", command="hessian")["f"]
    assert record["product"]["x"] == pytest.approx(list(rosen_hess_prod(x, v)), rel=1e-13)


def test_pendulum_against_the_elliptic_integral() -> None:
    exact = 4 / mpmath.sqrt(mpf("9.80665")) * mpmath.ellipk(mpmath.sin(mpmath.pi / 12) ** 2)
    # the next term of the series is 22931/1321205760 a^8
    rest = mpf(22931) / 1321205760 * (mpmath.pi / 6) ** 8
    found = mpf(gradients("-f", "examples/pendulum.cg")["period"]["value"])
    assert abs(found / exact - 1) < 1.2 * rest


def test_haaland_against_colebrook() -> None:
    """White, "Fluid Mechanics": Haaland's formula is within 2 percent of Colebrook's."""
    Re, k = mpf(998) * mpf("1.5") * mpf("0.05") / mpf("1.002e-3"), mpf("4.5e-5") / mpf("0.05")
    root = mpmath.findroot(lambda x: x + 2 * mpmath.log10(k / mpf("3.7") + mpf("2.51") * x / Re), 7)
    found = mpf(gradients("-f", "examples/pipe.cg", "--show", "friction")["friction"]["value"])
    assert abs(found * root**2 - 1) < 0.02


def test_pipe_is_laminar_when_slow() -> None:
    record = gradients("-f", "examples/pipe.cg", "--show", "friction", "v=0.02")["friction"]
    Re = 998 * 0.02 * 0.05 / 1.002e-3
    assert record["value"] == pytest.approx(64 / Re, rel=1e-14)
    assert record["gradient"]["v"] == pytest.approx(-64 / Re / 0.02, rel=1e-14)  # type: ignore[index]
    assert record["gradient"]["roughness"] == 0  # type: ignore[index]


def test_uncertainty_of_the_cylinder() -> None:
    """The root of the summed squares, by the rule for products: relative uncertainties add up."""
    record = gradients("-f", "examples/cylinder.cg")["density"]
    gradient: dict[str, float] = record["gradient"]  # type: ignore[assignment]
    found = mpmath.sqrt(sum(gradient[f"u_{x}"] ** 2 for x in ("mass", "diameter", "height")))
    relative = mpmath.sqrt((0.03 / 66.61) ** 2 + (2 * 0.02 / 19.97) ** 2 + (0.01 / 25.02) ** 2)
    assert float(found) == pytest.approx(float(record["value"] * relative), rel=1e-13)


@pytest.mark.parametrize(
    "name, binding", [("pipe", "v=0"), ("black-scholes", "T=0"), ("nernst", "z=0"), ("kepler", "e=1")]
)
def test_assertions_hold_the_line(name: str, binding: str) -> None:
    done = cg("eval", "-f", f"examples/{name}.cg", binding, cwd=ROOT)
    assert (done.status, done.out) == (1, "")
    assert done.err.startswith("error: assertion failed: ")
