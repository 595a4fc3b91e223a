"""Raw files to candidates for documents, on several cores or machines.

Small files are read where they are worked on. Of large ones (a table of a million rows, an
archive) only repair is done elsewhere: their texts are read here and written down, so that
any worker can take any stretch of them.

Whoever works on it, the candidates are the same and come in the same order.
"""

from __future__ import annotations

import contextlib
import hashlib
import heapq
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from toolkit import __version__, records
from toolkit.corpus.candidates import (
    Candidate,
    Found,
    Origin,
    Reading,
    Rejected,
    candidate,
    candidates,
    raw_texts,
)
from toolkit.corpus.ingest import in_order, size_of
from toolkit.corpus.readers.records import RawText
from toolkit.corpus.sources import find_files
from toolkit.errors import InputError
from toolkit.model import Document
from toolkit.settings import Workspace
from toolkit.stages.working import run_folder
from toolkit.stages.workspace import Progress

if TYPE_CHECKING:
    from toolkit.parallel.engines import Engine

LARGE = 4_000_000
"""Bytes from which on a file is read here, and its texts are dealt out one by one."""

_SURROGATES = "surrogatepass"
"""Half a surrogate pair is a text too; between processes texts travel as bytes with them."""


class FileTask(Struct, frozen=True):
    """A file that is read where it is worked on.

    ``size`` and ``modified`` (nanoseconds) tell it from what it was when an earlier run,
    which was killed, read it. ``number`` is its place among the files; a relative ``path``
    is one from the folder ``here``.
    """

    id: str
    number: int
    path: bytes
    here: bytes
    size: int
    modified: int


class TextTask(Struct, frozen=True):
    """A text of a large file, or why there is none: a ``reason``."""

    id: str
    number: int
    path: bytes
    raw: bytes = b""
    text: RawText | None = None
    origin: dict[str, str] = {}
    reason: str = ""
    hint: str = ""


class Line(Struct, frozen=True, omit_defaults=True):
    """What came of a text: a candidate, or a reason."""

    number: int
    path: bytes
    place: str = ""
    given_id: str = ""
    digest: bytes = b""
    document: Document | None = None
    repairs: dict[str, int] = {}
    reason: str = ""
    hint: str = ""


class ReadFiles:
    """Files to candidates, as a stage (``toolkit.parallel.work.Stage``)."""

    name = "read"
    reads = FileTask

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    @property
    def version(self) -> str:
        """Passes, columns, the folder that places are relative to, and the code."""
        return _version(self._reading)

    def start(self) -> Callable[[Iterator[FileTask], Counter[str]], Iterator[Line]]:
        """See ``Stage``."""

        def read(tasks: Iterator[FileTask], counts: Counter[str]) -> Iterator[Line]:
            for task in tasks:
                for found in candidates(_path_of(task), self._reading):
                    yield _line(found, task.number)
                counts["files"] += 1

        return read


class RepairTexts:
    """Texts that were read already to candidates, as a stage."""

    name = "repair"
    reads = TextTask

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    @property
    def version(self) -> str:
        """See ``ReadFiles``."""
        return _version(self._reading)

    def start(self) -> Callable[[Iterator[TextTask], Counter[str]], Iterator[Line]]:
        """See ``Stage``."""

        def repaired(tasks: Iterator[TextTask], counts: Counter[str]) -> Iterator[Line]:
            for task in tasks:
                yield _line(self._of(task), task.number)
                counts["texts"] += 1

        return repaired

    def _of(self, task: TextTask) -> Candidate | Rejected:
        path = Path(os.fsdecode(task.path))
        if task.text is None:
            return Rejected(path, InputError(task.reason, task.hint))
        text = replace(task.text, text=task.raw.decode("utf-8", _SURROGATES))
        return candidate(Found(Origin(path=path, **task.origin), text), self._reading)


@contextlib.contextmanager
def candidates_of(
    workspace: Workspace,
    paths: Sequence[Path],
    reading: Reading,
    progress: Progress,
    watched: Callable[[str], None] | None = None,
) -> Iterator[Iterator[Candidate | Rejected]]:
    """The candidates of all files that the paths name, in order, as ``[parallel]`` says.

    Raises:
        InputError: a path isn't there, or there is no file at all.
    """
    from toolkit.parallel.engines import fitted, open_engine

    files = find_files(paths)
    settings = fitted(workspace.settings.parallel, sum(map(size_of, files)), worth=LARGE)
    if settings.engine == "local" and settings.workers == 1:
        yield in_order(files, reading, progress)
        return
    target = str(workspace.documents)
    with run_folder(workspace, "ingest", target) as folder, open_engine(settings) as engine:
        if watched and engine.dashboard:
            watched(engine.dashboard)
        yield dealt_out(
            files, reading, engine, folder, part_size=settings.part_size, progress=progress
        )


