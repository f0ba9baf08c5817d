"""`cg ops`: the operations, drawn from their entries."""

from __future__ import annotations

import sys
from textwrap import wrap

from cgcli.algebras.symbols import Symbols
from cgcli.cli.report import colored
from cgcli.cli.request import Request
from cgcli.diagnostics import CgError, suggestion
from cgcli.graph import Graph
from cgcli.later import json
from cgcli.ops import FUNCTIONS, OPS, SHARING, WRITTEN_OUT, ArrayOp, Op
from cgcli.ops.chain import local_partials
from cgcli.render.infix import expression

OPERANDS = ("x", "y", "w")


def command(request: Request) -> int:
    chosen = [op for name in request.arguments for op in find(name)] or [
        *OPS.values(),
        *WRITTEN_OUT.values(),
    ]
    if request.format == "json":
        for op in chosen:
            print(json.dumps(facts(op), ensure_ascii=False))
    elif request.arguments:
        sys.stdout.write("\n".join("\n".join(details(op)) for op in chosen) + "\n")
    else:
        _write_list(chosen, request)
    return 0


def find(name: str) -> list[Op]:
    """The operations of a name or a symbol: `min` is one of several operands, and one that reduces
    an array. Raises `CgError` (kind `usage`)."""
    op = FUNCTIONS.get(name) or OPS.get(name)
    if op is not None:
        return [op, SHARING[op.name]] if op.name in SHARING else [op]
    symbol = {"**": "^", ".T": "transpose", "&&": "and", "||": "or", "!": "factorial"}.get(name, name)
    for op in OPS.values():
        if symbol and symbol in (op.symbol, op.name):
            return [op]
    from cgcli.language.errors import elsewhere

    word = name.partition("(")[0].strip()
    match = elsewhere.function(word) or elsewhere.BETWEEN.get(word) or (word if word in FUNCTIONS else None)
    hint = suggestion(word, [*FUNCTIONS, *OPS], "`cg ops` lists them all")
    hint = f"did you mean `{match}`?" if match else hint
    raise CgError("usage", f"unknown operation `{name}`", hint=hint)


def usage(op: Op) -> str:
    """How an operation is written: `x + y`, `sin(x)`, `max(x, y, ...)`."""
    if isinstance(op, ArrayOp):
        symbols = {"matmul": "x @ y", "array": "[x, y, ...]", "index": "x[i, j:k, ...]"}
        return symbols.get(op.name, op.signature)
    if op.arity is None:
        return f"{op.name}(x, y, ...)"
    graph = Graph()
    operands = tuple(graph.input(name) for name in OPERANDS[: op.arity])
    return expression(graph, graph.add(op, operands), {})


def _briefly(op: Op) -> str:
    """How it is written, without what may be left out: `sum(x)`."""
    head, _, tail = usage(op).partition(" or ")[0].partition("(")
    given = op.attributes if isinstance(op, ArrayOp) else {}
    optional = {name for name, attribute in given.items() if not attribute.required}
    needed = [part for part in tail.rstrip(")").split(", ") if part.partition("=")[0] not in optional]
    return f"{head}({', '.join(needed)})" if tail and isinstance(op, ArrayOp) else usage(op)


def derivatives(op: Op) -> dict[str, str]:
    """The partial derivative by each operand as infix text, from running the rule over symbols.

    An operation on any number of operands is shown for two."""
    graph = Graph()
    symbols = Symbols(graph, for_reading=True)
    names = OPERANDS[: op.arity or 2]
    operands = [symbols.symbol(graph.input(name)) for name in names]
    result = symbols.symbol(graph.add(op, tuple(operand.node for operand in operands)))
    partials = local_partials(op, symbols, result, operands)
    return {
        name: expression(graph, symbols.node(partial), {}, digits=6)
        for name, partial in zip(names, partials, strict=True)
    }


def facts(op: Op) -> dict[str, object]:
    """All that is known of an operation, as plain data."""
    return {
        "name": op.word,
        "symbol": op.symbol or None,
        "aliases": list(op.aliases),
        "usage": usage(op),
        "arity": op.arity,
        "summary": op.summary,
        "domain": op.domain,
        "derivative": op.derivative if isinstance(op, ArrayOp) else derivatives(op),
        "convention": op.convention or None,
        "example": op.example,
    }


def details(op: Op) -> list[str]:
    """All that is known of an operation, as lines."""
    several = "one or more" if isinstance(op, ArrayOp) else "two or more"
    facts = [("operands", several if op.arity is None else str(op.arity)), ("domain", op.domain)]
    if op.aliases:
        facts.append(("also", ", ".join(op.aliases)))
    if op.symbol and op.function:
        facts.append(("also", f"{op.name}({', '.join(OPERANDS[: op.arity or 2])})"))
    if isinstance(op, ArrayOp):
        facts.append(("derivative", op.derivative))
    else:
        facts += [(f"d/d{by}", text) for by, text in derivatives(op).items()]
    if op.convention:
        facts.append(("convention", op.convention))
    facts.append(("example", op.example))
    lines = [f"{usage(op)}: {op.summary}"]
    for what, text in facts:
        lines += wrap(text, 80, initial_indent=f"  {what:<12}", subsequent_indent=" " * 14)
    return lines


def _write_list(chosen: list[Op], request: Request) -> None:
    """A line an operation: how it is written, and what it is."""
    rows = [(_briefly(op), op.summary) for op in chosen]
    width = max(len(text) for text, _ in rows)
    if colored(sys.stdout, request.color):
        from rich.console import Console
        from rich.text import Text

        console = Console(file=sys.stdout, force_terminal=True, highlight=False)
        for text, summary in rows:
            line = Text(f"{text:<{width}}", "bold").append(f"  {summary}", "not bold")
            console.print(line, soft_wrap=True)
        return
    for text, summary in rows:
        sys.stdout.write(f"{text:<{width}}  {summary}\n")
