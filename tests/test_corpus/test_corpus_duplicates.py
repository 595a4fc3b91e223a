"""Near-duplicates: copies of one text are found, in whatever order they come."""

from __future__ import annotations

import random
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.corpus.duplicates import NearDuplicates
from toolkit.corpus.signatures import PLACES, SHINGLE, SHORT, _folding, signatures

THRESHOLD = 0.6

PIECES = (
    "全市上下", "连日来", "各级党组织", "社区干部", "医务人员", "志愿者", "物资保障组",
    "迅速行动", "逐户排查", "昼夜值守", "严格把关", "冲锋在前", "及时通报", "统筹安排",
    "疫情防控", "复工复产", "生活必需品", "密切接触者", "隔离病房", "交通要道", "集贸市场",
    "工作方案", "值班制度", "防护用品", "爱心捐款", "请战书", "健康档案", "宣传车",
)  # fmt: skip


def story(seed: int, sentences: int = 24) -> list[str]:
    """Sentences that no other seed gives."""
    choice = random.Random(seed)  # noqa: S311 - no secret
    return [
        "".join(choice.choices(PIECES, k=choice.randint(4, 9))) + choice.choice(",。")
        for _ in range(sentences)
    ]


def jaccard(a: str, b: str) -> float:
    """The similarity itself, of texts that hold letters and Han characters alone."""
    left, right = (
        {text[start : start + SHINGLE] for start in range(len(text) - SHINGLE + 1)}
        for text in ("".join(filter(str.isalnum, text)) for text in (a, b))
    )
    return len(left & right) / len(left | right)


def grouped(texts: Sequence[str], threshold: float = THRESHOLD) -> set[frozenset[int]]:
    """The groups, as sets of the numbers of their texts."""
    with NearDuplicates(threshold) as near:
        for text in texts:
            near.add(text)
        groups = near.groups()
    found = defaultdict(set)
    for number in range(len(texts)):
        first = groups.first(number)
        if first is not None:
            found[first].add(number)
    assert groups.count == len(found)
    assert groups.documents == sum(map(len, found.values()))
    assert all(first == min(members) for first, members in found.items())
    return {frozenset(members) for members in found.values()}


def test_wire_copies_are_one_group() -> None:
    """Another headline, a byline, a footer, a paragraph less: still the same press release."""
    lines = story(1)
    original = "我市召开疫情防控工作会议\n" + "\n".join(lines)
    headline = "快讯:会议部署防控\n本报讯(记者 王小明)\n" + "\n".join(lines)
    shorter = "\n".join(lines[:10] + lines[14:]) + "\n责任编辑:赵敏 来源:某某网"
    spaced = original.replace(",", "，").replace("\n", "\n\n　　")
    others = ["\n".join(story(seed)) for seed in range(2, 6)]
    assert grouped([others[0], original, others[1], headline, shorter, *others[2:], spaced]) == {
        frozenset({1, 3, 4, 7})
    }


def bulletin(seed: int) -> str:
    """A daily bulletin: one template, other numbers and places."""
    choice = random.Random(seed)  # noqa: S311 - no secret

    def cases() -> str:
        places = choice.sample(["武汉市", "孝感市", "黄冈市", "荆州市", "宜昌市", "襄阳市"], 3)
        return "、".join(f"{place}{choice.randint(1, 900)}例" for place in places)

    return (
        f"{choice.randint(1, 6)}月{choice.randint(1, 28)}日0—24时,全省新增确诊病例"
        f"{choice.randint(1, 900)}例,其中:{cases()}。新增出院病例{choice.randint(1, 900)}例,"
        f"其中:{cases()}。截至当日24时,全省累计报告确诊病例{choice.randint(9, 60000)}例,"
        f"累计治愈出院{choice.randint(9, 40000)}例。目前仍在院治疗{choice.randint(9, 20000)}例,"
        f"其中重症{choice.randint(1, 2000)}例,均在定点医疗机构接受隔离治疗。"
    )


def test_bulletins_of_one_template_are_not_copies() -> None:
    """Two days' bulletins stay apart; the copy of one that another site printed doesn't."""
    days = [bulletin(seed) for seed in range(40)]
    copy = "省卫健委今日通报\n" + days[7] + "\n来源:省卫健委"
    assert grouped([*days, copy]) == {frozenset({7, 40})}


