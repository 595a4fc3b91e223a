"""Tests of toolkit.studio.tasks, names and annotations; no server."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.test_studio import sync_samples
from toolkit.errors import InputError, OffsetError, SchemaError
from toolkit.model import Annotation, Document, Passage, Span, SuggestedSpan, Suggestion
from toolkit.schema import LabelSchema
from toolkit.settings import replace
from toolkit.studio.annotations import from_annotation
from toolkit.studio.names import document_of_key, is_of, key, shown_version
from toolkit.studio.tasks import to_result, to_task, unsendable

TEXT = "前言。😀岳文柏\n市长在𠮷野家  说。完。"
DOCUMENT = Document("d", TEXT, meta={"title": "题"})
PASSAGE = Passage("d", 3, 18, TEXT[3:18])
PEOPLE = {5: "anna"}


def _span(found: str, label: str, text: str = TEXT) -> SuggestedSpan:
    start = text.index(found)
    return SuggestedSpan(start, start + len(found), label, found, rule="r.1", score=0.75)


def _suggestion(*spans: SuggestedSpan) -> Suggestion:
    return Suggestion("d", "v1", spans)


def _answered(task: dict[str, Any], result: list[dict[str, Any]], **fields: Any) -> dict[str, Any]:
    """The task as the server exports it after a submission of ``result``."""
    predictions = task.get("predictions", [])
    shown = {**predictions[0], "id": 9} if predictions else {}
    annotation = {
        "id": 3,
        "completed_by": 5,
        "result": result,
        "was_cancelled": False,
        "created_at": "2026-11-22T21:05:32Z",
        "updated_at": "2026-11-22T23:05:33.5+02:00",
        "lead_time": 4.5,
        "parent_prediction": 9 if predictions else None,
        "prediction": shown,
        **fields,
    }
    answered = {"id": 2, "data": task["data"], "predictions": [9], "annotations": [annotation]}
    return json.loads(json.dumps(answered))  # type: ignore[no-any-return]


def _came_back(task: dict[str, Any], schema: LabelSchema, document: Document) -> Annotation:
    """The one annotation of an exported task."""
    (annotation,) = task["annotations"]
    return from_annotation(task, annotation, schema, document, PEOPLE)


def test_the_key_names_document_place_and_text() -> None:
    """The key changes with each of them, and is made of what a server can filter on."""
    name = key(PASSAGE)
    assert name.startswith("d:3-18:")
    assert len(name) == len("d:3-18:") + 12
    others = [replace(PASSAGE, doc_id="e"), replace(PASSAGE, start=2), replace(PASSAGE, text="x")]
    assert len({name, *map(key, others)}) == 4


def test_a_task_holds_the_suggestion_in_offsets_of_the_passage(schema: LabelSchema) -> None:
    """Text, key, address and the spans inside of the passage, with rule and score."""
    suggestion = _suggestion(
        _span("𠮷野家", "ORG"), _span("岳文柏\n市长", "PERSON"), _span("前言", "DOC")
    )
    task = to_task(PASSAGE, suggestion, schema, DOCUMENT)
    assert task["data"] == {
        "text": PASSAGE.text,
        "key": key(PASSAGE),
        "doc_id": "d",
        "start": 3,
        "end": 18,
        "title": "题",
    }
    (prediction,) = task["predictions"]
    assert (prediction["model_version"], prediction["score"]) == ("v1", 0.75)
    first, second = prediction["result"]
    assert first["value"] == {"start": 1, "end": 7, "text": "岳文柏\n市长", "labels": ["PERSON"]}
    assert second["value"] == {"start": 8, "end": 11, "text": "𠮷野家", "labels": ["ORG"]}
    assert first["id"] != second["id"]
    assert (first["from_name"], first["to_name"], first["type"]) == ("label", "text", "labels")
    meta = {"text": ["r.1: 75%"], "rule": "r.1", "version": "v1"}
    assert (first["score"], first["meta"]) == (0.75, meta)


def test_a_normal_value_is_shown_beside_its_span(schema: LabelSchema) -> None:
    """The details of a region name its value and what has to be known about it."""
    span = SuggestedSpan(
        0, 1, "PERSON", TEXT[:1], rule="r", score=0.5, value="2020-01-20", flags=("damaged",)
    )
    task = to_task(
        Passage("d", 0, len(TEXT), TEXT), Suggestion("d", "m", (span,)), schema, DOCUMENT
    )
    (region,) = task["predictions"][0]["result"]
    assert region["meta"] == {
        "text": ["= 2020-01-20 (damaged)", "r: 50%"],
        "rule": "r",
        "value": "2020-01-20",
        "version": "m",
    }


def test_nothing_found_and_nothing_asked_differ(schema: LabelSchema) -> None:
    """An empty suggestion is an empty prediction; no suggestion is no prediction."""
    assert to_task(PASSAGE, _suggestion(), schema, DOCUMENT)["predictions"] == [
        {"model_version": "v1", "result": []}
    ]
    assert "predictions" not in to_task(PASSAGE, None, schema, DOCUMENT)


def test_the_same_span_twice_has_two_ids(schema: LabelSchema) -> None:
    """The editor merges regions with one id, so ids are never shared."""
    span = _span("𠮷野家", "ORG")
    (prediction,) = to_task(PASSAGE, _suggestion(span, span), schema, DOCUMENT)["predictions"]
    assert len({region["id"] for region in prediction["result"]}) == 2


@pytest.mark.parametrize(
    ("span", "error", "said"),
    [
        (SuggestedSpan(1, 5, "ORG"), OffsetError, "crosses the border"),
        (SuggestedSpan(4, 6, "ORG", "士刚"), OffsetError, "stands there"),
        (SuggestedSpan(4, 6, "ALIEN"), SchemaError, "ALIEN"),
        (SuggestedSpan(4, 6, "ORG", score=1.5), InputError, "between 0 and 1"),
    ],
)
def test_a_suggestion_that_cant_be_shown_is_an_error(
    span: SuggestedSpan, error: type[Exception], said: str, schema: LabelSchema
) -> None:
    """The server would take anything, so it is checked here."""
    with pytest.raises(error, match=said):
        to_task(PASSAGE, _suggestion(span), schema, DOCUMENT)


@pytest.mark.parametrize("bad", ["\x00", "\ud83d"])
def test_what_the_server_cant_keep_is_sent_as_one_other_character(
    bad: str, schema: LabelSchema
) -> None:
    """NUL and lone surrogates become U+FFFD on the way out; what comes back has the original."""
    document = Document("d", f"前言。一{bad}二。", meta={"title": f"题{bad}"})
    passage = Passage("d", 3, 7, document.text[3:7])
    span = SuggestedSpan(3, 6, "ORG", f"一{bad}二", rule=f"r{bad}", value=bad)
    task = to_task(passage, Suggestion("d", "v1", (span,)), schema, document)
    assert (task["data"]["text"], task["data"]["title"]) == ("一\ufffd二。", "题\ufffd")
    assert unsendable(document.text) == 1
    result = to_result(passage, [Span(3, 6, "ORG")], task["predictions"][0], schema)
    assert not unsendable(repr(result))
    assert result[0]["value"]["text"] == "一\ufffd二"
    annotation = _came_back(_answered(task, result), schema, document)
    assert [span.text for span in annotation.spans] == [f"一{bad}二"]
    with pytest.raises(InputError, match="its id holds a character"):
        to_task(Passage(f"d{bad}", 0, 1, "前"), None, schema, Document(f"d{bad}", "前"))


def test_a_key_knows_its_text(schema: LabelSchema) -> None:
    """A passage's key is of a text that has it, and of no other."""
    name = key(PASSAGE)
    assert is_of(name, DOCUMENT)
    assert not is_of(name, replace(DOCUMENT, text=f"新{TEXT}"))
    assert not is_of("no key", DOCUMENT)


