"""The commands that need no server, run as processes on real files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.test_cli.conftest import Run
from toolkit import resources


def _files(folder: Path) -> dict[str, bytes]:
    """What a workspace holds for people; .toolkit/ is a cache and the server's own."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".toolkit" not in path.parts
    }


def test_init_twice_changes_nothing(tmp_path: Path, toolkit: Run) -> None:
    """A second init leaves every file as it is, edited settings included."""
    assert toolkit("init").returncode == 0
    settings = tmp_path / "toolkit.toml"
    settings.write_text(settings.read_text().replace('"epidemic-news"', '"mine"'))
    before = _files(tmp_path)
    again = toolkit("init", "--json")
    assert again.returncode == 0
    assert json.loads(again.stdout)["made"] == []
    assert _files(tmp_path) == before


def test_ingest_and_preannotate_twice_give_the_same_bytes(workspace: Path, toolkit: Run) -> None:
    """Running a stage again does no harm and changes nothing."""
    before = _files(workspace)
    assert toolkit("ingest").returncode == 0
    assert toolkit("preannotate").returncode == 0
    assert _files(workspace) == before


def test_json_is_one_object_on_standard_output(workspace: Path, toolkit: Run) -> None:
    """With --json, standard output is one JSON object and nothing else."""
    for command in (["init"], ["ingest"], ["preannotate"], ["show"], ["rules", "check"]):
        done = toolkit(*command, "--json")
        assert done.returncode == 0, done.stderr
        assert isinstance(json.loads(done.stdout), dict), command


def test_show_raw_finds_each_suggestion_in_the_raw_file(workspace: Path, toolkit: Run) -> None:
    """Every suggestion's raw offsets cut its characters out of the raw file's own bytes."""
    for document in json.loads(toolkit("show", "--json").stdout)["documents"]:
        shown = json.loads(toolkit("show", document["id"], "--raw", "--json").stdout)
        source = shown["source"]
        raw = (workspace / source["path"]).read_bytes().decode(source["encoding"])
        assert shown["spans"]
        for span in shown["spans"]:
            piece = raw[span["raw_start"] : span["raw_end"]]
            assert piece == span["raw_text"]
            assert piece.split("\n")[0] in raw.split("\n")[span["line"] - 1][span["column"] - 1 :]
            characters = iter(piece)
            assert all(c in characters for c in span["text"]), (span["text"], piece)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_show_and_explain_count_the_same_lines(workspace: Path, toolkit: Run, end: str) -> None:
    """However lines of the raw file end, the last of three is line 3."""
    text = end.join(["第一行。", "第二行。", "王建国來到武汉市(wǔ)第一医院。"])
    (workspace / "corpus" / "lines.txt").write_bytes(text.encode())
    assert toolkit("ingest").returncode == 0
    assert toolkit("preannotate").returncode == 0
    shown = json.loads(toolkit("show", "lines.txt", "--raw", "--json").stdout)
    assert {span["line"] for span in shown["spans"]} == {3}
    explained = json.loads(toolkit("ingest", "--explain", "lines.txt", "--json").stdout)
    edits = [edit for edit in explained["documents"][0]["edits"] if edit["pass_name"] == "glosses"]
    assert [edit["line"] for edit in edits] == [3]


def test_show_draws_labels_and_lists_documents(workspace: Path, toolkit: Run) -> None:
    """For people, show brackets each span with its label, by file name or id's beginning."""
    name = min((workspace / "corpus").iterdir()).name
    done = toolkit("show", name)
    assert done.returncode == 0
    assert "|PERSON]" in done.stdout
    assert name in toolkit("show").stdout


