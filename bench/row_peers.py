"""Three programs over rows in memory, in cg and by hand in the terms of other systems.

`PROGRAMS` has them by name; `PEERS` has of each system a function that takes columns, each an array of
doubles, and returns the answers, as a person who knows the system would write them. What a system has no
function for is not there.
"""

from __future__ import annotations

import os
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

# By name: the program, its columns, values of what is none, and whether all rows make one total.
PROGRAMS: dict[str, tuple[str, str, dict[str, float], bool]] = {
    "a bell, three partials": ("sin(a*x)*exp(-c*x^2)", "axc", {}, False),
    "a call, five greeks": (
        "w = v*sqrt(t); d = (log(s/k) + (r + v^2/2)*t)/w; s*ndtr(d) - k*exp(-r*t)*ndtr(d - w)",
        "skrvt", {}, False,
    ),
    "a loss, its gradient": (
        "z = a + b*x + c*u; softplus(z) - y*z",
        "xuy", {"a": 0.3, "b": -0.7, "c": 0.2}, True,
    ),
    "arithmetic alone": ("a*x^2 + c*x + a*c", "axc", {}, False),
}  # fmt: skip

# Lines for all systems in which `exp` and the like are functions of whole columns.
LINES = {
    "a bell, three partials": """
        bell = exp(-c*x*x)
        sine = sin(a*x)*bell
        cosine = cos(a*x)*bell
        answers = sine, x*cosine, a*cosine - 2*c*x*sine, -x*x*sine
    """,
    "a call, five greeks": """
        root = sqrt(t)
        w = v*root
        d = (log(s/k) + (r + 0.5*v*v)*t)/w
        one = 0.5*erfc(-0.7071067811865476*d)
        two = 0.5*erfc(0.7071067811865476*(w - d))
        rest = exp(-r*t)
        owed = k*rest*two
        slope = s*exp(-0.5*d*d)*0.3989422804014327
        answers = s*one - owed, slope*root, 0.5*slope*v/root + r*owed, one, -rest*two, t*owed
    """,
    "a loss, its gradient": """
        z = 0.3 - 0.7*x + 0.2*u
        small = exp(-abs(z))
        q = where(z >= 0, 1/(1 + small), small/(1 + small)) - y
        answers = sum(maximum(z, 0) + log1p(small) - y*z), sum(q), sum(q*x), sum(q*u)
    """,
    "arithmetic alone": """
        answers = a*x*x + c*x + a*c, x*x + c, 2*a*x + c, x + a
    """,
}

# Rows of a block that fits the cache.
BLOCK = 2**14


def written(name: str) -> Callable[[Any, Mapping[str, Any]], Any]:
    """The lines of a program as a function of functions and columns."""
    code = compile(re.sub(r"(?m)^\s+", "", LINES[name]), name, "exec")

    def run(functions: Any, columns: Mapping[str, Any]) -> Any:
        names = {**functions, **columns}
        exec(code, names)
        return names["answers"]

    return run


def by_numpy(name: str, columns: Mapping[str, Any]) -> Callable[[], Any]:
    """In blocks that fit the cache, by one thread."""
    import numpy as np
    from scipy.special import erfc

    functions = {**vars(np), "erfc": erfc, "sum": np.sum, "abs": np.abs}
    run, is_total = written(name), PROGRAMS[name][3]
    rows = len(next(iter(columns.values())))

    def answers() -> Any:
        parts = []
        found: list[Any] = []
        for start in range(0, rows, BLOCK):
            part = slice(start, start + BLOCK)
            some = run(functions, {own: column[part] for own, column in columns.items()})
            if is_total:
                parts.append(some)
                continue
            found = found or [np.empty(rows) for _ in some]
            for whole, piece in zip(found, some, strict=True):
                whole[part] = piece
        return np.sum(parts, axis=0) if is_total else found

    return answers


def by_numexpr(name: str, columns: Mapping[str, Any]) -> Callable[[], Any]:
    """An expression an answer, as it has no other."""
    import numexpr

    if "erfc" in LINES[name]:
        return missing
    numexpr.set_num_threads(os.cpu_count() or 1)
    texts = {
        "a bell, three partials": [
            "sin(a*x)*exp(-c*x*x)", "x*cos(a*x)*exp(-c*x*x)",
            "(a*cos(a*x) - 2*c*x*sin(a*x))*exp(-c*x*x)", "-x*x*sin(a*x)*exp(-c*x*x)",
        ],
        "a loss, its gradient": [
            "sum(where(z > 0, z, 0) + log1p(exp(-abs(z))) - y*z)",
            "sum(1/(1 + exp(-z)) - y)", "sum((1/(1 + exp(-z)) - y)*x)", "sum((1/(1 + exp(-z)) - y)*u)",
        ],
        "arithmetic alone": ["a*x*x + c*x + a*c", "x*x + c", "2*a*x + c", "x + a"],
    }[name]  # fmt: skip

    def answers() -> Any:
        given = dict(columns)
        if any("z" in text for text in texts):
            given["z"] = numexpr.evaluate("0.3 - 0.7*x + 0.2*u", given)
        return [numexpr.evaluate(text, given) for text in texts]

    return answers


