"""Agreement, beside nervaluate and pygamma-agreement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from itertools import combinations

from benchmarks import agreement as script
from benchmarks.figures import Figure, Target, fewer_seconds
from benchmarks.invented import SIX
from benchmarks.measuring import Cost, ask_peer, cost_of
from toolkit.model import Annotation


def agreement(quick: bool) -> Iterator[Figure]:
    """All figures but γ with 1,000 bootstrap samples, beside nervaluate's F1 of three pairs."""
    from toolkit.agreement.breakdown import agreement as measured

    count = 1_000 if quick else 10_000
    documents, annotations = script.corpus(count)
    _, ours = cost_of(lambda: measured(annotations, documents, labels=SIX))
    theirs = None
    if find_spec("nervaluate") is not None:
        _, theirs = cost_of(lambda: _nervaluated(annotations))
    yield fewer_seconds(
        f"agreement of 3 × {count:,} annotations, 1,000 samples",
        ours,
        "nervaluate, F1 of three pairs, no interval" if theirs else "",
        theirs,
        None if quick else Target(20),
    )


def _nervaluated(annotations: Sequence[Annotation]) -> None:
    from nervaluate import Evaluator

    spans = defaultdict(list)
    for one in annotations:
        # Its ends are inclusive.
        spans[one.annotator].append(
            [{"label": s.label, "start": s.start, "end": s.end - 1} for s in one.spans]
        )
    for first, second in combinations(script.WHO, 2):
        Evaluator(spans[first], spans[second], tags=list(SIX), loader="dict").evaluate()


def gamma(quick: bool) -> Iterator[Figure]:
    """γ of one continuum of 300 units beside pygamma-agreement's."""
    rows = [row for row in script.made() if not quick or row[2] < 500]
    script.gamma(rows[::20])
    found, ours = cost_of(lambda: script.gamma(rows))
    said = ask_peer(
        "pygamma-agreement", {"rows": rows, "first": rows[::20], "samples": found.samples}
    )
    yield fewer_seconds(
        f"γ of {len(rows)} units, {found.samples} samples",
        ours,
        f"pygamma-agreement {said['version']}",
        Cost(said["cpu"], said["wall"]),
        Target(20, "ratio"),
    )
    # Equal disorders on the same units: the same thing was measured.
    yield Figure(
        name="disorder of the best alignment",
        unit="",
        less=True,
        ours=float(found.observed[0]),
        peer=f"pygamma-agreement {said['version']}",
        theirs=said["disorder"],
        detail=True,
    )
