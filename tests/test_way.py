"""How often control passes from one file of the package to another while a command is answered.

Who follows a command through the code turns a page each time. What two files ask each other node by node
belongs into one of them, or is a fact that is found once for the graph. A figure that has grown says that a
file has come to need another one's knowledge.
"""

from __future__ import annotations

import gc
import os
import shlex
import sys
from contextlib import redirect_stderr, redirect_stdout
from itertools import pairwise
from pathlib import Path
from types import FrameType

import pytest

import cgcli
from cgcli.__main__ import run

ROOT = str(Path(cgcli.__file__).parent) + os.sep

# These stand inside of the function that calls them.
INSIDE = {"<module>", "<genexpr>", "<listcomp>", "<lambda>"}

# The most for each: about what it takes today.
MOST = {
    "eval 'x^2' x=3": 45,
    "eval 'sum(x^2)' 'x=[1, 2, 3]'": 95,
    "grad '(a + b) * (b - c)' a=1 b=2 c=3": 75,
    "diff 'x^2'": 110,
    "diff 'x^2*sin(x)/(x+1)'": 500,
}


def way() -> tuple[int, list[str]]:
    """The exit status of a command, and the file of each function that it calls."""
    files: list[str] = []

    def note(frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(ROOT) and code.co_name not in INSIDE:
            files.append(code.co_filename)

    other, collects = sys.getprofile(), gc.isenabled()
    run()  # with all imports
    sys.setprofile(note)
    try:
        return run(), files
    finally:
        sys.setprofile(other)
        if collects:  # which a command does without
            gc.enable()


@pytest.mark.parametrize("command", MOST)
def test_a_command_has_a_short_way_through_the_files(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["cg", *shlex.split(command)])
    with open(os.devnull, "w", encoding="utf-8") as null, redirect_stdout(null), redirect_stderr(null):
        status, files = way()
    changes = sum(before != after for before, after in pairwise(files))
    assert status == 0
    assert 20 < changes <= MOST[command], changes
