"""In which order passages come to annotators; pure.

Annotation may end before the corpus does, so what teaches the most for the work comes first.
A strategy says what a passage is worth. What is worth most comes first, except that

- a document's second passage counts for a half of its worth, the third for a third, and so
  on, so that the first hours of work see many documents;
- near-duplicates (documents with one ``meta["group"]``) of an earlier document come after
  all others: what they teach is known by then.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise

from msgspec import Struct

from toolkit.errors import UsageError
from toolkit.model import Document, Passage, SuggestedSpan, Suggestion

Spans = Sequence[SuggestedSpan]


class Strategy(Struct, frozen=True):
    """What makes a passage come early: a name, the rule in words, and the rule.

    ``worth`` is of the spans suggested within a passage, by offset, and is divided by the
    passage's characters, which are the work; null keeps the documents as they come.
    """

    name: str
    rule: str
    worth: Callable[[Spans], float] | None


def expected_errors(spans: Spans) -> float:
    """How many of the suggestions are wrong, if their scores are probabilities."""
    return sum(1 - span.score for span in spans)


def rivalry(spans: Spans) -> float:
    """How many borders between suggestions two rules could have drawn otherwise.

    Suggestions don't tell which candidates lost against them. What can be seen is where two
    rules meet: their spans overlap, or stand side by side without a character between them,
    and so each might have taken the other's place. Such a pair counts for the weaker score
    as a part of the stronger: 1 where the rules are equally sure.
    """
    worth = 0.0
    for span, following in pairwise(spans):
        if following.start <= span.end and following.rule != span.rule:
            weaker, stronger = sorted((span.score, following.score))
            worth += weaker / stronger if stronger else 1.0
    return worth


STRATEGIES: Mapping[str, Strategy] = {
    one.name: one
    for one in (
        Strategy("documents", "as they were ingested, each document from start to end", None),
        Strategy(
            "uncertain",
            "most suggestions that are probably wrong first, per character to read",
            expected_errors,
        ),
        Strategy(
            "disputed",
            "most places where suggestions of two rules meet or overlap first, per character",
            rivalry,
        ),
    )
}


def in_order(
    passages: Iterable[Passage],
    suggestions: Mapping[str, Suggestion],
    documents: Mapping[str, Document],
    strategy: str,
) -> list[Passage]:
    """The passages in the order of a strategy; the same passages give the same order.

    Args:
        passages: of any documents; what is equal stays in their order.
        suggestions: by document id; a passage without one is worth nothing.
        documents: by id, for their groups.
        strategy: a name of ``STRATEGIES``.

    Raises:
        UsageError: there is no such strategy.
    """
    chosen = STRATEGIES.get(strategy)
    if chosen is None:
        raise UsageError(
            f"there is no order {strategy!r}", f"There are {', '.join(sorted(STRATEGIES))}."
        )
    passages = list(passages)
    repeated = _repeated(passages, documents)
    if chosen.worth is None:
        return sorted(passages, key=lambda passage: passage.doc_id in repeated)
    worth = _worths(passages, suggestions, chosen.worth)
    best_first = sorted(range(len(passages)), key=lambda number: -worth[number])
    seen: Counter[str] = Counter()
    discounted = {}
    for number in best_first:
        document = passages[number].doc_id
        seen[document] += 1
        discounted[number] = worth[number] / seen[document]
    order = sorted(
        discounted,
        key=lambda number: (passages[number].doc_id in repeated, -discounted[number], number),
    )
    return [passages[number] for number in order]


def _repeated(passages: Iterable[Passage], documents: Mapping[str, Document]) -> set[str]:
    """The documents that say what an earlier one of their group says."""
    first: dict[str, str] = {}
    repeated = set()
    for passage in passages:
        document = documents.get(passage.doc_id)
        group = document.meta.get("group") if document else None
        if group and first.setdefault(group, passage.doc_id) != passage.doc_id:
            repeated.add(passage.doc_id)
    return repeated


def _worths(
    passages: Iterable[Passage],
    suggestions: Mapping[str, Suggestion],
    worth: Callable[[Spans], float],
) -> list[float]:
    """What each passage is worth for a character of it."""
    sorted_spans: dict[str, list[SuggestedSpan]] = {}
    worths = []
    for passage in passages:
        suggestion = suggestions.get(passage.doc_id)
        if suggestion is None:
            worths.append(0.0)
            continue
        spans = sorted_spans.get(passage.doc_id)
        if spans is None:
            spans = sorted_spans[passage.doc_id] = sorted(suggestion.spans, key=lambda s: s.key)
        first = bisect_left(spans, passage.start, key=lambda span: span.start)
        last = bisect_left(spans, passage.end, key=lambda span: span.start)
        inside = [span for span in spans[first:last] if span.end <= passage.end]
        worths.append(worth(inside) / max(len(passage.text), 1))
    return worths
