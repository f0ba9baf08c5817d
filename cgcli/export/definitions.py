"""Operations that a target has no form for, by their definitions."""

from __future__ import annotations

from cgcli.algebras.definitions import OPERANDS, definition, graph_of
from cgcli.algebras.numbers import floats
from cgcli.annotations import Any, Callable
from cgcli.graph import NONE, Graph
from cgcli.ops import CONSTANT, INPUT, OPS, Op
from cgcli.rewrite.static import Static
from cgcli.shapes import Shape

# What some functions are in doubles, and not in numbers of more digits: for languages that do not have them.
# A&S is Abramowitz & Stegun, Handbook of Mathematical Functions.
DOUBLES = {
    # reflection, recurrence, asymptotic series: A&S 6.3.7, 6.3.5 and 6.3.18
    "digamma": "z = if x < 0 then 1 - x else x; far = if z < 10 then z + 10 else z; s = 1/(far*far); "
    "near = 1/z + 1/(z + 1) + 1/(z + 2) + 1/(z + 3) + 1/(z + 4) + 1/(z + 5) + 1/(z + 6) + 1/(z + 7) "
    "+ 1/(z + 8) + 1/(z + 9); series = log(far) - 0.5/far "
    "- s*(1/12 - s*(1/120 - s*(1/252 - s*(1/240 - s*(1/132 - s*(691/32760 - s/12)))))); "
    "value = if z < 10 then series - near else series; "
    "if x == 0 then copysign(inf, -x) else if x == -inf or x < 0 and x == floor(x) then nan "
    "else if x < 0 then value - pi/tan(pi*(x - round(x))) else value",
    # the recurrence and the asymptotic series of digamma, term by term
    "digammadiff": "z = x + y; small = min(x, z) < 10; u = if small then x + 10 else x; "
    "v = if small then z + 10 else z; step(k) = y/(z + k)/(x + k); p = 1/(v*v); q = 1/(u*u); "
    "near = step(0) + step(1) + step(2) + step(3) + step(4) + step(5) + step(6) + step(7) + step(8) "
    "+ step(9); a = -y/v/u*(1/u + 1/v); b = a*p + a*q; c = b*p + a*q*q; d = c*p + a*q*q*q; "
    "f = d*p + a*q*q*q*q; g = f*p + a*q*q*q*q*q; h = g*p + a*q*q*q*q*q*q; "
    "series = log1p(y/u) + 0.5*y/v/u - (a/12 - b/120 + c/252 - d/240 + f/132 - 691/32760*g + h/12); "
    "found = if small then near + series else series; "
    "if min(x, z) > 0 and max(x, z) < inf then found else digamma(z) - digamma(x)",
    # at a pole as SciPy: inf, or the limit where x + y is a pole too; large ones by their logarithms, whose
    # difference is that of Stirling's series
    "beta": "isp(t) = t <= 0 and t == floor(t); "
    "odd(t) = if t < 0 and floor(t) % 2 == 1 then -1 else 1; "
    "pole = if isp(x) then x else y; other = if isp(x) then y else x; at = isp(x) or isp(y); "
    "u = if at then 1 - pole - other else x; v = if at then other else y; "
    "w1 = u + v; small = min(u, v); large = max(u, v); r = 1/w1 - 1/large; "
    "stirling = (large - 0.5)*log1p(small/large) + small*(log(w1) - 1) + r/12 "
    "- (1/w1^3 - 1/large^3)/360 + (1/w1^5 - 1/large^5)/1260; "
    "mid = gamma(u)/gamma(w1)*gamma(v); one = odd(small)*exp(lgamma(small) - stirling); "
    "both = odd(u)*odd(v)*odd(w1)*exp(lgamma(u) + lgamma(v) - lgamma(w1)); "
    "size = max(abs(u), abs(v), abs(w1)); "
    "found = if size < 100 then mid else if small > -large/2 then one else both; "
    "value = if isp(w1) then 0 else if at and other % 2 == 1 then -found else found; rest = min(x, y); "
    "if x != x or y != y or rest == -inf then nan "
    "else if max(x, y) == inf then if rest > 0 then 0 else if rest < 0 then nan else copysign(inf, rest) "
    "else if at and (other <= 0 or other != floor(other) or 1 - pole <= other) "
    "then if pole == 0 then copysign(inf, pole) else inf else value",
}  # fmt: skip


def text_of(op: Op, order: Any = None, doubles: bool = True) -> str:
    """The definition of an operation, where there are several that for this value of its first operand; with
    `doubles` one that holds in these alone, too, and else that of mathematics. Empty where there is none."""
    return (DOUBLES.get(op.name) if doubles else op.formula) or definition(op, order)


