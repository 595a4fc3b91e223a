"""``rules learn`` over a workspace: its folder, and what a person made of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from toolkit import records
from toolkit.errors import InputError, UsageError
from toolkit.model import GoldDocument, GoldSpan
from toolkit.rules.check import check_pack
from toolkit.rules.pack import load_packs
from toolkit.settings import Workspace
from toolkit.stages.learning import FOLDER, learn
from toolkit.stages.workspace import init, schema_of

BASE = """
[pack]
name = "base"
version = "1"

[[rule]]
id = "loc.known"
kind = "pattern"
label = "LOC"
why = "a place"
pattern = "武汉"
examples = ["在[[武汉]]"]
"""


@pytest.fixture(scope="module", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Compiled packs of these tests stay among these tests."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("TOOLKIT_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def _with_packs(space: Workspace, *names: str) -> Workspace:
    rules = msgspec.structs.replace(space.settings.rules, packs=names)
    return msgspec.structs.replace(
        space, settings=msgspec.structs.replace(space.settings, rules=rules)
    )


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace with a small pack, and gold with a place that no rules know."""
    space, _ = init(tmp_path / "space")
    (space.root / "rules" / "base").mkdir(parents=True)
    (space.root / "rules" / "base" / "pack.toml").write_text(BASE, "utf-8")
    sentences = ("他们到{}去了。", "我们在{}集合。", "昨晚从{}出发。", "关于{}的消息不多。")
    gold = []
    for number, sentence in enumerate(sentences):
        start = sentence.index("{")
        span = GoldSpan(start, start + 4, "LOC")
        gold.append(GoldDocument(f"d{number}", sentence.format("喀拉莫依"), (span,)))
    records.write_jsonl(space.gold, gold)
    return _with_packs(space, "rules/base")


def test_the_pack_loads_and_passes(workspace: Workspace) -> None:
    """The folder is a pack that stacks on the shipped one and whose examples hold."""
    result = learn(_with_packs(workspace, "epidemic_news"))
    assert result.rules
    assert result.entries["terms"]
    schema = schema_of(workspace)
    pack = load_packs(["epidemic_news", FOLDER], workspace.root, schema)
    assert check_pack(pack) == []
    written = (workspace.root / FOLDER / "pack.toml").read_text("utf-8")
    assert "learned: right 4 of 4 in 4 documents" in written
    work = result.expected.before.work, result.expected.after.work
    assert f"{work[0]} -> {work[1]} actions of editing" in written


def test_an_untouched_folder_is_written_anew(workspace: Workspace) -> None:
    """What nobody edited is replaced, by the same where gold is the same."""
    learn(workspace)
    folder = workspace.root / FOLDER
    before = {path: path.read_bytes() for path in folder.rglob("*.*")}
    learn(workspace)
    assert {path: path.read_bytes() for path in folder.rglob("*.*")} == before


@pytest.mark.parametrize("name", ["pack.toml", "rejected.txt", "lexicons/learned_terms_loc_1.txt"])
def test_a_persons_edits_are_kept(workspace: Workspace, name: str) -> None:
    """A folder in which anything was edited is not written to; the error says what to do."""
    learn(workspace)
    edited = workspace.root / FOLDER / name
    edited.write_text(edited.read_text("utf-8") + "# mine\n", "utf-8")
    before = edited.read_bytes()
    with pytest.raises(UsageError, match="-o"):
        learn(workspace)
    assert edited.read_bytes() == before


def test_a_folder_of_something_else_is_kept(workspace: Workspace, tmp_path: Path) -> None:
    """A folder or file that learn didn't make is refused before any work is done."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("notes", "utf-8")
    for target in (tmp_path / "mine", tmp_path / "mine" / "notes.txt"):
        with pytest.raises(UsageError, match="not made by"):
            learn(workspace, target=target)


def test_too_little_gold_is_said(workspace: Workspace, tmp_path: Path) -> None:
    """One document is refused with a reason."""
    gold = tmp_path / "one.jsonl"
    records.write_jsonl(gold, [GoldDocument("d", "文")])
    with pytest.raises(InputError, match="one teaches nothing"):
        learn(workspace, gold)


def test_the_learned_pack_does_not_teach_itself(workspace: Workspace) -> None:
    """With its own pack in force, learning gives the pack again and not nothing."""
    first = learn(workspace)
    assert learn(_with_packs(workspace, "rules/base", FOLDER)) == first
