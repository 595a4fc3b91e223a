"""Token rules over words of given classes, against regular expressions that say the same."""

from __future__ import annotations

import re

from hypothesis import example, given
from hypothesis import strategies as st

from toolkit.rules.sequence import MOST, Step
from toolkit.rules.words import WordRules

STEPS = st.lists(
    st.builds(
        Step,
        words=st.sets(st.sampled_from("abc"), min_size=1).map(lambda some: tuple(sorted(some))),
        repeat=st.sampled_from(("", "?", "*", "+")),
        span=st.booleans(),
    ),
    min_size=1,
    max_size=4,
)
TEXTS = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(1, MOST + 3)), min_size=1, max_size=4
).map(lambda runs: "".join(char * count for char, count in runs))
BOUNDS = {"": "{1}", "?": "{0,1}", "*": f"{{0,{MOST}}}", "+": f"{{1,{MOST}}}"}
MANY = Step(words=("a", "b"), repeat="*")
TURNING = [MANY, Step(words=("b",)), MANY, MANY, Step(words=("c",))]
"""The first step can take as many words as it may, and must then take fewer."""


def by_expression(steps: list[Step], text: str) -> list[tuple[int, int]]:
    """The spans of a rule over words of one character each, as ``re`` finds them."""
    groups = (f"([{''.join(step.words)}]{BOUNDS[step.repeat]})" for step in steps)
    match = re.compile("".join(groups)).match
    places: list[tuple[int, int]] = []
    for start in range(len(text)):
        found = match(text, start)
        if found is None or (places and start < places[-1][1]):
            continue
        taken = [found.span(n) for n, step in enumerate(steps, 1) if step.span and found[n]]
        if taken:
            places.append((taken[0][0], taken[-1][1]))
    return places


def by_rule(steps: list[Step], text: str) -> list[tuple[int, int]]:
    """The same as token rules find them."""
    rules = WordRules({0: (steps, {})})
    classes = [rules.classes.learn(char, "x") for char in text]
    return rules.find(classes, list(range(len(text) + 1))).get(0, [])


@given(STEPS, TEXTS)
@example([Step(words=("a",), repeat="+"), Step(words=("b",))], "a" * (MOST + 2) + "b")
@example([Step(words=("a",), repeat="*"), Step(words=("a",), repeat="+")], "a" * (MOST + 2))
@example([MANY, Step(words=("b",)), Step(words=("c",))], "abbbc")
@example(TURNING, "ab" + "a" * (MOST + 2) + "bc")
def test_a_rule_takes_the_words_that_an_expression_takes(steps: list[Step], text: str) -> None:
    """Greedy as ``re``, with a bound of its own for repeated steps; the next behind the last."""
    assert by_rule(steps, text) == by_expression(steps, text)
