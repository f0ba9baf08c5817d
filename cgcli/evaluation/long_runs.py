"""Second derivatives of programs that run for long, in bounded memory: gradients of directional derivatives,
which are programs of the same kind (`control.tangent`)."""

from __future__ import annotations

from time import monotonic

from cgcli.annotations import Any, Mapping, Sequence
from cgcli.control.limits import Limits
from cgcli.control.reverse import Unsupported
from cgcli.control.tangent import TANGENT, onward
from cgcli.evaluation.fast_gradients import fast_gradients
from cgcli.evaluation.prepared import Prepared
from cgcli.evaluation.recording import recorded_gradients
from cgcli.evaluation.running import Answers, Once
from cgcli.language.block import Block, Output
from cgcli.language.program import Program
from cgcli.ops import INPUT

# The answers have been within the limit of operations.
ENDLESS = 2.0**62

# By output and direction, by names how the gradient moves.
Products = list[list[dict[str, float]]]


def long_products(
    prepared: Prepared, wrt: Sequence[str], directions: Sequence[Mapping[str, float]]
) -> tuple[Answers, Products] | None:
    """The answers of a program that runs for long with numbers, and for each the Hessian by some inputs times
    directions; None for any other, and where something is not finite, so that there is more to say of it.

    Raises `CgError` as `Prepared.evaluated` does."""
    if not prepared.is_long() or any(value.__class__ is not float for value in prepared.known.values()):
        return None
    try:
        program = _tangent(prepared.program, tuple(wrt))
    except Unsupported:
        return None
    stream, begun = None if prepared.stream is None else Once(prepared.stream), monotonic()
    prepared.stream = stream
    answers = prepared.evaluated()
    if stream is not None:
        stream.again()
    if len(answers.values) < len(program.outputs) or any(v.__class__ is not float for _, v in answers.values):
        return None
    products: Products = [[] for _ in program.outputs]
    for direction in directions:
        moves = {TANGENT + name: direction.get(name, 0.0) for name in wrt}
        left = Limits(ENDLESS, prepared.allowed.seconds - (monotonic() - begun))
        found = _gradients(program, {**prepared.known, **moves}, wrt, left, prepared.engine)
        if found is None or (found[0].warning is not None and answers.warning is None):
            return None
        for rows, row in zip(products, found[1], strict=True):
            rows.append(row)
    if all(one - one == 0 for rows in products for row in rows for one in row.values()):
        return answers, products
    return None


def hessians(prepared: Prepared, wrt: Sequence[str]) -> tuple[Answers, Products] | None:
    """The same along each of the inputs, whose derivatives are the columns of the Hessian."""
    return long_products(prepared, wrt, [{name: 1.0} for name in wrt])


def _gradients(
    program: Program, inputs: Mapping[str, Any], wrt: Sequence[str], limits: Limits, engine: str
) -> Any:
    if engine not in ("plain", "python"):
        found = fast_gradients(program, inputs, wrt, limits)
        if not isinstance(found, str):
            return found
    return recorded_gradients(program, inputs, wrt, limits, None, engine)


def _tangent(program: Program, wrt: tuple[str, ...]) -> Program:
    """The program that answers with directional derivatives, made once. Raises `Unsupported`."""
    assert program.tree is not None
    slots = tuple(program.graph.attrs[output.node] for output in program.outputs)
    found: Program | None = program.tree.run.get(("tangent", wrt, slots))
    if found is None:
        tree, block = onward(program.tree, wrt, slots), Block()
        for name in tree.inputs:
            block.inputs[name] = block.graph.add(INPUT, (), name)
        for slot, output in zip(tree.outputs, program.outputs, strict=True):
            node = block.graph.add(INPUT, (), slot, output.start, output.end)
            block.outputs.append(Output(output.name, node, output.start, output.end))
        found = Program(program.source, program.statements, block)
        found.tree = tree
        program.tree.run["tangent", wrt, slots] = found
    return found
