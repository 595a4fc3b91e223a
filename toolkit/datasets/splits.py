"""Which split a document goes to: dealt so that labels are spread alike, and then kept.

Documents that share a group (near-duplicates) or have the very same text go together, so
that no model is tested on what it has learned. Groups are dealt one by one, those with the
rarest label first, as in iterative stratification (Sechidis, Tsoumakas and Vlahavas 2011);
each goes where the squared distance from the shares that all labels and the documents
should have grows least. What is equal then, and all order, is decided by a salted hash of
the documents' ids, so that the order of the gold plays no part. (To look over all groups
again when all are dealt brings nothing more.)

What was dealt before is given back (``recorded``) and stays where it is: a corpus that
grows keeps every earlier document in its split, and new groups even out what is uneven.
The record is needed for that, since who is dealt where depends on who was dealt before.
Another salt gives another division.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from toolkit.errors import UsageError
from toolkit.model import GoldDocument
from toolkit.settings import ExportSettings

_HASH_BITS = 53
"""As many as a float holds exactly."""

_DOCUMENTS = ""
"""The column of the documents among those of the labels, none of which is empty."""

_TRAINING = ("train", "training")
_SCORING = ("dev", "validation", "valid", "val", "test")
"""What people call the split that is learnt from, and the one that a training is scored on."""


class Dealt(Struct, frozen=True):
    """One line of ``splits.jsonl``. ``salt`` says of which division; a version has but one."""

    doc_id: str
    split: str
    salt: str = ""


class Item(Struct, frozen=True):
    """A document as far as dealing goes; documents that share a key stay together.

    ``labels`` counts its spans.
    """

    doc_id: str
    keys: tuple[str, ...]
    labels: dict[str, int]


class Division(Struct, frozen=True):
    """The split of every document, by its id, in the order of the items.

    ``moved`` are documents that are in another split than was recorded: they got a group
    with others that were recorded elsewhere, or their split has no share any more.
    """

    splits: dict[str, str]
    moved: tuple[str, ...]


class _Group(Struct):
    """Documents that stay together; ``amounts`` are spans by label, and documents."""

    members: list[str]
    amounts: list[tuple[str, int]]
    point: float


def shares_of(settings: ExportSettings) -> dict[str, float]:
    """The splits and their shares: those of the settings, or equal ones of so many folds."""
    folds = settings.k_fold
    if not folds:
        return settings.splits
    return {f"fold_{number}": 1 / folds for number in range(1, folds + 1)}


def salt_of(settings: ExportSettings) -> str:
    """What tells this division from others of the same workspace."""
    return f"{settings.salt}/{settings.k_fold}-fold" if settings.k_fold else settings.salt


def item_of(document: GoldDocument) -> Item:
    """What dealing has to know of a document."""
    text = hashlib.blake2b(document.text.encode(), digest_size=16).hexdigest()
    group = document.meta.get("group")
    keys = (f"text {text}", *((f"group {group}",) if group else ()))
    return Item(document.doc_id, keys, Counter(span.label for span in document.spans))


def divide(
    items: Sequence[Item],
    shares: Mapping[str, float],
    salt: str,
    recorded: Mapping[str, str] | None = None,
) -> Division:
    """Deal documents to splits.

    Args:
        items: the documents, in any order.
        shares: split → its share of the documents and of each label's spans; only their
            proportions count. A split with share 0 gets nothing.
        salt: any string; part of what makes the division reproducible.
        recorded: by document the split that it was dealt to before, under the same salt.

    Raises:
        UsageError: no split has a positive share, or one is negative.
    """
    if not shares or min(shares.values()) < 0 or sum(shares.values()) <= 0:
        raise UsageError(
            f"the shares of the splits are {dict(shares)}", "Give at least one a positive share."
        )
    total = math.fsum(shares.values())
    wanted = {split: share / total for split, share in shares.items() if share > 0}
    known = {doc_id: split for doc_id, split in (recorded or {}).items() if split in wanted}
    table = _Table(wanted)
    splits: dict[str, str] = {}
    new: list[_Group] = []
    for group in _groups(items, salt):
        table.expect(group)
        split = _recorded(group, known, wanted)
        if split is None:
            new.append(group)
        else:
            table.put(group, split)
            splits.update(dict.fromkeys(group.members, split))
    for group in sorted(new, key=table.rarity):
        split = table.best(group)
        table.put(group, split)
        splits.update(dict.fromkeys(group.members, split))
    before = recorded or {}
    return Division(
        {item.doc_id: splits[item.doc_id] for item in items},
        tuple(sorted(one for one in splits if one in before and before[one] != splits[one])),
    )


class _Table:
    """How much of each label, and how many documents, each split has and should have."""

    def __init__(self, shares: Mapping[str, float]) -> None:
        self._shares = shares
        self._totals: Counter[str] = Counter()
        self._have: dict[str, Counter[str]] = {split: Counter() for split in shares}

    def expect(self, group: _Group) -> None:
        """Count a group among what is to be shared out."""
        for column, amount in group.amounts:
            self._totals[column] += amount

    def put(self, group: _Group, split: str) -> None:
        """Give a group to a split."""
        for column, amount in group.amounts:
            self._have[split][column] += amount

    def rarity(self, group: _Group) -> tuple[float, str, int, float]:
        """Sorts groups: by how rare their rarest label is, who has most of it, and chance."""
        found = [
            (self._totals[label], label, -amount)
            for label, amount in group.amounts
            if label != _DOCUMENTS
        ]
        return (*min(found, default=(math.inf, "", 0)), group.point)

    def best(self, group: _Group) -> str:
        """The split that the group brings nearest to its shares, or sets back least."""
        costs = {split: self._cost(group, split) for split in self._shares}
        least = min(costs.values())
        equal = [split for split, cost in costs.items() if cost == least]
        return equal[int(group.point * len(equal))]

    def _cost(self, group: _Group, split: str) -> float:
        """By how much Σ (have - due)² / (share · total²) grows with the group in this split."""
        share, have = self._shares[split], self._have[split]
        cost = 0.0
        for column, amount in group.amounts:
            total = self._totals[column]
            over = have[column] - share * total
            cost += amount * (2 * over + amount) / (share * total * total)
        return cost


def _recorded(group: _Group, known: Mapping[str, str], splits: Iterable[str]) -> str | None:
    """Where most of the group's documents were dealt to before; None if all are new."""
    votes = Counter(known[one] for one in group.members if one in known)
    return max(splits, key=lambda split: votes[split]) if votes else None


