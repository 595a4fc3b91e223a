"""Near-duplicates: which documents are copies of one text with small changes.

Two documents are near-duplicates where at least ``threshold`` of the shingles that either
has are in both (their Jaccard similarity, estimated from MinHash signatures with a standard
error of 0.015). A group is whatever is joined by such pairs, so it doesn't depend on the
order of the documents.

Where 0.6 cuts, over shingles of six characters (``benchmarks/near_duplicates.py likeness``):
a copy with another headline, a byline and a footer has 0.85 and more; two copies that each
lost a paragraph as well have 0.79 in the middle and 0.49 at the low end, where the paragraph
was a third of the text. Daily bulletins of one template with other numbers and places have
0.24 to 0.29, reports on different people in the same sentences 0.43 to 0.55. At 0.6, 90 % of
the wire copies are grouped and none of the others; 0.55 joins most of those reports to one
large group, and 0.8 misses half of the copies. A template of which nearly nothing changes is
above the line, and should be: who has learned one such text has learned the others.

Pairs are found by locality-sensitive hashing: each signature is cut into bands, and only
documents that agree in a whole band are compared, which those at the threshold do with 98 %,
and those 0.05 above it nearly always. Signatures and bands are in temporary files; in memory
are some fifty bytes a document while groups are made.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt

from toolkit.corpus.signatures import PLACES, Signatures, signatures
from toolkit.model import Document

_RECALL = 0.98
"""Least share of the pairs exactly at the threshold that the bands find."""

_BAND_PLACES = 256
"""The first places of a signature: the bands are made of them, and they are compared first."""

_BLOCK = 2048
"""Documents whose signatures are written at once."""

_BATCH_TEXTS = 64
_BATCH_CHARACTERS = 1_000_000

_LARGE = 2000
"""A bucket with more documents is cut finer, or comparing all its pairs would take hours."""

_FINER = 8
"""How often; what agrees in so many bands is so alike that few comparisons settle it."""

_AT_ONCE = 8192
"""Signatures that are compared with one in one step."""

_DOUBT = 3
"""Standard errors below the threshold under which the first places rule a pair out."""

_CHANCE = 1 / 256
"""With which the last bytes of two unlike places are the same."""

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)

Numbers = npt.NDArray[np.int64]


class Groups:
    """The groups of near-duplicates among documents that are numbered from 0."""

    def __init__(self, firsts: Numbers) -> None:
        """``firsts`` gives for each document the number of its group's first."""
        self._firsts = firsts
        self._sizes = np.bincount(firsts, minlength=len(firsts))
        self.count = int((self._sizes > 1).sum())
        """How many groups there are."""
        self.documents = int(self._sizes[self._sizes > 1].sum())
        """How many documents are in them."""

    def first(self, number: int) -> int | None:
        """The number of the first document in this one's group; None if it is alone."""
        first = int(self._firsts[number])
        return first if self._sizes[first] > 1 else None


class NearDuplicates:
    """Takes texts one by one, and says at the end which belong together.

    A context manager; its files have no name in the folder and end with the process.
    """

    def __init__(self, threshold: float, folder: Path | None = None) -> None:
        """Compare with this threshold, above 0 and up to 1.

        Args:
            threshold: least Jaccard similarity of a pair.
            folder: on whose disk the signatures are kept; None is the system's place.
        """
        self._threshold = threshold
        self._rows_in_band = _rows_in_band(threshold)
        self._bands = _BAND_PLACES // self._rows_in_band
        self._folder = folder
        self._open = ExitStack()
        self._texts: list[str] = []
        self._characters = 0
        self._pending = np.empty((_BLOCK, PLACES), dtype=np.uint32)
        self._filled = 0
        self._blocks = 0

    def __enter__(self) -> Self:
        self._last_bytes = self._open.enter_context(tempfile.TemporaryFile(dir=self._folder))
        self._keys = self._open.enter_context(tempfile.TemporaryFile(dir=self._folder))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def add(self, text: str) -> None:
        """Take in the next document's text."""
        self._texts.append(text)
        self._characters += len(text)
        if len(self._texts) >= _BATCH_TEXTS or self._characters >= _BATCH_CHARACTERS:
            self._sign()

    def watching(self, documents: Iterable[Document]) -> Iterator[Document]:
        """The documents as they come, whose texts are added on the way."""
        for document in documents:
            self.add(document.text)
            yield document

    def groups(self) -> Groups:
        """The groups of all texts that were added; no more can be added then."""
        self._sign()
        count = self._blocks * _BLOCK + self._filled
        self._write_block()
        if not count:
            return Groups(np.empty(0, dtype=np.int64))
        self._last_bytes.flush()
        self._keys.flush()
        rows = np.memmap(self._last_bytes, np.uint8, "r", shape=(self._blocks * _BLOCK, PLACES))
        keys = np.memmap(self._keys, np.uint64, "r", shape=(self._blocks, self._bands + 1, _BLOCK))
        return Groups(_Grouping(rows, keys, count, self._threshold).firsts())

    def _sign(self) -> None:
        for row in signatures(self._texts):
            self._pending[self._filled] = row
            self._filled += 1
            if self._filled == _BLOCK:
                self._write_block()
        self._texts.clear()
        self._characters = 0

    def _write_block(self) -> None:
        """Write what is pending; the last block is filled up with rows that nobody asks for."""
        if self._filled:
            pending = self._pending[: self._filled]
            last_bytes = np.zeros((_BLOCK, PLACES), dtype=np.uint8)
            last_bytes[: self._filled] = pending
            keys = np.zeros((self._bands + 1, _BLOCK), dtype=np.uint64)
            keys[:, : self._filled] = _band_keys(pending, self._rows_in_band)
            self._last_bytes.write(last_bytes.tobytes())
            self._keys.write(keys.tobytes())
            self._blocks += 1
            self._filled = 0


