"""Rules on operations on arrays before values come: from shapes, attributes and elements."""

from __future__ import annotations

from cgcli.ops import INPUT, OPS
from cgcli.ops.entry import ArrayOp
from cgcli.rewrite.match import Step, step
from cgcli.rewrite.rules import ASSUMING, EXACT, ROUNDING, rule
from cgcli.shapes import Named, normal_axes, product

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cgcli.rewrite.match import Engine


@rule(
    "does nothing", EXACT, "[x, y].T", "[x, y]", operations=("broadcast", "reshape", "transpose", "sum")
)  # fmt: skip
def nothing(engine: Engine, op: ArrayOp, args: tuple[Any, ...], attributes: Mapping[str, Any]) -> Any:
    """An operation whose result is the operand, of its shape, as it is."""
    shape = engine.shape(args[0])
    if shape is None:
        return None
    if op.name in ("broadcast", "reshape"):
        return args[0] if shape == tuple(attributes["shape"]) else None
    return args[0] if len(shape) < {"transpose": 2, "sum": 1}[op.name] else None


@rule("element of an array", EXACT, "[x, y][0]", "x", operations=("index",))
def element(engine: Engine, op: ArrayOp, args: tuple[Any, ...], attributes: Mapping[str, Any]) -> Any:
    """An element of an array that is written out, of a stretched number, or of what is an element."""
    kind, elements, others = engine.look(args[0])
    at = attributes["at"]
    if len(args) > 1:
        return None
    first, *rest = at
    if kind.name == "array":
        if isinstance(first, int) and -len(elements) <= first < len(elements):
            found = elements[first]
            return Step(op, (found,), {"at": tuple(rest)}) if rest else found
    elif kind.name == "index" and len(elements) == 1:
        at = (*others["at"], *at)
        if all(isinstance(place, int) for place in at):
            return Step(op, elements, {"at": at})
    elif kind.name == "broadcast" and engine.shape(elements[0]) == ():
        shape = others["shape"]
        if len(at) == len(shape) and all(
            isinstance(place, int) and isinstance(size, int) and -size <= place < size
            for place, size in zip(at, shape)
        ):
            return elements[0]
    return None


@rule("identity matrix", ASSUMING, "eye(2) @ [x, y]", "[x, y]", "elements are finite, not -0", ("matmul",))
def identity(engine: Engine, op: ArrayOp, args: tuple[Any, ...], attributes: Mapping[str, Any]) -> Any:
    for place in (0, 1):
        kind, _, given = engine.look(args[place])
        if kind.name == "eye" and not {"m", "k"} & set(given):
            return args[1 - place]
    return None


@rule("needless einsum", EXACT, 'einsum(",i->i", 1, [x, y])', "[x, y]", operations=("einsum",))
def ones(engine: Engine, op: ArrayOp, args: tuple[Any, ...], attributes: Mapping[str, Any]) -> Any:
    """An einsum without the factors that are 1; of one operand whose axes are all kept, its
    transpose."""
    names, _, target = attributes["subscripts"].replace(" ", "").partition("->")
    pairs = list(zip(names.split(","), args, strict=True))
    kept = [(name, arg) for name, arg in pairs if name or not _is_one(engine, arg)]
    if not target or not kept:
        return None
    if len(kept) < len(pairs):
        subscripts = ",".join(name for name, _ in kept) + "->" + target
        return Step(op, tuple(arg for _, arg in kept), {"subscripts": subscripts})
    name, arg = kept[0]
    if len(kept) == 1 and sorted(name) == sorted(target) and len(set(name)) == len(name):
        axes = tuple(name.index(letter) for letter in target)
        return arg if axes == tuple(range(len(axes))) else step("transpose", arg, axes=axes)
    return None


def _is_one(engine: Engine, x: Any) -> bool:
    kind, args, value = engine.look(x)
    return not args and kind.name == "constant" and value == 1


@rule("determinant of four", ROUNDING, "det([[x, y], [z, w]])", "x*w - y*z", operations=("det",))
def small_determinant(
    engine: Engine, op: ArrayOp, args: tuple[Any, ...], attributes: Mapping[str, Any]
) -> Any:
    if engine.shape(args[0]) != (2, 2) or engine.look(args[0])[0].name != "array":
        return None
    rows = [engine.look(row) for row in engine.look(args[0])[1]]
    if any(kind.name != "array" for kind, _, _ in rows):
        return None
    (_, (a, b), _), (_, (c, d), _) = rows
    return step("sub", step("mul", a, d), step("mul", b, c))


def known_array(engine: Engine, op: ArrayOp, args: tuple[Any, ...], attributes: Mapping[str, Any]) -> Any:
    """What needs no rule: a transpose by its plain name, and a size as a number."""
    if op.name == "transpose" and attributes.get("axes") in ((1, 0), [1, 0]):
        return Step(op, args, {})
    if op.name == "size":
        shape = engine.shape(args[0])
        one_axis = isinstance(attributes.get("axis"), int) or (shape or ())[1:] == ()
        if not (engine.look(args[0])[0] is INPUT and "axis" in attributes and one_axis):
            return _size(engine, shape, attributes)
    return None


def log_of_element(engine: Engine, node: Any) -> Any:
    """`log(softmax(v)[i])` as `log(softmax(v))[i]`, which has a stable form."""
    op, below, at = engine.look(node)
    if op.name != "index" or len(below) > 1 or engine.look(below[0])[0].name != "softmax":
        return None
    return Step(op, (step("log", below[0]),), at)


def _size(engine: Engine, shape: Any, attributes: Mapping[str, Any]) -> Any:
    """The number of elements, as a number or by the name of a size."""
    if shape is None:
        return None
    axes = normal_axes(attributes.get("axis"), len(shape))
    total = product([shape[axis] for axis in axes])
    if not isinstance(total, Named):
        return engine.constant(float(total))
    sizes = [shape[axis] for axis in axes]
    if any(isinstance(size, Named) and size not in engine.sized for size in sizes):
        return None
    node: Any = None
    for size in sizes:
        if isinstance(size, Named):
            of, axis = engine.sized[size]
            found = engine.named(OPS["size"], (of,), {"axis": axis}, str(size))
        else:
            found = engine.constant(float(size))
        node = found if node is None else step("mul", node, found)
    return node
