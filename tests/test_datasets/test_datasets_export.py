"""A version is a folder that is whole or absent, and the same from the same inputs."""

from __future__ import annotations

import hashlib
import json
import pickle
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from toolkit.datasets.export import Exported, export
from toolkit.datasets.formats import FORMATS
from toolkit.datasets.people import Pseudonyms
from toolkit.each import in_turn
from toolkit.errors import InputError, OffsetError, UsageError
from toolkit.model import Alternative, GoldDocument, GoldSpan
from toolkit.resources import label_configs
from toolkit.schema import LabelSchema, read_schema
from toolkit.settings import ExportSettings, ProjectSettings, Settings

SETTINGS = Settings(
    project=ProjectSettings(name="疫情新闻", notice="示例数据,*不是*真实标注"),
    annotators={"zhang": "zhang@example.com", "li": "li@example.com"},
)
FACTS: dict[str, Any] = {
    "inputs": {"gold.jsonl": "0" * 64},
    "command": ["toolkit", "export"],
    "rule_packs": ["epidemic_news-1"],
    "agreement": {
        "overall": [
            {"name": "strict F1", "value": 0.912, "low": 0.88, "high": 0.94, "n": 40},
            {"name": "Cohen's κ", "value": None, "undefined": "three annotators", "n": 40},
        ],
        "by_pair": {"zhang × li": [{"name": "strict F1", "value": 0.9}]},
    },
}

FORMATS_HERE = [name for name, format_ in FORMATS.items() if format_.ready]
"""All but those whose extra isn't installed."""


@pytest.fixture(name="schema")
def _schema() -> LabelSchema:
    return read_schema(label_configs() / "epidemic_news.xml")


def gold(n: int = 40) -> list[GoldDocument]:
    """Documents that two people annotated, one of whom decided a dispute."""
    text = "1月25日,岳文柏说:\n全力以赴。{}"
    votes: dict[str, str | None] = {"zhang": "PERSON", "li": None}
    spans = (
        GoldSpan(0, 5, "TIME", "1月25日", votes={"zhang": "TIME", "li": "TIME"}),
        GoldSpan(
            *(6, 9, "PERSON", "岳文柏"),
            confidence=0.5,
            votes=votes,
            decided_by="li",
            alternatives=(Alternative(6, 8, "PERSON", annotators=("zhang",)),),
        ),
    )
    return [
        GoldDocument(
            *(f"news-{i}", text.format(i), spans, ("zhang", "li"), "merged", {"title": "防控"}),
            rejected=(Alternative(10, 11, "TITLE", annotators=("zhang",)),),
        )
        for i in range(n)
    ]


def run(folder: Path, schema: LabelSchema, **changes: Any) -> Exported:
    """Export the standard documents, with some arguments changed."""
    arguments = {
        "gold": gold(),
        "folder": folder,
        "schema": schema,
        "settings": SETTINGS,
        "formats": FORMATS_HERE,
        "facts": FACTS,
        "words": lambda document: [(i, i + 1) for i in range(len(document.text))],
        **changes,
    }
    return export(arguments.pop("gold"), arguments.pop("folder"), **arguments)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file under the folder with its bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_the_layout_of_a_version(tmp_path: Path, schema: LabelSchema) -> None:
    """One folder a format, one file a split, and card, guidelines and manifest beside them."""
    (tmp_path / "guide.md").write_text("# 标注规范\n", encoding="utf-8")
    folder = tmp_path / "exports" / "n@0.1.0"
    exported = run(folder, schema, guidelines=tmp_path / "guide.md")
    files = [FORMATS[name] for name in FORMATS_HERE if FORMATS[name].suffix]
    expected = {
        *(f"{f.name}/{f.file(split)}" for f in files for split in ("train", "dev", "test")),
        *(name for name in exported.files if name.startswith("brat/")),
        *(["docbin/config.cfg"] if "docbin" in FORMATS_HERE else []),
        "token_classification.py",
        "README.md",
        "guidelines.md",
        "leakage.json",
        "manifest.json",
        "splits.jsonl",
    }
    assert set(exported.files) == set(contents(folder)) == expected
    assert (folder / "guidelines.md").read_text(encoding="utf-8") == "# 标注规范\n"
    assert exported.folder == folder
    assert exported.version == "0.1.0"
    assert sum(exported.documents.values()) == 40
    assert exported.spans == {split: 2 * n for split, n in exported.documents.items()}


