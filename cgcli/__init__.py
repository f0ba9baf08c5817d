"""cg: values, gradients and pictures of the computational graph of an expression.

>>> import cgcli
>>> cgcli.evaluate("x^2 * y", x=3, y=2)
{'f': 18.0}
>>> cgcli.gradient("x^2 * y", x=3, y=2)
{'f': {'x': 12.0, 'y': 9.0}}
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    __version__: str

    from cgcli.api import (
        PreparedProgram,
        evaluate,
        gradient,
        hessian,
        jacobian,
        parse,
        prepare,
        value_and_gradient,
    )  # fmt: skip
    from cgcli.diagnostics import CgError
    from cgcli.record_batches import Rows

__all__ = [
    "CgError", "PreparedProgram", "Rows", "evaluate", "gradient", "hessian", "jacobian", "parse", "prepare",
    "value_and_gradient",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """What is public, imported when it is first asked for: the commands do without it."""
    if name == "__version__":
        from importlib.metadata import version

        return version("cgcli")
    if name not in __all__:
        raise AttributeError(f"module 'cgcli' has no attribute '{name}'")
    if name == "Rows":
        from cgcli.record_batches import Rows

        return Rows
    from cgcli import api

    return getattr(api, name)


def __dir__() -> list[str]:
    return __all__
