"""The dataset card: what a version holds, written from the counted numbers.

Chinese and English, in the form that Hugging Face reads: a YAML head that says which
file is which split, then Markdown. Unless they asked for names, annotators are numbers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from toolkit.datasets.card_origins import making, origins
from toolkit.datasets.card_quality import agreement, leaks, weak_spots
from toolkit.datasets.counts import Counts
from toolkit.datasets.leakage import Leakage
from toolkit.datasets.markdown import code, plain, share, table
from toolkit.datasets.splits import roles, salt_of, shares_of
from toolkit.schema import LabelSchema
from toolkit.settings import Settings

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
_BIGGER = "1M<n<10M"

_LICENCE_ID = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*", re.ASCII)
"""What Hugging Face's identifiers of licences look like; SPDX's are the same in capitals."""

_ROLES = ("train", "dev")
"""What a training needs: a split to learn from, and one to be scored on."""

_HALF = 0.5
_MUCH = 0.25
"""The share of the documents from which on one source is said to rule."""

_COLUMNS = (
    "划分 split",
    "应占 wanted",
    "文档 documents",
    "字符 characters",
    "实体 spans",
    "占比 share",
)

_FOLDS = (
    "\n\n{folds} 折交叉验证:每次用一折评测,用其余各折训练。Cross-validation: each of the {folds} "
    "folds is scored on once, with a model that learns from all the others."
)


class Card(Struct, frozen=True):
    """What a card is written from.

    ``facts`` are the manifest's, of which ``agreement`` (the JSON form of an agreement
    report), ``suggestions_shown`` and ``rule_packs`` are shown; ``named`` says that people go
    by their names; ``lost`` counts by format the spans that it can't hold.
    """

    settings: Settings
    schema: LabelSchema
    counts: Counts
    leakage: Leakage
    formats: tuple[str, ...]
    facts: Mapping[str, Any]
    guidelines: bool
    named: bool
    lost: Mapping[str, int]


def write_card(card: Card) -> str:
    """The card as Markdown."""
    settings, counts = card.settings, card.counts
    title = f"# {plain(settings.project.name)} {plain(settings.export.version)}"
    notice = settings.project.notice
    sections = [
        _head(settings, counts, card.formats),
        title,
        f"> **声明 · Notice**  \n> {plain(notice)}" if notice else "",
        _contents(settings, counts),
        _labels(card.schema, counts, guidelines=card.guidelines),
        origins(counts.origins, counts.documents),
        making(counts.making, counts.labels.total(), card.facts, named=card.named),
        agreement(card.facts.get("agreement")),
        weak_spots(counts, card.schema.values, card.facts.get("agreement"), card.leakage),
        leaks(card.leakage, card.schema.values),
        _purpose(settings),
        _limits(card),
        _use(card),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _head(settings: Settings, counts: Counts, formats: Sequence[str]) -> str:
    name = f"{settings.project.name} {settings.export.version}"
    size = next((tag for limit, tag in _SIZES if counts.documents < limit), _BIGGER)
    lines = [
        "---",
        "language:",
        "- zh",
        # A JSON string is a YAML string, whatever the name holds.
        f"pretty_name: {json.dumps(name, ensure_ascii=False)}",
        "task_categories:",
        "- token-classification",
        "task_ids:",
        "- named-entity-recognition",
        "size_categories:",
        f"- {size}",
        *_licence(settings.export.licence),
    ]
    if "parquet" in formats:
        lines += ["configs:", "- config_name: default", "  data_files:"]
        for split in counts.filled:
            lines += [f"  - split: {split}", f"    path: parquet/{split}.parquet"]
    return "\n".join([*lines, "---"])


def _contents(settings: Settings, counts: Counts) -> str:
    held = counts.splits.values()
    wanted, spans = shares_of(settings.export), counts.labels.total()
    whole = sum(wanted.values())
    rows = [
        *(
            (
                plain(split),
                f"{wanted[split] / whole:.1%}",
                part.documents,
                part.characters,
                part.spans,
                share(part.spans, spans),
            )
            for split, part in counts.splits.items()
        ),
        (
            "合计 total",
            "",
            counts.documents,
            sum(part.characters for part in held),
            spans,
            "",
        ),
    ]
    sizes = table(_COLUMNS, rows)
    salt = plain(salt_of(settings.export))
    folds = settings.export.k_fold
    return (
        "## 内容 · Contents\n\n"
        "中文命名实体识别数据。偏移量按 Unicode 码点计,左闭右开。近重复文档(`meta.group`)和相同"
        "文本在同一划分;文档按标签均衡分配,次序由加盐哈希决定"
        f"(盐:{salt}),已分配的文档保留原有划分,见 `splits.jsonl`。\n\n"
        "Chinese named-entity recognition. Offsets are half-open Unicode code points. "
        "Near-duplicates (`meta.group`) and equal texts are in one split; documents are dealt so "
        f"that labels are spread alike, in the order of a salted hash (salt: {salt}), and those "
        "that were dealt before stay where they were: `splits.jsonl`."
        + (_FOLDS.format(folds=folds) if folds else "")
        + f"\n\n{sizes}"
    )


def _licence(licence: str) -> list[str]:
    if not licence:
        return []
    if _LICENCE_ID.fullmatch(licence.lower()):
        return [f"license: {json.dumps(licence.lower())}"]
    return ["license: other", f"license_name: {json.dumps(licence, ensure_ascii=False)}"]


def _labels(schema: LabelSchema, counts: Counts, *, guidelines: bool) -> str:
    total = counts.labels
    rows: list[tuple[str | int, ...]] = [
        (
            code(label.value),
            plain(label.name),
            plain(label.hint),
            *(part.labels[label.value] for part in counts.splits.values()),
            total[label.value],
        )
        for label in schema.labels
    ]
    head = ("标签 label", "名称 name", "含义 meaning", *map(plain, counts.splits), "合计 total")
    where = (
        "\n\n各标签的定义见 [guidelines.md](guidelines.md)。"
        "What each label means is in [guidelines.md](guidelines.md)."
        if guidelines
        else ""
    )
    return f"## 标签 · Labels\n\n{table(head, rows, text_columns=3)}{where}"


def _purpose(settings: Settings) -> str:
    """Licence and intended use: what nobody can count, and only the owner can say."""
    said = [
        ("许可 · Licence", "licence", settings.export.licence),
        ("用途 · Intended use", "intended_use", settings.export.intended_use),
    ]
    return "\n\n".join(
        f"## {title}\n\n"
        + (plain(text) or f"没有填写 · not stated (`[export] {key}` in `toolkit.toml`).")
        for title, key, text in said
    )


def _limits(card: Card) -> str:
    """What the numbers say that this dataset is no sample of."""
    counts = card.counts
    found = counts.origins
    named = {name: count for name, count in found.sources.items() if name}
    limits = []
    if named and max(named.values()) >= _MUCH * counts.documents:
        name = min(named, key=lambda one: (-named[one], one))
        limits.append(
            f"最大的来源是 {plain(name)},占 {share(named[name], counts.documents)}。"
            f"The largest source has {share(named[name], counts.documents)} of the documents."
        )
    if found.dated:
        limits.append(
            f"文本只到 {found.last_date} 为止。No text is known to be later than {found.last_date}."
        )
    if found.dated < counts.documents:
        undated = share(counts.documents - found.dated, counts.documents)
        limits.append(f"没有日期的文档占 {undated}。{undated} of the documents have no date.")
    shown = card.facts.get("suggestions_shown")
    if shown and shown["with_suggestions"] > _HALF * shown["annotations"]:
        limits.append(
            "多数标注从规则预标注开始,规则的习惯可能留在标签里。"
            "Most annotations began with suggestions of rules, whose habits may be left in the "
            "labels."
        )
    if card.lost:
        limits.append(
            "有的格式容不下全部实体(见下)。Some formats can't hold all spans (see below)."
        )
    if not limits:
        return ""
    return "## 局限 · Limits\n\n" + "\n".join(f"- {limit}" for limit in limits)


def _training(splits: Sequence[str], formats: Sequence[str], folds: int) -> list[str]:
    """The commands that train on this version, in the folder that it is; they are tested."""
    if not {"docbin", "parquet"} & {*formats}:
        return []
    if len(splits) < len(_ROLES):
        missing = (
            f"只有 `{splits[0]}` 有文档,训练还需要一个用来打分的划分。Only `{splits[0]}` has "
            "documents; a training needs another split to be scored on."
        )
        return [missing]
    said = ["在此文件夹中运行,只需 CPU。To be run in this folder; a CPU is enough."]
    if "docbin" in formats:
        said.append(_with_spacy(splits, folds))
        said.append(
            '`doc.ents` 只含互不重叠的实体,`doc.spans["gold"]` 含全部。`doc.ents` has spans that '
            'don\'t overlap, `doc.spans["gold"]` has all.'
        )
    if "parquet" in formats:
        said.append(_with_transformers(splits, folds))
        said.append(
            "加 `--pretrained NAME` 则从预训练模型开始,否则是一个从零开始的小模型。"
            "With `--pretrained NAME` it begins with that model, else with a small one that knows "
            "nothing."
        )
    return said


def _with_spacy(splits: Sequence[str], folds: int) -> str:
    command = "python -m spacy train docbin/config.cfg --output "
    if not folds:
        train, dev = roles(splits)
        command += f"out --paths.train docbin/{train}.spacy --paths.dev docbin/{dev}.spacy"
        return f'```console\n$ pip install "spacy>=3.8,<4"\n$ {command}\n```'
    # spaCy learns from one file, or from all in a folder.
    lines = [
        'pip install "spacy>=3.8,<4"',
        f"for fold in {' '.join(splits)}; do",
        "  mkdir -p out/$fold/others && cp docbin/*.spacy out/$fold/others",
        "  rm out/$fold/others/$fold.spacy",
        f"  {command}out/$fold --paths.train out/$fold/others --paths.dev docbin/$fold.spacy",
        "done",
    ]
    return _script(lines)


def _with_transformers(splits: Sequence[str], folds: int) -> str:
    install = 'pip install datasets "transformers[torch]"'
    command = "python token_classification.py --output model"
    if not folds:
        train, dev = roles(splits)
        return f"```console\n$ {install}\n$ {command} --splits {train} {dev}\n```"
    lines = [
        install,
        f"for fold in {' '.join(splits)}; do",
        f"  {command}/$fold --fold $fold",
        "done",
    ]
    return _script(lines)


def _script(lines: Sequence[str]) -> str:
    shown = "\n".join(lines)
    return f"```sh\n{shown}\n```"


def _use(card: Card) -> str:
    counts, formats, lost = card.counts, card.formats, card.lost
    parts = ["## 使用 · Use"]
    if "parquet" in formats:
        parts.append(
            "```python\nfrom datasets import load_dataset\n\n"
            'data = load_dataset("path/to/this/folder")\n'
            f'tags = data["{counts.filled[0]}"].features["ner_tags"].feature.names\n```'
        )
    parts += _training(counts.filled, formats, card.settings.export.k_fold)
    parts.append(
        f"{' '.join(f'`{name}/`' for name in formats)}: 每个划分一个文件 · one file a split. "
        "`manifest.json`: 每个文件和输入的 SHA-256、命令、设置和软件版本 · "
        "the SHA-256 of every file and input, the command, the settings and the package versions."
    )
    if lost:
        listed = ", ".join(f"`{name}` {count}" for name, count in lost.items())
        parts.append(
            f"有些格式容不下的实体,逐条列在 `lost_spans.csv`:{listed}。Spans that a format can't "
            f"hold are listed in `lost_spans.csv`: {listed}."
        )
    return "\n\n".join(parts)