def test_all_formats_hold_the_same_documents(tmp_path: Path, schema: LabelSchema) -> None:
    """Each format's splits hold the same texts and spans, and every document once."""
    exported = run(tmp_path / "x", schema)
    held = []
    for format_ in (FORMATS[name] for name in FORMATS_HERE):
        if format_.read is None:
            continue
        held.append(
            {
                split: sorted(
                    (d.doc_id, d.text, [s.key for s in d.spans])
                    for d in format_.read(tmp_path / "x" / format_.name / format_.file(split))
                )
                for split in exported.documents
            }
        )
    assert all(splits == held[0] for splits in held)
    ids = [doc_id for documents in held[0].values() for doc_id, _, _ in documents]
    assert sorted(ids) == sorted(d.doc_id for d in gold())


def test_the_same_inputs_give_the_same_bytes(tmp_path: Path, schema: LabelSchema) -> None:
    """Two exports at different times and places are byte-identical."""
    run(tmp_path / "a" / "n@1", schema)
    run(tmp_path / "b" / "n@1", schema)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_an_identical_version_is_unchanged(tmp_path: Path, schema: LabelSchema) -> None:
    """Exporting again what is there already is fine, and touches nothing."""
    first = run(tmp_path / "n@0.1.0", schema)
    stamp = (tmp_path / "n@0.1.0").stat().st_mtime_ns
    again = run(tmp_path / "n@0.1.0", schema)
    assert not first.unchanged
    assert again.unchanged
    assert (tmp_path / "n@0.1.0").stat().st_mtime_ns == stamp


def test_a_version_never_changes(tmp_path: Path, schema: LabelSchema) -> None:
    """Other content under an existing version is refused, with the next version as a hint."""
    run(tmp_path / "n@0.1.0", schema)
    before = contents(tmp_path)
    with pytest.raises(UsageError, match=r"--version 0\.1\.1.*--force"):
        run(tmp_path / "n@0.1.0", schema, gold=gold(39))
    assert contents(tmp_path) == before


def test_force_replaces_a_version(tmp_path: Path, schema: LabelSchema) -> None:
    """With force the folder holds the new content and nothing of the old."""
    run(tmp_path / "n@0.1.0", schema)
    run(tmp_path / "n@0.1.0", schema, gold=gold(39), formats=["jsonl"], force=True)
    assert [path.name for path in tmp_path.iterdir()] == ["n@0.1.0"]
    lines = b"".join(data for name, data in contents(tmp_path).items() if "/jsonl/" in name)
    assert lines.count(b"\n") == 39
    assert not (tmp_path / "n@0.1.0" / "parquet").exists()


def test_an_exception_in_the_middle_leaves_nothing(tmp_path: Path, schema: LabelSchema) -> None:
    """Whatever stops an export, there is no half version and no temporary folder."""

    def broken() -> Iterator[GoldDocument]:
        yield from gold(20)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "n@0.1.0", schema, gold=broken())
    assert list(tmp_path.iterdir()) == []


def test_what_a_format_cannot_hold_is_counted_and_listed(
    tmp_path: Path, schema: LabelSchema
) -> None:
    """An overlap is in the formats that hold it, and in a list for those that don't."""
    document = gold(1)[0]
    nested = replace(document, spans=(*document.spans, GoldSpan(6, 7, "PERSON", "岳")))
    exported = run(tmp_path / "n", schema, gold=[nested])
    assert sum(exported.spans.values()) == 3
    flat = [f.name for f in FORMATS.values() if f.holds != "all"]
    assert exported.lost == dict.fromkeys(flat, 1)
    head, *rows = (tmp_path / "n" / "lost_spans.csv").read_text("utf-8-sig").splitlines()
    assert head == "format,split,doc_id,start,end,label,text,why"
    assert [row.split(",")[0] for row in rows] == flat
    assert all(",news-0,6,7,PERSON,岳," in row for row in rows)
    assert "lost_spans.csv" in (tmp_path / "n" / "README.md").read_text("utf-8")
    assert "lost_spans.csv" not in run(tmp_path / "m", schema).files


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        ({"spans": (GoldSpan(0, 5, "TIME", "2月25日"),)}, OffsetError, "2月25日"),
        ({"spans": (GoldSpan(0, 99, "TIME"),)}, OffsetError, "does not fit"),
        ({"spans": (GoldSpan(0, 5, "DATE"),)}, InputError, "DATE"),
        ({"text": "\ud83d", "spans": ()}, InputError, "surrogate"),
        ({"doc_id": "news-1"}, InputError, "twice"),
    ],
    ids=["other text", "out of range", "unknown label", "half a character", "same id"],
)
def test_a_wrong_document_stops_the_export(
    change: dict[str, Any],
    error: type[Exception],
    says: str,
    tmp_path: Path,
    schema: LabelSchema,
) -> None:
    """Nothing is repaired or dropped: the document is named and nothing is written."""
    documents = gold(3)
    documents[2] = replace(documents[2], **change)
    with pytest.raises(error, match=says) as caught:
        run(tmp_path / "n", schema, gold=documents)
    assert documents[2].doc_id in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_no_documents_are_an_error(tmp_path: Path, schema: LabelSchema) -> None:
    """An empty dataset is not a version."""
    with pytest.raises(InputError, match="no gold documents"):
        run(tmp_path / "n", schema, gold=[])


