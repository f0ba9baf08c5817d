"""Lists and records: what is read, printed, and changed in place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cg import ROOT, cg

TREE = '{"left": {"leaf": 1}, "right": {"left": {"leaf": 2}, "right": {"leaf": 3}}}'
VALUE = """
v(t) {
  if has(t, "leaf") { return tanh(w*t.leaf) }
  return tanh(a*v(t.left) + v(t.right))
}
v(t)
"""


def test_records_from_json(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text(TREE)
    done = cg("grad", VALUE, "t=@t.json", "w=0.5", "a=0.7", "--digits", "10", cwd=tmp_path)
    assert done.out.splitlines() == ["f = 0.8387165236", "df/dw = 0.2309303353", "df/da = 0.1826496662"]
    assert cg("check", VALUE, "t=@t.json", "w=0.5", "a=0.7", cwd=tmp_path).status == 0
    assert cg("eval", "t.left.leaf + len(list(t, t))", "t=@t.json", cwd=tmp_path).out == "3\n"


def test_what_does_not_run_takes_none(tmp_path: Path) -> None:
    (tmp_path / "v.json").write_text('{"t": {"a": 1}, "u": [[1, 2], [3]], "x": 2}')
    assert "is a table, not a number" in cg("eval", "t + 1", "--vars", "v.json", cwd=tmp_path).err
    assert "differ in length" in cg("eval", "sum(u)", "--vars", "v.json", cwd=tmp_path).err
    assert cg("eval", "x + 1", "--vars", "v.json", cwd=tmp_path).out == "3\n"
    found = cg("grad", "s = 0; for r in u { for e in r { s += e*x } }; s", "--vars", "v.json", cwd=tmp_path)
    assert found.out == "f = 12\ndf/dx = 6\n"
    by = cg("grad", "s = 0; for r in u { s += len(r)*x }; s", "--vars", "v.json", "--wrt", "u", cwd=tmp_path)
    assert (by.status, by.out) == (2, "")


PRINTED = {
    "list(1, [2, 3], list())": "list(1, [2, 3], [])",
    "record(a=1, b=list([1], 2))": "record(a=1, b=list([1], 2))",
    "list([1, 2], [3, 4])": "[[1, 2], [3, 4]]",
    "list(list(1, 2), 3)": "list([1, 2], 3)",
    "[list(i) for i in 1..2]": "[[1], [2]]",
    "[list() for i in 1..2][0]": "[]",
    "range(3)": "[0, 1, 2]",
    "range(5, 1, -2)": "[5, 3]",
    "len([[1, 2], [3, 4], [5, 6]])": "3",
    "xs = list(5, 6, 7); xs[1:]": "[6, 7]",
    "xs = list(5, 6, 7); n = 2; xs[:n]": "[5, 6]",
}


@pytest.mark.parametrize("program", PRINTED)
def test_printed_values_read_back(program: str) -> None:
    found = cg("eval", program)
    assert (found.status, found.err) == (0, "")
    assert found.out.splitlines()[-1].partition(" = ")[2] or found.out == PRINTED[program] + "\n"
    assert cg("eval", f"x = {PRINTED[program]}; print(1); x").out == PRINTED[program] + "\n"


def test_changes_in_place_are_of_one_name_alone() -> None:
    program = """
    a = [1, 2, 3]
    b = a
    xs = list(a, a)
    t = record(v=a, w=xs)
    a[0] = 10
    xs[1][2] = 20
    t.w[0][1] = 30
    u = t
    u.v[0] = 40
    ys = append(xs, 5)
    ys[0] = 50
    zs = xs
    zs = append(zs, 6)
    a; b; xs[0]; xs[1]; t.v; t.w[0]; u.v; len(xs); len(ys); ys[0]; zs[2]
    """
    assert cg("eval", program).out.split("\n")[:-1] == [
        *("[10, 2, 3]", "[1, 2, 3]", "[1, 2, 3]", "[1, 2, 20]", "[1, 2, 3]", "[1, 30, 3]", "[40, 2, 3]"),
        *("2", "3", "50", "6"),
    ]


BUCKETS = """
b = [list() for i in range(4)]
for v in [3*x, x, 4, 1, 5, 9, 2, 6] { b[v % 4] = append(b[v % 4], v*x) }
g = [[list() for j in 1..2] for i in 1..3]
g[2][1] = append(g[2][1], b[1][0])
s = list()
for bucket in b { for v in bucket { s = append(s, v) } }
s @ [1, 2, 3, 4, 5, 6, 7, 8] + 10*g[2][1][0] + len(g[0][0])
"""


@pytest.mark.parametrize("engine", ["auto", "plain", "python"])
def test_lists_without_items_are_filled_one_by_one(engine: str) -> None:
    """A list of them is no array, which would have no place for any."""
    s = [4, 1, 1, 5, 9, 2, 6, 3]
    value = sum((i + 1) * v for i, v in enumerate(s)) + 10
    found = cg("grad", BUCKETS, "x=1", "--engine", engine).out.splitlines()
    # twice what is 3*x^2 and x^2, and once what is a number times x
    slope = value + 10 + 8 * 3 + 2
    assert found == [f"f = {value}", f"df/dx = {slope}"]


def test_print_goes_to_stderr() -> None:
    done = cg("grad", 'for i in 1..2 {\n  y = x*i\n  print("y is", y)\n}\ny', "x=3")
    assert done.out == "f = 6\ndf/dx = 2\n"
    assert done.err == "<expr>:3:3: y is 3\n<expr>:3:3: y is 6\n"


def test_an_element_costs_an_element() -> None:
    """A vector of 50,000 is changed 50,000 times: copies would be of 20 GB."""
    program = "v = zeros([n]); for i in range(n) { v[i] = v[i - 1] + 1 }; v[-1]"
    assert cg("eval", program, "n=5e4", cwd=ROOT).out == "50000\n"


@pytest.mark.parametrize("engine", ["auto", "plain", "python", "kernel"])
@pytest.mark.parametrize("rounds", [1, 20_000])
def test_what_a_function_changes_in_place_is_its_own(engine: str, rounds: int) -> None:
    """However its calls are run; and it is told that nothing comes of it outside."""
    text = "v = [1, 2]\nf(x) { v[0] = x; return x }\ns = 0; for i in 1..n { s += f(i) + v[0] }\ns; v"
    found = cg("eval", text, f"n={rounds}", "--engine", engine)
    assert found.out == f"{rounds * (rounds + 1) // 2 + rounds}\n[1, 2]\n"
    assert (
        "note: `v` is changed in this call of `f` alone: outside, it stays as it was\n --> <expr>:2:8"
        in found.err
    )


def test_gradients_of_what_a_function_changes() -> None:
    text = "v = [x, 1]; f(y) { v[0] = y^2; return 2*y }; g(y) { v[1] += y; return v[1]*f(y) }\n"
    found = cg("grad", f"{text}s = 0; for i in 1..3 {{ s += g(i*x) + v[0]*v[1] }}\ns", "x=1.5")
    right = sum((1 + i * 1.5) * 2 * i * 1.5 + 1.5 for i in range(1, 4))
    assert found.out == f"f = {right:g}\ndf/dx = {sum(2 * i + 4 * i * i * 1.5 + 1 for i in range(1, 4)):g}\n"
