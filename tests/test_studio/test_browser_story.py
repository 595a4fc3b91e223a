"""The whole way of a passage in a real browser: guidelines, suggestions, labels, pull."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.test_studio.sync_samples import cut, documents, plan_for, schema
from tests.test_studio.test_browser import HIGHLIGHTS, log_in, select
from toolkit.model import Annotation, latest_annotations
from toolkit.records import read_jsonl
from toolkit.settings import Workspace, replace
from toolkit.studio.control import is_control
from toolkit.studio.gateway import Gateway
from toolkit.studio.projects import EVERYONE
from toolkit.studio.pull import pull
from toolkit.studio.push import push

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from toolkit.studio.server import Server

pytestmark = pytest.mark.usefixtures("chromium")

FIRST, SECOND, *_ = cut(next(iter(documents(1).values())))
SUGGESTED = ["河北省卫健委", "副主任", "王小明", "承德市"]
"""What is highlighted in the first passage."""


@contextmanager
def at_work(browser: Browser, studio: Server, name: str, project: int) -> Iterator[Page]:
    """A browser of one annotator's own, who has logged in and begun to label."""
    with browser.new_context(viewport={"width": 1400, "height": 800}) as context:
        page = context.new_page()
        log_in(page, studio, studio.annotators[name])
        page.goto(f"{studio.url}/projects/{project}/data?labeling=1")
        yield page


def read_guidelines(page: Page) -> str:
    """What is shown before the first passage; then it is closed."""
    page.wait_for_selector("article")
    text = page.inner_text("article")
    page.keyboard.press("Escape")
    page.wait_for_selector("article", state="hidden")
    return text


def wait_for(page: Page, text: str) -> None:
    """Until a passage is on the screen."""
    page.wait_for_selector(f".lsf-htx-richtext:has-text('{text}')")


def highlighted(page: Page) -> list[str]:
    """What is highlighted, in the order of the text."""
    pieces = sorted((len(one["before"]), one["text"]) for one in page.evaluate(HIGHLIGHTS))
    return [text for _, text in pieces]


def submit(page: Page, gateway: Gateway, project: int, count: int) -> None:
    """Submit what is on the screen, and wait until the project has so many annotations."""
    page.click("[data-testid=bottombar-submit-button]")
    for _ in range(200):
        if gateway.projects([project])[0].submitted == count:
            return
        time.sleep(0.1)
    raise AssertionError("nothing was submitted within 20 seconds")


def with_assignment(workspace: Workspace, **changes: Any) -> Workspace:
    """The workspace with other settings of ``[assignment]``."""
    settings = workspace.settings
    assignment = replace(settings.assignment, **changes)
    changed: Workspace = replace(workspace, settings=replace(settings, assignment=assignment))
    return changed


def salt_that_draws_the_second() -> str:
    """A salt by which of the first two passages anna gets only the first one's suggestions."""
    for number in itertools.count():
        salt = f"salt {number}"
        drawn = [is_control(one, "anna", share=0.5, salt=salt) for one in (FIRST, SECOND)]
        drawn.append(is_control(FIRST, "bo", share=0.5, salt=salt))
        if drawn == [False, True, False]:
            return salt
    raise AssertionError


def test_two_annotators_work_blind_and_both_come_back_exactly(
    browser: Browser, studio: Server, gateway: Gateway, workspace: Workspace
) -> None:
    """Guidelines, a correction, an addition by mouse; another who sees nothing of it; pull."""
    workspace = with_assignment(workspace, control=0.5, salt=salt_that_draws_the_second())
    projects = push(gateway, plan_for(gateway, workspace, 1)).projects

    with at_work(browser, studio, "anna", projects["anna"][0]) as page:
        assert "说明" in read_guidelines(page)
        wait_for(page, "河北省卫健委")
        assert "人名" in page.inner_text("body")
        assert highlighted(page) == SUGGESTED
        page.click(".htx-highlight:has-text('副主任')")
        page.keyboard.press(schema().label("PERSON").hotkey)
        page.keyboard.press("Escape")
        page.keyboard.press(schema().label("SUPPLY").hotkey)
        select(page, "情况")
        page.wait_for_selector(".htx-highlight:has-text('情况')")
        submit(page, gateway, projects["anna"][0], 1)
        wait_for(page, "野家")
        assert highlighted(page) == []  # the control sample shows no suggestions

    with at_work(browser, studio, "bo", projects["bo"][0]) as page:
        read_guidelines(page)
        wait_for(page, "河北省卫健委")
        assert highlighted(page) == SUGGESTED
        assert "anna" not in page.inner_text("body")
        submit(page, gateway, projects["bo"][0], 1)

    pull(gateway, workspace, schema(), documents(1))
    found = {
        one.annotator: one
        for one in latest_annotations(read_jsonl(workspace.annotations, Annotation))
    }
    assert sorted(found) == ["anna", "bo"]
    for one in found.values():
        assert (one.start, one.end) == (FIRST.start, FIRST.end)
        for span in one.spans:
            assert documents(1)[one.doc_id].text[span.start : span.end] == span.text
    assert [(span.text, span.label, span.origin) for span in found["anna"].spans] == [
        ("河北省卫健委", "ORG", "suggested"),
        ("副主任", "PERSON", "changed"),
        ("王小明", "PERSON", "suggested"),
        ("承德市", "LOC", "suggested"),
        ("情况", "SUPPLY", "added"),
    ]
    assert [(span.text, span.origin) for span in found["bo"].spans] == [
        (text, "suggested") for text in SUGGESTED
    ]


def test_a_shared_project_shows_nobodys_work_in_the_stream(
    browser: Browser, studio: Server, gateway: Gateway, workspace: Workspace
) -> None:
    """Who comes second sees the passage with its suggestions and nothing else."""
    workspace = with_assignment(workspace, projects="shared")
    (project,) = push(gateway, plan_for(gateway, workspace, 1)).projects[EVERYONE]
    for number, name in enumerate(("anna", "bo"), 1):
        with at_work(browser, studio, name, project) as page:
            read_guidelines(page)
            wait_for(page, "河北省卫健委")
            assert highlighted(page) == SUGGESTED
            assert number == 1 or "anna" not in page.inner_text("body")
            page.keyboard.press(schema().label("SUPPLY").hotkey)
            select(page, "情况")
            page.wait_for_selector(".htx-highlight:has-text('情况')")
            submit(page, gateway, project, number)
