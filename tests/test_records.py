"""Streams of records."""

from __future__ import annotations

import errno
import gzip
import io
import os
import resource
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import annotations_of, documents, gold_of, suggestions_of
from toolkit.errors import InputError, RecordError
from toolkit.model import (
    AnnotatedSpan,
    Annotation,
    Document,
    GoldDocument,
    GoldSpan,
    SuggestedSpan,
    Suggestion,
)
from toolkit.records import (
    SPAN_COLUMNS,
    index_documents,
    read_jsonl,
    replacing,
    spans_frame,
    write_jsonl,
    write_text,
)

SUFFIXES = ("", ".gz", ".zst")
DOCUMENTS = [Document(f"d{i}", f"武汉市卫健委通报😷第{i}号") for i in range(2000)]


class _Stream:
    """A stand-in for sys.stdin or sys.stdout that has nothing but a buffer."""

    def __init__(self, content: bytes = b"") -> None:
        self.buffer = io.BytesIO(content)

    def flush(self) -> None:
        """Nothing waits."""


@pytest.mark.parametrize("suffix", SUFFIXES)
@given(drawn=st.lists(documents(), max_size=5))
def test_what_is_written_is_read(
    drawn: list[Document], suffix: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Records come back as they were, compressed or not, and are counted."""
    path = tmp_path_factory.getbasetemp() / f"documents.jsonl{suffix}"
    assert write_jsonl(path, drawn) == len(drawn)
    assert list(read_jsonl(path, Document)) == drawn


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_same_records_are_the_same_bytes(tmp_path: Path, suffix: str) -> None:
    """Neither a time nor a name is in the file."""
    first, second = tmp_path / f"a{suffix}", tmp_path / f"b{suffix}"
    write_jsonl(first, DOCUMENTS)
    write_jsonl(second, DOCUMENTS)
    assert first.read_bytes() == second.read_bytes()


def test_one_record_is_one_line(tmp_path: Path) -> None:
    """A line feed or line separator inside of a text begins no new line."""
    path = tmp_path / "documents.jsonl"
    write_jsonl(path, [Document("d", "一\n二\u2028三\u0085四")])
    assert path.read_bytes().count(b"\n") == 1
    assert path.read_text(encoding="utf-8").endswith("\n")


def test_blank_lines_and_a_byte_order_mark_are_passed_over(tmp_path: Path) -> None:
    """A file that an editor on another system has saved is read."""
    path = tmp_path / "documents.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"id":"a","text":""}\r\n\r\n \n{"id":"b","text":""}')
    assert [document.id for document in read_jsonl(path, Document)] == ["a", "b"]


def test_a_very_long_line_is_read(tmp_path: Path) -> None:
    """A document of ten megabytes is one record like any other."""
    path = tmp_path / "documents.jsonl.gz"
    write_jsonl(path, [Document("d", "武汉😷" * 1_000_000)])
    (document,) = read_jsonl(path, Document)
    assert len(document.text) == 3_000_000


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{"id":"d"}', "missing required field `text`"),
        ('{"id":1,"text":""}', "at `$.id`"),
        ('{"id":"d","text":"', "line 2: not a Document record"),
        ("[]", "Expected `object`"),
        ("{}{}", "line 2"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, says: str) -> None:
    """An error names file, line and field, after the good lines before it."""
    path = tmp_path / "documents.jsonl"
    path.write_text('{"id":"a","text":""}\n' + line + "\n", encoding="utf-8")
    records = read_jsonl(path, Document)
    assert next(records).id == "a"
    with pytest.raises(RecordError) as caught:
        next(records)
    assert f"{path}, line 2" in caught.value.what
    assert says in caught.value.what
    assert caught.value.hint


@pytest.mark.parametrize(
    "line", ["2020年2月8日，武汉。", "武汉", "<html>", "id,text", '[{"id":"a"}]']
)
def test_a_raw_file_is_sent_to_ingest(tmp_path: Path, line: str) -> None:
    """Whoever gives raw text where records are wanted is told which command reads it."""
    path = tmp_path / "one.txt"
    path.write_text(f"\ufeff{line}\n", encoding="utf-8")
    with pytest.raises(RecordError, match="line 1") as caught:
        list(read_jsonl(path, Document))
    assert "toolkit ingest" in caught.value.hint


def test_a_wrong_record_is_to_be_mended(tmp_path: Path) -> None:
    """A line that is a record, but for a mistake, is no raw text."""
    path = tmp_path / "documents.jsonl"
    path.write_text('\ufeff {"id":"d"}\n', encoding="utf-8")
    with pytest.raises(RecordError) as caught:
        list(read_jsonl(path, Document))
    assert "Mend the line" in caught.value.hint


def test_bytes_that_are_no_text_are_an_error(tmp_path: Path) -> None:
    """A line in another encoding is an error and not a guess."""
    path = tmp_path / "documents.jsonl"
    path.write_bytes('{"id":"d","text":"武汉"}'.encode("gbk"))
    with pytest.raises(RecordError, match="line 1"):
        list(read_jsonl(path, Document))


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
@pytest.mark.parametrize("share", [0.01, 0.5, 0.99])
def test_a_file_that_was_cut_is_an_error(tmp_path: Path, suffix: str, share: float) -> None:
    """A compressed file without its end is never taken for a shorter one."""
    path = tmp_path / f"documents.jsonl{suffix}"
    write_jsonl(path, DOCUMENTS)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(InputError, match="can't be read to its end"):
        list(read_jsonl(path, Document))


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_a_damaged_file_is_an_error(tmp_path: Path, suffix: str) -> None:
    """Bytes that changed in the middle, or that never were compressed, are an error."""
    path = tmp_path / f"documents.jsonl{suffix}"
    write_jsonl(path, DOCUMENTS)
    whole = bytearray(path.read_bytes())
    middle = len(whole) // 2
    whole[middle : middle + 64] = bytes(byte ^ 0xFF for byte in whole[middle : middle + 64])
    for damaged in (bytes(whole), b'{"id":"a","text":""}\n'):
        path.write_bytes(damaged)
        with pytest.raises(InputError, match=r"documents\.jsonl"):
            list(read_jsonl(path, Document))


@pytest.mark.parametrize(
    ("suffix", "compress"), [(".gz", gzip.compress), (".zst", zstandard.compress)]
)
def test_files_that_were_joined_are_read_to_the_end(
    tmp_path: Path, suffix: str, compress: object
) -> None:
    """``cat a.gz b.gz`` holds the records of both; an empty file holds none."""
    assert callable(compress)
    parts = [b'{"id":"%d","text":""}\n' % i * 5000 for i in range(3)]
    path = tmp_path / f"documents.jsonl{suffix}"
    path.write_bytes(b"".join(compress(part) for part in parts))
    assert sum(1 for _ in read_jsonl(path, Document)) == 15_000
    path.write_bytes(b"")
    assert list(read_jsonl(path, Document)) == []


def test_a_missing_file_and_a_folder_are_errors(tmp_path: Path) -> None:
    """What can't be opened is named."""
    with pytest.raises(InputError, match="no such file"):
        list(read_jsonl(tmp_path / "missing.jsonl", Document))
    with pytest.raises(InputError, match=r"can't be opened \(Is a directory\)"):
        list(read_jsonl(tmp_path, Document))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_error_on_the_way_leaves_all_as_it_was(tmp_path: Path, suffix: str) -> None:
    """Where the records end in an error, the old file stays and nothing is left beside it."""

    def broken() -> Iterator[Document]:
        yield from DOCUMENTS
        raise RuntimeError("no more")

    path = tmp_path / f"documents.jsonl{suffix}"
    for old in (None, b"old"):
        if old:
            path.write_bytes(old)
        with pytest.raises(RuntimeError, match="no more"):
            write_jsonl(path, broken())
        assert [entry.read_bytes() for entry in tmp_path.iterdir()] == ([old] if old else [])


def test_an_error_of_another_file_stays_that(tmp_path: Path) -> None:
    """A file that the records come from is not mistaken for the one they go to."""

    def elsewhere() -> Iterator[Document]:
        yield DOCUMENTS[0]
        raise FileNotFoundError(errno.ENOENT, "No such file or directory", "corpus/a.txt")

    with pytest.raises(FileNotFoundError, match=r"corpus/a\.txt"):
        write_jsonl(tmp_path / "documents.jsonl", elsewhere())


def test_a_disk_that_is_full_before_the_first_byte(tmp_path: Path) -> None:
    """A short record waits in a buffer until the file is closed, and is an error then too."""
    path = tmp_path / "a.jsonl"
    write_jsonl(path, [{"n": 1}])
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        with pytest.raises(InputError, match="can't be written"):
            write_jsonl(path, [{"n": 2}])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list(read_jsonl(path, dict)) == [{"n": 1}]
    assert [found.name for found in tmp_path.iterdir()] == ["a.jsonl"]


def test_a_full_disk_is_said_to_be_full(tmp_path: Path) -> None:
    """Running out of room is an error about the file, and leaves nothing behind."""

    def filling() -> Iterator[Document]:
        yield DOCUMENTS[0]
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(InputError, match=r"can't be written \(No space left on device\)"):
        write_jsonl(tmp_path / "documents.jsonl", filling())
    assert not list(tmp_path.iterdir())


def test_where_no_file_can_be_is_an_error(tmp_path: Path) -> None:
    """A folder, or a path through a file, can't be written."""
    (tmp_path / "file").write_bytes(b"")
    for path, says in (
        (tmp_path, "Is a directory"),
        (tmp_path / "file" / "documents.jsonl", "Not a directory"),
    ):
        with pytest.raises(InputError, match=says):
            write_jsonl(path, DOCUMENTS)
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_half_a_surrogate_pair_is_an_error(tmp_path: Path) -> None:
    """What UTF-8 can't hold is named by the number of its record."""
    with pytest.raises(RecordError, match="record 2"):
        write_jsonl(tmp_path / "documents.jsonl", [DOCUMENTS[0], Document("d", "\ud800")])
    assert not list(tmp_path.iterdir())


def test_folders_on_the_way_are_made(tmp_path: Path) -> None:
    """A file can be written into a folder that isn't there yet."""
    path = tmp_path / "exports" / "0.1.0" / "card.md"
    write_text(path, "武汉\n")
    assert path.read_bytes() == "武汉\n".encode()


def test_a_long_name_can_be_written(tmp_path: Path) -> None:
    """A name as long as a file system allows leaves room for ours while writing."""
    path = tmp_path / ("病" * 85)
    write_text(path, "x")
    assert path.read_text(encoding="utf-8") == "x"


def test_a_private_file_is_private_from_the_start(tmp_path: Path) -> None:
    """The mode is there before the content, and a later write keeps it."""
    path = tmp_path / "token"
    with replacing(path, mode=0o600) as out:
        (part,) = tmp_path.iterdir()
        assert stat.S_IMODE(part.stat().st_mode) == 0o600
        out.write(b"secret")
    write_text(path, "another")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_mode_that_was_asked_for_is_exact(tmp_path: Path) -> None:
    """The mask takes nothing from a mode that was asked for."""
    write_text(tmp_path / "open", "x", mode=0o666)
    assert stat.S_IMODE((tmp_path / "open").stat().st_mode) == 0o666


def test_a_new_file_is_like_any_new_file(tmp_path: Path) -> None:
    """Without a mode a file gets what the mask leaves, also from many threads at once."""
    (tmp_path / "usual").touch()
    usual = (tmp_path / "usual").stat().st_mode
    paths = [tmp_path / f"{i}.jsonl" for i in range(40)]
    threads = [threading.Thread(target=write_jsonl, args=(p, DOCUMENTS[:3])) for p in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {path.stat().st_mode for path in paths} == {usual}
    (tmp_path / "after").touch()
    assert (tmp_path / "after").stat().st_mode == usual


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """What a link points to is replaced, not the link."""
    (tmp_path / "disk").mkdir()
    link = tmp_path / "documents.jsonl"
    link.symlink_to(tmp_path / "disk" / "real.jsonl")
    write_jsonl(link, DOCUMENTS[:1])
    write_jsonl(link, DOCUMENTS[:2])
    assert link.is_symlink()
    assert [entry.name for entry in (tmp_path / "disk").iterdir()] == ["real.jsonl"]
    assert list(read_jsonl(link, Document)) == DOCUMENTS[:2]


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    """What is no file, like a named pipe or /dev/stdout, gets the records and stays what it is.

    Not tried on a real device: where this broke, the test would break the machine.
    """
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    # Open at both ends, so that a writer that doesn't come is no reason to wait for it.
    reading = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
    try:
        assert write_jsonl(pipe, DOCUMENTS[:3]) == 3
        assert os.read(reading, 1 << 16).count(b"\n") == 3
    finally:
        os.close(reading)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert [entry.name for entry in tmp_path.iterdir()] == ["pipe"]


def test_a_dash_is_standard_input_and_output(monkeypatch: pytest.MonkeyPatch) -> None:
    """Records go to standard output and come from standard input."""
    out = _Stream()
    monkeypatch.setattr(sys, "stdout", out)
    assert write_jsonl("-", DOCUMENTS[:3]) == 3
    monkeypatch.setattr(sys, "stdin", _Stream(out.buffer.getvalue()))
    assert list(read_jsonl("-", Document)) == DOCUMENTS[:3]


def test_a_reader_that_has_had_enough_is_no_error() -> None:
    """``| head`` ends the writing quietly, with no complaint at exit either."""
    program = (
        "from toolkit.model import Document\n"
        "from toolkit.records import write_jsonl\n"
        "write_jsonl('-', (Document(str(i), 'x' * 1000) for i in range(10_000)))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


@given(document=documents(min_size=1), data=st.data())
def test_a_frame_has_one_row_a_span(document: Document, data: st.DataObject) -> None:
    """Every frame begins with the same columns, and its rows are the spans."""
    records: list[Suggestion | Annotation | GoldDocument] = [
        data.draw(suggestions_of(document)),
        data.draw(annotations_of(document)),
        data.draw(gold_of(document)),
    ]
    frame = spans_frame(records)
    assert tuple(frame.columns[: len(SPAN_COLUMNS)]) == SPAN_COLUMNS
    rows = list(zip(frame["start"], frame["end"], frame["label"], frame["text"], strict=True))
    assert rows == [(s.start, s.end, s.label, s.text) for r in records for s in r.spans]


def test_an_empty_frame_has_the_same_kinds_of_columns() -> None:
    """A frame of nothing can be joined with a frame of something."""
    full = spans_frame([Annotation("d", "ann", (AnnotatedSpan(0, 1, "LOC"),))])
    empty = spans_frame([])
    assert list(empty.columns) == list(SPAN_COLUMNS)
    assert [str(empty[c].dtype) for c in SPAN_COLUMNS] == [str(full[c].dtype) for c in SPAN_COLUMNS]
    assert full["text"].isna().all()


def test_who_is_behind_a_row() -> None:
    """The annotator's column names the annotator, the model version, or gold."""
    frame = spans_frame(
        [
            Suggestion("d", "v1", (SuggestedSpan(0, 1, "LOC"),)),
            Annotation("d", "ann", (AnnotatedSpan(0, 1, "LOC"),)),
            GoldDocument("d", "武", (GoldSpan(0, 1, "LOC"),)),
        ]
    )
    assert list(frame["annotator"]) == ["v1", "ann", "gold"]


def test_documents_are_indexed_by_id() -> None:
    """Two documents with one id are an error."""
    assert index_documents(DOCUMENTS[:2], "x") == {"d0": DOCUMENTS[0], "d1": DOCUMENTS[1]}
    with pytest.raises(RecordError, match="the id 'd0'"):
        index_documents([DOCUMENTS[0], DOCUMENTS[0]], "documents.jsonl")
