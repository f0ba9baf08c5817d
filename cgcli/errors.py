"""What an operation raises that cannot work with its operands; a pass adds the node, and whoever knows
the source makes a diagnostic of it."""

from __future__ import annotations

from math import prod


class OperationError(Exception):
    """An operation cannot work with its operands.

    message     what is wrong, or None: the shapes do not match
    hint        what would have to hold. In both, `{x}`, `{y}`, ... stand for the operands
    kind        of the diagnostic that it becomes
    subscript   which of the subscripts of an index it is about, or None
    node        where; the pass that meets the error fills it in
    place       another node whose place in the source is meant, or None
    """

    def __init__(
        self, message: str | None, hint: str | None = None, kind: str = "shape", subscript: int | None = None
    ) -> None:
        super().__init__(message)
        self.message, self.hint, self.kind, self.subscript = message, hint, kind, subscript
        self.node = -1
        self.place: int | None = None


class ShapeError(OperationError):
    """Shapes, or subscripts, that an operation cannot work with."""


def located(error: OperationError | MemoryError, node: int) -> OperationError:
    """An error that a pass met at a node, with that node. A `MemoryError` becomes one where it speaks
    of an array, as NumPy's do; another one is about the whole program, and raised."""
    if not isinstance(error, OperationError):
        wanted = getattr(error, "shape", None)
        if wanted is None:
            raise error
        message = f"there is not enough memory for an array of {prod(wanted):.1e} elements"
        error = OperationError(message, kind="limit")
    error.node = node
    return error


def of_derivative(error: ShapeError) -> ShapeError:
    """An error of an operation that nobody has written, so that its operands have no text."""
    message = error.message or error.hint or ""
    for letter in "xyw":
        message = message.replace(f"{{{letter}}}", "an array")
    prefix = "" if message.startswith("the derivative") else "in the derivative, "
    return ShapeError(prefix + message)
