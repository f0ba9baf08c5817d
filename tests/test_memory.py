"""What cannot fit the memory there is is refused before it is built, with its size."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from cgcli.memory import available
from tests.cg import CG
from tests.cli.test_hostile import bounded

pytestmark = pytest.mark.long

MB = 10**6

TOO_LARGE = [
    ("zeros(1e9)", "8 GB"),
    ("eye(1e5)", "80 GB"),
    ("linspace(0, 1, num=1e10)", "80 GB"),
    ("x = ones(1e5); sum(outer(x, x))", "80 GB"),
    ("x = ones(3e4); sum(kron(x, x))", "7.2 GB"),
    ("x = ones([1e5, 1]); sum(x + x.T)", "80 GB"),
    ("x = ones([1e5, 1]); sum(x @ x.T)", "80 GB"),
    ('x = ones(300); sum(einsum("i,j,k,l->ijkl", x, x, x, x))', "64.8 GB"),
    ("sum(reshape(broadcast(1, [1e5, 1e5]), [1e10]) + 1)", "80 GB"),
    ("input x = ones(2e4); sum(hessian(sum(x^2), x))", "3.2 GB"),
    ("x = ones(5e7); y = x + 1; z = x*y; w = z - y; sum(w)", "1.2 GB, with"),
]


@pytest.mark.parametrize("text, size", TOO_LARGE)
def test_refused_with_its_size(text: str, size: str) -> None:
    result = bounded(text, memory=1200)
    assert (result.status, result.out) == (3, "")
    lines = result.err.splitlines()
    assert "there is not enough memory for an array of " in lines[0]
    assert lines[1].startswith(" --> <stdin>:1:")
    assert f"it takes {size}" in result.err
    assert " are free" in result.err


def test_digits_that_no_memory_counts_are_unknown() -> None:
    result = bounded("sum(sin(x)^2)", "x=linspace(0, 1, num=1.5e6)", command="check", memory=600)
    assert (result.status, result.out.split()[-3:]) == (0, ["?", "?", "ok"])


def test_a_hessian_of_many_numbers_is_refused() -> None:
    n = 10**4
    program = " + ".join(f"x{i}*x{i + 1}" for i in range(n)) + "\n"
    inputs = "".join(f"input x{i} = 1\n" for i in range(n + 1))
    result = bounded(inputs + program, command="hessian")
    assert (result.status, result.out) == (3, "")
    assert "it takes 50.8 GB" in result.err


@pytest.mark.parametrize("form", ["text", "json", "csv"])
def test_large_output_ends_with_its_reader(form: str) -> None:
    command = f"{CG} eval 'ones(1e7)*0.1' --format {form} | head -c 20"
    done = subprocess.run(
        ["bash", "-c", f"{command}; exit ${{PIPESTATUS[0]}}"], capture_output=True, timeout=60
    )
    assert (done.returncode, len(done.stdout), done.stderr) == (0, 20, b"")


def test_what_fits_is_computed() -> None:
    assert bounded("x = ones(1e7); sum(x + broadcast(1, [1e7]))", memory=1200).out == "20000000\n"


@pytest.mark.parametrize(
    "command, text, options",
    [
        ("hessian", "sum(x^2)", []),
        ("jacobian", "x^2", []),
        ("jacobian", "x^2", ["--mode", "forward"]),
        ("hessian", "sum(x^2)", ["--times", "x=ones([1e5, 1e5])[0]"]),
        ("grad", "sum(x^2)", ["--along", "x=ones([1e5, 1e5])[0]"]),
        ("eval", "input y = ones([1e5, 1e5]); sum(x)", []),
    ],
)
def test_results_and_directions_are_refused(command: str, text: str, options: list[str]) -> None:
    result = bounded(text, "x=ones(1e5)", *options, command=command, memory=1200)
    assert (result.status in (2, 3), result.out) == (True, "")
    assert "there is not enough memory for an array of 1.0e+10 elements" in result.err


@pytest.mark.parametrize("name", ["x.npy", "x.json", "x.csv"])
def test_a_file_that_cannot_fit_is_not_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    header = (
        np.lib.format.magic(1, 0)
        + b"v\0"
        + b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000,), }"
    )
    with path.open("wb") as file:
        file.write(header.ljust(128))
        file.truncate(8 * 10**9)  # of zeros that no disk holds
    result = bounded("sum(x)", f"x=@{path}", memory=1200)
    assert (result.status, result.out) == (2, "")
    assert result.err.startswith(f"error: cannot read `{path}`: there is not enough memory\n")
    assert "GB, and " in result.err


def test_second_derivatives_of_a_long_run_are_refused_before_their_memory_ends() -> None:
    program = "v = linspace(0, 1, 1000); w = v; for i in 1..n { w = sin(w)*a + v*b }; sum(w)"
    told = "there is not enough memory for second derivatives over"
    for rounds, status in ((1_000, 0), (16_000, 3)):
        found = bounded(
            program, f"n={rounds}", "a=0.9", "b=0.1", "--wrt", "a,b", command="hessian", memory=900
        )
        assert (found.status, told in found.err) == (status, status > 0)


@pytest.mark.parametrize("style", ["tree", "ascii", "list", "dot", "mermaid", "json"])
def test_pictures_end_with_their_reader(tmp_path: Path, style: str) -> None:
    path = tmp_path / "deep.cg"
    path.write_text("y = x\n" + "y = sin(y)*y + cos(y)\n" * 5000 + "y")
    command = f"ulimit -v 1000000; {CG} graph --depth 0 --style {style} -f {path} | head -2"
    shell = ["bash", "-c", f"{command}; exit ${{PIPESTATUS[0]}}"]
    done = subprocess.run(shell, capture_output=True, timeout=60)
    assert (done.returncode, len(done.stdout.splitlines()), done.stderr) == (0, 2, b"")


@pytest.mark.parametrize(
    "text",
    [
        "x*sum(ones([20000, 20000]))", "x*sum(eye(100000))", "x*sum(zeros([1e5, 1e5]))",
        "x*sum(linspace(0, 1, num=1e9))", "x*(sum(zeros([9000, 10000])) + sum(zeros([15000, 15000])))",
    ],
)  # fmt: skip
def test_models_that_no_file_holds_are_refused(text: str) -> None:
    result = bounded(text, "--to", "onnx", command="export")
    assert (result.status, result.out) == (3, "")
    assert result.err.startswith("error: an ONNX model holds at most 2 GB, and with [")


def tree(root: Path, files: dict[str, str]) -> str:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text + "\n")
    return str(root)


MACHINE = {"proc/meminfo": "MemTotal: 9000000 kB\nMemAvailable: 8000000 kB\nSwapFree: 1000000 kB"}
SECOND = {
    **MACHINE, "proc/self/cgroup": "0::/pod/own", "sys/fs/cgroup/pod/memory.max": "500000000",
    "sys/fs/cgroup/pod/memory.current": "300000000", "sys/fs/cgroup/pod/own/memory.max": "max",
    "sys/fs/cgroup/pod/own/memory.current": "100000000",
    "sys/fs/cgroup/pod/memory.stat": "anon 1\ninactive_file 50000000",
}  # fmt: skip
FIRST = {
    **MACHINE, "proc/self/cgroup": "5:cpu:/x\n4:memory:/docker/abc\n0::/",
    "sys/fs/cgroup/memory/memory.limit_in_bytes": "700000000",
    "sys/fs/cgroup/memory/memory.usage_in_bytes": "600000000",
    "sys/fs/cgroup/memory/memory.stat": "total_inactive_file 100000000",
}  # fmt: skip


@pytest.mark.parametrize(
    "files, there", [(MACHINE, 9216 * MB), (SECOND, 250 * MB), (FIRST, 200 * MB), ({}, float("inf"))]
)
def test_memory_of_machines_and_containers(tmp_path: Path, files: dict[str, str], there: float) -> None:
    """As Linux tells of them: in a container of the second version of control groups, and in one of the
    first, whose own group is the outermost that it sees."""
    assert available(tree(tmp_path, files)) == there
