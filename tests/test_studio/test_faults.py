"""What happens between us and the server leaves no trace: a short run of ``faults.harness``."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.test_studio.faults.harness import inject

FAULTS = 12
SEED = 20200120


@pytest.mark.server
@pytest.mark.xdist_group("faults")
def test_faults_leave_no_trace(label_studio_installed: None, tmp_path: Path) -> None:
    """Cut connections, kills, errors, time-outs, a full disk: then all is as if undisturbed."""
    tally, failures = inject(FAULTS, SEED, tmp_path, each=5)
    assert not failures, "\n".join(failures)
    assert tally.faults >= FAULTS
