"""`cg diff`: long and deep programs, high orders, arrays."""

from __future__ import annotations

import math

import pytest
from mpmath import mp

import cgcli
from cgcli.render.infix import program_text
from cgcli.rewrite.differentiate import REPEATED
from tests.cg import cg
from tests.rewrite.diffs import derived, diff

# Long programs


def test_a_deep_chain_has_a_derivative_without_recursion() -> None:
    depth = 4_000
    text = "\n".join(["y0 = x", *(f"y{i} = sin(y{i - 1})" for i in range(1, depth))])
    found, program = derived(text)
    assert len(found.schedule()) < 4 * depth
    assert len(program_text(found.graph, found.outputs, program.shapes, REPEATED)) < 60 * depth


def test_a_deep_expression_has_a_derivative_without_recursion() -> None:
    depth = 5_000
    text = "sin(" * depth + "x" + ")" * depth
    found, program = derived(text)
    assert len(found.schedule()) < 4 * depth
    printed = program_text(found.graph, found.outputs, program.shapes, REPEATED)
    assert cgcli.parse(printed).inputs.keys() == {"x"}


def test_a_wide_sum_has_its_derivatives() -> None:
    width = 1_000
    found, _ = derived(" + ".join(f"x{i}^2" for i in range(width)))
    assert len(found.outputs) == width
    found, _ = derived(" + ".join(["x"] * 10_000))
    assert program_text(found.graph, found.outputs) == "df_dx = 10000"


def test_the_product_of_a_thousand_variables() -> None:
    """Speelpenning's: as long as the product, not as its square."""
    lengths, counts = [], []
    for count in (500, 1000):
        found, program = derived("*".join(f"x{i}" for i in range(count)))
        printed = program_text(found.graph, found.outputs, program.shapes, REPEATED)
        lengths.append(len(printed))
        counts.append(sum(1 for node in found.schedule() if found.graph.args[node]))
        assert len(found.outputs) == count
    assert counts[1] <= 4 * 1000
    assert counts[1] <= 2.1 * counts[0]
    assert lengths[1] <= 2.3 * lengths[0]


def test_nested_functions_grow_with_the_depth() -> None:
    lengths = []
    for depth in (100, 200):
        text = "\n".join(["y0 = x", *(f"y{i} = sin(y{i - 1})*cos(y{i - 1})" for i in range(1, depth + 1))])
        lengths.append(len(diff(text)))
    assert lengths[1] <= 2.2 * lengths[0]


@pytest.mark.parametrize(
    "text, expected",
    [("x", "[1, 1]"), ("3*x", "[3, 3]"), ("x^2", "[2, 4]"), ("7", "[0, 0]"), ("x^3 + x, x, 2", "[6, 12]")],
)
def test_diff_of_arrays_is_element_by_element(text: str, expected: str) -> None:
    call = text if text.count(",") == 2 else f"{text}, x"
    assert cg("eval", f"input x: [n]; diff({call})", "x=[1, 2]").out == expected + "\n"


def test_a_second_derivative_by_an_array_is_refused_at_its_place() -> None:
    result = cg("diff", "input x: [3]; sum(x^3)", "--wrt", "x", "--order", "2")
    assert result.status == 3
    assert "1 | input x: [3]; sum(x^3)\n  |               ^^^^^^^^\n" in result.err


def test_high_orders_stay_short() -> None:
    """Without common factors, the text of the twentieth derivative is that of 1.7 million characters."""
    result = diff("exp(-x^2)", order=20)
    assert len(result) < 400
    x = mp.mpf("0.75")
    truth = mp.hermite(20, x) * mp.exp(-(x**2))
    assert abs(cgcli.evaluate(result, x=0.75)["d20f_dx20"] / truth - 1) < 1e-12


def test_a_name_given_twice_is_one() -> None:
    assert cg("diff", "x^2", "--wrt", "x,x").out == "df_dx = 2*x\n"


UNKNOWN = "input x: [n]; input y: [m]; input s: []; "  # x[:m] has m elements, or n, if that is less


