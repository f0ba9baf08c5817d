"""Algebras: kinds of values that the operations of `cgcli.ops` compute with, and the rules of their
derivatives too. `algebra` says what each has.

floats      numbers in double precision, by Python's `math`
arrays      arrays of them, and numbers, by NumPy and SciPy
batches     many directions or cotangents of one shape side by side
duals       values of another algebra with a tangent each: the derivative of a derivative
symbols     nodes of a graph: a derivative as a graph

The other modules are parts of these: `special`, `gamma` and `fixed` of floats; `vectors`, `tensors`,
`matrices`, `factors` and `blas` of arrays; `operators` of those whose values are objects of cg's.
"""
