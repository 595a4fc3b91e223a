"""What gold teaches, and what it doesn't."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from toolkit.model import Document, GoldDocument, GoldSpan, Span, SuggestedSpan
from toolkit.rules.check import check_pack
from toolkit.rules.cost import editing_work
from toolkit.rules.engine import Engine
from toolkit.rules.learning.learn import Learned, learn
from toolkit.rules.learning.lesson import Lesson, work
from toolkit.rules.learning.write import write_pack
from toolkit.rules.outcomes import against_gold
from toolkit.rules.pack import Pack, load_packs
from toolkit.schema import LabelSchema
from toolkit.spans import is_flat
from toolkit.stages.learning import with_examples

BASE = """
[[rule]]
id = "loc.known"
kind = "lexicon"
label = "LOC"
score = 0.8
why = "a place"
lexicon = "place"
examples = ["在[[武汉]]"]
[lexicons]
place = "place.txt"
"""


@pytest.fixture
def base(load_text: Callable[..., Pack]) -> Pack:
    """A pack that knows two places, one of them wrongly."""
    return load_text(BASE, place="武汉\n长春藤\n")


def _gold(*texts: str) -> list[GoldDocument]:
    """Documents with places in [[ ]], people in {{ }}."""
    documents = []
    for number, marked in enumerate(texts):
        text, spans = "", []
        opened = 0
        for char in (
            marked.replace("[[", "⟦").replace("]]", "⟧").replace("{{", "⦃").replace("}}", "⦄")
        ):
            if char in "⟦⦃":
                opened = len(text)
            elif char in "⟧⦄":
                spans.append(GoldSpan(opened, len(text), "LOC" if char == "⟧" else "PERSON"))
            else:
                text += char
        documents.append(GoldDocument(f"d{number}", text, tuple(spans)))
    return documents


def _terms(learned: Learned, kind: str, label: str) -> set[str]:
    return {
        entry.term
        for rule in learned.rules
        if (rule.form.kind, rule.form.label) == (kind, label)
        for entry in rule.entries
    }


def test_a_name_in_several_documents_is_learned(base: Pack) -> None:
    """A place that three documents have, and the rules don't know, is proposed as a term."""
    gold = _gold("他到[[许家屯]]去。", "我们在[[许家屯]]开会。", "从[[许家屯]]出发。", "没有地名。")
    learned = learn(gold, Engine(base))
    assert "许家屯" in _terms(learned, "terms", "LOC")
    entry = next(e for r in learned.rules for e in r.entries if e.term == "许家屯")
    assert (entry.right, entry.spans, entry.documents) == (3, 3, 3)
    assert gold[0].text[entry.places[0].start : entry.places[0].end] == "许家屯"


def test_one_document_teaches_nothing(base: Pack) -> None:
    """What stands in one document only, however often, is not learned."""
    gold = _gold("[[许家屯]]和[[许家屯]],还有[[许家屯]]、[[许家屯]]。", "没有地名。", "也没有。")
    assert learn(gold, Engine(base)).rules == ()


def test_an_ambiguous_text_is_refused(base: Pack) -> None:
    """A text that is a name in two documents and none in six is not learned anywhere."""
    plain = [f"第{number}天高峰时车很多。" for number in "一二三四五六"]
    gold = _gold("[[高峰]]位于北方。", "到[[高峰]]去看看。", *plain)
    assert "高峰" not in _terms(learn(gold, Engine(base)), "terms", "LOC")


def test_what_is_wrong_again_and_again_is_vetoed(base: Pack) -> None:
    """A text that is proposed in three documents and right in none is struck."""
    gold = _gold("[[武汉]]有长春藤。", "墙上的长春藤绿了。", "一株长春藤。", "又见长春藤。")
    assert "长春藤" in _terms(learn(gold, Engine(base)), "vetoes", "LOC")


def test_what_an_example_says_stands(base: Pack) -> None:
    """No veto is learned against the text that a rule's own example has."""
    gold = _gold("他在武汉。", "去武汉。", "从武汉来。", "[[许家屯]]。")
    learned = learn(gold, Engine(base))
    assert "武汉" not in _terms(learned, "vetoes", "LOC")
    assert any("loc.known" in one.reason for one in learned.rejected)


def test_a_learned_pack_is_better_on_what_it_has_not_seen(
    base: Pack, tmp_path: Path, schema: LabelSchema
) -> None:
    """The written pack loads behind the other, holds its examples, and finds the name elsewhere."""
    gold = _gold("他到[[许家屯]]去。", "我们在[[许家屯]]开会。", "从[[许家屯]]出发。", "没有。")
    learned = learn(gold, Engine(base))
    rules = with_examples(learned, ["ours"], tmp_path, schema)
    write_pack(tmp_path / "learned", learned, rules)
    pack = load_packs(["ours", "learned"], tmp_path, schema)
    assert check_pack(pack) == []
    spans = Engine(pack).suggest(Document("new", "明天再去许家屯和武汉。")).spans
    assert [span.text for span in spans] == ["许家屯", "武汉"]


