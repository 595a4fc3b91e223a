"""Everything that a command prints: results to standard output, all else to standard error.

User text may hold escape sequences and markup; ``visible`` shows them and never runs them.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from toolkit.errors import ToolkitError

if TYPE_CHECKING:
    from rich.progress import Progress

debug = False
"""Whether errors show a traceback; set by ``--debug``."""

_MINUTE = 60

_MEGABYTE = 1_000_000

_PIECE = 1 << 16
"""Bytes of a long result that are written at a time."""

_PATIENCE = 1.0
"""Seconds of work before a progress bar is shown."""


def say(text: str) -> None:
    """A sentence for the person at the terminal."""
    sys.stderr.write(visible(text) + "\n")
    sys.stderr.flush()


def say_each(kind: str, those: Iterable[object]) -> None:
    """A line for each: ``problem: …``, ``note: …``, ``left out: …``."""
    for one in those:
        say(f"{kind}: {one}")


def error(problem: ToolkitError) -> None:
    """One line for what is wrong and where, one for what to do."""
    say(f"toolkit: {problem.what}.")
    if problem.hint:
        say(f"  {problem.hint}")


def count(number: int, noun: str) -> str:
    """``1 document``, ``1,234 documents``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def named(names: Sequence[str], most: int, of: int | None = None) -> str:
    """The first names, and how many there are besides: ``a, b and 3 more``.

    Args:
        names: all, or the first of them.
        most: how many are told.
        of: how many there are where ``names`` doesn't have all.
    """
    more = (len(names) if of is None else of) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def json_result(result: Any) -> None:
    """One JSON object on standard output."""
    import codecs

    import msgspec

    # A report of all documents is long, and as text with ideographs takes twice its bytes.
    encoded = msgspec.json.encode(result, enc_hook=str)  # paths as text
    written = msgspec.json.format(encoded, indent=2)
    pieces = (written[start : start + _PIECE] for start in range(0, len(written), _PIECE))
    sys.stdout.writelines(codecs.iterdecode(pieces, "utf-8"))
    sys.stdout.write("\n")


def json_line(result: Any) -> None:
    """One JSON object on a line of standard output, at once; for what goes on and on."""
    import msgspec

    sys.stdout.write(msgspec.json.encode(result, enc_hook=str).decode() + "\n")
    sys.stdout.flush()


def output(text: str = "") -> None:
    """A line of the result itself, on standard output."""
    sys.stdout.write(visible(text) + "\n")


def output_counts(counts: Iterable[tuple[int, str]]) -> None:
    """An indented line for each count that is not 0, and what it counts."""
    for number, what in counts:
        if number:
            output(f"  {number} {what}")


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    title: str = "",
    tight: bool = False,
) -> None:
    """A table on standard output; numbers to the right, nothing cut where there is no terminal.

    ``tight`` leaves less room between columns, for a table of many.
    """
    from toolkit.cli.tables import drawn

    rows = [tuple(row) for row in rows]
    numeric = [
        bool(rows) and all(isinstance(row[position], int | float) for row in rows)
        for position in range(len(columns))
    ]
    if title:
        output(title)
    heads = [visible(column) for column in columns]
    cells = [[visible(str(cell)) for cell in row] for row in rows]
    sys.stdout.write(drawn(heads, cells, numeric, tight=tight))


def span_counts(
    summary: str, result: Any, by_label: Mapping[str, int], *, target: Path | None, as_json: bool
) -> None:
    """What a stage did that wrote spans to ``target``.

    Where the records themselves go to standard output, only the summary is said.
    """
    if str(target) == "-":
        say(summary)
    elif as_json:
        json_result(result)
    else:
        output(summary)
        table(["label", "spans"], by_label.items())


def visible(text: str) -> str:
    """The text with control characters shown as escapes, so that none reaches the terminal."""
    return "".join(
        c if c.isprintable() or c in "\n\t\u3000\u00a0" else c.encode("unicode_escape").decode()
        for c in text
    )


@contextmanager
def progress(what: str, *, in_bytes: bool = False) -> Iterator[Callable[[int, int], None]]:
    """A bar with rate and remaining time on standard error, for work that takes over a second.

    Where that is no terminal, bytes are told in a line a minute, for the logs of long runs.

    Yields a function to call with ``(done, total)``, which are bytes or numbers of things.
    """
    if not sys.stderr.isatty():
        yield _told_in_lines(what) if in_bytes else lambda _done, _total: None
        return
    began = time.monotonic()
    bar: Progress | None = None

    def advance(done: int, total: int) -> None:
        nonlocal bar
        if bar is None:
            if time.monotonic() - began <= _PATIENCE:
                return
            bar = _bar(in_bytes=in_bytes)
            bar.add_task(what, total=None)
            bar.start()
        bar.update(bar.task_ids[0], completed=done, total=total)

    try:
        yield advance
    finally:
        if bar:
            bar.stop()


def _bar(*, in_bytes: bool) -> Progress:
    """A bar on standard error; loaded when it is shown, since it takes longer than short work."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        *((DownloadColumn(), TransferSpeedColumn()) if in_bytes else (MofNCompleteColumn(),)),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )


def _told_in_lines(what: str) -> Callable[[int, int], None]:
    """Say now and then how many bytes are done, how fast, and how long it will still take."""
    began = told = time.monotonic()

    def advance(done: int, total: int) -> None:
        nonlocal told
        now = time.monotonic()
        if now - told < _MINUTE:
            return
        told = now
        rate = done / (now - began)
        left = f", about {(total - done) / rate / _MINUTE:.0f} min left" if total and rate else ""
        of_all = f" of {total / _MEGABYTE:,.0f}" if total else ""
        say(f"{what}: {done / _MEGABYTE:,.0f}{of_all} MB, {rate / _MEGABYTE:.2f} MB/s{left}")

    return advance