def test_a_document_with_annotations_stays_when_its_file_goes(
    workspace: Path, toolkit: Run
) -> None:
    """Ingest mirrors the corpus folder, but never drops what people have annotated."""
    first, second = json.loads(toolkit("show", "--json").stdout)["documents"]
    (workspace / "annotations.jsonl").write_text(
        json.dumps({"doc_id": first["id"], "annotator": "anna", "spans": []}) + "\n"
    )
    (workspace / "corpus" / "new.txt").write_text("武汉市召开会议。", encoding="utf-8")
    for document in (first, second):
        (workspace / document["file"]).unlink()
    done = toolkit("ingest", "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["kept_for_annotations"] == [first["id"]]
    assert (result["documents"], result["new"], result["gone"]) == (2, 1, 1)


def test_explain_shows_each_edit_at_its_place(workspace: Path, toolkit: Run) -> None:
    """By pass, with line and column; writes nothing; works for documents and for other files."""
    raw = "第一行\n" + "堅(jiān)持" * 8 + "&ldquo;四早&rdquo;\n"
    (workspace / "raw.txt").write_text(raw, encoding="utf-8")
    before = _files(workspace)
    done = toolkit("ingest", "--explain", "raw.txt")
    assert done.returncode == 0, done.stderr
    assert _files(workspace) == before
    assert "not in documents.jsonl yet" in done.stdout
    assert "glosses: 8 places" in done.stdout
    assert "2:2" in done.stdout
    assert "and 3 more: --all" in done.stdout
    everything = toolkit("ingest", "--explain", "raw.txt", "--all", "--without", "entities").stdout
    assert everything.count("“(jiān)”") == 8
    assert "entities" not in everything


def test_explain_as_json_gives_all(workspace: Path, toolkit: Run) -> None:
    """Every edit of an ingested document: its offsets cut ``before`` out of the raw file."""
    name = "04-traditional-pinyin.txt"
    raw = (resources.sample_corpus() / name).read_bytes()
    (workspace / "corpus" / name).write_bytes(raw)
    assert toolkit("ingest").returncode == 0
    (document,) = json.loads(toolkit("ingest", "--explain", name, "--json").stdout)["documents"]
    assert document["stored"] == "the same"
    text = raw.decode("utf-8")
    assert len(document["edits"]) > 100
    for edit in document["edits"]:
        assert text[edit["raw_start"] : edit["raw_end"]] == edit["before"]
        assert text.split("\n")[edit["line"] - 1][edit["column"] - 1 :].startswith(
            edit["before"].split("\n")[0].rstrip("\r")
        )
    changed = toolkit("ingest", "--explain", document["id"], "--without", "glosses")
    assert "another text" in changed.stdout


def test_preannotate_works_in_a_pipe_without_a_workspace(tmp_path: Path, toolkit: Run) -> None:
    """Records with no more than id and text go through standard input and output."""
    record = json.dumps({"id": "a", "text": "1月25日,武汉市报告确诊病例5例。"})
    done = toolkit("preannotate", "-", stdin=record + "\n")
    assert done.returncode == 0, done.stderr
    suggestion = json.loads(done.stdout)
    assert suggestion["doc_id"] == "a"
    assert {"1月25日", "武汉市"} <= {span["text"] for span in suggestion["spans"]}


def test_researchers_bring_their_own_annotations(tmp_path: Path, toolkit: Run) -> None:
    """Any files with doc_id, annotator and spans do for agreement and merge."""
    (tmp_path / "texts.jsonl").write_text('{"id": "a", "text": "张三到武汉"}\n', encoding="utf-8")
    spans = [{"start": 0, "end": 2, "label": "PERSON"}, {"start": 3, "end": 5, "label": "LOC"}]
    (tmp_path / "labels.jsonl").write_text(
        "".join(
            json.dumps({"doc_id": "a", "annotator": who, "spans": given}) + "\n"
            for who, given in (("x", spans), ("y", spans), ("z", spans[:1]))
        )
    )
    done = toolkit("agreement", "labels.jsonl", "--documents", "texts.jsonl", "--json")
    assert done.returncode == 0, done.stderr
    overall = {figure["name"]: figure for figure in json.loads(done.stdout)["overall"]}
    strict = next(value for name, value in overall.items() if "strict" in name.lower())
    # Pairs: x-y share 2 of 2 and 2, x-z and y-z share 1 of 2 and 1: F1 = 2·4 / (4 + 3 + 3).
    assert strict["value"] == pytest.approx(0.8)

    done = toolkit("agreement", "labels.jsonl", "--documents", "texts.jsonl", "--gamma")
    assert done.returncode == 0, done.stderr
    assert "γ-cat" in done.stdout

    done = toolkit("merge", "labels.jsonl", "--documents", "texts.jsonl")
    assert done.returncode == 0, done.stderr
    gold = json.loads(done.stdout)
    assert [span["text"] for span in gold["spans"]] == ["张三", "武汉"]
    assert gold["spans"][1]["votes"] == {"x": "LOC", "y": "LOC", "z": None}


def test_control_characters_never_reach_the_terminal(tmp_path: Path, toolkit: Run) -> None:
    """Escape sequences in a text are shown and not obeyed."""
    assert toolkit("init").returncode == 0
    record = {"id": "evil\u001b[2J", "text": "武汉\u001b]0;owned\u0007市"}
    (tmp_path / "documents.jsonl").write_text(json.dumps(record) + "\n")
    for command in (["show"], ["show", "evil"]):
        done = toolkit(*command)
        assert done.returncode == 0, done.stderr
        assert "\u001b" not in done.stdout + done.stderr


def test_gold_waits_until_all_of_a_document_is_seen(workspace: Path, toolkit: Run) -> None:
    """A document of which a passage is missing is left out and named; --partial takes it."""
    ids = _values(workspace / "documents.jsonl", "id")
    (workspace / "annotations.jsonl").write_text(
        json.dumps({"doc_id": ids[0], "annotator": "x", "end": 5})
        + "\n"
        + json.dumps({"doc_id": ids[1], "annotator": "x"})
        + "\n"
    )
    done = toolkit("merge")
    assert done.returncode == 0, done.stderr
    assert ids[0] in done.stderr
    assert _values(workspace / "gold.jsonl", "doc_id") == [ids[1]]
    assert toolkit("merge", "--partial").returncode == 0
    assert _values(workspace / "gold.jsonl", "doc_id") == ids


def _values(path: Path, key: str) -> list[str]:
    return [json.loads(line)[key] for line in path.read_text(encoding="utf-8").splitlines()]
