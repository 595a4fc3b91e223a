"""The wheel: built, installed where nothing else of ours is, and used there.

Nothing is downloaded: the build uses the backend that the development tools bring, and
the empty environment sees the packages of the one that runs the tests, but not its
editable install of the checkout.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

pytestmark = [pytest.mark.wheel, pytest.mark.xdist_group("wheel")]


def _run(*command: str | Path, cwd: Path, home: Path, **environment: str) -> str:
    """Run a command without what leads back to the checkout; gives its standard output."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**kept, "HOME": str(home), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder outside of the checkout."""
    return tmp_path_factory.mktemp("wheel")


@pytest.fixture(scope="module")
def wheel(folder: Path) -> Path:
    """The wheel, built from the checkout."""
    build = ("-m", "build", "--wheel", "--no-isolation", "--outdir", folder / "dist")
    _run(sys.executable, *build, ROOT, cwd=folder, home=folder)
    (built,) = (folder / "dist").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def programs(wheel: Path, folder: Path) -> Path:
    """The folder of programs of an environment that holds the wheel and its dependencies."""
    place = folder / "an environment"
    venv.create(place, with_pip=False, symlinks=True)
    python = place / "bin" / "python"
    packages = Path(
        _run(
            python, "-c", "import site; print(site.getsitepackages()[0])", cwd=folder, home=folder
        ).strip()
    )
    # Seen from here, the .pth files over there don't count: not the checkout's either.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    if importlib.util.find_spec("pip"):
        install: tuple[str | Path, ...] = (
            sys.executable,
            "-m",
            "pip",
            "--python",
            python,
            "install",
        )
    else:
        install = (shutil.which("uv") or "uv", "pip", "install", "--python", python)
    _run(*install, "--no-deps", "--no-index", wheel, cwd=folder, home=folder)
    return place / "bin"


@pytest.fixture(scope="module")
def workspace(programs: Path, folder: Path) -> Path:
    """What ``toolkit init`` makes of a folder."""
    _run(programs / "toolkit", "init", "workspace", cwd=folder, home=folder)
    return folder / "workspace"


def test_the_wheel_holds_all_that_travels(wheel: Path) -> None:
    """Every file of the package, the label configs and the sample corpus is in the wheel."""
    held = set(zipfile.ZipFile(wheel).namelist())
    for source, target in (
        ("toolkit", "toolkit"),
        ("label_configs", "toolkit/label_configs"),
        ("tests/corpus", "toolkit/sample_corpus"),
    ):
        files = [path for path in (ROOT / source).rglob("*") if path.is_file()]
        names = {
            f"{target}/{path.relative_to(ROOT / source).as_posix()}"
            for path in files
            if "__pycache__" not in path.parts
        }
        assert names
        assert names - held == set()


def test_the_wheel_holds_nothing_else(wheel: Path) -> None:
    """Neither tests nor what an installation left behind is in the wheel."""
    held = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].partition("-")[0] for name in held} == {"toolkit", "zh_ner_toolkit"}
    assert not [name for name in held if "__pycache__" in name or name.startswith("toolkit/tests")]


def test_the_files_are_found_inside_the_installed_package(programs: Path, folder: Path) -> None:
    """Label configs, sample corpus and rule packs come from the wheel and not from a checkout."""
    program = (
        "from toolkit import resources as r\n"
        "print(r.PACKAGE, r.label_configs(), r.sample_corpus(), r.rule_packs(), sep='\\n')"
    )
    package, *places = map(
        Path, _run(programs / "python", "-c", program, cwd=folder, home=folder).splitlines()
    )
    assert programs.parent in package.parents
    assert [place.relative_to(package).as_posix() for place in places] == [
        "label_configs",
        "sample_corpus",
        "rules/packs",
    ]
    assert (places[0] / "epidemic_news.xml").is_file()
    assert any(places[1].iterdir())


@pytest.mark.parametrize("command", [("python", "-m", "toolkit"), ("toolkit",)])
def test_the_help_names_the_commands(
    command: tuple[str, ...], programs: Path, folder: Path
) -> None:
    """Both ways to start the command line show the same commands."""
    shown = _run(programs / command[0], *command[1:], "--help", cwd=folder, home=folder)
    for name in ("init", "ingest", "preannotate", "rules", "push", "pull", "merge", "export"):
        assert name in shown


def test_init_makes_a_workspace(workspace: Path) -> None:
    """A new workspace has its settings and its label config."""
    assert (workspace / "toolkit.toml").is_file()
    assert (workspace / "label_configs" / "epidemic_news.xml").is_file()


def test_the_shipped_rules_pass_their_own_examples(
    workspace: Path, programs: Path, folder: Path, run_cache: Path
) -> None:
    """The pack inside the wheel is found by its name, and its examples hold."""
    assert programs.parent not in workspace.parents
    check = (programs / "toolkit", "rules", "check")
    _run(*check, cwd=workspace, home=folder, TOOLKIT_CACHE=str(run_cache))
