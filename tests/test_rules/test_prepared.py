"""What it takes to run a pattern is worked out once and kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from toolkit.rules import prepared


def test_patterns_come_back_from_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of a pack under its name, the same as they were, and no others."""
    monkeypatch.setenv("TOOLKIT_CACHE", str(tmp_path))
    monkeypatch.setattr(prepared, "_known", {})
    prepared.recall(["ours"])
    made = prepared.prepared("武汉(?:市|大学)")
    prepared.keep("ours")
    monkeypatch.setattr(prepared, "_known", {})
    prepared.recall(["another"])
    assert prepared.known("武汉(?:市|大学)") is None
    prepared.recall(["ours"])
    assert prepared.known("武汉(?:市|大学)") == made
