"""Build hook: writes the parser's tables beside the parser, from the grammar in this folder."""

from __future__ import annotations

import os
import sys
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class TablesHook(BuildHookInterface):  # type: ignore[type-arg]
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        sys.path.insert(0, self.root)
        from cgcli.language import tables

        with open(os.path.join(self.root, "grammar", "cg.lark"), encoding="utf-8") as file:
            tables.write(file.read(), os.path.join(self.root, "cgcli", "language"))
