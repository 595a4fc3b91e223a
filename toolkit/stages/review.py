"""Disputes to a reviewer, decisions back into gold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from toolkit import records
from toolkit.errors import InputError
from toolkit.model import Document, GoldDocument
from toolkit.settings import Workspace
from toolkit.stages.workspace import (
    Progress,
    has_annotations,
    read_annotations,
    read_documents,
    read_gold,
    read_reviews,
    schema_of,
    silent,
)

if TYPE_CHECKING:
    from toolkit.datasets.checks.finding import Finding
    from toolkit.gold.disputes import Dispute
    from toolkit.studio.gateway import Gateway
    from toolkit.studio.project_pull import PullResult
    from toolkit.studio.review import ReviewPushed


class Pulled(Struct, frozen=True):
    """What ``pull`` brought.

    ``submissions`` are the reviewers' since the last time. Of the gold there is now,
    ``decided`` spans are a reviewer's, and ``changed`` are another than before: added,
    taken away or decided anew; null where there is no gold yet.
    """

    submissions: PullResult
    decided: int | None
    changed: int | None


def disputes_of(workspace: Workspace) -> list[Dispute]:
    """The workspace's disputes, the most worthwhile first.

    Raises:
        InputError: there is no gold, or it is of an older text.
    """
    from toolkit.corpus.passages import split
    from toolkit.gold.disputes import disputes, measured_effort

    history, documents = read_annotations(workspace), read_documents(workspace)
    size = workspace.settings.corpus.passage_chars
    return disputes(
        list(_fitting_gold(workspace, documents)),
        history,
        documents,
        read_reviews(workspace),
        lambda document: split(document, size),
        measured_effort(history, documents),
    )


def push_disputes(
    workspace: Workspace,
    gateway: Gateway,
    *,
    most: int | None = None,
    minutes: float | None = None,
    progress: Progress = silent,
) -> ReviewPushed:
    """Send the first disputes: at most so many, and what can be decided in so much time."""
    from toolkit.studio.review import chosen, push_review

    found = disputes_of(workspace)
    count = chosen(found, most=most, minutes=minutes)
    schema, documents = schema_of(workspace), read_documents(workspace)
    return push_review(gateway, workspace, schema, documents, found, count, progress=progress)


def push_doubts(
    workspace: Workspace,
    gateway: Gateway,
    findings: Iterable[Finding],
    *,
    most: int | None = None,
    minutes: float | None = None,
    progress: Progress = silent,
) -> ReviewPushed:
    """Send the passages that findings of ``check`` lie in, to a project of their own.

    Raises:
        InputError: the workspace has no such gold, or it is of an older text.
    """
    from toolkit.corpus.passages import split
    from toolkit.gold.disputes import Doubt, doubted, measured_effort
    from toolkit.gold.review import truths
    from toolkit.studio.review import chosen, push_review

    documents = read_documents(workspace)
    doubts: dict[str, list[Doubt]] = {}
    for one in findings:
        if one.doc_id:
            doubt = Doubt(one.start, one.end, f"{one.label} {one.why}".strip(), one.doubt)
            doubts.setdefault(one.doc_id, []).append(doubt)
    size = workspace.settings.corpus.passage_chars
    history = read_annotations(workspace) if has_annotations(workspace) else []
    found = doubted(
        doubts,
        _fitting_gold(workspace, documents),
        lambda gold: split(documents[gold.doc_id], size),
        truths(read_reviews(workspace), documents),
        measured_effort(history, documents),
    )
    count = chosen(found, most=most, minutes=minutes)
    schema = schema_of(workspace)
    return push_review(
        gateway, workspace, schema, documents, found, count, role="check", progress=progress
    )


def _fitting_gold(
    workspace: Workspace, documents: Mapping[str, Document]
) -> Iterator[GoldDocument]:
    """The gold of the workspace, whose texts are still those of its documents."""
    for one in read_gold(workspace):
        if one.doc_id not in documents or documents[one.doc_id].text != one.text:
            raise InputError(
                f"{workspace.gold}: document {one.doc_id!r} has another text now, or is gone",
                "Run 'toolkit merge' again.",
            )
        yield one


def pull_decisions(
    workspace: Workspace, gateway: Gateway, *, full: bool = False, progress: Progress = silent
) -> Pulled:
    """Fetch what was decided into reviews.jsonl, and bring it into the gold that is there."""
    result = fetch_decisions(workspace, gateway, full=full, progress=progress)
    if not workspace.gold.exists():
        return Pulled(result, None, None)
    return _applied(workspace, result)


def fetch_decisions(
    workspace: Workspace, gateway: Gateway, *, full: bool = False, progress: Progress = silent
) -> PullResult:
    """Fetch what was decided into reviews.jsonl, and leave gold as it is."""
    from toolkit.studio.pull import pull_reviews

    documents = read_documents(workspace)
    return pull_reviews(
        gateway, workspace, schema_of(workspace), documents, full=full, progress=progress
    )


def _applied(workspace: Workspace, result: PullResult) -> Pulled:
    from toolkit.gold.review import applied

    reviews = read_reviews(workspace)
    before = list(read_gold(workspace))
    documents = read_documents(workspace)
    history = read_annotations(workspace)
    after = list(applied(before, documents, history, reviews))
    reviewers = {one.annotator for one in reviews}
    old, new = _deciders(before), _deciders(after)
    if after != before:
        records.write_jsonl(workspace.gold, after)
    return Pulled(
        result,
        sum(who in reviewers for who in new.values()),
        sum(old.get(span) != new.get(span) for span in old | new),
    )


def _deciders(gold: list[GoldDocument]) -> dict[tuple[str, int, int, str], str]:
    return {(one.doc_id, *span.key): span.decided_by for one in gold for span in one.spans}
