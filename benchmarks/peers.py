"""The peers that are too heavy for our own environment: run by its Python, never by ours.

Reads a question as JSON on standard input and answers so; called by ``measuring.ask_peer``.
Imports nothing of ours.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from typing import Any


def crowd_kit(question: dict[str, Any]) -> dict[str, Any]:
    """One label for each task, from ``answers``: rows of task, worker and label."""
    import pandas as pd
    from crowdkit import aggregation

    methods = {
        "dawid-skene": partial(aggregation.DawidSkene, n_iter=100),
        "mace": aggregation.MACE,
        "majority": aggregation.MajorityVote,
    }
    answers = pd.DataFrame(question["answers"], columns=["task", "worker", "label"])
    wall, cpu = time.perf_counter(), time.process_time()
    labels = methods[question["method"]]().fit_predict(answers)
    return {
        "cpu": time.process_time() - cpu,
        "wall": time.perf_counter() - wall,
        "labels": labels.to_dict(),
        "version": version("crowd-kit"),
    }


def gamma(question: dict[str, Any]) -> dict[str, Any]:
    """γ of a continuum: ``rows`` of annotator, category, start, end; those of ``first`` warm up."""
    from pyannote.core import Segment
    from pygamma_agreement import CombinedCategoricalDissimilarity, Continuum

    def measured(rows: list[tuple[str, str, float, float]]) -> Any:
        continuum = Continuum()
        for who, what, start, end in rows:
            continuum.add(who, Segment(start, end), what)
        weights = CombinedCategoricalDissimilarity(alpha=3, beta=1, delta_empty=1.0)
        return continuum.compute_gamma(weights, n_samples=question["samples"])

    measured(question["first"])  # compiles it
    wall, cpu = time.perf_counter(), time.process_time()
    found = measured(question["rows"])
    return {
        "cpu": time.process_time() - cpu,
        "wall": time.perf_counter() - wall,
        "gamma": float(found.gamma),
        "disorder": float(found.observed_disorder),
        "version": version("pygamma-agreement"),
    }


PEERS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "crowd-kit": crowd_kit,
    "pygamma-agreement": gamma,
}

if __name__ == "__main__":
    # Whatever the packages print goes to standard error: standard output is the answer.
    out, sys.stdout = sys.stdout, sys.stderr
    json.dump(PEERS[sys.argv[1]](json.load(sys.stdin)), out)
