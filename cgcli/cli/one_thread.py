"""Linear algebra without threads of its own, unless somebody asks for some: to be imported before NumPy.

Matrices of some hundred rows take no less time by several threads, and many times as long where anything else
runs on the machine, as the threads wait for each other.
"""

from __future__ import annotations

import os

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
