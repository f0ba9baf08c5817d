"""Lists and records where numbers and arrays stand: the array that the items make, or an error."""

from __future__ import annotations

import pytest

from cgcli.ops import FUNCTIONS
from cgcli.ops.entry import ArrayOp
from tests.cg import cg

STRUCTURES = [
    "list()",
    "list(1, 2)",
    "list(1, 2, 3)",
    "list(1, list(1, 2))",
    "record(a=1)",
    "list(record(a=1))",
]

# Where values stand: S is a structure, T another one.
PLACES = [
    *(
        "S + T",
        "S * [1, 2, 3]",
        "-S",
        "S / T",
        "S ^ T",
        "S < T",
        "S == T",
        "S @ T",
        "S and T",
        "not S",
        "S.T",
    ),
    *("S!", "[S, T]", "x = [1, 2]; x[S]", "x = [1, 2]; x[S:]", "x = [1, 2]; x[::S]", "x = eye(2); x[0, S]"),
    *(
        "x = [1, 2]; x[S] = 5; x",
        "x = [1, 2]; x[S:] = 5; x",
        "x = list(1, 2); x[S] = 5; x",
        "S[T]",
        "S[0]",
        "S.a",
    ),
    *(
        "x = [1, 2]; x[0] = S; x",
        "x = [1, 2]; x += S; x",
        "for i in S { y = i }; y",
        "for i in 0..S { y = i }; 1",
    ),
    *("if S { y = 1 } else { y = 2 }; y", "while S { y = 1; break }; 1", "S if T else 1", "assert S == T; 1"),
    *(
        "f(x) = x + 1; f(S)",
        "f(x) { return x*T }; f(S)",
        "range(S)",
        "append(S, T)",
        "append(1, S)",
        "len(S)",
    ),
    *('has(S, "a")', "[x for x in S]", "zeros(S)", "eye(S)", "reshape([1, 2], S)", "linspace(0, 1, S)"),
    *(
        "sum([1, 2], axis=S)",
        "sum([1, 2], keepdims=S)",
        "normal([2], seed=S)",
        "linspace(S, T, 3)",
        "arange(S)",
    ),
    *("x = 1; grad(sum(S), x)", "zero(x - S, x=1)", "S: [2]", "print(S); 1"),
]


def in_place(text: str, structure: str, other: str) -> str:
    return text.replace("S", structure).replace("T", other)


@pytest.mark.parametrize("structure", STRUCTURES)
def test_never_a_fault(structure: str) -> None:
    for place, text in enumerate(PLACES):
        other = STRUCTURES[(place + 1) % len(STRUCTURES)]
        for command in ("eval", "grad"):
            program = (
                in_place(text, structure, other)
                if command == "eval"
                else (f"b = a; {in_place(text, structure.replace('1', 'a'), other)}")
            )
            found = cg(command, program, *["a=1"] * (command == "grad"))
            assert found.status in (0, 1, 2, 3), (command, program, found)


def calls() -> list[str]:
    """Every function with a structure at each place, where there are numbers otherwise."""
    found = []
    for name, op in FUNCTIONS.items():
        count = op.arity if op.arity is not None else 2
        keywords = list(op.attributes) if isinstance(op, ArrayOp) else []
        for place in range(count):
            found.append(f"{name}({', '.join('S' if one == place else '[1, 2]' for one in range(count))})")
        found += [f"{name}({', '.join([*['[1, 2]'] * count, f'{one}=S'])})" for one in keywords]
    return found


@pytest.mark.parametrize("structure", ["list(1, 2, 3)", "list(0)", "record(a=1)"])
def test_every_function_at_every_argument(structure: str) -> None:
    for call in calls():
        program = call.replace("S", structure)
        found = cg("eval", program)
        assert found.status in (0, 1, 2, 3), (program, found)


@pytest.mark.parametrize(
    ("program", "answer"),
    [
        ("zeros(list(1, 2))", "[[0, 0]]"),
        ("reshape([1, 2], list(2, 1))", "[[1], [2]]"),
        ("sum([1, 2], axis=list(0))", "3"),
        ("x = [1, 2, 3]; x[list(0, 2)]", "[1, 3]"),
        ("v = [1, 2]; v[list(0)] = 5; v", "[5, 2]"),
        ("list(1, 2) + list(3, 4)", "[4, 6]"),
    ],
)
def test_a_list_is_the_array_that_its_items_make(program: str, answer: str) -> None:
    assert cg("eval", program).out == answer + "\n"


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("list(1, 2) + list(1, 2, 3)", "in `+`: list(1, 2) is [2], list(1, 2, 3) is [3]"),
        ("list(1, 2) @ [1, 2, 3]", "in `@`: list(1, 2) is [2], [1, 2, 3] is [3]"),
        ("max(list(1, 2), list(1, 2, 3))", "in `max`: list(1, 2) is [2], list(1, 2, 3) is [3]"),
        ("where(list(1, 2), [1, 2, 3], 1)", "in `where`: list(1, 2) is [2], [1, 2, 3] is [3], 1 is a number"),
        ("zeros(list([1, 2], [3, 4]))", "`zeros`: `shape` is a list of sizes"),
        ("eye(list(1))", "`eye`: `n` is a whole number from 0"),
        ("zeros(record(a=1))", "this is a record: take one of its fields"),
        ("record(a=1)[record(a=1)]", "a record has fields, not elements"),
        ("append(3, 4)", "`append` adds to an array or a list, and this is a number"),
        ("for i in 3 { y = i }; y", "a loop goes over a range, an array or a list, and this is a number"),
        ("x = [1, 2]; x[-3]", "subscripts go from 0 to 1, and back from -1 to -2"),
        ("x = list(1, 2); x[-3]", "subscripts go from 0 to 1, and back from -1 to -2"),
        ("x = [1, 2]; x[2] = 1; x", "subscripts go from 0 to 1, and back from -1 to -2"),
    ],
)
def test_errors(program: str, message: str) -> None:
    found = cg("eval", program)
    assert found.status == 3
    assert message in found.err


# Of inputs without a value.
UNKNOWN = [
    "len(a)", "a.x", 'has(a, "x")', "append(a, 3)", "[i for i in a]", "sum(i for i in 1..a)",
    "for i in a { print(i) }; 1", "v = [1, 2]; v[a]", "a[1:b]", "zeros(a)", "r = record(x=a); r.y",
    "r = record(x=a); r + 1",
    "x = list(a, list(1)); x + 1", "x = list(); x[0]", "x = list(a); x.y", "x = record(p=a); x[0]",
    'v(t) = if has(t, "leaf") then w^t.leaf else v(t.left) + v(t.right); v(a)',
    "f(n) = if n < 2 then 1 else len(n)*f(n - 1); f(a)",
]  # fmt: skip


@pytest.mark.parametrize(
    "command", [["diff"], ["plan"], ["graph"], ["export", "--to=c"], ["export", "--to=latex"]]
)
def test_never_a_fault_where_nothing_has_a_value(command: list[str]) -> None:
    for program in UNKNOWN + [in_place(text, "list(a, 2)", "record(p=a)") for text in PLACES]:
        found = cg(*command, program)
        assert found.status in (0, 1, 2, 3), (command, program, found)


def test_what_a_number_is_not_is_said_where_it_has_no_value() -> None:
    assert "a number has no length" in cg("diff", "len(a)").err
    assert "only a record has fields" in cg("plan", 'v(t) = if has(t, "x") then 1 else v(t.y); v(a)').err
