"""From paths to documents."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from toolkit.corpus.alignment import to_raw
from toolkit.corpus.candidates import Rejected
from toolkit.corpus.ingest import Ingested, ingest
from toolkit.corpus.readers import raw_text
from toolkit.errors import DecodeError, InputError, RecordError
from toolkit.model import Document
from toolkit.records import read_jsonl, write_jsonl

NEWS = "抗疫先锋\n\n市委书记连夜部署防控工作。\n"
SEEDS = Path(__file__).resolve().parents[3] / "shared" / "seeds"


def write(path: Path, content: str | bytes) -> Path:
    """A file with this content."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def documents(path: Path, root: Path) -> list[Document]:
    """The documents of a path of which nothing is rejected."""
    items = list(ingest([path], root))
    assert all(isinstance(item, Ingested) for item in items)
    return [item.document for item in items if isinstance(item, Ingested)]


def rejections(path: Path) -> list[Rejected]:
    """What of a path is rejected."""
    return [item for item in ingest([path], path) if isinstance(item, Rejected)]


def test_a_text_file_is_a_document(tmp_path: Path) -> None:
    """Id, text, metadata, source and alignment of the plain case."""
    path = write(tmp_path / "corpus" / "a.txt", NEWS)
    (document,) = documents(path, tmp_path)
    assert document.text == NEWS
    assert document.meta == {"file": "a.txt", "title": "抗疫先锋"}
    assert document.source is not None
    assert (document.source.path, document.source.encoding) == ("corpus/a.txt", "utf-8")
    assert document.alignment == ((0, len(NEWS), 0, len(NEWS)),)
    assert len(document.id) == 12


def test_ids_follow_content(tmp_path: Path) -> None:
    """Another name, folder or encoding keeps the id, another text changes it."""
    first = write(tmp_path / "a.txt", NEWS)
    renamed = write(tmp_path / "b" / "c.md", NEWS)
    recoded = write(tmp_path / "d.txt", NEWS.encode("gb18030"))
    other = write(tmp_path / "e.txt", NEWS + "。")
    ids = [documents(path, tmp_path)[0].id for path in (first, renamed, recoded, other)]
    assert ids[0] == ids[1] == ids[2] != ids[3]


def test_repeats_are_ingested_once(tmp_path: Path) -> None:
    """The first of two equal texts is the document, the second points to it."""
    write(tmp_path / "a.txt", NEWS)
    write(tmp_path / "b.txt", NEWS)
    kept, repeat = ingest([tmp_path], tmp_path)
    assert isinstance(kept, Ingested)
    assert isinstance(repeat, Rejected)
    assert repeat.duplicate_of == kept.document.id
    assert "the same text as" in repeat.reason.what
    assert "a.txt" in repeat.reason.what


def test_given_ids_are_kept(tmp_path: Path) -> None:
    """Records with ids of their own are different documents; a repeated id is refused."""
    lines = ['{"id":"n1","text":"同"}', '{"id":7,"text":"同"}', '{"id":"n1","text":"异"}']
    path = write(
        tmp_path / "a.jsonl", "\n".join(lines) + '\n{"id":"n1","text":"同"}\n{"text":"同"}'
    )
    items = list(ingest([path], tmp_path))
    assert [item.document.id for item in items if isinstance(item, Ingested)] == ["n1", "7"]
    refused = [item for item in items if isinstance(item, Rejected)]
    assert "the id 'n1' is that of" in refused[0].reason.what
    assert [item.duplicate_of for item in refused] == ["", "n1", "n1"]


def test_csv_rows_are_documents(tmp_path: Path) -> None:
    """The column text is the text, id the id, the others metadata; quotes may span lines."""
    path = write(
        tmp_path / "a.csv", '\ufeffid,text,source,row\nx,"标题\n正文,完。",新华社,9\n\n,乙,,\n'
    )
    first, second = documents(path, tmp_path)
    assert first.text == "标题\n正文,完。"
    assert first.meta == {
        "source": "新华社",
        "original_row": "9",
        "file": "a.csv",
        "row": "1",
        "title": "标题",
    }
    assert first.id == "x"
    assert (second.text, second.meta["row"]) == ("乙", "2")
    assert len(second.id) == 12


def test_jsonl_lines_are_documents(tmp_path: Path) -> None:
    """Values of meta and of the record itself become metadata, as strings."""
    record = '{"text":"甲\\n乙","meta":{"n":1,"ok":true,"none":null,"title":"题"},"year":2020}'
    (document,) = documents(write(tmp_path / "a.jsonl", record), tmp_path)
    assert document.meta == {
        "n": "1",
        "ok": "true",
        "title": "题",
        "year": "2020",
        "file": "a.jsonl",
        "row": "1",
    }


def test_our_own_records_are_read_again(tmp_path: Path) -> None:
    """A documents.jsonl that we wrote can be ingested; ids and texts stay."""
    made = documents(write(tmp_path / "a.txt", NEWS), tmp_path)
    write_jsonl(tmp_path / "documents.jsonl", made)
    assert list(read_jsonl(tmp_path / "documents.jsonl", Document)) == made
    (again,) = documents(tmp_path / "documents.jsonl", tmp_path)
    assert (again.id, again.text) == (made[0].id, made[0].text)


