"""What is asked of unknowns: a program, which of its inputs they are, and what stands beside it."""

from __future__ import annotations

from cgcli.annotations import Any, Callable, Collection, Mapping, Sequence
from cgcli.cli.bindings import Bindings
from cgcli.cli.reading import read_program, split_arguments
from cgcli.cli.request import Request
from cgcli.cli.session import Session
from cgcli.diagnostics import CgError
from cgcli.evaluation.binding import require_known, takes_items
from cgcli.evaluation.columns import of_columns, offer_columns
from cgcli.evaluation.names import constant_meant, unknown_name
from cgcli.evaluation.prepared import Prepared
from cgcli.language.block import Output
from cgcli.language.lowering import lower
from cgcli.language.parser import parse
from cgcli.language.program import Program
from cgcli.language.scanner import quoted
from cgcli.later import re
from cgcli.source import Source

# What is wrong with an expression of an option is wrong with the command line.
OF_THE_LINE = ("syntax", "name", "arity", "shape", "index", "empty", "text", "limit", "recursion")


class Problem:
    """A program with unknowns.

    session     of the command
    prepared    the program; starts of unknowns are among what it knows
    beside      by the name of an option, the expressions that it was given, a list each time
    table       the rows, or None
    columns     by the name of an input, the column that it is
    unknowns    `cgcli.solving.unknowns.Unknowns`, within their bounds
    held        the names of `--sensitivity`
    """

    def __init__(
        self,
        request: Request,
        beside: Mapping[str, Sequence[str]],
        models: bool = False,
        between: str = "",
        begin: Callable[[Bindings], float] | None = None,
    ) -> None:
        """`beside` has the texts of options that are expressions; `--bounds` is one of them by itself. The
        name `between` is the one unknown, where there is one, and needs no start: it begins where `begin`
        says.

        Raises `CgError` for all that can be wrong before anything is computed."""
        text, arguments = split_arguments(request)
        self.source, self._models = read_program(request, text), models
        self.session = Session(request, Bindings.asked(request, arguments))
        self.request, self.held = request, [*(request.sensitivity or ())]
        self.table = _table(request)
        names = [] if self.table is None else list(self.table.names)
        bindings = self.session.bindings
        self._called = {quoted(name): name for name in names if quoted(name) not in bindings.names}
        options = {**beside, "bounds": request.bounds}
        whole, self._parts = _whole(self.source, options)
        try:
            self.prepared = self._prepared(whole, {*self._called, *filter(None, [between])})
            program = self.prepared.program
            self._require_used(program, between)
            unknown = dict.fromkeys([between] if between else [])
            require_known(program, self.prepared.known | self._called | unknown)
        except CgError as error:
            if self.table is not None:
                offer_columns(error, whole.text, names)
            raise
        self.columns = {name: self._called[name] for name in program.inputs if name in self._called}
        self.beside = self._sorted(program)
        self.session.warn(*self.prepared.warnings)
        if models or self.table is not None:
            self.session.warn(constant_meant(program, "to be an input it takes: input {0}"))
        stated = {*map(quoted, names)} & bindings.names
        self.session.warn(*of_columns(self.columns, [name for name in program.inputs if name in stated]))
        self.session.warn_of_bindings()
        self._choose(program, between, 0.0 if begin is None else begin(bindings))

    @property
    def program(self) -> Program:
        return self.prepared.program

    def require_read(self, told: str, hint: str) -> None:
        """Raise `CgError` (kind `unbound`) for an unknown that no output of straight-line code depends on."""
        program, graph = self.program, self.program.graph
        read = {*graph.ancestors([output.node for output in program.outputs])}
        for name in self.unknowns.names if self.prepared.paths is None else ():
            if program.inputs[name] not in read:
                place = graph.place(program.inputs[name])
                raise CgError("unbound", f"{told} on the unknown `{name}`", program.source, *place, hint)

    def _prepared(self, whole: Source, awaited: Collection[str]) -> Prepared:
        """The program, where names that are `awaited` get their values later."""
        bindings = self.session.bindings
        self.session.source = whole
        aside = len(self.source.text) + 1

        def given(name: str, default: Any) -> Any:
            return None if name in self._called else bindings.value(name, default)

        def lowered(runs: bool) -> Program:
            syntax = parse(whole)
            syntax.runs |= runs
            return lower(syntax, {*bindings.names, *awaited}, given, aside, self._models)

        try:
            program = lowered(False)
        except CgError as error:
            found = error.diagnostic
            if found.source is whole and found.start >= aside and found.kind in OF_THE_LINE:
                found.kind = "usage"
                if re.search(r"=\s*(\[|-?[\w.]+\s*(\.\.|:))", whole.text[aside:]):
                    found.hint = "bounds are comparisons, as in 1 <= x <= 3"
            raise
        bindings.fit(program)
        if takes_items(program, bindings.values):
            program = lowered(True)
        return Prepared(program, bindings.values, watched=True, columns=awaited)

    def _require_used(self, program: Program, between: str) -> None:
        """Raise `CgError` (kind `usage`) for names of options that the program does not have."""
        from cgcli.solving.unknowns import require_names

        starts = program.graph.starts
        for option, begin, end in self._parts:
            if option == "bounds":
                for name, node in program.inputs.items():
                    if begin <= starts[node] < max(end, begin + 1):
                        error = unknown_name(program, "--bounds", name)
                        error.diagnostic.hint = None
                        place = (self.session.source, starts[node], starts[node] + len(name))
                        raise CgError("usage", error.diagnostic.message, *place)
        require_names(program, "--sensitivity", self.held)
        require_names(program, "--between", [between] if between else [])

    def _sorted(self, program: Program) -> dict[str, list[list[Output]]]:
        """The expressions beside the program, by option, a list a text. Raises `CgError` for an empty one."""
        found: dict[str, list[list[Output]]] = {}
        for option, begin, end in self._parts:
            own = [output for output in program.aside if begin <= output.start < max(end, begin + 1)]
            if not own:
                source = Source((f"<{option}>", self.session.source.text[begin:end]))
                raise CgError("usage", f"the expression of --{option} is missing", source, 0)
            found.setdefault(option, []).append(own)
        return found

    def _choose(self, program: Program, between: str, begin: float) -> None:
        from cgcli.solving.conditions import conditions
        from cgcli.solving.unknowns import Unknowns, chosen

        request, prepared = self.request, self.prepared
        if between:
            names = [between]
            prepared.known.setdefault(between, begin)
        else:
            stated = self.session.bindings.stated
            names = chosen(program, request.wrt, stated, self.held, self.columns)
        shapes = {name: getattr(prepared.known.get(name), "shape", ()) for name in names}
        if self.table is not None and program.tree is not None:
            cells = self.table.shapes([*self.columns.values()])
            shapes |= {name: cells[own] for name, own in self.columns.items()}
        self.prepared = prepared = self._straight(shapes)
        self.unknowns = Unknowns(prepared, names)
        bounds = self.beside.get("bounds", [])
        if bounds:
            partial, _, _ = prepared.partial()
            own = {output.start for outputs in bounds for output in outputs}
            asides = [output for output in partial.aside if output.start in own]
            self.unknowns.bound(prepared, partial, conditions(partial, asides, "--bounds"))
        if not between:
            self.unknowns.require_within()

    def _straight(self, shapes: Mapping[str, Any]) -> Prepared:
        """The program as one that is straight-line code; one that is not whatever the values are by the path
        that the start takes, of rows the first one."""
        try:
            return self.prepared.static(shapes)
        except CgError as error:
            if error.diagnostic.kind != "dynamic":
                raise
        from cgcli.evaluation.paths import MOST, Paths

        self.prepared.limits = self.session.limits(MOST)
        return Paths(self.prepared).at(self._first_row()).prepared

    def _first_row(self) -> dict[str, Any]:
        """The cells of the first row in which none is missing. Raises `CgError` (kind `rows`) where the first
        batch has none."""
        if self.table is None:
            return {}
        batch = self.table.first(list(self.columns.values()), self.request.bad)
        rows = [] if batch is None else range(batch.count)
        for row in rows if batch is None or batch.missing is None else (~batch.missing).nonzero()[0]:
            cells = {name: batch.numbers[own][row] for name, own in self.columns.items()}
            return {name: cell if cell.ndim else float(cell) for name, cell in cells.items()}
        raise CgError("rows", "there are no rows")


def _whole(source: Source, options: Mapping[str, Sequence[str]]) -> tuple[Source, list[tuple[str, int, int]]]:
    """A source with the texts of options beside it, and where each begins and ends."""
    parts = []
    for option, texts in options.items():
        for text in texts:
            source = source.beside(f"<{option}>", text)
            parts.append((option, source.begins[-1], len(source.text)))
    return source, parts


def _table(request: Request) -> Any:
    """The rows of `--data`, or None."""
    if not request.data:
        return None
    from cgcli.cli.sources import table_of

    return table_of(request)
