"""Tests of toolkit.report.effects."""

from __future__ import annotations

import msgspec
import pytest

from tests.test_report.report_samples import anchoring
from toolkit.agreement import anchoring as measured
from toolkit.errors import InputError
from toolkit.report.effects import read_effects


def test_what_agreement_measures_is_what_the_page_reads() -> None:
    """The figures' own JSON form is read, though nobody annotated anything."""
    figures = msgspec.to_builtins(measured.anchoring([], {}, {}, samples=5))
    effects = read_effects(figures)
    assert [row.title for row in effects.rows] == [m.title for m in measured.MEASURES.values()]
    assert {row.undefined for row in effects.rows} == {"there is no case of it"}


def test_signs_and_units_are_said() -> None:
    """A ratio is a factor, a difference is in points with its sign."""
    time, wrong, given, missing = read_effects(anchoring()).rows
    assert (time.shown, time.value, time.interval) == ("301", "× 0.53", "× 0.48 to × 0.59")
    assert (wrong.control, wrong.value) == ("15.1\u202f%", "+26.1")
    assert (given.value, given.interval) == ("\u221210.0", "")
    assert (missing.shown, missing.value) == ("–", "–")


def test_other_data_is_refused() -> None:
    """What isn't in the form, or has an effect that nobody explains, is an error."""
    with pytest.raises(InputError, match="aren't in their form"):
        read_effects({"shown": 1})
    with pytest.raises(InputError, match="what 'given' is"):
        read_effects({**anchoring(), "measures": {}})
