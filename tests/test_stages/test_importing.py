"""Gold and annotations from elsewhere: what comes in, what stays, what is refused."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

import pytest

from toolkit.corpus.readers import raw_text
from toolkit.errors import InputError, OffsetError, SchemaError, ToolkitError, UsageError
from toolkit.model import Annotation, GoldDocument
from toolkit.records import read_jsonl, write_jsonl
from toolkit.settings import Workspace, open_workspace
from toolkit.stages.corpus import ingest
from toolkit.stages.importing import import_
from toolkit.stages.results import merge
from toolkit.stages.workspace import init, read_documents

TEXT = "岳文柏在棠州说：  没有疫情。"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A new workspace."""
    return init(tmp_path / "news")[0]


def written(folder: Path, name: str, content: object) -> Path:
    """A file of lines, or of one JSON value."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return path


def gold(workspace: Workspace) -> list[GoldDocument]:
    """What gold.jsonl holds."""
    return list(read_jsonl(workspace.gold, GoldDocument))


def history(workspace: Workspace) -> list[Annotation]:
    """What annotations.jsonl holds."""
    return list(read_jsonl(workspace.annotations, Annotation))


def doccano(folder: Path, *spans: tuple[int, int, str], name: str = "a.jsonl") -> Path:
    """A doccano file of one text."""
    return written(folder, name, {"id": 1, "text": TEXT, "label": spans})


def test_gold_comes_in_with_its_text(workspace: Workspace, tmp_path: Path) -> None:
    """Document, gold and raw text are there, and the raw text is what the file had."""
    result = import_(workspace, doccano(tmp_path, (0, 3, "PERSON"), (4, 6, "LOC")), "doccano")
    assert (result.new_documents, result.added, result.spans) == (1, 1, 2)
    (document,) = read_documents(workspace).values()
    assert document.text == TEXT == raw_text(document, workspace.root)
    (made,) = gold(workspace)
    assert [s.key for s in made.spans] == [(0, 3, "PERSON"), (4, 6, "LOC")]
    assert (made.doc_id, made.status, made.spans[0].decided_by) == (document.id, "single", "import")


def test_the_same_file_twice_is_once(workspace: Workspace, tmp_path: Path) -> None:
    """A second import adds nothing, as gold or as annotations, and no byte changes."""
    path = doccano(tmp_path, (0, 3, "PERSON"))
    for way in ({}, {"as_": "annotations", "annotator": "anna"}):
        import_(workspace, path, "doccano", **way)  # type: ignore[arg-type]
        files = (workspace.documents, workspace.gold, workspace.annotations)
        before = [file.read_bytes() for file in files if file.exists()]
        again = import_(workspace, path, "doccano", **way)  # type: ignore[arg-type]
        assert (again.new_documents, again.added, again.same) == (0, 0, 1)
        assert [file.read_bytes() for file in files if file.exists()] == before


def test_other_gold_is_never_overwritten(workspace: Workspace, tmp_path: Path) -> None:
    """A document keeps the gold that it has, and the result names it."""
    import_(workspace, doccano(tmp_path, (0, 3, "PERSON")), "doccano")
    before = workspace.gold.read_bytes()
    result = import_(workspace, doccano(tmp_path, (0, 3, "ORG"), name="b.jsonl"), "doccano")
    assert result.kept == (gold(workspace)[0].doc_id,)
    assert workspace.gold.read_bytes() == before


def test_several_people_meet_on_one_document(workspace: Workspace, tmp_path: Path) -> None:
    """Files of several annotators with the same text give one document and two annotations."""
    doccano(tmp_path / "all", (0, 3, "PERSON"), name="anna.jsonl")
    doccano(tmp_path / "all", (0, 2, "PERSON"), name="bert.jsonl")
    result = import_(workspace, tmp_path / "all", "doccano", as_="annotations")
    assert result.annotators == ("anna", "bert")
    assert len({one.doc_id for one in history(workspace)}) == len(read_documents(workspace)) == 1


def test_ingest_keeps_what_was_imported(workspace: Workspace, tmp_path: Path) -> None:
    """Neither a corpus folder nor a repair pass takes an imported document away or changes it."""
    import_(workspace, doccano(tmp_path, (0, 3, "PERSON")), "doccano")
    before = read_documents(workspace)
    written(workspace.root, "corpus/x.txt", "另有一篇完全不同的报道。")
    result = ingest(workspace)
    after = read_documents(workspace)
    assert result.rejected_count == 0
    assert before.items() <= after.items()
    assert len(after) == 2


def test_merge_keeps_imported_gold(workspace: Workspace, tmp_path: Path) -> None:
    """Gold that nobody annotated here stays beside what annotations are merged to, every time."""
    import_(workspace, doccano(tmp_path, (0, 3, "PERSON")), "doccano")
    (imported,) = gold(workspace)
    other = written(tmp_path, "o.jsonl", {"text": "棠州无疫情。", "label": [[0, 2, "LOC"]]})
    import_(workspace, other, "doccano", as_="annotations", annotator="anna")
    for _ in range(2):
        assert merge(workspace).documents == 2
        assert imported in gold(workspace)
    merge(workspace, target=tmp_path / "elsewhere.jsonl")
    assert imported not in list(read_jsonl(tmp_path / "elsewhere.jsonl", GoldDocument))


def test_a_text_that_was_ingested_is_found_again(workspace: Workspace, tmp_path: Path) -> None:
    """Spans on a text that the workspace has land on that document."""
    written(workspace.root, "corpus/x.txt", "岳文柏在棠州。")
    ingest(workspace)
    path = written(
        tmp_path, "c.conll", "岳 B-PER\n文 I-PER\n柏 E-PER\n在 O\n棠 B-LOC\n州 E-LOC\n。 O\n"
    )
    result = import_(workspace, path, "conll", labels={"PER": "PERSON"})
    assert result.new_documents == 0
    assert gold(workspace)[0].doc_id in read_documents(workspace)


def test_unknown_labels_need_a_decision(workspace: Workspace, tmp_path: Path) -> None:
    """They are listed with ways out; mapped or skipped, the rest comes in; before, nothing does."""
    path = doccano(tmp_path, (0, 3, "PER"), (4, 6, "GPE"), (8, 9, "LOC"))
    with pytest.raises(SchemaError, match=r"PER \(1\).*--map.*--skip-labels"):
        import_(workspace, path, "doccano")
    assert not workspace.documents.exists()
    result = import_(workspace, path, "doccano", labels={"PER": "PERSON"}, skip_labels=True)
    assert result.by_label == {"LOC": 1, "PERSON": 1}
    assert result.skipped_labels == {"GPE": 1}
    with pytest.raises(SchemaError, match="no label 'MAN'"):
        import_(workspace, path, "doccano", labels={"PER": "MAN"})


def test_a_dry_run_writes_nothing(workspace: Workspace, tmp_path: Path) -> None:
    """It says what would be done."""
    path = doccano(tmp_path, (0, 3, "PERSON"))
    assert import_(workspace, path, "doccano", dry_run=True).added == 1
    assert not workspace.documents.exists()
    assert not workspace.gold.exists()


def test_an_id_of_another_text_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    """A name may stand for one text only; a prefix keeps the two apart."""
    for number, text in enumerate(("甲地无疫情。", "乙地无疫情。")):
        path = written(tmp_path, f"{number}.jsonl", {"id": "d", "text": text, "label": []})
        if not number:
            import_(workspace, path, "doccano")
    with pytest.raises(InputError, match="--prefix"):
        import_(workspace, path, "doccano")
    import_(workspace, path, "doccano", prefix="neu-")
    assert set(read_documents(workspace)) == {"d", "neu-d"}


def test_a_text_given_twice_otherwise_is_kept_twice(workspace: Workspace, tmp_path: Path) -> None:
    """The same sentence with other spans is not lost, and an import again finds both."""
    block = "武 {}\n汉 {}\n\n"
    content = block.format("B-LOC", "I-LOC") * 2 + block.format("B-ORG", "I-ORG")
    path = written(tmp_path, "a.bio", content)
    result = import_(workspace, path, "conll")
    assert (result.read, result.added, result.same) == (3, 2, 1)
    again = import_(workspace, path, "conll")
    assert (again.added, again.new_documents, again.kept_count) == (0, 0, 0)


def task(**annotation: object) -> dict[str, object]:
    """A task of somebody's project, with one region."""
    region = {
        "from_name": "ner",
        "to_name": "doc",
        "type": "labels",
        "value": {"start": 1, "end": 4, "text": "岳文柏", "labels": ["PERSON"]},
    }
    given = {"result": [region, {"type": "choices", "value": {"choices": ["x"]}}], **annotation}
    return {"id": 5, "data": {"body": "\U00020bb7岳文柏说"}, "annotations": [given]}


