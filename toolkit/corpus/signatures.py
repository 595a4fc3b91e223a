"""Texts → MinHash signatures (Broder 1997), of which equal places estimate Jaccard similarity.

A text is the set of its shingles: every ``SHINGLE`` letters, Han characters and digits in a
row, once width and case are alike and all else is left out. Six is where a press release
and a bulletin made from the same template as another are furthest apart (see
``toolkit.corpus.duplicates``). A text shorter than ``SHORT`` such characters is one shingle
as a whole: a changed number would change nearly all of so few, and a copy of two lines that
isn't exact can't be told from another message of the same form.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
from rensa import RMinHash

SHINGLE = 6
SHORT = 50
PLACES = 1024
"""Places of a signature: an estimate of 0.6 has a standard error of 0.015."""

_PIECE = 250_000
"""Characters of a text that are hashed at once; a few dozen bytes of memory each."""

_SEED = 20200120
_FULL_WIDTH = range(0xFF10, 0xFF5B)
_FULL_WIDTH_OFFSET = 0xFEE0
_WIDE_CAPITALS = slice(0xFF21 - 0xFF10, 0xFF3B - 0xFF10)

# An odd multiplier spreads each character over the upper bits; the finaliser is splitmix64's.
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_MIX = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))
_LAST_SHIFT = np.uint64(31)

Signatures = npt.NDArray[np.uint32]
"""One row a text, ``PLACES`` columns."""


def signatures(texts: Sequence[str]) -> Signatures:
    """The signatures of texts; the same text gives the same one, whatever is beside it."""
    pieces: list[npt.NDArray[np.uint64]] = []
    starts: list[int] = []
    for text in texts:
        starts.append(len(pieces))
        pieces += _shingles(text)
    if not pieces:
        return np.empty((0, PLACES), dtype=np.uint32)
    offsets = np.zeros(len(pieces) + 1, dtype=np.uint64)
    np.cumsum([len(piece) for piece in pieces], out=offsets[1:])
    matrix = RMinHash.digest_matrix_from_flat_token_hashes(
        np.concatenate(pieces), offsets, PLACES, _SEED
    )
    # Each place is a least hash, and the least of pieces is the least of their whole.
    return np.minimum.reduceat(np.array(matrix.to_rows(), dtype=np.uint32), starts)


def _shingles(text: str) -> Iterator[npt.NDArray[np.uint64]]:
    """Hashes of the shingles, those of a very long text in pieces: one at least."""
    points = _normal(text[:_PIECE])
    if len(points) < SHORT:
        # Where no character counts, the text itself stands for its meaning.
        whole = points.tobytes() or text[:_PIECE].encode(errors="surrogatepass")
        digest = hashlib.blake2b(whole, digest_size=8).digest()
        yield np.frombuffer(digest, dtype="<u8").astype(np.uint64)
    else:
        yield _hashes(points)
    for start in range(_PIECE, len(text), _PIECE):
        points = _normal(text[start : start + _PIECE])
        if len(points) >= SHINGLE:
            yield _hashes(points)


def _normal(text: str) -> npt.NDArray[np.uint32]:
    """The code points that count, width and case alike."""
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    folded: npt.NDArray[np.uint32] = _folding()[points]
    counting: npt.NDArray[np.uint32] = folded[folded > 0]
    return counting


def _hashes(points: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint64]:
    """A hash for each shingle of the code points."""
    wide = points.astype(np.uint64)
    count = len(points) - SHINGLE + 1
    hashes = wide[:count].copy()
    for place in range(1, SHINGLE):
        hashes *= _MULTIPLIER
        hashes += wide[place : place + count]
    for shift, factor in _MIX:
        hashes ^= hashes >> np.uint64(shift)
        hashes *= np.uint64(factor)
    return hashes ^ (hashes >> _LAST_SHIFT)


@cache
def _folding() -> npt.NDArray[np.uint32]:
    """For each code point the one that stands for it, 0 where it doesn't count."""
    everything = np.arange(sys.maxunicode + 1, dtype=np.uint32)
    table = np.where(np.strings.isalnum(everything.view("U1")), everything, np.uint32(0))
    wide = table[_FULL_WIDTH.start : _FULL_WIDTH.stop]
    wide[wide > 0] -= _FULL_WIDTH_OFFSET
    for capitals in (table[ord("A") : ord("Z") + 1], wide[_WIDE_CAPITALS]):
        np.add(capitals, ord("a") - ord("A"), out=capitals)
    return table
