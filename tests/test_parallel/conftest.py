"""Engines that cost seconds to start, shared by the tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from toolkit.parallel.engines import Engine, InProcess, open_engine
from toolkit.settings import ParallelSettings

ENGINES = ("in_process", "two_cores", "dask_cluster")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever may use the Dask cluster runs in one worker of the test run."""
    for item in items:
        if {"dask_cluster", "engine", "surviving"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.xdist_group("dask"))


@pytest.fixture(scope="session")
def in_process() -> Engine:
    """One task after the other."""
    return InProcess()


@pytest.fixture(scope="session")
def two_cores() -> Iterator[Engine]:
    """Two worker processes of our own."""
    with open_engine(ParallelSettings(workers=2)) as engine:
        yield engine


@pytest.fixture(scope="session")
def dask_cluster() -> Iterator[Engine]:
    """A real Dask cluster of two processes."""
    pytest.importorskip("distributed", reason="the extra [cluster] is not installed")
    with open_engine(ParallelSettings(engine="dask", workers=2)) as engine:
        yield engine


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each engine."""
    found: Engine = request.getfixturevalue(request.param)
    return found


@pytest.fixture(params=ENGINES[1:])
def surviving(request: pytest.FixtureRequest) -> Engine:
    """Each engine that outlives what kills a worker."""
    found: Engine = request.getfixturevalue(request.param)
    return found
