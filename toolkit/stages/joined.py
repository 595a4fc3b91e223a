"""Documents with what was annotated in them, in portions, whatever the order of the files.

The documents are read once and the annotations once, both into files of ours, the
annotations dealt to buckets: each bucket has those of documents that follow each other. So
memory holds some numbers for each document (its rank, its place, what is known of it) and
one bucket, however large the corpus is.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from toolkit.errors import InputError, RecordError
from toolkit.model import Annotation, Document

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BUCKET = 1 << 24
"""Bytes of documents that one bucket is for, unless that makes more than ``MOST`` buckets."""

MOST = 400
"""Buckets, and so files that may be open at a time."""

_WAITING = 1 << 16
"""Bytes that wait for their bucket's file."""

_BATCH = 4096
"""Annotations that are looked up at a time."""

_ARRAY = b"\xdd"
"""MessagePack: an array comes, after its length in four bytes."""


class Portion(Struct, frozen=True):
    """Documents that follow each other, with annotations and reviewers' decisions of them.

    Records are in MessagePack, so that other processes can take them as they are.
    """

    number: int
    documents: bytes
    annotations: bytes
    reviews: bytes

    def read(self) -> tuple[dict[str, Document], list[Annotation], list[Annotation]]:
        """Documents by id, annotations in the order of their file, and decisions."""
        return (
            {document.id: document for document in _documents.decode(self.documents)},
            _annotations.decode(self.annotations),
            _annotations.decode(self.reviews),
        )


def whole(portions: Sequence[Portion]) -> Portion:
    """Portions as one."""

    def together(parts: Sequence[bytes]) -> bytes:
        count = sum(int.from_bytes(part[1:5], "big") for part in parts)
        return b"".join((_ARRAY, count.to_bytes(4, "big"), *(part[5:] for part in parts)))

    return Portion(
        0,
        together([one.documents for one in portions]),
        together([one.annotations for one in portions]),
        together([one.reviews for one in portions]),
    )


_encode = msgspec.msgpack.Encoder().encode
_documents = msgspec.msgpack.Decoder(list[Document])
_document = msgspec.msgpack.Decoder(Document)
_annotations = msgspec.msgpack.Decoder(list[Annotation])