def by_polars(name: str, columns: Mapping[str, Any]) -> Callable[[], Any]:
    import polars as pl

    def method(of: str) -> Any:
        return lambda *given: getattr(given[0], of)(*given[1:])

    functions = {of: method(of) for of in ("sin", "cos", "exp", "sqrt", "log", "log1p", "erfc", "sum", "abs")}
    functions["where"] = lambda c, x, y: pl.when(c).then(x).otherwise(y)
    functions["maximum"] = pl.max_horizontal
    answers = written(name)(functions, {own: pl.col(own) for own in columns})
    lazy = pl.DataFrame(dict(columns)).lazy().select(one.alias(f"f{i}") for i, one in enumerate(answers))
    return lambda: lazy.collect().get_columns()


def by_duckdb(name: str, columns: Mapping[str, Any]) -> Callable[[], Any]:
    """Lines are queries inside each other."""
    import duckdb
    import pyarrow as pa

    if "erfc" in LINES[name]:
        return missing
    connection = duckdb.connect()
    connection.register("rows", pa.table(dict(columns)))
    query = "rows"
    for line in LINES[name].strip().splitlines():
        made, _, text = (part.strip() for part in line.partition("="))
        text = re.sub(r"where\((.*?), (.*?), (.*?)\)(?= )", r"CASE WHEN \1 THEN \2 ELSE \3 END", text)
        text = text.replace("maximum", "greatest").replace("log1p(", "ln(1 + ").replace("log(", "ln(")
        if made == "answers":
            listed = ", ".join(f"{one} AS f{i}" for i, one in enumerate(re.split(r", (?![^(]*\))", text)))
            query = f"SELECT {listed} FROM {query}"
        else:
            query = f"(SELECT *, {text} AS {made} FROM {query})"
    # its vectors in turn: what fetchnumpy makes of them would be copied once more
    return lambda: [column.to_numpy() for column in connection.sql(query).to_arrow_table().columns]


def by_pytorch(name: str, columns: Mapping[str, Any], compiled: bool = False) -> Callable[[], Any]:
    import torch

    torch.set_num_threads(os.cpu_count() or 1)
    functions = {**vars(torch), "erfc": torch.special.erfc, "maximum": lambda x, y: torch.clamp(x, min=y)}
    names, run = list(columns), written(name)
    given = [torch.from_numpy(columns[own]) for own in names]

    if compiled:
        body = "\n    ".join(re.sub(r"(?m)^\s+", "", LINES[name]).strip().splitlines())
        space = dict(functions)
        exec(f"def plain({', '.join(names)}):\n    {body}\n    return answers", space)
        fast = torch.compile(space["plain"])
        return lambda: [one.numpy() for one in fast(*given)]

    def answers() -> Any:
        with torch.no_grad():
            return [one.numpy() for one in run(functions, dict(zip(names, given, strict=True)))]

    return answers


def by_pytorch_compiled(name: str, columns: Mapping[str, Any]) -> Callable[[], Any]:
    return by_pytorch(name, columns, compiled=True)


def by_jax(name: str, columns: Mapping[str, Any]) -> Callable[[], Any]:
    import jax

    jax.config.update("jax_enable_x64", True)
    import jax.numpy as jnp

    functions = {**vars(jnp), "erfc": jax.scipy.special.erfc, "sum": jnp.sum, "abs": jnp.abs}
    run = written(name)
    fast = jax.jit(lambda given: run(functions, given))
    given = {own: jnp.asarray(column) for own, column in columns.items()}
    return lambda: jax.block_until_ready(fast(given))


def missing() -> Any:
    """What a system answers that has no such function."""
    return None


# By name: what makes the function, and the modules that it needs.
PEERS: dict[str, tuple[Callable[..., Callable[[], Any]], tuple[str, ...]]] = {
    "NumPy in blocks": (by_numpy, ("scipy",)),
    "numexpr": (by_numexpr, ("numexpr",)),
    "Polars": (by_polars, ("polars",)),
    "DuckDB": (by_duckdb, ("duckdb", "pyarrow")),
    "PyTorch": (by_pytorch, ("torch",)),
    "PyTorch, compiled": (by_pytorch_compiled, ("torch",)),
    "JAX, compiled": (by_jax, ("jax",)),
}
