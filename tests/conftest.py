"""What holds for all tests: graphs are checked where the environment asks for it (`tests.checked`), and
hypothesis draws the same examples every time, so that a commit is judged by what it changed (`bench/fuzz.py`
draws new ones)."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.checked import checked

# Linear algebra has one thread here, as in the commands that solve; those that tests start see nothing of it.
NAMES = {"OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"}.difference(os.environ)
os.environ |= dict.fromkeys(NAMES, "1")
import scipy.linalg.lapack  # noqa: E402, F401

for _name in NAMES:
    del os.environ[_name]

settings.register_profile("same", derandomize=True, deadline=None, print_blob=False)
settings.load_profile("same")


@pytest.fixture(autouse=bool(os.environ.get("CG_CHECKED")))
def graphs_are_checked() -> Iterator[list[str]]:
    with checked() as found:
        yield found


def pytest_configure(config: pytest.Config) -> None:
    """Hundreds of processes are started, and each would compile all of `cg` where Python is told to write no
    bytecode beside the sources: it goes to the folder of pytest's cache."""
    if sys.dont_write_bytecode and hasattr(config, "cache"):
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ.setdefault("PYTHONPYCACHEPREFIX", str(config.cache.mkdir("bytecode")))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Nothing of what is imported and collected is garbage, and none of it is looked through for garbage."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()
