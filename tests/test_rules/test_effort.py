"""Patterns of strangers: what could take for ever is refused, and what is accepted doesn't."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.errors import RuleError
from toolkit.model import Document
from toolkit.rules.engine import Engine
from toolkit.rules.pack import Pack
from toolkit.rules.pattern import bounded, check_pattern, expand

EVIL = [
    "(aa|aa)*b",
    "(a|ab|b)*c",
    "(a*)*b",
    "(a+)+b",
    "(.*.*)*x",
    "(?:a?){50}a{50}b",
    "(?:a{0,99}){0,99}b",
    "(?:[ab]{0,9}){0,9}c",
    "(?:a|a?)+b",
    "(?:\\w+\\s?)*;",
    "(?=(?:a|aa)*b)c",
    "(?<!x)(?P<span>(?:ab?|b)*)c",
    ".*.*.*x",
]


@pytest.mark.parametrize("pattern", EVIL)
def test_pattern_that_explodes_is_refused(load_text: Callable[..., Pack], pattern: str) -> None:
    """With file, line, rule and reason."""
    rule = '[[rule]]\nid = "loc.x"\nkind = "pattern"\nlabel = "LOC"\nwhy = "a place"\n'
    with pytest.raises(RuleError, match=r"pack\.toml, line 9: rule loc\.x: .*exponential"):
        load_text(f"{rule}pattern = '{pattern}'\nexamples = ['x']")


@pytest.mark.parametrize(
    "pattern", ["a+b+", "(?:ab{1,3})+", "(?:a+b){0,5}", "(?:a|b)*", "[^,]*,", "(?:ab|cd)*e", "x.*y"]
)
def test_harmless_pattern_is_accepted(pattern: str) -> None:
    """Repetitions whose next part begins otherwise, alternatives that begin otherwise."""
    check_pattern(expand(pattern, {}, {}))


def test_deep_nesting_and_long_patterns_are_refused_or_work() -> None:
    """Neither a crash nor a pattern of gigabytes."""
    with pytest.raises(ValueError, match="regular expression"):
        check_pattern("(" * 5000 + "a" + ")" * 5000)
    check_pattern(expand("武汉|" * 60_000 + "x", {}, {}))
    macros = {f"m{n}": f"{{m{n + 1}}}" * 10 for n in range(15)} | {"m15": "a" * 100}
    with pytest.raises(ValueError, match="2,000,000 characters"):
        expand("{m0}", macros, {})


PARTS = st.recursive(
    st.sampled_from(["a", "b", "ab", "[ab]", "[^a]", ".", "\\w", "(?=a)", "(?!b)", "$"]),
    lambda part: st.one_of(
        st.tuples(part, part).map("".join),
        st.tuples(part, part).map(lambda two: f"(?:{two[0]}|{two[1]})"),
        st.tuples(part, st.sampled_from(["*", "+", "?", "{0,9}", "{2,}", "*?"])).map(
            lambda two: f"(?:{two[0]}){two[1]}"
        ),
    ),
    max_leaves=7,
)


@contextmanager
def _interrupted_after(seconds: float) -> Iterator[None]:
    """Raise out of a regular expression that has computed for so long; re sees to signals."""

    def give_up(*_: object) -> None:
        raise AssertionError(f"no end after {seconds:g} seconds of computing")

    before = signal.signal(signal.SIGVTALRM, give_up)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


@given(PARTS)
def test_accepted_patterns_end(pattern: str) -> None:
    """Whatever is accepted ends on a text made to be ambiguous; what explodes takes hours."""
    written = bounded(pattern)
    try:
        check_pattern(written)
    except ValueError:
        return
    with _interrupted_after(120):
        re.compile(written + "#").match("ab" * 60)
        re.compile(written + "#").match("a" * 120)


def test_what_has_no_end_is_interrupted() -> None:
    """The test before this one would notice."""
    with pytest.raises(AssertionError, match="no end"), _interrupted_after(0.05):
        re.compile("(?:a|a)*b").match("a" * 60)


@pytest.mark.parametrize(
    ("pattern", "meaning"),
    [
        ("a+b*c{2,}d?", "a{1,100}b{0,100}c{2,100}d?"),
        ("[+*]a++", "[+*]a{1,100}+"),
        ("a*?b{,}", "a{0,100}?b{0,100}"),
        (r"\+\*[]+]x+", r"\+\*[]+]x{1,100}"),
        (r"(?P<span>a+)(?=b*)(?#+)[^\]+]", r"(?P<span>a{1,100})(?=b{0,100})(?#+)[^\]+]"),
    ],
)
def test_repetition_without_bound_gets_one(pattern: str, meaning: str) -> None:
    """Quantifiers, and nothing that only looks like one."""
    assert bounded(pattern) == meaning


RULE = """
[lexicons]
city = "PLACE"
[[rule]]
id = "loc.x"
kind = "lexicon"
label = "LOC"
why = "a place"
lexicon = "city"
examples = ["[[武汉]]"]
"""


def test_lexicon_outside_of_the_folder_is_refused(
    load_text: Callable[..., Pack], tmp_path: Path
) -> None:
    """By a path with dots, an absolute path, a link, a folder."""
    (tmp_path / "secret.txt").write_text("武汉", "utf-8")
    (tmp_path / "ours").mkdir()
    (tmp_path / "ours" / "link.txt").symlink_to(tmp_path / "secret.txt")
    (tmp_path / "ours" / "folder").mkdir()
    for place in ("../secret.txt", str(tmp_path / "secret.txt"), "link.txt"):
        with pytest.raises(RuleError, match="outside of the pack's folder"):
            load_text(RULE.replace("PLACE", place))
    with pytest.raises(RuleError, match="is no file"):
        load_text(RULE.replace("PLACE", "folder"))


def test_lexicon_mistake_has_its_line(load_text: Callable[..., Pack], tmp_path: Path) -> None:
    """A byte that isn't UTF-8."""
    (tmp_path / "ours").mkdir()
    (tmp_path / "ours" / "city.txt").write_bytes("武汉\n黄石\n".encode() + b"\xff\n")
    with pytest.raises(RuleError, match=r"city\.txt, line 3: lexicon 'city' is not UTF-8"):
        load_text(RULE.replace("PLACE", "city.txt"))


def test_huge_lexicon_works(load_text: Callable[..., Pack]) -> None:
    """As many terms as all villages of a country."""
    terms = [chr(0x4E00 + n % 9000) + chr(0x4E00 + n // 9000) + "村" for n in range(30_000)]
    pack = load_text(RULE.replace("PLACE", "city.txt"), city="\n".join(terms))
    spans = Engine(pack).suggest(Document("d", f"在{terms[12_345]}和{terms[29_999]}")).spans
    assert [span.text for span in spans] == [terms[12_345], terms[29_999]]
