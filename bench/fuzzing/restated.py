"""The same program said in other ways: its inputs from files, defaults, rows and Python, its text with other
spaces and line ends, its statements in a function. The answers are the same. Second derivatives, directions
and lessons are beside those of the gradient, too."""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Iterator
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

import cgcli
from bench.fuzzing.noise import Expected, expected
from bench.fuzzing.programs import Program, of_arrays_too, of_numbers, used
from bench.fuzzing.routes import Case, by_diff, by_numpy, by_python, case_of, compared, records, value
from bench.fuzzing.running import Runner
from cgcli.errors import OperationError


def _named(text: str) -> tuple[str, str, str]:
    """What is declared, the statements, and the output."""
    lines = text.split("\n")
    first = sum(line.startswith(("input ", "n = ", "positive(")) for line in lines)
    return "\n".join(lines[:first]), "\n".join(lines[first:-1]), lines[-1]


def _json(x: Any) -> Any:
    """A value as JSON has it, where it is not finite too."""
    if isinstance(x, list):
        return [_json(part) for part in x]
    return float(x)


def forms(rng: Random, program: Program, folder: Path) -> Iterator[tuple[str, list[str], bytes]]:
    """Ways to say the same: what they are, the arguments behind the command, and standard input."""
    text, values = program.text, program.values
    bound = program.bindings()
    yield "a file", ["-f", _file(folder, "p.cg", text), *bound], b""
    yield "stdin", ["-", *bound], text.encode()
    yield "line ends of Windows", [text.replace("\n", "\r\n"), *bound], b""
    yield (
        "a file of Windows",
        ["-f", _file(folder, "w.cg", "\ufeff" + text.replace("\n", "\r\n")), *bound],
        b"",
    )
    yield "semicolons", [text.replace("\n", " ; "), *bound], b""
    yield "comments", ["# été\n\n" + text.replace("\n", "  # ; (\n\n\t") + "\n# end", *bound], b""
    given = {name: _json(x) for name, x in values.items()}
    yield "JSON", ["--vars", _file(folder, "v.json", json.dumps(given)), text], b""
    yield "JSON of stdin", ["--vars", "-", text], json.dumps(given).encode()
    toml = "".join(f"{json.dumps(name, ensure_ascii=False)} = {x}\n" for name, x in given.items())
    yield "TOML", ["--vars", _file(folder, "v.toml", toml), text], b""
    printed = "".join(f"{name} = {x}\n" for name, x in given.items())
    yield "what cg prints", ["--vars", _file(folder, "v.txt", printed), text], b""
    np.savez(folder / "v.npz", **{name: np.asarray(x) for name, x in given.items()})
    yield "an archive", ["--vars", str(folder / "v.npz"), text], b""
    if not any(isinstance(x, list) for x in values.values()):
        defaults = "".join(f"input {name} = {x}\n" for name, x in given.items())
        yield "defaults", [defaults + text], b""
    files = []
    for name, x in given.items():
        ending = rng.choice((".npy", ".json"))
        path = folder / f"{name}{ending}"
        if ending == ".npy":
            np.save(path, np.asarray(x, float))
        else:
            path.write_text(json.dumps(x))
        files.append(f"{name}=@{path}")
    yield "files", [text, *files], b""
    yield "arithmetic", [text, *(f"{name}=({x})*1" for name, x in given.items())], b""


def _file(folder: Path, name: str, text: str) -> str:
    (folder / name).write_bytes(text.encode())
    return str(folder / name)


def by_forms(runner: Runner, rng: Random, case: Case) -> None:
    """The answer is the same to the bit, however the program and its values come."""
    command = rng.choice((["eval"], ["grad"], ["grad", "--mode=forward"], ["jacobian"]))
    line = [*command, "--format=json"]
    usual = runner.run(*line, case.program.text, *case.program.bindings())
    if usual is None or usual.status:
        return
    with TemporaryDirectory(prefix="cg-fuzz-") as name:
        for what, arguments, stdin in forms(rng, case.program, Path(name)):
            result = runner.run(*line, *arguments, stdin=stdin)
            if result is None:
                continue
            runner.count(f"form {what}")
            if _answers(result.out) != _answers(usual.out) or result.status:
                told = (
                    f"{what}: {result.out or result.err[:300]}, not {usual.out} of {case.program.bindings()}"
                )
                runner.fail([*line, *arguments], told, stdin)


