"""Annotators who leave every suggestion as it is.

Each is compared with the others: how likely it is that somebody who changes as often as they
do changes nothing in so many passages. A passage is changed where a span was added or changed
or, if the suggestions are known, one of them is gone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from toolkit.datasets.checks.finding import Finding, Material, overall
from toolkit.model import Annotation, Suggestion

KIND = "never-changes"

_LEAST_PASSAGES = 5
"""With suggestions in them; fewer say nothing of a person."""

_ALONE = 0.2
"""Share of passages that are changed where there is nobody to compare with."""


def find(material: Material) -> Iterator[Finding]:
    """The annotators who changed nothing, by how unlike the others that is."""
    seen: Counter[str] = Counter()
    changed: Counter[str] = Counter()
    for annotation in material.annotations():
        if annotation.suggested is None:
            continue
        proposed = _proposed(annotation, material.suggestions)
        if not proposed and not annotation.spans:
            continue  # nothing was shown that could have been changed
        seen[annotation.annotator] += 1
        changed[annotation.annotator] += _is_changed(annotation, proposed)
    for annotator, passages in seen.items():
        if changed[annotator] or passages < _LEAST_PASSAGES:
            continue
        others = seen.total() - passages
        rate = (changed.total() + 1) / (others + 2) if others else _ALONE
        why = f"{annotator} changed nothing in {passages} passages with suggestions"
        if others:
            why += f"; the others changed {changed.total()} of {others}"
        yield overall(KIND, why, 1 - (1 - rate) ** passages)


def _proposed(annotation: Annotation, suggestions: Mapping[str, Suggestion]) -> int:
    """How many suggestions the annotator was shown, as far as they are still known."""
    suggestion = suggestions.get(annotation.doc_id)
    if suggestion is None or suggestion.model_version != annotation.suggested:
        return 0
    end = annotation.end
    return sum(
        annotation.start <= span.start and (end is None or span.end <= end)
        for span in suggestion.spans
    )


def _is_changed(annotation: Annotation, proposed: int) -> bool:
    kept = sum(span.origin == "suggested" for span in annotation.spans)
    return kept < len(annotation.spans) or kept < proposed
