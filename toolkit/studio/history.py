"""``annotations.jsonl``: every submission that was ever seen, one record each.

A record that is in the file stays there: what comes from the server is added, and a
submission that comes again takes the place of its own record and of no other. In memory
is only where each record stands and what it is known by; the records stay on disk.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import IO, Literal, cast

import msgspec
from msgspec.structs import replace

from toolkit.errors import InputError
from toolkit.model import Annotation
from toolkit.records import read_jsonl, remove_parts, replacing

Kind = Literal["new", "changed", "unchanged"]

_Place = tuple[str, int, int, str, str, int]
"""What the file is sorted by: document, stretch, annotator, time, annotation."""

_HELD_BYTES = 16_000_000
"""New records up to this size wait in memory, more of them in a file without a name."""

_BOM = b"\xef\xbb\xbf"


class _Entry(msgspec.Struct, gc=False):
    """Where a record is, and what it is known by."""

    place: _Place
    task: int
    created_at: str | None
    project: str | None
    suggested: str | None
    is_deleted: bool
    digest: int
    """Of the record without ``suggested``."""
    is_waiting: bool
    """Whether it is among the new records, and not in the file."""
    offset: int
    length: int

    @property
    def annotator(self) -> str:
        return self.place[3]

    @property
    def updated_at(self) -> str:
        return self.place[4]

    def is_of(self, record: Annotation) -> bool:
        """Whether it is a submission of the record's annotation, and of no other server's."""
        return (
            self.task == record.task_id
            and self.created_at == record.created_at
            and self.project in {None, record.project}
        )


class History:
    """The file, read once and written as often as wanted; closed at the end of a ``with``.

    Raises:
        InputError: it can't be read.
        RecordError: it holds something else.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None
        self._waiting: IO[bytes] = _waiting_room(path)
        self._others: list[_Entry] = []  # not from a server, or not to be told apart
        self._entries: dict[int, list[_Entry]] = {}
        self._live: dict[str, dict[int, int]] = {}  # by project, tasks by annotation
        self._is_written = path.exists()
        try:
            if self._is_written:
                remove_parts(path)
                self._file = path.open("rb")
                self._load(self._file)
        except BaseException as error:
            self.close()
            if isinstance(error, OSError):
                raise InputError(
                    f"{path}: can't be read ({error.strerror})", "Is it a file that you may read?"
                ) from None
            raise

    def __enter__(self) -> History:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the files; what was not written is gone."""
        self._waiting.close()
        if self._file is not None:
            self._file.close()

    def annotations(self, project: str) -> dict[int, int]:
        """The project's annotations that count as being on the server, with their tasks."""
        return dict(self._live.get(project, {}))

    def elsewhere(self, projects: Iterable[str]) -> int:
        """How many annotations are of other projects than these, or of unknown ones."""
        known = set(projects)
        return sum(
            any(entry.project not in known for entry in entries)
            for entries in self._entries.values()
        )

    def add(self, record: Annotation) -> Kind:
        """Keep a submission; says what it is to the file.

        What the annotator was shown stays known when the server has forgotten it. All
        submissions of an annotation are one person's, so they get the name that the
        last one has: who is renamed in toolkit.toml is not taken for two. An annotation
        that is there again is not deleted any more.
        """
        if record.task_id is None or record.annotation_id is None or record.updated_at is None:
            raise ValueError("a submission without task, id or time")
        entries = self._entries.setdefault(record.annotation_id, [])
        known = [entry for entry in entries if entry.is_of(record)]
        kind: Kind = "changed" if known else "new"
        is_back = any(entry.is_deleted for entry in known)
        shared = {"annotator": record.annotator, "project": record.project, "deleted_at": None}
        as_now = (False, record.annotator, record.project)
        for entry in known:
            if entry.updated_at == record.updated_at:
                kind = "changed" if is_back else "unchanged"
                if entry.digest != _digest(record):
                    self._put(entry, replace(record, suggested=record.suggested or entry.suggested))
            elif (entry.is_deleted, entry.annotator, entry.project) != as_now:
                self._put(entry, replace(self._record(entry), **shared))
        if not any(entry.updated_at == record.updated_at for entry in known):
            entry = _entry(record)
            entries.append(entry)
            self._put(entry, record)
        return kind

    def withdraw(self, project: str, annotations: Iterable[int], now: str) -> list[str]:
        """Note of the project's annotations that they were deleted; says whose each was."""
        whose = []
        for annotation in sorted(annotations):
            mine = [one for one in self._entries[annotation] if one.project == project]
            for entry in mine:
                self._put(entry, replace(self._record(entry), deleted_at=now))
            whose.append(mine[-1].annotator)
        return whose

    def write(self) -> None:
        """Write the file anew if it would differ; the order doesn't depend on the pulls."""
        if self._is_written:
            return
        entries = [*self._others, *(one for some in self._entries.values() for one in some)]
        entries.sort(key=lambda entry: entry.place)
        places = []
        with replacing(self._path) as out:
            offset = 0
            for entry in entries:
                line = self._line(entry)
                out.write(line + b"\n")
                places.append(offset)
                offset += len(line) + 1
        file = self._path.open("rb")
        if self._file is not None:
            self._file.close()
        self._file = file
        for entry, offset in zip(entries, places, strict=True):
            entry.offset, entry.is_waiting = offset, False
        self._waiting.close()
        self._waiting = _waiting_room(self._path)
        self._is_written = True

    def _load(self, file: IO[bytes]) -> None:
        decoder = msgspec.json.Decoder(Annotation)
        offset = 0
        last: _Place | None = None
        for line in file:
            start = offset + (len(_BOM) if offset == 0 and line.startswith(_BOM) else 0)
            text = line[start - offset :].rstrip(b"\r\n")
            offset += len(line)
            if not text or text.isspace():
                continue
            try:
                record = decoder.decode(text)
            except (msgspec.DecodeError, UnicodeDecodeError):
                # It can tell the line and what to do about it.
                for _ in read_jsonl(self._path, Annotation):
                    pass
                raise
            entry = _entry(record)
            entry.digest, entry.offset, entry.length = _digest(record), start, len(text)
            self._is_written = self._is_written and (last is None or last <= entry.place)
            last = entry.place
            self._keep(record, entry)

    def _keep(self, record: Annotation, entry: _Entry) -> None:
        if record.task_id is None or record.annotation_id is None or record.updated_at is None:
            self._others.append(entry)
            return
        self._note_live(record)
        entries = self._entries.setdefault(record.annotation_id, [])
        same = [one for one in entries if one.is_of(record) and one.updated_at == entry.updated_at]
        if not same:
            entries.append(entry)
        elif (same[0].digest, same[0].suggested) != (entry.digest, entry.suggested):
            self._others.append(entry)
        else:  # the same twice
            self._is_written = False

    def _put(self, entry: _Entry, record: Annotation) -> None:
        line = msgspec.json.encode(record)
        self._note_live(record)
        fresh = _entry(record)
        entry.place, entry.project, entry.suggested = fresh.place, fresh.project, fresh.suggested
        entry.is_deleted, entry.digest = fresh.is_deleted, _digest(record)
        try:
            entry.offset = self._waiting.seek(0, 2)
            self._waiting.write(line)
            self._waiting.flush()
        except OSError as error:
            raise InputError(
                f"{self._path}: what is new can't be kept beside it ({error.strerror})",
                "Make room there; nothing was changed.",
            ) from None
        entry.length, entry.is_waiting = len(line), True
        self._is_written = False

    def _note_live(self, record: Annotation) -> None:
        if record.project is None or record.annotation_id is None or record.task_id is None:
            return
        live = self._live.setdefault(record.project, {})
        if record.deleted_at is None:
            live[record.annotation_id] = record.task_id
        else:
            live.pop(record.annotation_id, None)

    def _record(self, entry: _Entry) -> Annotation:
        return msgspec.json.decode(self._line(entry), type=Annotation)

    def _line(self, entry: _Entry) -> bytes:
        file = self._waiting if entry.is_waiting or self._file is None else self._file
        file.seek(entry.offset)
        return file.read(entry.length)


def _waiting_room(path: Path) -> IO[bytes]:
    # Beside the file, so that what fits there fits here; it has no name, and so no leftovers.
    room = tempfile.SpooledTemporaryFile(_HELD_BYTES, "w+b", dir=str(path.parent))  # noqa: SIM115 - the History closes it
    return cast("IO[bytes]", room)


def _entry(record: Annotation) -> _Entry:
    """The record's entry, in no file yet; what many records share is one object."""
    return _Entry(
        place=(
            sys.intern(record.doc_id),
            record.start,
            -1 if record.end is None else record.end,
            sys.intern(record.annotator),
            record.updated_at or "",
            record.annotation_id or 0,
        ),
        task=record.task_id or 0,
        created_at=record.created_at,
        project=record.project and sys.intern(record.project),
        suggested=record.suggested and sys.intern(record.suggested),
        is_deleted=record.deleted_at is not None,
        digest=0,
        is_waiting=False,
        offset=0,
        length=0,
    )


def _digest(record: Annotation) -> int:
    return hash(msgspec.json.encode(replace(record, suggested=None)))
