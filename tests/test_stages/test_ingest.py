"""Ingest over a workspace: what is added, mirrored, kept and refused."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from toolkit import records
from toolkit.errors import InputError, UsageError, WorkspaceError
from toolkit.records import write_jsonl
from toolkit.settings import Workspace, replace
from toolkit.stages.corpus import LISTED, choose_passes, ingest, with_standard_input
from toolkit.stages.workspace import init, read_documents

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """An empty workspace."""
    return init(tmp_path)[0]


def write(workspace: Workspace, name: str, text: str) -> Path:
    """Put a file into the workspace."""
    path = workspace.root / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_paths_add_and_the_folder_mirrors(workspace: Workspace) -> None:
    """Named paths are added to what is there; without paths only the corpus folder counts."""
    write(workspace, "corpus/a.txt", "武汉市召开会议。")
    extra = write(workspace, "elsewhere/b.txt", "无锡市召开会议。")
    assert ingest(workspace).documents == 1
    added = ingest(workspace, [extra])
    assert (added.documents, added.new, added.gone) == (2, 1, 0)
    mirrored = ingest(workspace)
    assert (mirrored.documents, mirrored.new, mirrored.gone) == (1, 0, 1)


def test_a_renamed_file_keeps_its_document(workspace: Workspace) -> None:
    """A document is known by its content and not by its file's name."""
    path = write(workspace, "corpus/a.txt", "武汉市召开会议。")
    ingest(workspace)
    (before,) = read_documents(workspace)
    path.rename(path.with_name("z.txt"))
    result = ingest(workspace)
    assert (result.new, result.gone) == (0, 0)
    assert list(read_documents(workspace)) == [before]


def test_the_same_text_twice_is_one_document_and_a_note(workspace: Workspace) -> None:
    """An exact duplicate is left out and said, and is no failure."""
    write(workspace, "corpus/a.txt", "武汉市召开会议。")
    write(workspace, "corpus/b.txt", "武汉市召开会议。")
    result = ingest(workspace)
    assert result.documents == 1
    assert len(result.duplicates) == 1
    assert "b.txt" in result.duplicates[0]


def test_a_bad_file_stops_nothing(workspace: Workspace) -> None:
    """One file that isn't text is left out and said, and the good ones are there."""
    write(workspace, "corpus/a.txt", "武汉市召开会议。")
    write(workspace, "corpus/c.txt", "无锡市召开会议。")
    (workspace.root / "corpus" / "b.txt").write_bytes(b"\x00\x01\x02\xff" * 100)
    result = ingest(workspace)
    assert result.documents == 2
    assert result.rejected_count == 1
    assert "b.txt" in result.rejected[0]
    assert result.rejected_file is not None
    (line,) = records.read_jsonl(result.rejected_file, dict)
    assert "b.txt" in line["path"]
    assert line["reason"] in result.rejected[0]


def test_where_nothing_can_be_used_nothing_is_written(workspace: Workspace) -> None:
    """A run without a single document keeps the old ones, and says why; no list stays behind."""
    path = write(workspace, "corpus/a.txt", "武汉市召开会议。")
    ingest(workspace)
    before = workspace.documents.read_bytes()
    path.write_bytes(b"\x00\x01\x02\xff" * 100)
    with pytest.raises(InputError, match=r"a\.txt") as caught:
        ingest(workspace)
    assert "Nothing was written" in caught.value.hint
    assert workspace.documents.read_bytes() == before


def test_the_list_of_what_was_left_out_is_of_the_last_run(workspace: Workspace) -> None:
    """A run that leaves nothing out removes the list of the run before."""
    write(workspace, "corpus/a.txt", "武汉市召开会议。")
    twice = write(workspace, "corpus/b.txt", "武汉市召开会议。")
    listed = ingest(workspace).rejected_file
    assert listed is not None
    assert listed.exists()
    twice.unlink()
    assert ingest(workspace).rejected_file is None
    assert not listed.exists()


def test_annotated_documents_are_never_dropped(workspace: Workspace) -> None:
    """What somebody annotated stays when its file has gone."""
    path = write(workspace, "corpus/a.txt", "武汉市召开会议。")
    write(workspace, "corpus/b.txt", "无锡市召开会议。")
    ingest(workspace)
    doc_id = next(iter(read_documents(workspace)))
    write_jsonl(workspace.annotations, [{"doc_id": doc_id, "annotator": "x", "spans": []}])
    path.unlink()
    result = ingest(workspace)
    assert result.kept_for_annotations == (doc_id,)
    assert doc_id in read_documents(workspace)


