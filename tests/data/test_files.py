"""Files of values: NumPy's, CSV, JSON, TOML."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cgcli.diagnostics import CgError
from tests.cg import cg
from tests.data.files import INF, NAN, read_array, read_vars, same

MATRIX = np.arange(6.0).reshape(2, 3)


# Files that NumPy saved

SAVED = {
    "matrix": MATRIX,
    "columns first": np.asfortranarray(MATRIX),
    "whole numbers": np.arange(3),
    "no sign": np.array([2**64 - 1], dtype=np.uint64),
    "truth": np.array([True, False]),
    "half": np.array([1, 2.5], dtype=np.float16),
    "other byte order": np.arange(3, dtype=">f8"),
    "a number": np.array(3.5),
    "empty": np.zeros((0, 3)),
    "not finite": np.array([NAN, INF, -INF, -0.0]),
    "rank 4": np.ones((1, 2, 1, 3)),
}


@pytest.mark.parametrize("what", SAVED)
def test_npy(what: str, tmp_path: Path) -> None:
    path = tmp_path / "x.npy"
    np.save(path, SAVED[what])
    found = read_array(str(path))
    assert same(found, SAVED[what])
    assert type(found) is (float if SAVED[what].ndim == 0 else np.ndarray)
    assert type(found) is float or found.dtype == np.float64


UNFIT = {
    "complex": (np.array([1 + 2j]), "holds complex numbers, not real ones"),
    "text": (np.array(["a", "b"]), "holds text, not numbers"),
    "dates": (np.array(["2020-01-01"], dtype="datetime64[D]"), "holds datetime64[D], not numbers"),
    "records": (np.zeros(2, dtype=[("a", float), ("b", "U1")]), "not numbers"),
    "objects": (np.array([1, "x", None], dtype=object), "it holds objects, or is not an array at all"),
}


@pytest.mark.parametrize("what", UNFIT)
@pytest.mark.parametrize("ending", ["npy", "npz"])
def test_arrays_that_are_not_of_numbers_are_refused(what: str, ending: str, tmp_path: Path) -> None:
    array, message = UNFIT[what]
    path = tmp_path / f"x.{ending}"
    (np.save if ending == "npy" else np.savez)(path, array)
    with pytest.raises(CgError, match=r"not numbers|not real ones|objects") as caught:
        read_array(str(path))
    assert message in str(caught.value)
    assert caught.value.status == 2


def test_objects_are_never_unpickled(tmp_path: Path) -> None:
    """A pickle runs code; a file with one is refused before that."""

    class Evil:
        def __reduce__(self) -> Any:
            return (Path.touch, (tmp_path / "ran",))

    np.save(tmp_path / "x.npy", np.array([Evil()], dtype=object), allow_pickle=True)
    result = cg("eval", "x", "x=@x.npy", cwd=tmp_path)
    assert result.status == 2
    assert not (tmp_path / "ran").exists()


def test_npz(tmp_path: Path) -> None:
    np.savez(tmp_path / "two.npz", x=np.arange(3.0), y=MATRIX)
    np.savez(tmp_path / "one.npz", w=MATRIX)
    assert same(read_array(f"{tmp_path}/two.npz:y"), MATRIX)
    assert same(read_array(f"{tmp_path}/one.npz"), MATRIX)
    found = read_vars(f"{tmp_path}/two.npz")
    assert list(found) == ["x", "y"]
    assert same(found["x"], [0, 1, 2])


def headed(raw: bytes, flags: int, method: int) -> bytes:
    """A packed file whose headers say this of its parts; by APPNOTE.TXT 4.3 of PKWARE, whatever version of it
    is needed."""
    for signature, place in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        at = raw.index(signature) + place
        raw = raw[:at] + bytes([flags, 0, method, 0]) + raw[at + 4 :]
    return raw


BROKEN = {
    "empty.npy": lambda raw: b"",
    "header.npy": lambda raw: raw[:40],
    "elements.npy": lambda raw: raw[:-8],
    "text.npy": lambda raw: b"1 2 3\n",
    "no_bracket.npy": lambda raw: raw.replace(b"}", b" "),
    "no_type.npy": lambda raw: raw.replace(b"descr", b"descx"),
    "long_header.npy": lambda raw: raw[:9] + b"\x27" + raw[10:],
    "packed.npz": lambda raw: headed(raw, 0, 99),
    "secret.npz": lambda raw: headed(raw, 1, 0),
    "end.npz": lambda raw: raw[:200],
    "middle.npz": lambda raw: raw[:60] + bytes([raw[60] ^ 255]) + raw[61:],
    "empty.npz": lambda raw: b"",
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("how", ["@", "--vars"])
def test_files_that_are_cut_or_changed_are_errors(name: str, how: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if name.endswith("npz"):
        np.savez(path, x=np.arange(9.0))
    else:
        np.save(path, MATRIX)
    path.write_bytes(BROKEN[name](path.read_bytes()))
    if how == "--vars" and name.endswith("npy"):
        how = "@"
    with pytest.raises(CgError) as caught:
        read_array(f"{path}:x" if how == "@" and name.endswith("z") else str(path))
    assert caught.value.diagnostic.kind == "file"
    if how == "--vars":
        with pytest.raises(CgError):
            read_vars(str(path))["x"]([])


@pytest.mark.parametrize("shape, shown", [(0, "zeros([0, 2])"), ((2, 0), "zeros([2, 0])"), ((), "[0, 0]")])
def test_fields_of_no_rows(shape: Any, shown: str, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros(shape, [("x", "f8"), ("y", "f4")]))
    for bad in ((), ("--bad", "null"), ("--bad", "drop")):
        assert cg("eval", "x", "x=@x.npy", *bad, cwd=tmp_path).out == shown + "\n"


def test_an_ending_that_lies_is_an_error(tmp_path: Path) -> None:
    """One array in a file that is called an archive, and an archive that is called an array."""
    np.save(tmp_path / "x.npy", MATRIX)
    np.savez(tmp_path / "y.npz", x=MATRIX)
    (tmp_path / "x.npy").rename(tmp_path / "x.npz")
    (tmp_path / "y.npz").rename(tmp_path / "y.npy")
    for read, place in (
        (read_array, "x.npz"), (read_array, "x.npz:x"), (read_vars, "x.npz"), (read_array, "y.npy"),
    ):  # fmt: skip
        with pytest.raises(CgError):
            read(str(tmp_path / place))


# CSV

CSV = {
    "1,2,3\n4,5,6\n": [[1, 2, 3], [4, 5, 6]],
    "1,2\r\n3,4\r\n": [[1, 2], [3, 4]],
    "1,2\n\n3,4": [[1, 2], [3, 4]],
    " 1 , 2\n3,4 \n": [[1, 2], [3, 4]],
    "1\n2\n3\n": [1, 2, 3],
    "1,2,3\n": [1, 2, 3],
    "5\n": 5.0,
    "x\n1\n2\n": [1, 2],
    "x,y\n1,2\n3,4\n": [[1, 2], [3, 4]],
    "\ufeffx,y\n1,2\n": [1, 2],
    '"x","y z"\n"1","2"\n': [1, 2],
    "nan,inf\n-inf,-0\n": [[NAN, INF], [-INF, -0.0]],
    "1e3,.5\n-2.5E-2,+1\n": [[1000, 0.5], [-0.025, 1]],
    "True,False\nfalse,true\n": [[1, 0], [0, 1]],
    "x,y\n": np.zeros((0, 2)),
    '"two\nlines",y\n1,2\n': [1, 2],
    "x,x\n1,2\n": [1, 2],
    '"fixed acidity";"quality"\n7.4;5\n7.8;6\n': [[7.4, 5], [7.8, 6]],
    "x;y\n1,5;2\n-2,5;3.5\n": [[1.5, 2], [-2.5, 3.5]],
    "1,5;2,5\n": [1.5, 2.5],
    "1;2;3\n": [1, 2, 3],
    "1\t2\r\n3\t4\r\n": [[1, 2], [3, 4]],
    "a|b\n1|2\n": [1, 2],
    'x,y\n1,"2"\n': [1, 2],
    "0x10,0b11\n-0xff,+0x1\n": [[16, 3], [-255, 1]],
    "Infinity,-INF\nNaN,TRUE\n": [[INF, -INF], [NAN, 1]],
}


@pytest.mark.parametrize("text", CSV)
def test_csv(text: str, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(text.encode())
    assert same(read_array(str(path)), CSV[text])


def test_a_column_of_csv(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("day,heat\n1,20.5\n2,21\n")
    assert same(read_array(f"{path}:heat"), [20.5, 21])
    path.write_text("day,heat\n1,20.5\n")
    assert same(read_array(f"{path}:heat"), [20.5])
    path.write_text("day,heat\nmonday,20.5\ntuesday,21\n")
    assert same(read_array(f"{path}:heat"), [20.5, 21])


def test_a_column_whose_name_two_have_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("x,y,x\n1,2,3\n")
    assert same(read_array(f"{path}:y"), [2])
    with pytest.raises(CgError, match="has 2 columns that are called `x`"):
        read_array(f"{path}:x")


BEYOND = {
    "x.csv": "1e999,2\n",
    "y.csv": "x\n1\n-1e999\n",
    "x.json": "[1, 1e400]",
    "y.json": '{"x": -1e400}',
    "x.toml": "x = [1e400, 1]",
    "y.toml": f"x = {'9' * 400}",
}
SPELLED = {
    "x.csv": "inf,-Infinity,nan\n",
    "x.json": '[Infinity, -Infinity, "Infinity", NaN]',
    "y.json": '{"x": Infinity}',
    "x.toml": "x = [inf, -inf, +inf, nan]",
}


@pytest.mark.parametrize("name, text", [*BEYOND.items(), *SPELLED.items()])
def test_numbers_beyond_the_largest_are_told_of(name: str, text: str, tmp_path: Path) -> None:
    """As in a program; what is spelled `inf` is meant."""
    (tmp_path / name).write_text(text)
    given = ["--vars", name] if name.endswith("toml") else [f"x=@{name}"]
    result = cg("eval", "x", *given, cwd=tmp_path)
    assert result.status == 0
    assert ("beyond the largest double" in result.err) == (text in BEYOND.values())


BAD_CSV = {
    "1,2\n3\n": "line 2 of",
    "1,2\n3,a\n": "line 2 of",
    "1,2\n3,\n": "line 2 of",
    "1,,3\n4,5,6\n": "has an empty cell",
    "1,2,\n3,4,\n": "has an empty cell",
    "x;y\n1.000,5;2\n": "has `1.000,5` in column `x`, which is not a number",
    "1 2 3\n": "it seems to be a space",
    "x y\n1 2\n": "it seems to be a space",
    "$1,$2\n": "has `$1` in column 1",
    "a,b\n$3,$4\n": "has `$3` in column",
    '"1,2\n3,4\n': "a quote is not closed",
    '"1\n2",3\n': "has `1 2` in column",
    '"1\n2"\n3\n': "has `1 2` in column",
    '"1"2,3\n': "is not CSV",
    "month,sales\n2024_01,3\n": "has `2024_01` in column",
    "a,b\n" + "0.123456789,2.5\n" * 7000 + "1_0,1\n": "has `1_0` in column",
    "１,２\n": "has `１` in column",
    "1_000\n2\n": "has `1_000` in column",
    "NA\n2\n": "has a missing cell, `NA`, in column 1",
    "x,y\n1,2\n\n3,n/a\n": "line 4 of",
    "１,２\n3,4\n": "has `１` in column",
    "x\n" + "1" * 200_000 + "\n": "",
}


@pytest.mark.parametrize("text", BAD_CSV, ids=[text[:20] for text in BAD_CSV])
def test_bad_csv(text: str, tmp_path: Path) -> None:
    """No row is lost for a cell that is no number: a header has none that is."""
    path = tmp_path / "x.csv"
    path.write_text(text)
    with pytest.raises(CgError) as caught:
        read_array(str(path))
    assert caught.value.diagnostic.kind == "file"
    assert BAD_CSV[text] in str(caught.value)


# JSON and TOML

JSON = {
    "[[1, 2], [3, 4]]": [[1, 2], [3, 4]],
    "3.5": 3.5,
    "[]": [],
    "[[], []]": np.zeros((2, 0)),
    "[[[]], [[]]]": np.zeros((2, 1, 0)),
    '[NaN, Infinity, "NaN", "-Infinity", -0.0]': [NAN, INF, NAN, -INF, -0.0],
    f"[1e400, -1e400, {'9' * 400}]": [INF, -INF, INF],
    '{"x": [1, 2]}': [1, 2],
    "[true, false, 2]": [1, 0, 2],
    "true": 1,
}


@pytest.mark.parametrize("text", JSON, ids=[text[:30] for text in JSON])
def test_json(text: str, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    assert same(read_array(str(path)), JSON[text])


BAD_JSON = {
    "[[1, 2], [3]]": "differ in length",
    "[1, [2]]": "has a list among its numbers",
    "[[], 1]": "has a list among its numbers",
    "[[], [[]]]": "differ in length",
    '["a"]': "has text among its numbers",
    "[null]": "has null among its numbers",
    '[{"x": 1}, 2]': "has a table among its numbers",
    '[{"x": {}}]': "has `{}` in `x`, which is not a number",
    '[{"x": "5"}]': "has `5` in `x`, which is not a number",
    "null": "is null, not a number",
    "{}": "holds no values",
    '{"x": 1, "x": 2}': "gives `x` a value twice",
    '{"x": {"y": 1}}': "is a table, not a number",
    "[1, 2": "this is not JSON",
    "[1] [2]": "this is not JSON",
    "": "this is not JSON",
    "[" * 70 + "1" + "]" * 70: "",
    "[" * 20_000 + "1" + "]" * 20_000: "nested too deeply",
}


@pytest.mark.parametrize("text", BAD_JSON, ids=[text[:30] for text in BAD_JSON])
def test_bad_json(text: str, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(CgError) as caught:
        read_array(str(path))
    assert caught.value.diagnostic.kind == "file"
    assert BAD_JSON[text] in str(caught.value)


@pytest.mark.parametrize(
    "name, text",
    [
        ("v.json", '{"A": [[1, 2], [3, 4]], "x": [1, -1], "s": 2, "unused": [[[0]]]}'),
        ("v.toml", "A = [[1, 2], [3, 4]]\nx = [1, -1]\ns = 2\nunused = [[[0]]]\n"),
        ("v.npz", ""),
    ],
)
def test_vars(name: str, text: str, tmp_path: Path) -> None:
    if text:
        (tmp_path / name).write_text(text)
    else:
        np.savez(tmp_path / name, A=[[1, 2], [3, 4]], x=[1, -1], s=2, unused=np.zeros((1, 1, 1)))
    result = cg("eval", "s*(A @ x)", "--vars", name, cwd=tmp_path)
    assert (result.status, result.out) == (0, "[-2, -2]\n")
    result = cg("eval", "s*(A @ x)", "--vars", name, "x=[1, 0]", cwd=tmp_path)
    assert (result.status, result.out) == (0, "[2, 6]\n")


UNUSED = {
    "n.json": '{"x": [1, 2], "z": null, "t": "text", "r": [[1], [2, 3]], "d": {"a": 1}, "1 b": []}',
    "n.toml": "x = [1, 2]\nz = 1979-05-27\nt = 'text'\nr = [[1], [2, 3]]\n[d]\na = 1\n",
    "n.npz": "",
    "own.json": '{"output": "f", "line": 1, "value": null, "x": [1, 2], "gradient": {"x": [1, "NaN"]}}',
}


@pytest.mark.parametrize("name", UNUSED)
def test_values_that_are_not_used_may_be_anything(name: str, tmp_path: Path) -> None:
    if UNUSED[name]:
        (tmp_path / name).write_text(UNUSED[name])
    else:
        objects = np.array([1, "x", None], dtype=object)
        np.savez(tmp_path / name, x=[1, 2], t=np.array(["a"]), z=objects, allow_pickle=True)
    result = cg("eval", "sum(x)", "--vars", name, cwd=tmp_path)
    assert (result.status, result.out, result.err) == (0, "3\n", "")
    if not name.startswith("own"):
        assert cg("eval", "sum(x) + z", "--vars", name, cwd=tmp_path).status == 2


def test_several_files_of_values(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text('{"x": 1}')
    (tmp_path / "q.toml").write_text("y = 2")
    result = cg("eval", "x + y", "--vars", "p.json", "--vars", "q.toml", cwd=tmp_path)
    assert (result.status, result.out) == (0, "3\n")
    (tmp_path / "q.toml").write_text("y = 2\nx = 1")
    result = cg("eval", "x + y", "--vars", "p.json", "--vars", "q.toml", cwd=tmp_path)
    assert result.status == 2
    assert result.err == "error: `q.toml` gives `x` a value, and so does a file before it\n"


def test_names_have_one_spelling(tmp_path: Path) -> None:
    """A letter with a mark may come as two characters; in programs it is one."""
    (tmp_path / "v.json").write_text('{"e\u0301": 2}')
    for how in (["e\u0301=2"], ["--vars", "v.json"]):
        assert cg("eval", "\u00e9 + 1", *how, cwd=tmp_path).out == "3\n"
    assert cg("grad", "\u00e9 + x", "x=1", "\u00e9=2", "--wrt", "e\u0301").status == 0


def test_names_of_files_with_a_colon(tmp_path: Path) -> None:
    (tmp_path / "a:b.json").write_text('{"x": [1], "y": [2]}')
    assert same(read_array(f"{tmp_path}/a:b.json:y"), [2])


@pytest.mark.parametrize("text, value", [("@x.npy", "[[0, 1, 2], [3, 4, 5]]"), (" @./x.npy ", None)])
def test_the_executable_reads_files(text: str, value: str | None, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", MATRIX)
    result = cg("eval", "x", f"x={text}", cwd=tmp_path)
    assert (result.status, result.out) == (0, f"{value or '[[0, 1, 2], [3, 4, 5]]'}\n")