@pytest.mark.parametrize("split", ["../x", "a/b", "train set", ""])
def test_a_split_name_is_no_path(split: str, tmp_path: Path, schema: LabelSchema) -> None:
    """A split's name becomes a file name and a Hugging Face split; other things are refused."""
    settings = replace(SETTINGS, export=ExportSettings(splits={split: 1.0}))
    with pytest.raises(UsageError, match="name of a split"):
        run(tmp_path / "n", schema, settings=settings)


def test_an_empty_split_has_no_files(tmp_path: Path, schema: LabelSchema) -> None:
    """A split without documents is counted as zero, and no empty file pretends to be one."""
    exported = run(tmp_path / "n", schema, gold=gold(1))
    filled = [split for split, n in exported.documents.items() if n]
    assert len(filled) == 1
    data = [name for name in exported.files if "/" in name and name != "docbin/config.cfg"]
    assert {Path(name).parts[1].split(".")[0] for name in data} == {*filled}


def test_the_manifest_can_be_checked(tmp_path: Path, schema: LabelSchema) -> None:
    """Every file but the manifest itself is in it with its hash; inputs and facts are kept."""
    run(tmp_path / "n", schema)
    files = contents(tmp_path / "n")
    manifest = json.loads(files.pop("manifest.json"))
    assert {name: entry["sha256"] for name, entry in manifest["files"].items()} == {
        name: hashlib.sha256(data).hexdigest() for name, data in files.items()
    }
    assert manifest["inputs"] == FACTS["inputs"]
    assert manifest["facts"]["rule_packs"] == ["epidemic_news-1"]
    assert manifest["labels"] == list(schema.values)
    assert manifest["settings"]["export"]["salt"] == "split-1"
    packages = {"python", "zh-ner-toolkit", "msgspec", "numpy", "pyarrow", "openpyxl"}
    if "docbin" in FORMATS_HERE:
        packages.add("spacy")
    assert manifest["packages"].keys() == packages
    assert manifest["command"] == ["toolkit", "export"]


def test_a_reviewer_who_annotated_nothing_is_named_nowhere(
    tmp_path: Path, schema: LabelSchema
) -> None:
    """Whoever decided is a person, though the settings and the annotators don't know them."""
    one = gold(1)[0]
    decided = replace(one, spans=tuple(replace(s, decided_by="wangfang") for s in one.spans))
    run(tmp_path / "n", schema, gold=[decided], people=["wangfang"])
    assert all(b"wangfang" not in data for data in contents(tmp_path / "n").values())


def test_no_file_names_a_person(tmp_path: Path, schema: LabelSchema) -> None:
    """Annotators are A1, A2 … in every file, and their addresses are nowhere."""
    run(tmp_path / "n", schema)
    files = contents(tmp_path / "n")
    for name, data in files.items():
        assert b"zhang" not in data, name
        assert b'"li"' not in data, name
        assert b"example.com" not in data, name
    line = json.loads(files["jsonl/train.jsonl"].splitlines()[0])
    assert line["annotators"] == ["A1", "A2"]
    assert line["spans"][1]["votes"] == {"A1": "PERSON", "A2": None}
    assert line["spans"][1]["decided_by"] == "A2"


def test_names_are_opened_on_demand(tmp_path: Path, schema: LabelSchema) -> None:
    """Whoever asks for names gets them, in the data and on the card."""
    run(tmp_path / "n", schema, named=True)
    files = contents(tmp_path / "n")
    line = json.loads(files["jsonl/train.jsonl"].splitlines()[0])
    assert line["annotators"] == ["zhang", "li"]
    assert b"| zhang | 40 |" in files["README.md"]
    assert b"example.com" not in b"".join(files.values())


