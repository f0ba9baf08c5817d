"""What the tests of commands share."""

from __future__ import annotations

TEXTBOOK = "d = a + b; e = b - c; Y = d * e"
AT = ("a=2", "b=1", "c=0.5")
