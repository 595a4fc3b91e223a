"""How fast and how good the rules are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

from benchmarks.figures import Figure, Target
from benchmarks.measuring import PROJECT, SHARED, Absent, Cost, least_cost
from toolkit import resources
from toolkit.schema import LabelSchema, read_schema


def _schema() -> LabelSchema:
    return read_schema(resources.label_configs() / "epidemic_news.xml")


def speed(quick: bool) -> Iterator[Figure]:
    """Text in to suggestions out as JSON Lines, all rules on, one core, on the same texts."""
    import jieba.posseg
    from daachorse import CharwiseDoubleArrayAhoCorasick

    from benchmarks import rules_speed as script
    from toolkit.rules.engine import Engine
    from toolkit.rules.pack import load_packs

    texts = script.documents(SHARED / "zh-ner")
    warm, texts = texts[: len(texts) // 4], texts[len(texts) // 4 :]
    texts = texts[: 60 if quick else 600]
    few = texts[: 10 if quick else script.SLOW]
    pack = load_packs(["epidemic_news"], Path(), _schema())
    engine = Engine(pack)
    script.suggested(engine, warm)
    rounds = 1 if quick else 3

    def rate(work: Callable[[], object], over: Sequence[str]) -> tuple[float, Cost]:
        cost = least_cost(work, rounds)
        return sum(map(len, over)) / cost.cpu / 1e6, cost

    ours, cost = rate(lambda: script.suggested(engine, texts), texts)
    terms = sorted({term for lexicon in pack.lexicons.values() for term in lexicon.terms})
    automaton = CharwiseDoubleArrayAhoCorasick(terms)
    contestants: dict[str, tuple[Callable[[], object], list[str]]] = {
        "jieba.posseg": (lambda: [list(jieba.posseg.cut(text)) for text in few], few),
        "bare daachorse scan": ((lambda: [automaton.find_overlapping(t) for t in texts]), texts),
    }
    list(jieba.posseg.cut(texts[0]))
    if find_spec("spacy") is not None:
        ruler = script.ruler(sorted({*terms, *script.literals(pack)}))
        contestants["spaCy SpanRuler"] = (lambda: [ruler(text) for text in few], few)
    for peer, (work, over) in contestants.items():
        theirs, spent = rate(work, over)
        yield Figure(
            name="rules, text to suggestions",
            unit="M characters a CPU second",
            ours=ours,
            peer=peer,
            theirs=theirs,
            target=Target(1.5) if peer == "jieba.posseg" else None,
            cpu=cost.cpu,
            wall=cost.wall,
            peer_cpu=spent.cpu,
            peer_wall=spent.wall,
        )


_POSSEG = {"nr": "PERSON", "ns": "LOC", "nt": "ORG"}


def quality(quick: bool) -> Iterator[Figure]:
    """Strict F1 on public gold data, beside that of jieba.posseg's names on the same texts."""
    import jieba.posseg

    from benchmarks import rules as script
    from toolkit.rules.engine import Engine
    from toolkit.rules.pack import load_packs

    engine = Engine(load_packs([script.GENERAL], PROJECT, _schema()))
    sets = {"msra": 73.0, "peoples_daily": 72.0, "cluener": 57.0, "resume": 75.0}
    if not any((SHARED / "zh-ner" / name).is_dir() for name in sets):
        raise Absent("../shared/data/zh-ner is not here")
    for name, target in sets.items():
        path = SHARED / "zh-ner" / name / "dev.jsonl"
        if not path.is_file():
            continue
        records = script.texts(path, 200 if quick else 1000)
        one = script.MEASURES[name][0]
        labels = sorted(set(one.ours.values()))
        (tally,) = script.measure(engine, records, [one])
        theirs = script.Tally()
        for record in records:
            found, at = set(), 0
            for word, tag in jieba.posseg.cut(record["text"]):
                if tag[:2] in _POSSEG:
                    found.add((at, at + len(word), _POSSEG[tag[:2]]))
                at += len(word)
            gold = {(s, e, one.native[n]) for s, e, n in record["spans"] if n in one.native}
            theirs.add(gold, set(script.merged(found)) if one.merged else found)
        yield Figure(
            name=f"rules, strict F1 on {name} (names)",
            unit="%",
            ours=tally.scores(labels)[2],
            peer="jieba.posseg",
            theirs=theirs.scores(labels)[2],
            target=Target(target),
        )