def _answers(out: str) -> list[Any]:
    """Without places in the text."""
    found = [json.loads(line) for line in out.splitlines()]
    for record in found:
        record.pop("line", None)
        for part in ("gradient", "jacobian"):
            record[part] = sorted(record.get(part, {}).items())
    return found


def by_lessons(runner: Runner, case: Case) -> None:
    """`trace`, `graph --grad` and `--format csv`, `text`."""
    given = [case.program.text, *case.program.bindings()]
    arguments = ["trace", "--format=json", *given]
    answer = records(runner, arguments)
    if answer:
        found = {name: value(x) for name, x in answer[-1].get("gradient", {}).items()}
        compared(runner, case, "trace", arguments, found)
    arguments = ["graph", "--grad", "--style=json", *given]
    result = runner.run(*arguments)
    if result is not None and result.status == 0:
        nodes = json.loads(result.out)["nodes"]
        found = {
            node["name"]: value(*node["adjoint"].values())
            for node in nodes
            if node["op"] == "input" and node.get("adjoint")
        }
        compared(runner, case, "graph", arguments, found)


def by_directions(runner: Runner, rng: Random, case: Case) -> None:
    """`--along` is the gradient times a direction; `--seed`, of the output in an array, a part of it."""
    results, allowed = case.expected.results, case.expected.allowed
    moved = {name: _direction(rng, results[name]) for name in case.names}
    total = sum(float(np.sum(results[name] * d)) for name, d in moved.items())
    room = sum(float(np.sum(allowed[name] * np.abs(d))) for name, d in moved.items())
    room += 1e-12 * sum(float(np.sum(np.abs(results[name] * d))) for name, d in moved.items())
    given = [case.program.text, *case.program.bindings()]
    along = [f"--along={name}={d.tolist()}" for name, d in moved.items()]
    arguments = ["grad", "--format=json", *along, *given]
    answer = records(runner, arguments)
    if answer:
        runner.count("route along")
        if not abs(float(answer[0]["along"]) - total) <= room:
            runner.fail(arguments, f"along: {answer[0]['along']}, not {total} (allowed: {room:.1e})")


def _direction(rng: Random, result: Any) -> Any:
    shape = np.shape(result)
    return np.array([round(rng.uniform(-1, 1), 2) for _ in range(math.prod(shape))]).reshape(shape)


def by_hessian(runner: Runner, rng: Random, case: Case) -> None:
    """`hessian`, and `--times`, beside the gradient of the gradient times a direction, in a program."""
    declared, statements, output = _named(case.program.text)
    moved = {name: _direction(rng, case.expected.results[name]) for name in case.names}
    product = " + ".join(f"sum({d.tolist()}*grad(whole, {name}))" for name, d in moved.items())
    text = "\n".join(part for part in (declared, statements, f"whole = {output}", product) if part)
    try:
        found: Expected = expected(cgcli.parse(text), case.program.values, rng)
    except (cgcli.CgError, OperationError):
        runner.count("programs without a second derivative")
        return
    if not found.compared or found.is_tied or case.expected.is_tied:
        return
    bound = case.program.bindings()
    second = Case(Program(text, case.program.values), case.ready, found)
    arguments = ["grad", "--format=json", text, *bound]
    answer = records(runner, arguments)
    if answer:
        slopes = {name: value(x) for name, x in answer[0]["gradient"].items()}
        compared(runner, second, "gradient of a product", arguments, slopes)
    times = [f"--times={name}={d.tolist()}" for name, d in moved.items()]
    arguments = ["hessian", "--format=json", *times, case.program.text, *bound]
    answer = records(runner, arguments)
    if answer:
        compared(runner, second, "times", arguments, {n: value(x) for n, x in answer[0]["product"].items()})
    arguments = ["hessian", "--format=json", case.program.text, *bound]
    answer = records(runner, arguments)
    if answer:
        products = {}
        for name, rows in answer[0]["hessian"].items():
            parts = [
                np.tensordot(np.asarray(value(x)), moved[by], moved[by].ndim)
                for by, x in rows.items()
                if by in moved
            ]
            products[name] = np.sum(parts, axis=0)
        compared(runner, second, "hessian", arguments, products)