def test_the_whole_pack_is_tried_where_it_was_not_taught(base: Pack) -> None:
    """A name of six documents is found in each of them by what the others teach."""
    gold = _gold(*(f"第{n}次到[[许家屯]]去。" for n in "一二三四五六"), "没有。")
    found = learn(gold, Engine(base)).expected
    assert (found.documents, found.before.right, found.before.gold) == (7, 0, 6)
    assert (found.before.work, found.before.f1) == (6, 0)
    assert (found.after.right, found.after.work, found.after.f1) == (6, 0, 1)


def test_what_is_right_once_promises_nothing(base: Pack) -> None:
    """Names that one document has each teach nothing to the others, and nothing is promised."""
    gold = _gold("到[[许家屯]]去。", "[[长春藤]]好。", "[[高峰]]在北方。", "没有地名。")
    found = learn(gold, Engine(base)).expected
    assert found.after == found.before
    assert learn([], Engine(base)).expected.documents == 0


def test_of_rules_that_do_the_same_one_stays(base: Pack) -> None:
    """Every name stands behind the same word, before the same word and ends the same way."""
    names = ["许家屯", "李家屯", "王家屯", "赵家屯", "孙家屯", "周家屯", "吴家屯", "郑家屯"]
    gold = _gold(*(f"车队昨天抵达[[{name}]]进行慰问。" for name in names))
    learned = learn(gold, Engine(base))
    broad = [r for r in learned.rules if r.form.steps and r.form.kind == "contexts"]
    assert len(broad) <= 1
    assert learned.expected.after.right >= learned.expected.before.right


def test_the_same_gold_teaches_the_same(base: Pack) -> None:
    """Learning twice gives the same rules in the same order."""
    gold = _gold("到[[许家屯]]去。", "在[[许家屯]]。", "[[长春藤]]好。", "长春藤。", "[[许家屯]]。")
    assert learn(gold, Engine(base)) == learn(gold, Engine(base))


_KEYS = st.lists(
    st.tuples(st.integers(0, 12), st.integers(1, 4), st.sampled_from(["LOC", "ORG"])), max_size=5
)


def _flat(keys: Iterable[tuple[int, int, str]]) -> set[tuple[int, int, str]]:
    flat: list[Span] = []
    for start, length, label in keys:
        one = Span(start, start + length, label)
        if is_flat([*flat, one]):
            flat.append(one)
    return {span.key for span in flat}


@given(_KEYS, _KEYS)
def test_a_lesson_counts_work_as_cost_does(
    suggested: list[tuple[int, int, str]], gold: list[tuple[int, int, str]]
) -> None:
    """The actions of a lesson are those that 'rules cost' counts."""
    left, right = _flat(suggested), _flat(gold)
    judgement = against_gold([SuggestedSpan(*k) for k in left], [Span(*k) for k in right])
    assert work(left, right) == editing_work([judgement])[-1].left


def test_a_lesson_foresees_what_a_change_makes(base: Pack) -> None:
    """What a proposal or a veto is said to save is what it saves when it is made."""
    (document,) = _gold("[[武汉]]的长春藤,[[许家屯]]。")
    for proposed, struck in (((7, 10, "LOC"), None), (None, (3, 6, "LOC")), ((0, 4, "LOC"), None)):
        lesson = Lesson(document, Engine(base), frozenset(("LOC",)))
        before = lesson.work()
        if proposed:
            said = lesson.if_proposed(proposed, 0.9).saved
            after = lesson.changed([(proposed, 0.9, "new")], ())
        else:
            assert struck
            said = lesson.if_struck(struck).saved
            after = lesson.changed([], {struck})
        assert before - lesson.work_of(after) == said != 0


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.tuples(
        st.lists(st.text(max_size=12), min_size=2, max_size=4),
        st.text(min_size=1, max_size=6),
        st.text(max_size=6),
    )
)
def test_what_is_written_loads(
    base: Pack,
    tmp_path: Path,
    schema: LabelSchema,
    written: tuple[list[str], str, str],
) -> None:
    """Whatever stands in gold, the pack that it teaches can be read and holds its examples."""
    before, name, after = written
    gold = [
        GoldDocument(
            f"d{n}\n", one + name + after, (GoldSpan(len(one), len(one) + len(name), "ORG"),)
        )
        for n, one in enumerate(before)
    ]
    learned = learn(gold, Engine(base))
    rules = with_examples(learned, ["ours"], tmp_path, schema)
    if rules:
        write_pack(tmp_path / "learned", learned, rules)
        assert check_pack(load_packs(["ours", "learned"], tmp_path, schema)) == []
