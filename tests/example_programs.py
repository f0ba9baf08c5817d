"""What the tests of examples share."""

from __future__ import annotations

import json
import re
from typing import Any

from mpmath import mpf

from tests.cg import ROOT, cg

# A number, or nested lists of numbers.
Value = Any


def elements(value: Value) -> list[mpf]:
    """The numbers of a value, row by row."""
    return [x for part in value for x in elements(part)] if isinstance(value, list) else [value]


def unprinted(told: str) -> str:
    """What is said on stderr, without the lines that a program prints itself."""
    return re.sub(r"^examples/[\w-]+\.cg:\d+:\d+: .*\n", "", told, flags=re.M)


def gradients(*arguments: str, command: str = "grad") -> dict[str, dict[str, Any]]:
    """What `cg grad` says, by output."""
    done = cg(command, "--format", "json", *arguments, cwd=ROOT)
    assert done.status == 0, done
    assert unprinted(done.err) == ""
    return {record["output"]: record for record in map(json.loads, done.out.splitlines())}
