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


class Result(Struct, frozen=True):
    """What came of a task: a pickled value, or a pickled error that was raised."""

    call: int
    number: int
    content: bytes
    raised: bool = False


def serve(connection: Connection) -> None:
    """Work until the other end of the connection closes."""
    # Ctrl-C is for the process that started us; it ends us as it sees fit.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    inbox: SimpleQueue[Task | Function] = SimpleQueue()
    outbox: SimpleQueue[Result] = SimpleQueue()
    for target in (_receive, _send):
        queue: Any = inbox if target is _receive else outbox
        threading.Thread(target=target, args=(connection, queue), daemon=True).start()
    call = 0
    function: Callable[[Any], Any] = _no_function
    while True:
        message = inbox.get()
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


def _receive(connection: Connection, inbox: SimpleQueue[Task | Function]) -> None:
    try:
        while True:
            inbox.put(connection.recv())
    except (EOFError, OSError):
        os._exit(0)


def _send(connection: Connection, outbox: SimpleQueue[Result]) -> None:
    try:
        while True:
            connection.send(outbox.get())
    except OSError:
        os._exit(0)
