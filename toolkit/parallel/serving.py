"""Inside of a worker process: take a task, do it, send what came of it.

Tasks come and results go in threads of their own, so that neither side ever waits for the
other to read: the next task is here when one is done. When the pipe to the process that
started us ends, we end, too, in the middle of whatever it is; so nobody is left behind.
"""

from __future__ import annotations

import os
import pickle
import signal
import threading
import traceback
from collections import deque
from collections.abc import Callable
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any

from msgspec import Struct


class Task(Struct, frozen=True):
    """``content`` is the pickled task; ``call`` says which function it is for."""

    call: int
    number: int
    content: bytes


class Function(Struct, frozen=True):
    """The pickled function of a call; it stays until the next one comes."""

    call: int
    content: bytes


class Withdrawal(Struct, frozen=True):
    """Asks for a task back that isn't begun."""

    call: int
    number: int


class Result(Struct, frozen=True):
    """What came of a task: a pickled value, or a pickled error that was raised.

    Or it was withdrawn before it was begun.
    """

    call: int
    number: int
    content: bytes = b""
    raised: bool = False
    withdrawn: bool = False


class _Inbox:
    """Tasks and functions that wait."""

    def __init__(self) -> None:
        self._waiting: deque[Task | Function] = deque()
        self._news = threading.Condition()

    def put(self, message: Task | Function) -> None:
        with self._news:
            self._waiting.append(message)
            self._news.notify()

    def take(self) -> Task | Function:
        with self._news:
            self._news.wait_for(lambda: self._waiting)
            return self._waiting.popleft()

    def withdraw(self, asked: Withdrawal) -> bool:
        """Take a task out; whether it was still there."""
        with self._news:
            for one in self._waiting:
                if isinstance(one, Task) and (one.call, one.number) == (asked.call, asked.number):
                    self._waiting.remove(one)
                    return True
        return False


def serve(connection: Connection) -> None:
    """Work until the other end of the connection closes."""
    # Each worker has one core: more threads of numpy would only wait for each other.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Ctrl-C is for the process that started us; it ends us as it sees fit.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    inbox = _Inbox()
    outbox: SimpleQueue[Result] = SimpleQueue()
    threading.Thread(target=_receive, args=(connection, inbox, outbox), daemon=True).start()
    threading.Thread(target=_send, args=(connection, outbox), daemon=True).start()
    call = 0
    function: Callable[[Any], Any] = _no_function
    while True:
        message = inbox.take()
        if isinstance(message, Function):
            call, function = message.call, _unpickled(message.content)
        elif message.call == call:
            outbox.put(_done(function, message))


def _done(function: Callable[[Any], Any], task: Task) -> Result:
    try:
        content = pickle.dumps(function(pickle.loads(task.content)), pickle.HIGHEST_PROTOCOL)  # noqa: S301 - from the process that started us
    except Exception as error:
        return Result(task.call, task.number, _pickled_error(error), raised=True)
    return Result(task.call, task.number, content)


def _unpickled(content: bytes) -> Callable[[Any], Any]:
    """The function, or one that raises what kept it from being read."""
    try:
        function: Callable[[Any], Any] = pickle.loads(content)  # noqa: S301 - from the process that started us
    except Exception as error:
        problem = error

        def function(_task: Any) -> Any:
            raise problem

    return function


def _no_function(_task: Any) -> Any:
    raise RuntimeError("a task came before its function")


def _pickled_error(error: Exception) -> bytes:
    """The error with its traceback as a note; as plain words where it can't be pickled."""
    note = "in a worker process:\n" + "".join(traceback.format_exception(error))
    error.add_note(note)
    try:
        content = pickle.dumps(error)
        pickle.loads(content)  # noqa: S301 - what we have just pickled
    except Exception:
        plain = RuntimeError(f"{type(error).__name__}: {error}")
        plain.add_note(note)
        return pickle.dumps(plain)
    return content


def _receive(connection: Connection, inbox: _Inbox, outbox: SimpleQueue[Result]) -> None:
    try:
        while True:
            message = connection.recv()
            if not isinstance(message, Withdrawal):
                inbox.put(message)
            elif inbox.withdraw(message):
                outbox.put(Result(message.call, message.number, withdrawn=True))
    except (EOFError, OSError):
        os._exit(0)


def _send(connection: Connection, outbox: SimpleQueue[Result]) -> None:
    try:
        while True:
            connection.send(outbox.get())
    except OSError:
        os._exit(0)