def by_function(runner: Runner, case: Case) -> None:
    """The statements in a function with a body, and in a block, which run."""
    declared, statements, output = _named(case.program.text)
    lines = [line for line in statements.split("\n") if line]
    own = [line for line in lines if line[:2] in ("g(", "h(")]
    body = [line for line in lines if line not in own]
    head = "\n".join(line for line in (declared, *own) if line)
    inside = "\n".join(f"    {line}" for line in body)
    branch = f"{head}\nif 1 {{\n{inside}\n    whole = {output}\n}}\nwhole"
    loop = f"{head}\nfor turn in 1..1 {{\n{inside}\n    whole = {output}\n}}\nwhole"
    texts = [("branch", branch), ("loop", loop)]
    if "diff(" not in statements and "grad(" not in statements:
        names = [name for name in case.names if name in used("\n".join([*body, output]))]
        called = f"whole({', '.join(names)})"
        texts.append(("function", f"{head}\n{called} {{\n{inside}\n    return {output}\n}}\n{called}"))
    for what, text in texts:
        for line in (["eval"], ["grad"], ["grad", "--mode=forward"]):
            arguments = [*line, "--format=json", text, *case.program.bindings()]
            answer = records(runner, arguments)
            if answer:
                found = {"value": value(answer[0]["value"])}
                found |= {name: value(x) for name, x in answer[0].get("gradient", {}).items()}
                compared(runner, case, f"{what} {line[-1]}", arguments, found)
        if "[n" in declared:  # what needs the numbers of sizes may be refused
            runner.run("diff", text)
            runner.run("export", "--to=numpy", "--grad", text)
        elif case.expected.is_formula:
            unrolled = Case(Program(text, case.program.values), cgcli.parse(text), case.expected)
            by_diff(runner, unrolled)
            (by_numpy if declared else by_python)(runner, unrolled)


def by_api(runner: Runner, rng: Random, case: Case) -> None:
    """The functions of Python, and a program prepared once."""
    text, values = case.program.text, dict(case.program.values)
    arguments = ["grad", text, *case.program.bindings()]
    runner.remember("cgcli: " + " ".join(arguments))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            known = {name: x for name, x in values.items() if rng.random() < 0.3}
            rest = {name: x for name, x in values.items() if name not in known}
            ready = cgcli.prepare(text, **known)
            answers = [
                ("evaluate", cgcli.evaluate(text, values), {}),
                ("gradient", {}, cgcli.gradient(text, values)),
                ("value_and_gradient", *cgcli.value_and_gradient(cgcli.parse(text), values)),
                ("jacobian", {}, cgcli.jacobian(text, values)),
                ("prepared", *ready.value_and_gradient(rest)),
                ("prepared, again", *ready.value_and_gradient(rest)),
            ]
    except cgcli.CgError as error:
        if not (error.__class__ is cgcli.CgError and "sizes" in str(error)):
            runner.fail(arguments, f"from Python: {error}")
        return
    except Exception as error:
        runner.fail(arguments, f"from Python: {type(error).__name__}: {error}")
        return
    for what, found, slopes in answers:
        one = dict(zip(["value"], found.values())) | {n: x for by in slopes.values() for n, x in by.items()}
        compared(runner, case, f"Python's {what}", arguments, one)


def restated(runner: Runner, rng: Random, count: int) -> None:
    """Programs of numbers and of arrays, each said in several ways."""
    for number in range(count):
        case = case_of(runner, (of_arrays_too if number % 3 == 0 else of_numbers)(rng), rng)
        if case is None:
            continue
        case.names = [name for name in case.names if name in case.expected.results]
        if not case.names:
            continue
        by_forms(runner, rng, case)
        by_lessons(runner, case)
        by_directions(runner, rng, case)
        by_hessian(runner, rng, case)
        by_function(runner, case)
        by_api(runner, rng, case)
