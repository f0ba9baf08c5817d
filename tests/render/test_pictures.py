"""Pictures: what is drawn for people is short, and says which operand is which."""

from __future__ import annotations

import os
import subprocess

from tests.cg import CG, ROOT, cg


def edges(style: str, program: str) -> list[str]:
    lines = cg("graph", "--style", style, program).out.splitlines()
    return [line.strip() for line in lines if "->" in line or "-->" in line]


def test_edges_have_numbers_where_operands_do_not_change_places() -> None:
    assert edges("dot", "a - y") == ["n1 -> n3 [label=1];", "n2 -> n3 [label=2];"]
    assert edges("mermaid", "where(a, y, a)") == ["n1 -->|1| n3", "n2 -->|2| n3", "n1 -->|3| n3"]
    for text in ("a + y", "a*y", "max(a, y)", "a == y", "a and y", "hypot(a, y)", "sin(a)*cos(y)"):
        assert not any("|" in edge for edge in edges("mermaid", text))
    for text in ("a/y", "a^y", "a < y", "a @ y", "atan2(a, y)", "a % y", "[a, y]"):
        assert any("|2|" in edge for edge in edges("mermaid", text)), text


def test_a_chain_of_one_operation_is_one_node() -> None:
    assert cg("graph", "a + b + (c + d) + 1").out == "+\n├── a\n├── b\n├── c\n├── d\n└── 1\n"
    assert cg("graph", "a*b*c - x").out == "-\n├── *\n│   ├── a\n│   ├── b\n│   └── c\n└── x\n"
    assert edges("dot", "a + b + c") == ["n1 -> n5;", "n2 -> n5;", "n4 -> n5;"]
    # what has a name, is used twice or is an output stays
    assert cg("graph", "s = a + b; s + c").out == "+\n├── s: +\n│   ├── a\n│   └── b\n└── c\n"
    assert cg("graph", "s = a + b; t = s + c; s; t").out.startswith("s: +\n├── a\n└── b\nt: +\n├── s: +")
    assert cg("graph", "a - b - c").out == "-\n├── -\n│   ├── a\n│   └── b\n└── c\n"
    deep = cg("graph", "+".join(["x"] * 10**5)).out
    assert deep.count("\n") == 10**5 + 1
    assert len(cg("graph", "--style", "list", "a + b + c").out.splitlines()) == 5


def test_pictures_have_six_digits_and_lists_all() -> None:
    assert cg("graph", "x/3", "x=1").out == "/ = 0.333333\n├── x = 1\n└── 3\n"
    assert "0.333333<br>" not in cg("graph", "--style", "list", "x/3", "x=1").out
    assert "f = x/3 = 0.3333333333333333" in cg("graph", "--style", "list", "x/3", "x=1").out
    assert '"value": 0.3333333333333333' in cg("graph", "--style", "json", "x/3", "x=1").out
    assert cg("graph", "x/3", "x=1", "--digits", "9").out.startswith("/ = 0.333333333\n")


def test_the_network_fits_a_terminal() -> None:
    for option in ([], ["--grad"]):
        out = cg("graph", "-f", str(ROOT / "examples" / "network.cg"), *option).out
        assert max(map(len, out.splitlines())) < 80


def test_a_deep_tree_is_written_as_it_is_drawn() -> None:
    """The whole would be 40 GB."""
    program = "sin(" * 10**5 + "x" + ")" * 10**5
    with subprocess.Popen(
        [CG, "graph", "-", "--depth", "0"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdin
        assert run.stdout
        run.stdin.write(program)
        run.stdin.close()
        assert [run.stdout.readline() for _ in range(3)] == ["sin\n", "└── sin\n", "    └── sin\n"]
        run.stdout.close()
    assert run.returncode == 0


def test_styles_without_and_with_colour() -> None:
    assert cg("graph", "x - y", "--style", "ascii").out == "-\n+-- x\n`-- y\n"
    colored = cg("graph", "x + 1", "x=2", "--color", "always").out
    assert colored.startswith("\x1b[36m+\x1b[0m\x1b[32m = 3\x1b[0m\n\x1b[2m├── \x1b[0m\x1b[1mx\x1b[0m")
    plain = subprocess.run(
        [CG, "graph", "x - y"], capture_output=True, env={**os.environ, "PYTHONIOENCODING": "ascii"}
    )
    assert plain.stdout == b"-\n+-- x\n`-- y\n"
