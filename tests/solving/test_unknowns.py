"""Unknowns as one vector, and the bounds that they are at."""

from __future__ import annotations

import numpy as np

import cgcli
from cgcli.evaluation.prepared import Prepared
from cgcli.solving.unknowns import Unknowns


def test_what_has_gone_to_infinity_is_at_no_bound() -> None:
    unknowns = Unknowns(Prepared(cgcli.parse("x + y"), {"x": 1.0, "y": 2.0}), ["x", "y"])
    for vector in ([np.inf, -np.inf], [np.nan, 0.0]):
        assert unknowns.bound_at(np.array(vector)) == [None, None]