def _groups(items: Sequence[Item], salt: str) -> list[_Group]:
    """What stays together, by its keys."""
    first: dict[str, int] = {}
    roots = list(range(len(items)))
    for number, item in enumerate(items):
        for key in item.keys:
            a, b = _root(roots, first.setdefault(key, number)), _root(roots, number)
            roots[max(a, b)] = min(a, b)
    found: dict[int, list[Item]] = {}
    for number, item in enumerate(items):
        found.setdefault(_root(roots, number), []).append(item)
    return [_group(members, salt) for members in found.values()]


def _group(items: Sequence[Item], salt: str) -> _Group:
    amounts = Counter({_DOCUMENTS: len(items)})
    for item in items:
        amounts.update(item.labels)
    # In a fixed order: sums of floats must not depend on that of the records.
    return _Group(
        [item.doc_id for item in items],
        sorted(amounts.items()),
        min(_point(item.doc_id, salt) for item in items),
    )


def _root(roots: list[int], number: int) -> int:
    while roots[number] != number:
        roots[number] = roots[roots[number]]
        number = roots[number]
    return number


def _point(name: str, salt: str) -> float:
    """A number from 0 to below 1."""
    digest = hashlib.blake2b(f"{salt}\x00{name}".encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> (64 - _HASH_BITS)) / (1 << _HASH_BITS)


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
