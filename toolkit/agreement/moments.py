"""When annotations were made, as times that can be compared."""

from __future__ import annotations

from datetime import UTC, datetime

from toolkit.model import Annotation


def submitted(annotation: Annotation) -> datetime | None:
    """When it was submitted last, in UTC; None where nobody knows."""
    return _read(annotation.updated_at or annotation.created_at)


def begun(annotation: Annotation) -> datetime | None:
    """When it was made at first, in UTC; None where nobody knows."""
    return _read(annotation.created_at or annotation.updated_at)


def _read(written: str | None) -> datetime | None:
    """ISO 8601, which ``records.counted_annotations`` has made sure of."""
    if not written:
        return None
    time = datetime.fromisoformat(written)
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
