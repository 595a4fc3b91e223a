"""Worker processes of our own, one a core; a task whose worker dies is tried again.

Processes are started afresh (``spawn``): a fork would take over the locks of threads that it
doesn't take over. Each has two tasks at most, the one it works on and the next, which it
gives back when others have nothing to do. Where a worker dies, the first of its tasks is
under suspicion: it is tried once more, by a worker that has nothing else to do, so that no
other task can be taken for the guilty one.
"""

from __future__ import annotations

import contextlib
import pickle
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from multiprocessing import connection, get_context
from typing import TYPE_CHECKING, Any, Self, TypeVar

from toolkit.parallel.engines import Crash, without_crashes
from toolkit.parallel.serving import Function, Result, Task, Withdrawal, serve

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess

T = TypeVar("T")
R = TypeVar("R")

_AHEAD = 2
"""Tasks that a worker has at most: the one it works on, and the next."""

_TRIES = 2

_PATIENCE = 2.0
"""Seconds that a worker has to end by itself."""


class LocalCores:
    """See ``toolkit.parallel.engines.Engine``. A worker starts when there is a task for it."""

    dashboard = None
    survives = True

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._calls = 0
        self._running: list[_Worker] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._running:
            worker.end()
        for worker in self._running:
            worker.wait()
        self._running.clear()

    def each(self, function: Callable[[T], R], tasks: Iterable[T]) -> Iterator[tuple[T, R]]:
        """See ``Engine``."""
        return without_crashes(self.outcomes(function, tasks))

    def outcomes(
        self, function: Callable[[T], R], tasks: Iterable[T]
    ) -> Iterator[tuple[T, R | Crash]]:
        """See ``Engine``. Leaving it early drops what is under way."""
        self._calls += 1
        call = _Call(self._calls, pickle.dumps(function, pickle.HIGHEST_PROTOCOL), iter(tasks))
        for worker in self._running:
            worker.tasks.clear()  # of a call that was left early
        while True:
            self._hand_out(call)
            if not call.open:
                return
            for worker in self._with_news():
                try:
                    result = worker.receive()
                except (EOFError, OSError):
                    task, crash = self._bury(worker, call)
                    if crash:
                        yield task, crash
                    continue
                if result.call == call.number:
                    yield from call.settle(worker, result)

    def _hand_out(self, call: _Call) -> None:
        """Give workers what they have room for; start one where there is work for it."""
        idle = [worker for worker in self._running if not worker.tasks]
        while call.suspects and (idle or len(self._running) < self.workers):
            worker = idle.pop() if idle else self._new()
            worker.give(call, call.suspects.popleft())
        for ahead in range(1, _AHEAD + 1):
            for worker in self._running:
                if len(worker.tasks) < ahead and not worker.is_testing(call):
                    number = call.next()
                    if number is not None:
                        worker.give(call, number)
            while ahead == 1 and len(self._running) < self.workers:
                number = call.next()
                if number is None:
                    break
                self._new().give(call, number)
        self._relieve(call)

    def _relieve(self, call: _Call) -> None:
        """Where workers have nothing to do, ask for what waits behind the tasks of others."""
        idle = sum(not worker.tasks for worker in self._running)
        busy = [worker for worker in self._running if len(worker.tasks) == _AHEAD]
        for worker in busy[:idle]:
            worker.ask_back(call)

    def _new(self) -> _Worker:
        worker = _Worker()
        self._running.append(worker)
        return worker

    def _with_news(self) -> list[_Worker]:
        by_pipe: dict[Any, _Worker] = {worker.pipe: worker for worker in self._running}
        return [by_pipe[pipe] for pipe in connection.wait(list(by_pipe))]

    def _bury(self, worker: _Worker, call: _Call) -> tuple[Any, Crash | None]:
        """Take a dead worker's tasks back; its first one, where that was its second death."""
        self._running.remove(worker)
        reason = worker.wait()
        worker_tasks, worker.tasks = worker.tasks, deque()
        if not worker_tasks:
            return None, None
        first, *others = worker_tasks
        call.returned.extend(others)
        call.deaths[first] = call.deaths.get(first, 0) + 1
        if call.deaths[first] < _TRIES:
            call.suspects.append(first)
            return None, None
        return call.open.pop(first), Crash(reason)


