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

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from toolkit.corpus.candidates import Candidate, Reading, Rejected, candidates
from toolkit.corpus.register import Register
from toolkit.corpus.repair import RepairPass, choose_passes
from toolkit.corpus.sources import find_files
from toolkit.model import Document


class Ingested(Struct, frozen=True):
    """A document, and the candidate it was."""

    document: Document
    candidate: Candidate


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
    reading = Reading(root, choose_passes() if passes is None else passes, columns or {})
    return _admitted(in_order(find_files(paths), reading, progress), register)


def admitted(
    found: Iterable[Candidate | Rejected], register: Register
) -> Iterator[Ingested | Rejected]:
    """The candidates as documents, with their ids, but for those that were met before."""
    for one in found:
        if isinstance(one, Rejected):
            yield one
            continue
        admission = register.admit(one.digest, one.given_id, one.place)
        if admission.refused is not None:
            yield Rejected(one.path, admission.refused, duplicate_of=admission.duplicate_of)
        else:
            yield Ingested(replace(one.document, id=admission.id), one)


def _admitted(
    found: Iterable[Candidate | Rejected], register: Register | None
) -> Iterator[Ingested | Rejected]:
    with nullcontext(register) if register else Register() as known:
        yield from admitted(found, known)


def in_order(
    files: Sequence[Path], reading: Reading, progress: Callable[[int, int], None]
) -> Iterator[Candidate | Rejected]:
    """The candidates of files, one after the other, here."""
    total, end = sum(map(size_of, files)), 0
    for path in files:
        done, end = end, end + size_of(path)
        for found in candidates(path, reading):
            done = min(end, done + _bytes_of(found))
            progress(done, total)
            yield found
        progress(end, total)


def size_of(path: Path) -> int:
    """The file's bytes; 0 where it can't be asked."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _bytes_of(found: Candidate | Rejected) -> int:
    """About how many bytes of the file the document took: three a character in UTF-8."""
    return 3 * len(found.document.text) if isinstance(found, Candidate) else 0
