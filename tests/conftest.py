"""What holds for all tests: graphs are checked where the environment asks for it (`tests.checked`)."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.checked import checked


@pytest.fixture(autouse=bool(os.environ.get("CG_CHECKED")))
def graphs_are_checked() -> Iterator[list[str]]:
    with checked() as found:
        yield found
