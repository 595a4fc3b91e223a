"""What became of suggested spans: kept, moved, relabelled or removed; and what was missed.

Two kinds of truth can be asked. Gold says what is right, whoever typed it: a suggestion
is paired with the gold span that it resembles. An annotation also says where each of its
spans came from (``origin``), so a span that was deleted and drawn anew counts as removed
and added, which is what the annotator did.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, get_args

from msgspec import Struct

from toolkit.model import AnnotatedSpan, Span, SuggestedSpan
from toolkit.spans import match

Outcome = Literal["kept", "label", "boundary", "removed"]
"""Left as it was; its label changed; its boundaries moved, whatever its label; taken away."""

OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


class Judged(Struct, frozen=True):
    """A suggested span, what became of it, and the span that it became, if any."""

    span: SuggestedSpan
    outcome: Outcome
    became: Span | None = None


class Judgement(Struct, frozen=True):
    """All suggested spans of a stretch of text, and the true spans that nobody suggested."""

    judged: tuple[Judged, ...]
    missed: tuple[Span, ...]


def against_gold(suggested: Sequence[SuggestedSpan], gold: Sequence[Span]) -> Judgement:
    """Compare suggestions with the right spans of the same text.

    Pairs are one to one and sought in this order: same offsets and label, same offsets,
    same label and shared characters. A span that overlaps only spans of other labels is
    removed, since correcting it takes as much as drawing anew.
    """
    return _judge(
        suggested,
        gold,
        (_same, "kept"),
        (_same_place, "label"),
        (_same_label, "boundary"),
    )


def against_annotation(
    suggested: Sequence[SuggestedSpan], annotated: Sequence[AnnotatedSpan]
) -> Judgement:
    """Compare the suggestions that an annotator was shown with what they submitted.

    Only a span that the annotator did not draw by hand, and that the same rule suggested,
    can be what became of a suggestion.
    """
    return _judge(
        suggested,
        annotated,
        (lambda s, a: _same(s, a) and _descends(s, a), "kept"),
        (lambda s, a: _same_place(s, a) and _descends(s, a), "label"),
        (_descends, "boundary"),
    )


def _judge(
    suggested: Sequence[SuggestedSpan],
    true: Sequence[Span],
    *steps: tuple[Callable[[Span, Span], bool], Outcome],
) -> Judgement:
    """Pair what the first step allows, then among the rest what the next one allows."""
    became: dict[int, tuple[Outcome, Span]] = {}
    left, right = list(range(len(suggested))), list(range(len(true)))
    for same, outcome in steps:
        pairs = match([suggested[i] for i in left], [true[j] for j in right], same)
        became |= {left[i]: (outcome, true[right[j]]) for i, j in pairs}
        paired = {j for _, j in pairs}
        right = [j for at, j in enumerate(right) if at not in paired]
        left = [i for i in left if i not in became]
    judged = tuple(
        Judged(span, *became[i]) if i in became else Judged(span, "removed")
        for i, span in enumerate(suggested)
    )
    return Judgement(judged, tuple(true[j] for j in right))


def _same(suggested: Span, true: Span) -> bool:
    return suggested.key == true.key


def _same_place(suggested: Span, true: Span) -> bool:
    return (suggested.start, suggested.end) == (true.start, true.end)


def _same_label(suggested: Span, true: Span) -> bool:
    return suggested.label == true.label


def _descends(suggested: Span, true: Span) -> bool:
    return (
        isinstance(suggested, SuggestedSpan)
        and isinstance(true, AnnotatedSpan)
        and true.origin != "added"
        and true.rule == suggested.rule
    )
