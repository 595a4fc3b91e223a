"""Faults by the hundred: ``python -m tests.test_studio.faults.harness --faults 200 --seed 1``."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
import traceback
from pathlib import Path

from tests.test_studio.faults.episode import Episode, Tally
from tests.test_studio.faults.service import Service, small_disk


def inject(faults: int, seed: int, folder: Path, *, each: int = 4) -> tuple[Tally, list[str]]:
    """Live through episodes until so many faults were injected.

    Args:
        faults: how many at least.
        seed: tells the episodes.
        folder: an empty folder.
        each: disturbed runs in each of an episode's three rounds.

    Returns:
        What was done, and what it left behind that it should not have.
    """
    home, disk = folder / "server", folder / "disk"
    home.mkdir()
    disk.mkdir()
    tally, failures = Tally(), []
    with small_disk(disk):
        service = Service(home, disk)
        try:
            number = 0
            while tally.faults < faults:
                number += 1
                episode = Episode(service, random.Random(f"{seed}/{number}"), tally)  # noqa: S311 - not a secret
                began = time.monotonic()
                try:
                    episode.live(each)
                except Exception:
                    failures.append(
                        f"seed {seed}, episode {number}:\n{traceback.format_exc()}{episode.log}"
                    )
                    service.ensure_server()
                print(  # noqa: T201 - progress
                    f"episode {number}: {tally.faults} faults, {len(failures)} failures, "
                    f"{time.monotonic() - began:.0f} s, {episode.about}",
                    flush=True,
                )
        finally:
            service.close()
    return tally, failures


def main() -> None:
    """Inject faults, and tell what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faults", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--each", type=int, default=4)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="faults.") as folder:
        tally, failures = inject(asked.faults, asked.seed, Path(folder), each=asked.each)
    for title, counts in (("fault", tally.fired), ("end", tally.ends)):
        for name, count in sorted(counts.items()):
            print(f"{title:6} {count:4} {name}")  # noqa: T201
    for failure in failures:
        print(f"FAILURE {failure}")  # noqa: T201
    print(f"{tally.faults} faults, {len(failures)} failures")  # noqa: T201
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
