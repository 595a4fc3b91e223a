"""Skills: what gold says of those who made it."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from toolkit.gold.merge import merge
from toolkit.gold.skills import ALL, Skill, Skills
from toolkit.model import Alternative, AnnotatedSpan, Annotation, Document, GoldDocument, GoldSpan

TEXT = "武汉市中心医院的李医生"
LOC, ORG = AnnotatedSpan(0, 3, "LOC"), AnnotatedSpan(0, 7, "ORG")
PERSON = AnnotatedSpan(8, 11, "PERSON")


def rows(
    given: dict[str, tuple[AnnotatedSpan, ...]],
    gold: tuple[AnnotatedSpan, ...],
    copies: int = 10,
    samples: int = 50,
) -> dict[tuple[str, str], Skill]:
    """The table for copies of one document, of which gold is sure."""
    documents = {f"d{n}": Document(f"d{n}", TEXT) for n in range(copies)}
    annotations = [
        Annotation(doc_id, name, spans) for doc_id in documents for name, spans in given.items()
    ]
    lost = {span.key for spans in given.values() for span in spans} - {s.key for s in gold}
    skills = Skills(annotations, documents)
    for doc_id in documents:
        skills.see(
            GoldDocument(
                doc_id,
                TEXT,
                tuple(GoldSpan(*span.key, confidence=1.0) for span in gold),
                rejected=tuple(Alternative(*key, confidence=0.0) for key in sorted(lost)),
            )
        )
    return {(s.annotator, s.label): s for s in skills.table(samples=samples, seed=1)}


def test_each_kind_of_mistake_has_its_column() -> None:
    """A miss, an invention, a moved boundary and another label are told apart."""
    moved, renamed = AnnotatedSpan(0, 5, "ORG"), AnnotatedSpan(0, 7, "FAC")
    table = rows(
        {"right": (ORG,), "misses": (), "adds": (ORG, PERSON), "moves": (moved,), "as": (renamed,)},
        (ORG,),
    )
    assert table["right", ALL].f1.value == pytest.approx(1.0, abs=1e-3)
    assert table["misses", ALL].finds.value == pytest.approx(0.0, abs=1e-3)
    assert table["misses", ALL].invents.value is None
    assert table["adds", "PERSON"].invents.value == pytest.approx(1.0, abs=1e-3)
    assert table["moves", "ORG"].shifts.value == pytest.approx(1.0, abs=1e-3)
    assert table["as", "FAC"].confuses.value == pytest.approx(1.0, abs=1e-3)
    assert table["as", "FAC"].taken_for == "ORG"


def test_work_that_nobody_else_saw_says_nothing() -> None:
    """A lone annotator has a row, and it is empty."""
    (row,) = rows({"anna": (LOC,)}, (LOC,)).values()
    assert (row.documents, row.finds.value, row.f1.value) == (0, None, None)


def test_two_who_never_agree_are_equally_good() -> None:
    """Where two give the same place different labels, neither is taken for the better one."""
    documents = {f"d{n}": Document(f"d{n}", TEXT) for n in range(30)}
    other = AnnotatedSpan(0, 7, "FAC")
    annotations = [
        Annotation(doc_id, name, (span,))
        for doc_id in documents
        for name, span in (("anna", ORG), ("bo", other))
    ]
    skills = Skills(annotations, documents)
    for gold in merge(annotations, documents, method="majority"):
        assert gold.status == "disputed"
        skills.see(gold)
    overall = [s for s in skills.table(samples=50, seed=1) if s.label == ALL]
    assert overall[0].f1 == overall[1].f1


def test_one_who_marks_everything_invents() -> None:
    """Finding all by marking all is told from finding what is right."""
    every = tuple(AnnotatedSpan(n, n + 1, "LOC") for n in range(3, len(TEXT)))
    table = rows({"a": (LOC,), "b": (LOC,), "all": (LOC, *every)}, (LOC,))
    assert table["all", ALL].finds.value == pytest.approx(1.0, abs=1e-3)
    invents = table["all", ALL].invents.value
    assert invents is not None
    assert invents > 0.8


def test_intervals_hold_their_value_and_shrink_with_documents() -> None:
    """Each interval lies around its share, and more documents make it narrower."""
    widths = []
    for size in (20, 80, 320):
        documents = {f"d{n}": Document(f"d{n}", TEXT) for n in range(size)}
        rng = random.Random(0)  # noqa: S311 - invented data
        annotations = [
            Annotation(doc_id, name, (LOC,) if rng.random() < chance else ())
            for doc_id in documents
            for name, chance in (("a", 1.0), ("b", 0.6))
        ]
        skills = Skills(annotations, documents)
        for doc_id in documents:
            skills.see(GoldDocument(doc_id, TEXT, (GoldSpan(*LOC.key, confidence=1.0),)))
        finds = {s.annotator: s for s in skills.table(samples=200, seed=1) if s.label == ALL}[
            "b"
        ].finds
        assert finds.value is not None
        assert finds.low is not None
        assert finds.high is not None
        assert finds.low <= finds.value <= finds.high
        widths.append(finds.high - finds.low)
    assert all(one > other for one, other in pairwise(widths))


def test_unsure_gold_makes_intervals_wider() -> None:
    """Two annotators who did the same have a wider interval where gold is less sure of it."""
    documents = {f"d{n}": Document(f"d{n}", TEXT) for n in range(40)}
    annotations = [Annotation(doc_id, name, (LOC,)) for doc_id in documents for name in "ab"]
    widths = []
    for confidence in (1.0, 0.7):
        skills = Skills(annotations, documents)
        for doc_id in documents:
            skills.see(GoldDocument(doc_id, TEXT, (GoldSpan(*LOC.key, confidence=confidence),)))
        f1 = next(iter(skills.table(samples=200, seed=1))).f1
        assert f1.low is not None
        assert f1.high is not None
        widths.append(f1.high - f1.low)
    assert widths[0] < 0.01
    assert widths[1] > 0.1


def test_the_table_does_not_depend_on_the_order_of_documents() -> None:
    """The same seed draws the same, whatever comes first."""
    annotations = [
        Annotation(f"d{n}", name, (LOC,) if (n * place) % 3 else (PERSON,))
        for n in range(12)
        for place, name in enumerate(("a", "b"), 1)
    ]
    documents = {f"d{n}": Document(f"d{n}", TEXT) for n in range(12)}
    gold = list(merge(annotations, documents, method="majority-spans"))
    tables = []
    for order in (gold, gold[::-1]):
        skills = Skills(annotations, documents)
        for one in order:
            skills.see(one)
        tables.append(list(skills.table(samples=50, seed=1)))
    assert tables[0] == tables[1]
