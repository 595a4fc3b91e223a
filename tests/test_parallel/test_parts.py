"""An input cut into parts."""

from __future__ import annotations

import gzip
import json
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from toolkit.errors import InputError, RecordError, UsageError
from toolkit.model import Document
from toolkit.parallel.parts import Input, open_input, parts, read
from toolkit.parallel.work import records_in

TEXTS = st.lists(st.text(alphabet='ab\n"\\ 武汉\u2028\x85😀', max_size=30), max_size=12)

SIZES = st.sampled_from([1e-6, 5e-6, 4e-5, 1e-4, 1.0])
"""MB: from one document a part to all in one."""


def lines_of(texts: Sequence[str]) -> bytes:
    """Documents as JSONL."""
    made = (Document(f"d{number}", text) for number, text in enumerate(texts))
    return b"".join(msgspec.json.encode(document) + b"\n" for document in made)


def contents(given_: Input, size: float) -> list[bytes]:
    """What the parts of an input hold, in order of their places."""
    cut = sorted(parts(given_, size), key=lambda part: part.place)
    return [b"".join(read(piece) for piece in part.pieces) for part in cut]


def documents(path: Path, size: float) -> list[Document]:
    """The documents of a file's parts, in order."""
    cut = sorted(parts(open_input(path), size), key=lambda part: part.place)
    return [
        document
        for part in cut
        for document in records_in([(piece, read(piece)) for piece in part.pieces], Document)
    ]


@given(TEXTS, SIZES, st.sampled_from(["", ".gz", ".zst"]), st.booleans())
def test_parts_are_the_input(texts: list[str], size: float, packing: str, ended: bool) -> None:
    """Put together in order, the parts are the file, whatever their size; no line is cut."""
    content = lines_of(texts) if ended else lines_of(texts).removesuffix(b"\n")
    pack: dict[str, Callable[[bytes], bytes]] = {
        "": bytes,
        ".gz": gzip.compress,
        ".zst": zstandard.ZstdCompressor().compress,
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"in.jsonl{packing}"
        path.write_bytes(pack[packing](content))
        found = contents(open_input(path), size)
    assert b"".join(found) == content
    assert all(part.endswith(b"\n") for part in found[:-1])
    if size < 2e-6:
        assert len(found) == len(texts)


@given(st.lists(TEXTS, min_size=1, max_size=4), SIZES)
def test_a_folder_is_its_files_in_order(folders: list[list[str]], size: float) -> None:
    """Files of a folder follow each other by name, small ones share a part."""
    with tempfile.TemporaryDirectory() as folder:
        for number, texts in enumerate(folders):
            (Path(folder) / f"{number}.jsonl").write_bytes(lines_of(texts))
        (Path(folder) / "notes.txt").write_text("none of ours")
        (Path(folder) / "_SUCCESS.jsonl").write_text("none either")
        found = contents(open_input(folder), size)
        globbed = contents(open_input(f"{folder}/[0-9]*.jsonl"), size)
    assert b"".join(found) == b"".join(lines_of(texts) for texts in folders)
    assert globbed == found
    assert size < 1 or len(found) <= 1


def test_the_large_ones_come_first(tmp_path: Path) -> None:
    """One document of 10 MB is begun before the many small ones, and is a part of its own."""
    texts = [*("短" * 100 for _ in range(300)), "长" * 100_000, *("短" * 100 for _ in range(300))]
    path = tmp_path / "in.jsonl"
    path.write_bytes(lines_of(texts))
    first, *others = parts(open_input(path), 0.02)
    assert first.size > 300_000
    assert max(part.size for part in others) < 25_000
    assert sum(part.size for part in (first, *others)) == path.stat().st_size


def test_parquet_is_cut_at_row_groups(tmp_path: Path) -> None:
    """Rows become records; what is null in a column is missing in the record."""
    pa = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")

    rows = [
        {"id": f"d{n}", "text": "武汉" * n, "meta": {"title": f"t{n}"} if n % 2 else None, "x": n}
        for n in range(10)
    ]
    path = tmp_path / "in.parquet"
    parquet.write_table(pa.Table.from_pylist(rows), path, row_group_size=3)
    for size, number in ((1e-6, 4), (1.0, 1)):
        assert len(list(parts(open_input(path), size))) == number
        assert [(d.id, d.text, d.meta.get("title")) for d in documents(path, size)] == [
            (row["id"], row["text"], f"t{n}" if n % 2 else None) for n, row in enumerate(rows)
        ]


@pytest.mark.parametrize("packing", ["", ".gz"])
def test_a_line_that_is_no_record_is_named_by_its_number(tmp_path: Path, packing: str) -> None:
    """The number is that of the line in its file, wherever the parts begin."""
    content = lines_of(["a"] * 7) + b'{"id": 3}\n' + lines_of(["b"])
    path = tmp_path / f"in.jsonl{packing}"
    path.write_bytes(gzip.compress(content) if packing else content)
    for size in (1e-6, 4e-5, 1.0):
        with pytest.raises(RecordError, match=r"in\.jsonl(\.gz)?, line 8: .*`\$\.id`"):
            documents(path, size)


def test_a_row_that_is_no_record_is_named_by_its_number(tmp_path: Path) -> None:
    """Rows count through all row groups of a file."""
    pa = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")

    table = pa.Table.from_pylist([{"id": "a", "text": "x" if n < 5 else None} for n in range(7)])
    parquet.write_table(table, tmp_path / "in.parquet", row_group_size=2)
    with pytest.raises(RecordError, match=r"in\.parquet, row 6: "):
        documents(tmp_path / "in.parquet", 1e-6)


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    """At the start of a file, packed or not; in the middle it is no record."""
    content = b"\xef\xbb\xbf" + lines_of(["a", "b"])
    (tmp_path / "in.jsonl").write_bytes(content)
    (tmp_path / "in.jsonl.gz").write_bytes(gzip.compress(content))
    assert contents(open_input(tmp_path), 1.0) == [lines_of(["a", "b"])] * 2


def test_addresses_are_read_as_paths_are(tmp_path: Path) -> None:
    """A file, a folder and a glob by address, through fsspec."""
    pytest.importorskip("fsspec", reason="comes with the extras [cluster] and [s3]")
    for number, texts in enumerate((["武", "汉"], ["a"])):
        (tmp_path / f"{number}.jsonl").write_bytes(lines_of(texts))
    (tmp_path / "2.jsonl.gz").write_bytes(gzip.compress(lines_of(["b"])))
    address = f"file://{tmp_path}"
    whole = lines_of(["武", "汉"]) + lines_of(["a"]) + lines_of(["b"])
    for source in (address, f"{address}/", f"{address}/*.jsonl*"):
        assert b"".join(contents(open_input(source), 1e-6)) == whole
    assert contents(open_input(f"{address}/0.jsonl"), 1.0) == [lines_of(["武", "汉"])]


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("nowhere.jsonl", "no such file"),
        ("nothing-*.jsonl", "no parts there"),
        (".", "no parts there"),
        ("cut.jsonl.gz", "can't be read to its end"),
        ("broken.parquet", "not a Parquet file"),
        ("file:///nowhere/in.jsonl", "no such file"),
        ("nosuch://bucket/in.jsonl", "nosuch"),
    ],
)
def test_what_can_not_be_read_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, says: str
) -> None:
    """Each mistake is an error that names the input."""
    monkeypatch.chdir(tmp_path)
    if source.startswith("cut"):
        Path(source).write_bytes(gzip.compress(lines_of(["a"] * 1000))[:-20])
    if source.startswith("broken"):
        Path(source).write_bytes(b"PAR1 no")
    with pytest.raises((InputError, UsageError), match=says) as caught:
        list(parts(open_input(source), 1.0))
    assert source.rpartition("/")[2] in caught.value.what or source == "."


