"""What a run remembers on disk: ids and texts, earlier documents, names of groups."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.corpus.earlier import Earlier, State
from toolkit.corpus.group_names import GroupNames
from toolkit.corpus.register import Register, digest_of
from toolkit.corpus.scratch import Scratch
from toolkit.errors import InputError
from toolkit.model import Document, Source


def test_a_text_is_admitted_once() -> None:
    """The second of two equal texts names the first, whose further place is remembered."""
    with Register() as register:
        first = register.admit(digest_of("武汉市召开会议。"), "", "a.txt")
        other = register.admit(digest_of("无锡市召开会议。"), "", "b.txt")
        again = register.admit(digest_of("武汉市召开会议。"), "", "c.jsonl, row 3")
        assert first.refused is None
        assert other.id not in {"", first.id}
        assert again.refused is not None
        assert again.duplicate_of == first.id
        assert again.refused.what == "c.jsonl, row 3: the same text as a.txt"
        assert register.places(first.id) == ["c.jsonl, row 3"]
        assert register.places(other.id) == []


def test_a_refused_id_leaves_its_text_unknown() -> None:
    """A text that was refused for its id is admitted with another one."""
    with Register() as register:
        register.admit(digest_of("甲"), "n1", "a")
        refused = register.admit(digest_of("乙"), "n1", "b")
        assert refused.refused is not None
        assert "the id 'n1' is that of a" in refused.refused.what
        assert refused.duplicate_of == ""
        assert register.admit(digest_of("乙"), "", "c").refused is None


class _DictRegister:
    """The rule in memory, as plainly as can be."""

    def __init__(self) -> None:
        self.ids: set[str] = set()
        self.by_text: dict[str, str] = {}

    def admit(self, text: str, given_id: str) -> tuple[bool, str]:
        """Whether it is admitted, and of which document it is a repeat."""
        same = self.by_text.get(text, "")
        if same and given_id in {"", same}:
            return False, same
        name = given_id or f"own-{text}"
        if name in self.ids:
            return False, ""
        self.ids.add(name)
        self.by_text.setdefault(text, name)
        return True, ""


@given(st.lists(st.tuples(st.sampled_from("甲乙丙丁"), st.sampled_from(["", "x", "y"]))))
def test_the_register_on_disk_follows_the_rule(rows: list[tuple[str, str]]) -> None:
    """Whatever comes in whatever order, it decides as a dictionary in memory would."""
    rule = _DictRegister()
    own: dict[str, str] = {}
    with Register() as register:
        for place, (text, given_id) in enumerate(rows):
            admission = register.admit(digest_of(text), given_id, str(place))
            if admission.refused is None:
                own[admission.id] = given_id or f"own-{text}"
            admitted, repeats = rule.admit(text, given_id)
            assert (admission.refused is None) == admitted
            assert own.get(admission.duplicate_of, "") == repeats


def test_half_a_surrogate_pair_is_a_text_too() -> None:
    """A text that UTF-8 can't hold has its own id and no other's."""
    with Register() as register:
        assert (
            register.admit(digest_of("\ud800"), "", "a").id
            != register.admit(digest_of("?"), "", "b").id
        )


@pytest.mark.parametrize("kind", [Register, Earlier, GroupNames])
def test_nothing_is_left_in_the_folder(
    kind: type[Register | Earlier | GroupNames], tmp_path: Path
) -> None:
    """The file goes with the run, after an error too; what a killed run left is no hindrance."""
    with kind(tmp_path):
        (name,) = (path.name for path in tmp_path.iterdir())
    assert not list(tmp_path.iterdir())
    (tmp_path / name).write_bytes(b"left half-written by a killed run")
    with pytest.raises(ZeroDivisionError), kind(tmp_path):
        raise ZeroDivisionError
    assert not list(tmp_path.iterdir())


def test_earlier_documents_are_remembered() -> None:
    """Text, group, places and annotations of a document as it was, and what was met of it."""
    documents = [
        Document(
            "a",
            "武汉",
            {"group": "g", "also": "c.txt\nd.txt", "row": "2"},
            Source("b.csv", "", "utf-8"),
        ),
        Document("b", "无锡"),
    ]
    with Earlier() as earlier:
        assert earlier.remember(documents, ["b", "b", "z"]) == 2
        found = earlier.get("a")
        assert found is not None
        assert (found.group, found.state) == ("g", State.UNSEEN)
        assert found.places == ("b.csv, row 2", "c.txt", "d.txt")
        assert found.text_digest == digest_of("武汉")
        earlier.mark("a", State.SEEN)
        assert (earlier.get("a") or found).state is State.SEEN
        alone = earlier.get("b")
        assert alone is not None
        assert alone.group == "b"
        assert earlier.get("c") is None
        assert [earlier.is_annotated(name) for name in "abz"] == [False, True, True]


def named(members: Sequence[tuple[int, str, str | None]]) -> dict[int, str]:
    """The names of groups, from their members ``(first, id, earlier name)`` in order."""
    with GroupNames() as names:
        for number, (first, doc_id, earlier) in enumerate(members):
            names.add(number, first, doc_id, earlier)
        names.decide()
        return {first: names.name(first) for first, _, _ in members}


def test_a_new_group_is_named_after_its_first_document() -> None:
    """Without earlier members the first in document order gives its id."""
    assert named([(0, "b", None), (1, "c", None), (0, "a", None)]) == {0: "b", 1: "c"}


def test_a_group_keeps_its_name() -> None:
    """New members before or behind the old ones change nothing."""
    assert named([(0, "a", None), (0, "b", "b"), (0, "c", "b")]) == {0: "b"}


def test_a_document_that_was_alone_lends_its_id() -> None:
    """A copy that comes later takes the name that the first one's split was decided by."""
    assert named([(0, "a", None), (0, "z", "z")]) == {0: "z"}


def test_of_merged_groups_the_larger_ones_name_stays() -> None:
    """Most members keep theirs; of equal ones, the first in document order does."""
    assert named([(0, "a", "a"), (0, "b", "c"), (0, "c", "c")]) == {0: "c"}
    assert named([(0, "a", "x"), (0, "b", "b")]) == {0: "x"}


def test_of_a_group_that_falls_apart_one_part_keeps_the_name() -> None:
    """The one with most members; another part is named after its first that is free."""
    members = [(0, "a", "a"), (0, "b", "a"), (2, "c", "a"), (2, "d", "a"), (2, "e", "a")]
    assert named(members) == {2: "a", 0: "b"}


def test_no_two_groups_share_a_name() -> None:
    """Where others are named after all members of a group, it gets a name of its own."""
    members = [(0, "x", "a"), (0, "y", "a"), (2, "v", "b"), (2, "w", "b")]
    found = named([*members, (4, "a", None), (4, "b", None)])
    assert len(set(found.values())) == 3


def test_a_full_disk_is_said(tmp_path: Path) -> None:
    """What SQLite says of it becomes an error that says what to do, and nothing is left."""
    with pytest.raises(InputError, match=r"full.*Make room"), _Small(tmp_path) as small:
        small.fill()
    assert list(tmp_path.iterdir()) == []


class _Small(Scratch):
    """A database that may hold two pages."""

    file_name = "small"
    schema = "PRAGMA max_page_count = 2; CREATE TABLE texts (text);"

    def fill(self) -> None:
        """Write more than there is room for."""
        self._database.execute("INSERT INTO texts VALUES (?)", ("长" * 10_000,))