class Joined:
    """Documents, and what was annotated in them.

    Args:
        folder: an empty folder for files of ours.
        rank_of: a number of 63 bits for an id, which no other id has.
        documents: with ids of their own.
        origin: where the documents are from, for messages.

    Raises:
        RecordError: two documents share an id.
    """

    def __init__(
        self,
        folder: Path,
        rank_of: Callable[[str], int],
        documents: Iterable[Document],
        origin: Path | str,
    ) -> None:
        import numpy as np

        self._rank_of = rank_of
        self._path = folder / "documents"
        ranks, lengths, places = array("q"), array("q"), array("q", [0])
        place = 0
        with self._path.open("wb") as out:
            for document in documents:
                ranks.append(rank_of(document.id))
                lengths.append(len(document.text))
                record = _encode(document)
                out.write(record)
                place += len(record)
                places.append(place)
        self.ranks: NDArray[np.int64] = np.array(ranks, dtype=np.int64)
        self._lengths: NDArray[np.int64] = np.array(lengths, dtype=np.int64)
        self._places: NDArray[np.int64] = np.array(places, dtype=np.int64)
        self._order = np.argsort(self.ranks, kind="stable")
        self._sorted = self.ranks[self._order]
        self._refuse_same_ids(origin)
        size = max(BUCKET, place // MOST + 1)
        self._bucket_of = self._places[:-1] // size  # rises, and may leave out a bucket
        self._annotations = _Dealt(folder, "annotations", self._bucket_of)
        self._reviews = _Dealt(folder, "reviews", self._bucket_of)

    def __len__(self) -> int:
        return len(self.ranks)

    def numbers(self, doc_ids: Sequence[str]) -> NDArray[np.int64]:
        """The numbers of documents by id; -1 where there is none."""
        import numpy as np

        ranks = np.array([self._rank_of(doc_id) for doc_id in doc_ids], dtype=np.int64)
        if not len(self):
            return np.full(len(ranks), -1)
        place = np.minimum(np.searchsorted(self._sorted, ranks), len(self) - 1)
        return np.where(self._sorted[place] == ranks, self._order[place], -1)

    def add(
        self, annotations: Iterable[Annotation], *, reviews: bool = False
    ) -> Iterator[tuple[NDArray[np.int64], list[Annotation]]]:
        """Take in annotations, or reviewers' decisions, some at a time.

        Yields:
            These, with the numbers of their documents.

        Raises:
            InputError: an annotation's document isn't among the documents.
        """
        with self._reviews if reviews else self._annotations as dealt:
            for batch in _batches(annotations):
                numbers = self.numbers([one.doc_id for one in batch])
                if (numbers < 0).any():
                    lost = batch[numbers.tolist().index(-1)]
                    raise InputError(
                        f"annotation by {lost.annotator!r}: there is no document {lost.doc_id!r}",
                        "Give the documents file that the annotations were made on.",
                    )
                dealt.add(numbers, map(_encode, batch))
                yield numbers, batch

    def sizes(self, numbers: NDArray[np.int64], batch: Sequence[Annotation]) -> list[int]:
        """How many characters of their documents these annotators saw, and one more.

        So an empty text that somebody saw is seen.
        """
        lengths = self._lengths[numbers].tolist()
        return [1 + _seen(one, length) for one, length in zip(batch, lengths, strict=True)]

    def portions(self, sizes: NDArray[np.int64], most: int) -> Iterator[Portion]:
        """All documents that somebody annotated, in order.

        Args:
            sizes: by document, a measure of the work; 0 where nobody annotated it.
            most: what the sizes of a portion come to, unless it is one document.
        """
        import numpy as np

        serial = 0
        for bucket in range(self._annotations.buckets):
            first, last = np.searchsorted(self._bucket_of, [bucket, bucket + 1])
            numbers = first + np.flatnonzero(sizes[first:last])
            if not len(numbers):
                continue
            annotations, reviews = self._annotations.read(bucket), self._reviews.read(bucket)
            part = (np.cumsum(sizes[numbers]) - 1) // most
            for some in np.split(numbers, np.flatnonzero(np.diff(part)) + 1):
                yield self._portion(serial, some, annotations, reviews)
                serial += 1

    def some(self, numbers: Sequence[int]) -> Iterator[Portion]:
        """These documents, which are in order, in portions."""
        import numpy as np

        wanted = np.asarray(numbers, dtype=np.int64)
        buckets = self._bucket_of[wanted]
        for some in np.split(wanted, np.flatnonzero(np.diff(buckets)) + 1):
            if len(some):
                bucket = int(self._bucket_of[some[0]])
                annotations, reviews = self._annotations.read(bucket), self._reviews.read(bucket)
                yield self._portion(0, some, annotations, reviews)

    def _portion(
        self, serial: int, numbers: NDArray[np.int64], annotations: _Bucket, reviews: _Bucket
    ) -> Portion:
        import numpy as np

        first, last = int(numbers[0]), int(numbers[-1]) + 1
        places = self._places[first : last + 1]
        with self._path.open("rb") as source:
            source.seek(int(places[0]))
            content = source.read(int(places[-1] - places[0]))
        documents = _Bucket(np.arange(first, last), places - places[0], content)
        return Portion(serial, *(kept.of(numbers) for kept in (documents, annotations, reviews)))

    def _refuse_same_ids(self, origin: Path | str) -> None:
        """Take ids of the same rank for the same.

        By chance that is wrong for one in 200,000 corpora of 10 million documents.
        """
        import numpy as np

        same = np.flatnonzero(self._sorted[1:] == self._sorted[:-1])
        if len(same):
            number = int(self._order[same[0]])
            with self._path.open("rb") as source:
                source.seek(int(self._places[number]))
                record = source.read(int(self._places[number + 1] - self._places[number]))
            raise RecordError(
                f"{origin}: two documents have the id {_document.decode(record).id!r}",
                "Give each document its own id, or ingest the corpus again.",
            )


def _seen(annotation: Annotation, length: int) -> int:
    """How many characters of a text of this length the annotator saw."""
    end = length if annotation.end is None else min(annotation.end, length)
    return max(end - max(annotation.start, 0), 0)


class _Bucket:
    """Records of documents: the documents' numbers in order, places, and the records.

    Args:
        numbers: by record, rising.
        places: where each record begins, and where the last one ends.
        content: the records in that order.
    """

    def __init__(
        self, numbers: NDArray[np.int64], places: NDArray[np.int64], content: bytes
    ) -> None:
        self._numbers, self._places, self._content = numbers, places, content

    def of(self, numbers: NDArray[np.int64]) -> bytes:
        """An array of the records of these documents, which are in order."""
        import numpy as np

        first = np.searchsorted(self._numbers, numbers, side="left")
        last = np.searchsorted(self._numbers, numbers, side="right")
        count = int((last - first).sum())
        return b"".join(
            (
                _ARRAY,
                count.to_bytes(4, "big"),
                *(
                    self._content[start:stop]
                    for start, stop in _stretches(self._places[first], self._places[last])
                ),
            )
        )


def _stretches(starts: NDArray[np.int64], stops: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """The same stretches, those that follow each other as one."""
    import numpy as np

    if len(starts):
        apart = np.flatnonzero(starts[1:] != stops[:-1])
        yield from zip(
            starts[np.concatenate([[0], apart + 1])].tolist(),
            stops[np.concatenate([apart, [len(stops) - 1]])].tolist(),
            strict=True,
        )


class _Dealt:
    """Records, written to a file for each bucket; a context while records are added."""

    def __init__(self, folder: Path, name: str, bucket_of: NDArray[np.int64]) -> None:
        self.buckets = int(bucket_of.max(initial=-1)) + 1
        self._folder, self._name = folder, name
        self._bucket_of = bucket_of
        self._waiting: dict[int, tuple[bytearray, array[int]]] = {}

    def __enter__(self) -> _Dealt:
        return self

    def __exit__(self, *_: object) -> None:
        for bucket in list(self._waiting):
            self._write(bucket)

    def add(self, numbers: NDArray[np.int64], records: Iterable[bytes]) -> None:
        """Records of documents, by their numbers."""
        buckets = self._bucket_of[numbers].tolist()
        for number, bucket, record in zip(numbers.tolist(), buckets, records, strict=True):
            waiting = self._waiting.get(bucket)
            if waiting is None:
                waiting = self._waiting[bucket] = bytearray(), array("q")
            waiting[0].extend(record)
            waiting[1].extend((number, len(record)))
            if len(waiting[0]) >= _WAITING:
                self._write(bucket)

    def read(self, bucket: int) -> _Bucket:
        """The records of a bucket, by document and then in the order that they came in."""
        import numpy as np

        index = self._place(bucket, "index")
        if not index.exists():
            return _Bucket(np.zeros(0, np.int64), np.zeros(1, np.int64), b"")
        numbers, lengths = np.fromfile(index, dtype=np.int64).reshape(-1, 2).T
        content = self._place(bucket, "records").read_bytes()
        if (numbers[1:] < numbers[:-1]).any():
            places = np.cumsum(lengths) - lengths
            order = np.argsort(numbers, kind="stable")
            numbers, lengths, places = numbers[order], lengths[order], places[order]
            content = b"".join(
                content[start:stop] for start, stop in _stretches(places, places + lengths)
            )
        return _Bucket(numbers, np.concatenate([[0], np.cumsum(lengths)]), content)

    def _write(self, bucket: int) -> None:
        records, index = self._waiting.pop(bucket)
        with self._place(bucket, "records").open("ab") as out:
            out.write(records)
        with self._place(bucket, "index").open("ab") as out:
            index.tofile(out)

    def _place(self, bucket: int, kind: str) -> Path:
        return self._folder / f"{self._name}-{bucket}.{kind}"


def _batches(records: Iterable[Annotation]) -> Iterator[list[Annotation]]:
    remaining = iter(records)
    while batch := list(islice(remaining, _BATCH)):
        yield batch
