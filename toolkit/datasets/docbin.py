"""spaCy's DocBin, a .spacy file a split, with a ``config.cfg`` that ``spacy train`` takes as it is.

Each character is a token, spaces and line breaks too, so that a token's number is its offset.
``doc.ents`` has spans that don't overlap, for ``ner``; ``doc.spans["gold"]`` has all of them,
for ``spancat``; ``doc.user_data`` has what else a gold document says: ``doc_id``,
``annotators``, ``status``, ``meta`` and, in ``spans``, confidence, votes and who decided, in
the order of ``doc.spans["gold"]``.

Files are read by spaCy, and written in the form that it documents (spacy.io/api/docbin,
"Serialization format"): a ``Doc`` for every text would take 40 times as long, and spaCy's own
``to_bytes`` three times the memory of a file that is mostly numbers of eight bytes.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from toolkit.datasets.choices import Choices, Lost, flat
from toolkit.errors import InputError, UsageError
from toolkit.model import GoldDocument, GoldSpan, GoldStatus
from toolkit.records import replacing, write_text
from toolkit.spans import check_spans

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EXTRA = "spacy"
"""The extra of this package that brings spaCy."""

CONFIG = "config.cfg"

GROUP = "gold"
"""The key of ``doc.spans`` under which all spans are."""

_FOREIGN_GROUPS = (GROUP, "sc")
"""Where a DocBin may have its spans if not in ``doc.ents``; ``sc`` is what ``spancat`` reads."""

_BEGINS, _INSIDE, _OUTSIDE = 3, 1, 2
"""spaCy's values of ENT_IOB."""

_CODE_POINTS = 0x110000
_TEXTS_AT_A_TIME = 500
_COMPRESSION = 3
"""Of zlib's nine levels; spaCy's own, the sixth, takes three times the time and saves a sixth."""

_LONGEST_BINARY = 0xFFFFFFFF
"""Bytes of one value; what MessagePack can count."""


class _UserData(Struct):
    doc_id: str
    annotators: tuple[str, ...]
    status: GoldStatus
    meta: dict[str, str]
    spans: list[tuple[float, dict[str, str | None], str]]


class _Gathered(Struct):
    """What a DocBin holds, in a form that takes little memory: a tag's number a character."""

    texts: list[str] = field(default_factory=list)
    tags: list[NDArray[np.uint16]] = field(default_factory=list)
    span_groups: list[bytes] = field(default_factory=list)
    user_data: list[bytes] = field(default_factory=list)


def write_docbin(path: Path, documents: Iterable[GoldDocument], choices: Choices) -> int:
    """Write documents, whole or not at all; returns how many there were.

    Of spans that overlap, ``doc.ents`` has those that ``choices.nesting`` says; none is lost,
    since all are in ``doc.spans``.

    Raises:
        UsageError: spaCy isn't installed.
        InputError: there are more characters than a .spacy file can hold.
    """
    _need_spacy()
    from spacy.strings import StringStore

    strings = StringStore()
    numbers = {label: strings.add(label) for label in choices.schema.values}
    gathered = _gathered(documents, choices, numbers)
    if _bytes_of_tokens(gathered.texts) > _LONGEST_BINARY:
        raise InputError(
            f"{path}: a .spacy file can't hold so many characters", "Make more splits of them."
        )
    characters = _characters(gathered.texts)
    orths = _table(characters, strings)
    kinds = _kinds(list(numbers.values()))
    with replacing(path) as out:
        _write(out, gathered, orths, kinds, sorted({*characters, *numbers}))
    return len(gathered.texts)


def read_docbin(path: Path) -> Iterator[GoldDocument]:
    """Read a .spacy file, of ours or of anybody; spans are those of ``doc.spans`` or ``doc.ents``.

    Raises:
        UsageError: spaCy isn't installed.
        InputError: the file isn't there or is no DocBin.
        OffsetError: a span doesn't fit its text.
    """
    _need_spacy()
    from spacy.tokens import DocBin
    from spacy.vocab import Vocab

    try:
        docs = DocBin().from_disk(path).get_docs(Vocab())
        for number, doc in enumerate(docs, 1):
            document = _document(doc, str(number))
            check_spans(document.doc_id, document.text, document.spans)
            yield document
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    # What spaCy and its libraries raise where bytes aren't what they should be.
    except (OSError, ValueError, KeyError, TypeError, IndexError, struct.error) as error:
        raise InputError(f"{path}: no DocBin of spaCy's ({error})") from None


