"""Directions and weights from the command line: `--along`, `--times` and `--seed`."""

from __future__ import annotations

from cgcli.cli.answers import Answer, write
from cgcli.cli.bindings import read_binding, read_value
from cgcli.cli.session import Session
from cgcli.diagnostics import CgError
from cgcli.evaluation.derivatives import along, gradients
from cgcli.evaluation.names import nodes_of, unknown_name, wanted
from cgcli.evaluation.point import Point
from cgcli.evaluation.prepared import Prepared
from cgcli.shapes import differing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


def directions(session: Session, point: Point, option: str, arguments: Sequence[str]) -> dict[str, Any]:
    """NAME=VALUE of each argument, in the shape of the input that it names; inputs that are not
    named do not move. Raises `CgError` (kinds `usage`, `binding`)."""
    found: dict[str, Any] = {}
    for argument in arguments:
        name, source, value = read_binding(argument, session.bindings.warnings)
        if name not in point.program.inputs:
            raise unknown_name(point.program, option, name, "input")
        if name in found:
            raise CgError("binding", f"{option} gives `{name}` twice", source, 0, len(name))
        wanted = point.algebra.shape(point.inputs[name])
        given = getattr(value, "shape", ())
        if wanted != given:
            message = f"{option}: `{name}` {differing(wanted, given, 'its direction')}"
            raise CgError("binding", message, source, 0, len(argument))
        found[name] = value
    session.warn_of_bindings()
    return found


def answer_along(session: Session, prepared: Prepared) -> None:
    """The directional derivative of each output: one tangent pass."""
    request = session.request
    if request.seed is not None:
        hint = "weigh the output in the program, as in sum([1, 2] * y)"
        raise CgError("usage", "--along and --seed do not go together", hint=hint)
    if request.wrt is not None:
        hint = "the inputs that --along names are those that move"
        raise CgError("usage", "--along and --wrt do not go together", hint=hint)
    if request.mode == "reverse":
        raise CgError("usage", "--along is forward mode, and does not go with --mode reverse")
    point = session.point(prepared, rewrite=True)
    program = point.program
    moves = directions(session, point, "--along", request.along)
    seeds = {program.inputs[name]: value for name, value in moves.items()}
    zeroed: list[int] = []
    slopes = along(point, [output.node for output in program.outputs], seeds, zeroed)
    answers = []
    for name, output, slope in zip(program.output_names(), program.outputs, slopes, strict=True):
        if point.is_scalar(output.node):
            session.warn_of_derivatives(point, output, dict.fromkeys(seeds, slope), zeroed)
        found = Answer(output, name, point.values[output.node])
        found.add(f"d{name}", (), slope)
        found.require_finite(session, point)
        answers.append(found)
    write(session, answers, "along")


def answer_seed(session: Session, prepared: Prepared) -> None:
    """The derivative of the sum of an output's elements with weights: one reverse pass."""
    request = session.request
    if request.mode == "forward":
        raise CgError("usage", "--seed is reverse mode, and does not go with --mode forward")
    wrt = wanted(prepared.program, request.wrt)
    point = session.point(prepared, rewrite=True)
    program, nodes = point.program, nodes_of(point.program, wrt)
    if len(program.outputs) != 1:
        hint = "choose one that has a name with --show"
        raise CgError("usage", f"--seed is for one output, and there are {len(program.outputs)}", hint=hint)
    output, name = program.outputs[0], program.output_names()[0]
    source, seed = read_value(request.seed or "", "--seed", session.bindings.warnings)
    session.warn_of_bindings()
    wanted_shape, given = point.algebra.shape(point.values[output.node]), getattr(seed, "shape", ())
    if wanted_shape != given:
        message = f"`{name}` {differing(wanted_shape, given, 'its seed')}"
        raise CgError("binding", message, source, 0, len(source.text))
    zeroed: list[int] = []
    row = gradients(point, [output.node], nodes, "reverse", zeroed, seed)[0]
    session.warn_of_derivatives(point, output, dict(zip(nodes, row, strict=True)), zeroed, seed)
    found = Answer(output, name, point.values[output.node])
    for by, derivative in zip(wrt, row, strict=True):
        found.add(f"d(seed*{name})/d{by}", (by,), derivative)
    found.require_finite(session, point)
    write(session, [found], "seeded", ("wrt",))
