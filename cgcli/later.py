"""Modules that are imported where they are first used: importing them takes longer than most answers."""

from __future__ import annotations

from cgcli.annotations import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import fractions
    import json
    import re

    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc
else:
    from importlib import import_module

    class Later:
        """A module. What is asked of it once is at hand from then on."""

        def __init__(self, name: str) -> None:
            self._name = name

        def __getattr__(self, name: str) -> Any:
            found = getattr(import_module(self._name), name)
            setattr(self, name, found)
            return found

    np, fractions, json, re = map(Later, ("numpy", "fractions", "json", "re"))
    pa, pc = map(Later, ("pyarrow", "pyarrow.compute"))

__all__ = ["fractions", "json", "np", "pa", "pc", "re"]
