"""Tables: .csv, .tsv, .jsonl, .xlsx, .parquet, and how their columns are named."""

from __future__ import annotations

import csv
import datetime as dt
import decimal
import gzip
import io
import tracemalloc
from collections.abc import Generator
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pytest
import zstandard
from msgspec import structs
from openpyxl import Workbook
from pyarrow import parquet

from toolkit.corpus.candidates import Rejected
from toolkit.corpus.ingest import Ingested, ingest
from toolkit.corpus.readers import lines as reading
from toolkit.corpus.readers import raw_text, read
from toolkit.corpus.sources import RawSource, opened
from toolkit.errors import DecodeError, InputError
from toolkit.model import Document

write_table: Any = parquet.write_table  # pyarrow has no types

NEWS = "市委书记连夜部署防控工作。"


def documents(path: Path, **columns: str) -> list[Document]:
    """The documents of a file."""
    items = ingest([path], path.parent, columns=columns)
    return [item.document for item in items if isinstance(item, Ingested)]


def refusals(path: Path, **columns: str) -> list[InputError]:
    """Why rows of a file, or all of it, are left out."""
    items = ingest([path], path.parent, columns=columns)
    return [item.reason for item in items if isinstance(item, Rejected)]


def workbook(path: Path, **sheets: list[list[Any]]) -> Path:
    """An .xlsx with these sheets."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl", "xlsx", "parquet"])
def test_columns_have_the_names_that_the_user_gives(tmp_path: Path, kind: str) -> None:
    """Text, id and title under other names; the rest is metadata; the raw text is found again."""
    path = tmp_path / f"a.{kind}"
    row = {"编号": "n1", "正文": "堅(jiān)持\n黨", "标题": "题", "栏目": "要闻"}
    if kind == "xlsx":
        workbook(path, 表=[list(row), list(row.values())])
    elif kind == "parquet":
        write_table(pa.table({name: [value] for name, value in row.items()}), path)
    elif kind == "jsonl":
        path.write_text(str(row).replace("'", '"'), encoding="utf-8")
    else:
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, delimiter="\t" if kind == "tsv" else ",").writerows(
                [row, row.values()]
            )
    (document,) = documents(path, text="正文", id="编号", title="标题")
    assert (document.id, document.text) == ("n1", "堅持\n黨")
    assert document.meta["title"] == "题"
    assert document.meta["栏目"] == "要闻"
    assert document.meta["column"] == "正文"
    assert "编号" not in document.meta
    assert raw_text(document, tmp_path) == "堅(jiān)持\n黨"
    (refused,) = refusals(path)
    assert "has no" in refused.what
    assert all(name in str(refused) for name in row)


def test_a_file_without_the_mapped_column_may_have_text(tmp_path: Path) -> None:
    """A folder holds tables of several makers; ``text`` is what a column is called at last."""
    path = tmp_path / "a.csv"
    path.write_text(f"text,n\n{NEWS},1\n", encoding="utf-8")
    assert documents(path, text="正文")[0].text == NEWS


def test_a_workbook_is_read_as_it_was_shown(tmp_path: Path) -> None:
    """Numbers, dates, truth values, empty cells and rows, several sheets, each with its place."""
    day, time = dt.datetime(2020, 1, 25), dt.datetime(2020, 1, 25, 8, 30)
    path = workbook(
        tmp_path / "a.xlsx",
        甲=[
            [],
            ["id", "text", "n", "day", "time", "ok", None],
            [7, NEWS, 1.5, day, time, True, "x"],
            [None, None, None],
            [8, 5, None],
            [9, "=1+1", None],
            [10, "a_x000D_b", None],
            [11, "#N/A"],
        ],
        乙=[["text"], ["又" + NEWS]],
        丙=[["nothing"], ["x"]],
        丁=[],
    )
    first, second, third = documents(path)
    assert first.meta == {
        "n": "1.5",
        "day": "2020-01-25",
        "time": "2020-01-25T08:30:00",
        "ok": "true",
        "column 7": "x",
        "file": "a.xlsx",
        "row": "1",
        "sheet": "甲",
    }
    assert first.id == "7"
    assert raw_text(second, tmp_path) == "a\rb"
    assert (third.text, third.meta["sheet"]) == ("又" + NEWS, "乙")
    assert [raw_text(d, tmp_path) for d in (first, third)] == [NEWS, "又" + NEWS]
    reasons = [str(reason) for reason in refusals(path)]
    assert [("row 2" in r, "row 3" in r, "row 5" in r) for r in reasons[:3]] == [
        (True, False, False),
        (False, True, False),
        (False, False, True),
    ]
    assert "sheet '丙': has no column 'text'; its columns are nothing" in reasons[3]


@pytest.mark.parametrize("kind", ["xlsx", "parquet"])
@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"PAR1xxxxPAR1", b"text\n1\n"])
def test_what_is_no_table_is_said(tmp_path: Path, kind: str, data: bytes) -> None:
    """Any bytes under its name are a reason and never a traceback."""
    path = tmp_path / f"a.{kind}"
    path.write_bytes(data)
    (refused,) = refusals(path)
    assert "that can be read" in refused.what
    assert refused.hint


def test_a_damaged_table_is_said(tmp_path: Path) -> None:
    """Half a workbook, half a Parquet file, and one whose strings are no UTF-8."""
    whole = workbook(tmp_path / "a.xlsx", s=[["text"], *([f"{i}{NEWS}"] for i in range(50))])
    whole.write_bytes(whole.read_bytes()[:-700])
    assert len(refusals(whole)) == 1
    texts = pa.array([NEWS.encode(), b"\xff\xfe"], pa.binary()).view(pa.string())
    write_table(pa.table({"text": texts}), tmp_path / "b.parquet")
    assert "Parquet file that can be read" in refusals(tmp_path / "b.parquet")[0].what


def test_parquet_of_odd_types(tmp_path: Path) -> None:
    """Dictionaries are texts; times, decimals are metadata; lists, bytes and nulls are not."""
    when = dt.datetime(2020, 1, 25, 8, 30)
    table = pa.table(
        {
            "text": pa.array([NEWS, None]).dictionary_encode(),
            "id": pa.array([1, 2]),
            "when": pa.array([when, when], pa.timestamp("ns")),
            "day": pa.array([when.date()] * 2),
            "price": pa.array([decimal.Decimal("1.50")] * 2),
            "tags": pa.array([["a"], ["b"]]),
            "bytes": pa.array([b"\xff", b"\xff"]),
            "null": pa.nulls(2),
            "nan": pa.array([float("nan")] * 2),
        }
    )
    write_table(table, tmp_path / "a.parquet")
    (document,) = documents(tmp_path / "a.parquet")
    assert document.meta == {
        "when": "2020-01-25T08:30:00",
        "day": "2020-01-25",
        "price": "1.50",
        "nan": "null",
        "file": "a.parquet",
        "row": "1",
    }
    assert "row 2: has no 'text'" in refusals(tmp_path / "a.parquet")[0].what


@pytest.mark.parametrize("suffix", ["gz", "zst"])
def test_packed_tables_are_read(tmp_path: Path, suffix: str) -> None:
    """As our own records are; the hash is that of the packed file; a cut one is said."""
    data = "".join(f'{{"text":"第{i}号:{NEWS}"}}\n' for i in range(2000)).encode()
    packed = gzip.compress(data) if suffix == "gz" else zstandard.compress(data)
    path = tmp_path / f"a.jsonl.{suffix}"
    path.write_bytes(packed)
    found = documents(path)
    assert len(found) == 2000
    assert raw_text(found[-1], tmp_path) == f"第1999号:{NEWS}"
    path.write_bytes(packed[: len(packed) // 2])
    (refused,) = refusals(path)
    assert "can't be unpacked to its end" in refused.what


@pytest.mark.parametrize("coding", ["utf-8", "gb18030", "utf-16"])
def test_an_error_far_into_a_stream_names_its_offset(tmp_path: Path, coding: str) -> None:
    """What isn't text is found before the first row is given, wherever it stands."""
    rows = "".join(f'{{"text":"第{i}号:{NEWS}"}}\n' for i in range(20_000))
    good = rows.encode(coding)
    bad = b"\xff\xff" if coding != "utf-16" else b"\x00\xd8\x0a\x00"
    path = tmp_path / "a.jsonl"
    path.write_bytes(good + bad + rows.encode(coding)[2:])
    (refused,) = refusals(path)
    assert type(refused) is DecodeError
    assert f"byte offset {len(good)} " in refused.what
    assert documents(path) == []


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_streams_in_every_encoding(tmp_path: Path, coding: str, kind: str) -> None:
    """Characters on the borders of blocks are whole; a file may begin with megabytes of ASCII."""
    head = "text,n\n" if kind == "csv" else ""
    line = "{t},1\n" if kind == "csv" else '{{"text":"{t}","n":1}}\n'
    plain = "".join(line.format(t=f"plain {i}") for i in range(3_000))
    chinese = "".join(line.format(t=f"{i}{NEWS * 4}") for i in range(3_000))
    path = tmp_path / f"a.{kind}"
    path.write_bytes((head + plain + chinese).encode(coding))
    found = documents(path)
    assert found[-1].text == f"2999{NEWS * 4}"
    assert len(found) == 6_000
    assert found[0].source is not None
    assert found[0].source.encoding == coding
    assert raw_text(found[5_000], tmp_path) == f"2000{NEWS * 4}"


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """Thirty times the rows take no more memory at their peak."""
    peaks = []
    for count in (200, 6_000):
        path = tmp_path / f"{count}.jsonl"
        path.write_text("".join(f'{{"text":"{i}{NEWS * 20}"}}\n' for i in range(count)), "utf-8")
        tracemalloc.start()
        for source_text in _texts(path):
            assert source_text
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 2 * peaks[0] + (1 << 21)


