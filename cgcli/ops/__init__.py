"""What each operation means: one entry, one place. What it does to a kind of value is said
by the algebras (`cgcli.algebras`)."""

from __future__ import annotations

import math

from cgcli.ops.arithmetic import ARITHMETIC
from cgcli.ops.choice import CHOICE_OPS
from cgcli.ops.elementary import ELEMENTARY
from cgcli.ops.entry import Leaf, Op
from cgcli.ops.special import SPECIAL

# Constants that the language knows by name.
CONSTANTS = {"pi": math.pi, "e": math.e, "tau": math.tau, "inf": math.inf, "nan": math.nan}

CONSTANT = Leaf("constant", "a number of the program")
INPUT = Leaf("input", "a value from outside")

# Every operation with operands, by its name in the algebras.
OPS: dict[str, Op] = {op.name: op for op in (*ARITHMETIC, *CHOICE_OPS, *ELEMENTARY, *SPECIAL)}

# Every function that the language calls by name, aliases included.
FUNCTIONS: dict[str, Op] = {name: op for op in OPS.values() if op.function for name in (op.name, *op.aliases)}

__all__ = ["CONSTANT", "CONSTANTS", "FUNCTIONS", "INPUT", "OPS", "Leaf", "Op"]
