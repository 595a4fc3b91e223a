"""README and docs quote the reference results and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks import pages

MEASURED = re.compile(
    r"\d[\d.,]*\s?(?:MB|GB|ms|µs|CPU seconds|million characters|documents a second|×)(?!\w)"
)


@pytest.fixture(scope="module")
def reference() -> pages.Reference:
    """The results that are committed."""
    return pages.read()


@pytest.mark.parametrize("page", pages.PAGES, ids=lambda page: page.name)
def test_pages_quote_the_reference(page: Path, reference: pages.Reference) -> None:
    """What stands in a page is what the reference says; `python -m benchmarks.pages` mends it."""
    text = page.read_text("utf-8")
    assert pages.rendered(text, reference) == text


def test_readme_has_no_figure_besides() -> None:
    """Speeds, times and sizes stand in README only where the reference is quoted."""
    text = pages.PAGES[0].read_text("utf-8")
    outside = pages.BLOCK.sub("", text)
    assert outside != text
    assert MEASURED.findall(outside) == []


def test_every_block_is_quoted_somewhere() -> None:
    """A block that no page has is one that nobody reads."""
    quoted = {m[2] for page in pages.PAGES for m in pages.BLOCK.finditer(page.read_text("utf-8"))}
    assert quoted == set(pages.BLOCKS)


def test_the_reference_says_where_and_when_and_with_what(reference: pages.Reference) -> None:
    """Machine, dates and versions of packages stand beside the figures."""
    assert {"cpu", "cores", "memory_gb", "python"} <= set(reference.results.machine)
    for one in reference.results.measures:
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", one.date)
        assert "numpy" in one.packages
        assert one.figures
