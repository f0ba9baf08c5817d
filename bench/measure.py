"""What the measurements share: whole processes, systems beside each other, tables."""

from __future__ import annotations

import importlib.util
import multiprocessing
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

CG = str(Path(sys.executable).with_name("cg"))


def table(title: str, head: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    print(f"\n{title}")
    for row in (head, *rows):
        first, *rest = (
            cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths))
        )
        print("  " + "  ".join([first, *rest]), flush=True)


def environment() -> dict[str, str]:
    """That of processes to be timed, which keep what they have compiled."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def whole_process(command: list[str], stdin: str = os.devnull) -> tuple[float, float]:
    """Seconds of wall time and peak memory in MB of one process."""
    with open(stdin, "rb") as source:
        begin = time.perf_counter()
        process = subprocess.Popen(command, stdin=source, stdout=subprocess.DEVNULL, env=environment())
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
    if status:
        raise SystemExit(f"{command} failed with status {status}")
    return seconds, usage.ru_maxrss / 1000


def processes(commands: Mapping[str, list[str]], runs: int, warm: int = 2) -> dict[str, list[float]]:
    """Seconds of whole processes, by name; run in turn, so that a drift of the machine's speed meets
    all alike."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    for run in range(runs + warm):
        for name, command in commands.items():
            seconds, _ = whole_process(command)
            if run >= warm:
                times[name].append(seconds)
    return times


def ratio(times: list[float], base: list[float]) -> float:
    """The median of the ratios within a round."""
    return statistics.median(a / b for a, b in zip(times, base))


def installed(*modules: str) -> bool:
    return all(importlib.util.find_spec(module) is not None for module in modules)


def limit_threads(count: int) -> None:
    """For the processes that are started from now on."""
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(count)
    if count == 1:
        os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"


class System:
    """A process of its own in which one system is timed: threads of one library that wait for work
    by spinning, or what it holds in memory, are no concern of another.

    `prepare(*arguments)` runs there, and returns the function to be timed.
    """

    def __init__(self, prepare: Callable[..., Callable[[], Any]], *arguments: Any) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, there = context.Pipe()
        self.process = context.Process(target=_serve, args=(there, prepare, arguments), daemon=True)
        self.process.start()
        there.close()
        self.result = self.pipe.recv()

    def seconds(self, calls: int) -> float:
        """The shortest of so many calls: what else runs on the machine only adds."""
        self.pipe.send(calls)
        return float(self.pipe.recv())

    def end(self) -> None:
        self.pipe.send(0)
        self.process.join()


def _serve(pipe: Any, prepare: Callable[..., Callable[[], Any]], arguments: tuple[Any, ...]) -> None:
    function = prepare(*arguments)
    pipe.send(function())
    while calls := pipe.recv():
        seconds = []
        for _ in range(calls):
            begin = time.perf_counter()
            function()
            seconds.append(time.perf_counter() - begin)
        pipe.send(min(seconds))


def systems(
    prepared: Mapping[str, tuple[Any, ...]], rounds: int, calls: Mapping[str, int] | int
) -> tuple[dict[str, list[float]], dict[str, Any]]:
    """Seconds of a call in each of some systems, round by round, and what the first call returned.
    By name, the function that prepares a system and its arguments, as `System` takes them."""
    running = {name: System(*how) for name, how in prepared.items()}
    times: dict[str, list[float]] = {name: [] for name in running}
    for round in range(rounds + 1):
        for name, system in running.items():
            seconds = system.seconds(calls if isinstance(calls, int) else calls[name])
            if round:
                times[name].append(seconds)
            time.sleep(0.05)  # threads of the last one go to sleep
    for system in running.values():
        system.end()
    return times, {name: system.result for name, system in running.items()}
