"""Gold: quality and time of merging, beside votes and crowd-kit."""

from __future__ import annotations

import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, Target, fewer_seconds
from benchmarks.invented import Key
from benchmarks.measuring import Absent, Cost, ask_peer, cost_of
from toolkit.model import Annotation, Document
from toolkit.records import read_jsonl


def quality(quick: bool) -> Iterator[Figure]:
    """Strict F1 of the default method against gold, and its time, on a crowd's annotations."""
    from benchmarks import gold as script
    from toolkit.gold.merge import merge
    from toolkit.gold.methods import Choices

    if not script.CROWD.is_dir():
        raise Absent("../shared/data/crowd-ner is not here")
    crowd = script.read_crowd(script.CROWD)

    def scored(found: Mapping[str, set[Key]]) -> float:
        rows = [script.counts(found.get(i, set()), keys) for i, keys in crowd.answers.items()]
        return 100 * script.f1(sum(rows[1:], rows[0]))

    def merged(method: str, choices: Choices) -> tuple[float, Cost]:
        found, cost = cost_of(
            lambda: list(merge(crowd.annotations, crowd.documents, method=method, choices=choices))
        )
        return scored({g.doc_id: {span.key for span in g.spans} for g in found}), cost

    ours, cost = merged("sequence", Choices())
    exact, spent = cost_of(lambda: _exact_majority(crowd.annotations))
    peers = [("exact majority of spans", scored(exact), spent)]
    answers = _token_answers(crowd)
    for peer, method in (("Dawid-Skene", "dawid-skene"), ("MACE", "mace")):
        if quick and method == "mace":
            continue  # it alone takes minutes
        said = ask_peer("crowd-kit", {"method": method, "answers": answers})
        found = _spans_of_tokens(crowd.documents, said["labels"])
        peers.append(
            (f"{peer}, crowd-kit {said['version']}", scored(found), Cost(said["cpu"], said["wall"]))
        )
    for peer, score, _ in peers:
        yield Figure(
            name="merge, strict F1 on a crowd's annotations",
            unit="%",
            ours=ours,
            peer=peer,
            theirs=score,
            target=Target(77.5) if "majority" in peer else None,
        )
    for peer, _, theirs in peers[1:]:
        yield fewer_seconds("merge of the crowd's annotations", cost, peer, theirs, Target(5))


def _exact_majority(annotations: Iterable[Annotation]) -> dict[str, set[Key]]:
    """The spans that at least half of a document's annotators gave, by offsets and label."""
    people: Counter[str] = Counter()
    votes: dict[str, Counter[Key]] = defaultdict(Counter)
    for one in annotations:
        people[one.doc_id] += 1
        votes[one.doc_id].update({span.key for span in one.spans})
    return {
        doc_id: {key for key, count in found.items() if 2 * count >= people[doc_id]}
        for doc_id, found in votes.items()
    }


def _token_answers(crowd: Any) -> list[tuple[str, str, str]]:
    """What each annotator says of each token: O, or its label behind B- or I-."""
    answers = []
    for one in crowd.annotations:
        tokens = crowd.documents[one.doc_id].tokens
        tags = ["O"] * len(tokens)
        for span in one.spans:
            inside = [i for i, (s, e) in enumerate(tokens) if span.start <= s and e <= span.end]
            for place, i in enumerate(inside):
                tags[i] = f"{'I' if place else 'B'}-{span.label}"
        answers += [(f"{one.doc_id} {i}", one.annotator, tag) for i, tag in enumerate(tags)]
    return answers


def _spans_of_tokens(
    documents: Mapping[str, Document], labels: Mapping[str, str]
) -> dict[str, set[Key]]:
    """The spans that tags of tokens mean; an I that follows on nothing of its label begins one."""
    found: dict[str, set[Key]] = {}
    for document in documents.values():
        spans: list[list[Any]] = []
        last = "O"
        for i, (start, end) in enumerate(document.tokens or ()):
            tag = labels.get(f"{document.id} {i}", "O")
            if tag[0] == "I" and last != "O" and last[2:] == tag[2:]:
                spans[-1][1] = end
            elif tag != "O":
                spans.append([start, end, tag[2:]])
            last = tag
        found[document.id] = {(s, e, label) for s, e, label in spans}
    return found


def size(quick: bool) -> Iterator[Figure]:
    """``toolkit merge`` of a million annotations of short passages, beside a bare exact vote."""
    from benchmarks import gold_scale as script

    count, length = (2_000 if quick else 333_334), 100
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        total = script.make(directory, count, length)
        annotations = directory / "annotations.jsonl"
        bare, spent = cost_of(lambda: _exact_majority(read_jsonl(annotations, Annotation)))
        exact = script.quality(bare.items(), length)
        del bare
        for method in ("majority", "sequence"):
            name = f"merge --method {method} of {total:,} annotations"
            ours = script.measure(directory, method)
            yield fewer_seconds(name, ours, "a bare exact vote", spent)
            for what, unit, most in (("wall", "s by the clock", 60), ("megabytes", "MB", 4_000)):
                yield Figure(
                    name=name,
                    unit=unit,
                    ours=getattr(ours, what),
                    less=True,
                    target=None if quick else Target(most),
                )
            yield Figure(
                name=f"merge --method {method}, strict F1 on invented annotations",
                unit="%",
                ours=script.quality(script.written(directory), length),
                peer="a bare exact vote",
                theirs=exact,
            )


def simulation(quick: bool) -> Iterator[Figure]:
    """What ``merge --simulate`` expects of one more annotator, beside what one more brings."""
    from benchmarks import simulation as script
    from benchmarks.gold import CROWD

    if not CROWD.is_dir():
        raise Absent("../shared/data/crowd-ner is not here")
    if quick:
        raise Absent("it takes minutes, and --quick is asked for")
    for row in script.compared(CROWD):
        gain = f"{row.method}, gain of one more than {row.kept}"
        yield Figure(
            name=f"{row.method}, F1 of {row.kept}",
            unit="expected",
            ours=row.level,
            peer="measured",
            theirs=row.now,
            cpu=row.cpu,
            detail=True,
        )
        yield Figure(
            name=gain,
            unit="expected",
            ours=row.gain[0],
            peer="measured",
            theirs=row.then - row.now,
            detail=True,
        )
        for end, value in zip(("low", "high"), row.gain[1:], strict=True):
            yield Figure(name=f"{gain}, {end}", unit="expected", ours=value, detail=True)
