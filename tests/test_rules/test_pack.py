"""Reading packs: what is accepted, what is refused and how it is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from toolkit.errors import RuleError
from toolkit.model import Document
from toolkit.rules.engine import Engine
from toolkit.rules.pack import Pack, load_packs
from toolkit.schema import LabelSchema, parse_schema

RULE = """
[[rule]]
id = "loc.x"
kind = "pattern"
label = "LOC"
score = 0.9
why = "a place"
pattern = "武汉"
examples = ["[[武汉]]"]
"""


def changed(old: str, new: str) -> str:
    """The good rule with one thing changed."""
    assert old in RULE
    return RULE.replace(old, new)


MISTAKES = {
    "unknown key": (changed("why", "reason"), "reason"),
    "unknown kind": (changed('"pattern"\n', '"magic"\n'), "magic"),
    "bad pattern": (changed('"武汉"', '"武(汉"'), "not a regular expression"),
    "exponential pattern": (changed('"武汉"', '"(武+汉*)+"'), "exponential"),
    "span group missing": (changed('"武汉"', '"(?P<name>武汉)"'), "none is named span"),
    "unknown macro": (changed('"武汉"', '"{city}"'), "{city}"),
    "score too high": (changed("0.9", "1.5"), "between 0 and 1"),
    "score not a number": (changed("0.9", '"high"'), "line 9: rule loc.x: score must be a number"),
    "key with a typo": (changed("score", "scor"), "line 9: rule loc.x: 'scor' is none of its keys"),
    "kind with a typo": (changed('"pattern"\n', '"patern"\n'), "none of lexicon, pattern"),
    "text for a list": (changed('["[[武汉]]"]', '"[[武汉]]"'), "examples must be a list in [ ]"),
    "look-behind of any width": (changed('"武汉"', '"(?<=在+)武汉"'), "look-behind"),
    "step with a typo": (
        changed('pattern = "武汉"', 'tokens = [{ tag = "ns" }]'),
        "line 11: rule loc.x: 'tag' is none of its keys: tags",
    ),
    "no part of speech": (
        changed('kind = "pattern"', 'kind = "tokens"').replace(
            'pattern = "武汉"', 'tokens = [{ tags = "地名" }]'
        ),
        "no part of speech",
    ),
    "least above most": (
        changed('kind = "pattern"', 'kind = "tokens"').replace(
            'pattern = "武汉"', 'tokens = [{ tags = "ns", min = 3, max = 2 }]'
        ),
        "more than max 2",
    ),
    "no example": (changed('examples = ["[[武汉]]"]', ""), "no example"),
    "label of no schema": (changed("LOC", "ANIMAL"), "ANIMAL"),
    "no label": (changed('label = "LOC"', ""), "no label"),
    "id used twice": (RULE + RULE, "two rules"),
    "two ways to find": (RULE + 'lexicon = "city"', "exactly one"),
    "kind without its key": (changed('"pattern"\n', '"lexicon"\n'), "that is missing"),
    "unknown lexicon": (
        changed('kind = "pattern"', 'kind = "lexicon"').replace("pattern =", "lexicon ="),
        "no lexicon",
    ),
    "everywhere beside": (RULE + 'everywhere = true\nafter = ["ORG"]', "everywhere"),
    "label on a veto": (changed('kind = "pattern"', 'kind = "veto"'), "a veto has labels"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake_is_refused_with_file_rule_and_reason(
    load_text: Callable[..., Pack], name: str
) -> None:
    """Each mistake in a rule names the file, the rule's id and what is wrong."""
    text, reason = MISTAKES[name]
    with pytest.raises(RuleError) as caught:
        load_text(text)
    assert "pack.toml" in caught.value.what
    assert "loc.x" in caught.value.what
    assert reason in str(caught.value)


def test_broken_toml_is_refused_with_its_line(load_text: Callable[..., Pack]) -> None:
    """What tomllib says of the place is passed on."""
    with pytest.raises(RuleError, match=r"pack\.toml: .*line 4"):
        load_text("[[rule\n")


def test_missing_lexicon_file_is_refused(load_text: Callable[..., Pack]) -> None:
    """The error names the lexicon and the file."""
    with pytest.raises(RuleError, match=r"city\.txt: lexicon 'city'"):
        load_text('[lexicons]\ncity = "city.txt"\n' + RULE)


