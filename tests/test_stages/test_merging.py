"""A merge of many documents: portions, any order of the files, other processes."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from toolkit.errors import InputError, OffsetError, RecordError
from toolkit.gold import sample
from toolkit.model import AnnotatedSpan, Annotation, Document, GoldDocument
from toolkit.parallel import engines
from toolkit.records import read_jsonl, write_jsonl
from toolkit.stages import joined, merging
from toolkit.stages.results import MergeResult, merge
from toolkit.stages.workspace import workspace_or_defaults

T = TypeVar("T")
R = TypeVar("R")

TEXT = "".join(chr(0x4E00 + number) for number in range(40))
COUNT = 60


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Sixty documents, each annotated by three of four people, who now and then differ."""
    rng = random.Random(5)  # noqa: S311 - makes no secret
    write_jsonl(tmp_path / "documents.jsonl", (Document(f"d{n}", TEXT) for n in range(COUNT)))
    annotations = []
    for number in range(COUNT):
        for name in rng.sample(("anna", "bo", "cleo", "dan"), 3):
            spans = (AnnotatedSpan(3, 6, "PER"), AnnotatedSpan(20, 22, "LOC"))
            given = spans[rng.random() < 0.2 :]
            annotations.append(Annotation(f"d{number}", name, given, updated_at="2020-01-25"))
    # A second word, which counts, and a document of which nobody saw the end.
    annotations.append(Annotation("d7", annotations[21].annotator, updated_at="2020-02-01"))
    annotations[30:33] = [Annotation("d10", "anna", start=0, end=10)]
    write_jsonl(tmp_path / "annotations.jsonl", annotations)
    return tmp_path


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixty documents count as very many: a sample of 20, some buckets, and many portions."""
    size = 3 * len(TEXT)
    monkeypatch.setattr(sample, "FEW", 0)
    monkeypatch.setattr(sample, "ROOM", 20 * size)
    monkeypatch.setattr(sample, "FEWEST", 5)
    monkeypatch.setattr(merging, "PORTION", 7 * size)
    monkeypatch.setattr(joined, "BUCKET", 1000)


def merged(folder: Path, workers: int = 1, **choices: object) -> tuple[MergeResult, bytes]:
    """What ``merge`` says, and what it wrote."""
    space = workspace_or_defaults(None)
    parallel = replace(space.settings.parallel, workers=workers)
    result = merge(
        replace(space, settings=replace(space.settings, parallel=parallel)),
        folder / "annotations.jsonl",
        folder / "documents.jsonl",
        folder / "gold.jsonl",
        **{"method": "sequence", **choices},  # type: ignore[arg-type]
    )
    return result, (folder / "gold.jsonl").read_bytes()


def last_first(function: Callable[[T], R], tasks: Iterable[T]) -> Iterator[tuple[T, R]]:
    """Tasks done in this process, the last ones first."""
    for task in reversed(list(tasks)):
        yield task, function(task)


@pytest.mark.usefixtures("many")
def test_gold_is_the_same_wherever_it_is_made(folder: Path) -> None:
    """Two other processes give the same bytes as this one."""
    assert merged(folder, workers=2) == merged(folder, workers=1)


@pytest.mark.usefixtures("many")
def test_portions_may_be_done_in_any_order(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Gold comes in the order of the documents, whichever portion was done first."""
    _, written = merged(folder)
    monkeypatch.setattr(engines, "in_turn", last_first)
    assert merged(folder)[1] == written


