"""Where in postfix code an item's operands begin."""

from __future__ import annotations

from cgcli.annotations import Container
from cgcli.language.expressions import OPERATORS
from cgcli.language.subscripts import subscript_count
from cgcli.language.syntax import Syntax
from cgcli.ops import SOUGHT

# What only makes an operand.
LEAVES = ("name", "number", "string")

# Items whose operands are computed only where they are needed.
LAZY = ("choose", "and_", "or_", "comprehension")

# What may go wrong, or go on for ever, where the left side of `and` or `or` has decided already.
RISKY = ("index", "field", "comprehension")


def count(syntax: Syntax, item: int) -> int:
    """How many operands an item of code has on the stack."""
    meaning, payload = syntax.code[item], syntax.payloads[item]
    found: int = {"compare": 2, "compare_next": 2, "matmul": 2, "range": 2}.get(meaning, 1)
    if meaning in OPERATORS:
        found = OPERATORS[meaning][1]
    elif meaning == "call":
        found = payload[1]
    elif meaning == "index":
        found = 1 + subscript_count(payload)
    elif meaning == "array":
        found = payload
    elif meaning == "comprehension":
        found = 2 + (payload[3] > 0)
    return found


def regions(
    syntax: Syntax, begin: int, end: int, user: Container[str]
) -> tuple[dict[int, list[int]], dict[int, tuple[int, ...]]]:
    """The items of a run of code whose operands are computed later, or not at all, by where they begin, the
    innermost first; and by item, where its operands begin. `user` has the functions of the program."""
    code, payloads = syntax.code, syntax.payloads
    found: dict[int, list[int]] = {}
    spans: dict[int, tuple[int, ...]] = {}
    if not any(code[item] in LAZY or _seeks(syntax, item, user) for item in range(begin, end)):
        return found, spans
    stack: list[int] = []
    risky = begin - 1  # the last item that may go wrong
    for item in range(begin, end):
        meaning = code[item]
        if meaning in LEAVES:
            stack.append(item)
            continue
        if meaning in RISKY or (meaning == "call" and payloads[item][0] in user):
            risky = item
        taken = count(syntax, item)
        own = tuple(stack[len(stack) - taken :]) if taken else (item,)
        del stack[len(stack) - taken :]
        later = meaning in ("choose", "comprehension") or (meaning in LAZY and risky >= own[1])
        if later or _seeks(syntax, item, user):
            spans[item] = own
            found.setdefault(own[0], []).append(item)
        stack.append(own[0])
    return found, spans


def _seeks(syntax: Syntax, item: int, user: Container[str]) -> bool:
    """Whether an item is a call of what seeks a number, whose expression is read after the start."""
    if syntax.code[item] != "call":
        return False
    name, taken, keywords = syntax.payloads[item]
    return name in SOUGHT and name not in user and taken == 3 and not keywords


def levels(syntax: Syntax, begin: int, end: int) -> list[int] | None:
    """The items that take a part of what the first one, a name, means: fields and indices. None where the
    code does anything else with it."""
    stack: list[int] = []
    found: list[int] = []
    if syntax.code[begin] != "name":
        return None
    for item in range(begin, end):
        first = item
        if syntax.code[item] not in LEAVES and (taken := count(syntax, item)):
            first = stack[len(stack) - taken]
            del stack[len(stack) - taken :]
        if first == begin and item > begin:
            if syntax.code[item] not in ("index", "field"):
                return None
            found.append(item)
        stack.append(first)
    return found
