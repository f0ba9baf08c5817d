"""What something costs, as a number that is the same however busy the machine is."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any


def lines_run(call: Callable[[], object]) -> int:
    """How many lines of Python a call runs."""
    count = 0

    def tick(frame: Any, event: str, argument: object) -> Any:
        nonlocal count
        count += event == "line"
        return tick

    outside = sys.gettrace()
    sys.settrace(tick)
    try:
        call()
    finally:
        sys.settrace(outside)
    return count
