"""The sample corpus shows what it says it shows, and its labels fit it."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import pytest

from toolkit.corpus.ingest import Ingested, ingest
from toolkit.corpus.passages import split
from toolkit.errors import InputError, RecordError
from toolkit.model import AnnotatedSpan, Document
from toolkit.resources import label_configs, sample_corpus
from toolkit.samples import FILE_NAME, sample_annotators, sample_labels
from toolkit.schema import read_schema
from toolkit.settings import CorpusSettings
from toolkit.spans import check_spans, is_flat, match

FOLDER = sample_corpus()
FILES = sorted(path.name for path in FOLDER.glob("*.txt"))

LEAST_AGREEMENT = 0.8

DAMAGE = {
    "dates without 月 and some digits": r"(?<![月\d])[1-9]\d{2,3}日",
    "a lost classifier": r"[12](?:PCR仪|呼吸机)",
    "traditional characters with pinyin": r"[築牢門萬]\([a-zü\u00e0-\u01dc]+\)",
    "broken HTML entities": r"\?[lr]dquo;",
    "undecoded HTML entities": r"&(?:nbsp|emsp|[lr]dquo);",
    "bytes read from a wrong boundary": r"\?èn\)皆诳够饕咔\?|聘园琢",
    "UTF-8 read as GB18030": r"浠栦篃鏄",
    "hard line breaks inside sentences": r"一直坚持\r?\n在出站口",
    "hard line breaks inside words": r"阻\r?\n击战",
    "columns out of order": r"(?s)没有一个人离\n\n.*\n开现场。",
    "names run together": r"(?m)^任克俭耿立伟立春夜查卡点",
    "lost quotation marks": r"(?<!“)五加二”“不断线(?!”)",
    "一一 for a dash": r"(?m)^一一",
    "doubled headlines": r"(?m)^(.+)\n\1$",
    "breadcrumbs": r"(?m)^\S+ >{1,2} \S+",
    "bylines": r"讯\((?:记者|通讯员)",
    "share buttons": r"(?m)^分享",
    "footer buttons": r"【关闭】",
    "leftovers of the page template": r"未命名页面|上一篇:没有了|熱\(rè\)詞",
    "photo captions": r"(?m)^图(?:\d:|为)",
    "picture file names": r"(?im)^\S+\.jpg$",
    "ASCII punctuation beside 。": r"(?s)[\u4e00-\u9fff][,:(][\u4e00-\u9fff].*。",
    "no-break spaces": r"\u00a0\u00a0",
    "ideographic spaces": r"(?m)^\u3000\u3000",
    "byte-order mark": r"\A\ufeff",
    "CRLF line ends": r"\r\n",
    "full-width digits": r"[０-９]",
    "emoji": r"[\U0001f300-\U0001faff]",
    "characters beyond the BMP": r"𠮷",
}


@pytest.fixture(scope="module")
def documents() -> dict[str, Document]:
    """The ingested sample corpus, by file name."""
    found = {}
    for result in ingest([FOLDER / name for name in FILES], FOLDER):
        assert isinstance(result, Ingested), result
        assert result.document.source is not None
        found[Path(result.document.source.path).name] = result.document
    return found


@pytest.fixture(scope="module")
def labels(documents: dict[str, Document]) -> dict[str, dict[str, list[AnnotatedSpan]]]:
    """Everybody's spans, by file name and annotator."""
    return {name: sample_labels(FOLDER, name, documents[name].text) for name in FILES}