def test_somebody_elses_project_comes_in(workspace: Workspace, tmp_path: Path) -> None:
    """Annotators get their names, a skipped task is a skip, and what is no span is passed over."""
    settings = (workspace.root / "toolkit.toml").read_text("utf-8")
    if "anna@example.com" not in settings:
        settings = settings.replace("[annotators]", '[annotators]\nanna = "anna@example.com"')
        (workspace.root / "toolkit.toml").write_text(settings, "utf-8")
    space = open_workspace(workspace.root)
    tasks = [
        task(completed_by={"email": "Anna@example.com", "id": 1}, lead_time=3.5),
        task(completed_by=7, was_cancelled=True, created_at="2020-01-25T08:30:00Z"),
    ]
    result = import_(space, written(tmp_path, "p.json", tasks), "label-studio", as_="annotations")
    assert result.annotators == ("anna", "user-7")
    by_name = {one.annotator: one for one in history(space)}
    assert [s.key for s in by_name["anna"].spans] == [(1, 4, "PERSON")]
    assert by_name["anna"].lead_time == 3.5
    assert by_name["user-7"].skipped


def test_offsets_in_utf_16_units_are_seen(workspace: Workspace, tmp_path: Path) -> None:
    """Where a region's text stands at its offsets by UTF-16 units, they are taken so."""
    old = task()
    value = old["annotations"][0]["result"][0]["value"]  # type: ignore[index]
    value.update(start=2, end=5)
    import_(workspace, written(tmp_path, "p.json", [old]), "label-studio")
    assert [s.key for s in gold(workspace)[0].spans] == [(1, 4, "PERSON")]
    value.update(start=0, end=3)
    with pytest.raises(InputError, match="UTF-16"):
        import_(workspace, written(tmp_path, "q.json", [old]), "label-studio")


