"""One function over many tasks: the seam between what is done and where it is done.

Rooms that can work on several tasks at a time take an ``Each``; ``in_turn`` does it here and
now, and ``toolkit.parallel`` has those that do it on other cores and machines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Each(Protocol):
    """Does a function for each task, in any order, and gives task and result as they come.

    Elsewhere than here, function, tasks and results are pickled. An error of the function is
    raised where the results are taken.
    """

    def __call__(self, function: Callable[[T], R], tasks: Iterable[T], /) -> Iterator[tuple[T, R]]:
        """Each task with its result."""
        ...


def in_turn(function: Callable[[T], R], tasks: Iterable[T], /) -> Iterator[tuple[T, R]]:
    """One task after the other, in this process."""
    for task in tasks:
        yield task, function(task)


def results(each: Each, calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """The results of different calls, in their order; each is begun in that order, too."""
    by_number: dict[int, Any] = {}
    for (number, _), result in each(_result, list(enumerate(calls))):
        by_number[number] = result
    return [by_number[number] for number in range(len(calls))]


def _result(numbered: tuple[int, Callable[[], Any]]) -> Any:
    return numbered[1]()
