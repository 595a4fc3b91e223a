"""The quick engine gives what the slow and plain one gives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.test_rules.reference import candidates
from toolkit import resources
from toolkit.model import Document
from toolkit.rules.engine import Engine
from toolkit.rules.pack import Pack

SHARED = Path(__file__).resolve().parents[3] / "shared"

PIECES = st.sampled_from(
    [
        *"的是在了和与一二三四十百0123456789月日年号时点分个名人例省市县区镇乡村路委局院长党说刘张王李",
        *"《》“”‘’()（）,，。、:：!！?？;\n\r\t 　\u200b\x00\ud800\U0001f600\ufffd·・•〔〕-—~%",
        *("河北省", "承德市", "武汉", "湖北", "中国", "美国", "鄂", "豫鲁", "中美", "援", "访华"),
        *("副主任", "市委书记", "记者", "通讯员", "院长", "主席", "总书记", "护士", "教授"),
        *("刘建党", "张晓", "欧阳", "迈克尔", "约翰", "强调", "表示", "同志", "先生"),
        *("人民医院", "有限公司", "大学", "指挥部", "领导小组", "人民政府", "日报", "机场", "大道"),
        *("新冠肺炎", "疫情防控", "会议", "口罩", "核酸检测", "春节", "腊月", "星期三", "上午"),
        *(
            "万元",
            "万人",
            "岁",
            "小时",
            "世纪",
            "一级响应",
            "以下简称",
            "第",
            "届",
            "工程",
            "频道 > ",
        ),
    ]
)
TEXTS = st.lists(PIECES, max_size=40).map("".join)


def same(engine: Engine, text: str) -> None:
    """Both engines agree on a text."""
    assert list(engine.candidates(Document("d", text))) == candidates(engine.pack, text)


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(TEXTS)
def test_any_text(engine: Engine, text: str) -> None:
    """Pieces of the genre in any order, with what is odd in between."""
    same(engine, text)


@pytest.mark.parametrize(
    "path", sorted(resources.sample_corpus().glob("*.txt")), ids=lambda p: p.stem
)
def test_sample_corpus(engine: Engine, path: Path) -> None:
    """Whole documents of the genre, in whatever encoding they are."""
    same(engine, path.read_text("utf-8", errors="replace"))


def public_texts() -> Iterator[str]:
    """A few sentences of each public set, and the seed documents."""
    for path in sorted(SHARED.glob("data/zh-ner/*/dev.jsonl")):
        with path.open(encoding="utf-8") as lines:
            yield "\n".join(json.loads(line)["text"] for line in islice(lines, 60))
    for path in sorted(SHARED.glob("seeds/*.txt")):
        yield path.read_text("utf-8")[:3000]


@pytest.mark.skipif(not SHARED.is_dir(), reason="the public data is not here")
def test_public_texts(engine: Engine) -> None:
    """Texts of other genres, joined to documents."""
    for text in public_texts():
        same(engine, text)


def test_words_are_those_of_the_reference_tokenizer(shipped: Pack) -> None:
    """Jieba itself may cut the words, and both engines agree then too."""
    text = "市疫情防控工作领导小组副组长刘建党在武汉市第七医院说"
    engine = Engine(shipped, "jieba")
    assert list(engine.candidates(Document("d", text))) == candidates(shipped, text, "jieba")
