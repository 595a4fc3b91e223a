"""A stage over one part: its records in, what it makes of them kept in a file with its tally.

The file is named after the part's bytes and the stage's version. So a part whose file is
there needn't be done again, in a run that was killed before or in the next one, and what was
made of other bytes or by another version is never taken for it.
"""

from __future__ import annotations

import hashlib
import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

import msgspec
from msgspec import Struct

from toolkit import records
from toolkit.errors import ToolkitError
from toolkit.parallel.parts import Part, Piece, read, where

R = TypeVar("R")

ID_BYTES = 16
"""Of a record's id its digest is remembered: two of 10 million agree by chance in 10^-25."""

_DIGEST_BYTES = 20

Started = Callable[[Iterator[R], Counter[str]], Iterator[Any]]
"""Records in, records out, in order; it adds to the counts what it wants to be told of them.

What it gives for a record must not depend on the records around it.
"""


class Stage(Protocol[R]):
    """What is done to each record. It is pickled, and started once in each worker.

    ``version`` is a digest of everything but the records that the results depend on;
    ``reads`` is the type of the records.
    """

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    @property
    def version(self) -> str:
        """See above."""
        ...

    @property
    def reads(self) -> type[R]:
        """See above."""
        ...

    def start(self) -> Started[R]:
        """The function, ready; what it needs is read here."""
        ...


class PutAside(Struct, frozen=True):
    """A record that could not be worked on, by its id, and why."""

    id: str
    reason: str


class Tally(Struct, frozen=True):
    """What a part came to.

    ``ids`` are the digests of its records' ids, one after the other, of those that were put
    aside, too.
    """

    counts: dict[str, int]
    put_aside: tuple[PutAside, ...] = ()
    ids: bytes = b""


class Made(Struct, frozen=True):
    """A part's tally, and the file in the run's folder that holds tally and results.

    ``content`` is what belongs into that file where the worker could not write it; the tally
    is null where the file was there before.
    """

    file: str
    tally: Tally | None = None
    content: bytes | None = None


class Trouble(Struct, frozen=True):
    """An error that nobody expected, in some record of a part."""

    reason: str


class Task(Struct, frozen=True):
    """A part to be worked on, as a whole or ``alone``: one record at a time."""

    part: Part
    alone: bool = False


class Work(Struct, frozen=True):
    """The function that an engine runs over the tasks of a run.

    Args:
        stage: what is done to the records.
        folder: keeps the results, where it can be seen: who has a file ``mark`` there, does.
        mark: see above.
        kept: the results that the folder had when the run began.
        distinct: whether the digests of ids are wanted.
        may_die: whether the process that the work is done in is the one that the user
            started, which nobody starts again. What kills it is found by the next run.
        told: is called with the bytes that are read so far.
        here: the folder that relative paths start from, which is not where workers of a
            cluster that exists were started.
    """

    stage: Stage[Any]
    folder: Path
    mark: str
    kept: frozenset[str]
    distinct: bool = False
    may_die: bool = False
    told: Callable[[int], None] | None = None
    here: Path = msgspec.field(default_factory=Path.cwd)

    def __call__(self, task: Task) -> Made | Trouble:
        """Work on a part.

        Raises:
            ToolkitError: a record isn't one, or something else is wrong that is no
                record's fault.
        """
        part = task.part if Path.cwd() == self.here else task.part.seen_from(self.here)
        pieces = [(piece, read(piece)) for piece in part.pieces]
        file = f"{_digest(self.stage, (content for _, content in pieces))}.result"
        if file in self.kept:
            return Made(file)
        begun = self.folder / f"{file}.begun"
        if task.alone or (self.may_die and begun.exists()):
            from toolkit.parallel.alone import one_at_a_time

            tally, results = one_at_a_time(self.stage, part, distinct=self.distinct)
        else:
            if self.may_die:
                begun.touch()
            try:
                tally, results = self._together(pieces)
            except ToolkitError:
                raise
            except Exception as error:
                return Trouble(in_words(error))
            finally:
                if self.may_die:
                    begun.unlink()
        content = msgspec.json.encode(tally) + b"\n" + results
        if not (self.folder / self.mark).exists():
            return Made(file, tally, content)
        keep(self.folder, file, content)
        return Made(file, tally)

    def _together(self, pieces: list[tuple[Piece, bytes]]) -> tuple[Tally, bytearray]:
        """All records in one stream."""
        counts: Counter[str] = Counter()
        ids, results = bytearray(), bytearray()
        encoder = msgspec.json.Encoder()

        def taken() -> Iterator[Any]:
            for record in records_in(pieces, self.stage.reads, self.told):
                if self.distinct:
                    ids.extend(digest_of(id_of(record)))
                yield record

        for result in started(self.stage)(taken(), counts):
            encoder.encode_into(result, results, -1)
            results += b"\n"
        return Tally(dict(counts), ids=bytes(ids)), results


_running: dict[tuple[str, str], Started[Any]] = {}


def started(stage: Stage[R]) -> Started[R]:
    """The stage, started; once in a process for each of its versions."""
    key = (stage.name, stage.version)
    if key not in _running:
        _running.clear()
        _running[key] = stage.start()
    return _running[key]


def records_in(
    pieces: Iterable[tuple[Piece, bytes]],
    type_: type[R],
    told: Callable[[int], None] | None = None,
) -> Iterator[R]:
    """The records of pieces that were read; ``told`` hears of the bytes up to each.

    Raises:
        RecordError: a line isn't a record; names file, line and field.
    """
    done = 0
    for piece, content in pieces:
        lines = io.BytesIO(content)
        for record in records.decoded(lines, type_, partial(where, piece)):
            yield record
            if told:
                told(done + lines.tell())
        done += len(content)


def keep(folder: Path, file: str, content: bytes) -> None:
    """Write a part's tally and results, whole or not at all."""
    with records.replacing(folder / file) as out:
        out.write(content)


def tally_of(path: Path) -> Tally:
    """The tally of a kept part."""
    with path.open("rb") as file:
        return msgspec.json.decode(file.readline(), type=Tally)


def id_of(record: object) -> str:
    """What a record is called, or whose it is; empty where neither is said."""
    return str(getattr(record, "id", "") or getattr(record, "doc_id", ""))


def digest_of(id_: str) -> bytes:
    """``ID_BYTES`` that stand for an id."""
    return hashlib.blake2b(id_.encode("utf-8", "surrogatepass"), digest_size=ID_BYTES).digest()


def in_words(error: Exception) -> str:
    """An error that nobody expected, on one line."""
    return " ".join(f"{type(error).__name__}: {error}".split()).removesuffix(":")


def _digest(stage: Stage[Any], contents: Iterable[bytes]) -> str:
    made_of = hashlib.sha256(msgspec.json.encode([stage.name, stage.version]))
    for content in contents:
        made_of.update(content)
        made_of.update(b"\n")  # the next file begins on a line of its own
    return made_of.hexdigest()[: 2 * _DIGEST_BYTES]
