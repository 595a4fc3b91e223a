"""What counts as the same span: edges, groups of labels, spans inside of others.

Applied to annotations before anything is measured, to everybody's alike. A report carries
the rules that it was made with.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Literal

from msgspec import Struct, field, structs

from toolkit.errors import UsageError
from toolkit.model import AnnotatedSpan, Annotation, Document
from toolkit.spans import EDGE_SPACE

NestedSpans = Literal["all", "outermost", "innermost"]
"""Of one annotator's spans inside of one another: all count, those that lie in no longer
one, or those that hold no shorter one. Spans that cross, or have the same offsets, stay."""

_EXAMPLE = "Write it like PERSON+TITLE=PERSON."


class Counting(Struct, frozen=True):
    """The rules.

    ``trim`` leaves white space and punctuation at the edges of spans out of account;
    ``groups`` gives labels another name, so that those of one name are the same;
    ``nested`` says which of spans inside of one another count.
    """

    trim: bool = False
    groups: dict[str, str] = field(default_factory=dict)
    nested: NestedSpans = "all"

    def label(self, label: str) -> str:
        """The name that a label counts under."""
        return self.groups.get(label, label)

    def labels(self, labels: Iterable[str]) -> tuple[str, ...]:
        """Labels in order, each group where its first label stood."""
        return tuple(dict.fromkeys(self.label(label) for label in labels))


def read_groups(written: Iterable[str]) -> dict[str, str]:
    """Groups of labels from ``A+B=AB``: label → the group's name.

    Raises:
        UsageError: one isn't of this form, or a label is in two groups.
    """
    groups: dict[str, str] = {}
    for one in written:
        members, sign, name = (part.strip() for part in one.rpartition("="))
        labels = [label.strip() for label in members.split("+")]
        if not sign or not name or not all(labels):
            raise UsageError(f"{one!r} is no group of labels", _EXAMPLE)
        for label in labels:
            if groups.setdefault(label, name) != name:
                raise UsageError(
                    f"label {label!r} is in two groups, {groups[label]!r} and {name!r}",
                    "Put each label into one group.",
                )
    return groups


def check_groups(groups: Mapping[str, str], known: Iterable[str]) -> None:
    """Refuse groups of labels that don't exist.

    Raises:
        UsageError: a label in a group is none of those that are known.
    """
    known = set(known)
    unknown = [label for label in groups if label not in known]
    if unknown:
        raise UsageError(
            f"there is no label {', '.join(map(repr, unknown))}",
            f"The labels are {', '.join(sorted(known))}.",
        )


def apply(
    counting: Counting, annotations: Sequence[Annotation], documents: Mapping[str, Document]
) -> list[Annotation]:
    """Annotations with the spans that count, as they count."""
    if counting == Counting():
        return list(annotations)
    return [
        structs.replace(one, spans=_counted(counting, one.spans, documents[one.doc_id].text))
        for one in annotations
    ]


def _counted(
    counting: Counting, spans: Sequence[AnnotatedSpan], text: str
) -> tuple[AnnotatedSpan, ...]:
    if counting.trim:
        spans = [_trimmed(span, text) for span in spans]
    if counting.groups:
        spans = [structs.replace(span, label=counting.label(span.label)) for span in spans]
    if counting.nested == "outermost":
        spans = _outermost(spans)
    elif counting.nested == "innermost":
        spans = _innermost(spans)
    return tuple(spans)


def _trimmed(span: AnnotatedSpan, text: str) -> AnnotatedSpan:
    """The span without its edges; one that is nothing but edge stays."""
    start, end = span.start, span.end
    while start < end and _is_edge(text[start]):
        start += 1
    while start < end and _is_edge(text[end - 1]):
        end -= 1
    if start == end or (start, end) == (span.start, span.end):
        return span
    return structs.replace(span, start=start, end=end, text=None)


def _is_edge(character: str) -> bool:
    return character in EDGE_SPACE or unicodedata.category(character).startswith("P")


def _outermost(spans: Sequence[AnnotatedSpan]) -> list[AnnotatedSpan]:
    """Without spans that lie in a longer one."""
    kept: list[AnnotatedSpan] = []
    reached = -1
    by_place = sorted(spans, key=lambda span: (span.start, -span.end))
    for (_, end), alike in groupby(by_place, attrgetter("start", "end")):
        if end > reached:
            kept += alike
            reached = end
    return kept


def _innermost(spans: Sequence[AnnotatedSpan]) -> list[AnnotatedSpan]:
    """Without spans that hold a shorter one."""
    kept: list[AnnotatedSpan] = []
    nearest: int | None = None
    by_place = sorted(spans, key=lambda span: (-span.start, span.end))
    for (_, end), alike in groupby(by_place, attrgetter("start", "end")):
        if nearest is None or end < nearest:
            kept += alike
            nearest = end
    return kept
