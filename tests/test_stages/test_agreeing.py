"""Agreement of many documents: portions, any order of the files, other processes."""

from __future__ import annotations

import random
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from toolkit.agreement import breakdown
from toolkit.errors import InputError, OffsetError, RecordError
from toolkit.model import AnnotatedSpan, Annotation, Document
from toolkit.records import read_jsonl, write_jsonl
from toolkit.stages import agreeing, joined
from toolkit.stages.results import agreement
from toolkit.stages.workspace import read_annotations, read_documents, workspace_or_defaults

TEXT = "".join(chr(0x4E00 + number) for number in range(40))
COUNT = 40


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Forty documents, each annotated by two to five people, who often differ."""
    rng = random.Random(3)  # noqa: S311 - makes no secret
    names = [f"d{number}" for number in range(COUNT)]
    rng.shuffle(names)
    write_jsonl(tmp_path / "documents.jsonl", (Document(name, TEXT) for name in names))
    annotations = []
    for name in names:
        for who in rng.sample(("anna", "bo", "cleo", "dan", "eva"), rng.randint(2, 5)):
            spans = [AnnotatedSpan(3, 6, "PER"), AnnotatedSpan(20, 22 + rng.randint(0, 2), "LOC")]
            annotations.append(Annotation(name, who, tuple(spans[rng.random() < 0.3 :])))
    # A second word, which counts, and somebody who saw a part.
    annotations.append(replace(annotations[5], spans=(), updated_at="2020-02-01"))
    annotations[9] = replace(annotations[9], spans=(), start=0, end=10)
    rng.shuffle(annotations)
    write_jsonl(tmp_path / "annotations.jsonl", annotations)
    return tmp_path


def measured(folder: Path, workers: int = 1) -> bytes:
    """The report of the stage."""
    space = workspace_or_defaults(None)
    parallel = replace(space.settings.parallel, workers=workers)
    # Where there is no toolkit.toml, labels are those that somebody used.
    space = replace(space, root=folder, settings=replace(space.settings, parallel=parallel))
    found = agreement(space, folder / "annotations.jsonl", folder / "documents.jsonl")
    return msgspec.json.encode(found)


def whole(folder: Path) -> bytes:
    """The report of everything at once."""
    space = workspace_or_defaults(None)
    return msgspec.json.encode(
        breakdown.agreement(
            read_annotations(space, folder / "annotations.jsonl"),
            read_documents(space, folder / "documents.jsonl"),
        )
    )


@pytest.mark.parametrize("size", [1, 500, 10**9])
def test_the_report_does_not_depend_on_portions(
    folder: Path, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One document a portion, some, or all of them in one: what everything at once gives."""
    monkeypatch.setattr(agreeing, "PORTION", size)
    monkeypatch.setattr(joined, "BUCKET", 1000)
    assert measured(folder) == whole(folder)


def test_the_report_is_the_same_wherever_it_is_made(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two other processes count what this one would."""
    monkeypatch.setattr(agreeing, "PORTION", 400)
    assert measured(folder, workers=2) == whole(folder)


def test_the_order_of_the_files_makes_no_difference(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Documents in another order make other portions, and the same report."""
    monkeypatch.setattr(agreeing, "PORTION", 400)
    before = measured(folder)
    documents = sorted(read_jsonl(folder / "documents.jsonl", Document), key=lambda one: one.id)
    write_jsonl(folder / "documents.jsonl", documents)
    assert measured(folder) == before


def test_what_does_not_fit_together_is_refused(folder: Path) -> None:
    """A document that isn't there, one that is there twice, and a span beyond its text."""
    file = folder / "annotations.jsonl"
    annotations = list(read_jsonl(file, Annotation))
    write_jsonl(file, [*annotations, Annotation("lost", "anna")])
    with pytest.raises(InputError, match="'lost'"):
        measured(folder)
    write_jsonl(file, [*annotations, Annotation("d1", "zoe", (AnnotatedSpan(38, 41, "LOC"),))])
    with pytest.raises(OffsetError, match="'d1'"):
        measured(folder)
    write_jsonl(file, annotations)
    documents = list(read_jsonl(folder / "documents.jsonl", Document))
    write_jsonl(folder / "documents.jsonl", [*documents, Document("d1", TEXT)])
    with pytest.raises(RecordError, match="'d1'"):
        measured(folder)
