"""How fast somebody annotates, and when they will be done; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median

from toolkit.model import Annotation

WINDOW = timedelta(days=7)
"""How far back from the last submission the pace looks: a week has all its days off."""

_SECONDS_OF_AN_HOUR = 3600


@dataclass(frozen=True, slots=True)
class Pace:
    """Passages by time, over the seven days up to the last submission; null where none is known.

    ``per_hour``: of work, by the median of the times that the editor measured: a page that
    was left open over night is no work. ``per_day``: of the calendar, days off included.
    ``last`` is when the last one was submitted.
    """

    per_hour: float | None = None
    per_day: float | None = None
    last: datetime | None = None


def pace(submissions: Iterable[Annotation]) -> Pace:
    """The pace of one annotator.

    Args:
        submissions: theirs, one a passage; those without a time say nothing.
    """
    given = [(_moment(one.created_at), one.lead_time) for one in submissions if one.created_at]
    times = sorted(given, key=lambda one: one[0])
    if not times:
        return Pace()
    (first, _), (last, _) = times[0], times[-1]
    recent = [(moment, seconds) for moment, seconds in times if moment > last - WINDOW]
    days = min(WINDOW.days, (last.date() - first.date()).days + 1)
    worked = [seconds for _, seconds in recent if seconds]
    return Pace(
        per_hour=_SECONDS_OF_AN_HOUR / median(worked) if worked else None,
        per_day=len(recent) / days,
        last=last,
    )


def is_idle(at: Pace, now: datetime) -> bool:
    """Whether nothing was submitted for as long as the pace looks back."""
    return at.last is not None and now - at.last > WINDOW


def estimated_end(at: Pace, left: int, now: datetime) -> date | None:
    """The day on which the last passage is submitted, if things go on as they did.

    Null where nobody can know: no pace, or no work for as long as the pace looks back.
    """
    if not left or at.per_day is None or is_idle(at, now):
        return None
    try:
        return (now + timedelta(days=left / at.per_day)).date()
    except OverflowError:
        return None


def _moment(written: str) -> datetime:
    moment = datetime.fromisoformat(written)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
