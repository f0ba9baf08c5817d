"""Problems without constraints, from their standard starts: J. J. More, B. S. Garbow and K. E. Hillstrom, "Testing
unconstrained optimization software", ACM Transactions on Mathematical Software 7 (1981) 17-41.

Each is a name, a program, a start, and the least values that are known: one of them is to be found.
"""

# ruff: noqa: E501  (a table)

from __future__ import annotations

from typing import Any, NamedTuple


class Problem(NamedTuple):
    name: str
    program: str
    start: dict[str, Any]
    least: tuple[float, ...]


def vector(*elements: float) -> dict[str, Any]:
    return {"x": list(elements)}


_OSBORNE_2 = (
    "[1.366, 1.191, 1.112, 1.013, 0.991, 0.885, 0.831, 0.847, 0.786, 0.725, 0.746, 0.679, 0.608, 0.655, 0.616, 0.606, "
    "0.602, 0.626, 0.651, 0.724, 0.649, 0.649, 0.694, 0.644, 0.624, 0.661, 0.612, 0.558, 0.533, 0.495, 0.500, 0.423, "
    "0.395, 0.375, 0.372, 0.391, 0.396, 0.405, 0.428, 0.429, 0.523, 0.562, 0.607, 0.653, 0.672, 0.708, 0.633, 0.668, "
    "0.645, 0.632, 0.591, 0.559, 0.597, 0.625, 0.739, 0.710, 0.729, 0.720, 0.636, 0.581, 0.428, 0.292, 0.162, 0.098, "
    "0.054]"
)
_OSBORNE_1 = (
    "[0.844, 0.908, 0.932, 0.936, 0.925, 0.908, 0.881, 0.850, 0.818, 0.784, 0.751, 0.718, 0.685, 0.658, 0.628, 0.603, "
    "0.580, 0.558, 0.538, 0.522, 0.506, 0.490, 0.478, 0.467, 0.457, 0.448, 0.438, 0.431, 0.424, 0.420, 0.414, 0.411, "
    "0.406]"
)
_MEYER = (
    "[34780, 28610, 23650, 19630, 16370, 13720, 11540, 9744, 8261, 7030, 6005, 5147, 4427, 3820, 3307, 2872]"
)
_WATSON = "; ".join(
    ["t = linspace(1, 29, 29)/29", "p = x[0] + t*0", "q = t*0"]
    + [f"p{j} = x[{j}]*t^{j}; q{j} = {j}*x[{j}]*t^{j - 1}" for j in range(1, 6)]
    + ["s = p + p1 + p2 + p3 + p4 + p5", "r = q1 + q2 + q3 + q4 + q5 - s^2 - 1"]
    + ["sum(r^2) + x[0]^2 + (x[1] - x[0]^2 - 1)^2"]
)
_CHEBYQUAD = "; ".join(
    ["t0 = 1 + 0*x", "t1 = 2*x - 1"]
    + [f"t{i} = 2*(2*x - 1)*t{i - 1} - t{i - 2}" for i in range(2, 9)]
    + [" + ".join(f"(mean(t{i}) - {0 if i % 2 else 1 / (1 - i * i)!r})^2" for i in range(1, 9))]
)
_BANDED = " + ".join(
    f"(x[{i}]*(2 + 5*x[{i}]^2) + 1 - ("
    + " + ".join(f"x[{j}]*(1 + x[{j}])" for j in range(max(0, i - 5), min(9, i + 1) + 1) if j != i)
    + "))^2"
    for i in range(10)
)

