"""A program as a function of tables: batches of rows in, batches of rows out."""

from __future__ import annotations

from itertools import chain
from math import prod

from cgcli.annotations import Any, Iterable, Iterator, Mapping, Sequence
from cgcli.data.batch import Batch, listed
from cgcli.data.spelled import Spelled
from cgcli.diagnostics import CgError, Diagnostic
from cgcli.errors import OperationError
from cgcli.evaluation.binding import require_known
from cgcli.evaluation.columns import no_column, of_columns, offer_columns, require_condition
from cgcli.evaluation.names import wanted
from cgcli.evaluation.prepared import Prepared
from cgcli.evaluation.row_digits import lost_in_rows
from cgcli.evaluation.row_programs import Condition, prepare
from cgcli.evaluation.row_warnings import RowFailed, lost_rows, require_assertions, row_error, row_warning
from cgcli.evaluation.rows import Rows, places
from cgcli.evaluation.sums import SUMMED, Sums, summed
from cgcli.language.scanner import quoted, unquoted
from cgcli.later import np
from cgcli.shapes import counted, shape_text
from cgcli.source import Source


class RowOptions:
    """What is asked of rows.

    derivatives whether to differentiate, by the names of `wrt`; by the columns in use where it is None,
                or with `reduce` by the inputs that are no columns
    show        names that are shown instead of the outputs
    where       the text of a condition; only rows where it holds are kept
    keep        columns that are handed on; `["all"]` is all of them
    reduce, by  one row for all rows, or for each group of those that have the same in these columns
    texts       columns that are handed on as they stand in a file of text, though they may be numbers
    drop        whether rows with a number that is missing are left out; else they have no answer
    strict      whether any result that is not finite is told of, whatever it comes from
    flat        whether arrays become a column an element
    engine, threads     as in `Rows`
    """

    def __init__(self, **given: Any) -> None:
        self.derivatives, self.flat, self.drop, self.strict = False, False, False, False
        self.wrt: Sequence[str] | None = None
        self.show: Sequence[str] | None = None
        self.where: str | None = None
        self.keep: Sequence[str] = ()
        self.by: Sequence[str] = ()
        self.texts: Sequence[str] = ()
        self.reduce: str | None = None
        self.engine = "auto"
        self.threads: int | None = None
        for name in given:
            if name not in vars(self):
                raise TypeError(f"rows have no option `{name}`")
            if name in ("keep", "by", "wrt", "show", "texts") and isinstance(given[name], str):
                given[name] = [part.strip() for part in given[name].split(",")]
        vars(self).update(given)


