"""What people did to the suggestions, told from what came back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from toolkit.model import AnnotatedSpan, Annotation, SuggestedSpan, Suggestion
from toolkit.spans import match


class Handling(Struct):
    """What people did to the suggestions of a label; ``shown = kept + changed + removed``."""

    label: str
    kept: int = 0
    changed: int = 0
    removed: int = 0
    added: int = 0

    @property
    def shown(self) -> int:
        """How many suggestions of this label people saw; each counts once a person."""
        return self.kept + self.changed + self.removed


class Suggestions(Struct, frozen=True):
    """Handling by label, and the annotations that it could not be told for."""

    labels: tuple[Handling, ...]
    annotations: int
    without: int
    unknown_version: int


def tell_handling(
    latest: Iterable[Annotation], shown: Mapping[tuple[str, str], Suggestion]
) -> Suggestions:
    """What became of each suggestion that somebody saw, by its label.

    Args:
        latest: the annotations that count.
        shown: ``(doc_id, model_version)`` → what the annotators of that version saw.
    """
    rows: dict[str, Handling] = {}
    told = without = unknown = 0
    for annotation in latest:
        if annotation.suggested is None:
            without += 1
            continue
        suggestion = shown.get((annotation.doc_id, annotation.suggested))
        if suggestion is None:
            unknown += 1
            continue
        told += 1
        for label, what in _fates(annotation, suggestion):
            row = rows.setdefault(label, Handling(label))
            setattr(row, what, getattr(row, what) + 1)
    return Suggestions(tuple(rows.values()), told, without, unknown)


def _fates(annotation: Annotation, suggestion: Suggestion) -> list[tuple[str, str]]:
    """``(label, kept | changed | removed | added)`` for every span of either side.

    A suggestion that was changed and changed back is kept. A changed span belongs to the
    suggestion that it still overlaps; one that overlaps none counts as added, and its
    suggestion as removed.
    """
    end = annotation.end
    open_ = [
        span
        for span in suggestion.spans
        if annotation.start <= span.start and (end is None or span.end <= end)
    ]
    fates: list[tuple[str, str]] = []
    by_key = {span.key: span for span in open_}
    kept: set[tuple[int, int, str]] = set()
    changed: list[AnnotatedSpan] = []
    for span in annotation.spans:
        if span.origin != "added" and span.key in by_key and span.key not in kept:
            kept.add(span.key)
            fates.append((span.label, "kept"))
        elif span.origin == "added":
            fates.append((span.label, "added"))
        else:
            changed.append(span)
    left: list[SuggestedSpan] = [span for span in by_key.values() if span.key not in kept]
    pairs = dict(match(left, changed, lambda _a, _b: True))
    fates += [(span.label, "changed" if i in pairs else "removed") for i, span in enumerate(left)]
    found = set(pairs.values())
    fates += [(span.label, "added") for j, span in enumerate(changed) if j not in found]
    return fates