def rows_of(heading: str) -> list[list[str]]:
    """The cells of the README table under a heading."""
    section = (FOLDER / "README.md").read_text(encoding="utf-8").split(f"## {heading}\n")[1]
    lines = [line for line in section.split("\n## ")[0].splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def encoding_of(described: str) -> str:
    """Python's name of an encoding that README names."""
    return described.split(maxsplit=1)[0].lower()


def raw_texts() -> dict[str, str]:
    """The files in the encodings that README gives, with nothing repaired."""
    return {
        row[0].strip("`"): (FOLDER / row[0].strip("`")).read_bytes().decode(encoding_of(row[1]))
        for row in rows_of("The documents")
    }


def test_readme_lists_every_file() -> None:
    """Each document has its row, and no row is without its document."""
    assert [row[0].strip("`") for row in rows_of("The documents")] == FILES


def test_documents_are_short_and_most_need_passages(documents: dict[str, Document]) -> None:
    """The sizes are those of the genre, and most documents are cut into passages."""
    most = CorpusSettings().passage_chars
    passages = {name: split(document, most) for name, document in documents.items()}
    assert all(400 <= len(document.text) <= 2600 for document in documents.values())
    assert sum(len(passages[name]) > 1 for name in FILES) > len(FILES) / 2
    assert max(FILES, key=lambda name: len(passages[name])) == "03-six-reports.txt"


def test_no_span_crosses_a_passage_border(
    documents: dict[str, Document], labels: dict[str, dict[str, list[AnnotatedSpan]]]
) -> None:
    """Every label can be given in the task that shows its passage."""
    for name, document in documents.items():
        passages = split(document, CorpusSettings().passage_chars)
        for span in (span for spans in labels[name].values() for span in spans):
            assert any(p.start <= span.start and span.end <= p.end for p in passages), span


def test_the_encodings_are_the_ones_named() -> None:
    """GB18030 and UTF-16 files are no UTF-8, and every file decodes as README says."""
    encodings = {encoding_of(row[1]) for row in rows_of("The documents")}
    assert encodings == {"utf-8", "gb18030", "utf-16"}
    assert list(raw_texts()) == FILES
    for row in rows_of("The documents"):
        if encoding_of(row[1]) != "utf-8":
            with pytest.raises(UnicodeDecodeError):
                (FOLDER / row[0].strip("`")).read_bytes().decode("utf-8")


def test_readme_names_the_kinds_of_damage_that_are_tested() -> None:
    """README's table and the patterns here hold the same kinds, in the same order."""
    assert [row[0] for row in rows_of("The damage")] == list(DAMAGE)


@pytest.mark.parametrize("kind", DAMAGE)
def test_each_kind_of_damage_is_where_readme_says(kind: str) -> None:
    """A kind of damage is found in exactly the files that README names for it."""
    named = next(row[2] for row in rows_of("The damage") if row[0] == kind)
    found = [name[:2] for name, raw in raw_texts().items() if re.search(DAMAGE[kind], raw)]
    assert found == named.split(", ")


def test_every_surface_stands_in_its_document(
    documents: dict[str, Document], labels: dict[str, dict[str, list[AnnotatedSpan]]]
) -> None:
    """All offsets hold, and each annotator's spans are flat and in reading order."""
    for name in FILES:
        assert tuple(labels[name]) == sample_annotators(FOLDER)
        for spans in labels[name].values():
            check_spans(name, documents[name].text, spans)
            assert is_flat(spans)
            assert spans == sorted(spans)
            assert len(spans) >= 30


def test_labels_are_those_of_the_schema(
    labels: dict[str, dict[str, list[AnnotatedSpan]]],
) -> None:
    """Each annotator used every label of the schema and no other."""
    schema = read_schema(label_configs() / "epidemic_news.xml")
    for annotator in sample_annotators(FOLDER):
        used = {span.label for name in FILES for span in labels[name][annotator]}
        assert used == set(schema.values)


def test_annotators_differ_and_agree(
    labels: dict[str, dict[str, list[AnnotatedSpan]]],
) -> None:
    """Every pair's strict F1 is well above chance and below one, in every document."""
    for left, right in combinations(sample_annotators(FOLDER), 2):
        shared = total = 0
        for name in FILES:
            a, b = labels[name][left], labels[name][right]
            same = len(match(a, b, lambda x, y: x.key == y.key))
            assert same < max(len(a), len(b)), name
            shared, total = shared + same, total + len(a) + len(b)
        assert LEAST_AGREEMENT < 2 * shared / total < 1


HEAD = '[annotators]\na = "sample-a"\nb = "sample-b"\n[documents]\n'


def labelled(folder: Path, rows: str, text: str) -> dict[str, list[tuple[str | None, str]]]:
    """What the annotators gave, as surfaces and labels."""
    (folder / FILE_NAME).write_text(f'{HEAD}"d.txt" = [{rows}]\n', encoding="utf-8")
    found = sample_labels(folder, "d.txt", text)
    return {who: [(span.text, span.label) for span in spans] for who, spans in found.items()}


def test_differences_are_applied(tmp_path: Path) -> None:
    """One annotator can relabel, drop, add, split and draw wider borders."""
    text = "示范区管委会主任王五在东站,医生说好"
    rows = """
        ["示范区管委会", "ORG", { b = [["示范区", "LOC"], ["管委会", "ORG"]] }],
        ["主任", "TITLE", { b = "-" }],
        ["王五", "PERSON", { b = [["王五在", "PERSON"]] }],
        ["东站", "FAC", { b = "LOC" }],
        ["医生", "-", { b = "TITLE" }],
    """
    assert labelled(tmp_path, rows, text) == {
        "sample-a": [
            ("示范区管委会", "ORG"),
            ("主任", "TITLE"),
            ("王五", "PERSON"),
            ("东站", "FAC"),
        ],
        "sample-b": [
            ("示范区", "LOC"),
            ("管委会", "ORG"),
            ("王五在", "PERSON"),
            ("东站", "LOC"),
            ("医生", "TITLE"),
        ],
    }


def test_a_border_may_move_to_the_left(tmp_path: Path) -> None:
    """A surface that begins before the row's is found where the two overlap."""
    rows = '["5名", "NUM", { b = [["共5名", "NUM"]] }]'
    assert labelled(tmp_path, rows, "共5人,共5名")["sample-b"] == [("共5名", "NUM")]


def test_occurrences_are_passed_over(tmp_path: Path) -> None:
    """A number in a row skips that many occurrences, and rows go on from there."""
    (tmp_path / FILE_NAME).write_text(
        HEAD + '"d.txt" = [["甲", "LOC", 1], ["甲", "LOC", 1, { b = "-" }]]', encoding="utf-8"
    )
    found = sample_labels(tmp_path, "d.txt", "甲一甲二甲三甲")
    assert [span.start for span in found["sample-a"]] == [2, 6]
    assert [span.start for span in found["sample-b"]] == [2]


def test_a_missing_surface_is_named(tmp_path: Path) -> None:
    """The error names document, annotator and surface, and what was read before."""
    with pytest.raises(RecordError, match=r"d\.txt, all annotators: '乙'.*after '乙甲'"):
        labelled(tmp_path, '["甲", "LOC"], ["乙", "LOC"]', "乙甲")
    with pytest.raises(RecordError, match=r"d\.txt, sample-b: '乙' is not"):
        labelled(tmp_path, '["甲", "LOC", { b = [["乙", "LOC"]] }]', "甲乙")


def test_overlapping_spans_are_refused(tmp_path: Path) -> None:
    """An annotator whose spans overlap is an error that names both."""
    with pytest.raises(RecordError, match="sample-b: '甲乙' and '乙' overlap"):
        labelled(tmp_path, '["甲", "LOC", { b = [["甲乙", "LOC"]] }], ["乙", "LOC"]', "甲乙")


@pytest.mark.parametrize(
    "row",
    [
        '["甲"]',
        '["", "LOC"]',
        '["甲", "LOC", -1]',
        '["甲", "LOC", { z = "-" }]',
        '["甲", "LOC", 1, 2]',
        '["甲", { b = "-" }]',
    ],
)
def test_a_row_of_another_form_is_refused(tmp_path: Path, row: str) -> None:
    """A row that isn't what the head of the file explains is an error that shows it."""
    with pytest.raises(RecordError, match=r"d\.txt has a row that can't be read"):
        labelled(tmp_path, row, "甲")


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    """No file, no TOML, and a document without labels are three clear errors."""
    with pytest.raises(InputError, match="can't be read"):
        sample_annotators(tmp_path)
    (tmp_path / FILE_NAME).write_text("[annotators", encoding="utf-8")
    with pytest.raises(RecordError, match=r"annotators\.toml"):
        sample_annotators(tmp_path)
    labelled(tmp_path, '["甲", "LOC"]', "甲")
    with pytest.raises(RecordError, match=r"no labels for e\.txt"):
        sample_labels(tmp_path, "e.txt", "甲")
