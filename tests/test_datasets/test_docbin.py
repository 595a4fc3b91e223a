"""spaCy opens what we write, and trains on it with the command that the card prints."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from msgspec.structs import replace

from tests.test_datasets.strategies import LABELS, gold_documents, schema
from toolkit.datasets import docbin, formats
from toolkit.datasets.choices import Choices, flat
from toolkit.datasets.docbin import read_docbin, write_config, write_docbin
from toolkit.datasets.export import export
from toolkit.errors import InputError, UsageError
from toolkit.model import GoldDocument, GoldSpan
from toolkit.resources import label_configs
from toolkit.schema import read_schema
from toolkit.settings import ExportSettings, Settings

CHOICES = Choices(schema())


@pytest.fixture(name="spacy")
def _spacy() -> Any:
    return pytest.importorskip("spacy")


def docs_of(path: Path) -> list[Any]:
    """What spaCy itself finds in the file."""
    from spacy.tokens import DocBin
    from spacy.vocab import Vocab

    return list(DocBin().from_disk(path).get_docs(Vocab()))


@pytest.mark.skipif(not formats.FORMATS["docbin"].ready, reason="spaCy isn't installed")
@settings(max_examples=60, deadline=None)
@given(document=gold_documents(nested=True))
def test_spacy_finds_the_spans(document: GoldDocument) -> None:
    """A character a token; the flat spans are its entities, all of them its span group."""
    with tempfile.TemporaryDirectory() as folder:
        write_docbin(Path(folder) / "x.spacy", [document], CHOICES)
        (doc,) = docs_of(Path(folder) / "x.spacy")
    assert doc.text == document.text
    assert [token.text for token in doc] == list(document.text)
    (kept,) = flat([document], CHOICES)
    assert [(e.start_char, e.end_char, e.label_) for e in doc.ents] == sorted(
        span.key for span in kept.spans
    )
    group = [(s.start_char, s.end_char, s.label_) for s in doc.spans["gold"]]
    assert group == [span.key for span in document.spans]
    assert doc.user_data["doc_id"] == document.doc_id


@pytest.mark.skipif(not formats.FORMATS["docbin"].ready, reason="spaCy isn't installed")
@settings(max_examples=30, deadline=None)
@given(document=gold_documents(nested=True))
def test_it_is_what_spacy_writes_of_the_same(document: GoldDocument) -> None:
    """The bytes that spaCy writes of the documents that it reads hold the same, value by value."""
    import srsly
    from spacy.tokens import DocBin

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.spacy"
        write_docbin(path, [document], CHOICES)
        ours = srsly.msgpack_loads(zlib.decompress(path.read_bytes()))
        again = DocBin(["ENT_IOB", "ENT_TYPE"], store_user_data=True, docs=docs_of(path))
    theirs = srsly.msgpack_loads(zlib.decompress(again.to_bytes()))
    assert ours.keys() == theirs.keys()
    assert {*theirs.pop("strings")} <= {*ours.pop("strings"), "", *document.text.lower()}
    user_data = [srsly.msgpack_loads(message.pop("user_data")[0]) for message in (ours, theirs)]
    assert user_data[0] == user_data[1]
    assert ours == theirs


def test_a_docbin_of_somebody_else_is_read(spacy: Any, tmp_path: Path) -> None:
    """Words as tokens, no ids, spans in ents or where spancat has them: all become gold."""
    from spacy.tokens import Doc, DocBin, Span

    vocab = spacy.blank("zh").vocab
    plain = Doc(vocab, words=["武汉", "防控"], spaces=[True, False])
    plain.set_ents([Span(plain, 0, 1, "LOC")])
    nested = Doc(vocab, words=["武汉", "大学"], spaces=[False, False])
    nested.spans["sc"] = [Span(nested, 0, 2, "ORG"), Span(nested, 0, 1, "LOC")]
    DocBin(docs=[plain, nested], store_user_data=True).to_disk(tmp_path / "x.spacy")
    assert list(read_docbin(tmp_path / "x.spacy")) == [
        GoldDocument("1", "武汉 防控", (GoldSpan(0, 2, "LOC", "武汉"),)),
        GoldDocument(
            "2", "武汉大学", (GoldSpan(0, 2, "LOC", "武汉"), GoldSpan(0, 4, "ORG", "武汉大学"))
        ),
    ]


@pytest.mark.parametrize(
    "data",
    [b"", zlib.compress(b""), zlib.compress(b"\x80"), zlib.compress(b"\x93abc"), b"\x78\x9c\x03"],
    ids=["nothing", "nothing packed", "an empty map", "a list", "half a stream"],
)
def test_broken_bytes_are_an_input_error(data: bytes, spacy: Any, tmp_path: Path) -> None:
    """Whatever is in the file, the error names it."""
    (tmp_path / "x.spacy").write_bytes(data)
    with pytest.raises(InputError, match=r"x\.spacy: no DocBin"):
        list(read_docbin(tmp_path / "x.spacy"))


def test_a_file_cut_short_is_an_input_error(spacy: Any, tmp_path: Path) -> None:
    """Half a file isn't half of the documents."""
    path = tmp_path / "x.spacy"
    write_docbin(path, [GoldDocument(str(i), "武汉") for i in range(50)], CHOICES)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputError, match="no DocBin"):
        list(read_docbin(path))


def test_a_label_that_is_not_listed_is_an_error(spacy: Any, tmp_path: Path) -> None:
    """The document is named."""
    document = GoldDocument("d7", "疫", (GoldSpan(0, 1, "DISEASE"),))
    with pytest.raises(InputError, match=r"d7.*DISEASE"):
        write_docbin(tmp_path / "x", [document], CHOICES)


