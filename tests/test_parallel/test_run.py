"""A stage over all parts of an input: exact, and hard to kill."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from tests.test_parallel.sample_stages import Length, Lengths
from toolkit.errors import InputError, OffsetError, RecordError, UsageError
from toolkit.model import Document
from toolkit.parallel.engines import Engine, InProcess
from toolkit.parallel.run import RunResult, run
from toolkit.parallel.work import Work

psutil = pytest.importorskip("psutil", reason="comes with the extra [cluster]")

REPOSITORY = Path(__file__).parents[2]

ONE_EACH = 1e-6
"""MB: every document is a part."""

TEXTS = ["武汉" * number for number in range(30)]


def write(path: Path, texts: Sequence[str]) -> Path:
    """Documents as JSONL."""
    documents = (Document(f"d{number}", text) for number, text in enumerate(texts))
    path.write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in documents))
    return path


def lengths(texts: Sequence[str], without: str = "!") -> bytes:
    """What becomes of the documents, without those that do harm."""
    made = [Length(f"d{n}", len(text)) for n, text in enumerate(texts) if without not in text]
    return b"".join(msgspec.json.encode(one) + b"\n" for one in made)


def run_in(
    folder: Path,
    engine: Engine,
    texts: Sequence[str],
    size: float = 1e-4,
    target: str = "out.jsonl",
    *,
    version: str = "1",
) -> RunResult:
    """Run over documents of these texts, in a folder."""
    parts = folder / "parts"
    parts.mkdir(exist_ok=True)
    source = write(folder / "in.jsonl", texts)
    place = f"{folder}/{target}"
    return run(Lengths(version), source, place, engine, parts, part_size=size, distinct=True)


@given(
    st.lists(st.text(alphabet="a武😀\n", max_size=9), max_size=9),
    st.sampled_from([ONE_EACH, 3e-5, 1e-4, 1.0]),
)
def test_the_size_of_parts_changes_nothing(texts: list[str], size: float) -> None:
    """The same bytes and the same counts, from one document a part to all in one."""
    with tempfile.TemporaryDirectory() as folder:
        done = run_in(Path(folder), InProcess(), texts, size)
        assert (Path(folder) / "out.jsonl").read_bytes() == lengths(texts)
    assert done.counts["documents"] == len(texts)
    assert done.counts["characters"] == sum(map(len, texts))
    assert size > ONE_EACH or done.parts == len(texts)


@pytest.mark.parametrize("size", [ONE_EACH, 3e-4])
def test_every_engine_gives_the_same_bytes(engine: Engine, tmp_path: Path, size: float) -> None:
    """In process, on two cores, on Dask."""
    done = run_in(tmp_path, engine, TEXTS, size)
    assert (tmp_path / "out.jsonl").read_bytes() == lengths(TEXTS)
    assert (done.put_aside, done.reused) == ((), 0)


@pytest.mark.parametrize("name", ["in.jsonl.gz", "in.jsonl.zst", "parts"])
def test_every_kind_of_input_gives_the_same_bytes(
    two_cores: Engine, tmp_path: Path, name: str
) -> None:
    """Packed, or in a folder of parts."""
    content = write(tmp_path / "plain", TEXTS).read_bytes()
    source = tmp_path / name
    if name.endswith(".gz"):
        source.write_bytes(gzip.compress(content))
    elif name.endswith(".zst"):
        source.write_bytes(zstandard.compress(content))
    else:
        source.mkdir()
        for number, line in enumerate(content.splitlines(keepends=True)):
            (source / f"{number:03}.jsonl").write_bytes(line)
    (tmp_path / "work").mkdir()
    target = tmp_path / "out.jsonl"
    run(Lengths(), source, target, two_cores, tmp_path / "work", part_size=2e-4)
    assert target.read_bytes() == lengths(TEXTS)


@pytest.mark.parametrize("poison", ["!abort", "!exit", "!segfault", "!raise", "!memory"])
def test_a_document_that_does_harm_is_put_aside(
    two_cores: Engine, tmp_path: Path, poison: str
) -> None:
    """It alone is missing, its id and the reason stand beside the result."""
    texts = [*TEXTS[:9], poison, *TEXTS[9:]]
    done = run_in(tmp_path, two_cores, texts)
    assert (tmp_path / "out.jsonl").read_bytes() == lengths(texts)
    assert [one.id for one in done.put_aside] == ["d9"]
    said = {
        "!abort": "SIGABRT",
        "!exit": "status 7",
        "!segfault": "SIGSEGV",
        "!raise": "KeyError: 'not expected'",
        "!memory": "MemoryError",
    }
    assert said[poison] in done.put_aside[0].reason
    aside = (tmp_path / "out.put_aside.jsonl").read_bytes()
    assert aside == b"".join(msgspec.json.encode(one) + b"\n" for one in done.put_aside)
    assert done.counts["documents"] == len(TEXTS)


def test_dask_puts_aside_too(dask_cluster: Engine, tmp_path: Path) -> None:
    """A poison document on a cluster, among documents that are not."""
    texts = [*TEXTS[:9], "!exit", *TEXTS[9:]]
    done = run_in(tmp_path, dask_cluster, texts, 3e-4)
    assert (tmp_path / "out.jsonl").read_bytes() == lengths(texts)
    assert [one.id for one in done.put_aside] == ["d9"]


def test_an_error_puts_aside_without_other_processes_too(tmp_path: Path) -> None:
    """Where the work is done in this process, an unexpected error is its document's alone."""
    texts = ["a", "!raise", "b", "!raise"]
    done = run_in(tmp_path, InProcess(), texts, 1.0)
    assert (tmp_path / "out.jsonl").read_bytes() == lengths(texts)
    assert [one.id for one in done.put_aside] == ["d1", "d3"]


