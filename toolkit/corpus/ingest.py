"""Paths → documents: read, repair, give ids, and say of each file or row left out why.

Ids. A text without an id of its own gets the first twelve hexadecimal digits of the
SHA-256 of its raw text: renaming or moving a file, or saving it in another encoding, keeps
the id. A record's own ``id`` is kept.

Repeats. Of texts without ids of their own the first of each is ingested; the same raw text
met again is rejected with ``duplicate_of`` set, since annotating it twice would count it
twice. Records that bring ids of their own are different documents because their owner says
so, and only a repeated id is rejected.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from toolkit.corpus import metadata
from toolkit.corpus.readers import read
from toolkit.corpus.readers.records import RawText
from toolkit.corpus.repair import Edit, Repaired, check_names, repair
from toolkit.corpus.sources import RawSource, find_files, opened
from toolkit.errors import InputError, RecordError
from toolkit.model import Document, Source

_ID_DIGITS = 12
_OURS = ("file", "row", "sheet", "column")
"""Metadata that says where the document is; a record's own value moves to ``original_…``."""


class Ingested(Struct, frozen=True):
    """A document, and what repair changed on the way to it."""

    document: Document
    edits: tuple[Edit, ...]


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
    without: Collection[str] = (),
    columns: Mapping[str, str] | None = None,
) -> Iterator[Ingested | Rejected]:
    """Documents of all files that the paths name, in order; at most one text is in memory.

    Args:
        paths: files, and folders to walk.
        root: the folder that ``source.path`` is made relative to.
        without: names of repair passes to leave out.
        columns: what tables call ``text``, ``id``, and other metadata of ours.

    Raises:
        InputError: a path isn't there, or there is no file at all (at once).
        UsageError: ``without`` names a pass that there isn't (at once).
    """
    check_names(without)
    return _ingest(find_files(paths), root, without, columns or {})


def _ingest(
    files: list[Path], root: Path, without: Collection[str], columns: Mapping[str, str]
) -> Iterator[Ingested | Rejected]:
    register = _Register()
    for path in files:
        try:
            for source in opened(path):
                if isinstance(source, InputError):
                    yield Rejected(path, source)
                else:
                    yield from _of_source(source, root, without, columns, register)
        except InputError as error:
            yield Rejected(path, error)


def _of_source(
    source: RawSource,
    root: Path,
    without: Collection[str],
    columns: Mapping[str, str],
    register: _Register,
) -> Iterator[Ingested | Rejected]:
    """What a file or a member gives; one that can't be read to its end stops only itself."""
    try:
        yield from _documents(source, root, without, columns, register)
    except InputError as error:
        yield Rejected(source.path, error)


def _documents(
    source: RawSource,
    root: Path,
    without: Collection[str],
    columns: Mapping[str, str],
    register: _Register,
) -> Iterator[Ingested | Rejected]:
    path = source.path
    place = _place(source, root)
    encoding, texts = read(source, columns)
    for text in texts:
        if isinstance(text, RecordError):
            yield Rejected(path, text)
            continue
        where = f"{source.origin}, row {text.row}" if text.row else source.origin
        repaired = repair(text.text, without=without)
        if not repaired.text.strip():
            yield Rejected(path, InputError(f"{where}: holds no text", "Remove it, or fill it."))
            continue
        name, refused = register.admit(text, where)
        if refused is not None:
            yield Rejected(path, refused, duplicate_of=name)
            continue
        document = Document(
            id=name,
            text=repaired.text,
            meta=_meta(source, text, repaired),
            source=Source(place, source.sha256, encoding),
            alignment=repaired.alignment,
            damaged=repaired.damaged,
        )
        yield Ingested(document, repaired.edits)


class _Register:
    """The ids and texts met so far; a few dozen bytes a document."""

    def __init__(self) -> None:
        self._places: dict[str, str] = {}
        self._ids_by_text: dict[bytes, str] = {}

    def admit(self, text: RawText, where: str) -> tuple[str, InputError | None]:
        """The document's id; or, with a reason, the id of the one with the same text."""
        digest = hashlib.sha256(text.text.encode(errors="surrogatepass"))
        same = self._ids_by_text.get(digest.digest(), "")
        name = text.id or digest.hexdigest()[:_ID_DIGITS]
        if same and (not text.id or text.id == same):
            return same, InputError(
                f"{where}: the same text as {self._places[same]}", "It was ingested once."
            )
        if name in self._places:
            return "", InputError(
                f"{where}: the id {name!r} is that of {self._places[name]} already",
                "Give every document its own id.",
            )
        self._places[name] = where
        self._ids_by_text.setdefault(digest.digest(), name)
        return name, None


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
