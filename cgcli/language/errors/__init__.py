"""What to say of a program that is wrong, and where. A file of it is imported where a program is."""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

    from cgcli.language.errors import blocks, meaning

__all__ = ["blocks", "meaning"]


def __getattr__(name: str) -> ModuleType:
    if name not in __all__:
        raise AttributeError(name)
    return import_module(f"{__name__}.{name}")
