"""``--engine``, ``--workers`` and folders of parts, as their user runs them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.test_cli.conftest import Run

DOCUMENTS = "".join(
    json.dumps({"id": f"d{n}", "text": f"1月{n % 28 + 1}日,武汉市金银潭医院收治患者{n}例。"}) + "\n"
    for n in range(60)
)


def test_workers_and_folders_change_nothing(tmp_path: Path, toolkit: Run) -> None:
    """One worker, two, from parts and into parts: the same suggestions in the same order."""
    assert toolkit("init").returncode == 0
    (tmp_path / "documents.jsonl").write_text(DOCUMENTS, encoding="utf-8")
    settings = tmp_path / "toolkit.toml"
    told = settings.read_text(encoding="utf-8").replace("part_size = 1.0", "part_size = 0.002")
    settings.write_text(told, encoding="utf-8")
    assert toolkit("preannotate").returncode == 0
    expected = (tmp_path / "suggestions.jsonl").read_bytes()
    assert expected.count(b"\n") == 60

    done = toolkit("preannotate", "--workers", "2", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["documents"] == 60
    assert (tmp_path / "suggestions.jsonl").read_bytes() == expected
    assert list((tmp_path / ".toolkit").iterdir()) == list((tmp_path / ".toolkit").glob("*.lock"))

    lines = DOCUMENTS.splitlines(keepends=True)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jsonl").write_text("".join(lines[:20]), encoding="utf-8")
    (tmp_path / "in" / "b.jsonl").write_text("".join(lines[20:]), encoding="utf-8")
    done = toolkit("preannotate", "in", "out/", "--workers", "2")
    assert done.returncode == 0, done.stderr
    made = sorted((tmp_path / "out").iterdir())
    assert len(made) > 1
    assert b"".join(path.read_bytes() for path in made) == expected
    assert toolkit("preannotate", "in/*.jsonl", "-").stdout.encode() == expected


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (("--engine", "spark"), "neither local nor dask"),
        (("--workers", "-1"), "under 0"),
        (("--scheduler", "somewhere"), "no address"),
        (("--engine", "local", "--scheduler", "tcp://a:1"), "Dask's"),
    ],
)
def test_flags_that_can_not_be_are_refused(toolkit: Run, flags: tuple[str, ...], says: str) -> None:
    """Exit status 2, and what to say instead."""
    done = toolkit("preannotate", "-", *flags)
    assert done.returncode == 2
    assert says in done.stderr
