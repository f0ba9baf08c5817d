"""Files of rows as one table."""

from __future__ import annotations

import glob
import os
from itertools import chain

from cgcli.annotations import Any, Iterator, Sequence
from cgcli.data.arrow import ArrowFile
from cgcli.data.batch import Batch
from cgcli.data.cells import DROP, Cells, told, told_rows
from cgcli.data.files import native
from cgcli.data.packed import PACKED
from cgcli.diagnostics import CgError, Diagnostic

# What files of rows are called.
ENDINGS = (".csv", ".tsv", ".jsonl", ".parquet", ".arrow", ".npz")

# What may be said to be in standard input, in a pipe, and in a file that is called otherwise.
FORMS = ("csv", "tsv", "jsonl", "parquet", "arrow")

# What unpacks files that cg itself does not.
UNPACKERS = {".bz2": "bzcat", ".xz": "xzcat", ".lz4": "lz4cat", ".zip": "unzip -p"}


class Table:
    """The rows of some files, one file after the other; columns are told by their names.

    paths   of the files
    names   of the columns, in the order of the first file
    """

    def __init__(
        self, given: Sequence[str], form: str | None = None, threads: int = 1, forced: Sequence[str] = ()
    ) -> None:
        self.paths = [path for one in given for path in files_named(one)]
        self._form, self.threads, self.forced = form, threads, forced
        self.read: list[Cells] = []
        self._first = self._opened(self.paths[0])
        self._is_fresh = True  # as long as nothing has been read of it
        self._begun: tuple[Any, Iterator[Batch]] | None = None
        self.names: list[str] = list(self._first.names)

    @property
    def count(self) -> int | None:
        """About how many rows there are; None for many, of which nobody knows."""
        return None if self._first.count is None else int(self._first.count) * len(self.paths)

    def shapes(self, names: Sequence[str]) -> dict[str, tuple[int, ...]]:
        """The shapes of the cells of some columns."""
        _require_one_each(self._first, names)
        found: dict[str, tuple[int, ...]] = self._first.shapes(names)
        return found

    def batches(self, use: Sequence[str], keep: Sequence[str], bad: str | None) -> Iterator[Batch]:
        """All rows, in batches: these columns as numbers, these as they are; `bad` as in `Cells`. Raises
        `CgError` (kind `file`) where standard input would have to be read again."""
        begun, self._begun = self._begun, None
        if begun is not None and begun[0] == (list(use), list(keep), bad):
            yield from begun[1]
            return
        for place, path in enumerate(self.paths):
            file = self._first if place == 0 and self._is_fresh else self._again(path)
            self._is_fresh = False
            yield from _of(file, path, self.paths[0], use, keep, bad)
            self.read.append(file.read)

    def first(self, use: Sequence[str], bad: str | None) -> Batch | None:
        """The first batch, which the next that asks for the same has, too; None where there is none."""
        rows = self.batches(use, [], bad)
        found = next(rows, None)
        self._begun = (list(use), [], bad), rows if found is None else chain([found], rows)
        return found

    def few(self, use: Sequence[str], keep: Sequence[str]) -> tuple[list[Any], list[Any]] | None:
        """The columns of a table of text that has few rows, as `CsvFile.few` reads them; else None."""
        if len(self.paths) > 1 or not hasattr(self._first, "few"):
            return None
        found: tuple[list[Any], list[Any]] | None = self._first.few(use, keep)
        return found

    def pieces(self) -> list[Piece]:
        """Parts that can be read apart, in order: files, and groups of rows of Parquet files."""
        if not all(map(_is_file, self.paths)):
            raise CgError("usage", "standard input, or a pipe, is one piece, and cannot be read elsewhere")
        found = []
        for place, path in enumerate(self.paths):
            file = self._first if place == 0 else self._opened(path)
            groups = getattr(file, "groups", 1)
            absolute = os.path.abspath(path)
            found += [
                Piece(absolute, self.paths[0], self._form, self.forced, group if groups > 1 else None)
                for group in range(groups)
            ]
        return found

    def notes(self) -> list[Diagnostic]:
        """What to tell of the cells that have been read."""
        found = [warning for cells in self.read for warning in cells.warnings()]
        for cells in self.read:
            gone, parts = cells.bad == DROP, []
            if cells.missing + cells.other:
                became = (
                    f"left out with {'its row' if cells.missing + cells.other == 1 else 'their rows'}"
                    if gone
                    else "without an answer"
                )
                parts.append(f"{told(cells.missing, cells.other)}, {became}")
            if cells.ragged:
                parts.append(f"{told_rows(cells.ragged)}, {'left out' if gone else 'without an answer'}")
            if parts:
                message = f"`{cells.path}` has {', and '.join(parts)}"
                found.append(Diagnostic("data", message, severity="note"))
        return found

    def _again(self, path: str) -> Any:
        if not _is_file(path):
            raise CgError("file", "standard input, or a pipe, is more than is kept, and cannot be read again")
        return self._opened(path)

    def _opened(self, path: str) -> Any:
        return opened(path, self._form, self.threads, self.forced)


