"""Archives, honest and evil ones."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest
from msgspec.structs import replace

from toolkit.corpus import unpacking
from toolkit.corpus.candidates import Rejected
from toolkit.corpus.ingest import Ingested, ingest
from toolkit.corpus.readers import raw_text
from toolkit.errors import InputError

NEWS = "市委书记连夜部署防控工作。\n全体医务人员坚守岗位。\n"
GBK_NAME = "防控/通知.txt"


def zipped(path: Path, contents: dict[str, bytes]) -> Path:
    """A .zip with these members."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in contents.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return path


def tarred(path: Path, members: list[tuple[tarfile.TarInfo, bytes]], mode: str = "w:gz") -> Path:
    """A tar with these members."""
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload] # mode is any string
        for info, data in members:
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def plain(contents: dict[str, bytes]) -> list[tuple[tarfile.TarInfo, bytes]]:
    """Ordinary members of a tar."""
    return [(tarfile.TarInfo(name), data) for name, data in contents.items()]


def read_all(path: Path) -> tuple[dict[str, Ingested], list[str]]:
    """Documents of an archive by the place of their source, and reasons for what is rejected."""
    items = list(ingest([path], path.parent))
    good = [item for item in items if isinstance(item, Ingested)]
    assert all(item.document.source for item in good)
    by_place = {item.document.source.path: item for item in good if item.document.source}
    return by_place, [str(item.reason) for item in items if isinstance(item, Rejected)]


def texts(number: int) -> dict[str, bytes]:
    """Members with different texts."""
    return {f"f/{i}.txt": f"第{i}号通知。{NEWS}".encode() for i in range(number)}


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz", "a.tgz", "a.tar"])
def test_members_are_documents_and_are_found_again(tmp_path: Path, name: str) -> None:
    """Each format in each kind of archive, with its place, and the way back to its raw text."""
    contents = {
        "./一/a.txt": ("堅(jiān)持" + NEWS).encode("gb18030"),
        "b.jsonl": '{"text":"甲地通报。"}\n{"text":"乙地通报。"}\n'.encode(),
        ".hidden.txt": b"x",
        "__MACOSX/._a.txt": b"x",
        "d/c.csv.gz": gzip.compress("text\n丙地通报。\n".encode()),
    }
    path = tmp_path / name
    if name == "a.zip":
        zipped(path, contents)
    else:
        tarred(path, plain(contents), "w" if name == "a.tar" else "w:gz")
    found, refused = read_all(path)
    assert refused == []
    assert set(found) == {f"{name}!一/a.txt", f"{name}!b.jsonl", f"{name}!d/c.csv.gz"}
    documents = [i.document for i in ingest([path], tmp_path) if isinstance(i, Ingested)]
    raws = [raw_text(document, tmp_path) for document in documents]
    assert raws == ["堅(jiān)持" + NEWS, "甲地通报。", "乙地通报。", "丙地通报。"]
    assert documents[0].meta["file"] == "a.txt"
    assert documents[0].source is not None
    assert documents[0].source.encoding == "gb18030"


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
@pytest.mark.parametrize(
    "name", ["../../evil.txt", "/etc/evil.txt", "a/../../evil.txt", "..\\e.txt"]
)
def test_a_name_is_a_label_and_never_a_path(tmp_path: Path, name: str, kind: str) -> None:
    """A name that leads elsewhere is read like any other, and no file appears anywhere."""
    folder = tmp_path / "x" / "y"
    folder.mkdir(parents=True)
    path = folder / f"a.{kind}"
    contents = {name: NEWS.encode()}
    if kind == "zip":
        zipped(path, contents)
    else:
        tarred(path, plain(contents))
    found, refused = read_all(path)
    assert refused == []
    (place,) = found
    assert place == f"{path.name}!" + name.replace("\\", "/")
    assert raw_text(found[place].document, folder) == NEWS
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == [path]


