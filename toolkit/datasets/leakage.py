"""What the splits share: texts, groups of near-duplicates, and the strings of entities.

The first two should be nothing, and are counted on what was written and not on what was
meant. The third is no fault: it says how much of a score on a split may be memory.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from toolkit.model import GoldDocument

NearCopies = Callable[[Iterable[str]], Sequence[int | None]]
"""Texts → for each the number of the first text in its group of near-duplicates, if any."""

_TRAINING = ("train", "training")
_EXAMPLES = 20
"""How many groups of near-duplicates on two sides are named."""


class Seen(Struct):
    """Entity strings of one label in one split, and how many of them training has.

    ``strings`` are different ones, ``mentions`` all spans. ``*_seen`` are those that
    training has under the same label, ``mentions_otherwise`` those that it has under other
    labels only.
    """

    strings: int = 0
    strings_seen: int = 0
    mentions: int = 0
    mentions_seen: int = 0
    mentions_otherwise: int = 0


class NearDuplicates(Struct, frozen=True):
    """Near-duplicates as they were found again on the texts of the version.

    ``groups`` and ``documents`` count all, ``shared`` the groups on more than one side, of
    which ``examples`` gives the ids of some.
    """

    groups: int
    documents: int
    shared: int
    examples: tuple[tuple[str, ...], ...]


class Leakage(Struct, frozen=True):
    """What splits share.

    ``against`` says for each split which others a model that is tested on it learns from:
    ``train`` where there is one, all other folds in cross-validation, else the first.
    ``shared_texts`` counts texts, ``shared_groups`` groups (``meta.group``) on more than one
    side; ``moved`` are documents that an earlier version had in another split.
    """

    against: dict[str, tuple[str, ...]]
    shared_texts: int
    shared_groups: int
    near_duplicates: NearDuplicates | None
    moved: tuple[str, ...]
    overall: dict[str, Seen]
    by_label: dict[str, dict[str, Seen]]


class _Sides(Struct, frozen=True):
    """What was seen in which split, by what has to be compared."""

    texts: dict[bytes, set[str]]
    groups: dict[str, set[str]]
    mentions: dict[str, dict[str, dict[str, int]]]
    """Split → label → string → how often."""
    places: list[tuple[str, str]]
    """The id and the split of each document, in the order of the texts."""


def measure(
    splits: Mapping[str, Callable[[], Iterable[GoldDocument]]],
    labels: Sequence[str],
    *,
    folds: bool = False,
    near_copies: NearCopies | None = None,
    moved: Sequence[str] = (),
) -> Leakage:
    """Compare the splits; each is read once, or twice if near copies are to be found.

    Args:
        splits: split → a reader of its documents.
        labels: the labels, in order.
        folds: whether a model that is tested on one split learns from all the others.
        near_copies: finds near-duplicates; None where they aren't looked for.
        moved: passed on.
    """
    sides = _Sides({}, {}, {split: defaultdict(dict) for split in splits}, [])
    for split, documents in splits.items():
        for document in documents():
            _take(sides, split, document)
    against = _against(list(splits), folds=folds)
    by_label = {
        split: _seen(sides.mentions, labels, split, others) for split, others in against.items()
    }
    near = None
    if near_copies is not None:
        near = _near(sides.places, near_copies(_texts(splits.values())))
    return Leakage(
        against=against,
        shared_texts=sum(len(found) > 1 for found in sides.texts.values()),
        shared_groups=sum(len(found) > 1 for found in sides.groups.values()),
        near_duplicates=near,
        moved=tuple(moved),
        overall={split: _sum(found.values()) for split, found in by_label.items()},
        by_label=by_label,
    )


def _take(sides: _Sides, split: str, document: GoldDocument) -> None:
    digest = hashlib.blake2b(document.text.encode(), digest_size=16).digest()
    sides.texts.setdefault(digest, set()).add(split)
    if document.meta.get("group"):
        sides.groups.setdefault(document.meta["group"], set()).add(split)
    for span in document.spans:
        strings = sides.mentions[split][span.label]
        string = document.text[span.start : span.end]
        strings[string] = strings.get(string, 0) + 1
    sides.places.append((document.doc_id, split))


def _against(splits: Sequence[str], *, folds: bool) -> dict[str, tuple[str, ...]]:
    if folds:
        return {split: tuple(one for one in splits if one != split) for split in splits}
    training = next((one for one in _TRAINING if one in splits), splits[0] if splits else "")
    return {split: (training,) for split in splits if split != training}


def _seen(
    mentions: Mapping[str, Mapping[str, Mapping[str, int]]],
    labels: Sequence[str],
    split: str,
    others: Sequence[str],
) -> dict[str, Seen]:
    """By label, what of a split's strings the others have."""
    found = {}
    for label in labels:
        known = [mentions[other].get(label, {}) for other in others]
        else_known = [
            strings
            for other in others
            for name, strings in mentions[other].items()
            if name != label
        ]
        seen = found[label] = Seen()
        for string, count in mentions[split].get(label, {}).items():
            seen.strings += 1
            seen.mentions += count
            if any(string in strings for strings in known):
                seen.strings_seen += 1
                seen.mentions_seen += count
            elif any(string in strings for strings in else_known):
                seen.mentions_otherwise += count
    return found


def _sum(parts: Iterable[Seen]) -> Seen:
    total = Seen()
    for part in parts:
        for name in Seen.__struct_fields__:
            setattr(total, name, getattr(total, name) + getattr(part, name))
    return total


def _texts(splits: Iterable[Callable[[], Iterable[GoldDocument]]]) -> Iterator[str]:
    for documents in splits:
        for document in documents():
            yield document.text


def _near(places: Sequence[tuple[str, str]], firsts: Sequence[int | None]) -> NearDuplicates:
    groups: dict[int, list[tuple[str, str]]] = {}
    for place, first in zip(places, firsts, strict=True):
        if first is not None:
            groups.setdefault(first, []).append(place)
    shared = [
        tuple(sorted(doc_id for doc_id, _ in members))
        for members in groups.values()
        if len({split for _, split in members}) > 1
    ]
    return NearDuplicates(
        groups=len(groups),
        documents=sum(map(len, groups.values())),
        shared=len(shared),
        examples=tuple(sorted(shared)[:_EXAMPLES]),
    )
