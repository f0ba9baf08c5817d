"""A program as a function of Arrow's record batches: what runs in a notebook, in a pipeline and on a
cluster."""

from __future__ import annotations

from cgcli.annotations import Any, Iterable, Iterator, Mapping
from cgcli.data.arrow import arrow
from cgcli.data.arrow_cells import as_batch
from cgcli.data.arrow_kinds import cell_shape
from cgcli.data.batch import Batch
from cgcli.data.cells import Cells
from cgcli.data.given import given_values
from cgcli.diagnostics import CgError
from cgcli.evaluation.row_function import RowFunction, RowOptions
from cgcli.source import Source


class Rows:
    """A program over tables of one schema: an iterator of record batches in, one of record batches out.

        sensitivities = cgcli.Rows("sin(a*x)", table.schema, derivatives=True)
        table = pyarrow.Table.from_batches(sensitivities(table.to_batches()), sensitivities.schema)

    It can be pickled, and then holds text and options, and nothing compiled.

    With `reduce`, and `by` for groups, one record batch comes out for all that went in: on a cluster, for all
    of one part.

    schema      of the answer: the columns of `keep` or `by`, then each output and its derivatives, doubles or
    lists of such
    """

    def __init__(
        self,
        program: str,
        schema: Any,
        values: Mapping[str, Any] | None = None,
        bad: str | None = None,
        shapes: Mapping[str, tuple[int, ...]] | None = None,
        **options: Any,
    ) -> None:
        """`values` are those of inputs that are no columns, or win over them; `shapes` those of cells of
        columns of lists whose type does not tell. `bad` is "null" or "drop", as on the command line.
        `options` are

            derivatives whether to differentiate, by the names of `wrt`; by the columns in use where there are
                        none, or with `reduce` by the inputs that are no columns
            show        names that are shown instead of the outputs
            where       the text of a condition; only rows where it holds are kept
            keep        columns that are handed on; `["all"]` is all of them
            reduce, by  one row for all rows ("sum", "mean", "min", "max" or "count"), or for each group of
                        those that have the same in these columns
            flat        whether arrays become a column an element
            engine      "auto", "kernel" or "plain", as on the command line
            threads     at most so many

        Raises `CgError` for a program that is wrong, and for an input that has no value."""
        pa = arrow("a record batch")
        self._made = program, schema, dict(values or {}), bad, dict(shapes or {}), options
        self._input, self._bad = schema, bad
        cells = {field.name: cell_shape(pa.array([], field.type)) for field in schema} | dict(shapes or {})
        wanted = RowOptions(**{"drop": bad == "drop", "threads": 1, **options})
        source = Source(("<text>", program))
        self._function = RowFunction(source, given_values(values), schema.names, cells, wanted)
        self._function.rows.is_shaped = True  # the schema is that of all batches, whatever runs in them
        self.schema = self._declared()

    def __reduce__(self) -> Any:
        return _restored, self._made

    def _declared(self) -> Any:
        pa, function = arrow("a record batch"), self._function
        if function.options.reduce is not None:
            for name in function.by:
                if cell_shape(pa.array([], self._input.field(name).type)):
                    raise CgError(
                        "usage", f"`{name}` is a column of lists, by which record batches have no groups"
                    )
            kind = pa.int64() if function.options.reduce == "count" else pa.float64()
            totals = [pa.field(label, kind) for label in function.labels]
            return pa.schema([*map(self._input.field, function.by), *totals])
        fields = [self._input.field(name) for name in function.kept]
        for label, cell in zip(function.labels, function.rows.cells, strict=True):
            kind = pa.float64()
            for size in reversed(() if function.flat else cell):
                kind = pa.list_(kind, size)
            fields.append(pa.field(label, kind))
        return pa.schema(fields)

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        """The answer for each batch. Raises `CgError` for a cell that is no number, and for the first row in
        which an assertion fails."""
        answers = self._function.answers(self._batches(batches), watch=False)
        if self._function.options.reduce is not None:
            from cgcli.evaluation.totals import reduced

            yield self._answer(*reduced(self._function, answers))
            return
        for batch, found in answers:
            yield self._answer(self._function.columns_of(batch, found), batch.missing)

    def _answer(self, columns: list[Any], missing: Any) -> Any:
        from cgcli.data.arrow_sink import as_arrow

        fields = zip(columns, self.schema, strict=True)
        arrays = [as_arrow(column, missing).cast(field.type) for column, field in fields]
        return arrow("a record batch").record_batch(arrays, schema=self.schema)

    def _batches(self, batches: Iterable[Any]) -> Iterator[Batch]:
        function, start = self._function, 0
        cells = Cells("<rows>", "row", self._bad)
        for batch in batches:
            yield as_batch(cells, batch, function.read, function.handed, "", start)
            start += batch.num_rows


def _restored(program: str, schema: Any, values: Any, bad: Any, shapes: Any, options: Any) -> Rows:
    return Rows(program, schema, values, bad, shapes, **options)
