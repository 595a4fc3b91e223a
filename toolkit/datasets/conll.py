r"""CoNLL columns: one unit a line, a TAB, its tag; a blank line after each document.

A unit is a character, or a word where the text is cut into words.

::

    # id = 20200125-003
    1⇥B-TIME
    月⇥I-TIME
    \n⇥O
    他⇥O

A document is one block, and a block begins with its ``# id = …`` line; an empty document
is that line alone. Every character of the text has a line, spaces and line breaks too,
so that (by character) line *k* of a block is code point *k* of the text, and reading back
gives the same text and the same offsets. By word, a span that begins or ends inside a word
can't be held, and is told of.

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
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import IO

from toolkit.datasets.choices import Choices, Lost, flat
from toolkit.datasets.tagging import Run, Tagger, runs, spans_of
from toolkit.errors import InputError
from toolkit.model import GoldDocument, GoldSpan, Span
from toolkit.records import replacing

_ID = "# id = "
_SHORT = {"\n": "\\n", "\t": "\\t", "\r": "\\r", "\\": "\\\\"}
_LONG_OF = {short: char for char, short in _SHORT.items()}
_LAYOUT = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"})
_ESCAPED = re.compile(r"\\(?:u([0-9a-f]{4})|U([0-9a-f]{8})|.|$)", re.DOTALL)
_LAST_OF_BMP = 0xFFFF


def write_conll(
    path: Path,
    documents: Iterable[GoldDocument],
    choices: Choices,
    tagger: Tagger,
    *,
    by_word: bool = False,
) -> int:
    """Write documents, whole or not at all.

    Args:
        path: the file.
        documents: gold documents.
        choices: what is taken of spans that overlap, and how a text is cut into words.
        tagger: the tagging scheme.
        by_word: a word a line, else a character.

    Returns:
        How many documents there were.
    """
    count = 0
    with replacing(path) as out:
        for document in flat(documents, choices):
            words = choices.words(document) if by_word and choices.words else None
            out.write(_block(document, tagger, words, choices).encode())
            count += 1
    return count


def read_conll(path: Path) -> Iterator[GoldDocument]:
    """Read what ``write_conll`` wrote, one document at a time.

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


class _Escapes(dict[int, str]):
    """Code point → how it is written, for ``str.translate``; filled as characters come up."""

    def __missing__(self, code: int) -> str:
        written = self[code] = _escape(chr(code))
        return written


_WRITTEN = _Escapes()
_WRITTEN_IN_ID = _Escapes({ord(" "): " "})


def escape(text: str) -> str:
    """``text`` with layout characters written as escapes."""
    return text.translate(_WRITTEN)


def unescape(text: str) -> str:
    """The inverse of :func:`escape`.

    Raises:
        ValueError: a backslash begins no escape that we write.
    """
    return _ESCAPED.sub(_unescape, text)


def _block(
    document: GoldDocument,
    tagger: Tagger,
    words: Sequence[tuple[int, int]] | None,
    choices: Choices,
) -> str:
    text = document.text
    units: Sequence[str] = text
    spans: Sequence[Span] = document.spans
    if words is not None:
        units = [text[start:end] for start, end in words]
        spans = _by_word(document, words, choices)
    # Units and what stands behind them by turns, laid into one list: a call a unit is dear.
    lines = [""] * (2 * len(units))
    lines[1::2] = _behind_units(runs(tagger, len(units), spans, doc_id=document.doc_id))
    lines[::2] = units if _is_plain(text) else _written(units)
    return f"{_ID}{document.doc_id.translate(_WRITTEN_IN_ID)}\n{''.join(lines)}\n"


def _behind_units(found: Iterable[Run]) -> list[str]:
    behind: list[str] = []
    for start, end, tag in found:
        behind += [_behind_unit(tag)] * (end - start)
    return behind


@lru_cache(1000)
def _behind_unit(tag: str) -> str:
    return f"\t{escape(tag)}\n"


def _is_plain(text: str) -> bool:
    """Whether nothing in it is to be escaped, as far as that is cheap to see."""
    return text.isprintable() and " " not in text and "\\" not in text


def _written(units: Sequence[str]) -> Iterator[str]:
    if isinstance(units, str):
        return map(_WRITTEN.__getitem__, map(ord, units))
    # Letters and digits are no layout, and most words are nothing else.
    return (unit if unit.isalnum() else escape(unit) for unit in units)


def _by_word(
    document: GoldDocument, words: Sequence[tuple[int, int]], choices: Choices
) -> list[Span]:
    """The spans counted in words; those that a word cuts are lost."""
    check_words(document, words)
    ends = [end for _, end in words]
    kept = []
    for span in document.spans:
        # The words that the first and the last character are in.
        first, last = bisect_right(ends, span.start), bisect_left(ends, span.end)
        if words[first][0] == span.start and ends[last] == span.end:
            kept.append(Span(first, last + 1, span.label))
        else:
            start, end = words[last if words[first][0] == span.start else first]
            word = document.text[start:end]
            choices.lose(Lost(document.doc_id, span, f"cuts the word {word!r}"))
    return kept


def check_words(document: GoldDocument, words: Sequence[tuple[int, int]]) -> None:
    """See that words cover a text, in order and without overlap.

    Raises:
        InputError: they don't.
    """
    place = 0
    for start, end in words:
        if start != place or end <= start:
            break
        place = end
    if place != len(document.text):
        raise InputError(
            f"document {document.doc_id!r}: its words don't cover the text from {place} on",
            "Tokens have to follow one another without gaps; spaces are tokens too.",
        )


def _documents(path: Path, lines: IO[str]) -> Iterator[GoldDocument]:
    doc_id: str | None = None
    units: list[str] = []
    tags: list[str] = []
    for number, raw in enumerate(lines, 1):
        line = raw.rstrip("\r\n")  # a real one is escaped, so these are the file's own
        if not line:
            if doc_id is not None:
                yield _document(doc_id, units, tags)
            doc_id, units, tags = None, [], []
            continue
        try:
            if doc_id is None:
                doc_id = _id(line)
            else:
                unit, tag = _unit(line)
                units.append(unit)
                tags.append(tag)
        except ValueError as error:
            raise InputError(
                f"{path}, line {number}: {error}",
                "The form is described in toolkit/datasets/conll.py.",
            ) from None
    if doc_id is not None:
        yield _document(doc_id, units, tags)


def _id(line: str) -> str:
    if not line.startswith(_ID):
        raise ValueError(f"a document begins with {_ID!r} and its id, and not with {line[:40]!r}")
    return unescape(line.removeprefix(_ID))


def _unit(line: str) -> tuple[str, str]:
    unit, tab, tag = line.partition("\t")
    if not tab or not unit:
        raise ValueError(f"{line[:40]!r} is not a character or word, a TAB and a tag")
    return unescape(unit), unescape(tag)


def _document(doc_id: str, units: list[str], tags: list[str]) -> GoldDocument:
    text = "".join(units)
    ends = [0, *accumulate(map(len, units))]
    places = ((ends[s.start], ends[s.end], s.label) for s in spans_of(tags, doc_id=doc_id))
    spans = tuple(GoldSpan(start, end, label, text[start:end]) for start, end, label in places)
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
