"""What every operation must do: one row each, with references from mpmath.

A row says where to sample, which points to try besides, and how many ulp the value and the
partial derivatives may be off. A bound wider than `VALUE` or `DERIVATIVE` needs a reason.
"""

from __future__ import annotations

from tests.ops.basic_rows import BASIC
from tests.ops.elementary_rows import ELEMENTARY
from tests.ops.references import BESIDE, DERIVATIVE, VALUE, Row
from tests.ops.special_rows import SPECIAL

__all__ = ["BESIDE", "DERIVATIVE", "TABLE", "VALUE", "Row"]

TABLE: dict[str, Row] = {**BASIC, **ELEMENTARY, **SPECIAL}
