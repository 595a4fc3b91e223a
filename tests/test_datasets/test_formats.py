"""Each format gives back what it was given, for whatever it can hold."""

from __future__ import annotations

import csv
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from openpyxl import load_workbook

from tests.test_datasets import strategies
from tests.test_datasets.strategies import gold_documents
from toolkit.datasets import tables
from toolkit.datasets.choices import Choices, Lost
from toolkit.datasets.formats import FORMATS, Format, chosen
from toolkit.errors import InputError, UsageError
from toolkit.model import GoldDocument, GoldSpan


def _ready(format_: Format) -> Any:
    skip = pytest.mark.skipif(not format_.ready, reason=f"{format_.extra} isn't installed")
    return pytest.param(format_, marks=skip, id=format_.name)


each = pytest.mark.parametrize("format_", [_ready(f) for f in FORMATS.values()])
readable = pytest.mark.parametrize("format_", [_ready(f) for f in FORMATS.values() if f.read])
SCHEMA = strategies.schema()


def two_by_two(document: GoldDocument) -> list[tuple[int, int]]:
    """Words of two characters each."""
    length = len(document.text)
    return [(start, min(start + 2, length)) for start in range(0, length, 2)]


def choices(**changes: Any) -> Choices:
    """How these tests write, with some of it changed."""
    return replace(Choices(SCHEMA, words=two_by_two), **changes)


def held(format_: Format, document: GoldDocument) -> GoldDocument:
    """What the format's description says it holds of a document."""
    if format_.name in {"jsonl", "docbin"}:
        return document
    spans = document.spans
    if format_.name != "parquet":  # the other one that keeps confidence
        spans = tuple(GoldSpan(s.start, s.end, s.label, s.text) for s in spans)
    return GoldDocument(document.doc_id, document.text, spans)


def as_ids(documents: list[GoldDocument]) -> list[GoldDocument]:
    """The documents, each id once."""
    return list({document.doc_id: document for document in documents}.values())


@readable
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_reading_gives_back_what_was_written(format_: Format, data: st.DataObject) -> None:
    """read(write(x)) == x but for what is told to be lost, whatever characters are in it."""
    documents = as_ids(data.draw(st.lists(gold_documents(nested=True), max_size=4)))
    lost: list[Lost] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / format_.file("x")
        assert format_.write(path, iter(documents), choices(lose=lost.append)) == len(documents)
        assert format_.read is not None
        found = {document.doc_id: document for document in format_.read(path)}
    assert format_.holds != "all" or not lost
    gone = {(one.doc_id, one.span.key) for one in lost}
    expected = [
        replace(d, spans=tuple(s for s in d.spans if (d.doc_id, s.key) not in gone))
        for d in documents
    ]
    assert found == {d.doc_id: held(format_, d) for d in expected}


@readable
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_flat_spans_are_lost_to_words_alone(format_: Format, data: st.DataObject) -> None:
    """A format for flat spans holds all of them; one by word those that no word is cut by."""
    document = data.draw(gold_documents())
    lost: list[Lost] = []
    with tempfile.TemporaryDirectory() as folder:
        format_.write(Path(folder) / format_.file("x"), [document], choices(lose=lost.append))
    borders = {0, len(document.text), *range(0, len(document.text), 2)}
    cut = [s for s in document.spans if not {s.start, s.end} <= borders]
    assert [one.span for one in lost] == (cut if format_.holds == "words" else [])


@each
def test_the_same_documents_give_the_same_bytes(format_: Format, tmp_path: Path) -> None:
    """Nothing but the documents decides what is in a file."""
    document = GoldDocument("d", "岳文柏说", (GoldSpan(0, 3, "PERSON"),))
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        format_.write(tmp_path / name / format_.file("x"), [document], choices())
        time.sleep(2.1 if format_.name == "xlsx" and name == "a" else 0)  # ZIP counts in twos
    a, b = (
        {p.relative_to(tmp_path / name): p.read_bytes() for p in sorted(files) if p.is_file()}
        for name in ("a", "b")
        for files in [(tmp_path / name).rglob("*")]
    )
    assert a == b
    assert a


