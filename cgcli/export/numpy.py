"""A function of NumPy's, for numbers and arrays, with SciPy where NumPy has no such function."""

from __future__ import annotations

import keyword
import re
from math import inf

from cgcli.annotations import Any, Callable, Mapping
from cgcli.export.form import OPERATORS, Call, Entry, Form, call, infix
from cgcli.export.functions import FUNCTIONS
from cgcli.export.helpers import Helpers, defined, needed, returned
from cgcli.export.names import Names, normal, same
from cgcli.export.numpy_helpers import NUMPY_HELPERS
from cgcli.export.walk import Target, Written, refused, walk
from cgcli.ops import Op
from cgcli.ops.entry import COMPARISON, POSTFIX, POWER, PRODUCT
from cgcli.rewrite.static import Static
from cgcli.shapes import Named, names_among, resolved
from cgcli.source import Source


def _literal(value: Any) -> str:
    """An attribute as Python writes it; sizes that have names are variables."""
    if isinstance(value, tuple):
        return f"({', '.join(map(_size, value))}{',' if len(value) == 1 else ''})"
    return _size(value)


def _size(value: Any) -> str:
    if value == inf:
        return "np.inf"
    return str(value) if isinstance(value, Named) else repr(value)


def _reading(function: str) -> Callable[[Call], Form]:
    """A function of the operands, and of the attributes by their names."""

    def entry(use: Call) -> Form:
        told = [f", {name}={_literal(value)}" for name, value in use.attributes.items()]
        text = "".join(told)
        return Form(f"{function}($*{text})" if use.count else f"{function}({text.removeprefix(', ')})")

    return entry


def _listing(function: str, brackets: str = "()") -> Callable[[Call], Form]:
    """A function of a list of the operands."""

    def entry(use: Call) -> Form:
        axis = use.attributes.get("axis")
        comma = "," if use.count == 1 and brackets == "()" else ""
        told = f", axis={axis}" if axis is not None else ""
        return Form(f"{function}({brackets[0]}$*{comma}{brackets[1]}{told})")

    return entry


def _subscripts(at: tuple[Any, ...]) -> str:
    """What stands in the brackets of an index; operands are whole numbers, or arrays of them."""
    given, parts = 1, []
    for subscript in at:
        if subscript is None:
            parts.append(f"_whole(${given})")
            given += 1
        elif isinstance(subscript, tuple):
            bounds = ["" if bound is None else str(bound) for bound in subscript]
            parts.append(":".join(bounds[:2] if not bounds[2] else bounds))
        else:
            parts.append(str(subscript))
    return ", ".join(parts)


def _index(use: Call) -> Form:
    return Form(f"$0[{_subscripts(use.attributes['at'])}]", POSTFIX, POSTFIX, 1)


def _scatter(use: Call) -> Form:
    at, shape = _subscripts(use.attributes["at"]), _literal(use.attributes["shape"])
    return Form(f"_scatter($0, np.s_[{at}], {shape})")


def _transpose(use: Call) -> Form:
    axes = use.attributes.get("axes")
    return Form("$0.T", POSTFIX, POSTFIX) if axes is None else Form(f"np.transpose($0, {_literal(axes)})")


def _solve(use: Call) -> Form:
    """NumPy takes a stack of right sides for matrices; a vector against a stack gets an axis."""
    left, right = use.shapes
    if left is not None and right is not None and len(left) > 2 and len(right) == 1:
        return Form("np.linalg.solve($0, $1[:, None])[..., 0]", POSTFIX, 1, POSTFIX)
    return call("np.linalg.solve")


def _random(method: str) -> Callable[[Call], Form]:
    """Numbers of a generator that begins with a seed."""

    def entry(use: Call) -> Form:
        shape, seed = _literal(use.attributes["shape"]), use.attributes.get("seed", 1)
        return Form(f"np.random.Generator(np.random.PCG64({seed})).{method}({shape})")

    return entry


def _reduce(function: str) -> Callable[[Call], Form]:
    """A function of two operands over several."""

    def entry(use: Call) -> Form:
        if use.count == 2:
            return call(f"np.{function}")
        return Form(f"functools.reduce(np.{function}, ($*))")

    return entry


def _pow(use: Call) -> Form:
    return Form("np.square($0)") if use.value(1) == 2 else Form("$0**$1", POWER, POSTFIX, POWER)


def _logical(name: str) -> Form:
    return Form(f"np.logical_{name}($*)", truth=True, truths=(True,))


def _default(op: Op) -> Entry | None:
    """A function of NumPy's, or a helper, that takes what the operation does."""
    if op.partials is not None:
        return None
    return _reading(f"_{op.name}" if f"_{op.name}" in NUMPY_HELPERS else f"np.{op.word}")


