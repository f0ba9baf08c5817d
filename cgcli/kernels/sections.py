"""Functions in LLVM's language, section by section: one begins with the values of slots, which are those that
it is jumped to with, and ends with jumps."""

from __future__ import annotations

from cgcli.annotations import Any, Iterable, Mapping, Sequence
from cgcli.kernels.lanes import Lane
from cgcli.kernels.scalars import ATTRIBUTES, Scalars

# Beside slots: how many operations are left, where the next number and the next byte are put, where the next
# frame of a call, and how many of these there are.
LEFT, NUMBERS, BYTES, FRAMES, DEPTH = "@left", "@numbers", "@bytes", "@frames", "@depth"
KINDS = {LEFT: "i64", NUMBERS: "ptr", BYTES: "ptr", FRAMES: "ptr", DEPTH: "i64"}

# Where they are among the words that a function is called with; the limits of numbers, of bytes (backward,
# where they begin), and of how many frames there may be; and where it was left, which an interrupt on the way
# back would lose.
WORDS = {LEFT: 0, NUMBERS: 1, BYTES: 2, FRAMES: 3, DEPTH: 4}
LIMIT, LAST, DEEPEST, PLACE = 5, 6, 7, 8
COUNT = 9

# That first way is the usual one.
LIKELY, UNLIKELY = "!prof !0", "!prof !1"

Values = dict[str, Any]


class Section:
    """A section of a function, and the values of slots that it begins with."""

    def __init__(self, function: Function, label: str, slots: Iterable[str]) -> None:
        self.label, self.end = label, label
        self.values: Values = {}
        for place, slot in enumerate(slots):
            name = f"%{label}.{place}"
            self.values[slot] = name if slot in KINDS else Lane(function.lanes, name)
        self.came: list[tuple[str, dict[str, str]]] = []
        self.lines: list[str] = []


