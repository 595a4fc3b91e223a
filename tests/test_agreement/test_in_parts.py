"""Agreement of parts put together: the same report as of everything at once."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.agreement.breakdown import AgreementReport, agreement
from toolkit.agreement.counting import Counting
from toolkit.agreement.in_parts import Records, agreement_in_parts, part
from toolkit.errors import UsageError
from toolkit.model import AnnotatedSpan, Annotation, Document

TEXT = "示范区管委会副主任马宇航一行到武汉市江汉区。"
TOKENS = tuple((start, start + 2) for start in range(0, len(TEXT), 2))
DOCUMENTS = {
    # Neither in the order of their ids nor alike: some have tokens, some a common group.
    f"d{number * 7 % 10}": Document(
        f"d{number * 7 % 10}",
        TEXT[: len(TEXT) - 2 * (number % 3)],
        tokens=TOKENS[: 11 - number % 3] if number % 4 == 1 else None,
        meta={"group": "g"} if number in {2, 3} else {},
    )
    for number in range(10)
}
SPANS = st.lists(
    st.builds(
        lambda start, length, label: AnnotatedSpan(start, start + length, label),
        st.integers(0, 12),
        st.integers(1, 6),
        st.sampled_from(["LOC", "ORG", "甲"]),
    ),
    max_size=4,
).map(tuple)
# Four and five on one document: their coefficients have thirds, whose sums are rounded.
CROWD = st.lists(
    st.builds(Annotation, st.sampled_from(sorted(DOCUMENTS)), st.sampled_from("abcde"), SPANS),
    max_size=25,
)
COUNTING = st.sampled_from(
    [Counting(), Counting(trim=True, nested="outermost"), Counting(nested="innermost")]
)


def of(crowd: Sequence[Annotation], doc_ids: Sequence[str]) -> Records:
    """The records of some documents."""
    wanted = set(doc_ids)
    return [one for one in crowd if one.doc_id in wanted], {i: DOCUMENTS[i] for i in doc_ids}


def in_parts(
    crowd: Sequence[Annotation],
    size: int,
    *,
    labels: Sequence[str] = (),
    counting: Counting = Counting(),  # noqa: B008 - frozen
    seed: int = 1,
) -> AgreementReport:
    """The report of parts of so many documents, which are in no order."""
    doc_ids = sorted(DOCUMENTS)
    random.Random(seed).shuffle(doc_ids)  # noqa: S311 - makes no secret
    found = (
        part(of(crowd, doc_ids[start : start + size]), labels, counting)
        for start in range(0, len(doc_ids), size)
    )
    return agreement_in_parts(
        found, lambda ids: of(crowd, ids), labels=labels, counting=counting, samples=9
    )


@settings(max_examples=60)
@given(CROWD, st.integers(1, 10), COUNTING, st.sampled_from([(), ("LOC", "DIS")]), st.integers())
def test_parts_make_the_report_of_the_whole(
    crowd: list[Annotation], size: int, counting: Counting, labels: tuple[str, ...], seed: int
) -> None:
    """To the last digit, whatever the parts are and in whatever order they come."""
    whole = agreement(crowd, DOCUMENTS, labels=labels, counting=counting, samples=9)
    assert in_parts(crowd, size, labels=labels, counting=counting, seed=seed) == whole


def test_examples_come_from_everywhere() -> None:
    """Of many differences those are shown that the whole would show, with their texts."""
    crowd = [
        Annotation(name, who, tuple(AnnotatedSpan(s, s + 1 + (who == "b"), "LOC") for s in starts))
        for name in DOCUMENTS
        for who, starts in (("a", range(0, 12, 2)), ("b", range(0, 16, 4)), ("c", (14,)))
    ]
    found = in_parts(crowd, 3)
    assert len(found.differences) == 40
    assert len({one.doc_id for one in found.differences}) > 5
    assert found == agreement(crowd, DOCUMENTS, samples=9)


def test_labels_that_no_part_has_are_refused() -> None:
    """A group of labels may name what is in any of the parts, and nothing else."""
    crowd = [
        Annotation("d1", "a", (AnnotatedSpan(0, 2, "LOC"),)),
        Annotation("d2", "a", (AnnotatedSpan(0, 2, "ORG"),)),
    ]
    counting = Counting(groups={"LOC": "PLACE", "ORG": "PLACE"})
    assert in_parts(crowd, 1, counting=counting).by_label == {}
    with pytest.raises(UsageError, match="'ORG'"):
        in_parts(crowd[:1], 1, counting=counting)