def expanded(static: Static, lacks: Callable[[Op], bool], doubles: bool = True) -> Static:
    """The graph with the definitions of operations in their place, where they have one and the target
    `lacks` a form. What an operation is of is computed once."""
    while True:
        ops = {static.graph.ops[node] for node in static.schedule()}
        wanted = {op for op in ops if lacks(op)}
        found = ((node, _text(static.graph, node, wanted, doubles)) for node in static.schedule())
        texts = {node: text for node, text in found if text}
        if not texts:
            return static
        static = _expanded(static, texts)


def endless(static: Static) -> Static:
    """The graph in which what depends on no input is a number where it is not finite, or its definition may
    not be on the way: there languages differ, and some stop."""
    graph, known = static.graph, {}
    found: dict[int, float] = {}
    for node in static.schedule():
        op, args = graph.ops[node], graph.args[node]
        if op is CONSTANT:
            known[node] = graph.attrs[node]
        elif args and op.partials is not None and all(arg in known for arg in args):
            operands = [known[arg] for arg in args]
            known[node] = getattr(floats, op.name)(*operands)
            if known[node] - known[node] != 0 or (op.definition and not all(operands)):
                found[node] = known[node]
    if not found:
        return static
    graph = graph.copy()
    for node, value in found.items():
        graph.ops[node], graph.attrs[node] = CONSTANT, value
        graph.args.first[node] = graph.args.second[node] = NONE
    return Static(graph, static.outputs, static.shapes, static.written, static.kept)


def _text(graph: Graph, node: int, wanted: set[Op], doubles: bool) -> str:
    """The definition of a node's operation, if it is one of these; empty where there is none."""
    op = graph.ops[node]
    if op not in wanted or not graph.args[node]:
        return ""
    order = graph.args[node][0]
    return text_of(op, graph.attrs[order] if graph.ops[order] is CONSTANT else None, doubles)


def _expanded(static: Static, texts: dict[int, str]) -> Static:
    graph, shapes = static.graph.copy(), list(static.shapes)
    place: dict[int, int] = {}
    for node in static.schedule():
        op, args = graph.ops[node], tuple(place[arg] for arg in graph.args[node])
        if node in texts:
            place[node] = spelled(graph, shapes, texts[node], args, node)
            for other in args[2:] if op.arity is None else ():
                place[node] = spelled(graph, shapes, texts[node], (place[node], other), node)
        elif args == graph.args[node]:
            place[node] = node
        else:
            attribute = graph.attrs.get(node)
            place[node] = graph.add(op, args, attribute, *graph.place(node))
            shapes.append(shapes[node])
        if place[node] != node and node in graph.names:
            graph.names.setdefault(place[node], graph.names[node])
    kept = [place[node] for node in static.kept]
    return Static(graph, [(name, place[node]) for name, node in static.outputs], shapes, static.written, kept)


def spelled(
    graph: Graph,
    shapes: list[Shape | None],
    text: str,
    operands: tuple[int, ...],
    like: int,
    named: bool = False,
) -> int:
    """A definition over these operands, added to the graph: the node of its value, whose place and
    shape are those of the node that it is `like`. What is known of it is computed; with `named`
    its names stay."""
    own, root = graph_of(text)
    place = {}
    for node in own.ancestors([root]):
        if own.ops[node] is INPUT:
            place[node] = operands[OPERANDS.index(own.attrs[node])]
            continue
        args = tuple(place[arg] for arg in own.args[node])
        known = [graph.attrs[arg] for arg in args if graph.ops[arg] is CONSTANT]
        if own.ops[node].name == "where" and graph.ops[args[0]] is CONSTANT:
            place[node] = args[1] if known[0] else args[2]
            continue
        if args and len(known) == len(args):
            place[node] = graph.constant(getattr(floats, own.ops[node].name)(*known))
            shapes.append(())
            continue
        op = own.ops[node]
        if op.name == "add" and graph.ops[args[1]].name == "neg":
            op, args = OPS["sub"], (args[0], graph.args[args[1]][0])
        place[node] = graph.add(op, args, own.attrs.get(node), *graph.place(like))
        shapes.append(shapes[like] if args else ())
        if node in own.names and (named or not args):  # a constant of the language
            graph.names[place[node]] = own.names[node]
    if shapes[place[root]] != shapes[like] and shapes[like]:  # of a number alone, as is known
        shapes.append(shapes[like])
        return graph.add(OPS["broadcast"], (place[root],), {"shape": shapes[like]})
    return place[root]