def test_links_and_devices_are_refused(tmp_path: Path) -> None:
    """Each for itself; what stands around them is read."""
    members = plain({"a.txt": NEWS.encode()})
    for name, kind in (
        ("s.txt", tarfile.SYMTYPE),
        ("h.txt", tarfile.LNKTYPE),
        ("c.txt", tarfile.CHRTYPE),
        ("p.txt", tarfile.FIFOTYPE),
    ):
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, "/etc/passwd"
        members.append((info, b""))
    members += plain({"z.txt": ("又" + NEWS).encode()})
    found, refused = read_all(tarred(tmp_path / "a.tar.gz", members))
    assert set(found) == {"a.tar.gz!a.txt", "a.tar.gz!z.txt"}
    assert ["is a link" in reason for reason in refused] == [True, True, False, False]
    assert all("is no ordinary file" in reason for reason in refused[2:])


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    """It says so, and the others are read."""
    path = zipped(tmp_path / "a.zip", {"a.txt": NEWS.encode(), "b.txt": b"secret"})
    data = bytearray(path.read_bytes())
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.rindex(signature) + flags] |= 1
    path.write_bytes(data)
    found, refused = read_all(path)
    assert set(found) == {"a.zip!a.txt"}
    assert len(refused) == 1
    assert "b.txt: is encrypted" in refused[0]


