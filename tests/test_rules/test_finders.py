"""Lexicons, patterns, token sequences and the shadow text that they look at."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.test_rules.reference import Text, places_of
from toolkit.rules.compiled import compiled
from toolkit.rules.lexicon import Lexicon, trie_pattern
from toolkit.rules.pattern import check_pattern, expand
from toolkit.rules.scan import Scan
from toolkit.rules.search import Look, Pattern, Terms, Words
from toolkit.rules.sequence import Step, check_steps
from toolkit.rules.shadow import shadow
from toolkit.rules.tokens import Tokenizer, cut

TERMS = st.lists(st.text("武汉市.+[黄😀", min_size=1, max_size=4), min_size=1, max_size=8)


def texts(look: Look, text: str) -> list[str]:
    """What a rule finds, as text; the same as by the reference."""
    places = Scan(compiled({0: look})).find(shadow(text)).get(0, [])
    assert places == places_of(look, Text(text))
    return [text[start:end] for start, end in places]


def words(steps: list[Step], lexicons: dict[str, Lexicon]) -> Words:
    """A sequence of words, checked."""
    check_steps(steps, lexicons)
    return Words(tuple(steps), lexicons)


@given(st.text())
def test_shadow_keeps_the_length(text: str) -> None:
    """Offsets in the shadow are offsets in the text."""
    assert len(shadow(text)) == len(text)


def test_shadow_has_one_form() -> None:
    """Full-width ASCII and special spaces become ASCII, Chinese marks stay."""
    assert shadow("２０，：（）！；％\u3000\u00a0。《》\ud800") == "20,:()!;%  。《》\ufffd"


@given(TERMS, st.text("武汉市.+[黄😀x", max_size=12))
def test_trie_pattern_finds_what_the_lexicon_finds(terms: list[str], text: str) -> None:
    """Leftmost and longest, as the automaton; no term is read as a pattern."""
    look = Terms(tuple(terms), whole_words=False)
    expected = [match.group() for match in re.finditer(trie_pattern(terms), text)]
    assert texts(look, text) == expected


def test_whole_words_only() -> None:
    """大同 in 大同小异 cuts a word."""
    look = Terms(("大同",), whole_words=True)
    assert texts(look, "在大同") == ["大同"]
    assert texts(look, "大同小异") == []


def test_context_outside_of_the_span_is_used_again() -> None:
    """What follows a span may introduce the next one."""
    assert texts(Pattern("(?:^|、)(?P<span>[a-z])(?=、|$)"), "a、b、c") == ["a", "b", "c"]
    assert texts(Pattern("、(?P<span>[a-z])、"), "、a、b、") == ["a", "b"]


@pytest.mark.parametrize("pattern", ["(a+)+", "(?:a*b?)*c", "(?:(?:ab)+x?){2,}", "(a{0,500})*"])
def test_nested_repetition_is_refused(pattern: str) -> None:
    """A pattern that could take exponential time."""
    with pytest.raises(ValueError, match="exponential"):
        check_pattern(pattern)


@pytest.mark.parametrize("pattern", ["a+b+", "(?:ab{1,3})+", "(?:a+b){0,5}", "(?:a|b)*"])
def test_bounded_repetition_is_accepted(pattern: str) -> None:
    """Repetitions side by side, or with a bound inside."""
    check_pattern(pattern)


def test_macro_that_contains_itself_is_refused() -> None:
    """It would never be expanded."""
    with pytest.raises(ValueError, match="itself"):
        expand("{a}", {"a": "x{b}", "b": "{a}"}, {})


@pytest.mark.parametrize("tokenizer", ["rjieba", "jieba"])
@given(
    text=st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from("武汉市长江大桥\x00 \n")))
)
def test_words_are_the_whole_text(text: str, tokenizer: Tokenizer) -> None:
    """Joined they are the text, and their offsets say where."""
    tokens = cut(text, tokenizer)
    assert "".join(token.word for token in tokens) == text
    assert all(token.word == text[token.start : token.end] for token in tokens)


def test_token_steps() -> None:
    """Tags, lexicons, repetition and context."""
    lexicons = {"kind": Lexicon("kind", {"医院": "医院"}), "no": Lexicon("no", {"人民": ""})}
    steps = [Step(words=("在",), span=False), Step(tags="ns", repeat="+")]
    body, kind = Step(tags="n*", repeat="*"), Step(ends="kind")
    text = "他在邢台市人民医院工作,邢台市医院"
    assert texts(words([*steps, body, kind], lexicons), text) == ["邢台市人民医院"]
    picky = Step(tags="n*", not_in="no", repeat="*")
    assert texts(words([*steps, picky, kind], lexicons), text) == []


def test_token_conditions() -> None:
    """A tag or a lexicon in its place, a word made of characters, endings that exclude."""
    lexicons = {
        "also": Lexicon("also", {"周口市": ""}),
        "chars": Lexicon("chars", dict.fromkeys("克林顿", "")),
        "ends": Lexicon("ends", {"性": ""}),
    }
    tagged = words([Step(tags="ns", also="also")], lexicons)
    assert texts(tagged, "周口市和承德市") == ["周口市", "承德市"]
    assert texts(words([Step(made_of="chars")], lexicons), "总统克林顿访华") == ["克林顿"]
    assert texts(words([Step(tags="n*", not_ends="ends", min=3)], lexicons), "严峻性") == []


def test_token_rule_needs_a_span_and_known_lexicons() -> None:
    """Only context, or a lexicon that isn't there."""
    with pytest.raises(ValueError, match="span"):
        check_steps([Step(tags="n", span=False)], {})
    with pytest.raises(ValueError, match="nothing"):
        check_steps([Step(lexicon="nothing")], {})
