"""Which annotator works on which passages; pure.

The server of the community edition assigns nothing, so each annotator is sent some passages
and not others. What somebody has stays theirs; only what is short of people is dealt out, to
those with the least work, and so that all pairs of annotators meet on about as many documents.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Literal

from toolkit.errors import UsageError
from toolkit.model import Passage
from toolkit.studio.names import document_of_key, key

Whole = Literal["document", "passage"]
"""What stays together: the passages of a document go to the same people, or each its own way."""


def assign(
    passages: Sequence[Passage],
    annotators: Sequence[str],
    *,
    overlap: int = 0,
    calibration: Collection[str] = (),
    by: Whole = "document",
    taken: Mapping[str, Collection[str]] | None = None,
    salt: str = "",
) -> dict[str, list[Passage]]:
    """Give each passage to ``overlap`` of the annotators.

    Whoever has a passage keeps it, also where that makes more than ``overlap``; who has a
    part of a document is the first to get the rest. Somebody in ``taken`` who is not among
    the annotators has left: what they have counts, and is not given to one more for them.

    The work is shared out by characters. Where nobody has anything yet, the loads of two
    annotators differ by at most twice the longest document (or passage).

    Args:
        passages: of all documents, each once.
        annotators: names.
        overlap: how many people each passage goes to; 0, or as many as there are
            annotators, is everyone.
        calibration: ids of documents that everyone gets.
        by: what stays together.
        taken: the keys (``tasks.key``) of the passages that each has already; of who has left,
            of those that they have begun.
        salt: decides between what is otherwise equal.

    Returns:
        The passages of each annotator. Documents keep the order in which they first come
        in ``passages``; the passages of one document stand together, by where they start.

    Raises:
        UsageError: nobody is there to annotate, or a calibration document isn't there.
    """
    if not annotators:
        raise UsageError(
            "there are no annotators",
            'Name them in toolkit.toml: [annotators] anna = "anna@example.com".',
        )
    ordered = _ordered(passages)
    _check_calibration(calibration, ordered)
    known = {key(passage): passage for passage in ordered}
    have = {name: {*keys} for name, keys in (taken or {}).items()}
    left = [name for name in have if name not in annotators]
    for name in annotators:
        have.setdefault(name, set())
    load = {
        name: sum(len(known[one].text) for one in have[name] & known.keys()) for name in annotators
    }
    dealer = _Dealer(load, salt)
    holders = _holders(annotators, have, by)
    units = _units(ordered, by, salt)
    for unit in units:
        if overlap == 0 or unit.document in calibration:
            unit.people, unit.wanted = list(annotators), [len(annotators)] * len(unit.keys)
        else:
            unit.people = list(holders.get(unit.name, ()))
            unit.wanted = [overlap - sum(one in have[name] for name in left) for one in unit.keys]
        dealer.meet(unit)
        dealer.hand_out(unit, have)
    for unit in units:
        dealer.find_people(unit)
        dealer.hand_out(unit, have)
    return {
        name: [passage for one, passage in known.items() if one in have[name]]
        for name in annotators
    }


@dataclass(slots=True)
class _Unit:
    """Passages that stay together; ``name`` is a document's id or a passage's key.

    ``people`` are in the order in which they get the passages; ``wanted`` says of each
    passage how many of them it goes to.
    """

    name: str
    document: str
    keys: list[str]
    characters: list[int]
    people: list[str] = field(default_factory=list)
    wanted: list[int] = field(default_factory=list)


class _Dealer:
    """Keeps count of who has how much work, and of which two met how often."""

    def __init__(self, load: Mapping[str, int], salt: str) -> None:
        self._load = dict(load)
        self._met: Counter[frozenset[str]] = Counter()
        self._salt = salt

    def meet(self, unit: _Unit) -> None:
        """Note who has the unit already."""
        self._met.update(frozenset(pair) for pair in combinations(unit.people, 2))

    def find_people(self, unit: _Unit) -> None:
        """Choose people until the unit has as many as it wants, or there are no more.

        The first is one who has least to do. Each further one has at most one such unit
        more to do than the least of those left, and is one whom the chosen have met least:
        going by work alone would make the same pairs again and again.
        """
        work = sum(unit.characters)
        free = [name for name in self._load if name not in unit.people]
        while free and len(unit.people) < max(unit.wanted):
            most = min(self._load[name] for name in free) + (work if unit.people else 0)
            chosen = min(
                (name for name in free if self._load[name] <= most),
                key=lambda name: (
                    sum(self._met[frozenset({name, other})] for other in unit.people),
                    self._load[name],
                    _hash(self._salt, unit.keys[0], name),
                ),
            )
            free.remove(chosen)
            self._met.update(frozenset({chosen, other}) for other in unit.people)
            unit.people.append(chosen)

    def hand_out(self, unit: _Unit, have: Mapping[str, set[str]]) -> None:
        """Give each passage to the people whom it goes to and who haven't got it."""
        for one, characters, wanted in zip(unit.keys, unit.characters, unit.wanted, strict=True):
            for name in unit.people[: max(wanted, 0)]:
                if one not in have[name]:
                    have[name].add(one)
                    self._load[name] += characters


def _ordered(passages: Iterable[Passage]) -> list[Passage]:
    """Documents in the order in which they come, the passages of one by where they start."""
    passages = list(passages)
    first: dict[str, int] = {}
    for passage in passages:
        first.setdefault(passage.doc_id, len(first))
    return sorted(passages, key=lambda passage: (first[passage.doc_id], passage.start))


def _check_calibration(calibration: Collection[str], passages: Iterable[Passage]) -> None:
    unknown = sorted({*calibration} - {passage.doc_id for passage in passages})
    if unknown:
        raise UsageError(
            f"[assignment] calibration: there is no document {unknown[0]!r}"
            + (f", and {len(unknown) - 1} more aren't there" if len(unknown) > 1 else ""),
            "'toolkit show' lists the ids of the documents; mend the list in toolkit.toml.",
        )


def _units(passages: Iterable[Passage], by: Whole, salt: str) -> list[_Unit]:
    """What is dealt out, the most work first: what comes last evens out what came before."""
    units: dict[str, _Unit] = {}
    for passage in passages:
        one = key(passage)
        name = passage.doc_id if by == "document" else one
        unit = units.setdefault(name, _Unit(name, passage.doc_id, [], []))
        unit.keys.append(one)
        unit.characters.append(len(passage.text))
    return sorted(
        units.values(), key=lambda unit: (-sum(unit.characters), _hash(salt, unit.keys[0]))
    )


def _holders(
    annotators: Iterable[str], have: Mapping[str, Iterable[str]], by: Whole
) -> dict[str, list[str]]:
    """The annotators who have any of a unit, by its name, those with most of it first.

    A document whose text was changed, or that is cut otherwise now, stays with its people.
    """
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for name in annotators:
        for one in have[name]:
            found[document_of_key(one) if by == "document" else one][name] += 1
    # Of equal ones the first annotator first, whatever order the keys came in.
    return {unit: sorted(counts, key=lambda name: -counts[name]) for unit, counts in found.items()}


def _hash(*parts: str) -> bytes:
    """The same on every machine and in every run, and in no order that anybody could see."""
    text = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=8).digest()
