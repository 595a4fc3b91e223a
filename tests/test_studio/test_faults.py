"""What happens between us and the server leaves no trace: one episode of ``faults.harness``."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.test_studio.faults.harness import inject

EACH = 5
LEAST = 8
SEED = 20200120


@pytest.mark.server
@pytest.mark.long
@pytest.mark.xdist_group("faults")
def test_faults_leave_no_trace(label_studio_installed: None, tmp_path: Path) -> None:
    """Cut connections, kills, errors, time-outs, a full disk: then all is as if undisturbed."""
    tally, failures = inject(1, SEED, tmp_path, each=EACH)
    assert not failures, "\n".join(failures)
    assert len(tally.fired) >= LEAST, tally.fired
