"""Findings as CSV, for people and their spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from toolkit.datasets.checks.finding import Finding
from toolkit.datasets.tables import cells
from toolkit.records import replacing

COLUMNS = Finding.__struct_fields__


def _row(finding: Finding) -> list[str | float]:
    """A cell a field; several kinds in one."""
    return cells([", ".join(finding.kinds), *(getattr(finding, name) for name in COLUMNS[1:])])


def write_csv(path: Path, findings: Iterable[Finding]) -> int:
    """Write findings, whole or not at all; returns how many there were.

    With a byte order mark, without which Excel reads Chinese as something else.
    """
    count = 0
    with replacing(path) as out:
        out.write(b"\xef\xbb\xbf")
        text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=True)
        writer = csv.writer(text)
        writer.writerow(COLUMNS)
        for finding in findings:
            writer.writerow(_row(finding))
            count += 1
        text.detach()
    return count