def test_the_rules_hash_is_no_part_of_the_shown_version() -> None:
    """A changed rule keeps the version that is filled in; a new version of the pack is another."""
    assert shown_version("pack-1.0-0123456789ab") == "pack-1.0"
    assert shown_version("pack-1.1-ffff00001111") == "pack-1.1"
    assert shown_version("v1") == "v1"


def test_suggested_names_the_rules_whose_suggestions_were_seen(schema: LabelSchema) -> None:
    """The present version where it proposes just that, else the one that made what was seen."""
    old, new = "pack-1-aaaaaaaaaaaa", "pack-1-bbbbbbbbbbbb"
    spans = (_span("岳文柏", "PERSON"),)
    task = to_task(PASSAGE, Suggestion("d", old, spans), schema, DOCUMENT)
    result = to_result(PASSAGE, spans, task["predictions"][0], schema)
    answered = _answered(task, result)
    annotation = answered["annotations"][0]

    def suggested(suggestion: Suggestion | None) -> str | None:
        return from_annotation(
            answered, annotation, schema, DOCUMENT, PEOPLE, suggestion=suggestion
        ).suggested

    assert suggested(None) == old
    assert suggested(Suggestion("d", new, spans)) == new
    assert suggested(Suggestion("d", new, ())) == old
    assert suggested(Suggestion("d", "other-2-bbbbbbbbbbbb", spans)) == old