def write_config(folder: Path, splits: Sequence[str]) -> None:
    """Write ``config.cfg``, which trains on the first split and is scored on the second.

    A character is a token, tok2vec feeds ner, and a CPU is enough. All that can be set is in
    it, with the values of the spaCy that is installed. Where there is one split only, the
    path of the other is null, and ``spacy train`` has to be told it.
    """
    _need_spacy()
    import spacy

    nlp = spacy.blank("zh", config={"nlp": {"tokenizer": {"segmenter": "char"}}})
    nlp.add_pipe("tok2vec")
    listener = {"@architectures": "spacy.Tok2VecListener.v1", "width": 96, "upstream": "tok2vec"}
    nlp.add_pipe("ner", config={"model": {"tok2vec": listener}})
    config = nlp.config
    for name, split in zip(("train", "dev"), splits, strict=False):
        config["paths"][name] = f"{folder.name}/{split}.spacy"
    write_text(folder / CONFIG, config.to_str())


def _need_spacy() -> None:
    try:
        import spacy  # noqa: F401 - whether it can be imported is the question
    except ImportError:
        raise UsageError(
            "the format docbin needs spaCy, which isn't installed",
            f'Install it with: pip install "zh-ner-toolkit[{EXTRA}]".',
        ) from None


def _gathered(
    documents: Iterable[GoldDocument], choices: Choices, numbers: dict[str, int]
) -> _Gathered:
    import numpy as np

    begins = {label: 1 + 2 * place for place, label in enumerate(numbers)}
    silent = replace(choices, lose=_ignore)  # all of them are in doc.spans
    gathered = _Gathered()
    for document in documents:
        unknown = sorted({span.label for span in document.spans} - numbers.keys())
        if unknown:
            raise InputError(
                f"document {document.doc_id!r}: no label {unknown[0]!r} in the label schema"
            )
        tags = np.zeros(len(document.text), np.uint16)
        for span in next(flat([document], silent)).spans:
            tags[span.start] = begins[span.label]
            tags[span.start + 1 : span.end] = begins[span.label] + 1
        gathered.texts.append(document.text)
        gathered.tags.append(tags)
        gathered.span_groups.append(_span_group(document, numbers))
        gathered.user_data.append(_user_data(document))
    return gathered


def _ignore(_lost: Lost) -> None:
    pass


def _span_group(document: GoldDocument, numbers: dict[str, int]) -> bytes:
    """``doc.spans`` as spaCy has it in bytes: groups, each with its keys."""
    pack = struct.Struct(">QQQllll").pack  # id, kb_id, label; start and end in tokens, characters
    spans = [
        pack(0, 0, numbers[span.label], span.start, span.end, span.start, span.end)
        for span in document.spans
    ]
    group = msgspec.msgpack.encode({"name": GROUP, "attrs": {}, "spans": spans})
    return msgspec.msgpack.encode({group: [GROUP]})


def _user_data(document: GoldDocument) -> bytes:
    spans = [(span.confidence, span.votes, span.decided_by) for span in document.spans]
    return msgspec.msgpack.encode(
        _UserData(document.doc_id, document.annotators, document.status, document.meta, spans)
    )


def _bytes_of_tokens(texts: Sequence[str]) -> int:
    return 3 * 8 * sum(map(len, texts))


def _characters(texts: Sequence[str]) -> list[str]:
    """The characters that are in any of the texts, in order."""
    import numpy as np

    found = np.zeros(_CODE_POINTS, np.bool_)
    for codes in _codes(texts):
        found[codes] = True
    return list(map(chr, np.flatnonzero(found)))


def _codes(texts: Sequence[str]) -> Iterator[NDArray[np.uint32]]:
    """The code points of all texts, those of some texts at a time."""
    import numpy as np

    for first in range(0, len(texts), _TEXTS_AT_A_TIME):
        some = "".join(texts[first : first + _TEXTS_AT_A_TIME])
        yield np.frombuffer(some.encode("utf-32-le"), np.uint32)