@each
def test_a_failing_source_leaves_no_file(format_: Format, tmp_path: Path) -> None:
    """A file is whole or not there, and so is a folder."""
    document = GoldDocument("d", "病毒")
    source = (doc if ok else 1 // 0 for doc, ok in [(document, True), (document, False)])
    with pytest.raises(ZeroDivisionError):
        format_.write(tmp_path / format_.file("x"), source, choices())  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


@readable
def test_a_missing_file_is_an_input_error(format_: Format, tmp_path: Path) -> None:
    """The error names the file."""
    assert format_.read is not None
    with pytest.raises(InputError, match="nowhere"):
        list(format_.read(tmp_path / "nowhere"))


@readable
def test_a_file_of_another_kind_is_an_input_error(format_: Format, tmp_path: Path) -> None:
    """Bytes that are no such file don't give a traceback."""
    path = tmp_path / "x"
    path.write_bytes(b"\x89PNG\r\n\x1a\n\x00\xff")
    assert format_.read is not None
    with pytest.raises(InputError, match="x"):
        list(format_.read(path))


@pytest.mark.parametrize(
    ("nesting", "kept", "why"),
    [
        ("outermost", [(0, 6, "ORG")], "overlaps ORG 0-6"),
        ("innermost", [(0, 3, "PERSON"), (3, 5, "ORG")], "overlaps"),
    ],
)
@pytest.mark.parametrize("name", ["conll-bio", "conll-bioes", "parquet"])
def test_a_flat_format_says_what_it_leaves_out(
    name: str, nesting: Any, kept: list[tuple[int, int, str]], why: str, tmp_path: Path
) -> None:
    """Of nested spans it takes the outermost or the innermost, and tells of the others."""
    text = "承德市三医院"
    places = [(0, 6, "ORG"), (0, 3, "PERSON"), (3, 5, "ORG")]
    spans = tuple(GoldSpan(s, e, label, text[s:e]) for s, e, label in sorted(places))
    lost: list[Lost] = []
    format_ = FORMATS[name]
    format_.write(
        tmp_path / "x",
        [GoldDocument("d7", text, spans)],
        choices(nesting=nesting, lose=lost.append),
    )
    assert format_.read is not None
    ((document,),) = [list(format_.read(tmp_path / "x"))]
    assert [span.key for span in document.spans] == kept
    assert {one.span.key for one in lost} == {*places} - {*kept}
    assert all(one.doc_id == "d7" and why in one.why for one in lost)


def test_names_are_the_registry_keys() -> None:
    """A format is found under its own name, and says what it is."""
    assert all(name == format_.name and format_.what for name, format_ in FORMATS.items())


def test_the_docs_list_every_format() -> None:
    """The table of docs/formats.md is the registry."""
    page = (Path(__file__).parents[2] / "docs" / "formats.md").read_text("utf-8")
    for format_ in FORMATS.values():
        assert f"| `{format_.name}` | {format_.what} |" in page


def test_no_cell_is_a_formula(tmp_path: Path) -> None:
    """What a spreadsheet would run begins with an apostrophe."""
    text = '=HYPERLINK("http://x","y")'
    document = GoldDocument("+d", text, (GoldSpan(0, len(text), "ORG", text),))
    FORMATS["csv"].write(tmp_path / "x.csv", [document], choices())
    with (tmp_path / "x.csv").open(encoding="utf-8-sig", newline="") as file:
        _, row = csv.reader(file)
    assert row[0] == "'+d"
    assert row[4] == f"'{text}"
    FORMATS["xlsx"].write(tmp_path / "x.xlsx", [document], choices())
    sheet = load_workbook(tmp_path / "x.xlsx").active
    assert sheet is not None
    assert [cell.data_type for cell in list(sheet.rows)[1]].count("f") == 0


@settings(max_examples=30, deadline=None)
@given(documents=st.lists(gold_documents(nested=True), max_size=3))
def test_a_workbook_holds_the_table(documents: list[GoldDocument]) -> None:
    """Excel's cells are those of the CSV; what it can't have is shown as an escape."""
    with tempfile.TemporaryDirectory() as folder:
        FORMATS["xlsx"].write(Path(folder) / "x.xlsx", documents, choices())
        sheet = load_workbook(Path(folder) / "x.xlsx")["spans"]
        found = [tuple(row) for row in sheet.iter_rows(values_only=True)]
    assert sheet.freeze_panes == "A2"
    assert found[0] == tables.COLUMNS
    expected = [tables.cells(row) for document in documents for row in tables.rows(document)]
    for row, there in zip(expected, found[1:], strict=True):
        for cell, value in zip(row, there, strict=True):
            if isinstance(cell, str):
                assert (value or "") == tables._allowed(cell)
            else:
                assert value == cell


def test_a_sheet_that_is_full_goes_on_in_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has the names of the columns; a sheet that would have nothing else isn't there."""
    monkeypatch.setattr(tables, "_LONGEST_SHEET", 4)
    for spans, sizes in ((0, [1]), (3, [4]), (4, [4, 2]), (7, [4, 4, 2])):
        document = GoldDocument(
            "d", "疫" * 9, tuple(GoldSpan(i, i + 1, "ORG") for i in range(spans))
        )
        FORMATS["xlsx"].write(tmp_path / "x.xlsx", [document], choices())
        book = load_workbook(tmp_path / "x.xlsx")
        assert [len(list(sheet.rows)) for sheet in book.worksheets] == sizes
        assert book.sheetnames == ["spans", "spans 2", "spans 3"][: len(sizes)]
        starts = [row[1].value for sheet in book.worksheets for row in list(sheet.rows)[1:]]
        assert starts == list(range(spans))


def test_chosen_formats_come_once_and_in_order() -> None:
    """How the names were given does not matter."""
    assert [f.name for f in chosen(["parquet", "jsonl", "parquet"])] == ["jsonl", "parquet"]


@pytest.mark.parametrize("names", [[], ["docx"], ["jsonl", "docx"]])
def test_an_unknown_format_is_a_usage_error(names: list[str]) -> None:
    """The error lists what there is."""
    with pytest.raises(UsageError, match="conll-bioes"):
        chosen(names)
