"""Tests of toolkit.studio.assign."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.errors import UsageError
from toolkit.model import Passage
from toolkit.studio.assign import Whole, assign
from toolkit.studio.names import key

Assigned = Mapping[str, list[Passage]]

NAMES = ("anna", "bo", "chen", "du", "ella", "fang")

wholes = st.sampled_from(["document", "passage"])


def _document(name: str, lengths: Iterable[int]) -> list[Passage]:
    passages, start = [], 0
    for length in lengths:
        passages.append(Passage(name, start, start + length, "字" * length))
        start += length
    return passages


@st.composite
def corpora(draw: st.DrawFn, prefix: str = "d") -> list[Passage]:
    """Documents of one to four passages of 1 to 500 characters."""
    lengths = st.lists(st.integers(1, 500), min_size=1, max_size=4)
    documents = draw(st.lists(lengths, min_size=1, max_size=12))
    return [
        passage
        for number, document in enumerate(documents)
        for passage in _document(f"{prefix}{number}", document)
    ]


def _people(assigned: Assigned) -> Counter[str]:
    """How many have each passage, by key."""
    return Counter(key(passage) for theirs in assigned.values() for passage in theirs)


def _taken(assigned: Assigned) -> dict[str, set[str]]:
    return {name: {key(passage) for passage in theirs} for name, theirs in assigned.items()}


def _load(passages: Iterable[Passage]) -> int:
    return sum(len(passage.text) for passage in passages)


def _kept(before: Mapping[str, Collection[str]], after: Assigned) -> bool:
    now = _taken(after)
    return all(set(keys) <= now[name] for name, keys in before.items() if name in now)


def test_everyone_gets_everything_in_document_order() -> None:
    """Documents keep their order, passages are sorted within them, lists aren't shared."""
    given_ = [Passage("b", 5, 9, "…"), Passage("a", 0, 3, "…"), Passage("b", 0, 5, "…")]
    assigned = assign(given_, ["anna", "bo"])
    assert list(assigned) == ["anna", "bo"]
    for passages in assigned.values():
        assert [(p.doc_id, p.start) for p in passages] == [("b", 0), ("b", 5), ("a", 0)]
    assert assigned["anna"] is not assigned["bo"]


def test_nobody_is_an_error() -> None:
    """Without annotators there is nothing to assign to."""
    with pytest.raises(UsageError, match=r"\[annotators\]"):
        assign([Passage("a", 0, 3, "…")], [])


def test_an_unknown_calibration_document_is_an_error() -> None:
    """A calibration set that nobody would get is no silent matter."""
    with pytest.raises(UsageError, match=r"calibration: there is no document 'x'"):
        assign([Passage("a", 0, 3, "…")], ["anna"], calibration=["x", "a"])


@given(corpora(), st.integers(1, 6), st.integers(0, 7), wholes, st.text(max_size=3))
def test_each_passage_goes_to_as_many_as_were_asked_for(
    passages: list[Passage], people: int, overlap: int, by: Whole, salt: str
) -> None:
    """Exactly min(k, n) different people; 0 is all; the same call gives the same answer."""
    names = NAMES[:people]
    assigned = assign(passages, names, overlap=overlap, by=by, salt=salt)
    wanted = people if overlap == 0 else min(overlap, people)
    assert _people(assigned) == {key(passage): wanted for passage in passages}
    assert all(len(theirs) == len(set(map(key, theirs))) for theirs in assigned.values())
    assert assigned == assign(passages, names, overlap=overlap, by=by, salt=salt)


@given(corpora(), st.integers(1, 6), st.integers(1, 4), wholes)
def test_work_is_balanced(passages: list[Passage], people: int, overlap: int, by: Whole) -> None:
    """No two loads differ by more than twice the longest of what is dealt out."""
    work: Counter[str] = Counter()
    for passage in passages:
        work[passage.doc_id if by == "document" else key(passage)] += len(passage.text)
    assigned = assign(passages, NAMES[:people], overlap=overlap, by=by)
    loads = [_load(theirs) for theirs in assigned.values()]
    assert max(loads) - min(loads) <= 2 * max(work.values())


@given(corpora(), st.integers(2, 5), st.integers(1, 3))
def test_documents_stay_whole(passages: list[Passage], people: int, overlap: int) -> None:
    """By default all passages of a document go to the same people."""
    assigned = assign(passages, NAMES[:people], overlap=overlap)
    for theirs in assigned.values():
        mine = {passage.doc_id for passage in theirs}
        assert theirs == [passage for passage in passages if passage.doc_id in mine]


@given(corpora(), st.integers(1, 5), st.integers(1, 3), wholes)
def test_everyone_gets_the_calibration_documents(
    passages: list[Passage], people: int, overlap: int, by: Whole
) -> None:
    """Calibration documents go to all, the others to as many as were asked for."""
    names = NAMES[:people]
    assigned = assign(passages, names, overlap=overlap, calibration=["d0"], by=by)
    assert _people(assigned) == {
        key(passage): people if passage.doc_id == "d0" else min(overlap, people)
        for passage in passages
    }


