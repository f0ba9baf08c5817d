"""The state of training in a file, from which it goes on as if it had never stopped."""

from __future__ import annotations

import json

import numpy as np

from cgcli.annotations import Any, Mapping
from cgcli.data.files import cannot_read, native
from cgcli.data.sinks import whole
from cgcli.diagnostics import CgError

FORMAT = "cg train 1"


def save(path: str, facts: Mapping[str, Any], arrays: Mapping[str, Any]) -> None:
    """Write a state; the file is there whole or as it was before. Raises `CgError` (kind `file`)."""
    text = json.dumps({"format": FORMAT, **facts})
    with whole(path) as place, open(native(place), "wb") as file:
        np.savez(file, facts=np.frombuffer(text.encode(), np.uint8), **arrays)


def load(path: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What `save` has written. Raises `CgError` (kind `file`) for anything else."""
    try:
        with np.load(native(path)) as archive:
            arrays = {name: archive[name] for name in archive.files}
        facts = json.loads(arrays.pop("facts").tobytes())
        if facts.pop("format") == FORMAT:
            return facts, arrays
    except OSError as error:
        raise cannot_read(path, error) from None
    except MemoryError:
        raise
    except Exception:  # whatever NumPy says of a file that is none of its own
        pass
    raise CgError("file", f"`{path}` is no checkpoint of cg train")
