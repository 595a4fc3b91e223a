r"""CoNLL columns: one character a line, a TAB, its tag; a blank line after each document.

::

    # id = 20200125-003
    1⇥B-TIME
    月⇥I-TIME
    \n⇥O
    他⇥O

A document is one block, and a block begins with its ``# id = …`` line; an empty document
is that line alone. Every character of the text has a line, spaces and line breaks too,
so that line *k* of a block is code point *k* of the text and reading back gives the same
text and the same offsets.

Readers of this format split lines at white space and stop at empty ones, so characters
that would be taken for layout are written as escapes: ``\n``, ``\t``, ``\r``, ``\\`` for
a backslash, and ``\uXXXX`` or ``\UXXXXXXXX`` for any other space, control, format or
separator character (a plain space is ``\u0020``). An unescaped ``#`` in the text can't be
taken for a comment, since a TAB follows it. The same escapes serve in ids and labels,
except that an id keeps its plain spaces.

The format holds id, text, offsets and labels. Confidence, votes, annotators and metadata
are in the JSONL and Parquet files of the same export.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from toolkit.datasets.tagging import Tagger, bio, bioes, spans_of
from toolkit.errors import InputError
from toolkit.model import GoldDocument, GoldSpan
from toolkit.records import replacing

_ID = "# id = "
_SHORT = {"\n": "\\n", "\t": "\\t", "\r": "\\r", "\\": "\\\\"}
_LONG_OF = {short: char for char, short in _SHORT.items()}
_LAYOUT = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"})
_ESCAPED = re.compile(r"\\(?:u([0-9a-f]{4})|U([0-9a-f]{8})|.|$)", re.DOTALL)
_LAST_OF_BMP = 0xFFFF


def write_bio(path: Path, documents: Iterable[GoldDocument]) -> int:
    """Write documents with BIO tags, whole or not at all; returns how many there were.

    Raises:
        InputError: spans of a document overlap.
    """
    return _write(path, documents, bio)


def write_bioes(path: Path, documents: Iterable[GoldDocument]) -> int:
    """Write documents with BIOES tags, whole or not at all; returns how many there were.

    Raises:
        InputError: spans of a document overlap.
    """
    return _write(path, documents, bioes)


def read_conll(path: Path) -> Iterator[GoldDocument]:
    """Read what ``write_bio`` or ``write_bioes`` wrote, one document at a time.

    Raises:
        InputError: the file isn't there, isn't UTF-8, or isn't in this form; names the line.
    """
    try:
        with path.open(encoding="utf-8", newline="\n") as lines:
            yield from _documents(path, lines)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: can't be read as UTF-8 text ({error})") from None


def escape(text: str, keep: str = "") -> str:
    """``text`` with layout characters written as escapes, except those in ``keep``."""
    return "".join(char if char in keep else _escape(char) for char in text)


def unescape(text: str) -> str:
    """The inverse of :func:`escape`.

    Raises:
        ValueError: a backslash begins no escape that we write.
    """
    return _ESCAPED.sub(_unescape, text)


def _write(path: Path, documents: Iterable[GoldDocument], tagger: Tagger) -> int:
    count = 0
    with replacing(path) as out:
        for document in documents:
            out.write(_block(document, tagger).encode())
            count += 1
    return count


def _block(document: GoldDocument, tagger: Tagger) -> str:
    tags = tagger(len(document.text), document.spans, doc_id=document.doc_id)
    written = {tag: escape(tag) for tag in set(tags)}
    lines = [_ID + escape(document.doc_id, keep=" ")]
    lines += [
        f"{_escape(char)}\t{written[tag]}" for char, tag in zip(document.text, tags, strict=True)
    ]
    return "\n".join(lines) + "\n\n"


def _documents(path: Path, lines: IO[str]) -> Iterator[GoldDocument]:
    doc_id: str | None = None
    chars: list[str] = []
    tags: list[str] = []
    for number, raw in enumerate(lines, 1):
        line = raw.rstrip("\r\n")  # a real one is escaped, so these are the file's own
        if not line:
            if doc_id is not None:
                yield _document(doc_id, chars, tags)
            doc_id, chars, tags = None, [], []
            continue
        try:
            if doc_id is None:
                doc_id = _id(line)
            else:
                char, tag = _unit(line)
                chars.append(char)
                tags.append(tag)
        except ValueError as error:
            raise InputError(
                f"{path}, line {number}: {error}",
                "The form is described in toolkit/datasets/conll.py.",
            ) from None
    if doc_id is not None:
        yield _document(doc_id, chars, tags)


def _id(line: str) -> str:
    if not line.startswith(_ID):
        raise ValueError(f"a document begins with {_ID!r} and its id, and not with {line[:40]!r}")
    return unescape(line.removeprefix(_ID))


def _unit(line: str) -> tuple[str, str]:
    char, tab, tag = line.partition("\t")
    char = unescape(char)
    if not tab or len(char) != 1:
        raise ValueError(f"{line[:40]!r} is not one character, a TAB and a tag")
    return char, unescape(tag)


def _document(doc_id: str, chars: list[str], tags: list[str]) -> GoldDocument:
    text = "".join(chars)
    spans = tuple(
        GoldSpan(span.start, span.end, span.label, text[span.start : span.end])
        for span in spans_of(tags, doc_id=doc_id)
    )
    return GoldDocument(doc_id, text, spans)


def _escape(char: str) -> str:
    if char in _SHORT:
        return _SHORT[char]
    if unicodedata.category(char) not in _LAYOUT:
        return char
    code = ord(char)
    return f"\\u{code:04x}" if code <= _LAST_OF_BMP else f"\\U{code:08x}"


def _unescape(found: re.Match[str]) -> str:
    code = found.group(1) or found.group(2)
    if code:
        return chr(int(code, 16))
    if found.group() not in _LONG_OF:
        raise ValueError(f"{found.group()!r} is no escape of this format")
    return _LONG_OF[found.group()]
