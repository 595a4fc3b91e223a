"""One small project with known numbers, and the label schema that it uses."""

from __future__ import annotations

from functools import cache
from typing import Any

from toolkit.model import (
    AnnotatedSpan,
    Annotation,
    Document,
    GoldDocument,
    GoldSpan,
    SuggestedSpan,
    Suggestion,
)
from toolkit.report.figures import ReportData, collect
from toolkit.resources import label_configs
from toolkit.schema import LabelSchema, read_schema

TEXT = "1月25日,岳文柏在武汉说:7名患者康复。"
VERSION = "epidemic_news-1+abc"


@cache
def schema() -> LabelSchema:
    """The labels that we ship."""
    return read_schema(label_configs() / "epidemic_news.xml")


def suggestions() -> list[Suggestion]:
    """Four proposals in one document, none in the other."""
    spans = (
        SuggestedSpan(0, 5, "TIME", "1月25日"),
        SuggestedSpan(6, 9, "PERSON", "岳文柏"),
        SuggestedSpan(10, 13, "LOC", "武汉说"),
        SuggestedSpan(16, 18, "ORG", "患者"),
    )
    return [Suggestion("d1", VERSION, spans), Suggestion("d2", VERSION)]


def submissions() -> list[Annotation]:
    """Two people on d1: one keeps, trims, removes and adds; the other skips d2 too."""
    first = (
        AnnotatedSpan(0, 5, "TIME", origin="suggested"),
        AnnotatedSpan(6, 9, "PERSON", origin="suggested"),
        AnnotatedSpan(10, 12, "LOC", origin="changed"),
        AnnotatedSpan(14, 16, "NUM", origin="added"),
    )
    second = (AnnotatedSpan(0, 5, "TIME", origin="suggested"),)
    return [
        Annotation("d1", "li", (), updated_at="2020-01-01", lead_time=500.0, suggested=VERSION),
        Annotation("d1", "li", first, updated_at="2020-01-02", lead_time=42.0, suggested=VERSION),
        Annotation("d1", "zhang", second, suggested=VERSION),
        Annotation("d2", "zhang", skipped=True, suggested=VERSION),
        Annotation("d3", "zhang", suggested="gone-1"),
        Annotation("d4", "zhang"),
    ]


def gold() -> list[GoldDocument]:
    """A disputed and an agreed document."""
    votes: dict[str, str | None] = {"li": "LOC", "zhang": None}
    spans = (
        GoldSpan(0, 5, "TIME", votes={"li": "TIME", "zhang": "TIME"}),
        GoldSpan(10, 12, "LOC", "武汉", confidence=0.5, votes=votes),
        GoldSpan(14, 16, "NUM", "7名", confidence=0.75),
    )
    return [
        GoldDocument("d1", TEXT, spans, ("li", "zhang"), "disputed"),
        GoldDocument("d2", "康复", (), ("li",), "single"),
    ]


def number(name: str, value: float | None, n: int, **more: Any) -> dict[str, Any]:
    """A figure as an agreement report writes it."""
    return {"name": name, "value": value, "low": None, "high": None, "n": n, **more}


def agreement() -> dict[str, Any]:
    """An agreement report in its JSON form, with every kind of gap."""
    return {
        "documents": 31,
        "passages": 37,
        "annotators": ["li", "zhang", "wu"],
        "units": "characters",
        "samples": 1000,
        "seed": 20200123,
        "measures": {
            "strict_f1": {"title": "strict F1", "meaning": "F1 of spans that are the same."},
            "cohen_kappa": {"title": "Cohen’s κ", "meaning": "Units beyond chance, by pair."},
            "fleiss_kappa": {"title": "Fleiss’ κ", "meaning": "Units beyond chance."},
        },
        "overall": [
            number("strict_f1", 0.9123, 412, low=0.881, high=0.9444),
            number("fleiss_kappa", None, 413, undefined="units have 2 to 3 annotators"),
            number("my_own", 0.51, 414, undefined="a single document gives no interval"),
        ],
        "by_label": {
            "LOC": [
                number("strict_f1", 0.7, 55, low=0.6, high=0.8),
                number("cohen_kappa", -0.02, 999),
            ],
            "EVENT": [
                number("strict_f1", None, 0, undefined="nobody used this label"),
                number("cohen_kappa", None, 999, undefined="nobody used this label"),
            ],
        },
        "by_pair": {
            "li – zhang": [number("strict_f1", 0.811, 71, low=0.7, high=0.85)],
            "li – wu": [number("strict_f1", 0.822, 72)],
            "wu – zhang": [number("strict_f1", None, 73, undefined="no two saw the same text")],
        },
        "confusion": [
            {"label_a": "LOC", "label_b": "LOC", "count": 641},
            {"label_a": "ORG", "label_b": "LOC", "count": 17},
            {"label_a": "NUM", "label_b": "—", "count": 23},
        ],
        "kinds": {"missed": 61, "boundary": 62, "label": 63, "split/merge": 64},
        "differences": [
            {
                "doc_id": "d1",
                "pair": ["li", "zhang"],
                "kind": "boundary",
                "first": [{"start": 10, "end": 12, "label": "LOC"}],
                "second": [{"start": 10, "end": 13, "label": "ORG"}],
                "text": TEXT[6:16],
                "text_start": 6,
            }
        ],
    }