def test_documents_stay_in_the_split_that_is_recorded(tmp_path: Path, schema: LabelSchema) -> None:
    """What an earlier version dealt is kept, and the version says where everything is."""
    run(tmp_path / "a", schema, gold=gold(20))
    dealt = {one["doc_id"]: one["split"] for one in _lines(tmp_path / "a" / "splits.jsonl")}
    grown = run(tmp_path / "b", schema, recorded=dealt)
    later = {one["doc_id"]: one["split"] for one in _lines(tmp_path / "b" / "splits.jsonl")}
    assert dealt.items() <= later.items()
    assert later.keys() == {one.doc_id for one in gold()}
    assert grown.moved == 0
    for split in grown.documents:
        held = [one["doc_id"] for one in _lines(tmp_path / "b" / "jsonl" / f"{split}.jsonl")]
        assert held == [doc_id for doc_id, where in later.items() if where == split]


def test_folds_stand_in_for_splits(tmp_path: Path, schema: LabelSchema) -> None:
    """Each fold is a file in every format, and is compared with all the others."""
    settings = replace(SETTINGS, export=ExportSettings(k_fold=4))
    exported = run(tmp_path / "n", schema, settings=settings)
    assert exported.documents == {f"fold_{i}": 10 for i in (1, 2, 3, 4)}
    leakage = json.loads((tmp_path / "n" / "leakage.json").read_bytes())
    assert leakage["against"]["fold_2"] == ["fold_1", "fold_3", "fold_4"]
    assert "4 折交叉验证" in (tmp_path / "n" / "README.md").read_text("utf-8")


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def test_a_method_is_no_person() -> None:
    """What decided a span keeps its name unless it is somebody."""
    document = GoldDocument("d", "病毒", (GoldSpan(0, 2, "DISEASE", decided_by="majority"),))
    assert Pseudonyms(["li"]).hide(document) == document


def characters(document: GoldDocument) -> list[tuple[int, int]]:
    """Each character a word."""
    return [(i, i + 1) for i in range(len(document.text))]


def elsewhere(function: Callable[[Any], Any], tasks: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    """As another process does it: what goes there and back is pickled, the last task is first."""
    for task in reversed(list(tasks)):
        done = pickle.loads(pickle.dumps((function, task)))  # noqa: S301 - our own
        yield task, pickle.loads(pickle.dumps(done[0](done[1])))  # noqa: S301 - our own


def test_done_elsewhere_and_in_any_order_it_is_the_same_bytes(
    tmp_path: Path, schema: LabelSchema
) -> None:
    """Every file is as it is when done here in turn, the list of lost spans too."""
    nested = GoldSpan(6, 7, "PERSON", "岳")
    documents = [replace(one, spans=(*one.spans, nested)) for one in gold()]
    formats = ["jsonl", "conll-bio", "conll-bio-words", "conll-bioes-words", "csv"]
    for name, each in (("here", in_turn), ("elsewhere", elsewhere)):
        run(
            tmp_path / name / "n@1",
            schema,
            gold=documents,
            formats=formats,
            words=characters,
            each=each,
        )
    assert "n@1/lost_spans.csv" in contents(tmp_path / "here")
    assert contents(tmp_path / "here") == contents(tmp_path / "elsewhere")


def test_a_text_is_cut_into_words_once(tmp_path: Path, schema: LabelSchema) -> None:
    """However many formats by word there are."""
    cut: list[str] = []

    def words(document: GoldDocument) -> list[tuple[int, int]]:
        cut.append(document.doc_id)
        return characters(document)

    run(tmp_path / "n", schema, formats=["conll-bio-words", "conll-bioes-words"], words=words)
    assert sorted(cut) == sorted(document.doc_id for document in gold())


def test_words_with_gaps_leave_nothing(tmp_path: Path, schema: LabelSchema) -> None:
    """The error says what is wrong and what to do."""
    with pytest.raises(InputError, match="cover the text") as caught:
        run(
            tmp_path / "n",
            schema,
            formats=["jsonl", "conll-bio-words", "conll-bioes-words"],
            words=no_words,
            each=elsewhere,
        )
    assert "without gaps" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


def no_words(_document: GoldDocument) -> list[tuple[int, int]]:
    """Words that cover nothing."""
    return []