class RowFunction:
    """A program over tables that have certain columns. It can be pickled: as its text and what it was made
    with, without anything that is compiled.

    used        by the name of an input, the column that it is
    kept        the columns that are handed on
    """

    def __init__(
        self,
        source: Source,
        values: Mapping[str, Any],
        columns: Sequence[str],
        shapes: Mapping[str, tuple[int, ...]],
        options: RowOptions,
        count: int = 0,
        prepared: Prepared | None = None,
    ) -> None:
        """`columns` are those of the tables, and `shapes` has the shapes of cells that are arrays; `values`
        are those of inputs, which win over columns. `count` is about how many rows there are. What is
        `prepared` is the program of the source already (`RowFunction.program`).

        Raises `CgError` for a program that is wrong, an input that has no value, and names that are no
        columns."""
        self._made = (source, dict(values), list(columns), dict(shapes), options, count)
        self.options, self.columns = options, list(columns)
        self.prepared = prepared or prepare(source, values, columns, options.where, options.show)
        program = self.prepared.program
        self.kept = self._named("keep", options.keep)
        self.by = self._named("by", options.by)
        handed = self.by if options.reduce is not None else self.kept
        if (names := program.output_names(handed)) != program.output_names():
            for output, name in zip(program.outputs, names, strict=True):
                output.name = name
        called = {quoted(name): name for name in columns}
        self.used = {name: called[name] for name in program.inputs if name in called and name not in values}
        cells = {name: shapes.get(own, ()) for name, own in self.used.items()}
        make: Any = Rows
        try:
            require_known(program, {**self.prepared.known, **called})
            self.prepared = self.prepared.static(cells)
        except CgError as error:
            if error.diagnostic.kind not in ("dynamic", "stopped"):  # each row stops by itself
                offer_columns(error, program.source.text, columns)
                raise
            from cgcli.evaluation.run_rows import RunRows as make
        require_condition(program, options.where)
        self.rows = make(self.prepared, cells, self._wrt(), options.engine, options.threads, count)
        self._chooser: Condition | None = None
        self.spelled = Spelled(options.texts)
        self.flat = options.flat or options.reduce is not None
        self._cells = {name: shapes[name] for name in handed if self.flat and shapes.get(name)}
        self._handed = [name + at for name in handed for at in places(self._cells.get(name, ()))]
        self._require_apart()

    def __reduce__(self) -> Any:
        return RowFunction, self._made

    @property
    def labels(self) -> list[str]:
        """What the columns of the outputs are called."""
        return ["count"] if self.options.reduce == "count" else self.rows.labels(self.flat)

    @property
    def names(self) -> list[str]:
        """What the columns of the answer are called; of a program that runs, once a row has run."""
        return [*self._handed, *self.labels]

    def _require_apart(self) -> None:
        """Raise `CgError` (kind `usage`) for two columns of one name."""
        names = self.names
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            hint = "give the output another name: NAME = ..." if twice in self.labels else None
            raise CgError("usage", f"two columns of the answer are called `{twice}`", hint=hint)

    def begun(self, answers: Iterator[tuple[Batch, Any]]) -> Iterator[tuple[Batch, Any]]:
        """The same answers; of a program that runs, the first one is there by then, and says what the columns
        are."""
        if self.rows.left is not None or (first := next(answers, None)) is None:
            return answers
        if first[0].count and not isinstance(first[1], Sums):
            self.rows.cells = [column.shape[1:] for column in first[1]]
            self._require_apart()
        return chain([first], answers)

    def _wrt(self) -> list[str]:
        """What is differentiated by."""
        options, program = self.options, self.prepared.program
        if not options.derivatives or options.reduce == "count":
            return []
        if options.wrt is None:
            roots = (output.node for output in program.outputs)
            needed = set(program.graph.ancestors(roots) if program.tree is None else program.inputs.values())
            inputs = [name for name, node in program.inputs.items() if node in needed]
            return [name for name in inputs if (name in self.used) == (options.reduce is None)]
        found = wanted(program, [*map(quoted, map(unquoted, options.wrt))])
        for name in found:
            if name in self.used and options.reduce is not None:
                told = f"--wrt: `{name}` is a column, by which a {options.reduce} has no derivative"
                raise CgError("usage", told)
        return found

    def _named(self, option: str, names: Sequence[str]) -> list[str]:
        """The columns of an option."""
        names = [*map(unquoted, names)]
        if names == ["all"] and "all" not in self.columns:
            return self.columns
        for name in names:
            if name not in self.columns:
                raise no_column(option, name, self.columns)
        return list(dict.fromkeys(names))

    def warnings(self) -> list[Diagnostic]:
        """What to warn of before any row is read."""
        found = list(self.prepared.warnings)
        stated = {*map(quoted, self.columns)} & self._made[1].keys()
        found += of_columns(self.used, [name for name in self.prepared.program.inputs if name in stated])
        if self.rows.note is not None:
            found.append(self.rows.note)
        return found

    @property
    def read(self) -> list[str]:
        """The columns that are read as numbers."""
        return [self.used[name] for name in self.rows.names]

    @property
    def handed(self) -> list[str]:
        """The columns that are read as they are."""
        return list(dict.fromkeys((*self.kept, *self.by)))

    def answers(self, batches: Iterable[Batch], watch: bool = True) -> Iterator[tuple[Batch, Any]]:
        """Each batch, of the rows that are wanted, and the outputs of these, or their `Sums`. With `watch`, a
        batch has how many results are not finite (`Batch.lost`), and the first such a warning
        (`Batch.warning`).

        Raises `CgError` for the first row in which an assertion fails."""
        told, adds = False, self.options.reduce in SUMMED and not self.by
        looks = watch and self.options.reduce != "count"
        if self.rows.left is None:
            from cgcli.evaluation.run_rows import in_pieces

            batches = in_pieces(batches)
        for batch in batches:
            batch = self.read_in(batch)
            rest, digits = [batch], None
            if looks and batch.count:
                looks, digits = False, lost_in_rows(self.prepared, self.rows, batch, self.condition)
            if adds and (sums := summed(self.rows, batch, self.options.where is not None)) is not None:
                sums[0].digits, digits = digits, None
                yield sums[:2]
                rest = sums[2]
            for part in rest:
                batch, found = self._answer(part)
                batch.digits, digits = digits, None
                if watch:
                    batch.lost, row = lost_rows(self.rows, batch, found, self.options.strict)
                    if row is not None and not told:
                        batch.warning = row_warning(
                            self.prepared, self.rows, batch, found, row, self.options.strict
                        )
                        told = batch.warning is not None
                yield batch, found

    def _answer(self, batch: Batch) -> tuple[Batch, list[Any]]:
        """A batch, of the rows that are wanted, and the outputs of these."""
        program = self.prepared.program
        outputs, checks = len(self.rows.outputs), len(program.assertions)
        try:
            found = self._outputs(batch)
        except CgError:
            kept = None if self.condition is None else self._kept(batch)
            if kept is None or kept.all():
                raise
            batch = batch.only(kept)  # what others would have been asks nobody
            found = self._outputs(batch)
        if self.condition is not None:
            condition = found[self.condition]
            holds = (condition != 0) & (condition == condition)
            if batch.missing is not None and batch.missing.any():
                kept = self._kept(batch, batch.missing)
                holds = holds if kept is None else holds | kept
            if not holds.all():
                batch, found = batch.only(holds), [column[holds] for column in found]
        require_assertions(self.prepared, self.rows, batch, found[outputs : outputs + checks])
        return batch, found[:outputs]

    def _kept(self, batch: Batch, among: Any = None) -> Any:
        """Which rows the condition keeps, of all or among some, before anything else is known of them."""
        if self._chooser is None:
            source, values, _, shapes, options, _ = self._made
            cells = {name: shapes.get(own, ()) for name, own in self.used.items()}
            self._chooser = Condition(source, values, self.used, cells, options.where)
        return self._chooser.kept(batch, among)

    @property
    def condition(self) -> int | None:
        """The place of what `where` asks among what is found of a row."""
        program = self.prepared.program
        return None if self.options.where is None else len(self.rows.outputs) + len(program.assertions)

    def read_in(self, batch: Batch) -> Batch:
        """The rows of a batch that have an answer, with their numbers by the names of inputs. Raises
        `CgError` (kind `file`) for cells of another shape."""
        if self.options.drop and batch.missing is not None:
            batch = batch.only(~batch.missing)
        batch.numbers = {name: self._column(batch, name) for name in self.rows.names}
        return batch

    def _outputs(self, batch: Batch) -> list[Any]:
        """The outputs of all rows of a batch; of those where a number is missing nan. Raises `CgError` for
        the first row for which an operation has no answer."""
        numbers, present = batch.numbers, None
        if batch.missing is not None and batch.missing.any():
            present = ~batch.missing
            numbers = {name: column[present] for name, column in numbers.items()}
        try:
            found: list[Any] = self.rows(numbers, batch.count if present is None else int(present.sum()))
        except OperationError as error:
            raise row_error(self.prepared, self.rows, batch, error) from None
        except RowFailed as failed:
            row = failed.row if present is None else int(np.flatnonzero(present)[failed.row])
            failed.error.diagnostic.message += f", in {batch.row(row)}"
            raise failed.error from None
        if present is None:
            return found
        whole = [np.full((batch.count, *column.shape[1:]), np.nan) for column in found]
        for column, part in zip(whole, found, strict=True):
            column[present] = part
        return whole

    def _column(self, batch: Batch, name: str) -> Any:
        """A column of numbers. Raises `CgError` (kind `file`) for cells that are not of the shape for which
        the program was made; in rows without an answer there may be none at all."""
        column, shape = batch.numbers[self.used[name]], tuple(self.rows.columns[name])
        if column.shape[1:] == shape:
            return column
        if batch.count and (batch.missing is None or not batch.missing.all()):
            here, others = (shape_text(one) if one else "numbers" for one in (column.shape[1:], shape))
            told = f"{batch.row(0)} has {here} in column `{self.used[name]}`, and rows before have {others}"
            raise CgError("file", told)
        return np.full((batch.count, *shape), np.nan)

    def columns_of(self, batch: Batch, found: Sequence[Any]) -> list[Any]:
        """The columns of the answer, as `names` has them."""
        kept = [part for name in self.kept for part in self.parts(batch, name)]
        return [*kept, *self.flat_columns(found)]

    def parts(self, batch: Batch, name: str) -> list[Any]:
        """A column that is handed on, or the columns of its cells' elements. Raises `CgError` (kind `file`)
        for a cell that has other elements than the first."""
        column = batch.kept[name]
        if not self.flat:
            column = self.spelled.handed(name, batch, quoted(name) if name in self.read else None)
        if name not in self._cells:
            return [column]
        rows, count = listed(column), len(places(self._cells[name]))
        table = np.full((len(rows), count), None, object)
        for row, cell in enumerate(rows):
            if cell is not None:
                elements = np.array(cell, object).ravel()
                if len(elements) != count:
                    held = counted(len(elements), "element")
                    told = f"{batch.row(row)} has {held} in column `{name}`, not {count}"
                    raise CgError("file", told, hint="--keep NAMES chooses columns; a Parquet file has lists")
                table[row] = elements
        return [part.tolist() for part in table.T]

    def flat_columns(self, columns: Sequence[Any]) -> list[Any]:
        """A column an element of cells that are arrays, where the answer has no arrays."""
        if not self.flat:
            return list(columns)
        return [
            part
            for column in columns
            for part in (
                [column] if column.ndim == 1 else column.reshape(len(column), prod(column.shape[1:])).T
            )
        ]
