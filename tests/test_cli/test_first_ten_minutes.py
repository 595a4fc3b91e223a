"""The README's first ten minutes, as written, with people who label in the browser."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.test_cli.conftest import REPOSITORY, run_toolkit
from toolkit import resources
from toolkit.studio.accounts import client

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [
    pytest.mark.usefixtures("chromium", "label_studio_installed"),
    pytest.mark.xdist_group("demo"),
]

SUBMIT = "[data-testid=bottombar-submit-button]"


def readme_commands() -> list[str]:
    """The commands of the README's section, in order."""
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    section = readme.split("## The first ten minutes")[1].split("\n## ")[0]
    return re.findall(r"^\$ (.+)$", section, re.MULTILINE)


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    """A home with two raw files in ~/articles."""
    home = tmp_path / "home"
    (home / "articles").mkdir(parents=True)
    for name in ("01-hero-profile.txt", "10-wechat-piece.txt"):
        shutil.copy(resources.sample_corpus() / name, home / "articles" / name)
    return home


class Shell:
    """Commands one after the other, as somebody types them."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder = folder
        self.home = home

    def type(self, command: str) -> str:
        """Run one command; what it printed to standard output."""
        if command.startswith("cd "):
            self.folder /= command.removeprefix("cd ")
            return ""
        if command.startswith("toolkit "):
            done = run_toolkit(*command.split()[1:], cwd=self.folder)
        else:
            done = subprocess.run(
                ["/bin/sh", "-c", command],
                cwd=self.folder,
                env={"HOME": str(self.home), "PATH": "/usr/bin:/bin"},
                capture_output=True,
                text=True,
                check=False,
            )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout


@pytest.fixture
def shell(tmp_path: Path, articles: Path) -> Iterator[Shell]:
    """A shell in an empty folder; a server that it left running is ended."""
    opened = Shell(tmp_path, articles)
    yield opened
    if (opened.folder / ".toolkit").exists():
        run_toolkit("serve", "--stop", cwd=opened.folder)


def label_in_the_browser(page: Page, url: str, account: dict[str, Any], project: int) -> None:
    """Submit every task as it is suggested; annotator-2 deletes the first span of each.

    Where the control sample shows no suggestion, what is submitted is empty.
    """
    page.context.clear_cookies()
    page.goto(f"{url}/user/login/")
    page.fill("input[name=email]", account["email"])
    page.fill("input[name=password]", account["password"])
    page.keyboard.press("Enter")
    page.wait_for_url(lambda there: "/user/login" not in there)
    listing = f"{url}/api/tasks/?project={project}&include=id,total_predictions&page_size=100"
    for task in page.request.get(listing).json()["tasks"]:
        page.goto(f"{url}/projects/{project}/data?task={task['id']}")
        page.wait_for_selector(".htx-highlight" if task["total_predictions"] else SUBMIT)
        if account["name"] == "annotator-2" and task["total_predictions"]:
            before = page.locator(".htx-highlight").count()
            page.locator(".htx-highlight").first.click()
            page.keyboard.press("Backspace")
            page.wait_for_function(f"document.querySelectorAll('.htx-highlight').length < {before}")
        with page.expect_response(
            lambda answer: answer.request.method == "POST" and "/annotations" in answer.url
        ) as answered:
            page.click(SUBMIT)
        assert answered.value.ok


def test_the_first_ten_minutes_work_as_written(shell: Shell, page: Page) -> None:
    """Every command of the section works, and what people did in the browser is in the results."""
    commands = readme_commands()
    assert commands[0] == "toolkit init news"
    at = commands.index("toolkit pull")
    for command in commands[:at]:
        shell.type(command)

    served = json.loads(shell.type("toolkit serve --json"))
    for account in served["accounts"][1:]:
        label_in_the_browser(page, served["url"], account, served["projects"][account["name"]][0])

    for command in commands[at:]:
        shell.type(command)

    suggested = {
        record["doc_id"]: sorted(record["spans"], key=key)
        for record in _records(shell.folder / "suggestions.jsonl")
    }
    submitted = _records(shell.folder / "annotations.jsonl")
    for annotator in ("annotator-1", "annotator-2"):
        seen = {record["doc_id"] for record in submitted if record["annotator"] == annotator}
        assert seen == set(suggested)
    assert any(record.get("suggested") for record in submitted)
    for record in submitted:
        start, end, spans = record.get("start", 0), record["end"], record["spans"]
        proposed = [it for it in suggested[record["doc_id"]] if start <= it["start"] < end]
        expected = proposed[1:] if record["annotator"] == "annotator-2" else proposed
        if record.get("suggested") is None:
            expected = []
        assert sorted(map(key, spans)) == [key(span) for span in expected]
        assert {span["origin"] for span in spans} <= {"suggested"}
        assert all(span["rule"] for span in spans)

    gold = _records(shell.folder / "gold.jsonl")
    assert {document["status"] for document in gold} <= {"merged", "disputed"}
    exported = shell.folder / "exports" / "epidemic-news@0.1.0"
    assert (exported / "manifest.json").exists()
    assert "annotator-1" in (shell.folder / "exports" / "report.html").read_text(encoding="utf-8")

    # Nobody answers any more, and no token is in a file that others can read.
    with client(served["url"]) as http, pytest.raises(Exception, match="refused"):
        http.get("/health")
    private = shell.folder / ".toolkit" / "studio"
    token = json.loads((private / "accounts.json").read_text())["admin"]["token"]
    for path in shell.folder.rglob("*"):
        if path.is_file() and private not in path.parents:
            assert token.encode() not in path.read_bytes(), path
    assert private.stat().st_mode & 0o077 == 0


def key(span: dict[str, Any]) -> tuple[int, int, str, str]:
    """What has to be the same after the way through the browser."""
    return span["start"], span["end"], span["label"], span["text"]


def _records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
