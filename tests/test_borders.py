"""Who may know whom: the borders between the parts of the toolkit."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent

GROUND = (
    *("errors", "model", "spans", "schema", "relabelling", "records", "settings", "resources"),
    *("each", "samples"),
)
"""Layer 0: everybody stands on it, and it on nobody."""

ROOMS = ("corpus", "rules", "agreement", "gold", "datasets", "samples")
"""Layer 1: functions over streams of records, and the labels of the sample corpus."""

WORLD = ("studio", "parallel", "report")
"""Layer 2: they touch the world."""

TOP = ("__init__", "__main__", "stages", "demo", "cli")
"""They know the rooms; of them all, only cli talks to people."""

NETWORK = ("httpx", "requests", "socket", "urllib.request", "urllib3", "http", "label_studio_sdk")
"""urllib.parse is not among them: it takes strings apart and opens nothing."""

CLOCK = ("time", "datetime")

CALENDAR = ("toolkit.rules.values",)
"""They count days with datetime.date, and are told which day it is."""

SCRIPTS = ("toolkit.datasets.token_classification",)
"""They travel inside a dataset and run beside it, where there is no toolkit and no cli."""

OWNERS = {
    "label_studio_sdk": ("toolkit.studio.transport",),
    # State that lasts, and what one run may not keep in memory: two rooms, no shared layer.
    "sqlite3": ("toolkit.studio.state", "toolkit.corpus.scratch"),
    "rensa": ("toolkit.corpus.signatures",),
    "jieba": ("toolkit.rules.tokens",),
    "rjieba": ("toolkit.rules.tokens",),
    "opencc": ("toolkit.rules.shadow", "toolkit.corpus.damage.traditional"),
    "dask": ("toolkit.parallel",),
    "distributed": ("toolkit.parallel",),
    "jinja2": ("toolkit.report",),
    "altair": ("toolkit.report",),
    "vl_convert": ("toolkit.report",),
    "typer": ("toolkit.cli",),
    "click": ("toolkit.cli",),
    "rich": ("toolkit.cli",),
}
"""Each heavy dependency has one owner in a room; nobody else imports it."""

HEAVY = (
    "pandas",
    "numpy",
    "pyarrow",
    "jieba",
    "label_studio_sdk",
    "altair",
    "jinja2",
    "httpx",
    "daachorse",
    "rensa",
)
"""What neither importing the toolkit nor asking for its help may load."""


_STREAMS = ("sys.stdin", "sys.stdout", "sys.stderr")


class Import(NamedTuple):
    """That ``module`` imports ``target``, a dotted name, on a line of its file."""

    module: str
    line: int
    target: str

    def is_of(self, *packages: str) -> bool:
        """Whether the target is one of these packages or inside of one."""
        return any(f"{self.target}.".startswith(f"{package}.") for package in packages)

    def is_in(self, *packages: str) -> bool:
        """Whether the importing module is one of these or inside of one."""
        return any(f"{self.module}.".startswith(f"{package}.") for package in packages)

    def __str__(self) -> str:
        return f"{self.module}, line {self.line}, imports {self.target}"


def imports_of(module: str, source: str, *, is_package: bool = False) -> Iterator[Import]:
    """Every import of a module: at its top, in functions, for types only, or by name.

    ``from a import b`` counts as ``a.b``, which lies in ``a`` whether b is a module or not.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (Import(module, node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = module.split(".") if is_package else module.split(".")[:-1]
            above = parts[: len(parts) + 1 - node.level] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from (Import(module, node.lineno, f"{base}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and _called(node) in {"import_module", "__import__"}:
            name = node.args[0] if node.args else None
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                yield Import(module, node.lineno, name.value)


def printing_in(source: str) -> Iterator[int]:
    """Lines that print, or that reach for the standard streams."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and _called(node) in {"print", "pprint", "input"}:
            yield node.lineno
        if isinstance(node, ast.Attribute) and ast.unparse(node) in _STREAMS:
            yield node.lineno


def breaches(imports: list[Import]) -> dict[str, list[Import]]:
    """The imports that each border forbids, by the border in words."""
    ground, rooms = ([f"toolkit.{name}" for name in names] for names in (GROUND, ROOMS))
    allowed = {room: [room, *ground, "toolkit.__version__"] for room in rooms}
    return {
        "layer 0 knows only layer 0": [
            i for i in imports if i.is_in(*ground) and i.is_of("toolkit") and not i.is_of(*ground)
        ],
        "a room knows only itself and layer 0": [
            i
            for i in imports
            for room in rooms
            if i.is_in(room) and i.is_of("toolkit") and not i.is_of(*allowed[room])
        ],
        "layer 0 and the rooms have no network": [
            i for i in imports if i.is_in(*ground, *rooms) and i.is_of(*NETWORK)
        ],
        "the rooms have no clock": [
            i
            for i in imports
            if i.is_in(*rooms)
            and i.is_of(*CLOCK)
            and not (i.is_in(*CALENDAR) and i.is_of("datetime.date"))
        ],
        "only __main__ knows cli": [
            i
            for i in imports
            if i.is_of("toolkit.cli") and not i.is_in("toolkit.cli", "toolkit.__main__")
        ],
        "a heavy dependency has one owner": [
            i
            for i in imports
            for package, owners in OWNERS.items()
            if i.is_of(package) and not i.is_in(*owners)
        ],
    }


@cache
def _sources() -> Mapping[str, tuple[str, bool]]:
    """Every module of the toolkit by its dotted name: its source, and whether it's a package."""
    found = {}
    for path in sorted((ROOT / "toolkit").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        is_package = parts[-1] == "__init__"
        name = ".".join(parts[:-1] if is_package and len(parts) > 2 else parts)
        found[name] = (path.read_text(encoding="utf-8"), is_package)
    return found


@cache
def _all_imports() -> list[Import]:
    return [
        found
        for module, (source, is_package) in _sources().items()
        for found in imports_of(module, source, is_package=is_package)
    ]


def _called(node: ast.Call) -> str:
    """The name of the called function, without the module it is taken from."""
    return ast.unparse(node.func).rpartition(".")[2]


@pytest.mark.parametrize("border", breaches([]))
def test_no_border_is_crossed(border: str) -> None:
    """No module imports what the border keeps from it, in a function or for types either."""
    assert [str(breach) for breach in breaches(_all_imports())[border]] == []


def test_the_rooms_print_nothing() -> None:
    """A room gives values back; what a person sees of them is for cli to say."""
    printing = [
        f"{module}, line {line}"
        for module, (source, _) in _sources().items()
        if module not in SCRIPTS
        for line in printing_in(source)
        if Import(module, line, "").is_in(*(f"toolkit.{room}" for room in ROOMS))
    ]
    assert printing == []


def test_every_module_has_a_place() -> None:
    """A new module at the top belongs to a layer, or the borders don't hold for it."""
    top = {module.split(".")[1] for module in _sources()}
    assert top <= {*GROUND, *ROOMS, *WORLD, *TOP}
    assert {*GROUND, *TOP} <= top


@pytest.mark.parametrize(
    ("module", "statement", "border"),
    [
        ("toolkit.spans", "from toolkit.corpus import readers", "layer 0 knows only layer 0"),
        ("toolkit.spans", "from toolkit import corpus", "layer 0 knows only layer 0"),
        ("toolkit.gold.vote", "import toolkit.agreement.units", "a room knows only itself"),
        ("toolkit.gold.vote", "from ..agreement import units", "a room knows only itself"),
        ("toolkit.gold.vote", "from toolkit import studio", "a room knows only itself"),
        ("toolkit.corpus.readers", "def f():\n  import httpx", "have no network"),
        ("toolkit.records", "from urllib.request import urlopen", "have no network"),
        ("toolkit.rules.engine", "from datetime import datetime", "the rooms have no clock"),
        ("toolkit.rules.engine", "import time as t", "the rooms have no clock"),
        ("toolkit.studio.push", "from toolkit.cli import run", "only __main__ knows cli"),
        ("toolkit.studio.push", "import label_studio_sdk.core", "one owner"),
        ("toolkit.studio.server", "import sqlite3", "one owner"),
        ("toolkit.rules.engine", "import jieba.posseg", "one owner"),
        ("toolkit.gold.vote", "importlib.import_module('altair')", "one owner"),
        ("toolkit.report.page", "if TYPE_CHECKING:\n  import rich.table", "one owner"),
    ],
)
def test_a_breach_is_found(module: str, statement: str, border: str) -> None:
    """The walk sees each way to import."""
    found = breaches(list(imports_of(module, statement)))
    assert [name for name, those in found.items() if those and border in name]


@pytest.mark.parametrize(
    ("module", "statement"),
    [
        ("toolkit.gold.vote", "from toolkit import spans\nfrom . import merge\nimport numpy"),
        ("toolkit.gold", "from .vote import majority"),
        ("toolkit.corpus.readers", "from urllib.parse import quote"),
        ("toolkit.datasets.hub", "import datasets"),
        ("toolkit.studio.transport", "import label_studio_sdk, time"),
        ("toolkit.cli.main", "import typer, toolkit.report"),
        ("toolkit.__main__", "from toolkit.cli import run"),
    ],
)
def test_what_is_allowed_is_no_breach(module: str, statement: str) -> None:
    """The walk finds nothing where there is nothing."""
    found = breaches(list(imports_of(module, statement, is_package=module.count(".") == 1)))
    assert not any(found.values())


def test_printing_is_found() -> None:
    """Printing is seen, as a call and as a stream."""
    assert list(printing_in("def f():\n  print(1)\nx = 1\nsys.stderr.write('')")) == [2, 4]


def _loaded_by(statement: str, folder: Path) -> list[str]:
    """The heavy packages that are loaded once ``statement`` has run in a fresh Python."""
    program = (
        "import json, pathlib, runpy, sys\n"
        "try:\n"
        f"    {statement}\n"
        "except SystemExit as end:\n"
        "    assert not end.code, end.code\n"
        "loaded = sorted({name.partition('.')[0] for name in sys.modules})\n"
        "pathlib.Path('loaded.json').write_text(json.dumps(loaded))\n"
    )
    command = [sys.executable, "-c", program, "--help"]
    # An empty path entry stands for the folder; the toolkit is found where this one is.
    done = subprocess.run(
        command,
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "", "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    loaded = json.loads((folder / "loaded.json").read_text())
    assert "toolkit" in loaded
    return [name for name in loaded if name in HEAVY]


@pytest.mark.parametrize(
    "statement",
    [
        "import toolkit",
        *(f"import toolkit.{name}" for name in GROUND),
        "runpy.run_module('toolkit', run_name='__main__', alter_sys=True)",
    ],
)
def test_what_begins_often_begins_light(statement: str, tmp_path: Path) -> None:
    """Importing the toolkit, its ground, and asking for its help load nothing heavy."""
    assert _loaded_by(statement, tmp_path) == []


def test_the_rooms_open_light(tmp_path: Path) -> None:
    """A room's own ``__init__`` loads nothing heavy."""
    rooms = [room for room in (*ROOMS, *WORLD) if f"toolkit.{room}" in _sources()]
    assert (
        _loaded_by(f"import {', '.join(['toolkit', *(f'toolkit.{r}' for r in rooms)])}", tmp_path)
        == []
    )


def _committed_texts() -> Iterator[tuple[str, str]]:
    """Path and content of the text files that belong to the project."""
    folders = ("toolkit", "tests", "label_configs", "docs", "benchmarks", "exports", ".ci")
    inside = (path for folder in folders for path in sorted((ROOT / folder).rglob("*")))
    beside = (path for path in sorted(ROOT.iterdir()) if not path.name.startswith("."))
    for path in (*beside, ROOT / ".gitignore", *inside):
        relative = path.relative_to(ROOT)
        made = relative.parts[0] == "exports" and relative.name != "README.md"
        if path.is_file() and not made and "__pycache__" not in relative.parts:
            try:
                yield str(relative), path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    """Nothing that we commit holds an absolute path that is somebody's own."""
    place = re.compile(rf"(?<![\w.~:/-])/(?:{'|'.join(('work', 'root', 'home', 'tmp'))})/")
    found = [
        f"{name}, line {number}"
        for name, text in _committed_texts()
        for number, line in enumerate(text.splitlines(), 1)
        if place.search(line)
    ]
    assert found == []
