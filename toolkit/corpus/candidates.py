"""Files → candidates: what is a document as soon as the register admits it.

Everything that can be known of a text without knowing the others is done here: it is read,
decoded and repaired, and its metadata is found. So it can be done for many files at a time,
on several cores or machines; ``toolkit.corpus.ingest`` then goes through the candidates in
their order.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from toolkit.corpus import metadata
from toolkit.corpus.readers import read
from toolkit.corpus.readers.records import RawText
from toolkit.corpus.register import digest_of, in_words
from toolkit.corpus.repair import Edit, Repaired, RepairPass, repair
from toolkit.corpus.sources import RawSource, opened
from toolkit.errors import InputError, RecordError
from toolkit.model import Document, Source

_OURS = ("file", "row", "sheet", "column", "also", "group")
"""Metadata that says where the document is and what it is a copy of; a record's own value
moves to ``original_…``."""


class Reading(Struct, frozen=True):
    """How files become candidates: all that is the same for every one of them.

    ``root`` is the folder that ``source.path`` is made relative to; ``columns`` says what
    tables call ``text``, ``id``, and other metadata of ours.
    """

    root: Path
    passes: Sequence[RepairPass]
    columns: Mapping[str, str]


class Origin(Struct, frozen=True):
    """Where texts come from: a file, or a member of an archive.

    ``path`` is the file's; ``said`` names it in errors; ``place`` is ``source.path``;
    ``name`` is without folders.
    """

    path: Path
    said: str
    place: str
    name: str
    suffix: str
    sha256: str
    encoding: str


class Candidate(Struct, frozen=True):
    """A document that has no id yet.

    ``path`` is the file it comes from, ``place`` where it stands there, in words;
    ``given_id`` is the id that its record gives, or empty; ``digest`` is that of ``raw``,
    the text it was made from. ``repairs`` counts what repair changed on the way, by pass, and
    ``edits`` are those changes. Of a candidate from another process, text and edits are left
    behind.
    """

    path: Path
    place: str
    given_id: str
    digest: bytes
    document: Document
    repairs: dict[str, int]
    edits: tuple[Edit, ...] = ()
    raw: str = ""


class Rejected(Struct, frozen=True):
    """A file, or a member or a row of one, that gave no document.

    ``duplicate_of`` is the id of the document that has the same text, where that is the
    reason: nothing is lost then.
    """

    path: Path
    reason: InputError
    duplicate_of: str = ""


class Found(Struct, frozen=True):
    """A raw text and where it comes from."""

    origin: Origin
    text: RawText


def candidates(path: Path, reading: Reading) -> Iterator[Candidate | Rejected]:
    """What a file gives, or the members of an archive, in order; one text is in memory."""
    for found in raw_texts(path, reading):
        yield found if isinstance(found, Rejected) else candidate(found, reading)


def raw_texts(path: Path, reading: Reading) -> Iterator[Found | Rejected]:
    """The texts of a file as they stand in it; one that can't be read stops only itself."""
    try:
        for source in opened(path):
            if isinstance(source, InputError):
                yield Rejected(path, source)
            else:
                yield from _of_source(source, reading)
    except InputError as error:
        yield Rejected(path, error)


def candidate(found: Found, reading: Reading) -> Candidate | Rejected:
    """Repair a text, and find what is known of it."""
    origin, text = found.origin, found.text
    repaired = repair(text.text, reading.passes)
    if not repaired.text.strip():
        where = in_words(origin.said, text.row)
        return Rejected(
            origin.path, InputError(f"{where}: holds no text", "Remove it, or fill it.")
        )
    return Candidate(
        path=origin.path,
        place=in_words(origin.place, text.row),
        given_id=text.id,
        digest=digest_of(text.text),
        document=Document(
            id="",
            text=repaired.text,
            meta=_meta(origin, text, repaired),
            source=Source(origin.place, origin.sha256, origin.encoding),
            alignment=repaired.alignment,
            damaged=repaired.damaged,
        ),
        repairs=dict(Counter(edit.pass_name for edit in repaired.edits)),
        edits=repaired.edits,
        raw=text.text,
    )


def _of_source(source: RawSource, reading: Reading) -> Iterator[Found | Rejected]:
    try:
        place = _place(source, reading.root)
        encoding, texts = read(source, reading.columns)
        origin = Origin(
            source.path, source.origin, place, source.name, source.suffix, source.sha256, encoding
        )
        for text in texts:
            if isinstance(text, RecordError):
                yield Rejected(source.path, text)
            else:
                yield Found(origin, text)
    except InputError as error:
        yield Rejected(source.path, error)


def _place(source: RawSource, root: Path) -> str:
    """``source.path``: relative to ``root`` and POSIX where it is below, else absolute."""
    absolute = Path(os.path.abspath(source.path))  # noqa: PTH100 - resolve() would follow links
    try:
        str(absolute).encode()
    except UnicodeEncodeError:
        raise InputError(
            f"{str(source.path)!a}: its name isn't UTF-8, so no record can hold it", "Rename it."
        ) from None
    for base in (Path(os.path.abspath(root)), root.resolve()):  # noqa: PTH100
        if absolute.is_relative_to(base):
            absolute = absolute.relative_to(base)
            break
    return absolute.as_posix() + (f"!{source.member}" if source.member else "")


def _meta(origin: Origin, raw: RawText, repaired: Repaired) -> dict[str, str]:
    """The record's own values, file and row, and what the text says of itself."""
    meta = {f"original_{key}" if key in _OURS else key: value for key, value in raw.meta.items()}
    meta["file"] = origin.name
    meta |= raw.address
    is_markdown = origin.suffix == ".md"
    for key, value in metadata.found(
        repaired.text, repaired.removed, is_markdown=is_markdown
    ).items():
        meta.setdefault(key, value)
    if repaired.removed:
        kept = [meta["boilerplate"]] if "boilerplate" in meta else []
        meta["boilerplate"] = "\n".join([*kept, *repaired.removed])
    return meta
