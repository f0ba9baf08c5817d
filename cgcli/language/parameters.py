"""Parameters that a function differentiates by.

Such a parameter varies by itself: in `f(a, b) = diff(a*b^2, a)`, called as `f(x, x)`, b does not move
with a. While a statement is read it is a node of its own (`PARAMETER`), and afterwards what it stands for.
"""

from __future__ import annotations

from cgcli.graph import NONE, OTHERS, Graph
from cgcli.language import calls
from cgcli.language.syntax import Syntax
from cgcli.ops import CONSTANT, PARAMETER

# Items of postfix code with other than two operands, but those that count them.
OPERANDS = {
    **dict.fromkeys(("name", "number", "string"), 0),
    **dict.fromkeys(("neg", "pos", "not_", "factorial", "transpose"), 1),
    "choose": 3,
}


def differentiated(syntax: Syntax, begin: int, end: int) -> frozenset[str]:
    """The names that a run of code, the body of a function, differentiates by."""
    found = set()
    for item in range(begin, end):
        if syntax.code[item] == "call" and syntax.payloads[item][0] in calls.DERIVATIVES:
            by = by_item(syntax, item)
            if by is not None and syntax.code[by] == "name":
                found.add(syntax.payloads[by])
    return frozenset(found)


def by_item(syntax: Syntax, item: int) -> int | None:
    """The last item of the second argument of a call that differentiates."""
    count = syntax.payloads[item][1]
    return {2: item - 1, 3: begin_of_run(syntax, item - 1) - 1}[count] if count in (2, 3) else None


def begin_of_run(syntax: Syntax, last: int) -> int:
    """Where the code of the expression begins that ends with an item."""
    item, wanted = last, _operands(syntax, last)
    while wanted:
        item -= 1
        wanted += _operands(syntax, item) - 1
    return item


def _operands(syntax: Syntax, item: int) -> int:
    meaning, payload = syntax.code[item], syntax.payloads[item]
    if meaning == "call":
        return int(payload[1])
    if meaning == "array":
        return int(payload)
    if meaning == "index":
        return 1 + calls.subscript_count(payload)
    return OPERANDS.get(meaning, 2)


def stand_in(graph: Graph, node: int) -> int:
    """A node that varies by itself, and has the value of another one."""
    return graph.add(PARAMETER, (node,), None, graph.starts[node], graph.ends[node])


def put_back(graph: Graph, stand_ins: list[int]) -> dict[int, int]:
    """Replace every use of some nodes, ascending, by what they stand for, which is returned. They are
    numbers then that nothing uses."""
    first, second, others = graph.args.first, graph.args.second, graph.args.others
    behind: dict[int, int] = {}
    for node in stand_ins:
        behind[node] = behind.get(first[node], first[node])
    for node in range(stand_ins[0], len(graph)):
        if first[node] in behind:
            first[node] = behind[first[node]]
        if second[node] in behind:
            second[node] = behind[second[node]]
        elif second[node] == OTHERS:
            others[node] = tuple(behind.get(operand, operand) for operand in others[node])
    for node in stand_ins:
        graph.ops[node], graph.attrs[node], first[node] = CONSTANT, 0.0, NONE
    return behind
