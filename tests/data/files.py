"""What the tests of files share."""

from __future__ import annotations

from typing import Any

import numpy as np

from cgcli.data import named
from cgcli.data.tables import Reading, Rows
from cgcli.data.values import Nested

INF, NAN = np.inf, np.nan


def same(found: Any, wanted: Any) -> bool:
    """Equal in shape and in every element, nan and the sign of zero included."""
    a, b = np.asarray(found, dtype=float), np.asarray(wanted, dtype=float)
    return (
        a.shape == b.shape
        and np.array_equal(a, b, equal_nan=True)
        and np.array_equal(np.signbit(a)[~np.isnan(a)], np.signbit(b)[~np.isnan(b)])
    )


def read_array(place: str, bad: str | None = None, rank: int | None = None) -> Any:
    found = named.read_array(place, Reading(bad, []))
    if isinstance(found, Nested):  # what a program makes of it that does not run
        raise found.refusal
    return found.value(rank) if isinstance(found, Rows) else found


def read_vars(path: str) -> dict[str, Any]:
    return {name: read([]) for name, read in named.read_vars(path).items()}