def test_what_was_put_aside_once_is_forgotten_when_all_is_well(tmp_path: Path) -> None:
    """No old list stays beside a result that lacks nothing."""
    run_in(tmp_path, InProcess(), ["!raise"])
    assert (tmp_path / "out.put_aside.jsonl").exists()
    run_in(tmp_path, InProcess(), ["a"])
    assert not (tmp_path / "out.put_aside.jsonl").exists()


def test_a_worker_that_is_killed_once_changes_nothing(surviving: Engine, tmp_path: Path) -> None:
    """With -9, in the middle of a part; nothing is put aside."""
    texts = [*TEXTS, f"!killed-once {tmp_path / 'dead'}"]
    done = run_in(tmp_path, surviving, texts, 3e-4)
    assert (tmp_path / "dead").exists()
    assert done.put_aside == ()
    assert (tmp_path / "out.jsonl").read_bytes() == lengths(texts, without="none")


def test_an_error_of_ours_stops_the_run(engine: Engine, tmp_path: Path) -> None:
    """The old result stays, and what was done is not done again once the document is mended."""
    (tmp_path / "out.jsonl").write_text("old")
    with pytest.raises(OffsetError, match="this is wrong"):
        run_in(tmp_path, engine, [*TEXTS, "!refuse"], ONE_EACH)
    assert (tmp_path / "out.jsonl").read_text() == "old"
    done = run_in(tmp_path, engine, TEXTS, ONE_EACH)
    assert done.reused > 0
    assert (tmp_path / "out.jsonl").read_bytes() == lengths(TEXTS)


def test_a_line_that_is_no_record_stops_the_run(engine: Engine, tmp_path: Path) -> None:
    """File and line are named, whatever the engine."""
    write(tmp_path / "in.jsonl", TEXTS)
    with (tmp_path / "in.jsonl").open("a") as file:
        file.write("{}\n")
    (tmp_path / "parts").mkdir()
    with pytest.raises(RecordError, match=r"in\.jsonl, line 31: not a Document"):
        run(
            *(Lengths(), tmp_path / "in.jsonl", tmp_path / "out.jsonl"),
            *(engine, tmp_path / "parts"),
            part_size=1e-4,
        )
    assert not (tmp_path / "out.jsonl").exists()


@pytest.mark.parametrize("size", [ONE_EACH, 1.0])
def test_an_id_may_come_once(tmp_path: Path, size: float) -> None:
    """In one part or in several."""
    path = tmp_path / "in.jsonl"
    path.write_bytes(write(path, TEXTS).read_bytes() + b'{"id": "d7", "text": "again"}\n')
    (tmp_path / "parts").mkdir()
    place = tmp_path / "parts"
    with pytest.raises(RecordError, match=r"in\.jsonl: two documents have the id 'd7'"):
        run(
            *(Lengths(), path, tmp_path / "out.jsonl", InProcess(), place),
            part_size=size,
            distinct=True,
        )
    assert not (tmp_path / "out.jsonl").exists()


def test_only_what_changed_is_made_anew(tmp_path: Path) -> None:
    """A part is known by its bytes and by the stage's version."""
    assert run_in(tmp_path, InProcess(), TEXTS, ONE_EACH).reused == 0
    assert run_in(tmp_path, InProcess(), TEXTS, ONE_EACH).reused == len(TEXTS)
    changed = [*TEXTS[:3], "new", *TEXTS[4:]]
    assert run_in(tmp_path, InProcess(), changed, ONE_EACH).reused == len(TEXTS) - 1
    assert (tmp_path / "out.jsonl").read_bytes() == lengths(changed)
    done = run_in(tmp_path, InProcess(), TEXTS, ONE_EACH, version="2")
    assert done.reused == 0


