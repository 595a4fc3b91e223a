"""Agreement cut into groups, and whether two of them differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from msgspec import Struct

from toolkit.agreement import counting as rules
from toolkit.agreement.bootstrap import Method, Resamples
from toolkit.agreement.comparison import Comparison, compare
from toolkit.agreement.counting import Counting
from toolkit.agreement.figures import NO_OVERLAP, Figure
from toolkit.agreement.group_figures import measured
from toolkit.agreement.groupings import META, NO_TIME, Group, grouping
from toolkit.agreement.passes import BY, FIRST, SECOND, two_passes
from toolkit.agreement.prepared import Prepared, prepare, resample
from toolkit.errors import UsageError
from toolkit.model import Annotation, Document
from toolkit.records import counted_annotations

PASS = "pass"  # noqa: S105 - a word of the command line
"""The cut that compares each annotator with themselves."""

EVERYBODY = "everybody"

_PASSES = f"{FIRST} against {SECOND} of the same passage by the same annotator"
_NO_PASSES = "nobody submitted the same passage twice"
_NO_TIMES = "no annotation says when it was made (updated_at or created_at)"
_PAIR = 2


class Cut(Struct, frozen=True):
    """Figures by group; without groups ``undefined`` says why.

    ``comparison`` is of the two groups that were asked for, or of the only two.
    """

    meaning: str
    groups: dict[str, tuple[Figure, ...]]
    comparison: Comparison | None = None
    undefined: str = ""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How intervals are made."""

    samples: int
    seed: int
    interval: Method


def cut(
    by: str,
    prepared: Prepared,
    resamples: Resamples,
    *,
    compared: tuple[str, str] | None,
    seed: int,
) -> Cut:
    """Cut comparisons by a grouping (``groupings.grouping``).

    Raises:
        UsageError: there is no such grouping, or no such group to compare.
    """
    how = grouping(by)
    groups = how.split(prepared.layout, prepared.rows)
    if not groups:
        return Cut(how.meaning, {}, undefined=NO_OVERLAP)
    if [group.name for group in groups] == [NO_TIME]:
        return Cut(how.meaning, {}, undefined=_NO_TIMES)
    return _cut(how.meaning, groups, prepared, resamples, compared=compared, seed=seed)


def cut_passes(
    history: Sequence[Annotation],
    documents: Mapping[str, Document],
    counting: Counting,
    sampling: Sampling,
    compared: tuple[str, str] | None,
) -> Cut:
    """Each annotator's first pass against their second, and everybody's together.

    Raises:
        OffsetError: a span or a passage of an earlier pass doesn't fit its text.
        UsageError: there is no such annotator to compare.
    """
    passes, texts = two_passes(history, documents)
    if not passes:
        return Cut(_PASSES, {}, undefined=_NO_PASSES)
    counted = rules.apply(counting, counted_annotations(passes, texts), texts)
    prepared = prepare(counted, texts, ())
    (resamples,) = resample([prepared.names], sampling.samples, sampling.seed, sampling.interval)
    people = grouping(META + BY).split(prepared.layout, prepared.rows)
    groups = [prepared.everything(EVERYBODY), *people]
    return _cut(_PASSES, groups, prepared, resamples, compared=compared, seed=sampling.seed)


def compare_sets(first: Prepared, second: Prepared, sampling: Sampling) -> Comparison:
    """Two sets of annotations: these against those, by the same documents where they share any."""
    one, other = resample(
        [first.names, second.names], sampling.samples, sampling.seed, sampling.interval
    )
    names = ("these", "those")
    return compare(
        names,
        measured(first.tables, first.everything(names[0]), one),
        measured(second.tables, second.everything(names[1]), other),
        (one, other),
        sampling.seed,
    )


def _cut(
    meaning: str,
    groups: Sequence[Group],
    prepared: Prepared,
    resamples: Resamples,
    *,
    compared: tuple[str, str] | None,
    seed: int,
) -> Cut:
    found = {group.name: measured(prepared.tables, group, resamples) for group in groups}
    names = compared or _only_two(groups)
    for name in names or ():
        if name not in found:
            raise UsageError(
                f"there is no {name!r} to compare", f"The groups are {', '.join(found)}."
            )
    return Cut(
        meaning,
        {name: tuple(one.figure(resamples) for one in mine) for name, mine in found.items()},
        compare(names, found[names[0]], found[names[1]], (resamples, resamples), seed)
        if names
        else None,
    )


def _only_two(groups: Sequence[Group]) -> tuple[str, str] | None:
    """The names of two groups that are all there are and have no row in common."""
    if len(groups) != _PAIR or np.isin(groups[0].rows, groups[1].rows).any():
        return None
    return groups[0].name, groups[1].name
