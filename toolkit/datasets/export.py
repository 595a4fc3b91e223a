"""A version of the dataset as a folder, whole or not at all.

::

    exports/<name>@<version>/
        <format>/<split>.<suffix>
        splits.jsonl     which document is in which split, in the order of the gold
        leakage.json     what splits share: texts, near-duplicates, strings of entities
        lost_spans.csv   what a format could not hold, if anything
        README.md        the card
        guidelines.md    what annotators were told
        manifest.json    hashes of all files and inputs, command, settings, labels, packages

A split that got no documents has no files: ``datasets`` can't open an empty one, and a
missing file is noticed where an empty one is not. The card and the manifest show its zero.

It is built in a temporary folder beside its place and then renamed. The same gold, record
of splits, schema, settings and facts give the same bytes: nothing in it is a time or a path.
Unless they are to be named, people appear as A1, A2 … in the order in which the gold names
them.
"""

from __future__ import annotations

import re
import secrets
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from toolkit.datasets.card import Card, write_card
from toolkit.datasets.choices import Choices, Words
from toolkit.datasets.counts import Counts, SplitCounts
from toolkit.datasets.formats import Format, chosen
from toolkit.datasets.jsonl import read_jsonl
from toolkit.datasets.leakage import Leakage, NearCopies, measure
from toolkit.datasets.manifest import Stamp, manifest, sha256
from toolkit.datasets.manifest import files as files_of
from toolkit.datasets.people import Pseudonyms
from toolkit.datasets.splits import Dealt, Division, divide, item_of, roles, salt_of, shares_of
from toolkit.datasets.writing import Written, write_lost, writings
from toolkit.each import Each, in_turn, results
from toolkit.errors import InputError, UsageError
from toolkit.model import GoldDocument
from toolkit.records import replacing, write_jsonl, write_text
from toolkit.schema import LabelSchema
from toolkit.settings import Settings
from toolkit.spans import check_spans

MANIFEST, CARD, GUIDELINES = "manifest.json", "README.md", "guidelines.md"
LOST, SPLITS, LEAKAGE = "lost_spans.csv", "splits.jsonl", "leakage.json"

_SPLIT_NAME = re.compile(r"\w+(\.\w+)*", re.ASCII)
"""What Hugging Face allows as the name of a split, and what is safe as a file name."""


