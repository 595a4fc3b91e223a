"""What an annotator sees and does, in a real browser on a real server."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from msgspec import Struct

from toolkit.resources import label_configs
from toolkit.studio.accounts import Account, client
from toolkit.studio.server import Server

if TYPE_CHECKING:
    from playwright.sync_api import Page

# First of all, so that no server is started where there is no browser.
pytestmark = pytest.mark.usefixtures("chromium")

# Before the first span: an emoji outside of the Basic Multilingual Plane, one of five
# code points, and an ideograph outside of the plane. 北京 comes twice, and only its
# second place is suggested; one suggestion runs over a line break.
TEXT = (
    "😀通报:👨‍👩‍👧一家从北京返回,𠮷野家北京分店店长岳文柏\n1月20日在承德市确诊,河北省卫健委通报。"
)

SUGGESTED = {
    "s1": ("𠮷野家", "ORG"),
    "s2": ("北京", "LOC"),
    "s3": ("岳文柏\n1月20日", "PERSON"),
    "s4": ("河北省", "LOC"),
}

SELECTED = "承德市"

# For each highlighted element: the id of its region, the text that stands before it in
# its line, and its own text.
HIGHLIGHTS = """
() => [...document.querySelectorAll(".htx-highlight")].map(element => {
  const line = element.closest(".lsf-richtext__line");
  const before = document.createRange();
  before.setStart(line, 0);
  before.setEndBefore(element);
  const id = [...element.classList].find(name => /^htx-highlight-/.test(name));
  return {
    id: id.replace("htx-highlight-", "").replace(/-\\d+$/, ""),
    line: line.textContent,
    before: before.toString(),
    text: element.textContent,
  };
})
"""

# The box around a word of the text, in the coordinates of the mouse.
WORD_BOX = """
word => {
  const root = document.querySelector(".lsf-htx-richtext");
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const at = walker.currentNode.data.indexOf(word);
    if (at < 0) continue;
    const range = document.createRange();
    range.setStart(walker.currentNode, at);
    range.setEnd(walker.currentNode, at + word.length);
    const box = range.getBoundingClientRect();
    return {left: box.left, right: box.right, middle: (box.top + box.bottom) / 2};
  }
}
"""


class Highlight(NamedTuple):
    """A stretch of TEXT that is highlighted."""

    start: int
    end: int


class Task(Struct):
    """The task that the tests work on."""

    id: int
    project: int
    url: str


def suggested_span(word: str) -> Highlight:
    """Where a suggested word stands; of 北京 the second place."""
    start = TEXT.rindex(word)
    return Highlight(start, start + len(word))


def suggestion() -> dict[str, Any]:
    """A prediction as the server takes it."""
    regions = []
    for name, (word, label) in SUGGESTED.items():
        start, end = suggested_span(word)
        value = {"start": start, "end": end, "text": word, "labels": [label]}
        tags = {"from_name": "label", "to_name": "text", "type": "labels"}
        regions.append({"id": name, "value": value, "score": 0.9, **tags})
    return {"model_version": "test-1", "score": 0.9, "result": regions}


@pytest.fixture
def task(studio: Server) -> Iterator[Task]:
    """A project with our label config and one task, made through the SDK."""
    from label_studio_sdk import LabelStudio

    config = (label_configs() / "epidemic_news.xml").read_text(encoding="utf-8")
    with client(studio.url) as http:
        connect: Any = LabelStudio  # its own types are too loose or too strict for this
        sdk = connect(base_url=f"{studio.url}/", api_key=studio.admin.token, httpx_client=http)
        project = sdk.projects.create(title="浏览器", label_config=config).id
        request = [{"data": {"text": TEXT}, "predictions": [suggestion()]}]
        made = sdk.projects.import_tasks(project, request=request, return_task_ids=True)
        found = made.task_ids[0]
        yield Task(found, project, f"{studio.url}/projects/{project}/data?task={found}")
        sdk.projects.delete(project)


def log_in(page: Page, studio: Server, account: Account) -> None:
    """Log in by the form, as people do."""
    page.goto(f"{studio.url}/user/login/")
    page.fill("input[name=email]", account.email)
    page.fill("input[name=password]", account.password)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/user/login" not in url)


def highlights(page: Page) -> dict[str, Highlight]:
    """Which code points of TEXT each region highlights, from its pieces in the page."""
    line_starts = {}
    at = 0
    for line in TEXT.split("\n"):
        line_starts[line] = at
        at += len(line) + 1
    found: dict[str, Highlight] = {}
    for piece in page.evaluate(HIGHLIGHTS):
        start = line_starts[piece["line"]] + len(piece["before"])
        end = start + len(piece["text"])
        assert TEXT[start:end] == piece["text"]
        known = found.get(piece["id"])
        found[piece["id"]] = Highlight(known.start if known else start, end)
    return found


def select(page: Page, word: str) -> None:
    """Drag the mouse over a word."""
    box = page.evaluate(WORD_BOX, word)
    page.mouse.move(box["left"] + 1, box["middle"])
    page.mouse.down()
    page.mouse.move(box["right"] - 1, box["middle"], steps=10)
    page.mouse.up()


def submitted(studio: Server, task: Task) -> dict[str, Any]:
    """The only annotation of the task, once the server has it."""
    with client(studio.url, studio.admin.token) as http:
        for _ in range(100):
            found = http.get(f"/api/tasks/{task.id}/annotations/").raise_for_status().json()
            if found:
                assert len(found) == 1
                return dict(found[0])
            time.sleep(0.1)
    raise AssertionError("nothing was submitted within 10 seconds")


def test_an_annotator_sees_and_adds_spans_on_the_right_characters(
    studio: Server, task: Task, page: Page
) -> None:
    """Suggestions are highlighted where they stand, and what the mouse adds comes back right."""
    outside: list[str] = []
    page.on(
        "request",
        lambda sent: (
            None
            if sent.url.startswith((studio.url, "data:", "blob:"))
            else outside.append(sent.url)
        ),
    )
    anna = studio.annotators["anna"]
    log_in(page, studio, anna)
    page.goto(task.url)
    page.wait_for_selector(".htx-highlight")

    expected = {name: suggested_span(word) for name, (word, _) in SUGGESTED.items()}
    assert highlights(page) == expected

    page.keyboard.press("4")  # the hotkey of LOC
    select(page, SELECTED)
    page.wait_for_function(
        f"document.querySelectorAll('.htx-highlight').length > {len(expected) + 1}"
    )
    page.click("[data-testid=bottombar-submit-button]")
    annotation = submitted(studio, task)

    regions = {region["id"]: region for region in annotation["result"]}
    added = regions.keys() - SUGGESTED.keys()
    assert len(added) == 1
    new = regions[added.pop()]
    assert new["origin"] == "manual"
    assert new["value"]["labels"] == ["LOC"]
    assert TEXT[new["value"]["start"] : new["value"]["end"]] == SELECTED
    for name, (start, end) in expected.items():
        assert (regions[name]["value"]["start"], regions[name]["value"]["end"]) == (start, end)
        assert regions[name]["value"]["labels"] == [SUGGESTED[name][1]]
        assert regions[name]["origin"] == "prediction"
    with client(studio.url, anna.token) as http:
        me = http.get("/api/current-user/whoami").json()
    assert annotation["completed_by"] == me["id"]
    assert me["first_name"] == "anna"
    assert outside == []


def test_nobody_signs_up_without_an_invite(studio: Server, page: Page) -> None:
    """The sign-up page refuses whoever was not invited."""
    page.goto(f"{studio.url}/user/signup/")
    page.fill("input[name=email]", "stranger@example.com")
    page.fill("input[name=password]", "long-enough-1234")
    with page.expect_response(lambda answer: answer.request.method == "POST") as answered:
        page.click("button[type=submit]")
    assert answered.value.status == 403
