"""The machine that records, and what decides about the path that is recorded."""

from __future__ import annotations

from cgcli.annotations import Any, Mapping
from cgcli.control.tape import Tape
from cgcli.shapes import Shape


class Deciding(Tape):
    """As `Tape`. Assertions are recorded, and not asked.

    decided     a node, the value that was asked for, and whether that was whether it holds
    """

    def __init__(self, shapes: Mapping[str, Shape]) -> None:
        super().__init__(shapes)
        self.decided: list[tuple[int, Any, bool]] = []

    def known(self, handle: Any) -> Any:
        found = super().known(handle)
        self.decided.append((self.plain(handle), found, False))
        return found

    def truth(self, handle: Any) -> bool | None:
        count = len(self.decided)
        found = super().truth(handle)
        if found is not None:
            node = self.decided.pop()[0] if len(self.decided) > count else self.plain(handle)
            self.decided.append((node, found, True))
        return found

    def put_element(self, handle: Any, level: Any, value: Any, slots: dict[str, Any]) -> bool:
        return False  # subscripts decide, too

    def check(self, part: Any, slots: dict[str, Any]) -> None:
        self.assertions.append((self.plain(slots[part.condition]), part))
