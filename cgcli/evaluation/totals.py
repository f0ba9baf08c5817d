"""One row for all rows of a function of tables, or one a group."""

from __future__ import annotations

from cgcli.annotations import Any, Callable, Iterable
from cgcli.data.batch import Batch
from cgcli.diagnostics import Diagnostic
from cgcli.evaluation.groups import Groups
from cgcli.evaluation.reduce import Reduction
from cgcli.evaluation.row_function import RowFunction
from cgcli.evaluation.sums import Sums


def reduced(
    function: RowFunction,
    answers: Iterable[tuple[Batch, Any]],
    tell: Callable[[Diagnostic], None] = lambda warning: None,
) -> tuple[list[Any], Any]:
    """The columns of the answer, a row a group, and which of the rows have none; a total of finite numbers
    that is not finite is told of. Raises `CgError` for cells
    by which there are no groups."""
    options, labels, outputs = function.options, function.labels, function.rows.outputs
    sizes = [1] * len(labels)
    values = sum(by is None for _, by in outputs)
    if values < len(outputs) and options.reduce != "count":
        sizes = [len(labels) // values] * values
    reduction = Reduction(options.reduce or "sum", sizes, bool(function.by))
    groups = Groups()
    spelled = False
    for batch, found in answers:
        if isinstance(found, Sums):
            reduction.add_sums(found.numbers, found.count)
            continue
        flat, spelled = function.flat_columns(found), batch.spelled and not options.flat
        by = [(name, part) for name in function.by for part in function.parts(batch, name)]
        places = groups.of(batch, by)
        reduction.add(places, groups.count, flat, None if batch.missing is None else ~batch.missing)
    columns, missing = reduction.columns()
    for place in sorted(reduction.beyond):
        told = f"the {reduction.how} of `{labels[place]}` is beyond the largest double"
        tell(Diagnostic("nonfinite", told, severity="warning"))
    keys = groups.columns()
    if spelled:
        keys = [function.spelled.typed(*one) for one in zip(function.by, keys, strict=False)]
    if function.by and not groups.count:
        keys = [[] for _ in function.names[len(labels) :]]
    return [*keys, *columns], missing
