"""Machine code from LLVM's language, by llvmlite; it may be missing, and then so is the machine code."""

from __future__ import annotations

import ctypes
import os
import platform
from collections import deque
from functools import cache

from cgcli.annotations import Any, Callable, Sequence

# What a function of a flow takes (`kernels.sections`): where it begins, slots and words; and where it ended.
KINDS = [ctypes.c_int64, ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p]

# Functions of vectors, a part of the C library of Linux.
LIBRARY = "libmvec.so.1"

# Lines from which on LLVM's passes take longer than the rows they would save time of.
LONG = 2_000


def each(run: Callable[[int], None], starts: Sequence[int], threads: Any) -> None:
    """Run for each block of rows: in threads, where there are some and it pays. Each takes the next block
    that is left, as one that was given its share could wait for another's."""
    left = deque(starts)

    def take() -> None:
        while True:
            try:
                start = left.popleft()
            except IndexError:
                return
            run(start)

    if threads is None or len(starts) < 2:
        take()
    else:
        for done in [threads.submit(take) for _ in range(min(len(starts), os.cpu_count() or 1))]:
            done.result()


@cache
def lanes() -> int:
    """How many doubles this processor computes at once, and libmvec has functions of; 0 where there is no
    llvmlite, no libmvec, or another processor."""
    if platform.machine() not in ("x86_64", "AMD64") or platform.system() != "Linux":
        return 0
    try:
        import llvmlite.binding as llvm

        llvm.load_library_permanently(LIBRARY)
    except (ImportError, OSError, RuntimeError):
        return 0
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    features = llvm.get_host_cpu_features()
    return 8 if features.get("avx512f") else 4 if features.get("avx2") else 2


def rows_at_once() -> int:
    """How many rows a loop computes at once; 0 as `lanes`. Where there are registers for it, they are two
    vectors: the one is computed in the time in which the other waits for its results."""
    return 2 * lanes() if lanes() == 8 else lanes()


@cache
def has(symbol: str) -> bool:
    """Whether libmvec has a function; where there is none of its own name, no other has it."""
    return hasattr(ctypes.CDLL(LIBRARY), symbol)


def compiled(text: str, name: str, kinds: list[Any], lines: int) -> Callable[..., None]:
    """A function of C, of these kinds, that a module in LLVM's language has. It may run in several
    threads."""
    return functions(text, [name], [None, *kinds], lines)[0]


def functions(text: str, names: Sequence[str], kinds: list[Any], lines: int) -> list[Callable[..., Any]]:
    """Functions of C of a module; first of the kinds is that of what they return."""
    import llvmlite.binding as llvm

    module = llvm.parse_assembly(text)
    module.verify()
    level = 2 if lines <= LONG else 0
    machine = llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=level
    )
    if level:
        tuning = llvm.create_pipeline_tuning_options(speed_level=1)
        tuning.loop_vectorization = tuning.slp_vectorization = tuning.loop_unrolling = False
        builder = llvm.create_pass_builder(machine, tuning)
        builder.getModulePassManager().run(module, builder)
    engine = llvm.create_mcjit_compiler(module, machine)
    engine.finalize_object()
    found: list[Callable[..., Any]] = []
    for name in names:
        function = ctypes.CFUNCTYPE(*kinds)(engine.get_function_address(name))
        function.engine = engine  # type: ignore[attr-defined]  # which has the code
        found.append(function)
    return found