FORMS: Mapping[str, Entry] = OPERATORS | {
    "floordiv": infix("//", PRODUCT), "mod": infix("%", PRODUCT),
    "matmul": Form("$0 @ $1", PRODUCT, PRODUCT, PRODUCT + 1),
    "pow": _pow,
    "and_": _logical("and"), "or_": _logical("or"), "not_": _logical("not"),
    "where": Form("np.where($0, $1, $2)", truths=(True, False)),
    "min": _reduce("minimum"), "max": _reduce("maximum"), "relu": Form("np.maximum($0, 0.0)"),
    "inv": call("np.linalg.inv"), "det": call("np.linalg.det"),
    # Arrays
    "array": _listing("np.array", "[]"), "concat": _listing("np.concatenate", "()"),
    "stack": _listing("np.stack", "()"), "index": _index, "scatter": _scatter, "transpose": _transpose,
    "reshape": lambda use: Form(f"np.reshape($0, {_literal(use.attributes['shape'])})"),
    "broadcast": lambda use: Form(f"np.broadcast_to($0, {_literal(use.attributes['shape'])})"),
    "zeros": lambda use: Form(f"np.zeros({_literal(use.attributes['shape'])})"),
    "ones": lambda use: Form(f"np.ones({_literal(use.attributes['shape'])})"),
    "eye": lambda use: Form("np.eye({n}, {m}, {k})".format_map(
        {"m": None, "k": 0} | {name: _literal(value) for name, value in use.attributes.items()}
    )),
    "einsum": lambda use: Form(f"np.einsum({use.attributes['subscripts']!r}, $*)"),
    "solve": _solve, "svdvals": Form("np.linalg.svd($0, compute_uv=False)"), "cond": call("np.linalg.cond"),
    "expm": call("scipy.linalg.expm"),
    "uniform": _random("random"), "normal": _random("standard_normal"),
}  # fmt: skip

HELPERS = Helpers(NUMPY_HELPERS, "_{}", defined)

MODULES = ("functools", "math", "np", "scipy")

NUMPY = Target(
    "NumPy",
    FORMS,
    {"pi": "np.pi", "e": "np.e", "inf": "np.inf", "nan": "np.nan"},
    {*keyword.kwlist, *HELPERS.names(), *MODULES, "float", "tuple"},
    functions=FUNCTIONS["numpy"],
    helpers=HELPERS,
    default=_default,
    as_number=Form("1.0*($0)", PRODUCT),
    as_truth=Form("$0 != 0", COMPARISON, COMPARISON + 1, truth=True),
    spell=normal,
    takes_arrays=True,
)


def _array(value: Any) -> str:
    """An array of numbers, written out."""
    if not value.size:
        return f"np.zeros({value.shape!r})"
    return f"np.array({re.sub(r'[a-z]+', lambda found: f'np.{found[0]}', repr(value.tolist()))})"


def numpy(
    static: Static, name: str, source: Source | None = None, data: Mapping[str, Any] | None = None
) -> str:
    """The text of a module with the function. Inputs that have `data` are arrays in it."""
    NUMPY.check_name(name)
    sizes = _sizes(static)
    others = {size: Named.of(variable) for size, variable in sizes.items() if size != variable}
    if others:
        graph = static.graph.with_attributes(resolved(static.graph.attrs, others))
        static = Static(graph, static.outputs, static.shapes, static.written, static.kept)
    written = walk(static, NUMPY, source, sizes.values())
    data = data or {}
    parameters = [variable for given, variable in written.inputs.items() if given not in data]
    lines = [f"{variable} = np.asarray({variable}, dtype=float)" for variable in parameters]
    lines += [f"{written.inputs[given]} = {_array(data[given])}" for given in written.inputs if given in data]
    lines += _measured(static, written, sizes, source)
    lines += [f"{statement.name} = {statement.text}" for statement in written.statements]
    results = [piece.text for _, piece in written.outputs]
    text = results[0] if len(results) == 1 else f"({', '.join(results)})"
    body = "\n".join(f"        {line}" for line in [*lines, f"return {text}"])
    told = "" if len(results) == 1 else f'    """Return ({returned(static)})."""\n'
    head = f"def {name}({', '.join(parameters)}):\n{told}"
    parts = needed(written.texts(), HELPERS, NUMPY)
    parts.append(f'{head}    with np.errstate(all="ignore"):\n{body}')
    text = "\n\n\n".join(parts)
    first = [f"import {module}" for module in ("functools", "math") if re.search(rf"\b{module}\.", text)]
    last = [f"import {module}" for module in ("scipy.linalg", "scipy.special") if f"{module}." in text]
    heads = "\n".join([*first, *([""] if first else []), "import numpy as np", *last])
    return f"{heads}\n\n\n{text}\n"


def _sizes(static: Static) -> dict[str, str]:
    """Names of sizes that attributes of operations read, and the variables that hold them."""
    names, attributes = Names(NUMPY.reserved, normal, same), static.graph.attrs
    found = [size for node in static.schedule() for size in sorted(names_among(attributes.get(node)))]
    return {size: names.keep(size) for size in dict.fromkeys(found)}


def _measured(static: Static, written: Written, sizes: Mapping[str, str], source: Source | None) -> list[str]:
    """Assignments to the sizes that have names, from the shapes of the inputs."""
    lines = []
    for size, variable in sizes.items():
        for given, node in static.inputs().items():
            axes = static.shapes[node] or ()
            if Named.of(size) in axes:
                lines.append(f"{variable} = {written.inputs[given]}.shape[{axes.index(Named.of(size))}]")
                break
        else:
            node = static.outputs[0][1]
            raise refused(static, node, f"no input that is left has the size `{size}`", source)
    return lines
