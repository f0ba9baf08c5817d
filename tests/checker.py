"""What holds of every graph, after whichever pass. The tests ask for it."""

from __future__ import annotations

from cgcli.annotations import Any, Sequence
from cgcli.graph import Graph
from cgcli.ops import CONSTANT, INPUT, ArrayOp, Leaf
from cgcli.ops.entry import Attribute
from cgcli.shapes import Named, Shape, broadcast


def check(
    graph: Graph, shapes: Sequence[Shape | None] = (), length: int | None = None, first: int = 0
) -> None:
    """Raise ValueError for a graph that is none: operands that come later, an operation with too many
    or too few, attributes that it does not have or that are of another kind, two inputs of one
    name, a place outside of a source of this length, or a shape that is another than what the
    operation makes of those of the operands.

    `shapes` are by node, as far as they go; None where one is not known. Nodes before the `first` have
    been checked."""
    columns = (graph.args.first, graph.args.second, graph.starts, graph.ends)
    if any(len(column) != len(graph) for column in columns):
        raise ValueError("the columns of the graph have different lengths")
    inputs: dict[str, int] = {}
    for node in range(first, len(graph)):
        op, args, attributes = graph.ops[node], graph.args[node], graph.attrs.get(node)
        wrong = _operand_fault(op, args, node) or _attribute_fault(op, attributes)
        start, end = graph.starts[node], graph.ends[node]
        if (start, end) != (-1, -1) and not 0 <= start < end:
            wrong = wrong or f"its place is {start} to {end}"
        elif length is not None and end > length:
            wrong = wrong or f"its place ends at {end}, beyond {length}"
        if op is INPUT and not wrong and inputs.setdefault(str(attributes), node) != node:
            wrong = f"the input `{attributes}` is node {inputs[str(attributes)]}, too"
        if not wrong and node < len(shapes):
            wrong = _shape_fault(op, [shapes[arg] for arg in args], attributes, shapes[node])
        if not graph.names.get(node, "_").isidentifier():
            wrong = f"`{graph.names[node]}` is no name"
        if wrong:
            raise ValueError(f"node {node} ({op.name}): {wrong}")
    if not first and any(node >= len(graph) for named in (graph.names, graph.attrs) for node in named):
        raise ValueError("nodes have names or attributes, and are not there")


def _operand_fault(op: Any, args: tuple[int, ...], node: int) -> str:
    if any(not 0 <= arg < node for arg in args):
        return f"its operands are {args}"
    literal = op.name == "array"  # which may be empty
    return "" if literal or op.takes(len(args)) else f"it has {len(args)} operands"


def _attribute_fault(op: Any, attributes: Any) -> str:
    if op is CONSTANT or op is INPUT:
        kind = float if op is CONSTANT else str
        return "" if isinstance(attributes, kind) else f"it is {attributes!r}"
    known: dict[str, Attribute] = op.attributes if isinstance(op, ArrayOp) else {}
    given = attributes or {}
    if given.keys() - known.keys():
        return f"it has no attributes {sorted(given.keys() - known.keys())}"
    for name, attribute in known.items():
        if name not in given and attribute.required:
            return f"it lacks its {name}"
        if name in given and not _fits(attribute.kind, given[name]):
            return f"its {name} is {given[name]!r}"
    return ""


def _fits(kind: str, value: Any) -> bool:
    match kind:
        case "text":
            return isinstance(value, str)
        case "order":
            return value is None or isinstance(value, (int, float))
        case "shape" | "axes" if isinstance(value, tuple):
            return all(isinstance(size, (int, Named)) for size in value)
        case "index":
            return isinstance(value, tuple) and all(
                isinstance(one, (int, Named, type(None))) or (isinstance(one, tuple) and len(one) == 3)
                for one in value
            )
    return isinstance(value, (int, Named)) or (value is None and kind in ("axes", "axis"))


def _shape_fault(op: Any, operands: list[Any], attributes: Any, shape: Shape | None) -> str:
    if shape is None or None in operands or op is INPUT:
        return ""
    if isinstance(op, Leaf):
        found: Any = ()
    else:
        found = op.shape(*operands, **attributes or {}) if op.partials is None else broadcast(*operands)
    return "" if found in (shape, None) else f"its shape is {shape}, and that of its result {found}"
