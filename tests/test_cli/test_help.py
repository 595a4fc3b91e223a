"""Help: every command is documented, and its example works as written."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_cli.conftest import run_toolkit
from toolkit.cli.app import Later, tree

README = Path(__file__).parents[2] / "README.md"


def _commands() -> Iterator[tuple[str, Later]]:
    """Each command, by what is typed to call it."""

    def walk(prefix: str, group: object) -> Iterator[tuple[str, Later]]:
        for name, command in getattr(group, "commands", {}).items():
            if isinstance(command, Later):
                yield prefix + name, command
            else:
                yield from walk(f"{prefix}{name} ", command)

    yield from walk("", tree())


LISTED = dict(_commands())
CALLED = {name: later.command() for name, later in LISTED.items()}
COMMANDS = {name: (made.help or "", made.epilog or "") for name, made in CALLED.items()}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_an_example(name: str) -> None:
    """Each command says what it does in a short first sentence, and gives an example of itself."""
    text, example = COMMANDS[name]
    first = text.split("\n")[0]
    assert first.endswith(".")
    assert len(first) < 50
    assert example.startswith(f"Example: toolkit {name}")


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_each_says_of_itself(name: str) -> None:
    """Name and line in the list are those of the command, which is imported only when called."""
    assert CALLED[name].name == LISTED[name].name == name.rsplit(maxsplit=1)[-1]
    assert LISTED[name].help == COMMANDS[name][0].split("\n")[0]


def test_help_imports_no_command(tmp_path: Path) -> None:
    """What lists all commands works without the modules of any."""
    program = (
        "import sys\n"
        "from toolkit.cli.app import tree\n"
        "try:\n"
        "    tree()(['--help'], prog_name='toolkit')\n"
        "finally:\n"
        "    found = [name for name in sys.modules if name.startswith('toolkit.')]\n"
        "    assert sorted(found) == ['toolkit.cli', 'toolkit.cli.app'], found\n"
        "    assert not {'msgspec', 'pydantic', 'rich'} & {*sys.modules}\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={"PYTHONPATH": str(README.parent), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert all(f"\n  {name.split()[0]} " in done.stdout for name in COMMANDS)


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
