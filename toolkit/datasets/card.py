"""The dataset card: what a version holds, written from the counted numbers.

Chinese and English, in the form that Hugging Face reads: a YAML head that says which
file is which split, then Markdown. It names annotators by number only.
"""

from __future__ import annotations

import html
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from toolkit.datasets.splits import roles
from toolkit.model import GoldDocument
from toolkit.schema import LabelSchema

_ROLES = ("train", "dev")
"""What a training needs: a split to learn from, and one to be scored on."""

_SPECIAL = re.compile(r"([\\`*_\[\]|#~])")
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
_BIGGER = "1M<n<10M"

_STATUS = {
    "agreed": "标注者一致 · all annotators gave the same spans",
    "merged": "有分歧,已合并 · they differed and the merge settled it",
    "disputed": "有分歧,未决 · the merge left a tie undecided",
    "single": "单人标注 · one annotator",
}


class SplitCounts(Struct):
    """What one split holds; ``labels`` counts spans."""

    documents: int = 0
    characters: int = 0
    labels: Counter[str] = field(default_factory=Counter)

    @property
    def spans(self) -> int:
        """How many spans the split has."""
        return self.labels.total()


class Counts(Struct):
    """What a version holds, counted while it is written; splits in their given order."""

    splits: dict[str, SplitCounts]
    status: Counter[str] = field(default_factory=Counter)

    def add(self, split: str, document: GoldDocument) -> None:
        """Count a document that goes into ``split``."""
        counts = self.splits[split]
        counts.documents += 1
        counts.characters += len(document.text)
        counts.labels.update(span.label for span in document.spans)
        self.status[document.status] += 1

    @property
    def labels(self) -> Counter[str]:
        """Spans by label over all splits."""
        return sum((counts.labels for counts in self.splits.values()), Counter())

    @property
    def filled(self) -> list[str]:
        """The splits that got documents; only they have files."""
        return [split for split, held in self.splits.items() if held.documents]

    @property
    def documents(self) -> int:
        """How many documents there are."""
        return sum(counts.documents for counts in self.splits.values())


