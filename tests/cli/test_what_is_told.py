"""What is said of lines that are not quite right, of names that may mean something else, and of columns."""

from __future__ import annotations

from pathlib import Path

import pytest

import cgcli
from cgcli.cli.commands import COMMANDS
from cgcli.cli.options import NAMES
from tests.cg import cg

TABLES = {
    "t.csv": "a,b\n1,2\n3,4\n",
    "decay.csv": "t,y\n0,3\n1,2.1\n2,1.5\n3,1.2\n4,0.9\n",
    "e.csv": "e,t,y\n1,2,3\n3,4,5\n5,6,7\n",
    "net.cg": "w*x\n",
    "names.csv": "name,v\nab,1\ncd,2\n",
    "blanks.csv": "# x y\n1 2\n",
}


@pytest.fixture
def here(tmp_path: Path) -> Path:
    for name, text in TABLES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


# By the arguments: the exit status, and parts of what stderr says.
TOLD: list[tuple[list[str], int, list[str]]] = [
    (["ops", ""], 2, ["unknown operation ``"]),
    (["ops", " "], 2, ["unknown operation ` `"]),
    (["eval", "a+b", "--data", "t.csv", "--where", "a=1"], 2, ["takes one condition", "`==` compares"]),
    (["eval", "a+b", "--data", "t.csv", "--where", "input a"], 2, ["--where takes one condition"]),
    (["minimize", "x^2", "x=1", "--st", "x=1"], 2, ["--st takes expressions", "`==` compares"]),
    (["fit", "y ~ a*t", "a=1", "--data", "decay.csv", "--sigma", "a=1"], 2, ["--sigma takes expressions"]),
    (["fit", "y ~ a*t", "a=1", "--data", "decay.csv", "--plot", "p.bmp"], 2, ["--plot", ".png, .svg, .pdf"]),
    (["fit", "--plot", "p.bmp", "y ~ a*t", "a=1", "--data", "decay.csv"], 2, ["--plot", ".png, .svg, .pdf"]),
    (["diff", "while x>1 {x/=2}; x"], 3, ["`x` is used before it is given a value"]),
    (["diff", "3 + 4"], 2, ["there is no input to differentiate by"]),
    (["eval", "while a>0 {a-=1}; a", "--data", "t.csv"], 3, ["the column of that name", "`input a`"]),
    (["grad", "while a>0 {a-=1}; a", "--data", "t.csv"], 3, ["the column of that name", "`input a`"]),
    (["eval", "a = a + 1; a", "--data", "t.csv"], 3, ["the column of that name", "`input a`"]),
    (["fit", "z ~ a*t", "a=1", "--data", "decay.csv"], 3, ["the columns are `t`, `y`"]),
    (["eval", "x + y", "--data", "blanks.csv"], 3, ["a comma, `;`, `|` or a tab separates cells"]),
    (["train", "(z - a*t)^2", "a=1", "--data", "decay.csv"], 3, ["the columns are `t`, `y`"]),
    (["fit", "y ~ a*exp(-t/tau) + c", "a=1", "c=0", "--data", "decay.csv"], 0, ["`tau` is the constant"]),
    (["train", "(y - a*exp(-t/tau))^2", "a=1", "--data", "decay.csv"], 0, ["`tau` is the constant"]),
    (["fit", "if a > 0 { m = t/tau }; y ~ a*m", "a=1", "--data", "decay.csv"], 0, ["`tau` is the constant"]),
    (["fit", "y ~ a*e", "a=1", "--data", "e.csv"], 0, ["`e` is the column of that name here"]),
    (["train", "(y - a*e)^2", "a=1", "--data", "e.csv"], 0, ["`e` is the column of that name here"]),
    (["eval", "a + b", "a=3", "--data", "t.csv"], 0, ["`a` has the value that is given"]),
    (["fit", "y ~ a*t", "a=1", "t=2", "--data", "decay.csv"], 1, ["`t` has the value that is given"]),
    (["eval", "sum(x)", "x=@names.csv:name", "--bad", "drop"], 1, ["2 of 2 rows", "nothing is left of it"]),
    (["eval", "-f", "net.cg", "w = x + 3"], 2, ["cannot depend on a name", "-f FILE -f -"]),
    (["grad", "-f", "net.cg", "w = 1; v = 2"], 2, ["must be one expression", "-f FILE -f -"]),
    (["fit", "-f", "net.cg", "w = x", "--data", "t.csv"], 2, ["-f FILE -f -"]),
    (["minimize", "exp(x)", "x=1"], 1, ["may have no least value"]),
    (["minimize", "1/x", "x=1"], 1, ["may have no least value"]),
    (["minimize", "1/x + y^2", "x=1", "y=1"], 1, ["may have no least value"]),
    (["minimize", "atan(x)", "x=1"], 1, ["may have no least value"]),
    (["minimize", "exp(-x^2)", "x=1"], 1, ["may have no least value"]),
    (["eval", "zero(exp(z) + p, z, 0.2)", "p=200"], 1, ["near 0.2", "there p = 200"]),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "status", "told"), TOLD, ids=[" ".join(one) for one, _, _ in TOLD])
def test_told(here: Path, arguments: list[str], status: int, told: list[str]) -> None:
    found = cg(*arguments, cwd=here)
    assert found.status == status, found
    assert all(part in found.err for part in told), found


# What is right is not told of.
QUIET = [
    ["fit", "y ~ a*e^(-t)", "a=1", "--data", "decay.csv"],
    ["solve", "e*x == 2", "x=1"],
    ["eval", "a + b", "--data", "t.csv"],
    ["eval", "sum(x)", "x=@names.csv:v", "--bad", "drop"],
    ["check", "x^2", "x=1"],
    ["minimize", "(x - 1e8)^4", "x=1"],
    ["minimize", "x^2 + 1/(1 + x^2)", "x=3"],
    ["minimize", "1/x", "x=1", "--st", "x <= 50"],
]


@pytest.mark.parametrize("arguments", QUIET, ids=" ".join)
def test_nothing_to_tell(here: Path, arguments: list[str]) -> None:
    assert cg(*arguments, cwd=here).err == ""


def test_names_that_are_none() -> None:
    """Every option of names says so by its own name."""
    for command in COMMANDS.values():
        for option in command.options:
            if option.kind == NAMES:
                needed = ["--to", "c"] if command.name == "export" else []
                found = cg(command.name, "x", *needed, option.flags[0], " , ")
                assert found.status == 2
                assert f"`{option.flags[0]}` takes names" in found.err, (command.name, option.flags)


def test_a_constant_has_no_derivative() -> None:
    found = cg("debug", "x = 1\nfor i in 0..3 { x += i }\nx", stdin="continue\nwhy x\n")
    assert "x = 1\n" in found.out
    assert "dx/d1" not in found.out


@pytest.mark.parametrize("value", [10**400, [10**400], -(10**400)])
def test_values_beyond_the_range(value: object) -> None:
    with pytest.raises(cgcli.CgError, match="the value of `x` is beyond the range of doubles"):
        cgcli.evaluate("x", x=value)


def test_large_whole_numbers_in_lists() -> None:
    assert list(cgcli.evaluate("x", x=[10**20, 1])["f"]) == [1e20, 1.0]


def test_what_python_shows() -> None:
    assert dir(cgcli) == sorted(cgcli.__all__)
    assert repr(cgcli.parse("p = x^2; q = p*y; r = p")) == "<Program: x, y -> q, r>"
    assert repr(cgcli.prepare("x^2*y", y=2)) == "<PreparedProgram: x -> f>"
