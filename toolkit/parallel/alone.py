"""A part one record at a time, in a process that may die: so whoever kills it is found.

The process says which record it takes before it works on it. When it dies, a new one begins
with the same record; where that dies there, too, the record is put aside and the next one
begins behind it. A record that raises an error is put aside as well.

``python -m toolkit.parallel.alone N`` is that process, N being its end of a pipe.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import subprocess
import sys
from collections import Counter
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any

import msgspec
from msgspec import Struct

from toolkit.errors import ToolkitError
from toolkit.parallel.cores import ending
from toolkit.parallel.parts import Part, read
from toolkit.parallel.work import (
    PutAside,
    Stage,
    Tally,
    digest_of,
    id_of,
    in_words,
    records_in,
    started,
)

_DEATHS = 2
"""Of a process at the same record, after which it is put aside."""


class _Begun(Struct, frozen=True):
    """The process takes a record."""

    number: int
    id: str


class _Done(Struct, frozen=True):
    """What came of the record: results and counts, or why there are none."""

    results: bytes = b""
    counts: dict[str, int] = {}
    reason: str = ""


def one_at_a_time(
    stage: Stage[Any], part: Part, *, distinct: bool = False
) -> tuple[Tally, bytearray]:
    """The tally of a part and its results, as if those put aside had not been there.

    Raises:
        ToolkitError: a record isn't one, or the process can't even begin.
    """
    found = _Found(distinct=distinct)
    deaths = 0
    while True:
        known = found.number
        ended = _ended(stage, part, found)
        if ended is None:
            return Tally(
                dict(found.counts), tuple(found.put_aside), bytes(found.ids)
            ), found.results
        deaths = 1 if found.number > known else deaths + 1
        if deaths == _DEATHS:
            if found.begun is None:
                raise ToolkitError(
                    f"a process for one record at a time could not begin ({ended})",
                    "Is there memory left? Try fewer workers.",
                )
            found.add(_Done(reason=ended))
            deaths = 0


class _Found:
    """What is known of a part so far; ``number`` records are settled, ``begun`` is the next."""

    def __init__(self, *, distinct: bool) -> None:
        self.number = 0
        self.begun: _Begun | None = None
        self.counts: Counter[str] = Counter()
        self.put_aside: list[PutAside] = []
        self.ids = bytearray()
        self.results = bytearray()
        self._distinct = distinct

    def add(self, done: _Done) -> None:
        """Settle the record that was begun."""
        id_ = self.begun.id if self.begun else ""
        self.number += 1
        self.begun = None
        self.counts.update(done.counts)
        self.results += done.results
        if self._distinct:
            self.ids += digest_of(id_)
        if done.reason:
            self.put_aside.append(PutAside(id_, done.reason))


def _ended(stage: Stage[Any], part: Part, found: _Found) -> str | None:
    """Go on in a new process; how it died, or null where it came to the part's end."""
    ours, theirs = Pipe()
    # Without a session of its own it would get the Ctrl-C that is meant for us.
    process = subprocess.Popen(
        [sys.executable, "-m", "toolkit.parallel.alone", str(theirs.fileno())],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        pass_fds=[theirs.fileno()],
        start_new_session=True,
    )
    try:
        theirs.close()
        with contextlib.suppress(OSError):
            ours.send((stage, part, found.number))
        with contextlib.suppress(EOFError, OSError):
            while (message := ours.recv()) is not None:
                if isinstance(message, ToolkitError):
                    raise message
                if isinstance(message, _Begun):
                    found.begun = message
                else:
                    found.add(message)
            return None
        return ending(process.wait())
    finally:
        ours.close()
        process.kill()
        process.wait()


def _work(connection: Connection, stage: Stage[Any], part: Part, first: int) -> None:
    pieces = [(piece, read(piece)) for piece in part.pieces]
    for number, record in enumerate(records_in(pieces, stage.reads)):
        if number >= first:
            connection.send(_Begun(number, id_of(record)))
            connection.send(_done(stage, record))


def _done(stage: Stage[Any], record: object) -> _Done:
    counts: Counter[str] = Counter()
    results = bytearray()
    encoder = msgspec.json.Encoder()
    try:
        for result in started(stage)(iter([record]), counts):
            encoder.encode_into(result, results, -1)
            results += b"\n"
    except ToolkitError:
        raise
    except Exception as error:
        return _Done(reason=in_words(error))
    return _Done(bytes(results), dict(counts))


def main() -> None:
    """Take stage and part from the pipe, and tell of each record."""
    connection = Connection(int(sys.argv[1]))
    stage, part, first = connection.recv()
    try:
        _work(connection, stage, part, first)
    except ToolkitError as error:
        connection.send(error)
    else:
        connection.send(None)
    connection.close()


if __name__ == "__main__":
    # The classes that we send are those of the module, and not of a second one called __main__.
    importlib.import_module("toolkit.parallel.alone").main()
