"""The slope of cost against size, and which runs are begun."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.growth import Corpus, Results, Run, fitted, too_much
from benchmarks.growth_picture import draw
from benchmarks.measuring import Cost

SIZES = (1_000, 10_000, 100_000, 1_000_000)


def run(documents: int, cpu: float, megabytes: float = 100.0) -> Run:
    """A run that took as many seconds by the clock as of CPU."""
    return Run("merge", documents, 300 * documents, Cost(cpu, cpu, megabytes), "2026-01-01")


@given(st.floats(0.5, 2.0), st.floats(1e-5, 1e-2), st.floats(0.1, 5.0))
def test_the_slope_is_found_without_the_start(slope: float, each: float, start: float) -> None:
    """Costs that grow with a power of size give that power, whatever the start takes."""
    runs = [run(1, start)] + [run(size, start + each * size**slope) for size in SIZES]
    found = fitted(runs)
    assert found is not None
    assert found.value == pytest.approx(slope, abs=1e-3)
    assert found.low is not None
    assert found.high is not None
    assert found.low - 1e-3 <= slope <= found.high + 1e-3
    assert found.sizes == (SIZES[0], SIZES[-1])


def test_the_interval_is_students() -> None:
    """Four points around a line give the interval that a textbook's formula gives."""
    # ln cost - ln size is 0, 1, 0, 1: the slope is 1 + 0.4 / (5 ln 10 / 2 … ), by hand below.
    factors = (1.0, 2.718281828459045, 1.0, 2.718281828459045)
    found = fitted([run(size, f * size) for size, f in zip(SIZES, factors, strict=True)])
    assert found is not None
    step = 2.302585092994046
    # x: 0, 1, 2, 3 steps; residual sums: Sxy = 1.0, Sxx = 5, Syy = 1 → b = 0.2, s² = 0.4.
    assert found.value == pytest.approx(1 + 0.2 / step)
    around = 4.303 * (0.4 / 5) ** 0.5 / step
    assert (found.low, found.high) == pytest.approx((found.value - around, found.value + around))


def test_two_sizes_have_no_interval_and_one_no_slope() -> None:
    """Nothing is said that the points can't tell."""
    assert fitted([run(1, 1.0), run(1_000, 2.0)]) is None
    found = fitted([run(1, 1.0), run(1_000, 2.0), run(10_000, 11.0)])
    assert found is not None
    assert found.value == pytest.approx(1.0)
    assert found.low is found.high is None


def test_a_run_that_would_not_end_or_fit_is_not_begun() -> None:
    """The largest run before it tells how long it would take, and how much memory."""
    before = [run(1, 1.0, 50), run(10_000, 60.0, 150)]
    assert too_much(before, 100_000, seconds=700) == ""
    assert "10 minutes" in too_much(before, 100_000, seconds=500)
    assert "GB" in too_much(before, 10_000_000_000, seconds=1e12)
    assert too_much([], 1, seconds=-1) == "no time left"


def test_a_corpus_grows_by_being_appended_to(tmp_path: Path) -> None:
    """Grown in two steps it has the same bytes as in one, and only the files that are read."""
    in_two, at_once = (Corpus(tmp_path / name, ["merge"]) for name in ("two", "one"))
    in_two.grow(3)
    in_two.grow(10)
    at_once.grow(10)
    for name in ("documents", "annotations"):
        grown = getattr(in_two, name).read_bytes()
        assert grown == getattr(at_once, name).read_bytes()
        assert grown.count(b"\n") == {"documents": 10, "annotations": 30}[name]
    assert in_two.characters == at_once.characters > 3_000
    assert not in_two.raw.exists()


def test_the_picture_is_an_svg_with_each_stage(tmp_path: Path) -> None:
    """What is drawn names the stages and both axes."""
    runs = [run(1, 1.0), *(run(size, 1.0 + size / 1_000) for size in SIZES)]
    draw(Results({}, {}, runs), tmp_path / "growth.svg")
    picture = (tmp_path / "growth.svg").read_text("utf-8")
    assert picture.startswith("<svg")
    assert all(word in picture for word in ("merge", "documents", "CPU seconds", "MB at the peak"))
