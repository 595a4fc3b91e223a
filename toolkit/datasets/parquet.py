"""Parquet that Hugging Face ``datasets`` opens as it is, with ClassLabel tags.

Columns: ``id``, ``text``, ``tokens`` (the characters of the text), ``ner_tags`` (one BIO
tag a character, as an integer), ``spans`` (start, end, label, confidence; half-open code
points of ``text``). The names of the tags travel in the file's schema, under the key
``huggingface``, which ``datasets`` reads; no loading script and no download is needed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from toolkit.datasets.choices import Choices, flat
from toolkit.datasets.tagging import bio, runs, tag_names
from toolkit.errors import InputError
from toolkit.model import GoldDocument, GoldSpan
from toolkit.records import replacing, write_text
from toolkit.spans import check_spans

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_A_GROUP = 1000
"""Documents a row group; what is in memory at a time."""

_LONGER = (0x80, 0x800, 0x10000)
"""The code points from which on UTF-8 takes one byte more."""

_CHARACTERS_A_GROUP = 1 << 24
"""Characters after which a row group ends sooner; Arrow counts bytes up to 2 GiB."""

SCRIPT = "token_classification.py"


def write_parquet(path: Path, documents: Iterable[GoldDocument], choices: Choices) -> int:
    """Write documents, whole or not at all; returns how many there were.

    Args:
        path: the file.
        documents: gold documents.
        choices: the labels, in the order that gives the tags their numbers, and what is
            taken of spans that overlap.

    Raises:
        InputError: a span has a label that the schema lacks.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = tag_names(bio, choices.schema.values)
    numbers = {name: number for number, name in enumerate(names)}
    schema = _schema(names)
    documents = flat(documents, choices)
    count = 0
    # pyarrow's Parquet module has no types of its own.
    with replacing(path) as out, pq.ParquetWriter(out, schema, compression="zstd") as writer:  # type: ignore[no-untyped-call]
        for group in _groups(documents):
            writer.write_table(pa.Table.from_arrays(_columns(group, numbers), schema=schema))
            count += len(group)
    return count


def read_parquet(path: Path) -> Iterator[GoldDocument]:
    """Read what ``write_parquet`` wrote: id, text and spans with their confidence.

    Raises:
        InputError: the file isn't there, isn't Parquet, or lacks these columns.
        OffsetError: a span doesn't fit its text.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:  # type: ignore[no-untyped-call]
            for batch in file.iter_batches(ROWS_A_GROUP, columns=["id", "text", "spans"]):
                yield from map(_document, batch.to_pylist())
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except (OSError, pa.ArrowException, KeyError) as error:
        raise InputError(f"{path}: not a Parquet file of gold documents ({error})") from None


def write_script(folder: Path, _splits: Sequence[str]) -> None:
    """Write the script that trains on the Parquet files, beside their folder.

    Not into it: ``datasets`` takes what lies among data files for data.
    """
    script = Path(__file__).with_name(SCRIPT).read_text("utf-8")
    write_text(folder.parent / SCRIPT, script)


def _groups(documents: Iterable[GoldDocument]) -> Iterator[list[GoldDocument]]:
    group: list[GoldDocument] = []
    characters = 0
    for document in documents:
        group.append(document)
        characters += len(document.text)
        if len(group) == ROWS_A_GROUP or characters >= _CHARACTERS_A_GROUP:
            yield group
            group, characters = [], 0
    if group:
        yield group


def _columns(group: Sequence[GoldDocument], numbers: Mapping[str, int]) -> list[pa.Array]:
    """The columns of some documents, made as a whole: a list a row takes ten times as long."""
    import numpy as np
    import pyarrow as pa

    texts = [document.text for document in group]
    lengths, tags = _tags(group, numbers)
    places = _offsets(map(len, texts))
    spans = [span for document in group for span in document.spans]
    struct = pa.StructArray.from_arrays(
        [
            pa.array([span.start for span in spans], pa.int32()),
            pa.array([span.end for span in spans], pa.int32()),
            pa.array([span.label for span in spans], pa.string()),
            pa.array([span.confidence for span in spans], pa.float64()),
        ],
        names=["start", "end", "label", "confidence"],
    )
    return [
        pa.array([document.doc_id for document in group], pa.string()),
        pa.array(texts, pa.string()),
        pa.ListArray.from_arrays(places, _characters("".join(texts))),
        pa.ListArray.from_arrays(places, pa.array(np.repeat(np.array(tags, np.int64), lengths))),
        pa.ListArray.from_arrays(_offsets(len(document.spans) for document in group), struct),
    ]


def _offsets(lengths: Iterable[int]) -> pa.Array:
    """Where each list begins among the values of all, and where the last ends."""
    import pyarrow as pa

    return pa.array(accumulate(lengths, initial=0), pa.int32())


def _characters(text: str) -> pa.Array:
    """The characters of a text, one string each."""
    import numpy as np
    import pyarrow as pa

    codes = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    ends = np.zeros(len(codes) + 1, np.int32)
    np.cumsum(1 + np.searchsorted(_LONGER, codes, side="right"), out=ends[1:])
    return pa.StringArray.from_buffers(len(codes), pa.py_buffer(ends), pa.py_buffer(text.encode()))


def _tags(group: Iterable[GoldDocument], numbers: Mapping[str, int]) -> tuple[list[int], list[int]]:
    """The tags of all characters of some documents: so many characters have this number."""
    lengths: list[int] = []
    tags: list[int] = []
    for document in group:
        for start, end, tag in runs(
            bio, len(document.text), document.spans, doc_id=document.doc_id
        ):
            if tag not in numbers:
                raise InputError(
                    f"document {document.doc_id!r}: no tag {tag!r} in the label schema"
                )
            lengths.append(end - start)
            tags.append(numbers[tag])
    return lengths, tags


def _document(row: dict[str, Any]) -> GoldDocument:
    text: str = row["text"]
    spans = tuple(GoldSpan(**span) for span in row["spans"])
    check_spans(row["id"], text, spans)
    return GoldDocument(
        row["id"],
        text,
        tuple(
            GoldSpan(s.start, s.end, s.label, text[s.start : s.end], confidence=s.confidence)
            for s in spans
        ),
    )


def _schema(names: Sequence[str]) -> pa.Schema:
    import pyarrow as pa

    span = {
        "start": pa.int32(),
        "end": pa.int32(),
        "label": pa.string(),
        "confidence": pa.float64(),
    }
    columns = {
        "id": pa.string(),
        "text": pa.string(),
        "tokens": pa.list_(pa.string()),
        "ner_tags": pa.list_(pa.int64()),  # what ClassLabel is stored as
        "spans": pa.list_(pa.struct(span)),
    }
    info = json.dumps({"info": {"features": _features(names)}}, ensure_ascii=False)
    return pa.schema(columns, metadata={"huggingface": info})


def _features(names: Sequence[str]) -> dict[str, Any]:
    """The features as ``datasets.Features.from_dict`` takes them.

    ``Sequence`` and a list around a struct are the spellings that every version of
    ``datasets`` since 2.0 understands; the newer ``List`` is not.
    """

    def value(dtype: str) -> dict[str, str]:
        return {"dtype": dtype, "_type": "Value"}

    return {
        "id": value("string"),
        "text": value("string"),
        "tokens": {"feature": value("string"), "_type": "Sequence"},
        "ner_tags": {
            "feature": {"names": list(names), "_type": "ClassLabel"},
            "_type": "Sequence",
        },
        "spans": [
            {
                "start": value("int32"),
                "end": value("int32"),
                "label": value("string"),
                "confidence": value("float64"),
            }
        ],
    }