class Piece:
    """A part of a table, which may be sent to another process."""

    def __init__(
        self, path: str, first: str, form: str | None, forced: Sequence[str], group: int | None
    ) -> None:
        self.path, self._first, self._form, self._forced, self._group = path, first, form, forced, group

    def batches(
        self, use: Sequence[str], keep: Sequence[str], bad: str | None
    ) -> tuple[Iterator[Batch], Any]:
        """Its rows, as those of `Table`, and the file, which knows what was met in its cells once they are
        read."""
        file = opened(self.path, self._form, 1, self._forced, self._group)
        return _of(file, self.path, self._first, use, keep, bad), file


def _of(
    file: Any, path: str, first: str, use: Sequence[str], keep: Sequence[str], bad: str | None
) -> Iterator[Batch]:
    """The rows of a file that is to have the columns of the first one."""
    for name in (*use, *keep):
        if name not in file.names:
            other = f", and `{first}` has" if path != first else ""
            hint = "files that are given together, as those of a folder, are one table" if other else None
            raise CgError("file", f"`{path}` has no column `{name}`{other}", hint=hint)
    _require_one_each(file, (*use, *keep))
    yield from file.batches(use, keep, bad)


def _require_one_each(file: Any, names: Sequence[str]) -> None:
    for name in names:
        if (count := file.names.count(name)) > 1:
            raise CgError("file", f"`{file.path}` has {count} columns that are called `{name}`")


def opened(
    path: str, form: str | None = None, threads: int = 1, forced: Sequence[str] = (), group: int | None = None
) -> Any:
    """A file of rows, by its ending. Raises `CgError` (kind `file`)."""
    ending = ending_of(path)
    if ending not in ENDINGS and (form or not _is_file(path)):
        ending = f".{form or 'csv'}"
    if ending in (".parquet", ".arrow"):
        return ArrowFile(path, ending == ".parquet", forced, group)
    if ending == ".npz":
        from cgcli.data.npz_rows import NpzFile

        return NpzFile(path)
    if ending in (".csv", ".tsv"):
        from cgcli.data.csv_file import CsvFile

        return CsvFile(path, threads)
    if ending == ".jsonl":
        from cgcli.data.json_rows import JsonFile

        return JsonFile(path, forced)
    hint = f"`--data-format csv` says what it holds, if it holds that: {', '.join(FORMS)}"
    if ending == ".json":
        hint = "an object a line is .jsonl: `jq -c '.[]'` writes a list so"
    unpacks = UNPACKERS.get(os.path.splitext(path.lower())[1])
    if unpacks:
        hint = f"what is packed otherwise than as .gz or .zst comes in by a pipe: `{unpacks} {path} | cg ...`"
    told = f"`{path}` is no table: its name does not end in {', '.join(ENDINGS)}"
    raise CgError("file", told, hint=hint)


def ending_of(path: str) -> str:
    """The ending that says what a file holds, in small letters; that of a packed one stands before."""
    base, ending = os.path.splitext(path.lower())
    return os.path.splitext(base)[1] if ending in PACKED else ending


def _is_file(path: str) -> bool:
    """Whether a path is a file whose name says what it holds, and which can be read again."""
    return path != "-" and not path.startswith("/dev/") and os.path.isfile(native(path))


def _no_table(folder: str) -> CgError:
    """The error for a folder without tables, which may be those of folders in it."""
    inside = glob.iglob(os.path.join(glob.escape(folder), "*", "**"), recursive=True)
    deeper = next((path for path in inside if ending_of(path) in ENDINGS), None)
    hint = (
        deeper
        and f"those of folders in it are `--data '{os.path.join(folder, '**', '*')}{ending_of(deeper)}'`"
    )
    return CgError("file", f"the folder `{folder}` has no file that ends in {', '.join(ENDINGS)}", hint=hint)


def files_named(given: str) -> list[str]:
    """The files that a path, a folder or a pattern names, sorted. Raises `CgError` (kind `file`) where there
    is none."""
    if given == "-" or os.path.isfile(native(given)):
        return [given]
    if os.path.isdir(native(given)):
        inside = (
            os.path.join(given, name) for name in sorted(os.listdir(given)) if not name.startswith((".", "_"))
        )
        found = [path for path in inside if ending_of(path) in ENDINGS]
        if not found:
            raise _no_table(given)
        return found
    if any(mark in given for mark in "*?["):
        found = sorted(path for path in glob.glob(given, recursive=True) if os.path.isfile(path))
        if not found:
            raise CgError("file", f"no file is called as `{given}` says")
        return found
    if not os.path.exists(native(given)):
        raise CgError("file", f"cannot read `{given}`: No such file or directory")
    return [given]
