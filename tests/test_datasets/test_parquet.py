"""The real ``datasets`` library opens an export as it is, without a network."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.test_datasets.strategies import LABELS, gold_documents, schema
from toolkit.datasets import parquet
from toolkit.datasets.choices import Choices
from toolkit.datasets.export import export
from toolkit.datasets.parquet import read_parquet, write_parquet
from toolkit.datasets.tagging import bio, tag_names
from toolkit.errors import InputError
from toolkit.model import GoldDocument, GoldSpan
from toolkit.resources import label_configs
from toolkit.schema import read_schema
from toolkit.settings import Settings

LOAD = """
import json, sys
from datasets import load_dataset
data = load_dataset(sys.argv[1])
feature = data["train"].features["ner_tags"].feature
first = data["train"][0]
print(json.dumps({
    "splits": {split: rows.num_rows for split, rows in data.items()},
    "kind": type(feature).__name__,
    "names": feature.names,
    "first": {**first, "tags": [feature.int2str(tag) for tag in first["ner_tags"]]},
}))
"""


@pytest.mark.parametrize("inside", [".", "parquet"])
def test_load_dataset_opens_the_folder(inside: str, tmp_path: Path) -> None:
    """Splits, ClassLabel names, tokens, tags and spans arrive as they were written."""
    pytest.importorskip("datasets")
    labels = read_schema(label_configs() / "epidemic_news.xml")
    text = "7名患者\n康复"
    spans = (GoldSpan(0, 2, "NUM", "7名", confidence=0.75),)
    folder = tmp_path / "news@0.1.0"
    exported = export(
        [GoldDocument(f"news-{i}", text, spans) for i in range(40)],
        folder,
        schema=labels,
        settings=Settings(),
        formats=["jsonl", "parquet"],
        facts={},
    )
    # A process of its own: the library reads its settings from the environment on import.
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "hf")}
    done = subprocess.run(
        [sys.executable, "-c", LOAD, str(folder / inside)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    loaded = json.loads(done.stdout)
    dev = "dev" if inside == "." else "validation"  # what the library calls a dev.parquet
    assert loaded["splits"] == {
        dev if split == "dev" else split: n for split, n in exported.documents.items()
    }
    assert loaded["kind"] == "ClassLabel"
    assert loaded["names"][:3] == ["O", "B-PERSON", "I-PERSON"]
    assert len(loaded["names"]) == 1 + 2 * len(labels.labels)
    first = loaded["first"]
    assert (first["text"], first["tokens"]) == (text, list(text))
    assert first["tags"] == ["B-NUM", "I-NUM", "O", "O", "O", "O", "O"]
    assert first["spans"] == [{"start": 0, "end": 2, "label": "NUM", "confidence": 0.75}]


def test_many_documents_are_written_in_groups(tmp_path: Path) -> None:
    """More documents than fit a row group are all there."""
    import pyarrow.parquet as pq

    documents = (GoldDocument(f"d{i}", "疫") for i in range(2500))
    assert write_parquet(tmp_path / "x", documents, Choices(schema())) == 2500
    metadata = pq.read_metadata(tmp_path / "x")  # type: ignore[no-untyped-call]
    assert (metadata.num_rows, metadata.num_row_groups) == (2500, 3)


def test_long_documents_end_a_group_sooner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A group holds no more characters than fit, but for the last of its documents."""
    import pyarrow.parquet as pq

    monkeypatch.setattr(parquet, "_CHARACTERS_A_GROUP", 5)
    documents = [GoldDocument(str(i), "疫情通报" * i) for i in range(4)]
    assert write_parquet(tmp_path / "x", documents, Choices(schema())) == 4
    metadata = pq.read_metadata(tmp_path / "x")  # type: ignore[no-untyped-call]
    assert [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)] == [3, 1]
    assert list(read_parquet(tmp_path / "x")) == documents


@settings(max_examples=60, deadline=None)
@given(documents=st.lists(gold_documents(), max_size=4))
def test_the_columns_are_the_documents(documents: list[GoldDocument]) -> None:
    """Tokens are the characters, and tags those of the spans, document by document."""
    import pyarrow.parquet as pq

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x"
        write_parquet(path, documents, Choices(schema()))
        rows = pq.read_table(path).to_pylist()  # type: ignore[no-untyped-call]
    names = tag_names(bio, LABELS)
    for row, document in zip(rows, documents, strict=True):
        assert (row["id"], row["text"]) == (document.doc_id, document.text)
        assert row["tokens"] == list(document.text)
        assert [names[tag] for tag in row["ner_tags"]] == bio(len(document.text), document.spans)
        assert row["spans"] == [
            {"start": s.start, "end": s.end, "label": s.label, "confidence": s.confidence}
            for s in document.spans
        ]


def test_a_label_that_is_not_listed_is_an_error(tmp_path: Path) -> None:
    """A tag without a number can't be written, and isn't turned into O."""
    document = GoldDocument("d", "疫", (GoldSpan(0, 1, "DISEASE"),))
    with pytest.raises(InputError, match="B-DISEASE"):
        write_parquet(tmp_path / "x", [document], Choices(schema()))
