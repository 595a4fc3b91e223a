"""A stage over all parts of an input, on whatever engine, and its results put together.

Whatever the engine, the number of workers and the size of parts: the results are the same
bytes. Each part is kept in the run's folder when it is done, so a run that was ended goes on
where it was when it is run again with the same folder.
"""

from __future__ import annotations

import secrets
from collections import Counter, deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from toolkit.errors import RecordError, ToolkitError
from toolkit.parallel.engines import Engine
from toolkit.parallel.parts import Input, Part, open_input, parts
from toolkit.parallel.places import plain
from toolkit.parallel.targets import beside, put_together, refuse_to_replace, write_beside
from toolkit.parallel.work import (
    ID_BYTES,
    Made,
    PutAside,
    Stage,
    Task,
    Work,
    digest_of,
    keep,
    tally_of,
)

R = TypeVar("R")

__all__ = ["Input", "PutAside", "RunResult", "Stage", "open_input", "run"]


class RunResult(Struct, frozen=True):
    """What a run came to; ``reused`` of its ``parts`` an earlier run had made."""

    counts: Counter[str]
    put_aside: tuple[PutAside, ...]
    parts: int
    reused: int


def run(
    stage: Stage[Any],
    source: object,
    target: object,
    engine: Engine,
    folder: Path,
    *,
    part_size: float,
    progress: Callable[[int, int], None] | None = None,
    distinct: bool = False,
) -> RunResult:
    """Run a stage over an input.

    Records that kill the process that works on them, or raise an error that nobody expected,
    are put aside: the results lack them, and a file beside the target tells their ids.

    Args:
        stage: what is done to each record.
        source: a path, a folder or glob of parts, an address, ``-``, or an opened ``Input``.
        target: a path, a folder (see ``toolkit.parallel.targets``), an address, or ``-``.
        engine: where.
        folder: keeps parts that are done until the run is; it is for the caller to remove.
        part_size: MB of input in a part.
        progress: is told how many bytes of the input are done, of how many (0: not known).
        distinct: whether two records with the same id are an error.

    Raises:
        RecordError: a line isn't a record, or two have the same id.
        ToolkitError: the input can't be read, or the target can't be written.
        UsageError: the target would replace what is read.
    """
    given = source if isinstance(source, Input) else open_input(source)
    place = plain(str(target))
    refuse_to_replace(place, (file.address for file in given.files))
    all_parts = _AllParts(given, part_size, folder, progress)
    all_parts.make(engine, _work(stage, folder, engine, all_parts, distinct=distinct))
    files = [folder / all_parts.made[place] for place in sorted(all_parts.made)]
    counts: Counter[str] = Counter()
    put_aside: list[PutAside] = []
    ids = _Ids()
    for path in files:
        tally = tally_of(path)
        counts.update(tally.counts)
        put_aside += tally.put_aside
        ids.add(tally.ids)
    if distinct and (twice := ids.twice()):
        raise RecordError(
            f"{given.name}: two documents have the id {_spelled(twice, files)!r}",
            "Give each document its own id.",
        )
    put_together(place, files)
    aside = beside(place, "put_aside")
    if aside:
        write_beside(aside, put_aside)
    return RunResult(counts, tuple(put_aside), len(files), all_parts.reused)


def _work(
    stage: Stage[Any], folder: Path, engine: Engine, all_parts: _AllParts, *, distinct: bool
) -> Work:
    mark = f"{secrets.token_hex(8)}.mark"
    (folder / mark).touch()
    return Work(
        stage,
        folder,
        mark,
        kept=frozenset(path.name for path in folder.glob("*.result")),
        distinct=distinct,
        may_die=not engine.survives,
        told=None if engine.survives else all_parts.told,
    )


class _AllParts:
    """The parts of an input, made on an engine or found in the folder."""

    def __init__(
        self,
        given: Input,
        part_size: float,
        folder: Path,
        progress: Callable[[int, int], None] | None,
    ) -> None:
        self.made: dict[tuple[int, int], str] = {}
        self.reused = 0
        self._given = given
        self._part_size = part_size
        self._folder = folder
        self._progress = progress
        self._done = 0
        self._troubled: deque[Part] = deque()

    def make(self, engine: Engine, work: Work) -> None:
        """Fill ``made``: the file of every part, by the part's place in the input."""
        waiting = self._tasks()
        while True:
            for task, outcome in engine.outcomes(work, waiting):
                if isinstance(outcome, Made):
                    self._take(task.part, outcome)
                elif not task.alone:
                    self._troubled.append(task.part)
                else:
                    raise ToolkitError(
                        f"{_named(task.part)}: its worker ended, one record at a time, too "
                        f"({outcome.reason})",
                        "Was it killed for want of memory? Try fewer workers, or smaller parts.",
                    )
            if not self._troubled:
                return
            waiting = self._alone()

    def told(self, more: int) -> None:
        """Say how many bytes are done: those of whole parts, and so many more."""
        if self._progress:
            self._progress(self._done + more, self._given.size)

    def _tasks(self) -> Iterator[Task]:
        for part in parts(self._given, self._part_size):
            yield from self._alone()
            yield Task(part)

    def _alone(self) -> Iterator[Task]:
        while self._troubled:
            yield Task(self._troubled.popleft(), alone=True)

    def _take(self, part: Part, made: Made) -> None:
        if made.content is not None:
            keep(self._folder, made.file, made.content)
        self.made[part.place] = made.file
        self.reused += made.tally is None
        self._done += part.size
        self.told(0)


def _named(part: Part) -> str:
    first, last = part.pieces[0], part.pieces[-1]
    if first is last:
        return first.address
    return f"{first.address} to {last.address}"


class _Ids:
    """Digests of ids, by their first byte: 16 bytes for each, and no more than that."""

    def __init__(self) -> None:
        self._by_first = [bytearray() for _ in range(256)]

    def add(self, digests: bytes) -> None:
        """Take digests, one after the other."""
        for at in range(0, len(digests), ID_BYTES):
            self._by_first[digests[at]] += digests[at : at + ID_BYTES]

    def twice(self) -> bytes | None:
        """One that came twice."""
        for digests in self._by_first:
            known = set()
            for at in range(0, len(digests), ID_BYTES):
                digest = bytes(digests[at : at + ID_BYTES])
                if digest in known:
                    return digest
                known.add(digest)
        return None


class _Named(Struct):
    id: str = ""
    doc_id: str = ""


def _spelled(digest: bytes, files: list[Path]) -> str:
    """The id that a digest stands for, as the results spell it."""
    decoder = msgspec.json.Decoder(_Named)
    for path in files:
        with path.open("rb") as lines:
            lines.readline()
            for line in lines:
                named = decoder.decode(line)
                if digest_of(named.id or named.doc_id) == digest:
                    return named.id or named.doc_id
    return "(put aside)"
