"""Each format gives back what it was given, for whatever it can hold."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.test_datasets.strategies import LABELS, gold_documents
from toolkit.datasets.formats import FORMATS, Format, chosen
from toolkit.errors import InputError, UsageError
from toolkit.model import GoldDocument, GoldSpan

each = pytest.mark.parametrize("format_", FORMATS.values(), ids=lambda f: f.name)


def held(format_: Format, document: GoldDocument) -> GoldDocument:
    """What the format's description says it holds of a document."""
    if format_.name == "jsonl":
        return document
    spans = document.spans
    if format_.name.startswith("conll"):
        spans = tuple(GoldSpan(s.start, s.end, s.label, s.text) for s in spans)
    return GoldDocument(document.doc_id, document.text, spans)


@each
@settings(max_examples=60, deadline=None)
@given(documents=st.lists(gold_documents(), max_size=4))
def test_reading_gives_back_what_was_written(
    format_: Format, documents: list[GoldDocument]
) -> None:
    """read(write(x)) == x: same texts, same offsets, whatever characters are in them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"x.{format_.suffix}"
        assert format_.write(path, iter(documents), LABELS) == len(documents)
        assert format_.read is not None
        assert list(format_.read(path)) == [held(format_, d) for d in documents]


@each
def test_the_same_documents_give_the_same_bytes(format_: Format, tmp_path: Path) -> None:
    """Nothing but the documents decides what is in a file."""
    document = GoldDocument("d", "岳文柏说", (GoldSpan(0, 3, "PERSON"),))
    for name in ("a", "b"):
        format_.write(tmp_path / name, [document] * 3, LABELS)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@each
def test_a_failing_source_leaves_no_file(format_: Format, tmp_path: Path) -> None:
    """A file is whole or not there."""
    document = GoldDocument("d", "病毒")
    nested = replace(document, spans=(GoldSpan(0, 2, "ORG"), GoldSpan(0, 3, "ORG")))
    source = (doc if ok else 1 // 0 for doc, ok in [(document, True), (nested, False)])
    with pytest.raises(ZeroDivisionError):
        format_.write(tmp_path / "x", source, LABELS)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


@each
def test_a_missing_file_is_an_input_error(format_: Format, tmp_path: Path) -> None:
    """The error names the file."""
    assert format_.read is not None
    with pytest.raises(InputError, match="nowhere"):
        list(format_.read(tmp_path / "nowhere"))


@each
def test_a_file_of_another_kind_is_an_input_error(format_: Format, tmp_path: Path) -> None:
    """Bytes that are no such file don't give a traceback."""
    path = tmp_path / "x"
    path.write_bytes(b"\x89PNG\r\n\x1a\n\x00\xff")
    assert format_.read is not None
    with pytest.raises(InputError, match="x"):
        list(format_.read(path))


@pytest.mark.parametrize("name", ["conll-bio", "conll-bioes", "parquet"])
def test_a_flat_format_refuses_nested_spans(name: str, tmp_path: Path) -> None:
    """What a flat format can't hold is an error, and no span is lost in silence."""
    spans = (GoldSpan(0, 6, "ORG", "承德市三医院"), GoldSpan(0, 3, "PERSON", "承德市"))
    document = GoldDocument("d7", "承德市三医院", spans)
    with pytest.raises(InputError, match=r"d7.*overlap"):
        FORMATS[name].write(tmp_path / "x", [document], LABELS)


def test_names_are_the_registry_keys() -> None:
    """A format is found under its own name, and says what it is."""
    assert all(name == format_.name and format_.what for name, format_ in FORMATS.items())
    assert list(FORMATS) == ["jsonl", "conll-bio", "conll-bioes", "parquet"]


def test_chosen_formats_come_once_and_in_order() -> None:
    """How the names were given does not matter."""
    assert [f.name for f in chosen(["parquet", "jsonl", "parquet"])] == ["jsonl", "parquet"]


@pytest.mark.parametrize("names", [[], ["docx"], ["jsonl", "docx"]])
def test_an_unknown_format_is_a_usage_error(names: list[str]) -> None:
    """The error lists what there is."""
    with pytest.raises(UsageError, match="conll-bioes"):
        chosen(names)
