"""``annotations.unusable.jsonl``: submissions that are no record yet, just as the server has them.

A label may be unknown, a document gone. Until somebody mends that, the work is not to be on
the server alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from toolkit.records import read_jsonl, write_jsonl


class Unusable(Struct, frozen=True):
    """One submission that can't be used; ``problem`` says why."""

    project: str
    problem: str
    task: dict[str, Any]
    annotation: dict[str, Any]

    @property
    def key(self) -> tuple[str, int, str]:
        """Project, annotation, and when it was submitted."""
        return (self.project, self.annotation["id"], self.annotation["updated_at"])


class UnusableFile:
    """The file; it is there only while there is something in it.

    Raises:
        InputError: it can't be read.
        RecordError: it holds something else.
    """

    def __init__(self, annotations: Path) -> None:
        self._path = annotations.with_name(f"{annotations.stem}.unusable{annotations.suffix}")
        self._stored: list[Unusable] = []
        if self._path.exists():
            self._stored = list(read_jsonl(self._path, Unusable))
        self._kept = {one.key: one for one in self._stored}

    def keep(
        self, project: str, task: Mapping[str, Any], annotation: Mapping[str, Any], problem: str
    ) -> None:
        """Keep a submission, with the task that it is for."""
        about = {"id": task["id"], "data": task["data"]}
        one = Unusable(project, problem, about, dict(annotation))
        self._kept[one.key] = one

    def used(self, project: str, annotation: int) -> None:
        """Drop what there is of an annotation that became a record."""
        for key in [key for key in self._kept if key[:2] == (project, annotation)]:
            del self._kept[key]

    def write(self) -> None:
        """Write the file anew if it would differ."""
        kept = [self._kept[key] for key in sorted(self._kept)]
        if kept and kept != self._stored:
            write_jsonl(self._path, kept)
        elif not kept:
            self._path.unlink(missing_ok=True)
        self._stored = kept
