"""The page shows every number, needs nothing else, and treats all data as text."""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser
from typing import Any

import pytest
from msgspec.structs import replace

from tests.test_report.report_samples import (
    agreement,
    anchoring,
    gold,
    number,
    report,
    schema,
    scores,
)
from toolkit.model import Annotation, Document, GoldDocument, GoldSpan, SuggestedSpan, Suggestion
from toolkit.report.page import build


class Page(HTMLParser):
    """Tags with their attributes, and the visible text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember a tag."""
        self.tags.append((tag, dict(attrs)))
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Leave a tag; void ones before it were never closed."""
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Remember text that is seen."""
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        """What a reader reads."""
        return " ".join(" ".join(self.words).split())


@cache
def standard() -> str:
    """The page of the sample project."""
    return build(report())


@pytest.fixture(name="page", scope="module")
def _page() -> Page:
    return Page(standard())


def test_the_sections_come_in_order(page: Page) -> None:
    """What it is, corpus, progress, suggestions, rules, effects, agreement, gold, definitions."""
    ids = [attrs["id"] for tag, attrs in page.tags if tag == "section"]
    assert ids == [
        *("corpus", "progress", "suggestions", "rules", "anchoring", "agreement", "gold"),
        "method",
    ]
    assert page.text.index("示例数据") < page.text.index("Corpus 语料")


@pytest.mark.parametrize(
    "shown",
    [
        *("2020-03-01 09:30 UTC", "proposed 4 spans", "in 1 they found nothing"),
        *("42.0 s", "not recorded", "2 documents by nobody yet"),
        *("Counted over 2 submissions", "1 more were made without", "1 more can't be told"),
        *("1 901 submissions with", "103 without", "1 987 submissions", "7 count for their time"),
        *("seconds 301 564 × 0.53 × 0.48 to × 0.59 1 888 101", "How long."),
        "wrong ones kept 41.2 % 15.1 % +26.1 +18.0 to +34.1 477 24",
        "all that were given 50.0 % 60.0 % −10.0 it rests on one document 4 5",
        "overlooked ones undefined: there is no case of it 0 0",
        *("31 documents, 37 passages", "1 000 bootstrap samples", "seed 20200123"),
        *("0.912", "0.881 – 0.944", "412", "413", "414"),
        *("0.700", "0.600 – 0.800", "\u22120.020", "55", "999"),
        *("0.811", "0.700 – 0.850", "0.822", "71", "72", "73"),
        *("641", "17", "23", "missed: 61", "boundary: 62", "label: 63", "split/merge: 64"),
        *("calibration error 0.225 over 8 spans", "calibration error 0.015 over 8 spans"),
        *("0.30 – 0.87", "0.8 – 0.9", "7 are left of 9", "77.8 %"),
        "1 more rule had candidates",
        *("0.750", "0 ≤ c < 0.5", "c = 1"),
    ],
)
def test_every_number_is_there(page: Page, shown: str) -> None:
    """Counts, coefficients, interval ends and sample sizes can all be read."""
    assert shown in page.text


@pytest.mark.parametrize(
    "reason",
    [
        "undefined: units have 2 to 3 annotators",
        "a single document gives no interval",
        "nobody used this label",
        "no two saw the same text",
    ],
)
def test_what_is_undefined_says_why(page: Page, reason: str) -> None:
    """A missing value or interval comes with its reason, overall, by label and by pair."""
    assert reason in page.text


@pytest.mark.parametrize(
    ("figures", "says"),
    [
        (None, "Nobody has annotated yet."),
        ({**anchoring(), "control": 0}, "all 1 901 submissions were made with suggestions"),
        ({**anchoring(), "control": 0, "shown": 0}, "the rules have looked at none"),
    ],
)
def test_without_a_comparison_the_page_says_why(figures: dict[str, Any] | None, says: str) -> None:
    """Where nobody worked without suggestions there are no effects, and no definitions of them."""
    text = Page(build(report(anchoring=figures))).text
    assert says in text
    assert "How long." not in text


def test_a_reason_is_said_once_below_the_table() -> None:
    """Many cells with the same reason share one letter."""
    numbers = agreement()
    why = "nobody used this label"
    numbers["by_pair"] = {}
    numbers["by_label"] = {
        label: [number("strict_f1", None, 0, undefined=why)] for label in schema().values
    }
    html = build(report(agreement=numbers))
    assert html.count(why) == 1
    assert html.count("undefined<sup>a</sup>") == len(schema().labels)


def test_differences_show_both_readings(page: Page) -> None:
    """Each annotator's span is marked in the same stretch of text."""
    assert "li 岳文柏在 武汉 LOC 说:7名" in page.text
    assert "zhang 岳文柏在 武汉说 ORG :7名" in page.text