@pytest.mark.parametrize(
    ("name", "content", "error", "message"),
    [
        ("a.docx", "x", InputError, r"\.docx is not read"),
        ("a", "x", InputError, "a file without a suffix is not read"),
        ("a.txt", "", InputError, "holds no text"),
        ("a.txt", "\ufeff \r\n\u3000", InputError, "holds no text"),
        ("a.txt", b"\x89PNG\r\n", DecodeError, "PNG"),
        ("a.csv", "body\nx\n", InputError, "has no column 'text'; its columns are body"),
        ("a.csv", "", InputError, r"columns are \(none\)"),
        ("a.csv", "text,text\nx,y\n", InputError, "named twice: text, text"),
        ("a.csv", "text\na,b\n", RecordError, "row 1: 2 values for 1 columns"),
        ("a.csv", 'text\n"open\n', InputError, "line 2: not well-formed CSV"),
        ("a.jsonl", "[1]\n", RecordError, "line 1: not a JSON object"),
        ("a.jsonl", '{"id":"x"}', RecordError, "row 1: has no 'text'"),
        ("a.jsonl", '{"text":5}', RecordError, "row 1: has no 'text'"),
        ("a.jsonl", '{"text":"x","id":"a\\u001b[0m"}', RecordError, "can't be printed"),
    ],
)
def test_rejections(
    tmp_path: Path, name: str, content: str | bytes, error: type[InputError], message: str
) -> None:
    """Each file or row that gives no document says why, and what to do."""
    path = write(tmp_path / name, content)
    (rejected,) = rejections(path)
    assert rejected.path == path
    assert type(rejected.reason) is error
    assert rejected.reason.hint
    with pytest.raises(error, match=message):
        raise rejected.reason


def test_one_bad_file_does_not_stop_the_others(tmp_path: Path) -> None:
    """Good files and good rows around bad ones are there."""
    write(tmp_path / "a.txt", NEWS)
    write(tmp_path / "b.txt", b"\xff\xfe\x00")
    write(tmp_path / "c.jsonl", '{"text":"甲"}\n{oops\n{"text":"乙"}\n')
    write(tmp_path / "d.csv", 'text\n丙\n"open\n')
    kinds = [type(item).__name__ for item in ingest([tmp_path], tmp_path)]
    assert " ".join(kinds) == ("Ingested Rejected Ingested Rejected Ingested Ingested Rejected")


def test_wrong_calls_fail_at_once(tmp_path: Path) -> None:
    """A missing path is an error of the call, before anything is read."""
    with pytest.raises(InputError, match="no such file or folder"):
        ingest([tmp_path / "nowhere"], tmp_path)


def test_a_source_outside_of_the_root_is_absolute(tmp_path: Path) -> None:
    """source.path is relative only where the file is below the root."""
    path = write(tmp_path / "elsewhere" / "a.txt", NEWS)
    (document,) = documents(path, tmp_path / "workspace")
    assert document.source is not None
    assert document.source.path == path.as_posix()
    assert raw_text(document, tmp_path / "workspace") == NEWS


def test_relative_paths_and_linked_roots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path from the current folder, or below a link to the root, is relative to the root."""
    write(tmp_path / "real" / "a.txt", NEWS)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    monkeypatch.chdir(tmp_path / "real")
    for path, root in ((Path("a.txt"), tmp_path / "real"), (Path("a.txt"), tmp_path / "link")):
        (document,) = documents(path, root)
        assert document.source is not None
        assert document.source.path == "a.txt"


def test_a_name_that_is_not_utf8(tmp_path: Path) -> None:
    """It is rejected, since no record could hold it."""
    path = write(Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.txt")), NEWS)
    (rejected,) = rejections(path)
    assert "isn't UTF-8" in rejected.reason.what
    assert rejected.reason.what.encode()


def test_titles_are_certain_or_absent(tmp_path: Path) -> None:
    """A lone line and a long first line are no titles; Markdown's marks are not part of one."""
    for content, title in (("只有一行", ""), ("长" * 81 + "\n正文", ""), ("\n\n## 题 \n文", "题")):
        (document,) = documents(write(tmp_path / "a.md", content), tmp_path)
        assert document.meta.get("title", "") == title


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the damaged sample files are not here")
def test_the_damaged_files(tmp_path: Path) -> None:
    """Every gloss goes, every raw address holds, and nothing else of the text is lost."""
    items = [item for item in ingest([SEEDS], tmp_path) if isinstance(item, Ingested)]
    assert len(items) == 5
    for item in items:
        document, raw = item.document, raw_text(item.document, tmp_path)
        edited = {i for edit in item.candidate.edits for i in range(edit.raw_start, edit.raw_end)}
        for start, end, raw_start, raw_end in document.alignment:
            if edited.isdisjoint(range(raw_start, raw_end)):
                assert document.text[start:end] == raw[raw_start:raw_end]
        assert all(edit.after or edit.pass_name != "entities" for edit in item.candidate.edits)
    glossed = items[4]
    assert sum(edit.pass_name == "glosses" for edit in glossed.candidate.edits) == 1051
    raw = raw_text(glossed.document, tmp_path)
    start = glossed.document.text.index("堅持黨的領導")
    raw_start, raw_end = to_raw(glossed.document.alignment, start, start + 6)
    assert raw[raw_start:raw_end] == "堅(jiān)持黨的領(lǐng)導"
