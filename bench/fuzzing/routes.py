"""Routes to one result: reverse, forward, the Jacobian, what `cg diff` prints, `--fast`, what `cg export`
writes, and numbers of 50 digits. Each is compared with what is expected, within what rounding may do."""

from __future__ import annotations

import json
import math
import re
import shutil
import subprocess
import warnings
from collections.abc import Callable
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import numpy as np
import onnxruntime
from mpmath import mp, mpf

import cgcli
from bench.fuzzing.noise import Expected, expected
from bench.fuzzing.programs import Program, of_arrays_too, of_numbers
from bench.fuzzing.running import Runner, pasted
from cgcli.algebras.numbers import floats
from cgcli.errors import OperationError
from cgcli.evaluation.static import static_graph
from cgcli.passes.forward import forward
from tests.algebras.mpmath50 import MPMATH50
from tests.export.runs import c_number

onnxruntime.set_default_logger_severity(4)

TEXT_TARGETS = ("python", "c", "sql")
ARRAY_TARGETS = ("numpy", "onnx")

# What a target, or a derivative as a program, may refuse: an operation, and sizes that are not known.
REFUSED = (
    "cannot express",
    "needs sizes that are numbers",
    "shape is not known",
    "needs the numbers of",
    "which is not known",
)
# A size of a shape that has a name may be any.
SIZED = re.compile(r"\[[^\]]*\bn\b")


class Case:
    """A program whose routes are compared.

    program, ready      the program, and as cgcli has parsed it
    expected            see `noise.expected`
    names               of its inputs
    """

    def __init__(self, program: Program, ready: Any, expected: Expected) -> None:
        self.program, self.ready, self.expected = program, ready, expected
        self.names = list(ready.inputs)


Route = Callable[[Runner, Case], None]


def compared(
    runner: Runner, case: Case, what: str, arguments: list[str], found: dict[str, Any], factor: float = 1.0
) -> None:
    runner.count(f"route {what}")
    wrong = case.expected.differs(found, factor)
    if wrong:
        runner.fail(arguments, f"{what}: {wrong}")


def value(cell: Any) -> Any:
    """What JSON has for a number or an array."""
    if isinstance(cell, list):
        return [value(part) for part in cell]
    return float(cell)


def records(runner: Runner, arguments: list[str]) -> list[Any] | None:
    """What a command answers in JSON; None where it is no answer, which is a failure, and where nan is told
    of at a corner, of which the graph of derivatives knows nothing."""
    result = runner.run(*arguments)
    if result is None:
        return None
    if result.status:
        runner.fail(
            arguments, f"exit status {result.status}, where the gradient has a value\n  {result.err[:300]}"
        )
        return None
    if "and no second derivative" in result.err:
        runner.count("answers at a corner that has no second derivative")
        return None
    return [json.loads(line) for line in result.out.splitlines()]


def by_commands(runner: Runner, case: Case) -> None:
    """`eval` and `grad`, in both modes, by the Jacobian, and rewritten."""
    given = [case.program.text, *case.program.bindings()]
    for what, options in (
        ("eval", ["eval"]), ("reverse", ["grad"]), ("forward", ["grad", "--mode=forward"]),
        ("jacobian forward", ["jacobian", "--mode=forward"]),
        ("jacobian reverse", ["jacobian", "--mode=reverse"]),
        ("fast", ["eval", "--fast"]), ("fast gradient", ["grad", "--fast"]),
    ):  # fmt: skip
        arguments = [*options, "--format=json", *given]
        answer = records(runner, arguments)
        if answer:
            (record,) = answer
            slopes = record.get("gradient", record.get("jacobian", {}))
            found = {"value": value(record["value"]), **{name: value(x) for name, x in slopes.items()}}
            compared(runner, case, what, arguments, found)


def by_diff(runner: Runner, case: Case) -> None:
    """What `cg diff` prints, read back."""
    if not case.names or case.expected.is_tied:
        return
    arguments = ["diff", case.program.text]
    result = runner.run(*arguments)
    if result is None:
        return
    if result.status:
        if not _is_refused(result.err):
            runner.fail(arguments, f"exit status {result.status}\n  {result.err[:300]}")
        return
    inputs = cgcli.parse(result.out).inputs
    used = [binding for binding in case.program.bindings() if binding.partition("=")[0] in inputs]
    again = ["eval", "--format=json", result.out, *used]
    answer = records(runner, again)
    if answer is not None:
        found = {_by(record["output"]): value(record["value"]) for record in answer}
        if case.expected.is_guarded:
            found = {name: one for name, one in found.items() if not np.any(np.isnan(one))}
        compared(runner, case, "diff read back", arguments, found, 10.0)