@pytest.mark.parametrize("doing", ["size", "open", "read"])
def test_what_an_address_raises_is_said(monkeypatch: pytest.MonkeyPatch, doing: str) -> None:
    """Libraries behind fsspec have errors of their own; each names the address and a way out."""
    fsspec = pytest.importorskip("fsspec", reason="comes with the extras [cluster] and [s3]")

    class NoKeysError(Exception):
        """As botocore has one."""

    def refused(*_: object, **__: object) -> None:
        raise NoKeysError("who are you")

    memory = fsspec.filesystem("memory")
    memory.pipe("/locked/in.jsonl", lines_of(["a"]))
    found = open_input("memory://locked/in.jsonl")
    taken = list(parts(found, 1.0))
    if doing == "read":
        monkeypatch.setattr(type(memory.open("/locked/in.jsonl")), "read", refused)
    else:
        monkeypatch.setattr(type(memory), doing, refused)
    with pytest.raises(InputError, match=r"memory://locked/in.jsonl: .*who are you") as caught:
        open_input("memory://locked/in.jsonl") if doing == "size" else read(taken[0].pieces[0])
    assert "environment" in caught.value.hint


def test_a_file_that_shrinks_meanwhile_is_an_error(tmp_path: Path) -> None:
    """What was cut must be there when it is read."""
    path = tmp_path / "in.jsonl"
    path.write_bytes(lines_of(["a", "b"]))
    cut = list(parts(open_input(path), 1.0))
    path.write_bytes(lines_of(["a"]))
    with pytest.raises(InputError, match="was changed while it was read"):
        read(cut[0].pieces[0])


def test_the_size_is_known_where_it_can_be(tmp_path: Path) -> None:
    """Bytes of all files, packed as they lie there; 0 for standard input."""
    (tmp_path / "a.jsonl").write_bytes(b"12345")
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(json.dumps("x" * 1000).encode()))
    packed = (tmp_path / "b.jsonl.gz").stat().st_size
    assert open_input(tmp_path).size == 5 + packed
    assert open_input("-").size == 0
