"""Large and hostile input: an answer or a clear error, in bounded time and memory."""

from __future__ import annotations

import resource
import subprocess
from pathlib import Path

import pytest

from tests.cg import CG, Result, cg

pytestmark = pytest.mark.long

MEGABYTE = 2**20


def bounded(
    program: str, *arguments: str, command: str = "eval", memory: int = 3000, seconds: int = 60
) -> Result:
    """Run `cg` on a program from stdin within a limit of memory (MB) and processor time."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (memory * MEGABYTE, memory * MEGABYTE))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))

    done = subprocess.run(
        [CG, command, "-", *arguments], input=program.encode(), capture_output=True, preexec_fn=limit
    )
    assert b"Traceback" not in done.stderr
    assert len(done.stderr) < 2000
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.mark.parametrize("depth", [10**5, 3 * 10**5])
def test_nested_parentheses(depth: int) -> None:
    assert bounded("(" * depth + "7" + ")" * depth).out == "7\n"


def test_nested_parentheses_with_one_too_few() -> None:
    result = bounded("(" * 10**5 + "7" + ")" * (10**5 - 1))
    assert result.status == 3
    assert "<stdin>:1:1\n" in result.err


def test_many_minus_signs() -> None:
    assert bounded("-" * 10**5 + "7").out == "7\n"
    assert bounded("-" * 10**5 + "x", "x=2", command="grad").out == "f = 2\ndf/dx = 1\n"


def test_nested_calls() -> None:
    result = bounded("sin(" * 10**5 + "x" + ")" * 10**5, "x=0", command="grad")
    assert result.out == "f = 0\ndf/dx = 1\n"


def test_nested_brackets_and_conditions() -> None:
    n = 3 * 10**4
    assert bounded("if x then 1 else " * n + "2", "x=0").out == "2\n"
    assert bounded("(if 1 then " * n + "3" + " else 0)" * n).out == "3\n"
    assert bounded("2^" * n + "0").out in ("1\n", "2\n", "inf\n")
    assert bounded("not " * n + "1").out == "1\n"
    assert bounded("(" * 1000 + "x" + "!)" * 1000, "x=1").out == "1\n"


def test_a_sum_of_many_terms() -> None:
    result = bounded("+".join(["x"] * 2 * 10**5), "x=0.5", command="grad")
    assert result.out == "f = 100000\ndf/dx = 200000\n"


def test_a_power_tower() -> None:
    result = cg("eval", "9^9^9^9")
    assert (result.status, result.out) == (0, "inf\n")
    assert "is inf" in result.err


def test_numbers_beyond_the_largest_double() -> None:
    result = cg("eval", "1e1000000")
    assert (result.status, result.out) == (0, "inf\n")
    assert result.err.startswith("warning: this number is beyond the largest double, and is inf\n")
    assert cg("eval", "1e-1000000").out == "0\n"
    for digits in ("7" * (10 * MEGABYTE), "0x" + "f" * (10 * MEGABYTE)):
        result = bounded(digits)
        assert (result.status, result.out) == (0, "inf\n")
    assert bounded("0." + "3" * (10 * MEGABYTE)).out == "0.3333333333333333\n"


def test_a_long_comment() -> None:
    assert bounded("# " + "x" * (10 * MEGABYTE) + "\n1 + 1").out == "2\n"


def test_a_long_name() -> None:
    name = "x" * (10 * MEGABYTE)
    assert bounded(f"{name} = 3; {name} + 1").out == "4\n"
    result = bounded(name)
    assert result.status == 3


def test_a_long_line_of_rubbish() -> None:
    result = bounded("1 " * (5 * MEGABYTE))
    assert result.status == 3
    assert "an operator is missing between `1` and `1`" in result.err


def test_many_statements() -> None:
    program = "\n".join(f"x{i} = {i}" for i in range(10**5))
    result = bounded(program)
    assert result.out.count("\n") == 10**5
    assert result.out.endswith("x99999 = 99999\n")


def test_many_semicolons_and_newlines() -> None:
    assert bounded(";\n" * 10**5 + "1").out == "1\n"
    assert bounded("\n" * 10**6).status == 3


def test_many_inputs_with_defaults() -> None:
    n = 2 * 10**4
    program = "\n".join(f"input x{i} = {i}" for i in range(n)) + "\n" + "+".join(f"x{i}" for i in range(n))
    assert bounded(program).out == f"{n * (n - 1) // 2}\n"
    result = bounded(program, command="grad")
    assert result.out.count("= 1\n") == n


def test_many_arguments_of_max() -> None:
    program = "max(" + ",".join(f"x*{i}" for i in range(10**5)) + ")"
    assert bounded(program, "x=1", command="grad").out == "f = 99999\ndf/dx = 99999\n"


def test_a_chain_of_functions() -> None:
    n = 20_000
    lines = ["f0(x) = x + 1", *(f"f{i}(x) = f{i - 1}(x) + 1" for i in range(1, n)), f"f{n - 1}(0)"]
    assert bounded("\n".join(lines)).out == f"{n}\n"


def test_a_chain_of_comparisons() -> None:
    assert bounded("<".join(["x"] * 10**5), "x=1").out == "0\n"


def test_deep_graphs_in_pictures() -> None:
    depth = 2 * 10**4
    program = "sin(" * depth + "x" + ")" * depth
    assert bounded(program, "--style", "list", command="graph").out.count("\n") == depth + 1
    assert bounded(program, command="graph").out.count("\n") == 11
    assert bounded(program, "--style", "json", command="graph").status == 0
    assert bounded(program, "x=0", "--digits", "3", command="trace").out.count("\n") > 2 * depth


def test_vars_that_nest_deeply(tmp_path: Path) -> None:
    (tmp_path / "v.json").write_text('{"x": ' + "[" * 10**5 + "]" * 10**5 + "}")
    result = cg("eval", "x", "--vars", "v.json", cwd=tmp_path)
    assert result.status == 2
    assert "Traceback" not in result.err


@pytest.mark.parametrize("mode", ["reverse", "forward"])
@pytest.mark.parametrize("text", ["[{}]", "stack({})", "concat({}, axis=0)"])
def test_the_gradient_of_a_long_literal(text: str, mode: str) -> None:
    """In time that grows with the number of elements, not with its square."""
    n = 2 * 10**4
    element, weight = ("y", 2) if text.startswith("concat") else ("x", 1)
    program = f"y = [x, x]; sum({text.format(','.join(f'{element}*{i}' for i in range(n)))})"
    result = bounded(program, "x=1", "--wrt", "x", "--mode", mode, command="grad", seconds=15)
    assert result.out.splitlines()[1] == f"df/dx = {weight * n * (n - 1) // 2}"


def test_memory_that_runs_out_is_said() -> None:
    result = bounded("+".join(["x"] * 10**6), "x=1", memory=90)
    assert result.status == 70
    assert "not enough memory" in result.err


@pytest.mark.parametrize(
    "text, column, command",
    [
        ("sum(linspace(0, 1, 1e12))", 5, "eval"),
        ("zeros([1e6, 1e6])", 1, "eval"),
        ("1 + eye(1e7)", 5, "eval"),
        ("broadcast(1, [1e6, 1e6]) + 1", 1, "eval"),
        ("outer(ones(1e6), ones(1e6))", 1, "trace"),
        ("trace(diag(x*ones(1e4)))", 7, "grad"),
        ("trace(broadcast(x, [14e3, 14e3]))", 1, "grad"),
        ("sum(x*ones(1e12))", 7, "graph"),
    ],
)
def test_an_array_too_large_for_memory_is_an_error_at_its_place(text: str, column: int, command: str) -> None:
    result = bounded(text, *(["x=1"] if "x" in text else []), command=command, memory=800)
    assert result.status == 3
    assert "not enough memory for an array of " in result.err
    assert f" --> <stdin>:1:{column}\n" in result.err


@pytest.mark.parametrize("command", ["eval", "plan", "trace", "graph", "jacobian"])
@pytest.mark.parametrize("depth", [100, 10**5])
def test_arrays_of_too_many_axes(depth: int, command: str) -> None:
    result = bounded("[" * depth + "1" + "]" * depth, command=command)
    assert (result.status, result.out) == (3, "")
    assert "an array has at most" in result.err


def test_long_arrays() -> None:
    result = bounded(f"sum([{', '.join(map(str, range(10**5)))}]*x)", "x=2", command="grad")
    assert result.out == "f = 9999900000\ndf/dx = 4999950000\n"
    elements = ", ".join(f"{i}*x" for i in range(10**4))
    result = bounded(f"sum([{elements}])", "x=2", command="grad")
    assert result.out == "f = 99990000\ndf/dx = 49995000\n"


@pytest.mark.parametrize(
    "text", ["zeros([1e9, 1e9])", "eye(1e10)", "linspace(0, 1, 1e18)", "broadcast(1, 1e18)"]
)
def test_arrays_that_are_too_large(text: str) -> None:
    for command in ("eval", "plan", "graph"):
        result = bounded(text, command=command)
        assert (result.status, result.out) == (3, "")
        assert "is too large" in result.err


@pytest.mark.parametrize("name", ["\x1b[31mred", "\x07", "a\x00b", "\u202ex"])
def test_characters_that_steer_a_terminal_are_not_shown(name: str, tmp_path: Path) -> None:
    """From names of columns and cells of a table."""
    (tmp_path / "t.csv").write_text(f"{name},y\n1,{name}\n")
    for program in ("z", "y"):
        found = cg("eval", program, "--data", "t.csv", cwd=tmp_path)
        assert found.status in (2, 3)
        assert found.err.replace("\n", "").isprintable()
        assert "\ufffd" in found.err
