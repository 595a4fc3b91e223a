"""``import``: gold or annotations that a team has from elsewhere, into the workspace.

Documents. A text is found again by its id and text, else by its text alone, so that what
several people annotated elsewhere comes together on one document. A new one keeps the id
that its file gives, unless that is a running number (digits only) and no name: then, and
where there is none, it is the first digits of the SHA-256 of its text, as ``ingest`` has it.
New texts are kept as they came in ``imported/``, which is their source; ``ingest`` doesn't
read that folder and leaves documents with gold or annotations as they are, so nothing that was
imported is repaired, changed or dropped later.

Records. What is there already stays and is never overwritten: the same annotation twice is
one, a different one is added to the history, and a document that has other gold keeps it
and is told of.
"""

from __future__ import annotations

import hashlib
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from toolkit import records
from toolkit.errors import InputError, SchemaError, UsageError
from toolkit.model import (
    AnnotatedSpan,
    Annotation,
    Document,
    GoldDocument,
    GoldSpan,
    Source,
    Span,
)
from toolkit.settings import Workspace, check_annotator
from toolkit.spans import check_spans
from toolkit.stages.corpus import LISTED
from toolkit.stages.taken import Taken, Text, append
from toolkit.stages.working import working_folder
from toolkit.stages.workspace import schema_of, stored_documents

if TYPE_CHECKING:
    from toolkit.datasets.importing.imported import Imported

As = Literal["gold", "annotations"]

FOLDER = "imported"
"""Below the workspace: the texts of imported documents as they came."""

_ID_DIGITS = 12

DECIDED_BY = "import"


class ImportResult(Struct, frozen=True):
    """What ``import`` did.

    Of the texts that were ``read``, ``new_documents`` weren't there; ``added`` records were
    written, and ``same`` were there already or came twice. ``kept`` are documents that have
    other gold, which stays (the first ``LISTED`` of ``kept_count``). ``skipped_labels`` counts
    spans that were left out, ``empty`` texts without a character. ``texts`` is where new texts
    are kept.
    """

    read: int
    new_documents: int
    added: int
    same: int
    spans: int
    by_label: dict[str, int]
    annotators: tuple[str, ...]
    kept_count: int
    kept: tuple[str, ...]
    skipped_labels: dict[str, int]
    empty: int
    texts: Path | None


def import_(
    workspace: Workspace,
    path: Path,
    format_: str,
    *,
    as_: As = "gold",
    annotator: str = "",
    labels: Mapping[str, str] | None = None,
    skip_labels: bool = False,
    prefix: str = "",
    dry_run: bool = False,
) -> ImportResult:
    """Bring a file or folder into the workspace, all of it or nothing.

    Args:
        workspace: where it goes.
        path: the file or folder.
        format_: what it is, as ``toolkit.datasets.importing.registry`` names it.
        as_: whether the spans are gold, or one person's annotations.
        annotator: whose they are where the file doesn't say.
        labels: what the schema calls a label of the file.
        skip_labels: leave spans out whose labels the schema lacks.
        prefix: goes before the ids that the file gives.
        dry_run: look at everything and write nothing.

    Raises:
        UsageError: no such format, or annotations without an annotator.
        InputError: the file can't be read, or an id is another text's.
        OffsetError: a span doesn't stand where it says.
        SchemaError: labels that the schema lacks, each with its number of spans.
        WorkspaceError: another ingest, import, push or pull is at work here.
    """
    from toolkit.datasets.importing.registry import readable
    from toolkit.studio.state import sync_lock

    kind = readable(format_)
    if annotator:
        check_annotator(annotator, "someone@example.com")
    if as_ == "gold" and annotator:
        raise UsageError("gold has no annotator", "Say --as annotations, or leave it out.")
    with (
        working_folder(workspace, "ingest", workspace.documents) as folder,
        sync_lock(workspace),
    ):
        labels_of = _Labels(workspace, labels or {}, skip_labels)
        with Taken(folder) as taken:
            run = _Run(workspace, _Asked(as_, annotator, prefix), labels_of, taken)
            run.read(kind.read(path))
        run.labels.settle(path)
        return run.result(None if dry_run else run.write(path))


class _Labels:
    """The labels of a file, as the schema calls them."""

    def __init__(self, workspace: Workspace, names: Mapping[str, str], skip: bool) -> None:
        self._schema = schema_of(workspace)
        self._names = names
        self._skip = skip
        self.unknown: Counter[str] = Counter()
        for name in names.values():
            self._schema.label(name)

    def known(self, spans: tuple[GoldSpan, ...]) -> tuple[GoldSpan, ...]:
        """The spans with labels of the schema; of others only a count is kept."""
        kept: dict[tuple[int, int, str], GoldSpan] = {}
        for span in spans:
            label = self._names.get(span.label, span.label)
            if label not in self._schema:
                self.unknown[span.label] += 1
                continue
            one = span if label == span.label else replace(span, label=label)
            kept.setdefault(one.key, one)
        return tuple(kept[key] for key in sorted(kept))

    def settle(self, path: Path) -> None:
        """Refuse labels that nobody has decided on."""
        if self.unknown and not self._skip:
            listed = ", ".join(f"{label} ({n})" for label, n in self.unknown.most_common(20))
            more = len(self.unknown) - 20
            listed += f" and {more} more" if more > 0 else ""
            raise SchemaError(
                f"{path}: labels that the label config lacks, with their spans: {listed}",
                "Say --map OLD=NEW for each, --skip-labels to leave their spans out, or add them "
                f"to the config, which has {', '.join(self._schema.values)}.",
            )