def test_the_text_under_annotations_never_changes(workspace: Workspace) -> None:
    """A record of one's own id whose text changed is refused once somebody annotated it."""
    rows = workspace.root / "corpus" / "rows.jsonl"
    write_jsonl(rows, [{"id": "n1", "text": "武汉市召开会议。"}])
    ingest(workspace)
    write_jsonl(rows, [{"id": "n1", "text": "武汉市今天召开会议。"}])
    assert ingest(workspace).documents == 1
    write_jsonl(workspace.annotations, [{"doc_id": "n1", "annotator": "x", "spans": []}])
    assert ingest(workspace).documents == 1
    before = workspace.documents.read_bytes()
    write_jsonl(rows, [{"id": "n1", "text": "无锡市召开会议。"}])
    with pytest.raises(InputError, match="'n1' has annotations"):
        ingest(workspace)
    assert workspace.documents.read_bytes() == before
    write_jsonl(rows, [{"id": "n1", "text": "无锡市召开会议。"}, {"id": "n2", "text": "新的。"}])
    result = ingest(workspace)
    assert "'n1' has annotations" in result.rejected[0]
    assert (result.documents, result.new, result.gone) == (2, 1, 0)
    assert result.kept_for_annotations == ()
    assert read_documents(workspace)["n1"].text == "武汉市今天召开会议。"


def test_other_passes_leave_annotated_texts_alone(workspace: Workspace) -> None:
    """The document keeps its text, and the reason doesn't blame the file, which is the same."""
    write(workspace, "corpus/a.txt", "堅(jiān)持防控。")
    write(workspace, "corpus/b.txt", "無(wú)錫市。")
    ingest(workspace)
    annotated = next(d.id for d in read_documents(workspace).values() if "防控" in d.text)
    write_jsonl(workspace.annotations, [{"doc_id": annotated, "annotator": "x", "spans": []}])
    result = ingest(workspace, passes=choose_passes(workspace, without=["glosses"]))
    assert [d.text for d in read_documents(workspace).values() if d.id == annotated] == [
        "堅持防控。"
    ]
    assert len(result.kept_as_annotated) == 1
    assert result.rejected == ()
    assert (result.documents, result.gone) == (2, 0)


def test_columns_of_settings_and_flags(workspace: Workspace) -> None:
    """toolkit.toml names columns for good, a flag for one run; each key for itself."""
    write(workspace, "corpus/a.csv", "编号,正文,摘要\nn1,武汉市召开会议。,无锡市召开会议。\n")
    with pytest.raises(InputError, match="its columns are 编号, 正文, 摘要"):
        ingest(workspace)
    columns = {"id": "编号", "text": "正文"}
    corpus = replace(workspace.settings.corpus, columns=columns)
    named = replace(workspace, settings=replace(workspace.settings, corpus=corpus))
    assert ingest(named).documents == 1
    assert read_documents(workspace)["n1"].text == "武汉市召开会议。"
    ingest(named, columns={"text": "摘要"})
    assert read_documents(workspace)["n1"].text == "无锡市召开会议。"