def _is_refused(told: str) -> bool:
    return SIZED.search(told) is not None or any(text in told for text in REFUSED)


def _by(label: str) -> str:
    return label.partition("_d")[2].rstrip("_")


def by_python(runner: Runner, case: Case) -> None:
    _by_module(runner, case, "python")


def by_numpy(runner: Runner, case: Case) -> None:
    _by_module(runner, case, "numpy")


def exported(runner: Runner, case: Case, target: str, *options: str) -> tuple[list[str], Any] | None:
    """The command line and the code; None where the target cannot express the program."""
    arguments = ["export", f"--to={target}", "--grad", *options, case.program.text]
    result = runner.run(*arguments)
    if result is None or (result.status == 3 and _is_refused(result.err)):
        return None
    if result.status:
        runner.fail(arguments, f"exit status {result.status}\n  {result.err[:300]}")
        return None
    return arguments, result.out


def _by_module(runner: Runner, case: Case, target: str) -> None:
    code = exported(runner, case, target)
    if code is None:
        return
    arguments, text = code
    scope: dict[str, Any] = {}
    given = [np.asarray(case.program.values[name], float) for name in case.names]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore" if target == "numpy" else "error")
            exec(compile(text, target, "exec"), scope)
            answers = scope["f"](*(x if x.ndim else float(x) for x in given))
    except Exception as error:
        runner.fail(arguments, f"{target}: {type(error).__name__}: {error} at {case.program.values}")
        return
    answers = answers if isinstance(answers, tuple) else (answers,)
    _compare_exported(runner, case, target, arguments, answers)


def _compare_exported(runner: Runner, case: Case, target: str, arguments: list[str], answers: Any) -> None:
    found = dict(zip(["value", *case.names], answers, strict=True))
    runner.count(f"route {target}")
    wrong = case.expected.differs(found, 10.0)
    if wrong:
        runner.fail(arguments, f"{target}: {wrong} at {' '.join(case.program.bindings())}")


def by_sql(runner: Runner, case: Case, connection: Any) -> None:
    code = exported(runner, case, "sql")
    if code is None:
        return
    arguments, text = code
    columns = ", ".join(f'"{name}" DOUBLE' for name in case.names) or "nothing DOUBLE"
    values = [float(case.program.values[name]) for name in case.names] or [0.0]
    try:
        connection.execute(f"CREATE OR REPLACE TABLE data ({columns})")
        connection.execute(f"INSERT INTO data VALUES ({', '.join('?' * len(values))})", values)
        (row,) = connection.execute(text).fetchall()
    except duckdb.Error as error:
        runner.fail(arguments, f"sql: {error} at {case.program.values}")
        return
    _compare_exported(
        runner,
        case,
        "sql",
        arguments,
        [math.nan if x is None else float(x) for x in row[-1 - len(case.names) :]],
    )


def by_onnx(runner: Runner, case: Case) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "f.onnx")
        code = exported(runner, case, "onnx", f"--output={path}")
        if code is None:
            return
        arguments, _ = code
        try:
            session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
            feed = {name: np.asarray(case.program.values[name], float) for name in case.names}
            answers = session.run(None, feed)
        except Exception as error:
            runner.fail(arguments, f"onnx: {type(error).__name__}: {error} at {case.program.values}")
            return
        _compare_exported(runner, case, "onnx", arguments, answers)


