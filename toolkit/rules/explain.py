"""Why each span was proposed: its rule, the words in it, who agreed and whom it beat."""

from __future__ import annotations

from msgspec import Struct

from toolkit.model import Document, SuggestedSpan
from toolkit.rules.engine import Engine
from toolkit.rules.search import Place
from toolkit.rules.shadow import shadow
from toolkit.rules.tokens import Token, cut
from toolkit.spans import overlaps


class Word(Struct, frozen=True):
    """A word of a span with its part of speech, as the token rules see it."""

    text: str
    tag: str


class Origin(Struct, frozen=True):
    """A part of a composition, or the place that proves a document rule's span.

    ``labels`` are those of the candidates that stand exactly there; none for a text, a
    pattern or a word.
    """

    start: int
    end: int
    text: str
    labels: tuple[str, ...]


class Explanation(Struct, frozen=True):
    """A proposed span and how it came about.

    ``why`` is its rule's own line; ``agreed`` are other rules' candidates that say the
    same, ``beaten`` the candidates that share a character with it and say something else,
    the strongest first. ``origins`` are the parts that a composition was built from, or
    the place that proves what a document rule says.
    """

    span: SuggestedSpan
    why: str
    words: tuple[Word, ...]
    agreed: tuple[SuggestedSpan, ...]
    beaten: tuple[SuggestedSpan, ...]
    origins: tuple[Origin, ...] = ()


def explain(engine: Engine, document: Document) -> list[Explanation]:
    """An explanation of each span that the engine proposes for a document, in order."""
    why = {rule.id: rule.why for rule in engine.pack.rules}
    candidates = sorted(engine.candidates(document), key=lambda span: (-span.score, span.key))
    origins = engine.origins(document)
    labels: dict[Place, set[str]] = {}
    for one in candidates:
        labels.setdefault((one.start, one.end), set()).add(one.label)
    words = cut(shadow(document.text))
    explanations = []
    for span in engine.suggest(document).spans:
        rivals = [other for other in candidates if overlaps(span, other)]
        explanations.append(
            Explanation(
                span=span,
                why=why[span.rule],
                words=tuple(_words(words, document.text, span)),
                agreed=tuple(o for o in rivals if o.key == span.key and o.rule != span.rule),
                beaten=tuple(o for o in rivals if o.key != span.key),
                origins=tuple(
                    Origin(
                        *place, document.text[slice(*place)], tuple(sorted(labels.get(place, ())))
                    )
                    for place in origins.get((span.start, span.end, span.rule), ())
                ),
            )
        )
    return explanations


def _words(tokens: tuple[Token, ...], text: str, span: SuggestedSpan) -> list[Word]:
    """The words that share a character with the span, whole."""
    return [
        Word(text[token.start : token.end], token.tag)
        for token in tokens
        if token.start < span.end and span.start < token.end
    ]
