"""``toolkit agreement`` on annotations that were made elsewhere."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]
FILES = ("labels.jsonl", "--documents", "texts.jsonl")


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """Six texts of two kinds, and what three people marked in them; no workspace."""
    texts, labels = [], []
    for number in range(6):
        name = f"t{number}"
        kind = "daily" if number < 3 else "weekly"
        texts.append({"id": name, "text": "张三到武汉市。", "meta": {"kind": kind}})
        place = {"start": 3, "end": 6 if number < 4 else 5, "label": "LOC"}
        for who, spans in (
            ("anna", [{"start": 0, "end": 2, "label": "PERSON"}, place]),
            ("bo", [{"start": 0, "end": 2, "label": "TITLE"}, {**place, "end": 6}]),
            ("chen", [{"start": 3, "end": 7, "label": "LOC"}]),
        ):
            labels.append({"doc_id": name, "annotator": who, "spans": spans})
    for file, rows in (("texts.jsonl", texts), ("labels.jsonl", labels)):
        written = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (tmp_path / file).write_text(written, encoding="utf-8")
    return tmp_path


def test_tables_fit_a_terminal(elsewhere: Path, toolkit: Run) -> None:
    """By default no line is wider than eighty columns, and unused labels aren't listed."""
    done = toolkit("agreement", *FILES, "--details")
    assert done.returncode == 0, done.stderr
    assert max(map(len, done.stdout.splitlines())) <= 100
    tables = done.stdout.partition("by label")[2]
    assert max(map(len, tables.splitlines())) <= 80
    assert "anna – bo" in tables
    assert "right end shorter" in tables
    assert "EVENT" not in done.stdout


def test_cuts_and_a_test(elsewhere: Path, toolkit: Run) -> None:
    """--by cuts, the only two groups are compared, --measure chooses."""
    done = toolkit(
        "agreement", *FILES, "--by", "annotator", "--by", "meta:kind", "--measure", "boundary"
    )
    assert done.returncode == 0, done.stderr
    assert "Difference: daily less weekly" in done.stdout
    assert "boundary F1" in done.stdout
    assert "strict F1" not in done.stdout
    assert "by pair" not in done.stdout
    done = toolkit("agreement", *FILES, "--by", "annotator", "--compare", "bo", "chen", "--json")
    assert done.returncode == 0, done.stderr
    comparison = json.loads(done.stdout)["by"]["annotator"]["comparison"]
    assert (comparison["first"], comparison["second"]) == ("bo", "chen")


def test_rules_of_counting(elsewhere: Path, toolkit: Run) -> None:
    """Groups of labels from a file, trimmed edges, and what counted is said."""
    (elsewhere / "groups.txt").write_text("# who\nPERSON+TITLE=WHO\n", encoding="utf-8")
    done = toolkit("agreement", *FILES, "--labels", "groups.txt", "--trim", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["counting"] == {
        "trim": True,
        "groups": {"PERSON": "WHO", "TITLE": "WHO"},
        "nested": "all",
    }
    assert found["by_label"]["WHO"][0]["value"] == pytest.approx(2 * 6 / (12 + 6 + 6))
    said = toolkit("agreement", *FILES, "--trim", "--nested", "outermost").stdout
    assert "Counted: space and punctuation at the edges of spans don't count" in said


def test_against_others(elsewhere: Path, toolkit: Run) -> None:
    """Other annotations of the same texts are compared with these."""
    lines = (elsewhere / "labels.jsonl").read_text(encoding="utf-8").replace("TITLE", "PERSON")
    (elsewhere / "later.jsonl").write_text(lines, encoding="utf-8")
    done = toolkit("agreement", *FILES, "--against", "later.jsonl")
    assert done.returncode == 0, done.stderr
    assert "Difference: these less those" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["labels.jsonl"], "--documents"),
        (["texts.jsonl", "--documents", "texts.jsonl"], '"annotator": "anna"'),
        ([*FILES, "--measure", "luck"], "strict_f1"),
        ([*FILES, "--by", "moon"], "annotator, week, shown"),
        ([*FILES, "--by", "meta:moon"], "kind"),
        ([*FILES, "--compare", "a", "b"], "--by"),
        ([*FILES, "--labels", "nothing.txt"], "PERSON+TITLE=PERSON"),
        ([*FILES, "--labels", "X+Y=Z"], "LOC"),
        ([*FILES, "--nested", "some"], "outermost"),
    ],
)
def test_what_is_wrong_is_said(
    elsewhere: Path, toolkit: Run, arguments: list[str], said: str
) -> None:
    """A mistake ends with what to do instead, in two lines and without a traceback."""
    done = toolkit("agreement", *arguments)
    assert done.returncode in {1, 2}
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_workers_change_nothing(elsewhere: Path, toolkit: Run) -> None:
    """One worker or two: the same report."""
    done = toolkit("agreement", *FILES, "--json")
    assert done.returncode == 0, done.stderr
    assert toolkit("agreement", *FILES, "--json", "--workers", "2").stdout == done.stdout
    refused = toolkit("agreement", *FILES, "--engine", "spark")
    assert refused.returncode == 2
    assert "neither local nor dask" in refused.stderr
