"""Raw files to documents."""

from __future__ import annotations

import contextlib
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

import msgspec
from msgspec import Struct

from toolkit import records
from toolkit.corpus.earlier import Earlier, State, place_of
from toolkit.corpus.group_names import GroupNames
from toolkit.corpus.register import Register, digest_of, raw_id
from toolkit.errors import InputError, UsageError, WorkspaceError
from toolkit.model import Document, Passage
from toolkit.settings import FILE_NAME, Workspace
from toolkit.stages.working import working_folder
from toolkit.stages.workspace import Progress, silent, stored_documents

if TYPE_CHECKING:
    from toolkit.corpus.candidates import Candidate, Rejected
    from toolkit.corpus.duplicates import Groups
    from toolkit.corpus.ingest import Ingested
    from toolkit.corpus.repair import RepairPass

LISTED = 1000
"""How many places a result names; ``rejected.jsonl`` has all."""


class Listed(Struct):
    """Reasons, or ids: how many there are, and the first ``LISTED`` of them."""

    count: int = 0
    first: list[str] = msgspec.field(default_factory=list)

    def add(self, text: str) -> None:
        """Count it, and keep it while there is room."""
        self.count += 1
        if self.count <= LISTED:
            self.first.append(text)


class IngestResult(Struct, frozen=True):
    """What ``ingest`` did.

    Of annotated documents, ``kept_for_annotations`` have no file any more, and repair would
    now give ``kept_as_annotated`` another text; both stay as they were.

    ``repairs`` counts edits by pass; ``groups`` counts groups of near-duplicates and
    ``grouped`` the documents in them. ``duplicates`` and ``rejected`` say place and reason
    of the first ``LISTED``; of all, ``rejected_file``, which is null where there are none.
    """

    documents: int
    characters: int
    new: int
    gone: int
    kept_for_annotations: tuple[str, ...]
    kept_as_annotated: tuple[str, ...]
    repairs: dict[str, int]
    groups: int
    grouped: int
    duplicate_count: int
    duplicates: tuple[str, ...]
    rejected_count: int
    rejected: tuple[str, ...]
    rejected_file: Path | None


class _Rejection(Struct, frozen=True, omit_defaults=True):
    """A line of ``rejected.jsonl``."""

    path: str
    reason: str
    hint: str
    duplicate_of: str = ""


class _Worked(Struct):
    """Of an annotation or of gold only which document it is about."""

    doc_id: str


class _Known(Struct):
    """Of a document only its id."""

    id: str


def choose_passes(
    workspace: Workspace, *, with_: Sequence[str] = (), without: Sequence[str] = ()
) -> tuple[RepairPass, ...]:
    """The repair passes to run: those by default, as toolkit.toml switches, as flags switch.

    Raises:
        WorkspaceError: ``[corpus.repair]`` names a pass that there isn't.
        UsageError: a flag does, or one pass is to be switched both ways.
    """
    from toolkit.corpus.repair import choose_passes

    switches = workspace.settings.corpus.repair
    try:
        choose_passes(switches)
    except UsageError as error:
        raise WorkspaceError(
            f"{workspace.root / FILE_NAME}: [corpus.repair] {error.what}", error.hint
        ) from None
    both = sorted(set(with_) & set(without))
    if both:
        raise UsageError(f"--with and --without both name {', '.join(both)}", "Choose one.")
    flags = dict.fromkeys(with_, True) | dict.fromkeys(without, False)
    return choose_passes({**switches, **flags})


def ingest(
    workspace: Workspace,
    paths: Sequence[Path] = (),
    *,
    passes: Sequence[RepairPass] | None = None,
    columns: Mapping[str, str] | None = None,
    progress: Progress = silent,
    watched: Callable[[str], None] | None = None,
) -> IngestResult:
    """Raw files to documents.jsonl.

    Without ``paths``, documents.jsonl becomes what the corpus folder holds; a document
    that people have annotated stays even where its file is gone. With ``paths``, their
    documents are added to those that are there.

    A file or row that can't be used is left out and said, and so is a document that people
    have annotated and that would get another text: it stays as it was. Killed at any
    moment, documents.jsonl is the old one or the new one.

    Args:
        workspace: whose documents they are.
        paths: files and folders; none for the corpus folder.
        passes: repair passes; None for those that toolkit.toml chooses.
        columns: what tables call our columns, over those of the settings, one by one.
        progress: is told the bytes of files read, and of all files.
        watched: is told the address of a dashboard, where there is one.

    Raises:
        InputError: a path isn't there, or no file at all could be used; nothing was written.
        WorkspaceError: another ingest is at work here.
    """
    from toolkit.corpus.candidates import Reading
    from toolkit.stages.reading import candidates_of

    chosen = choose_passes(workspace) if passes is None else passes
    with (
        working_folder(workspace, "ingest", workspace.documents) as folder,
        Earlier(folder) as earlier,
        Register(folder) as register,
        GroupNames(folder) as group_names,
    ):
        memory = _Memory(earlier, register, group_names)
        names = {**workspace.settings.corpus.columns, **(columns or {})}
        reading = Reading(workspace.root, chosen, names)
        whole = list(paths) or [workspace.path(workspace.settings.corpus.folder)]
        with candidates_of(workspace, whole, reading, progress, watched) as found:
            return _Run(workspace, folder, memory, adds=bool(paths)).ingest(found)


