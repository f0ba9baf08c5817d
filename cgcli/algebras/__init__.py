"""Algebras: kinds of values that the operations of `cgcli.ops` compute with, and the rules of their
derivatives too. `base` says what each has, with what they share, and has a line for each kind of number
that programs are evaluated over.

numbers     `floats`: numbers in double precision, by Python's `math`; its long functions are in
            `special` and `gamma`, some of them by the arithmetic of `fixed`
arrays      arrays of them, and numbers, by NumPy and SciPy
batches     many directions or cotangents of one shape side by side; `shared` those of rows that share some
watched     floats or arrays for derivatives, which say where these leave the range of doubles
wide        numbers with a wider range, and `numbers.exact` fractions, for such derivatives
duals       values of another algebra with a tangent each: the derivative of a derivative
symbols     nodes of a graph: a derivative as a graph
"""
