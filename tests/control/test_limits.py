"""Programs without an end, and deep ones."""

from __future__ import annotations

import json
import signal
import subprocess

import pytest

from cgcli.cli import plan
from cgcli.control import limits
from tests.cg import CG, cg, computes, executable, hears_interrupts

pytestmark = pytest.mark.long

ENDLESS = "xs = list(); y = x\nwhile y > 0 {\n  y = y + 1\n  xs = list(y)\n}\ny"


@pytest.mark.parametrize("command", ["eval", "grad", "trace", "graph", "check", "jacobian", "hessian"])
def test_a_limit_of_operations(command: str) -> None:
    done = cg(command, ENDLESS, "x=1", "--max-ops", "5000")
    assert (done.status, done.out) == (1, "")
    assert done.err.startswith("error: it has taken more than 5,000 operations\n --> <expr>:")
    assert "y = 1" in done.err


@pytest.mark.parametrize(
    "command", ["eval", "grad", "debug", "trace", "graph", "check", "jacobian", "hessian"]
)
@pytest.mark.parametrize("text", ["xs = list(); for i in 1..1000 { xs = append(xs, i*x) }; xs[-1]",
                                  "s = 0; for w in v { s = s + w*x }; s"])  # fmt: skip
def test_long_records_are_asked_for(command: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_RECORDED", 1_000)
    given = [text, "x=2", *(["v=ones(1000)"] if "v" in text else [])]
    stdin = "continue\nquit\n" if command == "debug" else ""
    done = cg(command, *given, stdin=stdin)
    if command == "eval":
        assert (done.status, done.err) == (0, "")
        return
    assert (done.status, "more than 1,000 operations" in done.err) == (1, True)
    assert "so many are recorded one by one here, and --max-ops allows more" in done.err
    assert cg(command, *given, "--max-ops", "1e8", stdin=stdin).status == 0


@pytest.mark.parametrize(
    "text, is_early",
    [
        ("xs = list(); for i in 1..n { xs = append(xs, i*x) }; xs[-1]", True),
        ("s = list(x)[0]; for i in range(n, 0, -1) { if i < 9 { continue }\n s += i*x }; s", True),
        ("s = list(x)[0]; v = ones(n); for w in v { s += w*x }; s", True),
        ("f(n) { s = list(x)[0]; for i in 1..n { s += i*x }\n return s }\nf(n)", True),
        ("s = list(x)[0]; for i in 1..n { if i > 9 { break }\n s += i*x }; s", False),
        (
            "f(n) { s = list(x)[0]; for i in 1..n { if i > 9 { return s }\n s += i*x }\n return s }\nf(n)",
            False,
        ),
    ],
)
def test_a_loop_too_long_to_record_is_not_begun(text: str, is_early: bool) -> None:
    """Unless it may end before."""
    for command in ("grad", "graph", "hessian"):
        done = cg(command, text, "x=2", "n=6000000")
        assert (done.status, "it would take more than 5,000,000 operations" in done.err) == (is_early,) * 2


@pytest.mark.parametrize("command", [["plan"], ["diff"], ["export", "--to", "python"]])
def test_a_limit_of_operations_where_it_is_unrolled(command: list[str]) -> None:
    done = cg(*command, "y = 1\nwhile y > 0 { y = y + 1 }\nx*y", "--max-ops", "5000")
    assert (done.status, done.out) == (1, "")
    assert done.err.startswith("error: it has taken more than 5,000 operations\n --> <expr>:2")


LONG_PLANS = {
    "y = x\nfor i in 1..10^9 { y = sin(y)*a + i }\ny": "static      too long for a schedule",
    "y = x\nfor i in 1..n { y = sin(y)*a + i }\ny": "dynamic     by for i in 1..n (2:1)",
    "y = x\nfor i in 1..10^9 { y = sin(y)*a }\nif y > 3 { y = 3 }\ny": "may be dynamic by if y > 3 (3:1)",
    "f(v) { if v > 3 { return 3 }\n return v }\nfor i in 1..10^9 { s = i }\nf(x)": "by if v > 3 (1:8)",
    "v = [x, 1, 2]\nfor i in 1..10^9 { v[i % 3] = v[(i + 1) % 3]*a }\nv": "static      too long",
    "s = 0\nfor i in 1..10^9 { s += i }\nv = [a, 1, 2]\nsum(v[:x])": "by sum(v[:x]) (4:1)",
    "s = 0\nfor i in 1..10^9 { s += i }\nsum(zeros([x]))": "by sum(zeros([x])) (3:1)",
}


@pytest.mark.parametrize("text", LONG_PLANS)
def test_plans_of_long_programs_do_not_unroll_them(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "UNROLLED", 50_000)
    done = cg("plan", text)
    assert (done.status, done.err) == (0, "")
    assert LONG_PLANS[text] in done.out.splitlines()[0]
    assert done.out.splitlines()[1].startswith("engine      ")
    assert len(json.loads(cg("plan", text, "--style", "json").out)) == 3


def test_recursion_without_end_is_not_unrolled_for_long() -> None:
    done = executable("plan", "f(n) = if n == 0 then x else f(n - 1)\nf(0.5)")
    assert (done.status, done.out) == (1, "")
    assert done.err.startswith("error: it is more than 150,000 calls deep\n --> <expr>:1")
    assert "there n = -149998.5, x = ? in f, 150,000 calls deep" in done.err
    assert "nothing deeper is unrolled; `cg eval` runs it" in done.err


def test_what_is_not_unrolled_runs_row_by_row() -> None:
    deep = cg("eval", "f(n) = if n == 0 then x else f(n - 1)*1\nf(200000)", "--over", "x=1:2:1")
    assert (deep.status, deep.out) == (0, "x,f\n1,1\n2,2\n")
    done = cg("eval", "s = 0\nwhile 1 > 0 { s += 1 }\ns*x", "--over", "x=1:2:1", "--max-ops", "999")
    assert (done.status, done.out) == (1, "")
    assert done.err.startswith("error: it has taken more than 999 operations, in row 1\n --> <expr>:2")


def test_a_limit_of_time() -> None:
    done = cg("eval", ENDLESS, "x=1", "--timeout", "0.3", "--max-ops", "1e15")
    assert done.status == 1
    assert "it has taken longer than 0.3 s" in done.err


@pytest.mark.parametrize(
    "line",
    [
        ("eval", ENDLESS, "x=1"),
        ("eval", "y = 1; while y > 0 { y += 1 }; y"),
        ("grad", "y = x; for i in 1..1e15 { y += x/i }; y", "x=1"),
    ],
)
def test_an_interrupt_tells_where_it_was(line: tuple[str, ...]) -> None:
    process = subprocess.Popen(
        [CG, *line, "--max-ops", "1e15"],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        preexec_fn=hears_interrupts,
    )
    computes(process)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"error: interrupted\n --> <expr>:" in err
    assert b"y = " in err


COMPILED = {
    "a loop": (["eval"], "y = x\nwhile y > 0 { y = y + 1/y }\ny", "2:1"),
    "a loop in a function": (
        ["eval"], "g(n) { s = 0\nfor i in 1..n { s += i*x }\nreturn s }\nt = 0\n"
        "for k in 1..10^9 { t += g(100) }\nt", "",
    ),
    "recursion": (["eval"], "f(n) = if n < 2 then x else f(n - 1) + f(n - 2)\nf(60)", "1:1"),
    "a gradient": (["grad"], "y = x\nwhile y > 0 { y = y + 1/y }\ny", "2:1"),
    "a gradient of recursion": (["grad"], "f(n) = if n < 2 then x else f(n - 1) + f(n - 2)\nf(60)", "1:1"),
    "a Hessian": (["hessian"], "y = x\nfor i in 1..10^9 { y = sin(y) + i }\ny", "2:1"),
}  # fmt: skip


def started(*more: str) -> dict[str, subprocess.Popen[str]]:
    """All of them, side by side."""
    return {
        name: subprocess.Popen(
            [CG, *command, text, "x=1.5", "--max-ops", "1e15", *more],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            preexec_fn=hears_interrupts,
        )
        for name, (command, text, _) in COMPILED.items()
    }  # fmt: skip


def test_what_is_compiled_hears_interrupts() -> None:
    running = started()
    for process in running.values():
        computes(process)
    for process in running.values():
        process.send_signal(signal.SIGINT)
    found = {name: (process.communicate(timeout=60)[1], process) for name, process in running.items()}
    assert {name: process.returncode for name, (_, process) in found.items()} == dict.fromkeys(COMPILED, 130)
    for name, (_, _, place) in COMPILED.items():
        assert f"error: interrupted\n --> <expr>:{place}" in found[name][0], name


def test_what_is_compiled_hears_limits_of_time() -> None:
    for name, process in started("--timeout", "1").items():
        out, err = process.communicate(timeout=60)
        assert (process.returncode, out) == (1, ""), name
        assert f"error: it has taken longer than 1 s\n --> <expr>:{COMPILED[name][2]}" in err, name


DEPTH = 3_000

DEEP = {
    "calls": f"f(n) = if n == 0 then x else f(n - 1)*1; f({100 * DEPTH})",
    "branches": "y = x\n" + "if y > 0 {\n" * DEPTH + "y = 2*y\n" + "}\n" * DEPTH + "y/2",
    "loops": "y = x\n" + "for i in 1..1 {\n" * DEPTH + "y = 2*y\n" + "}\n" * DEPTH + "y/2",
    "loops that run for long": "y = x\nfor k in 1..20 {\n"
    + "for i in 1..1 {\n" * DEPTH
    + "y = 2*y\n"
    + "}\n" * DEPTH
    + "y = y/2\n}\ny",
    "operands": "for i in 1..1 { y = " + "if x > 9 then 0 else (" * DEPTH + "x" + ")" * DEPTH + " }\ny",
    "branches of one": "if x > 9 { y = 0 }" + " else if x > 9 { y = 0 }" * DEPTH + " else { y = x }\ny",
}


@pytest.mark.parametrize("name", DEEP)
def test_depth_is_ordinary(name: str) -> None:
    done = executable("grad", "-f", "-", "x=3", stdin=DEEP[name])
    assert (done.status, done.err) == (0, "")
    assert done.out.splitlines()[0].endswith("= 3")
    assert done.out.splitlines()[1].endswith("= 1")


@pytest.mark.parametrize("command", ["eval", "graph", "check"])
def test_blocks_nested_without_end_are_refused(command: str) -> None:
    done = executable(command, "-f", "-", stdin="y = 1\n" + "if y > 0 { # {\n" * 10**6 + "}" * 10**6)
    assert (done.status, done.out) == (3, "")
    assert done.err.startswith("error: more than 150,000 blocks are one inside the other\n")
    assert ":150002:10\n" in done.err