def test_more_than_a_file_can_hold_is_an_error(
    spacy: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MessagePack counts up to 4 GiB; what would not fit is refused before anything is written."""
    monkeypatch.setattr(docbin, "_LONGEST_BINARY", 100)
    with pytest.raises(InputError, match="so many characters"):
        write_docbin(tmp_path / "x", [GoldDocument("d", "武汉防控病")], CHOICES)
    assert list(tmp_path.iterdir()) == []


def test_without_spacy_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Before any work is done, and by the reader and the writer too."""
    monkeypatch.setitem(sys.modules, "spacy", None)
    monkeypatch.setattr(formats, "find_spec", lambda _name: None)
    with pytest.raises(UsageError, match=r"zh-ner-toolkit\[spacy\]"):
        formats.chosen(["jsonl", "docbin"])
    with pytest.raises(UsageError, match=r"zh-ner-toolkit\[spacy\]"):
        list(read_docbin(tmp_path / "x"))
    with pytest.raises(UsageError, match=r"zh-ner-toolkit\[spacy\]"):
        write_docbin(tmp_path / "x", [], CHOICES)
    assert [format_.name for format_ in formats.chosen(["jsonl"])] == ["jsonl"]


def test_the_config_names_the_splits(spacy: Any, tmp_path: Path) -> None:
    """Both, or the one there is; the pipeline and the tokenizer are in it."""
    (tmp_path / "docbin").mkdir()
    write_config(tmp_path / "docbin", ["train", "dev"])
    text = (tmp_path / "docbin" / "config.cfg").read_text("utf-8")
    for line in (
        'train = "docbin/train.spacy"',
        'dev = "docbin/dev.spacy"',
        'pipeline = ["tok2vec","ner"]',
        'segmenter = "char"',
        'lang = "zh"',
    ):
        assert line in text.replace('", "', '","')
    write_config(tmp_path / "docbin", ["all"])
    text = (tmp_path / "docbin" / "config.cfg").read_text("utf-8")
    assert 'train = "docbin/all.spacy"\ndev = null' in text


def test_the_command_of_the_card_trains(spacy: Any, tmp_path: Path) -> None:
    """As it is printed, but for fewer steps; texts with odd spaces, nesting and nothing in them."""
    odd = [
        GoldDocument("empty", ""),
        GoldDocument("space", " \n", (GoldSpan(0, 1, LABELS[1], " "),)),
        GoldDocument("nested", " 武汉大学", (GoldSpan(0, 5, "ORG"), GoldSpan(1, 3, "PERSON"))),
    ]
    spans = (GoldSpan(0, 3, "PERSON", "岳文柏"), GoldSpan(4, 7, "ORG", "二病区"))
    labels = read_schema(label_configs() / "epidemic_news.xml")
    folder = tmp_path / "news"
    export(
        [
            *(replace(one, doc_id=f"{one.doc_id}-{i}") for one in odd for i in range(8)),
            *(GoldDocument(f"d{i}", "岳文柏在二病区 说:\n好。", spans) for i in range(30)),
        ],
        folder,
        schema=labels,
        settings=Settings(export=ExportSettings(splits={"train": 0.6, "dev": 0.4})),
        formats=["docbin"],
        facts={},
    )
    card = (folder / "README.md").read_text("utf-8")
    (command,) = re.findall(r"^\$ python (-m spacy train .*)$", card, re.MULTILINE)
    fewer = ["--training.max_steps", "20", "--training.eval_frequency", "10"]
    done = subprocess.run(
        [sys.executable, *shlex.split(command), *fewer],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    trained = spacy.load(folder / "out" / "model-best")
    assert trained.pipe_names == ["tok2vec", "ner"]
    assert [token.text for token in trained("岳文柏说")] == list("岳文柏说")
    assert {"PERSON", "ORG"} <= {*trained.get_pipe("ner").labels}


def test_the_commands_of_a_card_with_folds_train_on_each(spacy: Any, tmp_path: Path) -> None:
    """A model a fold, from all others, as it is printed but for fewer steps."""
    spans = (GoldSpan(0, 3, "PERSON", "岳文柏"), GoldSpan(4, 7, "ORG", "二病区"))
    folder = tmp_path / "news"
    export(
        [GoldDocument(f"d{i}", f"岳文柏在二病区第{i}次说", spans) for i in range(8)],
        folder,
        schema=read_schema(label_configs() / "epidemic_news.xml"),
        settings=Settings(export=ExportSettings(k_fold=2)),
        formats=["docbin"],
        facts={},
    )
    card = (folder / "README.md").read_text("utf-8")
    (script,) = re.findall(r"^```sh\npip install [^\n]*\n(.*?)^```", card, re.MULTILINE | re.DOTALL)
    fewer = "--training.max_steps 2 --training.eval_frequency 2"
    script = script.replace("python -m", f"{shlex.quote(sys.executable)} -m")
    script = script.replace("docbin/$fold.spacy\n", f"docbin/$fold.spacy {fewer}\n")
    done = subprocess.run(
        ["sh", "-ec", script], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for fold, other in (("fold_1", "fold_2"), ("fold_2", "fold_1")):
        assert [file.name for file in (folder / "out" / fold / "others").iterdir()] == [
            f"{other}.spacy"
        ]
        assert spacy.load(folder / "out" / fold / "model-last").pipe_names == ["tok2vec", "ner"]