def test_standard_input_becomes_a_file(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is kept in the corpus folder, unless what is done with it fails."""
    data = io.TextIOWrapper(io.BytesIO('{"text":"武汉市召开会议。"}\n'.encode()))
    monkeypatch.setattr("sys.stdin", data)
    with with_standard_input(workspace, [Path("-")], "jsonl") as paths:
        assert ingest(workspace, paths).documents == 1
    (document,) = read_documents(workspace).values()
    assert document.source is not None
    assert document.source.path.startswith("corpus/stdin-")
    assert ingest(workspace).documents == 1
    before = list((workspace.root / "corpus").iterdir())
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"x\xff\xff")))
    with (
        pytest.raises(InputError, match="byte offset 1"),
        with_standard_input(workspace, [Path("-")]) as paths,
    ):
        ingest(workspace, paths)
    assert list((workspace.root / "corpus").iterdir()) == before
    with pytest.raises(UsageError, match="--format"), with_standard_input(workspace, [], "csv"):
        pass
    monkeypatch.setattr("sys.stdin", None)  # as Python has it after `<&-`
    with pytest.raises(InputError, match="closed"), with_standard_input(workspace, [Path("-")]):
        pass


STORY = (
    "全市上下迅速行动,党员干部冲锋在前,逐户排查重点人员,昼夜值守交通要道。\n"
    "市医院抽调骨干组成医疗队,在隔离病房连续奋战二十余天,治愈患者多名。\n"
    "爱心企业捐赠口罩和防护服,物资当天送到各个社区和集贸市场的工作人员手中。\n"
    "市委要求统筹推进疫情防控和复工复产,保障群众的生活必需品供应不断档。\n"
)


def group_of(workspace: Workspace, file: str) -> str | None:
    """The group of the document that was made from this file."""
    (found,) = (
        document
        for document in read_documents(workspace).values()
        if document.source and document.source.path == file
    )
    return found.meta.get("group")


def test_the_second_place_of_a_text_is_kept(workspace: Workspace) -> None:
    """The document of a text that was met again says where, one place a line."""
    write(workspace, "corpus/a.txt", STORY)
    write(workspace, "corpus/b.txt", STORY)
    write(workspace, "corpus/c.txt", "无锡市召开会议。")
    write_jsonl(workspace.root / "corpus" / "d.jsonl", [{"text": "丁"}, {"text": STORY}])
    result = ingest(workspace)
    assert result.duplicate_count == 2
    also = {
        document.source.path: document.meta.get("also")
        for document in read_documents(workspace).values()
        if document.source
    }
    assert also == {
        "corpus/a.txt": "corpus/b.txt\ncorpus/d.jsonl, row 2",
        "corpus/c.txt": None,
        "corpus/d.jsonl": None,
    }


def test_a_text_that_is_added_again_keeps_its_first_place(workspace: Workspace) -> None:
    """Named on the command line, another copy of a text that is there adds its place to it."""
    write(workspace, "corpus/a.txt", STORY)
    ingest(workspace)
    for _ in range(2):
        result = ingest(workspace, [write(workspace, "elsewhere/b.txt", STORY)])
        assert (result.documents, result.new, result.gone) == (1, 0, 0)
        (document,) = read_documents(workspace).values()
        assert document.source is not None
        assert {document.source.path, document.meta["also"]} == {"corpus/a.txt", "elsewhere/b.txt"}


def test_near_duplicates_have_a_common_group(workspace: Workspace) -> None:
    """Copies get the id of the first, others none; a record's own group is kept beside it."""
    write(workspace, "corpus/a.txt", "快讯\n" + STORY)
    write(workspace, "corpus/b.txt", "无锡市召开会议。")
    write_jsonl(workspace.root / "corpus" / "c.jsonl", [{"id": "c", "text": STORY, "group": "g"}])
    result = ingest(workspace)
    assert (result.groups, result.grouped) == (1, 2)
    documents = read_documents(workspace)
    first = next(iter(documents))
    assert group_of(workspace, "corpus/a.txt") == group_of(workspace, "corpus/c.jsonl") == first
    assert group_of(workspace, "corpus/b.txt") is None
    assert documents["c"].meta["original_group"] == "g"


def test_a_group_keeps_its_name_while_the_corpus_grows(workspace: Workspace) -> None:
    """A copy that comes first in document order takes the name that is there."""
    write(workspace, "corpus/m.txt", STORY)
    ingest(workspace)
    (name,) = read_documents(workspace)
    write(workspace, "corpus/z.txt", STORY + "责任编辑:赵敏")
    ingest(workspace)
    assert group_of(workspace, "corpus/m.txt") == name
    write(workspace, "corpus/a.txt", "快讯\n" + STORY)
    ingest(workspace)
    assert [group_of(workspace, f"corpus/{file}.txt") for file in "amz"] == [name] * 3
    added = write(workspace, "elsewhere/b.txt", "本报讯(记者 王小明)\n" + STORY)
    ingest(workspace, [added])
    assert group_of(workspace, "elsewhere/b.txt") == name


def with_corpus(workspace: Workspace, **changes: object) -> Workspace:
    """The workspace with other settings of its corpus."""
    corpus = replace(workspace.settings.corpus, **changes)
    return Workspace(workspace.root, replace(workspace.settings, corpus=corpus))


def test_groups_can_be_switched_off(workspace: Workspace) -> None:
    """With near_duplicates = 0 no document has a group, not even one that had."""
    write(workspace, "corpus/a.txt", "快讯\n" + STORY)
    write(workspace, "corpus/b.txt", STORY)
    assert ingest(workspace).groups == 1
    assert ingest(with_corpus(workspace, near_duplicates=0.0)).groups == 0
    assert group_of(workspace, "corpus/a.txt") is None


def test_passes_are_switched_by_settings_and_flags(workspace: Workspace) -> None:
    """Flags come after toolkit.toml; an unknown name says where it stands and what there is."""
    names = [p.name for p in choose_passes(workspace)]
    off = with_corpus(workspace, repair={"glosses": False})
    assert [p.name for p in choose_passes(off)] == [n for n in names if n != "glosses"]
    assert [p.name for p in choose_passes(off, with_=["glosses"], without=["controls"])] == [
        n for n in names if n != "controls"
    ]
    write(workspace, "corpus/a.txt", "堅(jiān)持")
    assert ingest(off).repairs == {}
    assert ingest(off, passes=choose_passes(off, with_=["glosses"])).repairs == {"glosses": 1}
    with pytest.raises(WorkspaceError, match=r"\[corpus.repair\] there is no repair pass gloses"):
        ingest(with_corpus(workspace, repair={"gloses": False}))
    with pytest.raises(UsageError, match="no repair pass gloses") as caught:
        choose_passes(workspace, with_=["gloses"])
    assert "glosses" in caught.value.hint
    with pytest.raises(UsageError, match="both name glosses"):
        choose_passes(workspace, with_=["glosses"], without=["glosses"])


def test_a_result_names_no_more_than_people_read(workspace: Workspace) -> None:
    """Of thousands of bad rows the first are in the result, and all in the list."""
    rows = workspace.root / "corpus" / "rows.jsonl"
    rows.write_text('{"text":"武汉市"}\n' + "{oops\n" * (LISTED + 5), encoding="utf-8")
    result = ingest(workspace)
    assert result.rejected_count == LISTED + 5
    assert len(result.rejected) == LISTED
    assert result.rejected_file is not None
    assert len(result.rejected_file.read_bytes().splitlines()) == LISTED + 5


def test_progress_counts_bytes(workspace: Workspace) -> None:
    """It grows, within one file too, and ends where the sizes of all files end."""
    rows = workspace.root / "corpus" / "rows.jsonl"
    write_jsonl(rows, [{"text": f"第{number}条。" + STORY} for number in range(20)])
    write(workspace, "corpus/z.txt", "武汉市")
    steps: list[tuple[int, int]] = []
    ingest(workspace, progress=lambda done, total: steps.append((done, total)))
    size = sum(path.stat().st_size for path in (workspace.root / "corpus").iterdir())
    assert steps == sorted(steps)
    assert {total for _, total in steps} == {size}
    assert steps[-1][0] == size
    assert len({done for done, _ in steps}) > 10


def test_one_ingest_at_a_time(workspace: Workspace) -> None:
    """A second ingest of the same workspace is refused while the first is at work."""
    write(workspace, "corpus/a.txt", STORY)

    def second(_done: int, _total: int) -> None:
        with pytest.raises(WorkspaceError, match="another 'toolkit ingest'"):
            ingest(workspace)

    assert ingest(workspace, progress=second).documents == 1


_KILLED = """
import os, signal, sys
from pathlib import Path
from toolkit.corpus import duplicates
from toolkit.settings import open_workspace
from toolkit.stages import corpus

def kill(*_):
    os.kill(os.getpid(), signal.SIGKILL)

if sys.argv[2] == "reading":
    progress = kill
else:
    progress = lambda done, total: None
    corpus._Run._finished = lambda self, groups: (kill() for _ in range(1))
corpus.ingest(open_workspace(Path(sys.argv[1])), progress=progress)
"""


@pytest.mark.parametrize("moment", ["reading", "writing"])
def test_killed_at_any_moment_the_old_documents_stay(workspace: Workspace, moment: str) -> None:
    """After SIGKILL documents.jsonl is the old one, and the next run leaves no trace of it."""
    write(workspace, "corpus/a.txt", STORY)
    ingest(workspace)
    before = workspace.documents.read_bytes()
    write(workspace, "corpus/b.txt", "快讯\n" + STORY)
    done = subprocess.run(
        [sys.executable, "-c", _KILLED, str(workspace.root), moment],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    assert workspace.documents.read_bytes() == before
    left = {path for path in workspace.root.rglob("*") if path.is_file()}
    assert any("ingest" in path.parts for path in left)
    assert moment == "reading" or any(path.suffix == ".part" for path in left)
    assert ingest(workspace).documents == 2
    files = {path.name for path in workspace.root.rglob("*") if path.is_file()}
    assert not [name for name in files if name.endswith((".part", ".sqlite"))]
    assert [path.name for path in workspace.private.iterdir()] == ["ingest.lock"]
