"""Fewer looks for reference cycles where many small objects are made, and hardly a cycle."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_COLLECTED = 100_000
"""Objects that are made before Python looks for cycles among them."""


@contextmanager
def fewer_collections() -> Iterator[None]:
    """While it runs, Python looks for cycles less often: looking took up to a fifth of the time."""
    usual = gc.get_threshold()
    gc.set_threshold(_COLLECTED, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)
