"""The runner of the benchmarks: what is kept, skipped, and said."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from benchmarks import run
from benchmarks.figures import Figure, Results, Target, cells
from benchmarks.measuring import Absent, Cost, cost_of_command, machine


def good(quick: bool) -> Iterator[Figure]:
    """A measure that is here."""
    yield Figure(name="speed", unit="M/s", ours=3.0 - quick, peer="peer", theirs=1.5)


def gone(quick: bool) -> Iterator[Figure]:
    """A measure whose second part isn't here."""
    yield from good(quick)
    raise Absent("no data")


def broken(quick: bool) -> Iterator[Figure]:
    """A measure that fails."""
    yield from good(quick)
    raise ValueError("a fault")


def stopped(quick: bool) -> Iterator[Figure]:
    """A measure that somebody stops."""
    yield from good(quick)
    raise KeyboardInterrupt


@pytest.fixture
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file for the results, and measures that take no time."""
    measures = {"good": good, "gone": gone, "broken": broken, "stopped": stopped}
    monkeypatch.setattr(run, "MEASURES", measures)
    return tmp_path / "results" / "latest.json"


def kept(out: Path) -> dict[str, tuple[int, str]]:
    """By measure, how many figures there are and why no more."""
    results = msgspec.json.decode(out.read_bytes(), type=Results)
    return {one.name: (len(one.figures), one.skipped) for one in results.measures}


def test_what_is_absent_is_skipped_with_its_reason(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Figures from before stay, the reason is printed and written, and that is no failure."""
    assert run.main(["--only", "good", "gone", "--out", str(out)]) == 0
    assert kept(out) == {"good": (1, ""), "gone": (1, "no data")}
    assert "gone: no data" in capsys.readouterr().out


def test_a_measure_that_fails_does_not_take_the_others_with_it(out: Path) -> None:
    """Its reason is kept, the next one is measured, and the exit status says so."""
    assert run.main(["--only", "broken", "good", "--out", str(out)]) == 1
    assert kept(out) == {"good": (1, ""), "broken": (1, "failed: ValueError: a fault")}


def test_stopping_keeps_what_was_measured(out: Path) -> None:
    """Ctrl-C leaves the measures before it, and what an earlier run had measured."""
    assert run.main(["--only", "gone", "--out", str(out)]) == 0
    assert run.main(["--only", "good", "stopped", "broken", "--out", str(out)]) == 130
    assert kept(out) == {"good": (1, ""), "gone": (1, "no data")}


def test_results_of_another_machine_are_not_mixed_with_ours(out: Path) -> None:
    """A file of another machine is begun anew."""
    run.main(["--only", "gone", "--out", str(out)])
    results = msgspec.json.decode(out.read_bytes(), type=Results)
    results.machine["cpu"] = "another"
    out.write_bytes(msgspec.json.encode(results))
    run.main(["--only", "good", "--out", str(out)])
    assert list(kept(out)) == ["good"]


def test_the_machine_has_no_name_in_it() -> None:
    """What is told of the machine is its kind: cpu, cores, memory, system and Python."""
    assert set(machine()) == {"cpu", "cores", "memory_gb", "system", "python"}


def test_a_ratio_over_one_is_better_whichever_way_is_better() -> None:
    """Twice as fast is 2, counted in rates and counted in seconds."""
    more = Figure(name="a", unit="M/s", ours=4.0, peer="b", theirs=2.0)
    fewer = Figure(name="a", unit="s", ours=2.0, peer="b", theirs=4.0, less=True)
    assert more.ratio == fewer.ratio == 2.0
    assert Figure(name="a", unit="s", ours=2.0).ratio is None


@pytest.mark.parametrize(
    ("figure", "said"),
    [
        (Figure(name="a", unit="s", ours=59.0, less=True, target=Target(60)), "≤ 60 ✓"),
        (Figure(name="a", unit="s", ours=61.0, less=True, target=Target(60)), "≤ 60 ✗"),
        (Figure(name="a", unit="M/s", ours=1.4, target=Target(1.5)), "≥ 1.5 ✗"),
        (
            Figure(name="a", unit="s", ours=1, theirs=21, less=True, target=Target(20, "ratio")),
            "≥ 20 × ✓",
        ),
        (Figure(name="a", unit="s", ours=1.0), ""),
    ],
)
def test_targets_say_whether_they_are_reached(figure: Figure, said: str) -> None:
    """The last cell has the target, its direction and whether it is met."""
    assert cells(figure)[-1] == said


def test_a_commands_cost_is_its_own() -> None:
    """CPU seconds and memory are those of the command, and its failure is a reason to skip."""
    spin = "import time\nwhile time.process_time() < 0.2: pass"
    cost = cost_of_command([sys.executable, "-c", spin])
    assert 0.2 <= cost.cpu <= cost.wall + 0.1
    assert cost.megabytes > 1
    with pytest.raises(Absent, match="ended with 3"):
        cost_of_command([sys.executable, "-c", "raise SystemExit(3)"])


def test_a_commands_memory_is_not_ours() -> None:
    """A large process that starts a small one isn't taken for it."""
    ballast = bytearray(200_000_000)
    ballast[::4096] = b"x" * len(ballast[::4096])
    assert cost_of_command([sys.executable, "-c", "pass"]).megabytes < 100


def test_costs_take_part_in_json() -> None:
    """A cost is read as it was written."""
    cost = Cost(1.5, 2.5, 3.5)
    assert msgspec.json.decode(msgspec.json.encode(cost), type=Cost) == cost