class _Memory(NamedTuple):
    """What a run remembers, on disk."""

    earlier: Earlier
    register: Register
    names: GroupNames


class _Run:
    """One run of ``ingest``: files are read into a part file, which then gets its groups."""

    def __init__(
        self,
        workspace: Workspace,
        folder: Path,
        memory: _Memory,
        *,
        adds: bool,
    ) -> None:
        self._workspace = workspace
        self._adds = adds
        self._folder = folder
        self._part = folder / "documents.jsonl"
        self._earlier, self._register, self._names = memory
        self._characters = self._seen = self._new = self._kept = 0
        self._repairs: Counter[str] = Counter()
        self._for_annotations, self._as_annotated = Listed(), Listed()
        self._duplicates, self._rejected = Listed(), Listed()
        self._first_reason = InputError("no file could be used")

    def ingest(self, found: Iterable[Candidate | Rejected]) -> IngestResult:
        """Do it all, from the candidates on."""
        before = self._earlier.remember(
            stored_documents(self._workspace), _annotated(self._workspace)
        )
        rejections = self._folder / "rejected.jsonl"
        with records.replacing(rejections) as out:
            groups = self._collect(self._read(found, out))
        rejected_file = self._keep(rejections)
        if not self._is_of_use():
            raise self._nothing()
        count = records.write_jsonl(self._workspace.documents, self._finished(groups))
        return IngestResult(
            documents=count,
            characters=self._characters,
            new=self._new,
            gone=before - (self._seen - self._new) - self._kept,
            kept_for_annotations=tuple(self._for_annotations.first),
            kept_as_annotated=tuple(self._as_annotated.first),
            repairs=dict(sorted(self._repairs.items())),
            groups=groups.count if groups else 0,
            grouped=groups.documents if groups else 0,
            duplicate_count=self._duplicates.count,
            duplicates=tuple(self._duplicates.first),
            rejected_count=self._rejected.count,
            rejected=tuple(self._rejected.first),
            rejected_file=rejected_file,
        )

    def _read(
        self, candidates: Iterable[Candidate | Rejected], out: IO[bytes]
    ) -> Iterator[Document]:
        """All documents in their order; what gives none is written to ``out``."""
        from toolkit.corpus.ingest import Ingested, admitted

        for found in admitted(candidates, self._register):
            result = self._checked(found) if isinstance(found, Ingested) else found
            if result is None:
                continue
            if isinstance(result, Ingested):
                self._characters += len(result.document.text)
                self._repairs.update(result.candidate.repairs)
                yield result.document
            else:
                out.write(self._listed(result))
        if self._is_of_use():
            yield from self._staying()

    def _is_of_use(self) -> bool:
        """Whether any file gave a document, or one that people have annotated."""
        return bool(self._seen or self._as_annotated.count)

    def _checked(self, result: Ingested) -> Ingested | Rejected | None:
        """The same, unless people have annotated the document with another text.

        Null where only its repair has changed: then nothing is wrong with the file.
        """
        from toolkit.corpus.candidates import Rejected

        document = result.document
        was = self._earlier.get(document.id)
        differs = was is not None and was.text_digest != digest_of(document.text)
        if differs and self._earlier.is_annotated(document.id):
            self._earlier.mark(document.id, State.REFUSED)
            if raw_id(result.candidate.digest) == document.id:
                self._as_annotated.add(document.id)
                return None
            return Rejected(Path(place_of(document)), _changed(document))
        self._seen += 1
        if was is None:
            self._new += 1
            return result
        self._earlier.mark(document.id, State.SEEN)
        if self._adds:  # else all of its places are met in this run
            for place in {*was.places} - {"", place_of(document)}:
                self._register.note(document.id, place)
        return result

    def _listed(self, rejected: Rejected) -> bytes:
        """Count what was left out, and say it as a line of ``rejected.jsonl``."""
        from toolkit.stages.reading import writable

        reason = rejected.reason
        if rejected.duplicate_of:
            self._duplicates.add(str(reason))
        else:
            self._rejected.add(str(reason))
            if self._rejected.count == 1:
                self._first_reason = reason
        line = _Rejection(
            path=writable(str(rejected.path)),
            reason=writable(reason.what),
            hint=writable(reason.hint),
            duplicate_of=rejected.duplicate_of,
        )
        return msgspec.json.encode(line) + b"\n"

    def _staying(self) -> Iterator[Document]:
        """The earlier documents that no file of this run holds, where they stay."""
        for document in stored_documents(self._workspace):
            was = self._earlier.get(document.id)
            if was is None or was.state is State.SEEN:
                continue
            refused = was.state is State.REFUSED
            if refused or self._adds or self._earlier.is_annotated(document.id):
                self._kept += 1
                self._characters += len(document.text)
                if not refused and not self._adds:
                    self._for_annotations.add(document.id)
                yield document

    def _collect(self, documents: Iterator[Document]) -> Groups | None:
        """Write the part file, and find out which of its documents belong together."""
        threshold = self._workspace.settings.corpus.near_duplicates
        if not threshold:
            records.write_jsonl(self._part, documents)
            return None
        from toolkit.corpus.duplicates import NearDuplicates

        with NearDuplicates(threshold, self._folder) as near:
            records.write_jsonl(self._part, near.watching(documents))
            groups = near.groups()
        for number, document in enumerate(records.read_jsonl(self._part, _Known)):
            first = groups.first(number)
            if first is not None:
                was = self._earlier.get(document.id)
                self._names.add(number, first, document.id, was.group if was else None)
        self._names.decide()
        return groups

    def _finished(self, groups: Groups | None) -> Iterator[Document]:
        """The documents of the part file, with their groups and their further places."""
        for number, document in enumerate(records.read_jsonl(self._part, Document)):
            meta = {key: value for key, value in document.meta.items() if key != "group"}
            places = self._register.places(document.id)
            if places:
                meta["also"] = "\n".join(places)
            first = groups.first(number) if groups else None
            if first is not None:
                meta["group"] = self._names.name(first)
            yield msgspec.structs.replace(document, meta=meta)

    def _keep(self, rejections: Path) -> Path | None:
        """Put the list of what was left out where it stays; an older list goes."""
        place = self._workspace.private / rejections.name
        if rejections.stat().st_size:
            rejections.replace(place)
            return place
        place.unlink(missing_ok=True)
        return None

    def _nothing(self) -> InputError:
        reason, more = self._first_reason, self._rejected.count - 1
        what = f"{reason.what} (and {more} more)" if more > 0 else reason.what
        return InputError(what, f"{reason.hint} Nothing was written.".strip())


