"""Infix text from a graph: the inverse of the parser.

A node that has a label is written as its label; everything else is written out, with brackets
where the precedence of the language needs them. An explicit stack, no recursion.
"""

from __future__ import annotations

from cgcli.annotations import Any, Collection, Iterable, Mapping
from cgcli.graph import Graph
from cgcli.ops import CONSTANT, CONSTANTS, INPUT
from cgcli.ops.entry import CHOICE, COMPARISON, NOT, POSTFIX, POWER, PRODUCT, SUM, UNARY, ArrayOp
from cgcli.render.numbers import number
from cgcli.shapes import Shape, names_among, names_in, shape_text

# An output that is an operand, too, is written once if it takes so many characters.
LONG = 12


def expression(
    graph: Graph,
    node: int,
    labels: Mapping[int, str],
    level: int = CHOICE,
    digits: int | None = None,
    operands: Any = None,
) -> str:
    """The text of a node. `labels` name other nodes; the node itself is always written out.

    `level` is the precedence that its place asks for: a looser expression gets brackets. The `operands` of
    the nodes are those of the graph, for who has them.
    """
    operands = graph.args if operands is None else operands
    pieces: list[str] = []
    todo: list[str | tuple[int, int]] = [(node, level)]
    first = True
    while todo:
        item = todo.pop()
        if isinstance(item, str):
            pieces.append(item)
        elif not first and item[0] in labels:
            pieces.append(labels[item[0]])
        else:
            todo.extend(reversed(_parts(graph, operands, *item, digits)))
        first = False
    return "".join(pieces)


def _parts(
    graph: Graph, operands: Any, node: int, level: int, digits: int | None
) -> list[str | tuple[int, int]]:
    """A node as text and operands, each operand with the precedence that its place asks for."""
    op = graph.ops[node]
    if op is CONSTANT:
        text = graph.names[node] if is_language_constant(graph, node) else number(graph.attrs[node], digits)
        return [f"({text})"] if text.startswith("-") and level > SUM else [text]
    if op is INPUT:
        return [graph.attrs[node]]
    args = operands[node]
    parts: list[str | tuple[int, int]]
    if isinstance(op, ArrayOp) and op.level == POSTFIX:
        parts = _array_parts(graph, node, op, args)
    elif op.level == POSTFIX and op.symbol:
        twice = graph.ops[args[0]] is op  # `x!!` is another function elsewhere
        parts = [(args[0], POSTFIX + twice), op.symbol]
    elif op.level == POSTFIX:
        parts = [f"{op.word}("]
        for arg in args:
            parts += [(arg, CHOICE), ", "]
        parts[-1] = ")"
    elif op.level == POWER:
        parts = [(args[0], POSTFIX), op.symbol, (args[1], UNARY)]
    elif op.level == UNARY:
        parts = [op.symbol, (args[0], UNARY)]
    elif op.level == NOT:
        parts = [op.symbol, " ", (args[0], NOT)]
    else:
        sides = (SUM, SUM) if op.level == COMPARISON else (op.level, op.level + 1)
        symbol = op.symbol if op.level == PRODUCT and op.symbol != "@" else f" {op.symbol} "
        parts = [(args[0], sides[0]), symbol, (args[1], sides[1])]
    return ["(", *parts, ")"] if op.level < level else parts


def _array_parts(graph: Graph, node: int, op: ArrayOp, args: tuple[int, ...]) -> list[str | tuple[int, int]]:
    """A call, an array or an index as text and operands."""
    attributes = graph.attrs.get(node, {})
    if op.name == "transpose" and not attributes:
        if graph.ops[args[0]] is CONSTANT:  # a dot would belong to the number
            return ["(", (args[0], CHOICE), ").T"]
        return [(args[0], POSTFIX), ".T"]
    if op.name == "index":
        operands = iter(args[1:])
        parts: list[str | tuple[int, int]] = [(args[0], POSTFIX), "["]
        for subscript in attributes["at"]:
            parts += [(next(operands), CHOICE) if subscript is None else subscript_text(subscript), ", "]
        parts[-1] = "]"
        return parts
    texts = [name for name, attribute in op.attributes.items() if attribute.kind in ("text", "index")]
    pieces: list[str | tuple[int, int]] = [quoted(attributes[name]) for name in texts]
    pieces += [(arg, CHOICE) for arg in args]
    for name, attribute in op.attributes.items():
        if name in attributes and name not in texts:
            shown = attribute_text(attributes[name])
            pieces.append(shown if attribute.required and op.arity is not None else f"{name}={shown}")
    joined: list[str | tuple[int, int]] = []
    for piece in pieces:
        joined += [piece, ", "]
    opening, closing = ("[", "]") if op.name == "array" else (f"{op.word}(", ")")
    return [opening, *joined[:-1], closing]


def quoted(value: Any) -> str:
    """An attribute that is written as a text in quotes."""
    if isinstance(value, str):
        return f'"{value}"'
    if not isinstance(value, tuple):  # an expression of which a number is found
        return str(value)
    parts = ("_" if subscript is None else subscript_text(subscript) for subscript in value)
    return f'"{", ".join(parts)}"'


def subscript_text(subscript: Any) -> str:
    """`-1`, or a slice as `1:3` or `::2`."""
    if not isinstance(subscript, tuple):
        return str(subscript)
    start, stop, step = ("" if bound is None else str(bound) for bound in subscript)
    return f"{start}:{stop}:{step}" if step else f"{start}:{stop}"


