"""The guidelines and the label config say the same."""

from __future__ import annotations

import re

import pytest

from toolkit.resources import label_configs
from toolkit.schema import Label, read_schema

SCHEMA = read_schema(label_configs() / "epidemic_news.xml")
GUIDELINES = (label_configs() / "epidemic_news.md").read_text(encoding="utf-8")

LONGEST = 9000
"""Characters; more than this nobody reads in a dialogue."""

SECTION = re.compile(r"^### (\w+) (\S+)\(快捷键 (\w)\)\n(.*?)(?=^##)", re.MULTILINE | re.DOTALL)
"""A label's section: identifier, Chinese name, hotkey, and what is said of it."""

SECTIONS = {match[1]: match for match in SECTION.finditer(GUIDELINES)}


def test_every_label_has_its_section_in_order() -> None:
    """The sections are those of the label config, in the order of its buttons."""
    assert tuple(SECTIONS) == SCHEMA.values


@pytest.mark.parametrize("label", SCHEMA.labels, ids=lambda label: label.value)
def test_a_section_has_the_name_and_the_hotkey(label: Label) -> None:
    """Heading and table give each label's Chinese name and its hotkey."""
    section = SECTIONS[label.value]
    assert (section[2], section[3]) == (label.name, label.hotkey)
    assert f"| {label.hotkey} | {label.value} | {label.name} |\n" in GUIDELINES


@pytest.mark.parametrize("label", SCHEMA.values)
def test_a_section_says_what_to_label_and_what_not(label: str) -> None:
    """Each section has 标 and 不标 and three to six examples."""
    said = SECTIONS[label][4]
    assert "\n**标:** " in said
    assert "\n**不标:** " in said
    assert 3 <= len(re.findall(r"^- ", said, re.MULTILINE)) <= 6


def test_guidelines_fit_the_dialogue() -> None:
    """They are short, and hold headings, lists, tables and bold type only."""
    assert len(GUIDELINES) < LONGEST
    assert not re.search(r"<[a-z/!]|!\[|\]\(|```|\*{4}", GUIDELINES)
    assert all(line.count("**") % 2 == 0 for line in GUIDELINES.splitlines())


def test_bold_type_is_bold_in_every_markdown_reader() -> None:
    """No bold stretch begins or ends with punctuation that touches a word outside of it.

    CommonMark (0.31, "left-flanking delimiter run") reads such asterisks as asterisks.
    """
    for line in GUIDELINES.splitlines():
        outside, *rest = line.split("**")
        for inside, after in zip(rest[::2], rest[1::2], strict=True):
            opens = re.search(r"\w$", outside) and re.match(r"\W", inside)
            closes = re.search(r"\W$", inside) and re.match(r"\w", after)
            assert not opens, line
            assert not closes, line
            outside = after