def scores() -> dict[str, Any]:
    """Scores of rules in their JSON form: one rule that is often right, one that says nothing."""
    return {
        "model_version": VERSION,
        "truth": "gold",
        "texts": 2,
        "passed_over": 0,
        "rules": [
            {
                "rule": "loc.place",
                "label": "LOC",
                "suggested": 8,
                "kept": 5,
                "boundary": 1,
                "relabelled": 0,
                "removed": 2,
                "precision": 0.625,
                "interval": [0.3, 0.87],
                "candidates": 9,
                "overlaps": 3,
                "conflicts": 1,
                "only_it": 4,
            },
            {
                "rule": "person.silent",
                "label": "PERSON",
                "suggested": 0,
                "kept": 0,
                "boundary": 0,
                "relabelled": 0,
                "removed": 0,
                "precision": None,
                "interval": None,
            },
        ],
        "work": [
            {"label": "LOC", "blank": 9, "left": 7, "drawn": 3, "relabelled": 0, "moved": 1}
            | {"removed": 2},
            {"label": "", "blank": 9, "left": 7, "drawn": 3, "relabelled": 0, "moved": 1}
            | {"removed": 2},
        ],
        "reliability": {
            "bins": [{"low": 0.8, "high": 0.9, "spans": 8, "score": 0.85, "right": 0.625}],
            "spans": 8,
            "error": 0.225,
        },
        "calibrated": {
            "bins": [{"low": 0.6, "high": 0.7, "spans": 8, "score": 0.64, "right": 0.625}],
            "spans": 8,
            "error": 0.015,
        },
        "thresholds": {"LOC": 0.85},
    }


def anchoring() -> dict[str, Any]:
    """Figures of anchoring in their JSON form: a ratio, a difference, and one undefined."""

    def effect(name: str, *numbers: float | None, undefined: str = "") -> dict[str, Any]:
        keys = ("shown", "control", "value", "low", "high", "n_shown", "n_control")
        return {"name": name, **dict(zip(keys, numbers, strict=True)), "undefined": undefined}

    meaning = {"title": "?", "meaning": "?", "compared": "difference"}
    return {
        "shown": 1901,
        "control": 103,
        "other_version": 7,
        "by_gold": 0,
        "by_others": 1987,
        "samples": 1000,
        "seed": 20200123,
        "effects": [
            effect("time", 301.2, 563.9, 0.534, 0.481, 0.592, 1888, 101),
            effect("wrong_kept", 0.412, 0.151, 0.261, 0.18, 0.341, 477, 24),
            effect("given", 0.5, 0.6, -0.1, None, None, 4, 5, undefined="it rests on one document"),
            effect("overlooked", *[None] * 5, 0, 0, undefined="there is no case of it"),
        ],
        "measures": {
            "time": {"title": "seconds", "meaning": "How long.", "compared": "ratio"},
            "wrong_kept": {**meaning, "title": "wrong ones kept"},
            "given": {**meaning, "title": "all that were given"},
            "overlooked": {**meaning, "title": "overlooked ones"},
        },
    }


def report(**changes: Any) -> ReportData:
    """The project's report, with some inputs changed."""
    inputs: dict[str, Any] = {
        "workspace_name": "疫情新闻",
        "notice": "示例数据",
        "schema": schema(),
        "documents": [
            Document("d1", TEXT),
            Document("d2", "康复"),
            *(Document(f"d{i}", "无") for i in (3, 4, 5)),
        ],
        "suggestions": suggestions(),
        "annotations": submissions(),
        "scores": scores(),
        "anchoring": anchoring(),
        "agreement": agreement(),
        "gold": gold(),
        "made_at": "2020-03-01 09:30 UTC",
        **changes,
    }
    return collect(**inputs)
