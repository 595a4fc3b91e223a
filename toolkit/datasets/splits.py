"""Which split a document belongs to: decided by its group, or its id where it has none.

A salted hash of it is a number between 0 and 1 that does not depend on any other document,
so a corpus that grows keeps every earlier document in its split, and near-duplicates, which
share a group, are never on both sides. Another salt gives another, independent division.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from fractions import Fraction

from toolkit.errors import UsageError
from toolkit.model import GoldDocument

_HASH_BITS = 64

_TRAINING = ("train", "training")
_SCORING = ("dev", "validation", "valid", "val", "test")
"""What people call the split that is learnt from, and the one that a training is scored on."""


def split_of(document: GoldDocument, shares: Mapping[str, float], salt: str) -> str:
    """The split of a document: that of its group (``meta["group"]``), or its own.

    Raises:
        UsageError: as ``assign``.
    """
    return assign(document.meta.get("group", document.doc_id), shares, salt)


def assign(name: str, shares: Mapping[str, float], salt: str) -> str:
    """The split of what has this name.

    Args:
        name: a document's id or that of its group.
        shares: split → its share of the documents, in a fixed order; only their
            proportions count. A split with share 0 gets nothing.
        salt: any string; part of what makes the division reproducible.

    Raises:
        UsageError: no split has a positive share, or one is negative.
    """
    if not shares or min(shares.values()) < 0 or sum(shares.values()) <= 0:
        raise UsageError(
            f"the shares of the splits are {dict(shares)}", "Give at least one a positive share."
        )
    # Exact fractions: where the borders lie must not depend on rounding.
    total = sum(map(Fraction, shares.values()))
    point = _point(name, salt) * total
    border = Fraction(0)
    for split, share in shares.items():
        border += Fraction(share)
        if point < border:
            return split
    raise AssertionError  # pragma: no cover - point < total, which is the last border


def roles(splits: Sequence[str]) -> list[str]:
    """The split to learn from and the one to score that on, by their names, else by their order.

    Only one where there is one only, and none where there is none.
    """
    rest = list(splits)
    found = []
    for names in (_TRAINING, _SCORING):
        if rest:
            found.append(next((name for name in names if name in rest), rest[0]))
            rest.remove(found[-1])
    return found


def _point(name: str, salt: str) -> Fraction:
    key = f"{salt}\x00{name}".encode()
    digest = hashlib.blake2b(key, digest_size=_HASH_BITS // 8).digest()
    return Fraction(int.from_bytes(digest, "big"), 1 << _HASH_BITS)