def test_line_breaks_at_a_passages_end_come_back(schema: LabelSchema) -> None:
    """The server keeps them, so the passage's text is the document's, to the last of them."""
    document = Document("d", "岳文柏说。\n\n第二段。\n")
    passage = Passage("d", 0, 7, "岳文柏说。\n\n")
    task = to_task(passage, _suggestion(_span("岳文柏", "PERSON", document.text)), schema, document)
    assert task["data"]["text"] == passage.text
    result = to_result(passage, [Span(0, 3, "PERSON")], task["predictions"][0], schema)
    annotation = _came_back(_answered(task, result), schema, document)
    assert (annotation.start, annotation.end) == (0, 7)
    assert [span.text for span in annotation.spans] == ["岳文柏"]


def test_a_passage_that_isnt_the_documents_is_an_error(schema: LabelSchema) -> None:
    """Passage and document must belong together, on the way out and on the way back."""
    with pytest.raises(OffsetError, match="passage 3-5"):
        to_task(Passage("d", 3, 5, "xx"), None, schema, DOCUMENT)
    with pytest.raises(OffsetError, match="belongs to"):
        to_task(replace(PASSAGE, doc_id="e"), None, schema, DOCUMENT)
    task = _answered(to_task(PASSAGE, None, schema, DOCUMENT), [])
    with pytest.raises(OffsetError, match="was the document changed"):
        _came_back(task, schema, replace(DOCUMENT, text=TEXT.replace("市长", "书记")))


def test_an_annotation_comes_back_with_origins_and_times(schema: LabelSchema) -> None:
    """Kept, changed and added spans are told apart; rules and times stay."""
    suggestion = _suggestion(_span("岳文柏", "PERSON"), _span("市", "TITLE"), _span("说", "EVENT"))
    task = to_task(PASSAGE, suggestion, schema, DOCUMENT)
    given = [_span("岳文柏", "PERSON"), _span("市长", "TITLE"), _span("𠮷野家", "ORG")]
    result = to_result(PASSAGE, given, task["predictions"][0], schema)
    assert [region["origin"] for region in result] == ["prediction", "prediction-changed", "manual"]
    annotation = _came_back(_answered(task, result), schema, DOCUMENT)
    assert [(s.text, s.label, s.origin, s.rule) for s in annotation.spans] == [
        ("岳文柏", "PERSON", "suggested", "r.1"),
        ("市长", "TITLE", "changed", "r.1"),
        ("𠮷野家", "ORG", "added", ""),
    ]
    assert (annotation.annotator, annotation.suggested, annotation.lead_time) == ("anna", "v1", 4.5)
    assert (annotation.passage, annotation.task_id, annotation.annotation_id) == (
        ("d", 3, 18),
        2,
        3,
    )
    assert annotation.created_at == "2026-11-22T21:05:32.000000Z"
    assert annotation.updated_at == "2026-11-22T21:05:33.500000Z"
    assert not annotation.skipped


def test_a_changed_label_is_a_change_and_not_a_new_span(schema: LabelSchema) -> None:
    """The same stretch with another label keeps the suggestion's id and rule."""
    task = to_task(PASSAGE, _suggestion(_span("岳文柏", "ORG")), schema, DOCUMENT)
    (region,) = to_result(PASSAGE, [_span("岳文柏", "PERSON")], task["predictions"][0], schema)
    assert (region["origin"], region["id"]) == (
        "prediction-changed",
        task["predictions"][0]["result"][0]["id"],
    )
    assert region["value"]["labels"] == ["PERSON"]


def test_the_editors_text_is_only_compared_loosely(schema: LabelSchema) -> None:
    """Backslash-n for a newline and collapsed spaces are the editor's; other texts an error."""
    task = to_task(PASSAGE, None, schema, DOCUMENT)
    result = to_result(
        PASSAGE, [_span("岳文柏\n市长", "PERSON"), _span("家  说", "ORG")], None, schema
    )
    result[0]["value"]["text"] = "岳文柏\\n市长"
    result[1]["value"]["text"] = "家 说"
    annotation = _came_back(_answered(task, result), schema, DOCUMENT)
    assert [span.text for span in annotation.spans] == ["岳文柏\n市长", "家  说"]
    result[1]["value"]["text"] = "家里说"
    with pytest.raises(OffsetError, match="家里说"):
        _came_back(_answered(task, result), schema, DOCUMENT)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"value": {"start": 0, "end": 99, "labels": ["ORG"]}}, OffsetError),
        ({"value": {"start": 2, "end": 2, "labels": ["ORG"]}}, OffsetError),
        ({"value": {"labels": ["ORG"]}}, OffsetError),
        ({"value": {"start": 0, "end": 1, "labels": ["ALIEN"]}}, SchemaError),
        ({"value": {"start": 0, "end": 1, "labels": []}}, SchemaError),
        ({"from_name": "other"}, SchemaError),
    ],
)
def test_a_region_that_cant_be_a_span_is_an_error(
    change: dict[str, Any], error: type[Exception], schema: LabelSchema
) -> None:
    """It names task and annotation, and nothing is dropped in silence."""
    result = to_result(PASSAGE, [_span("岳文柏", "PERSON")], None, schema)
    task = _answered(to_task(PASSAGE, None, schema, DOCUMENT), [{**result[0], **change}])
    with pytest.raises(error, match="task 2, annotation 3"):
        _came_back(task, schema, DOCUMENT)


