"""A workspace of its own on the shared server for every test of sync."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from tests.test_studio import sync_samples
from toolkit.schema import LabelSchema
from toolkit.settings import Workspace, open_workspace
from toolkit.studio.gateway import Gateway


def _account(url: str, name: str) -> SimpleNamespace:
    email, password = f"{name}@example.com", "Passw0rd123"
    with httpx.Client(base_url=url, timeout=60) as client:
        for path in ("/user/signup/", "/user/login/"):
            client.get(path)
            form = {
                "csrfmiddlewaretoken": client.cookies["csrftoken"],
                "email": email,
                "password": password,
            }
            if client.post(path, data=form).status_code == 302:
                break
        token = client.get("/api/current-user/token").json()["token"]
    return SimpleNamespace(email=email, token=token)


@pytest.fixture(scope="session")
def studio() -> SimpleNamespace:
    """A stand-in for the shared fixture, until that lands."""
    url = os.environ["TOOLKIT_TEST_STUDIO_URL"]
    token = os.environ["TOOLKIT_TEST_STUDIO_TOKEN"]
    annotators = {name: _account(url, name) for name in ("anna", "bo", "chen")}
    return SimpleNamespace(url=url, admin=SimpleNamespace(token=token), annotators=annotators)


@pytest.fixture(scope="session")
def schema() -> LabelSchema:
    """The labels that the package ships."""
    return sync_samples.schema()


@pytest.fixture
def workspace(tmp_path: Path, studio: Any) -> Workspace:
    """A workspace that no other test shares a project with; anna and bo annotate."""
    root = tmp_path / "工作 区"
    root.mkdir()
    (root / "guidelines.md").write_text("# 说明\n\n|标签|含义|\n|-|-|\n|人名|<b>x</b>|\n", "utf-8")
    people = "".join(f'{name} = "{studio.annotators[name].email}"\n' for name in ("anna", "bo"))
    (root / "toolkit.toml").write_text(
        f'[project]\nname = "{uuid.uuid4().hex[:12]}"\nnotice = "练习 & 演示"\n'
        '[labels]\nguidelines = "guidelines.md"\n[studio]\nbatch = 7\n'
        f"[annotators]\n{people}",
        "utf-8",
    )
    return open_workspace(root)


@pytest.fixture
def gateway(studio: Any) -> Iterator[Gateway]:
    """The server as its administrator."""
    with Gateway(studio.url, studio.admin.token) as opened:
        yield opened
