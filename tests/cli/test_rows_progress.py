"""How far long work over rows has come, on a terminal alone."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios

import pytest

from tests.cg import CG, cg, pieces

# Each row takes some hundredths of a second.
SLOW = ["s = 0; for i in 1..20000 { s = s + sin(x*i) }; s", "--engine", "plain"]


def on_stderr(*arguments: str, columns: int = 100) -> tuple[str, str]:
    """What `cg` writes to standard output, and to a terminal of so many columns on standard error."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    env = {**os.environ, "TERM": "xterm-256color"}
    env.pop("COLUMNS", None)
    with subprocess.Popen([CG, *arguments], stdout=subprocess.PIPE, stderr=slave, env=env, text=True) as run:
        os.close(slave)
        shown = b"".join(pieces(master))
        assert run.stdout is not None
        out = run.stdout.read()
    return out, shown.decode()


def lines(shown: str) -> list[str]:
    """What stood on the line, one after the other."""
    plain = re.sub(r"\x1b\[[?0-9;]*[a-zA-Z]", "", shown)
    return [line.strip() for line in re.split(r"[\r\n]+", plain) if line.strip()]


@pytest.mark.long
@pytest.mark.parametrize("columns", [100, 40])
def test_rows_speed_and_time_left(columns: int) -> None:
    out, shown = on_stderr("eval", *SLOW, "--over", "x=0:1:0.001", "--where", "x >= 0.9", columns=columns)
    assert out.count("\n") == 102
    told = lines(shown)
    assert any(re.match(r"\d[\d,]* rows", line) for line in told)
    counts = [int(line.split(" ")[0].replace(",", "")) for line in told if " rows" in line]
    assert counts == sorted(counts)
    assert counts[-1] == 1001  # with those that are left out
    assert any(re.search(r"\d a second", line) for line in told) == (columns >= 50)
    assert any("━" in line for line in told if " rows" in line) == (columns >= 70)
    assert any(re.search(r"\d:\d\d:\d\d$", line) for line in told)
    assert shown.endswith("\x1b[2K")  # and nothing of it stays


def test_what_is_soon_done_shows_nothing() -> None:
    assert on_stderr("eval", "x^2", "--over", "x=0:1:0.5") == ("x,f\n0,0\n0.5,0.25\n1,1\n", "")


def test_pipes_have_no_progress() -> None:
    found = cg("eval", *SLOW, "--over", "x=0:1:0.005", "--reduce", "count")
    assert (found.out, found.err) == ("count\n201\n", "")
