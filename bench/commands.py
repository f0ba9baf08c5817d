"""Every command on every operation at every special point: what the tests do by turns, whole.

python bench/commands.py [options of pytest]
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    from tests.cli import test_every_command

    test_every_command.IS_WHOLE = True
    file = ROOT / "tests" / "cli" / "test_every_command.py"
    sys.exit(pytest.main([str(file), "-n", "0", "-k", "special_points", *sys.argv[1:]]))