def _texts(path: Path) -> Any:
    from toolkit.corpus.readers import read
    from toolkit.corpus.sources import opened

    for source in opened(path):
        assert not isinstance(source, InputError)
        yield from read(source)[1]


def test_a_line_that_never_ends_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A value that was never closed doesn't take the rest of the file into memory."""
    monkeypatch.setattr("toolkit.corpus.readers.jsonl_rows.LONGEST", 1000)
    monkeypatch.setattr("toolkit.corpus.readers.csv_rows.LONGEST", 1000)
    (tmp_path / "a.jsonl").write_text('{"text":"' + "x" * 2000, "utf-8")
    (tmp_path / "a.csv").write_text('text\n"' + "x\n" * 2000, "utf-8")
    assert "longer than 1,000 characters" in refusals(tmp_path / "a.jsonl")[0].what
    assert "field larger than field limit" in refusals(tmp_path / "a.csv")[0].what
    assert reading.LONGEST > 10_000_000


def test_megabytes_on_one_line(tmp_path: Path) -> None:
    """One long line is a document like any other, in text and in tables."""
    long = NEWS * 300_000
    (tmp_path / "a.txt").write_text(long, "utf-8")
    (tmp_path / "b.csv").write_text(f"text\nx{long}\n", "utf-8")
    assert [len(d.text) for d in documents(tmp_path)] == [len(long), len(long) + 1]


