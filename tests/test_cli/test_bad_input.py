"""Bad input at each step: one or two lines, status 1 or 2, every file as it was."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.test_cli.conftest import REPOSITORY, Run
from tests.test_cli.test_commands import _files


def _refused(toolkit: Run, folder: Path, *arguments: str, says: str, **options: str) -> None:
    before = _files(folder)
    done = toolkit(*arguments, **options)
    assert done.returncode in {1, 2}, done.stdout
    assert "Traceback" not in done.stderr
    assert says in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 2, done.stderr
    assert done.stdout == ""
    assert _files(folder) == before


def test_outside_of_a_workspace(tmp_path: Path, toolkit: Run) -> None:
    """Without a toolkit.toml, a command says how to make a workspace."""
    _refused(toolkit, tmp_path, "ingest", says="toolkit init")


def test_an_unknown_setting(workspace: Path, toolkit: Run) -> None:
    """A typo in toolkit.toml is named."""
    with (workspace / "toolkit.toml").open("a") as file:
        file.write("\n[gould]\n")
    _refused(toolkit, workspace, "ingest", says="gould")


def test_an_empty_corpus(tmp_path: Path, toolkit: Run) -> None:
    """An empty corpus folder is an error that says where files go."""
    toolkit("init")
    _refused(toolkit, tmp_path, "ingest", says="corpus")


def test_a_missing_file(workspace: Path, toolkit: Run) -> None:
    """A path that isn't there is named."""
    _refused(toolkit, workspace, "ingest", "nowhere.txt", says="nowhere.txt")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("picture.txt", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4),
        ("cut.txt", "武汉市".encode()[:-1] + b"\xff\xfe\x00\xff"),
        ("document.docx", b"PK\x03\x04" + bytes(200)),
    ],
    ids=["picture", "cut", "document"],
)
def test_a_file_that_is_not_text(workspace: Path, toolkit: Run, name: str, content: bytes) -> None:
    """A file that isn't text is named with status 1, and the good ones are there."""
    documents = workspace / "documents.jsonl"
    before = documents.read_bytes()
    (workspace / "corpus" / name).write_bytes(content)
    (workspace / "corpus" / "zz.txt").write_text("武汉市召开会议。", encoding="utf-8")
    done = toolkit("ingest")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert f"corpus/{name}" in done.stderr
    assert documents.read_bytes().startswith(before)
    assert "武汉市召开会议。" in documents.read_text(encoding="utf-8")


