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
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path

from msgspec import Struct

from toolkit.corpus.readers import find_files, read_raw
from toolkit.corpus.register import Register, located
from toolkit.corpus.repair import Edit, RepairPass, choose_passes, repair
from toolkit.corpus.rows import RawText, texts_of
from toolkit.errors import InputError, RecordError
from toolkit.model import Document, Source

_LONGEST_TITLE = 80
"""Characters; a first line that is longer is a paragraph."""

_OURS = ("file", "row", "also", "group")
"""Metadata that says where the document is and what it is a copy of; a record's own value
moves to ``original_…``."""


class Ingested(Struct, frozen=True):
    """A document, what repair changed on the way to it, and the raw text it was made from."""

    document: Document
    edits: tuple[Edit, ...]
    raw: str


class Rejected(Struct, frozen=True):
    """A file, or a row of one, that gave no document.

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
    register: Register | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Iterator[Ingested | Rejected]:
    """Documents of all files that the paths name, in order; at most one file is in memory.

    Args:
        paths: files, and folders to walk.
        root: the folder that ``source.path`` is made relative to.
        passes: the repair passes to run, as ``choose_passes`` gives them; None for the
            default ones.
        register: remembers ids and texts, and knows afterwards where a text was met again;
            None for one in memory.
        progress: is told how many bytes have been read, and how many there are in all.

    Raises:
        InputError: a path isn't there, or there is no file at all (at once).
    """
    chosen = choose_passes() if passes is None else passes
    return _ingest(find_files(paths), root, chosen, register, progress)


def _ingest(
    files: list[Path],
    root: Path,
    passes: Sequence[RepairPass],
    register: Register | None,
    progress: Callable[[int, int], None],
) -> Iterator[Ingested | Rejected]:
    total, end = sum(map(_size, files)), 0
    with nullcontext(register) if register else Register() as known:
        for path in files:
            done, end = end, end + _size(path)
            try:
                for result in _documents(path, root, passes, known):
                    done = min(end, done + _bytes_of(result))
                    progress(done, total)
                    yield result
            except InputError as error:
                yield Rejected(path, error)
            progress(end, total)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _bytes_of(result: Ingested | Rejected) -> int:
    """About how many bytes of the file the document took: three a character in UTF-8."""
    return 3 * len(result.document.text) if isinstance(result, Ingested) else 0


def _documents(
    path: Path, root: Path, passes: Sequence[RepairPass], register: Register
) -> Iterator[Ingested | Rejected]:
    texts_of("", path.suffix, str(path))  # refuses a suffix before the file is read
    place = _place(path, root)
    raw = read_raw(path)
    for text in texts_of(raw.text, path.suffix, str(path)):
        if isinstance(text, RecordError):
            yield Rejected(path, text)
            continue
        repaired = repair(text.text, passes)
        if not repaired.text.strip():
            where = f"{path}, row {text.row}" if text.row else str(path)
            yield Rejected(path, InputError(f"{where}: holds no text", "Remove it, or fill it."))
            continue
        admitted = register.admit(text.text, text.id, located(place, text.row))
        if admitted.refused is not None:
            yield Rejected(path, admitted.refused, duplicate_of=admitted.duplicate_of)
            continue
        document = Document(
            id=admitted.id,
            text=repaired.text,
            meta=_meta(path, text, repaired.text),
            source=Source(place, raw.sha256, raw.encoding),
            alignment=repaired.alignment,
        )
        yield Ingested(document, repaired.edits, text.text)


def _place(path: Path, root: Path) -> str:
    """``source.path``: relative to ``root`` and POSIX where it is below, else absolute."""
    absolute = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow links
    try:
        str(absolute).encode()
    except UnicodeEncodeError:
        raise InputError(
            f"{str(path)!a}: its name isn't UTF-8, so no record can hold it", "Rename it."
        ) from None
    for base in (Path(os.path.abspath(root)), root.resolve()):  # noqa: PTH100
        if absolute.is_relative_to(base):
            return absolute.relative_to(base).as_posix()
    return absolute.as_posix()


def _meta(path: Path, raw: RawText, text: str) -> dict[str, str]:
    """The record's own values, the file's name, the row, and the title where it is certain."""
    meta = {f"original_{key}" if key in _OURS else key: value for key, value in raw.meta.items()}
    meta["file"] = path.name
    if raw.row:
        meta["row"] = str(raw.row)
    title = _title(text, is_markdown=path.suffix.lower() == ".md")
    if title:
        meta.setdefault("title", title)
    return meta


def _title(text: str, *, is_markdown: bool) -> str:
    """The first line that isn't empty, if it is short and something follows it."""
    first, _, rest = text.strip().partition("\n")
    title = first.strip()
    if is_markdown:
        title = title.lstrip("#").strip()
    return title if rest and len(title) <= _LONGEST_TITLE else ""