def test_values_under_columns_without_a_name_are_kept(tmp_path: Path) -> None:
    """Spreadsheet programs write empty headings; their values have the column's number."""
    path = tmp_path / "a.csv"
    path.write_bytes(io.BytesIO(f"text,,\n{NEWS},a,\n".encode()).getvalue())
    assert documents(path)[0].meta == {
        "column 2": "a",
        "column 3": "",
        "file": "a.csv",
        "row": "1",
    }


@pytest.mark.parametrize("given", ["[1]", '{"a": 1}'])
def test_an_id_is_one_value(tmp_path: Path, given: str) -> None:
    """A list or an object is refused as an id, and never written as Python would print it."""
    path = tmp_path / "a.jsonl"
    path.write_text(f'{{"id": {given}, "text": "武汉"}}\n', encoding="utf-8")
    (reason,) = refusals(path)
    assert "row 1: the id is neither a string nor a number" in reason.what


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_rows_may_be_left_after_their_file_is_closed(tmp_path: Path, name: str) -> None:
    """As Ctrl-C leaves them: the file goes first, and nothing is complained about."""
    path = tmp_path / name
    path.write_text('{"text":"a"}\n' * 3 if name.endswith("l") else "text\na\nb\n")
    (source,) = opened(path)
    assert isinstance(source, RawSource)
    with path.open("rb") as file:
        _, texts = read(structs.replace(source, stream=file))
        next(texts)
    cast("Generator[object]", texts).close()
