"""Gradients of programs that run for long, from an undo log instead of a graph of all that was executed."""

from __future__ import annotations

from math import inf

from cgcli.annotations import Any, Mapping, Sequence
from cgcli.control.reverse import Reversal, Unsupported, reversal
from cgcli.control.steps import FIRST, Limits, Run
from cgcli.control.tree import Tree
from cgcli.control.undo import Log
from cgcli.control.values import Values
from cgcli.diagnostics import CgError
from cgcli.evaluation.running import Answers, Printer, drive
from cgcli.evaluation.widening import NODES
from cgcli.language.program import Program
from cgcli.ops import ALGEBRA_OPS

CHAIN = ALGEBRA_OPS["chain"]


def is_long(program: Program, inputs: Mapping[str, Any]) -> bool:
    """Whether a program takes so many operations that its derivatives have the range of doubles alone, as far
    as can be told without an error."""
    assert program.tree is not None
    if program.derives or program.nested:
        return False
    run = Run(program.tree, Values(), inputs, Limits(NODES))
    try:
        drive(program, run)
    except CgError as error:
        return error.diagnostic.kind == "stopped" and run.spent > NODES
    return False


def recorded_gradients(
    program: Program,
    inputs: Mapping[str, Any],
    wrt: Sequence[str],
    limits: Limits,
    stream: Any = None,
    engine: str = "auto",
) -> tuple[Answers, list[dict[str, float]]] | None:
    """The answers of a program and the derivatives of each by some inputs, all numbers; None for a program
    that is recorded in another way, and where something is not finite, so that there is more to say of it.

    Raises `CgError` as `running.recorded` does."""
    tree = program.tree
    assert tree is not None
    slots = [program.graph.attrs[output.node] for output in program.outputs]
    if any(value.__class__ is not float for value in inputs.values()):
        return None
    try:
        pair = pair_of(tree, tuple(wrt), tuple(slots))
    except Unsupported:
        return None
    found = Answers(program)
    run = recording(program, inputs, pair, slots, limits, found.watch, stream, engine)
    ended = run.frame.slots
    if any(ended.get(slot).__class__ is not float for slot in slots):
        return None
    found.values = [(output, ended[slot]) for output, slot in zip(program.outputs, slots, strict=True)]
    gradients = []
    backward = _tree(tree, pair.reverse, pair.adjoints)
    for slot in slots:
        begin = {**ended, **dict.fromkeys(pair.adjoints, 0.0), f"~{slot}": 1.0}
        zeroed: list[int] = []
        slots_then = _back(program, backward, begin, run.record, limits, engine, zeroed)
        if zeroed:
            found.warn_of_slopes(next(one for one, of in zip(program.outputs, slots) if of == slot), True)
        gradients.append({name: slots_then[f"~{name}"] for name in wrt})
    values = [value for _, value in found.values] + [one for row in gradients for one in row.values()]
    return (found, gradients) if all(value - value == 0 for value in values) else None


def recording(
    program: Program, inputs: Mapping[str, Any], pair: Reversal, slots: Sequence[str], limits: Limits,
    watch: Any = None, stream: Any = None, engine: str = "auto",
) -> Run:  # fmt: skip
    """A run of the recording tree of a pair, at its end. Raises `CgError`."""
    assert program.tree is not None
    machine = Values(watch)
    printer = None if stream is None else Printer(program, machine, stream)
    run = Run(_tree(program.tree, pair.recording, slots), machine, inputs, limits, printer)
    if engine != "plain":
        from cgcli.kernels.generated import Generated

        run.faster, run.long = Generated(), 0 if engine == "python" else FIRST
    drive(program, run)
    return run


def _back(
    program: Program, tree: Tree, begin: Mapping[str, Any], log: Log, limits: Limits, engine: str,
    zeroed: list[int],
) -> Mapping[str, Any]:  # fmt: skip
    """The slots at the end of a reverse tree. `zeroed` tells that a factor of 0 won over one that is not
    finite."""
    from cgcli.kernels.generated import Generated, Lost

    def watch(block: Any, values: list[Any]) -> None:
        graph = block.graph
        for node, op in enumerate(graph.ops):
            if op is CHAIN and not zeroed:
                x, y = (values[one] for one in graph.args[node])
                if (x == 0 and y - y != 0) or (y == 0 and x - x != 0):
                    zeroed.append(node)

    ways: list[Any] = [None]
    if engine != "plain":
        ways = [Generated(False, False), Generated(True, False, zeroed=zeroed)]
    for faster in ways:
        run = Run(tree, Values(watch), begin, Limits(inf, limits.seconds))
        run.record, run.faster, run.long = log.copy(), faster, 0
        try:
            drive(program, run)
        except Lost:
            zeroed.clear()
            continue  # in the next way, which knows what is not finite
        break
    return run.frame.slots


def pair_of(tree: Tree, wrt: tuple[str, ...], slots: tuple[str, ...]) -> Reversal:
    """The pair of trees, made once. Raises `Unsupported`."""
    found: Reversal | None = tree.run.get((wrt, slots))
    if found is None:
        found = tree.run[wrt, slots] = reversal(tree, wrt, slots)
    return found


def _tree(of: Tree, body: Any, outputs: Sequence[str]) -> Tree:
    """A tree of a pair, with what is told of names."""
    found: Tree | None = of.run.get(id(body))
    if found is None:
        found = of.run[id(body)] = Tree(body, of.functions, of.inputs, tuple(outputs), of.settings)
    return found
