"""Programs of numbers with calls: a table, and random ones."""

from __future__ import annotations

import random

# Text, and values of inputs; `n` says how long it runs.
CALLS = {
    "a call in a loop": (
        "f(p, q) { t = sin(p)*q; return t + p*0.1 }\ny = x\nfor i in 1..n { y = f(y, a) + f(a, y)*0.3 }\ny",
        {"x": 0.3, "a": 0.5},
    ),
    "returns on the way": (
        "f(p, q) { if p > q { return p*q }\ns = 0\nfor i in 1..3 { s += sin(p*i)\n"
        "if s > 0.9 { return s*q } }\n"
        "return s + q }\ny = x\nfor k in 1..n { y = f(y, a)*0.5 + f(x, y)*0.3 + 0.1*k/n }\ny",
        {"x": 0.3, "a": 0.4},
    ),
    "functions that call others": (
        "f(p) { return g(p, 0.5)*p }\ng(p, q) { while p > q { p *= 0.7\nif p < 0.1 { break } }\n"
        "return h(p + q) }\n"
        "h(p) { if p > 1 { return 1/p }\nreturn p*p }\ny = x\nfor i in 1..n { y = f(y + a) + 0.3 }\ny",
        {"x": 0.3, "a": 0.9},
    ),
    "names of the program": (
        "f(p) { return p*k + g(p) }\ng(p) { return sin(p)*m }\nk = a*0.5; m = x\ny = x\n"
        "for i in 1..n { k = k*0.9 + 0.01; y = f(y) + m }\ny*k",
        {"x": 0.3, "a": 0.9},
    ),
    "the same argument twice": (
        "f(p, q) { return p*q + sin(p) }\ny = x\nfor i in 1..n { y = tanh(f(y, y)*0.5 + f(a, a)) }\ny",
        {"x": 0.3, "a": 0.2},
    ),
    "deep": (
        "f(p, k) { if k < 1 { return p*a }\nq = f(sin(p) + p*0.1, k - 1)\nreturn q*p + cos(q) }\n"
        "f(x, n) + f(a, 3)",
        {"x": 0.3, "a": 0.2},
    ),
    "two calls of itself": (
        "f(p, k) { if k < 2 { return p }\nl = f(p*0.9 + 0.1, k - 1)\nr = f(tanh(p*l), k - 2)\n"
        "return l*0.5 + r*p }\n"
        "s = 0\nfor i in 1..n { s += f(x + s*a, i % 7) }\ns",
        {"x": 0.3, "a": 0.2},
    ),
    "at the end of itself": (
        "f(p, k) { if k == 0 { return p }\nreturn f(p*0.99 + sin(p)*a, k - 1) }\n"
        "f(x, n)", {"x": 0.3, "a": 0.2},
    ),
    "each other": (
        "even(k, z) { if k == 0 { return z }\nreturn odd(k - 1, z*0.99 + m) }\n"
        "odd(k, z) { if k == 0 { return -z }\nt = even(k - 1, sin(z))\nreturn t*z }\n"
        "m = x*0.1; s = 0\nfor i in 1..n { m = m*0.9 + 0.01*i/n\ns += even(i % 17, a) }\ns",
        {"x": 0.3, "a": 0.7},
    ),
    "loops in what calls itself": (
        "f(p, k) { s = 0\nfor i in 1..3 { if i > k { break }\ns += g(p*i, k)*0.1\n"
        "for j in 1..i { s = s*0.9 + p } }\n"
        "return s }\ng(p, k) { if k < 1 { return sin(p) }\nc = 0\nwhile c < 2 { c += 1\n"
        "if p > 2 { continue }\n"
        "p += f(p*0.5, k - 1) }\nreturn p*0.3 }\ns = 0\nfor i in 1..n/10 { s += f(x + s*a, i % 4) }\ns",
        {"x": 0.3, "a": 0.7},
    ),
    "in arguments of itself": (
        "f(k, p) { if k < 1 { return p }\nreturn f(k - 1, f(k - 2, p*0.5) + sin(p)) }\nf(n/5, x) + f(6, a)",
        {"x": 0.3, "a": 0.7},
    ),
    "a result that nothing reads": (
        "f(k, p) { if k < 1 { return p }\nt = f(k - 1, p*2)\nt = p*p\nreturn t }\ny = x\n"
        "for i in 1..n { u = f(3, y); y = y*a + 0.1 }\ny + u",
        {"x": 0.3, "a": 0.7},
    ),
    "assertions": (
        'f(p, k) { assert p > -10, "small"\nif k < 1 { return p }\nreturn f(p*a, k - 1) + 0.1 }\ny = x\n'
        "for i in 1..n { assert y < 100; y = f(y, 3) }\ny",
        {"x": 0.3, "a": 0.7},
    ),
}  # fmt: skip

FORMS = (
    "{0}*0.7 + {1}*a", "sin({0}) - 0.3*{1}", "{0}*{1}*0.5 + 0.1", "tanh({0} + {1})*a", "{0}/(1 + {1}*{1})",
    "(if {0} > {1} then {0} else a)*0.8", "f({0}, {1}, k - 1)*0.5", "g({0}, {1}, k - 1) - 0.1*{0}",
    "h({0}, {1}, 0)*0.9", "f({1}, {1}*0.3, k - 2)", "g(h({0}, {1}, 1), {0}, k - 1)",
)  # fmt: skip


def random_calls(seed: int) -> tuple[str, dict[str, float]]:
    """A program that ends, of functions that call themselves and each other, and loops; `h` is simple."""
    draw = random.Random(seed)
    lines: list[str] = []
    for name in "hgf":
        names, forms = ["p", "q"], FORMS[:6] if name == "h" else FORMS
        lines += [f"{name}(p, q, k) {{", *(["if k < 1 { return p*0.5 + q }"] if name != "h" else [])]
        for _ in range(draw.randint(1, 4)):
            what, left, right = draw.random(), draw.choice(names), draw.choice(names)
            value = draw.choice(forms).format(left, right)
            if what < 0.4:
                to = draw.choice((*names, "t"))
                names = list(dict.fromkeys((*names, to)))
                lines.append(f"{to} = {value}")
            elif what < 0.6:
                lines.append(f"if {left} > {draw.choice(('0.3', right))} {{ return {value} }}")
            elif what < 0.8:
                test = draw.choice(
                    (
                        "if {0} > 0.8 {{ break }}",
                        "if {0} < 0 {{ continue }}",
                        "",
                        "if {0} > 1 {{ return {1} }}",
                    )
                )
                lines.append(
                    f"for i in 1..{draw.randint(1, 2)} {{ {draw.choice('pq')} = {value}\n"
                    f"{test.format(right, left)}\n"
                    f"q = q*0.9 + 0.01*i }}"
                )
            else:
                lines.append(f"if {right} < 0.5 {{ q = {value} }} else {{ p = p*0.9 }}")
        lines += [f"return {draw.choice(names)} + {draw.choice(names)}*0.3", "}"]
    lines += ["s = 0; y = x", f"for i in 1..n {{ s = s*0.9 + f(y, b, i % {draw.randint(2, 4)})"]
    lines += [
        draw.choice(("y = tanh(y + s*0.1)", "y = g(tanh(s), y, 2)*0.2", "a = a*0.99")),
        "}",
        "s + y*b + x*a",
    ]
    text = "\n".join(lines)
    text = text.replace("a = a*0.99", "c = s")
    return text, {"x": draw.uniform(-1, 1), "a": draw.uniform(0.1, 0.9), "b": draw.uniform(-0.5, 0.5)}