def test_odd_annotations(schema: LabelSchema) -> None:
    """Skips, unknown users, relations, several labels, and predictions that weren't shown."""
    task = to_task(PASSAGE, _suggestion(_span("岳文柏", "PERSON")), schema, DOCUMENT)
    (region,) = to_result(PASSAGE, [_span("𠮷野家", "ORG")], None, schema)
    both = {**region, "value": {**region["value"], "labels": ["ORG", "FAC"]}}
    relation = {"type": "relation", "from_id": "a", "to_id": "b", "direction": "right"}
    odd = _answered(
        task, [both, relation, region], completed_by=77, was_cancelled=True, parent_prediction=None
    )
    annotation = _came_back(odd, schema, DOCUMENT)
    assert [span.label for span in annotation.spans] == ["FAC", "ORG"]
    assert (annotation.annotator, annotation.skipped, annotation.suggested) == (
        "user 77",
        True,
        None,
    )
    by_dict = _came_back(_answered(task, [], completed_by={"id": 5}), schema, DOCUMENT)
    by_none = _came_back(_answered(task, [], completed_by=None), schema, DOCUMENT)
    assert (by_dict.annotator, by_none.annotator) == ("anna", "unknown user")


def test_a_task_that_isnt_ours_is_an_error(schema: LabelSchema) -> None:
    """A task made in the UI has no address; it is reported."""
    with pytest.raises(InputError, match="task 1 on the server has no 'doc_id'"):
        _came_back({"id": 1, "data": {"text": "x"}, "annotations": [{"id": 1}]}, schema, DOCUMENT)


@st.composite
def _cases(draw: st.DrawFn) -> tuple[Document, Passage, list[SuggestedSpan], list[Span]]:
    text = draw(
        st.text(
            st.sampled_from("北京大学😀𠮷👨‍👩‍👧\n\r\t \u3000\u200b\\n<&>e\u0301"),
            min_size=1,
            max_size=40,
        )
    )
    start = draw(st.integers(0, len(text) - 1))
    end = draw(st.integers(start + 1, len(text)))
    passage = Passage("d", start, end, text[start:end])
    pairs = st.tuples(st.integers(start, end - 1), st.integers(start + 1, end)).filter(
        lambda pair: pair[0] < pair[1]
    )
    labels = st.sampled_from(["PERSON", "ORG", "LOC"])
    suggested = [
        SuggestedSpan(a, b, label, text[a:b], rule=f"r{b}", score=0.5)
        for (a, b), label in draw(st.lists(st.tuples(pairs, labels), max_size=6))
    ]
    given_ = {
        (a, b, label): Span(a, b, label, text[a:b])
        for (a, b), label in draw(st.lists(st.tuples(pairs, labels), max_size=6))
    }
    kept = [Span(*span.key, span.text) for span in suggested if draw(st.booleans())]
    given_.update({span.key: span for span in kept})
    return Document("d", text), passage, suggested, list(given_.values())


@given(_cases())
def test_what_is_given_comes_back(
    case: tuple[Document, Passage, list[SuggestedSpan], list[Span]],
) -> None:
    """Whatever the text, the spans come back exactly, and unchanged suggestions as such."""
    schema = sync_samples.schema()
    document, passage, suggested, wanted = case
    task = to_task(passage, Suggestion("d", "v1", tuple(suggested)), schema, document)
    result = to_result(passage, wanted, task["predictions"][0], schema)
    assert len({region["id"] for region in result}) == len(result)
    annotation = _came_back(_answered(task, result), schema, document)
    assert [span.key for span in annotation.spans] == sorted(span.key for span in wanted)
    assert all(document.text[s.start : s.end] == s.text for s in annotation.spans)
    keys = {span.key for span in suggested}
    assert all((span.key in keys) == (span.origin == "suggested") for span in annotation.spans)


def test_a_key_tells_the_document() -> None:
    """Whatever an id holds, colons and hyphens too, it can be read off the key."""
    for doc_id in ("d", "a:b", "x:0-3:y", ":"):
        assert document_of_key(key(Passage(doc_id, 0, 2, "武汉"))) == doc_id
