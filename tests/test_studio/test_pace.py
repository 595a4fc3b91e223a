"""Tests of toolkit.studio.pace."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from toolkit.model import Annotation
from toolkit.studio.pace import Pace, estimated_end, is_idle, pace

NOW = datetime(2020, 2, 10, 12, tzinfo=UTC)


def _submitted(days_ago: float, seconds: float | None = 60.0) -> Annotation:
    moment = (NOW - timedelta(days=days_ago)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return Annotation(f"d{days_ago}", "anna", created_at=moment, lead_time=seconds)


def test_who_did_nothing_has_no_pace() -> None:
    """Nobody knows when they will be done; a record without a time says nothing."""
    assert pace([]) == Pace() == pace([Annotation("d", "anna", lead_time=5.0)])
    assert estimated_end(Pace(), 5, NOW) is None


def test_days_off_are_days() -> None:
    """Six passages on two of four days are one and a half a day."""
    at = pace([_submitted(n) for n in (3.0, 3.1, 3.2, 0.0, 0.1, 0.2)])
    assert at.per_day == 1.5
    assert estimated_end(at, 15, NOW) == date(2020, 2, 20)


def test_only_the_last_week_counts() -> None:
    """Who was faster a month ago is as fast as in their last week."""
    at = pace([_submitted(30 + n / 100) for n in range(500)] + [_submitted(n) for n in range(7)])
    assert at.per_day == 1.0


def test_a_page_left_open_is_no_work() -> None:
    """The hour goes by the median: one night changes nothing; no times give no such pace."""
    assert pace([_submitted(n / 10, 36_000 if n == 0 else 120) for n in range(5)]).per_hour == 30
    assert pace([_submitted(0, None)]).per_hour is None


def test_who_stopped_has_no_end() -> None:
    """After a week without a submission nobody estimates; done is done."""
    at = pace([_submitted(8), _submitted(9)])
    assert is_idle(at, NOW)
    assert estimated_end(at, 5, NOW) is None
    assert estimated_end(pace([_submitted(0)]), 0, NOW) is None


def test_an_end_beyond_all_calendars_is_none() -> None:
    """A number of passages that no life is long enough for breaks nothing."""
    assert estimated_end(Pace(None, 0.01, NOW), 10**9, NOW) is None


@given(st.lists(st.floats(0, 400), min_size=1), st.randoms())
def test_the_order_of_the_records_is_nothing(days: list[float], random: Random) -> None:
    """The pace is above nothing, at most all in a day, and the same in any order."""
    records = [_submitted(day) for day in days]
    at = pace(records)
    assert at.per_day is not None
    assert 0 < at.per_day <= len(records)
    random.shuffle(records)
    assert pace(records) == at
