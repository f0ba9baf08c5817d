"""What the parser makes of a text: postfix code and the statements it belongs to.

An expression is a run of items in postfix order, so that whoever reads it needs a stack of
values and no recursion; the body of a function is such a run too, read again at every call.
"""

from __future__ import annotations

from array import array

from cgcli.annotations import Any, Iterator
from cgcli.diagnostics import CgError
from cgcli.source import Source


class Statement:
    """One statement and its run of code.

    kind    `output`, `model`, `assign`, `define`, `check`, `declare`, `declare_default`, `declare_shape`,
            `declare_shape_default`; and those that run (see below)
    name    the name that it gives, or None
    begin, end          the run of code, [begin, end)
    start, stop         its place in the source
    name_start          the place of the name; of a `store` the item of code that its value begins with
    parameters          of a function; the sizes of a shape as they are written; the message of a check; the
                        operator of an assignment in place, "" for `=`

    `update` changes a name in place, and `store` what its code says up to its value: an element or a field.
    `if`, `elif`, `else`, `for`, `while`, `checkpoint` and `body` (of a function) are the heads of blocks,
    whose statements follow up to a `close`. `break`, `continue` and `return` are what they say.
    """

    __slots__ = ("begin", "end", "kind", "name", "name_start", "parameters", "start", "stop")

    def __init__(
        self,
        kind: str,
        start: int,
        stop: int,
        begin: int,
        end: int,
        name: str | None = None,
        name_start: int = 0,
        parameters: tuple[str, ...] = (),
    ) -> None:
        self.kind, self.start, self.stop = kind, start, stop
        self.begin, self.end = begin, end
        self.name, self.name_start, self.parameters = name, name_start, parameters


class Statements:
    """The statements of a program in parallel lists, a fifth of the memory of objects.

    Iterating, and indexing, makes `Statement`s of them.
    """

    __slots__ = ("_parameters", "_places", "kinds", "names")

    def __init__(self) -> None:
        self.kinds: list[str] = []
        self.names: list[str | None] = []
        self._places = array("i")  # five a statement: begin, end, start, stop, name_start
        self._parameters: dict[int, tuple[str, ...]] = {}

    def __len__(self) -> int:
        return len(self.kinds)

    def append(self, statement: Statement) -> None:
        st = statement
        if st.parameters:
            self._parameters[len(self.kinds)] = st.parameters
        self.kinds.append(st.kind)
        self.names.append(st.name)
        self._places.extend((st.begin, st.end, st.start, st.stop, st.name_start))

    def __getitem__(self, index: int) -> Statement:
        index = range(len(self.kinds))[index]
        begin, end, start, stop, name_start = self._places[5 * index : 5 * index + 5]
        parameters = self._parameters.get(index, ())
        return Statement(
            self.kinds[index], start, stop, begin, end, self.names[index], name_start, parameters
        )

    def __iter__(self) -> Iterator[Statement]:
        return map(self.__getitem__, range(len(self.kinds)))


class Syntax:
    """Postfix code in parallel lists, and the statements.

    code        what an item means: a rule of the grammar that has a meaning
    payloads    the value of a `number`; the text of a `name` or a `string`; the relation of a
                `compare`; the count of an `array`; of a `call` and an `index` see below;
                otherwise None
    starts, ends    the place of the item's whole expression in the source, [start, end), in 32 bits
    rounded     places of number literals of which a double says something else than they do, and what
    runs        whether it has anything that only a program that runs can have: a block, a list, ...

    A `call` has (name, count, keywords): the number of all its arguments, which are on the stack
    in the order of writing, and the names of the last ones. An `index` has an entry a subscript:
    "item" for an expression, or (start, stop, step) for a slice, saying which of them are there;
    those are on the stack in the order of writing, above the value that is indexed. A `field` has its name.
    The two ends of a `range` are on the stack. A `comprehension` has (variable, element, over, filter): how
    many items of code before it each of these begins with; they follow one another up to it. Without a
    filter that is 0.
    """

    __slots__ = ("code", "ends", "payloads", "rounded", "runs", "source", "starts", "statements")

    def __init__(self, source: Source) -> None:
        self.source = source
        self.code: list[str] = []
        self.payloads: list[Any] = []
        self.starts = array("i")
        self.ends = array("i")
        self.statements = Statements()
        self.rounded: list[tuple[int, int, tuple[str, str]]] = []
        self.runs = False

    def place(self, item: int) -> tuple[int, int]:
        """Where the expression of an item stands."""
        return self.starts[item], self.ends[item]

    def error(self, kind: str, message: str, item: int, hint: str | None = None) -> CgError:
        """An error about the expression of an item."""
        return CgError(kind, message, self.source, *self.place(item), hint)

    def name_error(self, message: str, name: str, start: int, hint: str | None = None) -> CgError:
        """An error about a name at a place."""
        return CgError("name", message, self.source, start, start + len(name), hint)