@pytest.mark.usefixtures("many")
def test_gold_comes_in_the_order_of_the_documents(folder: Path) -> None:
    """Whatever the order of the annotations, gold is the same, in the documents' order."""
    result, written = merged(folder)
    order = [gold.doc_id for gold in read_jsonl(folder / "gold.jsonl", GoldDocument)]
    assert order == [f"d{number}" for number in range(COUNT) if number != 10]
    assert (result.documents, result.unseen) == (COUNT - 1, {"d10": 30})
    annotations = list(read_jsonl(folder / "annotations.jsonl", Annotation))
    random.Random(1).shuffle(annotations)  # noqa: S311 - makes no secret
    write_jsonl(folder / "annotations.jsonl", annotations)
    assert merged(folder) == (result, written)


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("size", [1, 10**9])
def test_gold_does_not_depend_on_the_size_of_portions(
    folder: Path, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One document a portion, or one portion for each bucket: the bytes are the same."""
    _, written = merged(folder)
    monkeypatch.setattr(merging, "PORTION", size)
    assert merged(folder)[1] == written


def test_portions_give_the_spans_of_the_whole(folder: Path, request: pytest.FixtureRequest) -> None:
    """With clear evidence gold by a sample has the spans of a merge of all together."""
    whole, _ = merged(folder)
    before = [gold.spans for gold in read_jsonl(folder / "gold.jsonl", GoldDocument)]
    request.getfixturevalue("many")
    result, _ = merged(folder)
    after = [gold.spans for gold in read_jsonl(folder / "gold.jsonl", GoldDocument)]
    assert [[s.key for s in spans] for spans in after] == [[s.key for s in b] for b in before]
    assert (result.documents, result.by_label) == (whole.documents, whole.by_label)


@pytest.mark.usefixtures("many")
def test_skills_and_reviews_reach_every_portion(folder: Path) -> None:
    """A reviewer decides wherever the document is; the table of skills has everybody."""
    write_jsonl(folder / "reviews.jsonl", [Annotation(f"d{n}", "rita") for n in (2, 59)])
    result, _ = merged(folder, reviews=folder / "reviews.jsonl", skills=True)
    gold = {one.doc_id: one for one in read_jsonl(folder / "gold.jsonl", GoldDocument)}
    assert [len(gold[doc_id].spans) for doc_id in ("d1", "d2", "d59")] == [2, 0, 0]
    assert {skill.annotator for skill in result.skills or ()} == {"anna", "bo", "cleo", "dan"}


@pytest.mark.usefixtures("many")
def test_what_does_not_fit_together_is_refused(folder: Path) -> None:
    """An annotation of no document, and an id that two documents have, are named."""
    with (folder / "annotations.jsonl").open("a") as out:
        out.write('{"doc_id": "lost", "annotator": "anna"}\n')
    with pytest.raises(InputError, match="no document 'lost'"):
        merged(folder)
    with (folder / "documents.jsonl").open("a") as out:
        out.write('{"id": "d3", "text": ""}\n')
    with pytest.raises(RecordError, match="two documents have the id 'd3'"):
        merged(folder)


@pytest.mark.usefixtures("many")
def test_a_passage_beyond_its_text_is_refused(folder: Path) -> None:
    """However far beyond: no number is too large to be told."""
    with (folder / "annotations.jsonl").open("a") as out:
        out.write('{"doc_id": "d3", "annotator": "anna", "end": 9223372036854775808}\n')
    with pytest.raises(OffsetError, match="does not fit a text of 40 characters"):
        merged(folder)


@given(
    st.lists(st.text(max_size=20), max_size=12),
    st.lists(st.tuples(st.integers(0, 11), st.integers(0, 3)), max_size=30),
    st.integers(1, 40),
    st.integers(1, 200),
)
def test_every_record_comes_with_its_document(
    tmp_path_factory: pytest.TempPathFactory,
    texts: list[str],
    given: list[tuple[int, int]],
    most: int,
    bucket: int,
) -> None:
    """Whatever buckets and portions are: each document with all its annotations, in order."""
    documents = [Document(str(number), text) for number, text in enumerate(texts)]
    annotations = [Annotation(str(n), "ABCD"[who]) for n, who in given if n < len(texts)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(joined, "BUCKET", bucket)
        corpus = joined.Joined(
            tmp_path_factory.mktemp("joined"), sample.rank_of, documents, "documents"
        )
        times = np.zeros(len(texts), dtype=np.int64)
        for numbers, _ in corpus.add(annotations):
            np.add.at(times, numbers, 1)
        portions = list(corpus.portions(times, most))
    assert [portion.number for portion in portions] == list(range(len(portions)))
    read = [portion.read() for portion in portions]
    wanted = [one for one in documents if any(a.doc_id == one.id for a in annotations)]
    assert [one for by_id, _, _ in read for one in by_id.values()] == wanted
    assert [one for _, some, _ in read for one in some] == sorted(
        annotations, key=lambda one: int(one.doc_id)
    )
