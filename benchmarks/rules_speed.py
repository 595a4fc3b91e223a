"""How fast rules are: text in, suggestions out as JSON Lines, one core, CPU time.

Called by ``python benchmarks/rules.py --speed``. Beside our engine, in the same run on the
same documents: jieba.posseg, rjieba's tags alone, a bare daachorse scan of the same
lexicons, and with ``--spacy`` the SpanRuler of spaCy (``pip install spacy`` into an
environment of your own; it isn't one of ours). Then how speed follows the number of rules
and of lexicon terms, one document of 5 MB on a line with the memory it takes, and the start.
Other work on the machine slows all of them: read the rows against each other.
"""

from __future__ import annotations

import gc
import importlib.util
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from toolkit import resources
from toolkit.corpus.encodings import decode
from toolkit.model import Document
from toolkit.rules.engine import Engine, preannotate
from toolkit.rules.pack import Pack, load_packs
from toolkit.rules.prepared import prepared
from toolkit.rules.search import Pattern
from toolkit.schema import LabelSchema

LENGTH = 1_000
"""Characters of a document."""

SLOW = 40
"""Documents that a slow peer gets."""

_encode = msgspec.json.Encoder().encode


def speed(schema: LabelSchema, data: Path, *, spacy: bool = False) -> None:
    """Print the table."""
    pack = load_packs(["epidemic_news"], Path(), schema)
    texts = documents(data)
    print(f"{len(texts)} documents, {sum(map(len, texts)):,} characters")
    peers(pack, texts, spacy=spacy)
    lines(pack, data)
    long_line(pack, texts)
    by_rules(schema, texts)
    by_terms(schema, texts)
    starts()


def documents(data: Path) -> list[str]:
    """Documents of about 1,000 characters: the sample corpus, and public sentences joined."""
    texts = []
    for path in sorted(resources.sample_corpus().glob("*.txt")):
        text, _ = decode(path.read_bytes(), path.name)
        texts += [text[at : at + LENGTH] for at in range(0, len(text), LENGTH)]
    for path in sorted(data.glob("*/dev.jsonl")):
        joined = ""
        with path.open(encoding="utf-8") as lines:
            for line in islice(lines, 2_500):
                joined += json.loads(line)["text"] + "\n"
                if len(joined) >= LENGTH:
                    texts.append(joined)
                    joined = ""
    random.Random(7).shuffle(texts)  # noqa: S311 - an order, no secret
    return texts


def row(name: str, texts: Sequence[str], work: Callable[[], object], note: str = "") -> float:
    """Run once and print; the first documents were run before, so that all is warm."""
    gc.collect()
    began = time.process_time()
    work()
    took = time.process_time() - began
    rate = sum(map(len, texts)) / took / 1e6
    print(f"{name:44} {rate:8.3f} million characters a second  {note}")
    return rate


def suggested(engine: Engine, texts: Iterable[str]) -> int:
    """Text in, JSON Lines out; how many bytes."""
    records = (Document(str(number), text) for number, text in enumerate(texts))
    return sum(len(_encode(suggestion)) + 1 for suggestion in preannotate(records, engine))


