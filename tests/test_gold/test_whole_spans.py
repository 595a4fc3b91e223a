"""Whole spans: long stretches whose ends people see differently."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from benchmarks import invented
from toolkit.gold.cases import Case, View
from toolkit.gold.merge import cases_of, merge
from toolkit.gold.methods import method_for
from toolkit.gold.whole_spans import broken_up, serve_better
from toolkit.model import AnnotatedSpan, Annotation, Document, Span
from toolkit.spans import is_flat

TEXT = " ".join(f"w{n:02}" for n in range(40))


def words(first: int, last: int) -> AnnotatedSpan:
    """The span from one word up to another, which is outside of it."""
    return AnnotatedSpan(4 * first, 4 * last - 1, "P")


def job(
    given_: dict[str, AnnotatedSpan | None], copies: int = 1
) -> tuple[list[Annotation], dict[str, Document]]:
    """Copies of one document with what each annotator gave."""
    documents = {f"d{n}": Document(f"d{n}", TEXT) for n in range(copies)}
    return [
        Annotation(doc_id, name, (span,) if span else ())
        for doc_id in documents
        for name, span in given_.items()
    ], documents


def test_sides_vote_apart() -> None:
    """A span whose beginning and end each find support wins, though nobody repeated it."""
    (gold,) = merge(
        *job({"a": words(2, 12), "b": words(2, 15), "c": words(5, 12), "d": None}), method="spans"
    )
    assert [span.key for span in gold.spans] == [words(2, 12).key]


def test_long_spans_are_not_broken() -> None:
    """Of five who give overlapping long spans, gold is one of these and no piece of one."""
    ends = (17, 18, 19, 20, 21)
    annotations, documents = job({f"a{n}": words(3, n) for n in ends}, copies=20)
    for gold in merge(annotations, documents, method="spans"):
        assert len(gold.spans) == 1
        assert gold.spans[0].start == words(3, 4).start


def test_who_is_never_borne_out_weighs_less() -> None:
    """Two who agree elsewhere beat two who never agree with anybody."""
    annotations, documents = job({"a": words(2, 9), "b": words(2, 9), "c": words(20, 30)}, 20)
    for gold in merge(annotations, documents, method="spans"):
        good, bad = (
            gold.spans[0].confidence,
            max([s.confidence for s in gold.spans[1:]] + [s.confidence for s in gold.rejected]),
        )
        assert good > 2 / 3
        assert bad < 1 / 3


def test_auto_takes_whole_spans_where_they_are_long_and_loose() -> None:
    """Long spans with other ends go by whole spans, short ones and exact ones don't."""
    loose = job({"a": words(2, 12), "b": words(2, 15), "c": words(5, 12)}, copies=100)
    exact = job(dict.fromkeys("abc", words(2, 12)), copies=100)
    short = job({"a": words(2, 4), "b": words(3, 4), "c": words(2, 3)}, copies=100)
    assert [method_for(cases_of(*one)) for one in (loose, exact, short)] == [
        "spans",
        "sequence",
        "sequence",
    ]


def test_a_model_of_units_that_makes_spans_of_its_own_breaks_them_up() -> None:
    """Told by what nobody gave: short names that three give alike aren't, loose ends are."""
    rng = random.Random(0)  # noqa: S311 - invented data

    def cases(*, loose: bool) -> list[Case]:
        found = []
        for number in range(300):
            views = []
            for name in "abcd":
                spans = []
                for middle in (7, 20, 33):
                    first, last = (middle + rng.randint(*side) for side in ((-6, 0), (1, 6)))
                    spans.append(words(first, last) if loose else words(middle, middle + 2))
                views.append(View(name, 0, len(TEXT), tuple(spans)))
            found.append(Case(Document(f"d{number}", TEXT), tuple(views)))
        return found

    assert broken_up(cases(loose=True))
    assert not broken_up(cases(loose=False))


def test_length_is_in_tokens_where_there_are_some() -> None:
    """Ten characters that are two tokens are not long."""
    text = "武汉市中心医院急诊科室"
    views = tuple(
        View(name, 0, len(text), (Span(start, 10, "ORG"),)) for name, start in (("a", 0), ("b", 3))
    )
    assert serve_better([Case(Document("d", text), views)])
    tokens = ((0, 3), (3, 10), (10, 11))
    assert not serve_better([Case(Document("d", text, tokens=tokens), views)])


def test_ends_that_people_agree_on_are_not_loose() -> None:
    """Where three with faults of their own see the same names, units serve, however long."""
    length, labels = 100, invented.SIX
    annotations = list(invented.annotated(600, several=3, length=length, labels=labels))
    documents = {
        one.id: one.document for one in invented.articles(600, length=length, labels=labels)
    }
    assert method_for(cases_of(annotations, documents)) == "sequence"


@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 38), st.integers(1, 12)), max_size=4),
        min_size=1,
        max_size=4,
    )
)
def test_gold_is_flat_and_of_what_was_given(many: list[list[tuple[int, int]]]) -> None:
    """Whatever people give, gold spans don't overlap, and somebody gave each."""
    annotations = []
    for number, marked in enumerate(many):
        flat: list[AnnotatedSpan] = []
        for first, length in sorted(marked):
            span = words(first, min(first + length, 40))
            if not flat or span.start >= flat[-1].end:
                flat.append(span)
        annotations.append(Annotation("d", f"a{number}", tuple(flat)))
    (gold,) = merge(annotations, {"d": Document("d", TEXT)}, method="spans")
    assert is_flat(gold.spans)
    assert {s.key for s in gold.spans} <= {s.key for a in annotations for s in a.spans}
    assert all(0 <= span.confidence <= 1 for span in gold.spans)