@pytest.mark.parametrize("kind", ["zip", "tar.gz", "jsonl.gz"])
def test_a_bomb_is_refused_while_it_is_read(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than a sane ratio is too much, whatever the archive says of itself."""
    monkeypatch.setattr(unpacking, "FREE_BYTES", 1 << 20)
    zeros = b"0" * (1 << 23)
    path = tmp_path / f"a.{kind}"
    if kind == "zip":
        zipped(path, {"bomb.txt": zeros, "z.txt": NEWS.encode()})
    elif kind == "tar.gz":
        tarred(path, plain({"bomb.txt": zeros, "z.txt": NEWS.encode()}))
    else:
        path.write_bytes(gzip.compress(zeros))
    found, refused = read_all(path)
    assert set(found) == ({"a.zip!z.txt"} if kind == "zip" else set())
    assert f"unpacks to more than {unpacking.MOST_TIMES} times its size" in refused[0]


def test_there_is_a_limit_for_honest_ratios_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An archive member that would fill the disk is refused."""
    monkeypatch.setattr(unpacking, "MOST_BYTES", 1000)
    _, refused = read_all(zipped(tmp_path / "a.zip", {"a.txt": NEWS.encode() * 100}))
    assert "unpacks to more than 1,000 bytes" in refused[0]


def test_members_that_share_their_bytes_are_a_bomb(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many entries for one stretch of packed bytes add up."""
    monkeypatch.setattr(unpacking, "FREE_BYTES", 1000)
    monkeypatch.setattr(unpacking, "MOST_TIMES", 100)
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", bytes(range(33, 127)) * 100)
        first = archive.infolist()[0]
        for _ in range(200):
            archive.filelist.append(first)
    _, refused = read_all(path)
    # Newer Pythons see by themselves that the entries overlap.
    assert any("a.zip: unpacks to more" in r or "Overlapped" in r for r in refused)


@pytest.mark.parametrize("name", ["b.zip", "b.tar.gz", "b.tgz", "b.7z", "b.rar"])
def test_an_archive_inside_of_an_archive_is_refused(tmp_path: Path, name: str) -> None:
    """With the way out; nothing of it is opened."""
    found, refused = read_all(zipped(tmp_path / "a.zip", {name: b"PK\x03\x04", **texts(1)}))
    assert len(found) == 1
    assert "archive" in refused[0] or "is not read" in refused[0]


@pytest.mark.parametrize("cut", [0.3, 0.9, 0.999])
def test_a_truncated_tar_gives_what_is_whole(tmp_path: Path, cut: float) -> None:
    """Members before the cut are read, and the cut is said."""
    path = tarred(tmp_path / "a.tar.gz", plain(texts(300)))
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * cut)])
    found, refused = read_all(path)
    assert len(found) < 300 or cut > 0.99
    assert refused
    assert all("unpacked" in reason or "archive" in reason for reason in refused)


def test_a_damaged_header_is_not_the_end(tmp_path: Path) -> None:
    """A tar whose third header is damaged gives two documents and a reason."""
    path = tarred(tmp_path / "a.tar", plain(texts(4)), "w")
    data = bytearray(path.read_bytes())
    data[2 * 1024 + 150] ^= 0xFF  # within the checksum
    path.write_bytes(data)
    found, refused = read_all(path)
    assert len(found) == 2
    assert "can't be read as an archive" in refused[0]


def test_a_header_that_is_huge_is_refused(tmp_path: Path) -> None:
    """A name of gigabytes is not read into memory."""
    info = tarfile.TarInfo("././@LongLink")
    info.type = tarfile.GNUTYPE_LONGNAME
    path = tarred(tmp_path / "a.tar.gz", [(info, b"x" * (1 << 21))])
    _, refused = read_all(path)
    assert "a header of 2,097,152 bytes" in refused[0]


@pytest.mark.parametrize(
    "data", [b"", b"PK\x03\x04", b"not a zip at all", b"PK\x05\x06" + b"\xff" * 18]
)
@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz"])
def test_what_is_no_archive_is_said(tmp_path: Path, name: str, data: bytes) -> None:
    """Any bytes under an archive's name are a reason and never a traceback."""
    path = tmp_path / name
    path.write_bytes(data)
    found, refused = read_all(path)
    assert found == {}
    assert len(refused) == 1
    assert "can't be read as an archive" in refused[0]


def test_a_damaged_member_does_not_stop_the_others(tmp_path: Path) -> None:
    """Its checksum is compared; the others are read."""
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", NEWS)
        archive.writestr("b.txt", "又" + NEWS)
    path.write_bytes(path.read_bytes().replace(NEWS.encode(), b"x" * len(NEWS.encode()), 1))
    found, refused = read_all(path)
    assert set(found) == {"a.zip!b.txt"}
    assert "a.txt: can't be unpacked (Bad CRC-32" in refused[0]


def test_names_of_chinese_windows_are_read(tmp_path: Path) -> None:
    """A name in GBK without the flag of UTF-8 is decoded, in .zip and in .tar."""
    coded = GBK_NAME.encode("gbk")
    path = zipped(tmp_path / "a.zip", {"n" * len(coded): NEWS.encode()})
    path.write_bytes(path.read_bytes().replace(b"n" * len(coded), coded))
    found, _ = read_all(path)
    assert set(found) == {f"a.zip!{GBK_NAME}"}
    assert raw_text(found[f"a.zip!{GBK_NAME}"].document, tmp_path) == NEWS
    info = tarfile.TarInfo(coded.decode("utf-8", "surrogateescape"))
    with tarfile.open(tmp_path / "b.tar", "w", format=tarfile.GNU_FORMAT) as archive:
        info.size = len(NEWS.encode())
        archive.addfile(info, io.BytesIO(NEWS.encode()))
    found, _ = read_all(tmp_path / "b.tar")
    assert set(found) == {f"b.tar!{GBK_NAME}"}


def test_names_that_cannot_be_printed_are_replaced(tmp_path: Path) -> None:
    """An escape sequence in a name reaches no terminal and no record."""
    found, _ = read_all(zipped(tmp_path / "a.zip", {"a\x1b[31m\n.txt": NEWS.encode()}))
    assert set(found) == {"a.zip!a�[31m�.txt"}


def test_a_member_that_changed_or_went_is_said(tmp_path: Path) -> None:
    """The hash is that of the member's own bytes, so that another member may change."""
    path = zipped(tmp_path / "a.zip", {"a.txt": NEWS.encode(), "b.txt": b"1"})
    document = next(i.document for i in ingest([path], tmp_path) if isinstance(i, Ingested))
    zipped(path, {"a.txt": NEWS.encode(), "b.txt": b"2"})
    assert raw_text(document, tmp_path) == NEWS
    zipped(path, {"a.txt": b"2"})
    with pytest.raises(InputError, match=r"a\.zip!a\.txt: has changed since"):
        raw_text(document, tmp_path)
    zipped(path, {"c.txt": b"2"})
    with pytest.raises(InputError, match="no such file in the archive"):
        raw_text(document, tmp_path)
    path.unlink()
    with pytest.raises(InputError, match="no such file"):
        raw_text(document, tmp_path)


def test_two_members_of_one_name_are_two_documents(tmp_path: Path) -> None:
    """Each is found again by its hash; a mark in an archive's own name is no border."""
    path = tarred(tmp_path / "a!b.tar", plain({"x.txt": b"1"}) + plain({"x.txt": b"2"}), "w")
    documents = [i.document for i in ingest([path], tmp_path) if isinstance(i, Ingested)]
    assert [raw_text(document, tmp_path) for document in documents] == ["1", "2"]
    gone = replace(documents[0], meta={**documents[0].meta, "file": "y"})
    assert raw_text(gone, tmp_path) == "1"
