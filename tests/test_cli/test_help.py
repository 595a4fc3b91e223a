"""Help: every command is documented, and its example works as written."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main

from tests.test_cli.conftest import run_toolkit
from toolkit.cli.app import app

README = Path(__file__).parents[2] / "README.md"


def _commands() -> Iterator[tuple[str, str, str]]:
    """Each command's name, help and example."""

    def walk(prefix: str, group: object) -> Iterator[tuple[str, str, str]]:
        for name, command in getattr(group, "commands", {}).items():
            if hasattr(command, "commands"):
                yield from walk(f"{prefix}{name} ", command)
            else:
                yield prefix + name, command.help or "", command.epilog or ""

    yield from walk("", typer.main.get_command(app))


COMMANDS = {name: (text, example) for name, text, example in _commands()}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_an_example(name: str) -> None:
    """Each command says what it does in a short first sentence, and gives an example of itself."""
    text, example = COMMANDS[name]
    first = text.split("\n")[0]
    assert first.endswith(".")
    assert len(first) < 50
    assert example.startswith(f"Example: toolkit {name}")


def test_every_command_is_in_the_readme() -> None:
    """The README's table names every command."""
    readme = README.read_text(encoding="utf-8")
    missing = [name for name in COMMANDS if f"`toolkit {name}" not in readme]
    assert not missing


@pytest.mark.server
@pytest.mark.xdist_group("demo")
@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "demo"])
def test_the_example_of_each_command_works(name: str, demo: Path, tmp_path: Path) -> None:
    """Each example runs as written in the demo's workspace; the demo's own made that workspace."""
    arguments = shlex.split(COMMANDS[name][1].removeprefix("Example: toolkit "))
    if arguments[0] == "show":
        assert (demo / "corpus" / arguments[1]).exists() or list(
            demo.glob(f"corpus/{re.escape(arguments[1])}")
        )
    done = run_toolkit(*arguments, cwd=demo)
    assert done.returncode == 0, done.stderr
    made = demo / "news"
    if made.exists():
        shutil.rmtree(made)