class Function:
    """A function of a number that says where it begins, of the `places` of slots, and of `WORDS`. It returns
    where it ended."""

    def __init__(self, name: str, lanes: Scalars, places: Mapping[str, int]) -> None:
        self.name, self.lanes, self.places = name, lanes, places
        self.sections: list[Section] = []
        self._at: Section | None = None
        self._entry = Section(self, "entry", ())
        self._ways: list[str] = []

    def section(self, label: str, slots: Iterable[str]) -> Section:
        found = Section(self, label, slots)
        self.sections.append(found)
        return found

    # What follows appends to the section that is written

    def write(self, section: Section) -> None:
        self._at = section
        self.lanes.lines = Lines(self.lanes.lines, section.lines)  # type: ignore[assignment]

    def put(self, line: str) -> None:
        assert self._at is not None
        self._at.lines.append(f"  {line}")

    def label(self, name: str) -> None:
        """Go on behind a jump, in the same section."""
        assert self._at is not None
        self._at.lines.append(f"{name}:")
        self._at.end = name

    def to(self, target: Section, values: Values) -> str:
        """The label of a section, as one that is jumped to with these values."""
        assert self._at is not None
        given = {
            slot: values[slot] if slot in KINDS else self.lanes.text(values.get(slot, -0.0))
            for slot in target.values
        }
        target.came.append((self._at.end, given))
        return f"label %{target.label}"

    def jump(self, target: Section, values: Values) -> None:
        where = self.to(target, values)
        self.put(f"br {where}")

    def leave(self, code: int, slots: Iterable[str], values: Values) -> None:
        """Keep the values of slots, and return."""
        for slot in slots:
            text = self.lanes.text(values.get(slot, -0.0))
            self.put(f"store double {text}, ptr {self._slot(slot)}")
        for slot, word in WORDS.items():
            if slot in values:
                self.put(f"store {KINDS[slot]} {values[slot]}, ptr {self.word(word)}")
        self.put(f"store i64 {code}, ptr {self.word(PLACE)}")
        self.put(f"ret i64 {code}")

    def enter(self, code: int, target: Section, words: Values) -> None:
        """Let the function begin with a section for a code, with the values that are kept; `words` are those
        of words, as they are at the start."""
        section = self.section(f"enter{code}", ())
        self.write(section)
        values: Values = dict(words)
        for slot in target.values:
            if slot not in KINDS:
                place = self._slot(slot)
                values[slot] = self.lanes.line(f"load double, ptr {place}")
        self.jump(target, values)
        self._ways.append(f"i64 {code}, label %{section.label}")

    def start(self, slots: Iterable[str]) -> Values:
        """The first section, in which words are read."""
        self.write(self._entry)
        values: Values = {}
        for slot in slots:
            place = self.word(WORDS[slot])
            values[slot] = self.lanes.line(f"load {KINDS[slot]}, ptr {place}").text
        for name, kind, word in (("limit", "ptr", LIMIT), ("last", "ptr", LAST), ("deepest", "i64", DEEPEST)):
            place = self.word(word)
            self.put(f"%{name} = load {kind}, ptr {place}")
        return values

    def push(self, values: Values, word: str, text: str, kind: str = "double") -> None:
        """Put a value where a word says, which goes on."""
        self.put(f"store {kind} {text}, ptr {values[word]}")
        values[word] = self.lanes.line(f"getelementptr {kind}, ptr {values[word]}, i64 1").text

    def pop(self, values: Values, word: str, kind: str = "double") -> Lane:
        """Take a value from where a word says, which goes back."""
        values[word] = self.lanes.line(f"getelementptr {kind}, ptr {values[word]}, i64 -1").text
        return self.lanes.line(f"load {kind}, ptr {values[word]}")

    def chosen(self, value: str, kind: str, ways: Mapping[int, str]) -> None:
        """Jump by a number to labels; they are all that there are."""
        numbers = list(ways)
        cases = " ".join(f"{kind} {number}, {ways[number]}" for number in numbers[1:])
        self.put(f"switch {kind} {value}, {ways[numbers[0]]} [ {cases} ]")

    def unwind(self, values: Values, frames: str, ways: Mapping[int, tuple[Sequence[str], Section]]) -> None:
        """Take a frame back: the number of who put it there, and the slots that it holds, which the section
        to go on in gets; both by that number."""
        number = self.pop(values, frames, "i64").text
        landings = {place: self.section(f"land{place}", ()) for place in ways}
        self.chosen(number, "i64", {place: f"label %{one.label}" for place, one in landings.items()})
        for place, (slots, section) in ways.items():
            self.write(landings[place])
            inside = dict(values)
            for slot in reversed(slots):
                inside[slot] = self.pop(inside, frames)
            self.jump(section, inside)

    def word(self, place: int) -> str:
        return self.lanes.line(f"getelementptr i64, ptr %words, i64 {place}").text

    def _slot(self, slot: str) -> str:
        return self.lanes.line(f"getelementptr double, ptr %slots, i64 {self.places[slot]}").text

    def text(self) -> str:
        found = [f"define i64 @{self.name}(i64 %from, ptr noalias %slots, ptr noalias %words) nounwind {{"]
        found += ["entry:", *self._entry.lines]
        found.append(f"  switch i64 %from, label %nowhere [ {' '.join(self._ways)} ]")
        for section in self.sections:
            if section.values and not section.came:
                continue  # nothing jumps there
            found.append(f"{section.label}:")
            for slot, value in section.values.items():
                kind, name = KINDS.get(slot, "double"), value if slot in KINDS else value.text
                ways = ", ".join(f"[ {given[slot]}, %{label} ]" for label, given in section.came)
                found.append(f"  {name} = phi {kind} {ways}")
            found += section.lines
        return "\n".join([*found, "nowhere:", "  unreachable", "}"])


class Lines:
    """Where a section's lines go; names go on from one section to the next."""

    def __init__(self, before: Any, lines: list[str]) -> None:
        self.count, self.lines = len(before), lines

    def __len__(self) -> int:
        return self.count

    def append(self, line: str) -> None:
        self.count += 1
        self.lines.append(line)


def module(functions: Iterable[Function]) -> tuple[str, int]:
    """The text of functions, and how many lines it has."""
    declared: dict[str, str] = {}
    apart: dict[str, str] = {}
    bodies = []
    for function in functions:
        bodies.append(function.text())
        declared |= function.lanes.declared
        apart |= function.lanes.apart
    text = "\n".join([*declared.values(), *apart.values(), *bodies, ATTRIBUTES, PROFILES])
    return text, text.count("\n")


PROFILES = '!0 = !{!"branch_weights", i32 10000, i32 1}\n!1 = !{!"branch_weights", i32 1, i32 10000}'
