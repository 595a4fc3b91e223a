"""Tasks on Dask: on a cluster of this machine's cores, or on one that exists.

The function goes to each worker once and not with each task; workers that come later get it,
too. When a worker dies, Dask can't say which of its tasks was at work. Each of them is tried
once more when nothing else is under way, and where its worker dies again, it is a ``Crash``.
A cluster that exists may try a task several times before it tells us of a death
(``distributed.scheduler.allowed-failures``).
"""

from __future__ import annotations

import logging
import pickle
import secrets
import signal
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import islice
from multiprocessing import resource_tracker
from typing import Any, TypeVar

from toolkit import __version__
from toolkit.errors import ToolkitError, UsageError
from toolkit.parallel.engines import Crash, Engine, without_crashes

T = TypeVar("T")
R = TypeVar("R")

_AHEAD = 2
"""Tasks that are under way for each worker."""

_OWN_CLUSTER = {
    "distributed.scheduler.allowed-failures": 0,  # we try again ourselves
    "distributed.comm.timeouts.connect": "5s",  # nobody is far away, but some are dead
    "distributed.deploy.lost-worker-timeout": "1 day",  # else one that is slow to start again isn't
}

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
            stack.enter_context(_quiet())
            client = stack.enter_context(_connected(library.Client, scheduler))
        else:
            stack.enter_context(dask.config.set(_OWN_CLUSTER))
            with _deaf_to_interrupts():
                cluster = library.LocalCluster(
                    n_workers=workers,
                    threads_per_worker=1,
                    processes=True,
                    dashboard_address="127.0.0.1:0",
                    silence_logs=logging.CRITICAL,
                )
            stack.enter_context(cluster)
            client = stack.enter_context(library.Client(cluster, timeout=_PATIENCE))
        yield OnDask(client, None if scheduler else workers)


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Threads and processes that start meanwhile, and theirs, never hear of a Ctrl-C.

    It is for this process, which ends them; each of them would print a traceback.
    """
    resource_tracker.ensure_running()  # it hears signals again when it has started
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _quiet() -> Iterator[None]:
    """Dask's log says nothing: what goes wrong is raised, and said once."""
    logs = [logging.getLogger(name) for name in ("distributed", "distributed.client")]
    before = [log.level for log in logs]
    for log in logs:
        log.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for log, level in zip(logs, before, strict=True):
            log.setLevel(level)


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

    def __init__(self, client: Any, workers: int | None = None) -> None:
        self._client = client
        self._own = workers
        self.dashboard: str | None = client.dashboard_link or None

    @property
    def workers(self) -> int:
        """How many there are now; on a cluster that exists that may change at any time."""
        if self._own:
            return self._own
        try:
            threads: dict[str, int] = self._client.nthreads()
        except OSError:
            raise _gone() from None
        return max(1, sum(threads.values()))

    def each(self, function: Callable[[T], R], tasks: Iterable[T]) -> Iterator[tuple[T, R]]:
        """See ``Engine``."""
        return without_crashes(self.outcomes(function, tasks))

    def outcomes(
        self, function: Callable[[T], R], tasks: Iterable[T]
    ) -> Iterator[tuple[T, R | Crash]]:
        """See ``Engine``. Leaving it early drops what is under way."""
        suspects = []
        with self._sent(function) as name:
            for task, outcome in self._round(name, iter(tasks)):
                if isinstance(outcome, Crash):
                    suspects.append(task)
                else:
                    yield task, outcome
            # A worker that dies takes others' tasks with it: each is tried with none beside it.
            for suspect in suspects:
                yield from self._round(name, iter([suspect]))

    def _round(self, name: str, tasks: Iterator[T]) -> Iterator[tuple[T, Any]]:
        """Each task with its result, or a crash where a worker died that had it."""
        from distributed import as_completed

        under_way: dict[Any, T] = {}
        done: Any = as_completed()  # type: ignore[no-untyped-call]  # Dask has no types
        try:
            for task in islice(tasks, _AHEAD * self.workers):
                done.add(self._submitted(name, task, under_way))
            for future in done:
                task = under_way.pop(future)
                outcome = self._outcome(future)
                future.release()
                for another in islice(tasks, max(0, _AHEAD * self.workers - len(under_way))):
                    done.add(self._submitted(name, another, under_way))
                yield task, outcome
        finally:
            if self._is_connected:
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
        try:
            self._client.register_plugin(_delivery(name, content))
        except Exception as error:
            raise _misfit(error) from None
        try:
            yield name
        finally:
            if self._is_connected:
                self._client.unregister_worker_plugin(name)

    @property
    def _is_connected(self) -> bool:
        return bool(self._client.status == "running")

    def _outcome(self, future: Any) -> Any:
        from distributed import CancelledError, KilledWorker

        try:
            return future.result()
        except KilledWorker:
            return Crash("its worker on the Dask cluster ended, perhaps for want of memory")
        except CancelledError:
            if not self._is_connected:
                raise _gone() from None
            return Crash("it was lost on the Dask cluster")
        except ImportError as error:
            raise _misfit(error) from None


def _gone() -> ToolkitError:
    return ToolkitError(
        "the Dask scheduler has gone, and the work with it",
        "Start it again, and then the command.",
    )


def _misfit(error: Exception) -> ToolkitError:
    return ToolkitError(
        f"a worker of the Dask cluster can't take the work ({error})",
        f'Install the same there as here: pip install "zh-ner-toolkit=={__version__}"',
    )


def _delivery(name: str, content: bytes) -> Any:
    """What Dask runs in each worker, those that come later too."""
    from distributed import WorkerPlugin

    plugin: Any = WorkerPlugin()
    plugin.name = name
    plugin.setup = partial(_take, name, __version__, content)
    plugin.teardown = partial(_drop, name)
    return plugin


def _take(
    name: str,
    version: str,
    content: bytes,
    worker: Any,  # noqa: ARG001 - Dask's signature
) -> None:
    if version != __version__:
        raise ImportError(f"it has version {__version__} of this toolkit, not {version}")
    _functions[name] = pickle.loads(content)  # noqa: S301 - from whoever started the run


def _drop(name: str, worker: Any) -> None:  # noqa: ARG001 - Dask's signature
    _functions.pop(name, None)


def _call(name: str, task: Any) -> Any:
    if name not in _functions:
        raise ImportError("it has another version of this toolkit")
    return _functions[name](task)