@pytest.mark.parametrize("text", ["sum(x[:m]*s)", "x[:m]*s", "sum(x[:m])^2*sum(s*x[:m])"])
@pytest.mark.parametrize("command", [("diff",), ("export", "--to", "python", "--grad")])
def test_a_shape_that_is_not_known_is_not_taken_for_a_number(command: tuple[str, ...], text: str) -> None:
    result = cg(*command, UNKNOWN + text, "--wrt", "s")
    assert (result.status, result.out) == (3, "")
    assert result.err.startswith("error: the derivative needs this shape, which is not known")
    result = cg(command[0], *command[1:3], UNKNOWN + f"jacobian({text}, s)")
    assert result.status == 3
    assert "which is not known before values are" in result.err
    assert "give values to the arrays in it" in result.err
    point = ("x=[1, 2, 3]", "y=[1, 1]", "s=2")
    inside, outside = (
        cg("eval", UNKNOWN + f"jacobian({text}, s)", *point),
        cg("jacobian", UNKNOWN + text, *point),
    )
    assert f"df/ds = {inside.out}" in outside.out


def test_a_sum_over_all_is_a_number_whatever_its_operand() -> None:
    out = cg("diff", UNKNOWN + "sum(x[:m])*s^2", "--wrt", "s").out
    assert out == "input x: [n]\ninput y: [m]\ninput s: []\ndf_ds = 2*s*sum(x[:m])\n"
    for mode in ("reverse", "forward"):
        done = cg(
            "grad", "--mode", mode, UNKNOWN + "sum(x[:m])*s^2", "x=[1, 2, 3]", "y=[1, 1]", "s=2", "--wrt", "s"
        )
        assert done.out == "f = 12\ndf/ds = 12\n"


def test_names_of_sizes_are_not_given_to_nodes() -> None:
    text = cg("diff", "input x: [v1]; sum(tanh(x + 1)^2*sin(tanh(x + 1)))", "--wrt", "x").out
    assert "\nv_1 = tanh(x + 1)\n" in text
    assert cg("eval", text, "x=[0, 1]").status == 0


@pytest.mark.parametrize(
    "text, order",
    [("0^x", 1), ("(x - x)^x + x", 2), ("a = 0; a^x", 1), ("a = y*x; b = x + y/a; sqrt(b^2 + 3)", 3)],
)
def test_programs_that_lose_a_factor_have_derivatives(text: str, order: int) -> None:
    assert cgcli.parse(diff(text, order=order))


def test_derivatives_without_overflow_or_nan_where_the_function_is_flat() -> None:
    assert cgcli.evaluate(diff("tanh(x)", order=2), x=800.0)["d2f_dx2"] == 0
    assert cgcli.evaluate(diff("sqrt(max(x, 0))"), x=-1.0)["df_dx"] == 0
    assert cgcli.evaluate(diff("exp(x)/(1 + exp(x))"), x=360.0)["df_dx"] == pytest.approx(math.exp(-360))


@pytest.mark.parametrize(
    "text, expected",
    [
        ("clip(x, y, x)", "df_dx = 1\ndf_dy = 0"),
        ("lgamma(clip(x, y, x) + 3)", "df_dx = digamma(x + 3)\ndf_dy = 0"),
        ("clip(x, y, y)", "df_dx = 0\ndf_dy = 1"),
        ("clip(y, y, z)", "df_dy = where(y < z, 1, 0)\ndf_dz = where(y < z, 0, 1)"),
        ("max(x, x, x)", "df_dx = 1"),
        ("max(max(x, y), x)", "df_dx = where(x > y, 1, 0)\ndf_dy = where(x > y, 0, 1)"),
        ("dot([x, y], [0, 0]) != pi", "df_dx = 0\ndf_dy = 0"),
        ("relu(relu(x)*2)", "df_dx = where(2*relu(x) > 0 and x > 0, 2, 0)"),
        ("norm(relu([x, -1]))", "v1 = relu([x, -1])\nv2 = norm(v1)\n"
         "df_dx = where(v2 == 0, 0, v1/v2)[0]"),
        ("max(x, y) + min(x, y)", "df_dx = 1\ndf_dy = 1"),
        ("z*max(x, y) - min(x, y)", 
         "df_dz = max(x, y)\ndf_dx = where(x > y, z, -1)\ndf_dy = where(x > y, -1, z)"),
        ("where(x < y, x, 0) + where(x > y, 3*x, 0)",
         "df_dx = where(x < y, 1, 0) + where(x > y, 3, 0)\ndf_dy = 0"),
        ("x^2 + 4/x^2", "df_dx = 2*x - 8/x^3"),
        ("where(x == 0, 0, sin(x)/x)", "df_dx = where(x == 0, 0, cos(x)/x - sin(x)/x^2)"),
    ],
)  # fmt: skip
def test_masks_join_and_guards_of_users_stay(text: str, expected: str) -> None:
    assert diff(text) == expected
