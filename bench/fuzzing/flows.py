"""Random programs that run: loops, branches, functions with bodies, recursion, elements assigned in place.
The same program is written for Python too, which runs it in numbers of 100 digits: that is the truth."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from mpmath import mp, mpf

from bench.fuzzing.running import Runner

INPUTS = ("a", "b")

# How deep blocks are nested, and how many statements one has at most.
DEPTH, LONGEST = 3, 4

# How far values and derivatives may be off, of the larger of 1 and what there is: long loops round often.
VALUE, SLOPE = 1e-9, 1e-6
LARGEST = 1.797e308


def _turning(function: Any) -> Any:
    """A function: of a number beyond the doubles it would take millions of digits."""

    def turned(x: Any) -> Any:
        if abs(x) > LARGEST:
            raise OverflowError
        return function(x)

    return turned


# What both languages call the same functions, which keep values near 1.
SCOPE = {
    "sin": _turning(mp.sin), "cos": _turning(mp.cos), "tanh": _turning(mp.tanh), "exp": _turning(mp.exp),
    "atan": mp.atan,
    "sqrt": mp.sqrt, "square": lambda x: x * x, "relu": lambda x: x if x > 0 else mpf(0), "abs": abs,
    "mpf": mpf,
}  # fmt: skip


class Writer:
    """Writes a program in both languages at once.

    ours, theirs    the lines
    names           that have a value where the next statement stands
    """

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.ours: list[str] = []
        self.theirs: list[str] = []
        self.names = list(INPUTS)
        self.depth = 0
        self.loops = 0
        self.fresh = 0
        self.functions: list[str] = []
        self.returns = False  # whether a statement may return
        self.has_vector = False
        self.turn: str | None = None  # a whole number below 4, in the loop it is of

    def line(self, ours: str, theirs: str | None = None) -> None:
        indent = "    " * self.depth
        self.ours.append(indent + ours)
        self.theirs.append(indent + (ours if theirs is None else theirs).replace("^", "**"))

    def number(self) -> str:
        return str(round(self.rng.uniform(-2, 2), 3))

    def leaf(self) -> str:
        if self.has_vector and self.rng.random() < 0.2:
            return f"v[{self.turn if self.turn and self.rng.random() < 0.6 else self.rng.randrange(4)}]"
        return self.rng.choice(self.names) if self.rng.random() < 0.8 else f"({self.number()})"

    def expression(self) -> str:
        """With values of the size of 1, whatever the leaves are."""
        x, y = self.leaf(), self.leaf()
        kind = self.rng.randrange(9)
        if kind == 0 and self.functions:
            return f"{self.rng.choice(self.functions)}({x}, {y})"
        return [
            f"sin({x} + {y})", f"tanh({x}*{y})", f"cos({x}) - 0.5*{self.leaf()}", f"atan({x}/(1 + {y}^2))",
            f"sqrt(1 + tanh({x})^2)*0.7", f"exp(-square({x}))*{y}/(1 + abs({y}))", f"relu(sin({x}))",
            f"{self.number()}*tanh({x}) + {self.number()}", f"tanh({x} - {y})^3",
        ][kind]  # fmt: skip

    def condition(self) -> str:
        mark = self.rng.choice([">", "<", ">=", "<="])
        return f"{self.leaf()} {mark} {self.number()}"

    def name(self) -> str:
        if self.rng.random() < 0.4 and len(self.names) > len(INPUTS):
            return self.rng.choice(self.names[len(INPUTS) :])
        self.fresh += 1
        return f"t{self.fresh}"

    def assign(self) -> None:
        choice = self.rng.random()
        old = self.names[len(INPUTS) :]
        if self.has_vector and choice < 0.25:
            mark = self.rng.choice(["=", "+=", "*="])
            at = self.turn if self.turn and self.rng.random() < 0.6 else str(self.rng.randrange(4))
            self.line(f"v[{at}] {mark} {self.expression()}")
        elif old and choice < 0.5:
            self.line(f"{self.rng.choice(old)} {self.rng.choice(['+=', '-=', '*='])} {self.expression()}")
        else:
            name, value = self.name(), self.expression()
            self.line(f"{name} = {value}")
            if name not in self.names:
                self.names.append(name)

    def block(self, head: str, other: str, *before: tuple[str, str | None]) -> list[str]:
        """A block of statements; the names that it has set when it ends."""
        known = list(self.names)
        self.line(head + " {", other + ":")
        self.depth += 1
        for ours, theirs in before:
            self.line(ours, theirs)
        for _ in range(self.rng.randint(1, LONGEST - 1)):
            self.statement()
        self.depth -= 1
        self.ours.append("    " * self.depth + "}")
        found, self.names = self.names, known
        return found

    def statement(self) -> None:
        kind = self.rng.random() if self.depth < DEPTH else 0.0
        if kind < 0.5:
            self.assign()
        elif kind < 0.7:
            condition = self.condition()
            first = self.block(f"if {condition}", f"if {condition}")
            if self.rng.random() < 0.6:
                self.ours.pop()
                known = list(self.names)
                self.line("} else {", "else:")
                self.depth += 1
                for _ in range(self.rng.randint(1, LONGEST - 1)):
                    self.assign()
                self.depth -= 1
                self.line("}", "")
                second, self.names = self.names, known
                self.names += [name for name in first if name in second and name not in known]
        elif kind < 0.85:
            self.loop()
        elif self.returns and kind < 0.88:
            condition, value = self.condition(), self.expression()
            self.line(f"if {condition} {{ return {value} }}", f"if {condition}: return {value}")
        elif kind < 0.9:
            self.line("checkpoint {", "if True:")
            self.depth += 1
            self.assign()
            self.depth -= 1
            self.line("}", "")
        elif self.loops:
            condition = self.condition()
            jump = self.rng.choice(["break", "continue"])
            self.line(f"if {condition} {{ {jump} }}", f"if {condition}: {jump}")
        else:
            self.assign()

    def loop(self) -> None:
        self.fresh += 1
        before, self.loops, turn = self.turn, self.loops + 1, f"i{self.fresh}"
        if self.rng.random() < 0.6:
            first, last = self.rng.randrange(2), self.rng.randint(2, 3)
            self.turn = turn
            self.block(f"for {turn} in {first}..{last}", f"for {turn} in range({first}, {last + 1})")
        else:
            count, condition = f"k{self.fresh}", self.condition()
            most = self.rng.randint(2, 6)
            self.line(f"{count} = 0")
            self.turn = None
            head = f"while {count} < {most} and {condition}"
            self.block(head, head, (f"{count} += 1", None))
        self.turn, self.loops = before, self.loops - 1

    def function(self) -> None:
        name, names = f"f{len(self.functions)}", self.names
        self.names, had = ["p", "q"], self.has_vector
        self.has_vector, self.returns = False, True
        other = f"{name}o" if self.rng.random() < 0.2 else name  # by which it calls itself
        if other != name:
            self.line(f"{other}(p, q) {{", f"def {other}(p, q):")
            self.depth += 1
            self.line(
                f"if q > 0.2 {{ return {name}(p*0.7, q)*0.5 }}", f"if q > 0.2: return {name}(p*0.7, q)*0.5"
            )
            self.line(f"return {name}(p, q*0.5) - {self.expression()}")
            self.depth -= 1
            self.line("}", "")
        self.line(f"{name}(p, q) {{", f"def {name}(p, q):")
        self.depth += 1
        if other != name or self.rng.random() < 0.3:  # calls itself, ever smaller
            self.line(
                f"if abs(p) < 0.1 {{ return {(x := self.expression())} }}", f"if abs(p) < 0.1: return {x}"
            )
            self.line(f"return {other}(p*0.5, tanh(q)) + p*q")
        else:
            for _ in range(self.rng.randint(1, LONGEST)):
                self.statement()
            self.line(f"return {self.expression()}")
        self.depth -= 1
        self.line("}", "")
        self.names, self.has_vector, self.returns = names, had, False
        self.functions.append(name)

    def program(self) -> None:
        for _ in range(self.rng.randrange(3)):
            self.function()
        if self.rng.random() < 0.5:
            self.line("v = [a, b, a*b, 0.5]")
            self.has_vector = True
        for _ in range(self.rng.randint(2, LONGEST + 2)):
            self.statement()
        answer = f"{self.names[-1]} + {self.expression()} + 0*a*b"
        self.line(answer, f"return {answer}")


def truth(lines: list[str], point: list[Any]) -> Any:
    """The value at a point, by Python."""
    body = "\n".join("    " + line for line in lines)
    scope: dict[str, Any] = dict(SCOPE)
    exec(f"def program(a, b):\n{body}", scope)
    return scope["program"](*point)


def _true(lines: list[str], point: list[Any]) -> tuple[Any, dict[str, Any]]:
    """The value at a point, and the derivatives there."""
    value, step = truth(lines, point), mpf(10) ** -25
    slopes = {}
    for place, name in enumerate(INPUTS):
        sides = [list(point), list(point)]
        sides[0][place] += step
        sides[1][place] -= step
        high, low = (truth(lines, side) for side in sides)
        slopes[name] = (high - low) / (2 * step)
    return value, slopes


def flows(runner: Runner, rng: Random, count: int) -> None:
    """What `eval`, `grad` in both modes and `trace` say of programs that run, beside the truth; and pictures
    of them."""
    mp.dps = 100  # values may be large, and differences are small
    for _ in range(count):
        writer = Writer(rng)
        writer.program()
        text = "\n".join(writer.ours)
        point = [rng.choice((-1, 1)) * round(rng.uniform(0.001, 2), 3) for _ in INPUTS]  # beside kinks at 0
        exact = [mpf(x) for x in point]
        try:
            value, slopes = _true(writer.theirs, exact)
        except RecursionError:
            runner.count("programs that recurse deeper than Python does, or without end")
            continue
        except OverflowError:
            runner.count("programs with functions of numbers beyond the doubles")
            continue
        bound = [f"{name}={x}" for name, x in zip(INPUTS, point)]
        for what, options in (
            ("eval", ["eval"]), ("reverse", ["grad"]), ("forward", ["grad", "--mode=forward"]),
            ("plain", ["grad", "--engine=plain"]), ("trace", ["trace"]),
            ("compiled", ["eval", "--engine=kernel"]), ("generated", ["eval", "--engine=python"]),
        ):  # fmt: skip
            arguments = [*options, "--format=json", text, *bound]
            result = runner.run(*arguments)
            if result is None:
                continue
            if result.status:
                runner.fail(arguments, f"exit status {result.status}\n  {result.err[:300]}")
                continue
            runner.count(f"route {what} of programs that run")
            record = json.loads(result.out.splitlines()[-1])
            near = what == "trace" or _near(record["value"], value, VALUE)
            wrong = [] if near else [f"the value is {float(value)!r}"]
            wrong += [
                f"by {name} it is {float(slopes[name])!r}"
                for name, slope in record.get("gradient", {}).items()
                if not _near(slope, slopes[name], SLOPE) and abs(slopes[name]) < 1e6
            ]
            if wrong:
                told = json.dumps(record)
                runner.fail(arguments, f"{what} says {told}, and " + "; ".join(wrong))
        style = rng.choice(("tree", "ascii", "list", "dot", "mermaid", "json"))
        arguments = ["graph", f"--style={style}", *rng.choice(([], ["--grad"])), text, *bound]
        result = runner.run(*arguments)
        if result is not None and result.status:
            runner.fail(arguments, f"exit status {result.status}\n  {result.err[:300]}")
        _row(runner, text, point, [value, *slopes.values()])


def _row(runner: Runner, text: str, point: list[Any], right: list[Any]) -> None:
    """The same program as machine code, forward and back, as one row."""
    (a, b), names = point, ",".join(INPUTS)
    arguments = ["grad", "--engine=kernel", f"--wrt={names}", text, f"b={b}", f"--over=a={a}:{a}:1"]
    result = runner.run(*arguments)
    if result is None:
        return
    runner.count("route rows of programs that run")
    if result.status:
        return runner.fail(arguments, f"exit status {result.status}\n  {result.err[:300]}")
    found = list(map(float, result.out.split("\n")[1].split(",")[1:]))
    sizes = [VALUE, SLOPE, SLOPE]
    if not all(_near(*one) or abs(one[1]) > 1e6 for one in zip(found, right, sizes)):
        runner.fail(arguments, f"it says {found}, and it is {list(map(float, right))}")


def _near(found: Any, right: Any, tolerance: float) -> bool:
    if abs(right) > LARGEST:  # what comes of it beyond the range of doubles is another matter
        return True
    return abs(float(found) - float(right)) <= tolerance * max(1.0, abs(float(right)))
