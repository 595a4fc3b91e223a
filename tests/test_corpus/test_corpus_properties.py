"""What holds of repair whatever the damage: the passes are not known here, only their promises."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.test_corpus.cells import Damaged
from tests.test_corpus.clean_texts import document, seeded, sentence
from tests.test_corpus.damaging import KINDS, combined, damaged_by
from tests.test_corpus.judging import judge
from toolkit.corpus.alignment import (
    Alignment,
    Replacement,
    _widened,
    compose,
    identity,
    rewrite,
    to_raw,
    to_text,
)
from toolkit.corpus.repair import PASSES, Repaired, RepairPass, choose_passes, repair

RUNNING = [p for p in PASSES if getattr(p, "default", True)]

NAMES = [repair_pass.name for repair_pass in RUNNING]

_seeds = st.integers(0, 10**6)

damaged_documents = st.one_of(
    st.builds(combined, _seeds, st.sampled_from([0.005, 0.02, 0.06]), paragraphs=st.just(2)),
    st.builds(damaged_by, st.sampled_from(sorted(KINDS)), _seeds, paragraphs=st.just(2)),
)
"""Generated documents with every kind of damage, singly and together."""


every_pass = pytest.mark.parametrize("repair_pass", PASSES, ids=lambda p: p.name)
"""Those that are off by default too."""


def steps_of(raw: str) -> list[Alignment]:
    """The alignment of each step of a repair with the step before it."""
    steps, text, whole, silent = list[Alignment](), raw, identity(len(raw)), 0
    while silent < len(RUNNING):
        for repair_pass in RUNNING:
            found = list(repair_pass.find(text))
            silent = 0 if found else silent + 1
            if found:
                text, step = rewrite(text, _widened(text, whole, found))
                whole = compose(step, whole)
                steps.append(step)
    return steps


@settings(max_examples=50)
@given(damaged_documents)
def test_composition_of_real_steps_is_associative(damaged: Damaged) -> None:
    """Composed from the first step on or from the last one, the alignment is the same."""
    steps = steps_of(damaged.raw)
    from_first = identity(len(damaged.raw))
    for step in steps:
        from_first = compose(step, from_first)
    assert from_first == repair(damaged.raw).alignment
    if steps:
        from_last = steps[-1]
        for step in reversed(steps[:-1]):
            from_last = compose(from_last, step)
        assert from_last == from_first


@settings(max_examples=50)
@given(damaged_documents)
def test_mapping_is_monotone(damaged: Damaged) -> None:
    """Each character's raw address begins and ends no earlier than that of the one before it."""
    repaired = repair(damaged.raw)
    places = [to_raw(repaired.alignment, i, i + 1) for i in range(len(repaired.text))]
    assert all(a[0] <= b[0] and a[1] <= b[1] for a, b in pairwise(places))
    assert all(0 <= start < end <= len(damaged.raw) for start, end in places)


@settings(max_examples=50)
@given(damaged_documents, st.data())
def test_a_span_mapped_to_raw_and_back_is_itself(damaged: Damaged, data: st.DataObject) -> None:
    """So long as it doesn't cut what stands as a whole; else it comes back with all of that."""
    repaired = repair(damaged.raw)
    ends = sorted(data.draw(st.tuples(*[st.integers(0, len(repaired.text))] * 2)))
    if ends[0] == ends[1]:
        return
    start, end = ends
    wanted = _with_wholes(repaired, start, end)
    back = to_text(repaired.alignment, *to_raw(repaired.alignment, start, end))
    assert back == wanted


def _with_wholes(repaired: Repaired, start: int, end: int) -> tuple[int, int]:
    for low, high, raw_low, raw_high in repaired.alignment:
        if high - low != raw_high - raw_low:
            start = low if low < start < high else start
            end = high if low < end < high else end
    return start, end


@settings(max_examples=50)
@given(damaged_documents)
def test_the_raw_slice_holds_the_entity_with_its_damage(damaged: Damaged) -> None:
    """Each entity that stands in the text has the address of its characters, damaged or not."""
    verdict = judge(damaged, repair(damaged.raw))
    assert [f for f in verdict.failures if f.what == "span raw"] == []


@every_pass
@settings(max_examples=25)
@given(damaged=damaged_documents)
def test_a_second_run_of_a_pass_changes_nothing(repair_pass: RepairPass, damaged: Damaged) -> None:
    """Each pass alone mends all that it can see at once."""
    mended, _ = repair_pass(damaged.raw)
    assert list(repair_pass.find(mended)) == []


@settings(max_examples=50)
@given(damaged_documents)
def test_a_second_repair_changes_nothing(damaged: Damaged) -> None:
    """The chain is idempotent, whatever one pass uncovers for another."""
    assert repair(repair(damaged.raw).text).edits == ()


