"""Tests of toolkit.studio.order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.errors import UsageError
from toolkit.model import Document, Passage, SuggestedSpan, Suggestion
from toolkit.settings import AssignmentSettings
from toolkit.studio.order import STRATEGIES, expected_errors, in_order, rivalry

WIDTH = 100


def _corpus(
    scores: Mapping[str, Sequence[Sequence[float]]], groups: Mapping[str, str] | None = None
) -> tuple[list[Passage], dict[str, Suggestion], dict[str, Document]]:
    """Documents of passages of 100 characters, with a span of these scores each."""
    passages, suggestions, documents = [], {}, {}
    for name, parts in scores.items():
        text = "字" * WIDTH * len(parts)
        documents[name] = Document(name, text, {"group": groups[name]} if groups else {})
        passages += [
            Passage(name, n * WIDTH, (n + 1) * WIDTH, "字" * WIDTH) for n in range(len(parts))
        ]
        suggestions[name] = Suggestion(
            name,
            "v1",
            tuple(
                SuggestedSpan(n * WIDTH + 3 * i, n * WIDTH + 3 * i + 2, "LOC", score=score)
                for n, part in enumerate(parts)
                for i, score in enumerate(part)
            ),
        )
    return passages, suggestions, documents


def _places(passages: Sequence[Passage]) -> list[str]:
    return [f"{passage.doc_id}{passage.start // WIDTH}" for passage in passages]


def test_the_settings_know_the_strategies() -> None:
    """toolkit.toml takes the names of the registry and no others."""
    assert set(get_args(get_type_hints(AssignmentSettings)["order"])) == set(STRATEGIES)
    assert all(strategy.name == name for name, strategy in STRATEGIES.items())


def test_documents_stay_as_they_were_ingested() -> None:
    """The order "documents" changes nothing but puts near-duplicates last."""
    corpus = _corpus({"a": [[0.1], []], "b": [[0.9]], "c": [[0.5]]}, {"a": "1", "b": "1", "c": "2"})
    assert _places(in_order(*corpus, "documents")) == ["a0", "a1", "c0", "b0"]


def test_what_is_most_probably_wrong_comes_first() -> None:
    """The order "uncertain" goes by the sum of 1 - score for each character."""
    corpus = _corpus({"a": [[0.9, 0.9]], "b": [[0.3]], "c": [[]], "d": [[0.5, 0.5]]})
    assert _places(in_order(*corpus, "uncertain")) == ["d0", "b0", "a0", "c0"]
    assert expected_errors(corpus[1]["d"].spans) == 1.0


def test_a_short_passage_is_cheap() -> None:
    """The same doubt in half the characters comes first."""
    long, short = Passage("a", 0, 100, "字" * 100), Passage("b", 0, 50, "字" * 50)
    suggestions = {
        name: Suggestion(name, "v1", (SuggestedSpan(0, 2, "LOC", score=0.5),)) for name in "ab"
    }
    documents = {"a": Document("a", long.text), "b": Document("b", short.text)}
    assert in_order([long, short], suggestions, documents, "uncertain") == [short, long]


def test_the_first_hours_see_many_documents() -> None:
    """A document's second passage counts for a half, so other documents come between."""
    corpus = _corpus({"a": [[0.0], [0.0], [0.0]], "b": [[0.4]], "c": [[0.6]]})
    # 1, then 0.6, then a half of 1, then 0.4, then a third of 1.
    assert _places(in_order(*corpus, "uncertain")) == ["a0", "b0", "a1", "c0", "a2"]


def test_near_duplicates_come_last() -> None:
    """Of a group the document that was ingested first has its place, the others come last."""
    corpus = _corpus({"a": [[0.5]], "b": [[0.0]], "c": [[0.9]]}, {"a": "1", "b": "1", "c": "2"})
    assert _places(in_order(*corpus, "uncertain")) == ["a0", "c0", "b0"]


def test_disputed_is_where_two_rules_meet() -> None:
    """Touching or overlapping spans of two rules count, most where both are equally sure."""

    def span(start: int, end: int, rule: str, score: float) -> SuggestedSpan:
        return SuggestedSpan(start, end, "LOC", rule=rule, score=score)

    assert rivalry([span(0, 2, "x", 0.8), span(2, 4, "y", 0.4)]) == 0.5
    assert rivalry([span(0, 3, "x", 0.8), span(2, 4, "y", 0.8)]) == 1.0
    assert rivalry([span(0, 2, "x", 0.8), span(3, 4, "y", 0.8)]) == 0.0
    assert rivalry([span(0, 2, "x", 0.8), span(2, 4, "x", 0.8)]) == 0.0
    assert rivalry([span(0, 2, "x", 0.0), span(2, 4, "y", 0.0)]) == 1.0


def test_a_passage_looks_at_its_own_spans() -> None:
    """Spans of other passages, and those that cross its border, say nothing of it."""
    passages, _, documents = _corpus({"a": [[], []]})
    crossing = SuggestedSpan(WIDTH - 1, WIDTH + 1, "LOC", score=0.0)
    second = SuggestedSpan(WIDTH + 5, WIDTH + 7, "LOC", score=0.5)
    suggestions = {"a": Suggestion("a", "v1", (second, crossing))}
    assert _places(in_order(passages, suggestions, documents, "uncertain")) == ["a1", "a0"]


def test_an_unknown_order_names_the_known() -> None:
    """The error lists what there is."""
    with pytest.raises(UsageError, match="There are disputed, documents, uncertain"):
        in_order([], {}, {}, "best")


parts = st.lists(st.floats(0, 1), max_size=4)


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.lists(parts, min_size=1, max_size=3)),
    st.sampled_from(sorted(STRATEGIES)),
    st.data(),
)
def test_nothing_is_lost_and_nothing_depends_on_luck(
    scores: dict[str, list[list[float]]], strategy: str, data: st.DataObject
) -> None:
    """Every strategy gives each passage once, duplicates last, and the same again."""
    groups = {name: data.draw(st.sampled_from("123")) for name in scores}
    corpus = _corpus(scores, groups)
    ordered = in_order(*corpus, strategy)
    assert sorted(_places(ordered)) == sorted(_places(corpus[0]))
    assert ordered == in_order(*corpus, strategy)
    firsts = {group: name for name, group in reversed(groups.items())}
    repeated = [firsts[groups[passage.doc_id]] != passage.doc_id for passage in ordered]
    assert repeated == sorted(repeated)
