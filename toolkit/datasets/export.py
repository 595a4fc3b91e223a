"""A version of the dataset as a folder, whole or not at all.

::

    exports/<name>@<version>/
        <format>/<split>.<suffix>
        lost_spans.csv   what a format could not hold, if anything
        README.md        the card
        guidelines.md    what annotators were told
        manifest.json    hashes of all files and inputs, settings, labels, package versions

A split that got no documents has no files: ``datasets`` can't open an empty one, and a
missing file is noticed where an empty one is not. The card and the manifest show its zero.

It is built in a temporary folder beside its place and then renamed. The same gold,
schema, settings and facts give the same bytes: nothing in it is a time or a path.
People appear as A1, A2 … in the order in which the gold names them.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from importlib.metadata import version as version_of
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from toolkit import __version__
from toolkit.datasets.card import Counts, SplitCounts, write_card
from toolkit.datasets.choices import Choices, Words
from toolkit.datasets.formats import Format, chosen
from toolkit.datasets.splits import roles, split_of
from toolkit.datasets.writing import LostSpans, write_formats
from toolkit.errors import InputError, UsageError
from toolkit.model import Alternative, GoldDocument
from toolkit.records import SCHEMA_VERSION, replacing, write_text
from toolkit.schema import LabelSchema
from toolkit.settings import Settings
from toolkit.spans import check_spans

MANIFEST, CARD, GUIDELINES = "manifest.json", "README.md", "guidelines.md"
LOST = "lost_spans.csv"

_WRITERS = {"parquet": "pyarrow", "docbin": "spacy"}
"""Format → the package whose version decides what its bytes are."""

_SPLIT_NAME = re.compile(r"\w+(\.\w+)*", re.ASCII)
"""What Hugging Face allows as the name of a split, and what is safe as a file name."""

_PRIVATE_SETTINGS = ("annotators", "studio")
"""Tables of the settings that name people or servers, and shape no file."""

_SHARED_AGREEMENT = ("overall", "by_label", "measures")
"""Parts of an agreement report that name no person and quote no text."""


class Exported(Struct, frozen=True):
    """What an export wrote; ``files`` are relative to ``folder``.

    ``lost`` counts by format the spans that it can't hold; ``lost_spans.csv`` lists them.
    ``unchanged`` says that the same version with the same bytes was there already.
    """

    version: str
    folder: Path
    files: tuple[str, ...]
    documents: dict[str, int]
    spans: dict[str, int]
    lost: dict[str, int]
    unchanged: bool = False


def export(
    gold: Iterable[GoldDocument],
    folder: Path,
    *,
    schema: LabelSchema,
    settings: Settings,
    formats: Sequence[str],
    facts: Mapping[str, Any],
    guidelines: Path | None = None,
    words: Words | None = None,
    force: bool = False,
    processes: int = 1,
) -> Exported:
    """Write one version of the dataset.

    Args:
        gold: the gold documents; read once, one at a time.
        folder: where the version goes: ``exports/<name>@<version>``.
        schema: the labels; a span with any other label is an error.
        settings: name, version, notice, splits and their salt.
        formats: names from ``formats.FORMATS``.
        facts: what else the manifest should say, in JSON values; by convention
            ``inputs`` (file → SHA-256) and ``agreement`` (the JSON form of an
            agreement report; only what names no person and quotes no text is kept).
        guidelines: the guidelines that are copied, if there are any.
        words: cuts texts into words, for formats with a word a line.
        force: replace an existing version that differs.
        processes: how many files may be written at a time; ``words`` has to be picklable
            if more than one.

    Raises:
        UsageError: no such format or split name, or the version exists and differs.
        OffsetError: a span doesn't stand where it says.
        InputError: a document can't be written as it is: an id twice, a label that the
            schema lacks, words that don't cover its text.
    """
    wanted = chosen(formats)
    if words is None and any(format_.holds == "words" for format_ in wanted):
        raise UsageError("a format by word needs to know how to cut words")
    _check_splits(settings)
    part = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.part")
    try:
        part.mkdir(parents=True)
    except OSError as error:
        raise InputError(
            f"{folder}: can't be made ({error.strerror})", "Make room for it; nothing was changed."
        ) from None
    try:
        counts, lost = _build(
            part,
            gold,
            schema=schema,
            settings=settings,
            formats=wanted,
            facts=facts,
            guidelines=guidelines,
            words=words,
            processes=processes,
        )
        files = tuple(_files(part))
        unchanged = folder.exists() and _same(part, folder)
        if not unchanged:
            _put_in_place(part, folder, settings.export.version, force=force)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return Exported(
        version=settings.export.version,
        folder=folder,
        files=files,
        documents={split: held.documents for split, held in counts.splits.items()},
        spans={split: held.spans for split, held in counts.splits.items()},
        lost=lost,
        unchanged=unchanged,
    )


class Pseudonyms:
    """Names → A1, A2 … in the order in which they are first seen."""

    def __init__(self, people: Iterable[str] = ()) -> None:
        self._people = frozenset(people)
        self._given: dict[str, str] = {}
        self._numbers = count(1)

    @property
    def given(self) -> tuple[str, ...]:
        """The pseudonyms that were given so far."""
        return tuple(self._given.values())

    def of(self, name: str) -> str:
        """The pseudonym of this person; a new one for a new name."""
        if name not in self._given:
            self._given[name] = f"A{next(self._numbers)}"
        return self._given[name]

    def hide(self, document: GoldDocument) -> GoldDocument:
        """The document with every person in it under a pseudonym."""
        annotators = tuple(map(self.of, document.annotators))
        spans = tuple(
            replace(
                span,
                votes={self.of(name): label for name, label in span.votes.items()},
                decided_by=self._decider(span.decided_by),
                alternatives=self._hidden(span.alternatives),
            )
            for span in document.spans
        )
        rejected = self._hidden(document.rejected)
        return replace(document, annotators=annotators, spans=spans, rejected=rejected)

    def _hidden(self, lost: Iterable[Alternative]) -> tuple[Alternative, ...]:
        return tuple(replace(one, annotators=tuple(map(self.of, one.annotators))) for one in lost)

    def _decider(self, decided_by: str) -> str:
        # A method stays, a person does not.
        is_person = decided_by in self._given or decided_by in self._people or "@" in decided_by
        return self.of(decided_by) if is_person else decided_by


def _build(
    part: Path,
    gold: Iterable[GoldDocument],
    *,
    schema: LabelSchema,
    settings: Settings,
    formats: Sequence[Format],
    facts: Mapping[str, Any],
    guidelines: Path | None,
    words: Words | None,
    processes: int,
) -> tuple[Counts, dict[str, int]]:
    people = Pseudonyms([*settings.annotators, *settings.annotators.values()])
    counts = Counts({split: SplitCounts() for split in settings.export.splits})
    # One pass over the gold sorts it into splits; each format then reads that, so that
    # no more than a few documents are in memory whatever the number of formats.
    sorted_gold = part / ".gold"
    _sort(map(people.hide, _checked(gold, schema)), sorted_gold, settings, counts)
    if not counts.documents:
        raise InputError("there are no gold documents to export", "Make some: toolkit merge")
    choices = Choices(schema, settings.export.nesting, words)
    filled = {split: counts.splits[split].documents for split in counts.filled}
    with LostSpans(part / LOST) as lost:
        write_formats(
            formats,
            filled,
            source=sorted_gold,
            target=part,
            choices=choices,
            lost=lost,
            processes=processes,
        )
    for format_ in formats:
        if format_.beside is not None:
            format_.beside(part / format_.name, roles(counts.filled))
    shutil.rmtree(sorted_gold)
    if guidelines is not None:
        with replacing(part / GUIDELINES) as out:
            out.write(_bytes(guidelines))
    card = write_card(
        name=settings.project.name,
        version=settings.export.version,
        notice=settings.project.notice,
        schema=schema,
        counts=counts,
        annotators=people.given,
        agreement=facts.get("agreement"),
        formats=[format_.name for format_ in formats],
        salt=settings.export.salt,
        guidelines=guidelines is not None,
        lost=lost.counts,
    )
    write_text(part / CARD, card)
    manifest = _manifest(
        part, schema=schema, settings=settings, formats=formats, facts=facts, counts=counts
    )
    write_text(part / MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)).decode() + "\n")
    return counts, lost.counts


def _checked(gold: Iterable[GoldDocument], schema: LabelSchema) -> Iterator[GoldDocument]:
    seen: set[str] = set()
    for document in gold:
        where = f"gold document {document.doc_id!r}"
        if document.doc_id in seen:
            raise InputError(f"{where} is there twice", "Merge the annotations again.")
        seen.add(document.doc_id)
        try:
            f"{document.doc_id}{document.text}".encode()
        except UnicodeEncodeError as error:
            raise InputError(
                f"{where} holds half of a surrogate pair ({error.reason})",
                "Ingest the corpus again; that repairs it.",
            ) from None
        check_spans(document.doc_id, document.text, document.spans)
        unknown = sorted({span.label for span in document.spans} - set(schema.values))
        if unknown:
            raise InputError(
                f"{where} has the label {unknown[0]!r}, which the label config lacks",
                f"It has {', '.join(schema.values)}.",
            )
        yield document


def _sort(gold: Iterable[GoldDocument], folder: Path, settings: Settings, counts: Counts) -> None:
    encoder = msgspec.json.Encoder()
    with ExitStack() as stack:
        files = {
            split: stack.enter_context(replacing(folder / f"{split}.jsonl"))
            for split in counts.splits
        }
        for document in gold:
            split = split_of(document, settings.export.splits, settings.export.salt)
            files[split].write(encoder.encode(document) + b"\n")
            counts.add(split, document)


def _manifest(
    part: Path,
    *,
    schema: LabelSchema,
    settings: Settings,
    formats: Sequence[Format],
    facts: Mapping[str, Any],
    counts: Counts,
) -> dict[str, Any]:
    told = dict(facts)
    inputs = told.pop("inputs", {})
    if told.get("agreement"):
        told["agreement"] = {
            key: told["agreement"][key] for key in _SHARED_AGREEMENT if key in told["agreement"]
        }
    shown = msgspec.to_builtins(settings)
    for table in _PRIVATE_SETTINGS:
        del shown[table]
    packages = {"zh-ner-toolkit": __version__, "msgspec": version_of("msgspec")}
    for name, package in _WRITERS.items():
        if any(format_.name == name for format_ in formats):
            packages[package] = version_of(package)
    return {
        "name": settings.project.name,
        "version": settings.export.version,
        "record_schema": SCHEMA_VERSION,
        "documents": {split: held.documents for split, held in counts.splits.items()},
        "spans": {split: held.spans for split, held in counts.splits.items()},
        "labels": list(schema.values),
        "label_fingerprint": schema.fingerprint,
        "files": {
            name: {"sha256": _sha256(part / name), "bytes": (part / name).stat().st_size}
            for name in _files(part)
        },
        "inputs": inputs,
        "facts": told,
        "settings": shown,
        "packages": packages,
    }


def _put_in_place(part: Path, folder: Path, version: str, *, force: bool) -> None:
    if not folder.exists():
        part.rename(folder)
        return
    if not force:
        raise UsageError(
            f"{folder.name} exists and holds something else",
            f"Make a new version (--version {_next(version)}), or replace it with --force.",
        )
    old = part.with_suffix(".old")
    folder.rename(old)
    part.rename(folder)
    shutil.rmtree(old)


def _next(version: str) -> str:
    head, dot, last = version.rpartition(".")
    return f"{head}{dot}{int(last) + 1}" if last.isdecimal() else f"{version}.1"


def _check_splits(settings: Settings) -> None:
    for split in settings.export.splits:
        if not _SPLIT_NAME.fullmatch(split):
            raise UsageError(
                f"[export] splits: {split!r} can't be the name of a split",
                "Use letters, digits and underscores.",
            )


def _files(folder: Path) -> list[str]:
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )


def _same(a: Path, b: Path) -> bool:
    return _files(a) == _files(b) and all(
        _sha256(a / name) == _sha256(b / name) for name in _files(a)
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: can't be read ({error.strerror})") from None
