"""Programs of numbers with control flow: a table, and random ones."""

from __future__ import annotations

import random

# Text, and values of inputs; `n` says how long it runs.
TABLE = {
    "a sine": ("y = x\nfor i in 1..n { y = y*a + sin(y) + b/i }\ny", {"x": 0.3, "a": 0.5, "b": 0.1}),
    "twenty operations": (
        "y = x; z = b\nfor i in 1..n { u = sin(y)*a + z; v = exp(-u*u)/(1 + u*u); w = sqrt(1 + v*v) + u*v\n"
        "y = y*0.9 + 0.1*w - 0.01*y*z; z = z*0.95 + 0.05*v*w }\ny + z",
        {"x": 0.3, "a": 0.5, "b": 0.1},
    ),
    "an inner bound that is a value": (
        "s = 0; y = x\nfor i in 1..n { m = 2 + i % 3\nfor j in 1..m { y = 0.5*y + a*sin(y + j) }\n"
        "s = s + y*b }\ns",
        {"x": 0.3, "a": 0.5, "b": 0.1},
    ),
    "Newton's square root": (
        "s = 0\nfor i in 1..n { c = a + i*0.001; r = c\n"
        "while abs(r*r - c) > 1e-12*c { r = 0.5*(r + c/r) }\ns = s + r*x }\ns",
        {"x": 0.3, "a": 1.5},
    ),
    "a branch": (
        "y = x; s = 0\nfor i in 1..n { if y > 1 { y = y*a - 0.3 } else { y = y + 0.2*b*y + 0.01 }\n"
        "s = s + y }\ns",
        {"x": 0.3, "a": 0.5, "b": 0.7},
    ),
    "break and continue": (
        "s = 0; y = x\nfor i in 1..n { y = y*a + 0.1*sin(i)\nk = 0; t = y*1\n"
        "while k < 20 { k = k + 1; t = t*t + b; if t > 2 { break } }\n"
        "if t < 0 { continue }\ns = s + t*y }\ns",
        {"x": 0.3, "a": 0.9, "b": 0.2},
    ),
    "a pendulum": (
        "q = x; p = a\nfor i in 1..n { p = p - b*sin(q); q = q + b*p }\nq*q + p",
        {"x": 0.3, "a": 0.5, "b": 0.01},
    ),
    "functions": (
        "y = x; s = 0\nfor i in 1..n { y = tanh(a*y) + 0.5*exp(-y*y)\n"
        "s = s + log(1 + y*y) + abs(y)^b + atan(y) }\ns",
        {"x": 0.3, "a": 1.5, "b": 1.3},
    ),
    "functions that Python computes": (
        "y = x\nfor i in 1..n { y = 0.3*gamma(1 + abs(y)) + cbrt(y)*a + hypot(y, i)/i + erf(y)*0.1 }\ny",
        {"x": 0.3, "a": 0.2},
    ),
    "steps and remainders": (
        "s = 0; y = x\nfor i in range(n, 0, -3) { y = (y*7.3 + i) % 2.9 - 1\n"
        "s += floor(y) + y // 0.7 + max(y, a, 0)\n"
        "s += min(y, a)*clip(y, -0.5, 0.5) + sign(y)*relu(y) + copysign(a, y) }\ns",
        {"x": 0.3, "a": 0.2},
    ),
    "an expression with a condition": (
        "y = x; s = 0\nfor i in 1..n { m = if y > 0.5 then y*0.4 else 1 + a*y; y = m*0.9; s = s + m*m }\ns",
        {"x": 0.3, "a": 0.2},
    ),
    "the variable of a loop, after it and set in it": (
        "s = x\nfor i in 1..n { for j in 1..3 { s = s*0.9 + i*a/j; j = j*2; s = s + j*0.01 }\n"
        "s = s + 0.001*j }\ns*i",
        {"x": 0.3, "a": 0.2},
    ),
    "the same variable twice": (
        "s = x\nfor i in 1..n { s = s + sin(s*i)*0.1 }\nfor i in 1..n { s = s*0.9 + sin(s*i)*a }\ns",
        {"x": 0.3, "a": 0.2},
    ),
    "no round at all": ("y = x; i = 3\nfor i in 5..n - n { y = y*a }\ny*i + a", {"x": 0.3, "a": 0.2}),
    "a loop that is left at once": (
        "y = x\nfor i in 1..n { while 1 { y = y*0.5 + a; break }\n"
        "while y > a { y = y - 0.1; if y < x { break } } }\ny",
        {"x": 0.3, "a": 0.2},
    ),
}  # fmt: skip

NAMES = ("u", "v", "w")
FORMS = (
    "{0}*0.7 + {1}*a", "sin({0}) - 0.3*{1}", "{0}*{1}*0.5 + b", "exp(-{0}*{0})", "tanh({0} + {1})*a",
    "{0}/(1 + {1}*{1})", "sqrt(1 + {0}*{0})*0.5", "abs({0})^1.5*0.2 - {1}*0.1", "max({0}, {1})*0.9 + 0.1",
    "{0} - 0.1*{1}^2", "atan2({0}, 1.5 + {1}*{1})", "(if {0} > {1} then {0} else b)*0.8",
)  # fmt: skip


def random_program(seed: int) -> tuple[str, dict[str, float]]:
    """A program that ends, with an output that depends on all of its inputs x, a, b."""
    draw = random.Random(seed)
    lines = ["u = x; v = a*x; w = b + x"]
    counters = iter(range(1000))
    open_blocks: list[str] = []
    budget = draw.randint(4, 14)

    def operand() -> str:
        return draw.choice((*NAMES, *NAMES, "x"))

    def assignment() -> str:
        return f"{draw.choice(NAMES)} = {draw.choice(FORMS).format(operand(), operand())}"

    while budget or open_blocks:
        loops = [kind for kind in open_blocks if kind != "if"]
        what = draw.random()
        if open_blocks and (not budget or what < 0.2):
            kind = open_blocks.pop()
            if kind == "if" and budget and draw.random() < 0.5:
                lines.append("} else {")
                open_blocks.append("else")
            else:
                lines.append("}")
            continue
        if not budget:
            continue
        budget -= 1
        if what < 0.6 or len(open_blocks) > 3:
            lines.append(assignment())
        elif what < 0.7 and len(loops) < 3:
            lines.append(f"for i{next(counters)} in 1..{draw.randint(0, 4)} {{")
            open_blocks.append("for")
        elif what < 0.8 and len(loops) < 3:
            counter = f"k{next(counters)}"
            lines.append(f"{counter} = 0")
            lines.append(f"while {counter} < {draw.randint(1, 4)} and {operand()} < 3 {{")
            lines.append(f"{counter} = {counter} + 1")
            open_blocks.append("while")
        elif what < 0.92:
            lines.append(f"if {operand()} > {draw.choice(('0.2', '0.5', operand()))} {{")
            open_blocks.append("if")
        elif "for" in open_blocks or "while" in open_blocks:
            test = f"if {operand()} > 0.9 {{"
            lines += [test, draw.choice(("break", "continue")), "}"]
    body = "\n".join(lines)
    text = f"s = 0\nfor i in 1..n {{\n{body}\ns = s*0.9 + u*v + w*0.1\nx1 = s }}\ns + u + v*w"
    return text, {"x": draw.uniform(-1, 1), "a": draw.uniform(0.1, 0.9), "b": draw.uniform(-0.5, 0.5)}