def by_c(runner: Runner, cases: list[Case]) -> None:
    """All in one file: starting the compiler takes longest."""
    parts, lines, tried = [], [], []
    for place, case in enumerate(cases):
        code = exported(runner, case, "c", f"--name=f{place}")
        if code is None:
            continue
        arguments, text = code
        parts.append(text)
        given = ", ".join(c_number(float(case.program.values[name])) for name in case.names)
        count = 1 + len(case.names)
        call = f"f{place}({given}{', ' * bool(given)}out);" if count > 1 else f"out[0] = f{place}({given});"
        lines.append(f"    {call}\n" + "".join(f'    printf("%a\\n", out[{i}]);\n' for i in range(count)))
        tried.append((case, arguments, count))
    if not tried:
        return
    most = max(count for _, _, count in tried)
    text = (
        "\n".join(parts)
        + f"\n#include <stdio.h>\nint main(void)\n{{\n    double out[{most}];\n"
        + "\n".join(lines)
    )
    with TemporaryDirectory() as folder:
        file, program = Path(folder, "f.c"), Path(folder, "f")
        file.write_text(text + "    return 0;\n}\n")
        command = [
            "cc",
            "-std=c99",
            "-Wall",
            "-Wextra",
            "-pedantic",
            "-Werror",
            "-Wno-unused-parameter",
            "-o",
            program,
            file,
            "-lm",
        ]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            kept = Path("/tmp", f"cg-fuzz-{tried[0][0].expected.results['value']!r:.8}.c")
            kept.write_text(text)
            runner.fail(tried[0][1], f"c, one of {len(tried)} in {kept}: {done.stderr[:1500]}")
            return
        printed = subprocess.run([str(program)], capture_output=True, text=True).stdout.split()
    numbers = iter([float.fromhex(word) for word in printed])
    for case, arguments, count in tried:
        _compare_exported(runner, case, "c", arguments, [next(numbers) for _ in range(count)])


def by_50_digits(runner: Runner, case: Case) -> None:
    """The value, and derivatives by differences, which know nothing of rules, nor of the sign of a 0, nor
    that operands of a choice that are equal share evenly."""
    static = static_graph(case.ready, {})
    if any(static.graph.ops[node].name == "copysign" for node in static.schedule()):
        return
    node, schedule = static.outputs[0][1], static.schedule()
    doubles = forward(static.graph, floats, case.program.values, schedule)
    if any(doubles[one] == 0 and math.copysign(1, doubles[one]) < 0 for one in schedule):
        return
    given = {name: mpf(x) for name, x in case.program.values.items()}

    def at(moved: dict[str, Any]) -> Any:
        return mpf(forward(static.graph, MPMATH50, {**given, **moved}, schedule)[node])

    found = {}
    try:
        with MPMATH50.quiet(), mp.workdps(60):
            middle, step = at({}), mpf(10) ** -18
            found["value"] = float(middle)
            for name, x in given.items() if not case.expected.is_tied else ():
                right, left = (at({name: x + step}) - middle) / step, (middle - at({name: x - step})) / step
                if abs(right - left) <= mpf(10) ** -12 * (abs(right) + abs(left)):  # no kink, no jump
                    found[name] = float((right + left) / 2)
    except OperationError:
        return
    arguments = ["grad", case.program.text, *case.program.bindings()]
    if all(map(math.isfinite, found.values())):
        compared(runner, case, "50 digits", arguments, found)


def case_of(runner: Runner, program: Program, rng: Random) -> Case | None:
    """None where there is nothing to compare: no value, no inputs, or nothing that rounding leaves."""
    line = ["grad", program.text, *program.bindings()]
    runner.remember(pasted(line))
    try:
        ready = cgcli.parse(program.text)
        found = expected(ready, program.values, rng)
    except (cgcli.CgError, OperationError):
        runner.count("programs without a value")
        return None
    program.values = {name: program.values[name] for name in ready.inputs}
    if not found.compared:
        runner.count("programs that rounding or a kink leaves nothing of")
        return None
    return Case(program, ready, found)


def numbers(runner: Runner, rng: Random, count: int) -> None:
    """Routes of programs of numbers."""
    cases = []
    connection = duckdb.connect()
    connection.execute("SET threads = 1")
    for _ in range(count):
        case = case_of(runner, of_numbers(rng), rng)
        if case is None or not case.names:
            continue
        by_commands(runner, case)
        by_50_digits(runner, case)
        if case.expected.is_formula:
            cases.append(case)
            for route in (by_diff, by_python, by_numpy, by_onnx):
                route(runner, case)
            by_sql(runner, case, connection)
    if shutil.which("cc"):
        by_c(runner, cases)


def arrays(runner: Runner, rng: Random, count: int) -> None:
    """Routes of programs of arrays."""
    for _ in range(count):
        case = case_of(runner, of_arrays_too(rng), rng)
        if case is not None and case.names:
            by_commands(runner, case)
            for route in (by_diff, by_numpy, by_onnx) if case.expected.is_formula else ():
                route(runner, case)