def test_a_bad_file_alone_changes_nothing(workspace: Path, toolkit: Run) -> None:
    """Where no file can be used, nothing is written."""
    (workspace / "elsewhere.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(500))
    _refused(toolkit, workspace, "ingest", "elsewhere.txt", says="elsewhere.txt")


def test_skip_bad_exits_with_0(workspace: Path, toolkit: Run) -> None:
    """With --skip-bad a file that can't be used is reported and is no failure."""
    (workspace / "corpus" / "picture.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(500))
    done = toolkit("ingest", "--skip-bad")
    assert done.returncode == 0
    assert "picture.txt" in done.stderr
    assert json.loads((workspace / ".toolkit" / "rejected.jsonl").read_text())["reason"]


def test_passes_that_there_are_not(workspace: Path, toolkit: Run) -> None:
    """A misspelt pass is named with the right names, from a flag and from toolkit.toml."""
    _refused(toolkit, workspace, "ingest", "--without", "gloses", says="blank_lines")
    settings = workspace / "toolkit.toml"
    settings.write_text(
        settings.read_text().replace("[corpus.repair]", "[corpus.repair]\nx = true")
    )
    _refused(toolkit, workspace, "ingest", says="[corpus.repair]")


def test_explain_of_what_is_not_there(workspace: Path, toolkit: Run) -> None:
    """A name that is no document and no file, and flags that don't go together."""
    _refused(toolkit, workspace, "ingest", "--explain", "nowhere", says="nowhere")
    _refused(toolkit, workspace, "ingest", "--all", says="--explain")
    _refused(toolkit, workspace, "ingest", "a.txt", "--explain", "x", says="PATHS")
    (workspace / "picture.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(500))
    _refused(toolkit, workspace, "ingest", "--explain", "picture.txt", says="PNG")


def test_before_ingest(tmp_path: Path, toolkit: Run) -> None:
    """Each later step says which step comes before it."""
    toolkit("init")
    _refused(toolkit, tmp_path, "preannotate", says="toolkit ingest")
    _refused(toolkit, tmp_path, "agreement", says="toolkit pull")
    _refused(toolkit, tmp_path, "merge", says="toolkit ingest")
    _refused(toolkit, tmp_path, "export", says="toolkit merge")
    _refused(toolkit, tmp_path, "report", says="toolkit ingest")


def test_a_rule_label_that_the_config_lacks(workspace: Path, toolkit: Run) -> None:
    """A label config without a label that the pack gives is an error that names it."""
    config = workspace / "label_configs" / "epidemic_news.xml"
    lines = [line for line in config.read_text().splitlines() if 'value="MEASURE"' not in line]
    config.write_text("\n".join(lines))
    _refused(toolkit, workspace, "preannotate", says="MEASURE")


def test_a_label_that_no_rule_gives_is_only_a_note(workspace: Path, toolkit: Run) -> None:
    """A label config with a label that the pack lacks works, and says so."""
    config = workspace / "label_configs" / "epidemic_news.xml"
    extra = '<Label value="ANIMAL" background="#101010" hotkey="a"/>\n    </Labels>'
    config.write_text(config.read_text().replace("</Labels>", extra))
    done = toolkit("preannotate")
    assert done.returncode == 0, done.stderr
    assert "ANIMAL" in done.stderr


def test_a_broken_config(workspace: Path, toolkit: Run) -> None:
    """A label config that isn't XML is named."""
    (workspace / "label_configs" / "epidemic_news.xml").write_text("<View><Labels")
    _refused(toolkit, workspace, "preannotate", says="epidemic_news.xml")


def test_a_broken_record(workspace: Path, toolkit: Run) -> None:
    """A line that isn't a record is named by file and line."""
    with (workspace / "documents.jsonl").open("a") as file:
        file.write('{"id": 5}\n')
    _refused(toolkit, workspace, "preannotate", says="documents.jsonl, line 3")


def test_offsets_that_do_not_fit(workspace: Path, toolkit: Run) -> None:
    """A span whose text isn't what stands there stops the merge and names both texts."""
    first = (workspace / "documents.jsonl").read_text().split('"id":"')[1].split('"')[0]
    (workspace / "annotations.jsonl").write_text(
        f'{{"doc_id":"{first}","annotator":"x","spans":'
        '[{"start":0,"end":2,"label":"LOC","text":"不是"}]}\n'
    )
    _refused(toolkit, workspace, "merge", says="不是")


def test_a_server_that_is_down(workspace: Path, toolkit: Run) -> None:
    """Nobody at the address: the error names it, and the token is in no output."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    token = "5ecret" * 6
    for command in ("push", "pull"):
        _refused(
            toolkit, workspace, command, says=url, LABEL_STUDIO_URL=url, LABEL_STUDIO_API_KEY=token
        )
    done = toolkit("pull", "--debug", LABEL_STUDIO_URL=url, LABEL_STUDIO_API_KEY=token)
    assert "Traceback" in done.stderr
    assert token not in done.stdout + done.stderr


def test_status_without_a_server(workspace: Path, toolkit: Run) -> None:
    """What the last pull saw is shown, and why it isn't more; as JSON too, in 80 columns."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    given = {"LABEL_STUDIO_URL": url, "LABEL_STUDIO_API_KEY": "5ecret" * 6}
    documents = (workspace / "documents.jsonl").read_text(encoding="utf-8").splitlines()
    name = json.loads(documents[0])["id"]
    (workspace / "annotations.jsonl").write_text(
        f'{{"doc_id":"{name}","annotator":"annotator-1","created_at":"2020-02-01T08:00:00Z",'
        '"lead_time":40}\n',
        encoding="utf-8",
    )
    done = toolkit("status", **given)
    assert done.returncode == 0
    assert url in done.stderr
    row = next(line for line in done.stdout.splitlines() if line.strip().startswith("annotator-1"))
    assert row.split() == ["annotator-1", "?", "1", "0", "?", "?", "90.0", "1.0", "idle", "02-01"]
    assert max(map(len, done.stdout.splitlines())) <= 80
    found = json.loads(toolkit("status", "--json", **given).stdout)
    assert found["url"] is None
    assert [one["submitted"] for one in found["annotators"]] == [1, 0]


def test_no_server_at_all(workspace: Path, toolkit: Run) -> None:
    """Without a server, push says how to get one."""
    _refused(toolkit, workspace, "push", says="toolkit serve")


def test_wrong_usage(tmp_path: Path, toolkit: Run) -> None:
    """Unknown commands, options and formats exit with status 2."""
    assert toolkit("frobnicate").returncode == 2
    assert toolkit("init", "--frobnicate").returncode == 2


def test_debug_shows_the_traceback(tmp_path: Path, toolkit: Run) -> None:
    """Only --debug shows where an error was raised."""
    done = toolkit("ingest", "--debug")
    assert done.returncode == 1
    assert "Traceback" in done.stderr


def test_ctrl_c_leaves_every_file_whole(workspace: Path, toolkit: Run) -> None:
    """Stopped with Ctrl-C, a command says so, exits with 130, and leaves files as they were."""
    (workspace / "documents.jsonl").write_text(
        "".join(f'{{"id": "{n}", "text": "{"武汉市报告确诊病例。" * 200}"}}\n' for n in range(500))
    )
    before = _files(workspace)
    # Whoever started these tests in the background may have had Ctrl-C ignored.
    program = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from toolkit.__main__ import main; main()"
    )
    command = [sys.executable, "-c", program, "preannotate"]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    with subprocess.Popen(
        command, cwd=workspace, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        while not list(workspace.glob(".toolkit/preannotate-*/*.mark")):
            assert running.poll() is None
            time.sleep(0.05)
        running.send_signal(signal.SIGINT)
        output, said = running.communicate()
    assert running.returncode == 130
    assert output == b""
    assert said.decode().startswith("Stopped.")
    assert _files(workspace) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ("preannotate", "given.jsonl", "given.jsonl"),
        ("preannotate", "given.jsonl", "annotations.jsonl"),
        ("merge", "-o", "annotations.jsonl"),
        ("merge", "-o", "./exports/../documents.jsonl"),
        ("report", "-o", "annotations.jsonl"),
        ("report", "-o", "toolkit.toml"),
    ],
)
def test_a_result_never_replaces_what_people_made(
    workspace: Path, toolkit: Run, arguments: tuple[str, ...]
) -> None:
    """No result is written over its input, human labels or another stage's file."""
    (workspace / "given.jsonl").write_text('{"id": "a", "text": "武汉市"}\n')
    first = json.loads((workspace / "documents.jsonl").read_text().splitlines()[0])["id"]
    (workspace / "annotations.jsonl").write_text(f'{{"doc_id":"{first}","annotator":"x"}}\n')
    _refused(toolkit, workspace, *arguments, says="Name another file")


@pytest.mark.parametrize(
    ("setting", "value", "says"),
    [
        ("name", '"a/b"', "[project] name"),
        ("folder", '"."', "[corpus] folder"),
        ("annotator-1", '"nobody"', "annotator-1: 'nobody' is no e-mail address"),
        ("annotator-1", '""', "annotator-1"),
        ('" "', '"x@example.com"', "' ' is no name"),
        ("version", '"../other"', "[export] version"),
    ],
)
def test_a_setting_that_can_not_be(
    workspace: Path, toolkit: Run, setting: str, value: str, says: str
) -> None:
    """A value that would fail later, or write elsewhere, is refused by table and key."""
    settings = workspace / "toolkit.toml"
    lines = settings.read_text(encoding="utf-8").splitlines()
    old = "annotator-2" if setting == '" "' else setting
    lines = [f"{setting} = {value}" if line.startswith(f"{old} =") else line for line in lines]
    settings.write_text("\n".join(lines), encoding="utf-8")
    _refused(toolkit, workspace, "status", says=says)


@pytest.mark.parametrize("version", ["../../other", "..", ""])
def test_a_version_that_is_no_folder_name(workspace: Path, toolkit: Run, version: str) -> None:
    """A version from the command line is held to what toolkit.toml may say."""
    first = json.loads((workspace / "documents.jsonl").read_text().splitlines()[0])
    gold = {"doc_id": first["id"], "text": first["text"]}
    (workspace / "gold.jsonl").write_text(json.dumps(gold) + "\n")
    _refused(toolkit, workspace, "export", "--version", version, says="version")


@pytest.mark.parametrize("kind", ["loop", "dangling", "pipe"])
def test_what_only_looks_like_a_file(workspace: Path, toolkit: Run, kind: str) -> None:
    """A link to nowhere or a pipe in the corpus is named, and nothing waits for it."""
    path = workspace / "corpus" / "odd.txt"
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("odd.txt" if kind == "loop" else "nowhere.txt")
    before = (workspace / "documents.jsonl").read_bytes()
    for arguments in ((), (str(path),)):
        done = toolkit("ingest", *arguments)
        assert done.returncode == 1
        assert "odd.txt" in done.stderr
        assert "--debug" not in done.stderr
    assert (workspace / "documents.jsonl").read_bytes() == before


def test_an_alignment_that_was_changed_by_hand(workspace: Path, toolkit: Run) -> None:
    """An alignment that doesn't fit text and raw file is an error and gives no wrong place."""
    path = workspace / "documents.jsonl"
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for wrong in ([[5, 9, 5, 9]], [[0, 99999, 0, 99999]], []):
        records[0]["alignment"] = wrong
        path.write_text("".join(json.dumps(record) + "\n" for record in records))
        _refused(toolkit, workspace, "show", records[0]["id"], "--raw", says="alignment")


def test_two_inputs_from_one_standard_input(tmp_path: Path, toolkit: Run) -> None:
    """Annotations and documents can't both come through the same pipe."""
    for command in ("agreement", "merge"):
        _refused(toolkit, tmp_path, command, "-", "--documents", "-", says="standard input")


def test_no_annotation_yet(workspace: Path, toolkit: Run) -> None:
    """An empty annotations.jsonl makes no empty gold; the report does without it."""
    (workspace / "annotations.jsonl").write_bytes(b"")
    _refused(toolkit, workspace, "agreement", says="holds no annotation")
    _refused(toolkit, workspace, "merge", says="holds no annotation")
    assert toolkit("report").returncode == 0


def test_an_id_twice_in_a_pipe(tmp_path: Path, toolkit: Run) -> None:
    """Two documents with one id are refused from a pipe too."""
    stdin = '{"id": "a", "text": "武汉市"}\n' * 2
    done = toolkit("preannotate", "-", "out.jsonl", stdin=stdin)
    assert done.returncode == 1
    assert "'a'" in done.stderr
    assert not (tmp_path / "out.jsonl").exists()


def test_exports_that_can_not_be_a_folder(workspace: Path, toolkit: Run) -> None:
    """Where the version's folder can't be made, the error says where and why."""
    first = json.loads((workspace / "documents.jsonl").read_text().splitlines()[0])
    gold = {"doc_id": first["id"], "text": first["text"]}
    (workspace / "gold.jsonl").write_text(json.dumps(gold) + "\n")
    (workspace / "exports").rmdir()
    (workspace / "exports").write_text("")
    _refused(toolkit, workspace, "export", says="can't be made")


def test_a_table_in_a_pipe_has_one_line_a_row(workspace: Path, toolkit: Run) -> None:
    """Where there is no terminal, no cell is broken and no line ends in spaces."""
    text = "武汉市" + "非常" * 200 + "。"
    (workspace / "corpus" / f"{'long-name-' * 20}.txt").write_text(text, encoding="utf-8")
    record = {"text": f"{text}另一篇。", "title": "两行\n标题"}
    (workspace / "corpus" / "a.jsonl").write_text(json.dumps(record), encoding="utf-8")
    assert toolkit("ingest").returncode == 0
    lines = toolkit("show").stdout.splitlines()
    assert any("long-name-" * 20 in line for line in lines)
    assert any(line.endswith(" 两行 标题") for line in lines)
    assert not [line for line in lines if line != line.rstrip()]
