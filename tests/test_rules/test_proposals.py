"""Tests of toolkit.rules.proposals."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from toolkit.rules.overlap import Rival, settled, weight
from toolkit.rules.proposals import Proposals
from toolkit.rules.rule import Rule
from toolkit.rules.vetoes import Struck, Veto, struck

TEXT = "在 武汉市 第七医院\n说明了情况。"
RULES = tuple(
    Rule(id=name, kind="lexicon", why="a test", label=label, lexicon="x")
    for name, label in (("b", "ORG"), ("a", "ORG"), ("c", "LOC"))
)
PLACES = st.tuples(st.integers(0, len(TEXT) - 1), st.integers(1, 6)).map(
    lambda drawn: (drawn[0], min(drawn[0] + drawn[1], len(TEXT)))
)
ADDED = st.lists(
    st.tuples(st.integers(0, 2), st.lists(PLACES, max_size=5), st.sampled_from((0.5, 0.76, 0.8)))
)


def proposed(
    added: list[tuple[int, list[tuple[int, int]], float]], struck: dict[str, Struck]
) -> Proposals:
    """What comes of adding places."""
    proposals = Proposals(TEXT, RULES, struck, {"LOC"})
    for number, places, score in added:
        proposals.add(number, places, score)
    return proposals


@given(ADDED)
def test_what_wins_at_a_place_is_all_that_can_win(
    added: list[tuple[int, list[tuple[int, int]], float]],
) -> None:
    """The best set is the same whether all candidates compete or the best of each place."""
    proposals = proposed(added, {})

    def rivals(every: bool) -> list[Rival]:
        chosen = proposals.all() if every else proposals.best()
        return [
            Rival(end, start, -score, RULES[n].label, RULES[n].id, weight(score, end - start))
            for (start, end), (n, score) in chosen
        ]

    assert settled(rivals(every=True)) == settled(rivals(every=False))


@given(ADDED)
def test_each_candidate_once_with_its_best_score(
    added: list[tuple[int, list[tuple[int, int]], float]],
) -> None:
    """A rule's candidates have no space at their edges, and the best score given there."""
    best: dict[tuple[str, int], float] = {}
    for number, places, score in added:
        for start, end in places:
            named = TEXT[start:end].strip()
            at = start + len(TEXT[start:end]) - len(TEXT[start:end].lstrip())
            if named:
                key = (f"{at}-{at + len(named)}", number)
                best[key] = max(best.get(key, 0.0), score)
    found = [((f"{s}-{e}", n), score) for (s, e), (n, score) in proposed(added, {}).all()]
    assert len(found) == len(best)
    assert dict(found) == best


def test_neighbours_and_vetoes() -> None:
    """What a veto strikes is no candidate and no neighbour; ends are the farthest first."""
    vetoes = [Veto(["LOC"], "inside", [(2, 4)]), Veto(["LOC", "ORG"], "overlap", [(10, 11)])]
    added = [(2, [(2, 4), (2, 5), (1, 6), (6, 10), (6, 11), (2, 6)], 0.8)]
    proposals = proposed(added, struck(vetoes))
    assert proposals.starts == {"LOC": {2: [5], 6: [10]}}
    after = Rule(id="d", kind="lexicon", why="a test", label="ORG", lexicon="x", after=("LOC",))
    assert proposals.beside(after, [(5, 6), (4, 6), (10, 12)]) == [(5, 6), (10, 12)]
