"""What Python programs use: values and derivatives of a program, by the rules of the commands.

A program is a text, or what `parse` returns. Inputs are given by name: numbers, or whatever NumPy takes for
an array of numbers (`True` is 1). Names that Python cannot write as keywords, and an input that is
called `wrt`, go into a mapping before them: `gradient("wrt^2", {"wrt": 3})`. Results are floats, or
arrays of doubles that must not be written to. Where a value is not finite, as log(0) is not, nothing is
said of it, unlike on the command line. What a program prints goes to standard error.
"""

from __future__ import annotations

import sys
from math import inf

from cgcli.annotations import Any, Callable, Iterable, Mapping
from cgcli.control.limits import Limits
from cgcli.control.structures import HOLDERS
from cgcli.data.given import as_value, given_values
from cgcli.diagnostics import CgError
from cgcli.evaluation import derivatives
from cgcli.evaluation.binding import actual_shapes, refuse_assigned, with_lists
from cgcli.evaluation.names import wanted, wanted_inputs
from cgcli.evaluation.packing import Packing
from cgcli.evaluation.prepared import Prepared
from cgcli.evaluation.specialised import algebra_for
from cgcli.evaluation.unsettled import blocks_with_limits, rows_with_limits, with_limits
from cgcli.language.lowering import lower
from cgcli.language.parser import parse as parse_source
from cgcli.language.program import Program
from cgcli.source import Source

Values = Mapping[str, Any] | None
Wrt = str | Iterable[str] | None
Gradients = dict[str, dict[str, Any]]


def parse(text: str, bound: Iterable[str] = ()) -> Program:
    """The program of a text. `bound` names constants (`e`, `pi`, ...) that are inputs instead. Sizes and
    slices cannot be computed from inputs here, as they can where a text comes with their values.

    Raises `CgError`; its text shows the place.
    """
    return lower(parse_source(Source(("<text>", text))), frozenset(bound))


def evaluate(program: str | Program, values: Values = None, /, **inputs: Any) -> dict[str, Any]:
    """The value of each output, by its name; one without a name is `f`, several `f1`, `f2`, ... (`out`
    where the program has such a name).

    Raises `CgError` for a program that is wrong, an input without a value, a failed assertion.
    """
    return _for(program, values, inputs).evaluate(values, **inputs)


def gradient(program: str | Program, values: Values = None, /, wrt: Wrt = None, **inputs: Any) -> Gradients:
    """The derivative of each output, a number, by each input, in reverse mode and in its shape; or by the
    names of `wrt` (a name, `"a,d"`, or several), which may be of any node.

    Raises `CgError` as `evaluate` does, for an output that is an array, and for a name that the program
    does not have.
    """
    return _for(program, values, inputs).gradient(values, wrt=wrt, **inputs)


def value_and_gradient(
    program: str | Program, values: Values = None, /, wrt: Wrt = None, **inputs: Any
) -> tuple[dict[str, Any], Gradients]:
    """What `evaluate` and `gradient` return, of one run. Raises as `gradient` does."""
    return _for(program, values, inputs).value_and_gradient(values, wrt=wrt, **inputs)


def jacobian(program: str | Program, values: Values = None, /, wrt: Wrt = None, **inputs: Any) -> Gradients:
    """The derivative of each output, of any shape, by each input or the names of `wrt`: arrays whose axes
    are those of the output, then those of the input.

    Raises `CgError` as `evaluate` does, and for a name that the program does not have.
    """
    return _for(program, values, inputs).jacobian(values, wrt=wrt, **inputs)


def hessian(
    program: str | Program, values: Values = None, /, wrt: Wrt = None, **inputs: Any
) -> dict[str, Gradients]:
    """The second derivatives of each output, a number, by every pair of inputs, or of those of `wrt`:
    `["f"]["x"]["y"]` is an array whose axes are those of x, then those of y.

    Raises `CgError` as `gradient` does, and for a name that is no input.
    """
    return _for(program, values, inputs).hessian(values, wrt=wrt, **inputs)


