"""Ingest on several cores: the same documents in the same order, and one bad file stops nothing."""

from __future__ import annotations

import json
import os
import signal
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from toolkit.corpus.alignment import Replacement
from toolkit.corpus.repair import RepairPass
from toolkit.errors import InputError
from toolkit.settings import ParallelSettings, Workspace
from toolkit.stages import reading
from toolkit.stages.corpus import IngestResult, choose_passes, ingest
from toolkit.stages.workspace import init

SENTENCES = (
    "武汉市召开疫情防控工作会议，堅(jiān)持科学防治。",
    "本报讯 全市&nbsp;新增确诊病例3例。",
    "承德市第三医院收治患者。\r\n\r\n\r\n市领导到场。",
)


def _filled(root: Path) -> Workspace:
    """A corpus of small and large files: texts, a table, an archive, repeats, and bad ones."""
    workspace, _ = init(root)
    corpus = workspace.path(workspace.settings.corpus.folder)
    for number in range(12):
        text = SENTENCES[number % 3] * (number + 1)
        (corpus / f"{number:02}.txt").write_text(text, "utf-8")
    (corpus / "03-again.txt").write_text(SENTENCES[0] * 4, "gb18030")
    (corpus / "04-empty.txt").write_text("\n")
    (corpus / "05-bad.docx").write_bytes(b"PK")
    rows = [{"id": f"r{n}", "text": f"{SENTENCES[n % 3]}第{n}条。" * 20} for n in range(30)]
    rows[7]["text"] = ""
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    lines.insert(9, '{"id": "r9", "text": "\\ud800"}')
    lines.insert(4, "no JSON")
    (corpus / "06-table.jsonl").write_text("\n".join(lines), "utf-8")
    with zipfile.ZipFile(corpus / "99.zip", "w") as archive:
        archive.writestr("a/b.txt", SENTENCES[1] * 60)
        archive.writestr("a/c.exe", "x")
    return workspace


def _on(workspace: Workspace, **parallel: object) -> Workspace:
    settings = replace(workspace.settings, parallel=ParallelSettings(**parallel))  # type: ignore[arg-type] # as toolkit.toml gives them
    return replace(workspace, settings=settings)


def _written(workspace: Workspace) -> tuple[bytes, bytes]:
    rejected = workspace.private / "rejected.jsonl"
    return workspace.documents.read_bytes(), rejected.read_bytes()


@pytest.mark.parametrize(
    "parallel",
    [
        {"workers": 2, "part_size": 0.002},
        {"workers": 2},
        {"engine": "dask", "workers": 2, "part_size": 0.02},
    ],
)
def test_any_engine_gives_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, parallel: dict[str, object]
) -> None:
    """Documents and reasons, also where large files are read here and repaired elsewhere."""
    monkeypatch.setattr(reading, "LARGE", 4000)
    workspace = _filled(tmp_path / "news")
    plain = ingest(_on(workspace, workers=1))
    expected = _written(workspace)
    assert (plain.rejected_count, plain.duplicate_count) == (6, 1)
    workspace.documents.unlink()
    assert ingest(_on(workspace, **parallel)) == plain
    assert _written(workspace) == expected
    assert not list(workspace.private.glob("ingest-*/"))


def test_what_an_interrupted_run_has_read_is_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next run takes it from where it was kept, and gives what an undisturbed one gives."""
    workspace = _filled(tmp_path / "news")
    expected = _done(workspace, workers=1)
    workspace.documents.unlink()

    def interrupted(done: int, _all: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ingest(_on(workspace, workers=2, part_size=0.002), progress=interrupted)
    (kept,) = workspace.private.glob("ingest-*/files")
    before = {path.name for path in kept.glob("*.result")}
    assert before
    assert not workspace.documents.exists()
    assert _done(workspace, workers=2, part_size=0.002) == expected


def _done(workspace: Workspace, **parallel: object) -> tuple[IngestResult, tuple[bytes, bytes]]:
    return ingest(_on(workspace, **parallel)), _written(workspace)


def test_a_path_that_is_not_there_is_said_on_several_cores_too(tmp_path: Path) -> None:
    """At once, as on one."""
    workspace, _ = init(tmp_path / "news")
    with pytest.raises(InputError, match="no such file"):
        ingest(_on(workspace, workers=2), [tmp_path / "nowhere"])


def _killed(text: str) -> Iterator[Replacement]:
    if "致命" in text:
        os.kill(os.getpid(), signal.SIGKILL)
    yield from ()


def test_a_file_that_kills_its_reader_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It and a row that does are told with the reason, in their places; the rest is there."""
    monkeypatch.setattr(reading, "LARGE", 4000)
    workspace = _filled(tmp_path / "news")
    corpus = workspace.path(workspace.settings.corpus.folder)
    whole = _on(workspace, workers=2, part_size=0.02)
    there = ingest(whole).documents
    (corpus / "00-kills.txt").write_text("致命的文本", "utf-8")
    table = corpus / "06-table.jsonl"
    table.write_text(table.read_text("utf-8") + '\n{"id": "k", "text": "致命"}', "utf-8")
    passes = (*choose_passes(workspace), RepairPass("kills", "kills", _killed))
    result = ingest(whole, passes=passes)
    assert result.documents == there
    killed = [one for one in result.rejected if "SIGKILL" in one]
    assert [Path(one.split(":")[0]).name for one in killed] == [
        "00-kills.txt",
        "06-table.jsonl, row 33",
    ]
