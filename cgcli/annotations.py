"""The names that annotations and types are written with.

Nothing evaluates them, so that a run of cg does without `typing`: importing it takes longer than most
answers.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import (
        Callable,
        Collection,
        Container,
        Iterable,
        Iterator,
        Mapping,
        Sequence,
    )  # fmt: skip
    from concurrent.futures import ThreadPoolExecutor
    from fractions import Fraction
    from typing import Any, BinaryIO, TextIO
else:

    class Unchecked:
        """Any of them where nobody checks types."""

        def __getitem__(self, parameters):
            return self

        def __or__(self, other):
            return self

        __ror__ = __or__

    Any = BinaryIO = Fraction = TextIO = ThreadPoolExecutor = Unchecked()
    Callable = Collection = Container = Iterable = Iterator = Mapping = Sequence = Any

__all__ = [
    "Any", "BinaryIO", "Callable", "Collection", "Container", "Fraction", "Iterable", "Iterator", "Mapping",
    "Sequence", "TextIO", "ThreadPoolExecutor",
]  # fmt: skip