class _Call:
    """One call of ``outcomes``: its function, and the tasks that are not settled yet.

    ``open`` are tasks by number that were taken from the caller's; ``returned`` are those to
    be handed out again without suspicion, ``suspects`` those with.
    """

    def __init__(self, number: int, function: bytes, tasks: Iterator[Any]) -> None:
        self.number = number
        self.function = function
        self.open: dict[int, Any] = {}
        self.returned: deque[int] = deque()
        self.suspects: deque[int] = deque()
        self.deaths: dict[int, int] = {}
        self._tasks = tasks
        self._taken = 0

    def next(self) -> int | None:
        """The next task that nobody suspects; None where there is none left."""
        if self.returned:
            return self.returned.popleft()
        for task in self._tasks:
            self.open[self._taken] = task
            self._taken += 1
            return self._taken - 1
        return None

    def settle(self, worker: _Worker, result: Result) -> Iterator[tuple[Any, Any]]:
        """A task and its result; what the function raised is raised here."""
        worker.tasks.remove(result.number)
        if result.withdrawn:
            self.returned.append(result.number)
            return
        task = self.open.pop(result.number)
        value = pickle.loads(result.content)  # noqa: S301 - from a process that we started
        if result.raised:
            raise value
        yield task, value


class _Worker:
    """A process, the pipe to it, and the numbers of the tasks it has, in order."""

    def __init__(self) -> None:
        spawning = get_context("spawn")
        self.pipe, theirs = spawning.Pipe()
        self.tasks: deque[int] = deque()
        self._call = 0
        self._asked = (0, 0)
        self._process: SpawnProcess = spawning.Process(target=serve, args=(theirs,), daemon=True)
        # A Ctrl-C waits until the new process is able to pass it over.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            self._process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        theirs.close()

    def give(self, call: _Call, number: int) -> None:
        """Send a task, and before the first one its function. A dead worker is found later."""
        self.tasks.append(number)
        with contextlib.suppress(OSError):
            if self._call != call.number:
                self._call = call.number
                self.pipe.send(Function(call.number, call.function))
            content = pickle.dumps(call.open[number], pickle.HIGHEST_PROTOCOL)
            self.pipe.send(Task(call.number, number, content))

    def ask_back(self, call: _Call) -> None:
        """Have it give back the task that it hasn't begun, if it still hasn't."""
        if self._asked != (call.number, self.tasks[-1]):
            self._asked = (call.number, self.tasks[-1])
            with contextlib.suppress(OSError):
                self.pipe.send(Withdrawal(*self._asked))

    def is_testing(self, call: _Call) -> bool:
        """Whether it has a task that a worker died of, and shall have no other beside it."""
        return any(number in call.deaths for number in self.tasks)

    def receive(self) -> Result:
        """What came of a task.

        Raises:
            EOFError: the worker is dead.
        """
        result: Result = self.pipe.recv()
        return result

    def end(self) -> None:
        """Ask it to end, whatever it is at."""
        self.pipe.close()
        self._process.terminate()

    def wait(self) -> str:
        """Wait until it has ended; how it did."""
        self._process.join(_PATIENCE)
        if self._process.exitcode is None:
            self._process.kill()
            self._process.join()
        code = self._process.exitcode or 0
        self._process.close()
        self.pipe.close()
        return ending(code)


def ending(code: int) -> str:
    """How a process ended, in words."""
    if code >= 0:
        return f"its process ended with status {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    memory = ", perhaps for want of memory" if name == "SIGKILL" else ""
    return f"its process was ended by {name}{memory}"
