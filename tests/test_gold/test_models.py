"""The models over the table of units: what they must do whatever they are told."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import invented
from toolkit.errors import UsageError
from toolkit.gold.cases import Case, View
from toolkit.gold.chain import Chain
from toolkit.gold.decoding import Runs, given_runs, probabilities, runs_of
from toolkit.gold.expert import by_order, parse_trust, shares
from toolkit.gold.merge import merge
from toolkit.gold.methods import METHODS, Choices
from toolkit.gold.special import digamma
from toolkit.gold.units import tabulate
from toolkit.model import AnnotatedSpan, Annotation, Document, Span
from toolkit.spans import is_flat

MODELS = ["dawid-skene", "sequence", "sequence-thorough"]
CHOICES = Choices(trust={"anna": 2.0})
NAMES = ["Wuhan", "Hubei", "Jinyintan", "Leishenshan"]


def crowd(
    documents: int, skill: dict[str, float], seed: int = 0
) -> tuple[list[Annotation], dict[str, Document], dict[str, set[tuple[int, int, str]]]]:
    """Invented reports; each annotator finds each name with a chance of their own."""
    rng = random.Random(seed)  # noqa: S311 - invented data
    texts, truth, annotations = {}, {}, []
    for number in range(documents):
        words = [rng.choice(["the", "a", "city", "said", "of", *NAMES]) for _ in range(12)]
        text = " ".join(words)
        spans, place = [], 0
        for word in words:
            if word in NAMES:
                label = "LOC" if word in NAMES[:2] else "FAC"
                spans.append((place, place + len(word), label))
            place += len(word) + 1
        doc_id = f"d{number:03}"
        texts[doc_id], truth[doc_id] = Document(doc_id, text), set(spans)
        for name, chance in skill.items():
            mine = [AnnotatedSpan(*span) for span in spans if rng.random() < chance]
            annotations.append(Annotation(doc_id, name, tuple(mine)))
    return annotations, texts, truth


@pytest.mark.parametrize("method", MODELS)
def test_what_few_see_is_found_where_they_are_known_to_be_good(method: str) -> None:
    """A model finds names that a vote loses, since it learns that some overlook much."""
    annotations, documents, truth = crowd(60, {"a": 0.95, "b": 0.35, "c": 0.4, "d": 0.3})
    found = {
        way: sum(
            len({s.key for s in gold.spans} & truth[gold.doc_id])
            for gold in merge(annotations, documents, method=way)
        )
        for way in ("majority", method)
    }
    wanted = sum(map(len, truth.values()))
    assert found[method] > 0.9 * wanted > found["majority"]


@pytest.mark.parametrize("method", MODELS)
def test_gold_holds_nothing_that_nobody_marked(method: str) -> None:
    """A name that is known from elsewhere stays out of gold where all annotators passed it by."""
    annotations, documents, truth = crowd(60, {"a": 0.6, "b": 0.6, "c": 0.5})
    marked: dict[str, set[int]] = {doc_id: set() for doc_id in documents}
    for one in annotations:
        marked[one.doc_id].update(*(range(span.start, span.end) for span in one.spans))
    golds = list(merge(annotations, documents, method=method))
    for gold in golds:
        for span in gold.spans:
            assert marked[gold.doc_id] >= set(range(span.start, span.end))
    passed_by = [k for doc_id, keys in truth.items() for k in keys if k[0] not in marked[doc_id]]
    assert passed_by


def test_three_with_faults_of_their_own_are_merged_better_than_by_votes() -> None:
    """Where faults are independent, the default method beats an exact vote on Chinese news."""
    count, length, labels = 150, 200, invented.SIX
    made = {one.id: one for one in invented.articles(count, length=length, labels=labels)}
    annotations = list(invented.annotated(count, several=3, length=length, labels=labels))
    documents = {one.id: one.document for one in made.values()}

    def strict_f1(method: str) -> float:
        right = both = 0
        for gold in merge(annotations, documents, method=method):
            found, truth = {span.key for span in gold.spans}, set(made[gold.doc_id].keys)
            right, both = right + len(found & truth), both + len(found) + len(truth)
        return 2 * right / both

    assert strict_f1("sequence") > strict_f1("majority-spans") + 0.02


@pytest.mark.parametrize("method", [*METHODS])
def test_one_annotator_alone_is_right(method: str) -> None:
    """With one annotator, gold is what they gave, and says that nobody else looked."""
    annotations, documents, _ = crowd(30, {"anna": 0.6})
    for gold, given_ in zip(
        merge(annotations, documents, method=method, choices=CHOICES), annotations, strict=True
    ):
        assert [s.key for s in gold.spans] == [s.key for s in given_.spans]
        assert gold.status == "single"
        assert {s.decided_by for s in gold.spans} <= {"single"}


@pytest.mark.parametrize("method", MODELS)
def test_two_who_never_agree_leave_a_dispute(method: str) -> None:
    """Where one marks all names as LOC and the other as ORG, no document is settled."""
    one, documents, _ = crowd(30, {"anna": 1.0})
    annotations = [
        Annotation(a.doc_id, name, tuple(AnnotatedSpan(s.start, s.end, label) for s in a.spans))
        for a in one
        if a.spans
        for name, label in (("anna", "LOC"), ("bo", "ORG"))
    ]
    assert {gold.status for gold in merge(annotations, documents, method=method)} == {"disputed"}


@pytest.mark.parametrize("method", MODELS)
def test_one_who_labels_everything_is_not_believed(method: str) -> None:
    """Two careful annotators outweigh one who marks every word."""
    annotations, documents, truth = crowd(40, {"anna": 0.95, "bo": 0.95})
    for document in documents.values():
        every = [
            AnnotatedSpan(unit_start, unit_start + len(word), "LOC")
            for word, unit_start in _words(document.text)
        ]
        annotations.append(Annotation(document.id, "chen", tuple(every)))
    merged = list(merge(annotations, documents, method=method))
    given_ = sum(len(gold.spans) for gold in merged)
    right = sum(len({s.key for s in gold.spans} & truth[gold.doc_id]) for gold in merged)
    assert right > 0.9 * given_
    assert right > 0.9 * sum(map(len, truth.values()))


def _words(text: str) -> list[tuple[str, int]]:
    place, words = 0, []
    for word in text.split(" "):
        words.append((word, place))
        place += len(word) + 1
    return words


@pytest.mark.parametrize("method", MODELS)
def test_order_and_names_of_annotators_do_not_matter(method: str) -> None:
    """Shuffled records of renamed people give the same spans and confidences."""
    annotations, documents, _ = crowd(20, {"a": 0.9, "b": 0.5, "c": 0.7})
    new = {"a": "z", "b": "y", "c": "x"}
    renamed = [Annotation(a.doc_id, new[a.annotator], a.spans) for a in annotations]
    random.Random(1).shuffle(renamed)  # noqa: S311 - any order will do
    before = list(merge(annotations, documents, method=method))
    after = list(merge(renamed, documents, method=method))
    assert [[(s.key, s.confidence) for s in g.spans] for g in before] == [
        [(s.key, s.confidence) for s in g.spans] for g in after
    ]


def test_lost_spans_stand_beside_what_beat_them() -> None:
    """A gold span carries its rivals; a span where gold has none is among the rejected."""
    documents = {"d": Document("d", "武汉市江汉区")}
    annotations = [
        Annotation("d", "a", (AnnotatedSpan(0, 3, "LOC"),)),
        Annotation("d", "b", (AnnotatedSpan(0, 3, "LOC"), AnnotatedSpan(3, 6, "LOC"))),
        Annotation("d", "c", (AnnotatedSpan(0, 6, "ORG"),)),
    ]
    (gold,) = merge(annotations, documents, method="majority")
    (span,) = gold.spans
    assert [(a.key, a.annotators) for a in span.alternatives] == [((0, 6, "ORG"), ("c",))]
    assert [(a.key, a.annotators) for a in gold.rejected] == [((3, 6, "LOC"), ("b",))]


def test_nested_spans_are_merged_layer_by_layer() -> None:
    """An inner span that two of three gave beside the outer one is gold like it."""
    documents = {"d": Document("d", "武汉市中心医院")}
    outer, inner = AnnotatedSpan(0, 7, "ORG"), AnnotatedSpan(0, 3, "LOC")
    annotations = [
        Annotation("d", "a", (outer, inner)),
        Annotation("d", "b", (outer, inner)),
        Annotation("d", "c", (outer,)),
    ]
    (gold,) = merge(annotations, documents, method="majority")
    assert [s.key for s in gold.spans] == [inner.key, outer.key]
    assert [s.confidence for s in gold.spans] == [2 / 3, 1.0]


def test_an_order_of_trust_is_taken_literally() -> None:
    """Whom one trusts first decides against all others together."""
    documents = {"d": Document("d", "武汉市")}
    annotations = [
        Annotation("d", "a", (AnnotatedSpan(0, 3, "LOC"),)),
        *(Annotation("d", name, (AnnotatedSpan(0, 2, "LOC"),)) for name in "bcde"),
    ]
    choices = Choices(trust=dict(by_order(["a", "b"])))
    (gold,) = merge(annotations, documents, method="expert", choices=choices)
    assert [s.key for s in gold.spans] == [(0, 3, "LOC")]


def test_weights_are_summed_exactly() -> None:
    """Who is asked first doesn't show in the last digit: five of ten tenths are one half."""
    names = [f"annotator {number}" for number in range(10)]
    views = tuple(
        View(name, 0, 4, (Span(0, 2, "LOC"),) if place < 5 else ())
        for place, name in enumerate(names)
    )
    trust = dict.fromkeys(names, 0.1)
    assert shares(Case(Document("d", "武汉封城"), views), trust) == {(0, 2, "LOC"): 0.5}