def attribute_text(value: Any) -> str:
    """An attribute as it is written in a call."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(str, value))}]"
    return (
        number(value)
        if isinstance(value, float)
        else str(int(value))
        if isinstance(value, bool)
        else str(value)
    )


def program_text(
    graph: Graph,
    outputs: Iterable[tuple[str | None, int]],
    declared: Mapping[str, Shape] | None = None,
    repeat: int = 0,
) -> str:
    """A program that reads back as the same graph: a statement for every named node and every
    node used more than once, then the outputs. `declared` are shapes of inputs to declare.
    One operation on names and numbers of at most `repeat` characters is written again each time.

    Text grows with the graph: what is shared is written once.
    """
    outputs = list(outputs)
    needed = graph.ancestors(node for _, node in outputs)
    operands = graph.operands(needed)
    uses = dict.fromkeys(needed, 0)
    for args in operands.values():
        for arg in args:
            uses[arg] += 1
    again = [node for _, node in outputs if uses[node] == 1]  # an output that is an operand, too
    short = {node: "v1" for node in needed if uses[node] > 1 and operands[node]} if again else {}
    for node in again:
        uses[node] += len(expression(graph, node, short, operands=operands)) >= LONG
    shared = [node for node in needed if uses[node] > 1 and operands[node]]
    if repeat:
        shared = [node for node in shared if not _is_short(graph, operands, node, repeat)]
    sizes = {name for shape in (declared or {}).values() for size in shape for name in names_in(size)}
    labels = label_nodes(graph, {node: place for place, node in enumerate(shared, 1)}, reserved=sizes)
    stated = {}
    inputs = {graph.attrs[node] for node in needed if graph.ops[node] is INPUT}
    shapes = _declarations(graph, needed, inputs, declared or {})
    lines = [f"input {name}: {shape_text(shape)}" for name, shape in shapes.items()]
    lines += [f"input {name}" for name, _ in outputs if name in inputs]  # it is rebound
    for node in needed:
        if node in labels and graph.ops[node] is not INPUT and not _is_known_name(graph, node, shapes):
            stated[labels[node]] = node
            lines.append(f"{labels[node]} = {expression(graph, node, labels, operands=operands)}")
    for name, node in outputs:
        text = labels[node] if node in labels else expression(graph, node, labels, operands=operands)
        if name is None:
            lines.append(text)
        elif stated.get(name) != node:
            lines.append(f"{name} = {text}")
    return "\n".join(lines)


def _declarations(
    graph: Graph, needed: Iterable[int], inputs: set[str], declared: Mapping[str, Shape]
) -> dict[str, Shape]:
    """The shapes to declare: of the inputs that are there, and of those that name a size which an
    attribute speaks of."""
    if not declared:
        return {}
    sizes: set[str] = set()
    for node in needed:
        sizes |= names_among(graph.attrs.get(node))
    shapes = {name: shape for name, shape in declared.items() if name in inputs}
    for name, shape in declared.items():
        known = {one for other in shapes.values() for size in other for one in names_in(size)}
        if (sizes - known) & {one for size in shape for one in names_in(size)}:
            shapes[name] = shape
    return {name: shape for name, shape in declared.items() if name in shapes}


def _is_short(graph: Graph, operands: Mapping[int, Any], node: int, longest: int) -> bool:
    """Whether a node is one operation on leaves, with a text that is short."""
    if len(operands[node]) > 2 or any(operands[arg] for arg in operands[node]):
        return False
    return len(expression(graph, node, {}, operands=operands)) <= longest


def _is_known_name(graph: Graph, node: int, declared: Mapping[str, Shape]) -> bool:
    """Whether a name needs no statement: a constant of the language, a size of a declared shape."""
    if graph.ops[node].name == "size" and graph.ops[source := graph.args[node][0]] is INPUT:
        return graph.names.get(node, "") in [str(size) for size in declared.get(graph.attrs[source], ())]
    return is_language_constant(graph, node)


def is_language_constant(graph: Graph, node: int) -> bool:
    """Whether a node is `pi`, `e`, ... of the language, which needs no statement."""
    name = graph.names.get(node)
    if graph.ops[node] is not CONSTANT or name not in CONSTANTS:
        return False
    value, known = graph.attrs[node], CONSTANTS[name]
    return bool(value == known or (value != value and known != known))


def label_nodes(
    graph: Graph,
    numbers: Mapping[int, int],
    given: Mapping[int, str] | None = None,
    reserved: Iterable[str] = (),
) -> dict[int, str]:
    """Labels by node, each of them once: the names that the program gave, and `v1`, `v2`, ... for
    other nodes that have a number.

    What is `given` stays, and an input keeps its name. A name that stood for several nodes in turn
    goes to the last of them; the prefix is changed where the program uses such names itself, or where
    they are `reserved`.
    """
    labels = {node: name for node, name in graph.names.items() if graph.ops[node] is INPUT}
    labels.update(given or {})
    taken = set(labels.values())
    for node, name in sorted(graph.names.items(), reverse=True):
        if name not in taken and node not in labels:
            labels[node] = name
            taken.add(name)
    prefix = free_prefix("v", (*taken, *reserved))
    for node, place in numbers.items():
        labels.setdefault(node, f"{prefix}{place}")
    return labels


def free_prefix(prefix: str, names: Collection[str]) -> str:
    """The prefix, longer where it and digits make up one of the names: of `v`, such as `v12`."""
    while any(name.startswith(prefix) and name[len(prefix) :].isdigit() for name in names):
        prefix += "_"
    return prefix