def test_a_folder_has_a_file_a_part_and_no_old_ones(two_cores: Engine, tmp_path: Path) -> None:
    """Files are numbered in the order of the input; what an earlier run left is gone."""
    out = tmp_path / "out"
    run_in(tmp_path, two_cores, TEXTS, ONE_EACH, "out/")
    names = [f"part-{number:05}.jsonl" for number in range(30)]
    assert sorted(path.name for path in out.iterdir()) == names
    (out / "README").write_text("mine")
    done = run_in(tmp_path, two_cores, TEXTS, 5e-4, "out")
    left = sorted(path.name for path in out.iterdir())
    assert left == ["README", *names[: done.parts]]
    assert 1 < done.parts < 30
    assert b"".join((out / name).read_bytes() for name in left[1:]) == lengths(TEXTS)


@pytest.mark.parametrize("size", [ONE_EACH, 1.0])
def test_packed_results_do_not_depend_on_parts(tmp_path: Path, size: float) -> None:
    """One file, packed as its name says; the same bytes for every size of parts."""
    for name in ("out.jsonl.gz", "out.jsonl.zst"):
        run_in(tmp_path, InProcess(), TEXTS, size, name)
        run_in(tmp_path, InProcess(), TEXTS, 3e-5, f"other-{name}")
        packed = (tmp_path / name).read_bytes()
        assert packed == (tmp_path / f"other-{name}").read_bytes()
    assert gzip.decompress((tmp_path / "out.jsonl.gz").read_bytes()) == lengths(TEXTS)


def test_names_with_a_star_say_how_parts_are_packed(tmp_path: Path) -> None:
    """``*`` stands for the number of a part."""
    run_in(tmp_path, InProcess(), TEXTS, ONE_EACH, "out/s-*.jsonl.gz")
    files = sorted((tmp_path / "out").iterdir())
    assert files[0].name == "s-00000.jsonl.gz"
    assert b"".join(gzip.decompress(one.read_bytes()) for one in files) == lengths(TEXTS)


def test_addresses_are_written_as_paths_are(tmp_path: Path) -> None:
    """A file or a folder by address, through fsspec."""
    pytest.importorskip("fsspec", reason="comes with the extras [cluster] and [s3]")
    write(tmp_path / "in.jsonl", TEXTS)
    (tmp_path / "work").mkdir()
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "part-09999.jsonl").write_text("old")
    for target in ("one.jsonl", "folder/", "new/"):
        run(
            *(Lengths(), f"file://{tmp_path}/in.jsonl", f"file://{tmp_path}/{target}"),
            *(InProcess(), tmp_path / "work"),
            part_size=5e-4,
        )
    assert (tmp_path / "one.jsonl").read_bytes() == lengths(TEXTS)
    for folder in ("folder", "new"):
        files = sorted((tmp_path / folder).iterdir())
        assert b"".join(file.read_bytes() for file in files) == lengths(TEXTS)


def test_results_go_to_addresses_that_are_no_paths(tmp_path: Path) -> None:
    """One file, and a folder that had more files before: no old one is left."""
    fsspec = pytest.importorskip("fsspec", reason="comes with the extras [cluster] and [s3]")
    source = write(tmp_path / "in.jsonl", TEXTS)
    memory = fsspec.filesystem("memory")
    memory.pipe("/elsewhere/folder/part-09999.jsonl", b"old")
    for target in ("one.jsonl", "folder/"):
        run(
            *(Lengths(), source, f"memory://elsewhere/{target}", InProcess(), tmp_path),
            part_size=5e-4,
        )
    assert memory.cat_file("/elsewhere/one.jsonl") == lengths(TEXTS)
    files = sorted(memory.find("/elsewhere/folder"))
    assert len(files) > 1
    assert b"".join(memory.cat_file(file) for file in files) == lengths(TEXTS)


