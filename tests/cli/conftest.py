"""What the tests of commands are given."""

from __future__ import annotations

from tests.cli.arrays import command

__all__ = ["command"]
