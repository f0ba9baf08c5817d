"""Rules on operations on arrays before values come: from shapes, attributes and elements."""

from __future__ import annotations

from cgcli.annotations import Any, Mapping
from cgcli.ops import INPUT, OPS, Op
from cgcli.ops.entry import ArrayOp
from cgcli.ops.matrices import INVERSE
from cgcli.ops.reductions import NONE_OF_ONE, SAME_OF_ONE
from cgcli.rewrite.factors import Product
from cgcli.rewrite.match import look
from cgcli.rewrite.patterns import Step, step
from cgcli.rewrite.rules import ASSUMING, EXACT, ROUNDING, rule
from cgcli.rewrite.terms import Terms, merged
from cgcli.shapes import Named, normal_axes, product


@rule(
    "does nothing", EXACT, "[x, y].T", "[x, y]", operations=("broadcast", "reshape", "transpose")
)  # fmt: skip
def nothing(terms: Terms, op: ArrayOp, args: tuple[Product, ...], attributes: Mapping[str, Any]) -> Any:
    """An operation whose result is the operand, of its shape, as it is."""
    shape = args[0].shape
    if shape is None:
        return None
    if op.name in ("broadcast", "reshape"):
        return args[0] if shape == tuple(attributes["shape"]) else None
    return args[0] if len(shape) < 2 else None


@rule("of one number", ROUNDING, "mean(x)", "x", operations=SAME_OF_ONE)
def single(terms: Terms, op: ArrayOp, args: tuple[Product, ...], attributes: Mapping[str, Any]) -> Any:
    return args[0] if args[0].shape == () else None


@rule("spread of one number", ASSUMING, "std(x)", "0", "x is finite", operations=NONE_OF_ONE)
def alone(terms: Terms, op: ArrayOp, args: tuple[Product, ...], attributes: Mapping[str, Any]) -> Any:
    return terms.zero if args[0].shape == () and not attributes.get("ddof") else None


@rule("element of an array", EXACT, "[x, y][0]", "x", operations=("index",))
def element(terms: Terms, op: ArrayOp, args: tuple[Product, ...], attributes: Mapping[str, Any]) -> Any:
    """An element of an array that is written out, of a stretched number, or of what is an element."""
    kind, elements, others = look(terms, args[0])
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
    elif kind.name == "broadcast" and elements[0].shape == ():
        shape = others["shape"]
        if len(at) == len(shape) and all(
            isinstance(place, int) and isinstance(size, int) and -size <= place < size
            for place, size in zip(at, shape)
        ):
            return elements[0]
    return None


@rule("identity matrix", ASSUMING, "eye(2) @ [x, y]", "[x, y]", "elements are finite, not -0", ("matmul",))
def identity(terms: Terms, op: ArrayOp, args: tuple[Product, ...], attributes: Mapping[str, Any]) -> Any:
    for place in (0, 1):
        kind, _, given = look(terms, args[place])
        if kind.name == "eye" and not {"m", "k"} & set(given):
            return args[1 - place]
    return None


@rule("needless einsum", EXACT, 'einsum(",i->i", 1, [x, y])', "[x, y]", operations=("einsum",))
def ones(terms: Terms, op: ArrayOp, args: tuple[Product, ...], attributes: Mapping[str, Any]) -> Any:
    """An einsum without the factors that are 1; of one operand whose axes are all kept, its
    transpose."""
    names, _, target = attributes["subscripts"].replace(" ", "").partition("->")
    pairs = list(zip(names.split(","), args, strict=True))
    kept = [(name, arg) for name, arg in pairs if name or not _is_one(terms, arg)]
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


def _is_one(terms: Terms, x: Any) -> bool:
    kind, args, value = look(terms, x)
    return not args and kind.name == "constant" and value == 1


@rule("determinant of four", ROUNDING, "det([[x, y], [z, w]])", "x*w - y*z", operations=("det",))
def small_determinant(
    terms: Terms, op: ArrayOp, args: tuple[Product, ...], attributes: Mapping[str, Any]
) -> Any:
    if args[0].shape != (2, 2) or look(terms, args[0])[0].name != "array":
        return None
    rows = [look(terms, row) for row in look(terms, args[0])[1]]
    if any(kind.name != "array" for kind, _, _ in rows):
        return None
    (_, (a, b), _), (_, (c, d), _) = rows
    return step("sub", step("mul", a, d), step("mul", b, c))


# Matrix products and sums: numbers in front


@rule("factor out of a product", ROUNDING, "A @ (2*x)", "2*(A @ x)", terms=("matmul", "sum"))
def _scale(terms: Terms, op: Op, args: tuple[Product, ...], attributes: Mapping[str, Any]) -> Any:
    number = 1.0
    for arg in args:
        number *= arg.number if arg.powers else 1.0
    if number == 1 or number - number != 0 or number == 0:
        return None
    rest = tuple([terms.product(1.0, arg.powers) if arg.powers else arg for arg in args])
    return step("mul", terms.number(number), Step(op, rest, attributes))


