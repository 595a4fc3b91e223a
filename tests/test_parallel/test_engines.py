"""One function over many tasks, wherever that happens."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.test_parallel.sample_stages import shout
from toolkit.errors import OffsetError, ToolkitError, UsageError
from toolkit.parallel import engines
from toolkit.parallel.engines import Crash, Engine, cores, fitted, open_engine
from toolkit.settings import ParallelSettings


def test_each_task_comes_back_with_its_result(engine: Engine) -> None:
    """Every task comes once, in some order, with what the function makes of it."""
    tasks = [f"task {number}" for number in range(25)]
    assert sorted(engine.each(shout, tasks)) == sorted((task, task.upper()) for task in tasks)


def test_there_may_be_nothing_to_do(engine: Engine) -> None:
    """No tasks, no results."""
    assert list(engine.outcomes(shout, [])) == []


def test_an_engine_does_one_function_after_another(engine: Engine) -> None:
    """What an engine was told to do before doesn't matter; leaving it early neither."""
    for _ in engine.outcomes(shout, ["!sleep 0.2", "b", "c", "d", "e"]):
        break
    assert sorted(engine.each(math.sqrt, [4, 9])) == [(4, 2.0), (9, 3.0)]
    assert list(engine.each(shout, ["a"])) == [("a", "A")]


def test_few_tasks_are_taken_ahead_of_results(engine: Engine) -> None:
    """Tasks are made as they are needed: a corpus is never held as a whole."""
    taken = 0

    def tasks() -> Iterator[str]:
        nonlocal taken
        for number in range(40):
            taken = number + 1
            yield str(number)

    for done, _ in enumerate(engine.outcomes(shout, tasks()), 1):
        assert taken - done <= 3 * engine.workers


def test_an_error_is_raised_where_results_are_taken(engine: Engine) -> None:
    """An error of ours keeps what it says, and the engine can be used again."""
    with pytest.raises(OffsetError, match="this is wrong") as caught:
        list(engine.outcomes(shout, ["a", "!refuse", "b"]))
    assert caught.value.hint == "Mend it."
    with pytest.raises(KeyError, match="not expected"):
        list(engine.outcomes(shout, ["!raise"]))
    assert list(engine.each(shout, ["a"])) == [("a", "A")]


def test_what_the_function_gives_may_be_large(engine: Engine) -> None:
    """Tasks and results of megabytes pass each other in the pipes."""
    tasks = [letter * 3_000_000 for letter in "abcdef"]
    assert {task[0]: result[0] for task, result in engine.each(shout, tasks)} == dict(
        zip("abcdef", "ABCDEF", strict=True)
    )


def test_a_worker_that_is_killed_once_changes_nothing(surviving: Engine, tmp_path: Path) -> None:
    """The task of a worker that was killed with -9 is done by another one."""
    tasks = ["a", f"!killed-once {tmp_path / 'dead'}", "b", "c"]
    assert dict(surviving.each(shout, tasks)) == {task: task.upper() for task in tasks}
    assert (tmp_path / "dead").exists()


@pytest.mark.parametrize("poison", ["!abort", "!exit", "!segfault"])
def test_a_task_that_kills_is_told_of_and_the_others_are_done(
    surviving: Engine, poison: str
) -> None:
    """A task whose worker ends twice is a crash; no other one is taken for it."""
    tasks = [*"abc", poison, *"defgh"]
    outcomes = dict(surviving.outcomes(shout, tasks))
    assert {task: outcomes[task] for task in "abcdefgh"} == {one: one.upper() for one in "abcdefgh"}
    assert isinstance(outcomes[poison], Crash)


def test_how_a_worker_ended_is_said(two_cores: Engine) -> None:
    """The reason names signal or status; where no crash can be used, it is an error."""
    crashes = dict(two_cores.outcomes(shout, ["!abort", "!exit"]))
    assert "SIGABRT" in str(crashes["!abort"])
    assert "status 7" in str(crashes["!exit"])
    with pytest.raises(ToolkitError, match="ended twice at the same work"):
        list(two_cores.each(shout, ["!exit"]))