class _Asked(Struct, frozen=True):
    """What ``import_`` was asked for."""

    as_: As
    annotator: str
    prefix: str


class _Run:
    """One import: everything is read and settled before anything is written.

    In memory are ids and digests; texts and records are on disk.
    """

    def __init__(self, workspace: Workspace, asked: _Asked, labels: _Labels, taken: Taken) -> None:
        self.labels = labels
        self._workspace = workspace
        self._taken = taken
        self._as, self._annotator, self._prefix = asked.as_, asked.annotator, asked.prefix
        self._names = {
            mail.casefold(): name for name, mail in workspace.settings.annotators.items()
        }
        self._digest_of: dict[str, bytes] = {}
        self._ids_of: defaultdict[bytes, list[str]] = defaultdict(list)
        for document in stored_documents(workspace):
            self._remember(document.id, _digest(document.text))
        self._variants: defaultdict[tuple[bytes, str], list[bytes]] = defaultdict(list)
        self._new: set[str] = set()
        self._gold: dict[str, bytes] = {}
        self._annotations: set[bytes] = set()
        self._annotators: set[str] = set()
        self._read = self._same = self._empty = 0
        self._kept_count = 0
        self._kept: list[str] = []
        self._by_label: Counter[str] = Counter()

    def read(self, found: Iterator[Imported]) -> None:
        """Take in what a file gives."""
        known_gold = self._known_gold()
        known_annotations = self._known_annotations()
        for one in found:
            self._read += 1
            if not one.text.strip():
                self._empty += 1
                continue
            check_spans(one.id or one.where, one.text, one.spans)
            spans = self.labels.known(one.spans)
            who = self._who(one)
            doc_id = self._document(one, spans, who)
            if doc_id is None:
                self._same += 1
            elif self._as == "gold":
                self._take_gold(doc_id, one, spans, known_gold)
            else:
                self._take_annotation(doc_id, one, spans, who, known_annotations)
        if not self._read:
            raise InputError(
                "there is no text in it", "Is it the right file, and the right format?"
            )

    def _who(self, one: Imported) -> str:
        if self._as == "gold":
            return ""
        given = self._names.get(one.annotator.casefold(), one.annotator) or self._annotator
        if not given:
            raise UsageError(
                f"{one.where}: doesn't say who annotated it", "Say it: --annotator NAME."
            )
        return given

    def _document(self, one: Imported, spans: tuple[GoldSpan, ...], who: str) -> str | None:
        """The id of the text's document, which is made where there is none; None for a repeat."""
        digest = _digest(one.text)
        given = f"{self._prefix}{one.id}" if one.id else ""
        if given and self._digest_of.get(given) == digest:
            return given
        variant = _spans_digest(spans, skipped=one.skipped)
        variants = self._variants[digest, who]
        if given and not given.isdecimal() and not self._was_there(digest):
            if given in self._digest_of:
                raise InputError(
                    f"{one.where}: the id {given!r} is that of another text in the workspace",
                    "Give the imported ids a prefix: --prefix NAME-.",
                )
            return self._add(given, one.text, digest, one.where)
        if variant in variants:
            return None
        variants.append(variant)
        number = len(variants)
        if number <= len(self._ids_of[digest]):
            return self._ids_of[digest][number - 1]
        name = digest.hex()[:_ID_DIGITS] + (f"-{number}" if number > 1 else "")
        return self._add(name, one.text, digest, one.where)

    def _was_there(self, digest: bytes) -> bool:
        return any(doc_id not in self._new for doc_id in self._ids_of[digest])

    def _add(self, doc_id: str, text: str, digest: bytes, where: str) -> str:
        self._new.add(doc_id)
        self._taken.add(self._taken.texts, Text(doc_id, text), where)
        self._remember(doc_id, digest)
        return doc_id

    def _remember(self, doc_id: str, digest: bytes) -> None:
        self._digest_of[doc_id] = digest
        self._ids_of[digest].append(doc_id)

    def _take_gold(
        self,
        doc_id: str,
        one: Imported,
        spans: tuple[GoldSpan, ...],
        known: Mapping[str, bytes],
    ) -> None:
        before = known.get(doc_id) or self._gold.get(doc_id)
        if before is not None:
            if before == _spans_digest(spans):
                self._same += 1
            else:
                self._kept_count += 1
                self._kept += [doc_id] if len(self._kept) < LISTED else []
            return
        marked = tuple(
            replace(s, text=one.text[s.start : s.end], decided_by=s.decided_by or DECIDED_BY)
            for s in spans
        )
        base = one.gold or GoldDocument(doc_id, one.text, status="single")
        if one.gold is not None and not one.gold.annotators:
            base = replace(base, status="single")  # nobody knows who agreed
        self._gold[doc_id] = _spans_digest(spans)
        gold = replace(base, doc_id=doc_id, spans=marked)
        self._taken.add(self._taken.gold, gold, one.where)
        self._by_label.update(span.label for span in marked)

    def _take_annotation(
        self,
        doc_id: str,
        one: Imported,
        spans: tuple[GoldSpan, ...],
        who: str,
        known: frozenset[bytes],
    ) -> None:
        given = tuple(
            AnnotatedSpan(s.start, s.end, s.label, one.text[s.start : s.end]) for s in spans
        )
        annotation = Annotation(
            doc_id,
            who,
            given,
            created_at=one.created_at,
            updated_at=one.updated_at,
            lead_time=one.lead_time,
            skipped=one.skipped,
        )
        key = _record_digest(annotation)
        if key in known or key in self._annotations:
            self._same += 1
            return
        self._annotations.add(key)
        self._annotators.add(who)
        self._taken.add(self._taken.annotations, annotation, one.where)
        self._by_label.update(span.label for span in given)

    def _known_gold(self) -> dict[str, bytes]:
        if self._as != "gold" or not self._workspace.gold.exists():
            return {}
        found = records.read_jsonl(self._workspace.gold, GoldDocument)
        return {one.doc_id: _spans_digest(one.spans) for one in found}

    def _known_annotations(self) -> frozenset[bytes]:
        if self._as != "annotations" or not self._workspace.annotations.exists():
            return frozenset()
        found = records.read_jsonl(self._workspace.annotations, Annotation)
        return frozenset(map(_record_digest, found))

    def write(self, path: Path) -> Path | None:
        """Texts, documents, then records; killed in between, the same call goes on."""
        taken, workspace = self._taken, self._workspace
        texts = self._keep_texts(path) if taken.counts[taken.texts] else None
        if taken.counts[taken.gold]:
            new_gold = records.read_jsonl(taken.gold, GoldDocument)
            append(workspace.gold, GoldDocument, new_gold)
        if taken.counts[taken.annotations]:
            new_annotations = records.read_jsonl(taken.annotations, Annotation)
            append(workspace.annotations, Annotation, new_annotations)
        return texts

    def _keep_texts(self, path: Path) -> Path:
        """The new texts as a raw file of the workspace, and the documents that come from it."""
        kept = self._taken.texts
        with kept.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        stem = "".join(c if c.isalnum() or c in "-_" else "_" for c in path.stem)[:40]
        place = self._workspace.root / FOLDER / f"{stem or 'file'}-{sha256[:_ID_DIGITS]}.jsonl"
        with kept.open("rb") as file, records.replacing(place) as out:
            shutil.copyfileobj(file, out)
        source = Source(place.relative_to(self._workspace.root).as_posix(), sha256, "utf-8")
        texts = records.read_jsonl(kept, Text)
        made = (_document(one.id, one.text, source, row) for row, one in enumerate(texts, 1))
        append(self._workspace.documents, Document, made)
        return place

    def result(self, texts: Path | None) -> ImportResult:
        """What was done, or would be."""
        return ImportResult(
            read=self._read,
            new_documents=len(self._new),
            added=self._taken.counts[self._taken.gold]
            + self._taken.counts[self._taken.annotations],
            same=self._same,
            spans=self._by_label.total(),
            by_label=dict(sorted(self._by_label.items())),
            annotators=tuple(sorted(self._annotators)),
            kept_count=self._kept_count,
            kept=tuple(self._kept),
            skipped_labels=dict(self.labels.unknown.most_common()),
            empty=self._empty,
            texts=texts,
        )


def _document(doc_id: str, text: str, source: Source, row: int) -> Document:
    size = len(text)
    name = source.path.rpartition("/")[2]
    return Document(
        doc_id,
        text,
        meta={"file": name, "row": str(row)},
        source=source,
        alignment=((0, size, 0, size),),
    )


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode(errors="surrogatepass")).digest()


def _record_digest(annotation: Annotation) -> bytes:
    return hashlib.sha256(msgspec.json.encode(annotation)).digest()


def _spans_digest(spans: Iterable[Span], *, skipped: bool = False) -> bytes:
    """What tells sets of spans apart, in whatever order they are."""
    keys = sorted({span.key for span in spans})
    return hashlib.sha256(msgspec.json.encode((keys, skipped))).digest()
