"""Pull again and again: at intervals, and soon after a hint that something has changed.

Hints come from webhooks, which are lossy: the server sends each once, from inside the
request that makes the change, and forgets it. So they only bring the next pull forward;
what they don't tell, the interval finds.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from toolkit.errors import ToolkitError

T = TypeVar("T")

_SETTLE_SECONDS = 1.0
"""From a hint to the pull: more hints come meanwhile, and the server commits the change."""

_LONGEST_WAIT = 600.0
"""Seconds between two tries, however often they failed."""


class Watch(Generic[T]):
    """Pulls until it is told to stop; a failed pull is tried again, more and more seldom.

    Args:
        pull: brings everything that is new; may raise ``ToolkitError``.
        every: seconds from one pull to the next.
        tell: is given the result of each pull.
        tell_failure: is given an error, once for failures in a row that say the same.
    """

    def __init__(
        self,
        pull: Callable[[], T],
        *,
        every: float,
        tell: Callable[[T], None],
        tell_failure: Callable[[ToolkitError], None],
    ) -> None:
        self._pull = pull
        self._every = every
        self._tell = tell
        self._tell_failure = tell_failure
        self._wake = threading.Event()
        self._stopped = threading.Event()

    def hint(self) -> None:
        """Pull soon. May be called from any thread, and costs nothing."""
        self._wake.set()

    def stop(self) -> None:
        """End ``run`` when the pull that is at work is done. May be called from any thread."""
        self._stopped.set()
        self._wake.set()

    def run(self) -> None:
        """Pull now, and then again until ``stop``."""
        failures = 0
        said = ""
        while not self._stopped.is_set():
            self._wake.clear()
            try:
                result = self._pull()
            except ToolkitError as error:
                failures += 1
                if str(error) != said:
                    said = str(error)
                    self._tell_failure(error)
            else:
                failures, said = 0, ""
                self._tell(result)
            self._wait(min(self._every * 2**failures, max(self._every, _LONGEST_WAIT)))

    def _wait(self, seconds: float) -> None:
        if not self._stopped.is_set() and self._wake.wait(seconds):
            self._stopped.wait(_SETTLE_SECONDS)
