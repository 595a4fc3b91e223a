"""The script that trains on the Parquet files, and the command of the card that runs it."""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.test_datasets.strategies import LABELS, flat_spans
from toolkit.datasets.export import export
from toolkit.datasets.tagging import bio, tag_names
from toolkit.datasets.token_classification import cut, files, score, spans
from toolkit.model import GoldDocument, GoldSpan
from toolkit.resources import label_configs
from toolkit.schema import read_schema
from toolkit.settings import ExportSettings, Settings

NAMES = tag_names(bio, LABELS)
TEXT = "岳文柏在武汉说,好"


@given(flat_spans(TEXT))
def test_spans_are_those_that_were_tagged(given_spans: tuple[GoldSpan, ...]) -> None:
    """What the script reads from tags is what the export wrote as tags."""
    assert spans(bio(len(TEXT), given_spans)) == {span.key for span in given_spans}


def test_a_tag_that_goes_on_with_nothing_is_no_span() -> None:
    """A model may give any tags; such a one is a mistake and never counts as right."""
    assert spans(["I-ORG", "B-LOC", "I-ORG", "I-LOC"]) == {(1, 2, "LOC")}


@given(flat_spans(TEXT), st.integers(1, 12))
def test_pieces_are_the_document(given_spans: tuple[GoldSpan, ...], longest: int) -> None:
    """Pieces follow one another, none is too long, and a span that fits into one is whole."""
    tags = [NAMES.index(tag) for tag in bio(len(TEXT), given_spans)]
    pieces = cut({"tokens": [list(TEXT)], "ner_tags": [tags]}, longest, NAMES)
    assert [char for piece in pieces["tokens"] for char in piece] == list(TEXT)
    assert [tag for piece in pieces["ner_tags"] for tag in piece] == tags
    assert all(0 < len(piece) <= longest for piece in pieces["tokens"])
    if all(span.end - span.start <= longest for span in given_spans):
        found = [spans([NAMES[tag] for tag in piece]) for piece in pieces["ner_tags"]]
        assert sum(map(len, found)) == len(given_spans)


def test_a_fold_is_scored_on_by_what_learnt_all_others(tmp_path: Path) -> None:
    """Without a fold there are two splits by their names."""
    (tmp_path / "parquet").mkdir()
    for number in (1, 2, 3):
        (tmp_path / "parquet" / f"fold_{number}.parquet").touch()

    def names(**asked: object) -> tuple[list[str], str]:
        learnt, scored = files(argparse.Namespace(data=tmp_path, **asked))
        return [Path(file).stem for file in learnt], Path(scored).stem

    assert names(fold="fold_2", splits=("train", "dev")) == (["fold_1", "fold_3"], "fold_2")
    assert names(fold=None, splits=("train", "test")) == (["train"], "test")


def test_scores_are_over_whole_spans() -> None:
    """Half a span is wrong, and what isn't the first piece of a character doesn't count."""
    truth = np.array([[1, 2, -100, 0, 1, 2], [0, 1, -100, -100, -100, -100]])
    given_tags = np.array([[1, 2, 7, 0, 1, 0], [0, 1, 3, 3, 3, 3]])
    logits = np.eye(len(NAMES))[given_tags]
    assert score(logits, truth, NAMES) == pytest.approx(
        {"precision": 2 / 3, "recall": 2 / 3, "f1": 2 / 3}
    )
    assert score(logits[:0], truth[:0], NAMES) == {"precision": 0, "recall": 0, "f1": 0}


def test_the_command_of_the_card_trains(tmp_path: Path) -> None:
    """As it is printed, but for fewer steps; without a network."""
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    spans_ = (GoldSpan(0, 3, "PERSON", "岳文柏"), GoldSpan(4, 6, "LOC", "武汉"))
    folder = tmp_path / "news"
    export(
        [GoldDocument(f"d{i}", f"{TEXT}\n " * (1 + i % 90), spans_) for i in range(30)],
        folder,
        schema=read_schema(label_configs() / "epidemic_news.xml"),
        settings=Settings(export=ExportSettings(splits={"train": 0.6, "dev": 0.4})),
        formats=["parquet"],
        facts={},
    )
    card = (folder / "README.md").read_text("utf-8")
    (command,) = re.findall(r"^\$ python (token_classification\.py .*)$", card, re.MULTILINE)
    done = subprocess.run(
        [sys.executable, *shlex.split(command), "--steps", "3"],
        cwd=folder,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "hf")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]).keys() == {"precision", "recall", "f1", "loss"}
    assert (folder / "model" / "config.json").exists()