@rule(
    "numbers before a product", ASSUMING, "sum(x*[y, z])", "x*sum([y, z])", "no part of it leaves the range",
    terms=("matmul", "sum"),
)  # fmt: skip
def _scalars(terms: Terms, op: Op, args: tuple[Product, ...], attributes: Mapping[str, Any]) -> Any:
    """What is derived, without the factors that are the same for all elements."""
    if not terms.is_derived:
        return None
    out = terms.one
    rest: list[Product] = []
    for arg in args:
        numbers = {one: e for one, e in arg.powers.items() if one.shape == ()} if arg.shape else {}
        inner = terms.product(arg.number, {one: e for one, e in arg.powers.items() if one not in numbers})
        is_whole = bool(numbers) and inner.shape == arg.shape
        out = terms.product(1.0, merged(out.powers, numbers)) if is_whole else out
        rest.append(inner if is_whole else arg)
    return None if out is terms.one else step("mul", out, Step(op, tuple(rest), attributes))


@rule("row times matrix", ROUNDING, "[x, y] @ A", "A.T @ [x, y]", terms=("matmul",))
def _row(terms: Terms, op: Op, args: tuple[Product, ...], attributes: Mapping[str, Any]) -> Any:
    """A vector on the left of a matrix goes to the right of its transpose."""
    left, right = args[0].shape, args[1].shape
    if left is None or right is None or len(left) != 1 or len(right) != 2:
        return None
    return Step(op, (step("transpose", args[1]), args[0]), {})


@rule("transpose of a symmetric matrix", ROUNDING, "(A @ A.T).T", "A @ A.T", terms=("transpose",))
def symmetric(terms: Terms, op: Op, args: tuple[Product, ...], attributes: Mapping[str, Any]) -> Any:
    """A matrix times its transpose, or an inverse of that, transposed."""
    if attributes or len(args[0].shape or ()) != 2:
        return None
    kind, below, _ = look(terms, args[0])
    while kind is INVERSE:
        kind, below, _ = look(terms, below[0])
    if kind.name != "matmul":
        return None
    left, right = below
    is_symmetric = _transposed(terms, left) is right or _transposed(terms, right) is left
    return args[0] if is_symmetric else None


@rule("transposed product of matrices", ROUNDING, "(A @ B.T).T", "B @ A.T", terms=("transpose",))
def product_transposed(terms: Terms, op: Op, args: tuple[Product, ...], attributes: Mapping[str, Any]) -> Any:
    """A product of two matrices of which one is a transpose, transposed."""
    kind, below, _ = look(terms, args[0])
    if attributes or kind.name != "matmul" or any(len(one.shape or ()) != 2 for one in below):
        return None
    if all(_transposed(terms, one) is None for one in below):
        return None
    return step("matmul", step("transpose", below[1]), step("transpose", below[0]))


def _transposed(terms: Terms, x: Any) -> Any:
    """The matrix of which a value is the transpose; None where it is none."""
    kind, below, given = look(terms, x)
    return below[0] if kind.name == "transpose" and not given else None


def known_array(terms: Terms, op: ArrayOp, args: tuple[Product, ...], attributes: Mapping[str, Any]) -> Any:
    """What needs no rule: a transpose by its plain name, and a size as a number."""
    if op.name == "transpose" and attributes.get("axes") in ((1, 0), [1, 0]):
        return Step(op, args, {})
    if op.name == "size":
        shape = args[0].shape
        one_axis = isinstance(attributes.get("axis"), int) or (shape or ())[1:] == ()
        if not (look(terms, args[0])[0] is INPUT and "axis" in attributes and one_axis):
            return _size(terms, shape, attributes)
    return None


def log_of_element(terms: Terms, node: Any) -> Any:
    """`log(softmax(v)[i])` as `log(softmax(v))[i]`, which has a stable form."""
    op, below, at = look(terms, node)
    if op.name != "index" or len(below) > 1 or look(terms, below[0])[0].name != "softmax":
        return None
    return Step(op, (step("log", below[0]),), at)


def _size(terms: Terms, shape: Any, attributes: Mapping[str, Any]) -> Any:
    """The number of elements, as a number or by the name of a size."""
    if shape is None:
        return None
    axes = normal_axes(attributes.get("axis"), len(shape))
    total = product([shape[axis] for axis in axes])
    if not isinstance(total, Named):
        return terms.number(float(total))
    sizes = [shape[axis] for axis in axes]
    if any(isinstance(size, Named) and size not in terms.sized for size in sizes):
        return None
    node: Any = None
    for size in sizes:
        if isinstance(size, Named):
            of, axis = terms.sized[size]
            found = terms.atom(OPS["size"], (of,), {"axis": axis})
            assert found.factor is not None
            found.factor.call(found.factor.name or str(size))
        else:
            found = terms.number(float(size))
        node = found if node is None else step("mul", node, found)
    return node
