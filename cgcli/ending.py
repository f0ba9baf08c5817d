"""What ends a long search from outside: a signal, or that its time is over."""

from __future__ import annotations

import contextlib
from math import inf
from time import monotonic

from cgcli.annotations import Any, Callable, Iterator, Sequence
from cgcli.shapes import counted

# As long as clocks go everywhere, three years.
LONGEST = 1e8


class Ended(BaseException):
    """A search is to end, with the best that it has found.

    kind        of the diagnostic that tells of it
    reason      why, in words
    told        a sentence for where nothing has been found
    """

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind, self.reason = kind, reason
        self.told = f"{reason} before anything was found"

    def after(self, count: int, what: str) -> str:
        """The reason, where so much had been done."""
        return (
            f"{self.reason} after {counted(count, what)}" if count else f"{self.reason} in the first {what}"
        )


@contextlib.contextmanager
def listening(numbers: Sequence[int], hear: Callable[[int, Any], None]) -> Iterator[Callable[[], None]]:
    """Signals are heard here, but for those that the process was begun deaf to, as behind `nohup`; what is
    given lets them do what they did before."""
    import signal
    from threading import current_thread, main_thread

    before: dict[int, Any] = {}
    if current_thread() is main_thread():  # no other hears of signals
        before = {number: signal.getsignal(number) for number in numbers}

    def restore() -> None:
        while before:
            signal.signal(*before.popitem())

    try:
        for number, handler in [*before.items()]:
            if handler is not signal.SIG_IGN:
                signal.signal(number, hear)
            else:
                del before[number]
        yield restore
    finally:
        restore()


@contextlib.contextmanager
def limited(seconds: float, grace: float = 0.0) -> Iterator[None]:
    """What is done within takes at most so many seconds, and what grace there is, or raises `Ended` wherever
    it is."""
    import signal

    def end(number: int, frame: Any) -> None:
        ended = Ended("stopped", f"--timeout {seconds:g} reached")
        ended.told = ended.reason
        raise ended

    if seconds == inf:
        yield
        return
    with listening((signal.SIGALRM,), end):
        signal.setitimer(signal.ITIMER_REAL, min(max(seconds + grace, 1e-6), LONGEST))
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0.0)


class Ending:
    """Within it the first signal that asks the process to end, or the end of the time, raises `Ended`
    wherever the search is; another signal then ends the process as ever.

    ended       what was raised, or will be once nothing is held; or None
    """

    def __init__(self) -> None:
        self.ended: Ended | None = None
        self._begin, self._seconds, self._is_held = monotonic(), inf, False
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Ending:
        import signal

        numbers = signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM
        self._restore = self._stack.enter_context(listening(numbers, self._hear))
        self._stack.callback(self._stop_clock)
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    def limit(self, seconds: float) -> None:
        """So many seconds are there, from the beginning on."""
        import signal

        self._seconds = seconds
        if seconds < inf and self.ended is None:
            left = self._begin + seconds - monotonic()
            signal.setitimer(signal.ITIMER_REAL, min(max(left, 1e-6), LONGEST))

    def _stop_clock(self) -> None:
        import signal

        if self._seconds < inf:
            signal.setitimer(signal.ITIMER_REAL, 0.0)

    def _hear(self, number: int, frame: Any) -> None:
        import signal

        self._stop_clock()
        self._restore()
        if number == signal.SIGALRM:
            self.ended = Ended("stopped", f"--timeout {self._seconds:g} reached")
        else:
            self.ended = Ended("interrupted", "interrupted")
        if not self._is_held:
            raise self.ended

    def check(self) -> None:
        """Raise again what a library has kept to itself."""
        if self.ended is not None:
            raise self.ended

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """What is done within is done whole: `Ended` comes after it."""
        self._is_held = True
        try:
            yield
        finally:
            self._is_held = False
        self.check()
