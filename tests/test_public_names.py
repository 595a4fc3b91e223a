"""The names that others build on: what layer 0 offers, no more and no less.

Who adds, renames or removes one changes this list with it, and sees that they do.
"""

from __future__ import annotations

import ast
import importlib
import tomllib
from pathlib import Path

import pytest

import toolkit

PUBLIC = {
    "toolkit": "__version__",
    "toolkit.errors": """
        ToolkitError UsageError WorkspaceError InputError RecordError DecodeError OffsetError
        SchemaError RuleError StudioError ServerUnreachable ServerRefused ServerFailed
    """,
    "toolkit.model": """
        Origin GoldStatus Segment Span SuggestedSpan AnnotatedSpan Alternative GoldSpan Source
        Document Passage Suggestion Annotation GoldDocument latest_annotations latest_decisions
        submitted_at begun_at
    """,
    "toolkit.spans": "EDGE_SPACE overlaps contains shared is_flat trimmed check_spans match",
    "toolkit.schema": "Label LabelSchema read_schema parse_schema",
    "toolkit.relabelling": """
        LabelChange checked changed_names changed_spans changed_result changed_config
    """,
    "toolkit.records": """
        SCHEMA_VERSION SPAN_COLUMNS read_jsonl write_jsonl write_text replacing spans_frame
        index_documents counted_annotations ZstdReader remove_parts decoded reading unpacked writing
        packed
    """,
    "toolkit.settings": """
        FILE_NAME Nesting ProjectSettings CorpusSettings LabelSettings RuleSettings StudioSettings
        AssignmentSettings AgreementSettings GoldSettings ExportSettings ParallelSettings Settings
        Workspace is_scheduler workspace_around
        open_workspace read_settings replace check_version check_annotator is_fold_count
    """,
    "toolkit.each": "Each in_turn results",
    "toolkit.resources": """
        PACKAGE label_configs sample_corpus settings_template cache_folder rule_packs
    """,
}


def _defined_in(name: str) -> set[str]:
    """Names that a module itself defines at its top, without imports and type variables."""
    source = Path(importlib.import_module(name).__file__ or "").read_text(encoding="utf-8")
    names: set[str] = set()
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign) and "TypeVar" not in ast.unparse(node.value):
            names.update(ast.unparse(target) for target in node.targets)
        elif isinstance(node, ast.AnnAssign):
            names.add(ast.unparse(node.target))
    return {name for name in names if not name.startswith("_")}


@pytest.mark.parametrize("name", [name for name in PUBLIC if name != "toolkit"])
def test_the_public_names_are_these(name: str) -> None:
    """A module of layer 0 defines exactly the names that it is known for."""
    assert _defined_in(name) == set(PUBLIC[name].split())


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_is_there(name: str) -> None:
    """Each name can be imported."""
    module = importlib.import_module(name)
    assert [key for key in PUBLIC[name].split() if not hasattr(module, key)] == []


def test_the_version_is_told_once() -> None:
    """The package and pyproject.toml give the same version."""
    pyproject = Path(__file__).resolve().parent.parent / "pyproject.toml"
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    assert toolkit.__version__ == project["version"]
