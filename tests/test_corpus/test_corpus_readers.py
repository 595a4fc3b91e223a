"""Files, encodings, and the way back to the raw text."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from toolkit.corpus.encodings import decode
from toolkit.corpus.ingest import Ingested, ingest
from toolkit.corpus.readers import raw_text
from toolkit.corpus.sources import find_files, opened
from toolkit.errors import DecodeError, InputError
from toolkit.model import Document, Source

SIMPLIFIED = "1月20日,市卫生健康委召开会议,部署“疫情防控”工作。\r\n全体医务人员坚守岗位。"
TRADITIONAL = "疫情發生後,全市醫務人員堅守崗位,為人民群眾的健康築起防線。"


def write(folder: Path, name: str, data: bytes) -> Path:
    """A file with these bytes."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("data", "text", "encoding"),
    [
        (SIMPLIFIED.encode(), SIMPLIFIED, "utf-8"),
        (b"plain ASCII", "plain ASCII", "utf-8"),
        (b"", "", "utf-8"),
        (SIMPLIFIED.encode("utf-8-sig"), SIMPLIFIED, "utf-8-sig"),
        (codecs.BOM_UTF16_LE + SIMPLIFIED.encode("utf-16-le"), SIMPLIFIED, "utf-16"),
        (codecs.BOM_UTF16_BE + SIMPLIFIED.encode("utf-16-be"), SIMPLIFIED, "utf-16"),
        (SIMPLIFIED.encode("utf-16-le"), SIMPLIFIED, "utf-16-le"),
        (TRADITIONAL.encode("utf-16-be"), TRADITIONAL, "utf-16-be"),
        (codecs.BOM_UTF32_LE + SIMPLIFIED.encode("utf-32-le"), SIMPLIFIED, "utf-32"),
        (SIMPLIFIED.encode("gbk"), SIMPLIFIED, "gb18030"),
        ((SIMPLIFIED + "😀").encode("gb18030"), SIMPLIFIED + "😀", "gb18030"),
        (TRADITIONAL.encode("big5"), TRADITIONAL, "big5"),
        (TRADITIONAL.encode("gb18030"), TRADITIONAL, "gb18030"),
        (("疫\x00" + "情" * 50).encode(), "疫\x00" + "情" * 50, "utf-8"),
    ],
)
def test_encodings(data: bytes, text: str, encoding: str) -> None:
    """Text and encoding of bytes in each encoding; nothing in the text is changed."""
    assert decode(data, "a.txt") == (text, encoding)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00", "isn't text but a PNG image"),
        (b"PK\x03\x04rest", r"isn't text but a zip archive, as \.docx"),
        (b"\x00\x01\x02text" * 9, "isn't text, .* NUL, the first at byte offset 0"),
        (SIMPLIFIED.encode()[:-1], f"as utf-8 from byte offset {len(SIMPLIFIED.encode()) - 3} on"),
        (
            SIMPLIFIED[:30].encode("gbk") + b"\xff\xff",
            f"as gb18030 from byte offset {len(SIMPLIFIED[:30].encode('gbk'))} on",
        ),
        (codecs.BOM_UTF16_LE + b"\x2d\x4e\x00\xd8", "mark of utf-16, .* byte offset 4"),
        (codecs.BOM_UTF8 + b"a\xff", "mark of utf-8-sig, .* byte offset 4"),
        ("Привет, как дела".encode("koi8-r"), "can't be read as utf-8 from byte offset 0"),
    ],
)
def test_what_is_no_text_is_refused(data: bytes, message: str) -> None:
    """The error names the file and the byte offset, and never is there mojibake."""
    with pytest.raises(DecodeError, match=message) as caught:
        decode(data, "a.txt")
    assert "a.txt" in caught.value.what
    assert caught.value.hint


@given(st.integers(1, len(SIMPLIFIED.encode()) - 1))
def test_damaged_utf8_never_becomes_mojibake(position: int) -> None:
    """UTF-8 that lost a byte is read right (it was ASCII) or refused, never as GB18030."""
    data = SIMPLIFIED.encode()
    damaged = data[:position] + data[position + 1 :]
    if data[position] < 0x80:
        assert decode(damaged, "a.txt") == (damaged.decode(), "utf-8")
    else:
        with pytest.raises(DecodeError, match="byte offset"):
            decode(damaged, "a.txt")


def test_folders_are_walked_in_order(tmp_path: Path) -> None:
    """Sorted, hidden ones passed over, each file once however often it is named."""
    names = ["b.txt", "a/2.md", "a/10.txt", ".hidden.txt", ".git/x.txt", "z.html"]
    for name in names:
        write(tmp_path, name, b"x")
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    found = find_files([tmp_path, tmp_path / "b.txt"])
    assert [file.relative_to(tmp_path).as_posix() for file in found] == [
        "a/10.txt",
        "a/2.md",
        "b.txt",
        "z.html",
    ]
    assert find_files([tmp_path / "b.txt", tmp_path])[0] == tmp_path / "b.txt"


def test_missing_and_empty_are_said(tmp_path: Path) -> None:
    """A path that isn't there, and a folder with nothing in it, are errors with a way out."""
    with pytest.raises(InputError, match="no such file or folder"):
        find_files([tmp_path / "nowhere"])
    with pytest.raises(InputError, match="corpus is empty") as caught:
        find_files([tmp_path])
    assert ".txt/.md/" in caught.value.hint
    with pytest.raises(InputError, match="no such file"):
        list(opened(tmp_path / "nowhere.txt"))
    (tmp_path / "folder.txt").mkdir()
    with pytest.raises(InputError, match="can't be read"):
        list(opened(tmp_path / "folder.txt"))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", "堅(jiān)持\r\n黨"),
        ("a.csv", 'text,note\r\n甲,1\r\n"堅(jiān)持\r\n黨",2\r\n'),
        ("a.jsonl", '{"text":"甲"}\n\n{"text":"堅(jiān)持\\r\\n黨"}\n'),
    ],
)
def test_the_raw_text_is_found_again(tmp_path: Path, name: str, content: str) -> None:
    """It is what the alignment points into, for a whole file and for a row."""
    write(tmp_path, name, content.encode())
    last = list(ingest([tmp_path], tmp_path))[-1]
    assert isinstance(last, Ingested)
    assert last.document.text == "堅持\n黨"
    assert raw_text(last.document, tmp_path) == "堅(jiān)持\r\n黨"


def test_a_changed_source_is_said(tmp_path: Path) -> None:
    """A source that is gone, has changed, lost the row, or was never named is an error."""
    path = write(tmp_path, "a.csv", b"text\nabc\n")
    (item,) = ingest([path], tmp_path)
    assert isinstance(item, Ingested)
    with pytest.raises(InputError, match="no row 9"):
        raw_text(replace(item.document, meta={"row": "9"}), tmp_path)
    path.write_bytes(b"text\nabd\n")
    with pytest.raises(InputError, match="has changed since"):
        raw_text(item.document, tmp_path)
    path.unlink()
    with pytest.raises(InputError, match="no such file"):
        raw_text(item.document, tmp_path)
    with pytest.raises(InputError, match="names no source"):
        raw_text(Document("d", "abc"), tmp_path)
    with pytest.raises(InputError, match="no such file"):
        raw_text(Document("d", "abc", source=Source("b.txt", "", "utf-8")), tmp_path)
