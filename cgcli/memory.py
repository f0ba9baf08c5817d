"""The memory there is: of the machine, of a limit of the shell, of a container."""

from __future__ import annotations

from math import inf

from cgcli.annotations import Any, Iterator, Sequence
from cgcli.errors import OperationError, located

# Less than this is not asked about: asking takes a millisecond.
SMALL = 2.0**26

# What the tangent of a number takes, with what second derivatives need beside it.
TANGENT = 300.0

# So many operations, at least, take more together than one of them.
MANY = 3_000


def require_memory(elements: float, wanted: float | None = None) -> None:
    """Raise `OperationError` where an array of so many doubles, or it and others that take so many bytes
    together, cannot fit the memory there is."""
    wanted = 8.0 * elements if wanted is None else wanted
    told = shortage(wanted, ", with what comes before it" if wanted > 8.1 * elements else "")
    if told:
        message = f"there is not enough memory for an array of {elements:.1e} elements"
        raise OperationError(message, told, kind="limit")


def require_tangents(values: Sequence[Any], active: Sequence[int], output: int) -> None:
    """Raise `OperationError` where tangents of the values that move, up to the node of an output, cannot fit
    beside them."""
    if output > MANY:  # else one of them is too large by itself
        moving = [value for value, moves in zip(values[: output + 1], active) if moves]
        wanted = TANGENT * len(moving) + sum(getattr(value, "nbytes", 0.0) for value in moving)
        told = shortage(wanted)
        if told:
            message = f"there is not enough memory for second derivatives over {output + 1:,} operations"
            raise located(OperationError(message, told, "limit"), output)


def shortage(wanted: float, together: str = "") -> str:
    """What to say where so many bytes are not free; else nothing."""
    if wanted <= SMALL or wanted <= (there := available()):
        return ""
    return f"it takes {_size(wanted)}{together}, and {_size(there)} are free"


def _size(count: float) -> str:
    return f"{count / 1e9:.3g} GB" if count >= 1e9 else f"{count / 1e6:.3g} MB"


def available(root: str = "") -> float:
    """How many bytes can still be had, by the files of Linux below a root; inf where nothing tells."""
    memory = _fields(f"{root}/proc/meminfo")
    free = [
        1024.0 * (memory["MemAvailable:"] + memory.get("SwapFree:", 0.0))
        if "MemAvailable:" in memory
        else inf
    ]
    for line in _lines(f"{root}/proc/self/cgroup"):
        _, controllers, path = line.split(":", 2)
        if controllers in ("", "memory"):
            free += _of_groups(
                f"{root}/sys/fs/cgroup" + ("/memory" if controllers else ""), path, bool(controllers)
            )
    return max(0.0, min(*free, _of_limit(root)))


def _of_groups(base: str, path: str, first_version: bool) -> Iterator[float]:
    """What a control group may still take, and each that it is in. Inside of a container its own is the
    outermost one."""
    names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
    limit, usage, cache = names if first_version else ("memory.max", "memory.current", "inactive_file")
    parts = [part for part in path.split("/") if part]
    for depth in range(len(parts) + 1):
        group = "/".join([base, *parts[:depth]])
        most, used = (next(_lines(f"{group}/{name}"), "max") for name in (limit, usage))
        if most.isdigit() and used.isdigit():
            yield int(most) - int(used) + _fields(f"{group}/memory.stat").get(cache, 0.0)


def _of_limit(root: str) -> float:
    """What the limit of addresses leaves (`ulimit -v`)."""
    import resource

    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    pages = next(_lines(f"{root}/proc/self/statm"), "").split()
    return (
        limit - int(pages[0]) * resource.getpagesize() if limit != resource.RLIM_INFINITY and pages else inf
    )


def _fields(path: str) -> dict[str, float]:
    """Lines of a name and a number."""
    return {parts[0]: float(parts[1]) for parts in map(str.split, _lines(path)) if len(parts) > 1}


def _lines(path: str) -> Iterator[str]:
    try:
        with open(path) as file:
            yield from file.read().splitlines()
    except OSError:
        return
