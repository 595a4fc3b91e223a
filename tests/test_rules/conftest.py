"""A small pack to write and read, and the shipped one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from toolkit import resources
from toolkit.rules.engine import Engine
from toolkit.rules.pack import Pack, load_packs
from toolkit.schema import LabelSchema, read_schema

HEAD = '[pack]\nname = "ours"\nversion = "1"\n'


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The small packs of these tests, when compiled, stay among these tests."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("TOOLKIT_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def schema() -> LabelSchema:
    """The label schema that we ship."""
    return read_schema(resources.label_configs() / "epidemic_news.xml")


@pytest.fixture(scope="session")
def shipped(schema: LabelSchema, run_cache: Path) -> Pack:
    """The pack that we ship, compiled."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("TOOLKIT_CACHE", str(run_cache))
        pack = load_packs(["epidemic_news"], Path(), schema)
        assert pack.ready
    return pack


@pytest.fixture(scope="session")
def engine(shipped: Pack) -> Engine:
    """An engine over the pack that we ship."""
    return Engine(shipped)


@pytest.fixture
def load_text(tmp_path: Path, schema: LabelSchema) -> Callable[..., Pack]:
    """Writes a pack of our own, with lexicon files, and loads it."""

    def load(text: str, *, head: str = HEAD, **lexicons: str) -> Pack:
        folder = tmp_path / "ours"
        folder.mkdir(exist_ok=True)
        (folder / "pack.toml").write_text(head + text, "utf-8")
        for name, terms in lexicons.items():
            (folder / f"{name}.txt").write_text(terms, "utf-8")
        return load_packs(["ours"], tmp_path, schema)

    return load
