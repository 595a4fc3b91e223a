"""Invented corpora: the same each time, of any size, and with spans that stand where they say."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from benchmarks import invented
from toolkit.spans import check_spans

NUMBERS = st.integers(0, 10_000_000)


@given(NUMBERS, st.integers(1, 400))
def test_right_spans_lie_apart_and_in_the_text(number: int, length: int) -> None:
    """The right spans of any article are in order, don't overlap, and hold the text they say."""
    one = invented.article(number, length=length)
    assert len(one.text) >= length
    ends = [0] + [end for _, end, _ in one.keys]
    assert all(end <= start for end, (start, _, _) in zip(ends, one.keys, strict=False))
    check_spans(one.id, one.text, one.gold.spans)
    check_spans(one.id, one.text, one.suggestion.spans)


@given(NUMBERS)
def test_an_article_is_made_again_from_its_number(number: int) -> None:
    """The number in the id is all that it takes to have the article again."""
    one = invented.article(number, length=200)
    assert invented.article(invented.number_of(one.id), length=200) == one


def test_a_larger_corpus_begins_with_the_smaller_one() -> None:
    """What is measured for one size is part of what is measured for the next."""
    small, large = (list(invented.articles(count, length=100)) for count in (3, 7))
    assert large[:3] == small


@given(NUMBERS)
def test_what_annotators_give_can_be_read(number: int) -> None:
    """Three different people give spans that lie in the text, in order and apart."""
    one = invented.article(number, length=300)
    given = list(invented.annotations_of(number, one, several=3))
    assert len({annotation.annotator for annotation in given}) == 3
    for annotation in given:
        check_spans(one.id, one.text, annotation.spans)
        ends = [0] + [span.end for span in annotation.spans]
        assert all(e <= s.start for e, s in zip(ends, annotation.spans, strict=False))


def test_annotators_make_every_kind_of_fault() -> None:
    """Over some articles spans are missed, shifted, confused and invented, but most are right."""
    seen: Counter[str] = Counter()
    for number in range(200):
        one = invented.article(number, length=300)
        places = {key[:2]: key[2] for key in one.keys}
        for _, keys in invented.views(number, one, several=3):
            seen["missed"] += len(places.keys() - {key[:2] for key in keys})
            for start, end, label in keys:
                right = places.get((start, end))
                touches = any(s < end and start < e for s, e in places)
                seen[
                    "right" if right == label
                    else "confused" if right
                    else "shifted" if touches
                    else "invented"
                ] += 1  # fmt: skip
    assert min(seen.values()) > 100
    assert seen["right"] > 0.6 * (seen.total() - seen["missed"])


def test_six_labels_are_about_ten_spans_in_500_characters() -> None:
    """The corpus of the figures on merging is as dense as they say."""
    made = list(invented.articles(200, length=500, labels=invented.SIX))
    spans, characters = sum(len(one.keys) for one in made), sum(len(one.text) for one in made)
    assert 8 < 500 * spans / characters < 12