def test_short_texts_are_copies_only_if_they_are_equal() -> None:
    """In a line or two a number is what the message is about; space and marks are not."""
    one, other = "3月5日,我市新增确诊病例1例。", "3月6日,我市新增确诊病例2例。"
    assert len(one) < SHORT
    assert grouped([one, other, "３月５日，我市新增确诊病例１例！", "!!", "??", "!!"]) == {
        frozenset({0, 2}),
        frozenset({3, 5}),
    }


def test_the_estimate_is_near_the_similarity() -> None:
    """Over pairs of all likenesses, the share of equal places is the Jaccard similarity."""
    lines = story(7, 40)
    whole = "".join(lines)
    for kept in range(4, 40, 4):
        part = "".join(lines[:kept])
        a, b = signatures([whole, part])
        assert np.mean(a == b) == pytest.approx(jaccard(whole, part), abs=0.07)


def test_which_characters_count() -> None:
    """Letters, Han and digits do; width and case of ASCII and its full-width forms do not."""
    table = _folding()
    for code in [*range(0x30000), *range(0x30000, sys.maxunicode + 1, 97), sys.maxunicode]:
        plain = code - 0xFEE0 if 0xFF10 <= code <= 0xFF5A else code
        folded = ord(chr(plain).lower()) if plain < 0x80 else plain
        assert table[code] == (folded if re.match(r"[^\W_]", chr(code)) else 0)


def test_a_very_long_text_has_one_signature() -> None:
    """A text of many pieces is signed whole: its ends count as much as its beginning."""
    choice = random.Random(0)  # noqa: S311 - no secret
    text = "".join(choice.choices("".join(PIECES), k=600_000))
    whole, head, same = signatures([text, text[:300_000], text])
    assert whole.shape == (PLACES,)
    assert (whole == same).all()
    assert np.mean(whole == head) == pytest.approx(0.5, abs=0.07)


def variants(count: int) -> Iterator[str]:
    """Texts of a few stories, with more or less of each changed."""
    choice = random.Random(count)  # noqa: S311 - no secret
    for _ in range(count):
        lines = story(choice.randint(0, 4))
        for _ in range(choice.randint(0, 8)):
            lines[choice.randrange(len(lines))] = story(choice.randint(10, 10_000), 1)[0]
        yield "\n".join(lines)


@settings(max_examples=15, deadline=None)
@given(st.integers(2, 60), st.randoms(use_true_random=False))
def test_groups_do_not_depend_on_the_order(count: int, shuffler: random.Random) -> None:
    """The same documents give the same groups, whichever comes first."""
    texts = list(variants(count))
    order = list(range(count))
    shuffler.shuffle(order)
    shuffled = grouped([texts[number] for number in order])
    assert grouped(texts) == {frozenset(order[n] for n in group) for group in shuffled}


@settings(max_examples=15, deadline=None)
@given(st.integers(2, 60))
def test_groups_only_grow_with_the_corpus(count: int) -> None:
    """Who is together in a part of the documents is together in all of them."""
    texts = list(variants(count))
    whole = grouped(texts)
    for part in grouped(texts[: count // 2]):
        assert any(part <= group for group in whole)


def test_thousands_of_one_template_are_compared_in_no_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A crowd of documents that are alike is one group after a comparison each, not n squared."""
    compared = 0
    count_nonzero = np.count_nonzero

    def counting(same: Any, **options: Any) -> Any:
        nonlocal compared
        compared += len(same)
        return count_nonzero(same, **options)

    monkeypatch.setattr(np, "count_nonzero", counting)
    lines = story(3, 30)
    choice = random.Random(5)  # noqa: S311 - no secret
    texts = []
    for number in range(3000):
        changed = list(lines)
        changed[choice.randrange(len(lines))] = f"第{number}号{choice.random()}。"
        texts.append("\n".join(changed))
    assert grouped(texts) == {frozenset(range(3000))}
    assert compared < 20 * len(texts)


def test_files_have_no_name(tmp_path: Path) -> None:
    """Signatures are in files without a name: even a killed run leaves none in the folder."""
    near = NearDuplicates(THRESHOLD, tmp_path)
    with near:
        near.add("武汉市召开会议。")
        assert near.groups().count == 0
        assert not list(tmp_path.iterdir())
    assert not list(tmp_path.iterdir())


def test_no_documents_no_groups() -> None:
    """Nothing in, nothing out."""
    assert grouped([]) == set()
