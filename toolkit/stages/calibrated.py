"""``calibration.json``: the scores that people's decisions taught, as a workspace keeps them."""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import Struct

from toolkit.errors import RecordError
from toolkit.rules.calibration import RuleCalibration
from toolkit.settings import Workspace

Truth = Literal["gold", "annotations"]
"""Whom the suggestions are compared with: the merged spans, or each annotator's own."""


class Calibration(Struct, frozen=True):
    """``calibration.json``: calibrated scores by rule id, and what taught them."""

    model_version: str
    truth: Truth
    texts: int
    rules: dict[str, RuleCalibration]


def read_calibration(workspace: Workspace) -> Calibration | None:
    """The calibrated scores of a workspace; null where there are none.

    Raises:
        RecordError: calibration.json isn't what ``score`` writes.
    """
    try:
        return msgspec.json.decode(workspace.calibration.read_bytes(), type=Calibration)
    except FileNotFoundError:
        return None
    except (msgspec.DecodeError, OSError) as error:
        raise RecordError(
            f"{workspace.calibration}: {error}",
            "Delete it, or make it anew with 'toolkit rules score --calibrate'.",
        ) from None