def test_a_function_that_can_not_be_read_is_an_error(two_cores: Engine) -> None:
    """A worker that lacks what the function is made of says so, and doesn't hang."""
    with pytest.raises(ModuleNotFoundError):
        list(two_cores.each(_Unreadable(), ["a"]))


class _Unreadable:
    def __call__(self, task: str) -> str:
        return task

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return import_module, ("no_such_module",)


def test_workers_are_as_many_as_the_input_pays_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Little work stays here, and who says how many workers gets them."""
    monkeypatch.setattr(engines, "cores", lambda: 4)
    settings = ParallelSettings()
    worth = engines.WORTH_A_WORKER
    sizes = (1, worth, 2 * worth, 100 * worth, 0)
    assert [fitted(settings, size).workers for size in sizes] == [1, 1, 2, 4, 4]
    assert fitted(ParallelSettings(workers=3), 1).workers == 3
    assert fitted(ParallelSettings(engine="dask"), 1).workers == 0
    assert cores() >= 1


def test_one_worker_is_this_process() -> None:
    """No process is started for one worker."""
    with open_engine(ParallelSettings(workers=1)) as engine:
        assert (engine.workers, engine.survives, engine.dashboard) == (1, False, None)


def test_a_dask_cluster_says_where_it_can_be_watched(dask_cluster: Engine) -> None:
    """There is an address, and as many workers as were asked for."""
    assert dask_cluster.workers == 2
    assert str(dask_cluster.dashboard).startswith("http://127.0.0.1:")


def test_a_scheduler_that_does_not_answer_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its address is named, and what to do."""
    pytest.importorskip("distributed", reason="the extra [cluster] is not installed")
    from toolkit.parallel import cluster

    monkeypatch.setattr(cluster, "_PATIENCE", 1)
    settings = ParallelSettings(engine="dask", scheduler="tcp://127.0.0.1:9")
    with pytest.raises(ToolkitError, match="no Dask scheduler answers"), open_engine(settings):
        pytest.fail("nobody is there")


@pytest.fixture
def existing() -> Iterator[Any]:
    """A cluster of somebody else's: its workers are threads of this process."""
    distributed = pytest.importorskip("distributed", reason="the extra [cluster] is not installed")
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None
    ) as cluster:
        yield cluster


def test_a_worker_with_another_version_is_an_error(
    existing: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it made could be other bytes; the version to install there is said."""
    from toolkit.parallel import cluster

    delivery = cluster._delivery

    def from_another_version(name: str, content: bytes) -> Any:
        plugin = delivery(name, content)
        plugin.setup = partial(cluster._take, name, "0.0.7", content)
        return plugin

    monkeypatch.setattr(cluster, "_delivery", from_another_version)
    settings = ParallelSettings(engine="dask", scheduler=existing.scheduler_address)
    with (
        open_engine(settings) as engine,
        pytest.raises(ToolkitError, match=r"can't take the work .*not 0\.0\.7") as caught,
    ):
        list(engine.each(shout, ["a"]))
    assert "zh-ner-toolkit==" in caught.value.hint


def test_a_scheduler_that_goes_is_an_error(existing: Any) -> None:
    """It is said to be gone, and no work is taken for what made its worker die."""
    settings = ParallelSettings(engine="dask", scheduler=existing.scheduler_address)
    with open_engine(settings) as engine:
        outcomes = engine.outcomes(shout, ["a", *["!sleep 0.2"] * 9])
        next(outcomes)
        existing.sync(existing.scheduler.close)
        with pytest.raises(ToolkitError, match="scheduler has gone"):
            list(outcomes)


def test_dask_that_is_not_installed_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is named."""
    import sys

    monkeypatch.setitem(sys.modules, "distributed", None)
    engine = open_engine(ParallelSettings(engine="dask"))
    with pytest.raises(UsageError, match="not installed") as caught, engine:
        pytest.fail("it is not installed")
    assert "[cluster]" in caught.value.hint
