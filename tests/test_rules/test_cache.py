"""Compiled packs that are kept, and what is not trusted."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from toolkit.errors import RuleError
from toolkit.model import Document
from toolkit.rules import cache
from toolkit.rules.compiled import Compiled, compiled
from toolkit.rules.engine import Engine
from toolkit.rules.pack import Pack
from toolkit.rules.search import Pattern, Terms

READY = compiled({0: Terms(("武汉",), whole_words=True), 1: Pattern("[0-9]+月")})
KEY = cache.key_of(b"content")

RULE = """
[[rule]]
id = "loc.x"
kind = "pattern"
label = "LOC"
why = "a place"
pattern = "武汉"
examples = ["[[武汉]]"]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of our own, with one pack in it."""
    monkeypatch.setenv("TOOLKIT_CACHE", str(tmp_path / "cache"))
    cache.store(KEY, READY)
    return tmp_path / "cache" / "packs"


def test_what_was_stored_is_loaded(folder: Path) -> None:
    """The same data, from a folder and a file that only we can read."""
    assert cache.load(KEY, Compiled) == READY
    assert cache.load(cache.key_of(b"other content"), Compiled) is None
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [path.stat().st_mode & 0o777 for path in folder.iterdir()] == [0o600]


def test_damaged_file_is_passed_over(folder: Path) -> None:
    """One changed byte, half a file, an empty file, a pack under another's name."""
    path = folder / f"{KEY}.pack"
    content = path.read_bytes()
    for damaged in (content[:-1] + b"\x00", content[: len(content) // 2], b"", b"\x80\x04."):
        path.write_bytes(damaged)
        assert cache.load(KEY, Compiled) is None
    other = cache.key_of(b"other")
    (folder / f"{other}.pack").write_bytes(content)
    assert cache.load(other, Compiled) is None


def test_foreign_file_is_passed_over(folder: Path, tmp_path: Path) -> None:
    """A file or folder that others may write, a link, a pipe."""
    path = folder / f"{KEY}.pack"
    path.chmod(0o622)
    assert cache.load(KEY, Compiled) is None
    path.chmod(0o600)
    folder.chmod(0o777)
    assert cache.load(KEY, Compiled) is None
    folder.chmod(0o700)
    assert cache.load(KEY, Compiled) == READY
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    assert cache.load(KEY, Compiled) is None
    path.unlink()
    os.mkfifo(path, 0o600)
    assert cache.load(KEY, Compiled) is None


def test_old_packs_go(folder: Path) -> None:
    """The cache doesn't grow for ever."""
    for number in range(20):
        cache.store(cache.key_of(str(number).encode()), READY)
    assert len(list(folder.iterdir())) == 12


def test_cache_that_can_not_be_written_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pack is compiled each time."""
    (tmp_path / "file").write_text("", "utf-8")
    monkeypatch.setenv("TOOLKIT_CACHE", str(tmp_path / "file"))
    cache.store(KEY, READY)
    assert cache.load(KEY, Compiled) is None


def test_second_start_gives_the_same(load_text: Callable[..., Pack], folder: Path) -> None:
    """From the cache and without it, and after a change of the pack."""
    known = set(folder.iterdir())
    first = Engine(load_text(RULE)).suggest(Document("d", "在武汉"))
    assert len(set(folder.iterdir()) - known) == 1
    assert Engine(load_text(RULE)).suggest(Document("d", "在武汉")) == first
    assert len(set(folder.iterdir()) - known) == 1
    changed = Engine(load_text(RULE.replace("武汉", "黄石"))).suggest(Document("d", "在武汉"))
    assert changed.spans == ()


def test_a_long_pack_is_read_once(load_text: Callable[..., Pack], folder: Path) -> None:
    """What is kept of its tables gives the same rules, and errors with the same lines."""
    long = f"# {'x' * 20_000}\n{RULE}"
    first = load_text(long)
    (kept,) = (folder.parent / "tables").iterdir()
    again = load_text(long)
    assert again.rules == first.rules
    assert again.where("loc.x", "pattern") == first.where("loc.x", "pattern")
    assert Engine(again).suggest(Document("d", "在武汉")) == Engine(first).suggest(
        Document("d", "在武汉")
    )
    assert [*(folder.parent / "tables").iterdir()] == [kept]


def test_a_long_pack_with_a_mistake_is_read_anew(
    load_text: Callable[..., Pack], folder: Path
) -> None:
    """Nothing is kept of it, so that its error is the same each time."""
    wrong = f"# {'x' * 20_000}\n{RULE}scor = 1"
    errors = []
    for _ in range(2):
        with pytest.raises(RuleError) as caught:
            load_text(wrong)
        errors.append(str(caught.value))
    assert errors[0] == errors[1]
    assert not (folder.parent / "tables").exists()


def test_a_number_that_can_not_be_kept_is_no_error(folder: Path) -> None:
    """TOML's integers have no bounds; those of what is kept have."""
    cache.store(cache.key_of(b"large"), {"min": 2**70})
    assert cache.load(cache.key_of(b"large"), dict[str, int]) is None
