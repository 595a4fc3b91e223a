"""Which annotator works on which passages; pure."""

from __future__ import annotations

from collections.abc import Sequence

from toolkit.errors import UsageError
from toolkit.model import Passage


def assign(passages: Sequence[Passage], annotators: Sequence[str]) -> dict[str, list[Passage]]:
    """Every annotator gets every passage, in the order of the documents.

    Documents keep the order in which they first come in ``passages``; the passages of
    one document stand together, by where they start.

    Raises:
        UsageError: nobody is there to annotate.
    """
    if not annotators:
        raise UsageError(
            "there are no annotators",
            'Name them in toolkit.toml: [annotators] anna = "anna@example.com".',
        )
    first: dict[str, int] = {}
    for passage in passages:
        first.setdefault(passage.doc_id, len(first))
    ordered = sorted(passages, key=lambda passage: (first[passage.doc_id], passage.start))
    return {annotator: list(ordered) for annotator in annotators}
