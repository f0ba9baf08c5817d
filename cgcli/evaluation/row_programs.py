"""Programs of rows: with the condition that chooses rows beside them, and that condition alone."""

from __future__ import annotations

from cgcli.annotations import Any, Iterable, Mapping, Sequence
from cgcli.data.batch import Batch
from cgcli.errors import OperationError
from cgcli.evaluation.columns import with_condition
from cgcli.evaluation.names import shown
from cgcli.evaluation.prepared import Prepared
from cgcli.evaluation.row_warnings import row_error
from cgcli.evaluation.rows import Rows
from cgcli.language.expressions import Varying
from cgcli.language.lowering import lower
from cgcli.language.parser import parse
from cgcli.language.program import Program
from cgcli.language.scanner import quoted
from cgcli.later import np
from cgcli.source import Source


def prepare(
    source: Source,
    values: Mapping[str, Any],
    columns: Iterable[str],
    where: str | None,
    show: Sequence[str] | None = None,
) -> Prepared:
    """The program of a source over columns, with a condition beside it; `show` has the names of its outputs
    instead of its own."""
    program = _lowered(*with_condition(source, where), values, columns)
    if show is not None:
        program.outputs[:] = [shown(program, name) for name in show]
    return Prepared(program, values, watched=True, columns=set(map(quoted, columns)))


def _lowered(source: Source, aside: int | None, values: Mapping[str, Any], columns: Iterable[str]) -> Program:
    called = set(map(quoted, columns))

    def given(name: str, default: Any) -> Any:
        if name in called and name not in values:
            raise Varying(name)
        return values.get(name, default)

    return lower(parse(source), {*values, *called}, given, aside)


class Condition:
    """Which rows a condition keeps though there is no answer: where it holds, and needs no number that is
    missing."""

    def __init__(
        self,
        source: Source,
        values: Mapping[str, Any],
        used: Mapping[str, str],
        cells: Any,
        where: str | None,
    ) -> None:
        """`used` has the columns by the names of inputs, and `cells` the shapes of their cells."""
        self._used = used
        self._rows: Rows | None = None
        prepared = prepare(source, values, used.values(), where)
        program = prepared.program
        if program.tree is not None:  # the condition by itself, where it needs nothing that the program sets
            inputs = program.inputs
            program = _lowered(Source(("<where>", where or "")), None, values, used.values())
            if not program.inputs.keys() <= inputs.keys():
                return
        else:
            program.outputs[:] = program.aside
        program.aside[:], program.assertions[:] = [], []
        self._prepared = Prepared(program, values, columns=used)
        rows = Rows(self._prepared.static(cells), cells, engine="plain", threads=1)
        self._rows = rows if rows.cells == [()] else None  # of arrays the program tells

    def kept(self, batch: Batch, among: Any = None) -> Any:
        """An array of truths, of the rows of a batch, whose numbers go by the names of inputs; false where
        rows are not `among` those that are asked for. None where nobody knows without the program. Raises
        `CgError` where the condition has no answer."""
        if self._rows is None:
            return None
        gone = batch.without([None, *(self._used[name] for name in self._rows.names)])
        among = np.ones(batch.count, bool) if among is None else among
        asked = np.flatnonzero(among if gone is None else among & ~gone)
        part = batch.only(asked)
        part.missing = None
        try:
            (found,) = self._rows(part.numbers, part.count)
        except OperationError as error:
            raise row_error(self._prepared, self._rows, part, error) from None
        kept = np.zeros(batch.count, bool)
        kept[asked] = (found != 0) & (found == found)
        return kept