@pytest.mark.parametrize(
    ("format_", "content"),
    [
        ("doccano", '{"id": 1}\n'),
        ("doccano", '{"text": "岳", "label": [[0, 9, "PERSON"]]}\n'),
        ("doccano", '{"text": "岳", "label": "PERSON"}\n'),
        ("doccano", "\x00\x01"),
        ("conll", "岳\n"),
        ("conll", "岳 Q-PER\n"),
        ("conll", "岳 E-PERSON\n"),
        ("conll", ""),
        ("label-studio", "{}"),
        ("label-studio", '[{"data": {}, "annotations": [{}]}]'),
        ("label-studio", "[" * 100_000),
        ("jsonl", "[]"),
        ("brat", "x"),
        ("cluener", '{"text": "岳", "label": {"PERSON": {"文": [[0, 0]]}}}'),
    ],
)
def test_hostile_input_is_told_of(
    format_: str, content: str, workspace: Workspace, tmp_path: Path
) -> None:
    """Files of other kinds give an error that says where and what, and nothing is written."""
    with pytest.raises((InputError, OffsetError)) as caught:
        import_(workspace, written(tmp_path, "f", content), format_)
    assert caught.value.what
    assert not workspace.documents.exists()


def test_annotations_need_a_name(workspace: Workspace, tmp_path: Path) -> None:
    """Where neither the file nor the call says who it was, the call is wrong."""
    with pytest.raises(UsageError, match="--annotator"):
        import_(workspace, doccano(tmp_path, (0, 3, "PERSON")), "doccano", as_="annotations")


def test_an_unknown_format_is_named(workspace: Workspace, tmp_path: Path) -> None:
    """The error lists what can be read."""
    with pytest.raises(ToolkitError, match="doccano"):
        import_(workspace, doccano(tmp_path), "docx")


def test_gold_of_ours_comes_back_whole(workspace: Workspace, tmp_path: Path) -> None:
    """The native format keeps votes, confidence, status and metadata."""
    import_(workspace, doccano(tmp_path, (0, 3, "PERSON")), "doccano")
    (made,) = gold(workspace)
    other, _ = init(tmp_path / "other")
    write_jsonl(tmp_path / "g.jsonl", [made])
    import_(other, tmp_path / "g.jsonl", "jsonl")
    assert gold(other) == [made]


@pytest.mark.parametrize("format_", ["jsonl", "label-studio"])
def test_a_large_set_is_not_held_in_memory(
    workspace: Workspace, tmp_path: Path, format_: str
) -> None:
    """Of what was read ids and digests are, and little more than a text at a time."""
    count, length = 60, 100_000
    texts = (f"岳文柏{i}{'疫' * length}" for i in range(count))
    path = tmp_path / "large"
    if format_ == "jsonl":
        write_jsonl(path, (GoldDocument(f"d{i}", text) for i, text in enumerate(texts)))
    else:
        with path.open("w", encoding="utf-8") as file:
            for i, text in enumerate(texts):
                task = {"data": {"text": text}, "annotations": [{"result": []}]}
                file.write(("," if i else "[") + json.dumps(task, ensure_ascii=False))
            file.write("]")
    import_(workspace, doccano(tmp_path, (0, 3, "PERSON")), "doccano")  # what is imported lazily
    tracemalloc.start()
    result = import_(workspace, path, format_)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert result.new_documents == count
    assert peak < count * length  # two bytes a character would be twice as much
