"""What tests share that costs seconds: one embedded Label Studio, one Chromium."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from toolkit.settings import Settings, Workspace

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from toolkit.studio.server import Server

ANNOTATORS = {name: f"{name}@example.com" for name in ("anna", "bo", "chen")}

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark whoever asks for a server or the browser; what is marked as long begins first.

    Those who share a server run in one worker: the server of all, or the demo's. Those who
    start servers of their own run in one as well, so that there are never too many at once.
    """
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if fixtures & {"studio", "label_studio_installed"}:
            item.add_marker(pytest.mark.server)
            if item.get_closest_marker("xdist_group") is None:
                group = "studio" if "studio" in fixtures else "servers"
                item.add_marker(pytest.mark.xdist_group(group))
        if "chromium" in fixtures:
            item.add_marker(pytest.mark.browser)
    # Workers take large groups first and then tests in this order: nothing long comes last.
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture(scope="session")
def run_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that all workers of this run share: the shipped rules are compiled once."""
    folder = tmp_path_factory.getbasetemp()
    return (folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "run-cache"


@pytest.fixture(scope="session")
def label_studio_installed() -> None:
    """Skip where the extra that brings Label Studio isn't installed."""
    if importlib.util.find_spec("label_studio") is None:
        pytest.skip('label-studio not installed: pip install "zh-ner-toolkit[server]"')


@pytest.fixture(scope="session")
def studio_workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The workspace that the shared server belongs to."""
    root = tmp_path_factory.mktemp("studio") / "工作 区"
    root.mkdir()
    return Workspace(root, Settings(annotators=ANNOTATORS))


@pytest.fixture(scope="session")
def studio(label_studio_installed: None, studio_workspace: Workspace) -> Iterator[Server]:
    """A running Label Studio with the annotators anna, bo and chen."""
    from toolkit.studio import server

    yield server.start(studio_workspace)
    server.stop(studio_workspace)


@pytest.fixture(scope="session")
def chromium() -> Path:
    """A Chromium that playwright can drive."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("chromium not installed: apt-get install chromium")
    return Path(found)


@pytest.fixture(scope="session")
def browser(chromium: Path) -> Iterator[Browser]:
    """One headless Chromium for all browser tests."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright not installed")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of its own, with nobody logged in."""
    with browser.new_context(viewport={"width": 1400, "height": 800}) as context:
        yield context.new_page()
