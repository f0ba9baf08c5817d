"""What each operation means: one entry, one place. What it does to a kind of value is said
by the algebras (`cgcli.algebras`)."""

from __future__ import annotations

from cgcli.ops.arithmetic import ARITHMETIC
from cgcli.ops.choice import CHOICE_OPS
from cgcli.ops.constants import CONSTANTS
from cgcli.ops.derivative import DERIVATIVE
from cgcli.ops.differentiation import ALIAS, DIFFERENTIATIONS
from cgcli.ops.elementary import ELEMENTARY
from cgcli.ops.entry import BY_NAME, ArrayOp, Leaf, Op
from cgcli.ops.implicit import FOUND, SOUGHT
from cgcli.ops.indexing import INDEXING
from cgcli.ops.matrices import MATRICES
from cgcli.ops.order import ORDER
from cgcli.ops.products import PRODUCTS
from cgcli.ops.reductions import REDUCTIONS
from cgcli.ops.special import SPECIAL
from cgcli.ops.spectra import SPECTRA
from cgcli.ops.structure import STRUCTURE

CONSTANT = Leaf("constant", "a number of the program")
INPUT = Leaf("input", "a value from outside")

# Every operation with operands, by its name in the algebras.
ELEMENTWISE: list[Op] = [*ARITHMETIC, *CHOICE_OPS, *ELEMENTARY, *SPECIAL]
ARRAY_OPS: list[ArrayOp] = [*STRUCTURE, *INDEXING, *REDUCTIONS, *PRODUCTS, *MATRICES, *ORDER, *SPECTRA]
OPS: dict[str, Op] = {op.name: op for op in (*ELEMENTWISE, *ARRAY_OPS)}

# The same, and what stands in derivatives alone: what an algebra computes.
ALGEBRA_OPS: dict[str, Op] = OPS | {op.name: op for op in (*DERIVATIVE, *FOUND)}

# What stands in programs, and is written out before they run.
WRITTEN_OUT: dict[str, Op] = {**DIFFERENTIATIONS, **SOUGHT}

BY_NAME.update({op.name: op for op in (CONSTANT, INPUT, ALIAS, *WRITTEN_OUT.values(), *ALGEBRA_OPS.values())})

# Every function that the language calls by name, aliases included.
FUNCTIONS: dict[str, Op] = {
    name: op for op in OPS.values() if op.function and op.word == op.name for name in (op.name, *op.aliases)
} | WRITTEN_OUT

# What shares the name of a function, and differs by the number of operands: `min` of one array, `log`
# of two numbers.
SHARING: dict[str, Op] = {op.word: op for op in OPS.values() if op.function and op.word != op.name}

__all__ = [
    "ALGEBRA_OPS",
    "ALIAS",
    "ARRAY_OPS",
    "CONSTANT",
    "CONSTANTS",
    "DIFFERENTIATIONS",
    "ELEMENTWISE",
    "FOUND",
    "FUNCTIONS",
    "INPUT",
    "OPS",
    "SHARING",
    "SOUGHT",
    "WRITTEN_OUT",
    "ArrayOp",
    "Leaf",
    "Op",
]