def prepare(
    program: str | Program, shapes: Mapping[str, Iterable[int]] | None = None, /, **known: Any
) -> PreparedProgram:
    """A program prepared once, to be asked at many points. Inputs that are `known` keep their values;
    `shapes` are those of others, where the program does not declare them and they are to be packed.

    Raises `CgError` for a program that is wrong, and for a name that is not among its inputs.
    """
    given = {name: tuple(shape) for name, shape in (shapes or {}).items()}
    return PreparedProgram(program, known, given)


class PreparedProgram:
    """A program that is prepared once and asked at many points; `cgcli.prepare` makes it.

    program     what it is made from
    inputs      the names that values are to be given for, in the order of a packed vector
    outputs     the names of the outputs
    Its methods take values by name, as the functions of this module do, and raise as they do. Copied or
    pickled it is prepared again.
    """

    def __init__(
        self, program: str | Program, known: Mapping[str, Any], shapes: Mapping[str, tuple[int, ...]]
    ) -> None:
        self._made = program, dict(known), dict(shapes)
        values = given_values(known)
        if isinstance(program, str):
            program = _read(program, {**known, **shapes}, lambda name, default: known.get(name))
        if not isinstance(program, Program):
            raise TypeError(f"a program is a text, or what `cgcli.parse` returns, and not {program!r:.40}")
        for name in (*known, *shapes):
            _require_input(program, name)
        self.program = program = with_lists(program, values)
        self.inputs = tuple(name for name in program.inputs if name not in values)
        self.outputs = tuple(program.output_names())
        self._prepared = Prepared(program, values)
        self._limits = Limits()
        self._limits.more = "`limit(max_ops=...)` of a prepared program allows more"
        self._limits.longer = "`limit(timeout=...)` allows more"
        self._open, self._shapes = frozenset(self.inputs), shapes
        self._packing: Packing | None = None
        self._wanted: dict[tuple[str, ...] | None, list[str]] = {None: list(self.inputs)}

    def __repr__(self) -> str:
        return f"<PreparedProgram: {', '.join(self.inputs)} -> {', '.join(self.outputs)}>"

    def __reduce__(self) -> Any:
        program, *rest = self._made
        read = (program, None) if isinstance(program, str) else (program.source.text, [*program.inputs])
        return _restored, (*read, *rest, self._limits.operations, self._limits.seconds)

    def limit(self, max_ops: float = 1e8, timeout: float = inf) -> PreparedProgram:
        """Stop loops and calls after so many operations, and after so many seconds: then its methods raise
        `CgError`. Returns the program itself. Raises `ValueError` for what is not above 0."""
        if not (max_ops > 0 and timeout > 0):
            raise ValueError(f"limits are above 0, and not {max_ops!r:.40} and {timeout!r:.40}")
        self._limits.operations, self._limits.seconds = float(max_ops), float(timeout)
        return self

    def evaluate(self, values: Values = None, /, **inputs: Any) -> dict[str, Any]:
        """The value of each output, by its name."""
        prepared, given = self._at(values, inputs)
        if self.program.tree is not None and not self.program.derives:
            answers = prepared.evaluated().values
            if not any(value.__class__ in HOLDERS for _, value in answers):
                called = dict(zip(self.program.outputs, self.outputs))
                return {called[output]: value for output, value in answers}
        point = prepared.point(given, True)
        found = point.values
        return {name: found[o.node] for name, o in zip(self.outputs, point.program.outputs)}

    def gradient(self, values: Values = None, /, wrt: Wrt = None, **inputs: Any) -> Gradients:
        """The derivative of each output, a number, by each input that is not known, or the names of `wrt`."""
        return self.value_and_gradient(values, wrt=wrt, **inputs)[1]

    def value_and_gradient(
        self, values: Values = None, /, wrt: Wrt = None, **inputs: Any
    ) -> tuple[dict[str, Any], Gradients]:
        """What `evaluate` and `gradient` return, of one run."""
        prepared, given = self._at(values, inputs)
        names = self._names(wrt)
        long = prepared.long_gradients(names)
        if long is not None:
            answers = {name: value for name, (_, value) in zip(self.outputs, long[0].values)}
            return answers, dict(zip(self.outputs, long[1]))
        point = prepared.point(given, True)
        outputs = point.program.outputs
        derivatives.require_scalar(point, outputs)
        nodes, found = [output.node for output in outputs], point.values
        at = {name: found[node] for name, node in zip(self.outputs, nodes)}
        by = point.program.nodes(names)
        rows = derivatives.gradients(point, nodes, by, spend=True)
        rows = [with_limits(point, node, by, row) for node, row in zip(nodes, rows)]
        return at, {name: dict(zip(names, row)) for name, row in zip(self.outputs, rows)}

    def jacobian(self, values: Values = None, /, wrt: Wrt = None, **inputs: Any) -> Gradients:
        """The derivative of each output, of any shape, by each input that is not known, or the names of
        `wrt`."""
        prepared, given = self._at(values, inputs)
        names = self._names(wrt)
        long = prepared.long_gradients(names, arrays=True)
        if long is not None:
            return dict(zip(self.outputs, long[1]))
        point = prepared.point(given)
        nodes = point.program.nodes(names)
        found = {}
        for name, output in zip(self.outputs, point.program.outputs):
            blocks = derivatives.jacobian(point, output.node, nodes)
            found[name] = dict(zip(names, rows_with_limits(point, output.node, nodes, blocks)))
        return found

    def hessian(self, values: Values = None, /, wrt: Wrt = None, **inputs: Any) -> dict[str, Gradients]:
        """The second derivatives of each output, a number, by every pair of inputs that are not known, or
        of those of `wrt`."""
        prepared, given = self._at(values, inputs)
        names = wanted_inputs(self.program, self._names(wrt), (), "wrt")
        if self.program.tree is not None:
            from cgcli.evaluation.long_runs import hessians

            long = hessians(prepared, names)
            if long is not None:
                return {
                    name: {one: {other: row[one] for other, row in zip(names, rows)} for one in names}
                    for name, rows in zip(self.outputs, long[1])
                }
        point = prepared.point(given)
        derivatives.require_scalar(point, point.program.outputs)
        nodes, found = point.program.nodes(names), {}
        for name, output in zip(self.outputs, point.program.outputs):
            rows = derivatives.hessian(point, output.node, dict(zip(names, nodes)))
            (first,) = derivatives.gradients(point, [output.node], nodes)
            rows = blocks_with_limits(first, with_limits(point, output.node, nodes, first), rows)
            found[name] = {one: dict(zip(names, row)) for one, row in zip(names, rows)}
        return found

    def pack(self, values: Values = None, /, **inputs: Any) -> Any:
        """The inputs that are not known as one vector, one after the other; defaults where none is given.

        Raises `CgError` for a value that is missing, or that has not the shape which is declared or
        was given to `prepare`; what has neither is a number."""
        given = {**self._prepared.known, **self._given(values, inputs)}
        missing = next((name for name in self.inputs if name not in given), None)
        if missing is not None:
            raise CgError("unbound", f"the input `{missing}` has no value")
        return self._layout().pack(given)

    def unpack(self, vector: Any) -> dict[str, Any]:
        """What a vector was packed from. Raises `CgError` for one that is too long or too short."""
        return self._layout().unpack(vector)

    def objective(self, vector: Any) -> tuple[float, Any]:
        """The value of the one output, and its gradient as a vector, at a packed vector: what
        `scipy.optimize.minimize` takes with `jac=True`.

        Raises `CgError` as `gradient` and `unpack` do, and where there are several outputs."""
        if len(self.outputs) != 1:
            raise CgError("usage", f"an objective is one output, and the program has {len(self.outputs)}")
        at, slopes = self.value_and_gradient(self.unpack(vector))
        (name,) = self.outputs
        return at[name], self._layout().pack(slopes[name])

    def _layout(self) -> Packing:
        """The inputs that are not known, and their shapes."""
        if self._packing is None:
            known = self._prepared.known
            shapes, _ = actual_shapes(self.program, known, algebra_for(self.program, known))
            shapes |= self._shapes
            for name in self.inputs:
                if not all(isinstance(size, int) for size in shapes.setdefault(name, ())):
                    hint = f"give it to `prepare`: prepare(program, {{'{name}': ...}})"
                    raise CgError("shape", f"the shape of `{name}` is not known", hint=hint)
            self._packing = Packing({name: shapes[name] for name in self.inputs})  # type: ignore[misc]
        return self._packing

    def _names(self, wrt: Wrt) -> list[str]:
        """What to differentiate by."""
        if wrt is not None:
            wrt = tuple(name.strip() for name in wrt.split(",")) if isinstance(wrt, str) else _listed(wrt)
        names = self._wanted.get(wrt)
        if names is None:
            names = self._wanted[wrt] = wanted(self.program, wrt, "wrt")
        return names if wrt else [name for name in names if name not in self.program.nested]

    def _at(self, values: Values, inputs: dict[str, Any]) -> tuple[Prepared, dict[str, Any]]:
        """What the program is prepared with, and the values to ask for; a program that runs is prepared with
        all."""
        given, prepared = self._given(values, inputs), self._prepared
        if self.program.tree is None and not any(hasattr(value, "refusal") for value in given.values()):
            return prepared, given
        values = {**prepared.bound, **given}
        found = Prepared(with_lists(self.program, values), values)
        self.program.nested = found.program.nested
        found.limits, found.stream = self._limits, sys.stderr
        return found, {}

    def _given(self, values: Values, inputs: dict[str, Any]) -> dict[str, Any]:
        """Values as floats and arrays, of inputs that are not known."""
        given = _together(values, inputs)
        for name, value in given.items():
            if name not in self._open:
                _require_input(self.program, name)
                raise CgError("binding", f"`{name}` has had its value since the program was prepared")
            if value.__class__ is not float:
                given[name] = as_value(name, value)
        return given


