"""Kinds of number that live here, to show that one is a file and a line."""

from cgcli.algebras.base import KINDS

KINDS["rationals"] = "tests.algebras.rationals:RATIONALS"
KINDS["mpmath50"] = "tests.algebras.mpmath50:MPMATH50"
