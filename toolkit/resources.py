"""Files that travel with the package: label configs, rule packs, the sample corpus.

In a wheel they lie inside the package; in a checkout the label configs and the sample
corpus lie at the top level, where people look for them. This module is the only place
that knows.
"""

from __future__ import annotations

import os
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def label_configs() -> Path:
    """The folder with the label configs that ``toolkit init`` copies."""
    return _first(PACKAGE / "label_configs", PACKAGE.parent / "label_configs")


def sample_corpus() -> Path:
    """The folder with the sample corpus that ``toolkit demo`` works on."""
    return _first(PACKAGE / "sample_corpus", PACKAGE.parent / "tests" / "corpus")


def settings_template() -> Path:
    """The commented toolkit.toml that ``toolkit init`` copies."""
    return next(
        place
        for place in (PACKAGE / "toolkit.toml", PACKAGE.parent / "toolkit.toml")
        if place.is_file()
    )


def cache_folder() -> Path:
    """Where what can be made again is kept, for this user: TOOLKIT_CACHE, or the system's place."""
    from platformdirs import user_cache_path

    named = os.environ.get("TOOLKIT_CACHE", "").strip()
    if named:
        return Path(named).expanduser().resolve()
    return user_cache_path("zh-ner-toolkit", appauthor=False)


def rule_packs() -> Path:
    """The folder with the rule packs that we ship, one folder a pack."""
    return PACKAGE / "rules" / "packs"


def _first(*places: Path) -> Path:
    return next((place for place in places if place.is_dir()), places[-1])
