"""Nested and overlapping spans, taken apart into layers that are flat.

Two spans that one annotator gave together and that overlap are both meant, so they are
of different layers. Two that overlap and that nobody gave together are two answers to
one question, so they are of one layer. Each layer is merged for itself, and a case's
decisions are put together again.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from toolkit.gold.cases import Case, Decision, View
from toolkit.model import Span

Key = tuple[int, int, str]

AtDepth = Callable[[int, Sequence[Case]], Iterable[Decision]]
"""Decides flat cases of the layer at this depth."""


def layers_of(case: Case) -> list[Case]:
    """The case once for each of its layers: views with the spans of that layer, flat.

    There is always a first layer. Which layer a span is in depends on the spans of the
    case and not on who gave them.
    """
    if all(_are_apart(view.spans) for view in (*case.views, *case.truth)):
        return [case]
    together = _given_together((*case.views, *case.truth))
    if not together:
        return [_without_repeats(case)]
    given = {s.key for view in (*case.views, *case.truth) for s in view.spans}
    layer = _assign(given, together)
    return [_layer(case, layer, number) for number in range(max(layer.values()) + 1)]


def by_layers(cases: Sequence[Case], decide: AtDepth) -> Iterator[Decision]:
    """A decision for each case, put together from those for its layers."""
    layers = [layers_of(case) for case in cases]
    deeper = _deeper(layers, decide)
    for number, outer in enumerate(decide(0, [of_case[0] for of_case in layers])):
        if number not in deeper:
            yield outer
            continue
        more = [outer, *deeper[number]]
        yield Decision(
            tuple(sorted(span for one in more for span in one.spans)),
            any(one.disputed for one in more),
            tuple(
                sorted((a for one in more for a in one.rejected), key=lambda a: (-a.confidence, a))
            ),
            {key: said for one in more for key, said in one.words.items()},
        )


def _deeper(layers: Sequence[Sequence[Case]], decide: AtDepth) -> dict[int, list[Decision]]:
    """The decisions for second and further layers, by the number of their case."""
    decided: dict[int, list[Decision]] = defaultdict(list)
    for depth in range(1, max(map(len, layers), default=0)):
        numbers = [number for number, of_case in enumerate(layers) if len(of_case) > depth]
        cases = [layers[number][depth] for number in numbers]
        for number, one in zip(numbers, decide(depth, cases), strict=True):
            decided[number].append(one)
    return decided


def _are_apart(spans: Iterable[Span]) -> bool:
    """Whether each span ends before the next one begins."""
    end = 0
    for span in spans:
        if span.start < end:
            return False
        end = span.end
    return True


def _given_together(views: Iterable[View]) -> dict[Key, set[Key]]:
    """Spans that overlap another one of the same annotator, with those they overlap."""
    together: dict[Key, set[Key]] = defaultdict(set)
    for view in views:
        if _are_apart(view.spans):
            continue
        open_keys: list[Key] = []
        for key in sorted({span.key for span in view.spans}):
            open_keys = [other for other in open_keys if other[1] > key[0]]
            for other in open_keys:
                together[key].add(other)
                together[other].add(key)
            open_keys.append(key)
    return together


def _assign(keys: Iterable[Key], together: dict[Key, set[Key]]) -> dict[Key, int]:
    """A layer for each span: the spans given together first, the longest outermost."""
    layer: dict[Key, int] = {}
    members: dict[int, list[Key]] = defaultdict(list)
    for key in sorted(keys, key=lambda k: (k not in together, k[0] - k[1], k)):
        taken = {layer[other] for other in together.get(key, ()) if other in layer}
        free = (number for number in itertools.count() if number not in taken)
        if key in together:
            best = next(free)
        else:
            best = max(range(len(members)), key=lambda n: (_nearest(key, members[n]), -n))
        layer[key] = best
        members[best].append(key)
    return layer


def _nearest(key: Key, others: Sequence[Key]) -> float:
    """The largest share of common characters that ``key`` has with one of these."""
    return max(
        (
            (min(key[1], o[1]) - max(key[0], o[0])) / (max(key[1], o[1]) - min(key[0], o[0]))
            for o in others
            if o[0] < key[1] and key[0] < o[1]
        ),
        default=0.0,
    )


def _only(view: View, layer: dict[Key, int], number: int) -> View:
    spans = {span.key: span for span in view.spans if layer[span.key] == number}
    return msgspec.structs.replace(view, spans=tuple(spans[key] for key in sorted(spans)))


def _layer(case: Case, layer: dict[Key, int], number: int) -> Case:
    return Case(
        case.document,
        tuple(_only(view, layer, number) for view in case.views),
        tuple(_only(view, layer, number) for view in case.truth),
    )


def _without_repeats(case: Case) -> Case:
    views = (*case.views, *case.truth)
    if all(len({span.key for span in view.spans}) == len(view.spans) for view in views):
        return case
    return _layer(case, {s.key: 0 for view in views for s in view.spans}, 0)