def peers(pack: Pack, texts: list[str], *, spacy: bool) -> None:
    """Our engine and what there is beside it; the first third of the texts warms up."""
    import rjieba
    from daachorse import CharwiseDoubleArrayAhoCorasick

    warm, texts = texts[: len(texts) // 3], texts[len(texts) // 3 :]
    engine = Engine(pack)
    suggested(engine, warm)
    rules = f"{len(pack.rules)} rules"
    ours = row(f"this engine, {rules}", texts, lambda: suggested(engine, texts))
    row("rjieba, words and tags alone", texts, lambda: [rjieba.tag(text) for text in texts])
    row("rjieba, words alone", texts, lambda: [rjieba.cut(text) for text in texts])
    terms = sorted({t for lexicon in pack.lexicons.values() for t in lexicon.terms})
    automaton = CharwiseDoubleArrayAhoCorasick(terms)
    row(
        f"daachorse alone, {len(terms)} terms",
        texts,
        lambda: [automaton.find_overlapping(text) for text in texts],
    )
    import jieba.posseg

    list(jieba.posseg.cut(texts[0]))
    few = texts[:SLOW]
    theirs = row("jieba.posseg", few, lambda: [list(jieba.posseg.cut(text)) for text in few])
    print(f"{'':44} {ours / theirs:8.1f} times jieba.posseg")
    if spacy:
        span_ruler(sorted({*terms, *literals(pack)}), few)


def literals(pack: Pack) -> set[str]:
    """The texts of which every match of a pattern holds one."""
    patterns = [look.text for look in pack.looks.values() if isinstance(look, Pattern)]
    return {text for one in patterns for found in prepared(one).triggers for text in found.texts}


def span_ruler(terms: list[str], texts: list[str]) -> None:
    """The SpanRuler of spaCy, with the same lexicons and the literals of the patterns.

    It has no expressions over several of its tokens, which are characters in Chinese.
    """
    if importlib.util.find_spec("spacy") is None:
        print(f"{'spaCy SpanRuler':44} is not installed: pip install spacy")
        return
    pipeline = ruler(terms)
    pipeline(texts[0])
    row(
        f"spaCy SpanRuler, {len(terms)} phrases",
        texts,
        lambda: [pipeline(text) for text in texts],
    )


def ruler(terms: list[str]) -> Any:
    """A pipeline of spaCy that is nothing but a SpanRuler of these phrases."""
    import spacy

    pipeline = spacy.blank("zh")
    pipeline.add_pipe("span_ruler").add_patterns(
        [{"label": "TERM", "pattern": term} for term in terms]
    )
    return pipeline


def lines(pack: Pack, data: Path) -> None:
    """Every sentence a document of its own; the first third warms up."""
    path = data / "msra" / "dev.jsonl"
    if not path.is_file():
        return
    with path.open(encoding="utf-8") as file:
        texts = [json.loads(line)["text"] for line in file]
    warm, texts = texts[: len(texts) // 3], texts[len(texts) // 3 :]
    engine = Engine(pack)
    suggested(engine, warm)
    row(
        f"this engine, {len(texts)} documents of a sentence",
        texts,
        lambda: suggested(engine, texts),
    )


def long_line(pack: Pack, texts: list[str]) -> None:
    """All texts as one line, repeated to 5 MB."""
    line = "".join(text.replace("\n", "") for text in texts)
    line = (line * (5_000_000 // len(line.encode()) + 1))[: 5_000_000 // 3]
    engine = Engine(pack)
    suggested(engine, texts[:100])
    tracemalloc.start()
    suggested(engine, [line[: len(line) // 5]])
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    row(
        "one document of 5 MB on one line",
        [line],
        lambda: suggested(engine, [line]),
        f"(Python's objects for 1 MB of it: {most / 1e6:.0f} MB)",
    )


def by_rules(schema: LabelSchema, texts: list[str]) -> None:
    """Generated packs of patterns, lexicon rules and token rules."""
    for count in (50, 200, 1_000, 2_000):
        terms = _terms(3 * count, 5)
        rules = "".join(_rule(number, terms[3 * number :]) for number in range(count))
        with tempfile.TemporaryDirectory() as folder:
            engine = _generated(Path(folder), rules, schema)
        suggested(engine, texts[:100])
        row(f"{count} generated rules", texts, lambda e=engine: suggested(e, texts))


def by_terms(schema: LabelSchema, texts: list[str]) -> None:
    """A lexicon of generated terms."""
    for count in (1_000, 20_000, 200_000):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "t.txt").write_text("\n".join(_terms(count, 3)), encoding="utf-8")
            rule = (
                '[lexicons]\nt = "t.txt"\n[[rule]]\nid = "loc.t"\nkind = "lexicon"\n'
                'label = "LOC"\nwhy = "generated"\nlexicon = "t"\nexamples = ["x"]\n'
            )
            engine = _generated(Path(folder), rule, schema)
        suggested(engine, texts[:100])
        row(f"{count} generated terms", texts, lambda e=engine: suggested(e, texts))


def starts() -> None:
    """From nothing to the first suggestion, in a process of its own."""
    code = (
        "import time; from pathlib import Path; from toolkit.rules.engine import Engine; "
        "from toolkit.rules.pack import load_packs; from toolkit.schema import read_schema; "
        "from toolkit.model import Document; from toolkit import resources; "
        "s = read_schema(resources.label_configs() / 'epidemic_news.xml'); "
        "e = Engine(load_packs(['epidemic_news'], Path(), s)); "
        "e.suggest(Document('d', '副市长刘建党2020年2月8日在武汉市第七医院说')); "
        "print(time.process_time())"
    )
    with tempfile.TemporaryDirectory() as cache:
        for name in ("start without a compiled pack", "start with a compiled pack"):
            done = subprocess.run(
                [sys.executable, "-c", code],
                env=os.environ | {"TOOLKIT_CACHE": cache},
                capture_output=True,
                text=True,
                check=True,
            )
            print(f"{name:44} {float(done.stdout):8.2f} s of CPU time")


def _terms(count: int, length: int) -> list[str]:
    """Different terms of frequent and rare characters."""
    draw = random.Random(count)  # noqa: S311 - terms, no secrets
    found: dict[str, None] = {}
    while len(found) < count:
        found["".join(chr(0x4E00 + int(draw.random() ** 2 * 6_000)) for _ in range(length))] = None
    return list(found)


def _rule(number: int, terms: Sequence[str]) -> str:
    """One generated rule: every second a pattern, else a lexicon-like or a token rule."""
    first, second, third = terms[:3]
    kinds = (
        f'kind = "pattern"\npattern = "(?:{first}|{second})[0-9]{{1,3}}[号年]?"',
        f'kind = "tokens"\ntokens = [{{ words = ["{first[:2]}"] }}, {{ tags = "n*" }}]',
        f'kind = "pattern"\npattern = "(?P<span>[一-龥]{{2,4}}{second[:2]}){third[:1]}"',
        f'kind = "pattern"\npattern = "{third}|{first}"',
    )
    return (
        f'[[rule]]\nid = "r.{number}"\nlabel = "LOC"\nwhy = "generated"\nscore = 0.8\n'
        f'{kinds[number % 4]}\nexamples = ["x"]\n'
    )


def _generated(folder: Path, rules: str, schema: LabelSchema) -> Engine:
    head = '[pack]\nname = "generated"\nversion = "1"\n'
    (folder / "pack.toml").write_text(head + rules, encoding="utf-8")
    pack = load_packs([str(folder)], Path(), schema)
    return Engine(pack)