def write_card(
    *,
    name: str,
    version: str,
    notice: str,
    schema: LabelSchema,
    counts: Counts,
    annotators: Sequence[str],
    agreement: Mapping[str, Any] | None,
    formats: Sequence[str],
    salt: str,
    guidelines: bool,
    lost: Mapping[str, int] | None = None,
) -> str:
    """The card as Markdown.

    Args:
        name: the dataset's name.
        version: its version.
        notice: what must be seen before all else; may be empty.
        schema: the labels.
        counts: what is in the splits.
        annotators: pseudonyms, never names.
        agreement: the JSON form of an agreement report, whose ``overall`` is shown.
        formats: names of the formats that were written.
        salt: the salt of the splits.
        guidelines: whether ``guidelines.md`` lies beside the card.
        lost: by format, how many spans it can't hold.
    """
    sections = [
        _head(name, version, counts, formats),
        f"# {plain(name)} {plain(version)}",
        f"> **声明 · Notice**  \n> {plain(notice)}" if notice else "",
        _contents(counts, salt),
        _labels(schema, counts, guidelines=guidelines),
        _making(counts, annotators),
        _agreement(agreement),
        _use(counts, formats, lost or {}),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def plain(text: str) -> str:
    """``text`` for one line of Markdown: no markup of its own, no line breaks."""
    return _SPECIAL.sub(r"\\\1", html.escape(" ".join(text.split()), quote=False))


def table(head: Sequence[str], rows: Iterable[Sequence[str | int]], text_columns: int = 1) -> str:
    """A Markdown table; columns after the first ``text_columns`` are aligned right."""
    rule = ["---" if i < text_columns else "---:" for i in range(len(head))]
    lines = [head, rule, *([str(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _head(name: str, version: str, counts: Counts, formats: Sequence[str]) -> str:
    size = next((tag for limit, tag in _SIZES if counts.documents < limit), _BIGGER)
    lines = [
        "---",
        "language:",
        "- zh",
        # A JSON string is a YAML string, whatever the name holds.
        f"pretty_name: {json.dumps(f'{name} {version}', ensure_ascii=False)}",
        "task_categories:",
        "- token-classification",
        "task_ids:",
        "- named-entity-recognition",
        "size_categories:",
        f"- {size}",
    ]
    if "parquet" in formats:
        lines += ["configs:", "- config_name: default", "  data_files:"]
        for split in counts.filled:
            lines += [f"  - split: {split}", f"    path: parquet/{split}.parquet"]
    return "\n".join([*lines, "---"])


def _contents(counts: Counts, salt: str) -> str:
    held = counts.splits.values()
    rows = [
        *(
            (plain(split), part.documents, part.characters, part.spans)
            for split, part in counts.splits.items()
        ),
        (
            "合计 total",
            counts.documents,
            sum(part.characters for part in held),
            sum(part.spans for part in held),
        ),
    ]
    sizes = table(("划分 split", "文档 documents", "字符 characters", "实体 spans"), rows)
    return (
        "## 内容 · Contents\n\n"
        "中文命名实体识别数据。偏移量按 Unicode 码点计,左闭右开。"
        f"文档按编号的加盐哈希(盐:{plain(salt)})划分,语料增长时原有文档不换组。\n\n"
        "Chinese named-entity recognition. Offsets are half-open Unicode code points. Documents "
        f"are split by a salted hash of their id (salt: {plain(salt)}), so that earlier documents "
        f"keep their split when the corpus grows.\n\n{sizes}"
    )


def _labels(schema: LabelSchema, counts: Counts, *, guidelines: bool) -> str:
    total = counts.labels
    rows: list[tuple[str | int, ...]] = [
        (
            f"`{label.value}`",
            plain(label.name),
            *(part.labels[label.value] for part in counts.splits.values()),
            total[label.value],
        )
        for label in schema.labels
    ]
    head = ("标签 label", "名称 name", *map(plain, counts.splits), "合计 total")
    where = (
        "\n\n各标签的定义见 [guidelines.md](guidelines.md)。"
        "What each label means is in [guidelines.md](guidelines.md)."
        if guidelines
        else ""
    )
    return f"## 标签 · Labels\n\n{table(head, rows, text_columns=2)}{where}"


def _making(counts: Counts, annotators: Sequence[str]) -> str:
    who = f"({', '.join(annotators)})" if annotators else ""
    rows = [(what, counts.status[status]) for status, what in _STATUS.items()]
    return (
        "## 制作 · How it was made\n\n"
        f"规则预标注,人工校对,再合并为金标。标注者 {len(annotators)} 人{who},以代号表示。\n\n"
        "Rules proposed spans, people corrected them, and their annotations were merged into "
        f"gold. Annotators: {len(annotators)} {who}, under pseudonyms.\n\n"
        f"{table(('金标状态 gold status', '文档 documents'), rows)}"
    )


def _agreement(agreement: Mapping[str, Any] | None) -> str:
    overall = (agreement or {}).get("overall") or []
    if not overall:
        return (
            "## 一致性 · Agreement\n\n"
            "导出时没有提供一致性数据。No agreement figures were given to this export."
        )
    measures = (agreement or {}).get("measures") or {}
    rows = [
        (plain(measures.get(figure["name"], {}).get("title", figure["name"])), *_figure(figure))
        for figure in overall
    ]
    head = ("系数 coefficient", "值 value", "区间 interval", "n")
    return f"## 一致性 · Agreement\n\n{table(head, rows)}"


def _figure(figure: Mapping[str, Any]) -> tuple[str, str, str]:
    n = "" if figure.get("n") is None else str(figure["n"])
    if figure.get("value") is None:
        return (f"未定义 undefined: {plain(str(figure.get('undefined') or '?'))}", "", n)
    low, high = figure.get("low"), figure.get("high")
    interval = "" if low is None or high is None else f"{low:.3f} – {high:.3f}"
    return (f"{figure['value']:.3f}", interval, n)


def _training(splits: Sequence[str], formats: Sequence[str]) -> list[str]:
    """The commands that train on this version, in the folder that it is; they are tested."""
    if not {"docbin", "parquet"} & {*formats}:
        return []
    if len(splits) < len(_ROLES):
        missing = (
            f"只有 `{splits[0]}` 有文档,训练还需要一个用来打分的划分。Only `{splits[0]}` has "
            "documents; a training needs another split to be scored on."
        )
        return [missing]
    train, dev = splits
    said = ["在此文件夹中运行,只需 CPU。To be run in this folder; a CPU is enough."]
    if "docbin" in formats:
        said.append(
            '```console\n$ pip install "spacy>=3.8,<4"\n'
            "$ python -m spacy train docbin/config.cfg --output out "
            f"--paths.train docbin/{train}.spacy --paths.dev docbin/{dev}.spacy\n```"
        )
        said.append(
            '`doc.ents` 只含互不重叠的实体,`doc.spans["gold"]` 含全部。`doc.ents` has spans that '
            'don\'t overlap, `doc.spans["gold"]` has all.'
        )
    if "parquet" in formats:
        said.append(
            '```console\n$ pip install datasets "transformers[torch]"\n'
            f"$ python token_classification.py --output model --splits {train} {dev}\n```"
        )
        said.append(
            "加 `--pretrained NAME` 则从预训练模型开始,否则是一个从零开始的小模型。"
            "With `--pretrained NAME` it begins with that model, else with a small one that knows "
            "nothing."
        )
    return said


def _use(counts: Counts, formats: Sequence[str], lost: Mapping[str, int]) -> str:
    parts = ["## 使用 · Use"]
    if "parquet" in formats:
        parts.append(
            "```python\nfrom datasets import load_dataset\n\n"
            'data = load_dataset("path/to/this/folder")\n'
            f'tags = data["{counts.filled[0]}"].features["ner_tags"].feature.names\n```'
        )
    parts += _training(roles(counts.filled), formats)
    parts.append(
        f"{' '.join(f'`{name}/`' for name in formats)}: 每个划分一个文件 · one file a split. "
        "`manifest.json`: 每个文件的 SHA-256、设置和软件版本 · the SHA-256 of every file, the "
        "settings and the package versions."
    )
    if lost:
        listed = ", ".join(f"`{name}` {count}" for name, count in lost.items())
        parts.append(
            f"有些格式容不下的实体,逐条列在 `lost_spans.csv`:{listed}。Spans that a format can't "
            f"hold are listed in `lost_spans.csv`: {listed}."
        )
    return "\n\n".join(parts)