def _table(characters: Iterable[str], strings: Any) -> NDArray[np.uint64]:
    """Code point → spaCy's number for the character."""
    import numpy as np

    table = np.zeros(_CODE_POINTS, np.uint64)
    for char in characters:
        table[ord(char)] = strings.add(char)
    return table


def _kinds(labels: Sequence[int]) -> NDArray[np.uint64]:
    """Tag's number → ENT_IOB and ENT_TYPE: outside, then begin and inside of each label."""
    import numpy as np

    rows = [(_OUTSIDE, 0)]
    rows += [(iob, label) for label in labels for iob in (_BEGINS, _INSIDE)]
    return np.array(rows, np.uint64)


def _write(
    out: IO[bytes],
    gathered: _Gathered,
    orths: NDArray[np.uint64],
    kinds: NDArray[np.uint64],
    strings: list[str],
) -> None:
    """The message, piece by piece: whole, it may be as large as memory."""
    from spacy.attrs import IDS

    count = len(gathered.texts)
    length = sum(map(len, gathered.texts))
    lengths = struct.pack(f"<{count}i", *map(len, gathered.texts))
    message: list[tuple[str, Iterable[bytes]]] = [
        ("version", [msgspec.msgpack.encode("0.1")]),
        ("attrs", [msgspec.msgpack.encode([IDS["ORTH"], IDS["ENT_IOB"], IDS["ENT_TYPE"]])]),
        ("tokens", _binary(_bytes_of_tokens(gathered.texts), _tokens(gathered, orths, kinds))),
        ("spaces", _binary(length, (bytes(len(text)) for text in gathered.texts))),
        ("lengths", _binary(len(lengths), [lengths])),
        ("strings", [msgspec.msgpack.encode(strings)]),
        ("cats", [msgspec.msgpack.encode([{}] * count)]),
        ("flags", [msgspec.msgpack.encode([{"has_unknown_spaces": False}] * count)]),
        ("span_groups", [msgspec.msgpack.encode(gathered.span_groups)]),
        ("user_data", [msgspec.msgpack.encode(gathered.user_data)]),
    ]
    packer = zlib.compressobj(_COMPRESSION)
    out.write(packer.compress(bytes([0x80 | len(message)])))  # a map of so many
    for key, pieces in message:
        out.write(packer.compress(msgspec.msgpack.encode(key)))
        for piece in pieces:
            out.write(packer.compress(piece))
    out.write(packer.flush())


def _binary(length: int, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """A binary value of MessagePack whose length is known before its pieces."""
    yield struct.pack(">BI", 0xC6, length)
    yield from pieces


def _tokens(
    gathered: _Gathered, orths: NDArray[np.uint64], kinds: NDArray[np.uint64]
) -> Iterator[bytes]:
    """A row a character: ORTH, ENT_IOB, ENT_TYPE."""
    import numpy as np

    for number, codes in enumerate(_codes(gathered.texts)):
        these = slice(number * _TEXTS_AT_A_TIME, (number + 1) * _TEXTS_AT_A_TIME)
        rows = np.empty((len(codes), 3), "<u8")
        rows[:, 0] = orths[codes]
        rows[:, 1:] = kinds[np.concatenate(gathered.tags[these])]
        yield rows.tobytes()


def _document(doc: Any, number: str) -> GoldDocument:
    text: str = doc.text
    group = next((doc.spans[key] for key in _FOREIGN_GROUPS if key in doc.spans), doc.ents)
    spans = [
        GoldSpan(span.start_char, span.end_char, span.label_, text[span.start_char : span.end_char])
        for span in group
    ]
    try:
        told = msgspec.convert(doc.user_data, _UserData)
    except msgspec.ValidationError:  # somebody else's
        return GoldDocument(str(doc.user_data.get("doc_id", number)), text, tuple(sorted(spans)))
    known = zip(spans, told.spans, strict=True)
    return GoldDocument(
        told.doc_id,
        text,
        tuple(
            replace(span, confidence=confidence, votes=votes, decided_by=decided_by)
            for span, (confidence, votes, decided_by) in known
        ),
        told.annotators,
        told.status,
        told.meta,
    )
