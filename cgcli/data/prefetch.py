"""Items made in threads, while those before them are used."""

from __future__ import annotations

from collections import deque
from itertools import islice
from queue import Full, Queue
from threading import Event, Thread

from cgcli.annotations import Any, Callable, Iterator

# Items that wait to be used.
DEPTH = 2


def in_order(submit: Callable[[Any], Any], items: Iterator[Any], count: int) -> Iterator[Any]:
    """The results of items, in order, while those of so many are being found: to `submit` one begins with it,
    and returns a future."""
    waiting = deque(map(submit, islice(items, count)))
    while waiting:
        found = waiting.popleft().result()
        waiting.extend(map(submit, islice(items, 1)))
        yield found


def ahead(items: Iterator[Any]) -> Iterator[Any]:
    """The items, in order; what ends their making early is raised where it would have been."""
    waiting: Queue[tuple[bool, Any]] = Queue(DEPTH)
    left = Event()

    def put(found: tuple[bool, Any]) -> None:
        while not left.is_set():
            try:
                return waiting.put(found, timeout=0.1)
            except Full:
                continue

    def make() -> None:
        try:
            for item in items:
                put((True, item))
                if left.is_set():
                    return
            put((False, None))
        except BaseException as error:
            put((False, error))

    thread = Thread(target=make, daemon=True)
    thread.start()
    try:
        while True:
            is_item, found = waiting.get()
            if is_item:
                yield found
            elif found is None:
                return
            else:
                raise found
    finally:
        left.set()
        thread.join(timeout=5)
