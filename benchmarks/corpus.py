"""How well and how fast damaged files become text: the five seeds, generated damage, speed.

    python benchmarks/corpus.py [PART …] [--documents N] [--seed S] [--failures N]

Parts: seeds, damage, clean, speed, hostile, ingest, duplicates; all of them without any. Damage is
made by tests/test_corpus/damaging.py from sentences of our own and judged by judging.py beside it,
which says what it tolerates. The seeds and the public data sets aren't ours to give away: they
are read in ../shared where it is there, and skipped where it isn't. Times are CPU seconds of
one process; what is compared is run in turns, and the least and the median of the rounds count.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import re
import statistics
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))  # the generator is among the tests, which aren't installed

from tests.test_corpus.cells import Damaged  # noqa: E402
from tests.test_corpus.clean_texts import document, seeded, sentence  # noqa: E402 - needs the path
from tests.test_corpus.damaging import KINDS, combined, damaged_by  # noqa: E402
from tests.test_corpus.judging import Failure, Verdict, judge  # noqa: E402
from toolkit.corpus.alignment import to_text  # noqa: E402
from toolkit.corpus.repair import PASSES, Edit, Repaired, RepairPass, repair  # noqa: E402

SHARED = PROJECT.parent / "shared"
WRAPS = PROJECT / "benchmarks" / "wraps_of_seeds.toml"

_ROUNDS = 5
_GLOSS = re.compile(
    r"(?<=[㐀-鿿])[(（][a-zü]*[āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ][a-zü]*[)）]", re.IGNORECASE
)
_BODY = re.compile("[㐀-鿿0-9０-９]")
_JOINING = ("hard_wraps",)


def main() -> None:
    """Print the tables of the parts that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--documents", type=int, default=200, help="generated ones, each part")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--failures", type=int, default=0, help="show so many of each kind")
    arguments = parser.parse_args()
    unknown = set(arguments.parts) - PARTS.keys()
    if unknown:
        parser.error(f"no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    for name, part in PARTS.items():
        if not arguments.parts or name in arguments.parts:
            print(f"\n== {name}")
            part(arguments)


# The seeds.


def seeds(_: argparse.Namespace) -> None:
    """Glosses, wraps, paragraph breaks and characters of the five seeds."""
    files = sorted((SHARED / "seeds").glob("*.txt"))
    if not files:
        print("../shared/seeds is not here")
        return
    print("seed  chars→text   glosses left/all   wraps left/all   breaks lost/all   body lost")
    for path in files:
        raw = path.read_text(encoding="utf-8")
        repaired = repair(raw)
        glosses = f"{len(_GLOSS.findall(repaired.text))}/{len(_GLOSS.findall(raw))}"
        judged = _judged_breaks(hashlib.sha256(path.read_bytes()).hexdigest())
        joined = _breaks(raw, repaired, judged)
        lost = _unexplained(raw, repaired)
        print(
            f"{path.name[:3]}   {len(raw):6}→{len(repaired.text):<6} {glosses:>12} "
            f"{joined:>32} {len(lost):>12} {''.join(lost)[:40]}"
        )
        for line in _dropped(repaired):
            print(f"      {line}")


def _judged_breaks(digest: str) -> dict[str, list[list[int]]] | None:
    """The line breaks of a text, as judged by eye; None where nobody has looked."""
    texts = tomllib.loads(WRAPS.read_text(encoding="utf-8"))["texts"] if WRAPS.is_file() else []
    return next((text for text in texts if text["sha256"] == digest), None)


def _breaks(raw: str, repaired: Repaired, judged: dict[str, list[list[int]]] | None) -> str:
    """Wraps left and true breaks lost, each of how many; as wraps_of_seeds.toml defines them."""
    if judged is None:
        return "not judged"
    covered = _covered(raw, repaired)
    left = sum(_between(raw, repaired, *wrap) != "" for wrap in judged["wraps"])
    apart = [
        (start, end)
        for start, end in judged["paragraphs"]
        # Beside a line that left as boilerplate there is nothing to keep apart.
        if start and end < len(raw) and covered[start - 1] and covered[end]
    ]
    lost = sum("\n" not in _between(raw, repaired, *one) for one in apart)
    return f"{left}/{len(judged['wraps'])}   {lost}/{len(apart)}"


def _between(raw: str, repaired: Repaired, start: int, end: int) -> str:
    """What stands in the text between what is before a raw stretch and what is behind it."""
    before = to_text(repaired.alignment, 0, start)[1]
    return repaired.text[before : to_text(repaired.alignment, end, len(raw))[0]]


def _covered(raw: str, repaired: Repaired) -> bytearray:
    """1 for each raw character that is in the text's address."""
    covered = bytearray(len(raw))
    for *_, low, high in repaired.alignment:
        covered[low:high] = b"\x01" * (high - low)
    return covered


def _unexplained(raw: str, repaired: Repaired) -> list[str]:
    """Chinese characters and digits of the raw text that are in no segment and in no edit."""
    covered = _covered(raw, repaired)
    for edit in repaired.edits:
        start, end = edit.raw_start, edit.raw_end
        covered[start:end] = b"\x01" * (end - start)
    return [c for c, seen in zip(raw, covered, strict=True) if not seen and _BODY.match(c)]


def _dropped(repaired: Repaired) -> list[str]:
    """What edits took away of Chinese characters and digits, to be judged by eye."""
    lines = []
    for edit in repaired.edits:
        gone = Counter(_BODY.findall(edit.before)) - Counter(_BODY.findall(edit.after))
        if gone:
            lines.append(f"{edit.pass_name}: {edit.before!r} → {edit.after!r}")
    return lines


# Generated damage.


def restored(arguments: argparse.Namespace) -> None:
    """Characters and spans restored, each kind alone and all together."""
    print(f"{'':20} {'damaged':>8} {'restored':>9} {'of all':>8} {'lost':>6} {'left':>6} "
          f"{'breaks':>11} {'wraps':>11} {'spans':>7} {'text':>8} {'raw':>8}")  # fmt: skip
    for kind in KINDS:
        _row(kind, [damaged_by(kind, seed) for seed in _seeds(arguments)], arguments)
    for title, rate in (("combined, light", 0.005), ("combined", 0.02), ("combined, heavy", 0.06)):
        _row(title, [combined(seed, rate) for seed in _seeds(arguments)], arguments)


def _seeds(arguments: argparse.Namespace) -> range:
    first = arguments.seed * 1_000_003
    return range(first, first + arguments.documents)


def _row(title: str, made: list[Damaged], arguments: argparse.Namespace) -> None:
    verdict = Verdict()
    for damaged in made:
        verdict.add(judge(damaged, repair(damaged.raw)))
    kinds = [kind for kind in verdict.characters | verdict.left if kind]
    own = sum(verdict.characters[kind] for kind in kinds)
    wrong = sum(verdict.wrong[kind] for kind in kinds)
    of_own = f"{100 * (1 - wrong / own):.2f} %" if own else "-"
    spans = verdict.spans or 1
    print(
        f"{title:20} {own:8} {of_own:>9} {verdict.restored():6.2f} % {verdict.lost.total():6} "
        f"{verdict.left.total():6} {verdict.breaks_lost:5}/{verdict.breaks:<5} "
        f"{verdict.wraps_left:5}/{verdict.wraps:<5} {verdict.spans:7} "
        f"{100 * (1 - verdict.spans_wrong_text / spans):6.2f} % "
        f"{100 * (1 - verdict.spans_wrong_raw / spans):6.2f} %"
    )
    _show(verdict.failures, arguments.failures)


def _show(failures: list[Failure], limit: int) -> None:
    shown: Counter[tuple[str, str]] = Counter()
    for failure in failures:
        shown[failure.kind, failure.what] += 1
        if shown[failure.kind, failure.what] <= limit:
            print(f"    {failure.kind or 'undamaged'}, {failure.what}: {failure.raw!r}")
            print(f"        expected {failure.expected!r}, got {failure.got!r}")


# Clean text.


def clean_edits(arguments: argparse.Namespace) -> None:
    """Edits that clean text gets: none in generated text; those in real news to be judged."""
    sentences = [sentence(seeded(seed)).text for seed in range(20 * arguments.documents)]
    documents = [document(seeded(seed)).text for seed in _seeds(arguments)]
    print(f"{len(set(sentences))} generated sentences: {_edits(sentences)}")
    print(f"{len(documents)} generated documents: {_edits(documents)}")
    for path in sorted((SHARED / "data" / "zh-ner").glob("*/dev.jsonl")):
        with path.open(encoding="utf-8") as lines:
            texts = [json.loads(line)["text"] for line in lines]
        print(f"{path.parent.name}: {len(texts)} texts, {_edits(texts)}")
        for text in texts:
            for edit in filter(_is_for_judging, repair(text).edits):
                around = text[max(0, edit.raw_start - 15) : edit.raw_end + 15]
                print(f"    {edit.pass_name}: {edit.before!r} → {edit.after!r} in {around!r}")


def _is_for_judging(edit: Edit) -> bool:
    """Whether it changed what can be seen, or joined two lines; other space is layout."""
    return edit.pass_name in _JOINING or "".join(edit.before.split()) != "".join(edit.after.split())


def _edits(texts: Iterable[str]) -> str:
    by_pass = Counter(edit.pass_name for text in texts for edit in repair(text).edits)
    return f"{by_pass.total()} edits {dict(by_pass) or ''}".strip()


# Speed.


def speed(arguments: argparse.Namespace) -> None:
    """Million characters a second of the chain and its passes, beside ftfy and OpenCC."""
    import ftfy
    import opencc

    converter = opencc.OpenCC("t2s")
    seeds_of_texts = list(_seeds(arguments))
    texts = {
        "clean": [document(seeded(seed)).text for seed in seeds_of_texts],
        "lightly damaged": [combined(seed, 0.005).raw for seed in seeds_of_texts],
        "damaged": [combined(seed).raw for seed in seeds_of_texts],
        "one clean text": ["\n\n".join(document(seeded(seed)).text for seed in seeds_of_texts)],
        "one damaged text": ["\n\n".join(combined(seed).raw for seed in seeds_of_texts)],
    }
    if (SHARED / "seeds").is_dir():
        files = sorted((SHARED / "seeds").glob("*.txt"))
        texts["the seeds"] = [path.read_text(encoding="utf-8") for path in files]
    contestants: dict[str, Callable[[str], object]] = {
        "the whole chain": repair,
        "ftfy.fix_text": ftfy.fix_text,
        "OpenCC t2s": converter.convert,
    }
    contestants |= {f"  {p.name}": _finder(p) for p in PASSES}
    print(f"{'M characters/s':20}" + "".join(f"{name:>22}" for name in texts) + "   best (median)")
    for title, row in _race(contestants, texts).items():
        print(f"{title:20}" + "".join(f"{best:13.2f} ({median:6.2f})" for best, median in row))


def _finder(repair_pass: RepairPass) -> Callable[[str], object]:
    return lambda text: list(repair_pass.find(text))


def _race(
    contestants: dict[str, Callable[[str], object]], texts: dict[str, list[str]]
) -> dict[str, list[tuple[float, float]]]:
    """Everybody over all texts in turns; best and median of the rounds."""
    took: dict[tuple[str, str], list[float]] = {}
    for _ in range(_ROUNDS):
        for name, corpus in texts.items():
            for title, run in contestants.items():
                began = time.process_time()
                for text in corpus:
                    run(text)
                took.setdefault((title, name), []).append(time.process_time() - began)
    sizes = {name: sum(map(len, corpus)) / 1e6 for name, corpus in texts.items()}
    return {
        title: [
            (
                sizes[name] / min(took[title, name]),
                sizes[name] / statistics.median(took[title, name]),
            )
            for name in texts
        ]
        for title in contestants
    }


_HOSTILE = (
    *(
        "(",
        ")",
        "<",
        ">",
        "&",
        "?",
        " ",
        "\n",
        " \n",
        "\t",
        "\u3000",
        "\xa0",
        "\r",
        "\x00",
        "\u200b",
    ),
    *(
        "“",
        "”",
        "[",
        "【",
        "》",
        "!",
        "…",
        "—",
        "。",
        ",",
        "1",
        "a",
        "é",
        "Ã",
        "ç–",
        "锟斤拷",
        "鐤",
    ),
    *(
        "<a",
        "&amp;",
        "&#",
        "?ldquo;",
        "(jiān)",
        "堅(jiān",
        "A>",
        " > ",
        "分享",
        "来源:",
        "责任编辑:",
    ),
    *(
        "疫",
        "疫\n",
        "疫\n\n",
        "疫情。\n",
        "疫 ",
        "<!--",
        "-->",
        "<p>",
        "。\n　　",
        ".jpg\n",
        "?fàn)奚",
    ),
)


def hostile(_: argparse.Namespace) -> None:
    """Texts that say one thing over and over: twice the text should take twice the time."""
    print("what takes over 1 µs a character, or more than 3 times as long for twice the text:")
    for piece in _HOSTILE:
        times = [_took(repair, piece * (size // len(piece))) for size in (20_000, 40_000)]
        if times[1] > 0.04 or (times[1] > 0.01 and times[1] > 3 * times[0]):
            by_pass = {p.name: _took(_finder(p), piece * (40_000 // len(piece))) for p in PASSES}
            worst = max(by_pass, key=by_pass.__getitem__)
            print(
                f"    {piece!r}: {times[0]:.3f} s, {times[1]:.3f} s; {worst} {by_pass[worst]:.3f} s"
            )


def _took(run: Callable[[str], object], text: str) -> float:
    best = math.inf
    for _ in range(2):
        began = time.process_time()
        run(text)
        best = min(best, time.process_time() - began)
    return best


def ingest_speed(arguments: argparse.Namespace) -> None:
    """Documents a second from files to documents.jsonl, clean and damaged."""
    from toolkit.settings import Workspace
    from toolkit.stages.corpus import ingest
    from toolkit.stages.workspace import init

    for name, texts in (
        ("clean", [document(seeded(seed)).text for seed in _seeds(arguments)]),
        ("damaged", [combined(seed).raw for seed in _seeds(arguments)]),
    ):
        times = []
        for _ in range(3):
            with tempfile.TemporaryDirectory() as folder:
                workspace: Workspace = init(Path(folder))[0]
                (workspace.root / "corpus").mkdir(exist_ok=True)
                for number, text in enumerate(texts):
                    path = workspace.root / "corpus" / f"{number:06}.txt"
                    path.write_text(text, encoding="utf-8", newline="", errors="surrogatepass")
                began = time.process_time()
                ingest(workspace)
                times.append(time.process_time() - began)
        rate = len(texts) / min(times)
        print(
            f"{name}: {rate:.0f} documents/s (median {len(texts) / statistics.median(times):.0f})"
        )


def near_duplicates(arguments: argparse.Namespace) -> None:
    """Generated documents and copies of them with a page around and a paragraph less."""
    if find_spec("toolkit.corpus.duplicates") is None:
        print("toolkit.corpus.duplicates is not here")
        return
    from toolkit.corpus.duplicates import NearDuplicates

    texts = []
    for seed in _seeds(arguments):
        damaged = damaged_by("boilerplate", seed, paragraphs=6)
        lines = damaged.raw.splitlines()
        texts += [damaged.clean, "\n".join(lines[: len(lines) // 2] + lines[len(lines) // 2 + 1 :])]
    began = time.process_time()
    with NearDuplicates(0.6) as duplicates:
        for text in texts:
            duplicates.add(text)
        groups = duplicates.groups()
    took = time.process_time() - began
    firsts = [groups.first(number) for number in range(len(texts))]
    pairs = list(zip(firsts[::2], firsts[1::2], strict=True))
    together = sum(first is not None and first == second for first, second in pairs)
    wrong = sum(
        first is not None and first // 2 != number // 2 for number, first in enumerate(firsts)
    )
    print(
        f"{together} of {len(pairs)} pairs together, {wrong} documents in another's group, "
        f"{len(texts) / took:.0f} documents/s"
    )


PARTS: dict[str, Callable[[argparse.Namespace], None]] = {
    "seeds": seeds,
    "damage": restored,
    "clean": clean_edits,
    "speed": speed,
    "hostile": hostile,
    "ingest": ingest_speed,
    "duplicates": near_duplicates,
}

if __name__ == "__main__":
    main()