@given(
    corpora(),
    corpora("new"),
    st.integers(1, 3),
    wholes,
    st.lists(st.sampled_from(["join", "leave", "add"]), max_size=4),
    st.data(),
)
def test_nobody_loses_what_they_have(  # noqa: PLR0917 - what may happen in a project
    passages: list[Passage],
    later: list[Passage],
    overlap: int,
    by: Whole,
    events: list[str],
    data: st.DataObject,
) -> None:
    """Whoever joins or leaves, whatever is added: what somebody has stays, and no more is dealt.

    What those who left have still counts.
    """
    names = list(NAMES[:2])
    taken: dict[str, set[str]] = {}
    for event in ["begin", *events]:
        if event == "join" and len(names) < len(NAMES):
            names.append(next(name for name in NAMES if name not in names))
        elif event == "leave" and len(names) > 1:
            names.remove(data.draw(st.sampled_from(names)))
        elif event == "add":
            passages = [*passages, *(p for p in later if p not in passages)]
        assigned = assign(passages, names, overlap=overlap, by=by, taken=taken)
        assert _kept(taken, assigned)
        before = Counter(one for keys in taken.values() for one in keys)
        left = Counter(one for name, keys in taken.items() if name not in names for one in keys)
        taken |= _taken(assigned)
        after = Counter(one for keys in taken.values() for one in keys)
        for passage in passages:
            one = key(passage)
            assert after[one] == max(before[one], min(overlap, len(names) + left[one]))


def test_who_has_a_part_gets_the_rest() -> None:
    """A document that is cut otherwise, was changed, or grew stays with its people."""
    old = _document("a", [30, 30])
    taken = {"bo": {key(passage) for passage in old}}
    new = _document("a", [40, 40, 5])
    assigned = assign([*new, *_document("b", [85])], ["anna", "bo"], overlap=1, taken=taken)
    assert assigned == {"anna": _document("b", [85]), "bo": new}


def test_who_left_in_the_middle_of_a_document_leaves_the_rest_to_another() -> None:
    """What the one who left has counts for those passages, and for no other."""
    passages = _document("a", [10, 20, 30])
    assigned = assign(passages, ["bo"], overlap=1, taken={"anna": {key(passages[0])}})
    assert assigned == {"bo": passages[1:]}


def test_more_people_than_are_asked_for_keep_what_they_have() -> None:
    """Where three have a passage and the overlap is two now, nobody loses it, nobody gets more."""
    first, second = _document("a", [10, 20])
    taken = {name: {key(first)} for name in NAMES[:3]}
    assigned = assign([first, second], NAMES[:4], overlap=2, taken=taken)
    assert [first in assigned[name] for name in NAMES[:4]] == [True, True, True, False]
    assert [second in assigned[name] for name in NAMES[:4]] == [True, True, False, False]


def test_a_newcomer_gets_the_new_work_until_they_have_as_much() -> None:
    """Balance is over all that each has, not over what is new."""
    old = [passage for n in range(10) for passage in _document(f"old{n}", [100])]
    taken = _taken(assign(old, ["anna", "bo"], overlap=1))
    new = [passage for n in range(5) for passage in _document(f"new{n}", [100])]
    assigned = assign([*old, *new], ["anna", "bo", "chen"], overlap=1, taken=taken)
    assert [_load(theirs) for theirs in assigned.values()] == [500, 500, 500]


@pytest.mark.parametrize(("people", "overlap"), [(3, 2), (4, 2), (5, 2), (6, 3)])
def test_all_pairs_meet_about_equally_often(people: int, overlap: int) -> None:
    """Each two people share about as many documents, and the work is even."""
    passages = [
        passage for n in range(300) for passage in _document(f"d{n}", [200 + (n * 7919) % 1800])
    ]
    assigned = assign(passages, NAMES[:people], overlap=overlap)
    documents = {name: {p.doc_id for p in theirs} for name, theirs in assigned.items()}
    shared = [len(documents[a] & documents[b]) for a, b in combinations(documents, 2)]
    mean = 300 * overlap * (overlap - 1) / (people * (people - 1))
    assert max(shared) - min(shared) <= 0.1 * mean
    loads = [_load(theirs) for theirs in assigned.values()]
    assert max(loads) - min(loads) <= 0.01 * max(loads)


def test_another_salt_is_another_draw() -> None:
    """What is equal otherwise goes by the salt."""
    passages = [passage for n in range(20) for passage in _document(f"d{n}", [100])]
    drawn = {salt: assign(passages, NAMES[:4], overlap=2, salt=salt) for salt in ("1", "2")}
    assert drawn["1"] != drawn["2"]