class _Grouping:
    """Documents that agree in a band are compared, and those that are alike joined."""

    def __init__(
        self,
        rows: npt.NDArray[np.uint8],
        keys: npt.NDArray[np.uint64],
        count: int,
        threshold: float,
    ) -> None:
        self._rows = rows
        self._keys = keys
        error = math.sqrt(threshold * (1 - threshold) / _BAND_PLACES)
        self._least = _least(PLACES, threshold)
        self._first_least = _least(_BAND_PLACES, threshold - _DOUBT * error)
        self._bands = keys.shape[1] - 1
        self._firsts: Numbers = np.arange(count)
        """For each document one before it in its group, or itself."""

    def firsts(self) -> Numbers:
        """For each document the first of its group."""
        # Those with the very same signature are one from here on, however many they are.
        everything = np.arange(len(self._firsts))
        for bucket in self._buckets(everything, self._bands):
            self._firsts[bucket] = bucket[0]
        different = everything[self._firsts == everything]
        for band in range(self._bands):
            for bucket in self._buckets(different, band):
                for part in self._parts(bucket, band, _FINER):
                    self._compare(part)
            self._firsts = self._roots(everything)
        return self._firsts

    def _buckets(self, numbers: Numbers, band: int) -> Iterator[Numbers]:
        """The documents that have the same key, where they aren't all in one group yet."""
        keys = self._keys[numbers // _BLOCK, band, numbers % _BLOCK]
        order = np.argsort(keys, kind="stable")
        numbers, keys = numbers[order], keys[order]
        roots = self._roots(numbers)
        is_new = np.concatenate([[True], keys[1:] != keys[:-1]])
        starts = np.flatnonzero(is_new)
        ends = np.append(starts[1:], len(keys))
        apart = np.concatenate([[False], ~is_new[1:] & (roots[1:] != roots[:-1])])
        for bucket in np.unique((np.cumsum(is_new) - 1)[apart]):
            yield numbers[starts[bucket] : ends[bucket]]

    def _parts(self, bucket: Numbers, band: int, finer: int) -> Iterator[Numbers]:
        """The bucket, or if it is large, those in it that agree in further bands too."""
        if len(bucket) <= _LARGE or not finer:
            yield bucket
            return
        following = (band + 1) % self._bands
        for part in self._buckets(bucket, following):
            yield from self._parts(part, following, finer - 1)

    def _compare(self, bucket: Numbers) -> None:
        """Join all that are alike; pairs that are joined already aren't compared."""
        roots = self._roots(bucket)
        while len(bucket) > 1:
            others = np.flatnonzero(roots != roots[0])
            if not len(others):
                return
            alike = others[self._alike(bucket[0], bucket[others])]
            if len(alike):
                joined = np.unique(np.append(roots[alike], roots[0]))
                roots[np.isin(roots, joined)] = joined[0]
                self._firsts[joined] = joined[0]
            bucket, roots = bucket[1:], roots[1:]

    def _alike(self, one: int, others: Numbers) -> npt.NDArray[np.bool_]:
        found = np.zeros(len(others), dtype=np.bool_)
        row = self._rows[one]
        for start in range(0, len(others), _AT_ONCE):
            some = others[start : start + _AT_ONCE]
            same = self._rows[some, :_BAND_PLACES] == row[:_BAND_PLACES]
            likely = np.flatnonzero(np.count_nonzero(same, axis=1) >= self._first_least)
            same = self._rows[some[likely]] == row
            found[start + likely] = np.count_nonzero(same, axis=1) >= self._least
        return found

    def _roots(self, numbers: Numbers) -> Numbers:
        """The first of the group of each, as far as is known by now."""
        roots = self._firsts[numbers]
        while True:
            further = self._firsts[roots]
            if np.array_equal(further, roots):
                return roots
            roots = further


def _least(places: int, similarity: float) -> int:
    """How many places are the same, of so many, in texts of this similarity."""
    return math.ceil(places * (similarity * (1 - _CHANCE) + _CHANCE))


def _rows_in_band(threshold: float) -> int:
    """The most places a band can have and still find nearly all pairs at the threshold."""
    found = 1
    for rows in range(1, _BAND_PLACES + 1):
        if 1 - (1 - threshold**rows) ** (_BAND_PLACES // rows) >= _RECALL:
            found = rows
    return found


def _band_keys(block: Signatures, rows_in_band: int) -> npt.NDArray[np.uint64]:
    """A key for each band, and one more for the whole signature; one row a band."""
    wide = block.astype(np.uint64)
    bands = _BAND_PLACES // rows_in_band
    keys = np.empty((bands + 1, len(block)), dtype=np.uint64)
    for band in range(bands):
        keys[band] = _hashed(wide[:, band * rows_in_band : (band + 1) * rows_in_band])
    keys[bands] = _hashed(wide)
    return keys


def _hashed(columns: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    hashes = np.zeros(len(columns), dtype=np.uint64)
    for place in range(columns.shape[1]):
        hashes ^= columns[:, place]
        hashes *= _MULTIPLIER
        hashes ^= hashes >> np.uint64(29)
    return hashes
