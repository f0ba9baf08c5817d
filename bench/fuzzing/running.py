"""How commands are run: in this process, under a limit of time, and remembered in case it ends here."""

from __future__ import annotations

import json
import mmap
import os
import resource
import shlex
import signal
import subprocess
import sys
import time
from types import FrameType
from typing import Any

from tests.cg import Result, cg, executable

# Seconds of the processor after which an answer is late: other processes may be at work, too.
LIMIT = 10.0


class Late(BaseException):
    """A command took longer than `LIMIT`; no `except Exception` is in the way."""


def _late(number: int, frame: FrameType | None) -> None:
    raise Late


class Runner:
    """Runs commands and collects those that fail.

    failures    a text each, which begins with a command line that can be pasted
    counts      how many of what have been tried
    """

    def __init__(self, note: mmap.mmap) -> None:
        self.failures: list[str] = []
        self.counts: dict[str, int] = {}
        self.note = note
        signal.signal(signal.SIGPROF, _late)

    def count(self, what: str, number: int = 1) -> None:
        self.counts[what] = self.counts.get(what, 0) + number

    def remember(self, text: str) -> None:
        """What is to be told of should the process be ended by a signal."""
        raw = text.encode(errors="replace")[: len(self.note) - 1] + b"\0"
        self.note[: len(raw)] = raw

    def fail(self, arguments: list[str], what: str, stdin: bytes = b"") -> None:
        self.failures.append(f"{pasted(arguments, stdin)}\n  {what}")

    def run(self, *arguments: str, stdin: bytes = b"", real: bool = False) -> Result | None:
        """The result of a command; None where it failed, which is noted."""
        self.count(f"cg {arguments[0]}" if arguments else "cg")
        given = list(arguments)
        self.remember(pasted(given, stdin))
        start = time.perf_counter()
        try:
            if real:
                result = executable(*given, stdin=stdin)
            else:
                signal.setitimer(signal.ITIMER_PROF, LIMIT)
                try:
                    result = cg(*given, stdin=stdin)
                finally:
                    signal.setitimer(signal.ITIMER_PROF, 0)
        except (Late, subprocess.TimeoutExpired):
            self.fail(given, f"no answer after {LIMIT:g} s of processor time", stdin)
            return None
        except Exception as error:
            self.fail(given, f"traceback: {type(error).__name__}: {error}", stdin)
            return None
        wrong = _wrong(given, result)
        if wrong:
            self.fail(
                given, f"{wrong} after {time.perf_counter() - start:.1f} s\n  {result.err[-300:]}", stdin
            )
            return None
        return result


def pasted(arguments: list[str], stdin: bytes = b"") -> str:
    """A command line for the shell."""
    line = shlex.join(["cg", *arguments])
    if stdin:
        return "printf %b " + shlex.quote("".join(f"\\0{byte:03o}" for byte in stdin)) + " | " + line
    return line


def _wrong(arguments: list[str], result: Result) -> str | None:
    """What is wrong with a result, whatever it should be."""
    if result.status not in (0, 1, 2, 3):
        return f"exit status {result.status}"
    if "Traceback" in result.err:
        return "traceback"
    if result.status and not result.err:
        return f"exit status {result.status} without a word"
    if result.status == 0 and ("--format=json" in arguments or "--style=json" in arguments):
        lines = [result.out] if "--style=json" in arguments else result.out.splitlines()
        try:
            for line in lines:
                json.loads(line, parse_constant=_no_constant)
        except ValueError as error:
            return f"no JSON: {error}"
    return None


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is no JSON")


def isolated(work: Any, note: mmap.mmap) -> tuple[dict[str, int], list[str]]:
    """Call `work` on a runner in a process of its own; its counts, and what failed: a process that a signal
    ended is a failure of the command that ran."""
    read, write = os.pipe()
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        os.close(read)
        resource.setrlimit(resource.RLIMIT_CPU, (600, 600))
        resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))
        runner = Runner(note)
        try:
            work(runner)
        except BaseException as error:
            import traceback

            place = "".join(traceback.format_tb(error.__traceback__)[-3:])
            runner.failures.append(f"{_noted(note)}\n  {type(error).__name__}: {error}\n{place}")
        with open(write, "w") as pipe:
            json.dump([runner.counts, runner.failures], pipe)
        os._exit(0)
    os.close(write)
    with open(read) as pipe:
        text = pipe.read()
    _, status = os.waitpid(child, 0)
    if status or not text:
        return {}, [f"{_noted(note)}\n  ended by a signal: wait status {status}"]
    counts, failures = json.loads(text)
    return counts, failures


def _noted(note: mmap.mmap) -> str:
    return note[:].partition(b"\0")[0].decode(errors="replace")