def test_workers_may_stand_in_another_folder(
    two_cores: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Relative paths are those of who began the run: a cluster was started elsewhere."""
    write(tmp_path / "in.jsonl", TEXTS)
    (tmp_path / "parts").mkdir()
    list(two_cores.each(len, ["", ""]))  # its processes are there, in a folder of their own
    monkeypatch.chdir(tmp_path)
    run(Lengths(), "in.jsonl", "out.jsonl", two_cores, tmp_path / "parts", part_size=1e-4)
    assert (tmp_path / "out.jsonl").read_bytes() == lengths(TEXTS)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("in.jsonl", "in.jsonl"),
        ("", "in.jsonl"),
        ("", "i*.jsonl"),
        ("*.jsonl", "./"),
        ("", "../{name}/in.jsonl"),
        ("part-1.jsonl", "./"),
        ("file://{folder}/in.jsonl", "i*.jsonl"),
    ],
)
def test_nothing_that_is_read_is_replaced(tmp_path: Path, source: str, target: str) -> None:
    """Neither by a result, nor as an old file in the result's folder."""
    (tmp_path / "parts").mkdir()
    before = write(tmp_path / "in.jsonl", TEXTS).read_bytes()
    write(tmp_path / "part-1.jsonl", TEXTS)
    names = {"folder": tmp_path, "name": tmp_path.name}
    source = source.format(**names) if "//" in source else f"{tmp_path}/{source}"
    place = f"{tmp_path}/{target.format(**names)}"
    with pytest.raises(UsageError, match="would replace it"):
        run(Lengths(), source, place, InProcess(), tmp_path / "parts", part_size=1e-4)
    assert (tmp_path / "in.jsonl").read_bytes() == before
    assert (tmp_path / "part-1.jsonl").exists()


def test_a_target_that_can_not_be_written_is_an_error(tmp_path: Path) -> None:
    """A file where a folder should be, and a folder that can't be made."""
    (tmp_path / "file").touch()
    for target in ("file/out.jsonl", "file/out/"):
        with pytest.raises(InputError, match="can't be written"):
            run_in(tmp_path, InProcess(), TEXTS, 1.0, target)


def test_workers_that_do_not_see_the_folder_send_their_results(
    two_cores: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a cluster without a shared disk the results come back with the tallies."""
    from toolkit.parallel import run as module

    (tmp_path / "elsewhere").mkdir()

    def blind(stage: Lengths, _folder: Path, mark: str, **rest: Any) -> Work:
        return Work(stage, tmp_path / "elsewhere", mark, **rest)

    monkeypatch.setattr(module, "Work", blind)
    run_in(tmp_path, two_cores, TEXTS)
    assert (tmp_path / "out.jsonl").read_bytes() == lengths(TEXTS)


_PROGRAM = """
import sys
from pathlib import Path
from tests.test_parallel.sample_stages import Lengths
from toolkit.parallel.engines import open_engine
from toolkit.parallel.run import run
from toolkit.settings import ParallelSettings

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    with open_engine(ParallelSettings(workers=int(sys.argv[2]))) as engine:
        run(Lengths(), folder / "in.jsonl", folder / "out.jsonl", engine, folder / "parts",
            part_size=1e-6)
"""


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_was_ended_goes_on(tmp_path: Path, workers: int, how: signal.Signals) -> None:
    """After kill -9 and after Ctrl-C no process is left, and the next run needs only the rest."""
    texts = ["a", "b", "c", "d", "!sleep 30", *TEXTS]
    (tmp_path / "parts").mkdir()
    write(tmp_path / "in.jsonl", texts)
    (tmp_path / "program.py").write_text(_PROGRAM)
    process = subprocess.Popen(
        [sys.executable, str(tmp_path / "program.py"), str(tmp_path), str(workers)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(REPOSITORY), *sys.path])},
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    # The longest come first; what is behind the one that sleeps is done where others are awake.
    longer = [text for text in TEXTS if len(text.encode()) > len("!sleep 30")]
    wanted = len(longer) if workers == 1 else len(texts) - 1
    until = time.monotonic() + 60
    while len(list((tmp_path / "parts").glob("*.result"))) < wanted:
        assert time.monotonic() < until
        time.sleep(0.05)
    children = psutil.Process(process.pid).children(recursive=True)
    assert len(children) >= workers - 1
    if how == signal.SIGINT:
        os.killpg(process.pid, how)  # as a terminal does it
    else:
        process.kill()
    process.wait(20)
    _, alive = psutil.wait_procs(children, timeout=20)
    assert alive == []
    assert not (tmp_path / "out.jsonl").exists()

    texts[4] = "short"
    done = run_in(tmp_path, InProcess(), texts, ONE_EACH)
    assert done.reused == wanted
    assert (tmp_path / "out.jsonl").read_bytes() == lengths(texts)


def test_a_document_that_killed_the_last_run_is_found_by_this_one(tmp_path: Path) -> None:
    """Without worker processes the first run dies of it; the next one puts it aside."""
    texts = ["a", "!exit", "b"]
    (tmp_path / "parts").mkdir()
    write(tmp_path / "in.jsonl", texts)
    (tmp_path / "program.py").write_text(_PROGRAM)
    ended = subprocess.run(
        [sys.executable, str(tmp_path / "program.py"), str(tmp_path), "1"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(REPOSITORY), *sys.path])},
        check=False,
        timeout=60,
    )
    assert ended.returncode == 7
    done = run_in(tmp_path, InProcess(), texts, ONE_EACH)
    assert [one.id for one in done.put_aside] == ["d1"]
    assert (tmp_path / "out.jsonl").read_bytes() == lengths(texts)
