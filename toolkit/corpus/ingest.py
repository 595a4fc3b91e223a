"""Paths → documents: read, repair, give ids, and say of each file or row left out why.

Ids. A text without an id of its own gets the first twelve hexadecimal digits of the
SHA-256 of its raw text: renaming or moving a file, or saving it in another encoding, keeps
the id. A record's own ``id`` is kept.

Repeats. Of texts without ids of their own the first of each is ingested; the same raw text
met again is rejected with ``duplicate_of`` set, since annotating it twice would count it
twice, and the register keeps the place where it was met. Records that bring ids of their
own are different documents because their owner says so, and only a repeated id is rejected.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path

from msgspec import Struct

from toolkit.corpus import metadata
from toolkit.corpus.readers import read
from toolkit.corpus.readers.records import RawText
from toolkit.corpus.register import Register, in_words
from toolkit.corpus.repair import Edit, Repaired, RepairPass, choose_passes, repair
from toolkit.corpus.sources import RawSource, find_files, opened
from toolkit.errors import InputError, RecordError
from toolkit.model import Document, Source

_OURS = ("file", "row", "sheet", "column", "also", "group")
"""Metadata that says where the document is and what it is a copy of; a record's own value
moves to ``original_…``."""


class Ingested(Struct, frozen=True):
    """A document, what repair changed on the way to it, and the raw text it was made from."""

    document: Document
    edits: tuple[Edit, ...]
    raw: str


class Rejected(Struct, frozen=True):
    """A file, or a member or a row of one, that gave no document.

    ``duplicate_of`` is the id of the document that has the same text, where that is the
    reason: nothing is lost then.
    """

    path: Path
    reason: InputError
    duplicate_of: str = ""


def ingest(
    paths: Sequence[Path],
    root: Path,
    *,
    passes: Sequence[RepairPass] | None = None,
    columns: Mapping[str, str] | None = None,
    register: Register | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Iterator[Ingested | Rejected]:
    """Documents of all files that the paths name, in order; at most one text is in memory.

    Args:
        paths: files, and folders to walk.
        root: the folder that ``source.path`` is made relative to.
        passes: the repair passes to run, as ``choose_passes`` gives them; None for the
            default ones.
        columns: what tables call ``text``, ``id``, and other metadata of ours.
        register: remembers ids and texts, and knows afterwards where a text was met again;
            None for one in memory.
        progress: is told how many bytes have been read, and how many there are in all.

    Raises:
        InputError: a path isn't there, or there is no file at all (at once).
    """
    reading = _Reading(root, choose_passes() if passes is None else passes, columns or {})
    return _ingest(find_files(paths), reading, register, progress)


class _Reading(Struct, frozen=True):
    """How files become documents: all that is the same for every one of them."""

    root: Path
    passes: Sequence[RepairPass]
    columns: Mapping[str, str]


def _ingest(
    files: list[Path],
    reading: _Reading,
    register: Register | None,
    progress: Callable[[int, int], None],
) -> Iterator[Ingested | Rejected]:
    total, end = sum(map(_size, files)), 0
    with nullcontext(register) if register else Register() as known:
        for path in files:
            done, end = end, end + _size(path)
            for result in _of_file(path, reading, known):
                done = min(end, done + _bytes_of(result))
                progress(done, total)
                yield result
            progress(end, total)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _bytes_of(result: Ingested | Rejected) -> int:
    """About how many bytes of the file the document took: three a character in UTF-8."""
    return 3 * len(result.document.text) if isinstance(result, Ingested) else 0


def _of_file(path: Path, reading: _Reading, register: Register) -> Iterator[Ingested | Rejected]:
    """What a file gives, or the members of an archive."""
    try:
        for source in opened(path):
            if isinstance(source, InputError):
                yield Rejected(path, source)
            else:
                yield from _of_source(source, reading, register)
    except InputError as error:
        yield Rejected(path, error)


def _of_source(
    source: RawSource, reading: _Reading, register: Register
) -> Iterator[Ingested | Rejected]:
    """What a file or a member gives; one that can't be read to its end stops only itself."""
    try:
        yield from _documents(source, reading, register)
    except InputError as error:
        yield Rejected(source.path, error)


def _documents(
    source: RawSource, reading: _Reading, register: Register
) -> Iterator[Ingested | Rejected]:
    path = source.path
    place = _place(source, reading.root)
    encoding, texts = read(source, reading.columns)
    for text in texts:
        if isinstance(text, RecordError):
            yield Rejected(path, text)
            continue
        repaired = repair(text.text, reading.passes)
        if not repaired.text.strip():
            where = in_words(source.origin, text.row)
            yield Rejected(path, InputError(f"{where}: holds no text", "Remove it, or fill it."))
            continue
        admitted = register.admit(text.text, text.id, in_words(place, text.row))
        if admitted.refused is not None:
            yield Rejected(path, admitted.refused, duplicate_of=admitted.duplicate_of)
            continue
        document = Document(
            id=admitted.id,
            text=repaired.text,
            meta=_meta(source, text, repaired),
            source=Source(place, source.sha256, encoding),
            alignment=repaired.alignment,
            damaged=repaired.damaged,
        )
        yield Ingested(document, repaired.edits, text.text)


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


def _meta(source: RawSource, raw: RawText, repaired: Repaired) -> dict[str, str]:
    """The record's own values, file and row, and what the text says of itself."""
    meta = {f"original_{key}" if key in _OURS else key: value for key, value in raw.meta.items()}
    meta["file"] = source.name
    meta |= raw.address
    is_markdown = source.suffix == ".md"
    for key, value in metadata.found(
        repaired.text, repaired.removed, is_markdown=is_markdown
    ).items():
        meta.setdefault(key, value)
    if repaired.removed:
        kept = [meta["boilerplate"]] if "boilerplate" in meta else []
        meta["boilerplate"] = "\n".join([*kept, *repaired.removed])
    return meta
