"""γ in the agreement report."""

from __future__ import annotations

import pytest

from toolkit.agreement.breakdown import AgreementReport, Wanted, agreement
from toolkit.agreement.gamma import GammaSettings
from toolkit.model import AnnotatedSpan, Annotation, Document

LENGTH = 60
NAMES = [f"d{i}" for i in range(12)]
DOCUMENTS = {name: Document(name, "字" * LENGTH, {"group": name[:2]}) for name in NAMES}


def spans(shift: int) -> tuple[AnnotatedSpan, ...]:
    """Three spans, the last moved."""
    return (
        AnnotatedSpan(2, 6, "LOC"),
        AnnotatedSpan(20, 25, "ORG"),
        AnnotatedSpan(40 + shift, 44 + shift, "LOC"),
    )


def report(documents: int | None = None, *, same: bool = False) -> AgreementReport:
    """Two annotators, and a third who saw the first half of each document."""
    annotations = []
    for i, name in enumerate(NAMES):
        annotations.append(Annotation(name, "anna", spans(0)))
        annotations.append(Annotation(name, "bo", spans(0 if same else i % 5)))
        annotations.append(Annotation(name, "chen", spans(0)[:1], 0, LENGTH // 4))
    return agreement(
        annotations,
        DOCUMENTS,
        samples=50,
        wanted=Wanted(gamma=GammaSettings(seed=3), gamma_documents=documents),
    )


def test_gamma_stands_in_the_report() -> None:
    """γ has an interval around its value, says what it rests on, and is proven."""
    found = report()
    named = {figure.name: figure for figure in found.overall}
    gamma = named["gamma"]
    assert gamma.value is not None
    assert gamma.low is not None
    assert gamma.high is not None
    assert 0 < gamma.low < gamma.value < gamma.high <= 1
    assert found.gamma is not None
    # In each document what three saw is one continuum and what two saw is another.
    assert (found.gamma.documents, found.gamma.continua) == (12, 24)
    assert found.gamma.least == pytest.approx(gamma.value)
    assert found.gamma.most == pytest.approx(gamma.value)
    assert {figure.name for figure in found.by_label["LOC"]} >= {"gamma_k", "ku_alpha"}
    # d1, d10 and d11 are one group.
    assert found.groups == 10


def test_perfect_agreement_is_one() -> None:
    """Who give the same have γ and γ-cat of 1 in every sample."""
    named = {figure.name: figure for figure in report(same=True).overall}
    for name in ("gamma", "gamma_cat"):
        figure = named[name]
        assert (figure.value, figure.low, figure.high) == pytest.approx((1, 1, 1))


def test_some_documents() -> None:
    """γ on a sample of documents rests on those, the same ones for the same seed."""
    found = report(5)
    assert found.gamma is not None
    assert (found.gamma.documents, found.gamma.continua) == (5, 10)
    assert found == report(5)


def test_no_spans_no_gamma() -> None:
    """Where nobody marked anything γ is undefined and says why."""
    silent = [Annotation(name, who) for name in NAMES for who in ("anna", "bo")]
    found = agreement(silent, DOCUMENTS, samples=5, wanted=Wanted(gamma=GammaSettings()))
    named = {figure.name: figure for figure in found.overall}
    assert named["gamma"].value is None
    assert "nobody marked" in named["gamma"].undefined
