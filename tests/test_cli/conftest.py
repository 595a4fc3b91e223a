"""The command line as its user runs it: a process of its own, in a folder of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.test_cli.forked import run_forked
from toolkit import resources

REPOSITORY = Path(__file__).parents[2]

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def run_toolkit(
    *arguments: str, cwd: Path, stdin: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run ``toolkit`` with nothing of the caller's Label Studio in its environment."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("LABEL_STUDIO")}
    whole = {**clean, "PYTHONPATH": str(REPOSITORY), **environment}
    return run_forked(arguments, cwd, whole, stdin)


@pytest.fixture
def toolkit(tmp_path: Path) -> Run:
    """Run ``toolkit`` in the test's folder."""

    def run(*arguments: str, **options: str) -> subprocess.CompletedProcess[str]:
        return run_toolkit(*arguments, cwd=tmp_path, **options)

    return run


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with two sample documents, ingested and pre-annotated; to be copied."""
    folder = tmp_path_factory.mktemp("begun")
    assert run_toolkit("init", cwd=folder).returncode == 0
    for path in sorted(resources.sample_corpus().glob("*.txt"))[:2]:
        (folder / "corpus" / path.name).write_bytes(path.read_bytes())
    assert run_toolkit("ingest", cwd=folder).returncode == 0
    assert run_toolkit("preannotate", cwd=folder).returncode == 0
    return folder


@pytest.fixture
def workspace(tmp_path: Path, begun: Path) -> Path:
    """A workspace of the test's own with two sample documents, ingested and pre-annotated."""
    shutil.copytree(begun, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace of ``toolkit demo``, its server running until the session ends."""
    pytest.importorskip("label_studio", reason="the extra [server] is not installed")
    folder = tmp_path_factory.mktemp("demo") / "demo"
    done = run_toolkit("demo", str(folder), cwd=folder.parent)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="session", autouse=True)
def _end_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """End what the tests started, whatever became of them."""
    yield
    for folder, below, files in os.walk(tmp_path_factory.getbasetemp()):
        if "toolkit.toml" in files and ".toolkit" in below:
            run_toolkit("serve", "--stop", cwd=Path(folder))