def test_trust_is_written_as_an_order_or_as_weights() -> None:
    """Both forms are read, and what is neither is refused with an example."""
    assert parse_trust("anna=3, bo=0.5") == {"anna": 3.0, "bo": 0.5}
    assert parse_trust("anna,bo") == by_order(["anna", "bo"])
    for wrong in ("anna=3,bo", "anna=x", "anna,anna", "anna=-1"):
        with pytest.raises(UsageError):
            parse_trust(wrong)


SPANS = st.lists(
    st.builds(
        lambda start, length, label: Span(start, min(start + length, 20), label),
        st.integers(0, 19),
        st.integers(1, 6),
        st.sampled_from(["LOC", "ORG"]),
    ),
    max_size=4,
)
TEXT = "武汉 new city市江 汉a区B12"


@given(st.lists(SPANS, min_size=1, max_size=3))
def test_the_table_gives_back_every_flat_span(many: list[list[Span]]) -> None:
    """Whatever was marked, white space at its edges included, is in the table to the letter."""
    views, keys = [], set()
    for number, spans in enumerate(many):
        flat: list[Span] = []
        for span in sorted(spans):
            if span.end <= len(TEXT) and (not flat or span.start >= flat[-1].end):
                flat.append(span)
        keys |= {span.key for span in flat}
        views.append(View(f"annotator {number}", 0, len(TEXT), tuple(flat)))
    units = tabulate([Case(Document("d", TEXT), tuple(views))])
    runs = given_runs(units)
    assert {
        (int(units.start[a]), int(units.end[b]), units.labels[label])
        for a, b, label in zip(runs.first, runs.last, runs.label, strict=True)
    } == keys


