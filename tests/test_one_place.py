"""An operation is one entry: how many files of the package speak of it."""

from __future__ import annotations

import re
from functools import cache

import pytest

from cgcli.ops import OPS
from tests.cg import ROOT

FILES = 7

# Those that more files speak of, and why.
SPOKEN_OF = {
    "operators, which the grammar, rewriting and each language write in their own way":
        "add sub mul div floordiv mod neg pow lt le gt ge eq ne and_ or_ not_ matmul transpose factorial "
        "index array where",
    "words of English, of Greek or of commands, too":
        "size sum max min abs sign root round floor mean stack trace zeros ones outer recurrence dot norm "
        "gamma square prod cross shared normal solve",
    "functions of every library, of which others are made there":
        "sqrt exp log log1p sin cos tan ceil copysign lgamma",
    "instructions of LLVM, too": "trunc",
    "what rewriting puts in the place of others, and lessons are written with": "sigmoid",
    "what the derivatives of operations on arrays, and their rewriting, are made of":
        "broadcast reshape eye einsum det concat scatter",
}  # fmt: skip


@cache
def words() -> dict[str, set[str]]:
    files = (ROOT / "cgcli").rglob("*.py")
    return {
        str(path): set(re.findall(r"\w+", path.read_text())) for path in files if path.stem != "_generated"
    }


@pytest.mark.parametrize("name", OPS)
def test_few_files_speak_of_an_operation(name: str) -> None:
    if name in " ".join(SPOKEN_OF.values()).split():
        return
    found = sorted(path for path, spoken in words().items() if name in spoken)
    assert len(found) <= FILES, found
