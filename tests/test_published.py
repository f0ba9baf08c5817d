"""What the sources of the examples say."""

from __future__ import annotations

import json

import mpmath
import pytest
from mpmath import mpf

from tests.cg import ROOT, cg
from tests.example_programs import elements, gradients

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
