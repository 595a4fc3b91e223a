"""Editing work: how many actions an annotator needs with the suggestions, and without.

Drawing a span, removing one and changing a label are one action each; moving a span's
boundaries is two (remove and draw, which is what the editor asks for).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from msgspec import Struct

from toolkit.rules.outcomes import Judged, Judgement, Outcome

ACTIONS: dict[Outcome, int] = {"kept": 0, "label": 1, "boundary": 2, "removed": 1}
"""What becomes of a suggestion, in actions."""

DRAW = 1
"""A span that nobody suggested, in actions."""


class EditingWork(Struct, frozen=True):
    """Actions for the spans of one label, or of all.

    ``blank`` starts from nothing: every true span is drawn. ``left`` starts from the
    suggestions; it is ``drawn + relabelled + 2 × moved + removed``. A changed label counts
    for the label that was right.
    """

    label: str
    blank: int
    drawn: int
    relabelled: int
    moved: int
    removed: int

    @property
    def left(self) -> int:
        """Actions with the suggestions."""
        return (
            DRAW * self.drawn
            + ACTIONS["label"] * self.relabelled
            + ACTIONS["boundary"] * self.moved
            + ACTIONS["removed"] * self.removed
        )

    @property
    def share(self) -> float | None:
        """``left`` as a share of ``blank``; null where there is nothing to draw."""
        return self.left / self.blank if self.blank else None


def editing_work(judgements: Iterable[Judgement]) -> list[EditingWork]:
    """The work by label, in order of labels, and of all of them as ``""`` at the end."""
    counts: Counter[tuple[str, str]] = Counter()
    for judgement in judgements:
        for judged in judgement.judged:
            label = judged.span.label if judged.became is None else judged.became.label
            counts[label, judged.outcome] += 1
        counts.update((span.label, "drawn") for span in judgement.missed)
    labels = sorted({label for label, _ in counts})
    rows = [
        _work(label, {kind: n for (of, kind), n in counts.items() if of == label})
        for label in labels
    ]
    total: Counter[str] = Counter()
    for (_, kind), n in counts.items():
        total[kind] += n
    return [*rows, _work("", total)]


def _work(label: str, counts: dict[str, int]) -> EditingWork:
    true = ("kept", "label", "boundary", "drawn")
    return EditingWork(
        label=label,
        blank=DRAW * sum(counts.get(kind, 0) for kind in true),
        drawn=counts.get("drawn", 0),
        relabelled=counts.get("label", 0),
        moved=counts.get("boundary", 0),
        removed=counts.get("removed", 0),
    )


def thresholds(judged: Iterable[Judged]) -> dict[str, float]:
    """For each label the least score to show, so that annotators have the least to do.

    A suggestion that is shown costs what its outcome takes; one that is not shown costs
    drawing it, where it stood for a true span. 0 where all should be shown; above 1 where
    none should. Of equally good thresholds the lowest.
    """
    by_label: dict[str, list[tuple[float, int]]] = {}
    for one in judged:
        hidden = 0 if one.outcome == "removed" else DRAW
        gain = hidden - ACTIONS[one.outcome]
        by_label.setdefault(one.span.label, []).append((one.span.score, gain))
    return {label: _threshold(gains) for label, gains in sorted(by_label.items())}


def _threshold(gains: list[tuple[float, int]]) -> float:
    """The score from which on showing saves the most actions."""
    best, saved, at = 0, 0, 1.01
    ordered = sorted(gains, reverse=True)
    for index, (score, gain) in enumerate(ordered):
        saved += gain
        is_last_of_its_score = index + 1 == len(ordered) or ordered[index + 1][0] < score
        if is_last_of_its_score and saved >= best:
            best, at = saved, score
    return 0.0 if at == ordered[-1][0] else at
