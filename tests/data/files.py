"""What the tests of files share."""

from __future__ import annotations

from typing import Any

import numpy as np

INF, NAN = np.inf, np.nan


def same(found: Any, wanted: Any) -> bool:
    """Equal in shape and in every element, nan and the sign of zero included."""
    a, b = np.asarray(found, dtype=float), np.asarray(wanted, dtype=float)
    return (
        a.shape == b.shape
        and np.array_equal(a, b, equal_nan=True)
        and np.array_equal(np.signbit(a)[~np.isnan(a)], np.signbit(b)[~np.isnan(b)])
    )