class Exported(Struct, frozen=True):
    """What an export wrote; ``files`` are relative to ``folder``.

    ``lost`` counts by format the spans that it can't hold; ``lost_spans.csv`` lists them.
    ``moved`` counts documents that an earlier version had in another split, ``shared`` the
    groups of near-duplicates on two sides, as they were found again; null where nobody looked.
    ``unchanged`` says that the same version with the same bytes was there already.
    """

    version: str
    folder: Path
    files: tuple[str, ...]
    documents: dict[str, int]
    spans: dict[str, int]
    lost: dict[str, int]
    moved: int = 0
    shared: int | None = None
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
    recorded: Mapping[str, str] | None = None,
    near_copies: NearCopies | None = None,
    people: Iterable[str] = (),
    named: bool = False,
    force: bool = False,
    each: Each = in_turn,
) -> Exported:
    """Write one version of the dataset.

    Args:
        gold: the gold documents; read once, one at a time.
        folder: where the version goes: ``exports/<name>@<version>``.
        schema: the labels; a span with any other label is an error.
        settings: name, version, notice, splits and their salt.
        formats: names from ``formats.FORMATS``.
        facts: what else the manifest should say, in JSON values; by convention
            ``inputs`` (file → SHA-256), ``command`` (its words), ``words`` (packages that
            cut words), ``agreement`` (the JSON form of an agreement report; only what names
            no person and quotes no text is kept), ``suggestions_shown`` and ``rule_packs``.
        guidelines: the guidelines that are copied, if there are any.
        words: cuts texts into words, for formats with a word a line.
        recorded: by document the split that an earlier version had it in.
        near_copies: finds near-duplicates among texts, for the leakage report; done
            elsewhere than here, it has to be picklable, and so has ``words``.
        people: who decided on spans, besides the annotators of the settings; a method that
            decided keeps its name.
        named: whether people go by their names.
        force: replace an existing version that differs.
        each: does what can be done at a time; the files are the same whatever it is.

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
        known = [*settings.annotators, *settings.annotators.values(), *people]
        pseudonyms = Pseudonyms(known, shown=named)
        job = _Job(
            schema,
            settings,
            tuple(wanted),
            facts,
            guidelines,
            words,
            pseudonyms,
            named=named,
            each=each,
        )
        counts, lost, leakage = _build(job, part, gold, recorded or {}, near_copies)
        files = tuple(files_of(part))
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
        moved=len(leakage.moved),
        shared=leakage.near_duplicates.shared if leakage.near_duplicates else None,
        unchanged=unchanged,
    )


class _Job(Struct, frozen=True):
    """What ``export`` was asked for."""

    schema: LabelSchema
    settings: Settings
    formats: tuple[Format, ...]
    facts: Mapping[str, Any]
    guidelines: Path | None
    words: Words | None
    people: Pseudonyms
    named: bool
    each: Each


def _build(
    job: _Job,
    part: Path,
    gold: Iterable[GoldDocument],
    recorded: Mapping[str, str],
    near_copies: NearCopies | None,
) -> tuple[Counts, dict[str, int], Leakage]:
    """Write all files of the version into ``part``."""
    settings = job.settings
    shares = shares_of(settings.export)
    counts = Counts({split: SplitCounts() for split in shares})
    # Sorted into splits first; each format then reads that, so that no more than a few
    # documents are in memory whatever the number of formats.
    sorted_gold = part / ".gold"
    hidden = map(job.people.hide, _checked(gold, job.schema))
    division = _sort(hidden, sorted_gold, settings, counts, recorded)
    write_jsonl(part / SPLITS, (Dealt(*dealt) for dealt in division.splits.items()))
    measuring = partial(
        measure,
        {split: partial(read_jsonl, sorted_gold / f"{split}.jsonl") for split in counts.filled},
        job.schema.values,
        folds=settings.export.k_fold > 0,
        near_copies=near_copies,
        moved=division.moved,
    )
    leakage, written = _measure_and_write(job, part, sorted_gold, counts, measuring)
    shutil.rmtree(sorted_gold)
    for format_ in job.formats:
        if format_.beside is not None:
            format_.beside(part / format_.name, roles(counts.filled))
    _write_json(part / LEAKAGE, leakage)
    _write_about(job, part, counts, leakage, written)
    return counts, written.lost, leakage


def _measure_and_write(
    job: _Job, part: Path, sorted_gold: Path, counts: Counts, measuring: Callable[[], Leakage]
) -> tuple[Leakage, Written]:
    """Each format, a file a split, and what the splits share, which takes the longest."""
    tasks = writings(
        job.formats,
        {split: counts.splits[split].documents for split in counts.filled},
        source=sorted_gold,
        version=part,
        lost=sorted_gold,
        choices=Choices(job.schema, job.settings.export.nesting, job.words),
    )
    leakage, *done = results(job.each, [measuring, *tasks])
    write_lost(part / LOST, sorted_gold, job.formats, counts.filled)
    lost: Counter[str] = Counter()
    files: dict[str, Stamp] = {}
    for written in done:
        lost.update(written.lost)
        files.update(written.files)
    in_order = {format_.name: lost[format_.name] for format_ in job.formats if lost[format_.name]}
    return leakage, Written(files, in_order)


def _write_about(job: _Job, part: Path, counts: Counts, leakage: Leakage, written: Written) -> None:
    """What tells of the data: guidelines, card, and last of all the manifest."""
    if job.guidelines is not None:
        with replacing(part / GUIDELINES) as out:
            out.write(_bytes(job.guidelines))
    card = Card(
        settings=job.settings,
        schema=job.schema,
        counts=counts,
        leakage=leakage,
        formats=tuple(format_.name for format_ in job.formats),
        facts=job.facts,
        guidelines=job.guidelines is not None,
        named=job.named,
        lost=written.lost,
    )
    write_text(part / CARD, write_card(card))
    said = manifest(
        part,
        schema=job.schema,
        settings=job.settings,
        formats=job.formats,
        facts=job.facts,
        counts=counts,
        known=written.files,
    )
    _write_json(part / MANIFEST, said)


def _write_json(path: Path, value: Any) -> None:
    write_text(path, msgspec.json.format(msgspec.json.encode(value)).decode() + "\n")


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


def _sort(
    gold: Iterable[GoldDocument],
    folder: Path,
    settings: Settings,
    counts: Counts,
    recorded: Mapping[str, str],
) -> Division:
    """Write the gold into a file a split; who goes where is known when all were seen."""
    encoder = msgspec.json.Encoder()
    unsorted, items, lengths = folder / "unsorted", [], []
    with replacing(unsorted) as out:
        for document in gold:
            counts.add(document)
            items.append(item_of(document))
            lengths.append(len(document.text))
            out.write(encoder.encode(document) + b"\n")
    if not items:
        raise InputError("there are no gold documents to export", "Make some: toolkit merge")
    shares = shares_of(settings.export)
    division = divide(items, shares, salt_of(settings.export), recorded)
    with ExitStack() as stack:
        files = {
            split: stack.enter_context(replacing(folder / f"{split}.jsonl"))
            for split in counts.splits
        }
        lines = stack.enter_context(unsorted.open("rb"))
        for line, item, length in zip(lines, items, lengths, strict=True):
            split = division.splits[item.doc_id]
            counts.put(split, length, item.labels)
            files[split].write(line)
    unsorted.unlink()
    return division


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
    for split in shares_of(settings.export):
        if not _SPLIT_NAME.fullmatch(split):
            raise UsageError(
                f"[export] splits: {split!r} can't be the name of a split",
                "Use letters, digits and underscores.",
            )


def _same(a: Path, b: Path) -> bool:
    return files_of(a) == files_of(b) and all(
        sha256(a / name) == sha256(b / name) for name in files_of(a)
    )


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: can't be read ({error.strerror})") from None
