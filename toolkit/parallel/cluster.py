"""Tasks on Dask: on a cluster of this machine's cores, or on one that exists.

The function goes to each worker once and not with each task; workers that come later get it,
too. A task whose worker dies goes to another one; on a cluster of our own a second death is
a ``Crash``, on one that exists its own setting says how many there may be
(``distributed.scheduler.allowed-failures``).
"""

from __future__ import annotations

import logging
import pickle
import secrets
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from toolkit.errors import ToolkitError, UsageError
from toolkit.parallel.engines import Crash, Engine, without_crashes

T = TypeVar("T")
R = TypeVar("R")

_AHEAD = 2
"""Tasks that are under way for each worker."""

_DEATHS = 1
"""Of a task's workers that Dask lets pass; at the one after that it gives up."""

_PATIENCE = 30
"""Seconds in which a scheduler has to answer, and a worker of ours to start."""

_functions: dict[str, Callable[[Any], Any]] = {}
"""In a worker: the functions that it was sent, by the name of their call."""


@contextmanager
def on_dask(workers: int, scheduler: str = "") -> Iterator[Engine]:
    """A Dask engine.

    Args:
        workers: how many there are on a cluster of our own.
        scheduler: the address of a cluster that exists; its workers need this toolkit.

    Raises:
        UsageError: Dask isn't installed.
        ToolkitError: nobody answers at the scheduler's address, or nobody works there.
    """
    try:
        import dask
        import distributed
    except ImportError:
        raise UsageError(
            "Dask is not installed", 'Install it: pip install "zh-ner-toolkit[cluster]"'
        ) from None
    library: Any = distributed  # it has no types
    with ExitStack() as stack:
        if scheduler:
            client = stack.enter_context(_connected(library.Client, scheduler))
        else:
            # A worker that a document kills is told of in our own words.
            quiet = {"distributed.scheduler.allowed-failures": _DEATHS}
            stack.enter_context(dask.config.set(quiet))
            cluster = stack.enter_context(
                library.LocalCluster(
                    n_workers=workers,
                    threads_per_worker=1,
                    processes=True,
                    dashboard_address="127.0.0.1:0",
                    silence_logs=logging.CRITICAL,
                )
            )
            client = stack.enter_context(library.Client(cluster, timeout=_PATIENCE))
        yield OnDask(client)


@contextmanager
def _connected(connect: Callable[..., Any], scheduler: str) -> Iterator[Any]:
    try:
        client = connect(scheduler, timeout=_PATIENCE)
    except (OSError, ValueError, TimeoutError) as error:
        raise ToolkitError(
            f"no Dask scheduler answers at {scheduler} ({error})",
            "Start one with 'dask scheduler', or leave --scheduler out.",
        ) from None
    with client:
        try:
            client.wait_for_workers(1, timeout=_PATIENCE)
        except TimeoutError:
            raise ToolkitError(
                f"the Dask cluster at {scheduler} has no workers",
                f"Start some with 'dask worker {scheduler}', where this toolkit is installed.",
            ) from None
        yield client


class OnDask:
    """See ``toolkit.parallel.engines.Engine``."""

    survives = True

    def __init__(self, client: Any) -> None:
        self._client = client
        self.dashboard: str | None = client.dashboard_link or None

    @property
    def workers(self) -> int:
        """How many there are now; on a cluster that grows and shrinks it changes."""
        threads: dict[str, int] = self._client.nthreads()
        return max(1, sum(threads.values()))

    def each(self, function: Callable[[T], R], tasks: Iterable[T]) -> Iterator[tuple[T, R]]:
        """See ``Engine``."""
        return without_crashes(self.outcomes(function, tasks))

    def outcomes(
        self, function: Callable[[T], R], tasks: Iterable[T]
    ) -> Iterator[tuple[T, R | Crash]]:
        """See ``Engine``. Leaving it early drops what is under way."""
        from distributed import as_completed

        remaining = iter(tasks)
        under_way: dict[Any, T] = {}
        with self._sent(function) as name:
            try:
                done: Any = as_completed()  # type: ignore[no-untyped-call]  # Dask has no types
                for task in islice(remaining, _AHEAD * self.workers):
                    done.add(self._submitted(name, task, under_way))
                for future in done:
                    task = under_way.pop(future)
                    outcome = _outcome(future)
                    future.release()
                    for another in islice(remaining, 1):
                        done.add(self._submitted(name, another, under_way))
                    yield task, outcome
            finally:
                self._client.cancel(list(under_way))

    def _submitted(self, name: str, task: T, under_way: dict[Any, T]) -> Any:
        with warnings.catch_warnings():
            # Dask warns of large tasks; ours hold a part of the input at most.
            warnings.simplefilter("ignore", UserWarning)
            future = self._client.submit(_call, name, task, pure=False)
        under_way[future] = task
        return future

    @contextmanager
    def _sent(self, function: Callable[[Any], Any]) -> Iterator[str]:
        name = f"toolkit-{secrets.token_hex(8)}"
        content = pickle.dumps(function, pickle.HIGHEST_PROTOCOL)
        self._client.register_plugin(_delivery(name, content))
        try:
            yield name
        finally:
            self._client.unregister_worker_plugin(name)


def _delivery(name: str, content: bytes) -> Any:
    """What Dask runs in each worker, those that come later too."""
    from distributed import WorkerPlugin

    plugin: Any = WorkerPlugin()
    plugin.name = name
    plugin.setup = partial(_take, name, content)
    plugin.teardown = partial(_drop, name)
    return plugin


def _take(name: str, content: bytes, worker: Any) -> None:  # noqa: ARG001 - Dask's signature
    _functions[name] = pickle.loads(content)  # noqa: S301 - from whoever started the run


def _drop(name: str, worker: Any) -> None:  # noqa: ARG001 - Dask's signature
    _functions.pop(name, None)


def _call(name: str, task: Any) -> Any:
    return _functions[name](task)


def _outcome(future: Any) -> Any:
    from distributed import CancelledError, KilledWorker

    try:
        return future.result()
    except KilledWorker:
        return Crash("its worker on the Dask cluster ended, perhaps for want of memory")
    except CancelledError:
        return Crash("it was lost on the Dask cluster")