def test_the_page_loads_nothing(page: Page) -> None:
    """No script, no image, no frame, no link but to its own sections."""
    tags = {tag for tag, _ in page.tags}
    assert not tags & {"script", "link", "img", "iframe", "object", "embed", "image", "use"}
    for _, attrs in page.tags:
        for name in ("src", "href", "xlink:href", "action", "data"):
            assert (attrs.get(name) or "#").startswith("#")
    html = standard()
    assert "url(" not in html
    assert "@import" not in html
    # What is left of http are the names of SVG's namespaces, which nobody fetches.
    assert set(re.findall(r"https?://[^\"'\s<>]+", html)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }


EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>&amp;{{7*7}}\x00\u202e"


def test_hostile_text_is_text() -> None:
    """Markup in any field of the data is shown and never becomes a tag."""
    numbers = agreement()
    numbers["overall"][1]["undefined"] = EVIL
    numbers["overall"][2]["name"] = EVIL
    numbers["by_label"][EVIL] = [number(EVIL, 0.5, 1), number("cohen_kappa", 0.5, 1)]
    numbers["by_pair"] = {f"{EVIL} – b": [number("strict_f1", 0.5, 1)]}
    numbers["confusion"].append({"label_a": EVIL, "label_b": "LOC", "count": 1})
    numbers["kinds"] = {EVIL: 1}
    numbers["units"] = EVIL
    numbers["differences"][0] |= {"doc_id": EVIL, "kind": EVIL, "pair": [EVIL, EVIL], "text": EVIL}
    span = GoldSpan(0, len(EVIL), EVIL, confidence=0.5, votes={EVIL: EVIL})
    html = build(
        report(
            workspace_name=EVIL,
            notice=EVIL,
            made_at=EVIL,
            agreement=numbers,
            documents=[Document(EVIL, EVIL)],
            suggestions=[Suggestion(EVIL, EVIL, (SuggestedSpan(0, 3, EVIL),))],
            annotations=[Annotation(EVIL, EVIL, suggested=EVIL)],
            gold=[GoldDocument(EVIL, EVIL, (span,), (EVIL,), "disputed"), *gold()],
        )
    )
    page = Page(html)
    assert not {tag for tag, _ in page.tags} & {"script", "img"}
    assert not any(name.startswith("on") for _, attrs in page.tags for name in attrs)
    assert "\x00" not in html
    assert "{{7*7}}" in page.text
    assert "<script>alert(1)</script>" in page.text  # as words


def test_a_label_colour_is_only_a_colour() -> None:
    """A colour of the schema can't carry style or markup."""
    first, *rest = schema().labels
    bad = replace(first, color='red;background:url(//x)"><b>')
    html = build(report(schema=replace(schema(), labels=(bad, *rest))))
    assert "url(" not in html
    assert 'style="background:#888888"' in html


def test_half_a_character_is_shown_as_one() -> None:
    """A lone surrogate can't stop the page from being written."""
    html = build(report(notice="\ud83d疫情", workspace_name="\udc00"))
    assert "\ufffd疫情" in html
    html.encode()


def test_an_empty_workspace_has_a_page() -> None:
    """Every section says that there is nothing yet."""
    page = Page(
        build(report(documents=[], suggestions=[], annotations=[], agreement=None, gold=[]))
    )
    for words in (
        "There are no suggestions yet",
        "There are no annotations yet",
        "Nobody has worked on suggestions yet",
        "No agreement was computed",
        "Nothing was merged yet",
    ):
        assert words in page.text


def test_rules_that_cannot_be_scored_say_why() -> None:
    """The reason stands where the scores would, as text."""
    page = Page(build(report(scores="The rules can't be scored: <b>no pack</b>.")))
    assert "can't be scored: <b>no pack</b>." in page.text
    assert "By rule" not in page.text


def test_scores_of_a_single_text_have_no_calibrated_diagram() -> None:
    """What can't be known is said, and one diagram is drawn."""
    html = build(report(scores={**scores(), "calibrated": None}))
    assert "One text can&#39;t say" in html or "One text can't say" in html
    assert html.count("Reliability diagram") == 1
    assert standard().count("Reliability diagram") == 2


def test_an_agreement_report_may_be_empty() -> None:
    """One without any figure is shown as such."""
    assert "coefficient" in Page(build(report(agreement={}))).text


def test_pairs_that_cannot_be_split_are_listed_only() -> None:
    """Where a pair's names can't be told apart there is no matrix, and the table remains."""
    numbers = agreement()
    numbers["by_pair"] = {"ab": [number("strict_f1", 0.123, 5)]}
    html = build(report(agreement=numbers))
    assert 'class="matrix"' not in html
    assert "0.123" in html
    assert 'class="matrix"' in standard()


def test_the_same_data_give_the_same_page() -> None:
    """Nothing in the page comes from a clock or an order of sets."""
    assert build(report()) == standard()
