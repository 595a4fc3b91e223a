"""``annotations.jsonl``: every submission that was ever seen, one record each.

A record that is in the file stays there: what comes from the server is added, and a
submission that comes again takes the place of its own record and of no other.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Literal

from msgspec.structs import replace

from toolkit.model import Annotation
from toolkit.records import read_jsonl, write_jsonl

Kind = Literal["new", "changed", "unchanged"]

_Submission = tuple[int, int, str]
"""Task, annotation, and when it was submitted."""


class History:
    """The file in memory.

    Raises:
        RecordError: the file holds something else.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stored: list[Annotation] | None = None
        self._others: list[Annotation] = []  # not from a server, or not to be told apart
        self._records: dict[_Submission, Annotation] = {}
        self._versions: dict[tuple[int, int, str | None], set[_Submission]] = defaultdict(set)
        self._tasks: dict[int, int] = {}
        if path.exists():
            self._stored = list(read_jsonl(path, Annotation))
        for record in self._stored or ():
            submission = _submission(record)
            if submission is None or self._records.get(submission, record) != record:
                self._others.append(record)
            else:
                self._keep(submission, record)

    @property
    def tasks(self) -> dict[int, int]:
        """The annotations that were ever seen on a server, with their tasks."""
        return self._tasks

    def add(self, record: Annotation) -> Kind:
        """Keep a submission; says what it is to the file.

        What the annotator was shown stays known when the server has forgotten it. All
        submissions of an annotation are one person's, so they get the name that the
        last one has: who is renamed in toolkit.toml is not taken for two.
        """
        submission = _submission(record)
        if submission is None:
            raise ValueError("a submission without task, id or time")
        kind: Kind = "changed" if submission[1] in self._tasks else "new"
        known = self._records.get(submission)
        if known is not None:
            kind = "unchanged"
            record = replace(record, suggested=record.suggested or known.suggested)
        self._keep(submission, record)
        for earlier in self._versions[*submission[:2], record.created_at]:
            one = self._records[earlier]
            if one.annotator != record.annotator:
                self._records[earlier] = replace(one, annotator=record.annotator)
        return kind

    def write(self) -> None:
        """Write the file anew if it would differ; the order doesn't depend on the pulls."""
        records = sorted([*self._others, *self._records.values()], key=_place)
        if records != self._stored:
            write_jsonl(self._path, records)
            self._stored = records

    def _keep(self, submission: _Submission, record: Annotation) -> None:
        task, annotation, _ = submission
        self._records[submission] = record
        self._versions[task, annotation, record.created_at].add(submission)
        self._tasks[annotation] = task


def _submission(record: Annotation) -> _Submission | None:
    """What tells a submission from all others; None for a record that is from no server."""
    if record.task_id is None or record.annotation_id is None or record.updated_at is None:
        return None
    return (record.task_id, record.annotation_id, record.updated_at)


def _place(record: Annotation) -> tuple[str, int, int, str, str, int]:
    return (
        record.doc_id,
        record.start,
        -1 if record.end is None else record.end,
        record.annotator,
        record.updated_at or "",
        record.annotation_id or 0,
    )