PROBLEMS = [
    Problem("Rosenbrock", "100*(y - x^2)^2 + (1 - x)^2", {"x": -1.2, "y": 1}, (0,)),
    Problem("Freudenstein and Roth", "(-13 + x + ((5 - y)*y - 2)*y)^2 + (-29 + x + ((y + 1)*y - 14)*y)^2",
            {"x": 0.5, "y": -2}, (0, 48.98425368)),
    Problem("Powell, badly scaled", "(1e4*x*y - 1)^2 + (exp(-x) + exp(-y) - 1.0001)^2", {"x": 0, "y": 1}, (0,)),
    Problem("Brown, badly scaled", "(x - 1e6)^2 + (y - 2e-6)^2 + (x*y - 2)^2", {"x": 1, "y": 1}, (0,)),
    Problem("Beale", "(1.5 - x*(1 - y))^2 + (2.25 - x*(1 - y^2))^2 + (2.625 - x*(1 - y^3))^2", {"x": 1, "y": 1}, (0,)),
    Problem("Jennrich and Sampson", "i = linspace(1, 10, 10); sum((2 + 2*i - exp(i*x) - exp(i*y))^2)",
            {"x": 0.3, "y": 0.4}, (124.3621823556,)),
    Problem("helical valley", "a = atan(y/x)/tau + (if x < 0 then 0.5 else 0); "
            "(10*(z - 10*a))^2 + (10*(hypot(x, y) - 1))^2 + z^2", {"x": -1, "y": 0, "z": 0}, (0,)),
    Problem("Bard", "d = [0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39, 0.37, 0.58, 0.73, 0.96, 1.34, 2.10, 4.39]; "
            "u = linspace(1, 15, 15); v = 16 - u; sum((d - (x[0] + u/(v*x[1] + min(u, v)*x[2])))^2)", vector(1, 1, 1),
            (8.214877306578e-3,)),
    Problem("Gaussian", "d = [0.0009, 0.0044, 0.0175, 0.0540, 0.1295, 0.2420, 0.3521, 0.3989, 0.3521, 0.2420, 0.1295, "
            "0.0540, 0.0175, 0.0044, 0.0009]; t = (8 - linspace(1, 15, 15))/2; "
            "sum((x[0]*exp(-x[1]*(t - x[2])^2/2) - d)^2)", vector(0.4, 1, 0), (1.127932769618e-8,)),
    Problem("Meyer", f"d = {_MEYER}; t = 45 + 5*linspace(1, 16, 16); sum((x[0]*exp(x[1]/(t + x[2])) - d)^2)",
            vector(0.02, 4000, 250), (87.94585517,)),
    Problem("Gulf research and development", "t = linspace(1, 99, 99)/100; d = 25 + (-50*log(t))^(2/3); "
            "sum((exp(-abs(d - x[1])^x[2]/x[0]) - t)^2)", vector(5, 2.5, 0.15), (0,)),
    Problem("Box, three-dimensional", "t = linspace(0.1, 1, 10); "
            "sum((exp(-t*x[0]) - exp(-t*x[1]) - x[2]*(exp(-t) - exp(-10*t)))^2)", vector(0, 10, 20), (0,)),
    Problem("Powell, singular", "(x[0] + 10*x[1])^2 + 5*(x[2] - x[3])^2 + (x[1] - 2*x[2])^4 + 10*(x[0] - x[3])^4",
            vector(3, -1, 0, 1), (0,)),
    Problem("Wood", "100*(x[1] - x[0]^2)^2 + (1 - x[0])^2 + 90*(x[3] - x[2]^2)^2 + (1 - x[2])^2 + "
            "10*(x[1] + x[3] - 2)^2 + 0.1*(x[1] - x[3])^2", vector(-3, -1, -3, -1), (0,)),
    Problem("Kowalik and Osborne", "d = [0.1957, 0.1947, 0.1735, 0.1600, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, "
            "0.0246]; u = [4, 2, 1, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625]; "
            "sum((d - x[0]*(u^2 + u*x[1])/(u^2 + u*x[2] + x[3]))^2)", vector(0.25, 0.39, 0.415, 0.39),
            (3.075056038492e-4,)),
    Problem("Brown and Dennis", "t = linspace(1, 20, 20)/5; "
            "sum(((x[0] + t*x[1] - exp(t))^2 + (x[2] + x[3]*sin(t) - cos(t))^2)^2)", vector(25, 5, -5, -1),
            (85822.20162636,)),
    Problem("Osborne 1", f"d = {_OSBORNE_1}; t = 10*linspace(0, 32, 33); "
            "sum((d - (x[0] + x[1]*exp(-t*x[3]) + x[2]*exp(-t*x[4])))^2)", vector(0.5, 1.5, -1, 0.01, 0.02),
            (5.464894697483e-5,)),
    Problem("Biggs EXP6", "t = linspace(0.1, 1.3, 13); d = exp(-t) - 5*exp(-10*t) + 3*exp(-4*t); "
            "sum((x[2]*exp(-t*x[0]) - x[3]*exp(-t*x[1]) + x[5]*exp(-t*x[4]) - d)^2)", vector(1, 2, 1, 1, 1, 1),
            (0, 5.655649925e-3)),
    Problem("Osborne 2", f"d = {_OSBORNE_2}; t = linspace(0, 64, 65)/10; sum((d - (x[0]*exp(-t*x[4]) + "
            "x[1]*exp(-(t - x[8])^2*x[5]) + x[2]*exp(-(t - x[9])^2*x[6]) + x[3]*exp(-(t - x[10])^2*x[7])))^2)",
            vector(1.3, 0.65, 0.65, 0.7, 0.6, 3, 5, 7, 2, 4.5, 5.5), (4.013773629355e-2,)),
    Problem("Watson", _WATSON, vector(*[0] * 6), (2.287670053552e-3,)),
    Problem("extended Rosenbrock", "sum(100*(x[1::2] - x[::2]^2)^2 + (1 - x[::2])^2)", vector(*[-1.2, 1] * 5), (0,)),
    Problem("extended Powell singular", "a = x[::4]; b = x[1::4]; c = x[2::4]; d = x[3::4]; "
            "sum((a + 10*b)^2 + 5*(c - d)^2 + (b - 2*c)^4 + 10*(a - d)^4)", vector(*[3, -1, 0, 1] * 3), (0,)),
    Problem("penalty I", "sum(1e-5*(x - 1)^2) + (sum(x^2) - 0.25)^2", vector(1, 2, 3, 4), (2.249977500e-5,)),
    Problem("penalty II", "i = linspace(2, 4, 3); y = exp(i/10) + exp((i - 1)/10); (x[0] - 0.2)^2 + "
            "1e-5*sum((exp(x[1:]/10) + exp(x[:-1]/10) - y)^2) + 1e-5*sum((exp(x[1:]/10) - exp(-0.1))^2) + "
            "(sum([4, 3, 2, 1]*x^2) - 1)^2", vector(0.5, 0.5, 0.5, 0.5), (9.376293e-6,)),
    Problem("variably dimensioned", "s = sum(linspace(1, 10, 10)*(x - 1)); sum((x - 1)^2) + s^2 + s^4",
            vector(*[1 - j / 10 for j in range(1, 11)]), (0,)),
    Problem("trigonometric", "i = linspace(1, 10, 10); sum((10 - sum(cos(x)) + i*(1 - cos(x)) - sin(x))^2)",
            vector(*[0.1] * 10), (0, 2.795056121877e-5)),
    Problem("Brown, almost linear", "sum((x[:-1] + sum(x) - 11)^2) + (prod(x) - 1)^2", vector(*[0.5] * 10), (0, 1)),
    Problem("discrete boundary value", "t = linspace(1, 10, 10)/11; l = concat([0], x[:-1]); r = concat(x[1:], [0]); "
            "sum((2*x - l - r + (x + t + 1)^3/242)^2)", vector(*[j / 11 * (j / 11 - 1) for j in range(1, 11)]), (0,)),
    Problem("discrete integral equation", "t = linspace(1, 10, 10)/11; c = (x + t + 1)^3; a = cumsum(t*c); "
            "b = sum((1 - t)*c) - cumsum((1 - t)*c); sum((x + ((1 - t)*a + t*b)/22)^2)",
            vector(*[j / 11 * (j / 11 - 1) for j in range(1, 11)]), (0,)),
    Problem("Broyden, tridiagonal", "l = concat([0], x[:-1]); r = concat(x[1:], [0]); "
            "sum(((3 - 2*x)*x - l - 2*r + 1)^2)", vector(*[-1] * 10), (0,)),
    Problem("Broyden, banded", _BANDED, vector(*[-1] * 10), (0,)),
    Problem("linear, full rank", "sum((x - sum(x)/10 - 1)^2) + 10*(sum(x)/10 + 1)^2", vector(*[1] * 10), (10,)),
    Problem("linear, rank 1", "s = sum(linspace(1, 10, 10)*x); sum((linspace(1, 20, 20)*s - 1)^2)", vector(*[1] * 10),
            (190 / 41,)),
    Problem("linear, rank 1, with columns and rows of zeros", "s = sum(linspace(2, 9, 8)*x[1:-1]); "
            "2 + sum((linspace(1, 18, 18)*s - 1)^2)", vector(*[1] * 10), (454 / 74,)),
    Problem("Chebyquad", _CHEBYQUAD, vector(*[j / 9 for j in range(1, 9)]), (3.516873725677e-3,)),
]  # fmt: skip
