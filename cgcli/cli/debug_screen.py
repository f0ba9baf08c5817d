"""What `cg debug` shows: where it stands, what has changed, and what values came from. Text is ASCII but for
what the program has, and lines are cut to the width of a terminal, but for values that somebody asks for."""

from __future__ import annotations

import re
import sys
from textwrap import wrap

from cgcli.annotations import Any, Iterable, Iterator
from cgcli.cli.report import broken, print_lines, room
from cgcli.cli.session import Session
from cgcli.control.frames import Frame
from cgcli.control.structures import List, Record
from cgcli.diagnostics import COLUMNS, NARROWEST, Diagnostic
from cgcli.evaluation.ends import handle_text
from cgcli.evaluation.specialised import Point
from cgcli.evaluation.stepping import Stepping
from cgcli.render.numbers import SHORT, Form, value_text
from cgcli.render.structures import text_pieces

# So many names, calls, nodes, lines around one and elements that have changed are shown.
NAMES, CALLS, NODES, AROUND, ELEMENTS = 20, 10, 40, 5, 3

CHANGED = "bold yellow"


class Screen:
    """What a session shows, on stdout."""

    def __init__(self, session: Session, at: Stepping) -> None:
        self.session, self.request, self.at = session, session.request, at
        self.source = at.program.source
        self._before: dict[int, tuple[str, dict[str, Any]]] = {}  # by depth of calls, what was there last
        self._depth = 1
        self._changed: set[str] = set()
        self._look()

    def say(self, *pieces: str | tuple[str, str]) -> None:
        """A line of pieces, some of which have a style."""
        styled = [(one, "") if isinstance(one, str) else one for one in pieces]
        print_lines([[(text.replace("…", "..."), style) for text, style in styled]], self.request)

    @property
    def columns(self) -> int:
        """How long a line may be."""
        return max(NARROWEST, min(COLUMNS, room() or COLUMNS))

    # Where it stands

    def show_place(self) -> None:
        """What has changed since this was shown last, and the statement that comes next."""
        run, depth = self.at.run, len(self.at.run.frames)
        before = self._look()
        if depth != self._depth and not self.at.has_ended:
            self.say((f"in {self._call(run.frame)}" if run.frame.function else "in the program", "bold"))
        self._depth = depth
        if self.at.has_ended:
            self.say(("end of the program", "bold"))
            return self._show_outputs()
        changed = [name for name in run.frame.slots if name in self._changed]
        for name in changed[:NAMES]:
            new, was = run.frame.slots[name], ""
            rows = [f"{name} = {self._text(new)}"]
            if name in before:
                elements = self._elements(name, before[name], new)
                was = "" if elements else f"  (was {self._text(before[name])})".replace("…", "...")
                rows = elements or rows
            text = self._cut(rows[0], 2)
            self.say("  ", (text, CHANGED), was if len(text) + len(was) <= self.columns - 2 else "")
            for row in rows[1:]:
                self.say("  ", (self._cut(row, 2), CHANGED))
        if len(changed) > NAMES:
            self.say(f"  ... and {len(changed) - NAMES} more names")
        self._show_statement(*run.place)
        return None

    def _elements(self, name: str, old: Any, new: Any) -> list[str]:
        """The elements in which an array that is not shown whole differs from what it was, with how many
        there are besides; none for anything else."""
        old, new = map(self.at.value, (old, new))
        if not all(hasattr(one, "shape") for one in (old, new)) or old.shape != new.shape:
            return []
        if "…" not in value_text(new, self.request.digits, SHORT):
            return []
        differs = (old != new) & ((old == old) | (new == new))
        places = [tuple(map(int, place)) for place in zip(*differs.nonzero())]
        rows: list[str] = []
        for place in places[:ELEMENTS] if 2 * len(places) <= old.size else ():
            was, value = (value_text(float(one[place]), self.request.digits, SHORT) for one in (old, new))
            rows.append(f"{name}[{', '.join(map(str, place))}] = {value}  (was {was})")
        if rows and len(places) > ELEMENTS:
            rows.append(f"... and {len(places) - ELEMENTS:,} more elements of {name}")
        return rows

    def _look(self) -> dict[str, Any]:
        """Find the names that have changed since the call that is running was looked at last; what they
        were."""
        frame, depth = self.at.run.frame, len(self.at.run.frames)
        function, last = self._before.get(depth, ("", {}))
        if function != frame.function or depth > self._depth:  # another call
            last = {} if depth > 1 else last
        slots = {name: value for name, value in frame.slots.items() if name[0] != "%"}
        self._changed = {
            name for name in slots if name not in last or not self._same(last[name], slots[name])
        }
        self._before[depth] = frame.function, slots
        return {name: last[name] for name in self._changed if name in last}

    def _same(self, one: Any, other: Any) -> bool:
        if one.__class__ is not other.__class__:
            return False
        if one is other or (one.__class__ is float and one == other):
            return True
        one, other = map(self.at.value, (one, other))
        if one.__class__ is not other.__class__:  # a list of numbers is an array
            return False
        if one.__class__ in (List, Record):
            return "".join(text_pieces(one)) == "".join(text_pieces(other))
        if one.__class__ is float:
            return repr(one) == repr(other)
        return one.shape == other.shape and bool(((one == other) | ((one != one) & (other != other))).all())

    def _show_outputs(self) -> None:
        program, slots = self.at.program, self.at.run.frames[0].slots
        for output, name in zip(program.outputs, program.output_names()):
            slot = program.graph.attrs[output.node]
            if slot in slots:
                self.say(self._cut(f"  {name} = {self._text(slots[slot])}"))

    def _show_statement(self, start: int, end: int) -> None:
        """The line of a statement; a mark below it where there are others on it."""
        text = self.source.text[start:end]
        _, _, _, line, mark = Diagnostic("usage", "", self.source, start, end).lines(self.columns)[:5]
        if len(self.source.names) > 1:
            self.say(f"{self.source.locate(start).source}:")
        self.say((line, "bold"))
        rest = re.sub(r"#.*", "", self.source.locate(start).text.replace(text.splitlines()[0], "", 1))
        if re.search(r"\w", rest):
            self.say((mark, "bold"))

    def _call(self, frame: Frame) -> str:
        if frame.where[0] < 0:
            return frame.function
        place = self.source.locate(frame.where[0])
        return f"{frame.function}, called at {place.line}:{place.column}"

    def show_lines(self, stops: list[int]) -> None:
        """The lines around the statement that comes next, and the calls that it is in."""
        source, frames = self.source, self.at.run.frames
        start = self.at.run.place[0]
        start = len(source.text) if start < 0 else start
        begin, end = next(one for one in source.ranges if one[0] <= start <= one[1])
        lines = source.text[begin:end].splitlines() or [""]
        current = source.line(start) - source.first_line
        marked = {source.line(stop) - source.first_line for stop in stops if begin <= stop <= end}
        width = len(str(len(lines)))
        for line in range(max(0, current - AROUND), min(len(lines), current + AROUND + 1)):
            here = line == current and not self.at.has_ended
            mark = (">" if here else " ") + ("*" if line in marked else " ")
            self.say(
                (self._cut(f"{mark}{line + 1:>{width}} | {lines[line]}".rstrip()), "bold" if here else "")
            )
        for frame in frames[:0:-1][:CALLS]:
            self.say(f"in {self._call(frame)}")
        if len(frames) > CALLS + 1:
            self.say(f"in {len(frames) - 1 - CALLS:,} more calls")

    # What there is

    def show_value(self, value: Any) -> None:
        sys.stdout.writelines(text_pieces(value, self.request.digits))
        sys.stdout.write("\n")

    def show_names(self) -> None:
        """The names of the call that is running, and of the program."""
        frames = self.at.run.frames
        own = self._show_slots(frames[-1].slots)
        if len(frames) > 1:
            rest = {name: value for name, value in frames[0].slots.items() if name not in own}
            if any(name[0] != "%" for name in rest):
                self.say(("in the program", "bold"))
                self._show_slots(rest)
        elif not own:
            self.say("no name has a value yet")

    def _show_slots(self, slots: dict[str, Any]) -> list[str]:
        names = [name for name in slots if name[0] != "%"]
        for name in names:
            style = CHANGED if name in self._changed else ""
            self.say(("  ", ""), (self._cut(f"{name} = {self._text(slots[name])}", 2), style))
        return names

    def _text(self, handle: Any) -> str:
        """A handle as a short text."""
        if handle.__class__ in (List, Record):
            return handle_text(self.at.run.machine, handle)
        return value_text(self.at.value(handle), self.request.digits, SHORT)

    # What it came from

    def show_graph(self, names: list[str]) -> None:
        from cgcli.render.records import Picture
        from cgcli.render.styles import draw_tree

        point = self.at.origin(names) if names else self.at.ends()
        picture = Picture(point.program, point.values, point.shapes() if point.program.uses_arrays else None)
        plain = not (sys.stdout.encoding or "").lower().startswith("utf")
        form = Form(self.request.digits or 6, SHORT)
        tree = draw_tree(picture, form, 10, "ascii" if plain else "tree")
        print_lines(broken(tree, room() and self.columns), self.request)

    def show_gradient(self, names: list[str]) -> None:
        """A value, and its derivatives by the inputs, as far as the program has run."""
        from cgcli.evaluation.derivatives import gradients, require_scalar

        point = self.at.origin(names)
        (output,) = point.program.outputs
        require_scalar(point, [output])
        self._named(str(output.name), point.values[output.node])
        inputs = point.program.inputs
        zeroed: list[int] = []
        (slopes,) = gradients(point, [output.node], list(inputs.values()), zeroed=zeroed)
        by_node = dict(zip(inputs.values(), slopes, strict=True))
        self.session.warned = False
        self.session.warn_of_derivatives(point, output, by_node, zeroed)
        for name, slope in zip(inputs, slopes, strict=True):
            self._named(f"d{output.name}/d{name}", slope + 0.0)
        if not inputs:
            self.say("the program has no inputs")

    def _named(self, name: str, value: Any) -> None:
        sys.stdout.write(f"{name} = ")
        self.show_value(value)

    def show_origin(self, name: str) -> None:
        """The nodes that a value was made of, with their places; of a number, its derivatives by them."""
        from cgcli.evaluation.derivatives import adjoints
        from cgcli.evaluation.origin import nearest
        from cgcli.render.records import Picture, listed_nodes

        point, last = nearest(self.at.origin([name]), NODES, self.request.digits or 6)
        (output,) = point.program.outputs
        found: dict[int, Any] = {}
        if point.is_scalar(output.node):
            found = adjoints(point, output.node, listed_nodes(point.graph), [])
            found = {node: adjoint for node, adjoint in found.items() if node in last}
        shapes = point.shapes() if point.program.uses_arrays else None
        picture = Picture(point.program, point.values, shapes, {output.node: found})
        records = [record for record in picture.records if record.number]
        if len(last) < len(point.graph):
            self.say("  ... others before these, which are numbers here")
        print_lines(self._nodes(picture, point, records), self.request)

    def _nodes(self, picture: Any, point: Point, records: Iterable[Any]) -> Iterator[list[tuple[str, str]]]:
        form = Form(self.request.digits or 6, SHORT)
        for record in records:
            place = self.source.locate(point.graph.starts[record.node])
            where = f"{place.line}:{place.column}"
            formula, label = picture.formula(record), record.label
            if record.kind == "constant":
                text = f"{record.name} = {record.title}"
            else:
                called = f"{label} ({record.name})" if record.name not in (None, label) else label
                text = called if label == formula else f"{called} = {formula}"
                text += f" = {form.text(record.value)}"
            varies = record.kind != "constant" or label == record.name
            adjoints = record.adjoints if varies else {}
            slopes = [f"d{output}/d{label} = {form.text(one)}" for output, one in adjoints.items()]
            head = f"  {where:<7} {text}".replace("…", "...")
            if slopes and len(head) + 2 + len(slopes[0]) > self.columns:
                yield [(self._cut(head), "")]
                head = " " * 9
            line = f"{head}  {', '.join(slopes)}".replace("…", "...")
            yield [(self._cut(line).rstrip(), "")]

    def show_words(self, words: Iterable[tuple[str, str, str, str]]) -> None:
        """Words with their letters, what they take and what they do."""
        for word, letter, operands, told in words:
            head = f"{letter:<2} {f'{word} {operands}':<20}"
            if len(head) + 2 + len(told) <= self.columns:
                self.say(f"{head}  {told}")
                continue
            self.say(head.rstrip())
            for line in wrap(told, self.columns - 5):
                self.say(f"     {line}")

    def _cut(self, text: str, margin: int = 0) -> str:
        """A text that fits the line behind a margin."""
        text, space = text.replace("…", "..."), self.columns - margin
        return text if len(text) <= space else f"{text[: space - 3]}..."
