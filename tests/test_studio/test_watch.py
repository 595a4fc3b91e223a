"""Pulling again and again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from toolkit.errors import ServerUnreachable, ToolkitError
from toolkit.studio.watch import Watch


class _Pulls:
    """Counts pulls; fails where ``failures`` has an error for the number."""

    def __init__(self, **failures: ToolkitError) -> None:
        self.count = 0
        self.told: list[int] = []
        self.failed: list[str] = []
        self._failures = failures

    def __call__(self) -> int:
        self.count += 1
        if f"n{self.count}" in self._failures:
            raise self._failures[f"n{self.count}"]
        return self.count

    def watch(self, every: float) -> Watch[int]:
        return Watch(
            self,
            every=every,
            tell=self.told.append,
            tell_failure=lambda error: self.failed.append(error.what),
        )


def _running(watch: Watch[int]) -> threading.Thread:
    thread = threading.Thread(target=watch.run, daemon=True)
    thread.start()
    return thread


def _soon(holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + 20
    while not holds() and time.monotonic() < end:
        time.sleep(0.01)
    return holds()


def test_a_watch_pulls_at_once_and_then_at_intervals() -> None:
    """The first pull waits for nothing, and others follow without a hint."""
    pulls = _Pulls()
    watch = pulls.watch(0.01)
    thread = _running(watch)
    assert _soon(lambda: pulls.count >= 3)
    watch.stop()
    thread.join(20)
    assert not thread.is_alive()
    assert pulls.told == list(range(1, pulls.count + 1))


def test_a_hint_brings_the_next_pull_forward() -> None:
    """With an hour between pulls, a hint has one made now."""
    pulls = _Pulls()
    watch = pulls.watch(3600)
    thread = _running(watch)
    assert _soon(lambda: pulls.count == 1)
    watch.hint()
    assert _soon(lambda: pulls.count == 2)
    watch.stop()
    thread.join(20)
    assert pulls.count == 2


def test_failures_in_a_row_are_told_once() -> None:
    """A server that stays away is no news after the first time, and its return ends it."""
    away = ServerUnreachable("nobody answers")
    pulls = _Pulls(n1=away, n2=away, n4=away)
    watch = pulls.watch(0.001)
    thread = _running(watch)
    assert _soon(lambda: pulls.count >= 5)
    watch.stop()
    thread.join(20)
    assert pulls.failed == ["nobody answers", "nobody answers"]
    assert pulls.told[0] == 3


def test_a_watch_that_was_stopped_pulls_no_more() -> None:
    """Stopped from inside a pull, it ends after that pull."""
    told: list[int] = []

    def pull() -> int:
        watch.stop()
        return 1

    watch: Watch[int] = Watch(pull, every=3600, tell=told.append, tell_failure=_unexpected)
    thread = _running(watch)
    thread.join(20)
    assert not thread.is_alive()
    assert told == [1]


def _unexpected(error: ToolkitError) -> None:
    raise error
