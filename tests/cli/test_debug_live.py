"""`cg debug` while it runs: interrupted, at its limits, on a terminal."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import time

import pytest

from tests.cg import CG, executable, hears_interrupts, pieces
from tests.cli.test_debug import session

pytestmark = pytest.mark.long

ENDLESS = "i = 0\nwhile 1 {\n  i += 1\n}\ni"


def test_a_run_is_interrupted_and_the_session_stays() -> None:
    with subprocess.Popen(
        [CG, "debug", ENDLESS], stdin=-1, stdout=-1, stderr=-1, text=True, preexec_fn=hears_interrupts
    ) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        assert running.stdout.readline() == "1 | i = 0\n"
        running.stdin.write("c\n")
        running.stdin.flush()
        time.sleep(1)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate("p i > 100\nback\nn\ngrad\nc 1\nq\n", timeout=60)
    assert (running.returncode, err) == (0, "error: `continue` stands alone\n")
    assert "interrupted\n  i = " in out
    assert ") p i > 100\n1\n" in out


def test_limits_end_a_run_and_not_the_session() -> None:
    for option, told in (
        ("--max-ops=10000", "it has taken more than 10,000 operations"),
        ("--timeout=0.3", "it has taken longer than 0.3 s"),
    ):
        result = executable("debug", ENDLESS, option, stdin="c\np i > 1000\nback\ngoto 3\nn\nq\n")
        assert result.err.count(told) == 1
        assert ") p i > 1000\n1\n" in result.out
        assert result.out.endswith("(3) n\n  i = 1  (was 0)\n2 | while 1 {\n(4) q\n")
        assert result.status == 1
    assert executable("debug", "x", "x=1", "--timeout=no", stdin="c\n").status == 2


def terminal(*arguments: str, lines: str, columns: int = 80) -> tuple[str, int | None]:
    """What `cg` writes to a terminal, on which lines are typed as prompts come; and its exit status."""
    master, slave = pty.openpty()
    env = {key: value for key, value in os.environ.items() if key != "NO_COLOR"} | {
        "TERM": "xterm",
        "COLUMNS": str(columns),
    }
    with subprocess.Popen([CG, *arguments], stdin=slave, stdout=slave, stderr=slave, env=env) as running:
        os.close(slave)
        out, typed = b"", iter(lines.split("\n"))
        for piece in pieces(master):
            out += piece
            if re.search(rb"\(\d+\) $", re.sub(rb"\x1b\[[?0-9;]*[a-z]", b"", out)):
                os.write(master, next(typed, "\x04").replace("^C", "\x03").encode() + b"\n")
    return out.decode().replace("\r\n", "\n"), running.returncode


def test_on_a_terminal() -> None:
    """Changes have a colour, an empty line is the one before, Ctrl-C at the prompt does nothing."""
    out, status = terminal("debug", "x = a\ny = x^2\nz = y + 1\nz", "a=3", lines="n\n\nvars\n^C\nfoo\nc")
    assert status == 0
    assert "\x1b[1;33my = 9\x1b[0m" in out
    plain = re.sub(r"\x1b\[[?0-9;]*[a-z]", "", out)
    assert re.findall(r"^\((\d)\) \w*$", plain, re.M)[:3] == ["1", "2", "3"]
    assert "  y = 9\n3 | z = y + 1\n(3) vars\n  a = 3\n  x = 3\n  y = 9\n(3) " in plain
    assert "error: unknown word `foo`" in plain
    assert "end of the program\n  f = 10\n(5) " in plain


def test_tabs_complete_words_and_names() -> None:
    out, status = terminal("debug", "total = a\ntotal", "a=3", lines="nex\t\npr\t to\t\nq")
    assert status == 0
    assert re.search(r"^\(2\) .*print total *\n3$", re.sub(r"\x1b\[[?0-9;]*[a-zA-Z]|\x07", "", out), re.M), (
        out
    )


def test_no_colour_where_none_is_wanted() -> None:
    assert "\x1b" not in executable("debug", "x = 1\nx", stdin="n\nvars\nfoo\n").out
    out = executable("debug", "x = 1\nx", "--color", "always", stdin="n\nvars\n").out
    assert "\x1b[1;33mx = 1\x1b[0m" in out


def test_the_session_stays_where_memory_ends() -> None:
    program = "v = ones([1000]); for i in 1..40 { v = concat(v, v) }\nsum(v)"
    shell = f'ulimit -v 700000; exec {CG} debug "$1"'
    said = "c\nback\nback\ngoto 9\np len(v)\nc\nback\nbad\np 1+1\nq\n"
    command = ["bash", "-c", shell, "bash", program]
    done = subprocess.run(command, input=said, capture_output=True, text=True, timeout=60)
    assert done.returncode in (0, 1), done.stderr
    assert "there is no memory left" in done.stdout + done.stderr
    assert "64000" in done.stdout.split()
    assert "fault" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "line, told",
    [
        ("exit", "did you mean `quit`?"),
        ("bt", "did you mean `list`?"),
        ("restart", "did you mean `goto 1`?"),
        ("prnt x", "did you mean `print`?"),
        ("x*2", "for its value: print x*2"),
        ("-x", "for its value: print -x"),
        ("x == 2", "for its value: print x == 2"),
        ("x = 3", "values are the program's: for others, begin again with other inputs"),
        ("set x 3", "values are the program's: for others, begin again with other inputs"),
        ("foo", "`help` lists the words"),
    ],
)
def test_words_of_other_debuggers(line: str, told: str) -> None:
    found = executable("debug", "x = a; x", "a=1", stdin=f"{line}\n")
    assert (found.status, found.err.splitlines()[-1]) == (0, f"  = {told}")


def test_a_call_that_has_set_nothing_says_so() -> None:
    found = executable("debug", "f(n) { t = n; return t }\nx = f(a)", "a=1", stdin="s\ngrad\nn\ngrad\n")
    assert found.err == "error: this call has set nothing yet\n  = as in: grad NAME\n"
    assert "dt/da = 1" in found.out


WIDE = """\
some_function_of(t) { return log(t - 1) + t^2 + t^3 + t^4 + t^5 + t^6 + t^7 + t^8 }
A = zeros([30, 40]); r = record(left=[1, 2, 3], right=[4, 5, 6], name=list(1, record(q=2)))
A[3, 4] = x; A[2] = 3; some_long_name = A[3, 4]*some_function_of(x) + exp(x)/(1 + exp(x))
y = A*2; some_long_name = some_long_name + some_function_of(0.5)
some_long_name"""


@pytest.mark.parametrize("columns", [40, 60])
def test_no_line_of_a_session_is_longer_than_the_terminal(columns: int) -> None:
    lines = "n\nn\nn\nn\nn\nwhy some_long_name\nvars\nlist\nhelp\nn\nfoo\nback\nq"
    out, status = terminal("debug", WIDE, "x=2.5", "--color", "never", lines=lines, columns=columns)
    shown = re.sub(r"\x1b\[[?0-9;]*[a-z]", "", out).split("\n")
    told = ("error: ", "warning: ", "  = ")  # what is told goes on where the line ends
    long = [line for line in shown if len(line) > columns and not line.startswith(told)]
    assert (long, status) == ([], 0)
    assert "A[3, 4] = 2.5" in out
    marks = [place for place, line in enumerate(shown) if re.fullmatch(r" *\| +\^+ *", line)]
    assert marks
    for place in marks:  # below what they mark
        assert shown[place - 1][shown[place].index("^") :].strip()


def test_of_a_large_array_the_elements_that_change_are_shown() -> None:
    program = "A = zeros([30, 40])\nA[3, 4] = x\nA[2] = 3\nA = A*2 + 1\nv = A[2]\nv[7] = 0/0\nv[7] = nan\nv"
    out = session(program, "n; n; n; n; n; n; n; back; back; back", "x=1").out
    assert "\n  A[3, 4] = 1  (was 0)\n3 |" in out
    assert "  A[2, 0] = 3  (was 0)\n" in out
    assert "  A[2, 2] = 3  (was 0)\n  ... and 37 more elements of A\n4 |" in out
    assert "\n  A = [[1, 1, ..., 1], [1, 1, ..., 1], ..., [1, 1, ..., 1]] [30, 40]\n5 |" in out
    assert "\n  v[7] = nan  (was 7)\n7 |" in out
    assert "(7) n\n8 |" in out
    assert "\n  v[7] = 7  (was nan)\n6 |" in out