@every_pass
@settings(max_examples=25)
@given(damaged=damaged_documents)
def test_no_replacement_grows(repair_pass: RepairPass, damaged: Damaged) -> None:
    """Replacements come in order, don't overlap, and are no longer than what they replace."""
    found = list(repair_pass.find(damaged.raw))
    assert all(
        0 <= start < end <= len(damaged.raw) and len(text) <= end - start
        for start, end, text in found
    )
    assert all(before.end <= after.start for before, after in pairwise(found))
    assert all(isinstance(replacement, Replacement) for replacement in found)


@settings(max_examples=50)
@given(damaged_documents, st.sets(st.sampled_from(NAMES)))
def test_any_pass_can_be_left_out(damaged: Damaged, without: set[str]) -> None:
    """The others go on to an end, and what they leave is still addressed."""
    repaired = repair(damaged.raw, choose_passes(dict.fromkeys(without, False)))
    assert not without & {edit.pass_name for edit in repaired.edits}
    touched = bytearray(len(damaged.raw))
    for edit in repaired.edits:
        touched[edit.raw_start : edit.raw_end] = b"\x01" * (edit.raw_end - edit.raw_start)
    for start, end, low, high in repaired.alignment:
        if not any(touched[low:high]):
            assert repaired.text[start:end] == damaged.raw[low:high]


@settings(max_examples=50)
@given(damaged_documents)
def test_nothing_disappears_without_an_edit(damaged: Damaged) -> None:
    """Each raw character is in the text's address or in an edit that quotes it."""
    repaired = repair(damaged.raw)
    accounted = bytearray(len(damaged.raw))
    for *_, low, high in repaired.alignment:
        accounted[low:high] = b"\x01" * (high - low)
    for edit in repaired.edits:
        assert damaged.raw[edit.raw_start : edit.raw_end] == edit.before
        accounted[edit.raw_start : edit.raw_end] = b"\x01" * len(edit.before)
    assert all(accounted)


@cache
def clean_texts() -> frozenset[str]:
    """Thousands of sentences, and two hundred documents of them."""
    sentences = {sentence(seeded(seed)).text for seed in range(6000)}
    return frozenset(sentences | {document(seeded(s), tricky=0.2).text for s in range(200)})


@pytest.mark.parametrize("repair_pass", RUNNING, ids=lambda p: p.name)
def test_clean_sentences_get_no_edits(repair_pass: RepairPass) -> None:
    """No pass touches one of thousands of clean sentences, or a clean document of them."""
    assert len(clean_texts()) > 3000
    assert {text: found for text in clean_texts() if (found := list(repair_pass.find(text)))} == {}


def test_clean_traditional_documents_get_no_edits() -> None:
    """Traditional characters by themselves are no damage."""
    documents = [document(seeded(seed), traditional=True).text for seed in range(100)]
    assert [edit for text in documents for edit in repair(text).edits] == []


# The yardstick itself.


@given(st.integers(0, 10**6), st.sampled_from(sorted(KINDS)))
def test_the_truth_is_true(seed: int, kind: str) -> None:
    """Undamaged characters stand in the raw text at their places, and only they are unmarked."""
    damaged = damaged_by(kind, seed, paragraphs=2)
    assert len(damaged.places) == len(damaged.clean)
    assert "".join(s.cell.raw for s in damaged.stretches) == damaged.raw
    for s in damaged.stretches:
        if s.cell.clean and not s.cell.kind:
            assert damaged.raw[slice(*damaged.places[s.start])] == damaged.clean[s.start]
    assert damaged == damaged_by(kind, seed, paragraphs=2)


@given(damaged_documents)
def test_the_judge_finds_the_truth_perfect(damaged: Damaged) -> None:
    """A repair that gives the clean text with its true address has no fault."""
    ideal = [
        Replacement(s.raw_start, s.raw_end, s.cell.clean)
        for s in damaged.stretches
        if s.cell.raw != s.cell.clean and s.cell.raw
    ]
    text, alignment = rewrite(damaged.raw, ideal)
    assert text == damaged.clean
    verdict = judge(damaged, Repaired(text, alignment, ()))
    assert verdict.failures == []
    assert verdict.restored() == 100


@settings(max_examples=50)
@given(damaged_documents, st.data())
def test_the_judge_sees_a_single_fault(damaged: Damaged, data: st.DataObject) -> None:
    """One undamaged character that is dropped or changed is one wrong character."""
    plain = [s for s in damaged.stretches if s.cell.clean.strip() and not s.cell.kind]
    victim = data.draw(st.sampled_from(plain))
    wrong = data.draw(st.sampled_from(["", "错"]))
    ideal = [
        Replacement(s.raw_start, s.raw_end, wrong if s is victim else s.cell.clean)
        for s in damaged.stretches
        if s is victim or (s.cell.raw != s.cell.clean and s.cell.raw)
    ]
    text, alignment = rewrite(damaged.raw, ideal)
    verdict = judge(damaged, Repaired(text, alignment, ()))
    assert verdict.wrong.total() == 1
    assert verdict.left.total() == len(wrong)
