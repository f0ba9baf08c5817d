"""Facts about the slots of a flow (`control.flow`): sets of them at the begin of each piece, each a fixed
point.

What a gradient keeps is an undo log: the old value of a slot, where it is set and something that ran since it
was set last reads it in the backward pass (L. Hascoet, U. Naumann and V. Pascual, "To be recorded" analysis
in reverse-mode automatic differentiation, 2005).
"""

from __future__ import annotations

from cgcli.annotations import Any, Callable, Iterable, Sequence
from cgcli.control.contexts import owner
from cgcli.control.flow import Flow
from cgcli.control.pieces import Piece
from cgcli.graph import WANTED
from cgcli.ops.chain import FUNCTION

Sets = list[set[str]]


def at_end(flow: Flow, piece: Piece, begins: Sequence[set[str]]) -> set[str]:
    """What holds at the end of a piece, of what holds at the begin of the next ones."""
    found = set[str]().union(*(begins[place] for place in piece.to))
    if piece.only is not None:
        found &= piece.only
    if piece.beside is not None:
        found |= begins[piece.beside] - flow.pieces[piece.beside].handed
    return found


def backward(flow: Flow, before: Any, ends: Sequence[set[str]]) -> Sets:
    """What holds of slots at the begin of each piece: `before(piece, after)` of what holds after it, which is
    what holds at the begin of the next ones, and `ends` besides."""
    found: Sets = [set() for _ in flow.pieces]
    todo = [piece.place for piece in flow.pieces]
    while todo:
        piece = flow.pieces[todo.pop()]
        begin = before(piece, ends[piece.place] | at_end(flow, piece, found))
        if begin != found[piece.place]:
            found[piece.place] = begin
            todo += piece.came
            if piece.called is not None:
                todo.append(piece.called)
    return found


def forward(flow: Flow, after: Any, start: set[str], every: bool = False, anew: bool = False) -> Sets:
    """What holds of slots at the begin of each piece: `after(piece, begin)` at the end of one of those it
    comes from; or of `every` one of those, of slots that have a value. It holds no longer of the slots of a
    call that begins `anew`."""
    found: list[Any] = [None] * len(flow.pieces)
    slots = start.union(*(piece.work.writes for piece in flow.pieces)) if every else set()
    found[0] = set(start)
    todo = [0]
    while todo:
        piece = flow.pieces[todo.pop()]
        ends = after(piece, found[piece.place])
        ways = [(place, ends if piece.only is None else ends & piece.only) for place in piece.to]
        if every and piece.only is not None:
            ways = [(place, given | (slots - piece.only)) for place, given in ways]
        if piece.beside is not None:
            back = flow.pieces[piece.beside].handed
            ways.append((piece.beside, ends | back if every else ends - back))
        for place, given in ways:
            if anew and flow.pieces[place].opens:
                number = flow.pieces[place].context.number
                given = {slot for slot in given if owner(slot) != number or slot in piece.work.writes}
            known = found[place]
            new = given if known is None else known & given if every else known | given
            if new != known:
                found[place] = set(new)
                todo.append(place)
    return [one or set() for one in found]


def live(flow: Flow, ends: Sequence[set[str]]) -> Sets:
    """The slots that are read from the begin of each piece on, before they are set."""

    def before(piece: Piece, after: set[str]) -> set[str]:
        test = {piece.test} if piece.test is not None else set()
        return (after | test) - set(piece.work.writes) | set(piece.work.reads)

    return backward(flow, before, ends)


def surely_set(flow: Flow, start: set[str]) -> Sets:
    """The slots that have a value at the begin of each piece on every path."""
    return forward(flow, lambda piece, begin: begin | set(piece.work.writes), start, every=True, anew=True)


def maybe_set(flow: Flow, start: set[str]) -> Sets:
    """The slots that have a value at the begin of each piece on some path."""
    return forward(flow, lambda piece, begin: begin | set(piece.work.writes), start, anew=True)


def moving(piece: Piece, varied: Iterable[str]) -> bytearray:
    """Marks of the nodes of a piece as `Graph.dependents` has them, of the slots that are `varied` and read;
    but what has no slope anywhere does not depend."""
    graph, marks = piece.work.graph, bytearray(len(piece.work.graph))
    for slot in varied:
        if slot in piece.work.reads:
            marks[piece.work.reads[slot]] = WANTED
    for node, op in enumerate(graph.ops):
        partials = op.partials
        flat = partials.__class__ is tuple and not any(one.__class__ is FUNCTION or one for one in partials)
        if not flat and any(marks[arg] for arg in graph.args[node]):
            marks[node] = 1
    return marks


def varied(flow: Flow, by: set[str]) -> Sets:
    """The slots that depend on what some had at the very begin."""

    def after(piece: Piece, begin: set[str]) -> set[str]:
        writes = piece.work.writes
        rest = begin - set(writes)
        if piece.fixed:
            return rest
        marks = moving(piece, begin)
        return rest | {slot for slot, node in writes.items() if marks[node]}

    return forward(flow, after, by)


def useful(flow: Flow, ends: Sequence[set[str]]) -> Sets:
    """The slots that what some have at the very end depends on."""

    def before(piece: Piece, after: set[str]) -> set[str]:
        writes, reads = piece.work.writes, piece.work.reads
        rest = after - set(writes)
        roots = [node for slot, node in writes.items() if slot in after]
        if piece.fixed or not roots:
            return rest
        needed = set(piece.work.graph.ancestors(roots))
        return rest | {slot for slot, node in reads.items() if node in needed}

    return backward(flow, before, ends)


def logged(piece: Piece, needed: set[str]) -> list[str]:
    """The slots whose old values a piece keeps, of those that are needed."""
    turned = piece.turns[0] if piece.turns else None
    if piece.is_return:
        return sorted(needed - (piece.only or needed))
    found = [slot for slot in piece.work.writes if slot in needed and slot != turned]
    return [*found, piece.counts] if piece.counts is not None and piece.counts in needed else found


def needed(flow: Flow, demanded: Callable[[Piece], set[str]]) -> tuple[Sets, Sets]:
    """The slots whose values are read in the backward pass by what ran so far, at the begin of each piece and
    at its end; `demanded` are those that a piece itself reads there."""

    def after(piece: Piece, begin: set[str]) -> set[str]:
        found = begin | demanded(piece)
        if piece.turns and piece.turns[0] in found:
            found.add(piece.turns[1])
        return found - set(logged(piece, found))

    begins = forward(flow, after, set())
    return begins, [after(piece, begin) for piece, begin in zip(flow.pieces, begins)]


def settle_turns(flow: Flow) -> None:
    """Let the variable of a `for` be set as others are where a round sets it anew."""
    for piece in flow.pieces:
        if piece.turns is None:
            continue
        variable, head = piece.turns[0], flow.pieces[piece.came[0]]
        inside = {head.place}
        todo = [place for place in head.came if flow.pieces[place].counts != variable]
        while todo:
            place = todo.pop()
            one = flow.pieces[place]
            if place not in inside:
                inside.add(place)
                todo += one.came if one.called is None else [one.called]
        others = (flow.pieces[place] for place in inside if place != piece.place)
        if any(variable in one.work.writes or one.counts == variable for one in others):
            piece.turns = None
            for one in flow.pieces:
                if one.counts == variable:
                    one.counts = None
