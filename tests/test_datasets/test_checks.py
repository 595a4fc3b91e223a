"""What checks find in gold, and what they leave alone."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from itertools import accumulate, pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.test_datasets.strategies import gold_documents
from toolkit.datasets.checks import surfaces, table
from toolkit.datasets.checks.characters import features
from toolkit.datasets.checks.finding import Finding, Material
from toolkit.datasets.checks.registry import CHECKS, WITHOUT_MODEL, find
from toolkit.datasets.checks.sentences import sentences
from toolkit.errors import UsageError
from toolkit.model import (
    AnnotatedSpan,
    Annotation,
    GoldDocument,
    GoldSpan,
    SuggestedSpan,
    Suggestion,
)


def marked(doc_id: str, written: str) -> GoldDocument:
    """A document written like ``[岳文柏 PERSON]说``."""
    text, spans = "", []
    for number, part in enumerate(written.replace("]", "[").split("[")):
        if number % 2:
            surface, _, label = part.rpartition(" ")
            spans.append(GoldSpan(len(text), len(text) + len(surface), label, surface))
            part = surface  # noqa: PLW2901
        text += part
    return GoldDocument(doc_id, text, tuple(spans))


def found(kind: str, *written: str, **more: object) -> list[Finding]:
    """What a check finds in these documents."""
    gold = [marked(f"d{number}", one) for number, one in enumerate(written)]
    return list(find(Material(gold=lambda: gold, **more), [kind]))  # type: ignore[arg-type]


def places(findings: Sequence[Finding]) -> list[tuple[str, str, str]]:
    """Document, text and label of each."""
    return [(one.doc_id, one.text, one.label) for one in findings]


def test_the_rarer_label_of_a_text_is_doubted() -> None:
    """Not the frequent one; the more places say otherwise, the greater the doubt."""
    usual = ["到[棠州 LOC]去"] * 3
    some = found("label-differs", *usual, "[棠州 ORG]说")
    more = found("label-differs", *usual, *usual, "[棠州 ORG]说")
    assert places(some) == [("d3", "棠州", "ORG")]
    assert 0.5 < some[0].doubt < more[0].doubt < 1
    assert "LOC 3" in some[0].why


def test_what_is_done_often_is_doubted_less() -> None:
    """A label that a text has in several places, or that it lacks in several."""
    usual = ["到[棠州 LOC]去"] * 9
    for kind, other in (("label-differs", "[棠州 ORG]说"), ("unlabelled", "棠州说")):
        (once,) = found(kind, *usual, other)
        twice = found(kind, *usual, other, other)
        assert len(twice) == 2
        assert all(one.doubt < 0.6 * once.doubt for one in twice)


def test_of_equal_labels_all_places_are_doubted() -> None:
    """Nobody knows which of them is right."""
    assert places(found("label-differs", "[棠州 LOC]", "[棠州 ORG]")) == [
        ("d0", "棠州", "LOC"),
        ("d1", "棠州", "ORG"),
    ]


def test_the_work_list_begins_with_what_brings_most() -> None:
    """Entropy times places: an even text of four places before an uneven one, before one of two."""
    written = [
        "[甲乙 LOC][甲乙 LOC][甲乙 ORG][甲乙 ORG]",
        "[丙丁 LOC][丙丁 LOC][丙丁 LOC][丙丁 ORG]",
    ]
    written += ["[戊己 LOC][戊己 ORG]", "[庚辛 LOC]"]
    rows = surfaces.work_list(marked(str(n), one) for n, one in enumerate(written))
    assert [(row.text, row.weight) for row in rows] == [("甲乙", 4), ("丙丁", 3.245), ("戊己", 2)]


def test_a_free_place_of_a_known_text_is_found() -> None:
    """Where no span touches it and no word is cut by it; and not where it is often free."""

    def words(document: GoldDocument) -> list[tuple[int, int]]:
        cut = document.text.replace("棠州人", "|棠州人|").split("|")
        return list(pairwise([0, *accumulate(len(one) for one in cut if one)]))

    usual = ["[棠州 LOC]"] * 3
    assert places(found("unlabelled", *usual, "到棠州去", "[棠州医院 ORG]")) == [("d3", "棠州", "")]
    assert found("unlabelled", *usual, "棠州人来", words=words) == []
    assert found("unlabelled", *usual, "棠州,棠州,棠州") == []


def test_a_cut_word_is_doubted_less_the_more_usual_it_is() -> None:
    """A boundary inside a word; half the doubt where two spans cut the same."""

    def words(document: GoldDocument) -> list[tuple[int, int]]:
        return [(0, 3), (3, len(document.text))]

    (one,) = found("cut-word", "在[武汉 LOC]市", "[在武汉 LOC]市", words=words)
    assert (one.text, one.why, one.doubt) == ("武汉", "cuts the word 在|武汉", 0.5)
    assert [f.doubt for f in found("cut-word", *["在[武汉 LOC]市"] * 2, words=words)] == [0.25] * 2


@pytest.mark.parametrize(
    ("surface", "expected"),
    [
        ("棠州,", 1),
        ("“棠州", 1),
        (" 棠州", 1),
        ("棠州\u3000", 1),
        ("《棠州报》", 0),
        ("棠州(北)", 0),
        ("30%", 0),
        ("棠州", 0),
    ],
)
def test_marks_at_the_edge_are_found(surface: str, expected: int) -> None:
    """Space and punctuation; not pairs that the span holds both of, nor signs of numbers."""
    assert len(found("edge", f"在[{surface} LOC]说")) == expected


def test_a_label_that_often_ends_so_is_doubted_less() -> None:
    """Its guidelines may want the mark."""
    once = found("edge", "[甲. ORG]", "[乙丙 ORG]", "[丁戊 ORG]")
    often = found("edge", "[甲. ORG]", "[乙. ORG]", "[丁戊 ORG]")
    assert often[0].doubt < once[0].doubt


def test_lines_lengths_and_few_examples_are_found() -> None:
    """A span over a break, one ten times as long as the others, a label without a span."""
    assert len(found("line-break", "[棠州\n医院 ORG]", "[棠州医院 ORG]\n")) == 1
    long = "棠" * 30
    assert places(found("very-long", *["[岳文柏 PERSON]"] * 9, f"[{long} PERSON]")) == [
        ("d9", long, "PERSON")
    ]
    few = found("few-examples", "[岳文柏 PERSON]", labels=("PERSON", "LAW"))
    assert [(one.label, one.doc_id, one.doubt) for one in few] == [
        ("PERSON", "", 0.98),
        ("LAW", "", 1.0),
    ]


def given_by(who: str, doc_id: str, origin: str) -> Annotation:
    """An annotation of a passage that was shown one suggestion."""
    spans = (AnnotatedSpan(0, 2, "LOC", origin=origin),) if origin else ()  # type: ignore[arg-type]
    return Annotation(doc_id, who, spans, 0, 9, suggested="v1")


def test_who_never_changes_a_suggestion_is_named() -> None:
    """One who keeps all, and not one who takes a single one out."""
    history = [given_by("anna", f"d{n}", "suggested") for n in range(9)]
    history += [given_by("bert", f"d{n}", "changed" if n % 2 else "suggested") for n in range(9)]
    history += [given_by("cora", f"d{n}", "suggested" if n else "") for n in range(9)]
    suggestions = {
        f"d{n}": Suggestion(f"d{n}", "v1", (SuggestedSpan(0, 2, "LOC"),)) for n in range(9)
    }
    named = found("never-changes", annotations=lambda: history, suggestions=suggestions)
    assert [one.why.split()[0] for one in named] == ["anna"]
    assert named[0].doubt > 0.8


@settings(max_examples=60, deadline=None)
@given(gold=st.lists(gold_documents(nested=True), max_size=4))
def test_findings_stand_where_they_say(gold: list[GoldDocument]) -> None:
    """Of any gold: offsets, text, label and doubt of each finding are sound."""
    by_id = {document.doc_id: document for document in gold}
    gold = list(by_id.values())
    material = Material(gold=lambda: gold, words=lambda d: [(i, i + 1) for i in range(len(d.text))])
    for one in find(material, WITHOUT_MODEL):
        assert 0 <= one.doubt <= 1
        assert one.why
        if one.doc_id or one.text:
            document = by_id[one.doc_id]
            assert document.text[one.start : one.end] == one.text
            labels = {s.label for s in document.spans if (s.start, s.end) == (one.start, one.end)}
            assert one.label in (labels or {""})


@settings(max_examples=60, deadline=None)
@given(document=gold_documents(nested=True))
def test_sentences_cover_the_text_and_cut_no_span(document: GoldDocument) -> None:
    """They follow one another, and every outermost span is in one, at its place."""
    cut = list(sentences(document))
    assert "".join(one.text for one in cut) == document.text
    assert [one.start for one in cut] == list(accumulate([0, *(len(o.text) for o in cut)]))[:-1]
    kept = {(s.start + one.start, s.end + one.start, s.label) for one in cut for s in one.spans}
    assert kept <= {span.key for span in document.spans}
    assert all(len(features(one.text)) == len(one.text) for one in cut)
    reach = 0
    for span in sorted(document.spans, key=lambda s: (s.start, -s.end, s.label)):
        assert span.start < reach or span.key in kept
        reach = max(reach, span.end)


def test_the_table_holds_no_formula(tmp_path: Path) -> None:
    """What a spreadsheet would run begins with an apostrophe."""
    finding = Finding(("edge", "cut-word"), "d", 0, 3, "LOC", "=1+", "ends with plus sign", 0.8)
    assert table.write_csv(tmp_path / "x.csv", [finding]) == 1
    with (tmp_path / "x.csv").open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["kinds"] == "edge, cut-word"
    assert row["text"] == "'=1+"
    assert row["doubt"] == "0.8"


def test_an_unknown_check_is_a_usage_error() -> None:
    """The error lists what there is."""
    with pytest.raises(UsageError, match="label-differs"):
        found("spelling")


def test_the_docs_list_every_check() -> None:
    """The table of docs/checks.md is the registry."""
    page = (Path(__file__).parents[2] / "docs" / "checks.md").read_text("utf-8")
    assert [kind for kind, c in CHECKS.items() if f"| `{kind}` | {c.what} |" not in page] == []


def test_a_model_of_the_others_finds_a_planted_error() -> None:
    """A name that the other documents label throughout is found where it has another label."""
    pytest.importorskip("pycrfsuite", reason="needs the extra [crf]")
    written = [
        f"今天[{a}{b} PERSON]在[{c}州 LOC]说" for a in "王李张" for b in "明华强" for c in "棠抚杭"
    ]
    written[5] = written[5].replace("PERSON", "LOC")
    findings = found("model-disagrees", *written)
    assert [one.doc_id for one in findings] == ["d5"]
    assert "PERSON" in findings[0].why
    gold = [marked(f"d{number}", one) for number, one in enumerate(written)]
    both = list(find(Material(gold=lambda: gold), ["label-differs", "model-disagrees"]))
    of_the_error = [one for one in both if one.doc_id == "d5"]
    assert [one.kinds for one in of_the_error] == [("label-differs",), ("model-disagrees",)]
    assert {one.doubt for one in of_the_error} == {findings[0].doubt}
