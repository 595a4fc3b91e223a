"""brat standoff: a folder with two files a document, ``NAME.txt`` and ``NAME.ann``.

::

    T1	PERSON 0 3	彭小军
    T2	LOC 8 10;11 13	湖北 武汉

A span that reaches over a line break is written in fragments, line by line, since brat draws
lines; read back, fragments with nothing but line breaks between them are one span again.
Characters that brat can't have in a label are written as %XX, and so are those of an id
that a file's name can't have. ``annotation.conf`` names the labels.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote, unquote

from toolkit.datasets.choices import Choices
from toolkit.errors import InputError
from toolkit.model import GoldDocument, GoldSpan
from toolkit.spans import check_spans

CONFIG = "annotation.conf"

_LONGEST = 200
"""Bytes of a file's name before its ending."""

_ENTITY = re.compile(r"T\S+\t(?P<label>\S+) (?P<places>\d+ \d+(?:;\d+ \d+)*)\t")

_LINE_ENDS = re.compile(r"[\r\n]+")

_UNSAFE = re.compile(r"[^\w-]")

_UNSAFE_IN_NAME = re.compile(r"[^\w ()+,;=@~.-]")


def write_brat(folder: Path, documents: Iterable[GoldDocument], choices: Choices) -> int:
    """Write documents into a folder, whole or not at all; returns how many there were.

    Raises:
        InputError: an id is too long for a file's name.
    """
    labels = "\n".join(map(_label, choices.schema.values))
    count = 0
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as made:
        part = Path(made) / "part"
        part.mkdir()
        (part / CONFIG).write_bytes(
            f"[entities]\n{labels}\n[relations]\n[events]\n[attributes]\n".encode()
        )
        for document in documents:
            name = _name(document.doc_id)
            _write(f"{part}/{name}.txt", document.text)
            _write(f"{part}/{name}.ann", _annotations(document))
            count += 1
        if folder.exists():
            folder.rename(Path(made) / "old")
        part.rename(folder)
    return count


def read_brat(folder: Path) -> Iterator[GoldDocument]:
    """Read a folder of brat's, one document at a time, by name; relations and events are left out.

    Raises:
        InputError: a file can't be read, or an annotation isn't of this form.
        OffsetError: a span doesn't fit its text.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder", "Name a folder with .txt and .ann files.")
    for path in sorted(folder.rglob("*.txt")):
        name = path.relative_to(folder).with_suffix("").as_posix()
        text = _text(path)
        written = path.with_suffix(".ann")
        lines = _text(written).split("\n") if written.exists() else []
        spans = tuple(sorted(_spans(lines, text, written), key=lambda span: span.key))
        check_spans(name, text, spans)
        yield GoldDocument(unquote(name), text, spans)


def _write(path: str, text: str) -> None:
    # Unbuffered, and no Path is made: for a hundred thousand documents that is half of the time.
    with open(path, "wb", buffering=0) as file:  # noqa: PTH123
        file.write(text.encode())


def _annotations(document: GoldDocument) -> str:
    lines = []
    for number, span in enumerate(document.spans, 1):
        shown = document.text[span.start : span.end]
        places = f"{span.start} {span.end}"
        if not shown.isprintable():  # which line ends are not
            fragments = _fragments(document.text, span.start, span.end)
            places = ";".join(f"{start} {end}" for start, end in fragments)
            stands = " ".join(document.text[start:end] for start, end in fragments)
            shown = _LINE_ENDS.sub(" ", stands)
        lines.append(f"T{number}\t{_label(span.label)} {places}\t{shown}\n")
    return "".join(lines)


def _fragments(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The stretch without its line breaks; all of it where it is nothing else."""
    fragments = []
    place = start
    for found in _LINE_ENDS.finditer(text, start, end):
        if found.start() > place:
            fragments.append((place, found.start()))
        place = found.end()
    if place < end:
        fragments.append((place, end))
    whole = bool(fragments) and fragments[0][0] == start and fragments[-1][1] == end
    return fragments if whole else [(start, end)]


def _spans(lines: Sequence[str], text: str, path: Path) -> Iterator[GoldSpan]:
    for number, line in enumerate(lines, 1):
        if not line.startswith("T"):
            continue
        found = _ENTITY.match(line)
        if found is None:
            raise InputError(
                f"{path}, line {number}: {line[:60]!r} is no text-bound annotation",
                "It is T1, a TAB, a label with offsets, a TAB, the text.",
            )
        places = [tuple(map(int, one.split())) for one in found["places"].split(";")]
        start, end = places[0][0], places[-1][1]
        for (_, left), (right, _) in pairwise(places):
            if text[left:right].strip("\r\n"):
                raise InputError(
                    f"{path}, line {number}: {line[:60]!r} has a gap, and a span here has none",
                    "Make it one stretch, or two annotations.",
                )
        yield GoldSpan(start, end, unquote(found["label"]), text[start:end])


@lru_cache(1000)
def _label(label: str) -> str:
    return _UNSAFE.sub(lambda found: quote(found.group(), safe=""), label)


def _name(doc_id: str) -> str:
    """What the files of a document are called; ``unquote`` gives the id back."""
    name = _UNSAFE_IN_NAME.sub(lambda found: quote(found.group(), safe=""), doc_id)
    if name.startswith("."):
        name = f"%2E{name[1:]}"
    if len(name.encode()) > _LONGEST:
        raise InputError(
            f"document {doc_id!r}: its id is too long for the name of a file",
            "Export it in another format, or give it a shorter id.",
        )
    return name


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: can't be read as UTF-8 text ({error})") from None
