"""`cg fit` as it is typed: figures against SciPy and NumPy, and what becomes of what has no answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import optimize, stats

from tests.cg import Result, cg, executable

RANDOM = np.random.default_rng(5)
T = np.linspace(0, 8, 30)
Y = 4 * np.exp(-0.5 * T) + 1 + 0.05 * RANDOM.normal(size=30)
S = 0.04 + 0.01 * T
START = ("a=1", "b=1", "c=0")
MODEL = "y ~ a*exp(-b*t) + c"


@pytest.fixture
def data(tmp_path: Path) -> str:
    path = tmp_path / "d.csv"
    rows = (
        f"{t!r},{y!r},{s!r},{i},text" for i, (t, y, s) in enumerate(zip(T.tolist(), Y.tolist(), S.tolist()))
    )
    path.write_text("t,y,s,i,note\n" + "\n".join(rows) + "\n")
    return str(path)


def record(*arguments: str, status: int = 0) -> dict[str, Any]:
    done = cg("fit", *arguments, "--format", "json")
    assert done.status == status, done
    found: dict[str, Any] = json.loads(done.out)
    return found


def values(found: dict[str, Any], key: str = "value") -> list[float]:
    return [parameter[key] for parameter in found["parameters"].values()]


def curve(t: Any, a: float, b: float, c: float) -> Any:
    return a * np.exp(-b * t) + c


@pytest.mark.parametrize("absolute", [False, True])
def test_figures(data: str, absolute: bool) -> None:
    options = ["--sigma", "s"] if absolute else []
    found = record(MODEL, "--data", data, *START, *options)
    sigma = S if absolute else None
    best, covariance = optimize.curve_fit(
        curve, T, Y, [4, 0.5, 1], sigma=sigma, absolute_sigma=absolute, xtol=1e-14, ftol=1e-14
    )
    weight = 1 / (S if absolute else np.ones(30))
    residuals = (Y - curve(T, *best)) * weight
    total, n = float(residuals @ residuals), 30
    assert values(found) == pytest.approx(best, rel=1e-6)
    assert values(found, "error") == pytest.approx(np.sqrt(np.diag(covariance)), rel=1e-5)
    names = list(found["parameters"])
    matrix = [[found["covariance"][one][other] for other in names] for one in names]
    assert np.array(matrix) == pytest.approx(covariance, rel=1e-4)
    spread = np.sqrt(np.diag(covariance))
    correlation = [[found["correlation"][one][other] for other in names] for one in names]
    assert np.array(correlation) == pytest.approx(covariance / np.outer(spread, spread), rel=1e-4)
    assert (found["rows"], found["dof"], found["level"]) == (30, 27, 0.95)
    assert found["residual_sum"] == pytest.approx(total, rel=1e-9)
    assert found["sigma"] == pytest.approx(np.sqrt(total / 27))
    quantile = stats.norm.ppf(0.975) if absolute else stats.t.ppf(0.975, 27)
    for parameter in found["parameters"].values():
        reach = quantile * parameter["error"]
        assert parameter["interval"] == pytest.approx(
            [parameter["value"] - reach, parameter["value"] + reach]
        )
        assert parameter["bound"] is None
    mean = np.sum(weight**2 * Y) / np.sum(weight**2)
    assert found["r_squared"] == pytest.approx(1 - total / np.sum(((Y - mean) * weight) ** 2))
    score, k = n * (np.log(2 * np.pi * total / n) + 1), 4
    if absolute:
        score, k = total + np.sum(np.log(2 * np.pi * S**2)), 3
        assert found["p_value"] == pytest.approx(stats.chi2.sf(total, 27))
    else:
        assert found["p_value"] is None
    assert found["aic"] == pytest.approx(score + 2 * k)
    assert found["bic"] == pytest.approx(score + np.log(n) * k)
    assert found["undetermined"] == []


@pytest.mark.parametrize("loss", ["huber", "soft_l1", "cauchy"])
def test_losses(data: str, loss: str, tmp_path: Path) -> None:
    spoilt = Y.copy()
    spoilt[[3, 11, 20]] += [3, -2, 4]
    path = tmp_path / "spoilt.csv"
    np.savetxt(path, np.c_[T, spoilt], delimiter=",", header="t,y", comments="", fmt="%.17g")
    found = record(MODEL, "--data", str(path), *START, "--sigma", "0.05", "--loss", loss)

    def residuals(p: Any) -> Any:
        return (spoilt - curve(T, *p)) / 0.05

    peer = optimize.least_squares(
        residuals, [4, 0.5, 1], loss=loss, xtol=1e-15, ftol=1e-15, gtol=1e-15, x_scale="jac", max_nfev=5000
    )
    assert values(found) == pytest.approx(peer.x, rel=1e-5)
    assert found["loss_sum"] == pytest.approx(2 * peer.cost, rel=1e-9)
    r = residuals(values(found))
    z = r**2
    psi = {"huber": np.clip(r, -1, 1), "soft_l1": r / np.sqrt(1 + z), "cauchy": r / (1 + z)}[loss]
    bend = {"huber": z <= 1, "soft_l1": (1 + z) ** -1.5, "cauchy": (1 - z) / (1 + z) ** 2}[loss]
    scale = (psi @ psi / 27) / np.mean(bend) ** 2
    a, b, _ = values(found)
    jacobian = np.c_[np.exp(-b * T), -a * T * np.exp(-b * T), np.ones(30)] / 0.05
    errors = np.sqrt(scale * np.diag(np.linalg.inv(jacobian.T @ jacobian)))
    assert values(found, "error") == pytest.approx(errors, rel=1e-6)


def test_arrays_whole_and_as_parameters(data: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "d.npz", t=T, y=Y)
    expected = values(record(MODEL, "--data", data, *START))
    bound = [f"{name}=@{tmp_path}/d.npz:{name}" for name in "ty"]
    whole = record(MODEL, *bound, *START)
    assert values(whole) == pytest.approx(expected, rel=1e-13)
    assert whole["rows"] == 30
    for where in (["--data", data], bound):
        found = record("y ~ w[0]*exp(-w[1]*t) + w[2]", *where, "w=[1, 1, 0]")
        assert found["parameters"]["w"]["value"] == pytest.approx(expected, rel=1e-12)
        assert np.shape(found["covariance"]["w"]["w"]) == (3, 3)
        assert np.shape(found["parameters"]["w"]["interval"]) == (2, 3)


def test_a_linear_model_of_matrices(tmp_path: Path) -> None:
    X, Z = RANDOM.normal(size=(40, 3)), RANDOM.normal(size=(40, 2))
    np.savez(tmp_path / "m.npz", X=X, z=Z)
    expected = np.linalg.lstsq(X, Z, rcond=None)[0]
    rows = record("input X: [3]; input z: [2]; z ~ X @ W", "--data", f"{tmp_path}/m.npz", "W=zeros([3, 2])")
    bound = [f"{name}=@{tmp_path}/m.npz:{name}" for name in ("X", "z")]
    whole = record("z ~ X @ W", *bound, "W=zeros([3, 2])")
    for found in (rows, whole):
        assert np.array(found["parameters"]["W"]["value"]) == pytest.approx(expected, rel=1e-12)
        assert found["rows"] == 80


def test_models_that_share_parameters(data: str) -> None:
    found = record("y ~ a*exp(-b*t) + c; y^2 ~ (a*exp(-b*t) + c)^2", "--data", data, *START)

    def residuals(p: Any) -> Any:
        return np.concatenate([Y - curve(T, *p), Y**2 - curve(T, *p) ** 2])

    peer = optimize.least_squares(residuals, [4, 0.5, 1], xtol=1e-15, ftol=1e-15, gtol=1e-15)
    assert values(found) == pytest.approx(peer.x, rel=1e-6)
    assert (found["rows"], found["dof"]) == (60, 57)
    two = record(
        "y ~ a*exp(-b*t) + c; 2*y ~ 2*a*exp(-b*t) + 2*c",
        "--data",
        data,
        *START,
        "--sigma",
        "s",
        "--sigma",
        "2*s",
    )
    assert values(two) == pytest.approx(
        values(record(MODEL, "--data", data, *START, "--sigma", "s")), rel=1e-10
    )


def test_bounds(data: str) -> None:
    found = record(MODEL, "--data", data, *START, "--bounds", "c <= 0.9; 0 < a < 10; b > 0")
    peer = optimize.least_squares(lambda p: Y - curve(T, p[0], p[1], 0.9), [4, 0.5], xtol=1e-15, ftol=1e-15)
    assert values(found) == pytest.approx([*peer.x, 0.9], rel=1e-6)
    at = found["parameters"]["c"]
    assert (at["value"], at["error"], at["interval"], at["bound"]) == (0.9, None, None, "c <= 0.9")
    assert found["dof"] == 28
    assert found["covariance"]["a"]["c"] is None
    errors = np.sqrt(np.diag(np.linalg.inv(peer.jac.T @ peer.jac)) * 2 * peer.cost / 28)
    assert values(found, "error")[:2] == pytest.approx(errors, rel=1e-5)


def test_what_data_do_not_determine(data: str) -> None:
    found = record("y ~ a*d*exp(-b*t) + c", "--data", data, *START, "d=3", status=1)
    assert found["undetermined"] == ["a", "d"]
    assert [found["parameters"][name]["error"] is None for name in "adbc"] == [True, True, False, False]
    plain = record(MODEL, "--data", data, *START)
    assert found["parameters"]["b"]["error"] == pytest.approx(plain["parameters"]["b"]["error"], rel=0.03)
    assert "determine a and d" in found["reason"]


def test_fewer_rows_than_parameters(tmp_path: Path) -> None:
    path = tmp_path / "few.csv"
    path.write_text("t,y\n1,2\n2,3\n")
    found = record("y ~ a + b*t + c*t^2", "--data", str(path), *START, status=1)
    assert "fewer residuals (2) than parameters (3)" in found["reason"]
    exact = record("y ~ a + b*t", "--data", str(path), "a=1", "b=0")
    assert values(exact) == pytest.approx([1, 1])
    assert (exact["dof"], exact["sigma"]) == (0, None)
    assert values(exact, "error") == [None, None]


def test_arrays_that_are_fitted_are_told_of() -> None:
    answer = cg("fit", "y ~ a*x + b", "x=[1,2,3]", "y=[2,4,6.1]", "a=1", "b=1")
    assert answer.status == 1
    assert "parameters (8), the elements of x and y among them: is --wrt a,b meant?" in answer.err


@pytest.mark.parametrize("held", ["k", "y", "t"])
@pytest.mark.parametrize("options", [[], ["--sigma", "k*s"], ["--loss", "cauchy", "--sigma", "0.05"]])
def test_sensitivity(data: str, held: str, options: list[str], tmp_path: Path) -> None:
    """As it is found by fitting again."""
    program = ("y ~ a*exp(-b*t^k) + c", *START, *options, "--wrt", "a,b,c")
    found = record(*program, "k=1.1", "--data", data, "--sensitivity", held)
    step = 1e-5

    def again(sign: int) -> Any:
        t, y, k = T.copy(), Y.copy(), 1.1
        if held == "k":
            k += sign * step
        else:
            (t if held == "t" else y)[7] += sign * step
        path = tmp_path / "moved.csv"
        np.savetxt(path, np.c_[t, y, S], delimiter=",", header="t,y,s", comments="", fmt="%.17g")
        return np.array(values(record(*program, f"k={k!r}", "--data", str(path))))

    expected = (again(1) - again(-1)) / (2 * step)
    moved = [found["sensitivity"][name][held] for name in "abc"]
    if held != "k":
        assert all(len(row) == 30 for row in moved)
        moved = [row[7] for row in moved]
    assert moved == pytest.approx(expected, rel=1e-4, abs=1e-7)


def test_predictions(data: str, tmp_path: Path) -> None:
    target = tmp_path / "p.npz"
    found = record(MODEL, "--data", data, *START, "--sigma", "s", "--predict", str(target))
    table = dict(np.load(target))
    assert list(table) == [
        "y", "t", "s", "fit", "residual", "fit_error", "confidence_low", "confidence_high", "prediction_low",
        "prediction_high",
    ]  # fmt: skip
    a, b, c = values(found)
    g = np.c_[np.exp(-b * T), -a * T * np.exp(-b * T), np.ones(30)]
    covariance = np.array([[found["covariance"][one][other] for other in "abc"] for one in "abc"])
    error = np.sqrt(np.einsum("ij,jk,ik->i", g, covariance, g))
    fit, q = curve(T, a, b, c), stats.norm.ppf(0.975)
    assert table["fit"] == pytest.approx(fit, rel=1e-12)
    assert table["residual"] == pytest.approx(Y - fit, abs=1e-12)
    assert table["fit_error"] == pytest.approx(error, rel=1e-9)
    assert table["confidence_low"] == pytest.approx(fit - q * error)
    assert table["prediction_high"] == pytest.approx(fit + q * np.hypot(error, S))
    over = tmp_path / "over.csv"
    record(MODEL, "--data", data, *START, "--predict", str(over), "--over", "t=0:4:2")
    rows = over.read_text().splitlines()
    assert rows[0].split(",")[:3] == ["t", "fit", "fit_error"]
    assert len(rows) == 4


def test_text_is_a_program_that_can_be_read_back(data: str, tmp_path: Path) -> None:
    done = cg("fit", MODEL, "--data", data, *START)
    assert done.status == 0
    for line, name in zip(done.out.splitlines(), "abc"):
        assert line.startswith(f"{name} = ")
        assert "# +- " in line
        assert "95 %: " in line
    told = tmp_path / "fit.toml"
    told.write_text(done.out)
    again = cg("eval", "a; b; c", "--vars", str(told), "--format", "json")
    exact = values(record(MODEL, "--data", data, *START))
    assert [json.loads(line)["value"] for line in again.out.splitlines()] == exact
    for ending in ("toml", "json", "npz"):
        path = str(tmp_path / f"out.{ending}")
        assert cg("fit", MODEL, "--data", data, *START, "--out", path).status == 0
        again = cg("eval", "a; b; c", "--vars", path, "--format", "json")
        assert [json.loads(line)["value"] for line in again.out.splitlines()] == exact


def test_starts_are_drawn_by_a_seed(data: str) -> None:
    one, two = (
        cg("fit", MODEL, "--data", data, *START, "--starts", "4", "--seed", "3", "--format", "json")
        for _ in range(2)
    )
    assert one.status == 0
    assert one.out == two.out


def test_a_step_a_line(data: str) -> None:
    done = cg("fit", MODEL, "--data", data, *START, "--trace")
    assert done.err.startswith("step 1: sum ")
    assert done.status == 0
    lines = done.err.splitlines()
    told = "in another way, or from another start:"
    assert [lines[place - 1] for place, line in enumerate(lines) if place and line.startswith("step 1:")] == [
        told for line in lines if line == told
    ]
    assert told in lines


def test_elements_without_an_error_say_so(data: str) -> None:
    model = "y ~ p[0]*exp(-p[1]*t) + p[2] + p[3]"
    found = cg("fit", model, "--data", data, "p=[1, 1, 0, 0]", "--bounds", "p[0] <= 2", "--digits", "4")
    assert "none, none]" in found.out
    assert "nan" not in found.out


WRONG = [
    (["y - a*t", "a=1"], 3, "the program has no `~`"),
    (["y ~ a*t; a", "a=1"], 3, "this states no model"),
    (["y ~ a*t", "--wrt", "a"], 3, "the input `a` has no value"),
    (["y ~ a*t"], 3, "the input `a` has no value"),
    (["y ~ a*q", "a=1"], 3, "the input `q` has no value"),
    (["y ~ 2*t"], 2, "there is no unknown"),
    (["y ~ a*t", "a=1", "--sigma", "s +"], 2, "<sigma>:1:4"),
    (["y ~ a*t", "a=1", "--sigma", "a*s"], 2, "the unknowns do not move"),
    (["y ~ a*t", "a=1", "--bounds", "a >"], 2, "<bounds>:1:4"),
    (["y ~ a*t", "a=1", "--bounds", "q > 2"], 2, "no name `q`"),
    (["y ~ a*t", "a=1", "--bounds", "t > 2"], 2, "`t` is not an unknown"),
    (["y ~ a*t", "a=1", "--bounds", "a > 2"], 2, "outside of its bound a > 2"),
    (["y ~ a*t", "a=1", "--bounds", "a > 3; a < 2"], 2, "no `a` is within --bounds"),
    (["y ~ a*t", "a=1", "--bounds", "a = 2"], 2, "`==` compares"),
    (["y ~ a*t", "a=1", "--sensitivity", "q"], 2, "no input `q`"),
    (["y ~ a*t", "a=1", "--interval", "95"], 2, "between 0 and 1"),
    (["y ~ a*t", "a=1", "--tolerance", "0"], 2, "above 0"),
    (["y ~ a*t", "a=1", "--out", "x.csv"], 2, "does not end in .toml"),
    (["y ~ a*t", "a=1", "--predict", "x.toml"], 2, "does not end in .csv"),
    (["y ~ a*log(t - 3)", "a=1"], 1, "log(t - 3) is nan at t - 3 = -3, in row 1"),
    (["y ~ a*t", "a=1", "--sigma", "i - 2"], 1, "--sigma is -2 in row 1"),
    (["u ~ a*v", "u=[]", "v=[]", "a=1", "--wrt", "a"], 1, "there are no rows"),
    (["y ~ a*t^b", "a=1", "b=3", "--max-steps", "1"], 1, "it stopped after 1 step,"),
    (["y ~ a*note", "a=1"], 2, "text"),
    (["assert a < 0; y ~ a*t", "a=1"], 1, "assertion failed: a < 0, in row 1"),
    (["assert t < 7.9; y ~ a*t", "a=1"], 1, "assertion failed: t < 7.9, in row 30"),
]


@pytest.mark.parametrize("arguments, status, told", WRONG, ids=[" ".join(case[0]) for case in WRONG])
def test_errors(data: str, arguments: list[str], status: int, told: str) -> None:
    done = cg("fit", *arguments, "--data", data)
    assert (done.status, told in done.err) == (status, True), done


@pytest.mark.parametrize(
    "bound", ["a >= c^2", "a >= 0.01", "a >= c - 1e9", "c*[1, 2] <= w", "2*c >= a; b <= 3"]
)
def test_a_bound_that_moves_with_what_is_held(data: str, bound: str) -> None:
    """Against fits with other values of it."""

    def found(c: float, *more: str) -> dict[str, Any]:
        model, wrt = ("w[0]*t + w[1]", "w") if "w" in bound else ("a*t + b", "a,b")
        start = ["w=[5, 5]"] if "w" in bound else ["a=1.5", "b=1"]
        given = [f"y ~ {model} + 0*c", "--data", data, *start, f"c={c!r}", "--wrt", wrt]
        return record(*given, "--bounds", bound, *more)

    moved = found(1.0, "--sensitivity", "c")["sensitivity"]
    up, down = (found(1.0 + h)["parameters"] for h in (1e-4, -1e-4))
    for name, row in moved.items():
        slope = (np.array(up[name]["value"]) - np.array(down[name]["value"])) / 2e-4
        assert np.array(row["c"]) == pytest.approx(slope, rel=1e-4, abs=1e-9)


@pytest.mark.parametrize("cells, told", [("", "there are no rows"), ("1,nan\n2,3\n", "`y` is nan in row 1")])
def test_a_record_is_there_whatever_happens(tmp_path: Path, cells: str, told: str) -> None:
    path = tmp_path / "d.csv"
    path.write_text("t,y\n" + cells)
    found = record("y ~ a*t", "--data", str(path), "a=2", status=1)
    assert (found["converged"], found["parameters"]["a"]["value"], told in found["reason"]) == (
        False,
        2,
        True,
    )


def test_the_executable(data: str) -> None:
    done: Result = executable("fit", MODEL, "--data", data, *START, "--format", "json")
    assert done.status == 0
    assert json.loads(done.out) == record(MODEL, "--data", data, *START)


def test_intervals_cover_what_they_say() -> None:
    """Of many data sets, in 95 of 100 the interval holds what the data were made with."""
    random, held = np.random.default_rng(11), 0
    t = np.linspace(0, 6, 12)
    runs = 120
    for _ in range(runs):
        y = 3 * np.exp(-0.7 * t) + 0.1 * random.normal(size=12)
        whole = (f"{name}=[{', '.join(map(repr, x.tolist()))}]" for name, x in (("y", y), ("t", t)))
        found = record("y ~ a*exp(-b*t)", *whole, "a=1", "b=1", "--wrt", "a,b")
        low, high = found["parameters"]["b"]["interval"]
        held += low <= 0.7 <= high
    assert stats.binomtest(held, runs, 0.95).pvalue > 0.01


def test_many_rows(tmp_path: Path) -> None:
    """By way of a sample, machine code, and blocks that are read again."""
    random = np.random.default_rng(2)
    t = random.uniform(0, 6, 400_000)
    y = 3 * np.exp(-0.4 * t) + 0.5 + 0.1 * random.normal(size=len(t))
    np.savez(tmp_path / "many.npz", t=t, y=y)
    found = record(MODEL, "--data", f"{tmp_path}/many.npz", *START)
    best, covariance = optimize.curve_fit(curve, t, y, [3, 0.4, 0.5], xtol=1e-14, ftol=1e-14)
    assert values(found) == pytest.approx(best, rel=1e-7)
    assert values(found, "error") == pytest.approx(np.sqrt(np.diag(covariance)), rel=1e-5)
    assert found["rows"] == 400_000
    spread = np.sum((y - y.mean()) ** 2)
    assert found["r_squared"] == pytest.approx(1 - found["residual_sum"] / spread, rel=1e-10)
