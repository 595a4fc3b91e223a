"""One annotator's first and second pass over the same passage: do they agree with themselves?

A passage has two passes of an annotator if they submitted it under two annotation ids, or
if records without ids give it twice. Of each id its last record counts; what was skipped or
deleted is no pass. Each annotator's passes become a document of their own, with two
annotators called first and second pass, so that every measure applies as it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from msgspec import structs

from toolkit.model import Annotation, Document, begun_at, latest_annotations

FIRST, SECOND = "first pass", "second pass"

BY = "annotator"
"""Where a document made here says whose passes it holds: a key of its ``meta``."""

Passage = tuple[str, int, int | None]


def two_passes(
    annotations: Sequence[Annotation], documents: Mapping[str, Document]
) -> tuple[list[Annotation], dict[str, Document]]:
    """The passages that somebody did twice, and the documents that they are in.

    Args:
        annotations: a history.
        documents: by id.

    Returns:
        Annotations by "first pass" and "second pass"; and for each document and annotator
        a document, with the annotator's name and the group of the document in its ``meta``.
    """
    passes: dict[str, list[Annotation]] = {FIRST: [], SECOND: []}
    made: dict[str, Document] = {}
    whole = [
        structs.replace(one, end=len(documents[one.doc_id].text)) if one.end is None else one
        for one in annotations
    ]
    for (name, (doc_id, _, _)), records in sorted(_by_passage(whole).items()):
        done = _passes(records)
        if len(done) > 1:
            document = documents[doc_id]
            own = f"{doc_id} ({name})"
            made[own] = structs.replace(
                document,
                id=own,
                meta={**document.meta, BY: name, "group": document.meta.get("group") or doc_id},
            )
            for who, one in zip((FIRST, SECOND), done, strict=False):
                passes[who].append(structs.replace(one, doc_id=own, annotator=who))
    return [*latest_annotations(passes[FIRST]), *latest_annotations(passes[SECOND])], made


def _by_passage(
    annotations: Sequence[Annotation],
) -> dict[tuple[str, Passage], list[Annotation]]:
    found = defaultdict(list)
    for one in annotations:
        found[one.annotator, one.passage].append(one)
    return found


def _passes(records: Sequence[Annotation]) -> list[Annotation]:
    """One annotator's submissions of one passage, each as it was last, in order of time."""
    by_id: dict[object, list[Annotation]] = defaultdict(list)
    for number, one in enumerate(records):
        ids = (one.project, one.task_id, one.annotation_id)
        by_id[number if one.annotation_id is None else ids].append(one)
    # One by one, because of the same passage only the last word counts.
    last = [found for mine in by_id.values() for found in latest_annotations(mine)]
    begun = {id(one): time.timestamp() for one in last if (time := begun_at(one))}
    if len(begun) == len(last):
        last.sort(key=lambda one: begun[id(one)])
    return last
