"""A workspace of its own on the shared server for every test of sync."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.test_studio import sync_samples
from toolkit.schema import LabelSchema
from toolkit.settings import Workspace, open_workspace
from toolkit.studio.gateway import Gateway
from toolkit.studio.push import push


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
        '[assignment]\ncontrol = 0\norder = "documents"\n'
        f"[annotators]\n{people}",
        "utf-8",
    )
    return open_workspace(root)


@pytest.fixture
def gateway(studio: Any) -> Iterator[Gateway]:
    """The server as its administrator."""
    with Gateway(studio.url, studio.admin.token) as opened:
        yield opened


@pytest.fixture
def anna(studio: Any) -> Iterator[Gateway]:
    """The server as anna."""
    with Gateway(studio.url, studio.annotators["anna"].token) as opened:
        yield opened


@pytest.fixture
def bo(studio: Any) -> Iterator[Gateway]:
    """The server as bo."""
    with Gateway(studio.url, studio.annotators["bo"].token) as opened:
        yield opened


@pytest.fixture
def projects(gateway: Gateway, workspace: Workspace) -> dict[str, int]:
    """The two documents of ``people.CORPUS`` pushed; the projects of anna and bo."""
    made = push(gateway, sync_samples.plan_for(gateway, workspace, 2)).projects
    return {annotator: project for annotator, (project,) in made.items()}