def dealt_out(
    files: Sequence[Path],
    reading: Reading,
    engine: Engine,
    folder: Path,
    *,
    part_size: float,
    progress: Progress,
) -> Iterator[Candidate | Rejected]:
    """The candidates of files, in order, worked on by an engine.

    Args:
        files: as ``toolkit.corpus.sources.find_files`` gives them.
        reading: how they are read.
        engine: where.
        folder: keeps what was done, and is for the caller to remove; a run that was killed
            goes on with it.
        part_size: MB of files that are worked on at a time.
        progress: is told how many bytes of the files are done, and how many there are.
    """
    sizes = [size_of(path) for path in files]
    large = [number for number, size in enumerate(sizes) if size >= LARGE]
    small = [number for number, size in enumerate(sizes) if size < LARGE]
    done = 0
    streams = []
    for name, numbers, tasks, stage in (
        ("files", small, _file_tasks(files, small), ReadFiles(reading)),
        ("texts", large, _text_tasks(files, large, reading), RepairTexts(reading)),
    ):
        if not numbers:
            continue
        weight = sum(sizes[number] for number in numbers)
        streams.append(
            _lines(
                name,
                tasks,
                stage,
                engine,
                folder,
                part_size,
                weight,
                _onward(progress, done, weight, sum(sizes)),
            )
        )
        done += weight
    for line in heapq.merge(*streams, key=attrgetter("number")):
        yield _found(line)


def _lines(  # noqa: PLR0917 - one argument for each thing that a run is made of
    name: str,
    tasks: Iterable[Any],
    stage: Any,
    engine: Engine,
    folder: Path,
    part_size: float,
    weight: int,
    progress: Progress,
) -> Iterator[Line]:
    """What came of tasks, in order; all is done when this returns."""
    from toolkit.parallel.run import run

    written, made = folder / f"{name}.jsonl", folder / f"{name}.made.jsonl"
    records.write_jsonl(written, tasks)
    # A part is so many bytes of tasks; of files these are names, which say little of them.
    share = min(1.0, written.stat().st_size / max(1, weight))
    kept = folder / name
    kept.mkdir(exist_ok=True)
    result = run(stage, written, made, engine, kept, part_size=part_size * share, progress=progress)
    aside = {one.id: one.reason for one in result.put_aside}
    if not aside:
        return records.read_jsonl(made, Line)
    lost = (
        _lost(task, aside[task.id])
        for task in records.read_jsonl(written, stage.reads)
        if task.id in aside
    )
    return heapq.merge(records.read_jsonl(made, Line), lost, key=attrgetter("number"))


def _onward(progress: Progress, before: int, weight: int, total: int) -> Progress:
    """Progress over tasks, told as progress over the files that they stand for."""

    def told(done: int, of: int) -> None:
        progress(before + (weight * done // of if of else 0), total)

    return told


def _file_tasks(files: Sequence[Path], numbers: Iterable[int]) -> Iterator[FileTask]:
    here = os.fsencode(Path.cwd())
    for number in numbers:
        try:
            known = files[number].stat()
            size, modified = known.st_size, known.st_mtime_ns
        except OSError:
            size = modified = 0  # whoever reads it says what is wrong
        path = os.fsencode(files[number])
        yield FileTask(str(number), number, path, here, size, modified)


def _text_tasks(
    files: Sequence[Path], numbers: Iterable[int], reading: Reading
) -> Iterator[TextTask]:
    for number in numbers:
        path = files[number]
        for place, found in enumerate(raw_texts(path, reading)):
            id_, where = f"{number}-{place}", os.fsencode(path)
            if isinstance(found, Rejected):
                reason = found.reason
                yield TextTask(
                    id_, number, where, reason=writable(reason.what), hint=writable(reason.hint)
                )
                continue
            origin = msgspec.structs.asdict(found.origin)
            del origin["path"]
            origin["said"] = writable(origin["said"])
            raw = found.text.text.encode("utf-8", _SURROGATES)
            yield TextTask(id_, number, where, raw, replace(found.text, text=""), origin)


def _path_of(task: FileTask) -> Path:
    """The file as the user named it, where that names the same file here."""
    path, here = Path(os.fsdecode(task.path)), Path(os.fsdecode(task.here))
    return path if path.is_absolute() or Path.cwd() == here else here / path


def _line(found: Candidate | Rejected, number: int) -> Line:
    path = os.fsencode(found.path)
    if isinstance(found, Rejected):
        reason = found.reason
        return Line(number, path, reason=writable(reason.what), hint=writable(reason.hint))
    return Line(
        number,
        path,
        place=found.place,
        given_id=found.given_id,
        digest=found.digest,
        document=found.document,
        repairs=found.repairs,
    )


def _found(line: Line) -> Candidate | Rejected:
    path = Path(os.fsdecode(line.path))
    if line.document is None:
        return Rejected(path, InputError(line.reason, line.hint))
    return Candidate(
        path=path,
        place=line.place,
        given_id=line.given_id,
        digest=line.digest,
        document=line.document,
        repairs=line.repairs,
    )


def _lost(task: FileTask | TextTask, reason: str) -> Line:
    """A file, or a text of one, that nobody could work on."""
    said = writable(os.fsdecode(task.path))
    if isinstance(task, TextTask) and task.text is not None and task.text.row:
        said = f"{said}, row {task.text.row}"
    return Line(
        task.number,
        task.path,
        reason=f"{said}: could not be worked on ({reason})",
        hint="Take it out, or mend it; all others were read.",
    )


def writable(text: str) -> str:
    """The text without what UTF-8 can't hold, as names of files may."""
    return text.encode(errors="backslashreplace").decode()


def _version(reading: Reading) -> str:
    made_of = [
        __version__,
        str(reading.root.absolute()),
        [one.name for one in reading.passes],
        sorted(reading.columns.items()),
    ]
    return hashlib.sha256(msgspec.json.encode(made_of)).hexdigest()
