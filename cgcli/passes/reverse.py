"""The reverse pass: adjoints by the chain rule, from some nodes back to everything they need.

The adjoint of a node is the derivative of the output by it; of several outputs, of their sum, each
times the adjoint that it begins with. Walking backward, each node hands its adjoint times the local
partial derivative to each operand; an operand that is used along several paths sums what it is handed.
"""

from __future__ import annotations

from cgcli.annotations import Any, Mapping, Sequence
from cgcli.errors import OperationError, located
from cgcli.graph import NONE, OTHERS, WANTED, Graph, Marks
from cgcli.ops import OPS
from cgcli.ops.chain import FUNCTION, Whole
from cgcli.ops.entry import ONE
from cgcli.passes import outer

INDEX, MATMUL = OPS["index"], OPS["matmul"]


def reverse(
    graph: Graph,
    algebra: Any,
    values: Any,
    seeds: Mapping[int, Any],
    active: bytearray | Marks,
    nodes: Sequence[int] | None = None,
    zeroed: list[int] | None = None,
    spend: bool = False,
) -> Any:
    """Adjoints by node: a list, or a dict of `nodes`; None where nothing was handed back.

    `values` are those of the forward pass over the same algebra. `seeds` are the adjoints to begin
    with, by node, each in the shape of its node: 1 for an output that is a number. What a node is handed
    is added to its own. `active` says of each node, as `Graph.dependents` does, whether it is passed over
    (0), only hands on (1), or is `WANTED`: an adjoint that is not wanted is let go once it is used.
    `nodes` are the ancestors of the seeded ones, ascending (`Graph.ancestors`): give them where these need
    but a small part of a large graph. `zeroed` collects the nodes where 0 met nan or inf. With `spend`,
    arrays among the values are let go once they are used: nothing else may need them.
    """
    others, settle, mutable = graph.args.others, algebra.settle, algebra.mutable
    pairs: outer.Pairs = {}
    own: set[int] = set()  # nodes whose adjoints are arrays that nothing else holds
    low, high = algebra.moderate
    last = max(seeds)
    adjoints: Any = [None] * (last + 1) if nodes is None else dict.fromkeys(nodes)
    for node, seed in seeds.items():
        adjoints[node] = seed

    def add(operand: int, parts: Sequence[Any], is_new: bool = False) -> None:
        """To an adjoint; in place, where nothing else holds it."""
        for part in parts:
            total = adjoints[operand]
            if operand in own and part.__class__ is mutable:
                total += part
                continue
            adjoints[operand] = part if total is None else part + total
            if part.__class__ is mutable and (is_new or total.__class__ is mutable):
                own.add(operand)

    try:
        for node, op, x, y in graph.walk_back(last, nodes):
            if x < 0:
                continue
            if node in pairs:
                add(node, outer.take(pairs, node, algebra))
            adjoint = adjoints[node]
            if adjoint is None:
                continue
            wanted = active[node]
            if wanted != WANTED:
                if not wanted:
                    continue
                adjoints[node] = None
            elif y == NONE and not active[x]:
                continue
            partials: Any = op.partials
            if y != OTHERS and partials.__class__ is tuple:
                # Nearly all nodes have one or two operands. Written out for them, the pass takes
                # two thirds of the time that the loop at the end would take.
                if y < 0:
                    (by_x,) = partials
                    if by_x.__class__ is FUNCTION:
                        by_x = by_x(algebra, values[node], values[x])
                else:
                    by_x, by_y = partials
                    if active[y]:
                        if by_y.__class__ is FUNCTION:
                            by_y = by_y(algebra, values[node], values[x], values[y])
                        if by_y is ONE:
                            part = adjoint
                            if part.__class__ is not float and not (
                                part.__class__ is mutable is values[y].__class__
                                and part.shape == values[y].shape
                            ):
                                part = settle(part, adjoint, by_y, values[y], node, zeroed)
                        else:
                            part = adjoint * by_y
                            if part.__class__ is not float or not (
                                low <= part <= high or -high <= part <= -low
                            ):
                                part = settle(part, adjoint, by_y, values[y], node, zeroed)
                        total = adjoints[y]
                        adjoints[y] = part if total is None else part + total
                    if not active[x]:
                        continue
                    if by_x.__class__ is FUNCTION:
                        by_x = by_x(algebra, values[node], values[x], values[y])
                if by_x is ONE:
                    part = adjoint
                    if part.__class__ is not float and not (
                        part.__class__ is mutable is values[x].__class__ and part.shape == values[x].shape
                    ):
                        part = settle(part, adjoint, by_x, values[x], node, zeroed)
                else:
                    part = adjoint * by_x
                    if part.__class__ is not float or not (low <= part <= high or -high <= part <= -low):
                        part = settle(part, adjoint, by_x, values[x], node, zeroed)
                total = adjoints[x]
                adjoints[x] = part if total is None else part + total
                if part.__class__ is not float:  # arrays that the next nodes must not find alive
                    part = total = by_x = by_y = None
                    if spend:
                        values[node] = None
                continue
            operands = others[node] if y == OTHERS else (x, y) if y >= 0 else (x,)
            primals: Any = [values[operand] for operand in operands]
            if partials is None:
                attributes = graph.attrs.get(node, {})
                if op is INDEX and operands[0] in own:  # costs what is taken, not the array
                    algebra.put_back(adjoints[operands[0]], adjoint, primals[1:], **attributes)
                    continue
                whole: Any = Whole(op, attributes, values[node], primals, node, zeroed)
                hand_back: Any = whole.cotangents(algebra, adjoint)
                for place, operand in enumerate(operands):
                    if active[operand]:
                        if op is MATMUL and not place and _is_outer(primals, mutable):
                            if outer.add(pairs, operand, whole, adjoint):
                                add(operand, outer.take(pairs, operand, algebra))
                            continue
                        part = algebra.settle_whole(hand_back(place), whole, place, adjoint)
                        if part is not None:
                            add(operand, (part,), op is INDEX)
                part = total = primals = hand_back = whole = None
                if spend:
                    values[node] = None
                continue
            if partials.__class__ is FUNCTION:
                partials = partials(algebra, values[node], *primals)
            for operand, partial in zip(operands, partials):
                if active[operand]:
                    if partial.__class__ is FUNCTION:
                        partial = partial(algebra, values[node], *primals)
                    part = adjoint * partial
                    if part.__class__ is not float or not (low <= part <= high or -high <= part <= -low):
                        part = settle(part, adjoint, partial, values[operand], node, zeroed)
                    total = adjoints[operand]
                    adjoints[operand] = part if total is None else part + total
        for node in list(pairs):
            add(node, outer.take(pairs, node, algebra))
    except (OperationError, MemoryError) as error:
        raise located(error, node) from None
    return adjoints


def _is_outer(operands: Sequence[Any], mutable: Any) -> bool:
    """Whether a product of these is that of a matrix and a vector."""
    matrix, vector = operands
    return (
        mutable is not None
        and matrix.__class__ is vector.__class__ is mutable
        and (matrix.ndim, vector.ndim) == (2, 1)
    )