def _restored(
    text: str, bound: Any, known: Any, shapes: Any, max_ops: float, timeout: float
) -> PreparedProgram:
    program = text if bound is None else parse(text, bound)
    return PreparedProgram(program, known, shapes).limit(max_ops, timeout)


def _listed(wrt: Iterable[str]) -> tuple[str, ...]:
    try:
        names = tuple(wrt)
    except TypeError:
        names = ()
    if not names or not all(isinstance(name, str) for name in names):
        hint = "an input that is called `wrt` goes into a mapping: gradient(program, {'wrt': 3})"
        raise CgError("usage", f"`wrt` takes names, and not {wrt!r:.40}", hint=hint)
    return names


def _for(program: str | Program, values: Values, inputs: dict[str, Any]) -> PreparedProgram:
    """A program prepared for these values."""
    given = _together(values, inputs)
    if isinstance(program, str):
        program = _read(program, given, lambda name, default: given.get(name, default))
    return PreparedProgram(program, {}, {})


def _read(text: str, bound: Iterable[str], given: Callable[[str, Any], Any]) -> Program:
    """The program of a text whose inputs have these values."""

    def value(name: str, default: Any) -> Any:
        found = given(name, default)
        return None if found is None else as_value(name, found)

    return lower(parse_source(Source(("<text>", text))), frozenset(bound), value)


def _together(values: Values, inputs: dict[str, Any]) -> dict[str, Any]:
    """The values of a mapping and of keywords. Raises `CgError` for a name that both give."""
    if not values:
        return inputs
    twice = next((name for name in values if name in inputs), None)
    if twice is not None:
        raise CgError("binding", f"`{twice}` is given a value twice")
    return {**values, **inputs}


def _require_input(program: Program, name: str) -> None:
    """Raise `CgError` (kind `binding`) for a name that is not among the inputs."""
    refuse_assigned(program, name)
    if name not in program.inputs:
        raise CgError("binding", f"the program has no input `{name}`")
