"""What checks without a model doubt, on the scale of the one with it.

Where the model doubts the place too, its doubt is taken: it has weighed already how the same
text is labelled elsewhere. Where it doesn't, an error is at most as likely as what it leaves
out, and the check's own doubt is a share of that. Spans inside of others, which the model
isn't asked about, keep theirs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from toolkit.datasets.checks.disagreement import LEAST_DOUBT
from toolkit.datasets.checks.finding import Finding
from toolkit.datasets.checks.sentences import outermost
from toolkit.model import GoldDocument


def weighed(
    findings: Sequence[Finding], by_model: Iterable[Finding], gold: Iterable[GoldDocument]
) -> Iterator[Finding]:
    """The findings with the doubts that they have beside the model's.

    Args:
        findings: of spans of the gold, or of places that none touches.
        by_model: what the check by a model found in the same gold.
        gold: that gold.
    """
    doubted: defaultdict[str, list[Finding]] = defaultdict(list)
    for one in by_model:
        doubted[one.doc_id].append(one)
    inner = _inside_of_others(gold, {one.doc_id for one in findings})
    for one in findings:
        if (one.doc_id, one.start, one.end, one.label) in inner:
            yield one
            continue
        of_model = [
            other.doubt
            for other in doubted[one.doc_id]
            if other.start < one.end and one.start < other.end
        ]
        doubt = max(of_model, default=round(one.doubt * LEAST_DOUBT, 4))
        yield replace(one, doubt=doubt)


def _inside_of_others(
    gold: Iterable[GoldDocument], wanted: set[str]
) -> set[tuple[str, int, int, str]]:
    """The spans of these documents that the model isn't asked about."""
    inner = set()
    for document in gold:
        if document.doc_id in wanted:
            asked = {span.key for span in outermost(document)}
            inner |= {(document.doc_id, *s.key) for s in document.spans if s.key not in asked}
    return inner
