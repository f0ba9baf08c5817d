"""Random programs with lists, records, vectors and comprehensions, changed in place. The same program is
written for Python, where every assignment and call copies, over numbers of 50 digits: that is the truth."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from random import Random
from types import SimpleNamespace
from typing import Any

from mpmath import mp, mpf

from bench.fuzzing.flows import INPUTS, SCOPE, SLOPE, VALUE
from bench.fuzzing.running import Runner

LENGTH = 4  # of every vector

# What is told of a program that no text can be written of, or no numbers alone.
DYNAMIC = ("the program is dynamic", "numbers only here", "cannot express")


class Vector:
    """Numbers side by side, with which operators work one by one."""

    def __init__(self, parts: Any) -> None:
        self.parts = [mpf(x) for x in parts]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.parts)

    def __getitem__(self, at: Any) -> Any:
        found = self.parts[at]
        return Vector(found) if isinstance(at, slice) else found

    def __setitem__(self, at: Any, x: Any) -> None:
        if isinstance(at, slice):
            count = len(self.parts[at])
            self.parts[at] = [*x] if isinstance(x, Vector) else [mpf(x)] * count
        else:
            self.parts[at] = x

    def each(self, other: Any, work: Callable[[Any, Any], Any]) -> Vector:
        others = other.parts if isinstance(other, Vector) else [other] * len(self.parts)
        return Vector(map(work, self.parts, others))

    def __add__(self, other: Any) -> Vector:
        return self.each(other, lambda x, y: x + y)

    def __sub__(self, other: Any) -> Vector:
        return self.each(other, lambda x, y: x - y)

    def __mul__(self, other: Any) -> Vector:
        return self.each(other, lambda x, y: x * y)

    __radd__, __rmul__ = __add__, __mul__


def _whole(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda x: Vector(map(function, x)) if isinstance(x, Vector) else function(x)


WORDS: dict[str, Any] = {
    **{name: _whole(SCOPE[name]) for name in ("sin", "tanh", "cos", "atan", "square")}, "mpf": mpf,
    "Vector": Vector, "record": SimpleNamespace, "has": hasattr, "cp": copy.deepcopy, "len": len,
    "sum": lambda parts: sum(parts, mpf(0)), "list": list, "dot": lambda x, y: sum(x * y, mpf(0)),
    "append": lambda xs, x: xs.append(copy.deepcopy(x)), "range": range,
}  # fmt: skip


class Writer:
    """Writes a program in both languages at once.

    names   by kind: numbers, vectors, lists of numbers, records (of `p`, a number, and `q`, a vector), and
            lists of records
    """

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.ours: list[str] = []
        self.theirs: list[str] = []
        self.depth, self.fresh = 0, 0
        self.names: dict[str, list[str]] = {
            "number": list(INPUTS), "vector": [], "list": [], "record": [], "records": [],
        }  # fmt: skip
        self.functions: list[str] = []

    def line(self, ours: str, theirs: str | None = None) -> None:
        indent = "    " * self.depth
        self.ours.append(indent + ours)
        self.theirs.append(indent + (ours if theirs is None else theirs))

    def any(self, kind: str) -> str | None:
        return self.rng.choice(self.names[kind]) if self.names[kind] else None

    def leaf(self) -> str:
        """A number, the same text in both."""
        rng, found = self.rng, []
        if vector := self.any("vector"):
            found += [
                f"{vector}[{rng.randint(-LENGTH, LENGTH - 1)}]",
                f"sum({vector})",
                f"sum({vector}[1:3])",
            ]
            found += [f"dot({vector}, {self.any('vector')})*0.1", f"{vector}[::-1][0]"]
        if numbers := self.any("list"):
            found += [f"{numbers}[{rng.choice((0, -1))}]", f"len({numbers})*0.2"]
        if record := self.any("record"):
            found += [f"{record}.p", f"{record}.q[{rng.randrange(LENGTH)}]", f"sum({record}.q)*0.3"]
        if records := self.any("records"):
            found += [f"{records}[-1].p", f"{records}[0].q[1]"]
        return rng.choice([*self.names["number"], *self.names["number"], *found])

    def number(self) -> tuple[str, str]:
        """A number in both languages, of the size of 1."""
        rng, x, y = self.rng, self.leaf(), self.leaf()
        kind = rng.random()
        if kind < 0.12 and (vector := self.any("vector")):
            return f"tanh(sum({x}*u for u in {vector}))", f"tanh(sum({x}*u for u in {vector}))"
        if kind < 0.2:
            end = f" if k {rng.choice(('!=', '>', '<'))} 2" if rng.random() < 0.5 else ""
            return f"sin(sum({x}/k for k in 1..3{end}))", f"sin(sum({x}/k for k in range(1, 4){end}))"
        if kind < 0.3 and (record := self.any("record")) and self.functions:
            name = rng.choice(self.functions)
            return f"{name}({record}, {x})", f"{name}(cp({record}), {x})"
        if kind < 0.36 and (records := self.any("records")):
            return (f"tanh(sum(t.p*{x} for t in {records}))",) * 2
        if kind < 0.42 and (record := self.any("record")):
            field = rng.choice(("p", "none"))
            return (
                f'(if has({record}, "{field}") then {x} else {y})',
                f'({x} if has({record}, "{field}") else {y})',
            )
        text = rng.choice(
            (
                f"sin({x} + {y})", f"tanh({x}*{y})", f"cos({x}) - 0.5*tanh({y})", f"atan({x} - {y})",
                f"0.7*tanh({x}) + 0.3", f"tanh(square({x}) - {y})",
            )
        )  # fmt: skip
        return text, text

    def vector(self) -> tuple[str, str]:
        rng, vector = self.rng, self.any("vector")
        kind = rng.random()
        if vector is None or kind < 0.25:
            parts = [self.number() for _ in range(LENGTH)]
            return f"[{', '.join(p for p, _ in parts)}]", f"Vector([{', '.join(q for _, q in parts)}])"
        x = self.leaf()
        if kind < 0.45:
            return f"[tanh({x}*u) for u in {vector}]", f"Vector([tanh({x}*u) for u in {vector}])"
        if kind < 0.6:
            return f"[sin({x}*k) for k in 0..{LENGTH - 1}]", f"Vector([sin({x}*k) for k in range({LENGTH})])"
        text = rng.choice(
            (f"tanh({vector} + {self.any('vector')})", f"{vector}[::-1]*tanh({x})", f"sin({vector}*{x})")
        )
        return text, text

    def name(self, kind: str) -> str:
        """An old name or, outside of blocks, a new one."""
        if self.names[kind] and (self.depth or self.rng.random() < 0.4):
            old = [name for name in self.names[kind] if name not in INPUTS]
            if old:
                return self.rng.choice(old)
        if self.depth:
            return ""
        self.fresh += 1
        self.names[kind].append(name := f"{kind[0]}{self.fresh}")
        return name

    def assign(self) -> None:
        rng = self.rng
        kind = rng.choice(("number", "number", "vector", "record", "list", "records"))
        if kind == "number":
            ours, theirs = self.number()
        elif kind == "vector":
            ours, theirs = self.vector()
        elif kind == "record":
            (p, p_), (q, q_) = self.number(), self.vector()
            ours, theirs = f"record(p={p}, q={q})", f"record(p={p_}, q={q_})"
        else:
            if self.depth:
                return self.change()
            self.fresh += 1
            name = f"{kind[0]}{self.fresh}s"
            self.line(f"{name} = list()")
            item, item_ = self._item(kind)
            self.line(f"{name} = append({name}, {item})", f"append({name}, {item_})")
            self.names[kind].append(name)
            return None
        if kind != "number" and (old := self.any(kind)) and rng.random() < 0.3:
            ours, theirs = old, old
        name = self.name(kind)
        return self.line(f"{name} = {ours}", f"{name} = cp({theirs})") if name else self.change()

    def _item(self, kind: str) -> tuple[str, str]:
        if kind == "list":
            return self.number()
        if (record := self.any("record")) and self.rng.random() < 0.5:
            return record, record
        (p, p_), (q, q_) = self.number(), self.vector()
        return f"record(p={p}, q={q})", f"record(p={p_}, q={q_})"

    def change(self) -> None:
        """Something in place."""
        rng = self.rng
        places = []
        if vector := self.any("vector"):
            places += [f"{vector}[{rng.randint(-LENGTH, LENGTH - 1)}]"] * 2 + [f"{vector}[1:3]"]
        if numbers := self.any("list"):
            places.append(f"{numbers}[{rng.choice((0, -1))}]")
        if record := self.any("record"):
            places += [f"{record}.p", f"{record}.q[{rng.randrange(LENGTH)}]"]
        if records := self.any("records"):
            places += [f"{records}[-1].p", f"{records}[0].q[{rng.randrange(LENGTH)}]"]
        kinds = [kind for kind in ("list", "records") if self.names[kind]]
        if kinds and rng.random() < 0.3:
            kind = rng.choice(kinds)
            name, (ours, theirs) = self.any(kind), self._item(kind)
            return self.line(f"{name} = append({name}, {ours})", f"append({name}, {theirs})")
        old = [name for name in self.names["number"] if name not in INPUTS]
        place = rng.choice([*places, *old, *old] or ["a"])
        mark, (ours, theirs) = rng.choice(("=", "+=", "*=", "-=")), self.number()
        return self.line(f"{place} {mark} {ours}", f"{place} {mark} {theirs}") if place != "a" else None

    def block(self, ours: str, theirs: str) -> None:
        self.line(ours + " {", theirs + ":")
        self.depth += 1
        self.line("marker = 0")
        for _ in range(self.rng.randint(1, 3)):
            self.statement()
        self.depth -= 1
        self.line("}", "")

    def statement(self) -> None:
        rng = self.rng
        kind = rng.random() if self.depth < 2 else rng.random() * 0.7
        if kind < 0.4:
            return self.assign()
        if kind < 0.7:
            return self.change()
        if kind < 0.8:
            condition = f"{self.leaf()} {rng.choice('<>')} {rng.uniform(-1, 1):.3f}"
            return self.block(f"if {condition}", f"if {condition}")
        self.fresh += 1
        turn = f"u{self.fresh}"
        over = self.any(rng.choice(("vector", "list")))
        if over is None or rng.random() < 0.4:
            head, other = f"for {turn} in 1..3", f"for {turn} in range(1, 4)"
        else:
            head, other = f"for {turn} in {over}", f"for {turn} in cp({over})"
        self.names["number"].append(turn)
        self.block(head, other)
        self.names["number"].remove(turn)
        return None

    def function(self) -> None:
        """Of a record and a number; what it changes is its own."""
        name, names = f"f{len(self.functions)}", self.names
        self.names = {"number": ["x"], "vector": [], "list": [], "record": ["t"], "records": []}
        self.line(f"{name}(t, x) {{", f"def {name}(t, x):")
        self.depth = 1
        for _ in range(self.rng.randint(1, 3)):
            self.change()
        ours, theirs = self.number()
        self.line(f"return {ours} + t.p", f"return {theirs} + t.p")
        self.depth = 0
        self.line("}", "")
        self.names = names
        self.functions.append(name)

    def program(self) -> None:
        for _ in range(self.rng.randrange(3)):
            self.function()
        self.assign()
        for _ in range(self.rng.randint(3, 8)):
            self.statement()
        parts = [self.number() for _ in range(2)] + [(x, x) for x in (self.leaf(), self.leaf())]
        self.line(
            " + ".join(p for p, _ in parts) + " + 0*a*b",
            "return " + " + ".join(q for _, q in parts) + " + 0*a*b",
        )


def structures(runner: Runner, rng: Random, count: int) -> None:
    """What `eval`, `grad` in both modes, and rows say of programs with structures, beside the truth."""
    mp.dps = 50
    for _ in range(count):
        writer = Writer(rng)
        writer.program()
        text = "\n".join(writer.ours)
        body = "\n".join("    " + line for line in writer.theirs)
        scope = dict(WORDS)
        exec(f"def program(a, b):\n{body}", scope)
        program = scope["program"]
        point = {name: rng.choice((-1, 1)) * round(rng.uniform(0.05, 1.5), 3) for name in INPUTS}
        exact = {name: mpf(x) for name, x in point.items()}
        value, slopes, step, is_cut = program(**exact), {}, mpf(10) ** -15, False
        for name, x in exact.items():
            sides = [program(**{**exact, name: x + move}) for move in (step, -step)]
            slopes[name] = (sides[0] - sides[1]) / (2 * step)
            is_cut |= abs(sides[0] + sides[1] - 2 * value) > mpf(10) ** -18 * (1 + abs(value))
        if (
            is_cut
        ):  # a condition is decided otherwise beside the point, which has no derivative to compare with
            runner.count("structures at a step")
            continue
        bound = [f"{name}={x}" for name, x in point.items()]
        for options in (
            ["eval"], ["grad"], ["grad", "--mode=forward"], ["eval", "--engine=plain"],
            ["grad", "--engine=python"], ["jacobian"], ["check"],
        ):  # fmt: skip
            _compared(runner, [*options, "--format=json", text, *bound], value, slopes)
        style = rng.choice(("tree", "list", "dot", "mermaid", "json"))
        for options in (["graph", f"--style={style}", *rng.choice(([], ["--grad"]))], ["trace"]):
            result = runner.run(*options, text, *bound)
            if result is not None and result.status:
                runner.fail([*options, text, *bound], f"exit status {result.status}\n  {result.err[:300]}")
        _written(runner, text, point, value, slopes)
        arguments = ["grad", "--format=json", text, bound[1], f"--over=a={point['a']}:{point['a']}:1"]
        result = runner.run(*arguments)
        if result is not None and result.status == 0:
            record = json.loads(result.out)
            found = {name: record[f"df/d{name}"] for name in INPUTS if f"df/d{name}" in record}
            _wrong(runner, arguments, {"value": record["f"], "gradient": found}, value, slopes)
        elif result is not None:
            runner.fail(arguments, f"exit status {result.status}\n  {result.err[:300]}")


def _written(runner: Runner, text: str, point: dict[str, float], value: Any, slopes: dict[str, Any]) -> None:
    """What `diff` and `export` write of a program whose path no value decides, read back and run."""
    for arguments in (
        ["diff", text],
        ["export", "--to=python", "--grad", text],
        ["export", "--to=c", text],
        ["plan", text],
    ):
        result = runner.run(*arguments)
        if result is None:
            continue
        if result.status:
            if not any(told in result.err for told in DYNAMIC):
                runner.fail(arguments, f"exit status {result.status}\n  {result.err[:300]}")
            continue
        runner.count(f"structures as text: {arguments[0]}")
        found: dict[str, Any] = {}
        if arguments[0] == "diff":
            bound = [f"{name}={x}" for name, x in point.items() if re.search(rf"\b{name}\b", result.out)]
            again = runner.run("eval", "--format=json", result.out, *bound)
            for record in map(json.loads, again.out.splitlines() if again is not None else ()):
                if record["output"].startswith("df_d"):
                    found[record["output"].removeprefix("df_d")] = record["value"]
        elif "--to=python" in arguments:
            scope: dict[str, Any] = {}
            exec(result.out, scope)
            names = scope["f"].__code__.co_varnames[: len(INPUTS)]
            found = dict(zip(["value", *names], scope["f"](**point)))
        _wrong(
            runner, arguments, {"value": found.pop("value", float(value)), "gradient": found}, value, slopes
        )


def _compared(runner: Runner, arguments: list[str], value: Any, slopes: dict[str, Any]) -> None:
    result = runner.run(*arguments)
    if result is None:
        return
    runner.count("programs with structures")
    if arguments[0] == "check":
        if result.status not in (0, 1):
            runner.fail(arguments, f"exit status {result.status}\n  {result.err[:300]}")
        for record in map(json.loads, result.out.splitlines()):
            if record["verdict"] == "ok":
                found = {"value": float(value), "gradient": {record["by"]: record["reverse"]}}
                _wrong(runner, arguments, found, value, slopes)
        return
    if result.status:
        return runner.fail(arguments, f"exit status {result.status}\n  {result.err[:300]}")
    (record,) = map(json.loads, result.out.splitlines())
    return _wrong(runner, arguments, record, value, slopes)


def _wrong(runner: Runner, arguments: list[str], record: Any, value: Any, slopes: dict[str, Any]) -> None:
    right = {"value": value, **slopes}
    found = {"value": record["value"], **record.get("gradient", record.get("jacobian", {}))}
    for name, x in found.items():
        exact, room = right[name], VALUE if name == "value" else SLOPE
        if not abs(mpf(x) - exact) <= room * max(1, abs(exact)):
            return runner.fail(arguments, f"{name} is {x}, and it is {float(exact)!r}")
