"""CoNLL columns as others write them: a unit and its tag a line, a blank line a sentence.

Columns are parted by TABs or spaces; the first is the unit, the last its tag. Tags are O and
B I, B I E S, B M E S or B I L U with a label behind a hyphen (or an underscore); ``I-`` may
begin a span, as in IOB1. A sentence is a text of its own, since such files say no more:
characters follow one another as they are; words get a space between two that are both of
letters or digits outside of Chinese. Lines that begin with ``-DOCSTART-`` are passed over,
and so are comments (``# …``) that stand before a sentence.

A file that ``toolkit export`` wrote begins with its ids, and is read by ``conll.read_conll``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from toolkit.datasets.conll import read_conll
from toolkit.datasets.importing.imported import Imported
from toolkit.datasets.tagging import OUTSIDE
from toolkit.errors import InputError
from toolkit.model import GoldSpan

_TAG = re.compile(r"([BIMELSUW])[-_](\S+)")

_KIND = {"M": "I", "L": "E", "U": "S", "W": "S"}
"""What other schemes call inside, last and single."""

_OURS = "# id = "

_SPACED = re.compile(r"[^\W\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
"""A letter or digit of a script that parts its words with spaces."""


def read_columns(path: Path) -> Iterator[Imported]:
    """Read a file, or all files of a folder, by name.

    Raises:
        InputError: a file can't be read, or a line isn't of this form; names file and line.
    """
    if not path.is_dir():
        yield from _file(path)
        return
    files = [
        one
        for one in sorted(path.rglob("*"))
        if one.is_file() and not one.name.startswith((".", "README", "LICENSE"))
    ]
    if not files:
        raise InputError(f"{path}: holds no file", "Name a file, or a folder of them.")
    for file in files:
        yield from _file(file)


def _file(path: Path) -> Iterator[Imported]:
    if _is_ours(path):
        for document in read_conll(path):
            yield Imported(
                f"{path}, document {document.doc_id!r}",
                document.text,
                document.spans,
                document.doc_id,
                gold=document,
            )
        return
    try:
        with path.open(encoding="utf-8-sig", newline="\n") as lines:
            yield from _sentences(path, lines)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file", "Name a file or a folder.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{path}: can't be read as UTF-8 text ({error})", "Save it as UTF-8."
        ) from None


def _is_ours(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_OURS)) == _OURS.encode()
    except OSError:
        return False  # said when it is read


def _sentences(path: Path, lines: Iterable[str]) -> Iterator[Imported]:
    units: list[str] = []
    tags: list[tuple[str, str]] = []
    first = 0
    for number, raw in enumerate(lines, 1):
        line = raw.rstrip("\r\n")
        if not line.strip(" \t"):
            if units:
                yield _sentence(path, first, units, tags)
            units, tags = [], []
            continue
        try:
            unit, tag = _columns(line)
        except ValueError as error:
            if line.startswith("-DOCSTART-") or (line.startswith("# ") and not units):
                continue
            raise InputError(
                f"{path}, line {number}: {error}",
                "A line is a character or word, a TAB or space, and a tag like B-ORG or O.",
            ) from None
        if unit.startswith("-DOCSTART-"):
            continue
        if not units:
            first = number
        units.append(unit)
        tags.append(tag)
    if units:
        yield _sentence(path, first, units, tags)


def _columns(line: str) -> tuple[str, tuple[str, str]]:
    columns = line.split("\t") if "\t" in line else line.rsplit(" ", 1)
    unit, written = columns[0], columns[-1].strip()
    if " " in unit and "\t" not in line:
        unit = unit.split(" ")[0] or " "  # a space is a character too
    if len(columns) < 2 or not unit:  # noqa: PLR2004 - a unit and a tag
        raise ValueError(f"{line[:40]!r} is not a unit and a tag")
    if written == OUTSIDE:
        return unit, (OUTSIDE, "")
    found = _TAG.fullmatch(written)
    if found is None:
        raise ValueError(f"{written[:40]!r} is no tag of BIO, BIOES, BMES or BILOU")
    kind, label = found.groups()
    return unit, (_KIND.get(kind, kind), label)


def _sentence(
    path: Path, first: int, units: Sequence[str], tags: Sequence[tuple[str, str]]
) -> Imported:
    by_word = any(len(unit) > 1 for unit in units)
    text = ""
    places: list[tuple[int, int]] = []
    for unit in units:
        if by_word and text and _SPACED.match(text[-1]) and _SPACED.match(unit[0]):
            text += " "
        places.append((len(text), len(text) + len(unit)))
        text += unit
    spans: list[GoldSpan] = []
    opened, label = -1, ""
    for number, (kind, name) in enumerate([*tags, (OUTSIDE, "")]):
        goes_on = kind in {"I", "E"} and name == label
        if kind == "E" and not goes_on:
            raise InputError(
                f"{path}, line {first + number}: a last tag of {name} ends nothing",
                "A span has to begin with B-.",
            )
        if label and not goes_on:
            spans.append(GoldSpan(places[opened][0], places[number - 1][1], label))
            label = ""
        if kind in {"B", "S"} or (kind == "I" and not goes_on):
            opened, label = number, name
        if kind in {"S", "E"}:
            spans.append(GoldSpan(places[opened][0], places[number][1], label))
            label = ""
    return Imported(f"{path}, line {first}", text, tuple(spans))