@settings(max_examples=20)
@given(st.integers(0, 10_000), st.lists(st.integers(1, 4), min_size=1, max_size=3))
def test_the_chain_is_exact(seed: int, lengths: list[int]) -> None:
    """Beliefs, span probabilities and best tags equal those of adding all paths up."""
    import itertools

    rng = np.random.default_rng(seed)
    first = np.concatenate([[0], np.cumsum(lengths)])
    chain = Chain(first, 3)
    heard = rng.normal(size=(int(first[-1]), 3))
    transitions = chain.transitions(rng.random((3, 3)) * 5)
    beliefs = chain.listen(heard, transitions)
    best = chain.best(heard, transitions)
    for begin, end in itertools.pairwise(first.tolist()):
        paths = {}
        for path in itertools.product(range(3), repeat=end - begin):
            steps = itertools.pairwise((0, *path))
            score = sum(transitions[a, b] for a, b in steps)
            paths[path] = np.exp(score + sum(heard[begin + i, t] for i, t in enumerate(path)))
        total = sum(paths.values())
        for place, tag in itertools.product(range(end - begin), range(3)):
            share = sum(p for path, p in paths.items() if path[place] == tag) / total
            assert beliefs.tags[begin + place, tag] == pytest.approx(share, abs=1e-9)
        assert tuple(best[begin:end]) == max(paths, key=paths.__getitem__)
        for a, b in itertools.combinations_with_replacement(range(end - begin), 2):
            inside = sum(
                p
                for path, p in paths.items()
                if path[a] == 1
                and all(tag == 2 for tag in path[a + 1 : b + 1])
                and (b + 1 == len(path) or path[b + 1] != 2)
            )
            run = Runs(*(np.array([v]) for v in (begin + a, begin + b, 0)))
            assert probabilities(beliefs, run)[0] == pytest.approx(inside / total, abs=2e-6)


def test_runs_are_spelt_from_tags() -> None:
    """Begin starts a span, inside goes on with it, anything else ends it."""
    runs = runs_of(np.array([1, 2, 1, 0, 3, 4, 4]))
    assert (runs.first.tolist(), runs.last.tolist()) == ([0, 2, 4], [1, 2, 6])
    assert runs.label.tolist() == [0, 0, 1]


def test_digamma_has_its_known_values() -> None:
    """At 1 it is minus Euler's constant; at 1/2 that minus twice the logarithm of 2."""
    euler = 0.577215664901532861
    expected = [-euler, -euler - 2 * np.log(2), 1 - euler]
    assert digamma(np.array([1.0, 0.5, 2.0])) == pytest.approx(expected, abs=1e-9)


@settings(max_examples=25)
@given(st.lists(SPANS, min_size=1, max_size=3), st.sampled_from(MODELS))
def test_gold_of_flat_views_is_flat(many: list[list[Span]], method: str) -> None:
    """Whatever a model decides, spans of one layer don't overlap."""
    text = "ab cd 武汉市江汉区 ef gh ij"
    documents = {"d": Document("d", text)}
    annotations = []
    for number, spans in enumerate(many):
        flat: list[AnnotatedSpan] = []
        for span in sorted(spans):
            if not flat or span.start >= flat[-1].end:
                flat.append(AnnotatedSpan(*span.key))
        annotations.append(Annotation("d", f"annotator {number}", tuple(flat)))
    (gold,) = merge(annotations, documents, method=method)
    assert is_flat(gold.spans)
    assert all(0 <= span.confidence <= 1 for span in gold.spans)