@contextlib.contextmanager
def with_standard_input(
    workspace: Workspace, paths: Sequence[Path], format_: str = ""
) -> Iterator[list[Path]]:
    """The paths, with ``-`` replaced by a file in the corpus folder that holds what came in.

    Spans must stay traceable, so standard input is kept; it goes again where the block
    fails.

    Raises:
        UsageError: the format isn't one that we read, or no path is ``-``.
        InputError: nothing came in, or it can't be kept.
    """
    from toolkit.corpus.sources import kept

    if all(str(path) != "-" for path in paths):
        if format_:
            raise UsageError(
                "--format is for standard input", "Files say by their suffix what they are."
            )
        yield list(paths)
        return
    folder = workspace.path(workspace.settings.corpus.folder)
    if sys.stdin is None:
        raise InputError("standard input is closed", "Pipe something into the command.")
    with kept(sys.stdin.buffer, folder, format_ or "txt") as kept_file:
        yield [kept_file if str(path) == "-" else path for path in paths]


def _annotated(workspace: Workspace) -> Iterator[str]:
    """The documents that people have worked on: gold may be imported without annotations."""
    for path in (workspace.annotations, workspace.gold):
        if path.exists():
            yield from (one.doc_id for one in records.read_jsonl(path, _Worked))


def _changed(document: Document) -> InputError:
    return InputError(
        f"document {document.id!r} has annotations, and its text has changed",
        "It stays as it was. Give the changed text an id of its own, so that both are there.",
    )


def passages_of(workspace: Workspace, documents: dict[str, Document]) -> list[Passage]:
    """The passages that become tasks, in document order."""
    from toolkit.corpus.passages import split

    size = workspace.settings.corpus.passage_chars
    return [passage for document in documents.values() for passage in split(document, size)]
