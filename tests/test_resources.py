"""Files that travel with the package."""

from __future__ import annotations

from pathlib import Path

import pytest

from toolkit import resources


def test_label_configs_are_there() -> None:
    """The config that a workspace starts from is in the folder."""
    assert (resources.label_configs() / "epidemic_news.xml").is_file()


def test_the_sample_corpus_is_there() -> None:
    """The sample corpus is a folder."""
    assert resources.sample_corpus().is_dir()


def test_rule_packs_lie_in_the_package() -> None:
    """Rule packs are found beside the code of the rules, in a checkout as in a wheel."""
    assert resources.rule_packs() == resources.PACKAGE / "rules" / "packs"


def test_the_package_comes_before_the_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a wheel the files inside the package are taken, whatever lies around it."""
    monkeypatch.setattr(resources, "PACKAGE", tmp_path / "toolkit")
    for inside, outside in (("label_configs", "label_configs"), ("sample_corpus", "tests/corpus")):
        (tmp_path / outside).mkdir(parents=True)
        (tmp_path / "toolkit" / inside).mkdir(parents=True)
    assert resources.label_configs() == tmp_path / "toolkit" / "label_configs"
    assert resources.sample_corpus() == tmp_path / "toolkit" / "sample_corpus"