def test_unknown_pack_lists_the_known(tmp_path: Path, schema: LabelSchema) -> None:
    """Neither one that we ship nor a folder."""
    with pytest.raises(RuleError, match=r"We ship .*epidemic_news"):
        load_packs(["nothing"], tmp_path, schema)


def test_label_that_no_rule_gives_is_a_warning(load_text: Callable[..., Pack]) -> None:
    """The pack loads and says so."""
    warnings = load_text(RULE).warnings
    assert len(warnings) == 12
    assert warnings[0] == "the label config has PERSON, which no rule of pack ours proposes"


def test_lexicons_and_macros_stand_in_patterns(load_text: Callable[..., Pack]) -> None:
    """{name} is a macro or a lexicon, {1,2} stays a quantifier, comments are no terms."""
    pack = load_text(
        '[lexicons]\ncity = "city.txt"\n[macros]\nto = "去|到"\n'
        + changed('"武汉"', '"{to}{1,2}（(?P<span>{city}市?)）"'),
        city="# cities\n武汉\t武汉市\n黄石 # here too\n",
    )
    spans = Engine(pack).suggest(Document("d", "去到（黄石市）,去(武汉)")).spans
    assert [span.text for span in spans] == ["黄石市", "武汉"]


def test_later_pack_overrides_by_rule_id(tmp_path: Path, schema: LabelSchema) -> None:
    """The version names both packs, and the later rule with the same id counts."""
    for name, pattern in (("one", "武汉"), ("two", "黄石")):
        (tmp_path / name).mkdir()
        head = f'[pack]\nname = "{name}"\nversion = "1"\n'
        (tmp_path / name / "pack.toml").write_text(
            head + changed('"武汉"', f'"{pattern}"'), encoding="utf-8"
        )
    pack = load_packs(["one", "two"], tmp_path, schema)
    assert pack.model_version.startswith("one+two-1+1-")
    spans = Engine(pack).suggest(Document("d", "武汉和黄石")).spans
    assert [span.text for span in spans] == ["黄石"]


def test_model_version_follows_rules_lexicons_and_schema(
    load_text: Callable[..., Pack], tmp_path: Path, schema: LabelSchema
) -> None:
    """It changes with a rule, a term or a label, and with nothing else."""
    text = '[lexicons]\ncity = "city.txt"\n' + RULE
    first = load_text(text, city="武汉").model_version
    assert load_text(text, city="武汉").model_version == first
    other = [
        load_text(text, city="黄石").model_version,
        load_text(text.replace("0.9", "0.8"), city="武汉").model_version,
    ]
    load_text(text, city="武汉")
    smaller = parse_schema(schema.xml.replace('value="MEASURE"', 'value="POLICY"'))
    other.append(load_packs(["ours"], tmp_path, smaller).model_version)
    assert len({first, *other}) == 4


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ("[macros]\nnum = 9\n", r"pack\.toml, line 5: num must be a text"),
        ("[lexicon]\nx = 'x.txt'\n", r"pack\.toml, line 4: 'lexicon' is none of its keys"),
        ("nests = 'LOC'\n", r"pack\.toml, line 4: nests must be a list"),
        ("author = 'me'\n", r"pack\.toml.*'author' is none of its keys"),
        ("[macros]\na = '\\d'\n[lexicons]\na = 'a.txt'\n", r"line 5: a is both"),
        ('[macros]\na = "\\d"\n', r"single quotes"),
    ],
)
def test_mistake_outside_of_rules_is_refused_with_its_line(
    load_text: Callable[..., Pack], more: str, reason: str
) -> None:
    """The tables of names and the head are as strict as the rules."""
    with pytest.raises(RuleError, match=f"(?s){reason}"):
        load_text(more + RULE, a="甲")


def test_pack_with_a_mark_of_byte_order_is_read(load_text: Callable[..., Pack]) -> None:
    """Some editors begin a file with one."""
    assert (
        load_text(RULE, head='\ufeff[pack]\nname = "ours"\nversion = "1"\n').rules[0].id == "loc.x"
    )
