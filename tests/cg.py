"""Runs `cg` as a user does: its output, its exit status."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import chdir, redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import Any

from cgcli.cli.app import run
from cgcli.cli.arguments import read
from cgcli.cli.guard import run as answer

CG = str(Path(sys.executable).with_name("cg"))
ROOT = Path(__file__).resolve().parent.parent


class Result:
    """Exit status, and what went to stdout and stderr as text."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err

    def __repr__(self) -> str:
        return f"status {self.status}\n--- stdout\n{self.out}--- stderr\n{self.err}"


def executable(
    *arguments: str, stdin: str | bytes = b"", env: dict[str, str] | None = None, cwd: Path | None = None
) -> Result:
    """Run `cg` with these arguments; stdin is a pipe that holds `stdin`."""
    clean = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "CLICOLOR_FORCE", "CG_DEBUG")}
    done = subprocess.run(
        [CG, *arguments],
        input=_raw(stdin),
        capture_output=True,
        env={**clean, **(env or {})},
        cwd=cwd,
        timeout=120,
    )
    return Result(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))


def hears_interrupts() -> None:
    """What a process begins with that is to be interrupted: behind a shell tests may begin deaf to it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def computes(process: subprocess.Popen[Any], seconds: float = 1) -> None:
    """Wait until a process has computed for so long, which is later where others compute too."""
    told = Path(f"/proc/{process.pid}/stat")
    if not told.exists():
        time.sleep(3 * seconds)
    ticks = seconds * os.sysconf("SC_CLK_TCK")
    while process.poll() is None and told.exists():
        if sum(map(int, told.read_text().rpartition(")")[2].split()[11:13])) >= ticks:
            break
        time.sleep(0.05)


def pieces(master: int) -> Iterator[bytes]:
    """What is written to a terminal, as it comes, until nothing has it open any more; then it is closed."""
    with suppress(OSError):
        while piece := os.read(master, 4096):
            yield piece
    os.close(master)


def _raw(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


class _Captured(io.TextIOWrapper):
    """A stream in memory, with the bytes below that some commands write."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", errors="backslashreplace")  # as those of the command

    def text(self) -> str:
        self.flush()
        return self.buffer.getvalue().decode(errors="replace")  # type: ignore[attr-defined, no-any-return]


def cg(*arguments: str, stdin: str | bytes = b"", cwd: Path | None = None) -> Result:
    """The same in this process, at a hundredth of the time. What a library warns of is an error here, as the
    executable would show it."""
    out, err, before = _Captured(), _Captured(), sys.stdin
    with tempfile.TemporaryFile("w+", encoding="utf-8") as file, warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        warnings.simplefilter("error", UserWarning)
        file.buffer.write(_raw(stdin))
        file.seek(0)
        sys.stdin = file
        try:
            with chdir(cwd or "."), redirect_stdout(out), redirect_stderr(err):
                request = read(list(arguments))
                status = answer(request) if request else run(list(arguments))
        finally:
            sys.stdin = before
    return Result(status, out.text(), err.text())
