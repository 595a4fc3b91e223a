"""Agreement of any number of documents: part by part, and the findings put together.

Only sums are held of all documents, some numbers for each two annotators of each; what two
labels or two people amount to, and every bootstrap sample, is made of these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from toolkit.agreement.bootstrap import Method
from toolkit.agreement.breakdown import SAMPLES, SEED, AgreementReport, report, to_show
from toolkit.agreement.counting import Counting, apply, check_groups
from toolkit.agreement.differences import Differences, find_differences
from toolkit.agreement.findings import Findings, findings, together
from toolkit.agreement.kinds import shown
from toolkit.agreement.prepared import Prepared, prepare, resample
from toolkit.model import Annotation, Document
from toolkit.records import counted_annotations

Records = tuple[Sequence[Annotation], Mapping[str, Document]]
"""Annotations, maybe a history, and the documents that they are about, by id."""


def part(records: Records, labels: Sequence[str], counting: Counting) -> Findings:
    """What is found in a part of the documents, with all of their annotations.

    Raises:
        InputError: a document's tokens aren't in order.
        OffsetError: a span or a passage doesn't fit its text.
    """
    return findings(*_looked_at(records, labels, counting))


def agreement_in_parts(
    parts: Iterable[Findings],
    read: Callable[[Sequence[str]], Records],
    *,
    labels: Sequence[str],
    counting: Counting,
    samples: int = SAMPLES,
    seed: int = SEED,
    interval: Method = "bca",
) -> AgreementReport:
    """What ``breakdown.agreement`` says of all documents, to the last digit.

    Args:
        parts: what ``part`` found, in any order; together all documents, each once.
        read: gives the records of some documents again, by id, of which examples are shown.
        labels: as of ``part``.
        counting: as of ``part``.
        samples: of the bootstrap.
        seed: of the bootstrap.
        interval: how its ends are found.

    Raises:
        UsageError: a label in a group doesn't exist.
    """
    found = together(parts, counting.labels(labels))
    check_groups(counting.groups, {*labels, *found.used})
    (resamples,) = resample([found.groups], samples, seed, interval)
    picked = to_show(found)
    some = read(sorted({one.doc_id for one in picked}))
    prepared, differences, _ = _looked_at(some, labels, counting)
    examples = shown(prepared.layout, differences, picked)
    return report(found, resamples, examples, counting=counting, seed=seed)


def _looked_at(
    records: Records, labels: Sequence[str], counting: Counting
) -> tuple[Prepared, Differences, set[str]]:
    """Records laid out and counted, their differences, and the labels that they have."""
    annotations, documents = records
    counted = counted_annotations(annotations, documents)
    used = {span.label for one in counted for span in one.spans}
    prepared = prepare(apply(counting, counted, documents), documents, counting.labels(labels))
    differences = find_differences(prepared.layout, prepared.rows, prepared.contacts)
    return prepared, differences, used
