"""One function over many tasks: where that happens, and what becomes of a task that kills.

An engine is a context manager. Function, tasks and results are pickled unless the work is
done in this process; an error that the function raises is raised where the results are
taken. A task whose worker ends (a signal, no memory left, ``os._exit``) is tried once more;
where that ends its worker, too, its outcome is a ``Crash`` and the other tasks go on.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from toolkit.each import in_turn
from toolkit.errors import ToolkitError
from toolkit.settings import ParallelSettings

T = TypeVar("T")
R = TypeVar("R")

WORTH_A_WORKER = 1_000_000
"""Bytes of input on which the rules work a few times as long as it takes to start a worker."""


class Crash(Struct, frozen=True):
    """A task's worker ended twice while it was at work on it; ``reason`` says how."""

    reason: str


class Engine(Protocol):
    """Somewhere to work. ``dashboard`` is an address to watch it at, where there is one."""

    @property
    def workers(self) -> int:
        """How many tasks are worked on at a time."""
        ...

    @property
    def dashboard(self) -> str | None:
        """Where a browser shows what goes on; None where nothing does."""
        ...

    @property
    def survives(self) -> bool:
        """Whether this process outlives a task that kills the process it runs in."""
        ...

    def outcomes(
        self, function: Callable[[T], R], tasks: Iterable[T]
    ) -> Iterator[tuple[T, R | Crash]]:
        """Each task with its result as they come, few tasks being taken ahead of that."""
        ...

    def each(self, function: Callable[[T], R], tasks: Iterable[T]) -> Iterator[tuple[T, R]]:
        """The same, where a crash is an error: a ``toolkit.each.Each``.

        Raises:
            ToolkitError: a task ended its worker twice.
        """
        ...


class InProcess:
    """One task after the other, here."""

    workers = 1
    dashboard = None
    survives = False

    def outcomes(
        self, function: Callable[[T], R], tasks: Iterable[T]
    ) -> Iterator[tuple[T, R | Crash]]:
        """See ``Engine``; there are no crashes that this process would live to tell of."""
        yield from in_turn(function, tasks)

    def each(self, function: Callable[[T], R], tasks: Iterable[T]) -> Iterator[tuple[T, R]]:
        """See ``Engine``."""
        return in_turn(function, tasks)


def without_crashes(outcomes: Iterator[tuple[T, R | Crash]]) -> Iterator[tuple[T, R]]:
    """The outcomes; the first crash among them is raised.

    Raises:
        ToolkitError: a task ended its worker twice.
    """
    for task, outcome in outcomes:
        if isinstance(outcome, Crash):
            raise ToolkitError(
                f"a worker process ended twice at the same work ({outcome.reason})",
                "Was it killed for want of memory? Try fewer workers, or smaller parts.",
            )
        yield task, outcome


def open_engine(settings: ParallelSettings) -> AbstractContextManager[Engine]:
    """The engine that the settings ask for; it starts when the block is entered.

    With ``workers = 0`` there are as many as cores; ``fitted`` makes that fewer for little work.

    Raises:
        UsageError: Dask isn't installed.
        ToolkitError: nobody answers at the scheduler's address.
    """
    if settings.engine == "dask":
        from toolkit.parallel.cluster import on_dask

        return on_dask(settings.workers or cores(), settings.scheduler)
    workers = settings.workers or cores()
    if workers == 1:
        return nullcontext(InProcess())
    from toolkit.parallel.cores import LocalCores

    return LocalCores(workers)


def fitted(
    settings: ParallelSettings, size: int, *, worth: int = WORTH_A_WORKER
) -> ParallelSettings:
    """The settings with as many workers as the work pays for, where they leave that open.

    Args:
        settings: with ``workers = 0`` of the local engine; all else is left as it is.
        size: bytes of input; 0 where nobody knows, which counts as much.
        worth: how many bytes take as long as it takes to start a worker process.
    """
    if settings.engine != "local" or settings.workers:
        return settings
    paid = max(1, size // worth) if size else cores()
    return replace(settings, workers=min(cores(), paid))


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
